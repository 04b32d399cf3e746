"""Marks laid over a need's matches: shown beside them, or the dismissed ones left out and counted.

Ranks, scores and totals stay as they are for everybody; without marks of the caller's own the answer
is the very same that anybody gets.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, Final

from matchmaker.errors import BadRequestError, NotAllowedError, StoreUnavailableError
from matchmaker.permissions import Caller, authorise
from matchmaker.usecases.brokering.standing import own
from matchmaker.usecases.lists.marks import DISMISSED, list_marks
from matchmaker.usecases.matches import Document, Matcher
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

SHOW: Final = "show"
HIDE: Final = "hide"
MODES: Final = (SHOW, HIDE)


def marked_matches(
    service: Service, caller: Caller, matcher: Matcher, need_id: str, limit: int,
    diversity: float = 0.0, mode: str | None = None,
) -> Document:  # fmt: skip
    """Return a need's matches with the caller's marks on them.

    Parameters
    ----------
    mode : str, optional
        ``show``: all matches, the marks in a member ``marks`` of their own.  ``hide``: without those
        dismissed; the places are filled with the next ones, but not where ``diversity`` bounds the
        list.  Without it, ``show`` where there are marks.

    Raises
    ------
    BadRequestError
        If there is no such mode.
    SignInNeededError, NotAllowedError
        If a mode is asked for by somebody who has no working lists.
    """
    if mode is None:
        document = matcher.need_matches(need_id, limit, diversity)
        marks = marks_on(service, caller, need_id)
        return document | {"marks": _told(SHOW, marks, document)} if marks else document
    if mode not in MODES:
        raise BadRequestError("marks", f"must be one of {', '.join(MODES)}, not {mode[:100]!r}")
    permit(service, caller, "marks.read", own(caller))
    marks = {one["target"]: one for one in list_marks(service, caller, need=need_id)}
    if mode == SHOW:
        document = matcher.need_matches(need_id, limit, diversity)
        return document | {"marks": _told(SHOW, marks, document)}
    gone = {target for target, one in marks.items() if one["state"] == DISMISSED}
    more = 0 if diversity else len(gone)
    document = matcher.need_matches(need_id, limit + more, diversity)
    told = _told(HIDE, marks, document)
    kept = [match for match in document["matches"] if target_of(match) not in gone]
    return document | {"matches": kept[:limit], "marks": told}


def marks_on(service: Service, caller: Caller, need_id: str) -> dict[str, dict[str, Any]]:
    """Return the caller's marks on a need by supply; none where he has or sees none now."""
    try:
        authorise(caller, "marks.read", own(caller))
    except NotAllowedError:
        return {}
    with contextlib.suppress(StoreUnavailableError):
        return {one["target"]: one for one in list_marks(service, caller, need=need_id)}
    return {}


def target_of(match: Mapping[str, Any]) -> str:
    """Return the supply that a match is with."""
    return str((match["offer"] or match["partner"])["id"])


def _told(mode: str, marks: Mapping[str, Any], document: Document) -> Document:
    """Return what an answer says of marks; ``hidden`` counts the matches left out of the list."""
    gone = {target for target, one in marks.items() if one["state"] == DISMISSED}
    hidden = sum(target_of(match) in gone for match in document["matches"]) if mode == HIDE else 0
    return {"mode": mode, "hidden": hidden, "items": list(marks.values())}
