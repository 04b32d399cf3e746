"""Which table each meeting is at: cities stay where they sit as long as they can."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from matchmaker.meetings.problem import Meeting, Pair, Problem
from matchmaker.meetings.spreading import Edge

HOST: Final = "city"
"""The side that keeps its table, and is visited."""


def seat(
    problem: Problem, placed: Iterable[tuple[Edge, int]], scores: Mapping[Pair, float],
    kept: Iterable[Meeting] = (),
) -> tuple[Meeting, ...]:  # fmt: skip
    """Give each meeting a table.

    Parameters
    ----------
    placed : iterable of (pair, slot)
        Who meets in which working slot, without those that are kept.
    scores : mapping
        What each pair's meeting is worth.
    kept : iterable of Meeting
        Meetings that stay at their tables.

    Returns
    -------
    tuple of Meeting
        All of them in the order of slots, rooms and tables.
    """
    tables = [(room.id, number) for room, number in problem.tables]
    order = {table: n for n, table in enumerate(tables)}
    last: dict[str, tuple[str, int]] = {}
    done = list(kept)
    taken = {(one.slot, one.room, one.table) for one in done}
    for one in done:
        last.setdefault(_sides(problem, (one.a, one.b))[0], (one.room, one.table))
    waiting = sorted((slot, *_sides(problem, edge)) for edge, slot in placed)
    of_slot: dict[int, list[tuple[str, str]]] = {}
    for slot, host, guest in waiting:
        of_slot.setdefault(slot, []).append((host, guest))
    for slot, pairs in of_slot.items():
        name = problem.working[slot].id
        free = [table for table in tables if (name, *table) not in taken]
        # Whoever has a table that is free goes first, then the others in order.
        at_home = [(h, g) for h, g in pairs if last.get(h) in free]
        for host, guest in (*at_home, *(pair for pair in pairs if pair not in at_home)):
            home = last.get(host)
            table = home if home in free else min(free, key=lambda one: _rank(one, last, order))
            free.remove(table)
            last.setdefault(host, table)
            score = scores[frozenset((host, guest))]
            done.append(Meeting(host, guest, name, *table, score))
    places = problem.place_of_slot
    return tuple(sorted(done, key=lambda m: (places[m.slot], order[m.room, m.table])))


def _sides(problem: Problem, edge: Edge) -> tuple[str, str]:
    """Return a pair with the host first."""
    a, b = sorted(edge)
    known = problem.by_id
    return (b, a) if known[b].side == HOST and known[a].side != HOST else (a, b)


def _rank(
    table: tuple[str, int],
    last: Mapping[str, tuple[str, int]],
    order: Mapping[tuple[str, int], int],
) -> tuple[bool, int]:
    """Order tables: those that nobody has made his own first."""
    return table in last.values(), order[table]
