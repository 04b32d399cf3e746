"""A timetable made again when somebody drops out or comes late: few meetings change.

What was promised stays: meetings and roundtables that can still be held keep their time and table, and
what has begun is not touched.  Gaps are filled with other meetings that both sides want.  Only where
somebody falls short of the minimum, or a roundtable cannot be held, are meetings moved, those around
it, each at a price.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from matchmaker.meetings.choosing import Limits, Question, choose, groups_of, slots_between
from matchmaker.meetings.problem import (
    Attendee,
    Meeting,
    Pair,
    Problem,
    Session,
    Timetable,
    busy_slots,
    held_by,
    ones,
    shortfalls,
)
from matchmaker.meetings.seating import seat
from matchmaker.meetings.solving import judged, sessions_of, usable, worth

PRICE: Final = 1.0
"""What it takes off, in scores of a meeting, that a meeting does not stay as it was."""
_PROMISED: Final = 0.5
"""What it is worth besides that two who had to give up their meeting have it at another time."""
_AROUND: Final = 6
"""Of those who fall short, how many of the best wishes are looked at."""

Kind = Literal["moved", "cancelled", "added"]


@dataclass(frozen=True, slots=True)
class Change:
    """A meeting, or a roundtable by its name, that is not as it was; slots are ``""`` where none."""

    kind: Kind
    who: tuple[str, ...]
    roundtable: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """What stays."""

    meetings: tuple[Meeting, ...]
    sessions: tuple[Session, ...]


def without(
    problem: Problem, dropped: Collection[str] = (), *, since: str = "",
    late: Mapping[str, str] | None = None,
) -> Problem:  # fmt: skip
    """Return a problem in which some attendees have dropped out, or come late.

    Parameters
    ----------
    dropped : collection of str
        Who drops out; nothing is missing for them.
    since : str
        The working slot from which on; from the first one without it.
    late : mapping
        Who comes late, and the working slot it comes in.

    Examples
    --------
    >>> from datetime import datetime
    >>> from matchmaker.meetings.problem import Slot
    >>> slots = tuple(Slot(n, datetime(2027, 3, 1, 9 + i), datetime(2027, 3, 1, 10 + i))
    ...               for i, n in enumerate("xyz"))
    >>> world = Problem("Day", "UTC", slots, (), (Attendee("a", "A", least=2),))
    >>> sorted(without(world, ["a"], since="y").attendees[0].absent)
    ['y', 'z']
    >>> sorted(without(world, late={"a": "z"}).attendees[0].absent)
    ['x', 'y']
    """
    order = [slot.id for slot in problem.working]
    gone = frozenset(order[order.index(since) if since else 0 :])
    coming = {one: frozenset(order[: order.index(slot)]) for one, slot in (late or {}).items()}

    def after(one: Attendee) -> Attendee:
        if one.id in dropped:
            return replace(one, absent=one.absent | gone, least=0)
        return replace(one, absent=one.absent | coming.get(one.id, frozenset()))

    return replace(problem, attendees=tuple(map(after, problem.attendees)))


def again(
    problem: Problem, old: Timetable, *, begun: Collection[str] = (), price: float = PRICE,
    limits: Limits | None = None,
) -> Timetable:  # fmt: skip
    """Return a timetable near an old one.

    Parameters
    ----------
    problem : Problem
        As it is now: see :func:`without`.
    old : Timetable
        What was promised.
    begun : collection of str
        Slots that have begun: nothing in them is changed.
    price : float
        What each change takes off, in scores of a meeting.

    Notes
    -----
    ``bound`` is what a timetable made afresh could reach, so that the price of stability is seen.
    """
    limits = limits or Limits()
    kept = _kept(problem, old, frozenset(begun))
    near = _fill(problem, old, kept, begun, limits)
    short = set(shortfalls(problem, near))
    held = {session.roundtable for session in near.sessions}
    for one in problem.roundtables:
        if one.id not in held:
            short.update(one.required)
    if short:
        loose = _loosened(problem, near, kept, short, begun)
        other = _fill(problem, old, loose, begun, limits, price)
        if _value(problem, old, other, price) > _value(problem, old, near, price):
            near = other
    free = {one.id: problem.presence(one) for one in problem.attendees}
    groups = groups_of(problem, free)
    afresh = choose(
        problem,
        Question(
            groups, free, tuple(len(problem.tables) * len(group) for group in groups),
            usable(problem), {one.id: one.least for one in problem.attendees},
            {one.id: one.most for one in problem.attendees}, tuple(range(len(problem.roundtables))),
        ),
        limits,
    )  # fmt: skip
    bound = afresh.bound if afresh else float("inf")
    return judged(problem, near, bound, limits.gap)


def changes(old: Timetable, new: Timetable) -> list[Change]:
    """Return what is not as it was, meetings first, in the order of names."""
    found = []
    before = {meeting.pair: meeting.slot for meeting in old.meetings}
    after = {meeting.pair: meeting.slot for meeting in new.meetings}
    for pair in sorted(before.keys() | after.keys(), key=sorted):
        was, now = before.get(pair, ""), after.get(pair, "")
        if was != now:
            found.append(Change(_kind(was, now), tuple(sorted(pair)), "", was, now))
    held = {session.roundtable: session for session in old.sessions}
    holds = {session.roundtable: session for session in new.sessions}
    for name in sorted(held.keys() | holds.keys()):
        was = held[name].slot if name in held else ""
        now = holds[name].slot if name in holds else ""
        if was != now:
            who = (holds.get(name) or held[name]).attendees
            found.append(Change(_kind(was, now), who, name, was, now))
    return found


def share_changed(old: Timetable, new: Timetable) -> float:
    """Return how many meetings were moved, cancelled or added, as a share of the old ones."""
    count = sum(not change.roundtable for change in changes(old, new))
    return count / len(old.meetings) if old.meetings else float(bool(count))


def _kind(was: str, now: str) -> Kind:
    return "moved" if was and now else "cancelled" if was else "added"


def _kept(problem: Problem, old: Timetable, begun: frozenset[str]) -> _Kept:
    """Return what can still be held, when and where it was."""
    known, tables = problem.by_id, {(room.id, number) for room, number in problem.tables}
    asked = {problem.requests[n].pair for n in usable(problem)}

    def there(one: str, slot: str) -> bool:
        return one in known and slot in problem.place_of_slot and slot not in known[one].absent

    held: dict[str, int] = defaultdict(int)
    meetings = []
    for meeting in old.meetings:
        both = (meeting.a, meeting.b)
        stays = meeting.pair in asked and (meeting.room, meeting.table) in tables
        room_for = all(one in known and held[one] < known[one].most for one in both)
        if all(there(one, meeting.slot) for one in both) and (
            meeting.slot in begun or (stays and room_for)
        ):
            meetings.append(meeting)
            for one in both:
                held[one] += 1
    return _Kept(tuple(meetings), tuple(_sessions_kept(problem, old, begun)))


def _sessions_kept(problem: Problem, old: Timetable, begun: frozenset[str]) -> list[Session]:
    known, tables = problem.by_id, {one.id: one for one in problem.roundtables}
    halls = {hall.id: hall for hall in problem.halls}
    found = []
    for session in old.sessions:
        one = tables.get(session.roundtable)
        hall = halls.get(session.room)
        if one is None or hall is None or session.slot not in problem.place_of_slot:
            continue
        invited = {*one.required, *one.optional}
        who = tuple(
            name
            for name in session.attendees
            if name in known and session.slot not in known[name].absent and name in invited
        )
        complete = set(one.required) <= set(who) and len(who) <= min(one.size, hall.capacity)
        apart = not any(pair <= set(who) for pair in problem.vetoes)
        if session.slot in begun or (complete and apart):
            found.append(replace(session, attendees=who))
    return found


def _fill(
    problem: Problem, old: Timetable, kept: _Kept, begun: Collection[str], limits: Limits,
    price: float = 0.0,
) -> Timetable:  # fmt: skip
    """Add to what is kept whatever fits beside it; what was promised, at its old time by preference."""
    so_far = Timetable(kept.meetings, kept.sessions)
    busy, held = busy_slots(problem, so_far), held_by(so_far)
    closed = sum(
        1 << problem.place_of_slot[slot] for slot in begun if slot in problem.place_of_slot
    )
    free, seated = {}, {}
    for one in problem.attendees:
        there = problem.presence(one) & ~busy.get(one.id, 0) & ~closed
        at_tables, at_halls = _appointments(problem, so_far, one.id)
        free[one.id] = there & ~slots_between(problem, ones(at_halls))
        seated[one.id] = there & ~slots_between(problem, ones(at_tables | at_halls))
    groups = tuple((slot,) for slot in range(len(problem.working)))
    together = {meeting.pair for meeting in kept.meetings}
    running = {session.roundtable for session in kept.sessions}
    waiting = tuple(n for n in usable(problem) if problem.requests[n].pair not in together)
    question = Question(
        groups,
        free,
        _free_tables(problem, kept),
        waiting,
        {one.id: one.least - held.get(one.id, 0) for one in problem.attendees},
        {one.id: one.most - held.get(one.id, 0) for one in problem.attendees},
        tuple(n for n, one in enumerate(problem.roundtables) if one.id not in running),
        halls=_free_halls(problem, kept),
        bonus=_promises(problem, old, waiting, price),
        seated=seated,
    )
    choice = choose(problem, question, limits)
    if choice is None:
        return so_far
    scores = {one.pair: one.score for one in problem.requests}
    stays = {(m.pair, problem.place_of_slot[m.slot]): m for m in old.meetings
             if m.slot in problem.place_of_slot}  # fmt: skip
    meetings, placed = list(kept.meetings), []
    taken = {(m.slot, m.room, m.table) for m in meetings}
    for number, group in sorted(choice.requests.items()):
        request = problem.requests[number]
        same = stays.get((request.pair, groups[group][0]))
        if same is not None and (same.slot, same.room, same.table) not in taken:
            meetings.append(same)
            taken.add((same.slot, same.room, same.table))
        else:
            placed.append(((request.a, request.b), groups[group][0]))
    sessions = (*kept.sessions, *sessions_of(problem, question, choice))
    order = problem.place_of_slot
    return Timetable(
        seat(problem, placed, scores, meetings),
        tuple(sorted(sessions, key=lambda s: (order[s.slot], s.room))),
    )


def _appointments(problem: Problem, timetable: Timetable, one: str) -> tuple[int, int]:
    """Return the slots that somebody spends at tables, and in halls, as bits."""
    place = problem.place_of_slot
    tables = sum(1 << place[m.slot] for m in timetable.meetings if one in (m.a, m.b))
    halls = sum(1 << place[s.slot] for s in timetable.sessions if one in s.attendees)
    return tables, halls


def _free_tables(problem: Problem, kept: _Kept) -> tuple[int, ...]:
    free = [len(problem.tables)] * len(problem.working)
    for meeting in kept.meetings:
        free[problem.place_of_slot[meeting.slot]] -= 1
    return tuple(free)


def _free_halls(problem: Problem, kept: _Kept) -> dict[str, int]:
    free = {hall.id: (1 << len(problem.working)) - 1 for hall in problem.halls}
    for session in kept.sessions:
        free[session.room] &= ~(1 << problem.place_of_slot[session.slot])
    return free


def _promises(
    problem: Problem, old: Timetable, waiting: Collection[int], price: float
) -> dict[tuple[int, int], float]:
    """Return what it is worth besides to hold what was promised, at its old time and at others."""
    was: dict[Pair, str] = {meeting.pair: meeting.slot for meeting in old.meetings}
    found = {}
    for number in waiting:
        slot = was.get(problem.requests[number].pair)
        if slot is None:
            continue
        for place, other in enumerate(problem.working):
            found[number, place] = _PROMISED + (price if other.id == slot else 0.0)
    return found


def _loosened(
    problem: Problem, near: Timetable, kept: _Kept, short: set[str], begun: Collection[str]
) -> _Kept:
    """Return what is kept without the meetings around those who fall short."""
    together = {meeting.pair for meeting in near.meetings}
    around = set(short)
    for one in short:
        wishes = [
            request
            for n in usable(problem)
            if one in (request := problem.requests[n]).pair and request.pair not in together
        ]
        wishes.sort(key=lambda request: (-request.score, request.a, request.b))
        around.update(who for request in wishes[:_AROUND] for who in request.pair)
    stay = [m for m in kept.meetings if m.slot in begun or not m.pair & around]
    return replace(kept, meetings=tuple(stay))


def _value(problem: Problem, old: Timetable, new: Timetable, price: float) -> float:
    """Return the worth of a timetable, the price of what is not as it was taken off."""
    after = {meeting.pair: meeting.slot for meeting in new.meetings}
    moved = sum(after.get(meeting.pair) != meeting.slot for meeting in old.meetings)
    return worth(problem, new) - price * moved
