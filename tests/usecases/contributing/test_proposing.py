"""What is to be written, made ready, without any database: provenance, patches, identifiers, owners."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.checking import is_slug
from matchmaker.graph import Snapshot
from matchmaker.permissions import PUBLIC, Caller, Role
from matchmaker.usecases.contributing.proposing import (
    new_ids,
    owner_sets,
    patched,
    slug_of,
    stated,
    writable,
)
from tests.factory import SCHEMA, make_need, make_offer, make_source, small_world

OFFICER = Caller(Role.CITY_OFFICER, "a1", frozenset({"uptown"}))
BANK = Caller(Role.PARTNER, "a2", frozenset({"bank"}))
STAFF = Caller(Role.SECRETARIAT, "a3")
PORTAL = Caller(Role.PORTAL, "a4")
TODAY = "2026-05-01"
NEED = {"id": "uptown-need-9", "type": "need", "title": "Pipes", "city": "uptown"}


@pytest.fixture(scope="module")
def world() -> Snapshot:
    sources = [make_source("city-submission"), make_source("partner-submission")]
    return Snapshot.build(SCHEMA, [*small_world(), *sources])


@pytest.mark.parametrize(
    ("caller", "source"), [(OFFICER, "city-submission"), (BANK, "partner-submission")]
)
def test_who_names_no_source_is_cited_himself(world: Snapshot, caller: Caller, source: str) -> None:
    found = stated(world, NEED, caller, TODAY)
    assert found["source"] == [source]
    assert found["locator"] == [f"account statement, {TODAY}"]
    assert (found["date"], found["source_held"]) == (TODAY, True)


@pytest.mark.parametrize("caller", [STAFF, PORTAL, PUBLIC])
def test_all_others_name_their_sources(world: Snapshot, caller: Caller) -> None:
    assert stated(world, NEED, caller, TODAY) == NEED


def test_what_is_given_in_part_is_left_for_the_schema_to_refuse(world: Snapshot) -> None:
    given = NEED | {"source": ["made-up"]}
    assert stated(world, given, OFFICER, TODAY) == given


def test_without_such_a_source_in_the_graph_the_schema_says_what_is_missing() -> None:
    bare = Snapshot.build(SCHEMA, small_world())
    assert stated(bare, NEED, OFFICER, TODAY) == NEED


def test_a_change_keeps_what_was_cited_and_a_later_word_replaces_the_earlier_one(
    world: Snapshot,
) -> None:
    changed = {**NEED, "id": "uptown-need-1"}
    first = stated(world, changed, OFFICER, TODAY)
    assert first["source"] == ["made-up", "city-submission"]
    known = make_need("uptown-need-1", source=tuple(first["source"]),
                      locator=tuple(first["locator"]), source_held=False)  # fmt: skip
    later = stated(world.with_values({known.id: known}), changed, OFFICER, "2026-06-01")
    assert later["source"] == ["made-up", "city-submission"]
    assert later["locator"] == ["p. 1", "account statement, 2026-06-01"]
    assert later["source_held"] is False  # what was not held before is not held now


def test_to_say_the_same_again_changes_no_provenance(world: Snapshot) -> None:
    standing = world.get("need", "uptown-need-1")
    same = patched(standing, {}, OFFICER)
    assert "source" not in same
    assert stated(world, same, OFFICER, TODAY) == standing.as_json()


def test_a_patch_by_staff_keeps_the_sources(world: Snapshot) -> None:
    standing = world.get("need", "uptown-need-1")
    assert patched(standing, {"year": 2020}, STAFF)["source"] == ["made-up"]
    named = patched(standing, {"date": "2025", "topics": None}, OFFICER)
    assert (named["source"], named["date"]) == (["made-up"], "2025")
    assert "topics" not in named


def test_own_is_what_is_own_as_it_stands_and_as_it_would_be(world: Snapshot) -> None:
    moved = make_need("uptown-need-1", city="lowtown")
    sides = owner_sets(world, moved, moved.id)
    assert [OFFICER.owns(side) for side in sides] == [True, False]
    given = make_offer("bank-finance", partner="college")
    assert [BANK.owns(side) for side in owner_sets(world, given, given.id)] == [True, False]
    assert len(owner_sets(world, make_need("new"), "new")) == 1
    assert len(owner_sets(world, None, "uptown-need-1")) == 1


@given(st.text(max_size=300), st.text(max_size=120))
def test_every_title_gives_identifiers(title: str, city: str) -> None:
    slug = slug_of(title)
    assert slug == "" or is_slug(slug)
    document = {"type": "need", "title": title, "city": city}
    found = list(islice(new_ids(SCHEMA, document, "0a1b2c3d"), 100))
    assert all(map(is_slug, found))
    assert len(set(found)) == len(found)


@given(st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.text(max_size=5)))
def test_plain_members_are_written_as_they_are(document: dict[str, object]) -> None:
    assert writable(document) == document
