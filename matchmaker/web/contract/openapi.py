"""The OpenAPI 3.1 document: generated from the graph schema and the table of operations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Final

from matchmaker import __version__
from matchmaker.graph import Snapshot
from matchmaker.schema import Schema
from matchmaker.usecases.exposure import DEFAULT_LISTED
from matchmaker.usecases.reading.details import DEFAULT_LIMIT, MOST
from matchmaker.usecases.reading.documents import RELATIONSHIPS, selectable
from matchmaker.usecases.reading.filtering import filters_of
from matchmaker.usecases.reading.sorting import MOST_KEYS, sortable
from matchmaker.usecases.reading.texts import LONGEST_QUERY
from matchmaker.web.contract import describing
from matchmaker.web.contract.operation import Operation
from matchmaker.web.shapes import common as shapes
from matchmaker.web.shapes.common import Json

__all__ = ["Operation", "document", "for_people", "graph_schema"]

_ABOUT: Final = """\
Needs of the cities of the ASEAN Smart Cities Network, what partners offer, and explained matches \
between the two.

What is public needs no key. Every answer names the snapshot it was made from, and the same request at \
the same snapshot gives the same bytes (what would change a match is computed for the day that \
the answer states); send the `ETag` back in `If-None-Match` to hear whether \
anything changed. Lists answer `{"items": [], "next": cursor or null, "total": n}`: give `next` \
back as `cursor` for the next page. A filter given several times takes any of its values. Errors \
are problem details (RFC 9457)."""


def document(
    schema: Schema, operations: Iterable[Operation], snapshot: Snapshot, webhooks: Json
) -> Json:
    """Return the OpenAPI document.

    Parameters
    ----------
    schema : Schema
        The graph schema, for parameters and the shapes of entities.
    operations : iterable of Operation
        The table of operations.
    snapshot : Snapshot
        Gives the examples, so that they work.
    webhooks : mapping
        What the service posts to others.
    """
    examples, operations = _examples(snapshot), list(operations)
    paths: dict[str, dict[str, Json]] = {}
    brought: dict[str, Json] = {}
    for operation in operations:
        brought |= {name: dict(shape) for name, shape in operation.schemas.items()}
        told = _operation(schema, operation, examples)
        paths.setdefault(operation.path, {})[operation.method.lower()] = told
    components = shapes.common_schemas(schema) | shapes.match_schemas()
    components |= shapes.exposure_schemas() | brought
    for kind in schema.entities.values():
        components |= shapes.entity_schemas(schema, kind)
    for operation in operations:
        components |= {name: dict(shape) for name, shape in operation.schemas.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Matchmaker for the ASEAN Smart Cities Network",
            "version": __version__,
            "summary": "Needs of cities, offers of partners, and explained matches.",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "contact": {"name": "The operator of this service"},
        },
        "servers": [{"url": "/"}],
        "tags": describing.tags(schema, operations),
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "schemas": components,
            "headers": describing.headers_of(paths),
            "securitySchemes": describing.SCHEMES,
        },
    }


def _examples(snapshot: Snapshot) -> Mapping[str, str]:
    """Return an identifier of each type, and those of a relationship, that exist."""
    found = {
        name: next(iter(snapshot.of_type(name)), name.replace("_", "-"))
        for name in snapshot.schema.entities
    }
    links = snapshot.links_from(found["need"])
    link = min(links, default=None)
    if link is not None:
        found |= {"start": link.start, "link": link.type, "end": link.end}
    return found


def _operation(schema: Schema, operation: Operation, examples: Mapping[str, str]) -> Json:
    parameters = [_path_parameter(operation, name, examples) for name in operation.variables]
    parameters += [_query_parameter(schema, operation, name) for name in operation.query]
    told: Json = {
        **describing.described(operation),
        "parameters": [*parameters, *describing.header_parameters(operation)],
        "responses": describing.responses(operation),
    }
    if operation.body:
        example = {} if operation.example is None else {"example": operation.example}
        content = {kind: {"schema": shapes.ref(operation.body), **example}
                   for kind in operation.takes}  # fmt: skip
        told["requestBody"] = {"required": True, "content": content}
    return told


def _path_parameter(operation: Operation, name: str, examples: Mapping[str, str]) -> Json:
    if name in operation.parameters:
        given = {"name": name, "in": "path", "required": True, **operation.parameters[name]}
        return {"schema": dict(shapes.TEXT), **given}
    told = {
        "id": ("Identifier.", examples[operation.entity or "city"]),
        "need_id": ("Identifier of the need.", examples["need"]),
        "target_id": (
            "Identifier of the offer, or of a partner that has no offer.",
            examples["offer"],
        ),
        "start": ("Identifier of one entity.", examples.get("start", "")),
        "type": ("Relationship type.", examples.get("link", "")),
        "end": ("Identifier of the other entity.", examples.get("end", "")),
    }
    words, example = told[name]
    parameter: Json = {"name": name, "in": "path", "required": True, "description": words}
    return parameter | {"schema": {"type": "string"}, "example": example}


def _query_parameter(schema: Schema, operation: Operation, name: str) -> Json:
    parameter: Json = {"name": name, "in": "query"}
    if name in operation.parameters:
        return parameter | dict(operation.parameters[name])
    if name == "limit":
        usual = DEFAULT_LIMIT if operation.name.startswith("list_") else 20
        if operation.name == "exposure":
            usual = DEFAULT_LISTED
        shape = {"type": "integer", "minimum": 1, "maximum": MOST, "default": usual}
        return parameter | {"description": "How many items at most.", "schema": shape}
    if name == "diversity":
        words = (
            "From 0, the plain list, to 1: of the 'limit' places of a need's list at most "
            "max(1, round(limit * (1 - diversity))) go to one partner, and as many to all partners "
            "of one home country. Scores do not change; the answer tells the mean score given up."
        )
        return parameter | {"description": words, "schema": {**shapes.UNIT, "default": 0}}
    if name == "cursor":
        words = "The member 'next' of the page before; 'sort' must be the same as there."
        return parameter | {"description": words, "schema": shapes.TEXT}
    if name in ("sort", "fields"):
        return parameter | (_sort if name == "sort" else _fields)(schema, operation)
    if name == "q":
        words = "Words that must all occur in the texts of an entity; parts of words count."
        found: Json = {"description": words, "schema": {**shapes.TEXT, "maxLength": LONGEST_QUERY}}
        return parameter | found | ({"required": True, "example": "water"}
                                    if operation.name == "search" else {})  # fmt: skip
    rule = filters_of(schema, operation.entity)[name]
    one: Json = dict(shapes.TEXT)
    if rule.kind == "term":
        one["enum"] = list(schema.vocabularies[rule.vocabulary or ""])
    elif rule.kind == "date":
        one["pattern"] = shapes.DATE
    elif rule.kind in ("integer", "number", "boolean"):
        one = {"type": rule.kind}
    words = rule.description
    if rule.bound:
        return parameter | {"description": words, "schema": one}
    if rule.target:
        words += f" Identifier of a {rule.target.replace('_', ' ')}."
    return parameter | {"description": words, "schema": shapes.listed(one), "explode": True}


def _sort(schema: Schema, operation: Operation) -> Json:
    known = sortable(schema.entities[operation.entity])
    words = (
        f"Names with commas between them, at most {MOST_KEYS}; '-' before a name puts the largest "
        f"first. What is not set comes last, ties go by 'id'. Known: {', '.join(known)}."
    )
    name = f"-?({'|'.join(known)})"
    shape = {**shapes.TEXT, "pattern": f"^{name}(,{name}){{0,{MOST_KEYS - 1}}}$"}
    return {"description": words, "schema": shape, "example": "-version,id"}


def _fields(schema: Schema, operation: Operation) -> Json:
    listed = operation.name.startswith("list_")
    also = () if listed else (RELATIONSHIPS,)
    known = (*selectable(schema.entities[operation.entity]), *also)
    words = (
        "What is wanted of each entity: names with commas between them; all if not given. 'id' and "
        f"'type' are always there. Known: {', '.join(known)}."
    )
    shape = {**shapes.TEXT, "pattern": f"^({'|'.join(known)})(,({'|'.join(known)}))*$"}
    return {"description": words, "schema": shape, "example": "caption"}


def graph_schema(schema: Schema) -> Json:
    """Return the graph schema as a document."""
    return {
        "entities": [
            {
                "name": kind.name,
                "label": kind.label,
                "plural": kind.plural,
                "caption": kind.caption,
                "description": kind.description,
                "provenance": kind.provenance,
                "visibility": kind.visibility,
                "properties": [dataclasses.asdict(prop) for prop in kind.properties.values()],
            }
            for kind in schema.entities.values()
        ],
        "relationships": [dataclasses.asdict(link) for link in schema.relationships.values()],
        "vocabularies": {name: dict(terms) for name, terms in schema.vocabularies.items()},
    }


def for_people(told: Json, host: str) -> dict[str, Any]:
    """Return an OpenAPI document grouped by tag, each operation with a curl line that works."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            entry = {
                **operation,
                "method": method.upper(),
                "path": path,
                "curl": _curl(host, path, method, operation),
            }
            groups.setdefault(operation["tags"][0], []).append(entry)
    return {"info": told["info"], "groups": groups, "host": host}


def _curl(host: str, path: str, method: str, operation: Json) -> str:
    address = path
    query = []
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            address = address.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
        elif parameter.get("required"):
            query.append(f"{parameter['name']}={parameter['example']}")
        elif parameter["name"] == "limit":
            query.append("limit=2")
    parts = ["curl", "--silent", "--show-error"]
    if method != "get":
        parts += ["--request", method.upper()]
    if {} not in operation["security"]:
        parts += ["--header", "'Authorization: Bearer '\"$MATCHMAKER_KEY\""]
    if "requestBody" in operation:
        kind = next(iter(operation["requestBody"]["content"]))
        file = operation["operationId"].partition("_")[2]
        parts += ["--header", f"'Content-Type: {kind}'", "--data-binary", f"@{file}.json"]
    full = host + address + ("?" + "&".join(query) if query else "")
    return " ".join([*parts, f"'{full}'"])
