"""White papers in the API and on pages: written by their co-authors, published for everybody."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.brokering.checking import check
from matchmaker.usecases.service import Service
from tests.cast import Browser, Cast
from tests.web.wellformed import Page

NEED, OFFER, CITY, PARTNER = "phuket-scap2018-1", "adb-finance", "phuket", "adb"
PDF = b"%PDF-1.7\nDrains and who pays for them.\n"
AGREED = (
    ("officer", "consent", {}), ("representative", "no_objection", {}),
    ("secretariat", "introduce", {}), ("partner", "discuss", {}),
    ("officer", "agree", {"form": "white_paper"}), ("partner", "agree", {"form": "white_paper"}),
)  # fmt: skip
Browsers = Mapping[str, Browser]
Document = dict[str, Any]


def text_of(answer: TestResponse, status: int = 200) -> str:
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text[:2000]
    assert Page(text).faults == []
    return text


def content(answer: TestResponse) -> bytes:
    """Return the file that was sent."""
    assert answer.status_code == 200
    found = answer.get_data()
    answer.close()
    return found


def told(answer: TestResponse, status: int = 200) -> Document:
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.json or {}


@pytest.fixture(scope="module")
def engagement(live: Service, cast: Cast) -> str:
    """Return the identifier of an engagement that was agreed in the form of a white paper."""
    one = engaging.open_engagement(live, cast["partner"].caller, NEED, offer=OFFER)
    for who, name, given in AGREED:
        engaging.move(live, cast[who].caller, one["id"], name, **given)
    return str(one["id"])


def test_a_paper_is_written_agreed_to_and_published_through_the_api(
    site: Flask, live: Service, browsers: Browsers, engagement: str
) -> None:
    partner, officer, staff = (browsers[n] for n in ("partner", "officer", "secretariat"))
    public = site.test_client()
    empty = text_of(public.get("/white-papers"))
    assert "No white paper has been published here yet" in empty
    assert told(public.get("/api/v1/white-papers"))["items"] == []

    key = {"Idempotency-Key": "begin"}
    made = partner.api("POST", "/drafts", {"engagements": [engagement]}, headers=key)
    one = told(made, 201)
    again = partner.api("POST", "/drafts", {"engagements": [engagement]}, headers=key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (one, "true")
    assert [a["id"] for a in (*one["cities"], *one["partners"])] == [CITY, PARTNER]
    path = made.headers["Location"].removeprefix("/api/v1")
    added = partner.api(
        "POST", f"{path}/files?name=Drains.pdf&note=First", data=PDF,
        headers={"Content-Type": "application/octet-stream"},
    )  # fmt: skip
    one = told(added, 201)
    assert one["versions"][0]["sha256"] == hashlib.sha256(PDF).hexdigest()
    tag = {"If-Match": added.headers["ETag"]}
    changed = partner.api("PATCH", path, {"title": "Drains: who pays"}, headers=tag)
    assert told(changed)["title"] == "Drains: who pays"
    assert partner.api("PATCH", path, {"title": "Lost"}, headers=tag).status_code == 412
    assert told(partner.api("POST", f"{path}:move", {"move": "submit"}))["stage"] == "in_review"
    assert told(officer.api("GET", "/drafts?whose=me"))["items"][0]["id"] == one["id"]
    refused = officer.api("POST", f"{path}:move", {"move": "publish"})
    assert told(refused, 403)["type"] == "/problems/not-your-move"
    early = staff.api("POST", f"{path}:move", {"move": "publish"})
    assert told(early, 409)["stage"] == "in_review"
    assert told(officer.api("POST", f"{path}:move", {"move": "agree"}))["stage"] == "agreed"
    assert public.get("/api/v1/white-papers").json["total"] == 0  # type: ignore[index]
    one = told(staff.api("POST", f"{path}:move", {"move": "publish"}))

    white_paper = one["links"]["white_paper"]
    entity = told(public.get(white_paper))
    assert entity["title"] == "Drains: who pays"
    assert [one["id"] for name in ("cities", "needs") for one in entity[name]] == [CITY, NEED]
    sent = public.get(f"{white_paper}/file")
    assert content(sent) == PDF
    assert sent.headers["ETag"] == f'"{entity["sha256"]}"'
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Content-Disposition"].startswith("attachment")
    seen = public.get(f"{white_paper}/file", headers={"If-None-Match": sent.headers["ETag"]})
    assert (seen.status_code, seen.get_data()) == (304, b"")
    for query, count in ((f"cities={CITY}", 1), ("partners=jica", 0), ("language=thai", 0)):
        assert told(public.get(f"/api/v1/white-papers?{query}"))["total"] == count
    found = told(public.get("/api/v1/search?q=drains+pays"))
    assert found["items"][0]["id"] == entity["id"]
    assert told(public.get(f"{white_paper}?format=jsonld"))
    assert "Download Drains.pdf" in text_of(public.get(f"/white-papers/{entity['id']}"))
    assert "Drains: who pays" in text_of(public.get(f"/white-papers?partners={PARTNER}"))
    assert check(live).faults == ()

    down = {"move": "take_down", "note": "An error in it."}
    told(staff.api("POST", f"{path}:move", down))
    assert told(public.get(white_paper))["status"] == "withdrawn"
    assert public.get(f"{white_paper}/file").status_code == 404
    assert "was withdrawn" in text_of(public.get(f"/white-papers/{entity['id']}"))


def test_a_version_can_be_a_text_and_bodies_are_checked_strictly(
    browsers: Browsers, engagement: str
) -> None:
    partner = browsers["partner"]
    path = told(partner.api("POST", "/drafts", {"engagements": [engagement]}), 201)["links"]["self"]
    path = path.removeprefix("/api/v1")
    one = told(partner.api("POST", f"{path}/versions", {"text": "# Drains\n"}), 201)
    file = partner.get(f"/api/v1{path}/versions/1")
    assert content(file) == b"# Drains\n"
    assert file.headers["Cache-Control"] == "no-store"
    assert one["versions"][0]["media_type"] == "text/markdown"
    for method, where, body, status in (
        ("POST", f"{path}/versions", {"text": 7}, 400),
        ("POST", f"{path}/versions", {"txt": "x"}, 400),
        ("POST", f"{path}:move", {"move": "add_version"}, 400),
        ("POST", f"{path}:move", {"move": "note"}, 400),
        ("PATCH", path, {}, 422),
        ("PATCH", path, {"cities": ["atlantis"]}, 422),
        ("GET", f"{path}/versions/2", None, 404),
        ("GET", f"{path}/versions/x", None, 404),
        ("GET", "/drafts?stage=nowhere", None, 400),
        ("GET", "/white-papers/nothing/file", None, 404),
    ):
        assert partner.api(method, where, body).status_code == status, (where, body)
    for who, status in (("other partner", 404), ("portal", 403), ("public", 401)):
        assert browsers[who].get(f"/api/v1{path}").status_code == status


def test_pages_take_a_paper_from_its_engagement_to_the_repository(
    site: Flask, browsers: Browsers, engagement: str
) -> None:
    officer, partner, staff = (browsers[n] for n in ("officer", "partner", "secretariat"))
    page = text_of(officer.get(f"/desk/engagements/{engagement}"))
    new = re.findall(r'href="(/desk/papers/new\?engagement=[^"]+)"', page)[0]
    form = text_of(officer.get(new))
    assert re.search(r'value="phuket" selected', form)
    nonce = re.findall(r'name="nonce" value="([^"]+)"', form)[-1]
    filled = {"title": "", "language": "english", "cities": CITY, "partners": PARTNER, "needs": NEED,
              "engagements": engagement, "nonce": nonce}  # fmt: skip
    back = officer.send(new, "/desk/papers/new", **filled)
    assert "Is needed" in text_of(back, 422 if back.status_code == 422 else 400)
    filled["title"] = "Tides and drains"
    for _ in range(2):  # a form sent twice begins one
        begun = officer.send(new, "/desk/papers/new", **filled)
        assert begun.status_code == 303
    path = begun.headers["Location"].partition("?")[0]
    assert "is begun" in text_of(officer.get(begun.headers["Location"]))
    assert "Tides and drains" in text_of(officer.get("/desk/papers"))
    assert "Tides and drains" in text_of(partner.get(f"/desk/engagements/{engagement}"))

    def act(who: Browser, where: str, **given: Any) -> TestResponse:
        text = text_of(who.get(path))
        version = re.findall(r'name="version" value="(\d+)"', text)[-1]
        nonce = re.findall(r'name="nonce" value="([^"]+)"', text)[-1]
        return who.send(path, f"{path}/{where}", version=version, nonce=nonce, **given)

    none = act(officer, "versions", text="", note="")
    assert "choose a file" in text_of(none, none.status_code).lower()
    added = act(officer, "versions", file=(io.BytesIO(PDF), "Tides.pdf"), note="First.")
    assert added.status_code == 303
    added = act(officer, "versions", text="# Tides <b>\n", note="As a text.")
    text = text_of(officer.get(added.headers["Location"]))
    assert "# Tides &lt;b&gt;" in text
    assert act(officer, "moves/submit").status_code == 303
    assert "its agreement is awaited" in text_of(partner.get(path))
    assert path in text_of(partner.get("/desk/inbox"))
    stale = partner.send(path, f"{path}/moves/agree", version="1", nonce="n")
    assert "moved meanwhile" in text_of(stale, stale.status_code)
    assert act(partner, "moves/agree").status_code == 303
    edit = text_of(partner.get(f"{path}/edit"))
    version = re.findall(r'name="version" value="(\d+)"', edit)[-1]
    changed = {"title": "Tides", "language": "thai", "cities": CITY, "partners": PARTNER}
    done = partner.send(f"{path}/edit", version=version, nonce="e", **changed)
    assert done.status_code == 303
    assert "not asked yet" in text_of(officer.get(path))
    assert act(officer, "moves/submit").status_code == 303
    recorded = {"about": PARTNER, "note": "By letter of today."}
    assert act(staff, "moves/record_agreement", **recorded).status_code == 303
    assert "agreed elsewhere" in text_of(officer.get(path))
    assert act(staff, "moves/publish").status_code == 303
    public = re.findall(r'href="(/white-papers/[^"]+)"', text_of(officer.get(path)))[0]
    shown = text_of(site.test_client().get(public))
    assert 'href="/cities/phuket"' in shown
    assert "Thai" in shown
    assert content(officer.get(f"{path}/versions/1")) == PDF
    assert "no move for you" in text_of(browsers["representative"].get(path))
    assert browsers["other officer"].get(path).status_code == 404
