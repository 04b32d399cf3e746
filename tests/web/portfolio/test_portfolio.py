"""The portfolio over HTTP: as the document says, for those who may, on a page without scripts."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from matchmaker.permissions import SYSTEM
from matchmaker.usecases.portfolio.asking import parse_asked
from matchmaker.usecases.portfolio.choosing import portfolio
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.cast import Browser, Cast

ADDRESS = "/api/v1/portfolio"
QUERY = "?per_partner=2&per_need=2&floor_country=3&first=4"


@pytest.fixture(scope="module")
def app(live: Service) -> Flask:
    """Return the web application over the live service."""
    return create_app(live)


@pytest.fixture
def staff(app: Flask, cast: Cast) -> Browser:
    """Return the browser of the secretariat."""
    return Browser(app).enter(cast["secretariat"])


def test_the_api_answers_with_the_document_and_links_to_the_explanations(
    live: Service, app: Flask, cast: Cast
) -> None:
    client, bearer = app.test_client(), cast["secretariat"].bearer("read", "read:members")
    answer = client.get(ADDRESS + QUERY, headers=bearer)
    assert answer.status_code == 200
    told = answer.json
    asked = {"per_partner": "2", "per_need": "2", "floor_country": "3", "first": "4"}
    document = portfolio(live, SYSTEM, parse_asked(asked))
    for name in ("introductions", "excluded"):
        assert [{k: v for k, v in one.items() if k != "links"} for one in told[name]] == document[
            name
        ]
    assert {**told, "introductions": [], "excluded": []} == {
        **document, "introductions": [], "excluded": []
    }  # fmt: skip
    links = told["introductions"][0]["links"]
    assert client.get(links["match"]).json["match"]["score"] == told["introductions"][0]["score"]
    assert client.get(links["page"]).status_code == 200


def test_the_answer_is_as_the_openapi_document_says(app: Flask, cast: Cast) -> None:
    client, bearer = app.test_client(), cast["secretariat"].bearer("read", "read:members")
    openapi = client.get("/api/v1/openapi.json").json
    schema = {"$ref": "#/components/schemas/Portfolio", "components": openapi["components"]}
    for query in (QUERY, "?max_min=yes&per_city=1", "?minimum_fit=1&per_partner=0"):
        answer = client.get(ADDRESS + query, headers=bearer).json
        assert list(Draft202012Validator(schema).iter_errors(answer)) == []


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("public", 401), ("portal", 403), ("partner", 403), ("officer", 403),
        ("representative", 200), ("administrator", 200),
    ],
)  # fmt: skip
def test_who_may_not_is_refused_by_the_api_and_on_the_page(
    app: Flask, cast: Cast, name: str, status: int
) -> None:
    browser = Browser(app).enter(cast[name])
    assert browser.get(ADDRESS).status_code == status
    page = browser.get("/desk/portfolio")
    shown = {401: 303 if page.status_code == 303 else 401}.get(status, status)
    assert page.status_code == shown


@pytest.mark.parametrize(
    "query", ["?per_need=0", "?per_need=1&per_need=2", "?limits=1", "?max_min=maybe"]
)
def test_a_limit_that_cannot_be_is_a_problem_that_names_it(staff: Browser, query: str) -> None:
    answer = staff.get(ADDRESS + query)
    assert answer.status_code == 400
    assert answer.json["parameter"] in query
    assert staff.get("/desk/portfolio" + query).status_code == 400


def test_the_page_shows_each_introduction_with_its_reason_and_each_exclusion_with_its(
    live: Service, staff: Browser
) -> None:
    asked = parse_asked({"per_partner": "2", "max_min": "yes"})
    document = portfolio(live, SYSTEM, asked)
    page = html.unescape(
        staff.get("/desk/portfolio?per_partner=2&max_min=yes").get_data(as_text=True)
    )
    for one in document["introductions"]:
        assert one["need"]["title"] in page
        assert one["reason"] in page
    for one in document["excluded"]:
        assert one["reason"] in page
    for one in document["unmet"]:
        assert (one["name"] if one["why"] == "no_need" else one["message"]) in page
    assert re.search(r'id="d-per_partner"[^>]*value="2"', page)
    assert f"at least {document['level']}" in page
    assert 'href="/api/v1/portfolio?' in page


def test_the_desk_leads_to_it_for_those_who_may(app: Flask, cast: Cast) -> None:
    for name, leads in (("secretariat", True), ("representative", True), ("partner", False)):
        page = Browser(app).enter(cast[name]).get("/desk").get_data(as_text=True)
        assert ('href="/desk/portfolio"' in page) is leads, name


def test_a_slider_reaches_as_far_as_the_value_that_was_asked_for(staff: Browser) -> None:
    page = staff.get("/desk/portfolio?per_partner=77").get_data(as_text=True)
    assert re.search(r'id="d-per_partner"[^>]*max="77"[^>]*value="77"', page)


def test_limits_that_nothing_keeps_leave_an_empty_page_and_say_so(staff: Browser) -> None:
    page = staff.get("/desk/portfolio?minimum_fit=1").get_data(as_text=True)
    assert "No pair keeps these limits" in page
    assert "no match of its open needs reaches 1 on both" in page


def test_an_introduction_is_proposed_with_one_click_by_who_may(
    app: Flask, cast: Cast, staff: Browser
) -> None:
    form = re.compile(
        r'action="/desk/engagements">.*?name="need" value="([^"]+)">'
        r'<input type="hidden" name="(offer|partner)" value="([^"]+)">'
    )
    shown = form.findall(staff.get("/desk/portfolio").get_data(as_text=True))
    told = staff.get(ADDRESS).json["introductions"]
    assert shown == [
        (one["need"]["id"], "offer" if one["offer"] else "partner", one["target"]) for one in told
    ]
    need, kind, target = shown[0]
    done = staff.send("/desk/portfolio", "/desk/engagements", need=need, **{kind: target})
    assert done.status_code == 303
    assert re.match(r"/desk/engagements/[^/?]+\?done=opened", done.headers["Location"])
    representative = Browser(app).enter(cast["representative"])
    assert not form.search(representative.get("/desk/portfolio").get_data(as_text=True))


def test_a_national_representative_is_told_of_his_countries_cities(app: Flask, cast: Cast) -> None:
    browser = Browser(app).enter(cast["representative"])
    told = browser.get(ADDRESS).json
    assert told["of_countries"] == ["country-thailand"]
    assert {i["need"]["country"]["id"] for i in told["introductions"]} == {"country-thailand"}
    assert "of your countries" in browser.get("/desk/portfolio").get_data(as_text=True)
