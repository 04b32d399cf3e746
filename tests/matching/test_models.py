"""Ranking models: written, read again, and refused with a reason where they do not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.errors import InvalidDataError
from matchmaker.matching.calibration import Step
from matchmaker.matching.models import STATED_MODEL, Model, bands_of, read_model
from matchmaker.matching.scoring import STATED

values = st.floats(0, 1)
TABLE = (Step(0.0, 900, 9, 0.01), Step(0.35, 200, 16, 0.08), Step(0.5, 100, 30, 0.3))
LEARNED = Model("learned", "made-up-1", "made up for a test", STATED, bands_of(TABLE), TABLE, 77)


def test_a_model_that_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    for model in (STATED_MODEL, LEARNED):
        file.write_text(json.dumps(model.as_json()), encoding="utf-8")
        assert read_model(file) == model


Spoil = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda m: m.pop("weights"),
        lambda m: m["weights"]["city"].pop("text"),
        lambda m: m["weights"]["city"].update(new=1.0),
        lambda m: m["weights"]["partner"].update(text=-1.0),
        lambda m: m["weights"]["partner"].update(text="heavy"),
        lambda m: m["prior"].update(k=0),
        lambda m: m["prior"].update(m=2),
        lambda m: m["bands"].pop(),
        lambda m: m["bands"].reverse(),
        lambda m: m["calibration"].append({"score": 1}),
    ],
)
def test_a_file_that_is_no_model_is_refused_by_name(tmp_path: Path, spoil: Spoil) -> None:
    document = LEARNED.as_json()
    spoil(document)
    file = tmp_path / "spoiled.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InvalidDataError, match=r"spoiled\.json.*is no ranking model"):
        read_model(file)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00"])
def test_a_file_that_is_no_json_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.json"
    file.write_bytes(content)
    with pytest.raises(InvalidDataError, match=r"broken\.json.*cannot be read"):
        read_model(file)
    with pytest.raises(InvalidDataError, match=r"absent\.json.*cannot be read"):
        read_model(tmp_path / "absent.json")


def test_bands_are_earned_by_hit_rates() -> None:
    assert LEARNED.band(0.55, 0.1, has_offer=True) == "strong"
    assert LEARNED.band(0.4, 0.1, has_offer=True) == "promising"
    assert LEARNED.band(0.1, 1.0, has_offer=True) == "speculative"
    assert LEARNED.probability(0.4) == 0.08
    assert STATED_MODEL.probability(0.9) is None


@given(values, values)
def test_bands_are_ordered_and_without_an_offer_there_is_but_the_last(
    score: float, sureness: float
) -> None:
    for model in (STATED_MODEL, LEARNED):
        order = [rule.band for rule in model.bands]
        assert model.band(score, sureness, has_offer=False) == order[-1] == "speculative"
        here = order.index(model.band(score, sureness, has_offer=True))
        assert here >= order.index(model.band(1.0, sureness, has_offer=True))
        assert here >= order.index(model.band(score, 1.0, has_offer=True))


def test_a_table_without_good_matches_calls_none_strong() -> None:
    assert bands_of((Step(0.0, 900, 9, 0.01),))[0].score == 1.0
