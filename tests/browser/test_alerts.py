"""Alerts in a real browser: saved on a need's page, told, changed, stopped by a link."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from matchmaker.usecases.alerts import unsubscribing
from matchmaker.usecases.alerts.digests import tell
from matchmaker.usecases.service import Service
from tests.browser.test_desk import PHONE, address, checked, sign_in

__all__ = ["address", "sign_in"]
Open = Callable[..., Page]
NEED = "phuket-scap2018-1"


def test_an_officer_is_alerted_to_a_new_match_and_stops_the_search_by_a_link(
    sign_in: Callable[..., Page], visit: Open, live: Service, tmp_path: Path
) -> None:
    officer = sign_in("city_officer", "phuket", **PHONE)
    officer.goto(f"/needs/{NEED}")
    officer.get_by_text("Alert me to new matches").press("Enter")
    officer.get_by_label("Tell me of").select_option(label="Any among the first ten")
    checked(officer, "need", tmp_path)
    officer.get_by_role("button", name="Alert me").press("Enter")
    expect(officer.get_by_role("status")).to_contain_text("You are told of what is new")

    (search,) = live.records.find("saved_search", {"state": "active"})
    live.records.change(
        "saved_search", search.id,
        lambda held: {**held, "told": held["told"][1:], "looked": "", "next_at": held["at"]},
    )  # fmt: skip
    assert tell(live, search["account"])
    officer.goto("/account/searches")
    expect(officer.get_by_text("Told last")).to_be_visible()
    officer.locator("summary", has_text="Change").press("Enter")
    checked(officer, "searches", tmp_path)
    officer.get_by_label("How often").select_option(label="Once a week")
    officer.get_by_role("button", name="Change it").click()
    expect(officer.get_by_role("status")).to_contain_text("changed")
    officer.goto("/desk/inbox")
    checked(officer, "inbox", tmp_path)
    officer.locator("a[href='/account/searches']", has_not_text="Alerts").first.click()
    officer.locator("article a[href^='/matches/']").first.click()
    officer.wait_for_url(f"**/matches/{NEED}/*")

    link = unsubscribing.link(live, "search", search.id).partition("/unsubscribe/")[2]
    stranger = visit(f"/unsubscribe/{link}", **PHONE)
    checked(stranger, "asked", tmp_path)
    stranger.get_by_role("button", name="Pause it").click()
    expect(stranger.get_by_role("heading", name="The saved search is paused")).to_be_visible()
    checked(stranger, "stopped", tmp_path)
    officer.goto("/account/searches")
    expect(officer.get_by_text("Paused")).to_be_visible()
