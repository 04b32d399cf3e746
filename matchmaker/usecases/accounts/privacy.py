"""Personal data: all that is held about an account, exported or erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from matchmaker.accounts.model import Account, ApiKey, AuditEvent, Session, State
from matchmaker.errors import ConflictError
from matchmaker.permissions import Caller, Role
from matchmaker.records import Record
from matchmaker.usecases.accounts.attempts import forget_attempts
from matchmaker.usecases.accounts.keeping import (
    account_record,
    active_administrators,
    alter_account,
    every,
    refuse_without_administrator,
)
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

SECRETS: Final = frozenset({"password", "digest", "secret", "token", "hash"})
"""Fields that are never given out."""
HOLDINGS: Final = {
    "submissions": "submission",
    "claims": "claim",
    "reports": "report",
    "uploads": "upload",
    "webhooks": "webhook",
    "notices": "notice",
    "delegations": "delegation",
    "documents": "document",
    "searches": "saved_search",
    "alerts": "digest",
    "marks": "mark",
}
"""What other parts of the service hold for an account, by the name in the export."""
PERSONAL: Final = frozenset({"email", "contact", "name", "address"})
"""Fields of what stays behind that could tell who somebody was."""


def export_personal_data(
    service: Service, caller: Caller, account_id: str | None = None
) -> dict[str, Any]:
    """Return everything held about an account, as JSON; the caller's own unless told otherwise.

    Notes
    -----
    Hashes of passwords, keys and tokens, and the secrets of webhooks are left out: they say nothing
    about anybody, and would help to pretend to be one.
    """
    wanted = caller.account if account_id is None else account_id
    permit(*_asking(service, caller, wanted, "accounts.export"))
    record, records, of_it = account_record(service, wanted), service.records, {"account": wanted}
    note(service, wanted, "exported", by=caller.account)
    account = {name: value for name, value in record.fields.items() if name not in SECRETS}
    return {
        "made_at": service.now(),
        "account": {"id": wanted, **account, "has_password": bool(record.get("password"))},
        "sessions": [Session.of(found).as_json() for found in every(records, "session", of_it)],
        "keys": [ApiKey.of(found).as_json() for found in every(records, "key", of_it)],
        **{
            name: [_shown(found) for found in every(records, kind, of_it)]
            for name, kind in HOLDINGS.items()
        },
        "moves": list(_moves(service, wanted)),
        "audit": [AuditEvent.of(found).as_json() for found in every(records, "audit", of_it)],
    }


def erase_account(service: Service, caller: Caller, account_id: str | None = None) -> None:
    """Erase the personal data of an account, for good; the caller's own unless told otherwise.

    Address, names, password, sessions, keys, links, webhooks, claims (whose notes say who somebody
    is), notices, delegations, saved searches with their digests, a working list of its own and kept
    answers go.  Submissions, reports and the marks of a city or partner stay, with the bare
    identifier of the account, as does the audit, and as do moves and documents of engagements, white
    papers and bundles, which belong to their parties; so does the change log, which has never known
    more.  If it is interrupted, it can be done again.

    Raises
    ------
    ConflictError
        If this is the last active administrator.
    """
    wanted = caller.account if account_id is None else account_id
    permit(*_asking(service, caller, wanted, "accounts.erase"))
    before = Account.of(account_record(service, wanted))
    _close(service, before)
    records, of_it = service.records, {"account": wanted}
    for webhook in every(records, "webhook", of_it):
        records.delete("delivery", {"webhook": webhook.id})
    for kind in (
        "webhook", "session", "key", "token", "idempotency", "claim", "notice", "delegation",
        "saved_search", "digest",
    ):  # fmt: skip
        records.delete(kind, of_it)
    records.delete("delegation", {"to": wanted})
    records.delete("mark", {"owner": wanted})
    forget_attempts(service, before.email)
    for kind in ("submission", "report", "upload", "audit"):
        _strip(service, kind, wanted)
    note(service, wanted, "erased", by=caller.account)
    records.change("account", wanted, lambda fields: _bare(fields, service.now()))


def _moves(service: Service, account_id: str) -> Iterator[dict[str, Any]]:
    """Yield an account's moves in engagements, white papers and bundles; O(all of them)."""
    for kind in ("engagement", "white_paper", "bundle"):
        for record in every(service.records, kind, {}):
            for move in record["moves"]:
                if account_id in (move.get("account"), move.get("lent_by")):
                    yield {kind: record.id, **move}


def _asking(
    service: Service, caller: Caller, wanted: str, of_others: str
) -> tuple[Service, Caller, str, frozenset[str]]:
    """Return what :func:`permit` is to be asked: one's own account is another thing than all others."""
    own = wanted == caller.account
    return service, caller, "account.self" if own else of_others, frozenset({wanted})


def _close(service: Service, before: Account) -> None:
    """Suspend an account before it is erased, so that nothing is added meanwhile."""
    last = before.role is Role.ADMINISTRATOR and before.state is State.ACTIVE
    if last and active_administrators(service) < 2:
        raise ConflictError("This is the last active administrator; make another one first.")
    alter_account(
        service,
        before.id,
        lambda held: {"state": State.SUSPENDED, "epoch": held.get("epoch", 0) + 1},
    )
    if last:
        try:
            refuse_without_administrator(service)
        except ConflictError:
            alter_account(service, before.id, lambda _: {"state": before.state})
            raise


def _strip(service: Service, kind: str, account_id: str) -> None:
    for found in every(service.records, kind, {"account": account_id}):
        if not PERSONAL.isdisjoint(found.fields):
            service.records.change(kind, found.id, _without_personal)


def _without_personal(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "" if name in PERSONAL else value for name, value in fields.items()}


def _bare(fields: Mapping[str, Any], now: str) -> dict[str, Any]:
    return {
        "email": "",
        "oidc": "",
        "name": "",
        "password": "",
        "role": fields["role"],
        "state": State.ERASED,
        "subjects": [],
        "epoch": fields.get("epoch", 0) + 1,
        "erased_at": now,
    }


def _shown(record: Record) -> dict[str, Any]:
    fields = {name: value for name, value in record.fields.items() if name not in SECRETS}
    return {"id": record.id, **fields}
