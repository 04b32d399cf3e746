"""White papers in lists: one's own, those that wait for oneself, those of an engagement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from matchmaker.errors import BadRequestError
from matchmaker.permissions import Caller
from matchmaker.records import Plain
from matchmaker.usecases.accounts.pages import cursor_after, cursor_of, page_size
from matchmaker.usecases.brokering.standing import keys_of, own
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers.keeping import KIND, keys, paper_of, rules_of
from matchmaker.usecases.whitepapers.showing import summary

WHOSE: Final = ("me",)


@dataclass(frozen=True, slots=True)
class PaperPage:
    """Some white papers in short, and where the next page begins (``""`` on the last one)."""

    items: tuple[dict[str, Any], ...]
    next: str


def list_papers(
    service: Service, caller: Caller, *, stage: str | None = None, engagement: str | None = None,
    whose: str | None = None, cursor: str = "", limit: int = 50,
) -> PaperPage:  # fmt: skip
    """List white papers, those begun last first: all of them for staff, for others their own.

    Parameters
    ----------
    whose : str, optional
        ``me``: only those for whose agreement, or for whose publication, the caller is waited for.

    Raises
    ------
    BadRequestError
        If a filter, the cursor or the limit cannot be used.
    """
    permit(service, caller, "papers.read", own(caller))
    rules = rules_of(service)
    where: dict[str, Plain | Sequence[Plain]] = {}
    if not lists_all(caller, "papers.read"):
        where["owners"] = keys(service, caller)
    if stage is not None:
        if stage not in rules.stages:
            raise BadRequestError("stage", f"must be one of {', '.join(rules.stages)}")
        where["stage"] = stage
    if engagement is not None:
        where["engagements"] = engagement[:200]
    if whose is not None:
        if whose not in WHOSE:
            raise BadRequestError("whose", f"must be one of {', '.join(WHOSE)}")
        where["waits_for"] = keys_of(caller, {})
    size = page_size(limit)
    found = service.records.find(
        KIND, where, order_by="at", descending=True, after=cursor_after(cursor), limit=size + 1
    )
    page, more = found[:size], len(found) > size
    following = cursor_of(page[-1]["at"], page[-1].id) if more else ""
    return PaperPage(tuple(summary(service, rules, paper_of(r)) for r in page), following)
