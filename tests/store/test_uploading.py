"""Uploads on a real Neo4j: all or nothing, one entry of the log, and seeds leave them alone."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

import pytest

from matchmaker.errors import ConflictError, InvalidDataError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import Schema
from matchmaker.store.connection import Connection
from matchmaker.store.neo4j_store import Neo4jStore
from tests.conftest import Ask
from tests.factory import (
    large_world,
    make_city,
    make_need,
    make_project,
    make_project_listing,
    seed_set,
    small_world,
)
from tests.store.cutting import CuttingProxy
from tests.store.links import links_in, links_of
from tests.store.test_loading import everything_in
from tests.store.worker import Worker

SMALL = len(small_world())


@pytest.fixture
def world(store: Neo4jStore) -> Neo4jStore:
    """Return the store with the small world loaded."""
    store.load(seed_set(small_world()), actor="seeds")
    return store


def needs(count: int) -> Iterator[Entity]:
    yield from (make_need(f"new-{number}") for number in range(count))


def test_rows_are_created_replaced_or_left_and_nothing_is_deleted(
    world: Neo4jStore, schema: Schema, ask: Ask
) -> None:
    start = world.snapshot()
    rows = [make_city("newtown"), make_city("uptown", population=5), make_city("lowtown", **{
        "country": "lowland", "year_joined": 2022, "member_group": "later"})]  # fmt: skip
    report = world.upload(rows, actor="portal")
    assert (report.created, report.updated, report.unchanged, report.removed) == (1, 1, 1, 0)
    assert report.sequence == world.sequence() == 2
    changes = world.changes_since(1)
    assert [(c.sequence, c.actor, c.entity_id) for c in changes] == [
        (2, "portal", "newtown"), (2, "portal", "uptown"),
    ]  # fmt: skip
    assert changes[1].before == make_city("uptown")
    read, moved = world.snapshot(), start.moved_forward(changes)
    assert read.entities == moved.entities
    assert (read.version("uptown"), read.version("newtown"), read.version("lowtown")) == (2, 2, 1)
    assert links_in(ask) == links_of(schema, read.entities.values())
    assert ask("MATCH (l:Load) RETURN DISTINCT l.state AS s") == [{"s": "applied"}]


def test_rows_may_refer_to_rows_that_come_later(world: Neo4jStore) -> None:
    listing = make_project_listing("later-2019", project="later")
    others = needs(2500)
    report = world.upload([listing, *others, make_project("later")], actor="portal")
    assert report.created == 2502


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (make_need("bad", city="nowhere"), "need bad:city: there is no city 'nowhere'"),
        (make_need("bad", city="upland"), "'upland' is a country, not a city"),
        (make_need("bad", year=3), "need bad:year"),
        (make_need("new-7"), "new-7:id: stands twice"),
        (make_city("uptown-need-1"), "belongs to a need, not to a city"),
    ],
)
def test_one_fault_leaves_everything_untouched(
    world: Neo4jStore, ask: Ask, broken: Entity, message: str
) -> None:
    before = everything_in(ask)
    with pytest.raises((InvalidDataError, ConflictError), match=message):
        world.upload([*needs(2500), broken], actor="portal")
    assert everything_in(ask) == before


def test_rows_that_cannot_be_read_leave_everything_untouched(world: Neo4jStore, ask: Ask) -> None:
    def torn() -> Iterator[Entity]:
        yield from needs(2500)
        raise ValueError("the file ends in the middle of a row")

    before = everything_in(ask)
    with pytest.raises(ValueError, match="the file ends"):
        world.upload(torn(), actor="portal")
    assert everything_in(ask) == before


def test_an_upload_of_what_is_there_writes_nothing(world: Neo4jStore, ask: Ask) -> None:
    before = everything_in(ask)
    report = world.upload(small_world(), actor="portal")
    assert (report.unchanged, report.sequence) == (SMALL, 1)
    assert world.upload([], actor="portal").sequence == 1
    assert everything_in(ask) == before


def test_a_later_load_of_seeds_takes_what_was_uploaded_for_edits(world: Neo4jStore) -> None:
    rows = [make_city("uptown", population=5), make_city("newtown")]
    world.upload(rows, actor="portal")
    changed = [make_city(e.id, population=9) if e.id == "uptown" else e for e in small_world()]
    report = world.load(seed_set(changed), actor="seeds")
    assert report.kept == ("uptown",)
    entities = world.snapshot().entities
    assert (entities["uptown"], entities["newtown"]) == tuple(rows)


def test_an_upload_leaves_the_note_which_seeds_were_loaded(world: Neo4jStore) -> None:
    digest = world.loaded_digest()
    world.upload(needs(3), actor="portal")
    assert world.loaded_digest() == digest == seed_set(small_world()).digest


def test_a_repeat_under_the_same_uuid_returns_the_first_report(world: Neo4jStore) -> None:
    first = world.upload(needs(3), actor="portal", uuid="u1")
    world.delete("new-1", actor="somebody")
    assert world.upload(needs(3), actor="portal", uuid="u1") == first
    assert world.sequence() == 3
    with pytest.raises(ConflictError, match="same uuid"):
        world.put(make_city("newtown"), actor="x", uuid="u1")
    world.put(make_city("newtown"), actor="x", uuid="u2")
    with pytest.raises(ConflictError, match="same uuid"):
        world.upload(needs(4), actor="portal", uuid="u2")


def test_the_same_upload_twice_at_once_is_done_once(
    world: Neo4jStore, database: Connection, schema: Schema
) -> None:
    reports = []

    def send() -> None:
        with Neo4jStore(database, schema) as own:
            reports.append(own.upload(needs(2500), actor="portal", uuid="u1"))

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(r.created, r.sequence) for r in reports] == [(2500, 2)] * 3
    assert world.sequence() == 2


def between(rows: list[Entity], act) -> Iterator[Entity]:
    """Yield rows and do something after the first batch was staged."""
    yield from rows
    yield from needs(2500)
    act()
    yield make_need("last")


@pytest.mark.parametrize("what", ["edit", "create", "delete a target", "upload"])
def test_what_others_change_meanwhile_is_not_overwritten(
    world: Neo4jStore, ask: Ask, what: str
) -> None:
    def act() -> None:
        if what == "edit":
            world.put(make_city("uptown", population=1), actor="other")
        elif what == "create":
            world.put(make_need("new-5", year=2020), actor="other")
        elif what == "upload":
            world.upload([make_need("new-5", year=2020)], actor="other")
        else:
            world.delete("lonely", actor="other")

    world.put(make_city("lonely"), actor="x")
    rows = [make_city("uptown", population=2), make_need("there", city="lonely")]
    with pytest.raises(ConflictError, match=r"meanwhile changed (uptown|new-5|lonely)"):
        world.upload(between(rows, act), actor="portal")
    assert "last" not in world.snapshot().entities
    assert world.sequence() == 3
    assert ask("MATCH (l:Load {state: 'staged'}) RETURN l.id") == []


def test_what_others_change_elsewhere_does_not_matter(world: Neo4jStore) -> None:
    def act() -> None:
        world.put(make_city("midtown", population=1), actor="other")
        world.upload([make_city("other")], actor="other")

    report = world.upload(between([make_city("uptown", population=2)], act), actor="portal")
    assert report.sequence == world.sequence() == 4


def test_merged_identifiers_are_refused(world: Neo4jStore) -> None:
    world.merge("bank", "college", actor="x")
    with pytest.raises(ConflictError, match="merged into 'college'"):
        world.upload([e for e in small_world() if e.id == "bank"], actor="portal")


def test_a_lost_answer_to_any_commit_does_not_load_twice(
    world: Neo4jStore, database: Connection, schema: Schema, ask: Ask
) -> None:
    steps = 9  # from looking to the last step of applying
    with CuttingProxy(database) as proxy, Neo4jStore(proxy.connection, schema) as cut:
        for number in range(steps):
            proxy.cut_at_commits(1, after=number)
            rows = [make_need(f"cut-{number}-{n}") for n in range(10)]
            assert cut.upload(rows, actor="portal").created == 10
            assert proxy.cuts == number + 1
    assert world.sequence() == 1 + steps
    read = world.snapshot()
    assert len(read.entities) == SMALL + 10 * steps
    assert links_in(ask) == links_of(schema, read.entities.values())


def test_an_uploader_killed_at_any_moment_leaves_all_or_nothing(
    world: Neo4jStore, database: Connection, schema: Schema, ask: Ask, rounds: int
) -> None:
    size, chance, outcomes = 4000, random.Random(8), []
    for number in range(rounds):
        ask("MATCH (n) CALL (n) {DETACH DELETE n} IN TRANSACTIONS OF 2000 ROWS")
        world.prepare()
        world.load(seed_set(small_world()), actor="seeds")
        with Worker(database, do="upload", count=size) as worker:
            wanted = {0: "Staging rows", 1: "Writing rows"}.get(number)
            while worker.hear().get("what", None if wanted else "any") != (wanted or "any"):
                pass
            if wanted is None:
                time.sleep(chance.uniform(0, 3))
        found = world.snapshot()
        assert (len(found.entities), found.sequence) in {(SMALL, 1), (size, 2)}
        outcomes.append(found.sequence)
        world.prepare()
        again = world.snapshot()
        assert again.entities == found.entities
        assert links_in(ask) == links_of(schema, again.entities.values())
        report = world.upload(large_world(size), actor="portal")
        assert report.created == (size - SMALL if found.sequence == 1 else 0)
        assert world.sequence() == 2
    assert rounds < 2 or {1, 2} <= set(outcomes)


def test_a_reader_sees_all_of_an_upload_or_nothing(world: Neo4jStore) -> None:
    sizes: set[tuple[int, int]] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            found = world.snapshot()
            sizes.add((found.sequence, len(found.entities)))

    reader = threading.Thread(target=watch)
    reader.start()
    world.upload(needs(5000), actor="portal")
    done.set()
    reader.join()
    assert sizes <= {(1, SMALL), (2, SMALL + 5000)}
    assert sizes


def test_a_follower_moves_over_an_upload(world: Neo4jStore, schema: Schema) -> None:
    followed = world.snapshot()
    world.upload(needs(5000), actor="portal")
    new = world.updates_since(followed.sequence)
    followed = followed.moved_forward(new.changes, new.as_of, new.sequence)
    read = Snapshot.build(schema, *world.read())
    assert followed.entities == read.entities
    assert list(followed.of_type("need")) == list(read.of_type("need"))
