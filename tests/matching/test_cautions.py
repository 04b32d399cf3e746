"""Cautions about offers: said beside a match, and no part of its score."""

from __future__ import annotations

from typing import Any

import pytest

from matchmaker.graph import Snapshot
from matchmaker.matching.cautions import cautions_of
from matchmaker.matching.index import Index
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.reading.filtering import select
from tests.factory import SCHEMA, make_offer, small_world

OFFER = next(one.id for one in small_world() if one.type == "offer")


def snapshot(**flags: Any) -> Snapshot:
    """Return the small world with flags on its first offer."""
    found = []
    for one in small_world():
        held = dict(one.values)
        found.append(make_offer(OFFER, **{**held, **flags}) if one.id == OFFER else one)
    return Snapshot.build(SCHEMA, found, as_of="2026-11-23")


def test_what_nobody_has_documented_is_no_caution() -> None:
    for flags in ({}, {"tied_finance": "unknown", "lock_in": "unknown"},
                  {"tied_finance": "untied", "lock_in": "open_standards"}):  # fmt: skip
        assert cautions_of(snapshot(**flags), OFFER) == []
    assert cautions_of(snapshot(), None) == []


def test_a_caution_says_in_plain_words_what_and_where_it_is_documented() -> None:
    source = next(iter(snapshot().of_type("source")))
    held = snapshot(
        tied_finance="tied", tied_finance_note="Farland only.", lock_in="partly_open",
        caution_source=source,
    )  # fmt: skip
    tied, bound = cautions_of(held, OFFER)
    assert tied == {
        "name": "tied_finance", "label": "Tied finance",
        "says": "The money must be spent with suppliers of a named country. Farland only.",
        "source": {"id": source, "title": SCHEMA.caption(held.entities[source])},
    }  # fmt: skip
    assert bound["says"] == "Some of its parts can be had from one maker only."


@pytest.mark.parametrize("flags", [{"tied_finance": "tied"}, {"lock_in": "proprietary"}])
def test_a_flag_changes_no_score_and_stands_beside_every_match_of_the_offer(
    flags: dict[str, str],
) -> None:
    plain, flagged = (Matcher(Index.build(snapshot(**held), {})) for held in ({}, flags))
    before, after = (one.offer_matches(OFFER, 50)["matches"] for one in (plain, flagged))
    assert before, "the offer has matches"
    for old, new in zip(before, after, strict=True):
        assert [c["name"] for c in new["cautions"]] == list(flags)
        assert old["cautions"] == []
        assert {**new, "cautions": []} == old


def test_offers_are_filtered_by_their_flags() -> None:
    held = snapshot(tied_finance="partly")
    assert [one.id for one in select(held, "offer", {"tied_finance": ["partly"]})] == [OFFER]
