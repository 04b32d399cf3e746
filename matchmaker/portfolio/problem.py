"""What a portfolio is chosen from, and the limits that it must keep.

Pairs are held as columns, so that two million of them take megabytes and not gigabytes; parties are
numbered in order of identifier, so that the same data give the same columns whatever the order in
which they came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MILLION: Final = 1_000_000
"""Scores are whole millionths here, so that sums are exact and equal sums are ties."""
NOWHERE: Final = -1
"""Home country of a partner without one, such as a development bank."""
_LOT_BITS: Final = 30


class Pair(NamedTuple):
    """A need and what could answer it, scored.

    ``supply`` is an offer, or a partner without one; ``home`` the partner's country, ``""`` without
    one; ``country`` the member state of the need's city.
    """

    need: str
    supply: str
    city: str
    country: str
    partner: str
    home: str
    city_fit: float
    partner_fit: float
    score: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What a portfolio must keep; None is no limit.

    Parameters
    ----------
    per_need : int
        Introductions of one need at most; each with another partner in any case.
    per_city, per_partner : int, optional
        Introductions of one city, and of one partner, at most.
    ceiling_country : int, optional
        Introductions of all partners of one home country at most.  Partners without a home country
        are not bound by it.
    floor_city : int
        Introductions of each under-served city at least.
    floor_country : int
        Introductions of each member state at least.
    minimum_fit : float
        Both sides' fits at least.
    max_min : bool
        Whether to raise the smallest number of introductions that a city gets as far as it goes,
        before anything else.
    """

    per_need: int = 1
    per_city: int | None = None
    per_partner: int | None = None
    ceiling_country: int | None = None
    floor_city: int = 0
    floor_country: int = 0
    minimum_fit: float = 0.0
    max_min: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """All pairs as columns, with the parties that they name.

    Attributes
    ----------
    needs, supplies, partners, homes, cities, countries : tuple of str
        Identifiers; numbers in the columns are places in these.
    need_city, city_country, supply_partner, partner_home : array of int
        What belongs to what; ``NOWHERE`` for a partner without a home country.
    under_served : array of bool
        Of each city.
    need, supply : array of int
        Of each pair.
    score : array of int
        Of each pair, in millionths.
    city_fit, partner_fit : array of float
        Of each pair.
    """

    needs: tuple[str, ...]
    supplies: tuple[str, ...]
    partners: tuple[str, ...]
    homes: tuple[str, ...]
    cities: tuple[str, ...]
    countries: tuple[str, ...]
    need_city: Ints
    city_country: Ints
    supply_partner: Ints
    partner_home: Ints
    under_served: Flags
    need: Ints
    supply: Ints
    score: Ints
    city_fit: Floats
    partner_fit: Floats

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.need)

    @property
    def city(self) -> Ints:
        """City of each pair."""
        return self.need_city[self.need]

    @property
    def partner(self) -> Ints:
        """Partner of each pair."""
        return self.supply_partner[self.supply]

    def pair(self, row: int) -> Pair:
        """Return one pair with its identifiers."""
        need, supply = int(self.need[row]), int(self.supply[row])
        city, partner = int(self.need_city[need]), int(self.supply_partner[supply])
        home = int(self.partner_home[partner])
        return Pair(
            self.needs[need], self.supplies[supply], self.cities[city],
            self.countries[int(self.city_country[city])], self.partners[partner],
            "" if home == NOWHERE else self.homes[home],
            float(self.city_fit[row]), float(self.partner_fit[row]),
            int(self.score[row]) / MILLION,
        )  # fmt: skip


def millionths(score: float) -> int:
    """Return a score in whole millionths.

    Examples
    --------
    >>> millionths(0.3617975)
    361798
    """
    return round(score * MILLION)


def problem_of(
    pairs: Iterable[Pair],
    cities: Mapping[str, str],
    under_served: Iterable[str] = (),
    needs: Mapping[str, str] | None = None,
) -> Problem:
    """Return the problem that some pairs pose.

    Parameters
    ----------
    pairs : iterable of Pair
        In any order; one need and one supply at most once.
    cities : mapping of str to str
        All cities, also those without a pair, with their member states.
    under_served : iterable of str
        Cities that the floor for under-served cities is for.
    needs : mapping of str to str, optional
        All open needs, also those without a pair, with their cities.

    Examples
    --------
    >>> pair = Pair("n", "o", "c", "k", "p", "h", 0.5, 0.5, 0.5)
    >>> problem = problem_of([pair], {"c": "k"}, ["c"])
    >>> problem.pair(0) == pair
    True
    """
    rows = sorted(pairs)
    city_of = {**(needs or {}), **{pair.need: pair.city for pair in rows}}
    partner_of = {pair.supply: pair.partner for pair in rows}
    home_of = {pair.partner: pair.home for pair in rows}
    place = {
        "need": _places(city_of), "supply": _places(partner_of), "partner": _places(home_of),
        "home": {"": NOWHERE, **_places({home for home in home_of.values() if home})},
        "city": _places(cities), "country": _places(set(cities.values())),
    }  # fmt: skip
    chosen = set(under_served)

    def numbers(kind: str, names: Iterable[str]) -> Ints:
        return np.array([place[kind][name] for name in names], dtype=np.int64)

    return Problem(
        needs=tuple(place["need"]),
        supplies=tuple(place["supply"]),
        partners=tuple(place["partner"]),
        homes=tuple(home for home in place["home"] if home),
        cities=tuple(place["city"]),
        countries=tuple(place["country"]),
        need_city=numbers("city", (city_of[need] for need in place["need"])),
        city_country=numbers("country", (cities[city] for city in place["city"])),
        supply_partner=numbers("partner", (partner_of[s] for s in place["supply"])),
        partner_home=numbers("home", (home_of[p] for p in place["partner"])),
        under_served=np.array([city in chosen for city in place["city"]], dtype=bool),
        need=numbers("need", (pair.need for pair in rows)),
        supply=numbers("supply", (pair.supply for pair in rows)),
        score=np.array([millionths(pair.score) for pair in rows], dtype=np.int64),
        city_fit=_floats([pair.city_fit for pair in rows]),
        partner_fit=_floats([pair.partner_fit for pair in rows]),
    )


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(sorted(names))}


def _floats(values: Sequence[Any]) -> Floats:
    return np.array(values, dtype=np.float64)


def city_floors(problem: Problem, limits: Limits) -> Ints:
    """Return the floor of each city, without what ``max_min`` adds."""
    return np.where(problem.under_served, limits.floor_city, 0).astype(np.int64)


def in_reach(problem: Problem, limits: Limits) -> Flags:
    """Tell of each pair whether it may be chosen at all: both fits reach the minimum."""
    least = limits.minimum_fit
    return np.asarray((problem.city_fit >= least) & (problem.partner_fit >= least))


def candidates(problem: Problem, limits: Limits) -> Ints:
    """Return the rows worth choosing from: in reach, and of each need and partner the best one.

    An introduction brings a need and a partner together, once; two offers of one partner for one
    need stand under the same limits, so that only the better one can be of use.

    Notes
    -----
    O(pairs log pairs); equal scores are decided by :func:`lots`.
    """
    rows = np.flatnonzero(in_reach(problem, limits))
    if len(problem.partners) == len(problem.supplies):
        return rows  # nobody has two
    need, partner = problem.need[rows], problem.partner[rows]
    order = np.lexsort((-lots(problem, rows), -problem.score[rows], partner, need))
    need, partner = need[order], partner[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (need[1:] != need[:-1]) | (partner[1:] != partner[:-1])
    return np.sort(rows[order[first]])


def lots(problem: Problem, rows: Ints) -> Ints:
    """Return the number that each of some pairs draws from its identifiers.

    Equal totals are decided by them, so that a choice among equals depends on nothing but the pairs
    in question: whatever comes or goes elsewhere, it stays.
    """
    need, supply = _drawn(problem.needs), _drawn(problem.supplies)
    mixed = need[problem.need[rows]] ^ (
        supply[problem.supply[rows]] * np.uint64(0x9E3779B97F4A7C15)
    )
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(29)
    return (mixed >> np.uint64(64 - _LOT_BITS)).astype(np.int64)


def _drawn(names: Sequence[str]) -> NDArray[np.uint64]:
    raw = b"".join(hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    return np.frombuffer(raw, dtype="<u8").astype(np.uint64)
