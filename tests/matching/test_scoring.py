"""The sum that is shown: it follows its formulas for any values and weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.matching.scoring import (
    SIDES,
    STATED,
    Contribution,
    Scores,
    Side,
    Values,
    Weights,
    contributions,
    fits_of_columns,
    harmonic_mean,
)

FEATURES = ("a", "b", "c", "d")
values = st.floats(0, 1)
weight = st.just(0.0) | st.floats(1e-3, 100)
weights = st.builds(
    Weights,
    city=st.fixed_dictionaries(dict.fromkeys(FEATURES, weight)),
    partner=st.fixed_dictionaries(dict.fromkeys(FEATURES[:2], weight)),
    k=st.floats(1e-3, 100),
    m=values,
)
sides = st.sampled_from(SIDES)
some = st.fixed_dictionaries(dict.fromkeys(FEATURES, st.none() | values))


def near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def scores(rows: Sequence[Values], w: Weights) -> Scores:
    """Score some supplies, each with the same values for both sides."""
    columns = {
        side: {n: np.array([math.nan if r[n] is None else r[n] for r in rows]) for n in w.of(side)}
        for side in SIDES
    }
    return fits_of_columns(columns, w)


def fit(found: Values, w: Weights, side: Side) -> float:
    both = scores([found], w)
    return float(both.city[0] if side == "city" else both.partner[0])


def confidence(found: Values, w: Weights) -> float:
    return float(scores([found], w).confidence[0])


def mean(city: float, partner: float) -> float:
    return float(harmonic_mean(np.array([city]), np.array([partner]))[0])


def told(found: Values, w: Weights, side: Side) -> list[Contribution]:
    return contributions(found, w, side, {name: f"About {name}." for name in (*FEATURES, "prior")})


@given(some, weights, sides)
def test_every_amount_follows_the_formula_and_the_fit_is_their_sum(
    found: dict[str, float | None], w: Weights, side: Side
) -> None:
    lines = told(found, w, side)
    known = [line for line in lines if line["value"] is not None]
    total = sum(line["weight"] for line in known)  # the prior is a line too, with weight k
    assert [line["feature"] for line in lines] == [*w.of(side), "prior"]
    assert (lines[-1]["value"], lines[-1]["weight"]) == (w.m, w.k)
    for line in known:
        assert near(line["amount"], line["weight"] * (line["value"] or 0.0) / total)
    assert near(sum(line["amount"] for line in lines), fit(found, w, side))
    assert all(line["side"] == side for line in lines)
    assert [line["detail"] for line in lines] == [f"About {line['feature']}." for line in lines]


@given(st.lists(some, min_size=1, max_size=6), weights)
def test_all_supplies_together_come_to_what_each_alone_comes_to_and_to_the_sum_of_its_lines(
    rows: list[dict[str, float | None]], w: Weights
) -> None:
    together = scores(rows, w)
    for n, row in enumerate(rows):
        alone = scores([row], w)
        assert [a[n] for a in together[:4]] == [a[0] for a in alone[:4]]  # to the last bit
        sums = [sum(line["amount"] for line in told(row, w, side)) for side in SIDES]
        assert near(together.city[n], sums[0])
        assert near(together.partner[n], sums[1])
        assert near(together.score[n], mean(*sums))
        for side in SIDES:
            kept = together.values[side][:, n].tolist()
            assert [None if math.isnan(v) else v for v in kept] == [row[f] for f in w.of(side)]


@given(some, weights, sides)
def test_fits_and_scores_lie_between_nought_and_one(
    found: dict[str, float | None], w: Weights, side: Side
) -> None:
    city, partner = fit(found, w, "city"), fit(found, w, "partner")
    assert 0 <= city <= 1
    assert 0 <= partner <= 1
    assert 0 <= mean(city, partner) <= 1
    assert all(0 <= line["amount"] <= 1 for line in told(found, w, side))


@given(some, weights, sides, st.sampled_from(FEATURES), values, values)
def test_a_greater_known_value_never_lowers_fit_or_score(
    found: dict[str, float | None], w: Weights, side: Side, name: str, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    less, more = {**found, name: low}, {**found, name: high}
    assert fit(less, w, side) <= fit(more, w, side)
    scores = [mean(fit(v, w, "city"), fit(v, w, "partner")) for v in (less, more)]
    assert scores[0] <= scores[1] + 1e-12


@given(some, weights, sides, st.sampled_from(FEATURES))
def test_an_unknown_feature_adds_nothing_as_if_it_were_not_there(
    found: dict[str, float | None], w: Weights, side: Side, name: str
) -> None:
    unknown = {**found, name: None}
    less = Weights(
        {n: v for n, v in w.city.items() if n != name},
        {n: v for n, v in w.partner.items() if n != name}, w.k, w.m,
    )  # fmt: skip
    lines = [line for line in told(unknown, w, side) if line["feature"] != name]
    assert lines == told(unknown, less, side)
    assert fit(unknown, w, side) == fit(unknown, less, side)
    assert [x["amount"] for x in told(unknown, w, side) if x["feature"] == name] in ([], [0.0])


@given(some, weights)
def test_unknown_is_not_nought(found: dict[str, float | None], w: Weights) -> None:
    nought = {**found, "a": 0.0}
    unknown = {**found, "a": None}
    assert fit(unknown, w, "city") >= fit(nought, w, "city")
    assert confidence(unknown, w) <= confidence(nought, w)


@given(some, weights)
def test_confidence_is_the_known_share_of_all_weights(
    found: dict[str, float | None], w: Weights
) -> None:
    lines = [x for s in SIDES for x in told(found, w, s) if x["feature"] != "prior"]
    total = sum(x["weight"] for x in lines)
    known = sum(x["weight"] for x in lines if x["value"] is not None)
    assert near(confidence(found, w), known / total if total else 0.0)


@given(values, values)
def test_the_score_is_the_harmonic_mean_and_the_weaker_side_pulls_it_down(
    city: float, partner: float
) -> None:
    score = mean(city, partner)
    assert score == mean(partner, city)
    assert near(score, 2 / (1 / city + 1 / partner)) if min(city, partner) > 1e-9 else score < 1e-8
    assert min(city, partner) - 1e-12 <= score <= (city + partner) / 2 + 1e-12
    assert score <= 2 * min(city, partner) + 1e-12


def test_with_nothing_known_the_fit_is_the_prior() -> None:
    w = Weights({"a": 1.0}, {"a": 1.0}, 2.0, 0.2)
    assert fit({"a": None}, w, "city") == pytest.approx(0.2)
    assert mean(0.0, 0.0) == 0.0


def test_one_lucky_known_feature_does_not_earn_a_full_score() -> None:
    only = dict.fromkeys(STATED.city, None) | dict.fromkeys(STATED.partner, None)
    for name in only:
        found: dict[str, float | None] = {**only, name: 1.0}
        assert mean(fit(found, STATED, "city"), fit(found, STATED, "partner")) < 0.7


@pytest.mark.parametrize(
    ("city", "k", "m"), [({"a": -1.0}, 1.0, 0.5), ({}, 0.0, 0.5), ({}, -1.0, 0.5), ({}, 1.0, 1.5),
                         ({"a": math.nan}, 1.0, 0.5), ({}, 1.0, math.nan)],
)  # fmt: skip
def test_weights_that_would_break_the_rules_are_refused(
    city: dict[str, float], k: float, m: float
) -> None:
    with pytest.raises(ValueError, match="weights are at least 0"):
        Weights(city, {}, k, m)
