"""The desk's pages on engagements: what each party sees, forms that come back, files, the map."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from matchmaker.accounts.times import later
from matchmaker.usecases.brokering.clock import run_due
from matchmaker.usecases.brokering.papers import LARGEST_FILE
from matchmaker.usecases.service import Service
from matchmaker.web.brokering.picture import place_of
from matchmaker.web.brokering.places import PLACES
from tests.cast import Browser, Cast
from tests.web.brokering.conftest import CITY, COUNTRY, NEED, OFFER, PARTNER, Engage, Json
from tests.web.wellformed import Page

PDF = b"%PDF-1.7\nA made-up letter.\n%%EOF\n"
Browsers = dict[str, Browser]


def text_of(answer: TestResponse, status: int = 200) -> str:
    """Return a page, which must hold together and stay out of caches."""
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text[:2000]
    assert Page(text).faults == []
    assert answer.headers["Cache-Control"] == "no-store"
    return text


def words_of(text: str) -> str:
    """Return the words of a page in one line."""
    return " ".join(Page(text).text.split())


def send(browser: Browser, page: str, path: str, /, **filled: Any) -> TestResponse:
    """Send a form as it stands on a page: with its token, its nonce and the version shown."""
    text = browser.get(page).get_data(as_text=True)
    nonce = re.findall(r'name="nonce" value="([^"]+)"', text)
    version = re.findall(r'name="version" value="([^"]+)"', text)
    hidden = {"nonce": nonce[-1]} if nonce else {}
    hidden |= {"version": version[-1]} if version else {}
    filled = {"csrf_token": browser.token(page), **hidden, **filled}
    if "file" not in filled:
        return browser.client.post(path, data=filled)
    body, kind = with_file(filled)
    return browser.client.post(path, data=body, content_type=kind)


def with_file(filled: Json) -> tuple[bytes, str]:
    """Return a form with a file as browsers send it; ``file`` is its content and its name."""
    parts = []
    for field, value in filled.items():
        content, name = value if field == "file" else (value.encode(), None)
        named = f'; filename="{name}"' if name is not None else ""
        head = f'Content-Disposition: form-data; name="{field}"{named}'.encode()
        parts.append(b"--limit\r\n" + head + b"\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + b"--limit--\r\n", "multipart/form-data; boundary=limit"


def move(browser: Browser, one: Json, name: str, /, **filled: Any) -> TestResponse:
    page = f"/desk/engagements/{one['id']}"
    return send(browser, page, f"{page}/moves/{name}", **filled)


def test_whoever_speaks_for_a_side_opens_an_engagement_from_a_match(
    browsers: Browsers, engage: Engage, live: Service
) -> None:
    match = f"/matches/{NEED}/{OFFER}"
    calls = {
        "partner": "Express interest", "officer": "Ask for this",
        "secretariat": "Propose an introduction",
    }  # fmt: skip
    for who, call in calls.items():
        for path in (match, f"/needs/{NEED}?limit=200"):
            assert call in browsers[who].get(path).get_data(as_text=True), (who, path)
        new = f"/desk/engagements/new?need={NEED}&offer={OFFER}"
        page = words_of(text_of(browsers[who].get(new)))
        assert "silence counts as no objection" in page
        assert "rule of this house" in page
    for who in ("public", "portal", "representative", "other partner", "other officer"):
        assert "/desk/engagements/new" not in browsers[who].get(match).get_data(as_text=True), who
    assert browsers["other officer"].get(new).status_code == 403
    form = {"need": NEED, "offer": OFFER, "note": "We could help."}
    made = send(browsers["partner"], new, "/desk/engagements", **form)
    assert made.status_code == 303
    page = words_of(text_of(browsers["partner"].get(made.headers["Location"])))
    assert "those concerned are told" in page
    again = text_of(send(browsers["officer"], new, "/desk/engagements", **form), 409)
    assert made.headers["Location"].partition("?")[0] in Page(again).links
    assert "We could help." in again
    assert live.records.count("engagement") == 1
    for query in ("", f"?need={NEED}", "?need=nowhere&offer=x"):
        answer = browsers["secretariat"].get(f"/desk/engagements/new{query}")
        assert answer.status_code in (400, 404)


def test_a_form_sent_twice_opens_one_and_moves_once(
    browsers: Browsers, engage: Engage, live: Service
) -> None:
    officer, one = browsers["officer"], engage()
    page = f"/desk/engagements/{one['id']}"
    filled = {
        "csrf_token": officer.token(page), "nonce": "the same", "version": "1", "note": "Yes.",
    }  # fmt: skip
    for _ in range(2):
        answer = officer.client.post(f"{page}/moves/consent", data=filled)
        assert answer.headers["Location"].endswith("?done=moved")
    assert officer.api("GET", f"/engagements/{one['id']}").json["version"] == 2  # type: ignore[index]


def test_the_page_shows_whose_move_it_is_what_silence_means_and_the_forms_of_the_reader(
    browsers: Browsers, engage: Engage, cast: Cast
) -> None:
    one = engage()
    page = f"/desk/engagements/{one['id']}"
    offered = {
        "partner": {"decline", "withdraw", "stall", "note"},
        "officer": {"consent", "decline", "stall", "note"},
        "representative": {"no_objection", "object", "note"},
        "secretariat": {"record_consent", "withdraw", "stall", "note"},
    }
    for who, moves in offered.items():
        text = text_of(browsers[who].get(page))
        assert set(re.findall(r'id="move-(\w+)"', text)) == moves, who
        words = words_of(text)
        assert "silence counts as no objection" in words
        assert "10 days left" in words
        assert f"/needs/{NEED}" in text
        assert f"/matches/{NEED}/{OFFER}" in text
        address = cast["partner"].email
        assert (address in text) == (who in ("secretariat", "partner")), who  # his own head has it
        assert ("(you)" in words) == (who == "partner")
    for who in ("other partner", "other officer", "other representative"):
        assert browsers[who].get(page).status_code == 404


def test_a_refused_move_comes_back_as_it_was_filled_in_with_the_reason_beside_the_field(
    browsers: Browsers, engage: Engage
) -> None:
    one = engage()
    officer = browsers["officer"]
    text = text_of(move(officer, one, "decline", note="Not in <this> year."), 422)
    assert "Not in &lt;this&gt; year." in text
    assert re.search(r'<select id="f-decline-reason"[^>]*aria-invalid="true"', text)
    assert 'href="#f-decline-reason"' in text
    assert re.search(r'id="move-decline" open', text)
    assert not re.search(r'id="move-consent" open', text)
    text = text_of(move(officer, one, "decline", reason="other"), 422)
    assert re.search(r'<option value="other" selected>', text)
    assert re.search(r'<textarea id="f-decline-note"[^>]*aria-invalid="true"', text)
    stale = move(officer, one, "consent", version="0", note="I say yes.")
    text = text_of(stale, 412)
    assert "Somebody else has moved meanwhile" in text
    assert "I say yes." in text
    assert move(officer, one, "consent", version="x").status_code == 422
    assert text_of(move(officer, one, "introduce"), 403)
    assert text_of(move(officer, one, "no_such_move"), 422)
    assert move(browsers["other officer"], one, "consent").status_code == 404


def test_a_document_comes_with_a_move_and_is_fetched_as_an_attachment(
    browsers: Browsers, engage: Engage
) -> None:
    one, partner = engage(), browsers["partner"]
    page = f"/desk/engagements/{one['id']}"
    file = (PDF, "../letter.PDF")
    assert move(partner, one, "note", note="Here it is.", file=file).status_code == 303
    text = text_of(browsers["officer"].get(page))
    links = [link for link in Page(text).links if link.startswith(f"{page}/documents/")]
    assert links
    fetched = browsers["officer"].get(links[0], buffered=True)
    assert (fetched.status_code, fetched.data) == (200, PDF)
    assert "attachment" in fetched.headers["Content-Disposition"]
    assert "letter.pdf" in fetched.headers["Content-Disposition"]
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert browsers["other officer"].get(links[0]).status_code == 404
    # What came with a refused move is not lost: it stands there, ticked.
    file = (b"A list.", "list.txt")
    text = text_of(move(partner, one, "withdraw", file=file), 422)
    assert re.search(r'name="documents" value="[^"]+" checked><label[^>]*>list.txt', text)


@pytest.mark.parametrize(
    ("body", "name", "status", "says"),
    [
        (b"MZ a program\x00", "letter.pdf", 422, "Must be one of pdf, docx"),
        (b"", "letter.pdf", 422, "Is empty"),
        (b"<html></html>", "page.html", 422, "Must be one of"),
        (b"x" * (LARGEST_FILE + 1), "large.txt", 422, "Must have at most 20 MiB"),
        (b"x", "", 422, "Choose a file"),
    ],
    ids=["program", "empty", "page", "large", "none"],
)
def test_a_file_that_is_not_taken_is_refused_beside_its_field(
    browsers: Browsers,
    engage: Engage,
    live: Service,
    body: bytes,
    name: str,
    status: int,
    says: str,
) -> None:
    one, partner = engage(), browsers["partner"]
    page, before = f"/desk/engagements/{one['id']}", live.records.count("document")
    answer = send(partner, page, f"{page}/documents", file=(body, name))
    text = text_of(answer, status)
    assert says in text
    assert 'href="#f-document-file"' in text
    assert live.records.count("document") == before


def test_a_form_far_too_large_is_cut_off_and_strangers_send_none(
    browsers: Browsers, engage: Engage
) -> None:
    page = f"/desk/engagements/{engage()['id']}"
    large = (b"x" * (2 * LARGEST_FILE), "large.txt")
    assert send(browsers["partner"], page, f"{page}/documents", file=large).status_code == 413
    portal = browsers["portal"].client.post(
        f"{page}/documents",
        data=b"x" * 2_000_000,
        content_type="multipart/form-data; boundary=limit",
    )
    assert portal.status_code == 403


def test_the_board_shows_stages_and_is_narrowed_down(browsers: Browsers, engage: Engage) -> None:
    one = engage(("officer", "consent"), ("representative", "no_objection"))
    for who in ("partner", "officer", "representative", "secretariat"):
        text = text_of(browsers[who].get("/desk/engagements"))
        column = text.partition('id="s-consented"')[2].partition("</section>")[0]
        assert f"/desk/engagements/{one['id']}" in column, who
    staff = browsers["secretariat"]
    for query, there in (
        ("stage=consented", True), ("stage=proposed", False), (f"city={CITY}", True),
        ("city=jakarta", False), (f"country={COUNTRY}&partner={PARTNER}", True),
        ("partner=jica", False), ("whose=me", True), ("overdue=yes", False), ("stage=open", True),
        ("stage=&city=&overdue=", True),
    ):  # fmt: skip
        text = text_of(staff.get(f"/desk/engagements?{query}"))
        assert (f"/desk/engagements/{one['id']}" in text) == there, query
    assert staff.get("/desk/engagements?stage=nowhere").status_code == 400
    assert "/desk/engagements/" + one["id"] not in text_of(
        browsers["other officer"].get("/desk/engagements")
    )


def test_the_inbox_and_its_badge_count_what_waits(browsers: Browsers, engage: Engage) -> None:
    officer = browsers["officer"]
    assert "Nothing waits for you." in text_of(officer.get("/desk/inbox"))
    one = engage()
    for page in ("/desk", "/desk/inbox", "/desk/engagements", "/desk/claims"):
        assert "Inbox 1 waiting" in words_of(officer.get(page).get_data(as_text=True)), page
    text = text_of(officer.get("/desk/inbox"))
    assert f"/desk/engagements/{one['id']}#move-consent" in Page(text).links
    assert "Your move: Proposed" in text
    assert send(officer, "/desk/inbox", "/desk/inbox/seen").status_code == 303
    assert "You have seen them all" in text_of(officer.get("/desk/inbox?done=seen"))
    assert "Your move: Proposed" in text_of(officer.get("/desk/inbox?notices=all"))
    assert "Inbox 1 waiting" not in words_of(text_of(browsers["partner"].get("/desk/inbox")))


def test_a_country_sees_what_waits_for_its_word_and_then_that_it_was_silence(
    browsers: Browsers, engage: Engage, live: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = engage(("officer", "consent"))
    theirs = browsers["representative"]
    led = theirs.get("/desk/countries")
    assert led.headers["Location"] == f"/desk/countries/{COUNTRY}"
    words = words_of(text_of(theirs.get(f"/desk/countries/{COUNTRY}")))
    assert "Silence counts as no objection" in words
    assert "has 10 days to object" in words
    assert "10 days left" in words
    assert len(Page(text_of(browsers["secretariat"].get("/desk/countries"))).links) > 11
    for who in ("officer", "partner", "other representative"):
        assert browsers[who].get(f"/desk/countries/{COUNTRY}").status_code == 403
    assert browsers["secretariat"].get("/desk/countries/country-nowhere").status_code == 404
    after = later(live.now(), timedelta(days=11))
    with monkeypatch.context() as patch:
        patch.setattr(live, "now", lambda: after)
        assert run_due(live)
    text = text_of(theirs.get(f"/desk/engagements/{one['id']}"))
    words = words_of(text)
    assert "by the clock, nobody did it" in words
    assert "National Representative: silence, which counts as no objection" in words
    assert 'class="by-clock"' in text
    assert "Nothing waits." in words_of(text_of(theirs.get(f"/desk/countries/{COUNTRY}")))


def test_a_standing_is_lent_on_a_page_and_moves_say_for_whom(
    browsers: Browsers, engage: Engage, cast: Cast
) -> None:
    one, page = engage(), "/desk/delegations"
    theirs, staff = browsers["representative"], browsers["secretariat"]
    filled = {"to": cast["secretariat"].email, "until": "2001-01-01"}
    text = text_of(send(theirs, page, page, **filled), 422)
    assert "Must not be past" in text
    assert cast["secretariat"].email in text
    done = send(theirs, page, page, **{**filled, "until": "2999-12-31"})
    assert done.headers["Location"] == f"{page}?done=lent"
    assert move(staff, one, "no_objection").status_code == 303
    words = words_of(text_of(staff.get(f"/desk/engagements/{one['id']}")))
    assert "for the National Representative, representative@cast.example, whose standing" in words
    seen_by_partner = text_of(browsers["partner"].get(f"/desk/engagements/{one['id']}"))
    assert "for the National Representative, whose standing was lent" in words_of(seen_by_partner)
    assert "@cast.example" not in seen_by_partner.replace(cast["partner"].email, "")
    text = text_of(theirs.get(page))
    end = re.findall(r'action="(/desk/delegations/[^"]+/end)"', text)
    assert send(theirs, page, end[0]).status_code == 303
    assert "over" in words_of(text_of(theirs.get(page)))
    assert '<form class="panel form"' not in text_of(browsers["officer"].get(page))


def test_the_map_joins_home_countries_and_cities(
    browsers: Browsers, engage: Engage, live: Service
) -> None:
    staff = browsers["secretariat"]
    assert "There is nothing to draw yet." in text_of(staff.get("/desk/engagements/map"))
    engage()
    other = {"need": "jakarta-scap2018-1", "partner": "jica"}
    assert staff.api("POST", "/engagements", other).status_code == 201
    text = text_of(staff.get("/desk/engagements/map"))
    assert text.count('class="arc arc-before"') == 1
    assert "Japan – Jakarta: 1, introduced 0" in text
    assert "1 more is with partners that have no home country" in words_of(text)
    theirs = text_of(browsers["other partner"].get("/desk/engagements/map"))
    assert "arc-before" in theirs
    assert "arc-before" not in text_of(browsers["partner"].get("/desk/engagements/map"))


def test_every_home_country_of_the_data_has_a_place_on_the_map(live: Service) -> None:
    countries = live.snapshot.of_type("country").values()
    assert {country.text("iso2") for country in countries} <= PLACES.keys()
    for code in PLACES:
        place = place_of(code)
        assert place is not None
        assert 20 < place[0] < 980
        assert 20 < place[1] < 790
