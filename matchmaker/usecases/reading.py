"""Reading: lists, details, relationships and search over a snapshot, as JSON-ready documents.

The web's API and pages and the command line all read through here, so that they agree.
"""

from __future__ import annotations

import base64
import binascii
import difflib
from collections.abc import Mapping, Sequence
from itertools import groupby, islice
from typing import Any

from matchmaker.checking import is_slug
from matchmaker.errors import BadRequestError, NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity, Relationship
from matchmaker.usecases.filtering import (
    fold,
    holds_words,
    look_alikes,
    select,
    texts_of,
    words_of,
)

Document = dict[str, Any]

DEFAULT_LIMIT = 50
MOST = 200
_SNIPPET = 160
_SEARCH_FIRST = ("city", "partner", "need", "offer", "project", "collaboration", "topic")


def parse_limit(raw: str | int | None, default: int = DEFAULT_LIMIT) -> int:
    """Return how many items to give at most.

    Raises
    ------
    BadRequestError
        If it is not a whole number from 1 to 200.

    Examples
    --------
    >>> parse_limit(None), parse_limit("20")
    (50, 20)
    >>> parse_limit("0")
    Traceback (most recent call last):
    matchmaker.errors.BadRequestError: limit: must be a whole number from 1 to 200, not '0'
    """
    if raw is None:
        return default
    text = str(raw)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MOST):
        message = f"must be a whole number from 1 to {MOST}, not {text[:100]!r}"
        raise BadRequestError("limit", message)
    return int(text)


def make_cursor(last: str) -> str:
    """Return the cursor of the page that follows an entity.

    It holds the last identifier seen, so that changes between two pages neither repeat nor skip
    anything that stays.

    Examples
    --------
    >>> read_cursor(make_cursor("phuket"))
    'phuket'
    """
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    """Return the identifier that a cursor stands for.

    Raises
    ------
    BadRequestError
        If the cursor did not come from here.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        last = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (UnicodeError, binascii.Error):
        last = ""
    if not is_slug(last) or make_cursor(last) != cursor:
        raise BadRequestError("cursor", "is not one that a list of this service gave as 'next'")
    return last


def list_entities(
    snapshot: Snapshot,
    type_name: str,
    *,
    filters: Mapping[str, Sequence[str]] | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: str | int | None = None,
) -> Document:
    """Return one page of the entities of a type.

    Parameters
    ----------
    snapshot : Snapshot
        Where to read.
    type_name : str
        Name of the entity type.
    filters : mapping of str to sequence of str, optional
        Values that pass, by filter (see :func:`~matchmaker.usecases.filtering.filters_of`).
    q : str, optional
        Words that must all occur in the searchable texts.
    cursor : str, optional
        ``next`` of the page before.
    limit : str or int, optional
        How many items at most, 1 to 200; 50 if not given.

    Returns
    -------
    dict
        ``{"items": [...], "next": cursor or None, "total": n}``, in order of identifier.

    Raises
    ------
    BadRequestError
        Naming the parameter that cannot be used.
    """
    size = parse_limit(limit)
    after = read_cursor(cursor) if cursor is not None else ""
    passing = list(select(snapshot, type_name, filters or {}, q))
    left = [entity for entity in passing if entity.id > after]
    page = left[:size]
    return {
        "items": [entity_document(snapshot, entity) for entity in page],
        "next": make_cursor(page[-1].id) if len(left) > size else None,
        "total": len(passing),
    }


def reference(snapshot: Snapshot, identifier: str, kind: str) -> Document:
    """Return ``{"id", "caption", "type"}`` of an entity that another one names."""
    entity = snapshot.entities.get(identifier)
    if entity is None:
        return {"id": identifier, "caption": identifier, "type": kind}
    return {"id": entity.id, "caption": snapshot.schema.caption(entity), "type": entity.type}


def entity_document(snapshot: Snapshot, entity: Entity) -> Document:
    """Return an entity with every property of its type, references expanded.

    A property that is not set is None (an empty list for one that holds several values).
    """
    kind = snapshot.schema.entities[entity.type]
    document: Document = {
        "id": entity.id,
        "type": entity.type,
        "caption": snapshot.schema.caption(entity),
    }
    for prop in kind.properties.values():
        if prop.target is not None:
            found = [reference(snapshot, i, prop.target) for i in entity.refs(prop.name)]
            document[prop.name] = found if prop.many else next(iter(found), None)
        elif prop.many:
            document[prop.name] = list(entity.refs(prop.name))
        else:
            document[prop.name] = entity.values.get(prop.name)
    if kind.provenance:
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


def detail(snapshot: Snapshot, identifier: str, type_name: str) -> Document:
    """Return one entity of a type with its relationships.

    Raises
    ------
    NotFoundError
        If there is none; the error carries identifiers that look alike.
    """
    return _with_relationships(snapshot, snapshot.get(type_name, identifier))


def node(snapshot: Snapshot, identifier: str) -> Document:
    """Return the entity with an identifier, whatever its type, with its relationships.

    Raises
    ------
    NotFoundError
        If there is none; the error carries identifiers that look alike.
    """
    return _with_relationships(snapshot, _any(snapshot, identifier))


def _any(snapshot: Snapshot, identifier: str) -> Entity:
    entity = snapshot.entities.get(identifier)
    if entity is None:
        near = difflib.get_close_matches(identifier[:100], snapshot.entities, 3, 0.6)
        raise NotFoundError("node", identifier[:100], near)
    return entity


def _with_relationships(snapshot: Snapshot, entity: Entity) -> Document:
    return entity_document(snapshot, entity) | {"relationships": relationships(snapshot, entity)}


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


def search(snapshot: Snapshot, q: str, limit: str | int | None = None) -> Document:
    """Search the texts of all entities.

    Returns
    -------
    dict
        ``{"query", "total", "items": [{"id", "type", "caption", "snippet"}], "suggestions"}``.
        The order is: whole name, beginning of the name, part of the name, elsewhere; then by type
        (cities and partners first) and identifier.  ``suggestions`` are names that look like the
        query when nothing was found.

    Raises
    ------
    BadRequestError
        If the query is empty or too long, or the limit cannot be used.

    Notes
    -----
    O(text of all entities): a scan, since folded texts are kept in memory.
    """
    size = parse_limit(limit, 20)
    words = words_of(q)
    if not words:
        raise BadRequestError("q", "says what to look for and must not be empty")
    kinds = snapshot.schema.entities
    hits = [e for e in snapshot.entities.values() if holds_words(kinds[e.type], e, words)]
    whole = " ".join(words)
    order = {name: i for i, name in enumerate(dict.fromkeys((*_SEARCH_FIRST, *kinds)))}

    def place(entity: Entity) -> tuple[int, int, str]:
        return _nearness(snapshot, entity, whole, words), order[entity.type], entity.id

    return {
        "query": q,
        "total": len(hits),
        "items": [
            reference(snapshot, e.id, e.type) | {"snippet": _snippet(snapshot, e, words)}
            for e in islice(sorted(hits, key=place), size)
        ],
        "suggestions": [] if hits else look_alikes(snapshot, q),
    }


def _nearness(snapshot: Snapshot, entity: Entity, whole: str, words: Sequence[str]) -> int:
    kind = snapshot.schema.entities[entity.type]
    names = [fold(snapshot.schema.caption(entity)), entity.id]
    names += [fold(entity.text(n)) for n in ("label_th", "full_name") if n in kind.properties]
    if whole in names:
        return 0
    if any(name.startswith(whole) for name in names):
        return 1
    return 2 if any(all(word in name for word in words) for name in names) else 3


def _snippet(snapshot: Snapshot, entity: Entity, words: Sequence[str]) -> str:
    """Return the part of a text around the first word found, without the caption itself."""
    kind = snapshot.schema.entities[entity.type]
    caption = snapshot.schema.caption(entity)
    texts = [text for text in texts_of(kind, entity) if text != caption]
    found = next((t for t in texts if any(w in fold(t) for w in words)), "")
    text = found or next(iter(texts), "")
    if len(text) <= _SNIPPET:
        return text
    place = min((p for w in words if (p := text.casefold().find(w)) >= 0), default=0)
    start = max(0, min(place - _SNIPPET // 3, len(text) - _SNIPPET))
    if start:
        start = text.find(" ", start, start + 20) + 1 or start
    end = min(len(text), start + _SNIPPET)
    return ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")
