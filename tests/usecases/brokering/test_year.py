"""A year of brokering, played in full: engagements through all routes and ends.

Time is turned by the test, the mail server is a real one.  What each step leads to stands in the
scenarios as plain values, and after each step everybody's inbox is compared with that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from matchmaker.permissions import Caller
from matchmaker.usecases.brokering import delegating, engaging, listing
from matchmaker.usecases.brokering.checking import check, every_engagement
from matchmaker.usecases.brokering.clock import run_due
from matchmaker.usecases.brokering.outcomes import outcome_id
from matchmaker.usecases.service import Service
from tests.post import Post
from tests.usecases.accounts.conftest import Clock

PARTNERS = {
    "banks": ("adb", "world-bank", "undp", "aiib"),
    "agencies": ("jica", "koica", "keiti", "huawei"),
}
CITIES = {"phuket": "country-thailand", "jakarta": "country-indonesia"}
Step = tuple[int, str, str, dict[str, str], str, str]
"""Day, who (``-`` for the clock), move, what is given, stage after it, and who is waited for then."""

WHOLE: list[Step] = [  # the partner is interested; the country is silent; a pilot is agreed
    (0, "P", "", {}, "proposed", "CN"),
    (2, "C", "consent", {}, "proposed", "N"),
    (10, "-", "silence", {}, "consented", "S"),
    (12, "S", "introduce", {}, "introduced", "PC"),
    (20, "P", "discuss", {}, "in_discussion", "PC"),
    (40, "P", "agree", {"form": "pilot"}, "in_discussion", "C"),
    (45, "C", "agree", {"form": "pilot"}, "agreed", "P"),
    (60, "P", "deliver", {}, "in_delivery", "C"),
    (100, "C", "complete", {"note": "It runs."}, "completed", ""),
]
PUBLISHED: list[Step] = [  # the city asks; two forms are named before one is agreed; published
    (0, "C", "", {}, "proposed", "PN"),
    (1, "N", "no_objection", {}, "proposed", "P"),
    (3, "P", "consent", {}, "consented", "S"),
    (4, "S", "introduce", {}, "introduced", "PC"),
    (6, "C", "discuss", {}, "in_discussion", "PC"),
    (10, "C", "agree", {"form": "finance"}, "in_discussion", "P"),
    (12, "P", "agree", {"form": "white_paper"}, "in_discussion", "C"),
    (14, "C", "agree", {"form": "white_paper"}, "agreed", "P"),
    (15, "C", "publish", {}, "agreed", "P"),
    (16, "P", "publish", {}, "agreed", "P"),
    (20, "S", "deliver", {}, "in_delivery", "C"),
    (50, "S", "complete", {"note": "Published by the city."}, "completed", ""),
]
DECLINED: list[Step] = [  # the secretariat proposes; the partner declines
    (0, "S", "", {}, "proposed", "PCN"),
    (4, "C", "consent", {}, "proposed", "PN"),
    (6, "P", "decline", {"reason": "no_funds"}, "declined", ""),
]
OBJECTED: list[Step] = [
    (0, "P", "", {}, "proposed", "CN"),
    (3, "N", "object", {"reason": "national_policy"}, "declined", ""),
]
WITHDRAWN: list[Step] = [
    (0, "C", "", {}, "proposed", "PN"),
    (5, "C", "withdraw", {"reason": "another_partner"}, "withdrawn", ""),
]
UNANSWERED: list[Step] = [  # nobody answers; taken up, resumed, unanswered again, declined
    (0, "P", "", {}, "proposed", "CN"),
    (10, "-", "silence", {}, "proposed", "C"),
    (14, "-", "escalate", {}, "proposed", "CS"),
    (44, "-", "run_out", {}, "stalled", "S"),
    (50, "S", "resume", {}, "proposed", "C"),
    (52, "C", "consent", {}, "consented", "S"),
    (60, "S", "introduce", {}, "introduced", "PC"),
    (81, "-", "escalate", {}, "introduced", "PCS"),
    (85, "S", "note", {"note": "Called both."}, "introduced", "PC"),
    (90, "C", "decline", {"reason": "not_a_priority"}, "declined", ""),
]
STALLED: list[Step] = [  # all consent, there are no funds, nobody revives it
    (0, "S", "", {}, "proposed", "PCN"),
    (1, "P", "consent", {}, "proposed", "CN"),
    (2, "C", "consent", {}, "proposed", "N"),
    (3, "N", "no_objection", {}, "consented", "S"),
    (4, "S", "stall", {"reason": "no_funds"}, "stalled", "S"),
    (95, "S", "withdraw", {"reason": "no_answer"}, "withdrawn", ""),
]
LENT: list[Step] = [  # the country's standing is lent; an agreement is written down; late twice
    (0, "P", "", {}, "proposed", "CN"),
    (1, "D", "no_objection", {}, "proposed", "C"),
    (2, "C", "consent", {}, "consented", "S"),
    (3, "S", "introduce", {}, "introduced", "PC"),
    (5, "P", "discuss", {}, "in_discussion", "PC"),
    (6, "S", "record_agreement", {"form": "feasibility_study", "note": "MoU."}, "agreed", "P"),
    (66, "-", "escalate", {}, "agreed", "PS"),
    (70, "P", "deliver", {}, "in_delivery", "C"),
    (250, "-", "escalate", {}, "in_delivery", "CS"),
    (252, "C", "complete", {"note": "Handed over."}, "completed", ""),
]
PLAYED: list[tuple[int, list[Step]]] = [
    (0, WHOLE), (3, PUBLISHED), (7, DECLINED), (11, OBJECTED), (15, WITHDRAWN), (18, UNANSWERED),
    (21, STALLED), (25, LENT), (40, WHOLE), (41, DECLINED), (42, PUBLISHED), (60, UNANSWERED),
    (75, LENT), (80, OBJECTED), (90, STALLED), (120, WHOLE), (150, PUBLISHED), (200, UNANSWERED),
    (220, WITHDRAWN), (240, WHOLE),
]  # fmt: skip
"""Twenty engagements: the day on which each is opened, and what becomes of it."""
DAILY = 8
"""How many are played in daily work: one of each kind; under ``--prove`` all of them."""


@dataclass
class Case:
    """One engagement of the year, and what is expected of it now."""

    need: str
    city: str
    partner: str
    group: str
    id: str = ""
    stage: str = ""
    waits: str = ""
    history: list[str] = field(default_factory=list)


@dataclass
class Year:
    """Who there is, and all cases."""

    service: Service
    who: dict[str, Caller]
    cases: list[Case]
    played: list[tuple[int, list[Step]]]

    def actor(self, case: Case, letter: str) -> Caller:
        name = {
            "P": case.group, "C": case.city, "N": f"of {case.city}", "S": "secretariat",
            "D": f"lent in {case.city}",
        }[letter]  # fmt: skip
        return self.who[name]

    def expected(self) -> dict[str, set[str]]:
        """Return whose inbox holds what, by the scenarios."""
        found: dict[str, set[str]] = {name: set() for name in self.who}
        for case in self.cases:
            for letter in case.waits:
                names = {
                    "P": [case.group], "C": [case.city], "S": ["secretariat"],
                    "N": [f"of {case.city}", f"alternate of {case.city}", f"lent in {case.city}"],
                }[letter]  # fmt: skip
                for name in names:
                    found[name].add(case.id)
        return found

    def compare(self, at: str) -> None:
        """Compare everybody's inbox, and each stage, with what is expected."""
        for name, expected in self.expected().items():
            waiting = listing.inbox(self.service, self.who[name])["waiting"]
            assert {line["id"] for line in waiting} == expected, (at, name)
        for record in every_engagement(self.service):
            (case,) = (c for c in self.cases if c.id == record.id)
            assert record["stage"] == case.stage, (at, case)


@pytest.fixture
def year(
    live: Service, join: Callable[..., Caller], mail_on: Callable[[], None],
    request: pytest.FixtureRequest,
) -> Year:  # fmt: skip
    """Return the service with everybody in it, before anything happens."""
    who = {
        name: join("partner", f"{name}@cities.example", of) for name, of in PARTNERS.items()
    } | {"secretariat": join("secretariat", "desk@cities.example")}  # fmt: skip
    for city, country in CITIES.items():
        who[city] = join("city_officer", f"{city}@cities.example", (city,))
        for name in (f"of {city}", f"alternate of {city}"):
            address = f"{name.replace(' ', '-')}@cities.example"
            who[name] = join("national_representative", address, (country,))
    for city in CITIES:  # somebody who speaks for another country, and is lent this one's standing
        name = f"lent in {city}"
        address = f"{name.replace(' ', '-')}@cities.example"
        who[name] = join("national_representative", address, ("country-malaysia",))
        delegating.delegate(live, who[f"of {city}"], who[name].account, "2031-12-31")
    mail_on()
    played = PLAYED if request.config.getoption("--prove") else PLAYED[:DAILY]
    return Year(live, who, cases_of(len(played)), played)


def cases_of(count: int) -> list[Case]:
    """Return some cases, each of its own need and partner."""
    pairs = [
        Case(f"{city}-scap2018-{number}", city, partner, group)
        for place in range(4)
        for number in (1, 2)
        for city in CITIES
        for group, partners in PARTNERS.items()
        for partner in [partners[place]]
    ]
    return pairs[:count]


def play(year: Year, case: Case, step: Step) -> None:
    """Make one step's move, or let the clock make it, and note what is expected from then on."""
    _, letter, name, given, stage, waits = step
    if letter == "-":
        run_due(year.service)
    elif not name:
        caller = year.actor(case, letter)
        one = engaging.open_engagement(year.service, caller, case.need, partner=case.partner)
        case.id = one["id"]
    else:
        engaging.move(year.service, year.actor(case, letter), case.id, name, **given)
    case.stage, case.waits = stage, waits
    case.history.append(name)


def test_a_year_of_engagements_through_all_routes_and_ends(year: Year, clock: Clock, post: Post):
    begun, service = clock.at, year.service
    steps = sorted(
        (opened + step[0], step[1] != "-", number, step)
        for number, (opened, scenario) in enumerate(year.played)
        for step in scenario
    )
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
            year.compare(f"day {at}")
    clock.forward(days=10)
    for _ in range(6):
        run_due(service)
        clock.forward(hours=7)
    year.compare("the end")
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
