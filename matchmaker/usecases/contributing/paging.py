"""Pages of what was contributed, oldest or newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matchmaker.records import Plain, Record
from matchmaker.usecases.accounts.pages import cursor_after, cursor_of, page_size
from matchmaker.usecases.service import Service


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, and where the next page begins (``""`` on the last one)."""

    items: tuple[Record, ...]
    next: str


def page_of(
    service: Service, kind: str, where: Mapping[str, Plain | Sequence[Plain]], cursor: str,
    limit: int, *, newest_first: bool = True,
) -> Page:  # fmt: skip
    """Return a page of records by their time ``at``.

    Raises
    ------
    BadRequestError
        If the cursor or the limit cannot be used.
    """
    size = page_size(limit)
    found = service.records.find(
        kind, where, order_by="at", descending=newest_first, after=cursor_after(cursor),
        limit=size + 1,
    )  # fmt: skip
    page, more = found[:size], len(found) > size
    return Page(tuple(page), cursor_of(page[-1]["at"], page[-1].id) if more else "")
