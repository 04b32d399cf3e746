"""Rate limits: who has used up his quota waits, and is told how long; nobody else does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.errors import KeyRefusedError
from matchmaker.permissions import PUBLIC, Caller, Role
from matchmaker.settings import Settings
from matchmaker.usecases.service import Service
from matchmaker.web import problems
from matchmaker.web.app import create_app
from matchmaker.web.contract.address import behind_proxies, neighbourhood
from matchmaker.web.contract.installing import install
from matchmaker.web.contract.ratelimits import WINDOW, Quotas
from matchmaker.web.http import attach_service, finish, json_response

API = "/api/v1"


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def limited(service: Service, **settings: object) -> Service:
    """Return a service with other settings, over the same data."""
    told: Settings = replace(service.settings, **settings)  # type: ignore[arg-type]
    return Service(service.schema, told, service.matcher, service.status)


def test_a_quota_is_used_up_and_whole_again_after_its_window() -> None:
    clock = Clock()
    quotas = Quotas(clock)
    for left in (2, 1, 0):
        standing = quotas.take("made-up", "someone", 3, 1)
        assert (standing.passes, standing.left, standing.seconds) == (True, left, WINDOW)
    clock.now = 20.5
    refused = quotas.take("made-up", "someone", 3, 1)
    assert (refused.passes, refused.left, refused.seconds) == (False, 0, 40)
    assert quotas.take("made-up", "somebody else", 3, 1).passes
    assert quotas.take("another", "someone", 3, 1).passes
    clock.now = WINDOW
    assert quotas.take("made-up", "someone", 3, 1).left == 2


def test_to_ask_whether_anything_is_left_takes_nothing() -> None:
    quotas = Quotas(Clock())
    assert quotas.take("made-up", "someone", 1, 0).passes
    assert len(quotas) == 0
    assert quotas.take("made-up", "someone", 1, 1).passes
    assert not quotas.take("made-up", "someone", 1, 0).passes


def test_what_costs_more_than_the_whole_quota_passes_once() -> None:
    quotas = Quotas(Clock())
    assert quotas.take("made-up", "someone", 3, 10).passes
    assert not quotas.take("made-up", "someone", 3, 1).passes


@given(st.lists(st.tuples(st.integers(0, 300), st.floats(0, 30)), max_size=200))
def test_memory_is_bounded_and_no_window_gives_more_than_its_quota(
    asked: list[tuple[int, float]],
) -> None:
    clock = Clock()
    quotas = Quotas(clock, most=50)
    passed: dict[int, int] = {}
    for holder, pause in asked:
        clock.now += pause
        passed[holder] = passed.get(holder, 0) + quotas.take("made-up", str(holder), 2, 1).passes
        assert len(quotas) <= 51
    if clock.now < WINDOW and len(passed) <= 50:
        assert all(count <= 2 for count in passed.values())


def test_every_answer_tells_where_the_caller_stands(service: Service) -> None:
    client = create_app(limited(service, rate_limit=20)).test_client()
    first = client.get(f"{API}/cities/phuket")
    assert first.headers["RateLimit-Policy"] == f'"address";q=20;w={WINDOW}'
    assert first.headers["RateLimit"] == f'"address";r=19;t={WINDOW}'
    scored = client.get(f"{API}/needs/phuket-scap2018-1/matches")
    assert scored.headers["RateLimit"].startswith('"address";r=14;')  # matches cost five


def test_who_has_used_up_his_quota_is_told_when_to_come_back(service: Service) -> None:
    client = create_app(limited(service, rate_limit=3)).test_client()
    for _ in range(3):
        assert client.get(f"{API}/cities").status_code == 200
    refused = client.get(f"{API}/cities")
    assert refused.status_code == 429
    assert refused.json is not None
    assert refused.json["type"] == "/problems/too-many-requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= WINDOW
    assert refused.headers["RateLimit"].startswith('"address";r=0;t=')
    assert refused.headers["Access-Control-Allow-Origin"] == "*"  # a page's script can read it
    page = client.get("/", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (429, "text/html")
    for free in ("/healthz", "/readyz", "/static/site.css"):
        with client.get(free) as answer:
            assert answer.status_code == 200
    other = client.get(f"{API}/cities", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert other.status_code == 200


def test_a_service_without_limits_tells_of_none(client: FlaskClient) -> None:
    assert "RateLimit" not in client.get(f"{API}/cities").headers


def app_of(service: Service, callers: dict[str, Caller]) -> Flask:
    """Return a small app in which a header says who calls."""
    from flask import request

    def caller() -> Caller:
        given_key = request.headers.get("Authorization", "")
        if given_key and given_key not in callers:
            raise KeyRefusedError("unknown")
        return callers.get(given_key, PUBLIC)

    app = Flask(__name__)
    attach_service(app, service)
    app.after_request(finish)
    problems.register(app)
    install(app, [], caller)
    app.add_url_rule("/api/v1/made-up", "made-up", lambda: json_response({}))
    return app


def test_each_account_has_a_quota_of_its_own_wherever_it_asks_from(service: Service) -> None:
    callers = {name: Caller(Role.PORTAL, name[:1]) for name in ("a1", "a2", "b1")}
    app = app_of(limited(service, rate_limit=1, rate_limit_keyed=3), callers)
    client = app.test_client()

    def ask(key: str, address: str = "192.0.2.1") -> int:
        headers = {"Authorization": key} if key else {}
        place = {"REMOTE_ADDR": address}
        return client.get("/api/v1/made-up", headers=headers, environ_base=place).status_code

    assert [ask(""), ask("")] == [200, 429]
    assert [ask("a1"), ask("a2", "192.0.2.2"), ask("a1")] == [200, 200, 200]
    assert ask("a2", "192.0.2.3") == 429  # two keys of one account share its quota
    assert ask("b1") == 200


def test_guessing_keys_is_stopped_before_they_are_looked_up(service: Service) -> None:
    asked: list[str] = []
    app = app_of(limited(service, rate_limit=10**6, rate_limit_keyed=10**6), {})
    client = app.test_client()
    for number in range(80):
        headers = {"Authorization": f"Bearer mk_{number}"}
        asked.append(client.get("/api/v1/made-up", headers=headers).status)
    assert asked[59].startswith("200")  # the view of this small app asks for nobody
    assert all(status.startswith("429") for status in asked[60:])
    assert client.get("/api/v1/made-up").status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("192.0.2.1", ["203.0.113.9"], [], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9"], ["192.0.2.1"], "203.0.113.9"),
        ("192.0.2.1", ["6.6.6.6, 203.0.113.9, 192.0.2.7"], ["192.0.2.0/24"], "203.0.113.9"),
        ("192.0.2.1", ["6.6.6.6", "203.0.113.9"], ["192.0.2.0/24"], "203.0.113.9"),
        ("192.0.2.1", ["203.0.113.9:4711"], ["192.0.2.1"], "203.0.113.9"),
        ("192.0.2.1", ["[2001:db8::1]:80"], ["192.0.2.1"], "2001:db8::1"),
        ("192.0.2.1", ["not an address"], ["192.0.2.1"], "192.0.2.1"),
        ("192.0.2.1", [], ["192.0.2.1"], "192.0.2.1"),
        ("", ["203.0.113.9"], ["192.0.2.1"], ""),
    ],
)
def test_only_trusted_proxies_say_where_a_request_comes_from(
    peer: str, forwarded: list[str], trusted: list[str], found: str
) -> None:
    assert behind_proxies(peer, forwarded, trusted) == found


def test_who_writes_an_address_of_his_own_gains_nothing(service: Service) -> None:
    client = create_app(limited(service, rate_limit=2)).test_client()
    statuses = [
        client.get(f"{API}/cities", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code
        for n in range(3)
    ]
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::2", "2001:db8:0:1::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
        ("nowhere", "nowhere"),
    ],
)
def test_a_household_of_addresses_counts_as_one(address: str, place: str) -> None:
    assert neighbourhood(address) == place
