"""Accounts in a real browser: set up, invite, sign in, use a key, sign out; readable by all."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from matchmaker.permissions import SYSTEM
from matchmaker.usecases import accounts
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.browser.test_accessibility import serious
from tests.browser.test_journeys import PHONE

Open = Callable[..., Page]
PASSWORD = "a made-up sentence for tests"
PAGES = ["/account", "/account/keys", "/admin/accounts", "/admin/audit"]


@pytest.fixture(scope="module")
def address(live: Service) -> Iterator[str]:
    """Return the address of the application over the live service, served in a thread."""
    server = make_server("127.0.0.1", 0, create_app(live), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def invitation(live: Service, email: str, role: str, *subjects: str) -> str:
    """Invite somebody; return the path of the link."""
    made = accounts.invite(live, SYSTEM, email=email, role=role, subjects=subjects)
    return urlsplit(made.link).path


@pytest.fixture(scope="module")
def administrator(live: Service) -> str:
    """Return the address of an administrator's account."""
    email = "second@secretariat.example"
    token = invitation(live, email, "administrator").rpartition("/")[2]
    accounts.accept_invitation(live, token, PASSWORD)
    return email


def choose_password(page: Page, button: str) -> None:
    page.get_by_label(re.compile("^Password")).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name=button).click()


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()


def test_from_the_first_link_to_a_key_that_a_program_uses(
    visit: Open, live: Service, address: str
) -> None:
    link = accounts.first_link(live)
    assert link is not None
    admin = visit(urlsplit(link).path)
    admin.get_by_label("E-mail address").fill("first@secretariat.example")
    choose_password(admin, "Create the administrator")
    expect(admin.get_by_role("status")).to_contain_text("You are signed in")
    admin.get_by_role("link", name="Accounts", exact=True).click()
    admin.get_by_label("E-mail address").fill("officer@city.example")
    admin.get_by_label("Name").fill("Officer of Phuket")
    invite = admin.get_by_role("region", name="Invite somebody")
    invite.get_by_label("Role").select_option("city_officer")
    invite.get_by_label("Speaks for").fill("phuket")
    invite.get_by_role("button", name="Invite").click()
    passed_on = admin.get_by_role("textbox", name="Link").input_value()
    assert passed_on.startswith(address)

    officer = visit(urlsplit(passed_on).path)
    choose_password(officer, "Begin")
    expect(officer.locator("main")).to_contain_text("Officer of Phuket")
    expect(officer.get_by_role("link", name="Phuket", exact=True)).to_be_visible()
    expect(officer.get_by_role("link", name="Audit")).to_have_count(0)
    officer.get_by_role("link", name="API keys").click()
    officer.get_by_label("Name").fill("Our portal")
    officer.get_by_role("checkbox", name="Account").check()
    officer.get_by_role("button", name="Create the key").click()
    key = officer.get_by_role("textbox", name="Key").input_value()
    headers = {"Authorization": f"Bearer {key}"}
    told = requests.get(f"{address}/api/v1/me", headers=headers, timeout=10).json()
    assert told["account"]["email"] == "officer@city.example"
    assert told["scopes"] == ["account", "read"]

    officer.get_by_role("button", name="Sign out", exact=True).click()
    expect(officer.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    officer.wait_for_load_state()
    officer.goto("/account/keys")
    expect(officer.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in(officer, "officer@city.example")
    officer.wait_for_url("**/account/keys")
    expect(officer.get_by_role("rowheader", name="Our portal")).to_be_visible()
    officer.get_by_role("button", name="Revoke").click()
    expect(officer.get_by_role("status")).to_contain_text("no longer works")
    assert requests.get(f"{address}/api/v1/me", headers=headers, timeout=10).status_code == 401


def test_signing_in_and_out_works_without_javascript_and_by_keys_alone(
    visit: Open, administrator: str
) -> None:
    page = visit("/sign-in?next=/account", java_script_enabled=False)
    page.get_by_label("E-mail address").focus()
    page.keyboard.type(administrator)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
    page.get_by_role("button", name="Sign out", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_pages_of_accounts_are_readable_by_all_and_fit_a_phone(
    visit: Open, administrator: str
) -> None:
    page = visit("/sign-in?next=/account", **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert serious(page) == []
    sign_in(page, administrator)
    page.wait_for_url("**/account")
    page.goto("/admin/accounts")
    one = page.get_by_role("rowheader").first.get_by_role("link").get_attribute("href")
    for path in [*PAGES, str(one)]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        page.emulate_media(color_scheme="light")
        assert serious(page) == [], path
        page.emulate_media(color_scheme="dark")
        assert serious(page, {"runOnly": ["color-contrast"]}) == [], path


def test_the_page_of_an_invitation_is_readable_by_all(visit: Open, live: Service) -> None:
    page = visit(invitation(live, "reader@city.example", "partner"), **PHONE)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_form_that_another_site_makes_a_browser_send_does_nothing(
    visit: Open, live: Service, administrator: str
) -> None:
    page = visit("/sign-in?next=/account")
    sign_in(page, administrator)
    page.wait_for_url("**/account")
    before = live.records.count("account")
    other = page.context.new_page()
    form = (
        f"<form method=post action={page.url.removesuffix('/account')}/admin/accounts>"
        "<input name=email value=forged@city.example><input name=role value=administrator></form>"
    )
    other.set_content(form)
    with other.expect_response("**/admin/accounts") as answered:
        other.evaluate("document.forms[0].submit()")
    assert answered.value.status in (303, 403)
    assert live.records.count("account") == before
