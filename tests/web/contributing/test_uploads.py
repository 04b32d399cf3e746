"""Uploads and unsaved matches over the API and on the desk, on a real Neo4j."""

from __future__ import annotations

import gzip
import io
import re
import time
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matchmaker.permissions import SYSTEM, Caller
from matchmaker.usecases import accounts
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from matchmaker.web.contributing import uploads as views
from tests.web.conftest import PASSWORD

API = "/api/v1"
HEADER = "id,title,city,topics,year,source,locator,date,source_held\n"
ROW = "{},Made-up need,phuket,water-supply,{},smart-city-action-plans-2018,p. 50,2018-07-08,true\n"
UNSAVED = {
    "title": "Made-up drains for the old town",
    "description": "Pumps and sensors that keep made-up streets dry.",
    "city": "phuket",
    "topics": ["flood-management"],
}
Send = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def app_client(live: Service) -> FlaskClient:
    return create_app(live).test_client()


@pytest.fixture(scope="module")
def send(app_client: FlaskClient, token: str) -> Send:
    def run(
        data: str | bytes, query: str = "type=needs", media: str = "text/csv", key: str = token,
        **more: Any,
    ) -> TestResponse:  # fmt: skip
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        return app_client.post(
            f"{API}/uploads?{query}", data=data, content_type=media, headers=headers, **more
        )

    return run


@pytest.fixture(scope="module")
def get(app_client: FlaskClient, token: str) -> Send:
    def run(address: str) -> TestResponse:
        return app_client.get(API + address, headers={"Authorization": f"Bearer {token}"})

    return run


@pytest.fixture(scope="module")
def fits(app_client: FlaskClient) -> Callable[[str, Any], None]:
    """Return a function that checks a document against a schema of the specification."""
    told = app_client.get(f"{API}/openapi.json").get_json()

    def run(name: str, document: Any) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": told["components"]}
        jsonschema.validate(document, schema)

    return run


def ended(get: Send, address: str) -> dict[str, Any]:
    """Wait until an upload has ended, and return it."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        document: dict[str, Any] = get(address.removeprefix(API)).get_json()
        if document["ended_at"]:
            return document
        time.sleep(0.1)
    raise AssertionError("the upload does not end")


def test_a_table_is_taken_and_its_report_is_found_where_the_answer_says(
    send: Send, get: Send, fits: Callable[[str, Any], None], live: Service
) -> None:
    answer = send(HEADER + ROW.format("web-1", 2024) + ROW.format("web-2", 2024))
    assert answer.status_code == 202, answer.get_json()
    fits("Upload", answer.get_json())
    assert answer.headers["Cache-Control"] == "no-store"
    document = ended(get, answer.headers["Location"])
    fits("UploadDetail", document)
    assert (document["state"], document["created"]) == ("published", 2)
    assert "web-2" in live.snapshot.entities
    listed = get("/uploads?limit=1").get_json()
    fits("UploadList", listed)
    assert listed["items"][0]["id"] == document["id"]


def test_json_lines_and_dry_runs_are_taken(send: Send, get: Send, live: Service) -> None:
    answer = send('{"id": "web-3"}\n', "validate=only&type=needs", "application/x-ndjson")
    document = ended(get, answer.headers["Location"])
    assert document["state"] == "refused"
    assert {fault["column"] for fault in document["faults"]} >= {"title", "city", "source"}
    answer = send(HEADER + ROW.format("web-3", 2024), "validate=only&type=needs")
    document = ended(get, answer.headers["Location"])
    assert (document["state"], document["created"]) == ("checked", 1)
    assert "web-3" not in live.snapshot.entities


@pytest.mark.parametrize(
    ("query", "media", "status"),
    [
        ("type=needs", "application/json", 415),
        ("type=needs", "text/csv; charset=utf-16", 415),
        ("", "text/csv", 400),
        ("type=neds", "text/csv", 400),
        ("type=needs&mode=some", "text/csv", 400),
        ("type=needs&validate=yes", "text/csv", 400),
        ("type=needs&colour=red", "text/csv", 400),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(
    send: Send, query: str, media: str, status: int
) -> None:
    assert send(HEADER, query, media).status_code == status


def test_a_packed_body_is_refused_so_that_it_cannot_unfold(send: Send) -> None:
    packed = gzip.compress(HEADER.encode())
    assert send(packed, headers={"Content-Encoding": "gzip"}).status_code == 415


def test_a_body_beyond_the_bound_is_refused_with_its_length_or_in_pieces(
    send: Send, live: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "LARGEST_FILE", 1_500_000)
    large = (HEADER + ROW.format("web-4", 2024) * 20_000).encode()
    assert len(large) > 1_500_000
    assert send(large).status_code == 413
    in_pieces = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    answer = send(b"", input_stream=io.BytesIO(large), environ_overrides=in_pieces)
    assert answer.status_code == 413
    assert [path.name for path in live.settings.data_dir.glob("*/*.part")] == []
    assert (live.settings.data_dir / "uploads").is_dir()  # it was begun


def test_more_than_other_bodies_may_have_is_taken(send: Send, get: Send) -> None:
    rows = "".join(ROW.format(f"large-{n}", 3000) for n in range(12_000))
    answer = send(HEADER + rows)
    assert answer.status_code == 202
    document = ended(get, answer.headers["Location"])
    assert (document["state"], document["fault_count"]) == ("refused", 12_000)
    assert len(document["faults"]) == 1_000


def test_others_are_refused_before_their_file_is_read(
    app_client: FlaskClient, live: Service, send: Send
) -> None:
    assert app_client.post(f"{API}/uploads?type=needs", data=HEADER).status_code == 401
    made = accounts.invite(
        live, SYSTEM, email="up@network.example", role="city_officer", subjects=("phuket",)
    )
    accounts.accept_invitation(live, made.link.rpartition("/")[2], "a sentence for writers")
    caller: Caller = accounts.get_account(live, SYSTEM, made.account.id).caller
    key = accounts.create_key(live, caller, "Tests", ["read", "read:members", "write"]).text
    assert send(HEADER, key=key).status_code == 403


def _token_of(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    assert found
    return found[1]


def posted(client: FlaskClient, data: dict[str, Any]) -> TestResponse:
    """Send the form; the temporary file that the client makes of it is closed."""
    answer = client.post("/desk/uploads", data=data)
    answer.request.environ["wsgi.input"].close()
    return answer


def test_staff_upload_a_file_on_the_desk(live: Service, staff: Caller) -> None:
    client = create_app(live).test_client()
    assert client.get("/desk/uploads").status_code == 303
    sign_in = client.get("/sign-in")
    client.post("/sign-in", data={
        "csrf_token": _token_of(sign_in), "email": "staff@network.example", "password": PASSWORD,
    })  # fmt: skip
    page = client.get("/desk/uploads")
    assert page.status_code == 200
    filled = {"csrf_token": _token_of(page), "type": "needs", "mode": "all-or-nothing"}
    rows = HEADER + "".join(ROW.format(f"desk-{n}", 2024 if n else 1) for n in range(12_000))

    def post(name: str, content: str, **more: str) -> TestResponse:
        file = (io.BytesIO(content.encode()), name)
        return posted(client, {**filled, **more, "file": file})

    assert len(rows) > 1024 * 1024
    sent = post("needs.csv", rows)
    assert sent.status_code == 303
    address = sent.headers["Location"]
    for _ in range(300):
        told = client.get(address).get_data(as_text=True)
        if "data-upload" not in told:
            break
        time.sleep(0.1)
    assert "Nothing was changed" in told
    assert "1 lies outside 2018 to 2100" in told
    assert post("needs.xlsx", rows).status_code == 422
    assert post("needs.csv", rows, csrf_token="made-up.token").status_code == 403
    assert address in client.get("/desk/uploads").get_data(as_text=True)
    assert staff.account


def test_a_stranger_s_large_form_is_refused_unread(app_client: FlaskClient) -> None:
    file = (io.BytesIO(b"x" * 3_000_000), "needs.csv")
    answer = posted(app_client, {"type": "needs", "file": file})
    assert answer.status_code == 401


def test_an_unsaved_need_matches_as_it_does_once_it_is_saved(
    app_client: FlaskClient, token: str, live: Service, fits: Callable[[str, Any], None]
) -> None:
    asked = app_client.post(f"{API}/matches:query?limit=200", json={"need": UNSAVED})
    assert asked.status_code == 200, asked.get_json()
    fits("QueriedMatches", asked.get_json())
    fits("MatchQuery", {"need": UNSAVED})
    told = asked.get_json()
    assert told["unsaved"] is True
    identifier = told["need"]["id"]
    assert identifier not in live.snapshot.entities
    provenance = {
        "source": ["city-submission"], "locator": ["unsaved"],
        "date": live.day_of_writing, "source_held": True,
    }  # fmt: skip
    answer = app_client.put(
        f"{API}/needs/{identifier}", json={**UNSAVED, **provenance},
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.get_json()
    saved = app_client.get(f"{API}/needs/{identifier}/matches?limit=200").get_json()
    assert saved["snapshot"]["as_of"] == told["snapshot"]["as_of"]
    assert saved["matches"] == told["matches"]
    assert saved["excluded"] == told["excluded"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"need": UNSAVED, "offer": {}}, 422),
        ({"city": {}}, 422),
        ({"need": []}, 422),
        ({"need": {**UNSAVED, "type": "offer"}}, 422),
        ({"need": {**UNSAVED, "city": "nowhere"}}, 422),
        ([], 422),
    ],
)
def test_what_is_no_need_and_no_offer_is_refused(
    app_client: FlaskClient, body: Any, status: int
) -> None:
    assert app_client.post(f"{API}/matches:query", json=body).status_code == status


def test_parameters_of_unsaved_matches_are_those_of_saved_ones(app_client: FlaskClient) -> None:
    for query in ("limit=0", "diversity=2", "colour=red"):
        answer = app_client.post(f"{API}/matches:query?{query}", json={"need": UNSAVED})
        assert answer.status_code == 400
    bounded = app_client.post(
        f"{API}/matches:query?limit=10&diversity=0.8", json={"need": UNSAVED}
    ).get_json()
    assert bounded["diversity"]["most"] == 2
