"""A live service with a clock that a test turns, and somebody of each party."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from matchmaker.permissions import Caller
from matchmaker.schema import Schema
from matchmaker.store.connection import Connection
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.service import Service
from tests.conftest import Ask
from tests.factory import seed_set, small_world
from tests.usecases.accounts.conftest import clock, join, live, mail_on, opened  # noqa: F401
from tests.usecases.brokering.worker import put_accounts, small_service

NEED, CITY, COUNTRY = "phuket-scap2018-1", "phuket", "country-thailand"
PARTNER, OFFER = "adb", "adb-finance"
People = Mapping[str, Caller]


@pytest.fixture
def people(live: Service, join: Callable[..., Caller]) -> People:  # noqa: F811
    """Return somebody of each party to an engagement of Phuket's with ADB, and others beside."""
    who = {
        "partner": ("partner", (PARTNER,)),
        "other partner": ("partner", ("jica",)),
        "city": ("city_officer", (CITY,)),
        "other city": ("city_officer", ("jakarta",)),
        "country": ("national_representative", (COUNTRY,)),
        "other country": ("national_representative", ("country-indonesia",)),
        "secretariat": ("secretariat", ()),
    }
    return {
        name: join(role, f"{name.replace(' ', '-')}@cities.example", subjects)
        for name, (role, subjects) in who.items()
    }


@pytest.fixture
def engage(live: Service, people: People) -> Iterator[Callable[..., dict[str, Any]]]:  # noqa: F811
    """Return a function that opens an engagement as a partner's interest, and makes moves in it."""

    def run(*moves: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
        one = engaging.open_engagement(live, people["partner"], NEED, offer=OFFER, note="We can.")
        for who, name, *given in moves:
            told = given[0] if given else {}
            one = engaging.move(live, people[who], one["id"], name, **told)
        return one

    return run


@pytest.fixture(scope="module")
def small(
    database: Connection, schema: Schema, ask: Ask, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """Return a service over made-up cities, whose records are in a real database."""
    ask("MATCH (n) CALL (n) {DETACH DELETE n} IN TRANSACTIONS OF 2000 ROWS")
    with Neo4jStore(database, schema) as store:
        store.prepare()
        store.load(seed_set(small_world()), actor="tests")
        yield small_service(store, tmp_path_factory.mktemp("data"))


@pytest.fixture
def service(small: Service, clock: Callable[[], str], ask: Ask) -> Iterator[Service]:  # noqa: F811
    """Return the small service with nothing but accounts in it, its clock stopped."""
    ask("MATCH (r:Record) DETACH DELETE r")
    settings = small.settings
    small.now = clock  # type: ignore[method-assign]
    put_accounts(small)
    yield small
    small.settings = settings
