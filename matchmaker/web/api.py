"""The JSON API, version 1: the table of its operations and the views that read.

An operation is declared once; the route, its part of the OpenAPI document and of the page that
shows it derive from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Blueprint, Response, render_template, request

from matchmaker.graph import Snapshot
from matchmaker.schema import EntityType, Schema
from matchmaker.usecases import reading
from matchmaker.usecases.diversity import parse_diversity
from matchmaker.usecases.exposure import DEFAULT_LISTED
from matchmaker.usecases.filtering import filters_of
from matchmaker.web import openapi
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single
from matchmaker.web.openapi import Operation
from matchmaker.web.writing import delete_view, put_view

MATCHED: Final = {"need": "needs", "city": "cities", "offer": "offers", "partner": "partners"}
DEFAULT_MATCHES: Final = 20
_LINKED: Final = (
    "search", "algorithm", "exposure", "schema", "snapshot", "openapi.json", "docs",
)  # fmt: skip


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield every operation of the API for a graph schema, in the order of the documentation."""
    yield from _service_operations()
    yield from _match_operations()
    for kind in schema.entities.values():
        yield from _entity_operations(schema, kind)


def _service_operations() -> Iterator[Operation]:
    bad, none = "bad-parameter", "not-found"
    yield Operation("GET", "/", "index", index, "Entry point with links", "Index", "service")
    yield Operation("GET", "/search", "search", search, "Search the texts of all entities",
                    "SearchResult", "search", ("q", "limit"), problems=(bad,))  # fmt: skip
    yield Operation("GET", "/nodes/<id>", "node", node,
                    "Any entity by its identifier, with its relationships", "Node", "graph",
                    problems=(none,))  # fmt: skip
    yield Operation("GET", "/relationships/<start>/<type>/<end>", "relationship", relationship,
                    "The relationship that joins two entities, in whichever direction it runs",
                    "Relationship", "graph", problems=(none,))  # fmt: skip
    yield Operation("GET", "/schema", "schema", graph_schema,
                    "Entity types, relationship types and vocabularies",
                    "GraphSchema", "service")  # fmt: skip
    yield Operation("GET", "/snapshot", "snapshot", snapshot,
                    "Which state of the data is served", "SnapshotState", "service")  # fmt: skip
    yield Operation("GET", "/algorithm", "algorithm", algorithm,
                    "How matches are scored: formula, weights, prior, bands and features",
                    "Algorithm", "matches")  # fmt: skip
    yield Operation("GET", "/openapi.json", "openapi", openapi_document, "This document",
                    "OpenApi", "service")  # fmt: skip


def _match_operations() -> Iterator[Operation]:
    told = {
        "need": "Offers and partners for a need, best first, explained",
        "city": "Best matches over all needs of a city",
        "offer": "Needs that an offer would serve, best first",
        "partner": "Needs that a partner could serve, best first",
    }
    problems = ("bad-parameter", "not-found")
    for name, plural in MATCHED.items():
        query = ("limit", "diversity") if name == "need" else ("limit",)
        yield Operation("GET", f"/{plural}/<id>/matches", f"{name}_matches", matches,
                        told[name], f"{name.capitalize()}Matches", "matches", query, name,
                        problems=problems)  # fmt: skip
    yield Operation("GET", "/matches/<need_id>/<target_id>", "pair", pair,
                    "Full explanation of a need with an offer, or with a partner without offer; "
                    "also why it is not recommended",
                    "Pair", "matches", problems=("not-found",))  # fmt: skip
    yield Operation("GET", "/matches/<need_id>/<target_id>/changes", "changes", changes,
                    "What would raise a pair's score or make it eligible, each change computed and "
                    "with what to send; for a pair not listed, its would-be rank",
                    "PairChanges", "matches", problems=("not-found",))  # fmt: skip
    yield Operation("GET", "/exposure", "exposure", exposure,
                    "How the first matches of all open needs spread over partners, their home "
                    "countries and the cities",
                    "Exposure", "matches", ("limit", "diversity"),
                    problems=("bad-parameter",))  # fmt: skip


def _entity_operations(schema: Schema, kind: EntityType) -> Iterator[Operation]:
    rule, tag, label = f"/{kind.plural}", kind.plural, kind.label
    words = kind.plural.replace("-", " ")
    one = kind.name.replace("_", " ")
    query = (*filters_of(schema, kind.name), "q", "cursor", "limit")
    guarded = ("bad-request", "token-missing", "writes-off", "database-away", "conflict")
    yield Operation("GET", rule, f"list_{kind.name}", list_view, f"List {words}", f"{label}List",
                    tag, query, kind.name, problems=("bad-parameter",))  # fmt: skip
    yield Operation("GET", f"{rule}/<id>", f"get_{kind.name}", detail_view,
                    f"One {one} with its relationships", f"{label}Detail", tag, (), kind.name,
                    problems=("not-found",))  # fmt: skip
    yield Operation("PUT", f"{rule}/<id>", f"put_{kind.name}", put_view,
                    f"Create or replace a {one}", "Written", tag, (), kind.name, f"{label}Input",
                    (*guarded, "too-large", "unsupported-media-type", "invalid-data"))  # fmt: skip
    yield Operation("DELETE", f"{rule}/<id>", f"delete_{kind.name}", delete_view,
                    f"Delete a {one} that nothing refers to", "Written", tag, (), kind.name,
                    problems=(*guarded, "not-found"))  # fmt: skip


def create_api(schema: Schema) -> Blueprint:
    """Return the blueprint of the API for a graph schema."""
    blueprint = Blueprint("api", __name__, url_prefix=API_PREFIX)
    for operation in operations(schema):
        defaults = {"entity": operation.entity} if operation.entity else {}
        blueprint.add_url_rule(
            operation.rule, operation.name, operation.view, methods=[operation.method],
            defaults=defaults, strict_slashes=False,
        )  # fmt: skip
    blueprint.add_url_rule("/docs", "docs", docs)
    return blueprint


def links_of(entity: Mapping[str, Any], schema: Schema) -> dict[str, str]:
    """Return the addresses of an entity: in the API, as a page, and of its matches if it has any."""
    plural = schema.entities[entity["type"]].plural
    page = f"/{plural}/{entity['id']}"
    links = {"self": API_PREFIX + page, "page": page}
    if entity["type"] in MATCHED:
        links["matches"] = f"{links['self']}/matches"
    return links


def _linked(entity: dict[str, Any], schema: Schema) -> dict[str, Any]:
    return entity | {"links": links_of(entity, schema)}


def index() -> Response:
    """Answer with what there is."""
    only(request.args)
    now = current_service().snapshot
    return json_response(
        {
            "title": "Matchmaker for the ASEAN Smart Cities Network, API version 1",
            "snapshot": _state(now),
            "links": {name: f"{API_PREFIX}/{name}" for name in _LINKED},
            "collections": [
                {
                    "type": kind.name,
                    "plural": kind.plural,
                    "description": kind.description,
                    "total": len(now.of_type(kind.name)),
                    "link": f"{API_PREFIX}/{kind.plural}",
                }
                for kind in now.schema.entities.values()
            ],
        }
    )


def _state(snapshot: Snapshot) -> dict[str, Any]:
    return {"sequence": snapshot.sequence, "as_of": snapshot.as_of}


def list_view(entity: str) -> Response:
    """Answer with one page of the entities of a type."""
    service, arguments = current_service(), request.args
    filters = {n: arguments.getlist(n) for n in arguments if n not in ("q", "cursor", "limit")}
    document = reading.list_entities(
        service.snapshot,
        entity,
        filters=filters,
        q=single(arguments, "q"),
        cursor=single(arguments, "cursor"),
        limit=single(arguments, "limit"),
    )
    document["items"] = [_linked(item, service.schema) for item in document["items"]]
    return json_response(document)


def detail_view(entity: str, id: str) -> Response:
    """Answer with one entity and its relationships."""
    only(request.args)
    service = current_service()
    return json_response(_linked(reading.detail(service.snapshot, id, entity), service.schema))


def node(id: str) -> Response:
    """Answer with any entity and its relationships."""
    only(request.args)
    service = current_service()
    return json_response(_linked(reading.node(service.snapshot, id), service.schema))


def relationship(start: str, type: str, end: str) -> Response:
    """Answer with the relationship that joins two entities."""
    only(request.args)
    return json_response(reading.relationship(current_service().snapshot, start, type, end))


def search() -> Response:
    """Answer with the entities whose texts hold the words of a query."""
    only(request.args, "q", "limit")
    service = current_service()
    query = single(request.args, "q") or ""
    document = reading.search(service.snapshot, query, single(request.args, "limit"))
    document["items"] = [_linked(item, service.schema) for item in document["items"]]
    return json_response(document)


def matches(entity: str, id: str) -> Response:
    """Answer with ranked, explained matches."""
    only(request.args, "limit", *(("diversity",) if entity == "need" else ()))
    limit = reading.parse_limit(single(request.args, "limit"), DEFAULT_MATCHES)
    service = current_service()
    if entity == "need":
        diversity = parse_diversity(single(request.args, "diversity"))
        return json_response(service.need_matches(id, limit, diversity))
    ask = {
        "city": service.city_matches,
        "offer": service.offer_matches,
        "partner": service.partner_matches,
    }
    return json_response(ask[entity](id, limit))


def pair(need_id: str, target_id: str) -> Response:
    """Answer with the full explanation of one pair."""
    only(request.args)
    return json_response(current_service().pair(need_id, target_id))


def changes(need_id: str, target_id: str) -> Response:
    """Answer with what would raise one pair."""
    only(request.args)
    return json_response(current_service().changes(need_id, target_id))


def exposure() -> Response:
    """Answer with how recommendations spread."""
    only(request.args, "limit", "diversity")
    limit = reading.parse_limit(single(request.args, "limit"), DEFAULT_LISTED)
    diversity = parse_diversity(single(request.args, "diversity"))
    return json_response(current_service().exposure(limit, diversity))


def algorithm() -> Response:
    """Answer with how matches are scored."""
    only(request.args)
    return json_response(current_service().algorithm())


def snapshot() -> Response:
    """Answer with the state of the data that is served."""
    only(request.args)
    service = current_service()
    now, status = service.snapshot, service.status
    return json_response(
        {
            **_state(now),
            "mode": status.mode,
            "read_only": status.read_only,
            "message": status.message,
            "entities": {name: len(now.of_type(name)) for name in service.schema.entities},
            "relationships": now.relationship_count,
        }
    )


def graph_schema() -> Response:
    """Answer with the graph schema."""
    only(request.args)
    return json_response(openapi.graph_schema(current_service().schema))


def openapi_document() -> Response:
    """Answer with the OpenAPI document."""
    only(request.args)
    return json_response(_document())


def docs() -> Response:
    """Answer with a page that shows the OpenAPI document."""
    host = request.host_url.rstrip("/")
    told = openapi.for_people(_document(), host)
    return Response(render_template("api/docs.html", **told), mimetype="text/html")


def _document() -> dict[str, Any]:
    service = current_service()
    return openapi.document(service.schema, operations(service.schema), service.snapshot)
