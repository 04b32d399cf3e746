"""Entities as nodes of linked data, and the documents that hold them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from matchmaker.checking import is_date
from matchmaker.graph import Snapshot
from matchmaker.model import Entity, Value
from matchmaker.schema import Property
from matchmaker.usecases.linked.mapping import CLASSES, PARTNER_KINDS, SDG, Terms
from matchmaker.usecases.linked.names import Names
from matchmaker.usecases.linked.vocabulary import concept_schemes

Node = dict[str, Any]

_DATE_TYPES = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}


class Linker:
    """Writes the entities of one snapshot as nodes.

    Parameters
    ----------
    snapshot : Snapshot
        What to write: the view of whoever is to read it.
    names : Names
        IRIs to use.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> city = Entity("city", "phuket", {"name": "Phuket", "country": "country-thailand"})
    >>> linker = Linker(Snapshot.build(load_schema(), [city]), Names("https://match.example"))
    >>> node = linker.node(city)
    >>> node["@id"], node["containedInPlace"]
    ('https://match.example/id/phuket', 'https://match.example/id/country-thailand')
    """

    def __init__(self, snapshot: Snapshot, names: Names) -> None:
        self.snapshot = snapshot
        self.names = names
        self.terms = Terms(snapshot.schema)

    def node(self, entity: Entity) -> Node:
        """Return an entity as a node without a context."""
        kind = self.snapshot.schema.entities[entity.type]
        node: Node = {
            "@id": self.names.thing(entity.id),
            "@type": self._classes(entity),
            "identifier": entity.id,
            "version": self.snapshot.version(entity.id),
            "url": self.names.page(kind.plural, entity.id),
        }
        for name, value in entity.values.items():
            mapped = self.terms.of(entity.type, name)
            if mapped is not None:
                node[mapped.key] = self._written(kind.properties[name], value)
        if "name" not in node and "prefLabel" not in node:
            node["name"] = self.snapshot.schema.caption(entity)
        node |= self._place(entity) | self._concept(entity) | self._origin(entity)
        node["subjectOf"] = self._record(entity, kind.plural)
        return node

    def detail(self, entity: Entity) -> Node:
        """Return an entity as a document of its own."""
        return {"@context": self.names.context, **self.node(entity)}

    def page(
        self, entities: Iterable[Entity], total: int, address: str, page: str, following: str | None
    ) -> Node:
        """Return one page of a list as a Hydra collection.

        Parameters
        ----------
        entities : iterable of Entity
            What stands on the page.
        total : int
            How many stand in the whole list.
        address, page : str
            Address of the list and of this page of it.
        following : str, optional
            Address of the next page.
        """
        view: Node = {"@id": page, "@type": "hydra:PartialCollectionView"}
        if following is not None:
            view["next"] = following
        return {
            "@context": self.names.context,
            "@id": address,
            "@type": "hydra:Collection",
            "totalItems": total,
            "view": view,
            "member": [self.node(entity) for entity in entities],
        }

    def whole(self) -> Iterator[str]:
        """Yield the whole graph as a JSON-LD document in pieces, with its context inside.

        Notes
        -----
        Memory for one node at a time, whatever the size of the graph.
        """
        context = self.terms.context(self.names)
        yield '{"@context":' + json.dumps(context, ensure_ascii=False) + ',\n"@graph":['
        separator = "\n"
        for node in self.nodes():
            yield separator + json.dumps(node, ensure_ascii=False)
            separator = ",\n"
        yield "\n]}\n"

    def nodes(self) -> Iterator[Node]:
        """Yield every node of the graph: concept schemes, then entities in order of identifier."""
        yield from concept_schemes(self.snapshot.schema, self.names)
        for _, entity in sorted(self.snapshot.entities.items()):
            yield self.node(entity)

    def _classes(self, entity: Entity) -> list[str]:
        found = [f"mk:{self.snapshot.schema.entities[entity.type].label}"]
        found += CLASSES.get(entity.type, ())
        if entity.type == "partner" and entity.text("kind") in PARTNER_KINDS:
            found.append(PARTNER_KINDS[entity.text("kind")])
        return found

    def _written(self, prop: Property, value: Value) -> Any:
        if isinstance(value, tuple):
            return [self._single(prop, part) for part in value]
        return self._single(prop, value)

    def _single(self, prop: Property, value: Value) -> Any:
        if prop.target is not None:
            return self.names.thing(str(value))
        if prop.kind == "term":
            return self.names.term(prop.vocabulary or "", str(value))
        if prop.kind == "date":
            return dated(str(value))
        return value

    def _place(self, entity: Entity) -> Node:
        latitude, longitude = entity.number("latitude"), entity.number("longitude")
        found: Node = {"@type": "schema:GeoCoordinates"}
        if latitude is not None:
            found["latitude"] = latitude
        if longitude is not None:
            found["longitude"] = longitude
        return {"geo": found} if len(found) > 1 else {}

    def _concept(self, entity: Entity) -> Node:
        if "skos:Concept" not in CLASSES.get(entity.type, ()):
            return {}
        scheme = self.names.scheme(entity.type)
        found: Node = {"inScheme": scheme}
        if not entity.refs("broader"):
            found["topConceptOf"] = scheme
        if goals := entity.refs("sdg_targets"):
            found["relatedMatch"] = [SDG + goal for goal in goals]
        return found

    def _origin(self, entity: Entity) -> Node:
        """Return the sources of an entity, and each with its place in it."""
        if not entity.citations:
            return {}
        return {
            "wasDerivedFrom": [self.names.thing(s) for s in dict.fromkeys(entity.refs("source"))],
            "qualifiedDerivation": [
                {
                    "@type": "prov:Derivation",
                    "derivedFrom": self.names.thing(c.source),
                    "locator": c.locator,
                }
                for c in entity.citations
            ],
        }

    def _record(self, entity: Entity, plural: str) -> Node:
        record: Node = {
            "@id": self.names.record(plural, entity.id),
            "@type": ["schema:Dataset", "prov:Entity"],
        }
        if len(self.snapshot.as_of) == 10:
            record["generatedAtTime"] = f"{self.snapshot.as_of}T00:00:00Z"
        return record


def dated(text: str) -> Any:
    """Return a day, month or year as a literal of the type that is as exact.

    Examples
    --------
    >>> dated("2018-07")
    {'@value': '2018-07', '@type': 'xsd:gYearMonth'}
    """
    if not is_date(text):
        return text
    return {"@value": text, "@type": _DATE_TYPES[len(text)]}
