"""Meetings of an engagement: arranged, changed and called off by moves, which alone are the truth.

A meeting is known by the number of the move that arranged it.  Each later move about it raises its
sequence number, so that calendars which have taken it over follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from matchmaker.errors import BadRequestError

if TYPE_CHECKING:
    from matchmaker.brokering.history import Move

FIELDS: Final = ("title", "start", "end", "time_zone", "place")
LONGEST: Final = 300
"""Characters of a title, and of a place or an address."""
LONGEST_STAY: Final = timedelta(days=14)
_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Appointment:
    """When and where a meeting is, in the time of a zone.

    Parameters
    ----------
    start, end : str
        Local time to the minute, such as ``2026-12-01T10:00``.
    time_zone : str
        Name of the zone, such as ``Asia/Bangkok``.
    place : str
        A place, or an address where one joins.
    """

    title: str
    start: str
    end: str
    time_zone: str
    place: str = ""

    def as_json(self) -> dict[str, str]:
        """Return all of it."""
        return asdict(self)

    @property
    def starts_at(self) -> str:
        """When it begins, ISO 8601 in UTC."""
        return _utc(self.start, self.time_zone)

    @property
    def ends_at(self) -> str:
        """When it ends, ISO 8601 in UTC."""
        return _utc(self.end, self.time_zone)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as it stands after all moves about it.

    Parameters
    ----------
    number : int
        Of the move that arranged it.
    sequence : int
        How often it was changed or called off.
    at : str
        Time of the last move about it.
    """

    number: int
    appointment: Appointment
    sequence: int
    at: str
    cancelled: bool = False


def appointment_of(given: Mapping[str, str]) -> Appointment:
    """Read an appointment as somebody has filled it in.

    Raises
    ------
    BadRequestError
        Names the first field that is missing or wrong.

    Examples
    --------
    >>> first = {"title": "First talk", "start": "2026-12-01T10:00", "end": "2026-12-01T11:00"}
    >>> appointment_of({**first, "time_zone": "Asia/Bangkok"}).starts_at
    '2026-12-01T03:00:00.000Z'
    >>> appointment_of({**first, "time_zone": "Asia/Nowhere"})
    Traceback (most recent call last):
    matchmaker.errors.BadRequestError: time_zone must be the name of a time zone, such as Asia/Bangkok
    """
    title, place = (" ".join(given.get(name, "").split()) for name in ("title", "place"))
    for name, text in (("title", title), ("place", place)):
        if len(text) > LONGEST or not text.isprintable():
            raise BadRequestError(name, f"must have at most {LONGEST} printable characters")
    if not title:
        raise BadRequestError("title", "is needed")
    start, end = _time(given, "start"), _time(given, "end")
    zone = given.get("time_zone", "").strip()
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # unknown, outside of the folder, or a folder of zones
        message = "must be the name of a time zone, such as Asia/Bangkok"
        raise BadRequestError("time_zone", message) from None
    made = Appointment(title, start, end, zone, place)
    try:
        lasts = datetime.fromisoformat(made.ends_at) - datetime.fromisoformat(made.starts_at)
    except OverflowError:
        raise BadRequestError("start", "is no time that can be told in UTC") from None
    if not timedelta(0) < lasts <= LONGEST_STAY:
        days = LONGEST_STAY.days
        raise BadRequestError("end", f"must be after the start, and no more than {days} days")
    return made


def meetings_of(moves: Iterable[Move]) -> tuple[Meeting, ...]:
    """Return the meetings that moves have arranged, in the order in which they were.

    The moves have been accepted one by one: what they name is there.
    """
    found: dict[int, Meeting] = {}
    for number, move in enumerate(moves, 1):
        if move.which:
            held = found[move.which]
            found[move.which] = replace(
                held,
                appointment=move.meeting or held.appointment,
                sequence=held.sequence + 1,
                at=move.at,
                cancelled=move.meeting is None,
            )
        elif move.meeting is not None:
            found[number] = Meeting(number, move.meeting, 0, move.at)
    return tuple(found.values())


def next_of(meetings: Iterable[Meeting], now: str) -> Meeting | None:
    """Return the meeting that is next, or under way, None if there is none."""
    coming = [m for m in meetings if not m.cancelled and m.appointment.ends_at > now]
    return min(coming, key=lambda m: (m.appointment.starts_at, m.number), default=None)


def _time(given: Mapping[str, str], name: str) -> str:
    text = given.get(name, "").strip()
    message = "must be a local time to the minute, such as 2026-12-01T10:00"
    if not _LOCAL.fullmatch(text):
        raise BadRequestError(name, message if text else "is needed")
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise BadRequestError(name, message) from None
    return text


def _utc(local: str, zone: str) -> str:
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
