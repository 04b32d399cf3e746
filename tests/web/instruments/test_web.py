"""Instruments in the API and on pages, and the desk on which they are changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matchmaker.brokering.rules import load_rules
from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.instruments.held import VERSION
from matchmaker.usecases.instruments.keeping import KIND
from matchmaker.usecases.service import Service
from tests.cast import Browser, Cast
from tests.web.wellformed import Page

TERMS = "/instruments/terms-of-reference"
CHANGE = {"clause": "p21", "says": "Reporting may be reviewed."}
INPUT = {"instrument": "terms-of-reference", "reason": "Made up.", "changes": [CHANGE]}
Browsers = dict[str, Browser]


@pytest.fixture(autouse=True)
def emptied(live: Service) -> Iterator[None]:
    """Delete what was proposed and adopted after each test."""
    yield
    live.records.delete(KIND, {"instrument": "terms-of-reference"})
    live.records.delete(VERSION, {"instrument": "terms-of-reference"})


@pytest.fixture
def public(site: Flask) -> FlaskClient:
    return site.test_client()


def text_of(answer: TestResponse, status: int = 200) -> str:
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text[:2000]
    assert Page(text).faults == []
    return text


def told(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_data(as_text=True)[:1000]
    document: dict[str, Any] = answer.json or {}
    return document


def test_everybody_reads_every_instrument_with_what_the_software_does_with_each_clause(
    public: FlaskClient,
) -> None:
    found = told(public.get("/api/v1/instruments"))["items"]
    assert {one["id"]: one["status"] for one in found} == {
        "terms-of-reference": "adopted", "expansion-criteria": "draft",
        "monitoring-framework": "documented",
    }  # fmt: skip
    listing = text_of(public.get("/instruments"))
    for one in found:
        assert f'href="/instruments/{one["id"]}"' in listing
        document = told(public.get(one["links"]["self"]))
        page = text_of(public.get(one["links"]["page"]))
        for clause in document["version"]["clauses"]:
            assert f'id="{clause["id"]}"' in page
            assert page.count(f'href="#{clause["id"]}"') >= 2, "in the list and in the table"
            for ref in clause["treatment"]["by"]:
                assert ref["says"] or ref["kind"] == "page"
                if ref["url"]:
                    path, _, anchor = ref["url"].partition("#")
                    answer = public.get(path)
                    assert answer.status_code in (200, 303), ref
                    assert not anchor or f'id="{anchor}"' in answer.get_data(as_text=True)
    assert "ten member states" in text_of(public.get(TERMS))
    assert "now has eleven" in text_of(public.get(TERMS))


def test_a_version_and_what_differs_are_found_and_what_is_not_there_is_not(
    public: FlaskClient,
) -> None:
    assert told(public.get(f"/api/v1{TERMS}/versions/1"))["in_force"] is True
    assert told(public.get(f"/api/v1{TERMS}/versions/1/diff/1"))["differences"] == []
    assert "one version only" in text_of(public.get(f"{TERMS}/diff"))
    text_of(public.get(f"{TERMS}/versions/1"))
    for path in ("/nope", "/terms-of-reference/versions/2", "/terms-of-reference/versions/x"):
        assert public.get(f"/api/v1/instruments{path}").status_code == 404
        assert public.get(f"/instruments{path}").status_code == 404


def test_every_rule_shown_with_an_engagement_links_to_its_clause(
    live: Service, browsers: Browsers, cast: Cast
) -> None:
    one = engaging.open_engagement(
        live, cast["partner"].caller, "phuket-scap2018-1", offer="adb-finance"
    )
    page = text_of(browsers["partner"].get(f"/desk/engagements/{one['id']}"))
    assert f'href="{TERMS}/versions/1"' in page
    clauses = told(browsers["public"].get(f"/api/v1{TERMS}"))["version"]["clauses"]
    known = {f"{TERMS}#{clause['id']}" for clause in clauses}
    shown = told(browsers["partner"].api("GET", f"/engagements/{one['id']}"))
    assert shown["terms"]["version"] == 1
    for rule in shown["rules"]:
        assert set(rule["clauses"]) <= known
        assert rule["clauses"] or rule["origin"] != "clause"
        for clause in rule["clauses"]:
            assert f'href="{clause}"' in page
    assert any(rule.origin == "clause" for rule in load_rules().rules.values())


def test_a_change_is_proposed_spoken_to_and_revised_through_the_api(
    browsers: Browsers, public: FlaskClient
) -> None:
    thailand, indonesia = browsers["representative"], browsers["other representative"]
    made = thailand.api("POST", "/amendments", INPUT, headers={"Idempotency-Key": "one"})
    one = told(made, 201)
    again = thailand.api("POST", "/amendments", INPUT, headers={"Idempotency-Key": "one"})
    assert again.json == made.json
    assert (one["proposer"]["id"], one["missing"]) == ("country-thailand", 10)
    path = made.headers["Location"].removeprefix("/api/v1")
    assert told(thailand.api("GET", path))["id"] == one["id"]
    assert indonesia.api("POST", "/amendments", INPUT).status_code == 409
    move = f"{path}:move"
    wrong = indonesia.api("POST", move, {"move": "object"})
    assert wrong.status_code == 400
    tag = {"If-Match": made.headers["ETag"]}
    held = indonesia.api("POST", move, {"move": "object", "note": "No."}, headers=tag)
    assert told(held)["stage"] == "objected"
    stale = thailand.api("POST", move, {"move": "comment", "note": "Hm."}, headers=tag)
    assert stale.status_code == 412
    changes = [{**CHANGE, "says": "Other words."}, {"clause": "p12", "remove": True}]
    anew = told(thailand.api("POST", move, {"move": "revise", "note": "So.", "changes": changes}))
    assert [(d["how"], d["clause"]) for d in anew["differences"]] == [
        ("removed", "p12"), ("changed", "p21"),
    ]  # fmt: skip
    done = told(indonesia.api("POST", move, {"move": "consent"}))
    assert done["missing"] == 9
    listed = told(browsers["officer"].api("GET", "/amendments?stage=open"))["items"]
    assert [line["id"] for line in listed] == [one["id"]]
    assert public.get(f"/api/v1{path}").status_code == 401
    assert browsers["partner"].api("GET", path).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {**INPUT, "changes": []}, {**INPUT, "changes": "p21"}, {**INPUT, "changes": [{}]},
        {**INPUT, "changes": [{**CHANGE, "more": 1}]}, {**INPUT, "changes": [{"clause": 21}]},
        {**INPUT, "changes": [{**CHANGE, "remove": "yes"}]}, {**INPUT, "more": "x"},
        {**INPUT, "reason": 1}, {**INPUT, "changes": [{"clause": "x" * 200, "says": "a"}]},
    ],
)  # fmt: skip
def test_what_is_no_proposal_is_refused(browsers: Browsers, wrong: dict[str, Any]) -> None:
    assert browsers["representative"].api("POST", "/amendments", wrong).status_code == 422


def test_a_change_is_proposed_and_revised_with_the_forms_of_the_desk(browsers: Browsers) -> None:
    thailand, indonesia = browsers["representative"], browsers["other representative"]
    form = "/desk/instruments/terms-of-reference/propose"
    text = text_of(thailand.get(form))
    nonce = re.findall(r'name="nonce" value="([^"]+)"', text)[-1]
    empty = thailand.send(form, reason="Nothing changes.", nonce=nonce)
    assert "at least one clause" in text_of(empty, 422)
    filled = {"reason": "Made up.", "nonce": nonce, "says-p21": "New words.", "remove": "p12",
              "new-clause": "p23", "new-says": "A new one."}  # fmt: skip
    sent = thailand.send(form, **filled)
    here = sent.headers["Location"].partition("?")[0]
    assert thailand.send(form, **filled).headers["Location"] == sent.headers["Location"]
    page = text_of(thailand.get(f"{here}?done=proposed"))
    assert "10 of 11 member states" in page
    assert "its silence does not count" in page
    assert "under_way" not in text_of(thailand.get("/desk/instruments"))
    page = text_of(indonesia.get(here))
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    wrong = indonesia.send(here, f"{here}/moves/object", version=version, nonce="a")
    assert "Is needed" in text_of(wrong, 422)
    done = indonesia.send(here, f"{here}/moves/object", version=version, nonce="a", note="No.")
    assert done.status_code == 303
    assert "Objected to" in text_of(thailand.get(here))
    form = text_of(thailand.get(f"{here}/revise"))
    assert "New words." in form
    assert 'value="p12" checked' in form
    again = {"reason": "Better.", "version": "2", "nonce": "b", "says-p21": "Better words."}
    assert thailand.send(f"{here}/revise", **again).status_code == 303
    assert "Better words." in text_of(indonesia.get(here))
    assert browsers["officer"].get("/desk/instruments").status_code == 200
    refused = browsers["officer"].get("/desk/instruments/terms-of-reference/propose")
    assert refused.status_code == 403
