"""Bundles over the API and on the pages of the desk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from matchmaker.bundles.moves import STAGES
from matchmaker.usecases.service import Service
from tests.cast import Browser

PHUKET, JAKARTA, CEBU = "phuket-scap2018-1", "jakarta-scap2018-1", "cebu-city-scap2018-1"
PLAN = {"title": "Water together", "needs": [PHUKET, JAKARTA], "note": "Together?"}
Browsers = Mapping[str, Browser]


@pytest.fixture(autouse=True)
def _clean(live: Service) -> Iterator[None]:
    yield
    live.records.delete("bundle", {"stage": list(STAGES)})
    live.records.delete("notice", {"seen": [True, False]})
    for record in live.records.find("engagement", limit=500):
        live.records.delete("engagement", {"id": record.id})


def test_the_api_tells_suggestions_whose_scores_lead_to_their_explanation(
    browsers: Browsers,
) -> None:
    answer = browsers["secretariat"].api("GET", "/bundles/suggestions")
    assert answer.status_code == 200
    assert answer.json is not None
    line = answer.json["suggestions"][0]["pairs"][0]["of_needs"][0]["scores"][0]
    pair = browsers["secretariat"].get(line["match"]).json
    assert pair is not None
    assert pair["match"]["score"] == line["score"]
    assert browsers["officer"].api("GET", "/bundles/suggestions").status_code == 403
    assert browsers["public"].get("/api/v1/bundles/suggestions").status_code == 401


def test_a_bundle_goes_its_way_over_the_api_under_the_house_s_contract(browsers: Browsers) -> None:
    staff, officer, other = (browsers[n] for n in ("secretariat", "officer", "other officer"))
    key = {"Idempotency-Key": "bundle-1"}
    made = staff.api("POST", "/bundles", PLAN, headers=key)
    assert made.status_code == 201
    again = staff.api("POST", "/bundles", PLAN, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert made.json is not None
    assert again.json == made.json
    path = f"/bundles/{made.json['id']}"
    assert made.headers["Location"] == made.json["links"]["self"] == f"/api/v1{path}"
    invite = {"move": "invite"}
    tag = {"If-Match": made.headers["ETag"]}
    assert staff.api("POST", f"{path}:move", invite, headers=tag).status_code == 200
    stale = staff.api("POST", f"{path}:move", {"move": "close"}, headers=tag)
    assert stale.status_code == 412
    for who, need in ((officer, PHUKET), (other, JAKARTA)):
        said = who.api("POST", f"{path}:move", {"move": "accept", "needs": [need]})
        assert said.status_code == 200
    targets = {"move": "propose", "targets": ["jica-technical-assistance", "adb-finance"]}
    done = staff.api("POST", f"{path}:move", targets)
    assert done.json is not None
    assert [e["stage"] for e in done.json["engagements"]] == ["proposed"] * 4
    listed = officer.api("GET", "/bundles").json
    assert listed is not None
    assert [one["stage"] for one in listed["items"]] == ["proposed"]
    notices = officer.api("GET", "/inbox/notices").json
    assert notices is not None
    pages = [n["links"]["page"] for n in notices["items"] if n["kind"] == "bundle"]
    assert pages == [made.json["links"]["page"]] * 2


@pytest.mark.parametrize(
    ("document", "status", "said"),
    [
        ({"title": "One city", "needs": [PHUKET]}, 400, "at least 2 cities"),
        ({"title": " ", "needs": [PHUKET, JAKARTA]}, 400, "title"),
        ({"title": "Gone", "needs": [PHUKET, "no-such-need"]}, 404, "no-such-need"),
        ({"needs": "all"}, 422, "title"),
    ],
)
def test_what_is_no_bundle_is_refused_in_words(
    browsers: Browsers, document: dict[str, object], status: int, said: str
) -> None:
    answer = browsers["secretariat"].api("POST", "/bundles", document)
    assert answer.status_code == status
    assert said in answer.get_data(as_text=True)


def test_the_pages_lead_from_a_suggestion_to_engagements(browsers: Browsers) -> None:
    staff, officer = browsers["secretariat"], browsers["officer"]
    page = staff.get("/desk/bundles").get_data(as_text=True)
    assert '<svg class="bundle-graph"' in page
    assert "Solution with a funder" in page
    sent = staff.send("/desk/bundles", **PLAN)
    assert sent.status_code == 303
    here = sent.headers["Location"].partition("?")[0]
    for move in ({"move": "add", "needs": CEBU}, {"move": "remove", "needs": CEBU},
                 {"move": "invite"}):  # fmt: skip
        assert staff.send(here, f"{here}/moves", **move).status_code == 303
    asked = officer.get(here).get_data(as_text=True)
    assert "Together?" in asked
    assert "Propose it to partners" not in asked
    for name, need in (("officer", PHUKET), ("other officer", JAKARTA)):
        said = browsers[name].send(here, f"{here}/moves", move="accept", needs=need)
        assert said.headers["Location"].endswith("?done=accept")
    shown = staff.get(here).get_data(as_text=True)
    (first, *_) = re.findall(r'name="targets" value="([^"]+)"', shown)
    assert len(first.split()) == 2
    assert staff.send(here, f"{here}/moves", move="propose", targets=first).status_code == 303
    came = staff.get(here).get_data(as_text=True)
    assert came.count('<a href="/desk/engagements/') >= 4
    assert "Bundles" in officer.get("/desk/bundles").get_data(as_text=True)


def test_a_form_that_cannot_be_is_shown_again_with_what_is_wrong(browsers: Browsers) -> None:
    staff = browsers["secretariat"]
    wrong = staff.send("/desk/bundles", title="One city", needs=PHUKET)
    assert wrong.status_code == 422
    assert "at least 2 cities" in wrong.get_data(as_text=True)
    made = staff.api("POST", "/bundles", PLAN).json
    assert made is not None
    here = f"/desk/bundles/{made['id']}"
    early = staff.send(here, f"{here}/moves", move="propose", targets="adb-finance")
    assert early.status_code == 409
    assert "possible: add" in early.get_data(as_text=True)
    assert browsers["officer"].get(here).status_code == 403
