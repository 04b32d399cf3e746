"""Features: pure functions that compare one aspect of a need with that of every supply.

They work on columns: an array has one value for each supply (or each partner), in [0, 1], and NaN where
the data do not tell.  The service publishes its own description of the algorithm from the docstrings
here.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
"""One value for each supply or partner; NaN is unknown."""
Flags = NDArray[np.bool_]

HALF_VOTES: Final = 0.1
"""Votes of similar work that are worth one half."""
HALF_MASS: Final = 0.12
"""Mass of the walk at which the track record is worth one half, were there one partner."""
HALF_CASES: Final = 3.0
"""Number of fresh cases at which activity is worth one half."""
CASE_HALF_LIFE_YEARS: Final = 2.0
"""Years in which a case counts half for activity; one without a date counts as one so old."""
HALF_LIFE_YEARS: Final = 4.0
"""Years in which a need's freshness halves."""
LARGEST_POWER: Final = 9.0
"""Power of ten of the size of work from which capacity is full."""

Place = Literal["city", "country", "region"]
PRESENCE: Mapping[Place, float] = {"city": 1.0, "country": 0.75, "region": 0.4}


def support(sought: Flags, given: Flags) -> Column:
    """Share of the kinds of support given that the need asks for.

    Unknown where the need names no kind of support or the partner has published no offer.

    Parameters
    ----------
    sought : array of bool, shape (kinds,)
    given : array of bool, shape (supplies, kinds)

    Examples
    --------
    >>> given = np.array([[True, False], [False, True], [False, False]])
    >>> support(np.array([True, False]), given).tolist()
    [1.0, 0.0, nan]
    """
    if not sought.any():
        return np.full(len(given), np.nan)
    return _share((given & sought).sum(axis=1), given.sum(axis=1))


def topic_coverage(nearest: Column) -> Column:
    """Mean, over the need's topics, of the relatedness of the nearest topic supplied.

    Speaks for the city: how much of the subject is covered.  Relatedness comes from distances on the
    topic scheme.  Unknown where either side has no topics.

    Parameters
    ----------
    nearest : array, shape (needed topics, supplies)
        For each needed topic, the relatedness of the nearest one that each supply has.

    Examples
    --------
    >>> topic_coverage(np.array([[1.0, np.nan], [0.5, np.nan]])).tolist()
    [0.75, nan]
    """
    if not len(nearest):
        return np.full(nearest.shape[1], np.nan)
    return np.asarray(nearest.sum(axis=0) / len(nearest))


def topic_focus(nearest: Column) -> Column:
    """Relatedness of the nearest pair of topics, one needed and one supplied.

    Speaks for the partner: whether the need touches its subjects at all.

    Examples
    --------
    >>> topic_focus(np.array([[1.0, np.nan], [0.5, np.nan]])).tolist()
    [1.0, nan]
    """
    if not len(nearest):
        return np.full(nearest.shape[1], np.nan)
    return np.asarray(nearest.max(axis=0))


def text(closest: Column) -> Column:
    """Relatedness in wording and meaning of the need and the closest statement of the supply.

    Statements are the offer, the summaries of the collaborations that document it and the partner's
    profile.  Words are compared by BM25 and meaning by multilingual sentence embeddings, so that a
    need in one language finds an offer in another.  Unknown where the supply says nothing.

    Examples
    --------
    >>> text(np.array([0.25, np.nan])).tolist()
    [0.25, nan]
    """
    return closest


def similar_work(votes: Column) -> Column:
    """Votes of works like the need for the partners that did them, as x / (x + HALF_VOTES).

    Each of the 300 most similar past works votes for its partners with the cube of its likeness to
    the need.  Likeness is the mean of what is known of three: shared words, shared groups of letters
    (both by BM25 in which those words weigh more that partners carry from one city to another), and
    nearness in meaning.  Collaborations that serve this very need are left out.  Unknown where no
    other collaboration of the partner is documented.

    References
    ----------
    Robertson, S., Zaragoza, H. (2009). The Probabilistic Relevance Framework: BM25 and Beyond.
    Foundations and Trends in Information Retrieval 3(4).

    Examples
    --------
    >>> similar_work(np.array([0.1, 0.0, np.nan])).tolist()
    [0.5, 0.0, nan]
    """
    return votes / (votes + HALF_VOTES)


def experience(cosine: Column) -> Column:
    """Nearness in meaning of the need and all of the partner's past work taken together.

    The cosine, at least 0, of the need's sentence vector and the mean of those of the partner's
    works; those that serve this very need are left out.  Unknown where no vector is held.

    Examples
    --------
    >>> experience(np.array([0.5, -0.25, np.nan])).tolist()
    [0.5, 0.0, nan]
    """
    return np.clip(cosine, 0.0, 1.0)


def track_record(mass: Column) -> Column:
    """Mass of a personalised PageRank walk that ends at the partner, as x / (x + h).

    h is HALF_MASS over the root of the number of partners with a documented case: the more there
    are, the thinner the mass is spread, and a value should mean the same in a small network.
    The walk restarts at the need's topics, words and city and follows documented collaborations,
    projects, their words, topics below the focus areas, and cities; collaborations that serve this
    very need are left out.  Unknown where no collaboration of the partner is left.

    References
    ----------
    Page, L., Brin, S., Motwani, R., Winograd, T. (1999). The PageRank citation ranking: bringing
    order to the web. Stanford InfoLab.
    Haveliwala, T. (2002). Topic-sensitive PageRank. WWW 2002.

    Examples
    --------
    >>> track_record(np.array([0.06, 0.06, 0.06, 0.0, np.nan])).round(6).tolist()
    [0.5, 0.5, 0.5, 0.0, nan]
    """
    documented = max(1, int(np.count_nonzero(~np.isnan(mass))))
    return mass / (mass + HALF_MASS / math.sqrt(documented))


def kinship(cosine: Column) -> Column:
    """How much the partner is like those who did similar work, whether or not it did any itself.

    The cosine, at least 0, of the partner's sentence vector (its works and what it says of itself)
    and the mean of those of the 50 partners with most votes of similar work, weighted by the votes.
    Lets a newcomer be found by its kind.  Unknown where no vector or no similar work is held.

    Examples
    --------
    >>> kinship(np.array([0.75, np.nan])).tolist()
    [0.75, nan]
    """
    return np.clip(cosine, 0.0, 1.0)


def peer_similarity(
    populations: tuple[float | None, float | None],
    focus_areas: tuple[Collection[str], Collection[str]],
    same_country: bool,
) -> float:
    """How much two cities are alike, from population, focus areas and country.

    The mean of what is known: one minus the distance of the populations in powers of ten (at least
    0), the Jaccard index of the focus areas, and 1 or 0 for the same country or another.

    Examples
    --------
    >>> peer_similarity((1e6, 1e6), ({"a", "b"}, {"b"}), True)
    0.8333333333333334
    >>> peer_similarity((None, 1e6), ((), {"b"}), False)
    0.0
    """
    parts = [1.0 if same_country else 0.0]
    one, other = populations
    if one and other:
        parts.append(max(0.0, 1.0 - abs(math.log10(one / other))))
    here, there = set(focus_areas[0]), set(focus_areas[1])
    if here and there:
        parts.append(len(here & there) / len(here | there))
    return sum(parts) / len(parts)


def precedent(left: Column) -> Column:
    """Strength of the partner's collaborations on related subjects in peer cities.

    Each case is the peer's similarity times the relatedness of the topics (or, where topics are not
    stated, the cube of the likeness of the texts); cases add up as independent chances,
    1 - product(1 - case).  Unknown where the partner has no documented collaboration in another city.

    Parameters
    ----------
    left : array
        For each partner, the product of 1 - case.

    Examples
    --------
    >>> precedent(np.array([0.25, 1.0, np.nan])).tolist()
    [0.75, 0.0, nan]
    """
    return 1.0 - left


def capacity(power: Column) -> Column:
    """Usual size of the partner's documented work: power of ten of its amounts, 1 from a billion.

    The mean over its collaborations of log10(1 + amount), over LARGEST_POWER.  Amounts are in the
    money of the source: powers of ten forgive that.  Unknown where no amount is documented.

    Examples
    --------
    >>> capacity(np.array([4.5, 12.0, np.nan])).tolist()
    [0.5, 1.0, nan]
    """
    return np.minimum(power / LARGEST_POWER, 1.0)


def activity(cases: Column) -> Column:
    """How much documented work the partner has, and how lately, as x / (x + HALF_CASES).

    Each collaboration counts 1, and half for every two years since it began; those that serve this
    very need are left out.  Unknown where no other collaboration of the partner is documented.

    Examples
    --------
    >>> activity(np.array([3.0, np.nan])).tolist()
    [0.5, nan]
    """
    return cases / (cases + HALF_CASES)


def recency(days: Column, as_of: str) -> Column:
    """Return what cases that began on some days count for activity on a day.

    Examples
    --------
    >>> days = np.array([day_number("2024-01-01"), day_number("2022"), np.nan])
    >>> recency(days, "2024-01-01").round(3).tolist()
    [1.0, 0.5, 0.5]
    """
    if not as_of:
        return np.full(len(days), 0.5)
    ages = np.maximum(day_number(as_of) - days, 0.0) / 365.25
    return np.exp2(-np.where(np.isnan(ages), CASE_HALF_LIFE_YEARS, ages) / CASE_HALF_LIFE_YEARS)


def presence(in_city: Flags, in_country: Flags, anywhere: Flags) -> Column:
    """Whether the partner works where the need is.

    1 for the same city, 0.75 for the same country (its home counts), 0.4 for another city of the
    network; unknown where no place of work is documented.

    Examples
    --------
    >>> here, no = np.array([True, False, False]), np.array([False, False, False])
    >>> presence(here, no, np.array([True, True, False])).tolist()
    [1.0, 0.4, nan]
    """
    known = np.where(anywhere, PRESENCE["region"], np.nan)
    return np.where(in_city, PRESENCE["city"], np.where(in_country, PRESENCE["country"], known))


def freshness(last_seen: str, as_of: str) -> float | None:
    """Half for every four years since a document last showed the need alive.

    Counted to the snapshot's date, never to today's.

    Examples
    --------
    >>> freshness("2022-02-28", "2026-02-28"), freshness("2018", "") is None
    (0.5, True)
    """
    if not last_seen or not as_of:
        return None
    days = max(0, day_number(as_of) - day_number(last_seen))
    return float(0.5 ** (days / 365.25 / HALF_LIFE_YEARS))


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Column:
    unknown = np.full(len(whole), np.nan)
    return np.asarray(np.divide(part, whole, out=unknown, where=whole > 0))


def day_number(text: str) -> int:
    """Return the number of a day that may lack day or month; the first of the period stands for it.

    Examples
    --------
    >>> day_number("2024-01-03") - day_number("2024")
    2
    """
    parts = [int(part) for part in text.split("-")]
    return date(*[*parts, 1, 1][:3]).toordinal()


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature as the service describes it: name, label, sides it speaks for, description."""

    name: str
    label: str
    sides: tuple[Literal["city", "partner"], ...]
    description: str


def _described(name: str, label: str, sides: str, *functions: object) -> Feature:
    """Describe a feature by the docstrings of its functions, up to their first section."""
    texts = []
    for function in functions:
        lines = (function.__doc__ or "").partition("\n\n    Examples")[0]
        lines = lines.partition("\n\n    Parameters")[0].partition("\n\n    References")[0]
        texts.append(" ".join(lines.split()))
    known: dict[str, Literal["city", "partner"]] = {"city": "city", "partner": "partner"}
    return Feature(name, label, tuple(known[s] for s in sides.split()), " ".join(texts))


FEATURES: tuple[Feature, ...] = (
    _described("support", "Kind of support", "city partner", support),
    _described("topics", "Topics", "city partner", topic_coverage, topic_focus),
    _described("text", "Wording and meaning", "city partner", text),
    _described("similar_work", "Similar work", "city", similar_work),
    _described("experience", "Field of experience", "city partner", experience),
    _described("track_record", "Track record", "city", track_record),
    _described("precedent", "Precedent in peer cities", "city", peer_similarity, precedent),
    _described("capacity", "Size of work", "city", capacity),
    _described("activity", "Documented activity", "city", activity),
    _described("kinship", "Kind of partner", "partner", kinship),
    _described("presence", "Where the partner works", "partner", presence),
    _described("freshness", "Freshness of the need", "partner", freshness),
)
