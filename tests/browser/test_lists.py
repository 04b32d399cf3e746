"""Working lists in a real browser: offers compared, marked, left out, taken back; a need solved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.test_desk import PHONE, address, checked, sign_in

__all__ = ["address", "sign_in"]
NEED = "phuket-scap2018-1"


def test_an_officer_compares_offers_keeps_a_working_list_and_says_that_a_need_is_solved(
    sign_in: Callable[..., Page], tmp_path: Path
) -> None:
    officer = sign_in("city_officer", "phuket", **PHONE)
    officer.goto(f"/needs/{NEED}")
    officer.locator("li.match summary", has_text="Dismiss").nth(1).press("Enter")
    checked(officer, "need", tmp_path)
    boxes = officer.get_by_role("checkbox", name="Compare")
    for place in range(3):
        boxes.nth(place).press("Space")
    officer.get_by_role("button", name="Compare those ticked").press("Enter")
    expect(officer.get_by_role("table")).to_contain_text("Best")
    checked(officer, "compare", tmp_path)
    officer.set_viewport_size({"width": 1280, "height": 900})
    officer.screenshot(path=tmp_path / "compare-wide.png", full_page=True)
    officer.set_viewport_size({"width": 360, "height": 740})

    officer.goto(f"/needs/{NEED}")
    officer.get_by_role("button", name="Shortlist").nth(0).press("Enter")
    expect(officer.locator("li.match").nth(0)).to_contain_text("Shortlisted")
    officer.get_by_role("button", name="Shortlist").nth(0).press("Enter")
    third = officer.locator("li.match").nth(2)
    third.locator("summary").press("Enter")
    third.get_by_label("Reason").select_option(label="The terms do not suit us.")
    third.get_by_label("Note").fill("Loans are not for us.")
    third.get_by_role("button", name="Dismiss").press("Enter")
    expect(officer.locator("li.match").nth(2)).to_contain_text("Dismissed")
    officer.get_by_role("link", name="Leave out what is dismissed").press("Enter")
    expect(officer.get_by_text("1 that you dismissed is left out.")).to_be_visible()
    checked(officer, "left-out", tmp_path)

    officer.goto("/desk/lists")
    expect(officer.get_by_text("Loans are not for us.")).to_be_visible()
    checked(officer, "lists", tmp_path)
    officer.get_by_role("link", name="Compare them side by side").press("Enter")
    expect(officer.get_by_role("columnheader")).to_have_count(3)
    officer.goto("/desk/lists")
    officer.get_by_role("button", name="Undo").nth(2).press("Enter")
    expect(officer.get_by_role("status")).to_contain_text("It is taken back.")
    expect(officer.get_by_text("Loans are not for us.")).to_have_count(0)

    officer.goto(f"/needs/{NEED}")
    officer.get_by_role("link", name="Mark as solved").press("Enter")
    officer.get_by_label("With whose help").select_option("adb")
    checked(officer, "solved", tmp_path)
    officer.get_by_role("button", name="Mark it as solved").press("Enter")
    officer.wait_for_url(f"**/needs/{NEED}")
    expect(officer.locator("dl.facts").first).to_contain_text("Solved")
