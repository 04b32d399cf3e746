"""Accounts seen and changed: by their holders and by staff."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from matchmaker.accounts.model import Account, State
from matchmaker.errors import BadRequestError, ConflictError
from matchmaker.permissions import Caller, Role
from matchmaker.usecases.accounts.attempts import forget_attempts, waiting_seconds
from matchmaker.usecases.accounts.inviting import checked_subjects, role_of
from matchmaker.usecases.accounts.keeping import (
    account_record,
    active_administrators,
    alter_account,
    end_sessions_of,
    plain_name,
    refuse_without_administrator,
)
from matchmaker.usecases.accounts.pages import cursor_after, cursor_of, page_size
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

_SETTABLE: Final = (State.ACTIVE, State.SUSPENDED)


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Some accounts, in order of identifier, and the cursor of those after them (``""`` at the end)."""

    items: tuple[Account, ...]
    next: str = ""


def list_accounts(
    service: Service,
    caller: Caller,
    *,
    role: str | None = None,
    state: str | None = None,
    cursor: str = "",
    limit: int = 50,
) -> AccountPage:
    """Return a page of accounts; erased ones only if asked for by their state.

    Raises
    ------
    BadRequestError
        If a role, a state or the cursor is unknown, or the limit is out of range.
    """
    permit(service, caller, "accounts.list")
    states = [held.value for held in State if held is not State.ERASED]
    if state is not None:
        if state not in set(State):
            raise BadRequestError("state", f"must be one of {', '.join(s.value for s in State)}")
        states = [state]
    where: dict[str, str | list[str]] = {"state": states}
    if role is not None:
        where["role"] = role_of(role).value
    found = service.records.find(
        "account", where, after=cursor_after(cursor), limit=page_size(limit) + 1
    )
    page, more = found[:limit], len(found) > limit
    last = cursor_of(page[-1].id, page[-1].id) if more else ""
    return AccountPage(tuple(Account.of(record) for record in page), last)


def get_account(service: Service, caller: Caller, account_id: str | None = None) -> Account:
    """Return an account; the caller's own unless told otherwise.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    wanted = caller.account if account_id is None else account_id
    if wanted == caller.account:
        permit(service, caller, "account.self", {caller.account})
    else:
        permit(service, caller, "accounts.list")
    return Account.of(account_record(service, wanted))


def locked_seconds(service: Service, caller: Caller, account_id: str) -> int:
    """Return how long an account must still wait after failed sign-ins, for staff."""
    permit(service, caller, "accounts.list")
    return waiting_seconds(service, Account.of(account_record(service, account_id)).email)


def change_account(
    service: Service,
    caller: Caller,
    account_id: str,
    *,
    role: str | None = None,
    subjects: Collection[str] | None = None,
    state: str | None = None,
    name: str | None = None,
    unlock: bool = False,
    expected: int | None = None,
) -> Account:
    """Change an account's role, subjects, state or name, or forget its failed sign-ins.

    A new role or state ends all its sessions.

    Parameters
    ----------
    state : str, optional
        ``active`` or ``suspended``; an account that never had a password becomes ``invited`` instead
        of active.
    expected : int, optional
        Version of the account as the caller saw it.

    Raises
    ------
    BadRequestError
        If a value cannot be used.
    ConflictError
        If this would leave no active administrator.
    VersionConflictError
        If somebody else has changed the account since.
    """
    permit(service, caller, "accounts.change")
    before = Account.of(account_record(service, account_id))
    wanted = role_of(role) if role is not None else before.role
    if role is not None or subjects is not None:
        held = before.subjects if subjects is None else subjects
        speaks_for = checked_subjects(service.snapshot, wanted, held)
    else:
        speaks_for = before.subjects
    goal = _goal(before, state)
    named = plain_name(name) if name is not None else before.name
    ends = (wanted, goal) != (before.role, before.state)
    loses = ends and before.role is Role.ADMINISTRATOR and before.state is State.ACTIVE
    if loses and active_administrators(service) < 2:
        raise ConflictError("This is the last active administrator; make another one first.")

    given = {
        "role": wanted if role is not None else None,
        "subjects": list(speaks_for) if role is not None or subjects is not None else None,
        "state": goal if state is not None else None,
        "name": named if name is not None else None,
    }

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        # Only what was asked for: a suspension made in the same moment must not be undone.
        chosen = {name: value for name, value in given.items() if value is not None}
        return {**chosen, "epoch": fields.get("epoch", 0) + ends}

    after = alter_account(service, account_id, alter, expected)
    if loses:
        _undo_if_nobody_is_left(service, before)
    if ends:
        end_sessions_of(service, account_id)
    if unlock:
        forget_attempts(service, before.email)
        note(service, account_id, "unlocked", by=caller.account)
    _note_changes(service, caller, before, after)
    return after


def grant_subject(service: Service, account_id: str, partner_id: str) -> Account:
    """Let a partner's account speak for a partner, once its claim is granted.

    The use case that grants the claim has asked for permission and has checked the partner.

    Raises
    ------
    ConflictError
        If the account is no longer an active one of a partner.
    """

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if fields["role"] != Role.PARTNER or fields["state"] != State.ACTIVE:
            raise ConflictError("The account is no longer an active one of a partner.")
        return {"subjects": sorted({*fields.get("subjects", ()), partner_id})}

    changed = alter_account(service, account_id, alter)
    note(service, account_id, "subjects_changed", subjects=" ".join(changed.subjects))
    return changed


def _goal(before: Account, state: str | None) -> State:
    if state is None:
        return before.state
    if state not in _SETTABLE:
        raise BadRequestError("state", "must be active or suspended")
    if state == State.ACTIVE and not before.has_password and not before.has_oidc:
        return State.INVITED
    return State(state)


def _undo_if_nobody_is_left(service: Service, before: Account) -> None:
    """Take a change back if another one in the same moment has left no administrator."""
    try:
        refuse_without_administrator(service)
    except ConflictError:
        held = {"role": before.role, "state": before.state, "subjects": list(before.subjects)}
        alter_account(service, before.id, lambda _: held)
        raise


def _note_changes(service: Service, caller: Caller, before: Account, after: Account) -> None:
    by = caller.account
    if after.role is not before.role:
        note(service, after.id, "role_changed", by=by, before=before.role, after=after.role)
    if after.subjects != before.subjects:
        note(service, after.id, "subjects_changed", by=by, subjects=" ".join(after.subjects))
    if after.state is not before.state:
        action = "suspended" if after.state is State.SUSPENDED else "restored"
        note(service, after.id, action, by=by)
