"""What the clock has to do for an engagement, and when."""

from __future__ import annotations

from dataclasses import replace

from matchmaker.brokering.clocks import events, next_event
from tests.brokering.cases import RULES, START, Played, after_days


def told(one: Played) -> list[tuple[str, str, str]]:
    return [(e.at, e.party, e.then) for e in events(RULES, one.opening, one.state)]


def test_reminders_come_before_time_is_out_and_then_what_the_rule_says():
    assert told(Played()) == [
        (after_days(5), "country", "remind"),
        (after_days(7), "city", "remind"),
        (after_days(8), "country", "remind"),
        (after_days(10), "country", "silence"),
        (after_days(12), "city", "remind"),
        (after_days(14), "city", "escalate"),
    ]


def test_whoever_has_answered_is_reminded_no_more():
    one = Played()
    one.play("city", "consent", 1)
    assert {party for _, party, _ in told(one)} == {"country"}


def test_what_is_with_the_secretariat_reminds_that_and_not_who_is_late():
    one = Played()
    one.play("country", "no_objection", 1)
    one.play("clock", "escalate", 14, about="city")
    assert told(one) == [
        (after_days(28), "secretariat", "remind"), (after_days(44), "secretariat", "run_out"),
    ]  # fmt: skip


def test_the_next_event_is_the_first_after_a_time():
    one = Played()
    assert next_event(RULES, one.opening, one.state, START) == after_days(5)
    assert next_event(RULES, one.opening, one.state, after_days(5)) == after_days(7)
    assert next_event(RULES, one.opening, one.state, after_days(14)) == ""
    one.play("city", "decline", 2, reason="terms")
    assert next_event(RULES, one.opening, one.state, "") == ""


def test_a_shorter_period_drops_the_reminders_that_it_does_not_reach():
    one = Played()
    short = replace(one.opening, days={**one.opening.days, "country_objects": 6})
    one.opening = short
    one.state = replace(
        one.state,
        waits=tuple(
            replace(w, due_at=after_days(6)) if w.party == "country" else w for w in one.state.waits
        ),
    )
    country = [(at, then) for at, party, then in told(one) if party == "country"]
    assert country == [(after_days(5), "remind"), (after_days(6), "silence")]


def test_a_clock_that_the_rules_no_longer_know_rings_no_more():
    one = Played()
    gone = replace(RULES, clocks={n: c for n, c in RULES.clocks.items() if n != "city_answers"})
    assert {event.party for event in events(gone, one.opening, one.state)} == {"country"}
