"""What a timetable is made for: attendees, slots, rooms, wishes, and what must not be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final, Literal, TypeAlias

Pair: TypeAlias = frozenset[str]
RoomKind: TypeAlias = Literal["tables", "hall"]
ROOM_KINDS: Final[tuple[RoomKind, ...]] = ("tables", "hall")
GUEST_WORTH: Final = 0.25
"""What it is worth that somebody who need not attend a roundtable does, in scores of a meeting."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time of the programme, by the clock of the venue; nobody meets in a break."""

    id: str
    start: datetime
    end: datetime
    pause: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """Where meetings are.

    Parameters
    ----------
    kind : "tables" or "hall"
        Tables for meetings of two, or a hall for one roundtable at a time.
    capacity : int
        How many tables there are, or how many people the hall seats.
    place : str
        The building, where rooms lie apart.
    """

    id: str
    name: str
    kind: RoomKind
    capacity: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Attendee:
    """Who attends, how many meetings of two it is to have, and the slots in which it is away."""

    id: str
    name: str
    side: str = ""
    least: int = 0
    most: int = 1000
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Request:
    """A wish that two attendees meet, and what it is worth, 0 to 1."""

    a: str
    b: str
    score: float
    need: str = ""
    offer: str = ""
    by: str = "wish"

    @property
    def pair(self) -> Pair:
        """The two, in no order."""
        return frozenset((self.a, self.b))


@dataclass(frozen=True, slots=True)
class Roundtable:
    """A meeting of many: all who are required are there, or it is not held."""

    id: str
    topic: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    size: int = 12
    worth: float = GUEST_WORTH


@dataclass(frozen=True)
class Problem:
    """All that a timetable is made from.

    Parameters
    ----------
    slots : tuple of Slot
        In the order of time.
    vetoes : frozenset of pairs
        Who must not meet, alone or at a roundtable.
    walk_minutes : int
        How long it takes from one place to another; 0 if all rooms lie together.
    """

    name: str
    time_zone: str
    slots: tuple[Slot, ...]
    rooms: tuple[Room, ...]
    attendees: tuple[Attendee, ...]
    requests: tuple[Request, ...] = ()
    roundtables: tuple[Roundtable, ...] = ()
    vetoes: frozenset[Pair] = field(default=frozenset())
    walk_minutes: int = 0

    @cached_property
    def working(self) -> tuple[Slot, ...]:
        """The slots in which people meet."""
        return tuple(slot for slot in self.slots if not slot.pause)

    @cached_property
    def by_id(self) -> dict[str, Attendee]:
        """Attendees by identifier."""
        return {one.id: one for one in self.attendees}

    @cached_property
    def place_of_slot(self) -> dict[str, int]:
        """Place of each working slot among them, by identifier."""
        return {slot.id: n for n, slot in enumerate(self.working)}

    @cached_property
    def halls(self) -> tuple[Room, ...]:
        """Rooms for roundtables."""
        return tuple(room for room in self.rooms if room.kind == "hall")

    @cached_property
    def tables(self) -> tuple[tuple[Room, int], ...]:
        """Every table for two: its room, and its number there from 1."""
        rooms = (room for room in self.rooms if room.kind == "tables")
        return tuple((room, n) for room in rooms for n in range(1, room.capacity + 1))

    @cached_property
    def days(self) -> tuple[tuple[int, ...], ...]:
        """The working slots of each day, by their places."""
        found: dict[object, list[int]] = {}
        for n, slot in enumerate(self.working):
            found.setdefault(slot.start.date(), []).append(n)
        return tuple(map(tuple, found.values()))

    def presence(self, attendee: Attendee) -> int:
        """Return the working slots in which somebody is there, as bits."""
        return bits(n for n, slot in enumerate(self.working) if slot.id not in attendee.absent)

    def apart(self, first: str, second: str) -> bool:
        """Tell whether one must walk from one room to another."""
        return bool(self.walk_minutes) and self._places[first] != self._places[second]

    @cached_property
    def _places(self) -> dict[str, str]:
        return {room.id: room.place for room in self.rooms}

    @cached_property
    def close(self) -> tuple[tuple[int, int], ...]:
        """Pairs of working slots, earlier first, between which there is no time to walk."""
        minutes, slots = self.walk_minutes, self.working
        return tuple(
            (n, m)
            for n in range(len(slots))
            for m in range(n + 1, len(slots))
            if minutes and (slots[m].start - slots[n].end).total_seconds() < 60 * minutes
        )


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two attendees at a table."""

    a: str
    b: str
    slot: str
    room: str
    table: int
    score: float

    @property
    def pair(self) -> Pair:
        """The two, in no order."""
        return frozenset((self.a, self.b))


@dataclass(frozen=True, slots=True)
class Session:
    """A roundtable that is held: when, where, and who is there."""

    roundtable: str
    slot: str
    room: str
    attendees: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timetable:
    """Who meets whom, when and where.

    Parameters
    ----------
    meetings, sessions : tuple
        In the order of time.
    bound : float
        No timetable that holds as many roundtables and misses no more minimums has a higher score.
    exact : bool
        Whether the score is the bound, up to the stated tolerance.
    """

    meetings: tuple[Meeting, ...]
    sessions: tuple[Session, ...] = ()
    bound: float = 0.0
    exact: bool = False


def bits(places: Iterable[int]) -> int:
    """Return places as bits of a number.

    Examples
    --------
    >>> bin(bits([0, 2]))
    '0b101'
    """
    found = 0
    for place in places:
        found |= 1 << place
    return found


def ones(number: int) -> list[int]:
    """Return the places of the bits that are set.

    Examples
    --------
    >>> ones(0b101)
    [0, 2]
    """
    return [n for n in range(number.bit_length()) if number >> n & 1]


def score_of(problem: Problem, timetable: Timetable) -> float:
    """Return the score: of all meetings, and of those at roundtables who need not be there."""
    known = {one.id: one for one in problem.roundtables}
    guests = sum(
        known[s.roundtable].worth * (len(s.attendees) - len(known[s.roundtable].required))
        for s in timetable.sessions
    )
    return sum(meeting.score for meeting in timetable.meetings) + guests


def held_by(timetable: Timetable) -> dict[str, int]:
    """Return how many meetings of two each attendee has; who has none is not named."""
    found: dict[str, int] = {}
    for meeting in timetable.meetings:
        for one in (meeting.a, meeting.b):
            found[one] = found.get(one, 0) + 1
    return found


def shortfalls(problem: Problem, timetable: Timetable) -> dict[str, int]:
    """Return how many meetings each attendee has fewer than its minimum, if any."""
    held = held_by(timetable)
    missing = {one.id: one.least - held.get(one.id, 0) for one in problem.attendees}
    return {one: count for one, count in missing.items() if count > 0}


def idle_slots(problem: Problem, timetable: Timetable) -> dict[str, int]:
    """Return how many slots each attendee waits between two appointments of a day."""
    busy = busy_slots(problem, timetable)
    return {one: count for one, taken in busy.items() if (count := waits(taken, problem.days))}


def waits(busy: int, days: Iterable[tuple[int, ...]]) -> int:
    """Count the free slots between the first and the last busy one of each day.

    Examples
    --------
    >>> waits(0b1001, [(0, 1, 2, 3)])
    2
    """
    found = 0
    for day in days:
        taken = [n for n, place in enumerate(day) if busy >> place & 1]
        if taken:
            found += taken[-1] - taken[0] + 1 - len(taken)
    return found


def busy_slots(problem: Problem, timetable: Timetable) -> dict[str, int]:
    """Return the working slots in which each attendee has an appointment, as bits."""
    place = problem.place_of_slot
    busy = dict.fromkeys(problem.by_id, 0)
    for meeting in timetable.meetings:
        for one in (meeting.a, meeting.b):
            busy[one] |= 1 << place[meeting.slot]
    for session in timetable.sessions:
        for one in session.attendees:
            busy[one] |= 1 << place[session.slot]
    return busy
