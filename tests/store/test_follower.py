"""The follower: fresh in under a second, through lost databases, reset logs and defects."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from matchmaker.errors import StoreUnavailableError
from matchmaker.graph import Snapshot
from matchmaker.schema import Schema
from matchmaker.store.connection import Connection
from matchmaker.store.follower import Follower
from matchmaker.store.local import LocalNeo4j
from matchmaker.store.neo4j_store import Neo4jStore
from tests.conftest import Ask
from tests.factory import make_city, seed_set, small_world
from tests.store.worker import Worker


class Watcher:
    """A follower and all that it has handed over."""

    def __init__(self, open_store: Callable[[], Neo4jStore], schema: Schema) -> None:
        self.snapshots: queue.Queue[Snapshot] = queue.Queue()
        self.states: queue.Queue[StoreUnavailableError | None] = queue.Queue()
        self.follower = Follower(
            open_store, schema, self.snapshots.put, self.states.put, interval=0.05
        ).start()

    def until(self, holds: Callable[[Snapshot], bool], seconds: float = 20) -> Snapshot:
        """Return the first snapshot of which something holds."""
        end = time.monotonic() + seconds
        while True:
            snapshot = self.snapshots.get(timeout=max(0.01, end - time.monotonic()))
            if holds(snapshot):
                return snapshot


@pytest.fixture
def world(store: Neo4jStore) -> Neo4jStore:
    store.load(seed_set(small_world()), actor="seeds")
    return store


@pytest.fixture
def watcher(world: Neo4jStore, database: Connection, schema: Schema) -> Iterator[Watcher]:
    watcher = Watcher(lambda: Neo4jStore(database, schema), schema)
    yield watcher
    watcher.follower.stop()


def test_the_first_snapshot_is_handed_over_and_then_one_for_each_news(
    watcher: Watcher, world: Neo4jStore
) -> None:
    assert watcher.follower.wait(20)
    first = watcher.until(lambda snapshot: True)
    assert first.sequence == 1
    world.put(make_city("newtown"), actor="somebody")
    second = watcher.until(lambda snapshot: snapshot.sequence == 2)
    assert "newtown" in second.of_type("city")
    assert "newtown" not in first.of_type("city")
    assert watcher.states.empty()


def test_a_change_is_visible_in_another_process_in_under_a_second(
    world: Neo4jStore, database: Connection, rounds: int
) -> None:
    delays = []
    with Worker(database, do="follow") as worker:
        assert worker.hear()["sequence"] == 1
        for number in range(5 * rounds):
            change = world.put(make_city(f"newtown-{number}"), actor="somebody")
            saved = time.time()
            assert change is not None
            message = worker.hear()
            while message["sequence"] < change.sequence:
                message = worker.hear()
            assert f"newtown-{number}" in message["ids"]
            delays.append(message["at"] - saved)
    print(f"visible after {sorted(delays)[len(delays) // 2]:.3f} s, at most {max(delays):.3f} s")
    assert max(delays) < 1


def test_a_load_is_seen_whole_and_moves_as_of_even_without_changes(
    watcher: Watcher, world: Neo4jStore
) -> None:
    watcher.until(lambda snapshot: snapshot.sequence == 1)
    world.load(seed_set(small_world(), as_of="2030-01-01"), actor="seeds")
    later = watcher.until(lambda snapshot: snapshot.sequence == 2)
    assert later.as_of == "2030-01-01" == world.read()[2]
    assert len(later.entities) == len(small_world())


def test_another_graph_behind_the_same_address_is_read_anew(
    watcher: Watcher, world: Neo4jStore, ask: Ask
) -> None:
    watcher.until(lambda snapshot: snapshot.sequence == 1)
    ask("MATCH (n) DETACH DELETE n")
    assert "not prepared" in str(watcher.states.get(timeout=20))
    world.prepare()
    world.load(seed_set(small_world()[:3]), actor="seeds")
    fresh = watcher.until(lambda snapshot: len(snapshot.entities) == 3)
    assert fresh.sequence == 1


def test_a_defect_in_the_receiver_is_told_and_does_not_end_the_following(
    world: Neo4jStore, database: Connection, schema: Schema, caplog: pytest.LogCaptureFixture
) -> None:
    states: queue.Queue[StoreUnavailableError | None] = queue.Queue()
    seen: list[int] = []

    def receive(snapshot: Snapshot) -> None:
        seen.append(snapshot.sequence)
        if len(seen) == 2:
            raise RuntimeError("a made-up defect")

    follower = Follower(
        lambda: Neo4jStore(database, schema), schema, receive, states.put, interval=0.05
    ).start()
    assert follower.wait(20)
    world.put(make_city("newtown"), actor="somebody")
    assert "brought up to date" in str(states.get(timeout=20))
    assert states.get(timeout=20) is None
    follower.stop()
    assert seen == [1, 2, 2]
    assert "a made-up defect" in caplog.text


def test_stopping_ends_the_thread_soon(watcher: Watcher) -> None:
    watcher.until(lambda snapshot: True)
    begun = time.monotonic()
    watcher.follower.stop()
    watcher.follower.stop()
    assert time.monotonic() - begun < 2
    assert "follower" not in {thread.name for thread in threading.enumerate()}


def test_a_database_that_stops_is_reported_once_and_caught_up_with_when_back(
    start_local: Callable[[str], LocalNeo4j], schema: Schema
) -> None:
    running = [start_local("stopped")]
    watcher = Watcher(lambda: Neo4jStore(running[0].connection, schema), schema)
    try:
        with Neo4jStore(running[0].connection, schema) as store:
            store.prepare()
            store.load(seed_set(small_world()), actor="seeds")
            watcher.until(lambda snapshot: snapshot.sequence == 1)
            while not watcher.states.empty():
                watcher.states.get()
            running[0].stop()
            assert "cannot be reached" in str(watcher.states.get(timeout=20))
            with pytest.raises(StoreUnavailableError):
                store.put(make_city("newtown"), actor="somebody")
        time.sleep(1)
        assert watcher.states.empty()
        running[0] = start_local("stopped")
        with Neo4jStore(running[0].connection, schema) as store:
            assert store.sequence() == 1
            store.put(make_city("newtown"), actor="somebody")
        caught_up = watcher.until(lambda snapshot: snapshot.sequence == 2, 30)
        assert "newtown" in caught_up.of_type("city")
        assert watcher.states.get(timeout=20) is None
    finally:
        watcher.follower.stop()
        running[0].stop()
