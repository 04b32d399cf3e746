"""Bundles in a real browser: a suggestion is made a bundle, its cities are asked, one joins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from matchmaker.usecases.bundles import making
from matchmaker.usecases.service import Service
from tests.browser.test_desk import PHONE, address, checked, sign_in
from tests.cast import join

__all__ = ["address", "sign_in"]


def test_the_secretariat_makes_a_bundle_and_an_officer_joins_it_on_the_phone(
    sign_in: Callable[..., Page], live: Service, tmp_path: Path
) -> None:
    officer = sign_in("city_officer", "phuket", **PHONE)
    staff = sign_in("secretariat")
    staff.goto("/desk/bundles")
    first = staff.locator("article.bundle", has_text="Phuket").first
    expect(staff.locator("article.bundle svg").first).to_be_visible()
    first.get_by_text("Solution with a funder").click()
    first.get_by_text("Make this a bundle").click()
    first.get_by_label("Note to the cities").fill("One tender for both?")
    first.get_by_role("button", name="Make the bundle").click()
    expect(staff.get_by_role("status")).to_contain_text("The bundle is made")
    staff.get_by_role("button", name="Ask the cities").click()
    expect(staff.get_by_role("status")).to_contain_text("asked")

    officer.goto("/desk/inbox")
    officer.locator("a[href^='/desk/bundles/']").first.click()
    expect(officer.get_by_text("One tender for both?").first).to_be_visible()
    checked(officer, "asked", tmp_path)
    officer.get_by_role("button", name="Join with it").click()
    expect(officer.get_by_role("status")).to_contain_text("Your city joins")

    (held,) = live.records.find("bundle", {"stage": "inviting"})
    other = join(live, "siem-reap", "city_officer", ["siem-reap"]).caller
    making.move(live, other, held.id, "accept", needs=["siem-reap-scap2018-1"])
    staff.reload()
    staff.screenshot(path=tmp_path / "ready.png", full_page=True)
    staff.get_by_role("button", name="Propose", exact=True).click()
    expect(staff.get_by_role("status")).to_contain_text("Proposed")
    expect(staff.locator("a[href^='/desk/engagements/']")).not_to_have_count(0)
    checked(staff, "proposed", tmp_path)
    staff.set_viewport_size({"width": 360, "height": 740})
    staff.goto("/desk/bundles")
    staff.locator("article.bundle summary").first.click()
    checked(staff, "suggested-phone", tmp_path)
