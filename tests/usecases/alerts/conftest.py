"""A live service with a clock that a test turns, and offers that come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from matchmaker.permissions import Caller
from matchmaker.usecases.service import Service
from tests.usecases.accounts.conftest import clock, join, live, mail_on, opened  # noqa: F401

NEED = "phuket-scap2018-1"
Json = dict[str, Any]
Grow = Callable[..., str]


def copy_of(service: Service, original: str, identifier: str, **changed: Any) -> Json:
    """Return the document of an entity like another one."""
    entity = service.snapshot.entities[original]
    values = {n: list(v) if isinstance(v, tuple) else v for n, v in entity.values.items()}
    return {**values, "type": entity.type, "id": identifier, **changed}


@pytest.fixture
def grow(live: Service) -> Iterator[Grow]:  # noqa: F811
    """Return a function that publishes an offer like the need's best one; gone after the test."""
    best = next(m for m in live.need_matches(NEED, 20)["matches"] if m["offer"])["offer"]["id"]
    made: list[str] = []

    def publish(name: str = "", original: str = best, **changed: Any) -> str:
        identifier = f"a-made-up-{name or len(made)}"
        live.put(copy_of(live, original, identifier, **changed), actor="tests")
        made.append(identifier)
        return identifier

    yield publish
    for identifier in live.snapshot.entities.keys() & set(made):
        live.delete(identifier, actor="tests")


@pytest.fixture
def officer(join: Callable[..., Caller]) -> Caller:  # noqa: F811
    """Return the officer of the city whose need is searched for."""
    return join("city_officer")
