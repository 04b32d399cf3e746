"""The API's views of engagements, inbox, notices, delegations and the rules."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from matchmaker.brokering.appointments import FIELDS
from matchmaker.errors import BadRequestError, VersionConflictError
from matchmaker.permissions import Caller
from matchmaker.usecases.brokering import delegating, engaging, listing, notices, telling
from matchmaker.usecases.brokering.appointments import FILE_NAME
from matchmaker.usecases.brokering.engaging import Expected
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.listing import parse_limit
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.bodies import read_body
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.brokering.shapes import LISTING
from matchmaker.web.contract.conditions import expected_version, versioned
from matchmaker.web.contract.idempotency import once, write_uuid
from matchmaker.web.contributing.bodies import only_checks
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single

PAGE: Final = "/desk/engagements"
CALENDAR: Final = "text/calendar"
_LISTED: Final = 50


def private(document: Any, status: int = 200) -> Response:
    """Return a document that no cache keeps."""
    response = json_response(document, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def begin(operation: str) -> tuple[Service, Caller]:
    """Return what a write needs; refused before its body is read, if it cannot be allowed."""
    service, caller = current_service(), current_caller()
    permit(service, caller, operation, caller.subjects | ({caller.account} - {""}))
    return service, caller


def paging() -> dict[str, Any]:
    """Return which page of a list is asked for."""
    return {
        "cursor": single(request.args, "cursor") or "",
        "limit": parse_limit(single(request.args, "limit"), _LISTED),
    }


def chosen_yes(name: str) -> bool:
    """Tell whether a parameter that takes ``yes`` only is given.

    Raises
    ------
    BadRequestError
        If it has another value.
    """
    given = single(request.args, name)
    if given not in (None, "yes"):
        raise BadRequestError(name, "must be 'yes', or left out")
    return given is not None


def linked(one: dict[str, Any]) -> dict[str, Any]:
    """Return an engagement, short or in full, with its addresses."""
    path = f"{API_PREFIX}/engagements/{one['id']}"
    found = one | {"links": {"self": path, "page": f"{PAGE}/{one['id']}"}}
    if "documents" in one:
        found["links"]["calendar"] = f"{path}/calendar.ics"
        found["documents"] = [document_linked(one["id"], d) for d in one["documents"]]
        found["moves"] = [
            move | {"documents": [document_linked(one["id"], d) for d in move["documents"]]}
            for move in one["moves"]
        ]
    return found


def document_linked(engagement_id: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with its addresses."""
    path = f"engagements/{engagement_id}/documents/{document['id']}"
    return document | {"links": {"self": f"{API_PREFIX}/{path}", "page": f"/desk/{path}"}}


def _notice(one: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in one.items() if name != "page"}
    about = one["engagement"]
    engagement = f"{API_PREFIX}/engagements/{about}" if about else ""
    return told | {"links": {"engagement": engagement, "page": one["page"]}}


def _whole(one: dict[str, Any], status: int = 200) -> Response:
    """Return an engagement in full under a tag that a move may send back."""
    return versioned(private(linked(one), status), one["version"])


def list_engagements() -> Response:
    """Answer with a page of engagements."""
    only(request.args, *LISTING, "cursor", "limit")
    wanted: dict[str, Any] = {n: single(request.args, n) for n in LISTING if n != "overdue"}
    page = listing.list_engagements(
        current_service(), current_caller(), overdue=chosen_yes("overdue"), **wanted, **paging()
    )
    return private({"items": [linked(one) for one in page.items], "next": page.next or None})


@once
def open_engagement() -> Response:
    """Open an engagement."""
    service, caller = begin("engagements.open")
    dry = only_checks()
    body = read_body(
        {"need": "text", "offer": "text", "partner": "text", "note": "words"}, ("need",)
    )
    made = engaging.open_engagement(
        service, caller, body["need"], offer=body.get("offer", ""),
        partner=body.get("partner", ""), note=body.get("note", ""), uuid=write_uuid(), dry_run=dry,
    )  # fmt: skip
    if dry or caller.sandbox:
        return _whole(made)
    response = _whole(made, 201)
    response.headers["Location"] = f"{API_PREFIX}/engagements/{made['id']}"
    return response


def get_engagement(id: str) -> Response:
    """Answer with one engagement in full."""
    only(request.args)
    return _whole(engaging.get_engagement(current_service(), current_caller(), id))


@once
def move_engagement(id: str) -> Response:
    """Make a move in an engagement."""
    service, caller = begin("engagements.move")
    dry = only_checks()
    expected = _expected(service, caller, id)
    body = read_body(
        {
            "move": "text", "note": "words", "reason": "text", "form": "text", "about": "text",
            "documents": "texts", "which": "number", "title": "text", "start": "text", "end": "text",
            "time_zone": "text", "place": "text",
        },
        ("move",),
    )  # fmt: skip
    name = body.pop("move")
    body["meeting"] = {part: body.pop(part) for part in FIELDS if part in body}
    done = engaging.move(
        service, caller, id, name, expected=expected, uuid=write_uuid(), dry_run=dry, **body
    )
    return _whole(done)


def _expected(service: Service, caller: Caller, id: str) -> Expected:
    """Return the version that a move expects; whoever is no party hears that there is none."""
    version = engaging.seen(service, caller, id).version
    expected = expected_version(request, version)
    if expected is None:
        raise VersionConflictError("If-None-Match: * asks for none, and there is one.", version)
    return expected


def get_calendar(id: str) -> Response:
    """Answer with the calendar file of an engagement's meetings."""
    only(request.args)
    body = engaging.calendar_of(current_service(), current_caller(), id)
    response = Response(body, mimetype=CALENDAR)
    response.headers["Cache-Control"] = "no-store"
    name = FILE_NAME
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def get_board() -> Response:
    """Answer with engagements by stage."""
    only(request.args)
    found = listing.board(current_service(), current_caller())
    found["stages"] = [
        stage | {"items": [linked(one) for one in stage["items"]]} for stage in found["stages"]
    ]
    return private(found)


def get_inbox() -> Response:
    """Answer with what waits for the caller."""
    only(request.args)
    found = listing.inbox(current_service(), current_caller())
    # Of what is in short, "moves" are those that can be made: they have no documents.
    return private({
        **found,
        "waiting": [linked(one) for one in found["waiting"]],
        "notices": [_notice(one) for one in found["notices"]],
    })  # fmt: skip


def list_notices() -> Response:
    """Answer with a page of the caller's notices."""
    only(request.args, "unseen", "cursor", "limit")
    page = notices.list_notices(
        current_service(), current_caller(), unseen=chosen_yes("unseen"), **paging()
    )
    return private({
        "items": [_notice(one) for one in page.items],
        "unseen": page.unseen,
        "next": page.next or None,
    })  # fmt: skip


@once
def mark_notices() -> Response:
    """Mark notices of the caller as seen."""
    service, caller = begin("inbox.mark")
    only(request.args)
    ids = read_body({"ids": "texts"}).get("ids")
    return private({"marked": notices.mark_seen(service, caller, ids)})


def list_delegations() -> Response:
    """Answer with delegations."""
    only(request.args)
    return private({"items": delegating.list_delegations(current_service(), current_caller())})


@once
def create_delegation() -> Response:
    """Lend a National Representative's standing."""
    service, caller = begin("delegations.manage")
    only(request.args)
    body = read_body(
        {"to": "text", "until": "text", "country": "text", "lender": "text"}, ("to", "until")
    )
    made = delegating.delegate(
        service, caller, body["to"], body["until"], country=body.get("country", ""),
        lender=body.get("lender", ""), uuid=write_uuid(),
    )  # fmt: skip
    response = private(made, 201)
    response.headers["Location"] = f"{API_PREFIX}/delegations"
    return response


@once
def end_delegation(id: str) -> Response:
    """Take a standing back."""
    service, caller = begin("delegations.manage")
    only(request.args)
    return private(delegating.end_delegation(service, caller, id))


def get_rules() -> Response:
    """Answer with the rules of brokering."""
    only(request.args)
    return json_response(telling.rules_document(current_service(), current_caller()))
