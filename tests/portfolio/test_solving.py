"""The best portfolio: as good as others find it, within its limits, the same whatever the order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.portfolio.checking import faults
from matchmaker.portfolio.greedy import greedy
from matchmaker.portfolio.problem import Limits, Pair, Problem, city_floors, problem_of
from matchmaker.portfolio.solving import KEEP_BONUS, Solution, counts, solve
from tests.portfolio.worlds import by_highs, by_networkx, claim_of, limits, problems


def named(problem: Problem, solution: Solution) -> set[tuple[str, str]]:
    pairs = [problem.pair(row) for row in solution.rows.tolist()]
    return {(pair.need, pair.supply) for pair in pairs}


def standing(problem: Problem, limits: Limits, rows: np.ndarray, level: int) -> tuple[int, ...]:
    """Return what a portfolio is judged by, the first thing first."""
    city = np.bincount(problem.city[rows], minlength=len(problem.cities))
    country = np.bincount(
        problem.city_country[problem.city[rows]], minlength=len(problem.countries)
    )
    floors = city_floors(problem, limits)
    met = np.minimum(city, floors).sum() + np.minimum(country, limits.floor_country).sum()
    return int(np.minimum(city, level).sum()), int(met), int(problem.score[rows].sum())


@given(problems(), limits(max_min=False))
def test_networkx_finds_nothing_better(problem: Problem, limits: Limits) -> None:
    solution = solve(problem, limits)
    assert (solution.floors_met, solution.total) == by_networkx(problem, limits)


@given(problems(), limits())
def test_a_mixed_integer_programme_that_knows_of_no_network_finds_nothing_better(
    problem: Problem, limits: Limits
) -> None:
    solution = solve(problem, limits)
    level, met, total = by_highs(problem, limits)
    assert (solution.level, solution.floors_met, solution.total) == (level, met, total)


@given(problems(), limits())
def test_the_verifier_finds_every_limit_kept_and_every_figure_right(
    problem: Problem, limits: Limits
) -> None:
    solution = solve(problem, limits)
    assert faults(problem, limits, claim_of(problem, limits, solution)) == []


@given(problems(), limits())
def test_taking_the_best_pair_again_and_again_is_never_better(
    problem: Problem, limits: Limits
) -> None:
    solution = solve(problem, limits)
    by_hand = greedy(problem, limits, solution.level)
    ours = standing(problem, limits, solution.rows, solution.level)
    assert ours >= standing(problem, limits, by_hand, solution.level)
    kept = replace(limits, floor_city=0, floor_country=0, max_min=False)
    total = int(problem.score[by_hand].sum())
    claim = claim_of(problem, kept, replace(solution, rows=by_hand, total=total))
    assert faults(problem, kept, claim) == []


def test_by_hand_the_best_pair_can_spoil_the_rest() -> None:
    world = problem_of(
        [
            Pair("n1", "o1", "c", "k", "p1", "h", 0.9, 0.9, 0.9),
            Pair("n1", "o2", "c", "k", "p2", "h", 0.8, 0.8, 0.8),
            Pair("n2", "o1", "c", "k", "p1", "h", 0.8, 0.8, 0.8),
            Pair("n2", "o2", "c", "k", "p2", "h", 0.1, 0.1, 0.1),
        ],
        {"c": "k"},
    )
    within = Limits(per_partner=1)
    assert solve(world, within).total == 1_600_000
    assert int(world.score[greedy(world, within)].sum()) == 1_000_000


@given(problems(), limits(), st.randoms())
def test_the_order_in_which_pairs_come_does_not_matter(
    problem: Problem, limits: Limits, chance: object
) -> None:
    pairs = [problem.pair(row) for row in range(len(problem))]
    chance.shuffle(pairs)  # type: ignore[attr-defined]
    cities = {
        city: problem.countries[k]
        for city, k in zip(problem.cities, problem.city_country.tolist(), strict=True)
    }
    needs = {
        need: problem.cities[c]
        for need, c in zip(problem.needs, problem.need_city.tolist(), strict=True)
    }
    favoured = [c for c, yes in zip(problem.cities, problem.under_served, strict=True) if yes]
    again = problem_of(pairs, cities, favoured, needs)
    assert named(again, solve(again, limits)) == named(problem, solve(problem, limits))


@given(problems(), limits())
def test_what_was_not_chosen_may_go_without_a_change_even_among_equals(
    problem: Problem, limits: Limits
) -> None:
    """An equal total elsewhere is decided by the pairs alone, not by what else there is."""
    solution = solve(problem, limits)
    chosen = named(problem, solution)
    rest = [row for row in range(len(problem)) if row not in set(solution.rows.tolist())]
    kept = [
        problem.pair(row)
        for row in range(len(problem))
        if row not in rest[::2] or (problem.pair(row).need, problem.pair(row).supply) in chosen
    ]
    cities = {
        city: problem.countries[k]
        for city, k in zip(problem.cities, problem.city_country.tolist(), strict=True)
    }
    needs = {
        need: problem.cities[c]
        for need, c in zip(problem.needs, problem.need_city.tolist(), strict=True)
    }
    favoured = [c for c, yes in zip(problem.cities, problem.under_served, strict=True) if yes]
    smaller = problem_of(kept, cities, favoured, needs)
    again = solve(smaller, limits)
    if again.level == solution.level and again.floors_met == solution.floors_met:
        assert named(smaller, again) == chosen


@given(problems(), limits())
def test_a_portfolio_of_last_time_stays_where_it_is_as_good(
    problem: Problem, limits: Limits
) -> None:
    solution = solve(problem, limits)
    again = solve(problem, limits, keep=named(problem, solution))
    assert named(problem, again) == named(problem, solution)


def test_a_pair_of_last_time_stays_unless_another_is_clearly_better() -> None:
    def world(other: float) -> Problem:
        return problem_of(
            [
                Pair("n", "new", "c", "k", "p1", "", 0.5, 0.5, other),
                Pair("n", "old", "c", "k", "p2", "", 0.5, 0.5, 0.5),
            ],
            {"c": "k"},
        )

    last = [("n", "old")]
    little, enough = 0.5 + KEEP_BONUS / 2e6, 0.5 + KEEP_BONUS / 0.5e6
    assert named(world(little), solve(world(little), Limits())) == {("n", "new")}
    assert named(world(little), solve(world(little), Limits(), last)) == {("n", "old")}
    assert solve(world(little), Limits(), last).total == 500_000
    assert named(world(enough), solve(world(enough), Limits(), last)) == {("n", "new")}


def test_what_was_chosen_last_time_and_is_gone_does_no_harm() -> None:
    world = problem_of([Pair("n", "o", "c", "k", "p", "", 0.5, 0.5, 0.5)], {"c": "k"})
    assert solve(world, Limits(), [("gone", "o"), ("n", "gone")]).total == 500_000


def test_a_need_meets_a_partner_once_by_its_better_offer() -> None:
    world = problem_of(
        [
            Pair("n", "good", "c", "k", "p", "", 0.5, 0.5, 0.6),
            Pair("n", "less", "c", "k", "p", "", 0.5, 0.5, 0.5),
        ],
        {"c": "k"},
    )
    assert named(world, solve(world, Limits(per_need=2))) == {("n", "good")}


def test_a_floor_is_met_at_the_cost_of_score_and_an_impossible_one_as_far_as_it_goes() -> None:
    world = problem_of(
        [
            Pair("n1", "o", "rich", "k", "p", "", 0.9, 0.9, 0.9),
            Pair("n2", "o", "poor", "k", "p", "", 0.2, 0.2, 0.2),
        ],
        {"rich": "k", "poor": "k", "silent": "other"},
        ["poor", "silent"],
    )
    within = Limits(per_partner=1, floor_city=2)
    assert named(world, solve(world, Limits(per_partner=1))) == {("n1", "o")}
    solution = solve(world, within)
    assert named(world, solution) == {("n2", "o")}
    assert solution.floors_met == 1
    assert counts(world, solution)[0].tolist() == [1, 0, 0]


def test_the_smallest_number_of_a_city_is_raised_as_far_as_it_goes() -> None:
    pairs = [
        Pair(f"{city}-{n}", f"o{o}", city, "k", f"p{o}", "", 0.5, 0.5, score)
        for city, score in (("a", 0.9), ("b", 0.1))
        for n in range(3)
        for o in range(2)
    ]
    world = problem_of(pairs, {"a": "k", "b": "k"})
    plain = solve(world, Limits(per_partner=2))
    assert counts(world, plain)[0].tolist() == [3, 1]
    fair = solve(world, Limits(per_partner=2, max_min=True))
    assert fair.level == 2
    assert counts(world, fair)[0].tolist() == [2, 2]


@pytest.mark.parametrize("max_min", [False, True])
def test_nothing_to_choose_from_is_an_empty_portfolio(max_min: bool) -> None:
    nothing = problem_of([], {"c": "k"}, ["c"])
    solution = solve(nothing, Limits(floor_city=1, floor_country=1, max_min=max_min))
    assert (len(solution.rows), solution.total, solution.floors_met) == (0, 0, 0)
