"""The measures, against values worked out by hand, and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.evaluation.metrics import judge, mean_interval, measures, ratio_interval

ranks = st.sets(st.integers(1, 60), min_size=1, max_size=30).map(sorted)


def test_first_and_third_of_two_relevant() -> None:
    reciprocal, recall, ndcg = measures(np.array([1, 3]))
    assert (reciprocal, recall) == (1.0, 1.0)
    assert ndcg == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3)))


def test_ranks_beyond_ten_count_for_the_reciprocal_rank_only() -> None:
    assert measures(np.array([11, 40])) == (1 / 11, 0.0, 0.0)


def test_the_ideal_fills_ten_places_at_most() -> None:
    reciprocal, recall, ndcg = measures(np.arange(1, 13))
    assert (reciprocal, recall) == (1.0, 10 / 12)
    assert ndcg == pytest.approx(1.0)


@given(ranks)
def test_measures_lie_between_nothing_and_all(found: list[int]) -> None:
    for value in measures(np.array(found)):
        assert 0.0 <= value <= 1.0 + 1e-12


@given(ranks, st.integers(0, 29))
def test_moving_one_relevant_up_makes_no_measure_worse(found: list[int], which: int) -> None:
    place = which % len(found)
    if found[place] == 1 or found[place] - 1 in found:
        return
    better = [*found]
    better[place] -= 1
    before, after = measures(np.array(found)), measures(np.array(better))
    assert all(new >= old - 1e-12 for old, new in zip(before, after, strict=True))


def test_queries_count_alike_however_many_partners_they_have() -> None:
    quality = judge([np.array([1]), np.array([20, 30, 40])]).quality()
    assert (quality.mrr, quality.recall_at_10, quality.ndcg_at_10) == (0.525, 0.5, 0.5)
    low, high = quality.ndcg_at_10_ci95
    assert 0.0 <= low <= 0.5 <= high <= 1.0


def test_no_query_gives_zeros() -> None:
    quality = judge([]).quality()
    assert (quality.mrr, quality.ndcg_at_10, quality.ndcg_at_10_ci95) == (0.0, 0.0, (0.0, 0.0))


def test_the_interval_is_that_of_the_normal_law_for_many_queries() -> None:
    values = np.random.default_rng(1).uniform(size=2000)
    interval = mean_interval(values)
    width = 1.96 * values.std() / math.sqrt(values.size)
    assert interval.low == pytest.approx(interval.value - width, abs=width / 10)
    assert interval.high == pytest.approx(interval.value + width, abs=width / 10)
    assert interval == mean_interval(values)


def test_the_paired_interval_is_narrower_than_the_methods_own() -> None:
    rng = np.random.default_rng(2)
    base = rng.uniform(size=300)
    values = 1.3 * base + rng.normal(0, 0.01, 300)
    ratio = ratio_interval(values, base)
    assert ratio.value == pytest.approx(1.3, abs=0.01)
    assert ratio.high - ratio.low < 0.02
    own = mean_interval(values)
    assert (own.high - own.low) / own.value > 0.1


def test_methods_judged_on_different_queries_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="same queries"):
        ratio_interval(np.ones(3), np.ones(4))


def test_there_is_no_ratio_to_a_method_that_finds_nothing() -> None:
    with pytest.raises(ValueError, match="finds nothing"):
        ratio_interval(np.ones(3), np.zeros(3))


def test_resamples_in_which_the_base_finds_nothing_are_left_out() -> None:
    ratio = ratio_interval(np.array([0.5, 0.0, 0.0]), np.array([1.0, 0.0, 0.0]))
    assert (ratio.value, ratio.low, ratio.high) == (0.5, 0.5, 0.5)
