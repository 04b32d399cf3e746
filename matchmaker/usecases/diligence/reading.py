"""What is known of partners' due diligence: in full for staff, a bare status for members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from matchmaker.diligence.standing import OUTCOMES, STATUSES, Entry, Standing, standing_of
from matchmaker.errors import BadRequestError
from matchmaker.permissions import Caller
from matchmaker.usecases.accounts import display_name
from matchmaker.usecases.accounts.pages import cursor_after, cursor_of, page_size
from matchmaker.usecases.brokering import papers
from matchmaker.usecases.brokering.papers import Holder, Paper
from matchmaker.usecases.diligence.keeping import (
    all_entries,
    checklist_of,
    entries_of,
    partner_of,
    standing,
    today_of,
)
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

EXPIRING: Final = "expiring"
FILTERS: Final = (*STATUSES, EXPIRING)
SOON: Final = timedelta(days=60)
"""How long before it runs out something is listed as expiring."""


@dataclass(frozen=True, slots=True)
class DiligencePage:
    """Some partners, how many there are of each status in all, and where the next page begins."""

    items: tuple[dict[str, Any], ...]
    counts: dict[str, int]
    next: str


def list_diligence(
    service: Service,
    caller: Caller,
    *,
    status: str | None = None,
    cursor: str = "",
    limit: int = 50,
) -> DiligencePage:
    """List partners by name with how far due diligence on each is.

    Parameters
    ----------
    status : str, optional
        Only those of one status, or ``expiring``: what is complete or under way and loses an item
        within 60 days.

    Raises
    ------
    BadRequestError
        If there is no such status.

    Notes
    -----
    Every partner and every entry is looked at: O(partners + entries).
    """
    permit(service, caller, "diligence.read")
    if status is not None and status not in FILTERS:
        raise BadRequestError("status", f"must be one of {', '.join(FILTERS)}")
    size, after, today = page_size(limit), cursor_after(cursor), today_of(service)
    checklist, known = checklist_of(service), all_entries(service)
    snapshot, counts = service.snapshot, dict.fromkeys(FILTERS, 0)
    soon = (date.fromisoformat(today) + SOON).isoformat()
    found = []
    for identifier, partner in snapshot.of_type("partner").items():
        held = standing_of(checklist, known.get(identifier, ()), today)
        marks = {held.status}
        if held.status in ("complete", "under_way") and "" < held.valid_until <= soon:
            marks.add(EXPIRING)
        for mark in marks:
            counts[mark] += 1
        if status is None or status in marks:
            found.append((snapshot.schema.caption(partner), identifier, held))
    found.sort(key=lambda line: line[:2])
    rest = [line for line in found if after is None or line[:2] > after]
    page = rest[:size]
    following = cursor_of(*page[-1][:2]) if len(rest) > size else ""
    items = tuple(
        {"partner": {"id": one, "name": name}, **_short(held)} for name, one, held in page
    )
    return DiligencePage(items, counts, following)


def get_diligence(service: Service, caller: Caller, partner: str) -> dict[str, Any]:
    """Return all that is kept about a partner: every item with what counts, and the whole history.

    Raises
    ------
    MovedError, NotFoundError
        If there is no such partner, or it was merged into another one.
    """
    permit(service, caller, "diligence.read")
    return document(service, partner_of(service, partner))


def diligence_status(service: Service, caller: Caller, partner: str) -> dict[str, Any]:
    """Return what members see of a partner: whether it is complete, and since when.

    Whatever is not complete is ``not_done``: a concern, and what has run out, stay with staff.

    Raises
    ------
    MovedError, NotFoundError
        If there is no such partner, or it was merged into another one.
    """
    permit(service, caller, "diligence.status")
    name = partner_of(service, partner)
    held = standing(service, name)
    done = held.status == "complete"
    return {
        "partner": name, "status": "complete" if done else "not_done", "done_on": held.done_on,
        "label": "Complete" if done else "Not done",
    }  # fmt: skip


def list_papers(service: Service, caller: Caller, partner: str) -> list[dict[str, Any]]:
    """Return the documents about a partner, oldest first."""
    permit(service, caller, "diligence.read")
    return papers.documents_of(service, folder_of(partner_of(service, partner)))


def open_paper(service: Service, caller: Caller, partner: str, document_id: str) -> Paper:
    """Return the file of a document about a partner, to be sent as an attachment.

    Raises
    ------
    NotFoundError
        If there is none.
    ConflictError
        If it is held back because it could not be looked through.
    """
    permit(service, caller, "diligence.read")
    return papers.opened(service, folder_of(partner_of(service, partner)), document_id)


def folder_of(partner: str) -> Holder:
    """Return a partner as the holder of the documents about it."""
    return Holder("diligence", partner)


def document(service: Service, partner: str) -> dict[str, Any]:
    """Return all that is kept about a partner; asks for no permission."""
    checklist, entries = checklist_of(service), entries_of(service, partner)
    held = standing_of(checklist, entries, today_of(service))
    named = {paper["id"]: paper for paper in papers.documents_of(service, folder_of(partner))}
    history = [_entry(service, number, one, named) for number, one in enumerate(entries, 1)]
    last = {line["item"]: line for line in history}
    return {
        "partner": {"id": partner, "name": service.snapshot.schema.caption(
            service.snapshot.entities[partner])},
        "version": len(entries),
        **_short(held),
        "items": [
            {
                **item.as_json(), "latest": last.get(name), "expired": name in held.expired,
                "missing": name in held.missing,
            }
            for name, item in checklist.items()
        ],
        "history": history,
        "documents": list(named.values()),
    }  # fmt: skip


def _short(held: Standing) -> dict[str, Any]:
    return {
        "status": held.status, "label": STATUSES[held.status], "done_on": held.done_on,
        "valid_until": held.valid_until, "expired": list(held.expired),
        "concerns": list(held.concerns), "missing": list(held.missing),
    }  # fmt: skip


def _entry(
    service: Service, number: int, one: Entry, named: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    told = one.as_json()
    del told["uuid"]
    papers_of: Sequence[dict[str, Any]] = [named[n] for n in one.documents if n in named]
    return {
        "number": number, **told, "outcome_label": OUTCOMES[one.outcome],
        "by": display_name(service, one.account), "documents": papers_of,
    }  # fmt: skip
