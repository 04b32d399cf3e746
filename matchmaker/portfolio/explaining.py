"""Why a pair is in a portfolio, why another one is not, and why a floor is not met.

What it would cost to put a pair in, or to leave one out, is computed and not guessed: the cheapest
way to rearrange the rest is a shortest path through what the portfolio leaves free, from the pair's
one end to its other.  Along that path stand the introductions that would go and those that would
come in their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from matchmaker.portfolio.building import build, served
from matchmaker.portfolio.flows import cheapest
from matchmaker.portfolio.problem import (
    NOWHERE,
    Floats,
    Ints,
    Limits,
    Problem,
    candidates,
    city_floors,
    in_reach,
)
from matchmaker.portfolio.solving import Solution

_AT_ONCE = 64
_NO_STEP = -9999


@dataclass(frozen=True, slots=True)
class Swap:
    """What else would change, and the score lost by it all, in millionths.

    ``out`` and ``into`` hold rows of pairs.  ``lost`` is a little below zero where a pair was kept
    because it was chosen last time.
    """

    out: tuple[int, ...]
    into: tuple[int, ...]
    lost: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """Why a pair is in: ``without`` tells what the best portfolio without it would be.

    ``without`` is None where only a floor unmet could take its place.
    """

    row: int
    without: Swap | None


@dataclass(frozen=True, slots=True)
class Excluded:
    """Why a pair is not in.

    Parameters
    ----------
    row : int
        The pair.
    limits : tuple of str
        What keeps it out: names of fields of ``Limits`` that are full or not reached;
        ``"same_partner"`` where the need meets the partner by a better offer; ``"floors"`` where
        there is no room for it without missing a floor that is met.
    forced : Swap, optional
        What putting it in would do, where it can be put in without missing a floor.
    """

    row: int
    limits: tuple[str, ...]
    forced: Swap | None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A floor that is not met.

    Parameters
    ----------
    kind : str
        ``"city"`` or ``"country"``.
    identifier : str
        Whose floor it is.
    floor, got, possible : int
        Introductions at least, in this portfolio, and at most if nobody else had a floor.
    why : str
        ``"no_need"``: no open need; ``"no_pair"``: no pair with both fits in reach; ``"too_few"``:
        its needs and cities cannot carry more; ``"capacity"``: partners and ceilings cannot;
        ``"other_floors"``: it could be met alone, but not together with the others.
    """

    kind: str
    identifier: str
    floor: int
    got: int
    possible: int
    why: str


class Explainer:
    """Explains one solution.

    Parameters
    ----------
    problem : Problem
        What was chosen from.
    limits : Limits
        The limits in force.
    solution : Solution
        What was chosen.

    Notes
    -----
    Two shortest-path trees (Dijkstra, on reduced costs) for each need asked about.
    """

    def __init__(self, problem: Problem, limits: Limits, solution: Solution) -> None:
        self._problem = problem
        self._limits = limits
        self._solution = solution
        self._built = solution.built
        self._index = {int(row): place for place, row in enumerate(self._built.rows)}
        self._chosen = frozenset(solution.rows.tolist())
        self._full = _full(problem, limits, solution.rows)

    def chosen(self) -> list[Chosen]:
        """Explain each pair of the solution, in its order."""
        rows = self._solution.rows.tolist()
        needs = sorted({int(self._problem.need[row]) for row in rows})
        swaps: dict[int, Swap | None] = {}
        of_need: dict[int, list[int]] = {need: [] for need in needs}
        for row in rows:
            of_need[int(self._problem.need[row])].append(row)
        for need, distance, before in self._trees(needs, self._graph):
            swaps |= {row: self._without(row, distance, before) for row in of_need[need]}
        return [Chosen(row, swaps[row]) for row in rows]

    def excluded(self, first: int) -> list[Excluded]:
        """Explain each pair that is among the first of its need and not chosen.

        Parameters
        ----------
        first : int
            How many ranks of each need to look at.
        """
        found: dict[int, Excluded] = {}
        waiting: dict[int, list[int]] = {}
        for row in self.first_rows(first):
            if row in self._chosen:
                continue
            if row in self._index:
                waiting.setdefault(int(self._problem.need[row]), []).append(row)
                found[row] = Excluded(row, (), None)
            else:
                found[row] = Excluded(row, (self._never(row),), None)
        backwards = self._graph.T.tocsr()
        for need, distance, after in self._trees(sorted(waiting), backwards):
            found |= {row: self._kept_out(row, distance, after) for row in waiting[need]}
        return list(found.values())

    def first_rows(self, first: int) -> list[int]:
        """Return the rows of the first ranks of each need, need by need."""
        of = self._problem
        order = np.lexsort((of.supply, -of.score, of.need))
        need = of.need[order]
        starts = np.searchsorted(need, np.arange(len(of.needs)))
        ranks = np.arange(len(need)) - starts[need]
        rows: list[int] = order[ranks < first].tolist()
        return rows

    def _never(self, row: int) -> str:
        reaches = bool(in_reach(self._problem, self._limits)[row])
        return "same_partner" if reaches else "minimum_fit"

    def _kept_out(self, row: int, distance: Floats, after: Ints) -> Excluded:
        built, stage = self._built, self._solution.stage
        arc = built.first + self._index[row]
        names = self._full_limits(row)
        need, partner = self._ends(row)
        fixed = stage.network.upper[arc] == 0
        if fixed or np.isinf(distance[partner]):
            return Excluded(row, (*names, "floors"), None)
        out, into = self._exchanged(list(_forwards(after, partner, need)))
        score = self._problem.score
        lost = sum(int(score[r]) for r in out) - sum(int(score[r]) for r in into) - int(score[row])
        return Excluded(row, names, Swap(out, into, lost))

    def _without(self, row: int, distance: Floats, before: Ints) -> Swap | None:
        built, stage = self._built, self._solution.stage
        arc = built.first + self._index[row]
        need, partner = self._ends(row)
        fixed = stage.network.lower[arc] == 1
        if fixed or np.isinf(distance[partner]):
            return None
        path = [(b, a) for a, b in _forwards(before, partner, need)][::-1]
        out, into = self._exchanged(path)
        score = self._problem.score
        lost = int(score[row]) + sum(int(score[r]) for r in out) - sum(int(score[r]) for r in into)
        return Swap(out, into, lost)

    def _full_limits(self, row: int) -> tuple[str, ...]:
        of = self._problem
        need, partner = int(of.need[row]), int(of.partner[row])
        city, home = int(of.need_city[need]), int(of.partner_home[partner])
        full = self._full
        told = {
            "per_need": full["per_need"][need],
            "per_city": full["per_city"][city],
            "per_partner": full["per_partner"][partner],
            "ceiling_country": home != NOWHERE and full["ceiling_country"][home],
        }
        return tuple(name for name, yes in told.items() if yes)

    def _ends(self, row: int) -> tuple[int, int]:
        built, of = self._built, self._problem
        return built.needs + int(of.need[row]), built.partners + int(of.partner[row])

    def _exchanged(self, steps: list[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the pairs that a path takes out and those that it puts in."""
        needs, partners = self._built.needs, self._built.partners
        last = partners + len(self._problem.partners)
        out, into = [], []
        for tail, head in steps:
            if partners <= tail < last and needs <= head < partners:
                out.append(self._row_of[head - needs, tail - partners])
            elif needs <= tail < partners <= head < last:
                into.append(self._row_of[tail - needs, head - partners])
        return tuple(out), tuple(into)

    @cached_property
    def _row_of(self) -> dict[tuple[int, int], int]:
        rows = self._built.rows
        ends = zip(self._problem.need[rows].tolist(), self._problem.partner[rows].tolist(),
                   strict=True)  # fmt: skip
        return dict(zip(ends, rows.tolist(), strict=True))

    @cached_property
    def _graph(self) -> Any:
        """What the solution leaves free, with reduced costs as lengths."""
        stage, flow = self._solution.stage, self._solution.flow
        network, reduced = stage.network, stage.reduced
        more, less = np.flatnonzero(flow < network.upper), np.flatnonzero(flow > network.lower)
        tail = np.concatenate([network.tail[more], network.head[less]])
        head = np.concatenate([network.head[more], network.tail[less]])
        length = np.concatenate([reduced[more], -reduced[less]]).astype(np.float64)
        order = np.lexsort((length, head, tail))
        tail, head, length = tail[order], head[order], length[order]
        first = np.ones(len(tail), dtype=bool)
        first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        size = len(network.balance)
        return sp.csr_matrix((length[first], (tail[first], head[first])), shape=(size, size))

    def _trees(self, needs: list[int], graph: Any) -> Iterator[tuple[int, Floats, Ints]]:
        """Yield of each need the distances from it through a graph, and the step before each node."""
        for start in range(0, len(needs), _AT_ONCE):
            some = needs[start : start + _AT_ONCE]
            nodes = self._built.needs + np.array(some)
            distances, before = dijkstra(graph, indices=nodes, return_predecessors=True)
            yield from zip(some, distances, before, strict=True)


def _forwards(step: Ints, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the arcs of a path from ``start`` to ``end``, where each node knows its next one."""
    node = start
    while node != end:
        following = int(step[node])
        assert following != _NO_STEP, "a finite distance has a path"
        yield node, following
        node = following


def _full(problem: Problem, limits: Limits, rows: Ints) -> dict[str, list[bool]]:
    need, partner = problem.need[rows], problem.partner[rows]
    home = problem.partner_home[partner]
    counts = {
        "per_need": np.bincount(need, minlength=len(problem.needs)),
        "per_city": np.bincount(problem.need_city[need], minlength=len(problem.cities)),
        "per_partner": np.bincount(partner, minlength=len(problem.partners)),
        "ceiling_country": np.bincount(home[home != NOWHERE], minlength=len(problem.homes)),
    }
    told = {}
    for name, count in counts.items():
        limit: int | None = getattr(limits, name)
        told[name] = [limit is not None and n >= limit for n in count.tolist()]
    return told


def shortfalls(problem: Problem, limits: Limits, solution: Solution) -> list[Shortfall]:
    """Return the floors that are not met, cities first, each with the reason.

    Notes
    -----
    One maximum flow for each floor missed.
    """
    cities, countries = served(problem, solution.rows)
    rows = candidates(problem, limits)
    floors = {
        "city": (problem.cities, city_floors(problem, limits), cities),
        "country": (problem.countries, np.full(len(countries), limits.floor_country), countries),
    }
    found = []
    for kind, (names, floor, got) in floors.items():
        for place in np.flatnonzero(got < floor).tolist():
            possible, why = _why(problem, limits, rows, kind, place, int(floor[place]))
            found.append(
                Shortfall(kind, names[place], int(floor[place]), int(got[place]), possible, why)
            )
    return found


def _why(
    problem: Problem, limits: Limits, rows: Ints, kind: str, place: int, floor: int
) -> tuple[int, str]:
    """Return how much of one floor can be met alone, and what keeps it from being met."""
    group = problem.need_city if kind == "city" else problem.city_country[problem.need_city]
    if not (group == place).any():
        return 0, "no_need"
    own = rows[group[problem.need[rows]] == place]
    if not len(own):
        return 0, "no_pair"
    roomy = replace(limits, per_partner=None, ceiling_country=None)
    most, possible = _alone(problem, roomy, own), _alone(problem, limits, own)
    if most < floor:
        return most, "too_few"
    return possible, "capacity" if possible < floor else "other_floors"


def _alone(problem: Problem, limits: Limits, rows: Ints) -> int:
    """Return how many of some pairs can be chosen at once."""
    no_city = np.zeros(len(problem.cities), dtype=np.int64)
    no_country = np.zeros(len(problem.countries), dtype=np.int64)
    built = build(
        problem, limits, rows, city_floor=no_city, country_floor=no_country, level=no_city
    )
    flow = cheapest(built.network, built.spread(np.full(len(rows), -1)))
    return int(flow[built.pairs].sum())
