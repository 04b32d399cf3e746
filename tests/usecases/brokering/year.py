"""A year of brokering: who there is, what is played, and what everybody's inbox holds at each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matchmaker.permissions import Caller
from matchmaker.usecases.brokering import delegating
from matchmaker.usecases.service import Service

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


@dataclass
class Year:
    """Who there is, and all cases."""

    service: Service
    who: dict[str, Caller]
    cases: list[Case]
    played: list[tuple[int, list[Step]]]

    def actor(self, case: Case, letter: str) -> str:
        """Return the name of who makes a step's move."""
        return {
            "P": case.group, "C": case.city, "N": f"of {case.city}", "S": "secretariat",
            "D": f"lent in {case.city}",
        }[letter]  # fmt: skip

    def steps(self) -> list[tuple[int, bool, int, Step]]:
        """Return all steps in order: the day, whether somebody makes it, which case, the step."""
        return sorted(
            (opened + step[0], step[1] != "-", number, step)
            for number, (opened, scenario) in enumerate(self.played)
            for step in scenario
        )

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


def enter(
    service: Service, join: Callable[..., Caller], played: list[tuple[int, list[Step]]]
) -> Year:
    """Return the year with everybody in it, before anything happens."""
    who = {
        name: join("partner", address_of(name), of) for name, of in PARTNERS.items()
    } | {"secretariat": join("secretariat", address_of("secretariat"))}  # fmt: skip
    for city, country in CITIES.items():
        who[city] = join("city_officer", address_of(city), (city,))
        for name in (f"of {city}", f"alternate of {city}"):
            who[name] = join("national_representative", address_of(name), (country,))
    for city in CITIES:  # somebody who speaks for another country, and is lent this one's standing
        name = f"lent in {city}"
        who[name] = join("national_representative", address_of(name), ("country-malaysia",))
        delegating.delegate(service, who[f"of {city}"], who[name].account, "2031-12-31")
    return Year(service, who, cases_of(len(played)), played)


def address_of(name: str) -> str:
    """Return somebody's e-mail address."""
    return f"{name.replace(' ', '-')}@cities.example"


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
