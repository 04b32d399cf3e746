"""Time portfolios with limits that bind, at three sizes, on made-up data: ours, greedy, networkx.

Run with ``python -m benchmarks.portfolio``, or with the names of some cases.  Each case runs in a
process of its own, so that its peak memory is its own; every result goes through the verifier.  The
data are random and labelled so: cities and partners are of very uneven size, as in the real graph.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import networkx as nx
import numpy as np

from matchmaker.portfolio.building import Built, served
from matchmaker.portfolio.checking import Claim, faults
from matchmaker.portfolio.greedy import greedy
from matchmaker.portfolio.problem import NOWHERE, Ints, Limits, Problem, city_floors
from matchmaker.portfolio.solving import Solution, solve

NETWORKX_UP_TO: Final = 310_000
"""Arcs up to which networkx's network simplex is waited for, if asked to by ``--networkx``."""


@dataclass(frozen=True, slots=True)
class Case:
    """One size: needs, offers, candidates of each need (0: all), limits and seconds allowed."""

    needs: int
    offers: int
    candidates: int
    limits: Limits
    seconds: float


CASES: Final = {
    "dense": Case(300, 1_000, 0, Limits(per_need=2, per_city=20, per_partner=2, ceiling_country=10,
                  floor_city=6, floor_country=25, minimum_fit=0.3), 1),
    "sparse": Case(5_000, 5_000, 20, Limits(per_need=1, per_city=12, per_partner=2,
                   ceiling_country=120, floor_city=4, floor_country=280, minimum_fit=0.3), 15),
    "max-min": Case(5_000, 5_000, 20, Limits(per_need=1, per_city=12, per_partner=2,
                    ceiling_country=120, floor_city=4, floor_country=280, minimum_fit=0.3,
                    max_min=True), 15),
    "large": Case(100_000, 100_000, 20, Limits(per_need=1, per_city=12, per_partner=2,
                  ceiling_country=2_400, floor_city=4, floor_country=5_600, minimum_fit=0.3), 30),
}  # fmt: skip


def made_up(case: Case, seed: int = 20) -> Problem:
    """Return a random problem: popular partners are candidates of many needs."""
    chance = np.random.default_rng(seed)
    cities, states, homes = max(30, case.needs // 10), 11, 40
    if case.candidates:
        need = np.repeat(np.arange(case.needs), case.candidates)
        popular = chance.beta(1.0, 3.0, len(need)) * case.offers
        keys = np.unique(need * case.offers + popular.astype(np.int64))
    else:
        keys = np.arange(case.needs * case.offers)
    need, offer = keys // case.offers, keys % case.offers
    # Some partners fit nearly everything and some needs hardly anything: that is what limits are for.
    of_partner, of_need = chance.beta(2, 3, case.offers), chance.beta(4, 3, case.needs)
    likeness = 0.4 * chance.beta(3, 5, len(keys)) + 0.3 * of_partner[offer] + 0.3 * of_need[need]
    city_fit = np.clip(likeness + chance.normal(0, 0.1, len(keys)), 0.01, 1)
    partner_fit = np.clip(likeness + chance.normal(0, 0.1, len(keys)), 0.01, 1)
    score = 2 * city_fit * partner_fit / (city_fit + partner_fit)
    home = np.minimum(chance.geometric(0.1, case.offers) - 1, homes) - 1  # the most frequent: none
    return Problem(
        needs=tuple(f"need-{n:06}" for n in range(case.needs)),
        supplies=tuple(f"offer-{n:06}" for n in range(case.offers)),
        partners=tuple(f"partner-{n:06}" for n in range(case.offers)),
        homes=tuple(f"home-{n:02}" for n in range(homes)),
        cities=tuple(f"city-{n:05}" for n in range(cities)),
        countries=tuple(f"state-{n:02}" for n in range(states)),
        need_city=np.minimum((chance.beta(1, 2, case.needs) * cities), cities - 1).astype(np.int64),
        city_country=chance.integers(0, states, cities),
        supply_partner=np.arange(case.offers),
        partner_home=np.where(home < 0, NOWHERE, home),
        under_served=chance.random(cities) < 0.3,
        need=need,
        supply=offer,
        score=np.rint(score * 1e6).astype(np.int64),
        city_fit=city_fit,
        partner_fit=partner_fit,
    )


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return how long some work took, how much of a processor that was, and what came of it."""
    begun, worked = time.perf_counter(), time.process_time()
    done = work()
    return time.perf_counter() - begun, time.process_time() - worked, done


def claimed(problem: Problem, limits: Limits, rows: Ints, total: int, level: int) -> list[str]:
    """Return what the verifier finds wrong with some introductions."""
    cities, countries = served(problem, rows)
    floors = city_floors(problem, limits)
    missed = {
        problem.cities[n]: int(floors[n] - cities[n]) for n in np.flatnonzero(cities < floors)
    }
    short = {
        problem.countries[n]: limits.floor_country - int(countries[n])
        for n in np.flatnonzero(countries < limits.floor_country)
    }
    return faults(problem, limits, Claim(tuple(rows.tolist()), total, missed, short, level))


def binding(problem: Problem, limits: Limits, rows: Ints) -> str:
    """Return how many of each kind of party are at their limit, so that it can be seen to bind."""
    partner = np.bincount(problem.partner[rows], minlength=len(problem.partners))
    cities, countries = served(problem, rows)
    home = problem.partner_home[problem.partner[rows]]
    homes = np.bincount(home[home != NOWHERE], minlength=len(problem.homes))
    floors = city_floors(problem, limits)
    return (
        f"full: {(partner == limits.per_partner).sum()} partners, "
        f"{(cities == limits.per_city).sum()} cities, "
        f"{(homes == limits.ceiling_country).sum()} home countries; at their floor: "
        f"{((cities == floors) & (floors > 0)).sum()} cities, "
        f"{(countries == limits.floor_country).sum()} member states; below it: "
        f"{(cities < floors).sum()} cities, {(countries < limits.floor_country).sum()} member states"
    )


def by_networkx(built: Built, cost: Ints) -> int:
    """Return the cost of networkx's cheapest flow on the very same network and costs."""
    graph = nx.MultiDiGraph()
    network = built.network
    graph.add_nodes_from((n, {"demand": -int(b)}) for n, b in enumerate(network.balance))
    arcs = zip(*(c.tolist() for c in (network.tail, network.head, network.upper, cost)),
               strict=True)  # fmt: skip
    graph.add_edges_from((t, h, {"capacity": u, "weight": c}) for t, h, u, c in arcs if u)
    return int(nx.network_simplex(graph)[0])


def run(name: str, *, networkx: bool) -> None:
    """Run one case and print its lines."""
    case = CASES[name]
    problem, limits = made_up(case), case.limits
    # Loaded once in the life of a service, and not part of a portfolio's time.
    solve(made_up(Case(5, 5, 0, limits, 1)), limits)
    print(f"{name}: made-up data, {case.needs:,} needs x {case.offers:,} offers, "
          f"{len(problem):,} pairs; {limits}")  # fmt: skip
    seconds, worked, solution = timed(lambda: solve(problem, limits))
    wrong = claimed(problem, limits, solution.rows, solution.total, solution.level)
    by_hand, _, greedy_rows = timed(lambda: greedy(problem, limits, solution.level))
    greedy_total = int(problem.score[greedy_rows].sum())
    wrong += claimed(problem, limits, greedy_rows, greedy_total, 0)
    free = int(problem.score[solve(problem, Limits(per_need=limits.per_need)).rows].sum())
    print(f"  load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"  ours      {seconds:7.2f} s  ({worked:.2f} s of processor)")
    print(f"            {'':9}  {len(solution.rows):>7,} introductions, total "
          f"{solution.total / 1e6:,.6f}, floors met {solution.floors_met:,}"
          + (f", every city at least {solution.level}" if limits.max_min else ""))  # fmt: skip
    print(f"            {binding(problem, limits, solution.rows)}")
    met = _met(problem, limits, greedy_rows)
    print(f"  greedy    {by_hand:7.2f} s  {len(greedy_rows):>7,} introductions, total "
          f"{greedy_total / 1e6:,.6f}, floors met {met:,} "
          f"({greedy_total / solution.total:.2%} of ours)")  # fmt: skip
    print(f"  unlimited                     total {free / 1e6:,.6f}: the limits cost "
          f"{(free - solution.total) / 1e6:,.6f}")  # fmt: skip
    if networkx and len(problem) <= NETWORKX_UP_TO:
        _beside_networkx(problem, solution)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  peak memory {peak:,.0f} MiB; verifier: {wrong or 'no fault'}; "
          f"allowed {case.seconds:g} s: {'kept' if seconds <= case.seconds else 'MISSED'}")  # fmt: skip
    if wrong:
        sys.exit(1)


def _met(problem: Problem, limits: Limits, rows: Ints) -> int:
    cities, countries = served(problem, rows)
    met = np.minimum(cities, city_floors(problem, limits)).sum()
    return int(met + np.minimum(countries, limits.floor_country).sum())


def _beside_networkx(problem: Problem, solution: Solution) -> None:
    built = solution.built
    unit = 1_000_000 * int(built.network.balance.max() + 1)  # more than all scores together
    cost = built.spread(-problem.score[built.rows]) - unit * built.floor
    seconds, _, found = timed(lambda: by_networkx(built, cost))
    same = found == -solution.total - unit * solution.floors_met
    print(f"  networkx  {seconds:7.2f} s  network simplex on the same network: "
          f"{'the same optimum' if same else 'ANOTHER OPTIMUM'}")  # fmt: skip


def main() -> None:
    """Run the cases asked for, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cases", nargs="*", default=list(CASES), help=f"of {', '.join(CASES)}")
    parser.add_argument("--networkx", action="store_true", help="wait for networkx too")
    parser.add_argument("--here", action="store_true", help="in this very process")
    given = parser.parse_args()
    for name in given.cases:
        if given.here:
            run(name, networkx=given.networkx)
            continue
        command = [sys.executable, "-m", "benchmarks.portfolio", name, "--here"]
        subprocess.run([*command, *(["--networkx"] if given.networkx else [])], check=True)


if __name__ == "__main__":
    main()
