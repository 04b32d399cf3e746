"""A need that is met: by whom and when, written as any other contribution."""

from __future__ import annotations

import re
from typing import Any, Final

from matchmaker.errors import BadRequestError, ConflictError
from matchmaker.permissions import Caller
from matchmaker.store.checks import Expected
from matchmaker.usecases.brokering import engaging, listing
from matchmaker.usecases.brokering.standing import own
from matchmaker.usecases.contributing import writing
from matchmaker.usecases.contributing.asking import Outcome
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

AGREED: Final = ("agreed", "in_delivery", "completed")
"""Stages of engagements that may have met a need."""
_DAY: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


def solve(
    service: Service, caller: Caller, need_id: str, *, partner: str = "", engagement: str = "",
    on: str = "", expected: Expected = "any", uuid: str | None = None,
) -> Outcome:  # fmt: skip
    """Say that a need is met; of a need that is not the caller's own, it waits for review.

    Parameters
    ----------
    partner : str
        With whose help; ``""`` where it was met elsewhere, or nobody is to be named.
    engagement : str
        An engagement about the need in which something was agreed, in the place of its partner.
    on : str
        Day, month or year in which it was met; today without it.

    Raises
    ------
    NotFoundError
        If there is no such need, partner or engagement (or not for the caller).
    BadRequestError
        If the engagement is about another need, or the day lies ahead.
    ConflictError
        If the need does not stand open, or nothing was agreed in the engagement.
    """
    permit(service, caller, "need.write", caller.subjects)
    need = service.snapshot.get("need", need_id)
    if need.text("status") != "open":
        raise ConflictError(f"The need is marked as {need.text('status')} already.")
    today = service.now()[:10]
    on = on or today
    if not _DAY.fullmatch(on) or on > today[: len(on)]:
        raise BadRequestError("on", "must be a day (YYYY-MM-DD), month or year that is not to come")
    if engagement:
        partner = _partner_of(service, caller, need_id, engagement)
    elif partner:
        service.snapshot.get("partner", partner)
    told = {"status": "solved", "solved_by": partner or None, "solved_on": on}
    return writing.change(service, caller, "need", need_id, told, expected=expected, uuid=uuid)


def engagements_on(service: Service, caller: Caller, need_id: str) -> list[dict[str, Any]]:
    """Return the engagements of a caller about a need in which something was agreed."""
    permit(service, caller, "engagements.read", own(caller))
    page = listing.list_engagements(service, caller, need=need_id, limit=100)
    return [one for one in page.items if one["stage"] in AGREED]


def _partner_of(service: Service, caller: Caller, need_id: str, engagement: str) -> str:
    one = engaging.get_engagement(service, caller, engagement)
    if one["need"]["id"] != need_id:
        raise BadRequestError("engagement", "is about another need")
    if one["stage"] not in AGREED:
        raise ConflictError("Nothing was agreed in this engagement.")
    return str(one["partner"]["id"])
