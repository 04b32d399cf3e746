"""Writes over the API, on a real Neo4j: seen at once, in the log, and refused where they must be."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from matchmaker.permissions import SYSTEM, Caller
from matchmaker.usecases import accounts
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app

API = "/api/v1"
Write = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def reader(live: Service) -> FlaskClient:
    """Return a client of the live service."""
    return create_app(live).test_client()


@pytest.fixture(scope="module")
def write(reader: FlaskClient, token: str) -> Write:
    """Return a function that writes with the token."""

    def run(
        method: str, address: str, document: Any = None, *, key: str = token, **headers: str
    ) -> TestResponse:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["Authorization"] = f"Bearer {key}"
        if method == "PATCH":
            headers["Content-Type"] = "application/merge-patch+json"
        return reader.open(API + address, method=method, json=document, headers=headers)

    return run


@pytest.fixture(scope="module")
def join(live: Service) -> Callable[..., str]:
    """Return a function that makes an account and returns an API key of it."""
    count = iter(range(1000))

    def run(role: str, *subjects: str, sandbox: bool = False) -> str:
        email = f"writer{next(count)}@network.example"
        made = accounts.invite(live, SYSTEM, email=email, role=role, subjects=subjects)
        accounts.accept_invitation(live, made.link.rpartition("/")[2], "a sentence for writers")
        caller: Caller = accounts.get_account(live, SYSTEM, made.account.id).caller
        scopes = ["read", "write"] + (["read:members"] if role != "portal" else [])
        return accounts.create_key(live, caller, "Tests", scopes, sandbox=sandbox).text

    return run


@pytest.fixture(scope="module")
def officer(join: Callable[..., str]) -> str:
    return join("city_officer", "phuket")


@pytest.fixture(scope="module")
def elsewhere(join: Callable[..., str]) -> str:
    return join("city_officer", "bangkok")


@pytest.fixture(scope="module")
def bank(join: Callable[..., str]) -> str:
    return join("partner", "adb")


def bare(**values: Any) -> dict[str, Any]:
    """Return a made-up need without provenance and identifier."""
    without = ("source", "locator", "date", "source_held")
    return {n: v for n, v in need(**values).items() if n not in without}


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
    assert body(again) == {"id": "phuket-test-2", "outcome": "unchanged", "changed": False}
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


# What outsiders may


def test_an_officer_writes_the_needs_of_his_city_at_once_by_his_own_word(
    write: Write, officer: str, live: Service
) -> None:
    answer = write("POST", "/needs", bare(title="Sensors for canals"), key=officer)
    assert answer.status_code == 201, answer.json
    assert answer.headers["Location"] == f"{API}/needs/phuket-sensors-for-canals"
    stored = live.snapshot.get("need", "phuket-sensors-for-canals")
    assert stored.refs("source") == ("city-submission",)
    today = live.now()[:10]
    assert stored.refs("locator") == (f"account statement, {today}",)
    assert stored.text("date") == today
    again = write("POST", "/needs", bare(title="Sensors for canals"), key=officer)
    assert body(again)["id"] == "phuket-sensors-for-canals-2"


def test_a_change_by_ones_own_word_is_cited_after_what_was_cited_before(
    write: Write, officer: str, live: Service
) -> None:
    assert write("PUT", "/needs/phuket-test-10", need()).status_code == 201
    assert write("PATCH", "/needs/phuket-test-10", {"year": 2025}, key=officer).status_code == 200
    stored = live.snapshot.get("need", "phuket-test-10")
    assert stored.refs("source") == ("house", "city-submission")
    assert stored.integer("year") == 2025
    unchanged = write("PATCH", "/needs/phuket-test-10", {"year": 2025}, key=officer)
    assert body(unchanged)["outcome"] == "unchanged"


def test_a_patch_takes_away_what_is_null_and_leaves_the_rest(write: Write, live: Service) -> None:
    assert write("PUT", "/needs/phuket-test-11", need()).status_code == 201
    answer = write("PATCH", "/needs/phuket-test-11", {"year": None, "topics": ["solid-waste"]})
    assert answer.status_code == 200, answer.json
    stored = live.snapshot.get("need", "phuket-test-11")
    assert stored.number("year") is None
    assert stored.refs("topics") == ("solid-waste",)
    assert stored.text("title") == need()["title"]
    assert stored.refs("source") == ("house",)
    for patch, status in (({"city": None}, 422), ({"id": "other"}, 422), ({"x": 1}, 422)):
        assert write("PATCH", "/needs/phuket-test-11", patch).status_code == status
    assert write("PATCH", "/needs/nothing", {}).status_code == 404


def test_what_is_not_ones_own_waits_for_review(
    write: Write, officer: str, elsewhere: str, live: Service
) -> None:
    assert write("PUT", "/needs/phuket-test-12", need()).status_code == 201
    sequence = live.snapshot.sequence
    answer = write("PATCH", "/needs/phuket-test-12", {"year": 2024}, key=elsewhere)
    assert answer.status_code == 202, answer.json
    assert body(answer)["outcome"] == "queued"
    assert answer.headers["Location"] == f"{API}/submissions/{body(answer)['submission']}"
    assert live.snapshot.sequence == sequence
    # Nor does anybody take a need into his own city, or push one onto another one.
    stolen = write("PATCH", "/needs/phuket-test-12", {"city": "bangkok"}, key=elsewhere)
    pushed = write("PATCH", "/needs/phuket-test-12", {"city": "bangkok"}, key=officer)
    assert (stolen.status_code, pushed.status_code) == (202, 202)
    assert live.snapshot.get("need", "phuket-test-12").text("city") == "phuket"


def test_what_a_writer_does_not_see_stays_and_cannot_be_set(
    write: Write, officer: str, elsewhere: str, bank: str, reader: FlaskClient, live: Service
) -> None:
    secret = {"internal_note": "Keep to ourselves.", "contact_office": "Planning office"}
    written = write("PUT", "/needs/phuket-test-13", bare(**secret), key=officer)
    assert written.status_code == 201
    assert body(written)["after"]["internal_note"] == "Keep to ourselves."
    seen = body(write("GET", "/needs/phuket-test-13", key=elsewhere))
    assert "internal_note" not in seen
    queued = write("PUT", "/needs/phuket-test-13", seen | {"year": 2019}, key=elsewhere)
    assert queued.status_code == 202
    assert "Keep to" not in queued.get_data(as_text=True)
    place = f"/submissions/{body(queued)['submission']}"
    assert "Keep to" not in write("GET", place, key=elsewhere).get_data(as_text=True)
    done = write("POST", f"{place}:decide", {"decision": "publish"}, key=officer)
    assert done.status_code == 200, done.json
    stored = live.snapshot.get("need", "phuket-test-13")
    assert (stored.text("internal_note"), stored.integer("year")) == ("Keep to ourselves.", 2019)
    refused = write("PATCH", "/needs/phuket-test-13", {"internal_note": "Mine."}, key=elsewhere)
    assert refused.status_code == 422
    assert body(refused)["faults"][0]["property"] == "internal_note"


def test_other_types_are_for_staff(
    write: Write, officer: str, bank: str, reader: FlaskClient
) -> None:
    for key in (officer, bank):
        for method, address in (("PUT", "/cities/phuket"), ("DELETE", "/needs/phuket-test-1")):
            assert write(method, address, {}, key=key).status_code == 403
        assert (
            write("POST", "/cities/phuket:merge", {"into": "bangkok"}, key=key).status_code == 403
        )
    assert write("POST", "/cities", {}).status_code == 405


def test_a_portal_names_its_sources(write: Write, join: Callable[..., str]) -> None:
    portal = join("portal")
    refused = write("POST", "/needs", bare(), key=portal)
    assert refused.status_code == 422
    assert {"source", "locator", "date"} <= {f["property"] for f in body(refused)["faults"]}
    assert write("POST", "/needs", need(), key=portal).status_code == 202


# Dry runs, conditions, and requests sent twice


def test_a_dry_run_tells_what_would_happen_and_writes_nothing(
    write: Write, officer: str, elsewhere: str, join: Callable[..., str], live: Service
) -> None:
    sequence, waiting = live.snapshot.sequence, live.records.count("submission")
    sandbox = join("city_officer", "phuket", sandbox=True)
    told = [
        write("POST", "/needs?validate=only", bare(title="Dry"), key=officer),
        write("POST", "/needs?validate=only", bare(title="Dry"), key=elsewhere),
        write("POST", "/needs", bare(title="Dry"), key=sandbox),
        write("DELETE", "/needs/phuket-test-1?validate=only"),
        write("POST", "/needs/phuket-test-1:withdraw", key=sandbox),
    ]
    assert [(a.status_code, body(a)["outcome"], body(a)["would_be"]) for a in told] == [
        (200, "checked", "published"), (200, "checked", "queued"), (200, "checked", "published"),
        (200, "checked", "published"), (200, "checked", "published"),
    ]  # fmt: skip
    assert [body(answer).get("sandbox") for answer in told] == [None, None, True, None, True]
    wrong = write("POST", "/needs?validate=only", bare(city="atlantis"), key=officer)
    assert wrong.status_code == 422
    assert write("POST", "/needs?validate=yes", bare(), key=officer).status_code == 400
    assert live.snapshot.sequence == sequence
    assert live.records.count("submission") == waiting


def test_a_lost_update_is_refused(write: Write, officer: str, reader: FlaskClient) -> None:
    assert write("PUT", "/needs/phuket-test-14", need()).status_code == 201
    tag = reader.get(f"{API}/needs/phuket-test-14").headers["ETag"]
    first = write("PATCH", "/needs/phuket-test-14", {"year": 2021}, If_Match=tag)
    assert first.status_code == 200
    lost = write("PATCH", "/needs/phuket-test-14", {"year": 2022}, key=officer, If_Match=tag)
    assert lost.status_code == 412
    assert body(lost)["version"] == body(first)["sequence"]
    taken = write("PUT", "/needs/phuket-test-14", need(), If_None_Match="*")
    assert taken.status_code == 412
    assert first.headers["ETag"].strip('"') == str(body(first)["sequence"])
    next_ = write("DELETE", "/needs/phuket-test-14", If_Match=first.headers["ETag"])
    assert next_.status_code == 200


def test_a_request_sent_twice_under_one_key_is_carried_out_once(
    write: Write, officer: str, elsewhere: str, live: Service
) -> None:
    for key, status in ((officer, 201), (elsewhere, 202)):
        document = bare(title="Sent twice")
        first = write("POST", "/needs", document, key=key, Idempotency_Key="same")
        sequence = live.snapshot.sequence
        again = write("POST", "/needs", document, key=key, Idempotency_Key="same")
        assert first.status_code == again.status_code == status, first.json
        assert first.data == again.data
        assert live.snapshot.sequence == sequence
        other = write("POST", "/needs", bare(title="x"), key=key, Idempotency_Key="same")
        assert other.status_code == 422


def test_a_change_sent_twice_under_one_key_is_queued_once_and_meets_no_conflict_with_itself(
    write: Write, officer: str, elsewhere: str, reader: FlaskClient, live: Service
) -> None:
    address = "/needs/phuket-scap2018-2"
    waiting = live.records.count("submission")
    for _ in range(2):
        queued = write("PATCH", address, {"year": 2019}, key=elsewhere, Idempotency_Key="twice")
        assert queued.status_code == 202, queued.json
    assert live.records.count("submission") == waiting + 1
    tag = reader.get(API + address).headers["ETag"]
    told = [
        write("PATCH", address, {"year": 2020}, key=officer, If_Match=tag, Idempotency_Key="once")
        for _ in range(2)
    ]
    assert [answer.status_code for answer in told] == [200, 200], told[1].json
    assert told[0].data == told[1].data


# Withdrawing and merging


def test_a_need_and_an_offer_are_withdrawn_and_stay(
    write: Write, officer: str, bank: str, live: Service
) -> None:
    assert write("PUT", "/needs/phuket-test-15", need()).status_code == 201
    gone = write("POST", "/needs/phuket-test-15:withdraw", key=officer)
    assert gone.status_code == 200, gone.json
    assert live.snapshot.get("need", "phuket-test-15").text("status") == "withdrawn"
    offer = write("POST", "/offers/adb-finance:withdraw", key=bank)
    assert offer.status_code == 200, offer.json
    assert live.snapshot.get("offer", "adb-finance").text("status") == "withdrawn"
    assert write("POST", "/offers/world-bank-finance:withdraw", key=bank).status_code == 202


def test_a_partner_to_whom_facts_refer_is_not_withdrawn(write: Write, live: Service) -> None:
    assert write("POST", "/partners/adb:withdraw").status_code == 409
    made = write("POST", "/partners", {
        "name": "Made-up institute", "full_name": "The made-up institute", "kind": "university",
        "source": ["house"], "locator": ["a test"], "date": "2026", "source_held": True,
    })  # fmt: skip
    assert body(made)["id"] == "made-up-institute"
    assert write("POST", "/partners/made-up-institute:withdraw").status_code == 200
    assert "made-up-institute" not in live.snapshot.entities


def test_a_merged_identifier_leads_on_for_ever(
    write: Write, reader: FlaskClient, live: Service
) -> None:
    assert write("PUT", "/needs/phuket-test-16", need()).status_code == 201
    assert write("PUT", "/needs/phuket-test-17", need()).status_code == 201
    dry = write("POST", "/needs/phuket-test-17:merge?validate=only", {"into": "phuket-test-16"})
    assert body(dry)["outcome"] == "checked"
    done = write(
        "POST", "/needs/phuket-test-17:merge", {"into": "phuket-test-16"}, Idempotency_Key="m"
    )
    assert done.status_code == 200, done.json
    moved = reader.get(f"{API}/needs/phuket-test-17")
    assert moved.status_code == 308
    assert moved.headers["Location"].endswith("/needs/phuket-test-16")
    assert write("PUT", "/needs/phuket-test-17", need()).status_code == 409
    assert write("PATCH", "/needs/phuket-test-17", {"year": 2020}).status_code == 409
    for into in ("phuket-test-16", "nothing", "phuket"):
        answer = write("POST", "/needs/phuket-test-16:merge", {"into": into})
        assert answer.status_code in (404, 409)


# Bodies


def test_a_body_that_does_not_fit_tells_every_fault(reader: FlaskClient, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    body = {"name": "", "latitude": 97, "color": "blue", "country": ["x"]}
    answer = reader.put(API + "/cities/newtown", headers=headers, json=body)
    assert answer.status_code == 422
    assert answer.json is not None
    named = {fault["property"] for fault in answer.json["faults"]}
    assert {"name", "latitude", "color", "country", "locator"} <= named


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"", "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"x"', "application/json", 422),
        (b'{"name": ' + b"[" * 900 + b"]" * 900 + b"}", "application/json", 422),
        (b"[" * 100_000, "application/json", 400),
        (b'{"id": "other"}', "application/json", 422),
        (b'{"type": "need"}', "application/json", 422),
        (b" " * (1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_used_is_refused(
    reader: FlaskClient, token: str, body: bytes, kind: str, status: int
) -> None:
    answer = reader.put(
        API + "/cities/phuket",
        headers={"Authorization": f"Bearer {token}"},
        data=body,
        content_type=kind or None,
    )
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_a_large_body_that_comes_in_pieces_is_refused_too(live: Service, token: str) -> None:
    body = b'{"name": "' + b"x" * (1024 * 1024) + b'"}'
    builder = EnvironBuilder(
        API + "/cities/phuket",
        method="PUT",
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
        input_stream=io.BytesIO(body),
    )
    environ = builder.get_environ()
    environ.pop("CONTENT_LENGTH", None)
    environ["wsgi.input_terminated"] = True
    _, status, _ = run_wsgi_app(create_app(live), environ)
    assert status.startswith("413")


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
names = st.one_of(
    st.sampled_from(["id", "type", "name", "country", "latitude", "source", "locator", "caption"]),
    st.text(max_size=8),
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(st.dictionaries(names, values, max_size=6))
def test_no_document_breaks_the_service(
    reader: FlaskClient, token: str, document: dict[str, object]
) -> None:
    answer = reader.put(
        f"{API}/cities/newtown", headers={"Authorization": f"Bearer {token}"}, json=document
    )
    assert answer.status_code in (400, 422)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(st.binary(max_size=200))
def test_no_body_breaks_the_service(reader: FlaskClient, token: str, body: bytes) -> None:
    answer = reader.put(
        f"{API}/cities/newtown",
        headers={"Authorization": f"Bearer {token}"},
        data=body,
        content_type="application/json",
    )
    assert answer.status_code in (400, 422)
