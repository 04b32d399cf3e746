"""Idempotency-Key, on a real Neo4j: what is sent twice is carried out once, whatever comes between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.test import TestResponse

from matchmaker.permissions import PUBLIC, Caller, Role
from matchmaker.usecases import idempotency
from matchmaker.usecases.idempotency import CLAIMED, KEPT, Begun
from matchmaker.usecases.service import Service
from matchmaker.web import problems
from matchmaker.web.contract.idempotency import once, write_uuid
from matchmaker.web.http import attach_service, finish, json_response

ADDRESS = "/api/v1/made-up"
PORTAL = Caller(Role.PORTAL, "portal-1")
CALLERS = {
    "public": PUBLIC,
    "one": PORTAL,
    "two": Caller(Role.PORTAL, "portal-2"),
    "sandbox": replace(PORTAL, sandbox=True),
}


def need(**values: Any) -> dict[str, Any]:
    """Return a made-up need of a real city."""
    return {
        "id": "phuket-made-up",
        "type": "need",
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


@dataclass
class Desk:
    """An app with one view that writes, and what a test may do to it."""

    service: Service
    runs: list[str | None] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.app = Flask(__name__)
        attach_service(self.app, self.service)
        self.app.after_request(finish)
        problems.register(self.app)
        self.app.before_request(self._known)
        self.app.add_url_rule(ADDRESS, "made-up", once(self._view), methods=["POST"])

    def _known(self) -> None:
        request.environ["matchmaker.caller"] = CALLERS[request.headers.get("Caller", "one")]

    def _view(self) -> Response:
        self.runs.append(write_uuid())
        self.before()
        change = self.service.put(request.get_json(), actor="test", uuid=write_uuid())
        self.after()
        assert change is not None
        response = json_response({"sequence": change.sequence}, 201)
        response.headers["Location"] = f"/api/v1/needs/{change.entity_id}"
        return response

    def post(
        self, key: str, document: Any = None, *, query: str = "", **given: str
    ) -> TestResponse:
        headers = {"Idempotency-Key": key, **{n.capitalize(): v for n, v in given.items()}}
        body = need() if document is None else document
        return self.app.test_client().post(ADDRESS + query, json=body, headers=headers)


@pytest.fixture
def desk(live: Service) -> Iterator[Desk]:
    """Return a desk on a database without the made-up needs and without kept answers."""
    yield Desk(live)
    live.records.delete("idempotency", before={"expires_at": "9999"})
    for identifier in list(live.snapshot.of_type("need")):
        if identifier.startswith("phuket-made-up"):
            live.delete(identifier, actor="test")


@pytest.fixture
def later(live: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Return a function that moves the service's clock on."""

    def move(span: timedelta) -> None:
        now = datetime.fromisoformat(live.now()) + span
        told = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        monkeypatch.setattr(live, "now", lambda: told)

    return move


def test_what_is_sent_twice_is_carried_out_once_and_answered_alike(desk: Desk) -> None:
    before = desk.service.snapshot.sequence
    first, second = desk.post("key-1"), desk.post('"key-1"')
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    for name in ("Location", "Content-Type"):
        assert first.headers[name] == second.headers[name]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert desk.service.snapshot.sequence == before + 1
    assert len(desk.runs) == 1


def test_without_a_key_each_request_is_carried_out(desk: Desk) -> None:
    for title in ("One", "Another"):
        answer = desk.app.test_client().post(ADDRESS, json=need(title=title))
        assert answer.status_code == 201
    assert desk.runs == [None, None]


@pytest.mark.parametrize(
    ("document", "query"), [(need(title="Other"), ""), (None, "?validate=only")]
)
def test_a_key_stands_for_one_request_only(desk: Desk, document: Any, query: str) -> None:
    assert desk.post("key-2").status_code == 201
    other = desk.post("key-2", document, query=query)
    assert other.status_code == 422
    assert other.json is not None
    assert other.json["type"] == "/problems/idempotency-key-reused"
    assert len(desk.runs) == 1


def test_keys_of_one_caller_never_meet_those_of_another(desk: Desk) -> None:
    sequences = set()
    for number, caller in enumerate(CALLERS):
        document = need(id=f"phuket-made-up-{number}")
        answer = desk.post("key-3", document, caller=caller)
        assert answer.status_code == 201, answer.json
        assert answer.json is not None
        sequences.add(answer.json["sequence"])
    assert len(sequences) == len(set(desk.runs)) == len(CALLERS)


def test_a_request_under_way_is_not_begun_again(desk: Desk) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        inside.set()
        assert go_on.wait(20)

    desk.before = wait
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(desk.post, "key-4")
        assert inside.wait(20)
        second = desk.post("key-4")
        go_on.set()
        assert first.result().status_code == 201
    assert second.status_code == 409
    assert second.json is not None
    assert second.json["type"] == "/problems/request-under-way"
    assert second.headers["Retry-After"] == "1"
    assert desk.post("key-4").data == first.result().data


def test_many_at_once_write_once(desk: Desk) -> None:
    before = desk.service.snapshot.sequence
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: desk.post("key-5"), range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.data for answer in answers if answer.status_code == 201}) == 1
    assert desk.service.snapshot.sequence == before + 1


def test_a_request_that_is_lost_between_write_and_answer_has_written_once(
    desk: Desk, later: Callable[[timedelta], None]
) -> None:
    before = desk.service.snapshot.sequence
    written, go_on = threading.Event(), threading.Event()

    def hang() -> None:
        written.set()
        assert go_on.wait(30)

    desk.after = hang
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(desk.post, "key-6")
        assert written.wait(20)
        desk.after = lambda: None
        assert desk.service.snapshot.sequence == before + 1
        assert desk.post("key-6").status_code == 409  # it may still come to an end
        later(CLAIMED)
        again = desk.post("key-6")
        go_on.set()
        assert lost.result().data == again.data
    assert (again.status_code, again.json) == (201, {"sequence": before + 1})
    assert desk.post("key-6").data == again.data
    assert desk.service.snapshot.sequence == before + 1
    assert len(set(desk.runs)) == 1


def test_after_a_defect_the_same_request_goes_on_where_it_broke_off(desk: Desk) -> None:
    before = desk.service.snapshot.sequence

    def fail() -> None:
        raise RuntimeError("a made-up defect")

    desk.after = fail
    assert desk.post("key-7").status_code == 500
    desk.after = lambda: None
    again = desk.post("key-7")
    assert (again.status_code, again.json) == (201, {"sequence": before + 1})
    assert desk.service.snapshot.sequence == before + 1


def test_a_refused_request_may_be_put_right_under_its_key(desk: Desk) -> None:
    assert desk.post("key-8", need(city="atlantis")).status_code == 422
    assert desk.post("key-8").status_code == 201


def test_an_answer_is_kept_for_a_day(desk: Desk, later: Callable[[timedelta], None]) -> None:
    assert desk.post("key-9").status_code == 201
    later(KEPT - timedelta(seconds=1))
    assert desk.post("key-9").headers["Idempotency-Replayed"] == "true"
    later(timedelta(seconds=1))
    other = desk.post("key-9", need(title="A day later"))
    assert other.status_code == 201
    assert len(set(desk.runs)) == 2


def test_what_is_too_old_is_deleted_in_time(desk: Desk, later: Callable[[timedelta], None]) -> None:
    assert desk.post("key-10").status_code == 201
    later(KEPT)
    for number in range(3000):
        begun = idempotency.begin(desk.service, PORTAL, "", f"sweep-{number}", "f")
        assert isinstance(begun, Begun)
        if begun.id.startswith("00"):
            break
    assert desk.service.records.find("idempotency", before={"expires_at": desk.service.now()}) == []


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "two words", "ümlaut", '"', "a\tb"])
def test_a_key_that_is_no_key_is_refused(desk: Desk, key: str) -> None:
    answer = desk.post(key)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["parameter"] == "Idempotency-Key"
    assert desk.runs == []


def test_without_a_database_nothing_is_begun(service: Service) -> None:
    desk = Desk(service)
    answer = desk.post("key-11")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert desk.runs == []
