"""Widgets in pages of other sites, in a real browser: shown where listed, refused elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.web.app import create_app

PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>A portal</title>
<script src="{service}/embed/widget.js" defer></script></head>
<body><h1>A portal</h1>
<div data-matchmaker-city="phuket" data-limit="2"><a href="{service}/cities/phuket">Phuket</a></div>
<div data-matchmaker-partner="jica" data-theme="dark" data-lang="th">JICA</div>
</body></html>"""


class Site:
    """A site of its own, whose policy allows nothing but the service's script and frames."""

    def __init__(self) -> None:
        site = self
        self.service = ""
        self.language = "en"

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = PAGE.format(service=site.service, language=site.language).encode()
                policy = f"default-src 'none'; script-src {site.service}; frame-src {site.service}"
                self.send_response(200 if self.path == "/" else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", policy)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def sites(schema: Schema, seeds: SeedSet) -> Iterator[tuple[Site, Site]]:
    """Return a site that the service lists and one that it does not."""
    listed, other = Site(), Site()
    settings = Settings(embed_sites=(listed.origin,))
    app = create_app(service_from_seeds(schema, settings, seeds=seeds))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    listed.service = other.service = f"http://127.0.0.1:{server.server_port}"
    yield listed, other
    server.shutdown()
    thread.join()
    server.server_close()
    listed.close()
    other.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[str], tuple[Page, list[str]]]]:
    """Return a function that opens a page and keeps what the browser complains of."""
    contexts = []

    def go(address: str) -> tuple[Page, list[str]]:
        complaints: list[str] = []
        context = browser.new_context(viewport={"width": 500, "height": 900})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page, complaints

    yield go
    for context in contexts:
        context.close()


def height(page: Page, place: int) -> int:
    return int(page.locator("iframe").nth(place).get_attribute("height") or 0)


def test_a_listed_site_shows_the_widget_as_high_as_its_content(
    sites: tuple[Site, Site], open_page: Callable[[str], tuple[Page, list[str]]]
) -> None:
    page, complaints = open_page(sites[0].origin)
    city = page.frame_locator("iframe").nth(0)
    expect(city.get_by_role("heading", name="What Phuket needs")).to_be_visible()
    expect(city.get_by_role("listitem")).to_have_count(2)
    partner = page.frame_locator("iframe").nth(1)
    expect(partner.locator("html")).to_have_attribute("lang", "th")
    expect(partner.get_by_role("listitem")).to_have_count(5)
    expect(page.get_by_role("link", name="Phuket", exact=True)).to_have_count(0)  # taken over
    for place in (0, 1):
        expect(page.locator("iframe").nth(place)).not_to_have_attribute("height", "0")
        frame = page.frames[1 + place]
        page.wait_for_function(
            "f => f.height > 50", arg=page.locator("iframe").nth(place).element_handle()
        )
        content = frame.evaluate("Math.ceil(document.body.getBoundingClientRect().height)")
        assert height(page, place) == content
    wide = height(page, 1)
    page.set_viewport_size({"width": 260, "height": 900})
    page.wait_for_function(
        "([f, h]) => f.height > h", arg=[page.locator("iframe").nth(1).element_handle(), wide]
    )
    assert complaints == []
    assert page.context.cookies() == []


def test_links_of_the_widget_open_apart(
    sites: tuple[Site, Site], open_page: Callable[[str], tuple[Page, list[str]]]
) -> None:
    page, _ = open_page(sites[0].origin)
    link = page.frame_locator("iframe").nth(0).get_by_role("listitem").get_by_role("link").first
    with page.context.expect_page() as opened:
        link.click()
    opened.value.wait_for_load_state()
    assert opened.value.url.startswith(f"{sites[0].service}/needs/phuket-")
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()
    assert page.url.startswith(sites[0].origin)


def test_a_site_that_is_not_listed_is_refused_and_keeps_its_own_content(
    sites: tuple[Site, Site], open_page: Callable[[str], tuple[Page, list[str]]]
) -> None:
    page, complaints = open_page(sites[1].origin)
    page.wait_for_load_state("networkidle")
    assert any("frame-ancestors" in text for text in complaints)
    expect(page.get_by_role("link", name="Phuket", exact=True)).to_be_visible()
    assert page.frame_locator("iframe").nth(0).get_by_role("heading").count() == 0
    assert height(page, 0) == 0


def test_messages_of_others_do_not_move_the_frame(
    sites: tuple[Site, Site], open_page: Callable[[str], tuple[Page, list[str]]]
) -> None:
    page, _ = open_page(sites[0].origin)
    expect(page.locator("iframe").nth(0)).not_to_have_attribute("height", "0")
    before = height(page, 0)
    page.evaluate("window.postMessage({matchmaker: 'height', height: 4000}, '*')")
    page.frames[2].evaluate("window.parent.postMessage({matchmaker: 'height', height: 'x'}, '*')")
    page.frames[2].evaluate("window.parent.postMessage({matchmaker: 'height', height: 1e9}, '*')")
    expect(page.locator("iframe").nth(1)).to_have_attribute("height", "5000")  # bounded, its own
    assert height(page, 0) == before


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/embed/cities/phuket", "/embed/partners/jica?lang=th&"])
def test_axe_finds_nothing_serious_in_a_widget(
    sites: tuple[Site, Site], open_page: Callable[[str], tuple[Page, list[str]]],
    path: str, theme: str,
) -> None:  # fmt: skip
    joint = "" if "?" in path else "?"
    page, complaints = open_page(f"{sites[0].service}{path}{joint}theme={theme}")
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    assert complaints == []
