"""What people come for, done in a real browser: with a mouse, with keys only, on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
KINDS = [
    "/", "/cities", "/cities/phuket", "/needs", "/needs/phuket-scap2018-1", "/partners",
    "/partners/jica", "/offers/adb-finance", "/matches/phuket-scap2018-1/gbdi",
    "/matches/phuket-scap2018-1/depa-technical-assistance", "/topics", "/topics/flood-management",
    "/themes", "/projects/phuket-p1", "/collaborations/battambang-adb-1",
    "/countries/country-thailand", "/sources", "/sources/smart-city-action-plans-2018",
    "/project-listings", "/search?q=flood", "/search?q=nothingatall", "/about", "/schema",
    "/exposure", "/exposure?diversity=0.8", "/annual-reports",
    "/matches/phuket-scap2018-1/depa-technical-assistance/changes",
]  # fmt: skip


def test_a_city_finds_who_could_help_and_on_what_evidence(visit: Open) -> None:
    page = visit("/")
    page.get_by_role("link", name="Phuket:").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Phuket")
    page.get_by_role("link", name="City Data Platform").first.click()
    matches = page.locator("li.match")
    expect(matches).to_have_count(20)
    with_offer = matches.filter(has=page.locator("a[href^='/offers/']")).first
    with_offer.get_by_role("link", name="Why, and on what evidence").click()
    expect(page.get_by_role("heading", name="The sum")).to_be_visible()
    expect(page.locator("table.sum")).to_have_count(2)
    path = page.locator("ol.path").first
    expect(path).to_be_visible()
    page.locator("details.cite summary").first.click()
    page.locator("details.cite[open] a").first.click()
    expect(page.locator("p.kind")).to_have_text("Source")


def test_a_partner_finds_the_needs_that_fit_it(visit: Open) -> None:
    page = visit("/partners")
    page.get_by_label("Kind").select_option("government_agency")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("rowheader", name="JICA").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("JICA")
    first = page.locator("li.match").first
    need = first.get_by_role("heading").get_by_role("link")
    name = need.inner_text()
    need.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_search_in_thai_leads_to_a_topic_and_its_needs(visit: Open) -> None:
    page = visit("/")
    page.get_by_role("searchbox", name="Search the network").fill("การจัดการน้ำท่วม")
    page.keyboard.press("Enter")
    page.locator("main").get_by_role("link", name="Flood management").click()
    expect(page.locator("main [lang=th]").first).to_contain_text("น้ำท่วม")
    expect(page.get_by_role("heading", name="Needs")).to_be_visible()


def test_keys_alone_lead_from_home_to_an_explanation(visit: Open) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    focus(page, "/cities/phuket")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cities/phuket")
    focus(page, "/needs/phuket-scap2018-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/needs/phuket-scap2018-1")
    focus(page, "/matches/phuket-scap2018-1/")
    page.keyboard.press("Enter")
    page.wait_for_url("**/matches/**")
    expect(page.get_by_role("heading", name="The evidence")).to_be_visible()


def focus(page: Page, start: str) -> None:
    """Press Tab until a link whose address begins so has the focus, and shows it."""
    script = "() => document.activeElement.getAttribute('href') || ''"
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(script).startswith(start):
            return
    raise AssertionError(f"no link to {start} can be reached by Tab")


def test_where_the_focus_is_can_be_seen(visit: Open) -> None:
    page = visit("/about")
    for _ in range(4):
        page.keyboard.press("Tab")
    style = "() => getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(style) == "solid"


def test_everything_works_without_javascript(visit: Open) -> None:
    page = visit("/needs", java_script_enabled=False)
    page.get_by_label("Country").select_option("country-thailand")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="City Data Platform").click()
    page.get_by_text("Not listed, and why").click()
    page.get_by_role("link", name="Why, and on what evidence").first.click()
    assert page.get_by_role("heading", name="The sum").is_visible()


@pytest.mark.parametrize("path", KINDS)
def test_no_page_scrolls_sideways_on_a_phone(visit: Open, path: str) -> None:
    page = visit(path, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_map_shows_land_and_cities(visit: Open) -> None:
    page = visit("/")
    boxes = "[...document.querySelectorAll('use.land')].map(u => u.getBBox().width)"
    page.wait_for_function(f"() => {boxes}.every(width => width > 500)")
    expect(page.locator("a.map-place")).to_have_count(38)


def test_a_page_for_print_leaves_out_what_cannot_be_pressed(visit: Open) -> None:
    page = visit("/needs/phuket-scap2018-1")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.locator("li.match").first).to_be_visible()
