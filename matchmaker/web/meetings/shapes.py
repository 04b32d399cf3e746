"""JSON Schemas and parameters of the API's operations on events and timetables."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.meetings.problem import ROOM_KINDS
from matchmaker.meetings.reading import LONGEST, MOST
from matchmaker.usecases.meetings.events import STATES
from matchmaker.usecases.meetings.planning import FLOOR
from matchmaker.usecases.meetings.timetables import WHICH
from matchmaker.usecases.meetings.working import STATES as WORK_STATES
from matchmaker.web.contributing import shapes
from matchmaker.web.shapes.values import (
    COUNT,
    FLAG,
    NULL,
    NUMBER,
    SLUG,
    TEXT,
    UNIT,
    Json,
    either,
    listed,
    record,
    ref,
    table,
)

_LINE: Final[Json] = {"type": "string", "minLength": 1, "maxLength": LONGEST}
_TIME: Final[Json] = {**_LINE, "description": "Time at the venue, such as 2027-03-01T09:00."}
_AT: Final[Json] = {**TEXT, "description": "ISO 8601, UTC; empty where there is none."}
_OPEN: Final[Json] = {"type": "object", "additionalProperties": True}
_KIND: Final[Json] = {"type": "string", "enum": list(ROOM_KINDS)}
_NAMES: Final = listed(_LINE)
_FEW: Final[Json] = {"type": "integer", "minimum": 0, "maximum": 1000}


def _input(description: str, *optional: str, **members: Json) -> Json:
    """Return the schema of what is sent: nothing else may be."""
    return record(description, optional, **members) | {"additionalProperties": False}


def _many(name: str, items: Json) -> Json:
    return {**listed(items), "maxItems": MOST[name]}


_PLAN: Final = _input(
    "The plan of an event. Attendees are cities and partners of the graph.",
    "venue", "walk_minutes", "match_floor", "rooms", "requests", "roundtables", "vetoes",
    name=_LINE,
    venue={**TEXT, "maxLength": LONGEST},
    time_zone={**_LINE, "description": "Of the venue, such as Asia/Bangkok."},
    walk_minutes={**_FEW, "description": "From one place to another; 0 if all rooms lie together."},
    match_floor={
        **either(UNIT, NULL),
        "description": f"Score from which a match of an attending city's open need with an "
        f"attending partner is a wish to meet; null: none is. Usually {FLOOR}.",
    },
    slots=_many("slots", _input(
        "A time of the programme; nobody meets in a break.", "break",
        id=_LINE, start=_TIME, end=_TIME, **{"break": FLAG},
    )),
    rooms=_many("rooms", _input(
        "Tables for two, or a hall for one roundtable at a time.", "name", "place",
        id=_LINE, name=_LINE, kind=_KIND, place=_LINE,
        capacity={"type": "integer", "minimum": 1, "maximum": 1000},
    )),
    attendees=_many("attendees", _input(
        "Who attends, how many meetings of two it is to have, and slots in which it is away.",
        "name", "least", "most", "absent",
        id=_LINE, name=_LINE, least=_FEW, most=_FEW, absent=_NAMES,
    )),
    requests=_many("requests", _input(
        "A wish put down by hand; its score is 1 unless another is given.",
        "score", "need", "offer",
        a=_LINE, b=_LINE, score=UNIT, need=_LINE, offer=_LINE,
    )),
    roundtables=_many("roundtables", _input(
        "A meeting of many; it is held with all who are required, or not at all.",
        "optional", "size",
        id=_LINE, topic=_LINE, required=_NAMES, optional=_NAMES,
        size={"type": "integer", "minimum": 2, "maximum": 1000},
    )),
    vetoes=_many("vetoes", {**_NAMES, "minItems": 2, "maxItems": 2,
                            "description": "Two who must not meet."}),
)  # fmt: skip
_EVENT: Final[dict[str, Json]] = {
    "id": TEXT,
    "name": TEXT,
    "venue": TEXT,
    "time_zone": TEXT,
    "state": {"type": "string", "enum": list(STATES)},
    "at": _AT,
    "version": {**COUNT, "description": "Of the plan, for 'If-Match'."},
    "begins": TEXT,
    "ends": TEXT,
    "attendees": COUNT,
    "published_at": _AT,
    "mine": {**listed(SLUG), "description": "Attendees that you speak for."},
    "links": record(self=TEXT, page=TEXT, timetable=TEXT, calendar=TEXT),
}
_SLOT: Final = record(id=TEXT, start=TEXT, end=TEXT, **{"break": FLAG})
_ROOM: Final = record(id=TEXT, name=TEXT, kind=_KIND, capacity=COUNT, place=TEXT)
_NAMED: Final = record(id=TEXT, name=TEXT)
_CHANGE: Final = record(
    "A meeting, or a roundtable, that is not as it was published before.",
    kind={"type": "string", "enum": ["moved", "cancelled", "added"]},
    who=listed(TEXT), roundtable=TEXT, before=TEXT, after=TEXT,
)  # fmt: skip
_QUALITY: Final = record(
    "How good it is, for staff: no timetable that holds as many roundtables and misses no more "
    "minimums has a score above 'bound'; 'gap' is what may be missing to it.",
    score=NUMBER, bound=NUMBER, gap=NUMBER, optimal=FLAG, meetings=COUNT,
    idle_slots={**COUNT, "description": "Slots that people wait between two appointments."},
    short=listed(record(attendee=TEXT, name=TEXT, missing=COUNT, least=COUNT)),
    not_held=listed(record(roundtable=TEXT, topic=TEXT, reason=TEXT)),
    unmet=listed(record(a=TEXT, b=TEXT, score=NUMBER, reason=TEXT)),
    unmet_count=COUNT, share_changed=NUMBER, changes=listed(_CHANGE),
)  # fmt: skip

ALL: Final[dict[str, Json]] = {
    "EventInput": _PLAN,
    "Event": record("An event.", **_EVENT),
    "EventList": record(items=listed(ref("Event")), next=either(TEXT, NULL)),
    "EventDetail": record(
        "An event in full; plan, work and proposal are null for those who attend.",
        **_EVENT,
        slots=listed(_SLOT),
        rooms=listed(_ROOM),
        attending=listed(record(id=TEXT, name=TEXT, side=TEXT)),
        plan=either(_OPEN, NULL),
        work=either(
            record("The timetable that is being made, or was made last.",
                   state={"type": "string", "enum": list(WORK_STATES)},
                   step=TEXT, done=COUNT, total=COUNT, message=TEXT),
            NULL,
        ),
        proposal=either(
            record("A timetable that waits to be published.", at=_AT, meetings=COUNT,
                   changes=COUNT, share_changed=NUMBER,
                   fits={**FLAG, "description": "Whether the plan is as it was made for."}),
            NULL,
        ),
    ),
    "TimetableInput": _input(
        "What has happened since; nothing at all makes a first timetable.",
        "drop", "late", "since", "anew",
        drop={**listed(_LINE), "description": "Attendees who drop out."},
        late={**table(_LINE), "description": "Attendees who come late: the slot they come in."},
        since={**_LINE, "description": "Slot from which on who drops out is away; without it "
               "the first that has not begun."},
        anew={**FLAG, "description": "Do not stay near the one that is published."},
    ),
    "Timetable": record(
        "Who meets whom, when and where: all of it for staff, for others their own appointments.",
        event=TEXT,
        which={"type": "string", "enum": list(WHICH)},
        name=TEXT, venue=TEXT, time_zone=TEXT, at=_AT,
        attendees=listed(TEXT),
        appointments=listed(record(
            slot=TEXT, start=TEXT, end=TEXT, room=TEXT, room_name=TEXT,
            table={**COUNT, "description": "0 at a roundtable."},
            roundtable=TEXT, topic=TEXT, who=listed(_NAMED), need=TEXT, offer=TEXT,
        )),
        quality=either(_QUALITY, NULL),
    ),
    "CalendarFile": {**TEXT, "description": "A calendar (RFC 5545)."},
}  # fmt: skip
"""Every schema that the operations on events use, by name."""


def _told(description: str, schema: Json | None = None, **more: Any) -> Json:
    return {"description": description, "schema": schema or TEXT, **more}


RECORD_ID: Final = shapes.RECORD_ID
CURSOR: Final = shapes.CURSOR
LIMIT: Final = {**shapes.LIMIT, "schema": {**shapes.LIMIT["schema"], "default": 20}}
ATTENDEE: Final = _told("Whose appointments; without it all that you may see.")
PICK: Final = _told(
    "Which of the two; the proposal is for staff.",
    {"type": "string", "enum": list(WHICH), "default": WHICH[0]},
)
EXAMPLE: Final[Json] = {
    "name": "Annual meeting",
    "time_zone": "Asia/Bangkok",
    "slots": [{"id": "s1", "start": "2027-03-01T09:00", "end": "2027-03-01T09:20"}],
    "rooms": [{"id": "tables", "kind": "tables", "capacity": 20}],
    "attendees": [{"id": "phuket", "least": 1}, {"id": "adb"}],
}
