"""The price of limits: what each takes, adding up to the whole."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from matchmaker.portfolio.pricing import WITHOUT, price
from matchmaker.portfolio.problem import Limits, Pair, Problem, problem_of
from matchmaker.portfolio.solving import solve
from tests.portfolio.worlds import limits, problems


@given(problems(), limits())
def test_the_shares_of_limits_add_up_to_the_whole_price(problem: Problem, limits: Limits) -> None:
    solution = solve(problem, limits)
    found = price(problem, limits, solution.total)
    assert sum(step.given_up for step in found.steps) + found.kept == found.given_up
    assert found.given_up >= 0
    assert found.unconstrained == solve(problem, Limits(per_need=limits.per_need)).total
    assert {step.limit for step in found.steps} == {
        name for name, off in WITHOUT.items() if getattr(limits, name) != off
    }


@given(problems(), limits(max_min=False))
def test_a_capacity_never_costs_less_than_nothing(problem: Problem, limits: Limits) -> None:
    roomy = replace(limits, floor_city=0, floor_country=0)
    found = price(problem, roomy, solve(problem, roomy).total)
    assert all(step.given_up >= 0 and step.alone >= 0 for step in found.steps)


def test_a_limit_that_does_not_bind_costs_nothing() -> None:
    world = problem_of([Pair("n", "o", "c", "k", "p", "h", 0.5, 0.5, 0.5)], {"c": "k"})
    found = price(world, Limits(per_partner=3, ceiling_country=1), 500_000)
    assert [(s.limit, s.given_up, s.alone) for s in found.steps] == [
        ("per_partner", 0, 0), ("ceiling_country", 0, 0),
    ]  # fmt: skip
    assert found.given_up == 0


def test_to_stay_near_last_time_has_its_price_too() -> None:
    world = problem_of(
        [
            Pair("n", "new", "c", "k", "p1", "", 0.5, 0.5, 0.503),
            Pair("n", "old", "c", "k", "p2", "", 0.5, 0.5, 0.5),
        ],
        {"c": "k"},
    )
    total = solve(world, Limits(), [("n", "old")]).total
    assert price(world, Limits(), total).kept == 3_000
