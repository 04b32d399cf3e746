"""Calendar files: entries that stay themselves, in the time of the venue."""

from __future__ import annotations

from dataclasses import replace

from icalendar import Calendar

from matchmaker.meetings.calendars import calendar, entries, uid
from matchmaker.meetings.problem import Timetable
from matchmaker.meetings.solving import solve
from tests.meetings.made_up import annual_meeting

PROBLEM = annual_meeting(cities=4, partners=4, slots=6, wishes=3, tables=4, roundtables=1)
FOUND = solve(PROBLEM)
NAMES = {one.id: one.name for one in PROBLEM.attendees} | {"topic-1": "Drains, pumps; and tides"}
FIRST = entries((), FOUND, "2027-01-01T00:00:00.000Z")


def read(body: bytes) -> Calendar:
    found = Calendar.from_ical(body)
    assert isinstance(found, Calendar)
    return found


def test_a_calendar_has_an_entry_for_each_meeting_at_the_time_of_the_venue() -> None:
    body = calendar(PROBLEM, FIRST, event="e1", names=NAMES, venue="Made-up hall")
    found = read(body)
    assert len(found.events) == len(FOUND.meetings) + len(FOUND.sessions)
    assert b"TZID:Asia/Bangkok" in body
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    starts = {one["dtstart"].dt.replace(tzinfo=None) for one in found.events}
    assert starts <= {slot.start for slot in PROBLEM.working}
    assert all(one["dtstart"].dt.utcoffset().total_seconds() == 7 * 3600 for one in found.events)
    assert "Roundtable: Drains, pumps; and tides" in {str(one["summary"]) for one in found.events}


def test_the_calendar_of_one_attendee_has_its_appointments_only() -> None:
    who = FOUND.meetings[0].a
    found = read(calendar(PROBLEM, FIRST, event="e1", names=NAMES, attendee=who))
    mine = [m for m in FOUND.meetings if who in (m.a, m.b)]
    sessions = [s for s in FOUND.sessions if who in s.attendees]
    assert len(found.events) == len(mine) + len(sessions)
    titles = {str(one["summary"]) for one in found.events}
    assert not any(NAMES[who] in title for title in titles)


def test_an_entry_keeps_its_identifier_when_it_moves_and_counts_its_changes() -> None:
    first, *others = FOUND.meetings
    free = next(s.id for s in PROBLEM.working if s.id != first.slot)
    moved = Timetable((replace(first, slot=free), *others[1:]), FOUND.sessions)
    second = entries(FIRST, moved, "2027-01-02T00:00:00.000Z")
    known = {entry.key: entry for entry in second}
    key, dropped = " ".join(sorted(first.pair)), " ".join(sorted(others[0].pair))
    assert (known[key].slot, known[key].sequence, known[key].cancelled) == (free, 1, False)
    assert (known[dropped].sequence, known[dropped].cancelled) == (1, True)
    untouched = [entry for entry in second if entry.key not in (key, dropped)]
    assert all(entry in FIRST for entry in untouched)

    body = read(calendar(PROBLEM, second, event="e1", names=NAMES))
    of = {str(one["uid"]): one for one in body.events}
    assert of[uid("e1", key)]["sequence"] == 1
    assert of[uid("e1", dropped)]["status"] == "CANCELLED"
    third = entries(second, FOUND, "2027-01-03T00:00:00.000Z")
    back = {entry.key: entry for entry in third}
    assert (back[dropped].sequence, back[dropped].cancelled) == (2, False)
    assert entries(third, FOUND, "2027-01-04T00:00:00.000Z") == third


def test_events_never_share_an_entry() -> None:
    assert uid("e1", "a b") != uid("e2", "a b")


def test_an_empty_calendar_can_be_read() -> None:
    found = read(calendar(PROBLEM, (), event="e1", names=NAMES))
    assert found.events == []
