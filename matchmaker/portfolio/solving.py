"""The best portfolio under limits, exactly.

In turn, each deciding only among what is best by those before it:

1. with ``max_min``, the smallest number of introductions of a city that has any pair is as large as
   it can be;
2. as many introductions as can be count towards floors;
3. the total score is as high as can be, each pair of last time counting a small bonus more;
4. equal totals are decided by a number that each pair draws from its identifiers, so that the choice
   among them does not depend on what else there is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from matchmaker.portfolio.building import Built, build, served
from matchmaker.portfolio.flows import Stage, cheapest, cheapest_in_turn
from matchmaker.portfolio.problem import Ints, Limits, Problem, candidates, city_floors, lots

KEEP_BONUS = 10_000
"""What a pair of last time counts more than its score, in millionths."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A best portfolio with the proof that it is one.

    Attributes
    ----------
    rows : array of int
        The pairs chosen: highest score first, then by identifiers.
    total : int
        Sum of their scores, in millionths.
    level : int
        The number that ``max_min`` came to; 0 without.
    floors_met : int
        How many introductions count towards floors, those of cities and those of member states.
    built : Built
        The network.
    stage : Stage
        The stage at which scores decided, with its potentials.
    flow : array of int
        The flow that was chosen in the end.
    """

    rows: Ints
    total: int
    level: int
    floors_met: int
    built: Built
    stage: Stage
    flow: Ints


def solve(
    problem: Problem, limits: Limits, keep: Collection[tuple[str, str]] = (),
    bonus: int = KEEP_BONUS,
) -> Solution:  # fmt: skip
    """Return the best portfolio under limits.

    Parameters
    ----------
    problem : Problem
        What to choose from.
    limits : Limits
        What must be kept; floors as far as they can be.
    keep : collection of (str, str)
        Need and supply of the pairs chosen last time.
    bonus : int
        What each of those counts more, in millionths.

    Notes
    -----
    A few minimum-cost flows, each O(nodes^2 * arcs * log(nodes * cost)) at worst and near linear in
    the arcs as measured in ``benchmarks/portfolio.py``; ``max_min`` adds a flow for each bit of its
    number.

    Examples
    --------
    >>> from matchmaker.portfolio.problem import Pair, problem_of
    >>> pairs = [Pair("n1", "o1", "c", "k", "p1", "h", 0.9, 0.9, 0.9),
    ...          Pair("n1", "o2", "c", "k", "p2", "h", 0.8, 0.8, 0.8),
    ...          Pair("n2", "o1", "c", "k", "p1", "h", 0.7, 0.7, 0.7)]
    >>> best = solve(problem_of(pairs, {"c": "k"}), Limits(per_partner=1))
    >>> best.total / 1_000_000
    1.5
    """
    rows = candidates(problem, limits)
    level = highest_level(problem, limits, rows) if limits.max_min else 0
    floors = city_floors(problem, limits)
    built = build(
        problem, limits, rows,
        city_floor=floors,
        country_floor=np.full(len(problem.countries), limits.floor_country),
        level=_levels(problem, rows, level),
    )  # fmt: skip
    scores = problem.score[rows] + bonus * _chosen_before(problem, rows, keep)
    costs = [built.spread(-scores), built.spread(-lots(problem, rows))]
    for wanted in (built.floor, built.level):
        if wanted[built.network.upper > 0].any():
            costs.insert(0, -wanted)
    stages = cheapest_in_turn(built.network, costs)
    flow = stages[-1].flow
    chosen = in_order(problem, rows[flow[built.pairs] > 0])
    return Solution(
        chosen, int(problem.score[chosen].sum()), level, int(flow[built.floor > 0].sum()),
        built, stages[-2], flow,
    )  # fmt: skip


def best_total(problem: Problem, limits: Limits) -> int:
    """Return the total score that :func:`solve` reaches, without looking which pairs reach it."""
    return solve(problem, limits).total


def in_order(problem: Problem, rows: Ints) -> Ints:
    """Return pairs in the order in which they are shown: best first, then by identifiers."""
    order = np.lexsort((problem.supply[rows], problem.need[rows], -problem.score[rows]))
    return rows[order]


def highest_level(problem: Problem, limits: Limits, rows: Ints) -> int:
    """Return the largest number of introductions that all cities with a pair can have at once.

    Notes
    -----
    By halving: one maximum flow for each bit of the answer.  The numbers that cities can have nest
    like floors do, so that no linear programme is needed for it.
    """
    having = np.unique(problem.city[rows])
    if not len(having):
        return 0
    no_floor = np.zeros(len(problem.cities), dtype=np.int64)
    no_country = np.zeros(len(problem.countries), dtype=np.int64)
    needs = np.unique(problem.need[rows])
    most = int(np.bincount(problem.need_city[needs])[having].min()) * limits.per_need
    low, high = 0, most if limits.per_city is None else min(most, limits.per_city)
    while low < high:
        tried = (low + high + 1) // 2
        built = build(
            problem, limits, rows, city_floor=no_floor, country_floor=no_country,
            level=_levels(problem, rows, tried),
        )  # fmt: skip
        flow = cheapest(built.network, -built.level)
        reached = int(flow[built.level > 0].sum()) == tried * len(having)
        low, high = (tried, high) if reached else (low, tried - 1)
    return low


def _levels(problem: Problem, rows: Ints, level: int) -> Ints:
    """Return the level of each city: that of all which have a pair."""
    levels = np.zeros(len(problem.cities), dtype=np.int64)
    levels[problem.city[rows]] = level
    return levels


def _chosen_before(problem: Problem, rows: Ints, keep: Collection[tuple[str, str]]) -> Ints:
    if not keep:
        return np.zeros(len(rows), dtype=np.int64)
    need = {name: place for place, name in enumerate(problem.needs)}
    supply = {name: place for place, name in enumerate(problem.supplies)}
    wide = len(problem.supplies)
    known = [need[n] * wide + supply[s] for n, s in keep if n in need and s in supply]
    keys = problem.need[rows] * wide + problem.supply[rows]
    return np.isin(keys, np.array(known, dtype=np.int64)).astype(np.int64)


def counts(problem: Problem, solution: Solution) -> tuple[Ints, Ints]:
    """Return how many introductions each city and each member state gets."""
    return served(problem, solution.rows)
