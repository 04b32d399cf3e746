"""How recommendations spread over partners, their home countries and the cities, as a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Any, Final

from matchmaker.matching.exposure import (
    Exposed,
    everything,
    exposed,
    gini,
    most_alike,
    share,
    spread,
)
from matchmaker.matching.profiles import CityProfile
from matchmaker.matching.scoring import Band
from matchmaker.usecases.diversity import shortlist
from matchmaker.usecases.matches import Document, Matcher, algorithm_document

DEFAULT_LISTED: Final = 10
"""How many matches of each need are counted unless told otherwise."""

_BANDS: Final[tuple[Band, ...]] = ("strong", "promising", "speculative")
_Bands = dict[str, Counter[str]]


def exposure_document(
    matcher: Matcher, limit: int = DEFAULT_LISTED, diversity: float = 0.0
) -> Document:
    """Return how the first matches of all open needs spread.

    Parameters
    ----------
    matcher : Matcher
        The prepared snapshot.
    limit : int
        How many matches of each need count.
    diversity : float
        The bound on concentration that the lists are made under; 0 for none.

    Notes
    -----
    A *listing* is one match in one need's list.  A city is *under-served* where no collaboration with
    it is documented in the graph; that may also mean that nobody has documented one.  The first
    report on a snapshot scores every open need, later ones O(needs * limit).
    """
    index = matcher.index
    profiles, snapshot = index.profiles, index.snapshot
    asked = [need for need in profiles.needs.values() if need.status == "open"]
    lists = [shortlist(matcher.question(need.id), limit, diversity) for need in asked]
    partners = [[s.supply.partner for s in listed.ranking] for listed in lists]
    homes = [[s.supply.home for s in listed.ranking] for listed in lists]
    whole = everything(partners)
    bands: _Bands = {city: Counter() for city in profiles.cities}
    for need, listed in zip(asked, lists, strict=True):
        bands[need.city.id].update(s.band for s in listed.ranking)
    needs = Counter(need.city.id for need in asked)
    worked = Counter(i.city.id for i in profiles.involvements.values())
    supplies = profiles.supplies.values()
    names = {s.partner: s.partner_name for s in supplies}
    countries = {c.id: c.text("name") for c in snapshot.of_type("country").values()}
    at_home = {s.home: countries[s.home] for s in supplies if s.home}
    return {
        "algorithm": algorithm_document(matcher.model),
        "snapshot": {"sequence": snapshot.sequence, "as_of": snapshot.as_of},
        "limit": limit,
        "needs": len(asked),
        "listings": whole.listings,
        "diversity": {
            "value": diversity,
            "most": most_alike(limit, diversity),
            "cost": share(fsum(x for one in lists for x in one.given_up), whole.listings),
            "unfilled": sum(one.unfilled for one in lists),
        },
        "partners": _shown(partners, names, whole),
        "countries": {
            **_shown(homes, at_home, whole),
            "without_country": _part(exposed(homes, [""])[""], whole),
        },
        "cities": {
            **_served(profiles.cities, needs, bands),
            "items": [
                _city(city, countries, needs, worked, bands) for city in profiles.cities.values()
            ],
        },
        "under_served": {
            **_served([c for c in profiles.cities if not worked[c]], needs, bands),
            "items": [
                {"id": c.id, "name": c.name} for c in profiles.cities.values() if not worked[c.id]
            ],
        },
    }


def _part(one: Exposed, whole: Exposed) -> Document:
    return {
        "listings": one.listings,
        "share": share(one.listings, whole.listings),
        "exposure": one.exposure,
        "exposure_share": share(one.exposure, whole.exposure),
    }


def _shown(lists: Sequence[Sequence[str]], names: Mapping[str, str], whole: Exposed) -> Document:
    """Tell how often and how visibly each of a population is listed, the most visible first."""
    shown = exposed(lists, names)
    order = sorted(shown, key=lambda one: (-shown[one].listings, -shown[one].exposure, one))
    return {
        **spread(shown, whole)._asdict(),
        "items": [{"id": one, "name": names[one], **_part(shown[one], whole)} for one in order],
    }


def _served(cities: Iterable[str], needs: Mapping[str, int], bands: _Bands) -> Document:
    """Tell how many of some cities have a match worth following up."""
    chosen = list(cities)
    asking = [city for city in chosen if needs.get(city)]
    better = {city: bands[city]["strong"] + bands[city]["promising"] for city in chosen}

    def told(having: Sequence[str]) -> dict[str, Any]:
        count = len(having)
        return {
            "count": count,
            "share": share(count, len(chosen)),
            "share_of_asking": share(count, len(asking)),
        }

    return {
        "total": len(chosen),
        "asking": len(asking),
        "needs": sum(needs.get(city, 0) for city in chosen),
        "bands": {band: sum(bands[city][band] for city in chosen) for band in _BANDS},
        "with_strong": told([city for city in chosen if bands[city]["strong"]]),
        "with_promising": told([city for city in chosen if better[city]]),
        "gini": gini(list(better.values())),
    }


def _city(
    city: CityProfile, countries: Mapping[str, str], needs: Mapping[str, int],
    worked: Mapping[str, int], bands: _Bands,
) -> Document:  # fmt: skip
    return {
        "id": city.id,
        "name": city.name,
        "country": {"id": city.country, "name": countries[city.country]},
        "needs": needs.get(city.id, 0),
        "collaborations": worked.get(city.id, 0),
        "bands": {band: bands[city.id][band] for band in _BANDS},
    }
