"""Entities as JSON-ready documents, whole or in part."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from matchmaker.checking import closest
from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import EntityType

Document = dict[str, Any]

ALWAYS: Final = ("id", "type")
"""Members that every document of an entity has, whatever is chosen."""
RELATIONSHIPS: Final = "relationships"
"""Member that only details have."""
_LONGEST_CHOICE = 4000


def selectable(kind: EntityType) -> tuple[str, ...]:
    """Return the names of what may be chosen of an entity in a list: properties and what is added.

    ``links`` are addresses, which the web adds.
    """
    added = ("caption", "version", *(("citations",) if kind.provenance else ()), "links")
    return (*ALWAYS, *added, *kind.properties)


def chosen_fields(
    kind: EntityType, text: str | None, also: Iterable[str] = ()
) -> frozenset[str] | None:
    """Read the names of what is wanted of an entity; None means all of it.

    Parameters
    ----------
    kind : EntityType
        Type of the entities.
    text : str or None
        Names with commas between them, as they stand in a URL.
    also : iterable of str
        Names that may be chosen beside those of :func:`selectable`.

    Raises
    ------
    BadRequestError
        If a name is unknown, naming those that are known.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> sorted(chosen_fields(load_schema().entities["city"], "name,country"))
    ['country', 'id', 'name', 'type']
    """
    if text is None:
        return None
    known = (*selectable(kind), *also)
    names = [name.strip() for name in text[:_LONGEST_CHOICE].split(",")]
    for name in names:
        if name not in known:
            told = f"known are {', '.join(known)}"
            hint = closest(name[:100], known)
            raise BadRequestError(
                "fields", f"{name[:100]!r} is not one of its fields{hint}; {told}"
            )
    return frozenset((*ALWAYS, *names))


def reference(snapshot: Snapshot, identifier: str, kind: str) -> Document:
    """Return ``{"id", "caption", "type"}`` of an entity that another one names."""
    entity = snapshot.entities.get(identifier)
    if entity is None:
        return {"id": identifier, "caption": identifier, "type": kind}
    return {"id": entity.id, "caption": snapshot.schema.caption(entity), "type": entity.type}


def entity_document(
    snapshot: Snapshot, entity: Entity, fields: Collection[str] | None = None
) -> Document:
    """Return an entity with every property of its type, or those chosen, references expanded.

    A property that is not set is None (an empty list for one that holds several values); one that
    not everybody sees is there only where it is set and the snapshot, which may be a view, has it.
    """
    kind = snapshot.schema.entities[entity.type]
    document: Document = {"id": entity.id, "type": entity.type}
    if fields is None or "caption" in fields:
        document["caption"] = snapshot.schema.caption(entity)
    if fields is None or "version" in fields:
        document["version"] = snapshot.version(entity.id)
    for prop in kind.properties.values():
        if fields is not None and prop.name not in fields:
            continue
        if prop.visibility != "public" and prop.name not in entity.values:
            continue
        if prop.target is not None:
            found = [reference(snapshot, i, prop.target) for i in entity.refs(prop.name)]
            document[prop.name] = found if prop.many else next(iter(found), None)
        elif prop.many:
            document[prop.name] = list(entity.refs(prop.name))
        else:
            document[prop.name] = entity.values.get(prop.name)
    if kind.provenance and (fields is None or "citations" in fields):
        document["citations"] = citations(snapshot, entity)
    return document


def citations(snapshot: Snapshot, entity: Entity) -> list[Document]:
    """Return ``{"source", "title", "locator", "held"}`` for each citation of an entity."""
    found = []
    for citation in entity.citations:
        source = snapshot.entities.get(citation.source)
        found.append(
            {
                "source": citation.source,
                "title": source.text("title") if source else citation.source,
                "locator": citation.locator,
                "held": source is not None and source.values.get("held") is True,
            }
        )
    return found
