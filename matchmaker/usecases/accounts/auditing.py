"""The audit: who signed in, what was refused, and who changed which account; and tidying up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from matchmaker.accounts.model import AuditEvent, State
from matchmaker.accounts.times import later
from matchmaker.errors import ConflictError
from matchmaker.permissions import Caller
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.accounts.pages import cursor_after, cursor_of, page_size
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

RETENTION: Final = timedelta(days=400)
"""How long the audit is kept."""
UNANSWERED: Final = timedelta(days=30)
"""How long an invitation that nobody accepts is kept."""
PURGE_EVERY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some events, newest first, and the cursor of those before them (``""`` at the end)."""

    items: tuple[AuditEvent, ...]
    next: str = ""


def audit_events(
    service: Service,
    caller: Caller,
    *,
    account: str | None = None,
    action: str | None = None,
    cursor: str = "",
    limit: int = 50,
) -> AuditPage:
    """Return a page of the audit, newest first.

    Parameters
    ----------
    account : str, optional
        Only this account; ``""`` for failures with addresses that have no account.
    action : str, optional
        Only this action, such as ``signed_in``, ``sign_in_failed`` or ``refused``.

    Raises
    ------
    BadRequestError
        If the cursor is none of ours, or the limit is out of range.
    """
    permit(service, caller, "audit.read")
    wanted = {"account": account, "action": action}
    found = service.records.find(
        "audit",
        {name: value for name, value in wanted.items() if value is not None},
        order_by="at",
        descending=True,
        after=cursor_after(cursor),
        limit=page_size(limit) + 1,
    )
    page, more = found[:limit], len(found) > limit
    last = cursor_of(page[-1]["at"], page[-1].id) if more else ""
    return AuditPage(tuple(AuditEvent.of(record) for record in page), last)


def purge(service: Service) -> dict[str, int]:
    """Delete what has run out; return how many of each kind.

    Sessions, links and counts of failures whose time is over, invitations that nobody accepted, and
    the audit beyond its retention.
    """
    now = service.now()
    over = {"expires_at": now}
    gone = {
        kind: service.records.delete(kind, before=over) for kind in ("session", "token", "attempt")
    }
    gone["audit"] = service.records.delete("audit", before={"at": later(now, -RETENTION)})
    gone["account"] = sum(
        service.records.delete("account", {"id": record.id, "state": State.INVITED})
        for record in every(service.records, "account", {"state": State.INVITED})
        if record["created_at"] < later(now, -UNANSWERED)
        and not service.records.count("token", {"account": record.id})
    )
    return gone


def purge_if_due(service: Service) -> None:
    """Tidy up once a day, whichever process comes first."""
    now, mine = service.now(), False

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        nonlocal mine
        mine = fields["due_at"] <= now
        return {"due_at": later(now, PURGE_EVERY)} if mine else None

    if service.records.change("lease", "accounts-purge", alter) is None:
        try:
            service.records.create("lease", "accounts-purge", {"due_at": later(now, PURGE_EVERY)})
        except ConflictError:
            return
    if mine:
        purge(service)
