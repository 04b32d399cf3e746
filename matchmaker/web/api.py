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
from matchmaker.usecases.changes import changes_document
from matchmaker.usecases.diversity import parse_diversity
from matchmaker.usecases.exposure import DEFAULT_LISTED, exposure_document
from matchmaker.usecases.lists.layer import marked_matches
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.reading import details as reading
from matchmaker.usecases.reading.documents import RELATIONSHIPS, chosen_fields
from matchmaker.usecases.reading.filtering import LIST_PARAMETERS, filters_of
from matchmaker.usecases.reading.seeing import follow_merged, seen_graph, seen_matches
from matchmaker.web.accounts import api as accounts_api
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.alerts import api as alerts_api
from matchmaker.web.brokering import api as brokering_api
from matchmaker.web.bundles import api as bundles_api
from matchmaker.web.contract import openapi
from matchmaker.web.contract.conditions import versioned
from matchmaker.web.contract.language import in_language
from matchmaker.web.contract.openapi import Operation
from matchmaker.web.contributing import api as contributing_api
from matchmaker.web.contributing import querying, uploads
from matchmaker.web.diligence import api as diligence_api
from matchmaker.web.feeding import api as feeding_api
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single
from matchmaker.web.instruments import api as instruments_api
from matchmaker.web.linked import views as linked
from matchmaker.web.linked.forms_of_data import detail_in, list_in
from matchmaker.web.linked.negotiation import (
    DETAIL_FORMS,
    chosen_form,
    format_parameter,
    list_forms,
    media_of,
    negotiated,
)
from matchmaker.web.lists import api as lists_api
from matchmaker.web.lists.shapes import PARAMETERS as LIST_MARKS
from matchmaker.web.meetings import api as meetings_api
from matchmaker.web.portfolio import api as portfolio_api
from matchmaker.web.printing import api as printing_api
from matchmaker.web.whitepapers import api as papers_api

MATCHED: Final = {"need": "needs", "city": "cities", "offer": "offers", "partner": "partners"}
DEFAULT_MATCHES: Final = 20
_LINKED: Final = (
    "search", "algorithm", "exposure", "changes", "dump", "schema", "snapshot", "openapi.json",
    "docs",
    "context.jsonld", "graph.jsonld", "graph.ttl", "graph.graphml",
)  # fmt: skip


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield every operation of the API for a graph schema, in the order of the documentation."""
    yield from _service_operations()
    yield from _match_operations()
    yield from querying.operations(schema)
    yield from linked.operations()
    for kind in schema.entities.values():
        yield from _entity_operations(schema, kind)
    yield from feeding_api.operations(schema)
    yield from contributing_api.operations(schema)
    yield from uploads.operations(schema)
    yield from portfolio_api.operations(schema)
    yield from printing_api.operations(schema)
    yield from bundles_api.operations(schema)
    yield from meetings_api.operations(schema)
    yield from brokering_api.operations(schema)
    yield from diligence_api.operations(schema)
    yield from papers_api.operations(schema)
    yield from instruments_api.operations(schema)
    yield from alerts_api.operations(schema)
    yield from lists_api.operations(schema)
    yield from accounts_api.operations(schema)


def _service_operations() -> Iterator[Operation]:
    bad, none = "bad-parameter", ("not-found", "moved")
    yield Operation("GET", "/", "index", index, "Entry point with links", "Index", "service")
    yield Operation("GET", "/search", "search", search, "Search the texts of all entities",
                    "SearchResult", "search", ("q", "limit"), problems=(bad,))  # fmt: skip
    yield Operation("GET", "/nodes/<id>", "node", node,
                    "Any entity by its identifier, with its relationships", "Node", "graph",
                    problems=none)  # fmt: skip
    yield Operation("GET", "/relationships/<start>/<type>/<end>", "relationship", relationship,
                    "The relationship that joins two entities, in whichever direction it runs",
                    "Relationship", "graph", problems=none)  # fmt: skip
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
    problems = ("bad-parameter", "not-found", "moved")
    for name, plural in MATCHED.items():
        query = ("limit", "diversity", "marks") if name == "need" else ("limit",)
        more = {"marks": LIST_MARKS["marks"]} if name == "need" else {}
        yield Operation("GET", f"/{plural}/<id>/matches", f"{name}_matches", matches,
                        told[name], f"{name.capitalize()}Matches", "matches", query, name,
                        problems=problems, parameters=more)  # fmt: skip
    yield Operation("GET", "/matches/<need_id>/<target_id>", "pair", pair,
                    "Full explanation of a need with an offer, or with a partner without offer; "
                    "also why it is not recommended",
                    "Pair", "matches", problems=("not-found", "moved"))  # fmt: skip
    yield Operation("GET", "/matches/<need_id>/<target_id>/changes", "changes", changes,
                    "What would raise a pair's score or make it eligible, each change computed and "
                    "with what to send; for a pair not listed, its would-be rank",
                    "PairChanges", "matches",
                    problems=("not-found", "moved"))  # fmt: skip
    yield Operation("GET", "/exposure", "exposure", exposure,
                    "How the first matches of all open needs spread over partners, their home "
                    "countries and the cities",
                    "Exposure", "matches", ("limit", "diversity"),
                    problems=("bad-parameter",))  # fmt: skip


def _entity_operations(schema: Schema, kind: EntityType) -> Iterator[Operation]:
    rule, tag, label = f"/{kind.plural}", kind.plural, kind.label
    words = kind.plural.replace("-", " ")
    one = kind.name.replace("_", " ")
    query = (*filters_of(schema, kind.name), *LIST_PARAMETERS)
    forms = list_forms(kind.name)
    yield Operation("GET", rule, f"list_{kind.name}", list_view, f"List {words}", f"{label}List",
                    tag, (*query, "format"), kind.name, problems=("bad-parameter",),
                    media=media_of(forms),
                    parameters={"format": format_parameter(forms)})  # fmt: skip
    yield Operation("GET", f"{rule}/<id>", f"get_{kind.name}", detail_view,
                    f"One {one} with its relationships", f"{label}Answer", tag,
                    ("fields", "format"), kind.name,
                    problems=("bad-parameter", "not-found", "moved"),
                    media=media_of(DETAIL_FORMS),
                    parameters={"format": format_parameter(DETAIL_FORMS)})  # fmt: skip
    yield from contributing_api.entity_operations(kind)


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


def _seen() -> Snapshot:
    """Return the graph as whoever asks sees it, with names in the language asked for."""
    return in_language(seen_graph(current_service(), current_caller()))


def _matcher() -> Matcher:
    """Return what matches are made from, for whoever may read."""
    return seen_matches(current_service(), current_caller())[0]


def index() -> Response:
    """Answer with what there is."""
    only(request.args)
    now = _seen()
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
    now, arguments = _seen(), request.args
    given = {name: single(arguments, name) for name in LIST_PARAMETERS}
    filters = {n: arguments.getlist(n) for n in arguments if n not in (*given, "format")}
    form = chosen_form(*list_forms(entity))
    if form != "json":
        return list_in(form, now, entity, filters, given)
    document = reading.list_entities(now, entity, filters=filters, **given)
    if _wants_links(now.schema.entities[entity], given["fields"]):
        document["items"] = [_linked(item, now.schema) for item in document["items"]]
    return negotiated(json_response(document))


def detail_view(entity: str, id: str) -> Response:
    """Answer with one entity and its relationships."""
    only(request.args, "fields", "format")
    now, fields = _seen(), single(request.args, "fields")
    form = chosen_form(*DETAIL_FORMS)
    if form != "json":
        return detail_in(form, now, entity, id, fields)
    document = reading.detail(now, id, entity, fields)
    if _wants_links(now.schema.entities[entity], fields):
        document = _linked(document, now.schema)
    return negotiated(versioned(json_response(document), now.version(id)))


def _wants_links(kind: EntityType, fields: str | None) -> bool:
    chosen = chosen_fields(kind, fields, (RELATIONSHIPS,))
    return chosen is None or "links" in chosen


def node(id: str) -> Response:
    """Answer with any entity and its relationships."""
    only(request.args)
    now = _seen()
    document = _linked(reading.node(now, id), now.schema)
    return versioned(json_response(document), now.version(id))


def relationship(start: str, type: str, end: str) -> Response:
    """Answer with the relationship that joins two entities."""
    only(request.args)
    return json_response(reading.relationship(_seen(), start, type, end))


def search() -> Response:
    """Answer with the entities whose texts hold the words of a query."""
    only(request.args, "q", "limit")
    now = _seen()
    query = single(request.args, "q") or ""
    document = reading.search(now, query, single(request.args, "limit"))
    document["items"] = [_linked(item, now.schema) for item in document["items"]]
    return json_response(document)


def matches(entity: str, id: str) -> Response:
    """Answer with ranked, explained matches."""
    only(request.args, "limit", *(("diversity", "marks") if entity == "need" else ()))
    limit = reading.parse_limit(single(request.args, "limit"), DEFAULT_MATCHES)
    matcher = _matcher()
    if entity == "need":
        diversity = parse_diversity(single(request.args, "diversity"))
        mode = single(request.args, "marks")
        found = marked_matches(
            current_service(), current_caller(), matcher, id, limit, diversity, mode
        )
        return lists_api.private(found)
    ask = {
        "city": matcher.city_matches,
        "offer": matcher.offer_matches,
        "partner": matcher.partner_matches,
    }
    return json_response(ask[entity](id, limit))


def pair(need_id: str, target_id: str) -> Response:
    """Answer with the full explanation of one pair."""
    only(request.args)
    matcher = _matcher()
    follow_merged(matcher.index.snapshot, need_id, target_id)
    return json_response(matcher.pair(need_id, target_id))


def changes(need_id: str, target_id: str) -> Response:
    """Answer with what would raise one pair, and what to send for it."""
    only(request.args)
    matcher, day = _matcher(), current_service().day_of_writing
    follow_merged(matcher.index.snapshot, need_id, target_id)
    return json_response(changes_document(matcher, need_id, target_id, day, current_caller()))


def exposure() -> Response:
    """Answer with how recommendations spread."""
    only(request.args, "limit", "diversity")
    limit = reading.parse_limit(single(request.args, "limit"), DEFAULT_LISTED)
    diversity = parse_diversity(single(request.args, "diversity"))
    return json_response(exposure_document(_matcher(), limit, diversity))


def algorithm() -> Response:
    """Answer with how matches are scored."""
    only(request.args)
    _seen()
    return json_response(current_service().algorithm())


def snapshot() -> Response:
    """Answer with the state of the data that is served."""
    only(request.args)
    now, status = _seen(), current_service().status
    return json_response(
        {
            **_state(now),
            "mode": status.mode,
            "read_only": status.read_only,
            "message": status.message,
            "texts_waiting": status.texts_waiting,
            "entities": {name: len(now.of_type(name)) for name in now.schema.entities},
            "relationships": now.relationship_count,
        }
    )


def graph_schema() -> Response:
    """Answer with the graph schema."""
    only(request.args)
    return json_response(openapi.graph_schema(_seen().schema))


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
    return description(seen_graph(current_service(), current_caller()))


def description(snapshot: Snapshot) -> dict[str, Any]:
    """Return the OpenAPI document, with examples from a snapshot."""
    schema = snapshot.schema
    return openapi.document(schema, operations(schema), snapshot, feeding_api.messages())
