"""Made-up problems, small and random, and what other solvers make of them."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from matchmaker.portfolio.checking import Claim
from matchmaker.portfolio.problem import (
    Limits,
    Pair,
    Problem,
    candidates,
    city_floors,
    problem_of,
)
from matchmaker.portfolio.solving import Solution, counts


def claim_of(problem: Problem, limits: Limits, solution: Solution) -> Claim:
    """Return what a solution says of itself."""
    cities, countries = counts(problem, solution)
    floors = city_floors(problem, limits).tolist()
    unmet = {
        name: floor - got
        for name, floor, got in zip(problem.cities, floors, cities.tolist(), strict=True)
        if got < floor
    }
    short = {
        name: limits.floor_country - got
        for name, got in zip(problem.countries, countries.tolist(), strict=True)
        if got < limits.floor_country
    }
    return Claim(tuple(solution.rows.tolist()), solution.total, unmet, short, solution.level)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw a problem of a few cities, needs and partners; scores often tie."""
    cities = {
        f"city-{n}": f"state-{draw(st.integers(0, 2))}" for n in range(draw(st.integers(1, 5)))
    }
    partners = {
        f"partner-{n}": draw(st.sampled_from(["", "home-0", "home-1"]))
        for n in range(draw(st.integers(1, 5)))
    }
    supplies = {
        f"offer-{n}": draw(st.sampled_from(sorted(partners)))
        for n in range(draw(st.integers(1, 7)))
    }
    needs = {
        f"need-{n}": draw(st.sampled_from(sorted(cities))) for n in range(draw(st.integers(1, 7)))
    }
    tenths = st.integers(1, 10)
    pairs = []
    for need, city in needs.items():
        for supply, partner in supplies.items():
            if draw(st.integers(0, 3)):
                of_city, of_partner, score = draw(tenths), draw(tenths), draw(tenths)
                pairs.append(
                    Pair(need, supply, city, cities[city], partner, partners[partner],
                         of_city / 10, of_partner / 10, score / 10)
                )  # fmt: skip
    favoured = draw(st.sets(st.sampled_from(sorted(cities))))
    return problem_of(pairs, cities, favoured, needs)


def limits(*, max_min: bool | None = None) -> st.SearchStrategy[Limits]:
    """Draw limits; many of them bind."""
    maybe = st.one_of(st.none(), st.integers(1, 3))
    return st.builds(
        Limits, per_need=st.integers(1, 2), per_city=maybe, per_partner=maybe,
        ceiling_country=maybe, floor_city=st.integers(0, 2), floor_country=st.integers(0, 2),
        minimum_fit=st.sampled_from([0.0, 0.3, 0.5]),
        max_min=st.booleans() if max_min is None else st.just(max_min),
    )  # fmt: skip


def by_networkx(problem: Problem, limits: Limits) -> tuple[int, int]:
    """Return the floors met and the best total, by networkx's minimum-cost flow."""
    graph = nx.DiGraph()
    rows = candidates(problem, limits)
    most = len(problem.needs) * limits.per_need
    floor_unit = 1_000_000 * (most + 1)
    floors = city_floors(problem, limits).tolist()
    graph.add_node("source", demand=-most)
    graph.add_node("sink", demand=most)
    graph.add_edge("source", "sink", capacity=most, weight=0)

    def with_floor(tail: Any, head: Any, capacity: int, floor: int) -> None:
        """Add an arc in two parts, for networkx's simplex takes no parallel ones."""
        middle = ("floor of", head)
        graph.add_edge(tail, middle, capacity=min(floor, capacity), weight=-floor_unit)
        graph.add_edge(middle, head, capacity=min(floor, capacity), weight=0)
        graph.add_edge(tail, head, capacity=max(0, capacity - floor), weight=0)

    def most_of(limit: int | None) -> int:
        return most if limit is None else limit

    for country in problem.countries:
        with_floor("source", ("country", country), most, limits.floor_country)
    for place, city in enumerate(problem.cities):
        country = problem.countries[problem.city_country[place]]
        with_floor(("country", country), ("city", city), most_of(limits.per_city), floors[place])
    for place, need in enumerate(problem.needs):
        city = problem.cities[problem.need_city[place]]
        graph.add_edge(("city", city), ("need", need), capacity=limits.per_need, weight=0)
    for place, partner in enumerate(problem.partners):
        home = problem.partner_home[place]
        end: Any = "sink" if home < 0 else ("home", problem.homes[home])
        graph.add_edge(("partner", partner), end, capacity=most_of(limits.per_partner), weight=0)
    for home in problem.homes:
        graph.add_edge(("home", home), "sink", capacity=most_of(limits.ceiling_country), weight=0)
    for row in rows.tolist():
        pair = problem.pair(row)
        graph.add_edge(
            ("need", pair.need), ("partner", pair.partner), capacity=1,
            weight=-int(problem.score[row]),
        )  # fmt: skip
    cost, flow = nx.network_simplex(graph)
    met = sum(
        amount
        for tail, ends in flow.items()
        for head, amount in ends.items()
        if isinstance(head, tuple) and head[0] == "floor of"
    )
    return met, -cost - met * floor_unit


def by_highs(problem: Problem, limits: Limits) -> tuple[int, int, int]:
    """Return level, floors met and the best total, by HiGHS on limits written out one by one.

    Nothing here knows that limits nest: a variable for each pair, a row for each limit, and a
    variable for each floor that says how much of it is met.
    """
    rows = candidates(problem, limits).tolist()
    pairs = [problem.pair(row) for row in rows]
    under: list[tuple[list[int], int]] = []

    def at_most(key: str, limit: int | None, *, but: str | None = None) -> None:
        groups: dict[str, list[int]] = {}
        for place, pair in enumerate(pairs):
            groups.setdefault(getattr(pair, key), []).append(place)
        under.extend((g, limit) for n, g in groups.items() if limit is not None and n != but)

    at_most("need", limits.per_need)
    at_most("city", limits.per_city)
    at_most("partner", limits.per_partner)
    at_most("home", limits.ceiling_country, but="")
    floors = [
        ([place for place, pair in enumerate(pairs) if pair.city == city], int(floor))
        for city, floor in zip(problem.cities, city_floors(problem, limits), strict=True)
    ] + [
        (
            [place for place, pair in enumerate(pairs) if pair.country == country],
            limits.floor_country,
        )
        for country in problem.countries
    ]
    having = [
        [place for place, pair in enumerate(pairs) if pair.city == city]
        for city in sorted({pair.city for pair in pairs})
    ]
    wide = len(pairs) + len(floors) + 1
    matrix, low, high = [], [], []

    def row(columns: list[int], least: float, most: float, *, minus: int | None = None) -> None:
        line = np.zeros(wide)
        line[columns] = 1
        if minus is not None:
            line[minus] = -1
        matrix.append(line)
        low.append(least)
        high.append(most)

    for group, limit in under:
        row(group, 0, limit)
    for number, (group, _) in enumerate(floors):
        row(group, 0, np.inf, minus=len(pairs) + number)
    if limits.max_min:
        for group in having:
            row(group, 0, np.inf, minus=wide - 1)
    most = np.array([1] * len(pairs) + [floor for _, floor in floors] + [99], dtype=float)
    parts = [np.zeros(wide), np.zeros(wide), np.zeros(wide)]
    parts[0][-1] = 1.0 if limits.max_min and pairs else 0.0
    parts[1][len(pairs) : -1] = 1.0
    parts[2][: len(pairs)] = [int(problem.score[r]) / 100_000 for r in rows]
    told = []
    for objective in parts:
        if not objective.any():
            told.append(0)
            continue
        found = milp(
            -objective, integrality=np.ones(wide), bounds=(np.zeros(wide), most),
            constraints=LinearConstraint(np.array(matrix), np.array(low), np.array(high)),
            options={"mip_rel_gap": 0.0},
        )  # fmt: skip
        assert found.success, found.message
        value = round(-found.fun)
        told.append(value)
        matrix.append(objective)
        low.append(value - 1e-6)
        high.append(np.inf)
    return told[0], told[1], told[2] * 100_000
