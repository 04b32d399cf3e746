"""The API's operations on instruments and their amendments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Response, request

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.instruments.amending import Change
from matchmaker.instruments.citing import page_of
from matchmaker.instruments.texts import MOST_CHANGES
from matchmaker.schema import Schema
from matchmaker.usecases.brokering.notices import AMENDMENT_PAGE
from matchmaker.usecases.instruments import amendments, showing
from matchmaker.usecases.permitting import permit
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.brokering.views import paging, private
from matchmaker.web.contract.conditions import expected_version, versioned
from matchmaker.web.contract.idempotency import once, write_uuid
from matchmaker.web.contract.operation import Operation
from matchmaker.web.contributing.bodies import json_body
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single
from matchmaker.web.instruments import shapes

_TAG: Final = "instruments"
_READ: Final = ("too-large", "unsupported-media-type", "invalid-data")
_TEXTS: Final = ("clause", "says", "section")


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations."""
    named = {"id": shapes.INSTRUMENT_ID}
    numbered = {**named, "number": shapes.NUMBER}
    yield Operation(
        "GET", "/instruments", "list_instruments", list_instruments,
        "The network's instruments: Terms of Reference, Expansion Criteria, M&E Framework",
        "InstrumentList", _TAG, schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "GET", "/instruments/<id>", "get_instrument", get_instrument,
        "One instrument: what became of it, roles, and every clause in force with what the software "
        "does with it", "Instrument", _TAG, problems=("not-found",), parameters=named,
        schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "GET", "/instruments/<id>/versions/<number>", "get_instrument_version",
        get_instrument_version, "One version of an instrument", "InstrumentVersion", _TAG,
        problems=("not-found",), parameters=numbered, schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "GET", "/instruments/<id>/versions/<number>/diff/<other>", "diff_instrument",
        diff_instrument, "What differs between two versions, clause by clause", "InstrumentDiff",
        _TAG, problems=("not-found",), parameters={**numbered, "other": shapes.OTHER},
        schemas=shapes.ALL,
    )  # fmt: skip
    yield from _amendments()


def _amendments() -> Iterator[Operation]:
    paged = {**shapes.LISTING, "cursor": shapes.CURSOR, "limit": shapes.LIMIT}
    named = {"id": shapes.AMENDMENT_ID}
    yield Operation(
        "GET", "/amendments", "list_amendments", list_amendments,
        "Proposed changes of instruments, those proposed last first", "AmendmentList", _TAG,
        tuple(paged), permission="amendments.read", schemas=shapes.ALL, parameters=paged,
    )  # fmt: skip
    yield Operation(
        "POST", "/amendments", "propose_amendment", propose_amendment,
        "Propose a change of an instrument", "Amendment", _TAG, (), "", "AmendmentInput",
        (*_READ, "not-found", "conflict"), permission="amendments.propose", statuses=(201,),
        schemas=shapes.ALL, idempotent=True, example=shapes.EXAMPLE,
        description="Propose a change. It is adopted once every member state has consented, or said "
        "nothing in time; one objection holds it until it is revised or withdrawn. An instrument has "
        "one proposal at a time.",
    )  # fmt: skip
    yield Operation(
        "GET", "/amendments/<id>", "get_amendment", get_amendment,
        "One proposed change: what it says, who has said what, and what you can do now", "Amendment",
        _TAG, permission="amendments.read", problems=("not-found",), parameters=named,
        schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "POST", "/amendments/<id>:move", "move_amendment", move_amendment,
        "Comment, consent, object, revise, withdraw, or write down a consent given elsewhere",
        "Amendment", _TAG, (), "", "AmendmentMoveInput", (*_READ, "not-found", "conflict"),
        permission="amendments.move", parameters=named, schemas=shapes.ALL, conditional=True,
        idempotent=True, example={"move": "consent"},
    )  # fmt: skip


def _with_links(document: dict[str, Any], path: str, page: str) -> dict[str, Any]:
    return document | {"links": {"self": f"{API_PREFIX}{path}", "page": page}}


def version_linked(version: dict[str, Any]) -> dict[str, Any]:
    """Return a version with its addresses."""
    place = f"{page_of(version['instrument'])}/versions/{version['number']}"
    return _with_links(version, place, place)


def amendment_linked(one: dict[str, Any]) -> dict[str, Any]:
    """Return an amendment, short or in full, with its addresses."""
    return _with_links(one, f"/amendments/{one['id']}", f"{AMENDMENT_PAGE}{one['id']}")


def _instrument(one: dict[str, Any]) -> dict[str, Any]:
    found = _with_links(one, page_of(one["id"]), page_of(one["id"]))
    return found | ({"version": version_linked(one["version"])} if "version" in one else {})


def list_instruments() -> Response:
    """Answer with every instrument in short."""
    only(request.args)
    found = showing.list_instruments(current_service(), current_caller())
    return json_response({"items": [_instrument(one) for one in found]})


def get_instrument(id: str) -> Response:
    """Answer with one instrument."""
    only(request.args)
    return json_response(
        _instrument(showing.get_instrument(current_service(), current_caller(), id))
    )


def get_instrument_version(id: str, number: str) -> Response:
    """Answer with one version of an instrument."""
    only(request.args)
    found = showing.get_version(current_service(), current_caller(), id, number)
    return json_response(version_linked(found))


def diff_instrument(id: str, number: str, other: str) -> Response:
    """Answer with what differs between two versions."""
    only(request.args)
    found = showing.diff_versions(current_service(), current_caller(), id, number, other)
    path = f"{page_of(id)}/versions/{number}/diff/{other}"
    return json_response(_with_links(found, path, f"{page_of(id)}/diff?from={number}&to={other}"))


def list_amendments() -> Response:
    """Answer with a page of amendments."""
    only(request.args, *shapes.LISTING, "cursor", "limit")
    page = amendments.list_amendments(
        current_service(), current_caller(), instrument=single(request.args, "instrument"),
        stage=single(request.args, "stage"), **paging(),
    )  # fmt: skip
    return private({"items": list(map(amendment_linked, page.items)), "next": page.next or None})


@once
def propose_amendment() -> Response:
    """Propose a change."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "amendments.propose")
    only(request.args)
    given = _read(("instrument", "reason", "changes"), "effective", "country")
    made = amendments.propose(
        service, caller, given["instrument"], given["changes"], given["reason"],
        effective=given.get("effective", ""), country=given.get("country", ""), uuid=write_uuid(),
    )  # fmt: skip
    response = _whole(made, 201)
    response.headers["Location"] = f"{API_PREFIX}/amendments/{made['id']}"
    return response


def get_amendment(id: str) -> Response:
    """Answer with one amendment in full."""
    only(request.args)
    return _whole(amendments.get_amendment(current_service(), current_caller(), id))


@once
def move_amendment(id: str) -> Response:
    """Make a move in an amendment."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "amendments.move")
    only(request.args)
    current = amendments.get_amendment(service, caller, id)["version"] if _conditional() else 0
    expected = expected_version(request, current)
    given = _read(("move",), "note", "country", "changes", "effective")
    done = amendments.move(
        service, caller, id, given.pop("move"),
        expected=expected if isinstance(expected, int) else None, uuid=write_uuid(), **given,
    )  # fmt: skip
    return _whole(done)


def _conditional() -> bool:
    return "If-Match" in request.headers or "If-None-Match" in request.headers


def _whole(one: dict[str, Any], status: int = 200) -> Response:
    return versioned(private(amendment_linked(one), status), one["version"])


def _read(needed: tuple[str, ...], *optional: str) -> dict[str, Any]:
    """Return the JSON object that is sent, its changes read.

    Raises
    ------
    InvalidDataError
        With every fault.
    """
    document = json_body()
    faults = [Fault("", 0, name, "is needed") for name in needed if name not in document]
    for name, value in document.items():
        if name not in (*needed, *optional):
            faults.append(Fault("", 0, name[:100], "is not known here"))
        elif name != "changes" and not isinstance(value, str):
            faults.append(Fault("", 0, name, "must be a text"))
    changes: list[Change] = []
    if "changes" in document:
        changes = list(_changes(document["changes"], faults))
    if faults:
        raise InvalidDataError(faults)
    return {**document, "changes": changes} if "changes" in document else document


def _changes(value: Any, faults: list[Fault]) -> Iterator[Change]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_CHANGES:
        faults.append(Fault("", 0, "changes", f"must be a list of 1 to {MOST_CHANGES} changes"))
        return
    for place, one in enumerate(value):
        if wrong := _change_wrong(one):
            faults.append(Fault("", 0, f"changes.{place}", wrong))
        else:
            yield Change(**one)


def _change_wrong(one: Any) -> str:
    if not isinstance(one, Mapping) or "clause" not in one:
        return "must be an object with a clause"
    if one.keys() - {*_TEXTS, "remove"}:
        return f"takes only {', '.join(_TEXTS)} and remove"
    if not all(isinstance(one[name], str) for name in _TEXTS if name in one):
        return "clause, says and section are texts"
    return "" if isinstance(one.get("remove", False), bool) else "remove is true or false"
