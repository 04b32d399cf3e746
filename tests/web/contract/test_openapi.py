"""The OpenAPI document: valid, complete, and true of every real answer."""

from __future__ import annotations

import copy
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from matchmaker.usecases.service import Service
from matchmaker.web.contract.openapi import for_people
from matchmaker.web.problems import KINDS

API = "/api/v1"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def document(app: Flask) -> Json:
    found = app.test_client().get(f"{API}/openapi.json").json
    assert found is not None
    return dict(found)


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def strict(schema: Any) -> Any:
    """Return a schema in which objects with named members have no others."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(part) for name, part in schema.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def check(document: Json, operation: Json, status: int, body: Any) -> None:
    """Check an answer against what the document says of it, refusing members it does not name."""
    content = operation["responses"][str(status)]["content"]
    schema = copy.deepcopy(next(iter(content.values()))["schema"])
    schema["components"] = strict(document["components"])
    faults = list(Draft202012Validator(schema).iter_errors(body))
    assert not faults, (operation["operationId"], [f"{f.json_path}: {f.message}" for f in faults])


def test_the_document_is_valid_openapi(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_route_of_the_api_is_in_the_document_and_the_reverse(
    app: Flask, document: Json
) -> None:
    routed = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).rstrip("/"))
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.rule.startswith(API) and method not in ("HEAD", "OPTIONS")
    }
    told = {(method, path) for method, path, _ in operations(document)}
    assert routed - told == {("GET", f"{API}/docs")}  # the page that shows the document
    assert told <= routed


def test_every_variable_and_parameter_is_described(document: Json) -> None:
    for _, path, operation in operations(document):
        named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))
        assert all(p["description"] for p in operation["parameters"])
        assert operation["summary"]


def test_every_list_takes_the_parameters_it_tells(client: FlaskClient, document: Json) -> None:
    usual = {"limit": "1", "q": "water"}
    for method, path, operation in operations(document):
        told = {p["name"]: p for p in operation["parameters"] if p["in"] == "query"}
        public = {} in operation["security"]
        if method != "GET" or "{" in path or not told or not public:
            continue
        required = {n: p["example"] for n, p in told.items() if p.get("required")}
        for name in told.keys() & usual.keys():
            answer = client.get(path, query_string=required | {name: usual[name]})
            assert answer.status_code == 200
        for name, parameter in told.items():
            for value in parameter["schema"].get("items", {}).get("enum", ()):
                assert client.get(path, query_string={name: value}).status_code == 200


def test_the_examples_work_and_every_answer_fits_its_schema(
    client: FlaskClient, document: Json, service: Service
) -> None:
    kinds = service.schema.entities.values()
    empty = [f"/{kind.plural}/" for kind in kinds if not service.snapshot.of_type(kind.name)]
    for group in for_people(document, "")["groups"].values():
        for operation in group:
            if operation["method"] != "GET":
                continue
            words = shlex.split(operation["curl"])
            answer = client.get(words[-1])
            if any(path in words[-1] for path in empty):
                assert answer.status_code == 404, words  # there is none of this type yet
                continue
            status = 200 if {} in operation["security"] else 401
            assert answer.status_code == status, words
            told = operation["responses"][str(status)]["content"]
            assert answer.mimetype == next(iter(told)), words
            if answer.mimetype.endswith("json") and "ndjson" not in answer.mimetype:
                check(document, operation, status, answer.get_json(force=True))


def test_every_entity_fits_the_schema_of_its_type(
    client: FlaskClient, document: Json, service: Service
) -> None:
    for kind in service.schema.entities.values():
        operation = document["paths"][f"{API}/{kind.plural}"]["get"]
        check(document, operation, 200, client.get(f"{API}/{kind.plural}?limit=200").json)


def test_every_list_of_matches_fits_its_schema(
    client: FlaskClient, document: Json, service: Service
) -> None:
    for kind in ("need", "city", "offer", "partner"):
        plural = service.schema.entities[kind].plural
        operation = document["paths"][f"{API}/{plural}/{{id}}/matches"]["get"]
        for identifier in list(service.snapshot.of_type(kind))[::5]:
            answer = client.get(f"{API}/{plural}/{identifier}/matches?limit=3")
            check(document, operation, 200, answer.json)


def test_every_pair_fits_its_schema_whether_recommended_or_not(
    client: FlaskClient, document: Json, service: Service
) -> None:
    operation = document["paths"][f"{API}/matches/{{need_id}}/{{target_id}}"]["get"]
    eligible = set()
    for need in list(service.snapshot.of_type("need"))[::10]:
        for offer in service.snapshot.of_type("offer"):
            answer = client.get(f"{API}/matches/{need}/{offer}").json
            check(document, operation, 200, answer)
            assert answer is not None
            eligible.add(answer["eligible"])
    assert eligible == {True, False}


@pytest.mark.parametrize(
    ("method", "path", "address", "status"),
    [
        ("get", "/needs", "/needs?limit=0", 400),
        ("get", "/needs", "/needs?nope=0", 400),
        ("get", "/cities/{id}", "/cities/nowhere", 404),
        ("get", "/nodes/{id}", "/nodes/nowhere", 404),
        ("get", "/offers/{id}/matches", "/offers/nowhere/matches", 404),
        ("put", "/cities/{id}", "/cities/phuket", 401),
        ("delete", "/cities/{id}", "/cities/phuket", 401),
    ],
)
def test_every_problem_fits_its_schema(
    client: FlaskClient, document: Json, method: str, path: str, address: str, status: int
) -> None:
    answer = client.open(API + address, method=method.upper())
    assert answer.status_code == status
    check(document, document["paths"][API + path][method], status, answer.json)


def test_the_page_shows_every_operation_with_a_line_to_try(
    client: FlaskClient, document: Json
) -> None:
    page = client.get(f"{API}/docs")
    text = page.get_data(as_text=True)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert text.count("<pre") == len(list(operations(document)))
    for _, path, operation in operations(document):
        assert path in text
        assert f'id="{operation["operationId"]}"' in text
    assert "<script" not in text
    assert "style=" not in text


def test_the_page_shows_the_address_it_was_asked_at(client: FlaskClient) -> None:
    text = client.get(f"{API}/docs", base_url="https://matches.example").get_data(as_text=True)
    assert "https://matches.example/api/v1/cities" in text


GUIDE = Path(__file__).resolve().parents[3] / "docs" / "api.md"


def test_every_line_of_the_guide_can_be_run_as_it_stands(client: FlaskClient) -> None:
    lines = re.findall(r"^curl .*$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) >= 8
    for line in lines:
        words = shlex.split(line)
        if "--request" not in words:
            address = words[-1].removeprefix("http://127.0.0.1:8000")
            assert client.get(address).status_code == 200, line


def test_the_guide_names_every_operation_that_is_not_one_of_a_collection(document: Json) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for _, path, operation in operations(document):
        if operation["tags"][0] in ("service", "matches", "graph", "search"):
            assert f"`{path.removeprefix(API) or '/'}`" in text, path


def test_the_guide_names_every_kind_of_problem() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for slug, kind in KINDS.items():
        assert f"| {kind.status} | `/problems/{slug}` |" in text
