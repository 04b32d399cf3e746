"""The API's operations on saved searches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.permissions import Caller
from matchmaker.schema import Schema
from matchmaker.usecases.alerts import searches
from matchmaker.usecases.alerts.mailing import PAGE, address_of
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.alerts import shapes
from matchmaker.web.contract.conditions import expected_version, versioned
from matchmaker.web.contract.idempotency import once, write_uuid
from matchmaker.web.contract.operation import Operation
from matchmaker.web.contributing.bodies import json_body
from matchmaker.web.http import API_PREFIX, current_service, json_response, only

_TAG: Final = "searches"
_READ: Final = ("too-large", "unsupported-media-type", "invalid-data")
_COST: Final = 20


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations."""
    may, named = "searches.manage", {"id": shapes.SEARCH_ID}
    yield Operation(
        "GET", "/searches", "list_searches", list_searches, "Your saved searches, oldest first",
        "SavedSearchList", _TAG, permission=may, schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "POST", "/searches", "create_search", create_search,
        "Save a search, to be told by mail and in the inbox what is new in it", "SavedSearch", _TAG,
        body="SavedSearchInput", permission=may, statuses=(201,), problems=(*_READ, "conflict"),
        schemas=shapes.ALL, idempotent=True, cost=_COST, example=shapes.EXAMPLE,
        description=f"Save a search. All of an account's searches that are due at the same time are "
        f"told in one message. An account has at most {searches.MOST_SEARCHES}.",
    )  # fmt: skip
    yield Operation(
        "GET", "/searches/<id>", "get_search", get_search,
        "One saved search, with what was told of it last", "SavedSearch", _TAG, permission=may,
        problems=("not-found",), parameters=named, schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "PATCH", "/searches/<id>", "change_search", change_search,
        "Change, pause or resume a saved search", "SavedSearch", _TAG, body="SavedSearchChange",
        permission=may, problems=(*_READ, "not-found"), parameters=named, schemas=shapes.ALL,
        conditional=True, example={"state": "paused"},
    )  # fmt: skip
    yield Operation(
        "DELETE", "/searches/<id>", "delete_search", delete_search, "Delete a saved search", "",
        _TAG, permission=may, statuses=(204,), problems=("not-found",), parameters=named,
    )  # fmt: skip


def linked(search: dict[str, Any]) -> dict[str, Any]:
    """Return a search with the addresses of what it tells."""
    told = {name: value for name, value in search.items() if name not in ("page", "last")}
    links = {"self": f"{API_PREFIX}/searches/{search['id']}", "page": PAGE,
             "subject": search["page"]}  # fmt: skip
    return told | {"last": [_hit(item) for item in search["last"]], "links": links}


def _hit(item: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in item.items() if name != "key"}
    path = address_of(item)
    return told | {"links": {"self": f"{API_PREFIX}{path}", "page": path}}


def _answer(search: dict[str, Any], status: int = 200) -> Response:
    response = json_response(linked(search), status)
    response.headers["Cache-Control"] = "no-store"
    if status == 201:
        response.headers["Location"] = f"{API_PREFIX}/searches/{search['id']}"
    return versioned(response, search["version"])


def _begin() -> tuple[Service, Caller]:
    """Return what a write needs; refused before its body is read, if it cannot be allowed."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "searches.manage", {caller.account} - {""})
    only(request.args)
    return service, caller


def list_searches() -> Response:
    """Answer with the caller's searches."""
    only(request.args)
    found = searches.list_searches(current_service(), current_caller())
    response = json_response({"items": [linked(one) for one in found]})
    response.headers["Cache-Control"] = "no-store"
    return response


@once
def create_search() -> Response:
    """Save a search."""
    service, caller = _begin()
    return _answer(searches.create_search(service, caller, json_body(), uuid=write_uuid()), 201)


def get_search(id: str) -> Response:
    """Answer with one search."""
    only(request.args)
    return _answer(searches.get_search(current_service(), current_caller(), id))


def change_search(id: str) -> Response:
    """Change a search."""
    service, caller = _begin()
    current = searches.get_search(service, caller, id)["version"]
    body = json_body()
    if not body:
        raise InvalidDataError([Fault("", 0, "", "must say what is to be changed")])
    expected = expected_version(request, current)
    version = expected if isinstance(expected, int) else None
    return _answer(searches.change_search(service, caller, id, body, expected=version))


def delete_search(id: str) -> Response:
    """Delete a search."""
    service, caller = _begin()
    searches.delete_search(service, caller, id)
    return Response(status=204)
