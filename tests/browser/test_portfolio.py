"""The portfolio in a real browser: sliders with a script and without, axe, phone width."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from matchmaker.permissions import SYSTEM
from matchmaker.usecases import accounts
from matchmaker.usecases.service import Service
from tests.browser.test_desk import PASSWORD, PHONE, Open, address, checked

__all__ = ["address"]
EMAIL = "portfolio@network.example"


@pytest.fixture(scope="module")
def staff(live: Service) -> str:
    """Return the address of somebody of the secretariat."""
    made = accounts.invite(live, SYSTEM, email=EMAIL, role="secretariat")
    accounts.accept_invitation(live, made.link.rpartition("/")[2], PASSWORD)
    return EMAIL


def entered(page: Page) -> Page:
    """Sign in on a page, and go to the portfolio by the desk."""
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    page.goto("/desk")
    page.get_by_text("All of the desk", exact=True).click()
    page.get_by_role("link", name="Portfolio", exact=True).click()
    return page


def total(page: Page) -> str:
    """Return the line that says what came of the limits."""
    return page.locator("#portfolio-said").inner_text()


@pytest.mark.usefixtures("staff")
def test_a_slider_works_the_portfolio_out_anew(visit: Open, tmp_path: Path) -> None:
    page = entered(visit("/sign-in"))
    page.screenshot(path=tmp_path / "portfolio.png", full_page=True)
    before = total(page)
    slider = page.get_by_label("Introductions of one partner, at most")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowLeft")
    expect(page.locator("output[for=d-per_partner]")).to_have_text("1")
    expect(page.locator("#portfolio-said")).not_to_have_text(before)
    expect(page).to_have_url(re.compile("per_partner=1"))
    assert re.search(r"a total score of \d+\.\d+", total(page))
    partners = page.locator(
        "section[aria-labelledby=chosen] tbody td:nth-child(2) a[href^='/partners/']"
    )
    names = partners.all_inner_texts()
    assert names
    assert len(set(names)) == len(names)
    page.get_by_text("What would be instead").first.click()
    expect(page.get_by_text("Would come in").first).to_be_visible()
    # Few needs reach so far: axe looks at the same kinds of things in a fraction of the time.
    page.goto("/desk/portfolio?minimum_fit=0.6&first=1&per_partner=1")
    page.get_by_text(re.compile(r"pairs? among the first")).click()
    page.get_by_text("Counts by member state").click()
    checked(page, "opened", tmp_path)


@pytest.mark.usefixtures("staff")
def test_without_scripts_the_button_does_it(visit: Open, tmp_path: Path) -> None:
    page = entered(visit("/sign-in", java_script_enabled=False, **PHONE))
    before = total(page)
    page.get_by_label("First raise the smallest number of a city").check()
    slider = page.get_by_label("Introductions of one partner, at most")
    slider.focus()
    slider.press("Home")
    slider.press("ArrowRight")
    page.get_by_role("button", name="Work it out").click()
    expect(page).to_have_url(re.compile("per_partner=1.*max_min=yes"))
    assert total(page) != before
    assert "Every city with a match in reach has at least" in total(page)


@pytest.mark.usefixtures("staff")
def test_on_a_phone_nothing_is_cut_off(visit: Open, tmp_path: Path) -> None:
    page = entered(visit("/sign-in", **PHONE))
    page.goto("/desk/portfolio?minimum_fit=0.55&per_need=2&per_partner=1&first=1")
    page.get_by_text(re.compile(r"pairs? among the first")).click()
    page.get_by_text("Counts by member state").click()
    checked(page, "phone", tmp_path)
