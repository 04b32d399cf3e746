"""What answers a bundle: a single supply, or one that gives a solution with one that funds it.

Everything rests on the scores of pairs of a need and a supply, and on nothing else:

- of a need, a pair of supplies is worth the harmonic mean of their two scores, for a solution without
  money and money without a solution both come to nothing; a single supply its score;
- of a city, the mean over its needs in the bundle;
- of the bundle, the mean over its cities; the **floor** is the city that comes off worst.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from matchmaker.matching.groups import Flags, Floats

FUNDING: Final = frozenset({"finance", "public-private-partnership"})
"""Kinds of support that pay for a work."""
SOLUTION: Final = frozenset(
    {"technology", "technical-assistance", "advisory", "feasibility-study", "capacity-building"}
)
"""Kinds of support that do it, or say how."""
POOL: Final = 40
"""How many supplies of each sort, the best on their own, are tried in pairs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One or two supplies for all needs of a bundle.

    Parameters
    ----------
    supplies : tuple of int
        Rows: of one supply, or of the solution and the funder.
    of_need : tuple of float
        What it is worth for each need, in their order.
    of_city : mapping of str to float
        What it is worth for each city, in order of identifier.
    score : float
        Mean over the cities.
    """

    supplies: tuple[int, ...]
    of_need: tuple[float, ...]
    of_city: Mapping[str, float]
    score: float

    @property
    def floor(self) -> tuple[str, float]:
        """The city that comes off worst, and how."""
        city = min(self.of_city, key=lambda name: (self.of_city[name], name))
        return city, self.of_city[city]


def together(solution: float, funding: float) -> float:
    """Return what a solution and its funding are worth for a need: the harmonic mean.

    Examples
    --------
    >>> together(0.6, 0.3), together(0.6, 0.0)
    (0.4, 0.0)
    """
    both = solution + funding
    return 2 * solution * funding / both if both else 0.0


def answer(supplies: tuple[int, ...], of_need: Sequence[float], cities: Sequence[str]) -> Answer:
    """Return an answer from what it is worth for each need, whose cities are told."""
    of_city = {}
    for city in sorted(set(cities)):
        values = [value for value, of in zip(of_need, cities, strict=True) if of == city]
        of_city[city] = sum(values) / len(values)
    score = sum(of_city.values()) / len(of_city)
    return Answer(supplies, tuple(of_need), of_city, score)


def singles(scores: Floats, eligible: Flags, cities: Sequence[str], most: int) -> list[Answer]:
    """Return the best single supplies, best first.

    Parameters
    ----------
    scores, eligible : arrays, shape (needs, supplies)
        Of each pair; only what is eligible for every need is taken.
    cities : sequence of str
        City of each need.
    """
    return _best(scores, np.flatnonzero(eligible.all(axis=0)).tolist(), cities)[:most]


def pairs(
    scores: Floats, eligible: Flags, cities: Sequence[str], solutions: Flags, funders: Flags,
    partners: Sequence[int], most: int,
) -> list[Answer]:  # fmt: skip
    """Return the best pairs of a solution and a funder, best first.

    Parameters
    ----------
    solutions, funders : arrays of bool, shape (supplies,)
        Which supplies give which.
    partners : sequence of int
        Partner of each supply; a pair is of two.

    Notes
    -----
    O(needs · (supplies + POOL²)): the POOL best of each sort on their own are tried with each other.
    """
    everywhere = eligible.all(axis=0)
    first, second = (
        [one.supplies[0] for one in _best(scores, np.flatnonzero(everywhere & sort).tolist(), cities)]
        for sort in (solutions, funders)
    )  # fmt: skip
    found = []
    for one, other in product(first[:POOL], second[:POOL]):
        if partners[one] != partners[other]:
            values = zip(scores[:, one].tolist(), scores[:, other].tolist(), strict=True)
            found.append(answer((one, other), [together(*both) for both in values], cities))
    return sorted(found, key=_order)[:most]


def _best(scores: Floats, rows: Sequence[int], cities: Sequence[str]) -> list[Answer]:
    return sorted((answer((row,), scores[:, row].tolist(), cities) for row in rows), key=_order)


def _order(one: Answer) -> tuple[float, float, tuple[int, ...]]:
    return -one.score, -one.floor[1], one.supplies
