"""The sum that is shown: contributions, fits and the score.

For each side S = sum of the weights of known features + k.  A known feature contributes
weight * value / S, the prior contributes k * m / S, a fit is the sum of its side's amounts, and the
score is the harmonic mean of the two fits.

References
----------
Pizzato, L., Rej, T., Chung, T., Koprinska, I., Kay, J. (2010). RECON: a reciprocal recommender for
online dating. RecSys 2010 (harmonic mean of the two sides).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

Side = Literal["city", "partner"]
Band = Literal["strong", "promising", "speculative"]
SIDES: tuple[Side, ...] = ("city", "partner")
Values = Mapping[str, float | None]
Columns = Mapping[Side, Mapping[str, NDArray[np.float64]]]
"""For each side, the values of its features, one for each supply; NaN is unknown."""


@dataclass(frozen=True)
class Weights:
    """Weights of the features for each side, and the prior (weight ``k``, value ``m``).

    Raises
    ------
    ValueError
        If a weight is below 0, ``k`` is not above 0 (the prior is always there) or ``m`` lies
        outside [0, 1].
    """

    city: Mapping[str, float] = field(hash=False)
    partner: Mapping[str, float] = field(hash=False)
    k: float
    m: float

    def __post_init__(self) -> None:
        every = (*self.city.values(), *self.partner.values())
        if not (all(w >= 0 for w in every) and self.k > 0 and 0 <= self.m <= 1):
            raise ValueError("weights are at least 0, k is above 0 and m lies in [0, 1]")

    @cached_property
    def total(self) -> float:
        """Sum of the weights of both sides, without the prior."""
        return sum(self.city.values()) + sum(self.partner.values())

    def of(self, side: Side) -> Mapping[str, float]:
        """Return one side's weights."""
        return self.city if side == "city" else self.partner


STATED = Weights(
    city={
        "support": 2.0,
        "topics": 3.0,
        "text": 2.5,
        "similar_work": 1.0,
        "experience": 0.5,
        "track_record": 2.0,
        "precedent": 1.5,
        "activity": 0.25,
        "capacity": 0.25,
    },
    partner={
        "support": 1.5,
        "topics": 2.0,
        "text": 2.0,
        "experience": 0.5,
        "kinship": 0.5,
        "presence": 2.0,
        "freshness": 1.0,
    },
    k=4.0,
    m=0.2,
)
"""Stated priors: judgement, not fitted to anything.

Subject comes first, then who has done it.  The prior weighs about a third of all that could be known,
so that a partner of whom only the subject is known does not pass one with a documented record.
"""


@dataclass(frozen=True, slots=True)
class BandRule:
    """Least score and least confidence of a band."""

    band: Band
    score: float
    confidence: float


BANDS: tuple[BandRule, ...] = (
    BandRule("strong", 0.45, 0.6),
    BandRule("promising", 0.3, 0.4),
    BandRule("speculative", 0.0, 0.0),
)
"""From best to worst; a supply without a published offer is at most speculative."""


class Contribution(TypedDict):
    """One line of a fit: ``value`` None means unknown and then ``amount`` is 0."""

    feature: str
    side: Side
    value: float | None
    weight: float
    amount: float
    detail: str


def contributions(
    values: Values, weights: Weights, side: Side, details: Mapping[str, str]
) -> list[Contribution]:
    """Return one side's contributions in the order of its weights, the prior last.

    Parameters
    ----------
    details : mapping of str to str
        What to say of each feature, and of the ``prior``.

    Examples
    --------
    >>> w = Weights(city={"a": 2.0, "b": 1.0}, partner={}, k=1.0, m=0.5)
    >>> told = {"a": "", "b": "", "prior": ""}
    >>> [c["amount"] for c in contributions({"a": 0.75, "b": None}, w, "city", told)]
    [0.5, 0.0, 0.16666666666666666]
    """
    of_side, k, m = weights.of(side), weights.k, weights.m
    total = sum([w for name, w in of_side.items() if values[name] is not None]) + k
    lines: list[Contribution] = [
        {
            "feature": name,
            "side": side,
            "value": value,
            "weight": weight,
            "amount": 0.0 if value is None else weight * value / total,
            "detail": details[name],
        }
        for name, weight in of_side.items()
        for value in (values[name],)
    ]
    lines.append(
        {
            "feature": "prior",
            "side": side,
            "value": m,
            "weight": k,
            "amount": k * m / total,
            "detail": details["prior"],
        }
    )
    return lines


class Scores(NamedTuple):
    """What every supply comes to: arrays with one value for each.

    ``values`` holds, for each side, one row of values for each feature, in their order.
    """

    city: NDArray[np.float64]
    partner: NDArray[np.float64]
    score: NDArray[np.float64]
    confidence: NDArray[np.float64]
    values: Mapping[Side, NDArray[np.float64]]


def fits_of_columns(columns: Columns, weights: Weights) -> Scores:
    """Return both fits, in [0, 1], their harmonic mean, and the confidence of every supply.

    A fit is the sum of its side's contributions; confidence is the known share of all weights of both
    sides (the prior is not a feature).

    Examples
    --------
    >>> w = Weights(city={"a": 2.0, "b": 1.0}, partner={"a": 1.0}, k=1.0, m=0.5)
    >>> a, b = np.array([0.75]), np.array([np.nan])
    >>> found = fits_of_columns({"city": {"a": a, "b": b}, "partner": {"a": a - 0.25}}, w)
    >>> found.city.round(6).tolist(), found.partner.tolist(), found.confidence.tolist()
    ([0.666667], [0.5], [0.75])
    """
    sure: NDArray[np.float64] | float = 0.0
    fits, kept = [], {}
    for side in SIDES:
        of_side = weights.of(side)
        each = np.array([[of_side[name]] for name in columns[side]])
        kept[side] = values = np.array(list(columns[side].values()))
        known = ~np.isnan(values)
        # Summed feature by feature: the same for one supply as for many, to the last bit.
        weighed = np.add.reduce(each * known)
        total = np.add.reduce(each * np.where(known, values, 0.0))
        fits.append((total + weights.k * weights.m) / (weighed + weights.k))
        sure = sure + weighed
    city, partner = fits
    confidence = np.asarray(sure / weights.total if weights.total else np.zeros_like(city))
    return Scores(city, partner, harmonic_mean(city, partner), confidence, kept)


def harmonic_mean(city: NDArray[np.float64], partner: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 2cp / (c + p), or 0 if both are 0.

    Examples
    --------
    >>> harmonic_mean(np.array([0.5, 0.0]), np.array([0.25, 0.0])).tolist()
    [0.3333333333333333, 0.0]
    """
    both = city + partner
    return np.divide(2.0 * city * partner, both, out=np.zeros_like(both), where=both > 0)
