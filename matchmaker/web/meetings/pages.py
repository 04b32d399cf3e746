"""Pages of the desk on events: planned, made, published, looked at and printed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import InvalidDataError, MatchmakerError
from matchmaker.permissions import Caller
from matchmaker.usecases.meetings import events, timetables
from matchmaker.usecases.meetings.planning import FLOOR
from matchmaker.usecases.meetings.working import WORKING
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.owning import done_message
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.http import check_encoding, current_service, keep_nowhere, only, single
from matchmaker.web.meetings.lines import DAYS, LISTS, by_field, kept_of, plan_of, values_of

event_pages = Blueprint("events", __name__, url_prefix="/desk/events")
event_pages.before_request(check_encoding)
event_pages.after_request(keep_nowhere)
_FIELDS: Final = ("name", "venue", "time_zone", "walk_minutes", "match_floor", *LISTS, *DAYS)
_VIEWS: Final = ("rooms", "attendees")
_DONE: Final = {
    "created": "The event is planned. Make its timetable when the plan is complete.",
    "changed": "The plan is changed.",
    "making": "The timetable is being made.",
    "published": "The timetable is published to those who attend.",
}
_NEW: Final = {"time_zone": "Asia/Bangkok", "match_floor": str(FLOOR), "walk_minutes": "0"}
_USUAL: Final = {"from": "09:00", "until": "17:00", "minutes": "20", "break_from": "12:00",
                 "break_until": "13:00"}  # fmt: skip


def _begin() -> tuple[Service, Caller]:
    """Return what staff's pages need; refused before anything is read."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "events.manage")
    return service, caller


@event_pages.get("", strict_slashes=False)
def list_page() -> str:
    """List events."""
    only(request.args, "cursor")
    service, caller = current_service(), current_caller()
    found = events.list_events(service, caller, cursor=single(request.args, "cursor") or "")
    return render_template(
        "meetings/events.html", rows=[one | {"when": _when(one)} for one in found.items],
        next=f"/desk/events?{urlencode({'cursor': found.next})}" if found.next else "",
        staff=events.sees_all(caller), sections=sections_of(caller),
    )  # fmt: skip


@event_pages.get("/new")
def new_page() -> str:
    """Show the form to plan an event."""
    only(request.args)
    _, caller = _begin()
    return render_template("meetings/event_form.html", form=Form(_NEW | _USUAL), **_plan(caller))


@event_pages.post("/new")
def create() -> str | AnyResponse:
    """Plan an event."""
    service, caller = _begin()
    values = _values()
    try:
        made = events.create_event(service, caller, plan_of(values))
    except FAULTY as error:
        told = _told(error)
        return refused("meetings/event_form.html", Form(values), told, **_plan(caller))
    return redirect(f"/desk/events/{made['id']}?done=created", 303)


@event_pages.get("/<id>/edit")
def edit_page(id: str) -> str:
    """Show the form to change the plan of an event."""
    only(request.args)
    service, caller = _begin()
    event = events.get_event(service, caller, id)
    values = values_of(event["plan"]) | {"version": str(event["version"])}
    return render_template("meetings/event_form.html", form=Form(values), **_plan(caller, event))


@event_pages.post("/<id>/edit")
def change(id: str) -> str | AnyResponse:
    """Change the plan of an event."""
    service, caller = _begin()
    event = events.get_event(service, caller, id)
    version = request.form.get("version", "")
    values = _values() | {"version": version}
    try:
        expected = int(version) if version.isascii() and version.isdigit() else 0
        plan = kept_of(plan_of(values), event["plan"])
        events.change_event(service, caller, id, plan, expected=expected)
    except FAULTY as error:
        told = _told(error)
        return refused("meetings/event_form.html", Form(values), told, **_plan(caller, event))
    return redirect(f"/desk/events/{id}?done=changed", 303)


@event_pages.get("/<id>")
def event_page(id: str) -> str:
    """Show an event and its timetable, by room or by attendee."""
    only(request.args, "view", "which", "attendee", "done")
    service, caller = current_service(), current_caller()
    context = _event(service, caller, id)
    return render_template(
        "meetings/event.html", form=Form({"drop": []}), done=done_message(_DONE), **context
    )


@event_pages.post("/<id>/solve")
def solve(id: str) -> AnyResponse:
    """Begin to make a timetable, also after somebody has dropped out or comes late."""
    service, caller = _begin()
    filled = request.form
    drop = [one for one in filled.getlist("drop") if one]
    who, since = filled.get("late", ""), filled.get("since", "")
    late = {who: filled.get("comes", "")} if who else {}
    anew = "yes" in filled.getlist("anew")
    try:
        timetables.make_timetable(
            service, caller, id, drop=drop, late=late, since=since, anew=anew,
        )  # fmt: skip
    except FAULTY as error:
        values = {"drop": drop, "late": who, "since": since, "comes": filled.get("comes", "")}
        context = _event(service, caller, id)
        return refused("meetings/event.html", Form(values), error, done="", **context)
    return redirect(f"/desk/events/{id}?which=proposal&done=making", 303)


@event_pages.post("/<id>/publish")
def publish(id: str) -> AnyResponse:
    """Publish the proposed timetable."""
    service, caller = _begin()
    try:
        timetables.publish_timetable(service, caller, id)
    except FAULTY as error:
        context = _event(service, caller, id)
        return refused("meetings/event.html", Form({"drop": []}), error, done="", **context)
    return redirect(f"/desk/events/{id}?done=published", 303)


def _values() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in _FIELDS}


def _told(error: MatchmakerError) -> MatchmakerError:
    return by_field(error) if isinstance(error, InvalidDataError) else error


def _plan(caller: Caller, event: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"event": event, "sections": sections_of(caller)}


def _event(service: Service, caller: Caller, id: str) -> dict[str, Any]:
    """Return what the page of an event shows."""
    event = events.get_event(service, caller, id)
    staff, given = events.sees_all(caller), request.args
    which = single(given, "which") or ("published" if event["published_at"] else "proposal")
    view = single(given, "view") or (_VIEWS[0] if staff else _VIEWS[1])
    attendee = single(given, "attendee") or ""
    found = None
    if event["published_at"] if which == "published" else event["proposal"] or not staff:
        found = timetables.timetable_of(service, caller, id, attendee=attendee, which=which)
    times = {slot["id"]: _time(slot["start"]) for slot in event["slots"]}
    return {
        "event": event,
        "when": _when(event),
        "staff": staff,
        "working": bool(staff and event["work"]["state"] == WORKING),
        "which": which,
        "view": view if view in _VIEWS else _VIEWS[0],
        "attendee": attendee,
        "found": found,
        "names": {one["id"]: one["name"] for one in event["attending"]},
        "times": times,
        "topics": {one["id"]: one["topic"] for one in (event["plan"] or {}).get("roundtables", ())},
        "days": _by_slot(event, found) if found else [],
        "people": _by_person(event, found) if found else [],
        "working_slots": [s for s in event["slots"] if not s["break"]],
        "query": urlencode({"attendee": attendee} if attendee else {}),
        "sections": sections_of(caller),
    }


def _by_slot(event: Mapping[str, Any], found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the programme day by day: slots, and what is in each room."""
    of: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in found["appointments"]:
        of.setdefault((one["slot"], one["room"]), []).append(one)
    days: dict[str, list[dict[str, Any]]] = {}
    for slot in event["slots"]:
        rooms = [(room, of.get((slot["id"], room["id"]), [])) for room in event["rooms"]]
        row = {
            "slot": slot,
            "hours": f"{slot['start'][11:16]}–{slot['end'][11:16]}",
            "rooms": rooms,
        }
        days.setdefault(slot["start"][:10], []).append(row)
    return [{"day": _day(day), "rows": rows} for day, rows in days.items()]


def _by_person(event: Mapping[str, Any], found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the appointments of each attendee that is shown, in the order of names."""
    told = []
    for one in sorted(event["attending"], key=lambda one: (one["side"], one["name"])):
        if one["id"] not in found["attendees"]:
            continue
        rows = [
            {
                **row,
                "day": _day(row["start"][:10]),
                "hours": f"{row['start'][11:16]}–{row['end'][11:16]}",
                "others": [who for who in row["who"] if who["id"] != one["id"]],
            }
            for row in found["appointments"]
            if one["id"] in {who["id"] for who in row["who"]}
        ]
        told.append({**one, "rows": rows})
    return told


def _when(event: Mapping[str, Any]) -> str:
    first, last = event["begins"][:10], event["ends"][:10]
    return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


def _day(text: str) -> str:
    day = datetime.fromisoformat(text)
    return f"{day:%A} {day.day} {day:%B %Y}"


def _time(text: str) -> str:
    at = datetime.fromisoformat(text)
    return f"{at:%a} {at.day} {at:%b}, {at:%H:%M}"
