"""Due diligence, the menu of the desk and a meeting in a real browser, by keyboard and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from matchmaker.permissions import SYSTEM
from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.service import Service
from tests.browser.test_desk import PHONE, address, checked, sign_in

__all__ = ["address", "sign_in"]
NEED, PARTNER = "phuket-scap2018-1", "adb"


def test_the_secretariat_looks_at_a_partner_and_arranges_a_meeting(
    sign_in: Callable[..., Page], live: Service, tmp_path: Path
) -> None:
    one = engaging.open_engagement(live, SYSTEM, NEED, partner=PARTNER)
    for about in ("partner", "city", "country"):
        engaging.move(live, SYSTEM, one["id"], "record_consent", about=about, note="By letter.")

    staff = sign_in("secretariat", **PHONE)
    staff.goto("/desk/inbox")
    staff.get_by_text("All of the desk", exact=True).press("Enter")
    checked(staff, "menu", tmp_path)
    staff.get_by_role("link", name="Due diligence", exact=True).press("Enter")
    expect(staff.get_by_role("heading", name="Due diligence", level=1)).to_be_visible()
    expect(staff.locator(".desk-here [aria-current=page]")).to_have_text("Due diligence")
    checked(staff, "list", tmp_path)
    staff.goto(f"/desk/diligence/{PARTNER}")
    staff.get_by_label("Item").select_option(label="Sanctions lists")
    staff.get_by_label("Outcome").select_option(label="Clear")
    staff.get_by_label("Note").fill("The United Nations' list of this week.")
    staff.get_by_role("button", name="Write down").press("Enter")
    expect(staff.get_by_role("status")).to_contain_text("Written down")
    checked(staff, "partner", tmp_path)

    staff.goto(f"/desk/engagements/{one['id']}")
    expect(staff.get_by_text("Due diligence on the partner: under way.")).to_be_visible()
    checked(staff, "warning", tmp_path)
    staff.get_by_role("button", name="Introduce the parties").press("Enter")
    staff.locator("#move-meet summary").press("Enter")
    form = staff.locator("#move-meet")
    form.get_by_label("What it is").fill("First talk")
    form.get_by_label("Begins").fill("2030-02-01T10:00")
    form.get_by_label("Ends").fill("2030-02-01T11:00")
    form.get_by_label("Time zone").fill("Asia/Bangkok")
    checked(staff, "form", tmp_path)
    form.get_by_role("button", name="Arrange a meeting").press("Enter")
    expect(staff.get_by_text("Next: First talk, 2030-02-01 10:00 to 11:00")).to_be_visible()
    checked(staff, "meeting", tmp_path)
    with staff.expect_download() as file:
        staff.get_by_role("link", name="Calendar file").click()
    assert "SUMMARY:First talk" in Path(file.value.path()).read_text("utf-8")

    staff.set_viewport_size({"width": 1280, "height": 900})
    staff.get_by_text("All of the desk", exact=True).press("Enter")
    checked(staff, "wide", tmp_path)
