"""Ranking models: a named set of weights with its bands and, where outcomes allow, its calibration.

``STATED_MODEL`` is the default: judgement, for a network whose outcomes are too few to learn from.  A
learned model is a JSON file written by ``matchmaker evaluate … --save-model`` and chosen by the
setting MATCHMAKER_MODEL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.matching.calibration import Step, probability
from matchmaker.matching.scoring import BANDS, STATED, Band, BandRule, Weights

ORIGIN_STATED: Final = "stated priors, not fitted"
STRONG_RATE, PROMISING_RATE = 0.2, 0.05
"""Measured hit rates from which a learned model calls a match strong, and promising."""


@dataclass(frozen=True, slots=True)
class Model:
    """What turns values into scores, and scores into plain words.

    Attributes
    ----------
    name, version : str
        Together they name one set of weights for ever.
    origin : str
        Where the weights come from, for people.
    weights : Weights
        Weights and prior.
    bands : tuple of BandRule
        From best to worst; the last takes all.
    calibration : tuple of Step
        How often matches of a score came about; empty where outcomes are too few to tell.
    outcomes : int
        Number of past outcomes that the weights were fitted to.
    """

    name: str
    version: str
    origin: str
    weights: Weights
    bands: tuple[BandRule, ...] = BANDS
    calibration: tuple[Step, ...] = ()
    outcomes: int = 0

    def band(self, score: float, confidence: float, *, has_offer: bool) -> Band:
        """Return the plain-word band of a score; without an offer it is speculative at most."""
        if has_offer:
            for rule in self.bands:
                if score >= rule.score and confidence >= rule.confidence:
                    return rule.band
        return self.bands[-1].band

    def probability(self, score: float) -> float | None:
        """Return how often listed matches of such a score came about, None where unknown."""
        return probability(self.calibration, score)

    def as_json(self) -> dict[str, Any]:
        """Return the model as a JSON object, as :func:`read_model` reads it."""
        return {
            "name": self.name,
            "version": self.version,
            "origin": self.origin,
            "weights": {"city": dict(self.weights.city), "partner": dict(self.weights.partner)},
            "prior": {"k": self.weights.k, "m": self.weights.m},
            "bands": [
                {"band": b.band, "score": b.score, "confidence": b.confidence} for b in self.bands
            ],
            "calibration": [step._asdict() for step in self.calibration],
            "outcomes": self.outcomes,
        }


STATED_MODEL: Final = Model("stated", "2", ORIGIN_STATED, STATED)


def bands_of(steps: Sequence[Step]) -> tuple[BandRule, ...]:
    """Return bands whose names are earned by measured hit rates.

    Examples
    --------
    >>> table = (Step(0.0, 90, 1, 0.01), Step(0.4, 50, 4, 0.08), Step(0.6, 40, 12, 0.3))
    >>> [(rule.band, rule.score) for rule in bands_of(table)]
    [('strong', 0.6), ('promising', 0.4), ('speculative', 0.0)]
    """

    def least(rate: float) -> float:
        return min((step.score for step in steps if step.probability >= rate), default=1.0)

    return (
        BandRule("strong", least(STRONG_RATE), 0.0),
        BandRule("promising", least(PROMISING_RATE), 0.0),
        BandRule("speculative", 0.0, 0.0),
    )


def read_model(path: Path) -> Model:
    """Read a model from its JSON file.

    Raises
    ------
    InvalidDataError
        If the file cannot be read, is no JSON, or does not describe a model of these features.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return _model(found)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidDataError([Fault(path.name, 0, "", f"cannot be read: {error}")]) from error
    except (KeyError, TypeError, ValueError) as error:
        message = f"is no ranking model: {type(error).__name__} {error}"
        raise InvalidDataError([Fault(path.name, 0, "", message)]) from error


def _model(found: Mapping[str, Any]) -> Model:
    sides = {}
    for side, stated in (("city", STATED.city), ("partner", STATED.partner)):
        given = {str(name): float(weight) for name, weight in found["weights"][side].items()}
        if given.keys() != stated.keys():
            odd = ", ".join(sorted(given.keys() ^ stated.keys()))
            raise ValueError(f"the {side}'s features are not those of this version: {odd}")
        sides[side] = {name: given[name] for name in stated}
    weights = Weights(
        sides["city"], sides["partner"], float(found["prior"]["k"]), float(found["prior"]["m"])
    )
    bands = tuple(
        BandRule(b["band"], float(b["score"]), float(b["confidence"])) for b in found["bands"]
    )
    if [rule.band for rule in bands] != [rule.band for rule in BANDS] or bands[-1].score > 0:
        raise ValueError("bands must be strong, promising and speculative, the last from 0")
    steps = tuple(
        Step(float(s["score"]), int(s["pairs"]), int(s["hits"]), float(s["probability"]))
        for s in found["calibration"]
    )
    return Model(
        str(found["name"]), str(found["version"]), str(found["origin"]), weights, bands, steps,
        int(found["outcomes"]),
    )  # fmt: skip
