"""The OpenAPI 3.1 document: generated from the graph schema and the table of operations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.wrappers import Response

from matchmaker import __version__
from matchmaker.graph import Snapshot
from matchmaker.schema import Schema
from matchmaker.usecases.exposure import DEFAULT_LISTED
from matchmaker.usecases.filtering import LONGEST_QUERY, filters_of
from matchmaker.usecases.reading import DEFAULT_LIMIT, MOST
from matchmaker.web import shapes
from matchmaker.web.http import API_PREFIX
from matchmaker.web.problems import KINDS
from matchmaker.web.shapes import Json

_ABOUT: Final = """\
Needs of the cities of the ASEAN Smart Cities Network, what partners offer, and explained matches \
between the two.

Reading needs no key. Every answer names the snapshot it was made from, and the same request at \
the same snapshot gives the same bytes (what would change a match is computed for the day that \
the answer states); send the `ETag` back in `If-None-Match` to hear whether \
anything changed. Lists answer `{"items": [], "next": cursor or null, "total": n}`: give `next` \
back as `cursor` for the next page. A filter given several times takes any of its values. Errors \
are problem details (RFC 9457)."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API.

    Parameters
    ----------
    rule : str
        Address behind the prefix, with variable parts in angle brackets.
    query : tuple of str
        Names of the query parameters.
    answer, body : str
        Names of the schemas of a good answer and of what is sent.
    entity : str
        Name of the entity type that the operation is about, if it is about one.
    problems : tuple of str
        Slugs of the problems that may be answered.
    """

    method: str
    rule: str
    name: str
    view: Callable[..., Response]
    summary: str
    answer: str
    tag: str
    query: tuple[str, ...] = ()
    entity: str = ""
    body: str = ""
    problems: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The address in OpenAPI's notation."""
        return API_PREFIX + self.rule.replace("<", "{").replace(">", "}")

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variable parts of the address."""
        return tuple(part[1:-1] for part in self.rule.split("/") if part.startswith("<"))


def document(schema: Schema, operations: Iterable[Operation], snapshot: Snapshot) -> Json:
    """Return the OpenAPI document.

    Parameters
    ----------
    schema : Schema
        The graph schema, for parameters and the shapes of entities.
    operations : iterable of Operation
        The table of operations.
    snapshot : Snapshot
        Gives the examples, so that they work.
    """
    examples = _examples(snapshot)
    paths: dict[str, dict[str, Json]] = {}
    for operation in operations:
        told = _operation(schema, operation, examples)
        paths.setdefault(operation.path, {})[operation.method.lower()] = told
    components = shapes.common_schemas(schema) | shapes.match_schemas()
    components |= shapes.exposure_schemas()
    for kind in schema.entities.values():
        components |= shapes.entity_schemas(schema, kind)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Matchmaker for the ASEAN Smart Cities Network",
            "version": __version__,
            "summary": "Needs of cities, offers of partners, and explained matches.",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The value of MATCHMAKER_WRITE_TOKEN.",
                }
            },
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
    good = {
        "description": "OK",
        "content": {"application/json": {"schema": shapes.ref(operation.answer)}},
    }
    responses: Json = {"200": good}
    told: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": parameters,
        "responses": responses,
    }
    if operation.method == "GET":
        responses["304"] = {"description": "Not changed since the entity tag in If-None-Match."}
    else:
        told["security"] = [{"token": []}]
    if operation.body:
        responses["201"] = {**good, "description": "Created"}
        content = {"application/json": {"schema": shapes.ref(operation.body)}}
        told["requestBody"] = {"required": True, "content": content}
    for slug in ("bad-parameter", *operation.problems, "server-error"):
        _add_problem(responses, slug)
    return told


def _add_problem(responses: Json, slug: str) -> None:
    kind = KINDS[slug]
    known = responses.get(str(kind.status))
    words = f"{kind.title} (/problems/{slug})"
    if known is not None:
        if words not in known["description"]:
            known["description"] += f"; {words}"
        return
    content = {"application/problem+json": {"schema": shapes.ref("Problem")}}
    responses[str(kind.status)] = {"description": words, "content": content}


def _path_parameter(operation: Operation, name: str, examples: Mapping[str, str]) -> Json:
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
        words = "The member 'next' of the page before."
        return parameter | {"description": words, "schema": shapes.TEXT}
    if name == "q":
        words = "Words that must all occur in the texts of an entity; parts of words count."
        found: Json = {"description": words, "schema": {**shapes.TEXT, "maxLength": LONGEST_QUERY}}
        return parameter | found | ({"required": True, "example": "water"}
                                    if operation.name == "search" else {})  # fmt: skip
    rule = filters_of(schema, operation.entity)[name]
    one: Json = dict(shapes.TEXT)
    if rule.kind == "term":
        one["enum"] = list(schema.vocabularies[rule.vocabulary or ""])
    elif rule.kind in ("integer", "boolean"):
        one = {"type": rule.kind}
    words = rule.description
    if rule.target:
        words += f" Identifier of a {rule.target.replace('_', ' ')}."
    return parameter | {"description": words, "schema": shapes.listed(one), "explode": True}


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
            address = address.replace(f"{{{parameter['name']}}}", parameter["example"])
        elif parameter.get("required"):
            query.append(f"{parameter['name']}={parameter['example']}")
        elif parameter["name"] == "limit":
            query.append("limit=2")
    parts = ["curl", "--silent", "--show-error"]
    if method != "get":
        parts += ["--request", method.upper()]
        parts += ["--header", "'Authorization: Bearer '\"$MATCHMAKER_WRITE_TOKEN\""]
    if "requestBody" in operation:
        kind = "'Content-Type: application/json'"
        parts += ["--header", kind, "--data-binary", f"@{operation['operationId'][4:]}.json"]
    full = host + address + ("?" + "&".join(query) if query else "")
    return " ".join([*parts, f"'{full}'"])
