"""When somebody drops out or comes late, what was promised stays as far as it can."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchmaker.meetings.again import again, changes, share_changed, without
from matchmaker.meetings.checking import faults_of
from matchmaker.meetings.problem import Problem, Timetable, shortfalls
from matchmaker.meetings.solving import solve
from tests.meetings.made_up import annual_meeting, small_problems

SLOW = settings(suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def world() -> tuple[Problem, Timetable]:
    problem = annual_meeting(cities=20, partners=30, slots=16, wishes=14, tables=15, roundtables=3)
    return problem, solve(problem)


@pytest.mark.parametrize("who", ["partner-03", "partner-11", "city-05", "city-12"])
def test_one_who_drops_out_changes_under_a_tenth_of_the_meetings(
    world: tuple[Problem, Timetable], who: str
) -> None:
    problem, old = world
    now = without(problem, [who])
    new = again(now, old)
    assert faults_of(now, new) == []
    assert not any(who in (m.a, m.b) for m in new.meetings)
    assert share_changed(old, new) < 0.1
    said = [change for change in changes(old, new) if not change.roundtable]
    gone = [change for change in said if change.kind == "cancelled" and who in change.who]
    assert len(gone) == sum(who in (m.a, m.b) for m in old.meetings)


def test_nothing_changes_when_nothing_has_happened(world: tuple[Problem, Timetable]) -> None:
    problem, old = world
    new = again(problem, old)
    assert [c for c in changes(old, new) if c.kind != "added"] == []


def test_what_has_begun_stays_and_only_later_slots_change(
    world: tuple[Problem, Timetable],
) -> None:
    problem, old = world
    begun = [slot.id for slot in problem.working[:8]]
    now = without(problem, ["partner-03"], since=problem.working[8].id)
    new = again(now, old, begun=begun)
    assert faults_of(now, new) == []
    before = {m for m in old.meetings if m.slot in begun}
    assert before == {m for m in new.meetings if m.slot in begun}
    assert all(c.before not in begun and c.after not in begun for c in changes(old, new))


def test_who_comes_late_meets_the_others_at_another_time_if_both_are_free() -> None:
    problem = annual_meeting(cities=3, partners=3, slots=8, wishes=2, tables=4, roundtables=0)
    people = tuple(replace(one, absent=frozenset()) for one in problem.attendees)
    problem = replace(problem, attendees=people)
    old = solve(problem)
    early = min(old.meetings, key=lambda m: problem.place_of_slot[m.slot])
    comes = problem.working[problem.place_of_slot[early.slot] + 1].id
    now = without(problem, late={early.a: comes})
    new = again(now, old)
    assert faults_of(now, new) == []
    assert [(c.kind, set(c.who)) for c in changes(old, new)] == [("moved", {early.a, early.b})]


def test_meetings_are_moved_only_so_that_somebody_has_the_minimum() -> None:
    problem = annual_meeting(cities=5, partners=5, slots=5, wishes=5, tables=5, roundtables=0)
    people = tuple(replace(one, least=0) for one in problem.attendees)
    free = replace(problem, attendees=people)
    old = solve(free)
    asked = {one.id: 4 if one.id == "city-01" else 0 for one in people}
    strict = replace(free, attendees=tuple(replace(one, least=asked[one.id]) for one in people))
    now = without(strict, ["partner-02"])
    new = again(now, old)
    assert faults_of(now, new) == []
    assert shortfalls(now, new) == {}


@given(small_problems(walks=True), st.data())
@SLOW
def test_a_timetable_made_again_is_right_whatever_happens(
    problem: Problem, data: st.DataObject
) -> None:
    old = solve(problem)
    slots = [slot.id for slot in problem.working]
    names = sorted(problem.by_id)
    since = data.draw(st.sampled_from(slots))
    dropped = data.draw(st.lists(st.sampled_from(names), max_size=2))
    late = data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from(slots), max_size=1))
    begun = slots[: slots.index(since)]
    now = without(problem, dropped, since=since)
    if not begun:
        now = without(now, late=late)
    new = again(now, old, begun=begun)
    assert faults_of(now, new) == []
    for meeting in old.meetings:
        stays = all(meeting.slot not in now.by_id[one].absent for one in (meeting.a, meeting.b))
        if meeting.slot in begun and stays:
            assert meeting in new.meetings
