"""Timetables are right whatever is asked, as good as can be, and the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from hypothesis import HealthCheck, given, settings

from matchmaker.meetings.checking import faults_of
from matchmaker.meetings.choosing import Limits
from matchmaker.meetings.documents import timetable_document, timetable_from
from matchmaker.meetings.problem import (
    Meeting,
    Problem,
    Session,
    Timetable,
    idle_slots,
    score_of,
    shortfalls,
)
from matchmaker.meetings.solving import STEPS, solve
from matchmaker.meetings.spreading import Spread, spread
from tests.meetings.made_up import annual_meeting, small_problems

EXACTLY = Limits(gap=0.0)
SLOW = settings(suppress_health_check=list(HealthCheck))


@given(small_problems(walks=True))
@SLOW
def test_every_timetable_is_found_right_by_the_checker(problem: Problem) -> None:
    found = solve(problem, EXACTLY)
    assert faults_of(problem, found) == []
    assert score_of(problem, found) <= found.bound + 1e-6


def all_timetables(problem: Problem) -> Iterator[Timetable]:
    """Yield every timetable of a tiny problem, tables as they come."""
    slots = [slot.id for slot in problem.working]
    requests = [one for one in problem.requests if one.pair not in problem.vetoes]
    known = problem.by_id

    def roundtables(left: int, sessions: tuple[Session, ...]) -> Iterator[tuple[Session, ...]]:
        if not left:
            yield sessions
            return
        one = problem.roundtables[left - 1]
        yield from roundtables(left - 1, sessions)
        for slot in slots:
            for hall in problem.halls:
                for count in range(len(one.optional) + 1):
                    for guests in combinations(one.optional, count):
                        held = Session(one.id, slot, hall.id, (*one.required, *guests))
                        if not faults_of(problem, Timetable((), (*sessions, held))):
                            yield from roundtables(left - 1, (*sessions, held))

    def meetings(
        left: int, so_far: tuple[Meeting, ...], busy: frozenset[tuple[str, str]]
    ) -> Iterator[tuple[Meeting, ...]]:
        if not left:
            yield so_far
            return
        one = requests[left - 1]
        yield from meetings(left - 1, so_far, busy)
        for slot in slots:
            both = {(one.a, slot), (one.b, slot)}
            if busy & both or slot in known[one.a].absent | known[one.b].absent:
                continue
            number = 1 + sum(meeting.slot == slot for meeting in so_far)
            if number > len(problem.tables):
                continue
            held = Meeting(one.a, one.b, slot, "main", number, one.score)
            yield from meetings(left - 1, (*so_far, held), busy | both)

    for sessions in roundtables(len(problem.roundtables), ()):
        taken = frozenset((who, one.slot) for one in sessions for who in one.attendees)
        for held in meetings(len(requests), (), taken):
            yield Timetable(held, sessions)


def rank(problem: Problem, timetable: Timetable) -> tuple[int, int, float]:
    missing = sum(shortfalls(problem, timetable).values())
    return len(timetable.sessions), -missing, round(score_of(problem, timetable), 6)


@given(small_problems(tiny=True))
@SLOW
def test_the_best_of_all_timetables_of_a_tiny_problem_is_found(problem: Problem) -> None:
    allowed = [t for t in all_timetables(problem) if not any(_over(problem, t))]
    best = max(rank(problem, one) for one in allowed)
    found = solve(problem, EXACTLY)
    assert rank(problem, found) == best
    assert found.exact
    assert abs(found.bound - best[2]) < 1e-4


def _over(problem: Problem, timetable: Timetable) -> Iterator[bool]:
    for one in problem.attendees:
        yield sum(one.id in (m.a, m.b) for m in timetable.meetings) > one.most


def test_the_same_problem_gives_the_same_timetable() -> None:
    problem = annual_meeting(cities=10, partners=14, slots=8, wishes=8, tables=6, roundtables=2)
    first, second = solve(problem), solve(problem)
    assert timetable_document(problem, first) == timetable_document(problem, second)
    assert faults_of(problem, first) == []


def test_a_mid_sized_meeting_is_right_nearly_optimal_and_told_in_steps() -> None:
    problem = annual_meeting(cities=20, partners=30, slots=16, wishes=14, tables=15, roundtables=3)
    told: list[tuple[str, int, int]] = []
    found = solve(problem, progress=lambda *step: told.append(step))
    assert faults_of(problem, found) == []
    assert len(found.sessions) == 3
    assert score_of(problem, found) >= 0.99 * found.bound
    assert told == [(step, n, len(STEPS)) for n, step in enumerate(STEPS)]
    document = timetable_document(problem, found)
    assert document["gap"] <= 0.01
    assert replace(found, bound=0) == replace(timetable_from(document), bound=0)


def test_who_cannot_have_its_minimum_is_told_by_name() -> None:
    problem = annual_meeting(cities=4, partners=3, slots=4, wishes=2, tables=4, roundtables=0)
    document = timetable_document(problem, solve(problem))
    assert document["short"][0]["name"] == "City 00"
    assert {"attendee", "name", "missing", "least"} == document["short"][0].keys()
    assert all(one["missing"] > 0 for one in document["short"])


def test_wishes_that_are_not_met_say_why() -> None:
    problem = annual_meeting(cities=6, partners=3, slots=4, wishes=3, tables=2, roundtables=0)
    problem = replace(problem, vetoes=frozenset({problem.requests[0].pair}))
    document = timetable_document(problem, solve(problem))
    reasons = " ".join(one["reason"] for one in document["unmet"])
    assert "must not meet" in reasons
    assert len(document["unmet"]) + len(document["meetings"]) == len(problem.requests)


def test_a_roundtable_whose_required_are_never_there_together_is_not_held() -> None:
    problem = annual_meeting(cities=4, partners=4, slots=4, wishes=2, roundtables=1)
    who = problem.roundtables[0].required[0]
    away = frozenset(slot.id for slot in problem.working)
    people = tuple(replace(one, absent=away) if one.id == who else one for one in problem.attendees)
    changed = replace(problem, attendees=people)
    document = timetable_document(changed, solve(changed))
    assert document["roundtables"] == []
    assert "never there together" in document["not_held"][0]["reason"]


def test_a_roundtable_of_two_who_must_not_meet_is_not_held() -> None:
    problem = annual_meeting(cities=4, partners=4, slots=4, wishes=2, roundtables=1)
    two = frozenset(problem.roundtables[0].required[:2])
    changed = replace(problem, vetoes=frozenset({two}))
    document = timetable_document(changed, solve(changed))
    assert document["roundtables"] == []
    assert document["not_held"][0]["reason"] == "two of the required must not meet"


def test_two_sides_always_fit_into_as_many_slots_as_the_busiest_needs() -> None:
    edges = [(f"a{n}", f"b{(n + k) % 7}") for n in range(7) for k in range(4)]
    free = {one: 0b1111 for edge in edges for one in edge}
    made = Spread(free, [7] * 4)
    assert spread(made, edges, range(4)) == []
    assert len(made.meetings()) == len(edges)
    assert made.count == [7, 7, 7, 7]


def test_waiting_is_shortened_without_giving_anything_up() -> None:
    problem = annual_meeting(cities=10, partners=12, slots=12, wishes=4, tables=8, roundtables=0)
    found = solve(problem)
    assert score_of(problem, found) >= 0.999 * found.bound
    assert sum(idle_slots(problem, found).values()) <= len(found.meetings) // 4
