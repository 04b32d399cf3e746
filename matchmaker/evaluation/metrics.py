"""How good a ranking is: MRR, Recall@10 and nDCG@10, with bootstrap intervals.

References
----------
.. [1] K. Järvelin, J. Kekäläinen (2002). Cumulated gain-based evaluation of IR techniques. ACM
   Transactions on Information Systems 20(4), 422-446.
.. [2] B. Efron, R. Tibshirani (1993). An Introduction to the Bootstrap. Chapman & Hall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

TOP: Final = 10
RESAMPLES: Final = 2000
_SEED: Final = 20230701

_DISCOUNT = 1.0 / np.log2(np.arange(2, TOP + 2))
_IDEAL = np.concatenate([[0.0], np.cumsum(_DISCOUNT)])


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """The three measures of one method, query by query, in the order of the queries."""

    reciprocal_rank: FloatArray
    recall_at_10: FloatArray
    ndcg_at_10: FloatArray

    def quality(self) -> Quality:
        """Return the means over the queries."""
        if not self.ndcg_at_10.size:
            return Quality(0.0, 0.0, 0.0, (0.0, 0.0))
        interval = mean_interval(self.ndcg_at_10)
        return Quality(
            float(self.reciprocal_rank.mean()),
            float(self.recall_at_10.mean()),
            interval.value,
            (interval.low, interval.high),
        )


@dataclass(frozen=True, slots=True)
class Quality:
    """Macro means over the answerable queries; zeros where there is none."""

    mrr: float
    recall_at_10: float
    ndcg_at_10: float
    ndcg_at_10_ci95: tuple[float, float]


def measures(ranks: IntArray) -> tuple[float, float, float]:
    """Judge one ranking.

    Parameters
    ----------
    ranks : array of int
        Ranks of all relevant candidates, from 1, in any order; at least one.

    Returns
    -------
    tuple of float
        Reciprocal of the best rank; share of the relevant among the first ten; nDCG of the first ten
        (gain 1 for each relevant, ideal = as many as fit into ten).

    Examples
    --------
    >>> import numpy as np
    >>> measures(np.array([2, 30]))
    (0.5, 0.5, 0.38685280723454163)
    """
    top = ranks[ranks <= TOP]
    ideal = _IDEAL[min(len(ranks), TOP)]
    gain = _DISCOUNT[top - 1].sum()
    return float(1.0 / ranks.min()), len(top) / len(ranks), float(gain / ideal)


def judge(ranks: Sequence[IntArray]) -> Judgement:
    """Judge one ranking per query; see :func:`measures`."""
    rows = np.array([measures(each) for each in ranks], dtype=np.float64).reshape(-1, 3)
    return Judgement(rows[:, 0], rows[:, 1], rows[:, 2])


def mean_interval(values: FloatArray, resamples: int = RESAMPLES, seed: int = _SEED) -> Interval:
    """Return the mean with its 95 % percentile bootstrap interval over the queries.

    Notes
    -----
    Time and memory O(resamples · n), taken in blocks; the same seed gives the same interval.

    Examples
    --------
    >>> import numpy as np
    >>> mean_interval(np.full(5, 0.25))
    Interval(value=0.25, low=0.25, high=0.25)
    """
    means = np.concatenate(
        [values[block].mean(axis=1) for block in _draws(values.size, resamples, seed)]
    )
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def ratio_interval(
    values: FloatArray, base: FloatArray, resamples: int = RESAMPLES, seed: int = _SEED
) -> Interval:
    """Return mean(values) / mean(base) with its 95 % paired bootstrap interval.

    Both are drawn by the same queries, so what makes a query hard for both does not widen it.

    Parameters
    ----------
    values, base : array of float
        One measure of two methods over the same queries in the same order.

    Raises
    ------
    ValueError
        If the lengths differ, or the base is nowhere above 0.

    Examples
    --------
    >>> import numpy as np
    >>> base = np.array([0.1, 0.4, 0.2])
    >>> ratio = ratio_interval(2 * base, base)
    >>> round(ratio.value, 6), round(ratio.low, 6), round(ratio.high, 6)
    (2.0, 2.0, 2.0)
    """
    if values.shape != base.shape:
        raise ValueError("both methods must be judged on the same queries")
    if not base.any():
        raise ValueError("there is no ratio to a method that finds nothing")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.concatenate(
            [
                values[block].mean(axis=1) / base[block].mean(axis=1)
                for block in _draws(values.size, resamples, seed)
            ]
        )
    # A resample in which the base finds nothing says nothing about the ratio.
    low, high = np.percentile(ratios[np.isfinite(ratios)], [2.5, 97.5])
    return Interval(float(values.mean() / base.mean()), float(low), float(high))


def _draws(size: int, resamples: int, seed: int) -> list[IntArray]:
    """Return the resampled positions in blocks of a hundred rows."""
    rng = np.random.default_rng(seed)
    starts = range(0, resamples, 100)
    return [rng.integers(0, size, (min(100, resamples - start), size)) for start in starts]
