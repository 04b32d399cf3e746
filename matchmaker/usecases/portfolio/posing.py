"""The problem that a graph poses: all open needs with their matches, as the service ranks them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from matchmaker.portfolio.problem import Pair, Problem, problem_of
from matchmaker.usecases.matches import Matcher

MOST_RANKS: Final = 200
"""How many of a need's matches are considered: far more than any need is introduced to."""


@dataclass(frozen=True, slots=True)
class Posed:
    """A problem, with what the graph says of its pairs.

    Parameters
    ----------
    problem : Problem
        All pairs that may be chosen from.
    rank : mapping of (str, str) to int
        Rank of each pair, by need and supply, among the need's matches.
    left_out : mapping of (str, str) to str
        Pairs that are introduced already, each with why in plain words.
    """

    problem: Problem
    rank: Mapping[tuple[str, str], int]
    left_out: Mapping[tuple[str, str], str]


def pose(matcher: Matcher, brokered: Collection[tuple[str, str]] = ()) -> Posed:
    """Return the problem that the open needs of a prepared snapshot pose.

    Parameters
    ----------
    brokered : collection of (str, str)
        Needs and partners between whom an engagement is under way.

    Notes
    -----
    Scores and ranks are those of every other list.  The first portfolio of a snapshot scores every
    open need, later ones take O(needs * :data:`MOST_RANKS`).
    """
    profiles = matcher.index.profiles
    supplies = matcher.index.columns.supplies
    asked = [need for need in profiles.needs.values() if need.status == "open"]
    pairs: list[Pair] = []
    rank: dict[tuple[str, str], int] = {}
    left_out: dict[tuple[str, str], str] = {}
    for need in asked:
        question = matcher.question(need.id)
        rows = question.order[:MOST_RANKS]
        own = {profiles.involvements[case].partner for case in question.own}
        scores = question.scores
        sums = np.array([scores.city, scores.partner, scores.score])[:, rows].T.tolist()
        for place, (row, (city_fit, partner_fit, score)) in enumerate(
            zip(rows, sums, strict=True), 1
        ):
            supply = supplies[row]
            rank[need.id, supply.id] = place
            if supply.partner in own:
                left_out[need.id, supply.id] = "They already work together on this need."
                continue
            if (need.id, supply.partner) in brokered:
                left_out[need.id, supply.id] = "An engagement between them is under way."
                continue
            pairs.append(
                Pair(need.id, supply.id, need.city.id, need.city.country, supply.partner,
                     supply.home, city_fit, partner_fit, score)
            )  # fmt: skip
    worked = {case.city.id for case in profiles.involvements.values()}
    cities = {city.id: city.country for city in profiles.cities.values()}
    return Posed(
        problem_of(
            pairs, cities, [city for city in cities if city not in worked],
            {need.id: need.city.id for need in asked},
        ),
        rank,
        left_out,
    )  # fmt: skip
