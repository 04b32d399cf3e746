"""Short lists: a need's best matches, with concentration on partners and home countries bounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import fsum
from typing import Any

from matchmaker.errors import BadRequestError
from matchmaker.matching.exposure import bounded, most_alike
from matchmaker.matching.profiles import Supply
from matchmaker.matching.question import Question, Scored

_LONGEST = 20
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def parse_diversity(raw: str | None) -> float:
    """Return how strictly to bound concentration; 0, not at all, unless told.

    Raises
    ------
    BadRequestError
        If it is not a number from 0 to 1.

    Examples
    --------
    >>> parse_diversity(None), parse_diversity("0.5")
    (0.0, 0.5)
    >>> parse_diversity("2")
    Traceback (most recent call last):
    matchmaker.errors.BadRequestError: diversity: must be a number from 0 to 1, not '2'
    """
    if raw is None:
        return 0.0
    if len(raw) > _LONGEST or not _NUMBER.fullmatch(raw) or float(raw) > 1:
        raise BadRequestError("diversity", f"must be a number from 0 to 1, not {raw[:100]!r}")
    return float(raw)


@dataclass(frozen=True, slots=True)
class Shortlist:
    """A need's first matches under a bound, beside the plain ones.

    Attributes
    ----------
    ranking : list of Scored
        The matches listed, best first, with the scores they have in any list.
    plain_ranks : list of int
        The rank of each among all eligible pairs.
    plain : list of Scored
        The list without a bound.
    most : int
        How many matches of one partner, and of one home country, the list holds at most.
    """

    ranking: list[Scored]
    plain_ranks: list[int]
    plain: list[Scored]
    most: int

    @property
    def given_up(self) -> list[float]:
        """What each place listed has less than the same place of the plain list."""
        return [p.score - s.score for p, s in zip(self.plain, self.ranking, strict=False)]

    @property
    def cost(self) -> float:
        """Mean score given up over the places listed."""
        return fsum(self.given_up) / len(self.ranking) if self.ranking else 0.0

    @property
    def unfilled(self) -> int:
        """Places that the plain list fills and this one cannot, for want of pairs in the bound."""
        return len(self.plain) - len(self.ranking)

    @property
    def left_out(self) -> list[tuple[int, Scored]]:
        """The pairs of the plain list that the bound keeps out, each with its rank there."""
        kept = set(self.plain_ranks)
        return [(r, s) for r, s in enumerate(self.plain, 1) if r not in kept]

    def told(self, limit: int, diversity: float) -> dict[str, Any]:
        """Return the bound and what it costs, as a document."""
        return {
            "value": diversity,
            "most": self.most,
            "bound": (
                f"Of {limit} places at most {self.most} for one partner, and at most {self.most} "
                "for all partners of one home country."
            ),
            "cost": self.cost,
            "unfilled": self.unfilled,
        }


def shortlist(question: Question, limit: int, diversity: float = 0.0) -> Shortlist:
    """Return a need's first matches, no partner or home country with more than its number.

    Parameters
    ----------
    question : Question
        The need.
    limit : int
        How many matches at most.
    diversity : float
        From 0, the plain list, to 1, one place each.

    Notes
    -----
    A partner without a home country, such as a development bank, is bounded as a partner only.
    O(eligible pairs) at worst.
    """
    plain = question.ranking(limit=limit)
    if not diversity:
        return Shortlist(plain, list(range(1, len(plain) + 1)), plain, limit)
    of, most = question.index.columns.supplies, most_alike(limit, diversity)
    places = bounded((_groups(of[row]) for row in question.order), limit, most)
    chosen = question.ranking([of[question.order[place]] for place in places])
    return Shortlist(chosen, [place + 1 for place in places], plain, most)


def _groups(supply: Supply) -> list[str]:
    return [supply.partner, supply.home] if supply.home else [supply.partner]
