"""The verifier finds what is wrong with a portfolio, whoever made it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matchmaker.portfolio.checking import Claim, faults
from matchmaker.portfolio.problem import Limits, Pair, problem_of

PAIRS = [
    Pair("n1", "o1", "a", "k", "p1", "h", 0.9, 0.5, 0.6),
    Pair("n1", "o2", "a", "k", "p2", "h", 0.9, 0.5, 0.5),
    Pair("n1", "o3", "a", "k", "p2", "h", 0.9, 0.5, 0.4),
    Pair("n2", "o1", "a", "k", "p1", "h", 0.9, 0.5, 0.3),
    Pair("n3", "o4", "b", "l", "p3", "", 0.9, 0.2, 0.2),
]
WORLD = problem_of(PAIRS, {"a": "k", "b": "l"}, ["b"])
ALL = Claim((0, 1, 3, 4), 1_600_000)


def test_a_portfolio_within_its_limits_has_no_fault() -> None:
    within = Limits(per_need=2, per_city=3, per_partner=2, ceiling_country=3, floor_city=1,
                    floor_country=1, minimum_fit=0.2)  # fmt: skip
    assert faults(WORLD, within, ALL) == []


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        (Limits(per_need=1), "need n1 has 2, over 1"),
        (Limits(per_need=2, per_city=2), "city a has 3, over 2"),
        (Limits(per_need=2, per_partner=1), "partner p1 has 2, over 1"),
        (Limits(per_need=2, ceiling_country=2), "home country h has 3, over 2"),
        (Limits(per_need=2, minimum_fit=0.3), "n3 with o4: a fit of 0.2 is under 0.3"),
        (Limits(per_need=2, floor_city=2), "city b misses its floor by 1, not 0"),
        (Limits(per_need=2, floor_country=2), "member state l misses its floor by 1, not 0"),
    ],
)
def test_each_limit_that_is_not_kept_is_named(limits: Limits, fault: str) -> None:
    assert faults(WORLD, limits, ALL) == [fault]


def test_a_total_that_is_not_the_sum_is_found() -> None:
    wrong = replace(ALL, total=1_600_001)
    assert faults(WORLD, Limits(per_need=2), wrong) == ["the total is 1600000, not 1600001"]


def test_a_need_that_meets_a_partner_twice_is_found() -> None:
    assert "n1 meets p2 2 times" in faults(WORLD, Limits(per_need=2), Claim((1, 2), 900_000))


def test_a_floor_said_to_be_missed_by_more_than_it_is_is_found() -> None:
    told = replace(ALL, unmet_cities={"b": 1})
    assert faults(WORLD, Limits(per_need=2), told) == ["city b misses its floor by 0, not 1"]


def test_a_city_below_the_level_that_all_are_said_to_have_is_found() -> None:
    told = replace(ALL, level=2)
    assert faults(WORLD, Limits(per_need=2, max_min=True), told) == ["city b has under 2"]
    assert faults(WORLD, Limits(per_need=2, max_min=True), replace(ALL, level=1)) == []
