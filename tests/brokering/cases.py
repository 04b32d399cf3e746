"""Made-up engagements for tests of the rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from matchmaker.accounts.times import later
from matchmaker.brokering.engagement import apply
from matchmaker.brokering.history import Move, Opening, State
from matchmaker.brokering.rules import Rules, load_rules

RULES = load_rules()
START = "2030-01-01T08:00:00.000Z"
MOVES = {"interest": "express_interest", "request": "ask", "proposal": "propose"}
OPENERS = {"interest": "partner", "request": "city", "proposal": "secretariat"}


def opening(route: str = "interest", rules: Rules = RULES, country: str = "upland") -> Opening:
    return Opening(
        route, "uptown-need-1", "uptown", country, "bank", "bank-finance", "development_bank",
        rules.asked_in(country, "consent"), rules.days_in(country),
    )  # fmt: skip


def after_days(days: float) -> str:
    return later(START, timedelta(days=days))


def first(route: str = "interest") -> Move:
    return Move("0", MOVES[route], OPENERS[route], "a0", START)


class Played:
    """An engagement that a test plays, move by move."""

    def __init__(self, route: str = "interest", rules: Rules = RULES, country: str = "upland"):
        self.rules, self.opening = rules, opening(route, rules, country)
        self.moves = [first(route)]
        self.state: State = apply(rules, self.opening, None, self.moves[0])

    def play(self, party: str, name: str, day: float = 0.0, **given: Any) -> State:
        """Make a move on a day, counted from the opening."""
        account = "" if party == "clock" else f"account of the {party}"
        made = Move(str(len(self.moves)), name, party, account, after_days(day), **given)
        self.state = apply(self.rules, self.opening, self.state, made)
        self.moves.append(made)
        return self.state

    @property
    def waited_for(self) -> list[str]:
        return sorted(wait.party for wait in self.state.waits)
