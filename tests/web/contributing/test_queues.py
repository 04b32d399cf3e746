"""The review queue, claims, reports and the pages of all of them, on a live service."""

from __future__ import annotations

import re
from typing import Any

import pytest

from matchmaker.errors import ConflictError, StoreUnavailableError
from matchmaker.permissions import SYSTEM
from matchmaker.usecases.contributing import reviewing
from matchmaker.usecases.service import Service
from tests.web.accounts.conftest import Enter, Person, enter, site, stranger
from tests.web.contributing.test_writing import bare

__all__ = ["enter", "site", "stranger"]
Json = dict[str, Any]


def told(answer: Any, status: int = 200) -> Json:
    assert answer.status_code == status, answer.get_data(as_text=True)[:500]
    return dict(answer.json or {})


@pytest.fixture
def people(enter: Enter) -> dict[str, Person]:
    """Return people with sessions, by what they are."""
    return {
        "staff": enter("secretariat"),
        "officer": enter("city_officer", "phuket"),
        "other": enter("city_officer", "bangkok"),
        "bank": enter("partner", "adb"),
        "newcomer": enter("partner"),
    }


def suggest(person: Person, **values: Any) -> str:
    """Suggest a need of Phuket by the API in a session; return the submission's identifier."""
    answer = told(write(person, "POST", "/needs", bare(**values)), 202)
    return str(answer["submission"])


def write(person: Person, method: str, path: str, document: Any = None) -> Any:
    csrf = told(person.api("GET", "/me"))["csrf_token"]
    return person.api(method, path, document, headers={"X-CSRF-Token": csrf})


def test_a_submission_is_seen_by_those_it_concerns_and_decided_by_the_citys_own_officer(
    people: dict[str, Person], stranger: Person, live: Service
) -> None:
    one = suggest(people["bank"], title="A need that a partner saw")
    path = f"/submissions/{one}"
    assert stranger.api("GET", path).status_code == 401
    assert people["other"].api("GET", path).status_code == 403
    for name in ("staff", "officer", "bank"):
        found = told(people[name].api("GET", path))
        assert (found["state"], found["base"], found["stale"]) == ("waiting", None, False)
        assert {"title", "city"} <= {row["property"] for row in found["differences"]}
        assert one in {i["id"] for i in told(people[name].api("GET", "/submissions"))["items"]}
    assert one not in {i["id"] for i in told(people["other"].api("GET", "/submissions"))["items"]}
    for name in ("bank", "other"):
        assert (
            write(people[name], "POST", f"{path}:decide", {"decision": "publish"}).status_code
            == 403
        )
    done = told(write(people["officer"], "POST", f"{path}:decide", {"decision": "publish"}))
    assert (done["state"], done["differences"]) == ("published", [])
    stored = live.snapshot.get("need", done["entity"])
    assert stored.refs("source") == ("partner-submission",)
    again = write(people["officer"], "POST", f"{path}:decide", {"decision": "publish"})
    assert again.status_code == 409


def test_a_refusal_needs_a_reason_and_a_submitter_takes_back_his_own_only(
    people: dict[str, Person], live: Service
) -> None:
    one, two = suggest(people["bank"], title="One"), suggest(people["bank"], title="Two")
    path = f"/submissions/{one}:decide"
    assert write(people["staff"], "POST", path, {"decision": "refuse"}).status_code == 400
    refusal = {"decision": "refuse", "reason": "It is there already."}
    assert told(write(people["staff"], "POST", path, refusal))["state"] == "refused"
    assert told(people["bank"].api("GET", f"/submissions/{one}"))["reason"] == refusal["reason"]
    assert write(people["officer"], "POST", f"/submissions/{two}:withdraw").status_code == 403
    assert (
        told(write(people["bank"], "POST", f"/submissions/{two}:withdraw"))["state"] == "withdrawn"
    )
    assert write(people["bank"], "POST", f"/submissions/{two}:withdraw").status_code == 409
    waiting = told(people["bank"].api("GET", "/submissions?state=waiting&type=need"))["items"]
    assert {one, two}.isdisjoint(item["id"] for item in waiting)


def test_what_was_overtaken_is_published_only_when_that_is_said(
    people: dict[str, Person], live: Service
) -> None:
    made = told(write(people["officer"], "POST", "/needs", bare(title="To be overtaken")), 201)
    assert told(write(people["other"], "GET", f"/needs/{made['id']}"))["version"]
    change = {"description": "Another text."}
    csrf = told(people["other"].api("GET", "/me"))["csrf_token"]
    queued = people["other"].client.patch(
        f"/api/v1/needs/{made['id']}", json=change,
        headers={"X-CSRF-Token": csrf, "Content-Type": "application/merge-patch+json"},
    )  # fmt: skip
    one = told(queued, 202)["submission"]
    document = bare(title="To be overtaken", year=2020)
    told(write(people["officer"], "PUT", f"/needs/{made['id']}", document))
    path = f"/submissions/{one}"
    assert told(people["staff"].api("GET", path))["stale"] is True
    refused = write(people["staff"], "POST", f"{path}:decide", {"decision": "publish"})
    assert refused.status_code == 412
    assert told(people["staff"].api("GET", path))["state"] == "waiting"
    done = write(people["staff"], "POST", f"{path}:decide", {"decision": "publish", "rebase": True})
    assert told(done)["state"] == "published"
    assert live.snapshot.get("need", made["id"]).text("description") == "Another text."


def test_a_crash_between_the_graph_and_the_record_publishes_once(
    people: dict[str, Person], live: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = suggest(people["bank"], title="Half published")
    put = live.put

    def lost(*args: Any, **options: Any) -> Any:
        put(*args, **options)
        raise StoreUnavailableError("The answer was lost.")

    monkeypatch.setattr(live, "put", lost)
    with pytest.raises(StoreUnavailableError):
        reviewing.decide(live, SYSTEM, one, "publish")
    monkeypatch.undo()
    sequence = live.snapshot.sequence
    assert reviewing.get_submission(live, SYSTEM, one)["state"] == "publishing"
    with pytest.raises(ConflictError):
        reviewing.decide(live, SYSTEM, one, "refuse", reason="No.")
    done = reviewing.decide(live, SYSTEM, one, "publish")
    assert (done["state"], done["sequence"]) == ("published", sequence)
    assert live.snapshot.sequence == sequence


def test_a_claim_that_is_granted_makes_the_account_speak_for_the_partner(
    people: dict[str, Person], stranger: Person, live: Service
) -> None:
    claim, note = "/partners/jica:claim", {"note": "Our site names us."}
    assert stranger.api("POST", claim, note).status_code == 401
    assert write(people["officer"], "POST", claim, note).status_code == 403
    one = told(write(people["newcomer"], "POST", claim, note), 201)
    assert write(people["newcomer"], "POST", claim, note).status_code == 409
    path = f"/claims/{one['id']}"
    assert people["bank"].api("GET", path).status_code == 403
    assert (
        write(people["newcomer"], "POST", f"{path}:decide", {"decision": "grant"}).status_code
        == 403
    )
    done = told(write(people["staff"], "POST", f"{path}:decide", {"decision": "grant"}))
    assert done["state"] == "granted"
    assert told(people["newcomer"].api("GET", "/me"))["account"]["subjects"] == ["jica"]
    assert write(people["newcomer"], "POST", claim, note).status_code == 409
    assert (
        write(people["staff"], "POST", f"{path}:decide", {"decision": "grant"}).status_code == 409
    )


def test_anybody_reports_an_error_and_those_whose_fact_it_is_see_to_it(
    people: dict[str, Person], stranger: Person, live: Service
) -> None:
    sent = {"entity": "phuket", "property": "population", "message": "It has grown since."}
    one = told(stranger.api("POST", "/reports", sent), 201)
    for wrong, status in (
        ({"entity": "nowhere"}, 404), ({"property": "mayor"}, 400), ({"message": " "}, 400),
        ({"message": "x" * 1001}, 422), ({"message": "\x07"}, 400), ({"more": "x"}, 422),
    ):  # fmt: skip
        assert stranger.api("POST", "/reports", sent | wrong).status_code == status, wrong
    path = f"/reports/{one['id']}"
    assert stranger.api("GET", path).status_code == 401
    assert people["other"].api("GET", path).status_code == 403
    assert told(people["officer"].api("GET", path))["message"] == sent["message"]
    listed = told(people["officer"].api("GET", "/reports?state=open"))["items"]
    assert one["id"] in {item["id"] for item in listed}
    assert told(people["bank"].api("GET", "/reports"))["items"] == []
    decision = {"state": "corrected"}
    assert write(people["other"], "POST", f"{path}:decide", decision).status_code == 403
    assert (
        told(write(people["officer"], "POST", f"{path}:decide", decision))["state"] == "corrected"
    )
    assert write(people["staff"], "POST", f"{path}:decide", decision).status_code == 409


# Pages


def text_of(answer: Any, status: int = 200) -> str:
    page = str(answer.get_data(as_text=True))
    assert answer.status_code == status, page[:2000]
    return page


def test_a_form_suggests_an_offer_which_staff_publish_on_the_desk(
    people: dict[str, Person], stranger: Person, live: Service
) -> None:
    assert stranger.get("/offers/new").status_code == 303  # to the sign-in page
    bank, staff = people["bank"], people["staff"]
    assert 'value="adb" selected' in text_of(bank.get("/offers/new?partner=adb"))
    filled = {
        "title": "Made-up advice on canals", "partner": "adb", "support_type": "advisory",
        "description": "Advice that a test makes up.", "topics": ["water-management"],
        "terms_note": "For large cities only.", "status": "active", "nonce": "n1",
    }  # fmt: skip
    wrong = text_of(bank.send("/offers/new", filled=filled | {"valid_until": "soon"}), 422)
    assert "is not a date" in wrong
    assert "Made-up advice on canals" in wrong
    assert 'id="f-valid_until-fault"' in wrong
    answer = bank.send("/offers/new", filled=filled)
    place = answer.headers["Location"].partition("?")[0]
    assert place.startswith("/desk/submissions/")
    assert bank.send("/offers/new", filled=filled).headers["Location"].startswith(place)
    assert "Made-up advice on canals" in text_of(bank.get("/desk"))
    assert "Publish it" not in text_of(bank.get(place))
    assert people["officer"].get(place).status_code == 403
    page = text_of(staff.get(place))
    assert "What would change" in page
    assert "For large cities only." in page
    assert staff.send(place, f"{place}/publish").status_code == 303
    assert "It is published" in text_of(staff.get(f"{place}?done=published"))
    offer = "adb-made-up-advice-on-canals"
    assert "For large cities only." in text_of(bank.get(f"/offers/{offer}"))
    assert "For large cities only." not in text_of(stranger.get(f"/offers/{offer}"))


def test_a_form_changes_a_need_of_ones_own_city_at_once(
    people: dict[str, Person], live: Service
) -> None:
    officer, other = people["officer"], people["other"]
    made = told(write(officer, "POST", "/needs", bare(title="Edited on a form", budget=5.0,
                                                     budget_currency="USD")), 201)["id"]  # fmt: skip
    page = text_of(officer.get(f"/needs/{made}/edit"))
    assert ">Edit</a>" in text_of(officer.get(f"/needs/{made}"))
    assert ">Suggest a change</a>" in text_of(other.get(f"/needs/{made}"))
    assert 'name="budget"' in page
    assert 'name="budget"' not in text_of(other.get(f"/needs/{made}/edit"))
    filled = {
        "title": "Edited on a form", "city": "phuket", "description": "New words.",
        "status": "open", "year": "2,026", "budget": "7,000", "budget_currency": "USD",
        "version": re.findall(r'name="version" value="(\d+)"', page)[0],
    }  # fmt: skip
    assert (
        officer.send(f"/needs/{made}/edit", filled=filled).headers["Location"] == f"/needs/{made}"
    )
    stored = live.snapshot.get("need", made)
    assert (stored.text("description"), stored.number("budget")) == ("New words.", 7000)
    late = officer.send(f"/needs/{made}/edit", filled=filled | {"description": "Lost."})
    assert "changed by somebody else" in text_of(late, 412)
    assert officer.send(f"/needs/{made}/withdraw").headers["Location"] == f"/needs/{made}"
    assert live.snapshot.get("need", made).text("status") == "withdrawn"


def test_the_other_pages_of_the_desk_do_what_they_say(
    people: dict[str, Person], stranger: Person, live: Service
) -> None:
    staff, newcomer, officer = people["staff"], people["newcomer"], people["officer"]
    sent = stranger.send("/needs/phuket-scap2018-1/report", filled={
        "property": "title", "message": "A word is missing.", "nonce": "r1"})  # fmt: skip
    assert "Thank you" in text_of(sent)
    empty = stranger.send("/needs/phuket-scap2018-1/report", filled={"message": ""})
    assert "Is needed" in text_of(empty, 422)
    page = text_of(officer.get("/desk/reports"))
    assert "A word is missing." in page
    one = re.findall(r"/desk/reports/([^/]+)/corrected", page)[0]
    closed = officer.send(
        "/desk/reports", f"/desk/reports/{one}/dismissed", {"reason": "It is not."}
    )
    assert closed.status_code == 303
    assert newcomer.send(
        "/partners/world-bank/claim", filled={"note": "We are it.", "nonce": "c1"}
    ).status_code == 303  # fmt: skip
    claims = text_of(staff.get("/desk/claims?state=waiting"))
    one = re.findall(r"/desk/claims/([^/]+)/grant", claims)[0]
    assert staff.send("/desk/claims", f"/desk/claims/{one}/grant").status_code == 303
    assert "Granted" in text_of(newcomer.get("/desk/claims"))
    for number in (1, 2):
        told(write(officer, "PUT", f"/needs/phuket-twin-{number}", bare(title="Twins")), 201)
    asked = "/desk/merge?type=need&old=phuket-twin-2&into=phuket-twin-1"
    assert officer.get(asked).status_code == 403
    assert "Side by side" in text_of(staff.get(asked))
    chosen = {"type": "need", "old": "phuket-twin-2", "into": "phuket-twin-1"}
    assert staff.send(asked, "/desk/merge", chosen).headers["Location"] == "/needs/phuket-twin-1"
    assert stranger.get("/needs/phuket-twin-2").status_code == 308
    assert "Nothing" in text_of(staff.get("/desk?state=refused&type=project"))
    for path in ("/desk?state=x", "/desk?type=city", "/desk/claims?state=x", "/desk?cursor=x"):
        assert staff.get(path).status_code == 400
    assert stranger.get("/desk").status_code == 303
    assert staff.get("/desk/submissions/nothing").status_code == 404


def test_a_form_from_elsewhere_is_not_taken(people: dict[str, Person], live: Service) -> None:
    sequence = live.snapshot.sequence
    for path in ("/needs/new", "/desk/submissions/x/publish", "/needs/phuket-scap2018-1/report"):
        assert people["staff"].client.post(path, data={"title": "x"}).status_code == 403
    assert live.snapshot.sequence == sequence
