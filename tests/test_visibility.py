"""Visibility: who sees which property, and that what is hidden is out of every reader's reach."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.errors import InvalidDataError
from matchmaker.graph import Snapshot
from matchmaker.model import Change, Entity
from matchmaker.permissions import MEMBERS, PUBLIC, SYSTEM, Caller, Role, Scope
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.usecases.reading.filtering import filters_of
from matchmaker.usecases.reading.sorting import sortable
from matchmaker.visibility import (
    Views,
    as_seen,
    as_written,
    hidden_properties,
    may_see,
    owners_of,
    view,
)
from tests.factory import SCHEMA, make_need, make_offer, make_partner, small_world
from tests.planted import AUDIENCES, planted_world, sees

OFFICER = Caller(Role.CITY_OFFICER, "a1", frozenset({"uptown"}))
STRANGER = Caller(Role.CITY_OFFICER, "a2", frozenset({"lowtown"}))
BANK = Caller(Role.PARTNER, "a3", frozenset({"bank"}))
KEY = Caller(Role.CITY_OFFICER, "a1", frozenset({"uptown"}), frozenset({Scope.READ}))


@pytest.fixture(scope="module")
def world() -> Snapshot:
    """Return the small world with something in every hidden property."""
    return Snapshot.build(SCHEMA, planted_world(), 4, "2024-06-30")


def shown(snapshot: Snapshot, caller: Caller, identifier: str) -> set[str]:
    entity = view(snapshot, caller).entities[identifier]
    hidden = hidden_properties(SCHEMA)[entity.type]
    return {p.name for p in hidden if p.name in entity.values}


MEMBERS_SEE = {"contact_office"}
PARTIES_SEE = {"contact_office", "budget", "budget_currency", "internal_note"}


@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        (PUBLIC, set()),
        (Caller(Role.PORTAL, "p"), set()),
        (Caller(Role.PORTAL, "p", frozenset({"uptown"})), set()),
        (BANK, MEMBERS_SEE),
        (STRANGER, MEMBERS_SEE),
        (OFFICER, PARTIES_SEE),
        (Caller(Role.NATIONAL_REPRESENTATIVE, "n", frozenset({"upland"})), PARTIES_SEE),
        (Caller(Role.NATIONAL_REPRESENTATIVE, "n", frozenset({"lowland"})), MEMBERS_SEE),
        (Caller(Role.SECRETARIAT, "s"), PARTIES_SEE),
        (Caller(Role.ADMINISTRATOR, "d"), PARTIES_SEE),
        (SYSTEM, PARTIES_SEE),
        (KEY, set()),
        (replace(KEY, scopes=frozenset({Scope.READ, Scope.READ_MEMBERS})), PARTIES_SEE),
        (Caller(Role.ADMINISTRATOR, "d", scopes=frozenset({Scope.READ})), set()),
    ],
)
def test_a_need_shows_each_caller_what_is_for_him(
    world: Snapshot, caller: Caller, seen: set[str]
) -> None:
    assert shown(world, caller, "uptown-need-1") == seen


def test_an_offer_shows_its_terms_to_its_partner_and_not_to_another(world: Snapshot) -> None:
    assert shown(world, BANK, "bank-finance") == {"contact_office", "terms_note"}
    assert shown(world, BANK, "busmaker-technology") == {"contact_office"}
    assert shown(world, OFFICER, "bank-finance") == {"contact_office"}


@given(st.sampled_from(AUDIENCES), st.sampled_from(sorted(hidden_properties(SCHEMA))))
def test_every_role_sees_of_every_type_what_the_rules_say(caller: Caller, kind: str) -> None:
    whole = Snapshot.build(SCHEMA, planted_world(), 4, "2024-06-30")
    seen = view(whole, caller)
    for entity in whole.of_type(kind).values():
        for prop in hidden_properties(SCHEMA)[kind]:
            there = prop.name in seen.entities[entity.id].values
            assert there is sees(caller, entity, prop), (entity.id, prop.name)


def test_a_view_differs_in_hidden_properties_only(world: Snapshot) -> None:
    hidden = {p.name for properties in hidden_properties(SCHEMA).values() for p in properties}
    seen = view(world, PUBLIC)
    assert list(seen.entities) == list(world.entities)
    assert (seen.sequence, seen.as_of) == (world.sequence, world.as_of)
    assert seen.relationship_count == world.relationship_count
    for identifier, entity in world.entities.items():
        kept = {n: v for n, v in entity.values.items() if n not in hidden}
        assert dict(seen.entities[identifier].values) == kept
        assert seen.get(entity.type, identifier) is seen.entities[identifier]
        assert seen.links_from(identifier) == world.links_from(identifier)
        assert seen.version(identifier) == world.version(identifier)


def test_the_view_of_those_who_see_all_and_of_data_without_secrets_is_the_snapshot_itself(
    world: Snapshot, seed_snapshot: Snapshot
) -> None:
    assert view(world, SYSTEM) is world
    assert view(seed_snapshot, PUBLIC) is seed_snapshot


def test_an_earlier_state_shows_no_more_than_the_present_one(world: Snapshot) -> None:
    earlier = make_need("uptown-need-1", internal_note="Long ago", contact_office="Old office")
    assert as_seen(world, earlier, PUBLIC) == make_need("uptown-need-1")
    assert as_seen(world, earlier, OFFICER) is earlier
    gone = make_need("gone-need", internal_note="Of a need that is no more")
    assert "internal_note" not in as_seen(world, gone, STRANGER).values


def test_callers_who_see_the_same_share_a_view_until_the_graph_moves_on(world: Snapshot) -> None:
    views = Views()
    public = views.of(world, PUBLIC)
    assert views.of(world, Caller(Role.PORTAL, "p")) is public
    assert views.of(world, KEY) is public
    assert views.of(world, OFFICER) is views.of(world, OFFICER)
    assert views.of(world, OFFICER) is not views.of(world, STRANGER)
    changed = make_partner("bank", contact_office="Another office")
    before = world.entities["bank"]
    later = world.moved_forward([Change(5, "2024-07-01", "test", "bank", before, changed)])
    assert views.of(later, PUBLIC) is not public
    assert views.of(later, BANK).entities["bank"].text("contact_office") == "Another office"
    assert "contact_office" not in views.of(later, PUBLIC).entities["bank"].values


def test_many_audiences_at_once_each_get_their_own_view(world: Snapshot) -> None:
    views, found = Views(), list[tuple[Caller, Snapshot]]()

    def ask(caller: Caller) -> None:
        for _ in range(20):
            found.append((caller, views.of(world, caller)))

    threads = [threading.Thread(target=ask, args=(caller,)) for caller in AUDIENCES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20 * len(AUDIENCES)
    for caller, seen in found:
        assert dict(seen.entities) == dict(view(world, caller).entities)


def test_what_a_writer_cannot_see_stays_as_it_is(world: Snapshot) -> None:
    sent = make_need("uptown-need-1", title="New title")
    stored = world.entities["uptown-need-1"]
    for caller in (PUBLIC, BANK):
        written = as_written(world, sent, caller)
        assert written.text("title") == "New title"
        for name in PARTIES_SEE - shown(world, caller, "uptown-need-1"):
            assert written.values[name] == stored.values[name]
        order = [n for n in SCHEMA.entities["need"].properties if n in written.values]
        assert list(written.values) == order


def test_a_writer_may_change_and_clear_what_he_sees(world: Snapshot) -> None:
    sent = make_need("uptown-need-1", internal_note="Another note")
    assert as_written(world, sent, OFFICER) is sent
    assert "budget" not in as_written(world, sent, OFFICER).values
    cleared = as_written(world, make_need("uptown-need-1"), BANK)
    assert "contact_office" not in cleared.values


@pytest.mark.parametrize("caller", [PUBLIC, STRANGER, KEY, Caller(Role.PORTAL, "p")])
def test_nobody_sets_what_he_may_not_see(world: Snapshot, caller: Caller) -> None:
    for sent in (
        make_need("uptown-need-1", internal_note="Planted"),
        make_need("new-need", budget=1.0),
    ):
        with pytest.raises(InvalidDataError, match="not for you to see") as caught:
            as_written(world, sent, caller)
        assert len(caught.value.faults) == 1


def test_to_claim_a_city_in_the_document_opens_nothing_of_another_ones_need(
    world: Snapshot,
) -> None:
    claimed = make_need("uptown-need-1", city="lowtown", internal_note="Mine now")
    with pytest.raises(InvalidDataError, match="internal_note"):
        as_written(world, claimed, STRANGER)


def test_an_identifier_of_another_type_gives_nothing_away(world: Snapshot) -> None:
    sent = make_offer("uptown-need-1", partner="bank")
    assert as_written(world, sent, BANK) is sent


def test_reading_changing_and_writing_back_loses_nothing(world: Snapshot) -> None:
    for caller in AUDIENCES:
        for entity in world.entities.values():
            read = as_seen(world, entity, caller)
            assert as_written(world, read, caller) == entity


def test_owners_are_the_city_with_its_country_and_the_partner(world: Snapshot) -> None:
    def owners(identifier: str) -> set[str]:
        return set(owners_of(world, world.entities[identifier]))

    assert owners("uptown-need-1") == {"uptown", "upland"}
    assert owners("uptown") == {"uptown", "upland"}
    assert owners("bank-finance") == {"bank"}
    assert owners("bank") == {"bank"}
    assert owners("upland") == {"upland"}
    assert owners("bank-uptown") == {"uptown", "upland", "bank"}
    assert owners("water") == set()


def test_what_is_not_public_cannot_be_inferred(schema: Schema) -> None:
    secret = hidden_properties(schema)
    assert set(secret) == {"need", "offer", "partner"}
    for name, properties in secret.items():
        kind = schema.entities[name]
        for prop in properties:
            assert not any((prop.search, prop.target, prop.required, prop.default))
            assert prop.name != kind.caption
            assert prop.name not in filters_of(schema, name)
            assert not [f for f in filters_of(schema, name) if f.startswith(f"{prop.name}.")]
            assert prop.name not in sortable(kind)


def test_the_guide_says_of_each_property_that_is_not_public_who_sees_it(schema: Schema) -> None:
    text = (Path(__file__).resolve().parent.parent / "docs" / "api.md").read_text("utf-8")
    told = re.findall(r"^\| (\w+) `(\w+)` \| `(members|parties)` \|$", text, re.MULTILINE)
    assert {(kind, name): seen for kind, name, seen in told} == {
        (kind, prop.name): prop.visibility
        for kind, properties in hidden_properties(schema).items()
        for prop in properties
    }


def test_the_seeds_hold_nothing_that_is_not_public(schema: Schema, seeds: SeedSet) -> None:
    for entity in seeds.entities:
        for prop in hidden_properties(schema).get(entity.type, ()):
            assert prop.name not in entity.values


def test_everybody_sees_what_is_public_and_members_are_the_roles_of_the_network() -> None:
    title = SCHEMA.entities["need"].properties["title"]
    assert all(may_see(title, Caller(role), frozenset()) for role in Role)
    office = SCHEMA.entities["need"].properties["contact_office"]
    assert {r for r in Role if may_see(office, Caller(r, "x"), frozenset())} == MEMBERS


def test_the_small_world_is_planted_everywhere() -> None:
    planted = {e.id: e for e in planted_world()}
    assert list(planted) == [e.id for e in small_world()]
    for entity in planted.values():
        for prop in hidden_properties(SCHEMA).get(entity.type, ()):
            assert prop.name in entity.values, (entity.id, prop.name)


def test_an_entity_without_secrets_is_the_very_same(world: Snapshot) -> None:
    city: Entity = world.entities["uptown"]
    assert as_seen(world, city, PUBLIC) is city
