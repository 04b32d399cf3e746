"""Fit weights to past outcomes, through the very formula that is shown.

For each past question, the pairs that came about should score higher than the others.  The loss is the
cross-entropy of a softmax over the question's pool, of ``sharpness`` times the score (ListNet's top-one
form); weights, k and m are what is fitted, ``sharpness`` only serves the fit.  A Gaussian prior around
the stated weights is added: without outcomes they are the answer, and the more outcomes there are, the
less they bind.

References
----------
Cao, Z., Qin, T., Liu, T.-Y., Tsai, M.-F., Li, H. (2007). Learning to rank: from pairwise approach to
listwise approach. ICML 2007.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from matchmaker.matching.scoring import SIDES, Side, Weights

Floats = NDArray[np.float64]

SPREAD: Final = 2.0
"""Standard deviation of a weight around the stated one, before any outcome is seen."""
FEWEST: Final = 50
"""Outcomes below which nothing is fitted: the prior would be all there is."""
_STEPS: Final = 200
_SHARPNESS: Final = (20.0, (1.0, 200.0))
_K: Final = (0.5, 40.0)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A past question, with what came of it.

    Attributes
    ----------
    values : mapping of Side to array, shape (pairs, features of the side)
        Values of the pool's pairs, in the order of the weights; NaN is unknown.
    true : array of bool, shape (pairs,)
        Which pairs came about; at least one.
    """

    values: Mapping[Side, NDArray[np.float32]]
    true: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Learned:
    """Fitted weights, and from how many outcomes; ``loss`` is per outcome, before and after."""

    weights: Weights
    outcomes: int
    loss: tuple[float, float]


def learn(
    outcomes: Sequence[Outcome],
    stated: Weights,
    spread: float = SPREAD,
    progress: Callable[[int, int], None] | None = None,
) -> Learned:
    """Return the weights that fit past outcomes best, shrunk towards the stated ones.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Past questions.  With fewer than FEWEST the stated weights are returned as they are.
    stated : Weights
        Where the prior stands, and what a feature that is never known keeps.
    spread : float
        Standard deviation of the prior.

    Notes
    -----
    Deterministic: L-BFGS-B with the exact gradient, O(pairs x features) for each of at most 200 steps.
    Weights stay at 0 or above and m in [0, 1], as the formula demands.
    """
    if len(outcomes) < FEWEST:
        return Learned(stated, len(outcomes), (0.0, 0.0))
    fit = _Fit(outcomes, stated, spread)
    begun = fit.loss(fit.start)[0] / len(outcomes)
    steps = 0

    def tell(_: Floats) -> None:
        nonlocal steps
        steps += 1
        if progress:
            progress(min(steps, _STEPS), _STEPS)

    found = cast(Any, minimize)(
        fit.loss, fit.start, jac=True, method="L-BFGS-B", bounds=fit.bounds, callback=tell,
        options={"maxiter": _STEPS},
    )  # fmt: skip
    return Learned(fit.weights(found.x), len(outcomes), (begun, float(found.fun) / len(outcomes)))


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Values of one side's features, a row for each pair.

    Most features are known for all pairs or for none; only for the others each pair is looked at.

    Attributes
    ----------
    seen : array of int
        Columns of the features that are known somewhere; ``values`` has these only, 0 where unknown.
    gaps : array of int
        Those among them that are unknown somewhere; ``known`` has these only.
    always : array of int
        Those that are known everywhere.
    width : int
        Number of all features.
    """

    seen: NDArray[np.intp]
    gaps: NDArray[np.intp]
    always: NDArray[np.intp]
    values: Floats
    known: Floats
    width: int

    @classmethod
    def of(cls, stacked: NDArray[np.float32]) -> _Table:
        """Lay out values of shape (pairs, features), NaN where unknown."""
        known = ~np.isnan(stacked)
        somewhere, everywhere = known.any(axis=0), known.all(axis=0)
        seen, gaps = np.flatnonzero(somewhere), np.flatnonzero(somewhere & ~everywhere)
        values = np.nan_to_num(stacked[:, seen]).astype(np.float64)
        return cls(
            seen, gaps, np.flatnonzero(everywhere), values, known[:, gaps].astype(np.float64),
            stacked.shape[1],
        )  # fmt: skip

    def sums(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return for each pair the weighted sum of what is known, and the sum of these weights."""
        known = self.known @ weights[self.gaps] + weights[self.always].sum()
        return self.values @ weights[self.seen], known

    def slopes(self, by_sum: Floats, by_weight: Floats) -> Floats:
        """Return the slopes of a loss that rises with the first sum and falls with the second."""
        found = np.zeros(self.width)
        found[self.seen] = by_sum @ self.values
        found[self.gaps] -= by_weight @ self.known
        found[self.always] -= by_weight.sum()
        return found


class _Fit:
    """The loss and its gradient over all outcomes at once."""

    def __init__(self, outcomes: Sequence[Outcome], stated: Weights, spread: float) -> None:
        self._stated = stated
        self._names = {side: tuple(stated.of(side)) for side in SIDES}
        self._cut = len(self._names["city"])
        self._tables = {
            side: _Table.of(np.concatenate([o.values[side] for o in outcomes])) for side in SIDES
        }
        sizes = [len(o.true) for o in outcomes]
        self._starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._owner = np.repeat(np.arange(len(sizes)), sizes)
        true = np.concatenate([o.true for o in outcomes]).astype(np.float64)
        self._target = true / np.add.reduceat(true, self._starts)[self._owner]
        weights = [w for side in SIDES for w in stated.of(side).values()]
        self.start: Floats = np.array([*weights, stated.k, stated.m, _SHARPNESS[0]])
        self._spread = np.array([*[spread] * len(weights), spread, 0.1, np.inf])
        self.bounds = [(0.0, None)] * len(weights) + [_K, (0.0, 1.0), _SHARPNESS[1]]

    def weights(self, at: Floats) -> Weights:
        """Return a point as weights, rounded to four places so that they can be read."""
        rounded = [round(float(value), 4) for value in at]
        sides = rounded[: self._cut], rounded[self._cut : -3]
        city, partner = (
            dict(zip(self._names[side], of_side, strict=True))
            for side, of_side in zip(SIDES, sides, strict=True)
        )
        return Weights(city, partner, rounded[-3], rounded[-2])

    def loss(self, at: Floats) -> tuple[float, Floats]:
        """Return the loss and its gradient at a point: weights, k, m and sharpness."""
        k, m, sharpness = at[-3:]
        fits, sums = [], []
        for side, of_side in zip(SIDES, (at[: self._cut], at[self._cut : -3]), strict=True):
            weighted, weight = self._tables[side].sums(of_side)
            weight = weight + k
            fits.append((weighted + k * m) / weight)
            sums.append(weight)
        city, partner = fits
        both = np.maximum(city + partner, 1e-300)
        score = 2.0 * city * partner / both
        raised = sharpness * score
        raised -= np.maximum.reduceat(raised, self._starts)[self._owner]
        odds = np.exp(raised)
        whole = np.add.reduceat(odds, self._starts)
        loss = -float(self._target @ (raised - np.log(whole)[self._owner]))
        by_score = odds / whole[self._owner] - self._target
        gradient = np.zeros_like(at)
        gradient[-1] = by_score @ score
        slopes = (2.0 * (partner / both) ** 2, 2.0 * (city / both) ** 2)
        places = (slice(0, self._cut), slice(self._cut, -3))
        for side, fit, weight, slope, place in zip(SIDES, fits, sums, slopes, places, strict=True):
            by_fit = sharpness * by_score * slope / weight
            gradient[place] = self._tables[side].slopes(by_fit, by_fit * fit)
            gradient[-3] += float(by_fit @ (m - fit))
            gradient[-2] += float(by_fit.sum() * k)
        pulled = (at - self.start) / self._spread
        loss += 0.5 * float(pulled @ pulled)
        return loss, gradient + pulled / self._spread
