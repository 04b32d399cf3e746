"""A timetable for a problem: choose what is held, place it, and say how good it is.

1. All choices are made at once over groups of interchangeable slots.  That gives a **bound** no
   timetable exceeds, and a group for each roundtable.
2. Roundtables get a slot and a hall, in their group if they can.
3. With them fixed, meetings are chosen again, and this choice can be carried out: it is spread over
   the slots.  If it reaches the bound, it is optimal.
4. Where it does not and the problem is small, the model with a variable for each meeting and slot
   settles it.
5. Waiting is shortened without touching what was chosen, and tables are given out.

Everything is deterministic as long as the limit of time is not reached.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from matchmaker.errors import MatchmakerError
from matchmaker.meetings.choosing import (
    Choice,
    Limits,
    Question,
    choose,
    groups_of,
    slots_between,
    weights,
)
from matchmaker.meetings.problem import (
    Problem,
    Session,
    Timetable,
    ones,
    score_of,
    shortfalls,
)
from matchmaker.meetings.seating import seat
from matchmaker.meetings.spreading import Spread, shorten_waits, spread

Progress: TypeAlias = Callable[[str, int, int], None]
SMALL: Final = 400
"""Variables up to which the model with one for each meeting and slot is tried."""
_EXACT_SECONDS: Final = 5.0
STEPS: Final = (
    "Choosing meetings", "Placing roundtables", "Choosing meetings around them",
    "Giving out slots", "Shortening waits", "Giving out tables",
)  # fmt: skip
_TOLERANCE: Final = 1e-6


class NoTimetableError(MatchmakerError):
    """No timetable was found in the time allowed."""


@dataclass(frozen=True, slots=True)
class Places:
    """What is decided before tables are given out: pairs by slot, and roundtables."""

    meetings: tuple[tuple[tuple[str, str], int], ...]
    sessions: tuple[Session, ...]


def solve(
    problem: Problem, limits: Limits | None = None, progress: Progress | None = None
) -> Timetable:
    """Return the best timetable that is found.

    Parameters
    ----------
    limits : Limits, optional
        Time for each of at most three models, and how near to the optimum is near enough.
    progress : callable, optional
        Told before each step what is done, how far, and of how many.

    Raises
    ------
    NoTimetableError
        If the time is too short to find any.
    """
    limits, tell = limits or Limits(), _teller(progress)
    free = {one.id: problem.presence(one) for one in problem.attendees}
    requests = usable(problem)
    tell(0)
    whole = _asked(problem, free, groups_of(problem, free), requests)
    first = choose(problem, whole, limits)
    if first is None:
        raise NoTimetableError("No timetable was found in time; allow more of it.")
    tell(1)
    held = _placed(problem, free, whole, first, limits)
    tell(2)
    choice, fixed = _around(problem, free, requests, held, limits)
    tell(3)
    places = _spread(problem, free, fixed, choice)
    bound = first.bound
    if _short_of(problem, _value(problem, places), bound, limits.gap):
        better = _exactly(problem, free, requests, limits)
        if better is not None:
            other, other_bound = better
            bound = min(bound, other_bound)
            if _value(problem, other) > _value(problem, places):
                places = other
    tell(4)
    taken = appointments(problem, places.sessions)
    open_ = {
        one: slots & ~slots_between(problem, ones(taken.get(one, 0))) for one, slots in free.items()
    }
    made = Spread(open_, [len(problem.tables)] * len(problem.working))
    for edge, slot in places.meetings:
        made.put(edge, slot)
    shorten_waits(made, taken, problem.days)
    tell(5)
    scores = {problem.requests[n].pair: problem.requests[n].score for n in requests}
    found = Timetable(seat(problem, made.meetings(), scores), places.sessions)
    return judged(problem, found, bound, limits.gap)


def usable(problem: Problem) -> tuple[int, ...]:
    """Return the requests that no veto forbids, by their places."""
    return tuple(n for n, one in enumerate(problem.requests) if one.pair not in problem.vetoes)


def judged(problem: Problem, timetable: Timetable, bound: float, gap: float) -> Timetable:
    """Return a timetable with its bound, and whether it reaches it.

    Parameters
    ----------
    bound : float
        What the :func:`worth` of no timetable exceeds.
    """
    score, value = score_of(problem, timetable), worth(problem, timetable)
    best = sum(one.score for one in problem.requests)
    best += sum(one.worth * len(one.optional) for one in problem.roundtables)
    told = min(best, score + max(0.0, bound - value))
    return replace(timetable, bound=told, exact=not _short_of(problem, value, bound, gap))


def worth(problem: Problem, timetable: Timetable) -> float:
    """Return the score, with what is missing and not held taken off at its weight."""
    missing, unheld = weights(problem)
    fewer = len(problem.roundtables) - len(timetable.sessions)
    short = sum(shortfalls(problem, timetable).values())
    return score_of(problem, timetable) - missing * short - unheld * fewer


def _short_of(problem: Problem, value: float, bound: float, gap: float) -> bool:
    """Tell whether a value is further from the bound than is near enough."""
    missing, _ = weights(problem)
    return bound - value > max(_TOLERANCE, 2 * gap * min(abs(bound), missing))


def appointments(problem: Problem, sessions: tuple[Session, ...]) -> dict[str, int]:
    """Return the slots in which each attendee is at a roundtable, as bits."""
    taken: dict[str, int] = defaultdict(int)
    for session in sessions:
        for one in session.attendees:
            taken[one] |= 1 << problem.place_of_slot[session.slot]
    return dict(taken)


def _teller(progress: Progress | None) -> Callable[[int], None]:
    def tell(step: int) -> None:
        if progress is not None:
            progress(STEPS[step], step, len(STEPS))

    return tell


def _asked(
    problem: Problem, free: Mapping[str, int], groups: tuple[tuple[int, ...], ...],
    requests: tuple[int, ...],
) -> Question:  # fmt: skip
    return Question(
        groups,
        free,
        tuple(len(problem.tables) * len(group) for group in groups),
        requests,
        {one.id: one.least for one in problem.attendees},
        {one.id: one.most for one in problem.attendees},
        tuple(range(len(problem.roundtables))),
    )


def _placed(
    problem: Problem, free: Mapping[str, int], whole: Question, first: Choice, limits: Limits
) -> dict[int, tuple[int, str]]:
    """Return the slot and hall of each roundtable: in the group that was chosen, if that can be."""
    if not problem.roundtables:
        return {}
    groups = tuple((slot,) for slot in range(len(problem.working)))
    wished = {
        (-1 - table, slot): 1.0 - slot / (4 * len(groups))
        for table, (group, _) in first.roundtables.items()
        for slot in whole.groups[group]
    }
    alone = replace(
        whole, groups=groups, tables=(0,) * len(groups), requests=(), least={}, most={},
        bonus=wished,
    )  # fmt: skip
    found = choose(problem, alone, limits)
    if found is None:
        raise NoTimetableError("The roundtables could not be placed in time; allow more of it.")
    return dict(found.roundtables)


def _around(
    problem: Problem, free: Mapping[str, int], requests: tuple[int, ...],
    held: Mapping[int, tuple[int, str]], limits: Limits,
) -> tuple[Choice, Question]:  # fmt: skip
    """Choose meetings and guests, the roundtables being where they are."""
    alone = slots_between(problem, [slot for slot, _ in held.values()])
    groups = groups_of(problem, free, alone)
    where = {group[0]: n for n, group in enumerate(groups)}
    question = replace(
        _asked(problem, free, groups, requests),
        roundtables=tuple(held),
        placed={table: (where[slot], hall) for table, (slot, hall) in held.items()},
    )
    choice = choose(problem, question, limits)
    if choice is None:
        raise NoTimetableError("No timetable was found in time; allow more of it.")
    return choice, question


def _spread(
    problem: Problem, free: Mapping[str, int], question: Question, choice: Choice
) -> Places:
    sessions = sessions_of(problem, question, choice)
    taken = appointments(problem, sessions)
    open_ = {one: slots & ~taken.get(one, 0) for one, slots in free.items()}
    made = Spread(open_, [len(problem.tables)] * len(problem.working))
    for number, group in enumerate(question.groups):
        chosen = [n for n, where in choice.requests.items() if where == number]
        chosen.sort(key=lambda n: (-problem.requests[n].score, n))
        edges = [_edge(problem, n) for n in chosen]
        # Among equals some may find no slot; they are left out, and the gap says so.
        spread(made, edges, group)
    return Places(tuple(made.meetings()), sessions)


def sessions_of(problem: Problem, question: Question, choice: Choice) -> tuple[Session, ...]:
    """Return the roundtables that are held, in the order of time."""
    found = []
    for table, (group, hall) in choice.roundtables.items():
        one = problem.roundtables[table]
        who = (*one.required, *choice.guests.get(table, ()))
        slot = problem.working[question.groups[group][0]]
        found.append(Session(one.id, slot.id, hall, who))
    return tuple(sorted(found, key=lambda s: (problem.place_of_slot[s.slot], s.room)))


def _edge(problem: Problem, number: int) -> tuple[str, str]:
    request = problem.requests[number]
    return (request.a, request.b) if request.a < request.b else (request.b, request.a)


def _exactly(
    problem: Problem, free: Mapping[str, int], requests: tuple[int, ...], limits: Limits
) -> tuple[Places, float] | None:
    """Settle a small problem with a variable for each meeting and slot."""
    slots = range(len(problem.working))
    size = sum(
        (free[problem.requests[n].a] & free[problem.requests[n].b]).bit_count() for n in requests
    )
    if size > SMALL:
        return None
    groups = tuple((slot,) for slot in slots)
    question = _asked(problem, free, groups, requests)
    seconds = min(limits.seconds, _EXACT_SECONDS)
    choice = choose(problem, question, replace(limits, seconds=seconds))
    if choice is None:
        return None
    meetings = [(_edge(problem, n), groups[group][0]) for n, group in choice.requests.items()]
    places = Places(tuple(sorted(meetings)), sessions_of(problem, question, choice))
    return places, choice.bound


def _value(problem: Problem, places: Places) -> float:
    scores = {one.pair: one.score for one in problem.requests}
    meetings = seat(problem, places.meetings, scores)
    return worth(problem, Timetable(meetings, places.sessions))
