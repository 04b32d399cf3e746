"""Events: created and changed by the secretariat, seen by those who attend once published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from matchmaker.errors import ConflictError, NotFoundError, VersionConflictError
from matchmaker.permissions import Caller
from matchmaker.records import Plain, Record
from matchmaker.usecases.contributing.paging import page_of
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.meetings.planning import Plan, owners, problem_of
from matchmaker.usecases.meetings.working import IDLE, WORKING, settled
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service
from matchmaker.visibility import owners_of

KIND: Final = "event"
STATES: Final = ("draft", "published")


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page of events."""

    items: tuple[dict[str, Any], ...]
    next: str


def create_event(
    service: Service, caller: Caller, plan: Mapping[str, Any], *, uuid: str | None = None
) -> dict[str, Any]:
    """Create an event.

    Parameters
    ----------
    plan : mapping
        As :func:`~matchmaker.meetings.reading.problem_from` reads it, with ``venue`` and
        ``match_floor``.

    Raises
    ------
    InvalidDataError
        With every fault of the plan.
    """
    permit(service, caller, "events.manage")
    snapshot = service.snapshot
    problem = problem_of(snapshot, plan)
    identifier = uuid or str(uuid4())
    if known := service.records.get(KIND, identifier):
        return detail(service, caller, known)
    record = service.records.create(KIND, identifier, {
        "account": caller.account,
        "at": service.now(),
        "state": "draft",
        "name": problem.name,
        "version": 1,
        "plan": dict(plan),
        "owners": owners(snapshot, problem.by_id),
        "work": IDLE,
        "proposal": None,
        "published": None,
        "entries": [],
    })  # fmt: skip
    note(service, caller.account, "event_created", event=identifier)
    return detail(service, caller, record)


def change_event(
    service: Service, caller: Caller, event_id: str, plan: Mapping[str, Any], *, expected: int
) -> dict[str, Any]:
    """Replace the plan of an event; what is published stays until something else is.

    Parameters
    ----------
    expected : int
        Version of the plan that the caller has seen.

    Raises
    ------
    VersionConflictError
        If somebody else has changed it.
    ConflictError
        If a timetable is being made.
    """
    permit(service, caller, "events.manage")
    snapshot = service.snapshot
    found(service, event_id)
    problem = problem_of(snapshot, plan)

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if fields["version"] != expected:
            message = "The plan was changed by somebody else; load it again."
            raise VersionConflictError(message, fields["version"])
        if fields["work"]["state"] == WORKING:
            raise ConflictError("A timetable is being made; change the plan when it is done.")
        published = fields["published"]
        # Who attends what is published must still find it.
        attending = {*problem.by_id, *((published or {}).get("attendees", ()))}
        return {
            **fields, "plan": dict(plan), "name": problem.name, "version": expected + 1,
            "owners": owners(snapshot, attending),
        }  # fmt: skip

    record = service.records.change(KIND, event_id, alter)
    if record is None:
        raise NotFoundError("event", event_id)
    note(service, caller.account, "event_changed", event=event_id)
    return detail(service, caller, record)


def list_events(
    service: Service, caller: Caller, *, cursor: str = "", limit: int = 20
) -> EventPage:
    """List events, newest first: all for staff, for others the published ones that they attend."""
    permit(service, caller, "events.read", own(caller))
    where: dict[str, Plain | Sequence[Plain]] = {}
    if not sees_all(caller):
        where = {"state": "published", "owners": sorted(caller.subjects)}
    page = page_of(service, KIND, where, cursor, limit)
    return EventPage(tuple(_shown(service, caller, one) for one in page.items), page.next)


def get_event(service: Service, caller: Caller, event_id: str) -> dict[str, Any]:
    """Return one event; for staff with its plan and what is being made.

    Raises
    ------
    NotFoundError
        If there is none, or none that is published yet.
    """
    return detail(service, caller, seen(service, caller, event_id))


def version_of(service: Service, caller: Caller, event_id: str) -> int:
    """Return the version of an event's plan, for whoever may change it."""
    permit(service, caller, "events.manage")
    return int(found(service, event_id)["version"])


def seen(service: Service, caller: Caller, event_id: str) -> Record:
    """Return the record of an event that the caller may see.

    Raises
    ------
    NotAllowedError
        If the caller does not attend.
    NotFoundError
        If there is none, or none that is published yet.
    """
    permit(service, caller, "events.read", own(caller))
    record = found(service, event_id)
    permit(service, caller, "events.read", record["owners"])
    if record["published"] is None and not sees_all(caller):
        raise NotFoundError("published event", event_id[:100])
    return settled(service, record)


def found(service: Service, event_id: str) -> Record:
    """Return the record of an event.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    record = service.records.get(KIND, event_id[:100])
    if record is None:
        raise NotFoundError("event", event_id[:100])
    return record


def sees_all(caller: Caller) -> bool:
    """Tell whether a caller sees plans, proposals and everybody's appointments."""
    return lists_all(caller, "events.read")


def own(caller: Caller) -> set[str]:
    """Return what belongs to a caller."""
    return {caller.account, *caller.subjects} - {""}


def spoken_for(service: Service, caller: Caller, attendees: Sequence[str]) -> list[str]:
    """Return the attendees that a caller speaks for: its city or partner, a country's cities."""
    entities, snapshot = service.snapshot.entities, service.snapshot
    return [
        one
        for one in attendees
        if caller.owns(owners_of(snapshot, entities[one]) if one in entities else {one})
    ]


def detail(service: Service, caller: Caller, record: Record) -> dict[str, Any]:
    """Return an event in full, as far as the caller may see it."""
    plan: Plan = record["plan"]
    published, staff = record["published"], sees_all(caller)
    if not staff:
        plan = {**plan, **published["plan"]}
    work, proposal = record["work"], record["proposal"]
    return {
        **_shown(service, caller, record),
        "slots": [{**slot, "break": slot.get("break", False)} for slot in plan["slots"]],
        "rooms": [{"name": room["id"], "place": "", **room} for room in plan.get("rooms", ())],
        "attending": _attending(service, plan),
        "plan": plan if staff else None,
        "work": {n: work.get(n, "") for n in ("state", "step", "done", "total", "message")}
        if staff
        else None,
        "proposal": _proposed(proposal, record["version"]) if staff and proposal else None,
    }


def _attending(service: Service, plan: Plan) -> list[dict[str, str]]:
    snapshot = service.snapshot
    told = []
    for one in plan["attendees"]:
        entity = snapshot.entities.get(one["id"])
        name = snapshot.schema.caption(entity) if entity else one["id"]
        told.append({"id": one["id"], "name": one.get("name") or name,
                     "side": entity.type if entity else ""})  # fmt: skip
    return told


def _proposed(proposal: Mapping[str, Any], version: int) -> dict[str, Any]:
    return {
        "at": proposal["at"],
        "fits": proposal["version"] == version,
        "meetings": len(proposal["timetable"]["meetings"]),
        "share_changed": proposal["share_changed"],
        "changes": len(proposal["changes"]),
    }


def _shown(service: Service, caller: Caller, record: Record) -> dict[str, Any]:
    plan, published = record["plan"], record["published"]
    if published and not sees_all(caller):
        plan = {**plan, **published["plan"]}
    return {
        "id": record.id,
        "name": plan["name"],
        "venue": plan.get("venue", ""),
        "time_zone": plan["time_zone"],
        "state": record["state"],
        "at": record["at"],
        "version": record["version"],
        "begins": str(plan["slots"][0]["start"]),
        "ends": str(plan["slots"][-1]["end"]),
        "attendees": len(plan["attendees"]),
        "published_at": published["at"] if published else "",
        "mine": spoken_for(service, caller, [one["id"] for one in plan["attendees"]]),
    }
