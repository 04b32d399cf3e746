"""The snapshot: an immutable graph in memory, built once and moved forward by the change log.

Reads are served from it.  Moving a snapshot forward gives a new one; readers of the old one are not
disturbed.  A snapshot at sequence N is the same whether it was read whole at N or moved there.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import networkx as nx

from matchmaker.errors import MovedError, NotFoundError
from matchmaker.model import Change, Entity, Relationship
from matchmaker.schema import Schema

_Rows = dict[str, dict[Relationship, None]]  # dicts as ordered sets


def redirect(redirects: dict[str, str], merged: str, target: str) -> None:
    """Note that an identifier leads to another one, and all that led to it before as well.

    Examples
    --------
    >>> known = {"a": "b"}
    >>> redirect(known, "b", "c")
    >>> known
    {'a': 'c', 'b': 'c'}
    """
    for earlier, aim in redirects.items():
        if aim == merged:
            redirects[earlier] = target
    redirects[merged] = target


class _Links:
    """Relationships by the entity at either end.

    A copy shares its rows with the earlier table and makes a row its own before it changes it, so
    that readers of the earlier one are not disturbed.
    """

    def __init__(self, earlier: _Links | None = None) -> None:
        self.outward: _Rows = dict(earlier.outward) if earlier else {}
        self.inward: _Rows = dict(earlier.inward) if earlier else {}
        self._own_outward: set[str] = set()
        self._own_inward: set[str] = set()

    def add(self, link: Relationship) -> None:
        """Put a relationship in."""
        self._row(self.outward, self._own_outward, link.start)[link] = None
        self._row(self.inward, self._own_inward, link.end)[link] = None

    def remove(self, link: Relationship) -> None:
        """Take a relationship out, if it is there."""
        self._row(self.outward, self._own_outward, link.start).pop(link, None)
        self._row(self.inward, self._own_inward, link.end).pop(link, None)

    @staticmethod
    def _row(rows: _Rows, own: set[str], key: str) -> dict[Relationship, None]:
        if key not in own:
            own.add(key)
            rows[key] = dict(rows.get(key, ()))
        return rows[key]


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
    versions : mapping of str to int, optional
        Sequence number of each entity's last change; 0 where none is given.
    redirects : mapping of str to str, optional
        Identifiers that were merged into others, with those others; no target is a key.
    log : str, optional
        Which change log the sequence numbers are of; empty without a database.
    """

    def __init__(
        self,
        schema: Schema,
        entities: Mapping[str, Entity],
        sequence: int,
        as_of: str,
        *,
        versions: Mapping[str, int] | None = None,
        redirects: Mapping[str, str] | None = None,
        log: str = "",
        _links: _Links | None = None,
        _by_type: Mapping[str, dict[str, Entity]] | None = None,
    ) -> None:
        self.schema = schema
        self.sequence = sequence
        self.as_of = as_of
        self.log = log
        self._entities = dict(entities)
        self._readable = MappingProxyType(self._entities)
        self._versions = {} if versions is None else versions
        self._redirects = {} if redirects is None else dict(redirects)
        if _links is None:
            _links = _Links()
            for entity in self._entities.values():
                for link in schema.relationships_of(entity):
                    _links.add(link)
        self._links = _links
        if _by_type is None:
            tables: dict[str, dict[str, Entity]] = {name: {} for name in schema.entities}
            for identifier in sorted(self._entities):
                entity = self._entities[identifier]
                tables[entity.type][identifier] = entity
            _by_type = tables
        self._by_type = _by_type

    @classmethod
    def build(
        cls, schema: Schema, entities: Iterable[Entity], sequence: int = 0, as_of: str = "", *,
        versions: Mapping[str, int] | None = None, redirects: Mapping[str, str] | None = None,
        log: str = "",
    ) -> Snapshot:  # fmt: skip
        """Build a snapshot from entities.  O(entities + relationships)."""
        known = {e.id: e for e in entities}
        return cls(schema, known, sequence, as_of, versions=versions, redirects=redirects, log=log)

    @property
    def entities(self) -> Mapping[str, Entity]:
        """All entities by identifier."""
        return self._readable

    @property
    def redirects(self) -> Mapping[str, str]:
        """Identifiers that were merged into others, with the entities that stay."""
        return MappingProxyType(self._redirects)

    def version(self, identifier: str) -> int:
        """Return the sequence number of an entity's last change.

        It is 0 for what came straight from seeds, with no database, and for what a database of an
        earlier release holds until it is changed.
        """
        return self._versions.get(identifier, 0)

    def of_type(self, name: str) -> Mapping[str, Entity]:
        """Return the entities of one type, in order of identifier."""
        return MappingProxyType(self._by_type[name])

    def get(self, kind: str, identifier: str) -> Entity:
        """Return one entity of a type.

        Raises
        ------
        MovedError
            If it was merged into another one of the type.
        NotFoundError
            If there is none; the error carries identifiers that look alike.
        """
        entity = self._by_type[kind].get(identifier)
        if entity is None:
            target = self._redirects.get(identifier)
            if target in self._by_type[kind]:
                raise MovedError(kind.replace("_", " "), identifier, target)
            near = difflib.get_close_matches(identifier[:100], self._by_type[kind], 3, 0.6)
            raise NotFoundError(kind.replace("_", " "), identifier[:100], near)
        return entity

    def links_from(self, identifier: str, *types: str) -> list[Relationship]:
        """Return relationships that start at an entity, of the given types or of all."""
        links = self._links.outward.get(identifier, {})
        return [r for r in links if not types or r.type in types]

    def links_to(self, identifier: str, *types: str) -> list[Relationship]:
        """Return relationships that end at an entity, in order of where they start."""
        links = self._links.inward.get(identifier, {})
        return sorted(r for r in links if not types or r.type in types)

    def sources_of(self, identifier: str, relationship: str) -> list[Entity]:
        """Return the entities that point to one by a relationship, in order of identifier."""
        links = self.links_to(identifier, relationship)
        return [self._entities[r.start] for r in links if r.start in self._entities]

    def is_linked(self, one: str, relationship: str, other: str) -> bool:
        """Tell whether a relationship joins two entities in either direction."""
        return Relationship(one, relationship, other) in self._links.outward.get(
            one, {}
        ) or Relationship(other, relationship, one) in self._links.outward.get(other, {})  # fmt: skip

    @property
    def relationship_count(self) -> int:
        """Number of relationships."""
        return sum(map(len, self._links.outward.values()))

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
        entities, links = dict(self._entities), _Links(self._links)
        versions, redirects = dict(self._versions), dict(self._redirects)
        tables: dict[str, dict[str, Entity]] = {}  # of the types that change
        grown: set[str] = set()  # types whose tables have to be put in order again
        for change in changes:
            old = entities.pop(change.entity_id, None)
            versions.pop(change.entity_id, None)
            stays = old is not None and change.after is not None and old.type == change.after.type
            if old is not None:
                if not stays:
                    del self._table(tables, old.type)[change.entity_id]
                for link in self.schema.relationships_of(old):
                    links.remove(link)
            if change.after is not None:
                entities[change.entity_id] = change.after
                versions[change.entity_id] = change.sequence
                self._table(tables, change.after.type)[change.entity_id] = change.after
                if not stays:
                    grown.add(change.after.type)
                for link in self.schema.relationships_of(change.after):
                    links.add(link)
            if change.merged_into:
                redirect(redirects, change.entity_id, change.merged_into)
        for name in grown:
            rows = tables[name]
            tables[name] = {identifier: rows[identifier] for identifier in sorted(rows)}
        return Snapshot(
            self.schema,
            entities,
            max([self.sequence, sequence, *(c.sequence for c in changes)]),
            as_of or self.as_of,
            versions=versions,
            redirects=redirects,
            log=self.log,
            _links=links,
            _by_type={**self._by_type, **tables},
        )

    def with_values(self, entities: Mapping[str, Entity]) -> Snapshot:
        """Return the snapshot with some entities replaced by others that have the same references."""
        tables: dict[str, dict[str, Entity]] = {}
        for identifier, entity in entities.items():
            self._table(tables, entity.type)[identifier] = entity
        return Snapshot(
            self.schema,
            self._entities | dict(entities),
            self.sequence,
            self.as_of,
            versions=self._versions,
            redirects=self._redirects,
            log=self.log,
            _links=self._links,
            _by_type={**self._by_type, **tables},
        )

    def _table(self, tables: dict[str, dict[str, Entity]], kind: str) -> dict[str, Entity]:
        """Return the entities of a type in a table of their own, copied when first asked for."""
        if kind not in tables:
            tables[kind] = dict(self._by_type[kind])
        return tables[kind]

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
        for _, links in sorted(self._links.outward.items()):
            for link in sorted(links):
                graph.add_edge(link.start, link.end, key=link.type, type=link.type)
        return graph
