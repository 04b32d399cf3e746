"""The snapshot: an immutable graph in memory, built once and moved forward by the change log.

Reads are served from it.  Moving a snapshot forward gives a new one; readers of the old one are not
disturbed.  A snapshot at sequence N is the same whether it was read whole at N or moved there.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import networkx as nx

from matchmaker.errors import NotFoundError
from matchmaker.model import Change, Entity, Relationship
from matchmaker.schema import Schema

_Links = dict[str, dict[Relationship, None]]  # dicts as ordered sets


class Snapshot:
    """All entities and relationships at one sequence number.

    Parameters
    ----------
    schema : Schema
        The graph schema.
    entities : mapping of str to Entity
        By identifier.
    sequence : int
        Sequence number of the last change contained; 0 for one built straight from seeds.
    as_of : str
        Day (YYYY-MM-DD) that the data stand for; everything that depends on age uses it.
    """

    def __init__(
        self,
        schema: Schema,
        entities: Mapping[str, Entity],
        sequence: int,
        as_of: str,
        _links: tuple[_Links, _Links] | None = None,
    ) -> None:
        self.schema = schema
        self.sequence = sequence
        self.as_of = as_of
        self._entities = dict(entities)
        self._readable = MappingProxyType(self._entities)
        self._out, self._in = ({}, {}) if _links is None else _links
        if _links is None:
            for entity in self._entities.values():
                self._link(entity)
        self._by_type: dict[str, dict[str, Entity]] = {name: {} for name in schema.entities}
        for identifier in sorted(self._entities):
            entity = self._entities[identifier]
            self._by_type[entity.type][identifier] = entity

    @classmethod
    def build(
        cls, schema: Schema, entities: Iterable[Entity], sequence: int = 0, as_of: str = ""
    ) -> Snapshot:
        """Build a snapshot from entities.  O(entities + relationships)."""
        return cls(schema, {e.id: e for e in entities}, sequence, as_of)

    @property
    def entities(self) -> Mapping[str, Entity]:
        """All entities by identifier."""
        return self._readable

    def of_type(self, name: str) -> Mapping[str, Entity]:
        """Return the entities of one type, in order of identifier."""
        return MappingProxyType(self._by_type[name])

    def get(self, kind: str, identifier: str) -> Entity:
        """Return one entity of a type.

        Raises
        ------
        NotFoundError
            If there is none; the error carries identifiers that look alike.
        """
        entity = self._by_type[kind].get(identifier)
        if entity is None:
            near = difflib.get_close_matches(identifier[:100], self._by_type[kind], 3, 0.6)
            raise NotFoundError(kind.replace("_", " "), identifier[:100], near)
        return entity

    def links_from(self, identifier: str, *types: str) -> list[Relationship]:
        """Return relationships that start at an entity, of the given types or of all."""
        links = self._out.get(identifier, {})
        return [r for r in links if not types or r.type in types]

    def links_to(self, identifier: str, *types: str) -> list[Relationship]:
        """Return relationships that end at an entity, in order of where they start."""
        links = self._in.get(identifier, {})
        return sorted(r for r in links if not types or r.type in types)

    def sources_of(self, identifier: str, relationship: str) -> list[Entity]:
        """Return the entities that point to one by a relationship, in order of identifier."""
        links = self.links_to(identifier, relationship)
        return [self._entities[r.start] for r in links if r.start in self._entities]

    def is_linked(self, one: str, relationship: str, other: str) -> bool:
        """Tell whether a relationship joins two entities in either direction."""
        return Relationship(one, relationship, other) in self._out.get(
            one, {}
        ) or Relationship(other, relationship, one) in self._out.get(other, {})  # fmt: skip

    @property
    def relationship_count(self) -> int:
        """Number of relationships."""
        return sum(map(len, self._out.values()))

    def moved_forward(
        self, changes: Sequence[Change], as_of: str | None = None, sequence: int = 0
    ) -> Snapshot:
        """Return the snapshot after some more changes.

        Changes already contained do no harm, so a reader may replay from any earlier number.

        Parameters
        ----------
        changes : sequence of Change
            In order.
        as_of : str, optional
            Day that the data stand for after them; the same as before if not given.
        sequence : int
            Where the log stands after them, for a load that changed nothing but ``as_of``.

        Notes
        -----
        O(entities) for shallow copies of the tables plus O(links of the entities changed).
        """
        entities = dict(self._entities)
        forward = Snapshot.__new__(Snapshot)
        forward._out, forward._in = dict(self._out), dict(self._in)
        forward.schema = self.schema
        touched: set[str] = set()
        for change in changes:
            old = entities.pop(change.entity_id, None)
            if old is not None:
                forward._unlink(old, touched)
            if change.after is not None:
                entities[change.entity_id] = change.after
                forward._link(change.after, touched)
        sequence = max([self.sequence, sequence, *(c.sequence for c in changes)])
        forward.__init__(  # type: ignore[misc]  # one place sets all attributes
            self.schema, entities, sequence, as_of or self.as_of, (forward._out, forward._in)
        )
        return forward

    def _own(self, table: _Links, key: str, touched: set[str] | None) -> dict[Relationship, None]:
        """Return a table's row for writing, copied first if an older snapshot shares it."""
        mark = f"{id(table)}:{key}"
        if touched is not None and mark not in touched:
            touched.add(mark)
            table[key] = dict(table.get(key, {}))
        return table.setdefault(key, {})

    def _link(self, entity: Entity, touched: set[str] | None = None) -> None:
        for link in self.schema.relationships_of(entity):
            self._own(self._out, link.start, touched)[link] = None
            self._own(self._in, link.end, touched)[link] = None

    def _unlink(self, entity: Entity, touched: set[str]) -> None:
        for link in self.schema.relationships_of(entity):
            self._own(self._out, link.start, touched).pop(link, None)
            self._own(self._in, link.end, touched).pop(link, None)

    def as_networkx(self) -> nx.MultiDiGraph[str]:
        """Return the whole graph as a networkx graph, for export and analysis.

        Nodes carry ``type``, ``caption`` and their properties (lists joined by ``; ``), edges their
        ``type``, which is also the edge key.
        """
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(sequence=self.sequence, as_of=self.as_of)
        for _, entity in sorted(self._entities.items()):
            flat = {
                k: "; ".join(v) if isinstance(v, tuple) else v for k, v in entity.values.items()
            }
            caption = self.schema.caption(entity)
            graph.add_node(entity.id, **{**flat, "type": entity.type, "caption": caption})
        for _, links in sorted(self._out.items()):
            for link in sorted(links):
                graph.add_edge(link.start, link.end, key=link.type, type=link.type)
        return graph
