"""Working lists, needs that are solved and declines that are kept, in the API and on pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.brokering.declining import decline_id
from matchmaker.usecases.lists import marks
from matchmaker.usecases.service import Service
from tests.cast import Browser, Cast, join
from tests.web.wellformed import Page

NEED, OFFER, OTHER = "phuket-scap2018-1", "adb-finance", "jica-technical-assistance"
MARK = f"/me/marks/{NEED}/{OFFER}"
DISMISSAL = {"state": "dismissed", "reason": "terms", "note": "Loans are not for us."}
Browsers = dict[str, Browser]


@pytest.fixture(autouse=True)
def emptied(live: Service) -> Iterator[None]:
    """Delete all marks after each test."""
    yield
    live.records.delete("mark", {"state": list(marks.STATES)})


def text_of(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text[:2000]
    assert Page(text).faults == []
    return text


def test_a_match_is_shortlisted_dismissed_and_taken_back_through_the_api(
    browsers: Browsers,
) -> None:
    officer = browsers["officer"]
    assert officer.api("GET", MARK).status_code == 404
    made = officer.api("PUT", MARK, {"state": "shortlisted"})
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    one = made.json or {}
    assert (one["owner"], one["version"], one["reason"]) == ("phuket", 1, None)
    again = officer.api("PUT", MARK, {"state": "shortlisted"})
    assert (again.status_code, again.json) == (200, one), "saying the same changes nothing"
    tag = {"If-Match": made.headers["ETag"]}
    changed = officer.api("PUT", MARK, DISMISSAL, headers=tag)
    assert (changed.json or {})["reason"]["label"] == "The terms do not suit us."
    assert officer.api("PUT", MARK, {"state": "shortlisted"}, headers=tag).status_code == 412
    assert officer.api("DELETE", MARK, headers=tag).status_code == 412
    fresh = {"If-None-Match": "*"}
    assert officer.api("PUT", MARK, DISMISSAL, headers=fresh).status_code == 412
    assert officer.api("GET", "/me/marks").json == {"items": [changed.json]}
    assert officer.api("GET", "/me/marks?state=shortlisted").json == {"items": []}
    assert officer.api("GET", f"/me/marks?need={NEED}").json == {"items": [changed.json]}
    assert officer.api("GET", "/me/marks?state=liked").status_code == 400
    assert officer.api("DELETE", MARK).status_code == 204
    assert officer.api("DELETE", MARK).status_code == 404


@pytest.mark.parametrize(
    "given",
    [{}, {"state": "liked"}, {"state": "dismissed"}, {"state": "dismissed", "reason": "why"},
     {"state": "shortlisted", "reason": "terms"}, {"state": "dismissed", "reason": "other"},
     {"state": "shortlisted", "note": "x" * 1001}, {"state": "shortlisted", "more": 1}],
)  # fmt: skip
def test_a_mark_that_says_nothing_or_too_much_is_refused(
    browsers: Browsers, given: dict[str, Any]
) -> None:
    assert browsers["officer"].api("PUT", MARK, given).status_code == 422


def test_a_list_is_shared_by_its_city_and_seen_by_nobody_else(
    live: Service, site: Flask, browsers: Browsers
) -> None:
    officer, staff = browsers["officer"], browsers["secretariat"]
    officer.api("PUT", MARK, DISMISSAL)
    colleague = Browser(site).enter(join(live, "colleague", "city_officer", ("phuket",)))
    assert (colleague.api("GET", MARK).json or {})["owner"] == "phuket"
    assert colleague.api("PUT", MARK, {"state": "shortlisted"}).status_code == 200
    for name in ("other officer", "partner", "secretariat", "administrator"):
        assert browsers[name].api("GET", "/me/marks").json == {"items": []}, name
    for name in ("portal", "representative"):
        assert browsers[name].api("GET", "/me/marks").status_code == 403
    assert site.test_client().get("/api/v1/me/marks").status_code == 401
    assert browsers["other officer"].api("PUT", MARK, DISMISSAL).status_code == 400
    assert browsers["other partner"].api("PUT", MARK, DISMISSAL).status_code == 400
    assert browsers["partner"].api("PUT", MARK, {"state": "shortlisted"}).status_code == 201
    assert staff.api("PUT", MARK, {"state": "shortlisted"}).status_code == 201
    assert staff.api("PUT", f"/me/marks/{NEED}/nothing", DISMISSAL).status_code == 404
    assert len(browsers["partner"].api("GET", "/me/marks").json["items"]) == 1  # type: ignore[index]


def test_marks_lie_over_the_matches_of_their_owner_and_change_nothing_for_others(
    site: Flask, browsers: Browsers
) -> None:
    path = f"/needs/{NEED}/matches?limit=5"
    public = site.test_client()
    before = public.get(f"/api/v1{path}").data
    officer = browsers["officer"]
    plain = officer.api("GET", path).json or {}
    targets = [(m["offer"] or m["partner"])["id"] for m in plain["matches"]]
    officer.api("PUT", f"/me/marks/{NEED}/{targets[0]}", DISMISSAL)
    officer.api("PUT", f"/me/marks/{NEED}/{targets[1]}", {"state": "shortlisted"})
    shown = officer.api("GET", path)
    told = shown.json or {}
    assert shown.headers["Cache-Control"] == "private, no-cache"
    assert {n: v for n, v in told.items() if n != "marks"} == plain
    assert told["marks"]["mode"] == "show"
    assert {m["target"] for m in told["marks"]["items"]} == set(targets[:2])
    hidden = officer.api("GET", f"{path}&marks=hide").json or {}
    assert [m["rank"] for m in hidden["matches"]] == [2, 3, 4, 5, 6]
    assert (hidden["marks"]["hidden"], hidden["total"]) == (1, plain["total"])
    bounded = officer.api("GET", f"{path}&marks=hide&diversity=0.5").json or {}
    assert len(bounded["matches"]) == 4
    assert public.get(f"/api/v1{path}").data == before
    assert browsers["other officer"].api("GET", path).json == plain
    assert browsers["partner"].api("GET", f"{path}&marks=show").json["marks"]["items"] == []  # type: ignore[index]
    assert browsers["representative"].api("GET", f"{path}&marks=show").status_code == 403
    assert officer.api("GET", f"{path}&marks=some").status_code == 400


def test_buttons_stand_beside_matches_and_lead_back_to_them(browsers: Browsers) -> None:
    officer = browsers["officer"]
    page = f"/needs/{NEED}"
    first = "jica-technical-assistance"
    assert "Shortlist" in text_of(officer, page)
    said = {"need": NEED, "target": first, "back": page}
    answer = officer.send(page, "/desk/lists", state="shortlisted", **said)
    assert answer.headers["Location"] == f"{page}#m-{NEED}-{first}"
    assert "<strong>Shortlisted</strong>" in text_of(officer, page)
    assert "<strong>Shortlisted</strong>" in text_of(officer, f"/matches/{NEED}/{first}")
    officer.send(page, "/desk/lists", **{**said, "target": OFFER}, **DISMISSAL)
    officer.send(page, "/desk/lists", state="shortlisted", need=NEED, target="jica", back="//evil")
    faulty = officer.send(page, "/desk/lists", state="dismissed", need=NEED, target="adb")
    assert faulty.status_code in (404, 422)
    lists = text_of(officer, "/desk/lists")
    assert "The terms do not suit us." in lists
    assert "Loans are not for us." in lists
    shown = text_of(officer, f"{page}?limit=200")
    hidden = text_of(officer, f"{page}?limit=200&marks=hide")
    assert shown.count('class="match"') == hidden.count('class="match"') + 1
    assert "1 that you dismissed is left out" in hidden
    undone = officer.send("/desk/lists", "/desk/lists", need=NEED, target=first)
    assert undone.headers["Location"] == "/desk/lists?done=undone"
    assert "It is taken back." in text_of(officer, undone.headers["Location"])
    assert "Shortlist" not in text_of(browsers["representative"], page)
    assert "Shortlist" not in text_of(browsers["other officer"], page)
    assert "Shortlist" in text_of(browsers["partner"], "/offers/adb-finance")


def test_an_officer_marks_a_need_as_solved_and_others_may_suggest_it(
    live: Service, browsers: Browsers
) -> None:
    need = "phuket-scap2018-2"
    officer, page = browsers["officer"], f"/needs/{need}/solved"
    assert "Mark as solved" in text_of(officer, f"/needs/{need}")
    assert officer.send(page, by="adb", on="2999").status_code == 422
    assert officer.send(page, by="nobody", on="2025").status_code == 404
    suggested = browsers["partner"].send(page, by="adb", on="2025-03")
    assert suggested.headers["Location"].startswith("/desk/submissions/")
    assert live.snapshot.get("need", need).text("status") == "open"
    assert officer.send(page, by="adb", on="2025-03").headers["Location"] == f"/needs/{need}"
    solved = live.snapshot.get("need", need)
    assert [solved.text(n) for n in ("status", "solved_by", "solved_on")] == [
        "solved", "adb", "2025-03",
    ]  # fmt: skip
    text = text_of(officer, f"/needs/{need}")
    assert 'href="/partners/adb"' in text
    assert "Mark as solved" not in text
    found = officer.api("GET", f"/needs/{need}/matches").json or {}
    assert (found["total"], found["matches"]) == (0, [])
    assert "is marked as solved already" in text_of(officer, page)
    assert officer.send(f"/needs/{NEED}/solved", page, by="", on="2025").status_code == 409
    assert browsers["portal"].get(page).status_code == 200, "a portal may suggest"


def test_a_decline_that_both_sides_keep_is_minded_and_known_by_members_only(
    live: Service, cast: Cast, site: Flask, browsers: Browsers
) -> None:
    def move(who: str, name: str, **given: str) -> dict[str, Any]:
        return engaging.move(live, cast[who].caller, one["id"], name, **given)

    public, pair = site.test_client(), f"/api/v1/matches/{NEED}/{OFFER}"
    one = engaging.open_engagement(live, cast["partner"].caller, NEED, offer=OFFER, note="Secret.")
    assert "no_fit" not in {consent["name"] for consent in one["consents"]}
    move("officer", "decline", reason="does_not_fit", note="A secret, too.")
    told = move("officer", "keep_apart")
    assert [c["name"] for c in told["consents"]][-1] == "no_fit"
    assert live.snapshot.of_type("decline") == {}, "one side alone keeps nothing"
    move("partner", "keep_apart")
    (kept,) = live.snapshot.of_type("decline").values()
    assert (kept.id, kept.text("reason"), kept.text("offer")) == (
        decline_id(one["id"]), "does_not_fit", OFFER,
    )  # fmt: skip
    assert "ecret" not in str(kept.as_json())

    for name in ("officer", "partner", "other partner", "representative", "secretariat"):
        found = browsers[name].api("GET", pair.removeprefix("/api/v1")).json or {}
        assert [r["rule"] for r in found["reasons"]] == ["declined"], name
        assert kept.id in browsers[name].get("/api/v1/declines").get_data(as_text=True)
        assert browsers[name].get(f"/declines/{kept.id}").status_code == 200
    assert "that this does not fit" in text_of(browsers["officer"], f"/matches/{NEED}/{OFFER}")

    for headers in ({}, cast["portal"].bearer("read")):
        assert (public.get(pair, headers=headers).json or {})["eligible"]
        feed = public.get("/api/v1/changes?since=1&limit=1000", headers=headers)
        assert feed.status_code == 200
        assert kept.id not in feed.get_data(as_text=True)
    assert kept.id in browsers["officer"].get("/api/v1/changes?since=1").get_data(as_text=True)

    live.delete(kept.id, actor="tests")
    move("partner", "note", note="Another word.")
    assert live.snapshot.of_type("decline") == {}, "what staff took out stays out"
