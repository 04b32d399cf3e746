"""Every reason given is one that solving anew confirms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given

from matchmaker.portfolio.checking import faults
from matchmaker.portfolio.explaining import Explainer, Swap, shortfalls
from matchmaker.portfolio.problem import Limits, Pair, Problem, candidates, problem_of
from matchmaker.portfolio.solving import Solution, counts, solve
from tests.portfolio.worlds import claim_of, limits, problems

MUCH = 10**9


def named(problem: Problem, row: int) -> tuple[str, str]:
    pair = problem.pair(row)
    return pair.need, pair.supply


def check_swap(before: Solution, after: Solution, swap: Swap) -> None:
    """Check that a swap loses what solving anew loses, and exchanges what is in for what is not."""
    assert swap.lost == before.total - after.total
    assert len(set(swap.out)) == len(swap.out)
    assert set(swap.out) <= set(before.rows.tolist())
    assert not set(swap.into) & set(before.rows.tolist())


@given(problems(), limits())
def test_what_putting_a_pair_in_would_do_is_what_solving_with_it_does(
    problem: Problem, limits: Limits
) -> None:
    solution = solve(problem, limits)
    rows = set(candidates(problem, limits).tolist())
    for one in Explainer(problem, limits, solution).excluded(4):
        if one.row not in rows:
            assert one.limits in (("minimum_fit",), ("same_partner",))
            assert one.forced is None
            continue
        forced = solve(problem, limits, [named(problem, one.row)], MUCH)
        inside = one.row in forced.rows.tolist()
        assert inside == (one.forced is not None)
        assert inside == ("floors" not in one.limits)
        if one.forced is None:
            continue
        assert one.forced.lost >= 0
        check_swap(solution, forced, one.forced)
        changed = (set(solution.rows.tolist()) - set(one.forced.out)) | {one.row, *one.forced.into}
        made = replace(solution, rows=np.array(sorted(changed)), total=forced.total)
        assert faults(problem, limits, claim_of(problem, limits, made)) == []


@given(problems(), limits())
def test_what_leaving_a_pair_out_would_do_is_what_solving_without_it_does(
    problem: Problem, limits: Limits
) -> None:
    solution = solve(problem, limits)
    for one in Explainer(problem, limits, solution).chosen():
        without = solve(problem, limits, [named(problem, one.row)], -MUCH)
        outside = one.row not in without.rows.tolist()
        assert outside == (one.without is not None)
        if one.without is not None:
            assert one.without.lost >= 0
            check_swap(solution, without, one.without)


@given(problems(), limits(max_min=False))
def test_a_pair_with_a_score_is_kept_out_by_a_limit_that_is_full_or_by_floors(
    problem: Problem, limits: Limits
) -> None:
    solution = solve(problem, limits)
    assert all(one.limits for one in Explainer(problem, limits, solution).excluded(4))


def test_reasons_name_who_would_have_to_give_way() -> None:
    world = problem_of(
        [
            Pair("n1", "o1", "c", "k", "p1", "h", 0.9, 0.9, 0.9),
            Pair("n1", "o2", "c", "k", "p2", "h", 0.6, 0.6, 0.6),
            Pair("n2", "o1", "d", "k", "p1", "h", 0.8, 0.8, 0.8),
            Pair("n3", "o1", "d", "k", "p1", "h", 0.1, 0.8, 0.2),
        ],
        {"c": "k", "d": "k"},
    )
    within = Limits(per_partner=1, minimum_fit=0.15)
    solution = solve(world, within)
    explainer = Explainer(world, within, solution)
    assert [named(world, row) for row in solution.rows.tolist()] == [("n2", "o1"), ("n1", "o2")]
    told = {named(world, one.row): one for one in explainer.excluded(2)}
    better = told["n1", "o1"]
    assert better.limits == ("per_need", "per_partner")
    assert better.forced is not None
    assert {named(world, row) for row in better.forced.out} == {("n1", "o2"), ("n2", "o1")}
    assert better.forced.lost == 500_000
    assert told["n3", "o1"].limits == ("minimum_fit",)
    first = explainer.chosen()[0]
    assert first.without is not None
    assert [named(world, row) for row in first.without.into] == [("n1", "o1")]
    assert first.without.lost == 500_000


def test_what_only_a_floor_keeps_in_is_told_so() -> None:
    world = problem_of(
        [
            Pair("n1", "o", "rich", "k", "p", "", 0.9, 0.9, 0.9),
            Pair("n2", "o", "poor", "k", "p", "", 0.2, 0.2, 0.2),
        ],
        {"rich": "k", "poor": "k"},
        ["poor"],
    )
    within = Limits(per_partner=1, floor_city=1)
    explainer = Explainer(world, within, solve(world, within))
    (chosen,), (excluded,) = explainer.chosen(), explainer.excluded(1)
    assert named(world, chosen.row) == ("n2", "o")
    assert chosen.without is None
    assert excluded.limits == ("per_partner", "floors")
    assert excluded.forced is None


def test_a_floor_that_is_missed_has_its_reason() -> None:
    pairs = [
        Pair("a1", "o", "a", "k", "p", "", 0.9, 0.9, 0.9),
        Pair("b1", "o", "b", "k", "p", "", 0.8, 0.8, 0.8),
        Pair("b2", "o", "b", "k", "p", "", 0.8, 0.8, 0.8),
        Pair("d1", "o", "d", "k", "p", "", 0.1, 0.1, 0.1),
    ]
    cities = {"a": "k", "b": "k", "d": "k", "e": "l"}
    world = problem_of(pairs, cities, cities)
    within = Limits(per_partner=2, floor_city=2, floor_country=3, minimum_fit=0.5)
    found = {(s.kind, s.identifier): s for s in shortfalls(world, within, solve(world, within))}
    assert {key: one.why for key, one in found.items()} == {
        ("city", "a"): "too_few",
        ("city", "b"): "other_floors",
        ("city", "d"): "no_pair",
        ("city", "e"): "no_need",
        ("country", "k"): "capacity",
        ("country", "l"): "no_need",
    }
    assert found["country", "k"].possible == 2
    assert found["city", "a"].floor == 2


@given(problems(), limits())
def test_every_floor_missed_is_told_and_could_not_be_met_where_it_says_so(
    problem: Problem, limits: Limits
) -> None:
    solution = solve(problem, limits)
    told = {(s.kind, s.identifier): s for s in shortfalls(problem, limits, solution)}
    claim = claim_of(problem, limits, solution)
    assert {i for kind, i in told if kind == "city"} == set(claim.unmet_cities)
    assert {i for kind, i in told if kind == "country"} == set(claim.unmet_countries)
    cities, countries = counts(problem, solution)
    for (kind, identifier), one in told.items():
        names, got = (problem.cities, cities) if kind == "city" else (problem.countries, countries)
        assert one.got == got[names.index(identifier)] < one.floor
        assert one.got <= one.possible
        assert (one.possible >= one.floor) == (one.why == "other_floors")
