"""Problems: one table, RFC 9457 for programs, readable pages for people, and never a traceback."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import BadGateway, Gone
from werkzeug.test import EnvironBuilder, run_wsgi_app

from matchmaker import errors
from matchmaker.usecases.idempotency import KeyReusedError, UnderWayError
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from matchmaker.web.contract.conditions import PreconditionRequiredError
from matchmaker.web.problems import KINDS, describe

API = "/api/v1"
MEMBERS = {"type", "title", "status", "detail", "instance"}


def domain_errors() -> list[BaseException]:
    return [
        errors.NotFoundError("need", "x", ["y"]),
        errors.BadRequestError("limit", "too much"),
        errors.InvalidDataError([errors.Fault("", 0, "name", "is empty")]),
        errors.SchemaError("secret inside"),
        errors.ConflictError("taken"),
        errors.VersionConflictError("changed", 17),
        errors.MovedError("need", "x", "y"),
        errors.MoveNotPossibleError("not now", "proposed", ["note"]),
        errors.OpenAlreadyError("one"),
        errors.NotAllowedError("no"),
        errors.NotYourMoveError("not you", ["city"]),
        errors.SignInNeededError("who?"),
        errors.SignInRefusedError("no"),
        errors.KeyRefusedError("unknown"),
        errors.LinkRefusedError("used"),
        errors.MailError("lost"),
        errors.TooManyRequestsError("enough", 7),
        errors.StoreUnavailableError("away"),
        errors.DatabaseStartError("away"),
        errors.SettingsError("secret inside"),
        KeyError("secret inside"),
    ]


@pytest.mark.parametrize("error", domain_errors(), ids=lambda e: type(e).__name__)
def test_every_error_has_a_problem_with_a_stable_type(app: Flask, error: BaseException) -> None:
    with app.test_request_context(f"{API}/needs/x"):
        problem = describe(error)
    assert problem.slug in KINDS
    assert problem.status == KINDS[problem.slug].status
    document = problem.as_json("/somewhere")
    assert set(document) >= MEMBERS
    assert "secret" not in str(document)


@pytest.mark.parametrize(
    ("error", "status", "slug", "headers"),
    [
        (errors.SignInNeededError("who?"), 401, "sign-in-needed",
         {"WWW-Authenticate": 'Bearer realm="matchmaker"'}),
        (errors.KeyRefusedError("unknown"), 401, "key-refused",
         {"WWW-Authenticate": 'Bearer realm="matchmaker", error="invalid_token"'}),
        (errors.VersionConflictError("changed", 17), 412, "precondition-failed", {}),
        (errors.ConflictError("taken"), 409, "conflict", {}),
        (KeyReusedError("other"), 422, "idempotency-key-reused", {}),
        (UnderWayError("soon"), 409, "request-under-way", {"Retry-After": "1"}),
        (PreconditionRequiredError("which?"), 428, "precondition-required", {}),
        (errors.TooManyRequestsError("enough", 7), 429, "too-many-requests", {"Retry-After": "7"}),
    ],
)  # fmt: skip
def test_programs_are_told_what_to_do_next(
    error: BaseException, status: int, slug: str, headers: dict[str, str]
) -> None:
    problem = describe(error)
    assert (problem.status, problem.slug, dict(problem.headers)) == (status, slug, headers)


def test_what_brokering_refuses_says_where_it_stands_and_whose_move_it_is() -> None:
    stands = describe(errors.MoveNotPossibleError("not now", "proposed", ["note"]))
    assert (stands.status, stands.extras) == (409, {"stage": "proposed", "possible": ["note"]})
    whose = describe(errors.NotYourMoveError("not you", ["city"]))
    assert (whose.status, whose.extras) == (403, {"parties": ["city"]})
    taken = describe(errors.OpenAlreadyError("one"))
    assert (taken.status, taken.extras) == (409, {"engagement": "one"})


def test_every_domain_error_is_in_the_table_on_purpose() -> None:
    known = {type(e) for e in domain_errors()}
    classes = [c for c in vars(errors).values() if isinstance(c, type)]
    raised = {c for c in classes if issubclass(c, errors.MatchmakerError)}
    assert raised - {errors.MatchmakerError} <= known


@pytest.mark.parametrize(
    ("method", "address", "status", "slug"),
    [
        ("GET", "/cities/atlantis", 404, "not-found"),
        ("GET", "/cities/phuket-scap2018-1", 404, "not-found"),
        ("GET", f"/cities/{'a' * 4000}", 404, "not-found"),
        ("GET", "/citys", 404, "not-found"),
        ("GET", "/cities/phuket/matches/more", 404, "not-found"),
        ("GET", "/cities/%E0%B8%A0%E0%B8%B9%E0%B9%80%E0%B8%81%E0%B9%87%E0%B8%95", 404, "not-found"),
        ("GET", "/matches/phuket-scap2018-1/nobody", 404, "not-found"),
        ("GET", "/matches/nothing/jica", 404, "not-found"),
        ("GET", "/needs?limit=0", 400, "bad-parameter"),
        ("GET", "/needs?limit=5&limit=6", 400, "bad-parameter"),
        ("GET", "/needs?city=atlantis", 400, "bad-parameter"),
        ("GET", "/needs?colour=blue", 400, "bad-parameter"),
        ("GET", "/needs/phuket-scap2018-1/matches?limit=201", 400, "bad-parameter"),
        ("GET", "/needs/phuket-scap2018-1/matches?page=2", 400, "bad-parameter"),
        ("GET", "/cities/phuket?limit=2", 400, "bad-parameter"),
        ("GET", "/search", 400, "bad-parameter"),
        ("GET", "/search?q=%ff", 400, "bad-request"),
        ("GET", "/search?q=%zz", 400, "bad-request"),
        ("GET", "/search?q=%00", 400, "bad-request"),
        ("POST", "/cities", 405, "method-not-allowed"),
        ("PATCH", "/cities", 405, "method-not-allowed"),
    ],
)
def test_the_api_answers_what_it_cannot_do_as_a_problem(
    client: FlaskClient, method: str, address: str, status: int, slug: str
) -> None:
    answer = client.open(API + address, method=method)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    problem = answer.json
    assert problem is not None
    assert set(problem) >= MEMBERS
    assert problem["type"] == f"/problems/{slug}"
    assert problem["status"] == status
    assert len(answer.data) < 2000
    assert client.get(problem["type"]).status_code == 200


def test_an_http_error_without_a_kind_of_its_own_says_no_more_than_its_status() -> None:
    assert describe(Gone()).as_json("/x")["type"] == "about:blank"
    assert describe(BadGateway("secret inside")).detail == KINDS["server-error"].explanation


def test_doubled_slashes_lead_to_the_address_meant(client: FlaskClient) -> None:
    answer = client.get(f"{API}//cities")
    assert answer.status_code == 308
    assert answer.headers["Location"].endswith(f"{API}/cities")


def test_a_wrong_method_is_told_which_methods_there_are(client: FlaskClient) -> None:
    answer = client.post(API + "/cities/phuket")
    assert {"GET", "PUT", "DELETE"} <= set(answer.headers["Allow"].split(", "))


def test_what_looks_alike_is_suggested(client: FlaskClient) -> None:
    node = client.get(API + "/cities/phukett").json
    address = client.get(API + "/citties").json
    assert node is not None
    assert address is not None
    assert node["suggestions"][0] == "phuket"
    assert address["suggestions"][0] == API + "/cities"


@pytest.mark.parametrize("raw", [b"/api/v1/cities/\xff", b"/\xff\xfe", b"/api/v1/nodes/\xc3\x28"])
def test_a_path_that_is_not_utf8_is_refused(app: Flask, raw: bytes) -> None:
    environ = EnvironBuilder("/").get_environ()
    environ["PATH_INFO"] = raw.decode("latin-1")
    _, status, _ = run_wsgi_app(app, environ)
    assert status.startswith("400")


def test_every_kind_of_problem_has_a_page_and_a_document(client: FlaskClient) -> None:
    for slug, kind in KINDS.items():
        page = client.get(f"/problems/{slug}", headers={"Accept": "text/html"})
        assert (page.status_code, page.mimetype) == (200, "text/html")
        assert kind.explanation.split("'")[0] in page.get_data(as_text=True)
        document = client.get(f"/problems/{slug}", headers={"Accept": "application/json"})
        assert document.json == {
            "type": f"/problems/{slug}",
            "status": kind.status,
            "title": kind.title,
            "explanation": kind.explanation,
        }
        assert "Accept" in document.headers["Vary"]
    listed = client.get("/problems/", headers={"Accept": "application/json"}).json
    assert listed is not None
    assert len(listed["items"]) == len(KINDS)
    assert client.get("/problems/no-such-kind").status_code == 404


def test_people_get_a_page_and_programs_a_document_for_the_same_error(client: FlaskClient) -> None:
    page = client.get("/cities/phukett", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert 'href="/nodes/phuket"' in page.get_data(as_text=True)
    assert "Accept" in page.headers["Vary"]
    document = client.get("/cities/phukett", headers={"Accept": "application/json"})
    assert (document.status_code, document.mimetype) == (404, "application/problem+json")


def broken(service: Service) -> Flask:
    """Return an app with a view that has a defect."""
    app = create_app(service)

    def defect() -> str:
        raise RuntimeError("the password is swordfish")

    app.add_url_rule("/api/v1/defect", "defect", defect)
    app.add_url_rule("/defect", "defect_page", defect)
    return app


@pytest.mark.parametrize("address", ["/api/v1/defect", "/defect"])
def test_a_defect_is_logged_but_not_shown(
    service: Service, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    answer = broken(service).test_client().get(address)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "swordfish" not in text
    assert "Traceback" not in text
    assert "swordfish" in caplog.text


texts = st.text(st.characters(codec="utf-8"), max_size=60)
junk = st.one_of(texts, st.text(string.printable, max_size=60), st.just("a" * 3000))
rules = st.sampled_from(
    ["/{}", "/cities/{}", "/needs/{}/matches", "/nodes/{}", "/matches/{}/jica", "/matches/jica/{}",
     "/relationships/phuket/{}/country-thailand", "/partners/{}/matches", "/offers/{}"]
)  # fmt: skip
queries = st.sampled_from(["limit", "cursor", "q", "city", "country", "topic", "year", "status"])
calm = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@calm
@given(rules, junk)
@example("/nodes/{}", "../../etc/passwd")
@example("/{}", "//evil.example/")
@example("/cities/{}", "phuket;DROP")
@example("/nodes/{}", "\x00")
def test_no_identifier_breaks_the_service(client: FlaskClient, rule: str, text: str) -> None:
    answer = client.get(API + rule.format(quote(text, safe="")))
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json"


@calm
@given(queries, junk)
@example("limit", "-0")
@example("cursor", "=")
@example("year", "9" * 30)
@example("q", "\u0e33" * 100)
def test_no_parameter_breaks_the_service(client: FlaskClient, name: str, text: str) -> None:
    for address in ("/needs", "/search"):
        answer = client.get(f"{API}{address}?{name}={quote(text, safe='')}")
        assert answer.status_code in (200, 400)


@calm
@given(st.text(string.printable.strip() + " ", max_size=80))
def test_no_raw_query_breaks_the_service(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{API}/needs", query_string=query)
    assert answer.status_code in (200, 400)


headers = st.sampled_from(
    ["If-None-Match", "Accept", "Accept-Encoding", "Authorization", "Content-Type", "Range",
     "If-Modified-Since", "Host", "Origin", "Accept-Language", "X-Forwarded-For"]
)  # fmt: skip
latin = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)


@calm
@given(headers, latin)
@example("Range", "bytes=0-1")
@example("Range", "bytes=9999999-")
@example("Accept-Encoding", "gzip;q=x")
@example("If-None-Match", "*")
def test_no_header_breaks_the_service(client: FlaskClient, name: str, value: str) -> None:
    for address in (f"{API}/cities/phuket", "/problems/", f"{API}/nope"):
        assert client.get(address, headers={name: value}).status_code < 500
