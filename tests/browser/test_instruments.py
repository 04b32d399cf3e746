"""A change of the Terms of Reference in a real browser: proposed, consented to, adopted by silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from matchmaker.permissions import SYSTEM
from matchmaker.usecases import accounts
from matchmaker.usecases.instruments import closing
from matchmaker.usecases.instruments.keeping import members_of
from matchmaker.usecases.service import Service
from tests.browser.test_desk import PASSWORD, PHONE, address, checked, sign_in
from tests.usecases.accounts.conftest import Clock

__all__ = ["address", "sign_in"]
Open = Callable[..., Page]
TERMS = "/instruments/terms-of-reference"


@pytest.fixture
def clock(live: Service) -> Iterator[Clock]:
    """Stop the service's clock, and let it go on afterwards."""
    usual, stopped = live.now, Clock()
    live.now = stopped  # type: ignore[method-assign]
    yield stopped
    live.now = usual  # type: ignore[method-assign]


def test_a_representative_proposes_another_consents_the_rest_is_silent_and_it_is_adopted(
    sign_in: Callable[..., Page], visit: Open, live: Service, clock: Clock, tmp_path: Path
) -> None:
    mine = ["country-viet-nam"]
    rest = [one for one in members_of(live) if one not in ("country-thailand", *mine)]
    for email, countries in (("rest@states.example", rest), ("vn@states.example", mine)):
        made = accounts.invite(
            live, SYSTEM, email=email, role="national_representative", subjects=countries
        )
        accounts.accept_invitation(live, made.link.rpartition("/")[2], PASSWORD)
    thailand = sign_in("national_representative", "country-thailand", **PHONE)
    thailand.goto("/desk/instruments")
    checked(thailand, "desk", tmp_path)
    thailand.get_by_role("link", name="Propose a change of the Terms of Reference").click()
    thailand.locator("#f-p21 summary").press("Enter")
    thailand.get_by_label("New words of paragraph 21").fill(
        "The network may review and change its reporting so that it best serves smart cities in all "
        "member states, if the Joint Consultative Meeting approves."
    )
    checked(thailand, "form", tmp_path)
    thailand.get_by_label("Why").fill("There are eleven member states now.")
    thailand.get_by_role("button", name="Propose the change").click()
    expect(thailand.get_by_role("status")).to_contain_text("The change is proposed")
    expect(thailand.get_by_text("10 of 11 member states")).to_be_visible()
    checked(thailand, "proposed", tmp_path)

    viet_nam = visit("/sign-in?next=/desk/inbox")
    viet_nam.get_by_label("E-mail address").fill("vn@states.example")
    viet_nam.get_by_label("Password").fill(PASSWORD)
    viet_nam.get_by_role("button", name="Sign in").click()
    viet_nam.locator("main a[href^='/desk/instruments/amendments/']").first.click()
    viet_nam.locator("summary", has_text="Consent").press("Enter")
    viet_nam.get_by_role("button", name="Consent").click()
    expect(viet_nam.get_by_role("status")).to_contain_text("Done")

    clock.forward(days=31)
    assert closing.run_due(live) == 1
    reader = visit(TERMS, **PHONE)
    expect(reader.get_by_text("Version 2, in force from")).to_be_visible()
    expect(reader.get_by_text("said nothing in time: no objection").first).to_be_visible()
    checked(reader, "terms", tmp_path)
    reader.get_by_role("link", name="with version 1").click()
    expect(reader.locator("del", has_text="ten")).to_be_visible()
    checked(reader, "diff", tmp_path)
    wide = visit(f"{TERMS}#p21")
    expect(wide.locator("#p21")).to_contain_text("words of version 2")
    wide.get_by_role("link", name="Version 1", exact=True).click()
    expect(wide.get_by_text("The version in force is")).to_be_visible()
