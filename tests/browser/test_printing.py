"""The annual report in a real browser: found, read on a phone, followed to what a number counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.test_desk import PHONE, checked

Open = Callable[..., Page]
SHORTEN = """document.querySelectorAll("tbody").forEach(rows =>
    [...rows.children].slice(3).forEach(row => row.remove()))"""
"""Leaves three rows of each table: the others are like them, and axe looks long at each."""


def test_a_reader_follows_a_number_of_the_report_to_the_projects_that_it_counts(
    visit: Open, tmp_path: Path
) -> None:
    page = visit("/", **PHONE)
    page.get_by_role("link", name="Annual reports").click()
    page.get_by_role("link", name="Monitoring and evaluation 2025").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Monitoring and evaluation report 2025"
    )
    expect(page.get_by_role("row", name="Share of Quality Environment")).to_contain_text(
        "18 percent would be 24 projects"
    )
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download as Word").click()
    assert waiting.value.suggested_filename == "monitoring-and-evaluation-2025.docx"
    page.evaluate(SHORTEN)
    checked(page, "report", tmp_path)
    row = page.get_by_role("row", name="Civic and Social").first
    row.get_by_role("link", name="10", exact=True).click()
    page.wait_for_url("**/project-listings?year=2025&focus_area=civic-and-social&status=completed")
    expect(page.locator("tbody tr")).to_have_count(10)
