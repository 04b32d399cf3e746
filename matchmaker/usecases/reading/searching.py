"""Search: the texts of all entities at once, names before mentions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.usecases.reading.documents import Document, reference
from matchmaker.usecases.reading.listing import parse_limit
from matchmaker.usecases.reading.texts import fold, holds_words, look_alikes, texts_of, words_of

_SNIPPET = 160
_SEARCH_FIRST = ("city", "partner", "need", "offer", "project", "collaboration", "topic")


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
