"""When the database is away, breaks off, refuses or makes wait: nothing is lost, doubled or leaked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from neo4j import GraphDatabase

from matchmaker.errors import MatchmakerError, StoreUnavailableError
from matchmaker.schema import Schema
from matchmaker.store.connection import Connection
from matchmaker.store.database import Database
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.store.writing import Write, write_once
from tests.conftest import Ask
from tests.factory import make_city, make_source, seed_set, small_world
from tests.store.cutting import CuttingProxy


@pytest.fixture
def world(store: Neo4jStore) -> Neo4jStore:
    """Return the store with the small world loaded."""
    store.load(seed_set(small_world()), actor="seeds")
    return store


def test_a_write_tried_again_is_not_doubled(
    world: Neo4jStore, database: Connection, schema: Schema
) -> None:
    write = Write(
        "one-uuid", "2025-01-01T00:00:00.000Z", "me", "newtown", make_city("newtown"), "any"
    )
    pool = Database(database)
    first = pool.run(lambda transaction: write_once(transaction, schema, write))
    world.delete("newtown", actor="somebody else")
    again = pool.run(lambda transaction: write_once(transaction, schema, write))
    pool.close()
    assert first == again
    assert world.sequence() == 3


def test_a_connection_that_breaks_during_the_commit_doubles_and_loses_nothing(
    world: Neo4jStore, database: Connection, schema: Schema
) -> None:
    with CuttingProxy(database) as proxy, Neo4jStore(proxy.connection, schema) as store:
        proxy.cut_at_commits(1)
        change = store.put(make_city("newtown"), actor="somebody")
        assert proxy.cuts == 1
    assert change is not None
    assert world.changes_since(1) == [change]


def test_a_write_whose_outcome_stays_unknown_is_reported_so(
    world: Neo4jStore, database: Connection, schema: Schema
) -> None:
    with CuttingProxy(database) as proxy, Neo4jStore(proxy.connection, schema) as store:
        proxy.cut_at_commits(100)
        with pytest.raises(StoreUnavailableError, match="may or may not be saved"):
            store.put(make_city("newtown"), actor="somebody")
    assert [change.entity_id for change in world.changes_since(1)] == ["newtown"]


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.ping(),
        lambda store: store.read(),
        lambda store: store.put(make_source("other"), actor="somebody"),
        lambda store: store.load(seed_set(small_world()), actor="somebody"),
    ],
)
def test_a_database_that_is_away_is_reported_soon_and_without_secrets(
    use: Callable[[Neo4jStore], object], schema: Schema
) -> None:
    begun = time.monotonic()
    nowhere = Connection("bolt://127.0.0.1:9", "neo4j", "very-secret", None)
    with (
        Neo4jStore(nowhere, schema) as store,
        pytest.raises(StoreUnavailableError, match="cannot be reached") as caught,
    ):
        use(store)
    assert time.monotonic() - begun < 15
    assert "very-secret" not in str(caught.value)


def test_a_wrong_password_names_the_settings_to_check(database: Connection, schema: Schema) -> None:
    wrong = Connection(database.uri, database.user, "not-the-password", None)
    with (
        Neo4jStore(wrong, schema) as store,
        pytest.raises(StoreUnavailableError, match="NEO4J_USER and NEO4J_PASSWORD") as caught,
    ):
        store.ping()
    assert "not-the-password" not in str(caught.value)


def test_an_unknown_database_names_the_setting_to_check(
    database: Connection, schema: Schema
) -> None:
    other = Connection(database.uri, database.user, database.password, "elsewhere")
    with (
        Neo4jStore(other, schema) as store,
        pytest.raises(StoreUnavailableError, match="NEO4J_DATABASE"),
    ):
        store.ping()


@pytest.mark.parametrize("uri", ["ftp://127.0.0.1", "bolt://127.0.0.1:port", "bolt://"])
def test_an_address_that_makes_no_sense_is_a_clear_error(uri: str, schema: Schema) -> None:
    def use() -> None:
        with Neo4jStore(Connection(uri, "neo4j", "x", None), schema) as store:
            store.ping()

    with pytest.raises(MatchmakerError, match="NEO4J_URI"):
        use()


def test_the_routing_scheme_works_too(
    world: Neo4jStore, database: Connection, schema: Schema
) -> None:
    routed = Connection(
        database.uri.replace("bolt://", "neo4j://"), database.user, database.password, None
    )
    with Neo4jStore(routed, schema) as store:
        assert store.put(make_city("newtown"), actor="somebody") is not None
    assert world.sequence() == 2


def test_a_database_that_was_never_prepared_says_so(store: Neo4jStore, ask: Ask) -> None:
    ask("MATCH (c:Counter) DELETE c")
    with pytest.raises(StoreUnavailableError, match="not prepared"):
        store.sequence()


def test_a_writer_that_holds_the_counter_delays_others_but_blocks_no_reader(
    world: Neo4jStore, database: Connection
) -> None:
    auth = (database.user, database.password)
    done = threading.Event()

    def write() -> None:
        world.put(make_city("newtown"), actor="somebody")
        done.set()

    with GraphDatabase.driver(database.uri, auth=auth) as driver, driver.session() as session:
        holding = session.begin_transaction()
        holding.run("MATCH (c:Counter) SET c.locked_by = 'holder'").consume()
        writer = threading.Thread(target=write)
        writer.start()
        assert world.read()[1] == world.sequence() == 1
        assert not done.wait(0.5)
        holding.rollback()
    writer.join()
    assert world.sequence() == 2
