"""A year of brokering in a real browser: every move by hand on its page, time turned, real mail.

Whoever acts signs in anew, for days have passed.  After each step the inboxes that it changes are
read from their pages; that nobody else's changes is seen in the same year played without a browser.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from matchmaker.permissions import Caller
from matchmaker.usecases.brokering.checking import check, every_engagement
from matchmaker.usecases.brokering.clock import run_due
from matchmaker.usecases.brokering.keeping import rules_of
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.browser.test_engagements import choose
from tests.post import Post
from tests.usecases.accounts.conftest import (
    PASSWORD,
    Clock,
    clock,
    join,
    live,
    mail_on,
    opened,
)
from tests.usecases.brokering.year import PLAYED, Case, Step, Year, address_of, enter

__all__ = ["clock", "join", "live", "mail_on", "opened"]
Open = Callable[..., Page]
DAILY = (0, 2)
"""Which of the year's engagements are played in daily work; under ``--prove`` all of them."""
OPENS = {"P": "Express interest", "C": "Ask for help", "S": "Propose an introduction"}
FIELDS = {"reason": "Reason", "form": "Form of the work", "note": "Note"}


@pytest.fixture(scope="module")
def address(opened: Service) -> Iterator[str]:
    """Return the address of the service whose clock the test turns, served in a thread."""
    server = make_server("127.0.0.1", 0, create_app(opened), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Hands:
    """Everybody's browser."""

    visit: Open
    year: Year
    pages: dict[str, Page] = field(default_factory=dict)

    def inbox(self, name: str) -> Page:
        """Return somebody's inbox, signing in if the session is over."""
        page = self.pages.get(name) or self.visit("/sign-in")
        self.pages[name] = page
        page.goto("/sign-in?next=/desk/inbox")
        if page.get_by_label("E-mail address").count():
            page.get_by_label("E-mail address").fill(address_of(name))
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/desk/inbox")
        return page

    def waiting(self, name: str) -> set[str]:
        """Return the engagements that wait for somebody, as the inbox says."""
        links = self.inbox(name).locator("section[aria-labelledby=waiting] li > p:first-child a")
        return {str(link.get_attribute("href")).rpartition("/")[2] for link in links.all()}

    def play(self, case: Case, step: Step) -> None:
        """Make one step's move on its page, or let the clock make it."""
        _, letter, move, given, stage, waits = step
        before = self.year.expected()
        if letter == "-":
            run_due(self.year.service)
        else:
            page = self.inbox(self.year.actor(case, letter))
            if not move:
                page.goto(f"/desk/engagements/new?need={case.need}&partner={case.partner}")
                page.get_by_role("button", name=OPENS[letter]).click()
                expect(page.get_by_role("status")).to_contain_text("those concerned are told")
                case.id = page.url.partition("?")[0].rpartition("/")[2]
            else:
                page.goto(f"/desk/engagements/{case.id}")
                rules = rules_of(self.year.service)
                labels = {
                    "reason": lambda value: rules.reasons[value].label,
                    "form": lambda value: rules.forms[value].label,
                    "note": str,
                }
                filled = {FIELDS[name]: labels[name](value) for name, value in given.items()}
                choose(page, rules.moves[move].label, **filled)
        case.stage, case.waits = stage, waits
        after = self.year.expected()
        for name in after:
            if after[name] != before[name]:
                assert self.waiting(name) == after[name], (case, step, name)


@pytest.fixture
def hands(
    live: Service, join: Callable[..., Caller], mail_on: Callable[[], None], visit: Open,
    address: str, request: pytest.FixtureRequest,
) -> Hands:  # fmt: skip
    """Return everybody's browser, before anything happens."""
    played = PLAYED
    if not request.config.getoption("--prove"):
        played = [PLAYED[number] for number in DAILY]
    year = enter(live, join, played)
    mail_on()
    live.settings = replace(live.settings, public_url=address)
    return Hands(visit, year)


def test_a_year_is_brokered_by_hand_and_each_inbox_says_whose_move_it_is(
    hands: Hands, clock: Clock, post: Post
) -> None:
    year, begun, day = hands.year, clock.at, -1
    for at, _, number, step in year.steps():
        if at > day:
            clock.at = begun
            clock.forward(days=at)
            day = at
            run_due(year.service)
        hands.play(year.cases[number], step)
    for name, expected in year.expected().items():
        assert hands.waiting(name) == expected, name
    # The moves that are kept, folded anew from the first, give the state that is kept beside them.
    done = check(year.service)
    assert (done.engagements, done.faults) == (len(year.played), ())
    kept = {record.id: record["stage"] for record in every_engagement(year.service)}
    assert kept == {case.id: scenario[-1][4] for case, scenario in ends(year)}
    run_due(year.service)
    links = [link for link in post.links() if "/desk/engagements/" in link]
    assert {re.split(r"[/?#]", link)[5] for link in links} == set(kept)


def ends(year: Year) -> list[tuple[Case, list[Step]]]:
    """Return each case with what was played of it."""
    return [(case, scenario) for case, (_, scenario) in zip(year.cases, year.played, strict=True)]
