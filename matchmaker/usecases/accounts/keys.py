"""API keys: shown once, kept as a hash, limited to scopes, revocable at once."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from matchmaker.accounts.model import Account, ApiKey, State, in_order, scopes_of
from matchmaker.accounts.times import end_of_day
from matchmaker.accounts.tokens import digest, new_key, read_key
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    KeyRefusedError,
    NotAllowedError,
    NotFoundError,
)
from matchmaker.permissions import Caller, Scope
from matchmaker.usecases.accounts.keeping import account_record, every, plain_name
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

MOST_KEYS: Final = 50
"""How many keys that are alive an account may have."""
_REFUSED: Final = "The API key is unknown, expired or revoked."


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; its text is not to be had again."""

    key: ApiKey
    text: str = field(repr=False)


def create_key(
    service: Service,
    caller: Caller,
    name: str,
    scopes: Collection[str],
    *,
    account: str | None = None,
    expires_on: str = "",
    sandbox: bool = False,
) -> NewKey:
    """Make an API key, which acts as its account within some scopes.

    Parameters
    ----------
    scopes : collection of str
        Names of scopes; none that the account's role cannot use.
    account : str, optional
        Whose key it is; the caller's own unless told otherwise.
    expires_on : str, optional
        Last day (YYYY-MM-DD, UTC) that it is valid; without one it is valid until it is revoked.
    sandbox : bool, optional
        Whether what is written with it is checked but not kept.

    Raises
    ------
    BadRequestError
        If a value cannot be used.
    NotAllowedError
        If the key would reach further than its maker or its account's role.
    ConflictError
        If the account has too many keys or is not active.
    """
    owner = caller.account if account is None else account
    permit(service, caller, "keys.manage", {owner})
    record = account_record(service, owner)
    holder, now = Account.of(record), service.now()
    if holder.state is not State.ACTIVE:
        raise ConflictError("Only an active account can have keys.")
    name = plain_name(name)
    if not name:
        raise BadRequestError("name", "is needed, to tell keys apart")
    chosen = _checked_scopes(service, caller, holder, scopes)
    fields = {
        "account": owner,
        "name": name,
        "scopes": [scope.value for scope in chosen],
        "sandbox": sandbox,
        "created_at": now,
        "expires_at": _expiry(service, caller, expires_on, now),
        "revoked_at": "",
        "last_used": "",
    }
    alive = sum(ApiKey.of(key).is_alive(now) for key in _all_of(service, owner))
    if alive >= MOST_KEYS:
        raise ConflictError(f"An account has at most {MOST_KEYS} keys; revoke one first.")
    made = new_key()
    kept = service.records.create("key", made.id, {**fields, "digest": digest(made.secret)})
    note(service, owner, "key_created", key=made.id, by=caller.account)
    return NewKey(ApiKey.of(kept), made.text)


def list_keys(service: Service, caller: Caller, *, account: str | None = None) -> list[ApiKey]:
    """Return an account's keys, newest first, those that are over too; the caller's own by default."""
    owner = caller.account if account is None else account
    permit(service, caller, "keys.manage", {owner})
    found = [ApiKey.of(record) for record in _all_of(service, owner)]
    return sorted(found, key=lambda key: (key.created_at, key.id), reverse=True)


def revoke_key(service: Service, caller: Caller, key_id: str) -> ApiKey:
    """Revoke a key, from the next request on; to revoke one again is no error.

    Raises
    ------
    NotFoundError
        If there is no such key, or it is not the caller's business.
    """
    record = service.records.get("key", key_id)
    owner = record["account"] if record is not None else ""
    try:
        permit(service, caller, "keys.manage", {owner} if owner else {caller.account})
    except NotAllowedError:
        if not caller.account or not caller.may_use(Scope.ACCOUNT):
            raise
        # Whose key it is, or whether there is one, is nobody else's business.
        raise NotFoundError("key", key_id[:100]) from None
    now, mine = service.now(), False

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        nonlocal mine
        mine = not fields["revoked_at"]
        return {**fields, "revoked_at": now} if mine else None

    revoked = service.records.change("key", key_id, alter)
    if revoked is None:
        raise NotFoundError("key", key_id[:100])
    if mine:
        note(service, owner, "key_revoked", key=key_id, by=caller.account)
    return ApiKey.of(revoked)


def caller_of_key(service: Service, text: str) -> Caller:
    """Return who calls with an API key: its account, limited to the key's scopes.

    Raises
    ------
    KeyRefusedError
        If the key is unknown, expired or revoked, or its account is not active.

    Notes
    -----
    Two reads, so that revoking counts at once; one write a day.
    """
    given = read_key(text)
    record = service.records.get("key", given.id) if given else None
    if given is None or record is None:
        raise KeyRefusedError(_REFUSED)
    key, now = ApiKey.of(record), service.now()
    if not hmac.compare_digest(record["digest"], digest(given.secret)) or not key.is_alive(now):
        raise KeyRefusedError(_REFUSED)
    held = service.records.get("account", key.account)
    if held is None or held["state"] != State.ACTIVE:
        raise KeyRefusedError(_REFUSED)
    if key.last_used < now[:10]:
        service.records.change("key", key.id, lambda fields: {**fields, "last_used": now[:10]})
    account = Account.of(held)
    return Caller(
        account.role,
        account.id,
        frozenset(account.subjects),
        frozenset(key.scopes) & scopes_of(account.role),
        key.id,
        key.sandbox,
    )


def _all_of(service: Service, owner: str) -> list[Any]:
    return list(every(service.records, "key", {"account": owner}))


def _checked_scopes(
    service: Service, caller: Caller, holder: Account, scopes: Collection[str]
) -> tuple[Scope, ...]:
    unknown = sorted(set(scopes) - set(Scope))
    if unknown or not scopes:
        known = ", ".join(scope.value for scope in Scope)
        raise BadRequestError("scopes", f"must be some of {known}")
    chosen = in_order(scopes)
    beyond = [scope for scope in chosen if scope not in scopes_of(holder.role)]
    if not beyond and caller.scopes is not None:
        beyond = [scope for scope in chosen if scope not in caller.scopes]
    if beyond:
        message = f"A key cannot reach further than its maker: '{beyond[0]}' is beyond."
        note(service, caller.account, "refused", operation="keys.manage", message=message)
        raise NotAllowedError(message)
    return chosen


def _expiry(service: Service, caller: Caller, expires_on: str, now: str) -> str:
    """Return when a key ends; one made with a key ends with that one at the latest."""
    ends = ""
    if expires_on:
        try:
            ends = end_of_day(expires_on)
        except ValueError:
            raise BadRequestError("expires_on", "must be a day such as 2030-12-31") from None
        if ends <= now:
            raise BadRequestError("expires_on", "is over already")
    if caller.key:
        maker = service.records.get("key", caller.key)
        limit = maker.get("expires_at", "") if maker else now
        ends = min(ends, limit) if ends and limit else ends or limit
    return ends
