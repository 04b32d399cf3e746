"""Somebody of each role with a browser, and engagements between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from matchmaker.brokering.rules import load_rules
from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.service import Service
from tests.cast import Cast

NEED, CITY, COUNTRY = "phuket-scap2018-1", "phuket", "country-thailand"
PARTNER, OFFER = "adb", "adb-finance"
Json = dict[str, Any]
Step = tuple[str, str] | tuple[str, str, Json]
Engage = Callable[..., Json]


@pytest.fixture
def engage(live: Service, cast: Cast) -> Iterator[Engage]:
    """Return a function that opens an engagement as the partner's interest, and makes moves in it.

    It is all gone after the test.
    """

    def run(*moves: Step) -> Json:
        one = engaging.open_engagement(live, cast["partner"].caller, NEED, offer=OFFER, note="We.")
        for who, name, *given in moves:
            told: Json = given[0] if given else {}
            one = engaging.move(live, cast[who].caller, one["id"], name, **told)
        return one

    yield run
    live.records.delete("engagement", {"stage": list(load_rules().stages)})
    live.records.delete("notice", {"seen": [True, False]})
