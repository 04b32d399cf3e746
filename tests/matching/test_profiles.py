"""Profiles: what matching reads of cities, needs and supplies."""

from __future__ import annotations

from matchmaker.graph import Snapshot
from matchmaker.matching.index import Index
from matchmaker.matching.profiles import Profiles, build_profiles, text_of
from matchmaker.model import Entity
from matchmaker.topics import TopicScheme
from tests.factory import (
    SCHEMA,
    make_need,
    make_offer,
    make_partner,
    make_project,
    make_project_listing,
    small_world,
)


def profiles(*more: Entity, without: tuple[str, ...] = ()) -> Profiles:
    replaced = {e.id for e in more} | set(without)
    entities = [e for e in small_world() if e.id not in replaced]
    snapshot = Snapshot.build(SCHEMA, [*entities, *more], 0, "2024-06-30")
    return build_profiles(snapshot, TopicScheme(snapshot.of_type("topic").values()))


def test_every_partner_is_a_supply_by_its_offers_or_else_by_its_bare_profile(
    seed_index: Index,
) -> None:
    snapshot, supplies = seed_index.snapshot, seed_index.profiles.supplies
    offering = {o.text("partner") for o in snapshot.of_type("offer").values()}
    assert set(supplies) == set(snapshot.of_type("offer")) | (
        set(snapshot.of_type("partner")) - offering
    )
    for supply in supplies.values():
        assert supply.id in (supply.offer, supply.partner)
        assert (supply.offer is None) == (supply.partner not in offering)


def test_an_offers_statements_are_its_own_its_partners_and_its_collaborations() -> None:
    supply = profiles().supplies["bank-finance"]
    assert supply.statements == {
        "bank": ("water",), "bank-finance": (), "bank-uptown": ("water",),
    }  # fmt: skip
    assert supply.support == {"finance"}
    assert [i.id for i in supply.involvements] == ["bank-uptown"]


def test_a_partner_without_an_offer_speaks_by_its_profile_alone() -> None:
    supply = profiles(without=("college-technology",)).supplies["college"]
    assert supply.offer is None
    assert supply.support == frozenset()
    assert supply.statements == {"college": ()}
    assert supply.status == "active"


def test_an_offers_limits_and_its_partners_mandate_are_read() -> None:
    bank = make_partner("bank", mandate=("upland",), mandate_note="By its statutes.")
    offer = make_offer(limited_to=("lowland",), valid_until="2025", status="withdrawn")
    supply = profiles(bank, offer).supplies["bank-finance"]
    assert (supply.mandate, supply.limited_to) == (("upland",), ("lowland",))
    assert (supply.valid_until, supply.status, supply.home) == ("2025", "withdrawn", "farland")


def test_a_citys_focus_areas_come_from_what_is_stated_or_else_from_topics() -> None:
    found = profiles(make_need("midtown-need-2", city="midtown", focus_area=None,
                               topics=("buses",)))  # fmt: skip
    assert found.cities["uptown"].focus_areas == {"environment", "mobility"}
    assert found.cities["midtown"].focus_areas == {"environment", "mobility"}
    assert found.cities["lowtown"].focus_areas == {"mobility"}
    assert found.cities["midtown"].population == 250_000
    assert found.cities["uptown"].population is None


def test_a_need_is_as_fresh_as_the_last_listing_that_shows_it_alive() -> None:
    project = make_project(continues="uptown-need-1")
    found = profiles(
        project,
        make_project_listing("l-2022", date="2022-05-01", year=2022),
        make_project_listing("l-2023", date="2023-05-01", year=2023),
        make_project_listing("l-2025", date="2025-05-01", year=2025, status="completed"),
        make_need("uptown-need-1", date="2018-07-08"),
        without=("uptown-project-1-2019",),
    )
    need = found.needs["uptown-need-1"]
    assert (need.fresh_on, need.fresh_by) == ("2023-05-01", "l-2023")
    other = found.needs["midtown-need-1"]
    assert (other.fresh_on, other.fresh_by) == ("2024-01-01", "midtown-need-1")


def test_only_what_takes_part_in_text_matching_has_a_text(world: Snapshot) -> None:
    with_text = {e.type for e in world.entities.values() if text_of(e) is not None}
    assert with_text == {"need", "offer", "partner", "collaboration"}
    assert text_of(Entity("need", "n", {"title": "Only a title"})) == "Only a title"
