"""Declines: what they cover, how long they count, what lifts them, and who is refused by them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.graph import Snapshot
from matchmaker.matching.declines import MATERIAL, basis_of, declines_on
from matchmaker.matching.index import Index
from matchmaker.matching.question import Question
from matchmaker.model import Change, Entity
from matchmaker.usecases.matches import Matcher
from tests.factory import SCHEMA, make, make_need, make_offer, make_partner, small_world
from tests.matching.worlds import NEEDS, indexes

AS_OF = "2026-02-28"
NEED, PARTNER, OFFER = "uptown-need-1", "bank", "bank-finance"


def world(*more: Entity, as_of: str = AS_OF) -> Snapshot:
    entities = {e.id: e for e in (*small_world(), *more)}
    return Snapshot.build(SCHEMA, entities.values(), 7, as_of)


def decline(
    snapshot: Snapshot, need: str, partner: str, offer: str = "", until: str = "2029-01-01"
) -> Entity:
    usual = {
        "title": "Made-up decline", "need": need, "partner": partner, "offer": offer or None,
        "reason": "terms", "until": until, "basis": basis_of(snapshot, need, partner, offer),
        "date": "2026-01-01",
    }  # fmt: skip
    return make("decline", f"declined-{need}-{offer or partner}", {}, usual)


def with_decline(snapshot: Snapshot, one: Entity) -> Snapshot:
    return snapshot.moved_forward([Change(snapshot.sequence + 1, "", "", one.id, None, one)])


def test_a_decline_counts_through_its_last_day_by_the_day_of_the_data() -> None:
    for as_of, counts in (("2028-12-31", True), ("2029-01-01", True), ("2029-01-02", False)):
        plain = world(as_of=as_of)
        held = with_decline(plain, decline(plain, NEED, PARTNER, OFFER))
        assert bool(declines_on(held, NEED)) is counts
    assert declines_on(world(), NEED) == ()


@pytest.mark.parametrize(
    ("changed", "lifts"),
    [
        (make_need(NEED, description="Quite another thing."), True),
        (make_need(NEED, topics=("buses",)), True),
        (make_need(NEED, contact_office="Works"), False),
        (make_offer(OFFER, title="Another offer"), True),
        (make_offer(OFFER, valid_until="2031"), False),
        (make_partner(PARTNER, profile="Another profile."), False),
    ],
)
def test_a_decline_of_an_offer_is_lifted_once_need_or_offer_says_something_else(
    changed: Entity, lifts: bool
) -> None:
    plain = world()
    assert plain.entities[NEED] == make_need(NEED), "the examples change one thing each"
    held = with_decline(plain, decline(plain, NEED, PARTNER, OFFER))
    before = held.entities[changed.id]
    if changed.type == "offer":  # what an offer of the small world says else stays
        said = {n: changed.values[n] for n in ("title", "valid_until") if n in changed.values}
        kept = {**before.values, **said}
        if changed.text("valid_until"):
            kept["title"] = before.values["title"]
        changed = Entity("offer", OFFER, kept)
    moved = held.moved_forward([Change(9, "", "", changed.id, before, changed)])
    assert (declines_on(moved, NEED) == ()) is lifts


def test_a_decline_of_a_partner_is_lifted_by_a_new_offer() -> None:
    plain = world()
    held = with_decline(plain, decline(plain, NEED, PARTNER))
    assert declines_on(held, NEED)
    fresh = make_offer("bank-fresh", partner=PARTNER)
    assert not declines_on(held.moved_forward([Change(9, "", "", fresh.id, None, fresh)]), NEED)


def test_what_counts_as_material_are_public_properties_that_there_are() -> None:
    for kind, names in MATERIAL.items():
        known = SCHEMA.entities[kind].properties
        for name in set(names) & known.keys():
            assert known[name].visibility == "public"
    assert set(MATERIAL["need"]) <= SCHEMA.entities["need"].properties.keys()


@given(index=indexes(), data=st.data())
def test_a_decline_refuses_what_it_covers_and_moves_nobody_else_among_the_others(
    index: Index, data: st.DataObject
) -> None:
    need = data.draw(st.sampled_from(NEEDS))
    supply = data.draw(st.sampled_from(index.columns.supplies))
    whole = data.draw(st.booleans())
    snapshot = index.snapshot
    offer = "" if whole else supply.offer or ""
    held = with_decline(snapshot, decline(snapshot, need, supply.partner, offer, "2999-01-01"))
    moved = Index.build(held, index.vectors, index)
    matcher = Matcher(moved)
    asked, plain = matcher.question(need), Question(index, index.profiles.needs[need])
    (one,) = asked.declines
    gone = {s.id for s in index.columns.supplies if one.covers(s)}
    assert supply.id in gone
    assert [(s.supply.id, s.score) for s in asked.ranking()] == [
        (s.supply.id, s.score) for s in plain.ranking() if s.supply.id not in gone
    ]
    told = {i for i, found in asked.excluded.items() if any(r.rule == "declined" for r in found)}
    assert told == gone
    others = matcher.without_declines()
    assert others.question(need).order == plain.order
    assert others.question(need).excluded == plain.excluded
    for other in set(NEEDS) - {need}:
        assert others.question(other) is matcher.question(other), "one question serves both"


def test_without_any_decline_everybody_is_served_by_the_same_matcher() -> None:
    matcher = Matcher(Index.build(world(), {}))
    assert matcher.without_declines() is matcher


def test_the_pair_tells_of_its_decline_to_members_only() -> None:
    plain = world()
    held = with_decline(plain, decline(plain, NEED, PARTNER, OFFER))
    matcher = Matcher(Index.build(held, {}))
    told = matcher.pair(NEED, OFFER)
    assert (told["eligible"], told["rank"]) == (False, None)
    assert [r["rule"] for r in told["reasons"]] == ["declined"]
    assert "The terms cannot be accepted." in told["reasons"][0]["message"]
    public = matcher.without_declines()
    assert public.pair(NEED, OFFER)["eligible"]
    before = Matcher(Index.build(plain, {}))
    for document in (public.need_matches(NEED, 20), before.need_matches(NEED, 20)):
        document.pop("snapshot")
    assert public.need_matches(NEED, 20)["matches"] == before.need_matches(NEED, 20)["matches"]
