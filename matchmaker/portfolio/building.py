"""A portfolio's limits as a network: every limit is the bound of an arc, for the limits nest.

A need belongs to one city and a city to one member state; a partner belongs to one home country or to
none.  So every limit counts introductions of a set, and of any two sets on one side either one holds
the other or they share nothing.  Such families are trees, and introductions are a flow down the one
tree and up the other::

    source -> member state -> city -> need -> partner -> home country -> sink

Floors are arcs of their own beside the rest, with a reward for each unit: a floor that cannot be met
leaves its arc unfilled and is no contradiction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matchmaker.portfolio.flows import Network
from matchmaker.portfolio.problem import NOWHERE, Ints, Limits, Problem

_SOURCE, _SINK = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A network with what its arcs stand for.

    Attributes
    ----------
    network : Network
        The network.
    first : int
        Number of the first arc of a pair; those of the other rows follow in order.
    rows : array of int
        The row of each pair that has an arc.
    level : array of int
        1 for arcs that are filled when cities get their number under ``max_min``, else 0.
    floor : array of int
        1 for arcs that are filled when floors are met, else 0.
    needs, partners : int
        Number of the first node of a need, and of a partner.
    """

    network: Network
    first: int
    rows: Ints
    level: Ints
    floor: Ints
    needs: int
    partners: int

    @property
    def pairs(self) -> slice:
        """The arcs of pairs."""
        return slice(self.first, self.first + len(self.rows))

    def spread(self, values: Ints) -> Ints:
        """Return costs of all arcs from those of pairs."""
        cost = np.zeros(len(self.network.tail), dtype=np.int64)
        cost[self.pairs] = values
        return cost


class _Arcs:
    """Arcs as they are added, many at a time."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ints, ...]] = []
        self.count = 0

    def add(
        self, tail: Ints | int, head: Ints | int, upper: Ints | int, level: int = 0, floor: int = 0
    ) -> None:
        parts = np.broadcast_arrays(tail, head, upper, level, floor)
        self._parts.append(tuple(np.atleast_1d(part).astype(np.int64) for part in parts))
        self.count += len(self._parts[-1][0])

    def columns(self) -> list[Ints]:
        return [np.concatenate(parts) for parts in zip(*self._parts, strict=True)]


def build(
    problem: Problem,
    limits: Limits,
    rows: Ints,
    *,
    city_floor: Ints,
    country_floor: Ints,
    level: Ints,
) -> Built:
    """Return the network of a problem's limits.

    Parameters
    ----------
    problem : Problem
        What to choose from.
    limits : Limits
        Capacities and the ceiling; floors are given apart, since they are varied.
    rows : array of int
        The pairs that may be chosen.
    city_floor, country_floor : array of int
        Introductions at least, of each city and each member state.
    level : array of int
        Introductions of each city at least, which come before floors.
    """
    cities, needs = len(problem.cities), len(problem.needs)
    partners, homes = len(problem.partners), len(problem.homes)
    first_country = 2
    first_city = first_country + len(problem.countries)
    first_need = first_city + cities
    first_partner = first_need + needs
    first_home = first_partner + partners
    most = limits.per_need * needs
    arcs = _Arcs()
    of_country = first_country + np.arange(len(problem.countries))
    of_city = first_city + np.arange(cities)
    per_city = np.full(cities, _bound(limits.per_city, most))
    met = np.minimum(country_floor, most)
    arcs.add(_SOURCE, of_country, met, 0, 1)
    arcs.add(_SOURCE, of_country, most - met, 0, 0)
    above = first_country + problem.city_country
    low, high = np.minimum(level, per_city), np.minimum(city_floor, per_city)
    both = np.minimum(low, high)
    arcs.add(above, of_city, both, 1, 1)
    arcs.add(above, of_city, low - both, 1, 0)
    arcs.add(above, of_city, high - both, 0, 1)
    arcs.add(above, of_city, per_city - np.maximum(low, high), 0, 0)
    of_need = first_need + np.arange(needs)
    arcs.add(first_city + problem.need_city, of_need, limits.per_need)
    first = arcs.count
    arcs.add(first_need + problem.need[rows], first_partner + problem.partner[rows], 1)
    home = problem.partner_home
    above = np.where(home == NOWHERE, _SINK, first_home + home)
    of_partner = first_partner + np.arange(partners)
    arcs.add(of_partner, above, _bound(limits.per_partner, most))
    arcs.add(first_home + np.arange(homes), _SINK, _bound(limits.ceiling_country, most))
    arcs.add(_SOURCE, _SINK, most)  # whatever is not introduced
    tail, head, upper, level_, floor = arcs.columns()
    balance = np.zeros(first_home + homes, dtype=np.int64)
    balance[_SOURCE], balance[_SINK] = most, -most
    network = Network(tail, head, np.zeros_like(upper), upper, balance)
    return Built(network, first, rows, level_, floor, first_need, first_partner)


def _bound(limit: int | None, most: int) -> int:
    return most if limit is None else min(limit, most)


def served(problem: Problem, rows: Sequence[int] | Ints) -> tuple[Ints, Ints]:
    """Return how many introductions each city and each member state gets from some pairs."""
    city = problem.city[np.asarray(rows, dtype=np.int64)]
    country = problem.city_country[city]
    return (
        np.bincount(city, minlength=len(problem.cities)),
        np.bincount(country, minlength=len(problem.countries)),
    )
