"""Meetings of an engagement: arranged, changed and called off by moves."""

from __future__ import annotations

from typing import Any

import pytest

from matchmaker.brokering.appointments import Appointment, appointment_of, meetings_of, next_of
from matchmaker.brokering.engagement import possible, state_of
from matchmaker.brokering.history import Move, State
from matchmaker.errors import BadRequestError, MoveNotPossibleError
from tests.brokering.cases import RULES, Played, after_days

GIVEN = {
    "title": "First talk", "start": "2030-02-01T10:00", "end": "2030-02-01T11:30",
    "time_zone": "Asia/Bangkok", "place": "Uptown hall",
}  # fmt: skip
TALK = appointment_of(GIVEN)
LATER = appointment_of({**GIVEN, "start": "2030-02-02T10:00", "end": "2030-02-02T11:30"})


@pytest.fixture
def introduced() -> Played:
    """Return an engagement whose parties have been introduced."""
    one = Played()
    one.play("city", "consent")
    one.play("country", "no_objection")
    one.play("secretariat", "introduce")
    return one


def names(one: Played, party: str) -> set[str]:
    return {rule.name for rule in possible(RULES, one.opening, one.state, (party,))}


def test_any_party_arranges_a_meeting_once_all_have_been_introduced(introduced: Played) -> None:
    for party in ("partner", "city", "country", "secretariat"):
        assert "meet" in names(introduced, party)
        introduced.play(party, "meet", 1, meeting=TALK)
    assert introduced.state.stage == "introduced"
    assert introduced.state.meetings == (5, 6, 7, 8)
    before = Played()
    assert "meet" not in names(before, "city")
    with pytest.raises(MoveNotPossibleError):
        before.play("city", "meet", meeting=TALK)


def test_a_later_move_changes_a_meeting_or_calls_it_off(introduced: Played) -> None:
    assert "change_meeting" not in names(introduced, "city")
    introduced.play("city", "meet", 1, meeting=TALK)
    introduced.play("partner", "change_meeting", 2, meeting=LATER, which=5)
    introduced.play("country", "meet", 3, meeting=TALK)
    introduced.play("partner", "cancel_meeting", 4, which=5)
    first, second = meetings_of(introduced.moves)
    assert (first.appointment, first.sequence, first.cancelled) == (LATER, 2, True)
    assert (first.at, first.number) == (after_days(4), 5)
    assert (second.number, second.sequence, second.cancelled) == (7, 0, False)
    assert introduced.state.meetings == (7,)
    assert next_of((first, second), after_days(5)) == second
    assert next_of((first, second), "2030-02-01T04:30:00.000Z") is None
    with pytest.raises(BadRequestError) as told:
        introduced.play("city", "cancel_meeting", 5, which=5)
    assert told.value.parameter == "which"


def test_a_meeting_can_be_called_off_after_the_engagement_has_ended(introduced: Played) -> None:
    introduced.play("city", "meet", 1, meeting=TALK)
    introduced.play("city", "decline", 2, reason="no_funds")
    assert "cancel_meeting" in names(introduced, "partner")
    assert "change_meeting" not in names(introduced, "partner")
    introduced.play("partner", "cancel_meeting", 3, which=5)
    assert introduced.state.meetings == ()


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("meet", {}, "start"),
        ("meet", {"meeting": TALK, "which": 1}, "which"),
        ("note", {"note": "x", "meeting": TALK}, "start"),
        ("note", {"note": "x", "which": 1}, "which"),
        ("change_meeting", {"meeting": TALK}, "which"),
        ("change_meeting", {"meeting": TALK, "which": 2}, "which"),
        ("cancel_meeting", {"which": 5, "meeting": TALK}, "start"),
    ],
)
def test_a_move_has_the_meeting_that_it_needs_and_no_other(
    introduced: Played, name: str, given: dict[str, Any], field: str
) -> None:
    introduced.play("city", "meet", 1, meeting=TALK)
    with pytest.raises(BadRequestError) as told:
        introduced.play("city", name, 2, **given)
    assert told.value.parameter == field


def test_moves_and_states_with_meetings_come_back_as_they_were_kept(introduced: Played) -> None:
    assert "meetings" not in introduced.state.as_json(), "as it was kept before there were any"
    introduced.play("city", "meet", 1, meeting=TALK)
    introduced.play("city", "change_meeting", 1, meeting=LATER, which=5)
    again = [Move.from_json(move.as_json()) for move in introduced.moves]
    assert again == introduced.moves
    assert state_of(RULES, introduced.opening, again) == introduced.state
    assert State.from_json(introduced.state.as_json()) == introduced.state


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"place": "a\x07"}, "place"),
        ({"start": ""}, "start"),
        ({"start": "2030-02-31T10:00"}, "start"),
        ({"start": "2030-02-01"}, "start"),
        ({"start": "0001-01-01T00:00", "end": "0001-01-01T01:00"}, "start"),
        ({"end": "2030-02-01T10:00"}, "end"),
        ({"end": "2030-02-16T10:00"}, "end"),
        ({"time_zone": ""}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": "Asia"}, "time_zone"),
    ],
)
def test_what_is_wrong_with_an_appointment_is_told_beside_its_field(
    changes: dict[str, str], field: str
) -> None:
    with pytest.raises(BadRequestError) as told:
        appointment_of({**GIVEN, **changes})
    assert told.value.parameter == field


def test_times_are_those_of_the_zone() -> None:
    assert TALK.starts_at == "2030-02-01T03:00:00.000Z"
    jakarta = Appointment("t", "2030-02-01T10:00", "2030-02-01T11:00", "Asia/Makassar")
    assert jakarta.starts_at == "2030-02-01T02:00:00.000Z"
