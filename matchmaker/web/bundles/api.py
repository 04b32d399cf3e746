"""The API's operations on bundles of needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request

from matchmaker.errors import VersionConflictError
from matchmaker.permissions import Caller
from matchmaker.schema import Schema
from matchmaker.usecases.bundles import making, suggesting
from matchmaker.usecases.bundles.keeping import own
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.listing import parse_limit
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.bodies import read_body
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.bundles import shapes
from matchmaker.web.contract.conditions import expected_version, versioned
from matchmaker.web.contract.idempotency import once, write_uuid
from matchmaker.web.contract.operation import Operation
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single

PAGE: Final = "/desk/bundles"
_TAG: Final = "bundles"
_READ: Final = ("too-large", "unsupported-media-type", "invalid-data", "bad-parameter")
_COST: Final = 20
_LISTED: Final = 20


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations."""
    named = {"id": shapes.RECORD_ID}
    yield Operation(
        "GET", "/bundles/suggestions", "bundle_suggestions", suggestions,
        "Needs of several cities that could be one demand, and what would answer them all",
        "BundleSuggestions", _TAG, permission="bundles.suggest", schemas=shapes.ALL, cost=_COST,
        description="Communities in the graph of like needs, cut so that each can be checked by "
        "hand, with the best pairs of a solution and a funder. Needs of a bundle that is not closed "
        "are left out.",
    )  # fmt: skip
    yield Operation(
        "GET", "/bundles", "list_bundles", list_bundles,
        "Bundles, newest first: those that your cities are asked to join, for staff all",
        "BundleList", _TAG, ("cursor", "limit"), permission="bundles.read", schemas=shapes.ALL,
        parameters={"cursor": shapes.CURSOR, "limit": shapes.LIMIT},
    )  # fmt: skip
    yield Operation(
        "POST", "/bundles", "create_bundle", create_bundle, "Make a bundle of some needs", "Bundle",
        _TAG, (), "", "BundleInput", (*_READ, "not-found", "conflict"),
        permission="bundles.manage", statuses=(201,), schemas=shapes.ALL, idempotent=True,
        example=shapes.EXAMPLE,
    )  # fmt: skip
    yield Operation(
        "GET", "/bundles/<id>", "get_bundle", get_bundle,
        "One bundle: its needs, their cities' answers, and the engagements that came of it",
        "Bundle", _TAG, permission="bundles.read", problems=("not-found",), parameters=named,
    )  # fmt: skip
    yield Operation(
        "POST", "/bundles/<id>:move", "move_bundle", move_bundle,
        "Change a bundle, ask its cities, answer for one, or propose it to partners", "Bundle",
        _TAG, (), "", "BundleMoveInput", (*_READ, "not-found", "conflict"),
        permission="bundles.move", parameters=named, conditional=True, idempotent=True,
        cost=_COST, example={"move": "invite"},
        description="Make a move, one of those under 'possible'. With 'If-Match' it is made only if "
        "nobody has moved meanwhile. 'propose' opens an engagement for each need that takes part and "
        "each target; asked for again it opens only what is not open yet, and 'engagements' tells "
        "what could not be opened and why.",
    )  # fmt: skip


def linked(one: dict[str, Any]) -> dict[str, Any]:
    """Return a bundle with its addresses."""
    here = {"self": f"{API_PREFIX}/bundles/{one['id']}", "page": f"{PAGE}/{one['id']}"}
    return _explained(one) | {"links": here}


def _explained(one: dict[str, Any]) -> dict[str, Any]:
    """Return a bundle or suggestion whose scores say where each is explained."""
    told = dict(one)
    for name in ("pairs", "singles"):
        if name in one:
            told[name] = [_answered(answer) for answer in one[name]]
    return told


def _answered(answer: dict[str, Any]) -> dict[str, Any]:
    of_needs = [
        {
            **part,
            "scores": [
                {**s, "match": f"{API_PREFIX}/matches/{part['need']}/{s['target']}"}
                for s in part["scores"]
            ],
        }
        for part in answer["of_needs"]
    ]
    return {**answer, "of_needs": of_needs}


def _private(document: dict[str, Any], status: int = 200) -> Response:
    response = json_response(document, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _answer(document: dict[str, Any], status: int = 200) -> Response:
    response = versioned(_private(linked(document), status), document["version"])
    if status == 201:
        response.headers["Location"] = f"{API_PREFIX}/bundles/{document['id']}"
    return response


def _begin(operation: str) -> tuple[Service, Caller]:
    """Return what a write needs; refused before its body is read, if it cannot be allowed."""
    service, caller = current_service(), current_caller()
    permit(service, caller, operation, own(caller))
    only(request.args)
    return service, caller


def suggestions() -> Response:
    """Answer with the bundles that the open needs suggest."""
    only(request.args)
    found = suggesting.suggest(current_service(), current_caller())
    return _private(found | {"suggestions": [_explained(one) for one in found["suggestions"]]})


def list_bundles() -> Response:
    """Answer with a page of bundles."""
    only(request.args, "cursor", "limit")
    page = making.list_bundles(
        current_service(), current_caller(), cursor=single(request.args, "cursor") or "",
        limit=parse_limit(single(request.args, "limit"), _LISTED),
    )  # fmt: skip
    return _private({"items": [linked(one) for one in page.items], "next": page.next or None})


@once
def create_bundle() -> Response:
    """Make a bundle."""
    service, caller = _begin("bundles.manage")
    body = read_body(
        {"title": "text", "needs": "texts", "suggestion": "text", "note": "words"},
        ("title", "needs"),
    )
    made = making.save(service, caller, uuid=write_uuid(), **body)
    return _answer(made, 201)


def get_bundle(id: str) -> Response:
    """Answer with one bundle."""
    only(request.args)
    return _answer(making.get_bundle(current_service(), current_caller(), id))


@once
def move_bundle(id: str) -> Response:
    """Make a move in a bundle."""
    service, caller = _begin("bundles.move")
    current = making.version_of(service, caller, id)
    expected = expected_version(request, current)
    if expected is None:
        raise VersionConflictError("There is such a bundle already.", current)
    body = read_body(
        {"move": "text", "needs": "texts", "targets": "texts", "note": "words"}, ("move",)
    )
    name = body.pop("move")
    return _answer(
        making.move(service, caller, id, name, expected=expected, uuid=write_uuid(), **body)
    )
