"""The API's operations on accounts, on a real Neo4j: by key and by session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from matchmaker.permissions import SYSTEM
from matchmaker.usecases import accounts
from matchmaker.usecases.service import Service
from tests.web.accounts.conftest import Enter, Person

Call = Callable[..., TestResponse]


@pytest.fixture
def by_key(site: Flask, live: Service, enter: Enter) -> Callable[..., Call]:
    """Return a function that gives an account of a role a key, and returns what calls with it."""

    def run(role: str, *subjects: str, scopes: tuple[str, ...] = ("read", "account")) -> Call:
        owner = enter(role, *subjects).account
        made = accounts.create_key(live, SYSTEM, "For tests", scopes, account=owner)
        headers = {"Authorization": f"Bearer {made.text}"}

        def call(method: str, path: str, document: Any = None, **more: str) -> TestResponse:
            client = site.test_client()
            address = "/api/v1" + path
            return client.open(address, method=method, json=document, headers={**headers, **more})

        return call

    return run


def body(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    return dict(answer.json)


def test_every_answer_fits_the_schema_that_the_document_gives(
    by_key: Callable[..., Call], enter: Enter
) -> None:
    call, document = by_key("administrator"), enter("partner").api("GET", "/openapi.json").json
    assert document is not None
    invitation = {
        "email": "api-schema@city.example",
        "role": "city_officer",
        "subjects": ["phuket"],
    }
    made = body(call("POST", "/accounts", invitation), 201)
    key = body(call("POST", "/me/keys", {"name": "One", "scopes": ["read"]}), 201)
    answers = {
        "Me": body(call("GET", "/me")),
        "PersonalData": body(call("GET", "/me/data")),
        "ApiKeyList": body(call("GET", "/me/keys")),
        "NewApiKey": key,
        "ApiKey": body(call("DELETE", f"/me/keys/{key['key']['id']}")),
        "AccountList": body(call("GET", "/accounts")),
        "Invitation": made,
        "Account": body(call("PATCH", f"/accounts/{made['account']['id']}", {"name": "Officer"})),
        "AuditList": body(call("GET", "/audit")),
    }
    for name, answer in answers.items():
        shape = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.validate(answer, shape)


def test_a_key_tells_whose_it_is_and_how_far_it_reaches(by_key: Callable[..., Call]) -> None:
    told = body(by_key("partner")("GET", "/me"))
    assert told["scopes"] == ["account", "read"]
    assert told["key"]
    assert "csrf_token" not in told
    assert {"password", "epoch"}.isdisjoint(told["account"])


def test_a_key_without_the_scope_reaches_nothing_of_the_account(
    by_key: Callable[..., Call],
) -> None:
    call = by_key("administrator", scopes=("read",))
    for path in ("/me", "/me/keys", "/me/data", "/accounts", "/audit"):
        assert call("GET", path).status_code == 403
    assert call("GET", "/needs").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Bearer mk_unknown", "Bearer mk_0_0", "Bearer", "Bearer ", "Basic YTpi", "mk_a",
        "Bearer " + "x" * 9999,
    ],
)  # fmt: skip
def test_credentials_that_are_no_good_key_are_refused_and_never_taken_for_the_public(
    site: Flask, header: str
) -> None:
    answer = site.test_client().get("/api/v1/needs", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_counts_before_a_cookie(enter: Enter) -> None:
    person = enter("administrator")
    headers = {"Authorization": "Bearer mk_unknown"}
    assert person.api("GET", "/accounts", headers=headers).status_code == 401


def test_the_public_must_sign_in(site: Flask) -> None:
    client = site.test_client()
    for path in ("/me", "/me/keys", "/me/data", "/accounts", "/audit"):
        assert client.get("/api/v1" + path).status_code == 401
    assert client.post("/api/v1/accounts", json={}).status_code == 401


def test_in_a_session_a_write_needs_the_token_that_only_our_origin_can_read(enter: Enter) -> None:
    person: Person = enter("partner")
    key = {"name": "From a page", "scopes": ["read"]}
    refused = person.api("POST", "/me/keys", key)
    assert refused.status_code == 403
    assert refused.json is not None
    assert refused.json["type"] == "/problems/form-refused"
    told = person.api("GET", "/me").json
    assert told is not None
    headers = {"X-CSRF-Token": told["csrf_token"]}
    assert person.api("POST", "/me/keys", key, headers=headers).status_code == 201
    foreign = {**headers, "Origin": "https://elsewhere.example"}
    assert person.api("POST", "/me/keys", key, headers=foreign).status_code == 403


@pytest.mark.parametrize(
    ("path", "document", "fault"),
    [
        ("/me/keys", {"name": "K", "scopes": ["read"], "account": "other"}, "account"),
        ("/me/keys", {"name": "K", "scopes": ["read"], "digest": "0"}, "digest"),
        ("/me/keys", {"name": "K", "scopes": "read"}, "scopes"),
        ("/me/keys", {"name": "K", "scopes": ["read"], "sandbox": "yes"}, "sandbox"),
        ("/me/keys", {"scopes": ["read"]}, "name"),
        ("/accounts", {"email": "a@b.example", "role": "partner", "state": "active"}, "state"),
        ("/accounts", {"email": "a@b.example", "role": "partner", "password": "x"}, "password"),
        ("/accounts", {"email": "a@b.example", "role": ["partner"]}, "role"),
    ],
)
def test_members_that_are_not_meant_to_be_set_are_refused(
    by_key: Callable[..., Call], path: str, document: dict[str, Any], fault: str
) -> None:
    answer = by_key("administrator")("POST", path, document)
    assert answer.status_code == 422
    assert answer.json is not None
    assert fault in {told["property"] for told in answer.json["faults"]}


@pytest.mark.parametrize(
    "document",
    [
        {"email": "b@c.example"},
        {"id": "x"},
        {"has_password": True},
        {"epoch": 0},
        {},
        {"unlock": 1},
    ],
)
def test_of_an_account_only_what_is_meant_to_be_changed_is(
    by_key: Callable[..., Call], enter: Enter, document: dict[str, Any]
) -> None:
    target = enter("partner").account
    assert by_key("administrator")("PATCH", f"/accounts/{target}", document).status_code == 422


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 413),
        (b"[" * 5_000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b'{"name": "' + b"a" * 100_000 + b'"}', "application/json", 413),
    ],
)
def test_a_body_that_is_no_small_json_object_is_refused(
    site: Flask, live: Service, enter: Enter, raw: bytes, kind: str, status: int
) -> None:
    made = accounts.create_key(
        live, SYSTEM, "For tests", ("account",), account=enter("partner").account
    )
    headers = {"Authorization": f"Bearer {made.text}", "Content-Type": kind}
    answer = site.test_client().post("/api/v1/me/keys", data=raw, headers=headers)
    assert answer.status_code == status


def test_nobody_but_staff_reaches_accounts_and_nobody_raises_himself(
    by_key: Callable[..., Call], enter: Enter
) -> None:
    target = enter("partner").account
    for role, subject in (("portal", ""), ("partner", ""), ("city_officer", "phuket")):
        call = by_key(role, *([subject] if subject else []))
        me = body(call("GET", "/me"))["account"]["id"]
        raised = {"role": "administrator"}
        assert call("GET", "/accounts").status_code == 403
        assert call("GET", f"/accounts/{target}").status_code == 403
        assert call("PATCH", f"/accounts/{me}", raised).status_code == 403
        assert call("PATCH", "/accounts/nothing", raised).status_code == 403
        invitation = {"email": "mine@network.example", "role": "administrator"}
        assert call("POST", "/accounts", invitation).status_code == 403
        assert call("GET", "/audit").status_code == 403


def test_the_secretariat_does_not_make_administrators(by_key: Callable[..., Call]) -> None:
    call = by_key("secretariat")
    invitation = {"email": "raised@network.example", "role": "administrator"}
    assert call("POST", "/accounts", invitation).status_code == 403
    assert call("POST", "/accounts", invitation | {"role": "partner"}).status_code == 201


def test_a_key_makes_no_key_that_reaches_further(by_key: Callable[..., Call]) -> None:
    call = by_key("partner", scopes=("account",))
    assert call("POST", "/me/keys", {"name": "More", "scopes": ["write"]}).status_code == 403
    assert call("POST", "/me/keys", {"name": "Same", "scopes": ["account"]}).status_code == 201


def test_nobody_sees_or_revokes_the_keys_of_another(by_key: Callable[..., Call]) -> None:
    owner, other = by_key("partner"), by_key("partner")
    key = body(owner("GET", "/me/keys"))["items"][0]["id"]
    assert other("DELETE", f"/me/keys/{key}").status_code == 404
    assert key not in other("GET", "/me/keys").text
    assert owner("DELETE", f"/me/keys/{key}").status_code == 200
    assert owner("GET", "/me/keys").status_code == 401  # it was the very key in use


def test_a_change_of_an_account_that_somebody_else_has_changed_is_refused(
    by_key: Callable[..., Call], enter: Enter
) -> None:
    call, target = by_key("administrator"), enter("partner").account
    seen = call("GET", f"/accounts/{target}")
    tag = seen.headers["ETag"]
    first = call("PATCH", f"/accounts/{target}", {"name": "First"}, **{"If-Match": tag})
    assert body(first)["name"] == "First"
    second = call("PATCH", f"/accounts/{target}", {"name": "Second"}, **{"If-Match": tag})
    assert second.status_code == 412
    new = {"If-Match": first.headers["ETag"]}
    assert body(call("PATCH", f"/accounts/{target}", {"name": "Third"}, **new))["name"] == "Third"


def test_lists_come_in_pages_and_can_be_narrowed(by_key: Callable[..., Call], enter: Enter) -> None:
    call = by_key("administrator")
    enter("portal")
    page = body(call("GET", "/accounts?limit=1"))
    seen = []
    while True:
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        page = body(call("GET", f"/accounts?limit=1&cursor={page['next']}"))
    assert len(seen) == len(set(seen)) >= 2
    portals = body(call("GET", "/accounts?role=portal"))["items"]
    assert {item["role"] for item in portals} == {"portal"}
    for wrong in ("role=king", "state=asleep", "limit=0", "limit=999", "cursor=x", "rule=a"):
        assert call("GET", f"/accounts?{wrong}").status_code == 400
    events = body(call("GET", "/audit?action=signed_in&limit=1"))
    assert [event["action"] for event in events["items"]] == ["signed_in"]
    assert events["next"]


def test_without_a_database_a_key_is_not_taken_for_the_public(client: Any) -> None:
    key = "mk_0123456789ab_" + "A" * 43
    away = client.get("/api/v1/needs", headers={"Authorization": f"Bearer {key}"})
    assert away.status_code == 503
    client.set_cookie("matchmaker_session", "x" * 43)
    assert client.get("/needs").status_code == 200
    assert client.get("/account").status_code == 503
