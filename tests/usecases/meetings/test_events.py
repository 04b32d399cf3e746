"""Events on a real Neo4j: planned, made, published, made again when somebody drops out."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from matchmaker.accounts.times import later
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    InvalidDataError,
    NotAllowedError,
    NotFoundError,
    SignInNeededError,
    VersionConflictError,
)
from matchmaker.permissions import PUBLIC, Caller, Role
from matchmaker.records import Record
from matchmaker.usecases.meetings import events, timetables, working
from matchmaker.usecases.service import Service

STAFF = Caller(Role.SECRETARIAT, "staff")
OFFICER = Caller(Role.CITY_OFFICER, "officer", frozenset({"phuket"}))
PARTNER = Caller(Role.PARTNER, "bank", frozenset({"adb"}))
REPRESENTATIVE = Caller(
    Role.NATIONAL_REPRESENTATIVE, "representative", frozenset({"country-thailand"})
)
ELSEWHERE = Caller(Role.CITY_OFFICER, "other", frozenset({"manila"}))
SLOTS = [
    {"id": f"s{n}", "start": f"2099-03-01T{9 + n:02}:00", "end": f"2099-03-01T{9 + n:02}:45"}
    for n in range(6)
]
PLAN: dict[str, Any] = {
    "name": "Made-up annual meeting",
    "venue": "Made-up hall",
    "time_zone": "Asia/Bangkok",
    "match_floor": 0.05,
    "slots": [*SLOTS, {"id": "tea", "start": "2099-03-01T15:00", "end": "2099-03-01T15:30",
                       "break": True}],
    "rooms": [{"id": "main", "kind": "tables", "capacity": 4},
              {"id": "hall", "kind": "hall", "capacity": 8}],
    "attendees": [{"id": one, "least": 1} for one in
                  ("phuket", "chonburi", "jakarta", "makassar", "adb", "jica", "depa")],
    "requests": [{"a": "phuket", "b": "jakarta", "score": 1.0}],
    "roundtables": [{"id": "water", "topic": "Drains and tides", "required": ["adb", "jica"],
                     "optional": ["phuket", "makassar"]}],
    "vetoes": [["makassar", "depa"]],
}  # fmt: skip


@pytest.fixture
def event(live: Service) -> str:
    """Return an event that is planned."""
    return str(events.create_event(live, STAFF, PLAN)["id"])


@pytest.fixture
def published(live: Service, event: str) -> str:
    """Return an event whose timetable is published."""
    timetables.make_timetable(live, STAFF, event, wait=True)
    timetables.publish_timetable(live, STAFF, event)
    return event


def kept(live: Service, event: str) -> Record:
    record = live.records.get("event", event)
    assert record is not None
    return record


def test_a_timetable_is_made_of_matches_and_wishes_and_published(live: Service, event: str) -> None:
    made = timetables.make_timetable(live, STAFF, event, wait=True)
    assert made["work"]["state"] == "done"
    assert made["state"] == "draft"
    proposal = timetables.timetable_of(live, STAFF, event, which="proposal")
    pairs = {frozenset(p["id"] for p in a["who"]) for a in proposal["appointments"]}
    assert frozenset({"phuket", "jakarta"}) in pairs
    assert frozenset({"makassar", "depa"}) not in pairs
    by_match = [a for a in proposal["appointments"] if a["need"]]
    assert by_match
    assert all(live.snapshot.get("need", a["need"]) for a in by_match)
    assert proposal["quality"]["short"] == []
    with pytest.raises(NotFoundError):
        timetables.timetable_of(live, OFFICER, event)
    done = timetables.publish_timetable(live, STAFF, event)
    assert (done["state"], done["proposal"]) == ("published", None)
    assert timetables.timetable_of(live, STAFF, event)["appointments"] == proposal["appointments"]
    with pytest.raises(ConflictError):
        timetables.publish_timetable(live, STAFF, event)


def test_attendees_see_their_own_appointments_and_nobody_elses_plan(
    live: Service, published: str
) -> None:
    whole = timetables.timetable_of(live, STAFF, published)["appointments"]
    for caller, mine in (
        (OFFICER, {"phuket"}),
        (PARTNER, {"adb"}),
        (REPRESENTATIVE, {"phuket", "chonburi"}),
    ):
        told = timetables.timetable_of(live, caller, published)
        assert set(told["attendees"]) == mine
        assert told["quality"] is None
        expected = [a for a in whole if mine & {p["id"] for p in a["who"]}]
        assert told["appointments"] == expected
        assert expected
        seen = events.get_event(live, caller, published)
        assert (seen["plan"], seen["work"], seen["proposal"]) == (None, None, None)
        assert set(seen["mine"]) == mine
        listed = [one["id"] for one in events.list_events(live, caller).items]
        assert published in listed
    with pytest.raises(BadRequestError):
        timetables.timetable_of(live, OFFICER, published, attendee="jakarta")
    with pytest.raises(BadRequestError):
        timetables.timetable_of(live, OFFICER, published, which="proposal")
    with pytest.raises(NotAllowedError):
        events.get_event(live, ELSEWHERE, published)
    assert published not in [one["id"] for one in events.list_events(live, ELSEWHERE).items]
    with pytest.raises(SignInNeededError):
        events.list_events(live, PUBLIC)


def test_only_staff_plans_makes_and_publishes(live: Service, published: str) -> None:
    for caller in (OFFICER, PARTNER, REPRESENTATIVE):
        with pytest.raises(NotAllowedError):
            events.create_event(live, caller, PLAN)
        with pytest.raises(NotAllowedError):
            events.change_event(live, caller, published, PLAN, expected=1)
        with pytest.raises(NotAllowedError):
            timetables.make_timetable(live, caller, published)
        with pytest.raises(NotAllowedError):
            timetables.publish_timetable(live, caller, published)


def test_who_drops_out_changes_little_and_nothing_until_it_is_published(
    live: Service, published: str
) -> None:
    before = timetables.timetable_of(live, STAFF, published)
    gone = [a for a in before["appointments"] if "depa" in {p["id"] for p in a["who"]}]
    assert gone
    made = timetables.make_timetable(live, STAFF, published, drop=["depa"], wait=True)
    assert made["proposal"]["changes"] >= len(gone)
    assert timetables.timetable_of(live, STAFF, published) == before
    told = timetables.timetable_of(live, STAFF, published, which="proposal")["quality"]
    cancelled = [c for c in told["changes"] if c["kind"] == "cancelled"]
    assert all("depa" in change["who"] for change in cancelled)
    first = Calendar.from_ical(timetables.calendar_of(live, STAFF, published))
    done = timetables.publish_timetable(live, STAFF, published)
    after = timetables.timetable_of(live, STAFF, published)
    assert not any("depa" in {p["id"] for p in a["who"]} for a in after["appointments"])
    second = Calendar.from_ical(timetables.calendar_of(live, STAFF, published))
    assert {str(e["uid"]) for e in first.events} <= {str(e["uid"]) for e in second.events}
    stopped = [e for e in second.events if e["status"] == "CANCELLED"]
    assert len(stopped) == len(cancelled)
    assert all(e["sequence"] == 1 for e in stopped)
    assert done["version"] == 2
    of_depa = next(a for a in done["plan"]["attendees"] if a["id"] == "depa")
    assert (of_depa["least"], len(of_depa["absent"])) == (0, len(SLOTS))


def test_the_calendar_of_an_attendee_is_its_own(live: Service, published: str) -> None:
    mine = timetables.timetable_of(live, OFFICER, published)["appointments"]
    body = Calendar.from_ical(timetables.calendar_of(live, OFFICER, published))
    assert len(body.events) == len(mine)
    named = Calendar.from_ical(timetables.calendar_of(live, STAFF, published, attendee="phuket"))
    assert {str(e["uid"]) for e in named.events} == {str(e["uid"]) for e in body.events}


def test_a_plan_is_changed_only_by_whoever_has_seen_it_as_it_is(
    live: Service, published: str
) -> None:
    plan = copy.deepcopy(PLAN) | {"name": "Renamed"}
    done = events.change_event(live, STAFF, published, plan, expected=1)
    assert (done["name"], done["version"]) == ("Renamed", 2)
    with pytest.raises(VersionConflictError) as told:
        events.change_event(live, STAFF, published, plan, expected=1)
    assert told.value.version == 2
    # What is published stays as it was, its name too, for those who attend.
    assert events.get_event(live, OFFICER, published)["name"] == PLAN["name"]


def test_a_proposal_for_an_older_plan_is_not_published(live: Service, event: str) -> None:
    timetables.make_timetable(live, STAFF, event, wait=True)
    events.change_event(live, STAFF, event, PLAN | {"walk_minutes": 5}, expected=1)
    assert events.get_event(live, STAFF, event)["proposal"]["fits"] is False
    with pytest.raises(ConflictError, match="make the timetable again"):
        timetables.publish_timetable(live, STAFF, event)


def test_faults_of_a_plan_are_all_told(live: Service) -> None:
    bad = copy.deepcopy(PLAN)
    bad["attendees"].append({"id": "nowhere"})
    bad["match_floor"] = 2
    bad["slots"][0]["end"] = "soon"
    with pytest.raises(InvalidDataError) as told:
        events.create_event(live, STAFF, bad)
    places = {fault.column for fault in told.value.faults}
    assert {"attendees[7].id", "match_floor", "slots[0].end"} <= places


def test_nobody_drops_out_who_does_not_attend_or_of_what_is_not_published(
    live: Service, event: str
) -> None:
    with pytest.raises(BadRequestError):
        timetables.make_timetable(live, STAFF, event, drop=["manila"])
    with pytest.raises(BadRequestError):
        timetables.make_timetable(live, STAFF, event, late={"adb": "tea"})
    with pytest.raises(ConflictError):
        timetables.make_timetable(live, STAFF, event, drop=["adb"])


def test_work_whose_process_has_died_is_marked_as_failed_and_what_stood_stands(
    live: Service, published: str
) -> None:
    before = timetables.timetable_of(live, STAFF, published)
    silent = later(live.now(), -timedelta(minutes=2))
    dead = {**working.IDLE, "state": "working", "id": "of-a-dead-process", "beat_at": silent}
    live.records.change("event", published, lambda fields: {**fields, "work": dead})
    seen = events.get_event(live, STAFF, published)
    assert seen["work"]["state"] == "failed"
    assert "stopped" in seen["work"]["message"]
    assert timetables.timetable_of(live, STAFF, published) == before
    again = timetables.make_timetable(live, STAFF, published, wait=True)
    assert again["work"]["state"] == "done"


def test_one_timetable_is_made_at_a_time_and_what_goes_wrong_is_told(
    live: Service, event: str
) -> None:
    def stuck(progress: Callable[[str, int, int], None]) -> dict[str, Any]:
        progress("Waiting", 1, 2)
        time.sleep(2.5)
        raise RuntimeError("made up")

    _, thread = working.begin(live, event, "work-1", stuck, version=1)
    with pytest.raises(ConflictError):
        timetables.make_timetable(live, STAFF, event)
    with pytest.raises(ConflictError):
        events.change_event(live, STAFF, event, PLAN, expected=1)
    time.sleep(1.5)
    assert events.get_event(live, STAFF, event)["work"]["step"] == "Waiting"
    thread.join()
    work = kept(live, event)["work"]
    assert (work["state"], work["message"].split(";")[0]) == ("failed", "A defect of the service")
    assert kept(live, event)["proposal"] is None
