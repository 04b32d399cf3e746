"""Axe finds nothing serious on any kind of page, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.test_journeys import KINDS

Open = Callable[..., Page]
SERIOUS = {"serious", "critical"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*KINDS, "/api/v1/docs", "/problems/"])
def test_axe_finds_nothing_serious(visit: Open, path: str, scheme: str) -> None:
    page = visit(path, color_scheme=scheme)
    violations = Axe().run(page).response["violations"]
    found = [
        f"{v['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for v in violations
        if v["impact"] in SERIOUS
        for node in v["nodes"]
    ]
    assert found == []
