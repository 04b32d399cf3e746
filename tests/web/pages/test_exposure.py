"""Exposure and diversity on the web: the API as it says, the page as the API."""

from __future__ import annotations

import orjson
import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from matchmaker.graph import Snapshot
from matchmaker.matching.index import Index
from matchmaker.schema import Schema
from matchmaker.settings import Settings
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.service import Service, Status
from matchmaker.web.app import create_app
from tests.factory import SCHEMA
from tests.web.wellformed import Page

API = "/api/v1"
LIST = f"{API}/needs/phuket-scap2018-1/matches"


def test_the_api_answers_with_the_report(client: FlaskClient, service: Service) -> None:
    assert client.get(f"{API}/exposure").data == orjson.dumps(service.exposure())
    answer = client.get(f"{API}/exposure?limit=5&diversity=0.8")
    assert answer.data == orjson.dumps(service.exposure(5, 0.8))
    assert client.get(f"{API}/").json["links"]["exposure"] == f"{API}/exposure"  # type: ignore[index]


def test_diversity_nought_gives_the_bytes_of_the_plain_list(client: FlaskClient) -> None:
    assert client.get(LIST).data == client.get(f"{LIST}?diversity=0").data


def test_a_list_under_a_bound_and_the_report_fit_their_schemas(client: FlaskClient) -> None:
    document = client.get(f"{API}/openapi.json").json
    assert document is not None
    for name, address in (
        ("NeedMatches", f"{LIST}?limit=30&diversity=1"),
        ("Exposure", f"{API}/exposure?limit=3&diversity=1"),
    ):
        schema = {**document["components"]["schemas"][name], "components": document["components"]}
        answer = client.get(address).json
        assert list(Draft202012Validator(schema).iter_errors(answer)) == []
        assert answer is not None
        assert answer["diversity"].keys() == schema["properties"]["diversity"]["properties"].keys()


@pytest.mark.parametrize(
    "address",
    [
        f"{LIST}?diversity=2",
        f"{LIST}?diversity=",
        f"{LIST}?diversity=0.1&diversity=0.2",
        f"{API}/cities/phuket/matches?diversity=0.5",
        f"{API}/exposure?limit=0",
        f"{API}/exposure?diversity=nan",
        f"{API}/exposure?nope=1",
        "/exposure?diversity=x",
    ],
)
def test_what_cannot_be_meant_is_refused(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 400


@pytest.mark.parametrize(
    "query", ["", "?limit=3", "?limit=10&diversity=0.9", "?limit=200&diversity=1"]
)
def test_the_page_shows_what_the_api_tells(client: FlaskClient, query: str) -> None:
    report = client.get(f"{API}/exposure{query}").json
    answer = client.get(f"/exposure{query}")
    assert answer.status_code == 200
    html = answer.get_data(as_text=True)
    page = Page(html)
    assert page.faults == []
    assert report is not None
    for item in (*report["partners"]["items"], *report["countries"]["items"]):
        assert item["name"] in page.text
        if item["listings"]:
            assert f"{item['name']}: {item['share']:.1%}".replace("%", " %") in html.replace(
                "&#39;", "'"
            ).replace("&amp;", "&")
    for city in report["cities"]["items"]:
        assert city["name"] in page.text
    assert f"{report['partners']['listed']} of {report['partners']['total']} partners" in page.text
    if cost := report["diversity"]["cost"]:
        assert f"{cost:.4f}" in page.text
    if unfilled := report["diversity"]["unfilled"]:
        assert f"{unfilled} places stay empty" in page.text


def test_the_page_on_how_it_works_leads_to_it(client: FlaskClient) -> None:
    assert "/exposure" in Page(client.get("/about").get_data(as_text=True)).links


def test_an_empty_network_has_a_page_too(schema: Schema) -> None:
    matcher = Matcher(Index.build(Snapshot.build(SCHEMA, [], 0, "2024-06-30"), {}))
    app = create_app(Service(schema, Settings(), matcher, Status("seeds")))
    assert app.test_client().get("/exposure").status_code == 200
    assert app.test_client().get(f"{API}/exposure").status_code == 200
