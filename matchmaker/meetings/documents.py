"""A timetable as a document: what the command line prints, records keep and the API answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.meetings.again import Change
from matchmaker.meetings.problem import (
    Meeting,
    Problem,
    Request,
    Session,
    Timetable,
    busy_slots,
    held_by,
    idle_slots,
    score_of,
    shortfalls,
)

Document = dict[str, Any]
_MEETING: Final = ("a", "b", "slot", "room", "table", "score")
_SESSION: Final = ("roundtable", "slot", "room", "attendees")


def timetable_document(problem: Problem, timetable: Timetable) -> Document:
    """Return a timetable with all that is to be said of it.

    The document is enough to make the timetable again: see :func:`timetable_from`.
    """
    score = score_of(problem, timetable)
    waiting = idle_slots(problem, timetable)
    return {
        "name": problem.name,
        "time_zone": problem.time_zone,
        "meetings": [{n: getattr(m, n) for n in _MEETING} for m in timetable.meetings],
        "roundtables": [
            {"roundtable": s.roundtable, "slot": s.slot, "room": s.room,
             "attendees": list(s.attendees)}
            for s in timetable.sessions
        ],
        "score": round(score, 6),
        "bound": round(timetable.bound, 6),
        "gap": round(max(0.0, timetable.bound - score) / timetable.bound, 6)
        if timetable.bound
        else 0.0,
        "optimal": timetable.exact,
        "idle_slots": sum(waiting.values()),
        "short": [
            {"attendee": one, "name": problem.by_id[one].name, "missing": count,
             "least": problem.by_id[one].least}
            for one, count in shortfalls(problem, timetable).items()
        ],
        "not_held": [
            {"roundtable": one.id, "topic": one.topic, "reason": _why_not_held(problem, one.id)}
            for one in problem.roundtables
            if one.id not in {session.roundtable for session in timetable.sessions}
        ],
        "unmet": unmet(problem, timetable),
    }  # fmt: skip


def unmet(problem: Problem, timetable: Timetable) -> list[Document]:
    """Return the requests that are not met, best first, and why."""
    together = {meeting.pair for meeting in timetable.meetings}
    busy, held = busy_slots(problem, timetable), held_by(timetable)
    left = [one for one in problem.requests if one.pair not in together]
    left.sort(key=lambda one: (-one.score, one.a, one.b))
    return [
        {"a": one.a, "b": one.b, "score": one.score, "reason": _why(problem, one, busy, held)}
        for one in left
    ]


def timetable_from(document: Any) -> Timetable:
    """Return the timetable that a document holds.

    Raises
    ------
    InvalidDataError
        If it is none.
    """
    try:
        meetings = tuple(Meeting(**{n: one[n] for n in _MEETING}) for one in document["meetings"])
        sessions = tuple(
            Session(one["roundtable"], one["slot"], one["room"], tuple(one["attendees"]))
            for one in document["roundtables"]
        )
        bound, exact = float(document["bound"]), bool(document["optimal"])
    except (KeyError, TypeError, ValueError):
        message = "is no timetable that this service made"
        raise InvalidDataError([Fault("", 0, "", message)]) from None
    return Timetable(meetings, sessions, bound, exact)


def change_document(change: Change) -> Document:
    """Return a change as a document."""
    return {
        "kind": change.kind,
        "who": list(change.who),
        "roundtable": change.roundtable,
        "before": change.before,
        "after": change.after,
    }


def _why(
    problem: Problem, request: Request, busy: Mapping[str, int], held: Mapping[str, int]
) -> str:
    known = problem.by_id
    a, b = known[request.a], known[request.b]
    if request.pair in problem.vetoes:
        return "the two must not meet"
    both = problem.presence(a) & problem.presence(b)
    if not both:
        return "the two are never there at the same time"
    for one in (a, b):
        if held.get(one.id, 0) >= one.most:
            return f"{one.name} has the most meetings that it may"
    for one, other in ((a, b), (b, a)):
        if not both & ~busy.get(one.id, 0):
            return f"{one.name} is busy whenever {other.name} is there"
    if not both & ~busy.get(a.id, 0) & ~busy.get(b.id, 0):
        return "the two are never free at the same time"
    return "other meetings took the tables, or were worth more together"


def _why_not_held(problem: Problem, name: str) -> str:
    one = next(table for table in problem.roundtables if table.id == name)
    if any(pair <= set(one.required) for pair in problem.vetoes):
        return "two of the required must not meet"
    there = -1
    for who in one.required:
        there &= problem.presence(problem.by_id[who])
        if not there:
            return f"the required are never there together: {problem.by_id[who].name} is away"
    if not any(hall.capacity >= len(one.required) for hall in problem.halls):
        return "no hall seats those who are required"
    return "halls or people were taken by other roundtables"
