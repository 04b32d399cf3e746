"""One-time links: only the hash of what stands in them is kept, and each can be used once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from matchmaker.accounts.model import Account, Purpose, State
from matchmaker.accounts.times import later
from matchmaker.accounts.tokens import digest, new_token
from matchmaker.errors import LinkRefusedError
from matchmaker.records import Record
from matchmaker.settings import Settings
from matchmaker.usecases.service import Service

VALID: Final = {
    Purpose.FIRST: timedelta(hours=24),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.RESET: timedelta(hours=1),
}
PATHS: Final = {
    Purpose.FIRST: "/account/first/",
    Purpose.INVITATION: "/account/invitation/",
    Purpose.RESET: "/account/reset/",
}
"""Pages that take a link's token; the token follows."""
REFUSED: Final = "This link does not work: it was used, is too old, or is not complete."


@dataclass(frozen=True, slots=True)
class OpenLink:
    """What a link is for and whose it is, for the page that it opens."""

    purpose: Purpose
    account: Account


def public_url(settings: Settings) -> str:
    """Return the address under which people reach the service."""
    if settings.public_url:
        return settings.public_url
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{host}:{settings.port}"


def issue_link(service: Service, account_id: str, purpose: Purpose) -> tuple[str, str]:
    """Return a new one-time link and when it runs out; earlier ones of the account are dead."""
    service.records.delete("token", {"account": account_id})
    token, now = new_token(), service.now()
    expires_at = later(now, VALID[purpose])
    service.records.create("token", digest(token), {
        "account": account_id, "purpose": purpose, "created_at": now, "expires_at": expires_at,
    })  # fmt: skip
    return f"{public_url(service.settings)}{PATHS[purpose]}{token}", expires_at


def look_at_link(service: Service, token: str) -> OpenLink:
    """Tell what a link is for, without using it.

    Raises
    ------
    LinkRefusedError
        If the link does not work.
    """
    found, account = _open(service, token)
    return OpenLink(Purpose(found["purpose"]), account)


@contextmanager
def spent(service: Service, token: str, *purposes: Purpose) -> Iterator[OpenLink]:
    """Use a link up; if the block fails, it can be used again.

    Raises
    ------
    LinkRefusedError
        If the link does not work, or somebody else has used it in the same moment.
    """
    found, account = _open(service, token)
    purpose, now = Purpose(found["purpose"]), service.now()
    if purpose not in purposes:
        raise LinkRefusedError(REFUSED)

    def take(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if fields.get("spent_at"):
            raise LinkRefusedError(REFUSED)
        return {**fields, "spent_at": now}

    # Marked under a lock before it is used: of several who come at once, one goes on.
    if service.records.change("token", found.id, take) is None:
        raise LinkRefusedError(REFUSED)
    try:
        yield OpenLink(purpose, account)
    except BaseException:
        service.records.change("token", found.id, lambda fields: {**fields, "spent_at": ""})
        raise
    service.records.delete("token", {"id": found.id})


def _open(service: Service, token: str) -> tuple[Record, Account]:
    found = service.records.get("token", digest(token)) if token else None
    record = service.records.get("account", found["account"]) if found else None
    if found is None or record is None or found.get("spent_at"):
        raise LinkRefusedError(REFUSED)
    if service.now() >= found["expires_at"]:
        raise LinkRefusedError(REFUSED)
    account = Account.of(record)
    awaited = State.ACTIVE if found["purpose"] == Purpose.RESET else State.INVITED
    if account.state is not awaited:
        raise LinkRefusedError(REFUSED)
    return found, account
