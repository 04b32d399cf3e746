"""Writes over the API, on a real Neo4j: seen at once, in the log, and refused where they must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app

API = "/api/v1"
Write = Callable[..., TestResponse]


@pytest.fixture
def reader(live: Service) -> FlaskClient:
    """Return a client of the live service."""
    return create_app(live).test_client()


@pytest.fixture
def write(reader: FlaskClient, token: str) -> Write:
    """Return a function that writes with the token."""

    def run(method: str, address: str, document: Any = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"}
        return reader.open(API + address, method=method, json=document, headers=headers)

    return run


def need(**values: Any) -> dict[str, Any]:
    """Return a made-up need of a real city."""
    return {
        "title": "Made-up need for flood sensors",
        "city": "phuket",
        "description": "A made-up need that a test writes.",
        "topics": ["water-management"],
        "support_types": ["technology"],
        "year": 2026,
        "source": ["house"],
        "locator": ["made up by a test"],
        "date": "2026-03-01",
        "source_held": True,
    } | values


def body(answer: TestResponse) -> dict[str, Any]:
    assert answer.json is not None
    return dict(answer.json)


def test_a_need_that_is_written_is_listed_and_matched_at_once(
    reader: FlaskClient, write: Write, live: Service
) -> None:
    before = live.snapshot.sequence
    tag = reader.get(f"{API}/needs").headers["ETag"]
    answer = write("PUT", "/needs/phuket-test-1", need())
    assert answer.status_code == 201, answer.json
    assert answer.headers["Location"] == f"{API}/needs/phuket-test-1"
    written = body(answer)
    assert written["changed"] is True
    assert written["sequence"] == before + 1 == live.snapshot.sequence
    assert written["before"] is None
    assert written["after"]["status"] == "open"  # the default of the schema
    listed = reader.get(f"{API}/needs?city=phuket&limit=200", headers={"If-None-Match": tag})
    assert "phuket-test-1" in {item["id"] for item in body(listed)["items"]}
    matched = body(reader.get(f"{API}/needs/phuket-test-1/matches"))
    assert matched["matches"]
    assert matched["snapshot"]["sequence"] == written["sequence"]


def test_a_write_that_changes_nothing_leaves_no_change(write: Write, live: Service) -> None:
    assert write("PUT", "/needs/phuket-test-2", need()).status_code == 201
    sequence = live.snapshot.sequence
    again = write("PUT", "/needs/phuket-test-2", need())
    assert again.status_code == 200
    assert body(again) == {"id": "phuket-test-2", "changed": False}
    assert live.snapshot.sequence == sequence


def test_what_was_read_is_changed_and_sent_back(reader: FlaskClient, write: Write) -> None:
    assert write("PUT", "/needs/phuket-test-3", need()).status_code == 201
    read = body(reader.get(f"{API}/needs/phuket-test-3"))
    answer = write("PUT", "/needs/phuket-test-3", read | {"title": "Another made-up title"})
    assert answer.status_code == 200
    assert body(answer)["before"]["title"] != body(answer)["after"]["title"]
    assert body(reader.get(f"{API}/needs/phuket-test-3"))["title"] == "Another made-up title"


def test_what_is_deleted_is_gone_at_once(reader: FlaskClient, write: Write) -> None:
    assert write("PUT", "/needs/phuket-test-4", need()).status_code == 201
    answer = write("DELETE", "/needs/phuket-test-4")
    assert answer.status_code == 200
    assert body(answer)["after"] is None
    for address in ("/needs/phuket-test-4", "/needs/phuket-test-4/matches"):
        assert reader.get(API + address).status_code == 404
    assert write("DELETE", "/needs/phuket-test-4").status_code == 404


@pytest.mark.parametrize(
    ("method", "address", "document", "status"),
    [
        ("DELETE", "/cities/phuket", None, 409),  # its needs refer to it
        ("DELETE", "/needs/phuket", None, 404),  # a city is not found among the needs
        ("DELETE", "/needs/nothing", None, 404),
        ("PUT", "/needs/phuket", need(), 409),  # the identifier belongs to a city
        ("PUT", "/needs/phuket-test-5", need(city="atlantis"), 422),
        ("PUT", "/needs/phuket-test-5", need(city="jica"), 422),
        ("PUT", "/needs/phuket-test-5", need(title=None), 422),
        ("PUT", "/needs/Phuket", need(), 422),
    ],
)
def test_a_write_that_does_not_fit_is_refused_and_changes_nothing(
    write: Write, live: Service, method: str, address: str, document: Any, status: int
) -> None:
    sequence = live.snapshot.sequence
    answer = write(method, address, document)
    assert answer.status_code == status, answer.json
    assert answer.mimetype == "application/problem+json"
    assert live.snapshot.sequence == sequence


def test_readiness_and_the_state_of_the_data_say_live(reader: FlaskClient, live: Service) -> None:
    assert body(reader.get("/readyz"))["mode"] == "live"
    state = body(reader.get(f"{API}/snapshot"))
    assert (state["mode"], state["read_only"], state["message"]) == ("live", False, "")
    assert state["sequence"] == live.snapshot.sequence
