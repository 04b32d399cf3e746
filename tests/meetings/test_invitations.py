"""Calendar files of meetings that are arranged one by one."""

from __future__ import annotations

from dataclasses import replace

from icalendar import Calendar, Event

from matchmaker.meetings.invitations import Occasion, invitation

TALK = Occasion(
    "4", "First talk, at last; really", "2030-02-01T10:00", "2030-02-01T11:30", "Asia/Bangkok",
    "Uptown hall", 0, "2030-01-01T08:00:00.000Z",
)  # fmt: skip
PAGE = "https://desk.example/desk/engagements/e1"


def entries(*occasions: Occasion, of: str = "engagement:e1") -> list[Event]:
    file = Calendar.from_ical(invitation("Bank for pipes", of, occasions, PAGE))
    assert file["method"] == "PUBLISH"
    return list(file.events)


def test_an_entry_says_when_where_and_what() -> None:
    (one,) = entries(TALK)
    assert one["dtstart"].dt.isoformat() == "2030-02-01T10:00:00+07:00"
    assert one["dtend"].dt.isoformat() == "2030-02-01T11:30:00+07:00"
    assert (one["summary"], one["location"]) == (TALK.title, "Uptown hall")
    assert (one["status"], one["sequence"], one["url"]) == ("CONFIRMED", 0, PAGE)


def test_an_entry_keeps_its_identifier_when_it_moves_or_is_called_off() -> None:
    moved = replace(TALK, start="2030-02-02T10:00", end="2030-02-02T11:30", sequence=1)
    off = replace(moved, sequence=2, cancelled=True)
    told = [entries(one)[0] for one in (TALK, moved, off)]
    assert len({one["uid"] for one in told}) == 1
    assert [one["sequence"] for one in told] == [0, 1, 2]
    assert told[2]["status"] == "CANCELLED"
    assert entries(TALK, of="engagement:e2")[0]["uid"] != told[0]["uid"]


def test_the_same_meetings_give_the_same_bytes_and_none_give_a_file_without_any() -> None:
    assert invitation("x", "y", [TALK], PAGE) == invitation("x", "y", [TALK], PAGE)
    assert entries() == []
