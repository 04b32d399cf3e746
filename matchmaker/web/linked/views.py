"""Linked data beside lists and details: context, vocabulary, dumps, names of things, catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.graph import Snapshot
from matchmaker.permissions import PUBLIC
from matchmaker.usecases.linked.catalogue import CONTEXT, Catalogue
from matchmaker.usecases.linked.mapping import Terms
from matchmaker.usecases.linked.nodes import Linker
from matchmaker.usecases.linked.turtle import Turtle
from matchmaker.usecases.linked.vocabulary import vocabulary
from matchmaker.usecases.reading.details import node
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.usecases.serialising.graphml import graphml
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.contract.operation import Operation
from matchmaker.web.http import API_PREFIX, current_service, json_response, only
from matchmaker.web.linked.forms_of_data import turtle
from matchmaker.web.linked.negotiation import DETAIL_FORMS, MEDIA, answer, chosen_form, names

GRAPHML = "application/xml"
linked = Blueprint("linked", __name__)


def operations() -> Iterator[Operation]:
    """Yield the operations of the API that give linked data and the whole graph."""
    words = "with its sources, as whoever asks sees it"
    yield Operation("GET", "/context.jsonld", "context", context_document,
                    "The JSON-LD context of all linked data here", "Context", "linked-data",
                    media=(MEDIA["jsonld"],), schemas=_SCHEMAS)  # fmt: skip
    yield Operation("GET", "/graph.jsonld", "graph_jsonld", graph_jsonld,
                    f"The whole graph as JSON-LD, {words}", "LinkedGraph", "linked-data",
                    media=(MEDIA["jsonld"],), schemas=_SCHEMAS, cost=20)  # fmt: skip
    yield Operation("GET", "/graph.ttl", "graph_turtle", graph_turtle,
                    f"The whole graph as Turtle, {words}", "Text", "linked-data",
                    media=(MEDIA["turtle"],), schemas=_SCHEMAS, cost=20)  # fmt: skip
    yield Operation("GET", "/graph.graphml", "graph_graphml", graph_graphml,
                    f"The whole graph as GraphML, {words}", "Text", "linked-data",
                    media=(GRAPHML,), schemas=_SCHEMAS, cost=20)  # fmt: skip


_SCHEMAS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Context": {
        "type": "object",
        "properties": {"@context": {"type": "object", "additionalProperties": True}},
        "required": ["@context"],
    },
    "LinkedGraph": {
        "type": "object",
        "properties": {
            "@context": {"type": "object", "additionalProperties": True},
            "@graph": {
                "type": "array",
                "items": {"type": "object", "additionalProperties": True},
            },
        },
        "required": ["@context", "@graph"],
    },
    "Text": {"type": "string"},
}


def _seen() -> Snapshot:
    return seen_graph(current_service(), current_caller())


def context_document() -> Response:
    """Answer with the JSON-LD context."""
    only(request.args)
    document = {"@context": Terms(_seen().schema).context(names())}
    return json_response(document, mimetype=MEDIA["jsonld"])


def graph_jsonld() -> Response:
    """Answer with the whole graph as JSON-LD."""
    only(request.args)
    return answer(Linker(_seen(), names()).whole(), MEDIA["jsonld"])


def graph_turtle() -> Response:
    """Answer with the whole graph as Turtle."""
    only(request.args)
    linker = Linker(_seen(), names())
    return answer(turtle(linker, linker.nodes()), MEDIA["turtle"])


def graph_graphml() -> Response:
    """Answer with the whole graph as GraphML."""
    only(request.args)
    return answer(graphml(_seen()), GRAPHML, filename="graph.graphml")


@linked.get("/id/<identifier>")
def thing(identifier: str) -> AnyResponse:
    """Lead from the name of a thing to the page about it, or to its record for those who want data.

    The status 303 says that what stands there is about the thing and not the thing itself.
    """
    only(request.args)
    snapshot = _seen()
    identifier = snapshot.redirects.get(identifier, identifier)
    found = node(snapshot, identifier)
    plural = snapshot.schema.entities[found["type"]].plural
    form = chosen_form("html", *DETAIL_FORMS)
    prefix = "" if form == "html" else API_PREFIX
    query = f"?format={form}" if form in ("jsonld", "turtle") else ""
    response = redirect(f"{prefix}/{plural}/{found['id']}{query}", 303)
    response.vary.add("Accept")
    return response


@linked.get("/vocab")
def own_vocabulary() -> AnyResponse:
    """Answer with our own vocabulary; people are led to the page about the data model."""
    only(request.args, "format")
    schema, known = _seen().schema, names()
    form = chosen_form("html", "jsonld", "turtle")
    response: AnyResponse
    if form == "html":
        response = redirect("/schema", 303)
    else:
        document = vocabulary(schema, known)
        if form == "jsonld":
            response = json_response(document, mimetype=MEDIA[form])
        else:
            writer = Turtle(document["@context"])
            response = answer(writer.write(document["@graph"]), MEDIA[form])
    response.vary.add("Accept")
    return response


def _catalogue() -> Catalogue:
    service = current_service()
    public = seen_graph(service, PUBLIC)
    paths = {rule.rule for rule in current_app.url_map.iter_rules()}
    feed = f"{API_PREFIX}/changes" in paths
    return Catalogue(public, names(), service.settings.publisher, feed=feed)


@linked.get("/catalog.jsonld")
def catalogue_jsonld() -> Response:
    """Answer with the DCAT catalogue as JSON-LD."""
    only(request.args)
    return json_response(_catalogue().document(), mimetype=MEDIA["jsonld"])


@linked.get("/catalog.ttl")
def catalogue_turtle() -> Response:
    """Answer with the DCAT catalogue as Turtle."""
    only(request.args)
    return answer(Turtle(CONTEXT).write(_catalogue().nodes()), MEDIA["turtle"])


@linked.get("/catalog")
def catalogue() -> AnyResponse:
    """Lead to the catalogue in the form asked for."""
    only(request.args)
    form = chosen_form("jsonld", "turtle")
    response = redirect("/catalog.ttl" if form == "turtle" else "/catalog.jsonld", 303)
    response.vary.add("Accept")
    return response
