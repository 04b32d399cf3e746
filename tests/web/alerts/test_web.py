"""Saved searches in the API and on pages, and the links that stop mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from matchmaker.usecases.alerts import unsubscribing
from matchmaker.usecases.service import Service
from tests.cast import Browser, Cast
from tests.web.wellformed import Page

NEED, OFFER, PARTNER = "phuket-scap2018-1", "adb-finance", "adb"
INPUT = {"kind": "need", "subject": NEED, "least_band": "speculative"}
Browsers = dict[str, Browser]


@pytest.fixture(autouse=True)
def emptied(live: Service) -> Iterator[None]:
    """Delete all searches after each test."""
    yield
    live.records.delete("saved_search", {"state": ["active", "paused"]})


def text_of(answer: TestResponse, status: int = 200) -> str:
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text[:2000]
    assert Page(text).faults == []
    return text


def test_a_search_is_saved_read_changed_and_deleted_through_the_api(browsers: Browsers) -> None:
    officer = browsers["officer"]
    made = officer.api("POST", "/searches", INPUT, headers={"Idempotency-Key": "one"})
    assert made.status_code == 201
    again = officer.api("POST", "/searches", INPUT, headers={"Idempotency-Key": "one"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json == made.json
    one = made.json or {}
    assert one["links"]["subject"] == f"/needs/{NEED}"
    assert (one["told"], one["last"], one["exists"]) == (10, [], True)
    path = made.headers["Location"].removeprefix("/api/v1")
    read = officer.api("GET", path)
    assert read.json == one
    assert officer.api("GET", "/searches").json == {"items": [one]}
    tag = {"If-Match": read.headers["ETag"]}
    changed = officer.api("PATCH", path, {"frequency": "weekly"}, headers=tag)
    assert changed.status_code == 200
    assert (changed.json or {})["version"] == 2
    stale = officer.api("PATCH", path, {"state": "paused"}, headers=tag)
    assert stale.status_code == 412
    assert officer.api("PATCH", path, {}).status_code == 422
    assert browsers["partner"].api("GET", path).status_code == 404
    assert browsers["partner"].api("DELETE", path).status_code == 404
    assert officer.api("DELETE", path).status_code == 204
    assert officer.api("GET", path).status_code == 404


def test_a_key_needs_the_scope_of_the_account(site: Flask, cast: Cast) -> None:
    client = site.test_client()
    for scopes, status in ((("read", "write"), 403), (("read", "account"), 201)):
        headers = cast["officer"].bearer(*scopes)
        assert client.post("/api/v1/searches", json=INPUT, headers=headers).status_code == status
    assert client.post("/api/v1/searches", json=INPUT).status_code == 401


def test_the_form_stands_on_pages_with_matches_for_those_who_are_signed_in(
    site: Flask, browsers: Browsers
) -> None:
    pages = {
        "need": f"/needs/{NEED}",
        "offer": f"/offers/{OFFER}",
        "partner": f"/partners/{PARTNER}",
    }
    for page in pages.values():
        assert "Alert me" in text_of(browsers["officer"].get(page))
        assert "Alert me" not in text_of(site.test_client().get(page))
    for kind, page in pages.items():
        text = text_of(browsers["officer"].get(page))
        nonce = re.findall(r'name="nonce" value="([^"]+)"', text)[-1]
        filled = {"kind": kind, "subject": page.rpartition("/")[2], "nonce": nonce,
                  "least_band": "speculative", "frequency": "at_once"}  # fmt: skip
        for _ in range(2):  # a form sent twice saves one search
            answer = browsers["officer"].send(page, "/account/searches", **filled)
            assert answer.headers["Location"] == "/account/searches?done=saved"
    shown = text_of(browsers["officer"].get("/account/searches?done=saved"))
    assert "Saved. You are told" in shown
    assert shown.count("saved-search") == 3
    assert all(f'href="{page}"' in shown for page in pages.values())


def test_searches_are_paused_changed_resumed_and_deleted_on_their_page(
    browsers: Browsers, live: Service
) -> None:
    officer, page = browsers["officer"], "/account/searches"
    assert "no saved searches yet" in text_of(officer.get(page))
    one = officer.api("POST", "/searches", INPUT).json or {}
    here = f"{page}/{one['id']}"
    steps = {"pause": "rests", "change": "is changed", "resume": "goes on", "delete": "is deleted"}
    for verb, words in steps.items():
        answer = officer.send(page, f"{here}/{verb}", least_band="strong", frequency="weekly")
        assert words in text_of(officer.get(answer.headers["Location"])), verb
        if verb == "change":
            found = live.records.get("saved_search", one["id"])
            assert found is not None
            assert (found["least_band"], found["frequency"]) == ("strong", "weekly")
    assert officer.send(page, f"{here}/delete").status_code == 404


def test_what_cannot_be_saved_comes_back_with_what_is_wrong(browsers: Browsers) -> None:
    officer, page = browsers["officer"], "/account/searches"
    wrong = officer.send(page, page, kind="need", subject="nowhere")
    assert "identifier of a need" in text_of(wrong, 422)
    one = officer.api("POST", "/searches", INPUT).json or {}
    wrong = officer.send(page, f"{page}/{one['id']}/change", frequency="yearly")
    assert "must be one of" in text_of(wrong, 422).casefold()


def test_mail_is_chosen_by_kind(browsers: Browsers, live: Service, cast: Cast) -> None:
    officer, page = browsers["officer"], "/account/searches"
    officer.send(page, f"{page}/mail", mail="engagements")
    assert unsubscribing.mail_off(live, cast["officer"].caller) == ["digest"]
    shown = text_of(officer.get(f"{page}?done=mail"))
    assert re.search(r'value="engagements" checked', shown)
    assert not re.search(r'value="digest" checked', shown)


def test_a_link_asks_before_it_stops_and_a_mail_program_stops_at_one_click(
    site: Flask, browsers: Browsers, live: Service, cast: Cast
) -> None:
    one = browsers["partner"].api("POST", "/searches", INPUT).json or {}
    link = unsubscribing.link(live, "search", one["id"]).partition("/unsubscribe/")[2]
    stranger = site.test_client()
    asked = stranger.get(f"/unsubscribe/{link}")
    assert "Pause this saved search?" in text_of(asked)
    assert asked.headers["Referrer-Policy"] == "no-referrer"
    assert asked.headers["Cache-Control"] == "no-store"
    state = lambda: (live.records.get("saved_search", one["id"]) or {"state": ""})["state"]  # noqa: E731
    assert state() == "active"
    click = {"data": {"List-Unsubscribe": "One-Click"}, "headers": {"Origin": "null"}}
    assert "is paused" in text_of(stranger.post(f"/unsubscribe/{link}", **click))
    assert state() == "paused"
    account = cast["partner"].caller.account
    link = unsubscribing.link(live, "account", account).partition("/unsubscribe/")[2]
    assert "is stopped" in text_of(browsers["officer"].client.post(f"/unsubscribe/{link}"))
    assert unsubscribing.mail_off(live, cast["partner"].caller) == ["digest"]
    for method in (stranger.get, stranger.post):
        assert method(f"/unsubscribe/{link}x").status_code == 403
        assert method("/unsubscribe/anything").status_code == 403
