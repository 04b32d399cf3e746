"""Engagements in lists, on the board by stage, and in the inbox of whoever is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from matchmaker.brokering.engagement import possible
from matchmaker.brokering.rules import Rules
from matchmaker.errors import BadRequestError
from matchmaker.permissions import Caller
from matchmaker.records import Plain
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.accounts.pages import cursor_after, cursor_of, page_size
from matchmaker.usecases.brokering.keeping import KIND, Engagement, engagement_of, rules_of
from matchmaker.usecases.brokering.notices import list_notices
from matchmaker.usecases.brokering.showing import summary, wait_document
from matchmaker.usecases.brokering.standing import keys_of, lent_to, own, standing_of
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

Where: TypeAlias = dict[str, Plain | Sequence[Plain]]
ON_BOARD: Final = 5
MOST_WAITING: Final = 200
WHOSE: Final = ("me",)
GROUPS: Final = ("open", "ended")
"""What may stand for a stage: all open ones, all ends."""


@dataclass(frozen=True, slots=True)
class EngagementPage:
    """Some engagements in short, and where the next page begins (``""`` on the last one)."""

    items: tuple[dict[str, Any], ...]
    next: str


def list_engagements(
    service: Service, caller: Caller, *, stage: str | None = None, city: str | None = None,
    country: str | None = None, partner: str | None = None, need: str | None = None,
    whose: str | None = None, overdue: bool = False, cursor: str = "", limit: int = 50,
) -> EngagementPage:  # fmt: skip
    """List engagements, those opened last first: all of them for staff, for others their own.

    Parameters
    ----------
    stage : str, optional
        A stage, or ``open`` or ``ended``.
    whose : str, optional
        ``me``: only those in which the caller is waited for.
    overdue : bool
        Only those in which somebody's time is out.

    Raises
    ------
    BadRequestError
        If a filter, the cursor or the limit cannot be used.
    """
    permit(service, caller, "engagements.read", own(caller))
    rules = rules_of(service)
    where = _mine(service, caller)
    if stage is not None:
        where["stage"] = _stages(rules, stage)
    for name, value in (("city", city), ("country", country), ("partner", partner), ("need", need)):
        if value is not None:
            where[name] = value[:200]
    if whose is not None:
        if whose not in WHOSE:
            raise BadRequestError("whose", f"must be one of {', '.join(WHOSE)}")
        where["waits_for"] = keys_of(caller, lent_to(service, caller))
    size = page_size(limit)
    found = service.records.find(
        KIND, where, before={"due_at": service.now()} if overdue else None, order_by="at",
        descending=True, after=cursor_after(cursor), limit=size + 1,
    )  # fmt: skip
    page, more = found[:size], len(found) > size
    following = cursor_of(page[-1]["at"], page[-1].id) if more else ""
    items = (summary(service, rules, engagement_of(record)) for record in page)
    return EngagementPage(tuple(items), following)


def board(service: Service, caller: Caller) -> dict[str, Any]:
    """Return how many engagements stand in each stage, with those opened last.

    Returns
    -------
    dict
        ``stages`` in their order, each with ``count`` and ``items``; ``overdue``, at most 200.
    """
    permit(service, caller, "engagements.read", own(caller))
    rules, mine = rules_of(service), _mine(service, caller)
    stages = []
    for stage in rules.stages.values():
        where: Where = {**mine, "stage": stage.name}
        count = service.records.count(KIND, where)
        found = service.records.find(
            KIND, where, order_by="at", descending=True, limit=ON_BOARD
        ) if count else []  # fmt: skip
        stages.append({
            "name": stage.name, "label": stage.label, "kind": stage.kind, "says": stage.says,
            "count": count,
            "items": [summary(service, rules, engagement_of(record)) for record in found],
        })  # fmt: skip
    late = service.records.find(
        KIND, mine, before={"due_at": service.now()}, order_by="due_at", limit=MOST_WAITING
    )
    return {"stages": stages, "overdue": len(late)}


def inbox(service: Service, caller: Caller) -> dict[str, Any]:
    """Return what waits for the caller, most urgent first, and the notices not seen yet.

    Returns
    -------
    dict
        ``waiting`` (engagements in short, each with ``wait`` and ``moves``), ``notices``, ``unseen``
        (how many notices there are in all).
    """
    permit(service, caller, "inbox.read", own(caller))
    rules, lent = rules_of(service), lent_to(service, caller)
    found = service.records.find(
        KIND, {"waits_for": keys_of(caller, lent)}, order_by="due_at", limit=MOST_WAITING
    )
    waiting = []
    for record in found:
        one = engagement_of(record)
        parties = standing_of(rules, caller, one.opening, lent)
        if line := _waiting(service, rules, one, parties):
            waiting.append(line)
    waiting.sort(key=lambda line: (line["wait"]["due_at"], line["id"]))
    notices = list_notices(service, caller, unseen=True)
    return {"waiting": waiting, "notices": list(notices.items), "unseen": notices.unseen}


def _waiting(
    service: Service, rules: Rules, one: Engagement, parties: dict[str, str]
) -> dict[str, Any] | None:
    """Return an engagement as it stands in the inbox of somebody who speaks for some parties."""
    mine = [wait for wait in one.state.waits if wait.party in parties]
    if not mine:
        return None
    wait = min(mine, key=lambda w: w.due_at)
    moves = possible(rules, one.opening, one.state, parties)
    return {
        **summary(service, rules, one),
        "wait": wait_document(rules, one, wait, service.now()),
        "moves": [{"name": rule.name, "label": rule.label} for rule in moves],
    }


def _mine(service: Service, caller: Caller) -> Where:
    """Return what a caller's list is limited to."""
    if lists_all(caller, "engagements.read"):
        return {}
    return {"owners": sorted(caller.subjects | lent_to(service, caller).keys())}


def _stages(rules: Rules, named: str) -> list[str]:
    if named in GROUPS:
        return [s.name for s in rules.stages.values() if s.is_end == (named == "ended")]
    if named not in rules.stages:
        known = ", ".join((*rules.stages, *GROUPS))
        raise BadRequestError("stage", f"must be one of {known}")
    return [named]


def pairs_under_way(service: Service) -> frozenset[tuple[str, str]]:
    """Return needs and partners between whom an engagement is open; asks for no permission.

    Without a database there are none.
    """
    if service.status.read_only:
        return frozenset()
    stages = [stage.name for stage in rules_of(service).stages.values() if not stage.is_end]
    return frozenset(
        (record["need"], record["partner"])
        for record in every(service.records, KIND, {"stage": stages})
    )
