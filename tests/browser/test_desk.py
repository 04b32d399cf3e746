"""Contributions in a real browser: suggested, published on the desk, matched; errors reported."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from matchmaker.permissions import SYSTEM
from matchmaker.usecases import accounts
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.browser.test_accessibility import serious

Open = Callable[..., Page]
PASSWORD = "a sentence for browsers only"
PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture(scope="module")
def address(live: Service) -> Iterator[str]:
    """Return the address of the application on a live service, served in a thread."""
    server = make_server("127.0.0.1", 0, create_app(live), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sign_in(live: Service, visit: Open) -> Callable[..., Page]:
    """Return a function that gives somebody an account and a browser, signed in."""

    def run(role: str, *subjects: str, **options: object) -> Page:
        email = f"{role.replace('_', '-')}@network.example"
        made = accounts.invite(live, SYSTEM, email=email, role=role, subjects=subjects)
        accounts.accept_invitation(live, made.link.rpartition("/")[2], PASSWORD)
        page = visit("/sign-in", **options)
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        return page

    return run


def checked(page: Page, name: str, folder: Path) -> None:
    """Look at a page with axe, in light and dark, and keep a picture of it."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    assert serious(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, name
    page.emulate_media(color_scheme="dark")
    assert serious(page, {"runOnly": ["color-contrast"]}) == []
    page.emulate_media(color_scheme="light")


def test_a_partner_suggests_an_offer_and_the_secretariat_publishes_it(
    sign_in: Callable[..., Page], visit: Open, live: Service, tmp_path: Path
) -> None:
    partner = sign_in("partner", "adb", **PHONE)
    partner.goto("/partners/adb")
    checked(partner, "partner", tmp_path)
    partner.get_by_role("link", name="Add an offer").click()
    partner.get_by_label("Title").fill("Advice on drains for coastal cities")
    partner.get_by_label("Support type").select_option(label="Advisory")
    partner.get_by_label("Description").fill("Engineers who look at a city's drains and pumps.")
    partner.get_by_label("Topics").select_option(["flood-management", "water-management"])
    checked(partner, "form", tmp_path)
    partner.get_by_role("button", name="Send for review").click()
    expect(partner.get_by_role("status")).to_contain_text("waits for review")
    checked(partner, "sent", tmp_path)

    staff = sign_in("secretariat")
    staff.goto("/desk")
    checked(staff, "desk", tmp_path)
    staff.get_by_role("link", name="Advice on drains for coastal cities").click()
    expect(staff.get_by_role("table", name="What would change")).to_be_visible()
    checked(staff, "submission", tmp_path)
    staff.get_by_role("button", name="Publish").click()
    expect(staff.get_by_role("status")).to_contain_text("It is published")

    offer = visit("/offers/adb-advice-on-drains-for-coastal-cities")
    assert offer.locator("li.match").count() > 0
    expect(offer.get_by_text("Stated by the partner through this service")).to_be_visible()
    for path in ("/desk/reports", "/desk/claims", "/desk/merge", "/needs/new"):
        staff.goto(path)
        checked(staff, path.strip("/").replace("/", "-"), tmp_path)


def test_anybody_reports_an_error_with_keys_alone(
    visit: Open, live: Service, tmp_path: Path
) -> None:
    page = visit("/needs/phuket-scap2018-1", **PHONE)
    page.get_by_role("link", name="Report an error").press("Enter")
    page.get_by_label("What is wrong").select_option(label="Year")
    page.get_by_label("What would be right").fill("The plan is of 2017.")
    checked(page, "report", tmp_path)
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    assert live.records.count("report", {"entity": "phuket-scap2018-1"}) == 1
