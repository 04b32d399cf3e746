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
from typing import Literal, NamedTuple

Side = Literal["city", "partner"]
Band = Literal["strong", "promising", "speculative"]
SIDES: tuple[Side, ...] = ("city", "partner")
Values = Mapping[str, float | None]


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
    city={"support": 2.0, "topics": 3.0, "text": 3.0, "track_record": 2.0, "precedent": 1.5},
    partner={"support": 1.5, "topics": 2.0, "text": 2.0, "presence": 2.0, "freshness": 1.0},
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


class Contribution(NamedTuple):
    """One line of a fit: ``value`` None means unknown and then ``amount`` is 0."""

    feature: str
    side: Side
    value: float | None
    weight: float
    amount: float


def contributions(values: Values, weights: Weights, side: Side) -> list[Contribution]:
    """Return one side's contributions in the order of its weights, the prior last.

    Examples
    --------
    >>> w = Weights(city={"a": 2.0, "b": 1.0}, partner={}, k=1.0, m=0.5)
    >>> [c.amount for c in contributions({"a": 0.75, "b": None}, w, "city")]
    [0.5, 0.0, 0.16666666666666666]
    """
    of_side = weights.of(side)
    total = _weigh(values, of_side)[0] + weights.k
    lines = []
    for name, weight in of_side.items():
        value = values[name]
        amount = 0.0 if value is None else weight * value / total
        lines.append(Contribution(name, side, value, weight, amount))
    lines.append(Contribution("prior", side, weights.m, weights.k, weights.k * weights.m / total))
    return lines


class Fits(NamedTuple):
    """What a pair comes to: the fit of each side, the score, and the known share of the weights."""

    city: float
    partner: float
    score: float
    confidence: float


def fits(city: Values, partner: Values, weights: Weights) -> Fits:
    """Return both fits, in [0, 1], their harmonic mean, and the confidence.

    A fit is the sum of its side's contributions; confidence is the known share of all weights of both
    sides (the prior is not a feature).

    Examples
    --------
    >>> w = Weights(city={"a": 2.0, "b": 1.0}, partner={"a": 1.0}, k=1.0, m=0.5)
    >>> found = fits({"a": 0.75, "b": None}, {"a": 0.5}, w)
    >>> round(found.city, 6), found.partner, found.confidence
    (0.666667, 0.5, 0.75)
    """
    known_city, sum_city = _weigh(city, weights.city)
    known_partner, sum_partner = _weigh(partner, weights.partner)
    k, prior = weights.k, weights.k * weights.m
    city_fit = (sum_city + prior) / (known_city + k)
    partner_fit = (sum_partner + prior) / (known_partner + k)
    score = harmonic_mean(city_fit, partner_fit)
    sure = (known_city + known_partner) / weights.total if weights.total else 0.0
    return Fits(city_fit, partner_fit, score, sure)


def harmonic_mean(city: float, partner: float) -> float:
    """Return 2cp / (c + p), or 0 if both are 0.

    Examples
    --------
    >>> harmonic_mean(0.5, 0.25), harmonic_mean(0.0, 0.0)
    (0.3333333333333333, 0.0)
    """
    return 2.0 * city * partner / (city + partner) if city + partner else 0.0


def band(score: float, sureness: float, *, has_offer: bool) -> Band:
    """Return the plain-word band of a score.

    Examples
    --------
    >>> band(0.9, 0.9, has_offer=True), band(0.9, 0.9, has_offer=False)
    ('strong', 'speculative')
    """
    if not has_offer:
        return "speculative"
    for rule in BANDS:
        if score >= rule.score and sureness >= rule.confidence:
            return rule.band
    raise AssertionError("the last band takes all")


def _weigh(values: Values, weights: Mapping[str, float]) -> tuple[float, float]:
    """Return the sum of the weights of known features, and of weight times value."""
    known = total = 0.0
    for name, weight in weights.items():
        value = values[name]
        if value is not None:
            known += weight
            total += weight * value
    return known, total
