"""Features: pure functions that compare one aspect of a need and a supply.

Each returns a value in [0, 1], or None where the data do not tell.  The service publishes its own
description of the algorithm from the docstrings here.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

HALF_MASS = 0.02
"""Mass of the walk at which the track record is worth one half."""
HALF_LIFE_YEARS = 4.0
"""Years in which a need's freshness halves."""

Place = Literal["city", "country", "region"]
PRESENCE: Mapping[Place, float] = {"city": 1.0, "country": 0.75, "region": 0.4}


def support(sought: Collection[str], given: Collection[str]) -> float | None:
    """Share of the kinds of support given that the need asks for.

    Unknown where the need names no kind of support or the partner has published no offer.

    Examples
    --------
    >>> support({"finance", "advisory"}, {"finance"}), support({"advisory"}, {"finance"})
    (1.0, 0.0)
    >>> support(set(), {"finance"}) is None
    True
    """
    if not sought or not given:
        return None
    return sum(1 for kind in given if kind in sought) / len(given)


def topic_coverage(
    needed: Collection[str], supplied: Collection[str], near: Mapping[str, Mapping[str, float]]
) -> float | None:
    """Mean, over the need's topics, of the relatedness of the nearest topic supplied.

    Speaks for the city: how much of the subject is covered.  Relatedness comes from distances on the
    topic scheme.  Unknown where either side has no topics.

    Parameters
    ----------
    near : mapping
        For each needed topic, the relatedness of topics related to it.

    Examples
    --------
    >>> near = {"drains": {"drains": 1.0, "floods": 0.5}, "buses": {"buses": 1.0}}
    >>> topic_coverage(["drains", "buses"], ["floods"], near)
    0.25
    """
    if not needed or not supplied:
        return None
    total = 0.0
    for topic in needed:
        related = near.get(topic, {})
        total += max([related.get(other, 0.0) for other in supplied])
    return total / len(needed)


def topic_focus(
    needed: Collection[str], supplied: Collection[str], near: Mapping[str, Mapping[str, float]]
) -> float | None:
    """Relatedness of the nearest pair of topics, one needed and one supplied.

    Speaks for the partner: whether the need touches its subjects at all.

    Examples
    --------
    >>> topic_focus(["drains", "buses"], ["floods"], {"drains": {"floods": 0.5}})
    0.5
    """
    if not needed or not supplied:
        return None
    return max([near.get(topic, {}).get(other, 0.0) for topic in needed for other in supplied])


def text(statements: Iterable[float | None]) -> float | None:
    """Relatedness in wording and meaning of the need and the closest statement of the supply.

    Statements are the offer, the summaries of the collaborations that document it and the partner's
    profile.  Words are compared by BM25 and meaning by multilingual sentence embeddings, so that a
    need in one language finds an offer in another.  Unknown where the supply says nothing.

    Examples
    --------
    >>> text([0.25, None, 0.5]), text([None]) is None
    (0.5, True)
    """
    known = [value for value in statements if value is not None]
    return max(known, default=None)


def track_record(mass: float | None) -> float | None:
    """Mass of a personalised PageRank walk that ends at the partner, as x / (x + HALF_MASS).

    The walk restarts at the need's topics and city and follows documented collaborations, projects,
    topics below the focus areas, and cities; collaborations that serve this very need are left out.
    Unknown where no collaboration of the partner is left.

    References
    ----------
    Page, L., Brin, S., Motwani, R., Winograd, T. (1999). The PageRank citation ranking: bringing
    order to the web. Stanford InfoLab.
    Haveliwala, T. (2002). Topic-sensitive PageRank. WWW 2002.

    Examples
    --------
    >>> track_record(0.02), track_record(0.0), track_record(None)
    (0.5, 0.0, None)
    """
    return None if mass is None else mass / (mass + HALF_MASS)


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


def precedent(cases: Iterable[float] | None) -> float | None:
    """Strength of the partner's collaborations on related topics in peer cities.

    Each case is the peer's similarity times the relatedness of the topics; cases add up as
    independent chances, 1 - product(1 - case).  Unknown where the partner has no documented
    collaboration in another city.

    Examples
    --------
    >>> precedent([0.5, 0.5]), precedent([]), precedent(None)
    (0.75, 0.0, None)
    """
    if cases is None:
        return None
    rest = 1.0
    for case in cases:
        rest *= 1.0 - case
    return 1.0 - rest


def presence(nearest: Place | None) -> float | None:
    """Whether the partner works where the need is.

    1 for the same city, 0.75 for the same country (its home counts), 0.4 for another city of the
    network; unknown where no place of work is documented.

    Examples
    --------
    >>> presence("country"), presence(None)
    (0.75, None)
    """
    return None if nearest is None else PRESENCE[nearest]


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
    days = max(0, (_day(as_of) - _day(last_seen)).days)
    return float(0.5 ** (days / 365.25 / HALF_LIFE_YEARS))


def _day(text: str) -> date:
    """Read a date that may lack day or month; the first of the period stands for it."""
    parts = [int(part) for part in text.split("-")]
    return date(*[*parts, 1, 1][:3])


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
    _described("track_record", "Track record", "city", track_record),
    _described("precedent", "Precedent in peer cities", "city", peer_similarity, precedent),
    _described("presence", "Where the partner works", "partner", presence),
    _described("freshness", "Freshness of the need", "partner", freshness),
)
