"""A brokered case in a real browser, with real mail: from a match to its end, by everybody's hands."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from matchmaker.accounts.times import later
from matchmaker.permissions import SYSTEM
from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.brokering.clock import run_due
from matchmaker.usecases.service import Service
from tests.browser.test_desk import PHONE, address, checked, sign_in
from tests.post import Post

__all__ = ["address", "sign_in"]
MATCH = "/matches/phuket-scap2018-1/adb-finance"


def choose(page: Page, move: str, **filled: str) -> None:
    """Make a move on the page of an engagement, as it stands there."""
    box = page.locator("details.move").filter(
        has=page.locator("summary", has_text=re.compile(f"^{move}$"))
    )
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    for label, value in filled.items():
        field = box.get_by_label(re.compile(f"^{label}"))
        if field.evaluate("f => f.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    box.get_by_role("button", name=move, exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Done")


def introduce_the_world(live: Service) -> None:
    """Propose a partner of each home country to a city; the first of them are introduced."""
    partners = live.snapshot.of_type("partner").values()
    homes = {one.text("country"): one.id for one in reversed(partners) if one.text("country")}
    cities = {one.text("city"): one.id for one in live.snapshot.of_type("need").values()}
    for place, (partner, need) in enumerate(zip(homes.values(), cities.values(), strict=False)):
        one = engaging.open_engagement(live, SYSTEM, need, partner=partner)
        for party in ("partner", "city", "country") if place % 2 else ():
            told = {"about": party, "note": "By letter."}
            engaging.move(live, SYSTEM, one["id"], "record_consent", **told)
        if place % 2:
            engaging.move(live, SYSTEM, one["id"], "introduce")


def test_a_match_becomes_work_and_everybody_knows_whose_move_it_is(
    sign_in: Callable[..., Page], live: Service, post: Post, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    partner = sign_in("partner", "adb", **PHONE)
    officer = sign_in("city_officer", "phuket", **PHONE)
    country = sign_in("national_representative", "country-thailand")
    staff = sign_in("secretariat")
    url = partner.url.rstrip("/")
    mail = {"smtp_url": f"smtp://{post.host}:{post.port}", "mail_from": "post@network.example"}
    monkeypatch.setattr(live, "settings", replace(live.settings, public_url=url, **mail))

    partner.goto(MATCH)
    checked(partner, "match", tmp_path)
    partner.get_by_role("link", name="Express interest").click()
    checked(partner, "new", tmp_path)
    partner.get_by_label("Note to the other parties").fill("We finance drains.")
    partner.get_by_role("button", name="Express interest").click()
    expect(partner.get_by_role("status")).to_contain_text("those concerned are told")
    checked(partner, "opened", tmp_path)
    page = partner.url.partition("?")[0]

    run_due(live)
    told = {to: message for message, (to,) in zip(post.messages, post.recipients, strict=True)}
    assert told.keys() == {
        "city-officer@network.example", "national-representative@network.example"
    }  # fmt: skip
    assert page in post.links()
    assert not any("drains" in str(m.get_payload()) for m in post.messages)

    officer.goto("/desk/inbox")
    checked(officer, "inbox", tmp_path)
    officer.get_by_role("link", name=re.compile("^Consent")).click()
    officer.get_by_role("group").filter(has_text="Decline").locator("summary").first.click()
    checked(officer, "forms", tmp_path)
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.7\nA made-up letter of consent.\n%%EOF\n")
    officer.locator("#move-consent").get_by_label("Document").set_input_files(letter)
    choose(officer, "Consent", Note="Our office agrees.")
    officer.get_by_role("link", name="letter.pdf").first.wait_for()

    country.goto("/desk/countries")
    expect(country.get_by_text("10 days left").first).to_be_visible()
    checked(country, "country", tmp_path)
    after = later(live.now(), timedelta(days=11))
    with monkeypatch.context() as patch:
        patch.setattr(live, "now", lambda: after)
        run_due(live)
    country.goto(page)
    expect(country.get_by_text("by the clock")).to_be_visible()
    assert any("silence" in str(m["Subject"]).lower() for m in post.messages)

    staff.goto("/desk/inbox")
    expect(staff.get_by_role("link", name=re.compile("^Introduce the parties"))).to_be_visible()
    staff.goto(page)
    choose(staff, "Introduce the parties")
    officer.goto(page)
    choose(officer, "Begin the discussion")
    partner.goto(page)
    choose(partner, "Agree", **{"Form of the work": "Pilot"})
    officer.goto(page)
    choose(officer, "Agree", **{"Form of the work": "Pilot"})
    partner.goto(page)
    choose(partner, "Begin the delivery")
    officer.goto(page)
    checked(officer, "delivery", tmp_path)
    choose(officer, "Complete", Note="The drains hold.")
    expect(officer.get_by_text("It has ended: nobody is waited for.")).to_be_visible()
    staff.goto(page)
    checked(staff, "completed", tmp_path)

    introduce_the_world(live)
    staff.goto("/needs/phuket-scap2018-1")
    checked(staff, "need", tmp_path)
    for path in ("", "?stage=completed", "/map"):
        staff.goto(f"/desk/engagements{path}")
        checked(staff, f"board-{path.strip('/?').partition('=')[0]}", tmp_path)
    expect(staff.locator("path.arc-made").first).to_be_attached()
    expect(staff.locator("path.arc-before").first).to_be_attached()
    for path in ("/desk/inbox?notices=all", "/desk/delegations", "/desk/countries"):
        staff.goto(path)
        checked(staff, path.strip("/").replace("/", "-").partition("?")[0] + "-staff", tmp_path)
    for path in ("/desk/engagements", "/desk/engagements/map", "/desk/inbox?notices=all"):
        partner.goto(path)
        checked(partner, "phone" + path.replace("/", "-").partition("?")[0], tmp_path)


def test_a_refused_move_comes_back_without_scripts_and_by_keys_alone(
    sign_in: Callable[..., Page], browser: Browser, address: str
) -> None:
    known = sign_in("administrator", **PHONE).context.storage_state()
    # The browser complains of a 422, which elsewhere fails a test.
    context = browser.new_context(
        base_url=address, storage_state=known, java_script_enabled=False, **PHONE
    )
    staff = context.new_page()
    staff.goto("/desk/engagements/new?need=jakarta-scap2018-1&partner=jica")
    staff.get_by_role("button", name="Propose an introduction").press("Enter")
    box = staff.locator("#move-withdraw")
    box.locator("summary").press("Enter")
    box.get_by_label("Reason").select_option(label="Another reason (see the note)")
    box.get_by_role("button", name="Withdraw").press("Enter")
    expect(staff.get_by_role("alert")).to_contain_text("Is needed where the reason is 'other'")
    expect(box.get_by_label("Reason")).to_have_value("other")
    staff.get_by_role("alert").get_by_role("link").press("Enter")
    assert staff.url.endswith("#f-withdraw-note")
    staff.locator("#f-withdraw-note").fill("We have changed our plans.")
    box.get_by_role("button", name="Withdraw").press("Enter")
    expect(staff.get_by_role("status")).to_contain_text("Done")
    context.close()
