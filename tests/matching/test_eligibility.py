"""Hard conditions: each refusal has its rule and its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matchmaker.matching.declines import Decline
from matchmaker.matching.eligibility import RULES, refusals
from matchmaker.matching.profiles import CityProfile, NeedProfile, Supply

CITY = CityProfile("uptown", "Uptown", "upland", None, frozenset())
NEED = NeedProfile("n", "A need", CITY, (), frozenset(), "A need", "2018")
SUPPLY = Supply(
    offer="o", title="An offer", partner="bank", partner_name="Bank", support=frozenset(),
    statements={}, topics=(), involvements=(), home="farland", mandate=(), limited_to=(),
    valid_until="", status="active",
)  # fmt: skip
DECLINE = Decline("d1", "bank", "o", "The terms cannot be accepted.", "2025-05-01", "2028-04-30")
NAMES = {"upland": "Upland", "lowland": "Lowland"}
AS_OF = "2026-02-28"


def rules(need: NeedProfile = NEED, supply: Supply = SUPPLY) -> list[str]:
    return [r.rule for r in refusals(need, supply, AS_OF, NAMES)]


def test_a_pair_that_meets_all_conditions_is_not_refused() -> None:
    assert rules() == []
    assert (
        rules(supply=replace(SUPPLY, limited_to=("upland",), mandate=("lowland", "upland"))) == []
    )


@pytest.mark.parametrize(
    ("changes", "rule", "message"),
    [
        ({"status": "withdrawn"}, "offer_active", "The offer is marked as withdrawn."),
        (
            {"valid_until": "2026-02-27"}, "offer_valid",
            "The offer stood until 2026-02-27; the data are of 2026-02-28.",
        ),
        (
            {"limited_to": ("lowland", "far")}, "offer_place",
            "The offer holds only in Lowland, far, not in Upland.",
        ),
        (
            {"mandate": ("lowland",)}, "partner_mandate",
            "Bank has its mandate in Lowland, not in Upland.",
        ),
    ],
)  # fmt: skip
def test_each_condition_on_the_supply_has_its_reason(
    changes: dict, rule: str, message: str
) -> None:
    found = refusals(NEED, replace(SUPPLY, **changes), AS_OF, NAMES)
    assert [(r.rule, r.message) for r in found] == [(rule, message)]


@pytest.mark.parametrize("status", ["solved", "withdrawn"])
def test_a_need_that_no_longer_stands_is_refused(status: str) -> None:
    found = refusals(replace(NEED, status=status), SUPPLY, AS_OF, NAMES)
    assert [(r.rule, r.message) for r in found] == [
        ("need_open", f"The need is marked as {status}.")
    ]


@pytest.mark.parametrize(
    ("end", "holds"),
    [("2025", False), ("2026", True), ("2026-01", False), ("2026-02", True),
     ("2026-02-27", False), ("2026-02-28", True), ("2027-01-01", True)],
)  # fmt: skip
def test_an_offer_holds_through_its_last_day_month_or_year(end: str, holds: bool) -> None:
    assert (rules(supply=replace(SUPPLY, valid_until=end)) == []) == holds


def test_all_reasons_are_told_and_every_rule_has_a_description() -> None:
    worst = replace(
        SUPPLY, status="withdrawn", valid_until="2020", limited_to=("lowland",),
        mandate=("lowland",),
    )  # fmt: skip
    told = refusals(replace(NEED, status="solved"), worst, AS_OF, NAMES, [DECLINE])
    assert [r.rule for r in told] == list(RULES)


def test_a_decline_refuses_the_offer_that_it_is_about_or_all_that_the_partner_offers() -> None:
    other = replace(SUPPLY, offer="other")
    profile = replace(SUPPLY, offer=None)
    stranger = replace(SUPPLY, partner="college")

    def refused(decline: Decline) -> list[bool]:
        asked = (SUPPLY, other, profile, stranger)
        return [bool(refusals(NEED, one, AS_OF, NAMES, [decline])) for one in asked]

    assert refused(DECLINE) == [True, False, False, False]
    assert refused(replace(DECLINE, offer="")) == [True, True, True, False]


def test_of_several_declines_of_a_pair_the_latest_is_told_and_only_that() -> None:
    earlier = replace(DECLINE, id="d0", offer="", date="2024-01-01")
    (told,) = refusals(NEED, SUPPLY, AS_OF, NAMES, [DECLINE, earlier])
    assert told.message == (
        "Partner and city agreed on 2025-05-01 that this does not fit: The terms cannot be accepted. "
        "It counts until 2028-04-30, or until the need or the offer is changed."
    )
