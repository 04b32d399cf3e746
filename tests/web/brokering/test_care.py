"""Due diligence on partners, and meetings of engagements: in the API, at the desk, by mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from icalendar import Calendar

from matchmaker.diligence.checklist import load_checklist
from matchmaker.errors import ConflictError
from matchmaker.usecases.brokering import engaging, notices
from matchmaker.usecases.diligence import reading, writing
from matchmaker.usecases.service import Service
from matchmaker.web.contributing.menu import MENU
from tests.cast import Browser, Cast
from tests.post import Post
from tests.web.brokering.conftest import PARTNER, Engage, Json
from tests.web.brokering.test_pages import PDF, move, send, text_of, words_of

Browsers = dict[str, Browser]
TALK = {
    "title": "First talk", "start": "2030-02-01T10:00", "end": "2030-02-01T11:30",
    "time_zone": "Asia/Bangkok", "place": "Phuket town hall",
}  # fmt: skip
TO_INTRODUCED = (
    ("officer", "consent"), ("representative", "no_objection"), ("secretariat", "introduce"),
)  # fmt: skip
HERE = f"/desk/diligence/{PARTNER}"


@pytest.fixture(autouse=True)
def _nothing_kept(live: Service) -> Iterator[None]:
    """Leave nothing of due diligence behind."""
    yield
    live.records.delete("diligence", {"id": [PARTNER, "jica"]})


def complete(live: Service, cast: Cast) -> None:
    for item in load_checklist():
        writing.add_entry(live, cast["secretariat"].caller, PARTNER, item, "clear", note="Seen.")


def test_the_secretariat_writes_down_what_it_found_and_nothing_is_overwritten(
    browsers: Browsers,
) -> None:
    staff = browsers["secretariat"]
    assert "Nothing has been written down yet." in text_of(staff.get(HERE))
    first = {"item": "sanctions", "outcome": "concern", "note": "A name alike on one list."}
    made = send(staff, HERE, HERE, **first, file=(PDF, "list.pdf"))
    assert made.headers["Location"] == f"{HERE}?done=kept"
    made = send(staff, HERE, HERE, item="sanctions", outcome="clear", note="Another person.")
    assert made.status_code == 303
    words = words_of(text_of(staff.get(HERE)))
    assert "A name alike on one list." in words
    assert "Another person." in words
    assert "Under way" in words
    link = re.findall(rf"{HERE}/documents/[^\"]+", staff.get(HERE).get_data(as_text=True))[0]
    with staff.get(link) as file:
        assert file.get_data() == PDF
        assert file.headers["Content-Disposition"].startswith("attachment")
    assert browsers["partner"].get(link).status_code == 403


def test_a_form_that_is_refused_comes_back_as_it_was_filled_in(browsers: Browsers) -> None:
    staff = browsers["secretariat"]
    told = send(staff, HERE, HERE, item="integrity", outcome="concern", note="")
    words = text_of(told, 422)
    assert 'id="f-note-fault"' in words
    assert '<option value="integrity" selected>' in words
    told = send(staff, HERE, HERE, item="integrity", outcome="clear", version="7")
    assert "Somebody else has written meanwhile" in text_of(told, 412)


def test_the_list_is_narrowed_to_what_there_is_to_look_at(
    browsers: Browsers, live: Service, cast: Cast
) -> None:
    complete(live, cast)
    staff = browsers["secretariat"]
    assert HERE in text_of(staff.get("/desk/diligence?status=complete"))
    assert HERE not in text_of(staff.get("/desk/diligence?status=none"))
    assert staff.get("/desk/diligence?status=odd").status_code == 400
    caller = cast["secretariat"].caller
    writing.add_entry(live, caller, PARTNER, "conflicts", "concern", note="An officer's cousin.")
    page = reading.list_diligence(live, caller, status="concern")
    assert [one["partner"]["id"] for one in page.items] == [PARTNER]
    assert page.counts["concern"] == 1
    first = reading.list_diligence(live, caller, limit=3)
    second = reading.list_diligence(live, caller, limit=3, cursor=first.next)
    names = [one["partner"]["name"] for one in (*first.items, *second.items)]
    assert names == sorted(names)
    assert len(set(names)) == 6


def test_members_see_the_status_only_and_the_public_nothing(
    browsers: Browsers, live: Service, cast: Cast
) -> None:
    before = browsers["officer"].get(f"/partners/{PARTNER}").get_data(as_text=True)
    assert "Due diligence Not done" in words_of(before)
    complete(live, cast)
    for who in ("officer", "partner", "other partner", "representative"):
        text = browsers[who].get(f"/partners/{PARTNER}").get_data(as_text=True)
        assert f"Due diligence Complete, {live.now()[:10]}" in words_of(text), who
        assert HERE not in text
        assert browsers[who].api("GET", f"/diligence/{PARTNER}").status_code == 403
        told = browsers[who].api("GET", f"/diligence/{PARTNER}/status").json or {}
        assert told["status"] == "complete"
    assert HERE in browsers["secretariat"].get(f"/partners/{PARTNER}").get_data(as_text=True)
    assert "Due diligence" not in browsers["public"].get(f"/partners/{PARTNER}").text
    assert browsers["public"].api("GET", f"/diligence/{PARTNER}/status").status_code == 401
    caller = cast["secretariat"].caller
    writing.add_entry(live, caller, PARTNER, "sanctions", "concern", note="Not for members.")
    told = browsers["officer"].api("GET", f"/diligence/{PARTNER}/status").json or {}
    assert (told["status"], told["done_on"]) == ("not_done", "")


def test_the_api_adds_entries_once_and_under_a_condition(browsers: Browsers) -> None:
    staff, path = browsers["secretariat"], f"/diligence/{PARTNER}"
    entry = {"item": "sanctions", "outcome": "clear", "date": "2026-01-15"}
    tag = staff.api("GET", path).headers["ETag"]
    key = {"Idempotency-Key": "entry-one", "If-Match": tag}
    made = staff.api("POST", f"{path}/entries", entry, headers=key)
    assert made.status_code == 201
    again = staff.api("POST", f"{path}/entries", entry, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    late = staff.api("POST", f"{path}/entries", entry, headers={"If-Match": tag})
    assert late.status_code == 412
    held = staff.api("GET", path).json or {}
    assert [line["valid_until"] for line in held["history"]] == ["2026-07-15"]
    assert held["version"] == 1
    for body in ({"item": "odd", "outcome": "clear"}, {"item": "sanctions"}, {"colour": "red"},
                 {**entry, "documents": ["none"]}):  # fmt: skip
        assert staff.api("POST", f"{path}/entries", body).status_code in (400, 422), body
    assert staff.api("GET", "/diligence/nobody").status_code == 404


def test_an_introduction_warns_where_due_diligence_is_not_complete(
    browsers: Browsers, engage: Engage, live: Service, cast: Cast
) -> None:
    one = engage(*TO_INTRODUCED[:2])
    page = f"/desk/engagements/{one['id']}"
    words = words_of(text_of(browsers["secretariat"].get(page)))
    assert "Due diligence on the partner: not begun. This is a warning" in words
    for who in ("partner", "officer"):
        assert "Due diligence on the partner" not in words_of(text_of(browsers[who].get(page)))
        held = browsers[who].api("GET", f"/engagements/{one['id']}").json or {}
        assert held["diligence"] is None
    complete(live, cast)
    assert "This is a warning" not in words_of(text_of(browsers["secretariat"].get(page)))
    assert move(browsers["secretariat"], one, "introduce").status_code == 303


def test_where_the_rule_requires_it_nobody_is_introduced_before(
    engage: Engage, live: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, rules = engage(*TO_INTRODUCED[:2]), engaging.rules_of(live)
    strict = replace(rules.rules["due_diligence"], requires_due_diligence=True)
    demanding = replace(rules, rules={**rules.rules, "due_diligence": strict})
    monkeypatch.setattr(engaging, "rules_of", lambda _: demanding)
    caller = cast["secretariat"].caller
    with pytest.raises(ConflictError, match="must be complete before; it is: not begun"):
        engaging.move(live, caller, one["id"], "introduce")
    complete(live, cast)
    assert engaging.move(live, caller, one["id"], "introduce")["stage"] == "introduced"


def test_a_meeting_is_arranged_changed_and_called_off_on_the_page(
    browsers: Browsers, engage: Engage
) -> None:
    one = engage(*TO_INTRODUCED)
    page = f"/desk/engagements/{one['id']}"
    wrong = {**TALK, "end": "2030-02-01T09:00"}
    assert 'id="f-meet-end-fault"' in text_of(move(browsers["officer"], one, "meet", **wrong), 422)
    assert move(browsers["officer"], one, "meet", **TALK).status_code == 303
    words = words_of(text_of(browsers["partner"].get(page)))
    assert "Next: First talk, 2030-02-01 10:00 to 11:30 (Asia/Bangkok), Phuket town hall" in words
    later = {**TALK, "start": "2030-02-02T10:00", "end": "2030-02-02T11:30"}
    changed = move(browsers["partner"], one, "change_meeting", which="5", **later)
    assert changed.status_code == 303
    assert "Next: First talk, 2030-02-02" in words_of(text_of(browsers["officer"].get(page)))
    assert move(browsers["officer"], one, "cancel_meeting", which="5").status_code == 303
    words = words_of(text_of(browsers["officer"].get(page)))
    assert "None is to come." in words
    assert "About the meeting of move 5" in words


def test_the_calendar_follows_every_change_and_is_for_the_parties(
    browsers: Browsers, engage: Engage
) -> None:
    one = engage(*TO_INTRODUCED)
    path, officer = f"/engagements/{one['id']}", browsers["officer"]

    def entry() -> Json:
        answer = officer.api("GET", f"{path}/calendar.ics")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.mimetype == "text/calendar"
        (found,) = Calendar.from_ical(answer.get_data()).events
        return dict(found)

    made = officer.api("POST", f"{path}:move", {"move": "meet", **TALK}).json or {}
    assert made["next_meeting"]["starts_at"] == "2030-02-01T03:00:00.000Z"
    assert made["links"]["calendar"] == f"/api/v1{path}/calendar.ics"
    first = entry()
    change = {"move": "change_meeting", "which": 5, **TALK, "place": "By video"}
    assert officer.api("POST", f"{path}:move", change).status_code == 200
    officer.api("POST", f"{path}:move", {"move": "cancel_meeting", "which": 5})
    last = entry()
    assert (first["SEQUENCE"], last["SEQUENCE"]) == (0, 2)
    assert (last["UID"], last["STATUS"]) == (first["UID"], "CANCELLED")
    for body in ({"move": "meet"}, {"move": "cancel_meeting", "which": 5},
                 {"move": "cancel_meeting", "which": "5"}):  # fmt: skip
        assert officer.api("POST", f"{path}:move", body).status_code in (400, 422), body
    assert browsers["other officer"].api("GET", f"{path}/calendar.ics").status_code == 404


def test_the_other_parties_are_told_by_mail_with_the_calendar_file(
    engage: Engage, live: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = engage(*TO_INTRODUCED)
    live.records.delete("notice", {"seen": [True, False]})
    with Post() as post:
        url = f"smtp://{post.host}:{post.port}"
        on = replace(live.settings, smtp_url=url, mail_from="post@cities.example")
        monkeypatch.setattr(live, "settings", on)
        engaging.move(live, cast["officer"].caller, one["id"], "meet", meeting=TALK)
        assert notices.send_mail(live) == 2
    told = {letter["To"]: letter for letter in post.messages}
    assert set(told) == {cast["partner"].email, cast["representative"].email}
    text, file = told[cast["partner"].email].get_payload()
    assert "Arranged: a meeting, 2030-02-01 10:00" in text.get_payload(decode=True).decode()
    (entry,) = Calendar.from_ical(file.get_payload(decode=True)).events
    assert (entry["summary"], entry["location"]) == ("First talk", "Phuket town hall")


def test_the_menu_leads_to_pages_that_there_are_and_shows_each_role_its_own(
    browsers: Browsers,
) -> None:
    paths = {entry.path for _, entries in MENU for entry in entries}
    for path in paths:
        assert browsers["administrator"].get(path).status_code in (200, 302, 303), path
    text = text_of(browsers["administrator"].get("/desk/diligence"))
    assert all(f'<a href="{path}"' in text for path in paths)
    assert text.count('<a href="/desk/diligence" aria-current="page"') == 2
    partner = text_of(browsers["partner"].get("/desk"))
    menu = partner[
        partner.index('aria-label="Desk"') : partner.index(
            "</nav>", partner.index('aria-label="Desk"')
        )
    ]
    assert "Submissions" in menu
    for hidden in ("Due diligence", "Uploads", "Audit", "Countries", "Administration"):
        assert hidden not in menu
