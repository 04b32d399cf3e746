"""Events in a real browser: planned, made, published, printed; somebody drops out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from matchmaker.usecases.service import Service
from tests.browser.test_desk import PHONE, address, checked, sign_in

__all__ = ["address", "sign_in"]
Open = Callable[..., Page]
ATTENDEES = (
    "phuket", "chonburi", "jakarta", "makassar", "manila", "adb", "jica", "depa",
)  # fmt: skip


def make(page: Page) -> None:
    """Look again until the timetable is made."""
    for _ in range(60):
        again = page.get_by_role("link", name="Look again")
        if not again.count():
            break
        page.wait_for_timeout(300)
        again.click()
    expect(page.get_by_role("heading", name="A new timetable waits")).to_be_visible()


def test_an_event_is_planned_published_printed_and_changed_when_somebody_drops_out(
    sign_in: Callable[..., Page], live: Service, tmp_path: Path
) -> None:
    staff = sign_in("secretariat")
    staff.goto("/desk/events")
    checked(staff, "none", tmp_path)
    staff.get_by_role("link", name="Plan an event").click()
    staff.get_by_label("Name").fill("Made-up annual meeting")
    staff.get_by_label("Venue", exact=False).first.fill("Made-up hall, Bangkok")
    staff.get_by_label("Attendees", exact=True).fill("\n".join(f"{a} | 1" for a in ATTENDEES))
    staff.get_by_label("Rooms").fill("main | tables | 4 | Great room\nhall | hall | 12 | Hall")
    staff.get_by_label("Days", exact=False).first.fill("2099-03-01")
    staff.get_by_label("Roundtables").fill("water | Drains and tides | adb phuket | jica makassar")
    staff.get_by_label("Matches count").fill("0.05")
    checked(staff, "form", tmp_path)
    staff.get_by_role("button", name="Plan the event").click()
    expect(staff.get_by_role("status")).to_contain_text("The event is planned")
    staff.get_by_role("button", name="Make the timetable").click()
    make(staff)
    checked(staff, "proposal", tmp_path)
    staff.get_by_role("button", name="Publish it").click()
    expect(staff.get_by_role("status")).to_contain_text("published")
    checked(staff, "published", tmp_path)
    staff.get_by_label("Shown", exact=True).select_option("attendees")
    staff.get_by_role("button", name="Show", exact=True).click()
    checked(staff, "by-attendee", tmp_path)
    staff.emulate_media(media="print")
    staff.screenshot(path=tmp_path / "print.png", full_page=True)
    expect(staff.get_by_role("button", name="Make it anew")).to_be_hidden()
    expect(staff.get_by_role("heading", name="Timetable")).to_be_visible()
    staff.emulate_media(media="screen")
    here = staff.url.partition("?")[0]

    officer = sign_in("city_officer", "phuket", **PHONE)
    officer.goto("/desk/events")
    checked(officer, "phone-list", tmp_path)
    officer.get_by_role("link", name="Made-up annual meeting").click()
    expect(officer.get_by_role("heading", name="Your appointments")).to_be_visible()
    checked(officer, "phone-own", tmp_path)
    file = officer.get_by_role("link", name="Your calendar file").get_attribute("href")
    assert file is not None
    assert b"BEGIN:VEVENT" in officer.request.get(file).body()

    staff.goto(here)
    staff.get_by_text("Somebody drops out, or comes late").press("Enter")
    staff.get_by_label("Who drops out").select_option("depa")
    staff.get_by_role("button", name="Show what would change").click()
    make(staff)
    staff.goto(f"{here}?which=proposal")
    expect(staff.get_by_role("table", name="What would change")).to_be_visible()
    checked(staff, "changes", tmp_path)
    staff.get_by_role("button", name="Publish it").click()
    expect(staff.get_by_role("status")).to_contain_text("published")
    staff.set_viewport_size({"width": 360, "height": 740})
    checked(staff, "phone-staff", tmp_path)
