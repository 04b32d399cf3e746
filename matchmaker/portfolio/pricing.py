"""The price of a portfolio's limits: the score that is given up for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from matchmaker.portfolio.problem import Limits, Problem
from matchmaker.portfolio.solving import best_total

WITHOUT: Final[Mapping[str, Any]] = {
    "minimum_fit": 0.0,
    "per_city": None,
    "per_partner": None,
    "ceiling_country": None,
    "floor_country": 0,
    "floor_city": 0,
    "max_min": False,
}
"""Limits in the order in which they are priced, each with the value that switches it off.

First what parties can carry, then what is done for fairness.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One limit's share of the price, in millionths.

    Parameters
    ----------
    limit : str
        Name of a field of :class:`~matchmaker.portfolio.problem.Limits`.
    total : int
        The best total with this limit and those before it.
    given_up : int
        What this limit takes, on top of those before it; the steps add up to the whole price.
    alone : int
        What would be won if this limit alone were dropped.
    """

    limit: str
    total: int
    given_up: int
    alone: int


@dataclass(frozen=True, slots=True)
class Price:
    """The price of all limits together and one by one, in millionths.

    ``unconstrained`` is the best total when every need simply gets its best partners; ``kept`` is
    what is given up to stay near the portfolio of last time.
    """

    unconstrained: int
    total: int
    steps: tuple[Step, ...]
    kept: int

    @property
    def given_up(self) -> int:
        """Score that all limits together cost."""
        return self.unconstrained - self.total


def price(problem: Problem, limits: Limits, total: int) -> Price:
    """Return what a portfolio's limits cost.

    Parameters
    ----------
    problem : Problem
        What was chosen from.
    limits : Limits
        The limits in force.
    total : int
        The total score of the portfolio, in millionths.

    Notes
    -----
    Two solutions for each limit in force.  Where floors cannot all be met, to drop another limit may
    let more of them be met at the cost of score: then ``alone`` is below zero.
    """
    bare = Limits(per_need=limits.per_need)
    names = [name for name, off in WITHOUT.items() if getattr(limits, name) != off]
    unconstrained = best_total(problem, bare)
    best = best_total(problem, limits)
    before, with_these, steps = unconstrained, bare, []
    for name in names:
        with_these = _with(with_these, name, getattr(limits, name))
        after = best if name == names[-1] else best_total(problem, with_these)
        alone = best_total(problem, _with(limits, name, WITHOUT[name])) - best
        steps.append(Step(name, after, before - after, alone))
        before = after
    return Price(unconstrained, total, tuple(steps), best - total)


def _with(limits: Limits, name: str, value: Any) -> Limits:
    return replace(limits, **{name: value})
