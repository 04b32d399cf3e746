"""The API's operations on working lists, and the comparison of supplies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request

from matchmaker.permissions import Caller
from matchmaker.schema import Schema
from matchmaker.usecases.brokering.standing import own
from matchmaker.usecases.lists import marks
from matchmaker.usecases.lists.comparing import FEWEST, MOST, compare, parse_with
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.seeing import seen_matches
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.contract.conditions import expected_version, versioned
from matchmaker.web.contract.operation import Operation
from matchmaker.web.contributing.bodies import json_body
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single
from matchmaker.web.lists import shapes

_TAG: Final = "lists"
_RULE: Final = "/me/marks/<need_id>/<target_id>"


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations."""
    of = shapes.PARAMETERS
    pair = {name: of[name] for name in ("need_id", "target_id")}
    yield Operation(
        "GET", "/needs/<id>/compare", "compare", compare_view,
        f"{FEWEST} to {MOST} offers for a need side by side", "Comparison", "matches", ("with",),
        "need", problems=("bad-parameter", "not-found", "moved"), parameters={"with": of["with"]},
        schemas=shapes.ALL,
        description="Compare supplies for a need: every number is that of the pair's own "
        "explanation.",
    )  # fmt: skip
    yield Operation(
        "GET", "/me/marks", "list_marks", list_marks, "Your working lists, by need", "MarkList",
        _TAG, ("need", "state"), problems=("bad-parameter",),
        parameters={name: of[name] for name in ("need", "state")}, permission="marks.read",
        schemas=shapes.ALL,
        description="What you have shortlisted and dismissed: for an officer that of his city, for "
        "a partner its own, for staff each his own.",
    )  # fmt: skip
    yield Operation(
        "GET", _RULE, "get_mark", get_mark, "Your mark on a match", "Mark", _TAG,
        problems=("not-found",), parameters=pair, permission="marks.read",
        schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "PUT", _RULE, "put_mark", put_mark, "Shortlist or dismiss a match", "Mark", _TAG,
        body="MarkInput", permission="marks.write",
        problems=("too-large", "unsupported-media-type", "invalid-data", "bad-parameter",
                  "not-found", "moved", "conflict"),
        parameters=pair, schemas=shapes.ALL, conditional=True, example=shapes.EXAMPLE,
    )  # fmt: skip
    yield Operation(
        "DELETE", _RULE, "delete_mark", delete_mark, "Take your mark on a match back", "", _TAG,
        permission="marks.write", statuses=(204,), problems=("not-found",), parameters=pair,
        conditional=True,
    )  # fmt: skip


def linked(mark: dict[str, Any]) -> dict[str, Any]:
    """Return a mark with addresses."""
    need, target = mark["need"]["id"], mark["target"]
    links = {"self": f"{API_PREFIX}/me/marks/{need}/{target}", "need": f"/needs/{need}",
             "match": f"/matches/{need}/{target}"}  # fmt: skip
    return mark | {"links": links}


def private(document: dict[str, Any]) -> Response:
    """Return matches with somebody's marks on them: no shared cache keeps that."""
    held = document.get("marks")
    if held is None:
        return json_response(document)
    told = {**held, "items": [linked(one) for one in held["items"]]}
    response = json_response(document | {"marks": told})
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def compare_view(entity: str, id: str) -> Response:
    """Answer with supplies for a need side by side."""
    only(request.args, "with")
    targets = parse_with(single(request.args, "with"))
    matcher, _ = seen_matches(current_service(), current_caller())
    return json_response(compare(matcher, id, targets))


def list_marks() -> Response:
    """Answer with the caller's working lists."""
    only(request.args, "need", "state")
    wanted = {name: single(request.args, name) for name in ("need", "state")}
    found = marks.list_marks(current_service(), current_caller(), **wanted)
    response = json_response({"items": [linked(one) for one in found]})
    response.headers["Cache-Control"] = "no-store"
    return response


def get_mark(need_id: str, target_id: str) -> Response:
    """Answer with the caller's mark on a pair."""
    only(request.args)
    return _answer(marks.get_mark(current_service(), current_caller(), need_id, target_id))


def put_mark(need_id: str, target_id: str) -> Response:
    """Mark a pair."""
    service, caller = _begin()
    expected = expected_version(request, marks.version_of(service, caller, need_id, target_id))
    made, new = marks.mark(service, caller, need_id, target_id, json_body(), expected=expected)
    return _answer(made, 201 if new else 200)


def delete_mark(need_id: str, target_id: str) -> Response:
    """Take a mark back."""
    service, caller = _begin()
    expected = expected_version(request, marks.version_of(service, caller, need_id, target_id))
    marks.unmark(service, caller, need_id, target_id, expected=expected)
    return Response(status=204)


def _begin() -> tuple[Service, Caller]:
    """Return what a write needs; refused before its body is read, if it cannot be allowed."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "marks.write", own(caller))
    only(request.args)
    return service, caller


def _answer(mark: dict[str, Any], status: int = 200) -> Response:
    response = json_response(linked(mark), status)
    response.headers["Cache-Control"] = "no-store"
    return versioned(response, mark["version"])
