"""Is a timetable right?  Looked at afresh, by counting: nothing of the solver is used here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta

from matchmaker.meetings.problem import Problem, Timetable


def faults_of(problem: Problem, timetable: Timetable) -> list[str]:
    """Return everything that is wrong with a timetable, in words; nothing if it is right.

    That somebody has fewer meetings than its minimum is no fault but a shortfall, which is told
    elsewhere (:func:`~matchmaker.meetings.problem.shortfalls`).
    """
    check = _Check(problem, timetable)
    return [
        *check.places(), *check.rooms(), *check.pairs(), *check.counts(), *check.roundtables(),
        *check.walks(),
    ]  # fmt: skip


class _Check:
    def __init__(self, problem: Problem, timetable: Timetable) -> None:
        self.problem = problem
        self.timetable = timetable
        self.slots = {slot.id: slot for slot in problem.slots}
        self.rooms_ = {room.id: room for room in problem.rooms}
        self.people = {one.id: one for one in problem.attendees}
        self.tables_ = {one.id: one for one in problem.roundtables}
        self.where: dict[tuple[str, str], list[str]] = defaultdict(list)
        for meeting in timetable.meetings:
            for one in (meeting.a, meeting.b):
                self.where[one, meeting.slot].append(meeting.room)
        for session in timetable.sessions:
            for one in session.attendees:
                self.where[one, session.slot].append(session.room)

    def places(self) -> Iterator[str]:
        """Nobody is in two places, away, or busy in a break."""
        for (one, slot), rooms in self.where.items():
            if one not in self.people:
                yield f"{one} is at the meeting at {slot} but does not attend"
                continue
            if slot not in self.slots:
                yield f"{one} has an appointment at {slot}, which is no slot"
                continue
            if len(rooms) > 1:
                yield f"{one} is in {len(rooms)} places at {slot}"
            if self.slots[slot].pause:
                yield f"{one} has an appointment in the break {slot}"
            if slot in self.people[one].absent:
                yield f"{one} is away at {slot} but has an appointment"

    def rooms(self) -> Iterator[str]:
        """No table or hall is used twice at a time, and there are no others than those."""
        tables = Counter((m.slot, m.room, m.table) for m in self.timetable.meetings)
        halls = Counter((s.slot, s.room) for s in self.timetable.sessions)
        for (slot, room, table), count in tables.items():
            known = self.rooms_.get(room)
            if known is None or known.kind != "tables" or not 1 <= table <= known.capacity:
                yield f"there is no table {table} in room {room}"
            if count > 1:
                yield f"table {table} in room {room} is used {count} times at {slot}"
        for (slot, room), count in halls.items():
            if room not in self.rooms_ or self.rooms_[room].kind != "hall":
                yield f"{room} is no hall"
            if count > 1:
                yield f"hall {room} is used {count} times at {slot}"

    def pairs(self) -> Iterator[str]:
        """Who meets has asked to, does so once, and may."""
        asked = {request.pair for request in self.problem.requests}
        for pair, count in Counter(m.pair for m in self.timetable.meetings).items():
            names = " and ".join(sorted(pair))
            if len(pair) != 2:
                yield f"{names} meets itself"
            if count > 1:
                yield f"{names} meet {count} times"
            if pair not in asked:
                yield f"{names} meet though nobody asked for it"
            if pair in self.problem.vetoes:
                yield f"{names} must not meet"

    def counts(self) -> Iterator[str]:
        """Nobody has more meetings than it may."""
        held = Counter(one for m in self.timetable.meetings for one in (m.a, m.b))
        for one, count in held.items():
            if one in self.people and count > self.people[one].most:
                yield f"{one} has {count} meetings; at most are {self.people[one].most}"

    def roundtables(self) -> Iterator[str]:
        """Roundtables are held once, with all who are required, asked guests, and seats for all."""
        for name, count in Counter(s.roundtable for s in self.timetable.sessions).items():
            if count > 1:
                yield f"roundtable {name} is held {count} times"
        for session in self.timetable.sessions:
            one = self.tables_.get(session.roundtable)
            if one is None:
                yield f"there is no roundtable {session.roundtable}"
                continue
            there = set(session.attendees)
            if len(there) < len(session.attendees):
                yield f"somebody is twice at roundtable {one.id}"
            if missing := sorted(set(one.required) - there):
                yield f"roundtable {one.id} is held without {', '.join(missing)}"
            if more := sorted(there - set(one.required) - set(one.optional)):
                yield f"{', '.join(more)} at roundtable {one.id} uninvited"
            hall = self.rooms_.get(session.room)
            if len(there) > min(one.size, hall.capacity if hall else one.size):
                yield f"roundtable {one.id} has {len(there)} people and too few seats"
            for pair in self.problem.vetoes:
                if pair <= there:
                    yield f"{' and '.join(sorted(pair))} must not meet at roundtable {one.id}"

    def walks(self) -> Iterator[str]:
        """Everybody has the time to walk from one place to another."""
        if not self.problem.walk_minutes:
            return
        need = timedelta(minutes=self.problem.walk_minutes)
        of: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for (one, slot), rooms in self.where.items():
            of[one] += [(slot, room) for room in rooms]
        for one, stays in of.items():
            for slot, room in stays:
                for later, other in stays:
                    first, second = self.slots.get(slot), self.slots.get(later)
                    a, b = self.rooms_.get(room), self.rooms_.get(other)
                    if not (first and second and a and b) or first.start >= second.start:
                        continue
                    if a.place != b.place and second.start - first.end < need:
                        yield f"{one} has no time to walk from {room} to {other} after {slot}"
