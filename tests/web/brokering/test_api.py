"""Engagements over the API: as the document says, for their parties, safe to repeat, hard to hurt."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from matchmaker.usecases.brokering.papers import LARGEST_FILE
from matchmaker.usecases.service import Service
from tests.cast import Browser, Cast
from tests.web.brokering.conftest import CITY, COUNTRY, NEED, OFFER, PARTNER, Engage, Json
from tests.web.contract.test_openapi import check

PDF = b"%PDF-1.7\nA made-up letter of intent.\n%%EOF\n"


class Api:
    """Asks with somebody's API key, and holds every answer against the document."""

    def __init__(self, site: Flask, cast: Cast, document: Json) -> None:
        self._client, self._cast, self._document = site.test_client(), cast, document

    def __call__(
        self, who: str, method: str, rule: str, body: Any = None, *, query: str = "",
        headers: Json | None = None, sandbox: bool = False, **named: str,
    ) -> TestResponse:  # fmt: skip
        address = "/api/v1" + rule.format(**named) + query
        bearer = self._cast[who].bearer(sandbox=sandbox)
        options: Json = {"headers": {**bearer, **(headers or {})}}
        if isinstance(body, bytes):
            options |= {"data": body}
            options["headers"].setdefault("Content-Type", "application/octet-stream")
        elif body is not None:
            options["json"] = body
        answer = self._client.open(address, method=method, buffered=True, **options)
        operation = self._document["paths"]["/api/v1" + rule][method.lower()]
        assert str(answer.status_code) in operation["responses"], answer.get_data(as_text=True)
        if answer.mimetype.endswith("json"):
            check(self._document, operation, answer.status_code, answer.json)
        return answer


@pytest.fixture(scope="module")
def api(site: Flask, cast: Cast) -> Api:
    return Api(site, cast, site.test_client().get("/api/v1/openapi.json").json or {})


def told(answer: TestResponse, status: int = 200) -> Json:
    assert answer.status_code == status, answer.get_data(as_text=True)[:800]
    return dict(answer.json or {})


ONE, MOVE, PAPERS = "/engagements/{id}", "/engagements/{id}:move", "/engagements/{id}/documents"
PAPER = f"{PAPERS}/{{document_id}}"


def test_an_engagement_goes_from_interest_to_its_end_and_every_answer_fits_its_shape(
    api: Api, engage: Engage
) -> None:
    sent = {"need": NEED, "offer": OFFER, "note": "We could help.\nSoon."}
    made = told(first := api("partner", "POST", "/engagements", sent), 201)
    assert first.headers["Location"] == made["links"]["self"]
    assert first.headers["Cache-Control"] == "no-store"
    assert (made["stage"], made["route"], made["version"]) == ("proposed", "interest", 1)
    assert {wait["party"] for wait in made["waits"]} == {"city", "country"}
    silence = next(wait for wait in made["waits"] if wait["party"] == "country")
    assert (silence["then"], silence["rule"]) == ("silence", "no_objection")

    def move(who: str, name: str, **more: Any) -> Json:
        return told(api(who, "POST", MOVE, {"move": name, **more}, id=made["id"]))

    move("officer", "consent")
    assert move("representative", "no_objection")["stage"] == "consented"
    move("secretariat", "introduce")
    move("officer", "discuss")
    assert move("partner", "agree", form="pilot")["stage"] == "in_discussion"
    assert move("officer", "agree", form="pilot")["stage"] == "agreed"
    move("partner", "deliver")
    move("officer", "publish")
    assert move("partner", "publish")["published"] is True
    done = move("officer", "complete", note="It runs.")
    assert (done["stage"], done["open"], done["waits"]) == ("completed", False, [])
    assert {rule["origin"] for rule in done["rules"]} >= {"clause", "house"}
    assert done == told(api("officer", "GET", ONE, id=made["id"])) | {"your": done["your"]}


def test_all_see_what_is_theirs_and_the_rest_hears_that_there_is_none(
    api: Api, engage: Engage
) -> None:
    one = engage()
    for who in ("partner", "officer", "representative", "secretariat", "administrator"):
        assert told(api(who, "GET", ONE, id=one["id"]))["id"] == one["id"]
        assert [e["id"] for e in told(api(who, "GET", "/engagements"))["items"]] == [one["id"]]
        stages = told(api(who, "GET", "/engagements/board"))["stages"]
        assert {s["name"]: s["count"] for s in stages}["proposed"] == 1
    for who in ("other partner", "other officer", "other representative"):
        for method, rule, body in (
            ("GET", ONE, None), ("POST", MOVE, {"move": "note", "note": "x"}), ("GET", PAPERS, None),
        ):  # fmt: skip
            refused = told(api(who, method, rule, body, id=one["id"]), 404)
            assert refused["detail"] == told(api(who, method, rule, body, id="none"), 404)[
                "detail"
            ].replace("'none'", repr(one["id"]))
        assert told(api(who, "GET", "/engagements"))["items"] == []
    assert api("portal", "GET", ONE, id=one["id"]).status_code == 403
    assert api("public", "GET", "/engagements").status_code == 401


def test_lists_are_narrowed_down_and_turned_page_by_page(
    api: Api, engage: Engage, cast: Cast
) -> None:
    engage()
    other = {"need": "jakarta-scap2018-1", "partner": "jica"}
    told(api("secretariat", "POST", "/engagements", other), 201)
    for query, count in (
        ("", 2), (f"?city={CITY}", 1), (f"?country={COUNTRY}", 1), (f"?partner={PARTNER}", 1),
        ("?stage=proposed", 2), ("?stage=open", 2), ("?stage=ended", 0), ("?overdue=yes", 0),
        (f"?need={NEED}", 1), ("?whose=me", 0),
    ):  # fmt: skip
        items = told(api("secretariat", "GET", "/engagements", query=query))["items"]
        assert len(items) == count, query
    first = told(api("secretariat", "GET", "/engagements", query="?limit=1"))
    second = told(
        api("secretariat", "GET", "/engagements", query=f"?limit=1&cursor={first['next']}")
    )
    assert {one["city"]["id"] for one in first["items"] + second["items"]} == {CITY, "jakarta"}
    for query in ("?stage=nowhere", "?whose=you", "?overdue=no", "?limit=0", "?cursor=x", "?x=1"):
        assert api("secretariat", "GET", "/engagements", query=query).status_code == 400, query


def test_what_cannot_be_opened_says_why(api: Api, engage: Engage) -> None:
    one = engage()
    again = told(api("officer", "POST", "/engagements", {"need": NEED, "partner": PARTNER}), 409)
    assert (again["type"], again["engagement"]) == ("/problems/open-already", one["id"])
    for body, status in (
        ({}, 422), ({"need": NEED}, 400), ({"need": "nowhere", "offer": OFFER}, 404),
        ({"need": NEED, "offer": "nothing"}, 404), ({"need": NEED, "offer": OFFER, "more": 1}, 422),
        ({"need": NEED, "offer": OFFER, "note": "x" * 5001}, 422),
        ({"need": NEED, "partner": "jica", "offer": OFFER}, 400),
    ):  # fmt: skip
        assert api("secretariat", "POST", "/engagements", body).status_code == status, body
    for who in ("other partner", "other officer", "representative", "portal"):
        answer = api(who, "POST", "/engagements", {"need": NEED, "partner": PARTNER})
        assert answer.status_code == 403, who


def test_a_dry_run_and_a_sandbox_keep_nothing(api: Api, engage: Engage, live: Service) -> None:
    sent = {"need": NEED, "offer": OFFER}
    dry = api("partner", "POST", "/engagements", sent, query="?validate=only")
    assert told(dry)["stage"] == "proposed"
    assert told(api("partner", "POST", "/engagements", sent, sandbox=True))["version"] == 1
    assert live.records.count("engagement") == 0
    one = engage()
    body = {"move": "consent"}
    tried = told(api("officer", "POST", MOVE, body, query="?validate=only", id=one["id"]))
    assert tried["version"] == 2
    assert told(api("officer", "GET", ONE, id=one["id"]))["version"] == 1


def test_a_refused_move_says_what_is_wrong_and_what_would_be_right(
    api: Api, engage: Engage
) -> None:
    one = engage()

    def refused(who: str, status: int, **body: Any) -> Json:
        return told(api(who, "POST", MOVE, body, id=one["id"]), status)

    wrong = refused("officer", 409, move="discuss")
    assert (wrong["type"], wrong["stage"]) == ("/problems/move-not-possible", "proposed")
    assert {"consent", "decline", "note"} <= set(wrong["possible"])
    wrong = refused("partner", 403, move="introduce")
    assert (wrong["type"], wrong["parties"]) == ("/problems/not-your-move", ["secretariat"])
    for body, parameter in (
        ({"move": "nonsense"}, "move"), ({"move": "silence"}, ""), ({"move": "decline"}, "reason"),
        ({"move": "decline", "reason": "weather"}, "reason"),
        ({"move": "decline", "reason": "other"}, "note"), ({"move": "note"}, "note"),
        ({"move": "consent", "form": "pilot"}, "form"),
        ({"move": "note", "note": "x", "documents": ["none"]}, "documents"),
    ):  # fmt: skip
        if parameter:
            assert refused("officer", 400, **body)["parameter"] == parameter, body
        else:
            assert refused("officer", 403, **body)["type"] == "/problems/not-your-move"
    for body in ({}, {"move": 1}, {"move": "note", "documents": "x"}, {"move": "note", "at": "x"}):
        assert refused("officer", 422, **body)["faults"]
    assert told(api("officer", "GET", ONE, id=one["id"]))["version"] == 1


def test_a_move_is_made_only_on_what_its_maker_has_seen_and_once_under_one_key(
    api: Api, engage: Engage
) -> None:
    one = engage()
    tag = api("officer", "GET", ONE, id=one["id"]).headers["ETag"]
    assert tag.startswith('"1-')
    key = {"Idempotency-Key": str(uuid4()), "If-Match": tag}
    note = {"move": "note", "note": "We have seen it."}
    done = api("officer", "POST", MOVE, note, headers=key, id=one["id"])
    assert (told(done)["version"], done.headers["ETag"][:3]) == (2, '"2-')
    again = api("officer", "POST", MOVE, note, headers=key, id=one["id"])
    assert (told(again)["version"], again.headers["Idempotency-Replayed"]) == (2, "true")
    stale = api(
        "officer", "POST", MOVE, {"move": "consent"}, headers={"If-Match": tag}, id=one["id"]
    )
    assert told(stale, 412)["version"] == 2
    for wish, status in (("*", 200), ('"3"', 200), ('"3"', 412), ("3", 400), ('"x"', 412)):
        answer = api("officer", "POST", MOVE, note, headers={"If-Match": wish}, id=one["id"])
        assert answer.status_code == status, wish
    hidden = api("other officer", "POST", MOVE, note, headers={"If-Match": '"1"'}, id=one["id"])
    assert hidden.status_code == 404


def test_a_document_is_kept_as_it_was_sent_and_given_as_an_attachment_to_the_parties(
    api: Api, engage: Engage
) -> None:
    one = engage()
    made = told(
        api("partner", "POST", PAPERS, PDF, query="?name=..%2F..%2Fletter%20of%20intent.PDF",
            id=one["id"]), 201
    )  # fmt: skip
    assert (made["name"], made["media_type"]) == ("letter of intent.pdf", "application/pdf")
    assert (made["state"], made["size"]) == ("unscanned", len(PDF))
    listed = told(api("officer", "GET", PAPERS, id=one["id"]))["items"]
    assert [paper["id"] for paper in listed] == [made["id"]]
    with_it = {"move": "note", "documents": [made["id"]]}
    moved = told(api("partner", "POST", MOVE, with_it, id=one["id"]))
    assert moved["moves"][-1]["documents"] == [made]
    named = {"id": one["id"], "document_id": made["id"]}
    for address in (PAPER,):
        file = api("officer", "GET", address, **named)
        assert (file.status_code, file.data) == (200, PDF)
        assert file.mimetype == "application/octet-stream"
        assert file.headers["Content-Disposition"].startswith("attachment; filename=")
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert file.headers["Cache-Control"] == "no-store"
        assert "sandbox" in file.headers["Content-Security-Policy"]
    assert api("other officer", "GET", PAPER, **named).status_code == 404
    assert api("other officer", "GET", PAPERS, id=one["id"]).status_code == 404


def with_macros() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"):
            archive.writestr(name, "x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("body", "query", "kind", "status"),
    [
        (b"", "?name=a.pdf", "application/octet-stream", 400),
        (b"MZ\x90\x00 a program", "?name=letter.pdf", "application/octet-stream", 400),
        (b"<html><script>1</script></html>", "?name=a.txt", "application/octet-stream", 400),
        (b"<svg onload='1'/>", "?name=a.png", "application/octet-stream", 400),
        (with_macros(), "?name=a.docx", "application/octet-stream", 400),
        (PDF, "", "application/octet-stream", 400),
        (PDF, "?name=", "application/octet-stream", 400),
        (PDF, "?name=" + "x" * 1001, "application/octet-stream", 400),
        (PDF, "?name=a.pdf&type=x", "application/octet-stream", 400),
        (PDF, "?name=a.pdf", "application/pdf", 415),
        (PDF, "?name=a.pdf", "multipart/form-data", 415),
        (b"x" * (LARGEST_FILE + 1), "?name=a.txt", "application/octet-stream", 413),
    ],
    ids=["empty", "program", "page", "drawing", "macros", "nameless", "empty name", "long name",
         "more", "pdf", "form", "large"],
)  # fmt: skip
def test_what_is_no_document_is_refused_and_leaves_nothing(
    api: Api, engage: Engage, live: Service, body: bytes, query: str, kind: str, status: int
) -> None:
    one = engage()
    before = live.records.count("document")
    answer = api(
        "partner", "POST", PAPERS, body, query=query, headers={"Content-Type": kind}, id=one["id"]
    )
    assert answer.status_code == status
    assert live.records.count("document") == before
    assert not list(live.settings.data_dir.glob("documents/incoming/*"))


def test_an_inbox_tells_what_waits_and_what_is_new_until_it_is_seen(
    api: Api, engage: Engage
) -> None:
    one = engage()
    for who, party in (("officer", "city"), ("representative", "country")):
        inbox = told(api(who, "GET", "/inbox"))
        assert [(w["id"], w["wait"]["party"]) for w in inbox["waiting"]] == [(one["id"], party)]
        assert (inbox["unseen"], len(inbox["notices"])) == (1, 1)
    assert told(api("partner", "GET", "/inbox"))["waiting"] == []
    notice = told(api("officer", "GET", "/inbox/notices", query="?unseen=yes"))["items"][0]
    assert (notice["kind"], notice["seen"]) == ("your_move", False)
    theirs = {"ids": [notice["id"]]}
    assert told(api("partner", "POST", "/inbox:seen", theirs))["marked"] == 0
    assert told(api("officer", "POST", "/inbox:seen", theirs))["marked"] == 1
    assert told(api("officer", "POST", "/inbox:seen", {}))["marked"] == 0
    assert told(api("officer", "GET", "/inbox"))["unseen"] == 0
    assert told(api("officer", "GET", "/inbox/notices"))["items"][0]["seen"] is True
    assert api("officer", "POST", "/inbox:seen", {"ids": "x"}).status_code == 422


def test_a_representative_lends_the_standing_and_takes_it_back(
    api: Api, engage: Engage, cast: Cast
) -> None:
    one, deputy = engage(), cast["secretariat"].email
    sent = {"to": deputy, "until": "2999-12-31"}
    lent = told(api("representative", "POST", "/delegations", sent), 201)
    assert (lent["country"], lent["holds"]) == (COUNTRY, True)
    for who in ("representative", "secretariat"):
        assert lent["id"] in {d["id"] for d in told(api(who, "GET", "/delegations"))["items"]}
    moved = told(api("secretariat", "POST", MOVE, {"move": "no_objection"}, id=one["id"]))
    assert moved["moves"][-1]["lent_by"] == cast["representative"].caller.account
    end = "/delegations/{id}:end"
    assert api("other representative", "POST", end, id=lent["id"]).status_code == 404
    assert told(api("representative", "POST", end, id=lent["id"]))["holds"] is False
    for body, parameter in (
        ({"until": "2001-01-01"}, "until"), ({"until": "soon"}, "until"), ({"to": "nobody"}, "to"),
        ({"country": "country-indonesia"}, "country"), ({"lender": "x"}, "lender"),
    ):  # fmt: skip
        refused = told(api("representative", "POST", "/delegations", sent | body), 400)
        assert refused["parameter"] == parameter
    assert api("officer", "POST", "/delegations", sent).status_code == 403


def test_the_rules_are_open_to_all_and_each_says_what_it_rests_on(api: Api) -> None:
    rules = told(api("public", "GET", "/brokering/rules"))
    known = {rule["name"]: rule for rule in rules["rules"]}
    assert {rule["origin"] for rule in known.values()} == {"clause", "source", "house"}
    used = [*rules["moves"], *rules["clocks"]]
    assert {line["rule"] for line in used} <= known.keys()
    assert known["no_objection"]["days"] == 10
    silence = next(move for move in rules["moves"] if move["name"] == "silence")
    assert (silence["by"], silence["about"]) == (["clock"], ["country"])


def test_a_session_moves_only_with_the_token_of_its_forms(
    browsers: dict[str, Browser], engage: Engage
) -> None:
    one, officer = engage(), browsers["officer"]
    path = f"/engagements/{one['id']}:move"
    bare = officer.client.post(f"/api/v1{path}", json={"move": "consent"})
    assert bare.status_code == 403
    assert officer.api("POST", path, {"move": "consent"}).status_code == 200
