"""A portfolio as a document: what is chosen and why, what is not and why, and what limits cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from matchmaker.matching.profiles import CityProfile
from matchmaker.portfolio.explaining import Chosen, Excluded, Shortfall, Swap
from matchmaker.portfolio.pricing import Price
from matchmaker.portfolio.problem import MILLION, Limits
from matchmaker.portfolio.solving import Solution
from matchmaker.usecases.matches import Document, Matcher
from matchmaker.usecases.portfolio.posing import Posed

LIMIT_WORDS: Final[Mapping[str, str]] = {
    "per_need": "one need’s introductions",
    "per_city": "one city’s introductions",
    "per_partner": "one partner’s introductions",
    "ceiling_country": "the ceiling of a home country",
    "floor_city": "the floor of under-served cities",
    "floor_country": "the floor of member states",
    "minimum_fit": "the least fit of either side",
    "max_min": "the least number that every city gets",
}
"""Limits in the words of a sentence."""


class Teller:
    """Puts one portfolio into words and documents.

    Parameters
    ----------
    matcher : Matcher
        The prepared snapshot.
    posed : Posed
        The problem.
    limits : Limits
        The limits in force.
    solution : Solution
        What was chosen.
    """

    def __init__(self, matcher: Matcher, posed: Posed, limits: Limits, solution: Solution) -> None:
        self._matcher = matcher
        self._profiles = matcher.index.profiles
        self._posed = posed
        self._limits = limits
        self._solution = solution
        snapshot = matcher.index.snapshot
        self._country = {c.id: c.text("name") for c in snapshot.of_type("country").values()}
        pairs = [posed.problem.pair(row) for row in solution.rows.tolist()]
        self.of_need = Counter(pair.need for pair in pairs)
        self.of_city = Counter(pair.city for pair in pairs)
        self.of_country = Counter(pair.country for pair in pairs)
        self.of_partner = Counter(pair.partner for pair in pairs)
        self.of_home = Counter(pair.home for pair in pairs)
        favoured = zip(posed.problem.cities, posed.problem.under_served, strict=True)
        self._under_served = frozenset(city for city, yes in favoured if yes)

    def introduction(self, place: int, chosen: Chosen) -> Document:
        """Return one introduction with its reasons."""
        pair = self._posed.problem.pair(chosen.row)
        question = self._matcher.question(pair.need)
        scored = question.score(self._profiles.supplies[pair.supply])
        rank = self._posed.rank[pair.need, pair.supply]
        floors = self._floors_held(pair.city, pair.country)
        return {
            "place": place,
            **self._parties(pair.need, pair.supply),
            "score": scored.score,
            "city_fit": scored.city_fit,
            "partner_fit": scored.partner_fit,
            "band": scored.band,
            "rank": rank,
            "floors": floors,
            "reason": self._why_in(rank, floors, chosen.without),
            "without": self._swap(chosen.without),
        }

    def _floors_held(self, city: str, country: str) -> list[str]:
        """Return the floors that would be missed, or missed by more, with one introduction less."""
        limits, found = self._limits, []
        if city in self._under_served and self.of_city[city] <= limits.floor_city:
            found.append("floor_city")
        if self.of_country[country] <= limits.floor_country:
            found.append("floor_country")
        if limits.max_min and self.of_city[city] <= self._solution.level:
            found.append("max_min")
        return found

    def _why_in(self, rank: int, floors: list[str], without: Swap | None) -> str:
        parts = ["The need’s best match." if rank == 1 else f"Rank {rank} of the need’s matches."]
        if floors:
            parts.append(f"Counts towards {_joined(LIMIT_WORDS[name] for name in floors)}.")
        if without is None:
            parts.append("Without it a floor would be missed.")
        elif without.lost:
            parts.append(f"Without it the best portfolio has {_score(without.lost)} less.")
        else:
            parts.append("Others would do as well in its place; identifiers decided.")
        return " ".join(parts)

    def exclusion(self, excluded: Excluded) -> Document:
        """Return one pair that was not chosen, with what kept it out."""
        pair = self._posed.problem.pair(excluded.row)
        worse = "city" if pair.city_fit < pair.partner_fit else "partner"
        names = {
            "per_need": f"the need has its {_introductions(self.of_need[pair.need])}",
            "per_city": f"{self._profiles.cities[pair.city].name} has its "
            f"{_introductions(self.of_city[pair.city])}",
            "per_partner": f"{self._profiles.supplies[pair.supply].partner_name} has its "
            f"{_introductions(self.of_partner[pair.partner])}",
            "ceiling_country": f"partners of {self._country.get(pair.home, '')} have their "
            f"{_introductions(self.of_home[pair.home])}",
            "minimum_fit": f"the fit for the {worse} is "
            f"{min(pair.city_fit, pair.partner_fit):.3f}, under {self._limits.minimum_fit:g}",
            "same_partner": "the same partner answers this need better with another offer",
            "floors": "there is no room for it without missing a floor",
        }  # fmt: skip
        reason = _joined(names[name] for name in excluded.limits) or "others score more"
        if excluded.forced is not None:
            reason += f"; to put it in would cost {_score(excluded.forced.lost)}"
        return {
            **self._parties(pair.need, pair.supply),
            "score": pair.score,
            "rank": self._posed.rank[pair.need, pair.supply],
            "limits": list(excluded.limits),
            "reason": f"{reason[0].upper()}{reason[1:]}.",
            "forced": self._swap(excluded.forced),
        }

    def left_out(self, need: str, supply: str) -> Document:
        """Return one pair that is introduced already."""
        scored = self._matcher.question(need).score(self._profiles.supplies[supply])
        return {
            **self._parties(need, supply),
            "score": scored.score,
            "rank": self._posed.rank[need, supply],
            "limits": ["already"],
            "reason": self._posed.left_out[need, supply],
            "forced": None,
        }

    def shortfall(self, one: Shortfall) -> Document:
        """Return one floor that is missed, in plain words."""
        names = (
            {c.id: c.name for c in self._profiles.cities.values()}
            if one.kind == "city"
            else self._country
        )
        name = names[one.identifier]
        why = {
            "no_need": "it has no open need",
            "no_pair": f"no match of its open needs reaches {self._limits.minimum_fit:g} on both "
            "sides",
            "too_few": f"its open needs and cities can carry {one.possible} at most",
            "capacity": f"partners and ceilings leave {one.possible} at most for it",
            "other_floors": f"alone it could have {one.possible}, but other floors need the same "
            "partners",
        }[one.why]
        return {
            "kind": one.kind,
            "id": one.identifier,
            "name": name,
            "floor": one.floor,
            "got": one.got,
            "possible": one.possible,
            "why": one.why,
            "message": f"{name} gets {one.got} of {one.floor}: {why}.",
        }

    def counts(self) -> Document:
        """Return how introductions spread over cities, member states, partners and home countries."""
        asking = Counter(self._city_of_need(need).id for need in self._posed.problem.needs)
        supplies = self._profiles.supplies.values()
        names = {s.partner: s.partner_name for s in supplies}
        return {
            "cities": [
                {
                    "id": c.id, "name": c.name, "country": c.country, "needs": asking[c.id],
                    "introductions": self.of_city[c.id],
                    "under_served": c.id in self._under_served,
                }
                for c in self._profiles.cities.values()
            ],
            "countries": [
                {"id": i, "name": self._country[i], "introductions": self.of_country[i]}
                for i in self._posed.problem.countries
            ],
            "partners": [
                {"id": i, "name": names[i], "introductions": n} for i, n in _most(self.of_partner)
            ],
            "homes": [
                {"id": i or None, "name": self._country.get(i, "no home country"),
                 "introductions": n}
                for i, n in _most(self.of_home)
            ],
        }  # fmt: skip

    def _city_of_need(self, need: str) -> CityProfile:
        return self._profiles.needs[need].city

    def _parties(self, need: str, supply: str) -> Document:
        of, city = self._profiles.supplies[supply], self._city_of_need(need)
        return {
            "need": {
                "id": need,
                "title": self._profiles.needs[need].title,
                "city": {"id": city.id, "name": city.name},
                "country": {"id": city.country, "name": self._country[city.country]},
            },
            "target": supply,
            "offer": {"id": of.offer, "title": of.title} if of.offer else None,
            "partner": {
                "id": of.partner,
                "name": of.partner_name,
                "country": {"id": of.home, "name": self._country[of.home]} if of.home else None,
            },
        }

    def _swap(self, swap: Swap | None) -> Document | None:
        if swap is None:
            return None
        return {
            "lost": swap.lost / MILLION,
            "out": [self._named(row) for row in swap.out],
            "in": [self._named(row) for row in swap.into],
        }

    def _named(self, row: int) -> Document:
        pair = self._posed.problem.pair(row)
        of = self._profiles.supplies[pair.supply]
        return {
            "need": {"id": pair.need, "title": self._profiles.needs[pair.need].title},
            "target": pair.supply,
            "partner": {"id": of.partner, "name": of.partner_name},
            "score": pair.score,
        }


def price_document(price: Price) -> Document:
    """Return what limits cost, as a document."""
    return {
        "unconstrained": price.unconstrained / MILLION,
        "total": price.total / MILLION,
        "given_up": price.given_up / MILLION,
        "kept": price.kept / MILLION,
        "steps": [
            {
                "limit": step.limit,
                "words": LIMIT_WORDS[step.limit],
                "total": step.total / MILLION,
                "given_up": step.given_up / MILLION,
                "alone": step.alone / MILLION,
            }
            for step in price.steps
        ],
    }


def limits_document(limits: Limits) -> dict[str, Any]:
    """Return the limits in force; null is no limit."""
    return {name: getattr(limits, name) for name in LIMIT_WORDS}


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(((i, n) for i, n in counts.items() if n), key=lambda one: (-one[1], one[0]))


def _score(millionths: int) -> str:
    return f"{millionths / MILLION:.4f}"


def _introductions(count: int) -> str:
    return "1 introduction" if count == 1 else f"{count} introductions"


def _joined(parts: Iterable[str]) -> str:
    """Write some phrases as one.

    Examples
    --------
    >>> _joined(["a", "b", "c"])
    'a, b and c'
    """
    found = list(parts)
    return " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)
