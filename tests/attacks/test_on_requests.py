"""Attacks by what is sent: bodies, addresses and headers that were made to break something."""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from matchmaker.permissions import SYSTEM
from matchmaker.usecases import accounts
from matchmaker.usecases.contributing import merging, reports, writing
from matchmaker.usecases.service import Service
from matchmaker.web.api import operations
from matchmaker.web.app import create_app
from tests.cast import Browser, Cast

API = "/api/v1"
Call = Callable[..., TestResponse]
NEED = {
    "title": "Made up", "city": "phuket", "description": "Made up.", "topics": ["air-quality"],
    "support_types": ["finance"], "year": 2026, "source": ["house"], "locator": ["p. 1"],
    "date": "2026-03-01", "source_held": True,
}  # fmt: skip
WHITE_PAPER = {
    "type": "white_paper", "id": "white-paper-made-up-1", "title": "Made up", "cities": ["phuket"],
    "partners": ["adb"], "language": "english", "edition": 1, "published_on": "2026-03-01",
    "file_name": "made-up.pdf", "media_type": "application/pdf", "size": 1, "sha256": "0" * 64,
    "date": "2026-03-01", "source_held": True,
}  # fmt: skip
DECLINE = {
    "type": "decline", "id": "decline-made-up", "title": "Made up", "need": "phuket-scap2018-1",
    "partner": "adb", "reason": "terms", "until": "2029-03-01", "basis": "0" * 32,
    "date": "2026-03-01", "source_held": True,
}  # fmt: skip
SCRIPT = "\"'></title><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}${7*7}"
CYPHER = "x'}) DETACH DELETE n // \" }) MATCH (m) DETACH DELETE m // ` $x \\ \\u0027"


@pytest.fixture
def call(site: Flask) -> Call:
    """Return a function that sends something to an address as it stands, with any headers."""
    client = site.test_client(use_cookies=False)

    def run(
        method: str, path: str, data: Any = None, *, key: str = "", kind: str = "", **headers: str
    ) -> TestResponse:
        sent = Headers((name.replace("_", "-"), value) for name, value in headers.items())
        if key:
            sent["Authorization"] = f"Bearer {key}"
        if kind:
            sent["Content-Type"] = kind
        return client.open(path, method=method, data=data, headers=sent)

    return run


@pytest.fixture(scope="module")
def staff(cast: Cast) -> str:
    """Return a key of the secretariat."""
    return cast["secretariat"].key()


def quickly(begun: float, seconds: float = 5.0) -> bool:
    """Tell whether something took no longer than a busy machine excuses."""
    return time.perf_counter() - begun < seconds


# --- bodies --------------------------------------------------------------------------------------


def posts(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield method and address of every operation that takes a JSON body."""
    schema = app.extensions["matchmaker"].schema
    for operation in operations(schema):
        if operation.body and "json" in operation.takes[0]:
            path = operation.path.replace("{id}", "phuket-scap2018-1")
            yield operation.method, path + "|" + operation.takes[0]


def test_xml_is_never_read(site: Flask, call: Call, staff: str) -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">'
        '<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&b;&x;</a>'
    )
    seen = 0
    for method, where in posts(site):
        path, _, _ = where.partition("|")
        for kind in ("application/xml", "text/xml", "application/soap+xml", "image/svg+xml"):
            if seen > 30 and kind != "text/xml":
                continue
            told = call(method, path, bomb, key=staff, kind=kind)
            assert told.status_code in (403, 404, 415), (path, kind, told.text[:200])
            assert "root:" not in told.text
            seen += told.status_code == 415
    assert seen > 30


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"title":' * 100_000 + "1" + "}" * 100_000,
        '{"year": 1' + "0" * 400_000 + "}",
        '{"year": 1e999999999}',
        '{"year": -0.0000000000000000000000000000000000000000000001e-999999}',
        '{"year": NaN}', '{"year": Infinity}', '{"year": -Infinity}',
        '{"title": "\\ud800"}', '{"title": "\\u0000"}', '{"\\u0000": 1}',
        '{"__proto__": {"role": "administrator"}, "constructor": {"prototype": {}}}',
        '{"title": {"$gt": ""}}', '{"title": ["x", {"id": {"id": []}}]}',
        "", " ", "\x00", "\xff\xfe", "null", "true", "0", '"text"', "[]", "{", "{}}", "{'a': 1}",
        "//comment\n{}", '\ufeff{"a": 1}',
    ],
)  # fmt: skip
def test_no_json_bomb_does_more_than_to_be_refused(
    live: Service, call: Call, staff: str, cast: Cast, text: str
) -> None:
    before = live.snapshot.sequence
    data = text.encode("utf-8", "surrogatepass")
    for method, path, kind in (
        ("POST", f"{API}/needs", "application/json"),
        ("PATCH", f"{API}/needs/phuket-scap2018-1", "application/merge-patch+json"),
        ("POST", f"{API}/matches:query", "application/json"),
        ("POST", f"{API}/reports", "application/json"),
        ("POST", f"{API}/me/keys", "application/json"),
    ):
        begun = time.perf_counter()
        told = call(method, path, data, key=cast["administrator"].key(), kind=kind)
        assert 400 <= told.status_code < 500, (path, told.text[:300])
        assert len(told.data) < 20_000
        assert quickly(begun)
    assert live.snapshot.sequence == before


def test_of_a_member_given_twice_the_same_one_is_judged_and_written(
    live: Service, call: Call, cast: Cast
) -> None:
    """The last one counts for both: neither order makes another city's need an officer's own."""
    key = cast["officer"].key()
    cited = ("city", "source", "locator", "date", "source_held")
    rest = json.dumps({n: v for n, v in NEED.items() if n not in cited})[1:]
    told = call("POST", f"{API}/needs?validate=only", '{"city": "phuket", "city": "jakarta", ' + rest,
                key=key, kind="application/json")  # fmt: skip
    assert told.json is not None
    assert (told.json["would_be"], told.json["after"]["city"]) == ("queued", "jakarta")
    told = call("POST", f"{API}/needs?validate=only", '{"city": "jakarta", "city": "phuket", ' + rest,
                key=key, kind="application/json")  # fmt: skip
    assert told.json is not None
    assert (told.json["would_be"], told.json["after"]["city"]) == ("published", "phuket")


def test_a_packed_body_is_not_unpacked(live: Service, call: Call, staff: str) -> None:
    bomb = gzip.compress(b'{"title": "' + b"a" * 50_000_000 + b'"}')
    assert len(bomb) < 100_000
    begun = time.perf_counter()
    for coding in ("gzip", "deflate", "br", "gzip, gzip", "zstd"):
        told = call("POST", f"{API}/needs", bomb, key=staff, kind="application/json",
                    Content_Encoding=coding)  # fmt: skip
        assert told.status_code in (400, 415)
    told = call("POST", f"{API}/uploads?type=needs", bomb, key=staff, kind="text/csv",
                Content_Encoding="gzip")  # fmt: skip
    assert told.status_code == 415
    assert quickly(begun, 10)


def test_a_body_too_large_is_cut_off_also_when_it_does_not_say_how_large_it_is(
    site: Flask, call: Call, staff: str
) -> None:
    huge = b'{"title": "' + b"a" * 1_500_000 + b'"}'
    told = call("POST", f"{API}/needs", huge, key=staff, kind="application/json")
    assert told.status_code == 413
    builder = EnvironBuilder(
        method="POST", path=f"{API}/needs", input_stream=io.BytesIO(huge),
        headers={"Authorization": f"Bearer {staff}", "Content-Type": "application/json"},
    )  # fmt: skip
    environ = builder.get_environ()
    environ.pop("CONTENT_LENGTH", None)
    environ["wsgi.input_terminated"] = True
    _, status, _ = run_wsgi_app(site, environ)
    assert status.startswith("413")
    form = "&".join(f"a{n}=1" for n in range(100_000))
    browser = Browser(site)
    token = browser.token("/sign-in")
    told = browser.client.post("/sign-in", data=f"csrf_token={token}&{form}",
                               content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert told.status_code in (400, 403, 413)


def test_a_form_of_thousands_of_parts_is_refused(site: Flask) -> None:
    browser = Browser(site)
    data = {"csrf_token": browser.token("/sign-in"), **{f"a{n}": "x" for n in range(1500)}}
    begun = time.perf_counter()
    told = browser.client.post("/sign-in", data=data, content_type="multipart/form-data")
    assert told.status_code in (400, 403, 413)
    assert quickly(begun)


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/static/../settings.py", "/static/%2e%2e/settings.py", "/static/..%2f..%2fsettings.py",
        "/static/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/passwd", "/static//etc/passwd",
        "/static/....//....//etc/passwd", "/static/..%5c..%5csettings.py", "/static/%00",
        "/static/site.css%00.png", "/static/%c0%ae%c0%ae/settings.py", "/..;/admin/accounts",
        "/api/v1/../../admin/accounts", "/api/v1/%2e%2e/%2e%2e/admin/accounts",
        "/api/v1/needs/%2e%2e%2faccounts", "/api/v1/needs/..", "/api/v1/needs/%00",
        "/api/v1/needs/phuket-scap2018-1%00", "/api/v1/needs/%ff%fe", "/api/v1/needs/%ed%a0%80",
        "/api/v1/needs/..%2faccounts", "/api/v1//accounts", "//api/v1/accounts",
        "/api/v1/accounts/", "/API/V1/accounts", "/api/v1/accounts;x=1", "/api/v1/accounts%20",
        "/api/v1/accounts.json", "/admin%2faccounts", "/desk/%2e%2e/admin/accounts", "/.git/config",
        "/.env", "/api/v1/nodes/" + "a" * 50_000, "/" + "a/" * 5_000, "/%" , "/%zz", "/api/v1/%e0",
        "/api/v1/openapi.json%3f", "/desk/uploads/..%2f..%2fetc%2fpasswd",
    ],
)  # fmt: skip
def test_no_trick_with_the_path_reaches_what_is_not_meant(call: Call, path: str) -> None:
    begun = time.perf_counter()
    told = call("GET", path)
    assert told.status_code in (303, 308, 400, 401, 404, 405, 414), told.status_code
    if told.status_code in (303, 308):
        location = told.headers["Location"]
        assert location.startswith(("/sign-in?next=/", "http://localhost/")), location
    for secret in ("root:", "class Settings", "[core]", "@cast.example"):
        assert secret not in told.text
    assert quickly(begun)


@pytest.mark.parametrize(
    "onward",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
     "https://evil.example", "HTTPS://evil.example", "javascript:alert(1)", "data:text/html,x",
     "/%0d%0aLocation:%20https://evil.example", "/\r\nSet-Cookie: a=b", "/\t/evil.example",
     " //evil.example", "/%09/evil.example\x00", "evil.example", ".evil.example", "@evil.example",
     "///evil.example", "/\x7f/evil.example", "/ก//evil.example", "//evil.example%2f..",
     "https:///evil.example", "http:\\\\evil.example"],
)  # fmt: skip
def test_signing_in_leads_to_no_other_site(cast: Cast, site: Flask, onward: str) -> None:
    stranger = Browser(site)
    asked = stranger.get(f"/sign-in?next={quote(onward, safe='')}")
    signed_in = Browser(site)
    told = signed_in.sign_in(cast["portal"].email, next=onward)
    again = signed_in.get(f"/sign-in?next={quote(onward, safe='')}")
    for answer in (asked, told, again):
        location = answer.headers.get("Location", "/")
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))
        assert "evil" not in location or location.startswith("/%")
        assert "\n" not in location
        assert answer.headers.get("Set-Cookie", "").find("a=b") < 0
        if answer.status_code == 200:
            assert 'href="//' not in answer.text


def test_line_ends_in_an_address_add_no_header(live: Service, call: Call, staff: str) -> None:
    for name in ("header-a", "header-b"):
        document = {**NEED, "id": name, "type": "need", "title": name}
        writing.write(live, SYSTEM, document)
    merging.merge(live, SYSTEM, "need", "header-a", "header-b")
    crlf = "%0d%0aSet-Cookie:%20a=b%0d%0a"
    for path in (
        f"{API}/needs/header-a?x={crlf}", f"{API}/matches/header-a/{crlf}",
        f"{API}/matches/header-a/{crlf}/changes", f"{API}/relationships/header-a/{crlf}/phuket",
        f"{API}/relationships/header-a/OF_CITY/{crlf}", f"/needs/header-a?{crlf}",
        f"/matches/header-a/{crlf}", f"/id/header-a{crlf}", f"{API}/matches/header-a/%E0%B8%81",
        f"{API}/relationships/header-a/%F0%9F%92%A9/%E0%B8%81", "/needs/header-a%E2%80%A8",
        f"/{crlf}", f"/problems/{crlf}", f"{API}/needs?fields={crlf}", f"/sign-in?next=/{crlf}",
        "/matches/header-a/%E0%B8%81", f"/relationships/header-a/{crlf}/x",
    ):  # fmt: skip
        told = call("GET", path)
        assert told.status_code < 500, (path, told.text[:300])
        assert "a=b" not in told.headers.get("Set-Cookie", "")
        for name, value in told.headers:
            assert "\n" not in name + value
            assert value.isascii(), (path, name, value)


def test_an_address_of_any_length_and_any_number_of_parameters_is_answered(call: Call) -> None:
    begun = time.perf_counter()
    for query in (
        "q=" + "a" * 100_000, "q=" + "%20a" * 20_000, "&".join(f"city=c{n}" for n in range(5_000)),
        "&".join(f"x{n}=1" for n in range(20_000)), "sort=" + "id," * 20_000, "cursor=" + "A" * 99_999,
        "fields=" + "title," * 20_000, "limit=" + "9" * 50_000, "city=" + "'" * 50_000, "&" * 50_000,
    ):  # fmt: skip
        told = call("GET", f"{API}/needs?{query}")
        assert told.status_code in (200, 400, 414), (query[:30], told.status_code)
    assert quickly(begun, 20)


def test_no_parameter_makes_a_pattern_run_for_ever(call: Call) -> None:
    evil = ["a" * 200 + "!", "(a+)+$", "a@" * 100, " " * 5_000, ";" * 5_000, "-" * 5_000 + "x",
            "0" * 5_000 + "-", "\t" * 2_000, ("a-" * 50) + "A", "," * 5_000, '"' * 3_000]  # fmt: skip
    begun = time.perf_counter()
    for text in evil:
        given = quote(text)
        for path in (f"/needs?q={given}", f"/search?q={given}", f"/needs?city={given}",
                     f"/needs?sort={given}", f"/needs?date.gte={given}", f"/nodes/{given}",
                     f"/changes?since={given}", f"/needs?cursor={given}"):  # fmt: skip
            assert call("GET", API + path).status_code < 500
        for header in ("If_None_Match", "Accept", "Accept_Language", "Accept_Encoding", "Range",
                       "Last_Event_ID", "Cookie", "Authorization", "X_Forwarded_For"):  # fmt: skip
            assert call("GET", f"{API}/topics/air-quality", **{header: text}).status_code < 500
    assert quickly(begun, 45)


# --- headers -------------------------------------------------------------------------------------


def test_no_header_turns_one_method_or_address_into_another(
    live: Service, call: Call, staff: str
) -> None:
    before = live.snapshot.sequence
    for header in ("X_HTTP_Method_Override", "X_HTTP_Method", "X_Method_Override"):
        for method in ("GET", "POST"):
            told = call(method, f"{API}/needs/phuket-scap2018-1", key=staff, **{header: "DELETE"})
            assert told.status_code in (200, 405)
    for header in ("X_Original_URL", "X_Rewrite_URL", "X_Forwarded_Prefix", "X_Forwarded_Path"):
        told = call("GET", f"{API}/snapshot", **{header: "/admin/accounts"})
        assert told.json is not None
        assert told.json["mode"]
    told = call("POST", f"{API}/needs/phuket-scap2018-1?_method=DELETE", key=staff)
    assert told.status_code == 405
    assert live.snapshot.sequence == before


def test_headers_of_any_size_and_shape_break_nothing(call: Call) -> None:
    odd = ["x" * 60_000, '"' * 1_000, ",".join(["*/*;q=0.1"] * 5_000), "\xff\xfe", "a=b;" * 10_000,
           'W/"1-x", ' * 3_000, "-1", "bytes=0-0,1-1", "999999999999999999999"]  # fmt: skip
    begun = time.perf_counter()
    for value in odd:
        for header in ("Accept", "Accept_Language", "Accept_Encoding", "If_Match", "If_None_Match",
                       "Cookie", "Origin", "Referer", "User_Agent", "X_Forwarded_For", "Range",
                       "Idempotency_Key", "If_Modified_Since", "Content_Length_",
                       "Access_Control_Request_Method"):  # fmt: skip
            assert call("GET", f"{API}/topics/air-quality", **{header: value}).status_code < 500
            assert call("POST", f"{API}/reports", "{}", kind="application/json",
                        **{header: value}).status_code < 500  # fmt: skip
    assert quickly(begun, 40)


def test_no_page_can_be_framed_sniffed_or_made_to_run_a_foreign_script(
    site: Flask, cast: Cast
) -> None:
    person = Browser(site).enter(cast["administrator"])
    for path in ("/", "/needs", "/sign-in", "/account", "/account/keys", "/desk", "/admin/accounts",
                 "/admin/audit", "/no-such-page", "/search?q=<script>", f"{API}/docs", f"{API}/me",
                 f"{API}/needs?format=csv", "/static/site.css"):  # fmt: skip
        answer = person.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, path
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
        answer.close()


def test_pages_of_other_origins_get_no_credentials_along(site: Flask, cast: Cast) -> None:
    person = Browser(site).enter(cast["administrator"])
    for origin in (
        "https://evil.example",
        "null",
        "http://localhost.evil.example",
        "http://localhost",
    ):
        for path in ("/me", "/needs?limit=1", "/accounts"):
            answer = person.get(API + path, headers={"Origin": origin})
            assert answer.headers.get("Access-Control-Allow-Origin") in (None, "*")
            assert "Access-Control-Allow-Credentials" not in answer.headers
        asked = person.client.options(f"{API}/me/keys", headers={
            "Origin": origin, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "X-CSRF-Token, Cookie"})  # fmt: skip
        assert "csrf" not in asked.headers.get("Access-Control-Allow-Headers", "").lower()
        assert "Access-Control-Allow-Credentials" not in asked.headers
        assert "Access-Control-Allow-Origin" not in person.get("/account").headers


def test_what_is_answered_to_somebody_is_kept_for_nobody_else(site: Flask, cast: Cast) -> None:
    key, person = cast["partner"].bearer(), Browser(site).enter(cast["administrator"])
    plain = site.test_client()
    answers = [plain.get(API + path, headers=key) for path in
               ("/needs", "/needs/phuket-scap2018-1", "/me", "/changes?since=0&limit=1", "/search?q=a",
                "/needs?format=csv", "/openapi.json")]  # fmt: skip
    answers += [
        person.get(path) for path in ("/", "/needs", "/account", "/desk", "/admin/accounts")
    ]
    for answer in answers:
        control = answer.headers["Cache-Control"]
        assert "public" not in control
        assert "s-maxage" not in control
        assert "private" in control or "no-store" in control
        assert {"Authorization", "Cookie"} <= set(answer.vary) or "no-store" in control
    public = plain.get(f"{API}/needs/phuket-scap2018-1")
    assert {"authorization", "cookie"} <= {name.lower() for name in public.vary}
    # What a cache would take for one file is not one: the name at the end is not looked at.
    for path in ("/account/x.css", "/account/keys/a.js", f"{API}/me/a.css", f"{API}/me%2fa.css"):
        assert person.get(path).status_code == 404


def test_a_host_that_is_none_poisons_no_address(call: Call) -> None:
    for host in (
        'evil.example"><script>',
        "a b",
        "evil.example/path",
        "a@evil.example",
        "[::1",
        "",
    ):
        for path in (f"{API}/needs?format=jsonld&limit=1", "/catalog.jsonld", "/sitemap.xml",
                     f"{API}/docs", "/needs"):  # fmt: skip
            told = call("GET", path, Host=host)
            assert told.status_code < 500, (host, path)
            assert "<script>" not in told.text


# --- forms of other sites ----------------------------------------------------------------------------


def test_no_form_of_another_site_does_anything(site: Flask, cast: Cast, live: Service) -> None:
    person, other = Browser(site).enter(cast["administrator"]), Browser(site).enter(cast["portal"])
    own, foreign = person.token("/account/keys"), other.token("/account/keys")
    asked = 0
    for rule in site.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith("/api/"):
            continue
        path = rule.rule
        for part in rule.arguments:
            path = path.replace(f"<{part}>", "adb")
        while "<any(" in path:
            before, _, rest = path.partition("<any(")
            path = before + rest.split(",")[0].split(")")[0] + rest.partition(">")[2]
        for data, headers in (
            ({}, {}), ({"csrf_token": foreign}, {}), ({"csrf_token": ""}, {}),
            ({"csrf_token": own[::-1]}, {}), ({"csrf_token": own.split(".")[0] + "."}, {}),
            ({"csrf_token": own}, {"Origin": "https://evil.example"}),
            ({"csrf_token": own}, {"Sec-Fetch-Site": "cross-site"}),
            ({"csrf_token": own}, {"Sec-Fetch-Site": "same-site"}),
        ):  # fmt: skip
            told = person.client.post(path, data=data, headers=headers)
            assert told.status_code == 403, (path, data, headers)
            asked += 1
    assert asked > 150
    assert person.get(f"{API}/me").status_code == 200  # nobody has been signed out


def test_a_cookie_alone_changes_nothing_by_the_api(site: Flask, cast: Cast, live: Service) -> None:
    person = Browser(site).enter(cast["administrator"])
    before, keys = live.snapshot.sequence, live.records.count("key")
    for method, path in (("POST", "/needs"), ("PUT", "/needs/a"), ("PATCH", "/needs/phuket-scap2018-1"),
                         ("DELETE", "/needs/phuket-scap2018-1"), ("POST", "/me/keys"),
                         ("POST", "/accounts"), ("POST", "/uploads?type=needs"),
                         ("POST", "/webhooks"), ("POST", "/matches:query"), ("POST", "/reports"),
                         ("DELETE", "/me/keys/a")):  # fmt: skip
        for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded",
                     "multipart/form-data", "text/csv", "application/merge-patch+json"):  # fmt: skip
            told = person.client.open(API + path, method=method, data=json.dumps(NEED),
                                      content_type=kind)  # fmt: skip
            assert told.status_code == 403, (method, path, kind)
        query = f"?csrf_token={person.token('/account/keys')}"
        told = person.client.open(API + path.partition("?")[0] + query, method=method, json=NEED)
        assert told.status_code == 403
    assert (live.snapshot.sequence, live.records.count("key")) == (before, keys)


def test_reading_changes_nothing(site: Flask, cast: Cast, live: Service) -> None:
    person = Browser(site).enter(cast["administrator"])
    before, victim = live.snapshot.sequence, cast["portal"].caller.account
    for path in ("/sign-out", "/account/erase", "/account/sessions/end", "/account/keys/a/revoke",
                 "/desk/submissions/a/publish", f"/admin/accounts/{victim}/erase",
                 f"/admin/accounts/{victim}/suspend"):  # fmt: skip
        for method in ("GET", "HEAD"):
            assert person.client.open(path, method=method).status_code in (404, 405), path
    assert person.get(f"{API}/me").status_code == 200
    assert live.snapshot.sequence == before


# --- texts ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def poisoned(live: Service, cast: Cast) -> dict[str, str]:
    """Put a script, a formula and Cypher into every text there is; return an entity of each type."""
    text = f"=HYPERLINK(1) {SCRIPT} {CYPHER}"
    chosen: dict[str, str] = {}
    for made in (WHITE_PAPER, DECLINE):  # what no seeds tell of
        live.put({**made, "source": ["house"], "locator": ["p. 1"]}, actor="test")
    for kind in live.schema.entities.values():
        identifier = sorted(live.snapshot.of_type(kind.name))[0]
        identifier = {"city": "phuket", "need": "phuket-scap2018-1", "partner": "adb",
                      "offer": "adb-finance"}.get(kind.name, identifier)  # fmt: skip
        document = live.snapshot.entities[identifier].as_json()
        for prop in kind.properties.values():
            if prop.kind == "text" and not prop.pattern and not prop.vocabulary:
                value = [text] * (len(document.get(prop.name, ())) or 1) if prop.many else text
                document[prop.name] = value
        live.put(document, actor="test")
        chosen[kind.name] = identifier
    portal = cast["portal"]
    need = {**NEED, "type": "need", "title": text, "description": text}
    made = writing.create(live, portal.caller, need).submission
    assert made is not None
    chosen["submission"] = made.id
    reports.report(live, portal.caller, entity_id="adb", message=text)
    accounts.create_key(live, cast["administrator"].caller, SCRIPT, ["read"])
    name = f"evil {SCRIPT}"
    accounts.change_account(live, SYSTEM, portal.caller.account, name=name)
    return chosen


def test_no_text_becomes_part_of_a_page(
    live: Service, site: Flask, cast: Cast, poisoned: dict[str, str]
) -> None:
    person = Browser(site).enter(cast["administrator"])
    plurals = {kind.name: kind.plural for kind in live.schema.entities.values()}
    pages = [f"/{plurals[kind]}/{one}" for kind, one in poisoned.items() if kind in plurals]
    pages += [f"/{plural}" for plural in plurals.values()]
    pages += ["/", "/search?q=script", "/topics", "/schema", "/about", "/exposure", "/desk",
              f"/desk/submissions/{poisoned['submission']}", "/desk/reports", "/desk/claims",
              "/desk/merge?type=need&old=phuket-scap2018-1&into=phuket-scap2018-2",
              "/needs/phuket-scap2018-1/edit", "/needs/phuket-scap2018-1/report",
              "/needs/new?city=phuket", "/account", "/account/keys", "/admin/accounts",
              f"/admin/accounts/{cast['portal'].caller.account}", "/admin/audit", f"{API}/docs",
              "/matches/phuket-scap2018-1/adb-finance", "/embed/cities/phuket",
              "/matches/phuket-scap2018-1/adb-finance/changes",
              "/embed/partners/adb", "/desk?state=any", f"/search?q={quote(SCRIPT)}",
              f"/needs?q={quote(SCRIPT)}", f"/{quote(SCRIPT, safe='')}"]  # fmt: skip
    shown = 0
    for path in pages:
        answer = person.get(path)
        assert answer.status_code in (200, 400, 404), (path, answer.status_code)
        text = answer.text
        for raw in ("<script>alert", "<img src=x", "</title><script", "{{49}}", "49${"):
            assert raw not in text, (path, raw)
        shown += "&lt;script&gt;alert" in text
    assert shown > 25
    signed_in = Browser(site).enter(cast["portal"])
    assert "<script>alert" not in signed_in.get("/account").text


def test_data_that_hold_a_script_are_never_answered_as_a_page(
    site: Flask, poisoned: dict[str, str]
) -> None:
    client = site.test_client()
    for path in ("/needs/phuket-scap2018-1", "/needs", "/search?q=script", "/changes?since=0",
                 "/needs?format=csv", "/needs?format=jsonld", "/cities?format=geojson",
                 "/graph.graphml", "/graph.ttl", "/needs?" + quote(SCRIPT)):  # fmt: skip
        answer = client.get(API + path, headers={"Accept": "text/html,*/*"})
        assert answer.mimetype not in ("text/html", "application/xhtml+xml", "image/svg+xml"), path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if path == "/graph.graphml":
            assert "<script" not in answer.text


def test_no_cell_of_a_table_begins_a_formula(
    live: Service, site: Flask, poisoned: dict[str, str]
) -> None:
    import csv

    client = site.test_client()
    guarded = 0
    for kind in live.schema.entities.values():
        text = client.get(f"{API}/{kind.plural}?format=csv").text.removeprefix("\ufeff")
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                begins = cell[:1] in ("=", "+", "@", "\t", "\r")
                assert not begins, (kind.name, cell[:40])
                if cell.startswith("-"):
                    float(cell)
                guarded += cell.startswith("'=HYPERLINK")
    assert guarded > 10


def test_no_text_becomes_part_of_a_query_to_the_database(
    live: Service, call: Call, staff: str, cast: Cast, poisoned: dict[str, str]
) -> None:
    entities, keys = len(live.snapshot.entities), live.records.count("key")
    key, given = cast["administrator"].key(), quote(CYPHER, safe="")
    for operation in operations(live.schema):
        path = operation.path
        for name in operation.variables:
            path = path.replace(f"{{{name}}}", given)
        if operation.name == "stream_changes":
            path += "?seconds=1"
        elif operation.query:
            path += f"?{operation.query[0]}={given}"
        options = {"data": "{}", "kind": operation.takes[0]} if operation.body else {}
        told = call(operation.method, path, key=key, **options)
        assert told.status_code < 500, (operation.name, told.text[:200])
        if told.is_streamed:
            told.close()
    for name in ("cursor", "state", "type", "role", "account", "action"):
        for plural in ("submissions", "claims", "reports", "accounts", "audit", "uploads"):
            told = call("GET", f"{API}/{plural}?{name}={given}", key=key)
            assert told.status_code in (200, 400)
    for member in ("name", "email", "role"):
        body = json.dumps({"email": "a@b.example", "role": "portal", member: CYPHER})
        told = call("POST", f"{API}/accounts", body, key=key, kind="application/json")
        assert told.status_code in (201, 400, 422)
    assert len(live.snapshot.entities) == entities
    assert live.records.count("key") == keys
    with create_app(live).test_client() as fresh:
        assert fresh.get(f"{API}/needs/phuket-scap2018-1").json["title"].endswith(CYPHER)  # type: ignore[index]


@pytest.mark.parametrize(
    "name", ["__proto__", "constructor", "__class__", "toString", "_id", "$where"]
)
def test_names_that_mean_something_elsewhere_mean_nothing_here(
    call: Call, staff: str, name: str
) -> None:
    for path in (f"/needs?{name}=1", f"/needs?sort={name}", f"/needs?fields={name}",
                 f"/search?q=a&{name}[x]=1", f"/accounts?{name}=1"):  # fmt: skip
        assert call("GET", API + path, key=staff).status_code == 400, path
    for path in (f"/nodes/{name}", f"/needs/{name}", f"/{name}", f"/relationships/phuket/{name}/x"):
        assert call("GET", API + path).status_code == 404, path
    body = json.dumps({**NEED, name: {"role": "administrator"}})
    told = call("POST", f"{API}/needs?validate=only", body, key=staff, kind="application/json")
    assert told.status_code == 422
