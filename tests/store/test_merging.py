"""Merging on a real Neo4j: references follow, the old identifier leads on for ever."""

from __future__ import annotations

import json

import pytest

from matchmaker.errors import ConflictError, InvalidDataError, MovedError, NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import Schema
from matchmaker.store.connection import Connection
from matchmaker.store.merging import MOST_REFERRING
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.store.saved import load_saved, save_snapshot
from tests.conftest import Ask
from tests.factory import (
    make_city,
    make_collaboration,
    make_need,
    make_offer,
    make_partner,
    make_source,
    make_topic,
    seed_set,
    small_world,
)
from tests.store.cutting import CuttingProxy
from tests.store.links import links_in, links_of

TWIN = make_partner("bank-twin", profile="The same bank, told otherwise.")


@pytest.fixture
def world(store: Neo4jStore) -> Neo4jStore:
    """Return the store with the small world and a duplicate of its bank that others refer to."""
    store.load(seed_set(small_world()), actor="seeds")
    store.put(TWIN, actor="somebody")
    store.put(make_offer("twin-offer", partner="bank-twin"), actor="somebody")
    store.put(make_collaboration("twin-midtown", partner="bank-twin", city="midtown"), actor="x")
    return store


def test_references_follow_and_the_duplicate_goes(
    world: Neo4jStore, schema: Schema, ask: Ask
) -> None:
    before = world.snapshot()
    changes = world.merge("bank-twin", "bank", actor="somebody")
    assert [(c.sequence, c.entity_id) for c in changes] == [
        (5, "twin-midtown"), (6, "twin-offer"), (7, "bank-twin"),
    ]  # fmt: skip
    assert [c.merged_into for c in changes] == ["", "", "bank"]
    assert (changes[-1].before, changes[-1].after) == (TWIN, None)
    assert world.changes_since(4) == changes
    after = world.snapshot()
    assert after.entities["twin-offer"].text("partner") == "bank"
    assert after.entities["bank"] == before.entities["bank"]
    assert (after.version("twin-offer"), after.version("bank")) == (6, 1)
    assert "bank-twin" not in after.entities
    assert links_in(ask) == links_of(schema, after.entities.values())


def test_a_reader_who_follows_the_log_step_by_step_always_has_a_whole_graph(
    world: Neo4jStore, schema: Schema
) -> None:
    snapshot = world.snapshot()
    for change in world.merge("bank-twin", "bank", actor="somebody"):
        snapshot = snapshot.moved_forward([change])
        for entity in snapshot.entities.values():
            assert all(link.end in snapshot.entities for link in schema.relationships_of(entity))
    assert dict(snapshot.redirects) == dict(world.snapshot().redirects) == {"bank-twin": "bank"}


def test_the_old_identifier_leads_to_what_stays_and_is_never_used_again(world: Neo4jStore) -> None:
    world.merge("bank-twin", "bank", actor="somebody")
    with pytest.raises(MovedError) as caught:
        world.snapshot().get("partner", "bank-twin")
    assert (caught.value.identifier, caught.value.target) == ("bank-twin", "bank")
    with pytest.raises(NotFoundError):  # asked for as another type it is nothing
        world.snapshot().get("city", "bank-twin")
    for attempt in (
        lambda: world.put(TWIN, actor="x"),
        lambda: world.put(make_city("bank-twin"), actor="x", expected=None),
        lambda: world.delete("bank-twin", actor="x"),
        lambda: world.merge("bank-twin", "bank", actor="x"),
        lambda: world.merge("college", "bank-twin", actor="x"),
    ):
        with pytest.raises(ConflictError, match="merged into 'bank'"):
            attempt()
    assert world.sequence() == 7


def test_chains_are_flattened(world: Neo4jStore, schema: Schema) -> None:
    start = world.snapshot()
    world.merge("bank-twin", "bank", actor="x")
    world.merge("bank", "college", actor="x")
    read = world.snapshot()
    moved = start.moved_forward(world.changes_since(start.sequence))
    for snapshot in (read, moved):
        assert dict(snapshot.redirects) == {"bank-twin": "college", "bank": "college"}
    assert read.entities == moved.entities


def test_duplicates_and_references_to_itself_are_dropped(world: Neo4jStore) -> None:
    world.put(make_topic("pipes", related=("water", "buses")), actor="x")
    world.put(make_need("both", topics=("water", "pipes", "buses")), actor="x")
    world.put(make_topic("water", broader=("environment",), related=("pipes",)), actor="x")
    world.merge("pipes", "water", actor="x")
    entities = world.snapshot().entities
    assert entities["both"].refs("topics") == ("water", "buses")
    assert entities["water"].refs("related") == ()
    assert entities["water"].refs("broader") == ("environment",)


def test_merged_sources_keep_every_place_cited(world: Neo4jStore) -> None:
    world.put(make_source("made-up-copy"), actor="x")
    cited = {
        "source": ("made-up", "made-up-copy", "made-up-copy"),
        "locator": ("p. 1", "p. 1", "p. 9"),
    }
    world.put(make_city("newtown", **cited), actor="x")
    world.merge("made-up-copy", "made-up", actor="x")
    found = world.snapshot().entities["newtown"]
    assert [(c.source, c.locator) for c in found.citations] == [
        ("made-up", "p. 1"), ("made-up", "p. 9"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "into", "error", "message"),
    [
        ("bank-twin", "bank-twin", ConflictError, "into itself"),
        ("bank-twin", "uptown", ConflictError, "is a partner and 'uptown' a city"),
        ("nobody", "bank", NotFoundError, "nobody"),
        ("bank", "nobody", NotFoundError, "nobody"),
    ],
)
def test_what_cannot_be_merged_is_refused(
    world: Neo4jStore, old: str, into: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        world.merge(old, into, actor="x")
    assert world.sequence() == 4


def test_a_merge_that_would_leave_a_required_reference_empty_is_refused(
    world: Neo4jStore, schema: Schema, ask: Ask
) -> None:
    # The two countries' cities stay valid; a made-up node past the schema shows the check.
    ask("MATCH (e:Entity {id: 'twin-offer'}) REMOVE e.title")
    with pytest.raises(InvalidDataError, match="offer twin-offer:title: is required"):
        world.merge("bank-twin", "bank", actor="x")
    assert world.sequence() == 4
    assert "bank-twin" in world.snapshot().entities


def test_a_repeat_under_the_same_uuid_returns_the_same_changes(world: Neo4jStore) -> None:
    first = world.merge("bank-twin", "bank", actor="x", uuid="m1")
    world.merge("bank", "college", actor="x")
    assert world.merge("bank-twin", "bank", actor="x", uuid="m1") == first
    with pytest.raises(ConflictError, match="same uuid"):
        world.merge("college", "busmaker", actor="x", uuid="m1")
    with pytest.raises(ConflictError, match="same uuid"):
        world.delete("bank-twin", actor="x", uuid="m1")


def test_a_lost_answer_to_the_commit_does_not_merge_twice(
    world: Neo4jStore, database: Connection, schema: Schema
) -> None:
    with CuttingProxy(database) as proxy, Neo4jStore(proxy.connection, schema) as cut:
        proxy.cut_at_commits(1)
        changes = cut.merge("bank-twin", "bank", actor="x")
        assert proxy.cuts == 1
    assert world.changes_since(4) == changes


def test_seeds_loaded_after_a_merge_bring_nothing_back(world: Neo4jStore) -> None:
    world.merge("bank", "college", actor="x")
    merged = world.snapshot()
    again = seed_set([*small_world(), make_offer("new-offer", partner="bank")])
    for overwrite in (False, True):
        world.load(again, actor="seeds", overwrite=overwrite)
        entities = world.snapshot().entities
        assert "bank" not in entities
        assert entities["new-offer"].text("partner") == "college"
        assert entities["bank-finance"] == merged.entities["bank-finance"]
    assert world.load(again, actor="seeds").updated == 0
    assert dict(world.snapshot().redirects) == {"bank": "college"}


def test_a_saved_snapshot_keeps_versions_and_redirects(
    world: Neo4jStore, schema: Schema, tmp_path
) -> None:
    world.merge("bank-twin", "bank", actor="x")
    snapshot = world.snapshot()
    save_snapshot(snapshot, tmp_path / "saved.gz")
    back = load_saved(tmp_path / "saved.gz", schema)
    assert dict(back.redirects) == {"bank-twin": "bank"}
    assert {i: back.version(i) for i in back.entities} == {
        i: snapshot.version(i) for i in snapshot.entities
    }
    with pytest.raises(MovedError):
        back.get("partner", "bank-twin")


def test_what_many_refer_to_is_merged_in_a_small_heap_and_more_is_refused(
    world: Neo4jStore, schema: Schema, ask: Ask
) -> None:
    def needs(count: int) -> list[Entity]:
        words = "Words of some length. " * 15
        return [make_need(f"n-{i}", city="lowtown", description=words) for i in range(count)]

    fixed = list(small_world())
    there = sum("lowtown" in {link.end for link in schema.relationships_of(e)} for e in fixed)
    world.load(seed_set([*fixed, *needs(MOST_REFERRING - there)]), actor="seeds")
    changes = world.merge("lowtown", "midtown", actor="x")
    assert len(changes) == MOST_REFERRING + 1
    assert [c.sequence for c in changes] == list(range(6, 6 + len(changes)))
    read = world.snapshot()
    assert links_in(ask) == links_of(schema, read.entities.values())
    with pytest.raises(ConflictError, match="More than 2000"):
        world.merge("midtown", "uptown", actor="x")


def test_redirects_are_read_by_whoever_comes_later(world: Neo4jStore, schema: Schema) -> None:
    world.merge("bank-twin", "bank", actor="x")
    built = Snapshot.build(schema, []).moved_forward(world.changes_since(0))
    read = world.snapshot()
    assert json.dumps(dict(built.redirects)) == json.dumps(dict(read.redirects))
    assert {i: built.version(i) for i in built.entities} == {
        i: read.version(i) for i in read.entities
    }
