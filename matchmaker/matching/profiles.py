"""What matching reads of a snapshot: cities, needs, supplies and the collaborations behind them.

A *supply* is what can answer a need: an offer, or the bare profile of a partner without one.  Topics
and texts of a supply are kept apart by the node that states them, so that a pair's own
collaboration can be left out and every contribution can cite the node it rests on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.topics import TopicScheme


@dataclass(frozen=True, slots=True)
class CityProfile:
    """A city as matching sees it; ``population`` is None where no figure is documented."""

    id: str
    name: str
    country: str
    population: float | None
    focus_areas: frozenset[str]


@dataclass(frozen=True, slots=True)
class NeedProfile:
    """A need as matching sees it.

    ``id`` is ``""`` for a need that is asked about without being stored.  ``fresh_on`` is the last
    date on which a document shows the need alive and ``fresh_by`` the node that shows it.
    """

    id: str
    title: str
    city: CityProfile
    topics: tuple[str, ...]
    support: frozenset[str]
    text: str
    fresh_on: str
    fresh_by: str = ""
    status: str = "open"


@dataclass(frozen=True, slots=True)
class Involvement:
    """A partner's collaboration with a city.

    ``since`` is the day or year of its beginning, ``""`` where it is not documented; ``amount`` None
    where none is.
    """

    id: str
    title: str
    partner: str
    city: CityProfile
    need: str
    project: str
    topics: tuple[str, ...]
    text: str
    since: str
    amount: float | None


@dataclass(frozen=True, slots=True)
class Supply:
    """An offer, or a partner without one (``offer`` is None).

    ``statements`` holds, for each node that says something about the supply, its topics; the text of
    the same node is found under the same identifier in the index.  ``topics`` joins them.
    ``involvements`` are in order of identifier.
    """

    offer: str | None
    title: str
    partner: str
    partner_name: str
    support: frozenset[str]
    statements: Mapping[str, tuple[str, ...]] = field(hash=False)
    topics: tuple[str, ...]
    involvements: tuple[Involvement, ...]
    home: str
    mandate: tuple[str, ...]
    limited_to: tuple[str, ...]
    valid_until: str
    status: str

    @property
    def id(self) -> str:
        """Identifier of the offer, or of the partner where there is none."""
        return self.offer or self.partner


@dataclass(frozen=True, slots=True)
class Profiles:
    """All profiles of one snapshot, by identifier."""

    cities: Mapping[str, CityProfile]
    needs: Mapping[str, NeedProfile]
    supplies: Mapping[str, Supply]
    involvements: Mapping[str, Involvement]


def text_of(entity: Entity) -> str | None:
    """Return the text by which an entity takes part in text matching, or None if it does not.

    Examples
    --------
    >>> text_of(Entity("need", "n", {"title": "Cleaner river", "description": "Less waste."}))
    'Cleaner river. Less waste.'
    """
    names = {
        "need": ("title", "description"),
        "offer": ("title", "description"),
        "partner": ("full_name", "profile"),
        "collaboration": ("title", "summary"),
    }.get(entity.type)
    return None if names is None else ". ".join(filter(None, map(entity.text, names)))


def build_profiles(snapshot: Snapshot, scheme: TopicScheme) -> Profiles:
    """Read all profiles from a snapshot.  O(entities + relationships)."""
    areas: dict[str, set[str]] = defaultdict(set)
    for kind in ("need", "project"):
        for entity in snapshot.of_type(kind).values():
            stated = entity.refs("focus_area") or entity.refs("topics")
            for topic in stated:
                areas[entity.text("city")] |= scheme.focus_areas(topic)
    cities = {
        c.id: CityProfile(
            c.id, c.text("name"), c.text("country"), c.number("population"), frozenset(areas[c.id])
        )
        for c in snapshot.of_type("city").values()
    }
    needs = {n.id: _need(snapshot, n, cities) for n in snapshot.of_type("need").values()}
    involvements = {
        c.id: Involvement(
            c.id, c.text("title"), c.text("partner"), cities[c.text("city")], c.text("need"),
            c.text("project"), c.refs("topics"), text_of(c) or "", _since(c), c.number("amount"),
        )
        for c in sorted(snapshot.of_type("collaboration").values(), key=lambda c: c.id)
    }  # fmt: skip
    return Profiles(cities, needs, _supplies(snapshot, involvements), involvements)


def _since(collaboration: Entity) -> str:
    year = collaboration.number("first_year")
    return collaboration.text("agreed_on") or (f"{year:.0f}" if year else "")


def _need(snapshot: Snapshot, need: Entity, cities: Mapping[str, CityProfile]) -> NeedProfile:
    year = need.number("year")
    fresh_on, fresh_by = need.text("date") or (f"{year:.0f}" if year else ""), need.id
    for project in snapshot.sources_of(need.id, "CONTINUES"):
        for listing in snapshot.sources_of(project.id, "LISTS"):
            if listing.text("status") != "completed" and listing.text("date") > fresh_on:
                fresh_on, fresh_by = listing.text("date"), listing.id
    return NeedProfile(
        need.id, need.text("title"), cities[need.text("city")], need.refs("topics"),
        frozenset(need.refs("support_types")), text_of(need) or "", fresh_on, fresh_by,
        need.text("status"),
    )  # fmt: skip


def _supplies(snapshot: Snapshot, involvements: Mapping[str, Involvement]) -> dict[str, Supply]:
    of_partner: dict[str, list[Involvement]] = defaultdict(list)
    for involvement in involvements.values():
        of_partner[involvement.partner].append(involvement)
    supplies: dict[str, Supply] = {}
    for partner in snapshot.of_type("partner").values():
        offers: list[Entity | None] = [*snapshot.sources_of(partner.id, "OFFERED_BY")]
        if not any(offer and offer.text("status") == "active" for offer in offers):
            offers.append(None)
        for offer in offers:
            supply = _supply(partner, offer, involvements, tuple(of_partner[partner.id]))
            supplies[supply.id] = supply
    return supplies


def _supply(
    partner: Entity, offer: Entity | None, involvements: Mapping[str, Involvement],
    of_partner: tuple[Involvement, ...],
) -> Supply:  # fmt: skip
    statements = {partner.id: partner.refs("topics")}
    if offer is not None:
        statements[offer.id] = offer.refs("topics")
        for identifier in offer.refs("documented_by"):
            statements[identifier] = involvements[identifier].topics
    get = offer.refs if offer is not None else (lambda _: ())
    return Supply(
        offer=offer.id if offer else None,
        title=offer.text("title") if offer else "",
        partner=partner.id,
        partner_name=partner.text("name"),
        support=frozenset(get("support_type")),
        statements=statements,
        topics=tuple(sorted({t for topics in statements.values() for t in topics})),
        involvements=of_partner,
        home=partner.text("country"),
        mandate=partner.refs("mandate"),
        limited_to=get("limited_to"),
        valid_until=offer.text("valid_until") if offer else "",
        status=offer.text("status") if offer else "active",
    )
