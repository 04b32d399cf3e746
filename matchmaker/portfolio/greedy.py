"""What one would do by hand: take the best pair that still fits, again and again."""

from __future__ import annotations

from collections import Counter

import numpy as np

from matchmaker.portfolio.problem import (
    NOWHERE,
    Ints,
    Limits,
    Problem,
    candidates,
    city_floors,
)


def greedy(problem: Problem, limits: Limits, level: int = 0) -> Ints:
    """Return pairs chosen greedily, in the order in which they were taken.

    First, best first, those that help a city or member state below its floor; then the rest.

    Parameters
    ----------
    problem : Problem
        What to choose from.
    limits : Limits
        What must be kept.
    level : int
        What ``max_min`` came to: a floor of every city.

    Notes
    -----
    O(pairs log pairs).
    """
    rows = candidates(problem, limits)
    order = rows[np.lexsort((problem.supply[rows], problem.need[rows], -problem.score[rows]))]
    hand = _Hand(problem, limits, level)
    columns = (order.tolist(), problem.need[order].tolist(), problem.partner[order].tolist())
    pairs = list(zip(*columns, strict=True))
    taken = [row for row, need, partner in pairs if hand.take(need, partner, helping=True)]
    done = set(taken)
    taken += [r for r, need, partner in pairs if r not in done and hand.take(need, partner)]
    return np.array(taken, dtype=np.int64)


class _Hand:
    """Counts as they stand while pairs are taken."""

    def __init__(self, problem: Problem, limits: Limits, level: int) -> None:
        self._limits = limits
        self._city = problem.need_city.tolist()
        self._country = problem.city_country.tolist()
        self._home = problem.partner_home.tolist()
        self._floor = np.maximum(city_floors(problem, limits), level).tolist()
        self._need_count: Counter[int] = Counter()
        self._city_count: Counter[int] = Counter()
        self._country_count: Counter[int] = Counter()
        self._partner_count: Counter[int] = Counter()
        self._home_count: Counter[int] = Counter()

    def take(self, need: int, partner: int, *, helping: bool = False) -> bool:
        """Take a pair if it fits, and with ``helping`` only if a floor asks for it."""
        limits, city, home = self._limits, self._city[need], self._home[partner]
        country = self._country[city]
        if (
            self._need_count[need] >= limits.per_need
            or _full(self._city_count[city], limits.per_city)
            or _full(self._partner_count[partner], limits.per_partner)
            or (home != NOWHERE and _full(self._home_count[home], limits.ceiling_country))
        ):
            return False
        if helping and not (
            self._city_count[city] < self._floor[city]
            or self._country_count[country] < limits.floor_country
        ):
            return False
        self._need_count[need] += 1
        self._city_count[city] += 1
        self._country_count[country] += 1
        self._partner_count[partner] += 1
        self._home_count[home] += 1
        return True


def _full(count: int, limit: int | None) -> bool:
    return limit is not None and count >= limit
