"""What pages show of entities: links, facts and citations, ready for templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import Property
from matchmaker.usecases.reading.details import citations, relationships
from matchmaker.web.pages.maps import MapPoint, is_on_map

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A name with the address of its page; ``url`` is empty where there is nothing to open."""

    id: str
    caption: str
    type: str
    url: str
    thai: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a table of facts: texts, links, or both empty where nothing is known.

    ``seen_by`` says who sees it, where not everybody does.
    """

    label: str
    description: str
    texts: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    seen_by: str = ""


@dataclass(frozen=True, slots=True)
class Cited:
    """A source with the place in it that a statement rests on."""

    source: Link
    locator: str
    held: bool
    node: Link | None = None


SEEN_BY: Final = {
    "members": "for members of the network",
    "parties": "for those whose own it is and the secretariat",
}
"""Who sees what not everybody sees."""


def words(name: str) -> str:
    """Return a property's or term's name as people write it.

    Examples
    --------
    >>> words("technical_assistance"), words("un_body"), words("iso2")
    ('Technical assistance', 'UN body', 'ISO code')
    """
    special = {"un_body": "UN body", "iso2": "ISO code", "sdg_targets": "SDG targets (our mapping)",
               "alt_labels": "Also called", "support_words": "In the source's words"}  # fmt: skip
    return special.get(name) or name.replace("_", " ").capitalize()


class View:
    """One snapshot as the pages see it.

    Parameters
    ----------
    snapshot : Snapshot
        What to show; a page reads one snapshot from start to end.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.schema = snapshot.schema

    def url(self, entity: Entity) -> str:
        """Return the address of an entity's page."""
        return f"/{self.schema.entities[entity.type].plural}/{entity.id}"

    def link(self, identifier: str) -> Link:
        """Return the link to an entity; an unknown identifier stands for itself."""
        entity = self.snapshot.entities.get(identifier)
        if entity is None:
            return Link(identifier, identifier, "", "")
        thai = entity.text("label_th") or entity.text("name_th")
        return Link(entity.id, self.schema.caption(entity), entity.type, self.url(entity), thai)

    def links(self, identifiers: Iterable[str]) -> tuple[Link, ...]:
        """Return links in the order given."""
        return tuple(map(self.link, identifiers))

    def pointing(self, identifier: str, relationship: str, kind: str) -> list[Entity]:
        """Return the entities of one type that point to an entity by a relationship."""
        return [e for e in self.snapshot.sources_of(identifier, relationship) if e.type == kind]

    def count(self, identifier: str, relationship: str, kind: str) -> int:
        """Count the entities of one type that point to an entity."""
        return len(self.pointing(identifier, relationship, kind))

    def cited(self, entity: Entity) -> tuple[Cited, ...]:
        """Return the sources that an entity's statement rests on, each with its places."""
        found: dict[str, tuple[list[str], bool]] = {}
        for c in citations(self.snapshot, entity):
            found.setdefault(c["source"], ([], c["held"]))[0].append(c["locator"])
        return tuple(
            Cited(self.link(source), "; ".join(dict.fromkeys(places)), held)
            for source, (places, held) in found.items()
        )

    def facts(self, entity: Entity, *names: str) -> list[Fact]:
        """Return those of the facts named that are set."""
        properties = self.schema.entities[entity.type].properties
        return [self._fact(entity, properties[n]) for n in names if n in entity.values]

    def reserved(self, entity: Entity) -> list[Fact]:
        """Return the facts that not everybody sees, as far as they are set and this view has them."""
        properties = self.schema.entities[entity.type].properties.values()
        return self.facts(entity, *(p.name for p in properties if p.visibility != "public"))

    def _fact(self, entity: Entity, prop: Property) -> Fact:
        fact = self._plain_fact(entity, prop)
        return (
            replace(fact, seen_by=SEEN_BY[prop.visibility]) if prop.visibility in SEEN_BY else fact
        )

    def _plain_fact(self, entity: Entity, prop: Property) -> Fact:
        label = words(prop.name)
        if prop.target is not None:
            found = self.links(entity.refs(prop.name))
            return Fact(label, prop.description, links=found)
        value = entity.values[prop.name]
        if prop.kind == "term":
            return Fact(label, prop.description, (words(str(value)),))
        if isinstance(value, tuple):
            return Fact(label, prop.description, tuple(v.replace("_", " ") for v in value))
        return Fact(label, prop.description, (_plain(value, prop),))

    def groups(self, entity: Entity) -> list[tuple[str, tuple[Link, ...]]]:
        """Return the links that lead to an entity, by type of what is there."""
        found: dict[str, list[Link]] = {}
        for group in relationships(self.snapshot, entity):
            if group["direction"] == "in":
                for item in group["items"]:
                    found.setdefault(item["type"], []).append(self.link(item["id"]))
        return [
            (
                words(self.schema.entities[kind].plural.replace("-", "_")),
                tuple(dict.fromkeys(links)),
            )
            for kind, links in found.items()
        ]

    def point(self, city: Entity, weight: float = 0.0, note: str = "") -> MapPoint | None:
        """Return a city as a point of the map, or None where its place is unknown or off the map."""
        latitude, longitude = city.number("latitude"), city.number("longitude")
        if latitude is None or longitude is None or not is_on_map(latitude, longitude):
            return None
        return MapPoint(city.text("name"), self.url(city), latitude, longitude, weight, note)

    def points(self, cities: Iterable[Entity], weight: float) -> tuple[list[MapPoint], str]:
        """Return the cities that stand on the map, and a sentence on those that do not, or ``""``."""
        every = list(cities)
        found = [p for c in every if (p := self.point(c, weight)) is not None]
        return found, off_map(len(every) - len(found))

    def country_code(self, city: Entity) -> str:
        """Return the two-letter code of a city's country in small letters, or ``""``."""
        country = self.snapshot.entities.get(city.text("country"))
        return country.text("iso2").lower() if country else ""

    @cached_property
    def narrower(self) -> Mapping[str, tuple[str, ...]]:
        """Direct narrower topics by topic, in order of label."""
        table: dict[str, list[Entity]] = {}
        for topic in self.snapshot.of_type("topic").values():
            for wider in topic.refs("broader"):
                table.setdefault(wider, []).append(topic)
        return {
            wider: tuple(t.id for t in sorted(topics, key=lambda t: t.text("label_en")))
            for wider, topics in table.items()
        }

    def with_narrower(self, topic: str) -> list[str]:
        """Return a topic and all topics below it, each once."""
        seen: dict[str, None] = {}
        waiting = [topic]
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen[current] = None
                waiting += self.narrower.get(current, ())
        return list(seen)

    def about(self, topic: str, kind: str) -> list[Entity]:
        """Return the needs or projects about a topic or a narrower one, each once."""
        found = {
            entity.id: entity
            for each in self.with_narrower(topic)
            for name in ("HAS_TOPIC", "IN_FOCUS_AREA")
            for entity in self.pointing(each, name, kind)
        }
        return [found[i] for i in sorted(found)]


def off_map(missing: int) -> str:
    """Say how many cities are not on a map, or ``""`` where all of them are.

    Examples
    --------
    >>> off_map(1), off_map(0)
    ('1 city is not on the map: no place on it is documented.', '')
    """
    if not missing:
        return ""
    many = "1 city is" if missing == 1 else f"{missing:,} cities are"
    return f"{many} not on the map: no place on it is documented."


def joined(*parts: str) -> str:
    """Join what is known, leaving out what is not.

    Examples
    --------
    >>> joined("Finance", "", "first documented 2020")
    'Finance · first documented 2020'
    """
    return " · ".join(filter(None, parts))


def plain_number(value: float | None) -> str:
    """Write a number as people do: thousands apart, no needless decimals.

    Examples
    --------
    >>> plain_number(405052.0), plain_number(20.7), plain_number(None)
    ('405,052', '20.7', '')
    """
    if value is None:
        return ""
    return f"{int(value):,}" if value == int(value) else f"{value:,}"


def _plain(value: object, prop: Property) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        text = str(value) if "year" in prop.name else plain_number(value)
        return f"{text} {prop.unit}" if prop.unit else text
    return str(value)
