"""Calibration: rising tables, honest counts, and how far they are off later."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.matching.calibration import (
    FEWEST_HITS,
    Tally,
    expected_error,
    probability,
    reliability,
)

listed = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=300)


def tally(pairs: list[tuple[float, bool]]) -> Tally:
    found = Tally()
    found.add(np.array([s for s, _ in pairs]), np.array([t for _, t in pairs], dtype=bool))
    return found


@given(listed)
def test_probabilities_rise_with_the_score_and_lie_in_range(
    pairs: list[tuple[float, bool]],
) -> None:
    steps = tally(pairs).steps()
    assert all(a.score < b.score and a.probability <= b.probability for a, b in pairwise(steps))
    assert all(0 <= step.probability <= 1 for step in steps)
    if steps:
        assert steps[0].score == 0
        assert sum(step.pairs for step in steps) == len(pairs)
        assert sum(step.hits for step in steps) == sum(t for _, t in pairs)
        assert all(step.hits >= FEWEST_HITS for step in steps[1:])


@given(listed)
def test_the_table_is_right_on_average_for_what_it_was_made_of(
    pairs: list[tuple[float, bool]],
) -> None:
    counted = tally(pairs)
    rows = reliability(counted.steps(), counted)
    foretold = sum(row.pairs * row.foretold for row in rows)
    assert abs(foretold - sum(row.hits for row in rows)) < 1e-3 * max(1, len(pairs))


def test_without_outcomes_there_is_no_table_and_no_probability() -> None:
    assert Tally().steps() == ()
    assert probability((), 0.9) is None


def test_a_promise_that_is_not_kept_shows_as_an_error() -> None:
    before = tally([(0.9, True)] * 50 + [(0.1, False)] * 50)
    after = tally([(0.9, False)] * 50 + [(0.1, False)] * 50)
    steps = before.steps()
    assert expected_error(reliability(steps, before)) < 1e-9
    assert expected_error(reliability(steps, after)) > 0.4
