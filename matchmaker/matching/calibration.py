"""From scores to probabilities: how often pairs of a score came about.

Scores are counted in narrow bins with the number that came about; a rising line through the bins' hit
rates (isotonic regression) is the table.  The score itself is never changed.

References
----------
Zadrozny, B., Elkan, C. (2002). Transforming classifier scores into accurate multiclass probability
estimates. KDD 2002.
Naeini, M. P., Cooper, G., Hauskrecht, M. (2015). Obtaining well calibrated probabilities using Bayesian
binning. AAAI 2015 (expected calibration error).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]

BINS: Final = 200
"""Bins of equal width over scores from 0 to 1."""
FEWEST_HITS: Final = 20
"""Hits that a step of the table rests on at least, so that it is not a matter of one or two."""


class Step(NamedTuple):
    """One step of the table: from which score on, how many pairs, hits, and the probability."""

    score: float
    pairs: int
    hits: int
    probability: float


@dataclass(slots=True)
class Tally:
    """Counts of pairs and of those that came about, by bin of score."""

    pairs: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, dtype=np.int64))
    hits: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, dtype=np.int64))

    def add(self, scores: Floats, true: NDArray[np.bool_]) -> None:
        """Count the pairs of one question."""
        bins = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
        self.pairs += np.bincount(bins, minlength=BINS)
        self.hits += np.bincount(bins[true], minlength=BINS)

    def steps(self) -> tuple[Step, ...]:
        """Return the rising table of probabilities.

        Bins are joined from the top until each part has FEWEST_HITS hits.

        Examples
        --------
        >>> tally = Tally()
        >>> tally.add(np.full(100, 0.25), np.arange(100) < 20)
        >>> tally.add(np.full(40, 0.75), np.arange(40) < 30)
        >>> [(step.score, step.probability) for step in tally.steps()]
        [(0.0, 0.2), (0.75, 0.75)]
        """
        parts: list[tuple[int, int, int]] = []
        pairs = hits = 0
        for at in range(BINS - 1, -1, -1):
            pairs, hits = pairs + int(self.pairs[at]), hits + int(self.hits[at])
            if hits >= FEWEST_HITS:
                parts.append((at, pairs, hits))
                pairs = hits = 0
        if pairs:
            parts.append((0, pairs, hits))
        if not parts:
            return ()
        parts.reverse()
        parts[0] = (0, *parts[0][1:])
        rates = np.array([h / p for _, p, h in parts])
        weights = np.array([p for _, p, _ in parts], dtype=np.float64)
        rising = isotonic_regression(rates, weights=weights).x
        return tuple(
            Step(at / BINS, p, h, round(float(rate), 6))
            for (at, p, h), rate in zip(parts, rising, strict=True)
        )


def probability(steps: Sequence[Step], score: float) -> float | None:
    """Return the probability of a score by the table, or None without one.

    Examples
    --------
    >>> table = (Step(0.0, 100, 20, 0.2), Step(0.75, 40, 30, 0.75))
    >>> probability(table, 0.5), probability(table, 0.8), probability((), 0.5)
    (0.2, 0.75, None)
    """
    found = None
    for step in steps:
        if score < step.score:
            break
        found = step.probability
    return found


class Reliability(NamedTuple):
    """One step of the table put to later outcomes: what it foretold and what came about."""

    score: float
    pairs: int
    hits: int
    foretold: float
    observed: float


def reliability(steps: Sequence[Step], later: Tally) -> tuple[Reliability, ...]:
    """Return the table beside later outcomes."""
    starts = [round(step.score * BINS) for step in steps] + [BINS]
    found = []
    for step, start, end in zip(steps, starts[:-1], starts[1:], strict=True):
        pairs, hits = int(later.pairs[start:end].sum()), int(later.hits[start:end].sum())
        observed = hits / pairs if pairs else 0.0
        found.append(Reliability(step.score, pairs, hits, step.probability, observed))
    return tuple(found)


def expected_error(rows: Sequence[Reliability]) -> float:
    """Return the expected calibration error: mean gap of foretold and observed, by pairs.

    Examples
    --------
    >>> expected_error([Reliability(0.0, 90, 9, 0.2, 0.1), Reliability(0.5, 10, 5, 0.5, 0.5)])
    0.09
    """
    pairs = sum(row.pairs for row in rows)
    gaps = sum(row.pairs * abs(row.foretold - row.observed) for row in rows)
    return round(gaps / pairs, 12) if pairs else 0.0
