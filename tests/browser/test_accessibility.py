"""Axe finds nothing serious on any kind of page, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.test_journeys import KINDS

Open = Callable[..., Page]
SERIOUS = {"serious", "critical"}


@pytest.mark.parametrize("path", [*KINDS, "/api/v1/docs", "/problems/"])
def test_axe_finds_nothing_serious_in_light_and_no_weak_contrast_in_dark(
    visit: Open, path: str
) -> None:
    page = visit(path, color_scheme="light")
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    assert serious(page, {"runOnly": ["color-contrast"]}) == []


def serious(page: Page, options: dict[str, list[str]] | None = None) -> list[str]:
    """Return what axe finds, one line for each element."""
    return [
        f"{v['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for v in Axe().run(page, options=options).response["violations"]
        if v["impact"] in SERIOUS
        for node in v["nodes"]
    ]


def test_axe_does_see_what_is_wrong(visit: Open) -> None:
    page = visit("/about")
    page.evaluate("document.querySelector('h1').style.color = '#eee'")
    assert {fault.partition(":")[0] for fault in serious(page)} >= {"color-contrast"}
