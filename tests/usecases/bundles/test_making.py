"""Bundles made by people: asked, answered, proposed, and repeated without doing anything twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from matchmaker.bundles.moves import STAGES, Move, fold
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    VersionConflictError,
)
from matchmaker.permissions import Caller
from matchmaker.usecases import accounts
from matchmaker.usecases.brokering import engaging, notices
from matchmaker.usecases.bundles import making
from matchmaker.usecases.bundles.suggesting import suggest
from matchmaker.usecases.service import Service
from tests.cast import Cast

PHUKET, JAKARTA, CEBU = "phuket-scap2018-1", "jakarta-scap2018-1", "cebu-city-scap2018-1"
OFFERS = ("jica-technical-assistance", "adb-finance")


@pytest.fixture(autouse=True)
def _clean(live: Service) -> Iterator[None]:
    yield
    live.records.delete("bundle", {"stage": list(STAGES)})
    live.records.delete("notice", {"seen": [True, False]})
    for record in live.records.find("engagement", limit=500):
        live.records.delete("engagement", {"id": record.id})


@pytest.fixture
def staff(cast: Cast) -> Caller:
    return cast["secretariat"].caller


@pytest.fixture
def begun(live: Service, staff: Caller) -> dict[str, Any]:
    """Return a bundle of Phuket's and Jakarta's needs whose cities are asked."""
    made = making.save(live, staff, "Water together", [PHUKET, JAKARTA], note="Together?")
    return making.move(live, staff, made["id"], "invite")


@pytest.fixture
def ready(live: Service, cast: Cast, begun: dict[str, Any]) -> dict[str, Any]:
    """Return a bundle that both cities have joined."""
    making.move(live, cast["officer"].caller, begun["id"], "accept", needs=[PHUKET])
    return making.move(
        live, cast["other officer"].caller, begun["id"], "accept", needs=[JAKARTA]
    )  # fmt: skip


def told(live: Service, caller: Caller) -> list[str]:
    """Return the titles of somebody's notices about bundles, oldest first."""
    page = notices.list_notices(live, caller)
    return [one["title"] for one in reversed(page.items) if one["kind"] == "bundle"]


def test_a_suggestion_becomes_a_bundle_and_is_suggested_no_more(
    live: Service, staff: Caller
) -> None:
    first = suggest(live, staff)["suggestions"][0]
    needs = [need["id"] for need in first["needs"]]
    made = making.save(live, staff, first["title"], needs, suggestion=first["id"])
    assert (made["stage"], made["version"], made["ready"]) == ("draft", 1, False)
    assert [need["answer"] for need in made["needs"]] == ["not_asked"] * len(needs)
    assert first["id"] not in [one["id"] for one in suggest(live, staff)["suggestions"]]
    with pytest.raises(ConflictError, match="in another bundle"):
        making.save(live, staff, "Again", needs)
    making.move(live, staff, made["id"], "close")
    assert first["id"] in [one["id"] for one in suggest(live, staff)["suggestions"]]


def test_a_city_sees_a_bundle_from_when_it_is_asked_and_is_told(
    live: Service, cast: Cast, staff: Caller
) -> None:
    officer = cast["officer"].caller
    made = making.save(live, staff, "Water together", [PHUKET, JAKARTA])
    with pytest.raises(NotAllowedError):
        making.get_bundle(live, officer, made["id"])
    assert making.list_bundles(live, officer).items == ()
    making.move(live, staff, made["id"], "invite")
    assert making.get_bundle(live, officer, made["id"])["possible"] == ["accept", "decline"]
    assert [one["id"] for one in making.list_bundles(live, officer).items] == [made["id"]]
    representative = cast["representative"].caller
    assert making.get_bundle(live, representative, made["id"])["possible"] == []
    assert told(live, officer) == ["Your city is asked to join a bundle"]
    assert told(live, representative) == []


def test_an_officer_answers_for_his_own_city_only(
    live: Service, cast: Cast, staff: Caller, begun: dict[str, Any]
) -> None:
    officer = cast["officer"].caller
    with pytest.raises(NotAllowedError, match="officer of the need's city"):
        making.move(live, officer, begun["id"], "accept", needs=[JAKARTA])
    with pytest.raises(NotAllowedError, match="officer of the need's city"):
        making.move(live, staff, begun["id"], "accept", needs=[PHUKET])
    with pytest.raises(NotAllowedError, match="for the secretariat"):
        making.move(live, officer, begun["id"], "close")
    with pytest.raises(BadRequestError, match="not in the bundle"):
        making.move(live, officer, begun["id"], "accept", needs=[CEBU])
    making.move(live, officer, begun["id"], "decline", needs=[PHUKET], note="Not this year.")
    assert told(live, staff) == ["A city does not join the bundle"]
    mine = making.get_bundle(live, officer, begun["id"])["moves"][-1]
    theirs = making.get_bundle(live, cast["other officer"].caller, begun["id"])["moves"][-1]
    assert (mine["note"], theirs["note"]) == ("Not this year.", "")
    held = accounts.export_personal_data(live, officer)["moves"]
    assert [move["note"] for move in held if "bundle" in move] == ["Not this year."]


def test_needs_are_added_and_taken_out_by_hand(
    live: Service, staff: Caller, begun: dict[str, Any]
) -> None:
    more = making.move(live, staff, begun["id"], "add", needs=[CEBU])
    assert {need["id"]: need["answer"] for need in more["needs"]} == {
        PHUKET: "asked", JAKARTA: "asked", CEBU: "not_asked",
    }  # fmt: skip
    less = making.move(live, staff, begun["id"], "remove", needs=[PHUKET])
    assert [need["id"] for need in less["needs"]] == [CEBU, JAKARTA]
    with pytest.raises(NotFoundError):
        making.move(live, staff, begun["id"], "add", needs=["no-such-need"])


def test_a_proposal_opens_an_engagement_for_each_need_and_partner_and_shows_its_stage(
    live: Service, cast: Cast, staff: Caller, ready: dict[str, Any]
) -> None:
    with pytest.raises(BadRequestError, match="no offer"):
        making.move(live, staff, ready["id"], "propose", targets=["no-such-offer"])
    done = making.move(live, staff, ready["id"], "propose", targets=OFFERS)
    assert done["stage"] == "proposed"
    assert {(e["need"]["id"], e["target"]["id"]) for e in done["engagements"]} == {
        (need, offer) for need in (PHUKET, JAKARTA) for offer in OFFERS
    }
    assert {(e["stage"], e["problem"]) for e in done["engagements"]} == {("proposed", "")}
    first = done["engagements"][0]["engagement"]
    opened = engaging.get_engagement(live, staff, first)
    assert done["id"] in opened["moves"][0]["note"]
    engaging.move(live, staff, first, "withdraw", reason="other", note="A test.")
    after = making.get_bundle(live, staff, done["id"])["engagements"][0]
    assert after["stage_label"] == "Withdrawn"
    seen = making.get_bundle(live, cast["officer"].caller, done["id"])["engagements"]
    assert {e["city"]["id"] for e in seen} == {"phuket"}
    assert told(live, cast["officer"].caller)[-1] == "The bundle is proposed to partners"


def test_a_proposal_that_was_cut_off_is_finished_by_asking_again(
    live: Service, cast: Cast, staff: Caller, ready: dict[str, Any]
) -> None:
    done = making.move(live, staff, ready["id"], "propose", targets=OFFERS)
    known = {e["engagement"] for e in done["engagements"]}
    lost = done["engagements"][2]["engagement"]
    # As after a crash: the move is made, an engagement and all reports are not.
    live.records.delete("engagement", {"id": lost})
    live.records.change("bundle", done["id"], lambda held: {**held, "reports": {}})
    cut = making.get_bundle(live, staff, done["id"])["engagements"]
    assert {e["problem"] for e in cut} == {"Not opened yet; propose again."}
    again = making.move(
        live, cast["administrator"].caller, done["id"], "propose", targets=OFFERS
    )  # fmt: skip
    assert {e["engagement"] for e in again["engagements"]} == known
    assert again["version"] == done["version"]


def test_one_that_cannot_be_opened_does_not_undo_the_others(
    live: Service, staff: Caller, ready: dict[str, Any]
) -> None:
    other = engaging.open_engagement(live, staff, PHUKET, offer="adb-finance")
    done = making.move(live, staff, ready["id"], "propose", targets=["adb-finance"])
    of_need = {e["need"]["id"]: e for e in done["engagements"]}
    assert of_need[PHUKET]["engagement"] == other["id"]
    assert "already" in of_need[PHUKET]["problem"]
    assert of_need[JAKARTA]["problem"] == ""
    assert of_need[JAKARTA]["stage"] == "proposed"


def test_what_somebody_else_has_changed_is_not_overwritten(
    live: Service, staff: Caller, begun: dict[str, Any]
) -> None:
    with pytest.raises(VersionConflictError):
        making.move(live, staff, begun["id"], "close", expected=begun["version"] - 1)
    once = making.move(live, staff, begun["id"], "close", uuid="this-very-move")
    again = making.move(live, staff, begun["id"], "close", uuid="this-very-move")
    assert once == again
    first = making.save(live, staff, "Twice", [PHUKET, JAKARTA], uuid="this-very-bundle")
    assert making.save(live, staff, "Twice", [PHUKET, JAKARTA], uuid="this-very-bundle") == first


def test_of_many_who_answer_at_once_every_answer_is_kept_and_the_fold_agrees(
    live: Service, cast: Cast, begun: dict[str, Any]
) -> None:
    def answer(name: str, need: str) -> None:
        making.move(live, cast[name].caller, begun["id"], "accept", needs=[need])

    threads = [
        threading.Thread(target=answer, args=one)
        for one in (("officer", PHUKET), ("other officer", JAKARTA))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record = live.records.get("bundle", begun["id"])
    assert record is not None
    state = fold(map(Move.from_json, record["moves"]))
    assert state.accepted == (JAKARTA, PHUKET)
    kept = (record["stage"], set(record["needs"]), set(record["owners"]))
    owners = {one for place in state.asked for one in (place.city, place.country)}
    assert kept == (state.stage, set(state.places), owners)
