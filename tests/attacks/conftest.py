"""The site under attack: a live service at a public address, with a mail server and a full cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from matchmaker.settings import Settings
from matchmaker.store.connection import Connection
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.cast import Browser, Cast, everybody, live_service

HOST = "https://match.example"


@pytest.fixture(scope="module")
def live(
    database: Connection,
    ask: Callable[..., list[dict[str, Any]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    """Return the service that a module attacks."""
    settings = Settings(
        neo4j_uri=database.uri,
        neo4j_user=database.user,
        neo4j_password=database.password,
        neo4j_database=database.database,
        data_dir=tmp_path_factory.mktemp("data"),
    )
    with live_service(settings, ask) as service:
        yield service


@pytest.fixture(scope="module")
def cast(live: Service) -> Cast:
    """Return somebody of each role."""
    return everybody(live)


@pytest.fixture(scope="module")
def site(live: Service) -> Flask:
    """Return the site."""
    return create_app(live)


@pytest.fixture
def browser(site: Flask) -> Callable[[], Browser]:
    """Return a function that opens a new browser."""
    return lambda: Browser(site)
