"""The API's operation that matches what is not saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.schema import PROVENANCE, Schema
from matchmaker.usecases.contributing.proposing import writable
from matchmaker.usecases.contributing.querying import QUERIED, query
from matchmaker.usecases.diversity import parse_diversity
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.listing import parse_limit
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.contract.operation import Operation
from matchmaker.web.contributing.bodies import fitting, json_body
from matchmaker.web.http import current_service, json_response, only, single
from matchmaker.web.shapes.common import entity_schemas
from matchmaker.web.shapes.values import Json, ref

_LISTED: Final = 20
_COST: Final = 30
_EXAMPLE: Final = {
    "need": {
        "title": "Smart drainage for the old town",
        "city": "phuket",
        "description": "Sensors and pumps that keep streets dry in the rainy season.",
        "topics": ["flood-management"],
        "support_types": ["finance"],
    }
}


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operation."""
    yield Operation(
        "POST", "/matches:query", "query_matches", query_matches,
        "Matches of a need or an offer that is not saved", "QueriedMatches", "matches",
        ("limit", "diversity"), "", "MatchQuery",
        ("too-large", "unsupported-media-type", "invalid-data", "conflict"),
        permission="matches.query", schemas=_schemas(schema), example=_EXAMPLE, cost=_COST,
        description="Matches of a need or an offer as they would be if it were saved now; nothing is "
        "written, kept or learned from. 'id', 'source', 'locator' and 'date' may be left out; with "
        "the 'id' of something saved, the answer tells how that would match if it were changed so. A "
        "new text is embedded first, so that this counts more against the rate limit. 'diversity' is "
        "for needs only.",
    )  # fmt: skip


def _schemas(schema: Schema) -> dict[str, Json]:
    provenance = {prop.name for prop in PROVENANCE}
    unsaved: dict[str, Json] = {}
    for name in QUERIED:
        kind = schema.entities[name]
        shape = entity_schemas(schema, kind)[f"{kind.label}Input"]
        needed = [name for name in shape["required"] if name not in provenance]
        unsaved[f"Unsaved{kind.label}"] = {**shape, "required": needed}
    labels = [schema.entities[name].label for name in QUERIED]
    return unsaved | {
        "MatchQuery": {
            "type": "object",
            "description": "Either a need or an offer.",
            "properties": {
                name: ref(f"Unsaved{label}") for name, label in zip(QUERIED, labels, strict=True)
            },
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        },
        "QueriedMatches": {
            "description": "The matches of a need or of an offer, as of one that is saved.",
            "allOf": [
                {"anyOf": [ref(f"{label}Matches") for label in labels]},
                {
                    "type": "object",
                    "properties": {"unsaved": {"const": True}},
                    "required": ["unsaved"],
                },
            ],
        },
    }


def query_matches() -> Response:
    """Answer with the matches of what is sent."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "matches.query")
    only(request.args, "limit", "diversity")
    limit = parse_limit(single(request.args, "limit"), _LISTED)
    diversity = parse_diversity(single(request.args, "diversity"))
    document = _document(json_body())
    return json_response(query(service, caller, document, limit=limit, diversity=diversity))


def _document(body: dict[str, Any]) -> dict[str, Any]:
    """Return the need or offer that a body holds, with its type."""
    if len(body) != 1 or not body.keys() <= set(QUERIED):
        names = " or ".join(repr(name) for name in QUERIED)
        raise InvalidDataError([Fault("", 0, "", f"must have one member, {names}")])
    ((kind, document),) = body.items()
    if not isinstance(document, dict):
        raise InvalidDataError([Fault("", 0, kind, "must be a JSON object")])
    return fitting(writable(document), type=kind)
