"""Events as the product sees them: cities, needs, partners, projects and collaborations.

The mapping is thin on purpose.  A seeker becomes a city, an event before the cut a project (where it
has several partners) with one collaboration for each partner, an event that is asked about a need.
Nothing of an event's outcome reaches its need: a :class:`~matchmaker.evaluation.events.Query` has none.
What a data set does not tell stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
    title, publisher, money = SOURCES[split.dataset]
    source = Entity("source", split.dataset, {
        "title": title, "publisher": publisher, "date": split.cut.isoformat(), "held": True,
        "locator_kind": "row", "rights": "See docs/quality.md.",
    })  # fmt: skip
    made: dict[str, Entity] = {source.id: source}
    cited: dict[str, Value] = {
        "source": (source.id,), "date": split.cut.isoformat(), "source_held": True,
    }  # fmt: skip

    def add(kind: str, identifier: str, locator: str, values: Mapping[str, Value | None]) -> str:
        known = {name: value for name, value in values.items() if value not in (None, "", ())}
        made[identifier] = Entity(kind, identifier, {**known, **cited, "locator": (locator,)})
        return identifier

    def country(code: str | None) -> str:
        name = (code.lower(), code) if code else _HOME.get(split.dataset, _UNKNOWN_COUNTRY)
        if name[0] not in made:
            add("country", name[0], name[1], {"name": name[1], "relation": "other"})
        return name[0]

    def city(query: Query) -> str:
        identifier = slug("city", query.seeker)
        if identifier not in made:
            where = country(query.seeker_country)
            add("city", identifier, query.seeker, {"name": query.seeker, "country": where})
        return identifier

    def partner(link: Link) -> str:
        identifier = slug("partner", link.partner)
        if identifier not in made:
            name = link.name or link.partner
            add("partner", identifier, link.partner, {
                "name": name, "full_name": name, "kind": _KINDS.get(link.kind or "", "company"),
                "country": country(link.country),
            })  # fmt: skip
        return identifier

    for event in split.train:
        _add_past(event, money, city(event.query), [(partner(k), k) for k in event.every_link], add)
    need_of = {}
    for query in split.queries:
        need_of[query.id] = add("need", slug("need", query.id), query.id, {
            "title": query.text or query.id, "city": city(query), "status": "open",
            "year": query.date.year,
        })  # fmt: skip
    known = tuple(slug("partner", candidate) for candidate in split.candidates)
    return Mapped(tuple(made.values()), need_of, known)


def _add_past(event: Event, money: str, city: str, links: Iterable[tuple[str, Link]], add) -> None:  # type: ignore[no-untyped-def]
    """Add what came of an event before the cut."""
    done = list(links)
    day = event.date.isoformat()
    project = None
    if len(done) > 1:
        project = add("project", slug("project", event.id), event.id, {
            "title": event.text or event.id, "city": city, "first_year": event.date.year,
            "last_year": event.date.year,
        })  # fmt: skip
    for number, (partner, link) in enumerate(done, 1):
        add("collaboration", slug("case", f"{event.id}-{number}"), event.id, {
            "title": event.text or event.id, "city": city, "partner": partner, "project": project,
            "first_year": event.date.year, "amount": link.amount, "currency": money,
            "agreed_on": link.day.isoformat() if link.day else day,
        })  # fmt: skip


def slug(kind: str, name: str) -> str:
    """Return an identifier made of a kind and a name, the same for the same name.

    Examples
    --------
    >>> slug("partner", "ACME & SONS"), slug("partner", "ACME SONS")
    ('partner-acme-sons-5cb96a', 'partner-acme-sons-f1b42c')
    """
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-")
    return f"{kind}-{readable}-{sha256(name.encode()).hexdigest()[:6]}".replace("--", "-")
