"""Bulk loads on a real Neo4j: all or nothing, whoever dies, and people's edits stay."""

from __future__ import annotations

import random
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchmaker.errors import ConflictError, InvalidDataError, NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.store import loading
from matchmaker.store.connection import Connection
from matchmaker.store.database import Database
from matchmaker.store.loading import LoadHead
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.store.planning import make_plan
from tests.conftest import Ask
from tests.factory import (
    large_world,
    make_city,
    make_need,
    make_observation,
    seed_set,
    small_world,
)
from tests.store.links import links_in, links_of
from tests.store.worker import Worker

SMALL = len(small_world())


def everything_in(ask: Ask) -> list[str]:
    """Return every node with all its properties, but for who locked the counter last."""
    found = ask("MATCH (n) RETURN labels(n) AS labels, properties(n) AS values")
    for row in found:
        row["values"].pop("locked_by", None)
    return sorted(map(str, found))


def publish_only(store: Neo4jStore, database: Connection, schema: Schema, seeds: SeedSet) -> str:
    """Do a load up to its publication, as if its process died right then."""
    entities, sequence, _ = store.read()
    plan = make_plan(schema, seeds.entities, {e.id: e for e in entities}, {})
    head = LoadHead("load-1", "2025-01-01T00:00:00.000Z", "dead", seeds.as_of, seeds.digest)
    pool = Database(database)
    loading.stage(pool, head, loading.batches_of(plan))
    assert loading.publish(pool, schema, head, plan, sequence) == sequence + 1
    assert loading.publish(pool, schema, head, plan, sequence) == sequence + 1  # heard of twice
    pool.close()
    return head.id


def test_a_second_load_of_the_same_seeds_writes_nothing(
    store: Neo4jStore, seeds: SeedSet, ask: Ask
) -> None:
    first = store.load(seeds, actor="seeds")
    assert (first.created, first.unchanged) == (len(seeds.entities), 0)
    before = everything_in(ask)
    second = store.load(seeds, actor="seeds")
    assert (second.created, second.updated, second.removed) == (0, 0, 0)
    assert (second.unchanged, second.sequence) == (len(seeds.entities), first.sequence)
    assert everything_in(ask) == before


def test_what_people_edited_or_deleted_stays_and_is_reported(store: Neo4jStore) -> None:
    store.load(seed_set(small_world()), actor="seeds")
    edited = make_city("uptown", population=123)
    store.put(edited, actor="somebody")
    store.delete("uptown-2020-pipes", actor="somebody")
    changed = [e for e in small_world() if e.id not in ("uptown", "midtown", "total-2020")]
    changed += [make_city("uptown", population=456), make_city("midtown", population=789)]
    report = store.load(seed_set(changed), actor="seeds")
    assert (report.created, report.updated, report.removed, report.kept) == (0, 1, 1, ("uptown",))
    entities = {entity.id: entity for entity in store.read()[0]}
    assert entities["uptown"] == edited
    assert entities["midtown"].number("population") == 789
    assert not {"uptown-2020-pipes", "total-2020"} & set(entities)
    assert store.load(seed_set(changed), actor="seeds").kept == ("uptown",)
    assert store.load(seed_set(changed), actor="seeds").sequence == report.sequence
    forced = store.load(seed_set(changed), actor="seeds", overwrite=True)
    assert (forced.created, forced.updated, forced.kept) == (1, 1, ())
    entities = {entity.id: entity for entity in store.read()[0]}
    assert entities["uptown"].number("population") == 456
    assert "uptown-2020-pipes" in entities


@pytest.mark.parametrize(
    "broken",
    [
        make_need("bad", city="nowhere"),
        make_need("bad", city="upland"),
        make_need("bad", year=3),
        make_city("uptown-need-1"),
    ],
)
def test_a_load_with_one_fault_changes_nothing(store: Neo4jStore, ask: Ask, broken: Entity) -> None:
    store.load(seed_set(small_world()), actor="seeds")
    before = everything_in(ask)
    with pytest.raises((InvalidDataError, ConflictError)):
        store.load(seed_set([*large_world(200), broken]), actor="seeds")
    assert everything_in(ask) == before


def test_seeds_that_differ_in_form_only_are_noted_without_a_change(store: Neo4jStore) -> None:
    seeds = seed_set(small_world())
    store.load(seeds, actor="seeds")
    report = store.load(SeedSet(seeds.entities, seeds.as_of, "other bytes"), actor="seeds")
    assert (report.sequence, store.loaded_digest()) == (1, "other bytes")


def test_a_reader_sees_all_of_a_load_or_nothing(store: Neo4jStore) -> None:
    store.load(seed_set(small_world()), actor="seeds")
    sizes: list[tuple[int, int]] = []
    loaded = threading.Event()

    def watch() -> None:
        while not loaded.is_set():
            entities, sequence, _ = store.read()
            sizes.append((sequence, len(entities)))

    reader = threading.Thread(target=watch)
    reader.start()
    store.load(seed_set(large_world(5000)), actor="seeds")
    loaded.set()
    reader.join()
    assert set(sizes) <= {(1, SMALL), (2, 5000)}
    assert sizes


def test_a_published_load_is_read_and_expanded_before_it_is_applied(
    store: Neo4jStore, database: Connection, schema: Schema, ask: Ask
) -> None:
    publish_only(store, database, schema, seed_set(small_world()))
    assert ask("MATCH (e:Entity) RETURN count(e) AS n") == [{"n": 0}]
    entities, sequence, as_of = store.read()
    assert (len(entities), sequence, as_of) == (SMALL, 1, "2024-06-30")
    assert len(store.changes_since(0)) == SMALL


@pytest.mark.parametrize("helper", ["put", "load", "prepare"])
def test_whoever_comes_next_finishes_a_published_load(
    store: Neo4jStore, database: Connection, schema: Schema, ask: Ask, helper: str
) -> None:
    publish_only(store, database, schema, seed_set(small_world()))
    if helper == "put":
        store.put(make_city("newtown"), actor="somebody")
    elif helper == "load":
        assert store.load(seed_set(small_world()), actor="seeds").unchanged == SMALL
    else:
        store.prepare()
    assert store.head().applying is None
    entities, _, _ = store.read()
    assert len(entities) == SMALL + (helper == "put")
    assert links_in(ask) == links_of(schema, entities)


def test_many_helpers_apply_each_step_once(
    store: Neo4jStore, database: Connection, schema: Schema, ask: Ask
) -> None:
    load_id = publish_only(store, database, schema, seed_set(large_world(5000)))
    pool = Database(database)
    threads = [
        threading.Thread(target=loading.apply, args=(pool, schema, load_id)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.close()
    entities, _, _ = store.read()
    assert len(entities) == 5000
    assert links_in(ask) == links_of(schema, entities)


def test_an_edit_between_staging_and_publishing_is_not_lost(
    store: Neo4jStore, database: Connection, schema: Schema
) -> None:
    store.load(seed_set(small_world()), actor="seeds")
    entities, sequence, _ = store.read()
    changed = [make_observation(value=9.0)]
    current = {entity.id: entity for entity in entities}
    plan = make_plan(schema, [*small_world()[:-2], *changed], current, {}, overwrite=True)
    head = LoadHead("load-2", "2025-01-01T00:00:00.000Z", "seeds", "2024-06-30", "digest")
    pool = Database(database)
    loading.stage(pool, head, loading.batches_of(plan))
    store.put(make_city("newtown"), actor="unrelated")
    store.put(make_observation(value=5.0), actor="somebody")
    assert loading.publish(pool, schema, head, plan, sequence) is None
    pool.close()
    assert store.sequence() == 3


def test_two_loads_of_the_same_seeds_at_once_load_them_once(
    store: Neo4jStore, database: Connection, schema: Schema, ask: Ask
) -> None:
    seeds, reports = seed_set(large_world(3000)), []

    def load() -> None:
        with Neo4jStore(database, schema) as own:
            reports.append(own.load(seeds, actor="seeds"))

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.created for report in reports) == [0, 0, 3000]
    assert store.sequence() == 1
    assert links_in(ask) == links_of(schema, store.read()[0])
    store.prepare()
    assert ask("MATCH (l:Load) RETURN l.state AS state") == [{"state": "applied"}]


def test_staged_rows_of_a_silent_process_are_swept_and_cannot_be_published(
    store: Neo4jStore, database: Connection, schema: Schema, ask: Ask
) -> None:
    plan = make_plan(schema, small_world(), {}, {})
    head = LoadHead("load-3", "2025-01-01T00:00:00.000Z", "seeds", "2024-06-30", "digest")
    pool = Database(database)
    loading.stage(pool, head, loading.batches_of(plan))
    store.prepare()
    assert ask("MATCH (r:LoadRow) RETURN count(r) AS n") == [{"n": SMALL}]
    ask("MATCH (l:Load) SET l.beat = l.beat - 600000")
    store.prepare()
    assert ask("MATCH (n) WHERE n:Load OR n:LoadRow RETURN n") == []
    assert loading.publish(pool, schema, head, plan, 0) is None
    pool.close()
    assert (store.sequence(), store.read()[0]) == (0, [])


def test_a_loader_killed_at_any_moment_leaves_all_or_nothing(
    store: Neo4jStore, database: Connection, schema: Schema, ask: Ask, rounds: int
) -> None:
    size, chance, outcomes = 5000, random.Random(7), []
    for number in range(rounds):
        ask("MATCH (n) CALL (n) {DETACH DELETE n} IN TRANSACTIONS OF 2000 ROWS")
        store.prepare()
        with Worker(database, do="load", count=size) as worker:
            # The first rounds die while staging and while writing, the others just any time.
            wanted = {0: "Staging rows", 1: "Writing rows"}.get(number)
            while worker.hear().get("what", None if wanted else "any") != (wanted or "any"):
                pass
            if wanted is None:
                time.sleep(chance.uniform(0, 3))
        entities, sequence, _ = store.read()
        assert (len(entities), sequence) in {(0, 0), (size, 1)}
        outcomes.append(sequence)
        store.prepare()
        again, _, _ = store.read()
        assert again == entities
        assert links_in(ask) == links_of(schema, again)
        assert store.load(seed_set(large_world(size)), actor="seeds").sequence == 1
        assert len(store.read()[0]) == size
    assert rounds < 2 or {0, 1} <= set(outcomes)


def test_twenty_thousand_rows_load_into_a_small_heap(
    store: Neo4jStore, schema: Schema, ask: Ask
) -> None:
    heap = ask("SHOW SETTINGS 'server.memory.heap.max_size' YIELD value")[0]["value"]
    assert heap in ("384.00MiB", "384m")
    seeds = seed_set(large_world(20_000))
    begun = time.monotonic()
    report = store.load(seeds, actor="seeds")
    loaded = time.monotonic()
    entities, sequence, _ = store.read()
    read = time.monotonic()
    print(f"20,000 rows loaded in {loaded - begun:.1f} s and read in {read - loaded:.1f} s")
    assert (report.created, len(entities), sequence) == (20_000, 20_000, 1)
    assert len(links_in(ask)) == len(links_of(schema, entities))


PEOPLE = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(["uptown", "one", "two"]), st.integers(1, 2)),
    st.tuples(st.just("need"), st.sampled_from(["uptown", "one", "two"]), st.integers(1, 2)),
    st.tuples(st.just("delete"), st.sampled_from(["uptown", "one", "two", "need-1", "need-2"])),
    st.tuples(
        st.just("merge"), *[st.sampled_from(["uptown", "one", "two", "need-1", "need-2"])] * 2
    ),
    st.tuples(st.just("load"), st.sets(st.sampled_from(["one", "two"])), st.integers(1, 2)),
)


@settings(
    max_examples=settings().max_examples * 3 // 10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(PEOPLE, min_size=1, max_size=6))
def test_after_any_writes_log_nodes_and_relationships_agree(
    store: Neo4jStore, schema: Schema, ask: Ask, steps: list[tuple]
) -> None:
    ask("MATCH (n) DETACH DELETE n")
    store.prepare()
    store.load(seed_set(small_world()), actor="seeds")
    followed = store.snapshot()
    for step in steps:
        try:
            if step[0] == "put":
                store.put(make_city(step[1], population=step[2]), actor="somebody")
            elif step[0] == "need":
                store.put(make_need(f"need-{step[2]}", city=step[1]), actor="somebody")
            elif step[0] == "delete":
                store.delete(step[1], actor="somebody")
            elif step[0] == "merge":
                store.merge(step[1], step[2], actor="somebody")
            else:
                cities = [make_city(name, population=step[2]) for name in sorted(step[1])]
                store.load(seed_set([*small_world(), *cities]), actor="seeds")
        except (ConflictError, InvalidDataError, NotFoundError):
            pass  # refused, and so without any effect
        new = store.updates_since(followed.sequence)
        followed = followed.moved_forward(new.changes, new.as_of, new.sequence)
        read = store.snapshot()
        entities = read.entities.values()
        assert (followed.sequence, followed.as_of) == (read.sequence, read.as_of)
        assert followed.entities == read.entities
        assert dict(followed.redirects) == dict(read.redirects)
        assert {i: followed.version(i) for i in read.entities} == {
            i: read.version(i) for i in read.entities
        }
        assert {i: followed.links_from(i) for i in read.entities} == {
            i: read.links_from(i) for i in read.entities
        }
        assert links_in(ask) == links_of(schema, entities)
    whole = Snapshot.build(schema, []).moved_forward(store.changes_since(0))
    assert whole.entities == followed.entities
    assert dict(whole.redirects) == dict(followed.redirects)
