"""Meetings of a group of slots are spread over its slots, and shifted so that nobody waits long.

Spreading is edge colouring: the attendees are the nodes, the meetings the edges, the slots the
colours.  A meeting finds a slot in which both are free, after exchanging two slots along an alternating
path where there is none.  Between two sides every meeting finds one (König); among equals a few may
not.  Exchanging two slots along such a path, or cycle, keeps a timetable right whatever it does to the
time that people wait, so the same move shortens waiting.

References
----------
König, D. (1916). Über Graphen und ihre Anwendung auf Determinantentheorie und Mengenlehre.
Mathematische Annalen 77, 453-465.
Kempe, A. B. (1879). On the Geographical Problem of the Four Colours. American Journal of Mathematics 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from matchmaker.meetings.problem import waits

Edge = tuple[str, str]
_PASSES: Final = 6


@dataclass(slots=True)
class Spread:
    """Who meets whom in which slot, while it is being made.

    Parameters
    ----------
    free : mapping
        Slots in which each attendee may be given a meeting, as bits; those it is given are not taken
        off.
    tables : sequence of int
        How many meetings each slot has room for.
    """

    free: Mapping[str, int]
    tables: Sequence[int]
    other: dict[tuple[str, int], str] = field(default_factory=dict)
    count: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.count = [0] * len(self.tables)

    def put(self, edge: Edge, slot: int) -> None:
        """Let two meet in a slot."""
        a, b = edge
        self.other[a, slot] = b
        self.other[b, slot] = a
        self.count[slot] += 1

    def open(self, one: str, slot: int) -> bool:
        """Tell whether somebody is there and has no meeting."""
        return bool(self.free[one] >> slot & 1) and (one, slot) not in self.other

    def meetings(self) -> list[tuple[Edge, int]]:
        """Return who meets in which slot, in order of slots and names."""
        found = [((a, b), slot) for (a, slot), b in self.other.items() if a < b]
        return sorted(found, key=lambda one: (one[1], one[0]))

    def chain(self, start: str, first: int, second: int) -> list[str]:
        """Return those who are linked to somebody by meetings in two slots, from end to end."""
        ends = []
        for slot in (first, second):
            path, place, at = [], start, slot
            while (after := self.other.get((place, at))) is not None and after != start:
                path.append(after)
                place, at = after, first + second - at
            if after is not None:
                return [start, *path]
            ends.append(path)
        return [*reversed(ends[1]), start, *ends[0]]

    def exchange(self, nodes: Sequence[str], first: int, second: int) -> None:
        """Exchange two slots for all of a chain."""
        for one in nodes:
            a = self.other.pop((one, first), None)
            b = self.other.pop((one, second), None)
            for other, slot, old in ((a, second, first), (b, first, second)):
                if other is not None:
                    self.other[one, slot] = other
                    if one < other:
                        self.count[slot] += 1
                        self.count[old] -= 1

    def may_exchange(self, nodes: Iterable[str], first: int, second: int) -> bool:
        """Tell whether all of a chain are there in the slots they would get."""
        for one in nodes:
            free = self.free[one]
            if (one, first) in self.other and not free >> second & 1:
                return False
            if (one, second) in self.other and not free >> first & 1:
                return False
        return True

    def balance_of(self, nodes: Iterable[str], first: int, second: int) -> int:
        """Return how many meetings more the first slot would lose to the second than gain."""
        found = 0
        for one in nodes:
            found += (other := self.other.get((one, first))) is not None and one < other
            found -= (other := self.other.get((one, second))) is not None and one < other
        return found


def spread(spread: Spread, edges: Sequence[Edge], slots: Sequence[int]) -> list[Edge]:
    """Spread meetings over slots in which all who have some are there; return what found none.

    Notes
    -----
    O(meetings · attendees) at worst; no slot gets more than its tables if the meetings of the slots
    are no more than all their tables.
    """
    left = [edge for edge in edges if not _place(spread, edge, slots)]
    _even_out(spread, slots)
    return left


def _place(spread: Spread, edge: Edge, slots: Sequence[int]) -> bool:
    a, b = edge
    of_a = [slot for slot in slots if spread.open(a, slot)]
    of_b = [slot for slot in slots if spread.open(b, slot)]
    both = set(of_a).intersection(of_b)
    if both:
        spread.put(edge, min(both, key=lambda slot: (spread.count[slot], slot)))
        return True
    for first in of_a:
        for second in of_b:
            # From b along its meeting in the slot that is free for a; then both are free in it.
            nodes = spread.chain(b, first, second)
            if a not in nodes and spread.may_exchange(nodes, first, second):
                spread.exchange(nodes, first, second)
                spread.put(edge, first)
                return True
    return False


def _even_out(spread: Spread, slots: Sequence[int]) -> None:
    """Move meetings from slots with too few tables to others."""
    for full in slots:
        for other in slots:
            while spread.count[full] > spread.tables[full]:
                if spread.count[other] >= spread.tables[other]:
                    break
                if not _move_one(spread, full, other):
                    break


def _move_one(spread: Spread, full: int, other: int) -> bool:
    seen: set[str] = set()
    for one, slot in sorted(spread.other):
        if slot != full or one in seen:
            continue
        nodes = spread.chain(one, full, other)
        seen.update(nodes)
        if spread.balance_of(nodes, full, other) == 1 and spread.may_exchange(nodes, full, other):
            spread.exchange(nodes, full, other)
            return True
    return False


def shorten_waits(
    spread: Spread, taken: Mapping[str, int], days: Sequence[tuple[int, ...]],
    fixed: frozenset[int] = frozenset(),
) -> None:  # fmt: skip
    """Exchange slots along chains as long as that shortens the time that people wait.

    Parameters
    ----------
    taken : mapping
        Slots in which each attendee has other appointments, as bits.
    fixed : frozenset of int
        Slots in which nothing is changed.
    """
    busy = {one: taken.get(one, 0) for one in spread.free}
    for one, slot in spread.other:
        busy[one] |= 1 << slot
    slots = [slot for slot in range(len(spread.tables)) if slot not in fixed]
    for _ in range(_PASSES):
        better = [
            _exchange_if_better(spread, busy, days, first, second)
            for n, first in enumerate(slots)
            for second in slots[n + 1 :]
        ]
        if not any(better):
            return


def _exchange_if_better(
    spread: Spread, busy: dict[str, int], days: Sequence[tuple[int, ...]], first: int, second: int
) -> bool:
    seen: set[str] = set()
    found = False
    both = 1 << first | 1 << second
    for one in sorted({who for who, slot in spread.other if slot in (first, second)}):
        if one in seen:
            continue
        nodes = spread.chain(one, first, second)
        seen.update(nodes)
        # Whoever meets in both slots waits as long as before.
        ends = [who for who in nodes if busy[who] & both != both]
        change = sum(waits(busy[who] ^ both, days) - waits(busy[who], days) for who in ends)
        if change >= 0 or not spread.may_exchange(nodes, first, second):
            continue
        more = spread.balance_of(nodes, first, second)
        fits = (
            spread.count[second] + more <= spread.tables[second]
            and spread.count[first] - more <= spread.tables[first]
        )
        if fits:
            spread.exchange(nodes, first, second)
            for who in ends:
                busy[who] ^= both
            found = True
    return found
