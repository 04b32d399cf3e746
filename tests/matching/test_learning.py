"""Learned weights: fitted through the formula, shrunk towards the stated ones, never below zero."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad

from matchmaker.matching.learning import FEWEST, Floats, Outcome, _Fit, learn
from matchmaker.matching.scoring import STATED, Weights, fits_of_columns

WEIGHTS = Weights(city={"a": 1.0, "b": 1.0}, partner={"a": 1.0, "c": 1.0}, k=1.0, m=0.2)


def outcomes(count: int, seed: int = 1, telling: str = "b", unknown: float = 0.2) -> list[Outcome]:
    """Return made-up outcomes in which one feature alone tells who comes about."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        values = {n: rng.random(12).astype(np.float32) for n in "abc"}
        true = np.zeros(12, dtype=bool)
        true[np.argmax(values[telling])] = True
        sides = {}
        for side, names in (("city", "ab"), ("partner", "ac")):
            columns = np.stack([values[n] for n in names], axis=1)
            columns[rng.random(columns.shape) < unknown] = np.nan
            sides[side] = columns
        found.append(Outcome(sides, true))  # type: ignore[arg-type]  # the literal sides
    return found


def test_too_few_outcomes_leave_the_stated_weights_as_they_are() -> None:
    learned = learn(outcomes(FEWEST - 1), WEIGHTS)
    assert learned.weights == WEIGHTS
    assert learned.outcomes == FEWEST - 1


def test_the_feature_that_tells_gains_weight_and_the_loss_falls() -> None:
    learned = learn(outcomes(300), WEIGHTS)
    assert learned.weights.city["b"] > 2 * learned.weights.city["a"]
    assert learned.loss[1] < learned.loss[0]


def test_more_outcomes_bind_less_to_the_stated_weights() -> None:
    def moved(count: int) -> float:
        weights = learn(outcomes(count), WEIGHTS, spread=0.3).weights
        return abs(weights.city["b"] - WEIGHTS.city["b"])

    assert moved(60) < moved(600)


def test_learning_twice_gives_the_very_same_weights() -> None:
    assert learn(outcomes(120), WEIGHTS) == learn(outcomes(120), WEIGHTS)


def test_the_gradient_is_that_of_the_loss() -> None:
    fit = _Fit(outcomes(30), WEIGHTS, 2.0)
    rng = np.random.default_rng(3)

    def value(x: Floats) -> float:
        return fit.loss(x)[0]

    def slope(x: Floats) -> Floats:
        return fit.loss(x)[1]

    for _ in range(5):
        at = np.concatenate([rng.uniform(0.1, 3, 5), [rng.uniform(0.1, 0.9), rng.uniform(2, 30)]])
        error = check_grad(value, slope, at)
        assert error < 1e-3 * max(1.0, float(np.abs(fit.loss(at)[1]).max()))


def test_the_fit_goes_through_the_formula_that_is_shown() -> None:
    """The loss at a point is that of the scores which the service would give."""
    chosen = outcomes(20, unknown=0.5)
    fit = _Fit(chosen, WEIGHTS, 2.0)
    at = np.array([1.5, 0.5, 2.0, 0.25, 1.25, 0.3, 10.0])
    loss = fit.loss(at)[0] - 0.5 * float((((at - fit.start) / fit._spread) ** 2).sum())
    weights = Weights({"a": 1.5, "b": 0.5}, {"a": 2.0, "c": 0.25}, 1.25, 0.3)
    total = 0.0
    for outcome in chosen:
        columns = {
            side: dict(zip(weights.of(side), values.T.astype(float), strict=True))
            for side, values in outcome.values.items()
        }
        raised = 10.0 * fits_of_columns(columns, weights).score
        total -= float((raised - np.log(np.exp(raised).sum()))[outcome.true].mean())
    assert loss == pytest.approx(total, rel=1e-9)


def test_a_feature_that_is_never_known_keeps_its_stated_weight() -> None:
    seen = outcomes(100)
    for outcome in seen:
        outcome.values["partner"][:, 1] = np.nan
    learned = learn(seen, WEIGHTS).weights
    assert learned.partner["c"] == WEIGHTS.partner["c"]
    assert learned.partner["a"] != WEIGHTS.partner["a"]


def test_learned_weights_can_be_used_as_weights() -> None:
    weights = learn(outcomes(200, telling="a"), WEIGHTS).weights
    assert min([*weights.city.values(), *weights.partner.values()]) >= 0
    assert 0 <= weights.m <= 1
    assert weights.k > 0
    assert set(STATED.city) != set(weights.city)
