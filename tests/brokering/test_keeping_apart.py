"""Declines that both sides agree to keep: only after a lasting reason, only by both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matchmaker.brokering.engagement import ended_lastingly, is_kept_apart, possible
from matchmaker.brokering.rules import Switch
from matchmaker.errors import MoveNotPossibleError
from matchmaker.schema import load_schema
from tests.brokering.cases import RULES, Played


def offers(one: Played, party: str) -> set[str]:
    return {rule.name for rule in possible(one.rules, one.opening, one.state, [party])}


def test_after_a_lasting_reason_both_sides_may_agree_that_it_does_not_fit() -> None:
    one = Played("interest")
    one.play("city", "decline", 1, reason="does_not_fit")
    assert ended_lastingly(RULES, one.opening, one.state)
    assert "keep_apart" in offers(one, "city")
    assert "keep_apart" in offers(one, "partner")
    assert "keep_apart" not in offers(one, "country") | offers(one, "secretariat")
    one.play("city", "keep_apart", 2)
    assert not is_kept_apart(RULES, one.state)
    assert "keep_apart" not in offers(one, "city")
    one.play("partner", "keep_apart", 3)
    assert is_kept_apart(RULES, one.state)
    assert one.state.stage == "declined"
    assert one.state.waits == ()


@pytest.mark.parametrize(
    ("name", "reason", "may"),
    [("decline", "terms", True), ("decline", "no_funds", False), ("withdraw", "duplicate", True),
     ("withdraw", "no_answer", False)],
)  # fmt: skip
def test_a_passing_reason_is_never_kept(name: str, reason: str, may: bool) -> None:
    one = Played("interest")
    one.play("partner", name, 1, reason=reason)
    assert ("keep_apart" in offers(one, "partner")) is may
    if not may:
        with pytest.raises(MoveNotPossibleError, match="only after a reason that lasts"):
            one.play("partner", "keep_apart", 2)


def test_while_it_goes_on_nothing_is_kept() -> None:
    one = Played("interest")
    with pytest.raises(MoveNotPossibleError):
        one.play("city", "keep_apart", 1)


def test_a_country_may_switch_it_off() -> None:
    rule = RULES.rules["declines"]
    off = replace(rule, switch=Switch(1095, {"upland": None}))
    rules = replace(RULES, rules={**RULES.rules, "declines": off})
    one = Played("interest", rules)
    one.play("city", "decline", 1, reason="terms")
    assert "keep_apart" not in offers(one, "city")


def test_the_reasons_that_last_are_those_that_the_graph_can_state() -> None:
    lasting = {name for name, reason in RULES.reasons.items() if reason.lasting}
    assert set(load_schema().vocabularies["decline_reason"]) == lasting
