"""Calendar files (iCalendar) of meetings that are arranged one by one; see RFC 5545."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from matchmaker.meetings.calendars import PRODUCT, uid


@dataclass(frozen=True, slots=True)
class Occasion:
    """One meeting as a calendar holds it.

    Parameters
    ----------
    key : str
        What stays the same when it moves.
    start, end : str
        Local time in the zone.
    sequence : int
        How often it has changed.
    at : str
        When it was changed last, ISO 8601 in UTC.
    """

    key: str
    title: str
    start: str
    end: str
    time_zone: str
    place: str
    sequence: int
    at: str
    cancelled: bool = False


def invitation(name: str, of: str, occasions: Iterable[Occasion], address: str) -> bytes:
    """Return a calendar file of occasions.

    Parameters
    ----------
    of : str
        Identifier of what they belong to; occasions of different ones never share an entry.
    address : str
        Page that tells of them.

    Examples
    --------
    >>> talk = Occasion(
    ...     "4", "First talk", "2026-12-01T10:00", "2026-12-01T11:00", "Asia/Bangkok", "Phuket", 1,
    ...     "2026-11-23T05:00:00.000Z",
    ... )
    >>> lines = invitation("Engagement", "e1", [talk], "https://desk.example/e1").decode().split()
    >>> "DTSTART;TZID=Asia/Bangkok:20261201T100000" in lines, "SEQUENCE:1" in lines
    (True, True)
    """
    # Only who asks for a calendar waits for the package.
    from icalendar import Calendar, Event  # noqa: PLC0415

    file = Calendar()
    file.add("prodid", PRODUCT)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", name)
    for one in occasions:
        zone, entry = ZoneInfo(one.time_zone), Event()
        entry.add("uid", uid(of, one.key))
        entry.add("dtstamp", datetime.fromisoformat(one.at))
        entry.add("sequence", one.sequence)
        entry.add("dtstart", datetime.fromisoformat(one.start).replace(tzinfo=zone))
        entry.add("dtend", datetime.fromisoformat(one.end).replace(tzinfo=zone))
        entry.add("summary", one.title)
        entry.add("description", name)
        if one.place:
            entry.add("location", one.place)
        entry.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
        entry.add("transp", "TRANSPARENT" if one.cancelled else "OPAQUE")
        entry.add("url", address)
        file.add_component(entry)
    if file.events:
        file.add_missing_timezones()
    body: bytes = file.to_ical()
    return body
