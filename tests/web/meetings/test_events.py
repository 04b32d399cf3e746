"""Events over the API and on pages: planned, made, published, read by those who attend."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from werkzeug.test import TestResponse

from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.cast import Browser, Cast, join

PLAN: dict[str, Any] = {
    "name": "Made-up annual meeting",
    "venue": "Made-up hall",
    "time_zone": "Asia/Bangkok",
    "match_floor": 0.05,
    "slots": [
        {"id": f"s{n}", "start": f"2099-03-01T{9 + n:02}:00", "end": f"2099-03-01T{9 + n:02}:45"}
        for n in range(4)
    ],
    "rooms": [
        {"id": "main", "name": "Great room", "kind": "tables", "capacity": 4},
        {"id": "hall", "kind": "hall", "capacity": 8},
    ],
    "attendees": [{"id": one} for one in ("phuket", "jakarta", "adb", "jica")],
    "requests": [{"a": "phuket", "b": "adb"}],
    "roundtables": [{"id": "water", "topic": "Drains and tides", "required": ["phuket", "jica"]}],
}


@pytest.fixture(scope="module")
def cast(live: Service) -> Cast:
    """Return those who plan, attend, and do not."""
    who = {
        "staff": ("secretariat", ()), "officer": ("city_officer", ("phuket",)),
        "partner": ("partner", ("adb",)), "stranger": ("city_officer", ("manila",)),
    }  # fmt: skip
    return {name: join(live, name, role, of) for name, (role, of) in who.items()}


@pytest.fixture(scope="module")
def app(live: Service) -> Flask:
    return create_app(live)


Enter = Callable[[str], Browser]


@pytest.fixture
def enter(app: Flask, cast: Cast) -> Enter:
    """Return a function that signs somebody in."""
    return lambda name: Browser(app).enter(cast[name])


def made(browser: Browser, event: str) -> dict[str, Any]:
    """Return an event once its timetable is made."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        told: dict[str, Any] = browser.get(f"/api/v1/events/{event}").json
        if told["work"]["state"] != "working":
            assert told["work"]["state"] == "done", told["work"]
            return told
        time.sleep(0.1)
    raise AssertionError("the timetable was not made in time")


def text(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_an_event_goes_from_plan_to_calendar_over_the_api(enter: Enter) -> None:
    staff, officer = enter("staff"), enter("officer")
    created = staff.api("POST", "/events", PLAN)
    assert created.status_code == 201
    event, tag = created.json["id"], created.headers["ETag"]
    assert created.headers["Location"] == f"/api/v1/events/{event}"
    path = f"/events/{event}"

    without = staff.api("PUT", path, PLAN)
    assert without.status_code == 428
    longer = PLAN | {"name": "Renamed"}
    changed = staff.api("PUT", path, longer, headers={"If-Match": tag})
    assert (changed.status_code, changed.json["version"]) == (200, 2)
    late = staff.api("PUT", path, PLAN, headers={"If-Match": tag})
    assert (late.status_code, late.json["version"]) == (412, 2)

    assert officer.get(f"/api/v1{path}").status_code == 404
    begun = staff.api("POST", f"{path}:solve", {})
    assert begun.status_code == 202
    assert made(staff, event)["proposal"]["fits"]
    assert officer.get(f"/api/v1{path}/timetable").status_code == 404
    done = staff.api("POST", f"{path}:publish")
    assert (done.status_code, done.json["state"]) == (200, "published")
    assert staff.api("POST", f"{path}:publish").status_code == 409

    seen = officer.get(f"/api/v1{path}/timetable").json
    assert seen["attendees"] == ["phuket"]
    assert seen["quality"] is None
    assert all("phuket" in {w["id"] for w in one["who"]} for one in seen["appointments"])
    assert {one["topic"] for one in seen["appointments"]} >= {"Drains and tides"}
    answer = officer.get(f"/api/v1{path}/calendar.ics")
    assert answer.mimetype == "text/calendar"
    assert len(Calendar.from_ical(answer.get_data()).events) == len(seen["appointments"])
    assert officer.get(f"/api/v1{path}/timetable?attendee=adb").status_code == 400
    assert officer.get(f"/api/v1{path}/timetable?which=proposal").status_code == 400
    assert enter("stranger").get(f"/api/v1{path}").status_code == 403
    listed = officer.get("/api/v1/events").json["items"]
    assert event in [one["id"] for one in listed]

    wrong = staff.api("POST", "/events", PLAN | {"attendees": [{"id": "nowhere"}], "naem": 1})
    assert wrong.status_code == 422
    assert {f["property"] for f in wrong.json["faults"]} >= {"attendees[0].id", "naem"}
    for body in ({"drop": "adb"}, {"late": ["adb"]}, {"anew": 1}, {"without": []}):
        assert staff.api("POST", f"{path}:solve", body).status_code == 422
    assert staff.api("POST", f"{path}:solve", {"drop": ["manila"]}).status_code == 400


def test_staff_plans_on_a_page_and_is_told_of_faults_by_line(enter: Enter) -> None:
    staff = enter("staff")
    filled = {
        "name": "Made-up day", "time_zone": "Asia/Bangkok", "days": "2099-03-01", "from": "09:00",
        "until": "11:00", "minutes": "30", "rooms": "main | tables | 4 | Great room",
        "attendees": "phuket | 1\nadb\nnowhere", "match_floor": "0.05",
    }  # fmt: skip
    refused = staff.send("/desk/events/new", **filled)
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "Line 3, id: there is no city or partner" in page
    assert "phuket | 1" in page
    done = staff.send("/desk/events/new", **(filled | {"attendees": "phuket | 1\nadb"}))
    assert done.status_code == 303
    here = done.headers["Location"].partition("?")[0]
    event = here.rpartition("/")[2]
    assert "No timetable has been made yet" in text(staff.get(here))

    assert staff.send(here, f"{here}/solve").status_code == 303
    assert made(staff, event)["proposal"]
    page = text(staff.get(f"{here}?which=proposal"))
    assert "Proposed timetable" in page
    assert "Phuket" in page
    assert enter("officer").get(here).status_code == 404
    assert staff.send(here, f"{here}/publish").status_code == 303

    officer = text(enter("officer").get(here))
    assert "Your appointments" in officer
    assert "Change the plan" not in officer
    assert f"/api/v1/events/{event}/calendar.ics" in officer
    assert enter("stranger").get(here).status_code == 403
    assert here in text(enter("officer").get("/desk/events"))
    assert here not in text(enter("stranger").get("/desk/events"))

    edit = text(staff.get(f"{here}/edit"))
    assert "d1-01 2099-03-01T09:00 2099-03-01T09:30" in edit
    stale = staff.send(f"{here}/edit", version="7", **(filled | {"attendees": "phuket\nadb"}))
    assert stale.status_code == 412

    drop = staff.send(here, f"{here}/solve", drop="adb")
    assert drop.status_code == 303
    made(staff, event)
    page = text(staff.get(f"{here}?which=proposal"))
    assert "What would change" in page
    assert "cancelled" in page
    assert "What would change" not in text(staff.get(here))
    both = staff.send(here, f"{here}/solve", drop="adb", late="adb", comes="d1-02")
    assert both.status_code == 422
    assert "cannot both drop out and come late" in both.get_data(as_text=True)
