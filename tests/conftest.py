"""Fixtures that all tests share: the schema, the seeds, and a real local Neo4j."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import neo4j
import pytest

from matchmaker.graph import Snapshot
from matchmaker.schema import Schema, load_schema
from matchmaker.seeds import SeedSet, read_seeds
from matchmaker.settings import Settings
from matchmaker.store.connection import Connection
from matchmaker.store.local import LocalNeo4j, ensure_local
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.usecases.opening import open_service
from matchmaker.usecases.service import Service
from tests.cast import Cast, everybody
from tests.post import Post

Ask = Callable[..., list[dict[str, Any]]]


# Tests with generated examples: quick in daily work, many under --prove; a failure must not depend on
# how busy the machine is.
hypothesis.settings.register_profile("daily", max_examples=40, deadline=None)
hypothesis.settings.register_profile("prove", max_examples=1000, deadline=None)
PROVE_ROUNDS = 30


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rounds", type=int, default=3, help="how often tests with chance in them are repeated"
    )
    parser.addoption(
        "--prove", action="store_true", help="full counts: 1,000 examples, 30 rounds of faults"
    )


def pytest_configure(config: pytest.Config) -> None:
    prove = config.getoption("--prove")
    hypothesis.settings.load_profile("prove" if prove else "daily")
    if prove:
        config.option.rounds = max(config.option.rounds, PROVE_ROUNDS)


@pytest.fixture(scope="session")
def rounds(request: pytest.FixtureRequest) -> int:
    """Return how often a test with chance in it is to be repeated."""
    return int(request.config.getoption("--rounds"))


@pytest.fixture(scope="session")
def schema() -> Schema:
    """Return the graph schema."""
    return load_schema()


@pytest.fixture(scope="session")
def seeds(schema: Schema) -> SeedSet:
    """Return the real seeds."""
    return read_seeds(schema)


@pytest.fixture(scope="session")
def seed_snapshot(schema: Schema, seeds: SeedSet) -> Snapshot:
    """Return a snapshot built straight from the real seeds."""
    return Snapshot.build(schema, seeds.entities, 0, seeds.as_of)


@pytest.fixture(scope="session")
def start_local(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], LocalNeo4j]:
    """Return a function that starts (or joins) a local Neo4j with a named temporary data folder."""
    root = tmp_path_factory.mktemp("neo4j")

    def start(name: str) -> LocalNeo4j:
        cache = Settings().cache_dir / "jars"
        return ensure_local(root / name, cache_dir=cache, announce=lambda line: None)

    return start


@pytest.fixture(scope="session")
def database(start_local: Callable[[str], LocalNeo4j]) -> Iterator[Connection]:
    """Return how to reach a real Neo4j that all tests of the session share."""
    with start_local("shared") as local:
        yield local.connection


@pytest.fixture(scope="session")
def ask(database: Connection) -> Iterator[Ask]:
    """Return a function that asks the shared database something in Cypher, past the store."""
    auth = (database.user, database.password)
    with neo4j.GraphDatabase.driver(database.uri, auth=auth) as driver:

        def run(statement: str, **parameters: Any) -> list[dict[str, Any]]:
            with driver.session(database=database.database) as session:
                return session.run(statement, parameters).data()  # type: ignore[arg-type]

        yield run


def settings_on(database: Connection, folder: Path, **more: Any) -> Settings:
    """Return the settings of a service on a database, with a folder for what it keeps beside it."""
    return Settings(
        neo4j_uri=database.uri,
        neo4j_user=database.user,
        neo4j_password=database.password,
        neo4j_database=database.database,
        data_dir=folder,
        **more,
    )


@pytest.fixture(scope="module")
def live(
    database: Connection, ask: Ask, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """Return a service on a database that holds the real seeds; what a module writes stays in it."""
    ask("MATCH (n) CALL (n) {DETACH DELETE n} IN TRANSACTIONS OF 2000 ROWS")
    with open_service(settings_on(database, tmp_path_factory.mktemp("data"))) as service:
        yield service


@pytest.fixture(scope="module")
def cast(live: Service) -> Cast:
    """Return somebody of each role."""
    return everybody(live)


@pytest.fixture
def store(database: Connection, schema: Schema, ask: Ask) -> Iterator[Neo4jStore]:
    """Return a store on the shared database, emptied and prepared."""
    ask("MATCH (n) CALL (n) {DETACH DELETE n} IN TRANSACTIONS OF 2000 ROWS")
    with Neo4jStore(database, schema) as store:
        store.prepare()
        yield store


@pytest.fixture
def post() -> Iterator[Post]:
    """Return a real mail server on the loopback."""
    with Post() as running:
        yield running
