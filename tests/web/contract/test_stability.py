"""The promise of stability: what is there stays, and what will go says so a year before."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from matchmaker.permissions import PUBLIC
from matchmaker.usecases.service import Service
from matchmaker.web.contract import describing
from matchmaker.web.contract.installing import install
from matchmaker.web.contract.operation import Operation
from matchmaker.web.http import API_PREFIX, attach_service, finish, json_response
from tests.web.promise import FILE, broken, normalised, text_of

Json = dict[str, Any]


def made_up(**told: Any) -> Operation:
    """Return a made-up operation about one thing."""
    return Operation(
        "GET", "/old-things/<id>", "old_thing", lambda id: json_response({"id": id}), "A thing",
        "Node", "graph", problems=("not-found",), **told,
    )  # fmt: skip


OLD = made_up(
    deprecated_on=date(2026, 3, 1), sunset_on=date(2027, 6, 1), successor="new_thing"
)  # fmt: skip


@pytest.fixture
def aging(service: Service) -> FlaskClient:
    """Return a client of an app with a deprecated operation, its successor and another one."""
    app = Flask(__name__)
    attach_service(app, service)
    app.after_request(finish)
    new = replace(made_up(), name="new_thing", rule="/things/<id>")
    ending = replace(
        OLD, name="lonely", rule="/lonely", successor="", view=lambda: json_response({})
    )
    blueprint = Blueprint("api", __name__, url_prefix=API_PREFIX)
    for operation in (OLD, new, ending):
        blueprint.add_url_rule(operation.rule, operation.name, operation.view)
    install(app, (OLD, new, ending), lambda: PUBLIC)
    app.register_blueprint(blueprint)
    return app.test_client()


def test_a_deprecated_operation_says_since_when_until_when_and_what_instead(
    aging: FlaskClient,
) -> None:
    headers = aging.get("/api/v1/old-things/x").headers
    assert headers["Deprecation"] == "@1772323200"  # RFC 9745: a date of structured fields
    assert headers["Sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"  # RFC 8594: a date of HTTP
    assert headers.getlist("Link") == [
        '</api/v1/docs#old_thing>; rel="deprecation"; type="text/html"',
        '</api/v1/things/x>; rel="successor-version"',
    ]
    assert "Sunset" in aging.get("/api/v1/lonely").headers


def test_an_operation_that_stays_says_nothing(aging: FlaskClient) -> None:
    headers = aging.get("/api/v1/things/x").headers
    assert not {"Deprecation", "Sunset", "Link"} & set(headers.keys())


def test_the_document_marks_what_is_deprecated() -> None:
    told = describing.described(OLD) | {"responses": describing.responses(OLD)}
    assert told["deprecated"] is True
    assert (told["x-deprecated-on"], told["x-sunset-on"]) == ("2026-03-01", "2027-06-01")
    assert {"Deprecation", "Sunset"} <= told["responses"]["200"]["headers"].keys()
    assert "deprecated" not in describing.described(made_up())


@pytest.mark.parametrize(
    "told",
    [
        {"sunset_on": date(2027, 6, 1)},
        {"deprecated_on": date(2026, 7, 1), "sunset_on": date(2027, 6, 1)},
    ],
)
def test_nothing_goes_away_without_a_year_of_notice(told: Json) -> None:
    with pytest.raises(ValueError, match="365 days"):
        made_up(**told)


@pytest.fixture(scope="module")
def promise() -> Json:
    """Return the promise that stands."""
    return dict(json.loads(FILE.read_text("utf-8")))


@pytest.fixture(scope="module")
def document(app: Flask) -> Json:
    """Return the document as it is."""
    found = app.test_client().get("/api/v1/openapi.json").json
    assert found is not None
    return dict(found)


def test_the_api_keeps_what_it_has_promised(promise: Json, document: Json) -> None:
    assert broken(promise, normalised(document)) == []


def test_what_the_api_has_gained_is_promised_too(document: Json) -> None:
    # `make contract` takes what is new into the promise.
    assert text_of(normalised(document)) == FILE.read_text("utf-8")


def city_list(document: Json) -> Json:
    return dict(document["paths"]["/api/v1/cities"]["get"])


def without_a_path(document: Json) -> None:
    del document["paths"]["/api/v1/cities/{id}/matches"]


def without_a_method(document: Json) -> None:
    del document["paths"]["/api/v1/cities/{id}"]["delete"]


def without_a_parameter(document: Json) -> None:
    parameters = city_list(document)["parameters"]
    parameters.remove(next(p for p in parameters if p["name"] == "country"))


def with_a_required_parameter(document: Json) -> None:
    next(p for p in city_list(document)["parameters"] if p["name"] == "q")["required"] = True


def with_a_tighter_limit(document: Json) -> None:
    parameters = city_list(document)["parameters"]
    next(p for p in parameters if p["name"] == "limit")["schema"]["maximum"] = 100


def without_a_value_to_filter_by(document: Json) -> None:
    parameters = document["paths"]["/api/v1/needs"]["get"]["parameters"]
    next(p for p in parameters if p["name"] == "status")["schema"]["items"]["enum"].remove("open")


def without_a_field(document: Json) -> None:
    del document["components"]["schemas"]["City"]["properties"]["latitude"]


def with_a_field_of_another_type(document: Json) -> None:
    document["components"]["schemas"]["City"]["properties"]["latitude"] = {"type": "string"}


def with_a_field_that_may_be_missing(document: Json) -> None:
    document["components"]["schemas"]["City"]["required"].remove("name")


def with_another_field_to_send(document: Json) -> None:
    document["components"]["schemas"]["NeedInput"]["required"].append("year")


def without_an_answered_value(document: Json) -> None:
    shape = document["components"]["schemas"]["Need"]["properties"]["status"]
    shape["enum"].remove("solved")


def with_a_lock(document: Json) -> None:
    city_list(document)["security"].remove({})


def without_a_status(document: Json) -> None:
    del document["paths"]["/api/v1/needs/{id}"]["put"]["responses"]["201"]


def without_a_media_type(document: Json) -> None:
    content = city_list(document)["responses"]["200"]["content"]
    content["application/vnd.made-up+json"] = content.pop("application/json")


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (without_a_path, "GET /api/v1/cities/{id}/matches: is gone"),
        (without_a_method, "DELETE /api/v1/cities/{id}: is gone"),
        (without_a_parameter, "GET /api/v1/cities: parameter query country is gone"),
        (with_a_required_parameter, "GET /api/v1/cities: parameter query q is required now"),
        (with_a_tighter_limit, "GET /api/v1/cities: query limit: maximum is tighter: 100"),
        (without_a_value_to_filter_by, "GET /api/v1/needs: query status[]: values are gone: ['open']"),
        (without_a_field, "City.latitude: is gone"),
        (with_a_field_of_another_type, "City.latitude: answers other types: ['string']"),
        (with_a_field_that_may_be_missing, "City.name: may be missing now"),
        (with_another_field_to_send, "NeedInput.year: is required now"),
        (without_an_answered_value, "Need.status: values are gone: ['solved']"),
        (with_a_lock, "GET /api/v1/cities: is no longer open to all"),
        (without_a_status, "PUT /api/v1/needs/{id}: status 201 is gone"),
        (without_a_media_type, "GET /api/v1/cities: application/json is gone"),
    ],
)  # fmt: skip
def test_what_would_break_a_client_is_refused(document: Json, breaks: Any, said: str) -> None:
    changed = copy.deepcopy(document)
    breaks(changed)
    assert said in broken(normalised(document), normalised(changed))


def test_additions_break_nothing(document: Json) -> None:
    changed = copy.deepcopy(document)
    changed["paths"]["/api/v1/new"] = changed["paths"]["/api/v1/cities"]
    city = changed["components"]["schemas"]["City"]
    city["properties"]["motto"] = {"type": "string"}
    city["required"].append("motto")
    changed["components"]["schemas"]["NeedInput"]["properties"]["motto"] = {"type": "string"}
    changed["components"]["schemas"]["Need"]["properties"]["status"]["enum"].append("paused")
    parameter = {"in": "query", "name": "new", "schema": {"type": "string"}}
    city_list(changed)["parameters"].append(parameter)
    city_list(changed)["responses"]["200"]["content"]["text/new"] = {"schema": {"type": "string"}}
    assert broken(normalised(document), normalised(changed)) == []


def test_a_new_type_of_entity_breaks_nothing_and_another_new_alternative_does(
    client: FlaskClient,
) -> None:
    promise = normalised(client.get("/api/v1/openapi.json").json or {})
    after = copy.deepcopy(promise)
    after["schemas"]["GadgetDetail"] = {
        "type": "object",
        "properties": {"type": {"const": "gadget"}},
    }
    after["schemas"]["Node"]["oneOf"].insert(0, {"$ref": "#/components/schemas/GadgetDetail"})
    assert broken(promise, after) == []
    after["schemas"]["GadgetDetail"] = {"type": "object", "properties": {"id": {"type": "string"}}}
    assert broken(promise, after) == ["Node: has more alternatives"]
