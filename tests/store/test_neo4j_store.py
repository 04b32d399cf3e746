"""The store on a real Neo4j: writes, the log and reading."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    InvalidDataError,
    NotFoundError,
    VersionConflictError,
)
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import Schema
from matchmaker.store.connection import Connection
from matchmaker.store.neo4j_store import Neo4jStore
from tests.conftest import Ask
from tests.factory import make_city, make_country, make_need, seed_set, small_world
from tests.store.links import links_in, links_of
from tests.store.worker import Worker


@pytest.fixture
def world(store: Neo4jStore) -> Neo4jStore:
    """Return the store with the small world loaded."""
    store.load(seed_set(small_world()), actor="seeds")
    return store


def test_every_value_is_read_back_as_it_was_written(world: Neo4jStore) -> None:
    entities, sequence, as_of = world.read()
    assert entities == sorted(small_world(), key=lambda entity: entity.id)
    assert (sequence, as_of) == (1, "2024-06-30")
    kinds = {(n, type(v)) for e in entities for n, v in e.values.items() if n in ("value", "year")}
    assert kinds == {("value", float), ("year", int)}


def test_properties_come_in_the_order_of_the_schema(world: Neo4jStore, schema: Schema) -> None:
    for entity in world.read()[0]:
        order = [name for name in schema.entities[entity.type].properties if name in entity.values]
        assert list(entity.values) == order


def test_nodes_carry_two_labels_and_one_relationship_for_each_reference(
    world: Neo4jStore, schema: Schema, ask: Ask
) -> None:
    found = ask("MATCH (e:Entity {id: 'uptown'}) RETURN labels(e) AS labels")
    assert sorted(found[0]["labels"]) == ["City", "Entity"]
    assert links_in(ask) == links_of(schema, world.read()[0])


def test_the_real_seeds_come_back_unchanged(store: Neo4jStore, seeds, schema, ask: Ask) -> None:
    store.load(seeds, actor="seeds")
    entities, _, as_of = store.read()
    assert {e.id: e for e in entities} == {e.id: e for e in seeds.entities}
    assert as_of == seeds.as_of
    assert links_in(ask) == links_of(schema, entities)
    assert store.loaded_digest() == seeds.digest


def test_preparing_twice_changes_nothing(world: Neo4jStore, ask: Ask) -> None:
    shown = "SHOW INDEXES YIELD name, type, labelsOrTypes, properties RETURN * ORDER BY name"
    before, head = ask(shown), world.head()
    world.prepare()
    assert ask(shown) == before
    assert world.head() == head


def test_what_the_schema_declares_no_longer_is_dropped(world: Neo4jStore, ask: Ask) -> None:
    ask("CREATE INDEX matchmaker_text_Old_0 FOR (n:Old) ON (n.name)")
    ask("CREATE CONSTRAINT matchmaker_unique_Old_0 FOR (n:Old) REQUIRE n.id IS UNIQUE")
    ask("CREATE INDEX somebody_elses FOR (n:Old) ON (n.other)")
    world.prepare()
    names = {row["name"] for row in ask("SHOW INDEXES YIELD name")}
    ask("DROP INDEX somebody_elses")
    assert not [name for name in names if "_Old_" in name]
    assert "somebody_elses" in names


def test_each_label_has_an_index_and_searched_properties_a_full_text_one(
    world: Neo4jStore, schema: Schema, ask: Ask
) -> None:
    found = ask("SHOW INDEXES YIELD type, labelsOrTypes, properties WHERE labelsOrTypes <> []")
    held = {(row["type"], row["labelsOrTypes"][0], tuple(row["properties"])) for row in found}
    for kind in schema.entities.values():
        assert ("RANGE", kind.label, ("id",)) in held
        searched = tuple(p.name for p in kind.properties.values() if p.search)
        assert not searched or ("FULLTEXT", kind.label, searched) in held


def test_putting_creates_then_replaces_and_logs_before_and_after(
    world: Neo4jStore, schema: Schema, ask: Ask
) -> None:
    first, second = make_city("newtown"), make_city("newtown", country="lowland", population=5)
    created = world.put(first, actor="somebody")
    replaced = world.put(second, actor="somebody else")
    assert created is not None
    assert replaced is not None
    assert (created.before, created.after, created.sequence) == (None, first, 2)
    assert (replaced.before, replaced.after, replaced.sequence) == (first, second, 3)
    assert world.changes_since(1) == [created, replaced]
    assert world.changes_since(1, limit=1) == [created]
    assert links_in(ask) == links_of(schema, world.read()[0])


def test_putting_what_is_there_already_writes_nothing(world: Neo4jStore) -> None:
    assert world.put(make_city("uptown"), actor="somebody") is None
    assert world.sequence() == 1


def test_a_property_that_is_left_out_is_removed(world: Neo4jStore, ask: Ask) -> None:
    world.put(make_city("midtown"), actor="somebody")
    found = ask("MATCH (e:City {id: 'midtown'}) RETURN e.population AS population")
    assert found == [{"population": None}]


def test_a_write_moves_as_of_to_its_day_but_never_back(
    world: Neo4jStore, database: Connection, schema: Schema
) -> None:
    for day, as_of in (("2020-01-01", "2024-06-30"), ("2025-03-04", "2025-03-04")):
        moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
        with Neo4jStore(database, schema, clock=lambda moment=moment: moment) as store:
            change = store.put(make_city("newtown", population=moment.year), actor="somebody")
        assert change is not None
        assert change.at == f"{day}T00:00:00.000Z"
        assert world.read()[2] == as_of


def test_a_writer_is_told_when_somebody_else_was_quicker(world: Neo4jStore) -> None:
    world.put(make_city("uptown", population=1), actor="one")
    for kind, version, message in (
        ("uptown", 1, "changed by somebody else"), ("uptown", None, "exists already"),
        ("newtown", 1, "does not exist"),
    ):  # fmt: skip
        with pytest.raises(VersionConflictError, match=message) as caught:
            world.put(make_city(kind, population=2), actor="two", expected=version)
        assert caught.value.version == (2 if kind == "uptown" else 0)
    with pytest.raises(VersionConflictError, match="changed by somebody else"):
        world.delete("uptown-2020-pipes", actor="two", expected=7)
    with pytest.raises(VersionConflictError):  # even if it would change nothing
        world.put(make_city("uptown", population=1), actor="two", expected=1)
    assert world.sequence() == 2
    assert world.put(make_city("newtown"), actor="two", expected=None) is not None
    assert world.put(make_city("uptown", population=2), actor="two", expected=2) is not None


def test_every_entity_carries_the_number_of_its_last_change(
    world: Neo4jStore, schema: Schema, ask: Ask
) -> None:
    before = world.snapshot()
    assert {before.version(i) for i in before.entities} == {1}
    world.put(make_city("uptown", population=1), actor="one")
    world.put(make_city("newtown"), actor="one")
    world.delete("uptown-2020-pipes", actor="one")
    changed = [make_city("midtown", population=9) if e.id == "midtown" else e
               for e in small_world()]  # fmt: skip
    world.load(seed_set(changed), actor="seeds")
    read = world.snapshot()
    new = world.updates_since(1)
    moved = before.moved_forward(new.changes, new.as_of, new.sequence)
    for snapshot in (read, moved):
        versions = {i: snapshot.version(i) for i in snapshot.entities}
        assert {i: v for i, v in versions.items() if v != 1} == {
            "uptown": 2, "newtown": 3, "midtown": 5,
        }  # fmt: skip
        assert snapshot.version("uptown-2020-pipes") == 0
    assert ask("MATCH (e:City {id: 'midtown'}) RETURN e.version AS v") == [{"v": 5}]


def test_nodes_of_an_earlier_release_are_at_version_0_until_they_change(
    world: Neo4jStore, ask: Ask
) -> None:
    ask("MATCH (e:Entity) REMOVE e.version")
    assert world.snapshot().version("uptown") == 0
    changed = world.put(make_city("uptown", population=1), actor="one", expected=0)
    assert changed is not None
    assert world.snapshot().version("uptown") == 2


def test_a_repeat_under_the_same_uuid_returns_the_first_change_and_writes_nothing(
    world: Neo4jStore,
) -> None:
    first = world.put(make_city("newtown"), actor="one", expected=None, uuid="u1")
    assert world.put(make_city("newtown"), actor="one", expected=None, uuid="u1") == first
    world.put(make_city("newtown", population=5), actor="two")
    assert world.put(make_city("newtown"), actor="one", expected=None, uuid="u1") == first
    gone = world.delete("newtown", actor="one", uuid="u2")
    assert world.delete("newtown", actor="one", uuid="u2") == gone
    assert world.sequence() == 4
    with pytest.raises(ConflictError, match="same uuid"):
        world.put(make_city("uptown", population=1), actor="one", uuid="u1")


def test_an_identifier_belongs_to_one_type_only(world: Neo4jStore) -> None:
    with pytest.raises(ConflictError, match="belongs to a city"):
        world.put(make_country("uptown"), actor="somebody")


@pytest.mark.parametrize(
    ("entity", "message"),
    [
        (make_city("newtown", country="nowhere"), "country: there is no country 'nowhere'"),
        (make_city("newtown", country="uptown"), "'uptown' is a city, not a country"),
        (make_city("newtown", latitude=91.0), "latitude: 91.0 lies outside -90 to 90"),
        (make_city("newtown", name=None), "name: is required"),
        (make_city("Not A Slug"), "id: must be a slug"),
        (Entity("city", "newtown", {**make_city().values, "mayor": "x"}), "mayor: is not a prop"),
        (Entity("castle", "newtown", {}), "type: must be one of"),
    ],
)
def test_what_does_not_fit_the_schema_is_refused(
    world: Neo4jStore, entity: Entity, message: str
) -> None:
    with pytest.raises(InvalidDataError, match=message):
        world.put(entity, actor="somebody")
    assert world.sequence() == 1


def test_an_entity_may_refer_to_itself(world: Neo4jStore, ask: Ask, schema: Schema) -> None:
    topic = next(e for e in small_world() if e.id == "buses")
    looped = Entity("topic", "buses", {**topic.values, "related": ("buses",)})
    world.put(looped, actor="somebody")
    assert ("buses", "RELATED", "buses") in links_in(ask)
    assert links_in(ask) == links_of(schema, world.read()[0])


def test_what_others_refer_to_cannot_be_deleted(world: Neo4jStore) -> None:
    with pytest.raises(ConflictError, match="referred to by college, midtown, uptown"):
        world.delete("upland", actor="somebody")
    with pytest.raises(ConflictError, match="and others"):
        world.delete("made-up", actor="somebody")
    assert world.sequence() == 1


def test_deleting_removes_node_and_relationships_and_logs_what_was(
    world: Neo4jStore, schema: Schema, ask: Ask
) -> None:
    gone = next(e for e in small_world() if e.id == "uptown-2020-pipes")
    change = world.delete(gone.id, actor="somebody", expected=1)
    assert (change.before, change.after) == (gone, None)
    assert world.changes_since(1) == [change]
    assert links_in(ask) == links_of(schema, world.read()[0])
    with pytest.raises(NotFoundError):
        world.delete(gone.id, actor="somebody")


@pytest.mark.parametrize(("sequence", "limit"), [(-1, 10), (2, 10), (0, 0)])
def test_numbers_outside_the_log_are_refused(world: Neo4jStore, sequence: int, limit: int) -> None:
    with pytest.raises(BadRequestError):
        world.changes_since(sequence, limit)


def test_a_load_is_one_number_and_a_change_for_each_entity(world: Neo4jStore) -> None:
    changes = world.changes_since(0)
    assert {change.sequence for change in changes} == {1}
    assert [change.after for change in changes] == small_world()


def test_a_snapshot_moved_forward_is_the_one_read_anew(world: Neo4jStore, schema: Schema) -> None:
    entities, sequence, as_of = world.read()
    snapshot = Snapshot.build(schema, entities, sequence, as_of)
    world.put(make_city("newtown"), actor="somebody")
    world.put(make_need("newtown-need", city="newtown"), actor="somebody")
    world.delete("uptown-2020-pipes", actor="somebody")
    updates = world.updates_since(sequence)
    moved = snapshot.moved_forward(updates.changes, updates.as_of)
    read = Snapshot.build(schema, *world.read())
    assert (moved.sequence, moved.as_of) == (read.sequence, read.as_of) == (4, updates.as_of)
    assert moved.entities == read.entities
    for identifier in read.entities:
        assert moved.links_to(identifier) == read.links_to(identifier)
        assert moved.links_from(identifier) == read.links_from(identifier)


def test_nodes_that_the_schema_does_not_know_are_left_out_with_a_warning(
    world: Neo4jStore, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    ask("CREATE (:Entity:Castle {id: 'stray'})")
    assert len(world.read()[0]) == len(small_world())
    assert "stray" in caplog.text
    with pytest.raises(ConflictError, match="unknown kind"):
        world.put(make_city("stray"), actor="somebody")


def test_vectors_are_kept_as_bytes_and_do_not_touch_the_log(world: Neo4jStore) -> None:
    items = {f"key-{number}": bytes([number % 256]) * 1024 for number in range(600)}
    world.put_vectors(items)
    world.put_vectors({"key-0": b"newer"})
    assert world.vectors([*items, "absent"]) == {**items, "key-0": b"newer"}
    assert world.sequence() == 1


def test_threads_and_processes_lose_and_double_no_number(
    world: Neo4jStore, database: Connection, schema: Schema, ask: Ask
) -> None:
    count, numbers = 12, []

    def write(prefix: str) -> None:
        for number in range(count):
            change = world.put(make_city(f"{prefix}-{number}"), actor=prefix)
            assert change is not None
            numbers.append(change.sequence)

    threads = [threading.Thread(target=write, args=(f"thread-{n}",)) for n in range(3)]
    with (
        Worker(database, do="put", prefix="one", count=count) as one,
        Worker(database, do="put", prefix="two", count=count) as two,
    ):
        for thread in threads:
            thread.start()
        for worker in (one, two):
            while message := worker.hear():
                numbers.append(message["sequence"])
        for thread in threads:
            thread.join()
    assert sorted(numbers) == list(range(2, 2 + 5 * count))
    assert [change.sequence for change in world.changes_since(1)] == sorted(numbers)
    assert links_in(ask) == links_of(schema, world.read()[0])


def test_of_writers_who_saw_the_same_state_one_wins(world: Neo4jStore) -> None:
    outcomes: list[str] = []

    def write(number: int) -> None:
        try:
            world.put(make_city("uptown", population=number), actor="x", expected=1)
            outcomes.append("won")
        except ConflictError:
            outcomes.append("lost")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost"] * 4 + ["won"]
