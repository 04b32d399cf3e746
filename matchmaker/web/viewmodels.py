"""What pages show: links, facts, citations, matches and paths of evidence, ready for templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from matchmaker.graph import Snapshot
from matchmaker.model import Entity, Relationship
from matchmaker.schema import Property
from matchmaker.usecases.reading import citations, relationships
from matchmaker.web.pictures import MapPoint

Document = Mapping[str, Any]

_MAIN_REASONS = 3


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
    """One line of a table of facts: texts, links, or both empty where nothing is known."""

    label: str
    description: str
    texts: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Cited:
    """A source with the place in it that a statement rests on."""

    source: Link
    locator: str
    held: bool
    node: Link | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A node of a path of evidence with the words that lead on to the next one.

    ``forward`` tells whether the relationship runs along the path or against it.
    """

    node: Link
    kind: str
    words: str = ""
    forward: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """One path of evidence with the sources behind it."""

    steps: tuple[Step, ...]
    sources: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One contribution to a fit; ``start`` is the sum of those before it."""

    feature: str
    label: str
    value: float | None
    weight: float
    amount: float
    detail: str
    start: float
    share: float


@dataclass(frozen=True, slots=True)
class Side:
    """One side's fit with its lines and the divisor S that turns weights into shares."""

    name: str
    title: str
    fit: float
    lines: tuple[Line, ...]
    divisor: float

    @property
    def unknown(self) -> tuple[Line, ...]:
        """Lines without data."""
        return tuple(line for line in self.lines if line.value is None)


@dataclass(frozen=True, slots=True)
class Card:
    """A match as lists show it."""

    rank: int | None
    score: float
    band: str
    confidence: float
    label: str
    need: Link
    city: Link
    partner: Link
    offer: Link | None
    city_fit: float
    partner_fit: float
    reasons: tuple[str, ...]
    already: tuple[Link, ...]
    url: str


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

    def _fact(self, entity: Entity, prop: Property) -> Fact:
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

    def point(self, city: Entity, weight: float = 0.0, note: str = "") -> MapPoint:
        """Return a city as a point of a map."""
        latitude, longitude = city.number("latitude") or 0.0, city.number("longitude") or 0.0
        return MapPoint(city.text("name"), self.url(city), latitude, longitude, weight, note)

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

    def evidence(self, match: Document) -> dict[str, list[Evidence]]:
        """Return the evidence of a match by feature."""
        found: dict[str, list[Evidence]] = {}
        for item in match["evidence"]:
            sources = tuple(
                Cited(self.link(s["source"]), s["locator"], s["held"], self.link(s["node"]))
                for s in item["sources"]
            )
            found.setdefault(item["feature"], []).append(
                Evidence(self.steps(item["path"]), sources)
            )
        return found

    def steps(self, path: Sequence[str]) -> tuple[Step, ...]:
        """Turn a path of node ids and relationship types in turn into steps with words."""
        steps = []
        for place in range(0, len(path), 2):
            node = self.link(path[place])
            kind = self.schema.entities[node.type].label if node.type else ""
            if place + 1 == len(path):
                steps.append(Step(node, _spaced(kind)))
                continue
            name, after = path[place + 1], path[place + 2]
            forward = Relationship(node.id, name, after) in self.snapshot.links_from(node.id, name)
            known = self.schema.relationships.get(name)
            caption = known.caption if known else name.replace("_", " ").lower()
            start = node if forward else self.link(after)
            steps.append(Step(node, _spaced(kind), _one_caption(caption, start.type), forward))
        return tuple(steps)

    def card(self, match: Document, need: Document) -> Card:
        """Return a match for a list."""
        offer = match["offer"]
        target = (offer or match["partner"])["id"]
        return Card(
            rank=match["rank"],
            score=match["score"],
            band=match["band"],
            confidence=match["confidence"],
            label=match["label"] or "",
            need=self.link(need["id"]),
            city=self.link(need["city"]["id"]),
            partner=self.link(match["partner"]["id"]),
            offer=self.link(offer["id"]) if offer else None,
            city_fit=match["city_fit"],
            partner_fit=match["partner_fit"],
            reasons=main_reasons(match["contributions"]),
            already=self.links(match.get("already", ())),
            url=f"/matches/{need['id']}/{target}",
        )

    def cards(self, document: Document) -> list[Card]:
        """Return all matches of a list of matches."""
        return [self.card(m, m.get("need") or document["need"]) for m in document["matches"]]


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


def main_reasons(contributions: Iterable[Document]) -> tuple[str, ...]:
    """Return what was found by the features that add most, one text for each feature.

    Features whose value is nought or not known are no reasons.
    """
    ranked = sorted(
        (c for c in contributions if c["feature"] != "prior" and c["value"]),
        key=lambda c: -c["amount"],
    )
    found: dict[str, str] = {}
    for line in ranked:
        found.setdefault(line["feature"], line["detail"])
    return tuple(list(dict.fromkeys(found.values()))[:_MAIN_REASONS])


def sides(match: Document, labels: Mapping[str, str]) -> tuple[Side, Side]:
    """Return both sides' fits, each line with where its bar starts."""
    titles = {"city": "For the city", "partner": "For the partner"}
    return _side(match, "city", titles, labels), _side(match, "partner", titles, labels)


def _side(match: Document, name: str, titles: Document, labels: Mapping[str, str]) -> Side:
    own = [c for c in match["contributions"] if c["side"] == name]
    divisor = sum(c["weight"] for c in own if c["value"] is not None)
    lines = []
    start = 0.0
    for c in own:
        label = labels.get(c["feature"], words(c["feature"]))
        share = c["weight"] / divisor if c["value"] is not None and divisor else 0.0
        lines.append(
            Line(c["feature"], label, c["value"], c["weight"], c["amount"], c["detail"], start, share)
        )  # fmt: skip
        start += c["amount"]
    return Side(name, titles[name], match[f"{name}_fit"], tuple(lines), divisor)


def _plain(value: object, prop: Property) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        text = str(value) if "year" in prop.name else plain_number(value)
        return f"{text} {prop.unit}" if prop.unit else text
    return str(value)


def _spaced(label: str) -> str:
    """Return a label such as ``SupportType`` as words."""
    return "".join(f" {c.lower()}" if c.isupper() and i else c for i, c in enumerate(label))


def _one_caption(caption: str, start: str) -> str:
    """Choose the wording that fits where a caption has one for cities and one for partners."""
    parts = [part.strip() for part in caption.split("/")]
    return parts[-1] if start == "partner" else parts[0]
