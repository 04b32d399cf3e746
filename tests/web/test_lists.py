"""Lists over HTTP: order, parts, bounds and pages; and addresses of what was merged."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from matchmaker.errors import MovedError
from matchmaker.graph import Snapshot
from matchmaker.matching.index import Index
from matchmaker.model import Change
from matchmaker.schema import Schema
from matchmaker.settings import Settings
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.service import Service, Status
from matchmaker.web.app import create_app
from matchmaker.web.problems import describe
from tests.factory import SCHEMA, small_world
from tests.web.contract.test_openapi import check

API = "/api/v1"


def get(client: FlaskClient, address: str, status: int = 200) -> Any:
    answer = client.get(API + address)
    assert answer.status_code == status, (address, answer.get_data(as_text=True)[:300])
    return answer.json


def test_a_sorted_list_pages_through_everything_in_its_order(
    client: FlaskClient, service: Service
) -> None:
    seen: list[dict[str, Any]] = []
    address = "/projects?sort=-first_year,title&fields=title,first_year&limit=60"
    page = get(client, address)
    while True:
        seen += page["items"]
        if page["next"] is None:
            break
        page = get(client, f"{address}&cursor={page['next']}")
    assert sorted(item["id"] for item in seen) == list(service.snapshot.of_type("project"))
    years = [item["first_year"] for item in seen]
    known = [year for year in years if year is not None]
    assert known == sorted(known, reverse=True)
    assert years[: len(known)] == known
    assert all(set(item) == {"id", "type", "title", "first_year"} for item in seen)


def test_links_are_given_when_they_are_wanted(client: FlaskClient) -> None:
    whole = get(client, "/cities/phuket")
    assert get(client, "/cities/phuket?fields=links") == {
        member: whole[member] for member in ("id", "type", "links")
    }
    assert "links" in get(client, "/cities?limit=1")["items"][0]
    assert "links" not in get(client, "/cities?limit=1&fields=name")["items"][0]


def test_a_list_is_bounded_by_numbers_and_days(client: FlaskClient) -> None:
    years = [i["year"] for i in get(client, "/needs?year.gte=2019&limit=200")["items"]]
    assert years
    assert all(year >= 2019 for year in years)
    early = get(client, "/needs?date.lte=2018&limit=200")
    late = get(client, "/needs?date.gte=2019&limit=200")
    assert early["total"] + late["total"] == get(client, "/needs")["total"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("sort=nope", "sort"),
        ("sort=id&sort=name", "sort"),
        ("fields=nope", "fields"),
        ("fields=", "fields"),
        ("fields=name&fields=id", "fields"),
        ("population.gte=many", "population.gte"),
        ("population.gte=1&population.gte=2", "population.gte"),
        ("population.gt=1", "population.gt"),
        ("cursor=cGh1a2V0&sort=name", "cursor"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_what_a_list_cannot_use_is_refused_by_name(
    client: FlaskClient, query: str, parameter: str
) -> None:
    problem = get(client, f"/cities?{query}", 400)
    assert problem["type"] == "/problems/bad-parameter"
    assert problem["parameter"] == parameter


def test_a_detail_refuses_an_unknown_field_and_a_node_takes_none(client: FlaskClient) -> None:
    assert get(client, "/cities/phuket?fields=nmae", 400)["parameter"] == "fields"
    assert get(client, "/nodes/phuket?fields=name", 400)["parameter"] == "fields"
    assert get(client, "/cities/phuket?sort=name", 400)["parameter"] == "sort"


def test_parts_of_every_entity_fit_what_the_document_says(
    client: FlaskClient, service: Service
) -> None:
    document = client.get(f"{API}/openapi.json").json
    assert document is not None
    for kind in service.schema.entities.values():
        operation = document["paths"][f"{API}/{kind.plural}"]["get"]
        told = {p["name"]: p for p in operation["parameters"]}
        assert {"sort", "fields"} <= set(told)
        address = f"{API}/{kind.plural}?fields=version,{kind.caption}&sort=-version&limit=3"
        check(document, operation, 200, client.get(address).json)
        one = next(iter(service.snapshot.of_type(kind.name)), "")
        if not one:
            continue
        operation = document["paths"][f"{API}/{kind.plural}/{{id}}"]["get"]
        address = f"{API}/{kind.plural}/{one}?fields=relationships"
        check(document, operation, 200, client.get(address).json)


def test_a_page_for_people_takes_bounds_and_leaves_the_rest_to_the_api(client: FlaskClient) -> None:
    page = client.get("/needs?year.gte=2022").get_data(as_text=True)
    assert "Year from" in page
    assert '<option value="2022" selected>2022</option>' in page
    for query in ("sort=id", "fields=title", "limit=3"):
        assert client.get(f"/needs?{query}").status_code == 400


@pytest.fixture(scope="module")
def merged(schema: Schema) -> FlaskClient:
    """Return a client over a world in which a need, an offer and a partner were merged into others."""
    snapshot = Snapshot.build(SCHEMA, small_world(), 9, "2024-06-30")
    gone = {"uptown-need-2": "uptown-need-1", "college-technology": "busmaker-technology",
            "college": "bank"}  # fmt: skip
    for number, (old, new) in enumerate(gone.items(), 10):
        before = snapshot.entities[old]
        change = Change(number, "2024-07-01", "test", old, before, None, merged_into=new)
        snapshot = snapshot.moved_forward([change])
    matcher = Matcher(Index.build(snapshot, {}))
    return create_app(Service(schema, Settings(), matcher, Status("seeds"))).test_client()


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        (f"{API}/needs/uptown-need-2", f"{API}/needs/uptown-need-1"),
        (f"{API}/needs/uptown-need-2?fields=title", f"{API}/needs/uptown-need-1?fields=title"),
        (f"{API}/nodes/uptown-need-2", f"{API}/nodes/uptown-need-1"),
        (
            f"{API}/needs/uptown-need-2/matches?limit=3",
            f"{API}/needs/uptown-need-1/matches?limit=3",
        ),
        (f"{API}/offers/college-technology/matches", f"{API}/offers/busmaker-technology/matches"),
        (f"{API}/partners/college/matches", f"{API}/partners/bank/matches"),
        (
            f"{API}/matches/uptown-need-2/bank-finance",
            f"{API}/matches/uptown-need-1/bank-finance",
        ),
        (
            f"{API}/matches/uptown-need-1/college-technology/changes",
            f"{API}/matches/uptown-need-1/busmaker-technology/changes",
        ),
        (
            f"{API}/matches/lowtown-need-1/college-technology",
            f"{API}/matches/lowtown-need-1/busmaker-technology",
        ),
        (
            f"{API}/relationships/uptown-need-2/OF_CITY/uptown",
            f"{API}/relationships/uptown-need-1/OF_CITY/uptown",
        ),
        ("/needs/uptown-need-2", "/needs/uptown-need-1"),
        ("/needs/uptown-need-2?limit=50", "/needs/uptown-need-1?limit=50"),
        ("/partners/college", "/partners/bank"),
        ("/nodes/college", "/nodes/bank"),
        ("/matches/uptown-need-2/bank-finance", "/matches/uptown-need-1/bank-finance"),
    ],
)
def test_the_address_of_what_was_merged_leads_to_what_stays(
    merged: FlaskClient, asked: str, location: str
) -> None:
    for answer in (merged.get(asked), merged.head(asked)):
        assert answer.status_code == 308
        assert answer.headers["Location"] == location
    assert merged.get(asked, follow_redirects=True).status_code == 200


def test_a_program_is_told_where_it_went(merged: FlaskClient) -> None:
    answer = merged.get(f"{API}/needs/uptown-need-2")
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["type"] == "/problems/moved"
    assert answer.json["moved_to"] == "uptown-need-1"
    document = merged.get(f"{API}/openapi.json").json
    assert document is not None
    check(document, document["paths"][f"{API}/needs/{{id}}"]["get"], 308, answer.json)


def test_a_partner_asked_about_as_if_it_had_no_offer_is_followed_too(merged: FlaskClient) -> None:
    for prefix in (API, ""):
        answer = merged.get(f"{prefix}/matches/uptown-need-1/college")
        assert answer.headers["Location"] == f"{prefix}/matches/uptown-need-1/bank"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_a_write_is_never_led_on_to_what_its_sender_has_not_seen(
    merged: FlaskClient, method: str
) -> None:
    moved = MovedError("need", "uptown-need-2", "uptown-need-1")
    with merged.application.test_request_context(f"{API}/needs/uptown-need-2", method=method):
        problem = describe(moved)
    assert (problem.status, problem.slug) == (409, "conflict")
    assert "Location" not in problem.headers
    assert problem.extras["moved_to"] == "uptown-need-1"


def test_the_identifier_of_another_type_leads_nowhere(merged: FlaskClient) -> None:
    assert merged.get(f"{API}/cities/uptown-need-2").status_code == 404
