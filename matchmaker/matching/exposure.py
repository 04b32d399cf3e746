"""How ranked lists spread over those whom they show, and how to bound concentration in a list.

Pure counting: nothing here knows what a partner or a country is, only who stands at which place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import fsum, log2
from typing import NamedTuple


class Exposed(NamedTuple):
    """How often somebody is listed, and how visibly: the sum of the discounts of the places."""

    listings: int
    exposure: float


class Spread(NamedTuple):
    """How evenly lists show a population.

    ``coverage`` is the share of the population ever listed; ``gini`` and ``top_share`` are those of
    the plain counts, ``exposure_gini`` and ``exposure_top_share`` those of the discounted ones.
    """

    total: int
    listed: int
    coverage: float
    gini: float
    top_share: float
    exposure_gini: float
    exposure_top_share: float


def discount(rank: int) -> float:
    """Return how visible a place in a list is, against the first.

    References
    ----------
    A. Singh and T. Joachims, "Fairness of Exposure in Rankings", KDD 2018, pp. 2219-2228.

    Examples
    --------
    >>> discount(1), discount(3)
    (1.0, 0.5)
    """
    return 1 / log2(rank + 1)


def gini(amounts: Collection[float]) -> float:
    """Return the Gini coefficient of amounts that are not negative.

    0 where all have the same, 1 - 1/n where one of n has everything; 0 where there is nothing to
    have.  It does not change when all amounts are multiplied by the same number.

    Notes
    -----
    O(n log n).

    References
    ----------
    C. Damgaard and J. Weiner, "Describing inequality in plant size or fecundity", Ecology 81(4),
    2000, pp. 1139-1142 (the form over ordered amounts, without their correction for small n).

    Examples
    --------
    >>> gini([2, 2, 2]), gini([0, 0, 0, 1]), gini([])
    (0.0, 0.75, 0.0)
    """
    most = max(amounts, default=0)
    if most <= 0:
        return 0.0
    # Against the largest, so that the sums neither overflow nor vanish.
    ordered = sorted(amount / most for amount in amounts)
    n = len(ordered)
    weighted = fsum((2 * place - n - 1) * amount for place, amount in enumerate(ordered, 1))
    return max(0.0, weighted / (n * fsum(ordered)))


def exposed(lists: Iterable[Sequence[str]], population: Iterable[str]) -> dict[str, Exposed]:
    """Return how often and how visibly each of a population stands in ranked lists.

    Parameters
    ----------
    lists : iterable of sequence of str
        Who stands at each place, best first; somebody may stand at several places of a list, and
        whoever is not of the population holds a place without being counted.
    population : iterable of str
        All who could be listed.

    Notes
    -----
    O(places + population).

    Examples
    --------
    >>> exposed([["a", "b", "a"], ["a"]], ["a", "b", "c"])["a"]
    Exposed(listings=3, exposure=2.5)
    """
    places: dict[str, list[float]] = {one: [] for one in population}
    for ranked in lists:
        for rank, one in enumerate(ranked, 1):
            if one in places:
                places[one].append(discount(rank))
    return {one: Exposed(len(found), fsum(found)) for one, found in places.items()}


def everything(lists: Iterable[Sequence[str]]) -> Exposed:
    """Return what there is to share out: the number of all places, and their exposure.

    Examples
    --------
    >>> everything([["a", "b", "a"], ["a"]]).listings
    4
    """
    visible = [discount(rank) for ranked in lists for rank in range(1, len(ranked) + 1)]
    return Exposed(len(visible), fsum(visible))


def share(part: float, whole: float) -> float:
    """Return a part as a share of the whole; 0 of nothing.

    Examples
    --------
    >>> share(1, 4), share(0, 0)
    (0.25, 0.0)
    """
    return part / whole if whole else 0.0


def spread(shown: Mapping[str, Exposed], whole: Exposed) -> Spread:
    """Return how evenly a population is shown.

    Parameters
    ----------
    shown : mapping of str to Exposed
        Everybody of the population, whether listed or not.
    whole : Exposed
        What shares are shares of.

    Examples
    --------
    >>> lists = [["a", "b", "a"], ["a"]]
    >>> found = spread(exposed(lists, ["a", "b", "c"]), everything(lists))
    >>> found.listed, found.top_share, round(found.gini, 3)
    (2, 0.75, 0.5)
    """
    counts = [one.listings for one in shown.values()]
    visible = [one.exposure for one in shown.values()]
    listed = sum(count > 0 for count in counts)
    return Spread(
        len(shown), listed, share(listed, len(shown)),
        gini(counts), share(max(counts, default=0), whole.listings),
        gini(visible), share(max(visible, default=0.0), whole.exposure),
    )  # fmt: skip


def most_alike(limit: int, diversity: float) -> int:
    """Return how many of a list's places one partner, and one home country, may hold at most.

    Parameters
    ----------
    limit : int
        Length of the list.
    diversity : float
        From 0, which bounds nothing, to 1, which allows one place.

    Examples
    --------
    >>> [most_alike(20, diversity) for diversity in (0, 0.5, 0.9, 1)]
    [20, 10, 2, 1]
    """
    return max(1, round(limit * (1 - diversity)))


def bounded(groups: Iterable[Collection[str]], limit: int, most: int) -> list[int]:
    """Return the places of a ranked list that are kept when no group may have more than ``most``.

    Parameters
    ----------
    groups : iterable of collection of str
        The groups that each place belongs to, best place first.
    limit : int
        How many places to keep at most.
    most : int
        How many places of one group to keep at most.

    Returns
    -------
    list of int
        Places from 0, in order.  A place is left out only where the list is full or one of its
        groups has had its number: nothing is lost while there is room.

    Notes
    -----
    O(places) up to where the list is full.  Where groups nest, as partners do in their home
    countries, the lists under the bound are the independent sets of a laminar matroid, so that this
    greedy choice has the highest total score of all of them.

    References
    ----------
    J. Edmonds, "Matroids and the greedy algorithm", Mathematical Programming 1, 1971, pp. 127-136.

    Examples
    --------
    >>> bounded([["bank"], ["bank"], ["lab"]], limit=2, most=1)
    [0, 2]
    """
    kept: list[int] = []
    had: dict[str, int] = {}
    for place, of in enumerate(groups):
        if len(kept) == limit:
            break
        if all(had.get(group, 0) < most for group in of):
            kept.append(place)
            for group in of:
                had[group] = had.get(group, 0) + 1
    return kept
