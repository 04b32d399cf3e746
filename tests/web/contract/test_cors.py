"""Pages of other origins: which may use the API, with what, and never with cookies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app

ADDRESS = "/api/v1/cities/phuket"
PORTAL = "https://portal.example"
ASKS = {
    "Origin": PORTAL,
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization, content-type, if-match",
}


def with_origins(service: Service, *origins: str) -> FlaskClient:
    """Return a client of a service that allows some origins."""
    settings = replace(service.settings, cors_origins=origins)
    told = Service(service.schema, settings, service.matcher, service.status)
    return create_app(told).test_client()


def test_any_page_may_read_what_is_public(client: FlaskClient) -> None:
    answer = client.get(ADDRESS, headers={"Origin": PORTAL})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    shown = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "Link"} <= set(shown)


def test_a_page_may_send_an_api_key_and_a_condition(client: FlaskClient) -> None:
    answer = client.options(ADDRESS, headers=ASKS)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
    taken = answer.headers["Access-Control-Allow-Headers"].lower()
    for name in ("authorization", "content-type", "if-match", "idempotency-key"):
        assert name in taken


def test_problems_can_be_read_by_pages_too(client: FlaskClient) -> None:
    answer = client.get("/api/v1/cities/atlantis", headers={"Origin": PORTAL})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (404, "*")


@pytest.mark.parametrize("origins", [("*",), (PORTAL,), ()])
def test_cookies_never_travel_along(service: Service, origins: tuple[str, ...]) -> None:
    client = with_origins(service, *origins)
    for answer in (client.get(ADDRESS, headers=ASKS), client.options(ADDRESS, headers=ASKS)):
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_only_the_origins_that_are_configured_are_let_in(service: Service) -> None:
    client = with_origins(service, PORTAL)
    allowed = client.get(ADDRESS, headers={"Origin": PORTAL})
    assert allowed.headers["Access-Control-Allow-Origin"] == PORTAL
    for origin in ("https://other.example", "https://portal.example.evil.example", "null", ""):
        for answer in (
            client.get(ADDRESS, headers={"Origin": origin}),
            client.options(ADDRESS, headers={**ASKS, "Origin": origin}),
        ):
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert "Access-Control-Allow-Methods" not in answer.headers
            assert "Origin" in answer.headers["Vary"]


def test_nobody_is_let_in_where_that_is_configured(service: Service) -> None:
    answer = with_origins(service).get(ADDRESS, headers={"Origin": PORTAL})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("address", ["/", "/cities/phuket", "/healthz"])
def test_pages_for_people_are_not_shared(client: FlaskClient, address: str) -> None:
    answer = client.get(address, headers={"Origin": PORTAL})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_options_without_an_origin_tells_the_methods(client: FlaskClient) -> None:
    answer = client.options(ADDRESS)
    assert {"GET", "PUT", "DELETE"} <= set(answer.headers["Allow"].split(", "))
