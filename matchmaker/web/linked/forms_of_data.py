"""Lists and details in other forms than JSON: linked data, tables and maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from matchmaker.graph import Snapshot
from matchmaker.usecases.linked.nodes import Linker
from matchmaker.usecases.linked.turtle import Turtle
from matchmaker.usecases.reading.documents import RELATIONSHIPS, chosen_fields
from matchmaker.usecases.serialising.places import feature_collection
from matchmaker.usecases.serialising.selecting import Selection, reduced, select_entities
from matchmaker.usecases.serialising.tables import table
from matchmaker.web.http import json_response
from matchmaker.web.linked.negotiation import MEDIA, answer, names, negotiated


def list_in(
    form: str,
    snapshot: Snapshot,
    entity: str,
    filters: Mapping[str, Sequence[str]],
    given: Mapping[str, Any],
) -> Response:
    """Answer with a list in a form other than JSON.

    Parameters
    ----------
    form : {"jsonld", "turtle", "csv", "geojson"}
        Linked data come page by page like JSON; tables and maps hold all unless ``limit`` or
        ``cursor`` is given.
    snapshot : Snapshot
        The view of whoever asks.
    entity : str
        Name of the entity type.
    filters, given : mapping
        Filters, and the other parameters of a list by name.
    """
    paged = form in ("jsonld", "turtle")
    selection = select_entities(snapshot, entity, filters=filters, **given, paged=paged)
    known, kind = names(), selection.kind
    if form == "csv":
        filename = f"{kind.plural}.csv"
        response = answer(table(snapshot, selection, known), MEDIA[form], filename=filename)
    elif form == "geojson":
        response = answer(feature_collection(snapshot, selection, known), MEDIA[form])
    else:
        linker = Linker(snapshot, known)
        here, page = f"{known.base}{request.path}", f"{known.base}{request.full_path.rstrip('?')}"
        document = linker.page(
            [reduced(e, selection.chosen) for e in selection.entities],
            selection.total,
            here,
            page,
            _next(known.base, selection),
        )
        response = _linked(form, document, linker)
    if selection.following is not None:
        response.headers["Link"] = f'<{_next(known.base, selection)}>; rel="next"'
    return negotiated(response)


def detail_in(
    form: str, snapshot: Snapshot, entity: str, identifier: str, fields: str | None = None
) -> Response:
    """Answer with one entity as linked data, or with the fields chosen of it.

    Raises
    ------
    NotFoundError
        If there is none.
    BadRequestError
        If a field is unknown.
    """
    chosen = chosen_fields(snapshot.schema.entities[entity], fields, (RELATIONSHIPS,))
    linker = Linker(snapshot, names())
    found = reduced(snapshot.get(entity, identifier), chosen)
    response = _linked(form, linker.detail(found), linker)
    return negotiated(response)


def _next(base: str, selection: Selection) -> str | None:
    if selection.following is None:
        return None
    query = [(n, v) for n in request.args for v in request.args.getlist(n) if n != "cursor"]
    return f"{base}{request.path}?{urlencode([*query, ('cursor', selection.following)])}"


def _linked(form: str, document: dict[str, Any], linker: Linker) -> Response:
    if form == "jsonld":
        return json_response(document, mimetype=MEDIA[form])
    return answer(turtle(linker, iter([document])), MEDIA[form])


def turtle(linker: Linker, nodes: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield nodes as Turtle."""
    return Turtle(linker.terms.context(linker.names)).write(nodes)
