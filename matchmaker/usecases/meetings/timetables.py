"""Timetables of events: made, compared with what was published, published, and read by attendees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any, Final
from uuid import uuid4

from matchmaker.errors import BadRequestError, ConflictError, NotFoundError
from matchmaker.meetings.again import again, changes, share_changed, without
from matchmaker.meetings.calendars import Entry, calendar, entries
from matchmaker.meetings.checking import faults_of
from matchmaker.meetings.documents import change_document, timetable_document, timetable_from
from matchmaker.meetings.problem import Problem, Request, Timetable
from matchmaker.meetings.reading import problem_from
from matchmaker.meetings.solving import NoTimetableError, Progress, solve
from matchmaker.permissions import Caller
from matchmaker.records import Record
from matchmaker.usecases.meetings.events import (
    KIND,
    detail,
    found,
    seen,
    sees_all,
    spoken_for,
)
from matchmaker.usecases.meetings.planning import (
    OWN,
    begun_slots,
    floor_of,
    owners,
    plan_after,
    problem_of,
    requests_document,
    with_matches,
    with_requests,
)
from matchmaker.usecases.meetings.working import WORKING, begin, settled
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

WHICH: Final = ("published", "proposal")
_MOST_UNMET: Final = 200
_FRAME: Final = ("name", "venue", "time_zone", "slots", "rooms", "attendees", "roundtables")
"""What of a plan stays with a timetable that was published for it."""


def make_timetable(
    service: Service, caller: Caller, event_id: str, *, drop: Collection[str] = (),
    late: Mapping[str, str] | None = None, since: str = "", anew: bool = False, wait: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Begin to make a timetable: a proposal, which nobody sees but staff until it is published.

    Where one is published already, the proposal stays near it, unless ``anew`` is wished.

    Parameters
    ----------
    drop : collection of str
        Attendees who drop out.
    late : mapping
        Attendees who come late, and the slot they come in.
    since : str
        Slot from which on they are away; without it, the first that has not begun.
    wait : bool
        Whether to return only when it is made (for the command line and tests).

    Raises
    ------
    BadRequestError
        If an attendee or slot is not one of the event.
    ConflictError
        If one is being made already, or somebody drops out of what is not published.
    """
    permit(service, caller, "events.manage")
    record = settled(service, found(service, event_id))
    problem = problem_of(service.snapshot, record["plan"])
    _check_names(problem, drop, late or {}, since)
    if (drop or late) and (record["published"] is None or anew):
        raise ConflictError(
            "Nothing that stays is published: change the plan, and make the timetable anew."
        )
    begun = begun_slots(problem, service.now()) if record["published"] else []
    first = next((slot.id for slot in problem.working if slot.id not in begun), "")
    if drop and not (since or first):
        raise ConflictError("The event is over: nobody can drop out of it any more.")
    if drop or late:
        problem = without(problem, drop, since=since or first, late=late)
    matcher, version = service.matcher, int(record["version"])
    old = None if anew or record["published"] is None else record["published"]["timetable"]

    def make(progress: Progress) -> Mapping[str, Any]:
        progress("Reading matches", 0, 0)
        whole = with_matches(problem, matcher, floor_of(record["plan"]))
        told = {"drop": sorted(drop), "late": dict(late or {}), "since": since}
        return _proposal(service, whole, old, begun, version, progress) | {"asked": told}

    made, thread = begin(service, event_id, str(uuid4()), make, version=version)
    note(service, caller.account, "timetable_made", event=event_id)
    if wait:
        thread.join()
        made = found(service, event_id)
    return detail(service, caller, made)


def publish_timetable(
    service: Service, caller: Caller, event_id: str, *, version: int | None = None
) -> dict[str, Any]:
    """Publish the proposal: attendees see it, and the calendar files follow.

    Parameters
    ----------
    version : int, optional
        Version of the plan that the caller has seen.

    Raises
    ------
    ConflictError
        If there is no proposal for the plan as it is now.
    """
    permit(service, caller, "events.manage")
    record = found(service, event_id)
    snapshot, at = service.snapshot, service.now()

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        proposal = fields["proposal"]
        if fields["work"]["state"] == WORKING:
            raise ConflictError("A timetable is being made; wait until it is done.")
        if proposal is None:
            raise ConflictError("There is no new timetable to publish.")
        if proposal["version"] != fields["version"] or version not in (None, fields["version"]):
            raise ConflictError("The plan was changed since: make the timetable again.")
        plan, asked = fields["plan"], proposal["asked"]
        problem = problem_of(snapshot, plan)
        if asked["drop"] or asked["late"]:
            now = without(
                problem, asked["drop"], since=asked["since"] or proposal["since"],
                late=asked["late"],
            )  # fmt: skip
            plan = plan_after(plan, now)
        timetable = timetable_from(proposal["timetable"])
        kept = tuple(_entry(one) for one in fields["entries"])
        attendees = [one["id"] for one in plan["attendees"]]
        past = (fields["published"] or {}).get("attendees", ())
        return {
            **fields,
            "plan": plan,
            "state": "published",
            "version": fields["version"] + (plan is not fields["plan"]),
            "owners": owners(snapshot, {*attendees, *past}),
            "proposal": None,
            "published": {
                **proposal, "at": at, "attendees": attendees,
                "plan": {
                    **{name: plan[name] for name in _FRAME if name in plan},
                    "attendees": [
                        {"id": one.id, "name": one.name, "side": one.side}
                        for one in problem.attendees
                    ],
                },
            },
            "entries": [asdict(one) for one in entries(kept, timetable, at)],
        }  # fmt: skip

    done = service.records.change(KIND, record.id, alter)
    if done is None:
        raise NotFoundError("event", event_id)
    note(service, caller.account, "timetable_published", event=event_id)
    return detail(service, caller, done)


def timetable_of(
    service: Service, caller: Caller, event_id: str, *, attendee: str = "", which: str = WHICH[0]
) -> dict[str, Any]:
    """Return a timetable: all of it for staff, for others their own appointments.

    Parameters
    ----------
    attendee : str
        Whose appointments; everybody's that the caller may see without it.
    which : str
        ``"published"``, or for staff ``"proposal"``.

    Raises
    ------
    NotFoundError
        If there is none.
    BadRequestError
        If the attendee is none of the event, or not one that the caller speaks for.
    """
    record = seen(service, caller, event_id)
    staff = sees_all(caller)
    if which not in WHICH or (which == "proposal" and not staff):
        known = WHICH if staff else WHICH[:1]
        raise BadRequestError("which", f"must be one of {', '.join(known)}")
    kept = record[which]
    if kept is None:
        raise NotFoundError("timetable", f"{event_id[:100]} ({which})")
    problem = _problem_kept(service, record, kept)
    whose = _whose(service, caller, problem, attendee)
    frame = {
        "event": record.id,
        "which": which,
        "name": problem.name,
        "venue": kept.get("plan", record["plan"]).get("venue", ""),
        "time_zone": problem.time_zone,
        "at": kept["at"],
        "attendees": sorted(whose if whose is not None else problem.by_id),
        "appointments": appointments(problem, timetable_from(kept["timetable"]), whose),
        "quality": None,
    }
    if staff:
        told = kept["timetable"]
        frame["quality"] = {
            **{n: told[n] for n in ("score", "bound", "gap", "optimal", "idle_slots", "short",
                                    "not_held", "unmet", "unmet_count")},
            "meetings": len(told["meetings"]),
            "share_changed": kept["share_changed"],
            "changes": kept["changes"],
        }  # fmt: skip
    return frame


def calendar_of(
    service: Service, caller: Caller, event_id: str, *, attendee: str = "", address: str = ""
) -> bytes:
    """Return the calendar file of what is published: of one attendee, or of all that one may see.

    Raises
    ------
    NotFoundError
        If nothing is published.
    BadRequestError
        If the attendee is none of the event, or not one that the caller speaks for.
    """
    record = seen(service, caller, event_id)
    kept = record["published"]
    if kept is None:
        raise NotFoundError("timetable", f"{event_id[:100]} (published)")
    problem = _problem_kept(service, record, kept)
    whose = _whose(service, caller, problem, attendee)
    found_ = [_entry(one) for one in record["entries"]]
    if whose is not None:
        found_ = [one for one in found_ if whose.intersection(one.who)]
    one = next(iter(whose)) if whose is not None and len(whose) == 1 else ""
    return calendar(
        problem, found_, event=record.id, names=_names(problem), attendee=one,
        venue=kept["plan"].get("venue", ""), address=address,
    )  # fmt: skip


def appointments(
    problem: Problem, timetable: Timetable, whose: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Return the appointments of some attendees, or of all, in the order of time and rooms."""
    slots = {slot.id: slot for slot in problem.slots}
    names, rooms = _names(problem), {room.id: n for n, room in enumerate(problem.rooms)}
    wishes = {request.pair: request for request in problem.requests}
    listed: list[tuple[str, str, int, str, tuple[str, ...], Request | None]] = [
        (m.slot, m.room, m.table, "", (m.a, m.b), wishes.get(m.pair)) for m in timetable.meetings
    ]
    listed += [(s.slot, s.room, 0, s.roundtable, s.attendees, None) for s in timetable.sessions]
    listed.sort(key=lambda one: (slots[one[0]].start, rooms[one[1]], one[2]))
    return [
        {
            "slot": slot,
            "start": slots[slot].start.isoformat(timespec="minutes"),
            "end": slots[slot].end.isoformat(timespec="minutes"),
            "room": room,
            "room_name": names.get(room, room),
            "table": table,
            "roundtable": roundtable,
            "topic": names.get(roundtable, "") if roundtable else "",
            "who": [{"id": one, "name": names.get(one, one)} for one in who],
            "need": wish.need if wish else "",
            "offer": wish.offer if wish else "",
        }
        for slot, room, table, roundtable, who, wish in listed
        if whose is None or any(one in whose for one in who)
    ]


def _proposal(
    service: Service, problem: Problem, old: Mapping[str, Any] | None, begun: list[str],
    version: int, progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    before = timetable_from(old) if old is not None else None
    if before is None:
        made = solve(problem, progress=progress)
    else:
        progress("Filling gaps and moving as little as can be", 1, 2)
        made = again(problem, before, begun=begun)
    if faults := faults_of(problem, made):
        # Nobody is ever shown a timetable that the checker does not pass.
        raise NoTimetableError(f"The timetable was not right: {faults[0]}.")
    told = timetable_document(problem, made)
    left = told["unmet"]
    first = next((slot.id for slot in problem.working if slot.id not in begun), "")
    return {
        "at": service.now(),
        "version": version,
        "since": first,
        "timetable": {**told, "unmet": left[:_MOST_UNMET], "unmet_count": len(left)},
        "requests": requests_document(problem),
        "changes": [change_document(one) for one in changes(before, made)] if before else [],
        "share_changed": round(share_changed(before, made), 6) if before else 0.0,
    }


def _check_names(
    problem: Problem, drop: Collection[str], late: Mapping[str, str], since: str
) -> None:
    for name, given in (("drop", drop), ("late", late)):
        for one in given:
            if one not in problem.by_id:
                raise BadRequestError(name, f"{one[:100]!r} does not attend")
    for name, slots in (("since", [since] if since else []), ("late", list(late.values()))):
        for slot in slots:
            if slot not in problem.place_of_slot:
                raise BadRequestError(name, f"{slot[:100]!r} is no slot in which people meet")
    if both := set(drop).intersection(late):
        raise BadRequestError("late", f"{min(both)!r} cannot both drop out and come late")


def _problem_kept(service: Service, record: Record, kept: Mapping[str, Any]) -> Problem:
    """Return the problem that a timetable was made for: slots and rooms may have changed since."""
    if "plan" not in kept:
        problem = problem_of(service.snapshot, record["plan"])
    else:
        problem = problem_from({n: v for n, v in kept["plan"].items() if n not in OWN})
    return with_requests(problem, kept["requests"])


def _whose(
    service: Service, caller: Caller, problem: Problem, attendee: str
) -> frozenset[str] | None:
    """Return whose appointments are meant; None means everybody's."""
    if attendee and attendee not in problem.by_id:
        raise BadRequestError("attendee", f"{attendee[:100]!r} does not attend")
    if sees_all(caller):
        return frozenset({attendee}) if attendee else None
    mine = frozenset(spoken_for(service, caller, list(problem.by_id)))
    if attendee and attendee not in mine:
        raise BadRequestError("attendee", "must be one that you speak for")
    return frozenset({attendee}) if attendee else mine


def _names(problem: Problem) -> dict[str, str]:
    found = {one.id: one.name for one in problem.attendees}
    found |= {room.id: room.name for room in problem.rooms}
    return found | {one.id: one.topic for one in problem.roundtables}


def _entry(kept: Mapping[str, Any]) -> Entry:
    return Entry(**{**kept, "who": tuple(kept["who"])})
