"""Reading: details and relationships over a snapshot; lists and search stand beside them.

The web's API and pages and the command line all read through here, so that they agree.  Whoever
calls gives the view of the one who asks (see :mod:`matchmaker.usecases.reading.seeing`).
"""

from __future__ import annotations

import difflib
from itertools import groupby

from matchmaker.errors import MovedError, NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity, Relationship
from matchmaker.usecases.reading.documents import (
    RELATIONSHIPS,
    Document,
    chosen_fields,
    citations,
    entity_document,
    reference,
)
from matchmaker.usecases.reading.listing import (
    DEFAULT_LIMIT,
    MOST,
    list_entities,
    parse_limit,
)
from matchmaker.usecases.reading.searching import search

__all__ = [
    "DEFAULT_LIMIT",
    "MOST",
    "Document",
    "citations",
    "detail",
    "entity_document",
    "list_entities",
    "node",
    "parse_limit",
    "reference",
    "relationship",
    "relationships",
    "search",
]


def detail(
    snapshot: Snapshot, identifier: str, type_name: str, fields: str | None = None
) -> Document:
    """Return one entity of a type with its relationships, or what is chosen of it.

    Parameters
    ----------
    snapshot : Snapshot
        Where to read: the view of whoever asks.
    identifier, type_name : str
        Which entity.
    fields : str, optional
        What is wanted of it (see :func:`~matchmaker.usecases.reading.documents.chosen_fields`); also
        ``relationships``.

    Raises
    ------
    NotFoundError
        If there is none; the error carries identifiers that look alike.
    MovedError
        If it was merged into another one.
    BadRequestError
        If a field is unknown.
    """
    kind = snapshot.schema.entities[type_name]
    chosen = chosen_fields(kind, fields, (RELATIONSHIPS,))
    entity = snapshot.get(type_name, identifier)
    document = entity_document(snapshot, entity, chosen)
    if chosen is None or RELATIONSHIPS in chosen:
        document[RELATIONSHIPS] = relationships(snapshot, entity)
    return document


def node(snapshot: Snapshot, identifier: str) -> Document:
    """Return the entity with an identifier, whatever its type, with its relationships.

    Raises
    ------
    NotFoundError
        If there is none; the error carries identifiers that look alike.
    MovedError
        If it was merged into another one.
    """
    entity = _any(snapshot, identifier)
    return entity_document(snapshot, entity) | {RELATIONSHIPS: relationships(snapshot, entity)}


def _any(snapshot: Snapshot, identifier: str) -> Entity:
    entity = snapshot.entities.get(identifier)
    if entity is None:
        if (target := snapshot.redirects.get(identifier)) is not None:
            raise MovedError("node", identifier, target)
        near = difflib.get_close_matches(identifier[:100], snapshot.entities, 3, 0.6)
        raise NotFoundError("node", identifier[:100], near)
    return entity


def relationships(snapshot: Snapshot, entity: Entity) -> list[Document]:
    """Return the relationships of an entity grouped by direction and type.

    Returns
    -------
    list of dict
        ``{"type", "caption", "direction": "out" or "in", "total", "items": [reference, ...]}``;
        those that start at the entity come first.

    Notes
    -----
    O(d log d) for an entity with d relationships; all of them are given.
    """
    groups: list[Document] = []
    out, into = snapshot.links_from(entity.id), snapshot.links_to(entity.id)
    for direction, links in (("out", out), ("in", into)):
        for name, group in groupby(sorted(links, key=lambda r: r.type), key=lambda r: r.type):
            ends = [r.end if direction == "out" else r.start for r in group]
            groups.append(
                {
                    "type": name,
                    "caption": snapshot.schema.relationships[name].caption,
                    "direction": direction,
                    "total": len(ends),
                    "items": [reference(snapshot, i, "") for i in ends],
                }
            )
    return groups


def relationship(snapshot: Snapshot, one: str, name: str, other: str) -> Document:
    """Return the relationship of a type that joins two entities, in whichever direction it runs.

    Paths of evidence walk relationships both ways; this settles whether a step exists.

    Returns
    -------
    dict
        ``{"type", "caption", "description", "start": reference, "end": reference}``.

    Raises
    ------
    NotFoundError
        If an entity is unknown, or no such relationship joins the two.
    MovedError
        If one of the entities was merged into another one.
    """
    first, second = _any(snapshot, one), _any(snapshot, other)
    kind = snapshot.schema.relationships.get(name)
    if kind is None:
        near = difflib.get_close_matches(name[:100], snapshot.schema.relationships, 3, 0.6)
        raise NotFoundError("relationship type", name[:100], near)
    there = Relationship(first.id, name, second.id)
    back = Relationship(second.id, name, first.id)
    found = next((r for r in (there, back) if r in snapshot.links_from(r.start, name)), None)
    if found is None:
        raise NotFoundError("relationship", f"{first.id} {name} {second.id}")
    return {
        "type": name,
        "caption": kind.caption,
        "description": kind.description,
        "start": reference(snapshot, found.start, ""),
        "end": reference(snapshot, found.end, ""),
    }
