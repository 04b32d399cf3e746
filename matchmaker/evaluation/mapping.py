"""Events as the product sees them: cities, needs, partners, projects and collaborations.

The mapping is thin on purpose.  A seeker becomes a city, an event before the cut a project (where it
has several partners) with one collaboration for each partner, an event that is asked about a need.
Nothing of an event's outcome reaches its need: a :class:`~matchmaker.evaluation.events.Query` has none.
What a data set does not tell stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from matchmaker.evaluation.events import Event, Link, Query
from matchmaker.evaluation.protocol import Split
from matchmaker.graph import Snapshot
from matchmaker.model import Entity, Value
from matchmaker.schema import Schema

SOURCES: Mapping[str, tuple[str, str, str]] = {
    "gebiz": ("Government Procurement via GeBIZ", "Ministry of Finance, Singapore", "SGD"),
    "h2020": ("CORDIS Horizon 2020 projects and organisations", "European Union", "EUR"),
}
"""Title, publisher and money of each data set."""
_HOME = {"gebiz": ("sg", "Singapore")}
_UNKNOWN_COUNTRY = ("unknown-country", "Country not documented")
_KINDS = {"HES": "university", "REC": "research_institute", "PUB": "government_agency"}


@dataclass(frozen=True, slots=True)
class Mapped:
    """A split as entities.

    Attributes
    ----------
    entities : tuple of Entity
        The graph before the cut, and the needs.
    need_of : mapping of str to str
        Identifier of the need of each query.
    partner_of : tuple of str
        Identifier of the partner that each candidate is, in the order of the split's candidates.
    """

    entities: tuple[Entity, ...]
    need_of: Mapping[str, str]
    partner_of: tuple[str, ...]

    def snapshot(self, schema: Schema, cut: date) -> Snapshot:
        """Return the graph as it stood on the cut, which is its ``as_of``."""
        return Snapshot.build(schema, self.entities, 0, cut.isoformat())


def map_split(split: Split) -> Mapped:
    """Return a split as entities.  O(events and their links)."""
    mapper = _Mapper(split)
    for event in split.train:
        mapper.add_past(event)
    need_of = {query.id: mapper.need(query) for query in split.queries}
    known = tuple(slug("partner", candidate) for candidate in split.candidates)
    return Mapped(tuple(mapper.made.values()), need_of, known)


class _Mapper:
    """Makes entities, each once."""

    def __init__(self, split: Split) -> None:
        self._title, publisher, self._money = SOURCES[split.dataset]
        self._home = _HOME.get(split.dataset, _UNKNOWN_COUNTRY)
        source = Entity("source", split.dataset, {
            "title": self._title, "publisher": publisher, "date": split.cut.isoformat(),
            "held": True, "locator_kind": "list", "rights": "See docs/quality.md.",
        })  # fmt: skip
        self.made: dict[str, Entity] = {source.id: source}
        self._cited: dict[str, Value] = {
            "source": (source.id,), "date": split.cut.isoformat(), "source_held": True,
        }  # fmt: skip

    def add_past(self, event: Event) -> None:
        """Add what came of an event before the cut."""
        links = event.every_link
        title, year = event.text or event.id, event.date.year
        shared: dict[str, Value | None] = {
            "title": title, "city": self._city(event.query), "topics": self._topics(event.query),
            "first_year": year,
        }  # fmt: skip
        project = None
        if len(links) > 1:
            values = {**shared, "last_year": year}
            project = self._add("project", slug("project", event.id), event.id, values)
        for number, link in enumerate(links, 1):
            self._add("collaboration", slug("case", f"{event.id}-{number}"), event.id, {
                **shared, "partner": self._partner(link), "project": project,
                "amount": link.amount, "currency": None if link.amount is None else self._money,
                "agreed_on": (link.day or event.date).isoformat(),
            })  # fmt: skip

    def need(self, query: Query) -> str:
        """Add the need of an event that is asked about, and return its identifier."""
        return self._add("need", slug("need", query.id), query.id, {
            "title": query.text or query.id, "city": self._city(query), "status": "open",
            "year": query.date.year, "topics": self._topics(query),
        })  # fmt: skip

    def _city(self, query: Query) -> str:
        values = {"name": query.seeker, "country": self._country(query.seeker_country)}
        return self._add("city", slug("city", query.seeker), query.seeker, values)

    def _partner(self, link: Link) -> str:
        name = link.name or link.partner
        return self._add("partner", slug("partner", link.partner), link.partner, {
            "name": name, "full_name": name, "kind": _KINDS.get(link.kind or "", "company"),
            "country": self._country(link.country),
        })  # fmt: skip

    def _country(self, code: str | None) -> str:
        identifier, name = (code.lower(), code) if code else self._home
        return self._add("country", identifier, name, {"name": name, "relation": "other"})

    def _topics(self, query: Query) -> tuple[str, ...]:
        names = (*query.topics, *query.programmes)
        return tuple(dict.fromkeys([
            self._add("topic", slug("topic", name), name, {
                "label_en": name, "label_th": name, "kind": "project_type",
                "definition": f"{name}, as {self._title} has it.",
            })
            for name in names
        ]))  # fmt: skip

    def _add(
        self, kind: str, identifier: str, locator: str, values: Mapping[str, Value | None]
    ) -> str:
        if identifier not in self.made:
            known = {name: value for name, value in values.items() if value not in (None, "", ())}
            entity = Entity(kind, identifier, {**known, **self._cited, "locator": (locator,)})
            self.made[identifier] = entity
        return identifier


def slug(kind: str, name: str) -> str:
    """Return an identifier made of a kind and a name, the same for the same name.

    Examples
    --------
    >>> slug("partner", "ACME & SONS"), slug("partner", "ACME SONS")
    ('partner-acme-sons-2a0d32', 'partner-acme-sons-5fc4b4')
    """
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-")
    return f"{kind}-{readable}-{sha256(name.encode()).hexdigest()[:6]}".replace("--", "-")
