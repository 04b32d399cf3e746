"""A white paper in a real browser: a city and a partner agree, the secretariat publishes, all read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from matchmaker.permissions import Caller, Role
from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.service import Service
from tests.browser.test_desk import PHONE, address, checked, sign_in

__all__ = ["address", "sign_in"]
Open = Callable[..., Page]
NEED, OFFER = "phuket-scap2018-1", "adb-finance"
PDF = b"%PDF-1.7\nDrains and who pays for them.\n"


def agreed(live: Service) -> str:
    """Return the identifier of an engagement agreed in the form of a white paper."""
    partner = Caller(Role.PARTNER, "acct_p", frozenset({"adb"}))
    city = Caller(Role.CITY_OFFICER, "acct_c", frozenset({"phuket"}))
    country = Caller(Role.NATIONAL_REPRESENTATIVE, "acct_n", frozenset({"country-thailand"}))
    staff = Caller(Role.SECRETARIAT, "acct_s")
    one = engaging.open_engagement(live, partner, NEED, offer=OFFER)["id"]
    form = {"form": "white_paper"}
    for who, name, given in (
        (city, "consent", {}), (country, "no_objection", {}), (staff, "introduce", {}),
        (partner, "discuss", {}), (city, "agree", form), (partner, "agree", form),
    ):  # fmt: skip
        engaging.move(live, who, one, name, **given)
    return str(one)


def test_city_and_partner_agree_the_secretariat_publishes_and_the_public_downloads(
    sign_in: Callable[..., Page], visit: Open, live: Service, tmp_path: Path
) -> None:
    public = visit("/white-papers", **PHONE)
    expect(public.get_by_text("No white paper has been published here yet")).to_be_visible()
    checked(public, "empty", tmp_path)
    officer = sign_in("city_officer", "phuket", **PHONE)
    officer.goto(f"/desk/engagements/{agreed(live)}")
    officer.get_by_role("link", name="Begin a white paper").click()
    officer.get_by_label("Title").fill("Drains for Phuket, and who pays for them")
    officer.get_by_label("Summary").fill("What drains cost, and three ways to pay for them.")
    checked(officer, "form", tmp_path)
    officer.get_by_role("button", name="Begin a white paper").click()
    expect(officer.get_by_role("status")).to_contain_text("is begun")
    officer.get_by_label("File").set_input_files(
        {"name": "Drains.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    officer.get_by_role("button", name="Add the version").click()
    expect(officer.get_by_role("status")).to_contain_text("The version is added")
    officer.get_by_role("button", name="Ask for agreement").click()
    expect(officer.get_by_text("its agreement is awaited")).to_be_visible()
    checked(officer, "paper", tmp_path)

    partner = sign_in("partner", "adb")
    partner.goto("/desk/papers?whose=me")
    checked(partner, "papers", tmp_path)
    partner.get_by_role("link", name="Drains for Phuket").click()
    partner.get_by_role("button", name="Agree", exact=True).click()
    expect(partner.get_by_text("it publishes")).to_be_visible()
    checked(partner, "agreed", tmp_path)

    staff = sign_in("secretariat")
    staff.goto("/desk/papers?whose=me")
    staff.get_by_role("link", name="Drains for Phuket").click()
    staff.get_by_role("button", name="Publish").click()
    expect(staff.get_by_role("link", name="Its page in the repository")).to_be_visible()

    public.goto("/white-papers?cities=phuket")
    checked(public, "list", tmp_path)
    public.get_by_role("link", name="Drains for Phuket").click()
    checked(public, "white-paper", tmp_path)
    with public.expect_download() as download:
        public.get_by_role("link", name="Download").click()
    assert download.value.path().read_bytes() == PDF
    assert download.value.suggested_filename == "Drains.pdf"
    public.locator(".facts").get_by_role("link", name="Phuket").first.click()
    public.wait_for_url("**/cities/phuket")
