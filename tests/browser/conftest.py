"""Fixtures of the browser tests: the real service on a port of its own, and a real Chromium."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from werkzeug.serving import make_server

from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.web.app import create_app

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def address(schema: Schema, seeds: SeedSet) -> Iterator[str]:
    """Return the address of the application over the real seeds, served in a thread."""
    app = create_app(service_from_seeds(schema, Settings(), seeds=seeds))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a real Chromium without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "The browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Open]:
    """Return a function that opens an address in a fresh context.

    Whatever the browser complains of on the way (errors of the console, content refused by the
    policy, files that cannot be had) fails the test at its end.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def failed(request: Request) -> None:
        # The browser gives up what is under way when the next page is opened: no fault of a page.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"{request.failure}: {request.url}")

    def go(path: str, **options: object) -> Page:
        context = browser.new_context(base_url=address, **options)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", failed)
        page.on("request", lambda r: complaints.append(r.url) if address not in r.url else None)
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []
