"""Calendar files (iCalendar): one entry for each meeting, the same one for ever.

An entry keeps its identifier as long as the same two meet at the same event, or the same roundtable is
held; each publication that moves it raises its sequence number, and one that drops it marks it
cancelled, so that calendars which have taken it over follow.

References
----------
Desruisseaux, B. (ed., 2009). Internet Calendaring and Scheduling Core Object Specification. RFC 5545.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from matchmaker.meetings.problem import Problem, Timetable

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT: Final = "-//Matchmaker//ASEAN Smart Cities Network//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting or roundtable in calendars.

    Parameters
    ----------
    key : str
        What stays the same when it moves.
    who : tuple of str
        Attendees' identifiers.
    sequence : int
        How often it has changed.
    at : str
        When it was changed last, ISO 8601 in UTC.
    """

    key: str
    who: tuple[str, ...]
    roundtable: str
    slot: str
    room: str
    table: int
    sequence: int
    cancelled: bool
    at: str


def entries(before: Iterable[Entry], timetable: Timetable, at: str) -> tuple[Entry, ...]:
    """Return the entries of a timetable that is published after others.

    Parameters
    ----------
    before : iterable of Entry
        Those of the publication before.
    at : str
        When this one is published.

    Examples
    --------
    >>> from matchmaker.meetings.problem import Meeting
    >>> first = entries((), Timetable((Meeting("a", "b", "s1", "r", 1, 0.5),)), "2027-01-01T00:00:00Z")
    >>> [(e.slot, e.sequence) for e in first]
    [('s1', 0)]
    >>> moved = Timetable((Meeting("b", "a", "s2", "r", 1, 0.5),))
    >>> [(e.slot, e.sequence) for e in entries(first, moved, "2027-01-02T00:00:00Z")]
    [('s2', 1)]
    >>> [(e.cancelled, e.sequence) for e in entries(first, Timetable(()), "2027-01-02T00:00:00Z")]
    [(True, 1)]
    """
    known = {entry.key: entry for entry in before}
    now = {entry.key: entry for entry in _of(timetable, at)}
    found = []
    for key, entry in now.items():
        old = known.get(key)
        if old is None:
            found.append(entry)
        elif _told(old) == _told(entry):
            found.append(old)
        else:
            found.append(replace(entry, sequence=old.sequence + 1))
    for key, old in known.items():
        if key not in now:
            gone = replace(old, cancelled=True, sequence=old.sequence + 1, at=at)
            found.append(old if old.cancelled else gone)
    return tuple(sorted(found, key=lambda entry: entry.key))


def calendar(
    problem: Problem, found: Iterable[Entry], *, event: str, names: Mapping[str, str],
    venue: str = "", attendee: str = "", address: str = "",
) -> bytes:  # fmt: skip
    """Return a calendar file.

    Parameters
    ----------
    event : str
        Identifier of the event; entries of different events never share one.
    names : mapping
        Names of attendees, rooms and roundtables by identifier.
    attendee : str
        Whose appointments; everybody's without it.
    address : str
        Page of the event, without which entries have no link.
    """
    # Only who asks for a calendar waits for the package.
    from icalendar import Calendar  # noqa: PLC0415

    file = Calendar()
    file.add("prodid", PRODUCT)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", "PUBLISH")
    whose = f": {names.get(attendee, attendee)}" if attendee else ""
    file.add("x-wr-calname", f"{problem.name}{whose}")
    times = {slot.id: slot for slot in problem.slots}
    zone = ZoneInfo(problem.time_zone)
    for entry in found:
        if (attendee and attendee not in entry.who) or entry.slot not in times:
            continue
        slot = times[entry.slot]
        file.add_component(
            _event(entry, slot.start, slot.end, zone, event, names, venue, attendee, address)
        )
    if file.events:
        file.add_missing_timezones()
    body: bytes = file.to_ical()
    return body


def uid(event: str, key: str) -> str:
    """Return the identifier of an entry, the same for ever.

    Examples
    --------
    >>> uid("e1", "a b") == uid("e1", "a b") != uid("e2", "a b")
    True
    """
    return str(uuid5(NAMESPACE_URL, f"matchmaker:event:{event}:{key}"))


def _event(
    entry: Entry, start: datetime, end: datetime, zone: ZoneInfo, event: str,
    names: Mapping[str, str], venue: str, attendee: str, address: str,
) -> Event:  # fmt: skip
    from icalendar import Event  # noqa: PLC0415

    one = Event()
    people = [names.get(who, who) for who in entry.who]
    one.add("uid", uid(event, entry.key))
    one.add("dtstamp", datetime.fromisoformat(entry.at))
    one.add("sequence", entry.sequence)
    one.add("dtstart", start.replace(tzinfo=zone))
    one.add("dtend", end.replace(tzinfo=zone))
    one.add("summary", _title(entry, names, attendee))
    one.add("description", "With " + ", ".join(people) + ".")
    where = names.get(entry.room, entry.room)
    if entry.table:
        where += f", table {entry.table}"
    one.add("location", f"{where}, {venue}" if venue else where)
    one.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    one.add("transp", "TRANSPARENT" if entry.cancelled else "OPAQUE")
    if address:
        one.add("url", address)
    return one


def _title(entry: Entry, names: Mapping[str, str], attendee: str) -> str:
    if entry.roundtable:
        return f"Roundtable: {names.get(entry.roundtable, entry.roundtable)}"
    others = [names.get(who, who) for who in entry.who if who != attendee]
    return f"Meeting: {' and '.join(others)}"


def _of(timetable: Timetable, at: str) -> Iterable[Entry]:
    for m in timetable.meetings:
        who = tuple(sorted((m.a, m.b)))
        yield Entry(" ".join(who), who, "", m.slot, m.room, m.table, 0, False, at)
    for s in timetable.sessions:
        key = f"roundtable {s.roundtable}"
        yield Entry(key, s.attendees, s.roundtable, s.slot, s.room, 0, 0, False, at)


def _told(entry: Entry) -> tuple[object, ...]:
    """Return what a calendar shows of an entry."""
    who = frozenset(entry.who)
    return who, entry.slot, entry.room, entry.table, entry.cancelled
