"""What answers a bundle: worth what the formula says, eligible for all, of two partners."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.bundles.supplying import answer, pairs, singles, together

PARTNERS = [0, 0, 1, 2, 3]
SOLUTIONS = np.array([True, True, False, True, False])
FUNDERS = np.array([False, True, True, False, True])
CITIES = ["b", "a", "b"]
numbers = st.lists(
    st.lists(st.floats(0, 1), min_size=5, max_size=5), min_size=3, max_size=3
).map(np.array)  # fmt: skip
flags = st.lists(
    st.lists(st.sampled_from([True, True, True, False]), min_size=5, max_size=5),
    min_size=3, max_size=3,
).map(np.array)  # fmt: skip


def worth(values: list[float]) -> tuple[float, float]:
    """Return the mean over the cities and the least of them, worked out by hand."""
    of_city = [(values[0] + values[2]) / 2, values[1]]
    return sum(of_city) / 2, min(of_city)


@given(numbers, flags)
def test_pairs_are_all_that_can_be_each_worth_what_the_formula_says(
    scores: np.ndarray, eligible: np.ndarray
) -> None:
    found = pairs(scores, eligible, CITIES, SOLUTIONS, FUNDERS, PARTNERS, 100)
    can = {
        (one, other)
        for one, other in product(range(5), range(5))
        if SOLUTIONS[one] and FUNDERS[other] and PARTNERS[one] != PARTNERS[other]
        and eligible[:, one].all() and eligible[:, other].all()
    }  # fmt: skip
    assert {one.supplies for one in found} == can
    for one in found:
        solution, funder = one.supplies
        values = [
            2 * a * b / (a + b) if a + b else 0.0
            for a, b in zip(scores[:, solution], scores[:, funder], strict=True)
        ]
        assert (one.score, one.floor[1]) == pytest.approx(worth(values))
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@given(numbers, flags)
def test_single_supplies_are_worth_their_scores(scores: np.ndarray, eligible: np.ndarray) -> None:
    found = singles(scores, eligible, CITIES, 100)
    assert {one.supplies[0] for one in found} == set(np.flatnonzero(eligible.all(axis=0)))
    for one in found:
        assert (one.score, one.floor[1]) == pytest.approx(
            worth(scores[:, one.supplies[0]].tolist())
        )


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_solution_and_its_funding_are_worth_no_more_than_twice_the_worse(
    one: float, other: float
) -> None:
    both = together(one, other)
    assert both == together(other, one)
    assert min(one, other) - 1e-12 <= both <= min(max(one, other), 2 * min(one, other)) + 1e-12


def test_the_floor_names_the_city_that_comes_off_worst() -> None:
    one = answer((7,), [0.2, 0.6, 0.4], ["b", "a", "b"])
    assert one.of_city == {"a": 0.6, "b": pytest.approx(0.3)}
    assert one.floor == ("b", pytest.approx(0.3))
    assert one.score == pytest.approx(0.45)
