"""The API's operations on events and their timetables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request

from matchmaker.errors import Fault, InvalidDataError, VersionConflictError
from matchmaker.meetings.reading import LONGEST
from matchmaker.permissions import Caller
from matchmaker.schema import Schema
from matchmaker.usecases.meetings import events, timetables
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.listing import parse_limit
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.cookies import public_address
from matchmaker.web.contract.conditions import expected_version, versioned
from matchmaker.web.contract.idempotency import once, write_uuid
from matchmaker.web.contract.operation import Operation
from matchmaker.web.contributing.bodies import json_body
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single
from matchmaker.web.meetings import shapes

MEDIA: Final = "text/calendar"
PAGE: Final = "/desk/events"
_TAG: Final = "events"
_READ: Final = ("too-large", "unsupported-media-type", "invalid-data")
_COST: Final = 30
_LISTED: Final = 20


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations."""
    named = {"id": shapes.RECORD_ID}
    yield Operation(
        "GET", "/events", "list_events", list_events,
        "Events, newest first: the published ones that you attend, for staff all", "EventList",
        _TAG, ("cursor", "limit"), permission="events.read", schemas=shapes.ALL,
        parameters={"cursor": shapes.CURSOR, "limit": shapes.LIMIT},
    )  # fmt: skip
    yield Operation(
        "POST", "/events", "create_event", create_event, "Plan an event", "EventDetail", _TAG, (),
        "", "EventInput", _READ, permission="events.manage", statuses=(201,), schemas=shapes.ALL,
        idempotent=True, example=shapes.EXAMPLE,
    )  # fmt: skip
    yield Operation(
        "GET", "/events/<id>", "get_event", get_event,
        "One event with its slots, rooms and attendees; for staff also its plan", "EventDetail",
        _TAG, permission="events.read", problems=("not-found",), parameters=named,
    )  # fmt: skip
    yield Operation(
        "PUT", "/events/<id>", "change_event", change_event, "Replace the plan of an event",
        "EventDetail", _TAG, (), "", "EventInput",
        (*_READ, "not-found", "conflict", "precondition-required"), permission="events.manage",
        statuses=(200,), parameters=named, conditional=True, idempotent=True,
        example=shapes.EXAMPLE,
        description="Replace the plan of an event, with 'If-Match'. What is published stays as it "
        "is until another timetable is.",
    )  # fmt: skip
    yield Operation(
        "POST", "/events/<id>:solve", "solve_event", solve_event,
        "Make a timetable, or make it again when somebody drops out or comes late", "EventDetail",
        _TAG, (), "", "TimetableInput", (*_READ, "not-found", "conflict"),
        permission="events.manage", statuses=(202,), parameters=named, example={}, cost=_COST,
        description="Begin to make a timetable; 'Location' tells where to look how far it is. It is "
        "a proposal until it is published. Where one is published, the proposal stays near it, and "
        "what has begun is not touched.",
    )  # fmt: skip
    yield Operation(
        "POST", "/events/<id>:publish", "publish_event", publish_event,
        "Publish the proposed timetable to those who attend", "EventDetail", _TAG,
        permission="events.manage", problems=("not-found", "conflict"), parameters=named,
        conditional=True, idempotent=True,
    )  # fmt: skip
    yield Operation(
        "GET", "/events/<id>/timetable", "get_timetable", get_timetable,
        "The timetable of an event: your own appointments, for staff all", "Timetable", _TAG,
        ("attendee", "which"), permission="events.read", problems=("not-found",),
        parameters={**named, "attendee": shapes.ATTENDEE, "which": shapes.PICK},
        schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "GET", "/events/<id>/calendar.ics", "get_calendar", get_calendar,
        "What is published, as a calendar file", "CalendarFile", _TAG, ("attendee",),
        permission="events.read", problems=("not-found",), media=(MEDIA,),
        parameters={**named, "attendee": shapes.ATTENDEE}, schemas=shapes.ALL,
        description="What is published, as a calendar file (RFC 5545). An entry keeps its identifier "
        "for ever; each publication that moves it raises its sequence number, one that drops it "
        "marks it cancelled.",
    )  # fmt: skip


def _private(document: dict[str, Any], status: int = 200) -> Response:
    response = json_response(document, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _address(event_id: str) -> str:
    return f"{API_PREFIX}/events/{event_id}"


def _linked(document: dict[str, Any]) -> dict[str, Any]:
    here = _address(document["id"])
    links = {"self": here, "page": f"{PAGE}/{document['id']}", "timetable": f"{here}/timetable",
             "calendar": f"{here}/calendar.ics"}  # fmt: skip
    return document | {"links": links}


def _answer(document: dict[str, Any], status: int = 200) -> Response:
    response = versioned(_private(_linked(document), status), document["version"])
    if status in (201, 202):
        response.headers["Location"] = _address(document["id"])
    return response


def _begin(operation: str) -> tuple[Service, Caller]:
    """Return what a write needs; refused before its body is read, if it cannot be allowed."""
    service, caller = current_service(), current_caller()
    permit(service, caller, operation)
    only(request.args)
    return service, caller


def list_events() -> Response:
    """Answer with a page of events."""
    only(request.args, "cursor", "limit")
    page = events.list_events(
        current_service(), current_caller(), cursor=single(request.args, "cursor") or "",
        limit=parse_limit(single(request.args, "limit"), _LISTED),
    )  # fmt: skip
    return _private({"items": [_linked(one) for one in page.items], "next": page.next or None})


@once
def create_event() -> Response:
    """Create an event."""
    service, caller = _begin("events.manage")
    return _answer(events.create_event(service, caller, json_body(), uuid=write_uuid()), 201)


def get_event(id: str) -> Response:
    """Answer with one event."""
    only(request.args)
    return _answer(events.get_event(current_service(), current_caller(), id))


@once
def change_event(id: str) -> Response:
    """Replace the plan of an event."""
    service, caller = _begin("events.manage")
    current = events.version_of(service, caller, id)
    expected = expected_version(request, current, required=True)
    if not isinstance(expected, int):
        raise VersionConflictError("There is such an event already.", current)
    return _answer(events.change_event(service, caller, id, json_body(), expected=expected))


def solve_event(id: str) -> Response:
    """Begin to make a timetable."""
    service, caller = _begin("events.manage")
    asked = _asked(json_body())
    return _answer(timetables.make_timetable(service, caller, id, **asked), 202)


@once
def publish_event(id: str) -> Response:
    """Publish the proposed timetable."""
    service, caller = _begin("events.manage")
    expected = expected_version(request, events.version_of(service, caller, id))
    version = expected if isinstance(expected, int) else None
    return _answer(timetables.publish_timetable(service, caller, id, version=version))


def get_timetable(id: str) -> Response:
    """Answer with a timetable."""
    only(request.args, "attendee", "which")
    which = single(request.args, "which")
    found = timetables.timetable_of(
        current_service(), current_caller(), id, attendee=single(request.args, "attendee") or "",
        which=timetables.WHICH[0] if which is None else which,
    )  # fmt: skip
    return _private(found)


def get_calendar(id: str) -> Response:
    """Answer with a calendar file."""
    only(request.args, "attendee")
    attendee = single(request.args, "attendee") or ""
    body = timetables.calendar_of(
        current_service(), current_caller(), id, attendee=attendee,
        address=f"{public_address()}{PAGE}/{id}",
    )  # fmt: skip
    response = Response(body, mimetype=MEDIA)
    response.headers["Cache-Control"] = "no-store"
    stem = "".join(c for c in attendee or "meetings" if c.isalnum() or c in "-_")
    response.headers["Content-Disposition"] = f'attachment; filename="{stem}.ics"'
    return response


def _asked(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a request to make a timetable says.

    Raises
    ------
    InvalidDataError
        With every fault.
    """

    def text(value: Any) -> bool:
        return isinstance(value, str) and 0 < len(value) <= LONGEST

    rules: dict[str, tuple[bool, str]] = {
        "drop": (isinstance(body.get("drop", []), list) and all(map(text, body.get("drop", []))),
                 "must be a list of attendees"),
        "late": (isinstance(body.get("late", {}), dict) and
                 all(map(text, body.get("late", {}).values())),
                 "must be an object: slots by attendees"),
        "since": ("since" not in body or text(body["since"]), "must be a slot"),
        "anew": (isinstance(body.get("anew", False), bool), "must be true or false"),
    }  # fmt: skip
    faults = [Fault("", 0, n[:100], "is not known here") for n in body if n not in rules]
    faults += [Fault("", 0, name, words) for name, (right, words) in rules.items() if not right]
    if faults:
        raise InvalidDataError(faults)
    return body
