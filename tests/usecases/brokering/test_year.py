"""A year of brokering, played in full: engagements through all routes and ends.

Time is turned by the test, the mail server is a real one.  What each step leads to stands in the
scenarios as plain values, and after each step everybody's inbox is compared with that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from matchmaker.permissions import Caller
from matchmaker.usecases.brokering import engaging, listing
from matchmaker.usecases.brokering.checking import check, every_engagement
from matchmaker.usecases.brokering.clock import run_due
from matchmaker.usecases.brokering.outcomes import outcome_id
from matchmaker.usecases.service import Service
from tests.post import Post
from tests.usecases.accounts.conftest import Clock
from tests.usecases.brokering.year import PLAYED, PUBLISHED, UNANSWERED, Case, Step, Year, enter

DAILY = 8
"""How many are played in daily work: one of each kind; under ``--prove`` all of them."""


@pytest.fixture
def year(
    live: Service, join: Callable[..., Caller], mail_on: Callable[[], None],
    request: pytest.FixtureRequest,
) -> Year:  # fmt: skip
    """Return the service with everybody in it, before anything happens."""
    played = PLAYED if request.config.getoption("--prove") else PLAYED[:DAILY]
    found = enter(live, join, played)
    mail_on()
    return found


def compare(year: Year, at: str) -> None:
    """Compare everybody's inbox, and each stage, with what is expected."""
    for name, expected in year.expected().items():
        waiting = listing.inbox(year.service, year.who[name])["waiting"]
        assert {line["id"] for line in waiting} == expected, (at, name)
    for record in every_engagement(year.service):
        (case,) = (c for c in year.cases if c.id == record.id)
        assert record["stage"] == case.stage, (at, case)


def play(year: Year, case: Case, step: Step) -> None:
    """Make one step's move, or let the clock make it, and note what is expected from then on."""
    _, letter, name, given, stage, waits = step
    if letter == "-":
        run_due(year.service)
    elif not name:
        caller = year.who[year.actor(case, letter)]
        one = engaging.open_engagement(year.service, caller, case.need, partner=case.partner)
        case.id = one["id"]
    else:
        caller = year.who[year.actor(case, letter)]
        engaging.move(year.service, caller, case.id, name, **given)
    case.stage, case.waits = stage, waits


def test_a_year_of_engagements_through_all_routes_and_ends(year: Year, clock: Clock, post: Post):
    begun, service = clock.at, year.service
    steps = year.steps()
    mail_url, day = service.settings.smtp_url, -1
    for at, _, number, step in steps:
        if at > day:
            # The mail server is away for some days; nothing waits for it.
            url = "smtp://127.0.0.1:9" if 100 <= at < 106 else mail_url
            service.settings = replace(service.settings, smtp_url=url)
            clock.at = begun
            clock.forward(days=at)
            day = at
            run_due(service)
        play(year, year.cases[number], step)
        settled = not any(a == at and not human for a, human, n, _ in steps if n > number)
        if settled:
            compare(year, f"day {at}")
    clock.forward(days=10)
    for _ in range(6):
        run_due(service)
        clock.forward(hours=7)
    compare(year, "the end")
    _check_histories(year)
    _check_mail(year, post)
    _check_graph(year)


def _check_histories(year: Year) -> None:
    """The moves that were made are those of the scenarios, and rebuild what is kept."""
    done = check(year.service)
    assert (done.engagements, done.faults) == (len(year.played), ())
    for case, (_, scenario) in zip(year.cases, year.played, strict=True):
        shown = engaging.get_engagement(year.service, year.who["secretariat"], case.id)
        made = [move["name"] for move in shown["moves"][1:]]
        expected = [step[2] for step in scenario[1:]]
        if scenario is UNANSWERED:  # both sides are late on the same day
            expected.insert(expected.index("note"), "escalate")
        assert made == expected
        assert {move["stage"] for move in shown["moves"]} == {step[4] for step in scenario}
    routes = Counter(
        engaging.get_engagement(year.service, year.who["secretariat"], case.id)["route"]
        for case in year.cases
    )
    assert min(routes.values()) >= 2
    assert len(routes) == 3
    assert {case.stage for case in year.cases} == {"completed", "declined", "withdrawn"}


def _check_mail(year: Year, post: Post) -> None:
    """Every notice went out by mail, once; those of the days without a mail server went out later."""
    records = year.service.records
    notices = [
        record
        for caller in year.who.values()
        for record in records.find("notice", {"account": caller.account}, limit=2000)
    ]
    assert {record["mail"] for record in notices} == {"sent"}
    assert max(record["attempts"] for record in notices) >= 1
    addresses = {c.account: records.get("account", c.account)["email"] for c in year.who.values()}
    assert Counter(recipient for (recipient,) in post.recipients) == Counter(
        addresses[record["account"]] for record in notices
    )
    assert all("Called both" not in str(m.get_payload(decode=True)) for m in post.messages)
    assert all("https://cities.example/desk/engagements/" in link for link in post.links())


def _check_graph(year: Year) -> None:
    """The graph knows of the engagements that both sides have published, and of no other."""
    snapshot = year.service.snapshot
    known = {i for i in snapshot.of_type("collaboration") if i.startswith("brokered-")}
    both = {
        outcome_id(c.id)
        for c, (_, s) in zip(year.cases, year.played, strict=True)
        if s is PUBLISHED
    }
    assert known == both
    for identifier in known:
        entity = snapshot.get("collaboration", identifier)
        assert (entity.text("stage"), entity.text("role")) == ("completed", "white_paper")
