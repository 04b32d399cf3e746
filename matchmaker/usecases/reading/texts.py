"""Texts as they are compared: words of a query, and the texts of entities that are searched."""

from __future__ import annotations

import difflib
import functools
import unicodedata
from collections.abc import Sequence
from typing import Final

from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import EntityType

LONGEST_QUERY: Final = 200


def fold(text: str) -> str:
    """Return a text as it is compared: lower case, compatible forms joined, accents dropped.

    Only accents of the Latin, Greek and Cyrillic scripts are dropped: in Thai, Lao, Khmer and
    Burmese the marks are vowels and tones.

    Examples
    --------
    >>> fold("Đà Nẵng"), fold("Makassar") == fold("MAKASSAR")
    ('da nang', True)
    """
    return text.lower() if text.isascii() else _folded(text)


@functools.lru_cache(maxsize=16_384)
def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text).casefold().replace("đ", "d")
    kept = "".join(c for c in parts if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", kept)


def words_of(q: str) -> tuple[str, ...]:
    """Split a query into words as they are compared.

    Raises
    ------
    BadRequestError
        If the query is too long.
    """
    if len(q) > LONGEST_QUERY:
        raise BadRequestError("q", f"is longer than {LONGEST_QUERY} characters")
    return tuple(dict.fromkeys(fold(q).split()))


def texts_of(kind: EntityType, entity: Entity) -> list[str]:
    """Return the searchable texts of an entity, in the order of the schema."""
    return [
        text for p in kind.properties.values() if p.search for text in entity.refs(p.name) if text
    ]


def holds_words(kind: EntityType, entity: Entity, words: Sequence[str]) -> bool:
    """Tell whether every word occurs in an entity's identifier or searchable texts.

    Words are looked for as parts of words: Thai, Lao, Khmer and Burmese are written without spaces.
    """
    texts = [entity.id, *map(fold, texts_of(kind, entity))]
    return all(any(word in text for text in texts) for word in words)


def look_alikes(snapshot: Snapshot, q: str, most: int = 3) -> list[str]:
    """Return captions that look like a query that found nothing."""
    captions = {fold(c): c for e in snapshot.entities.values() if (c := snapshot.schema.caption(e))}
    near = difflib.get_close_matches(fold(q)[:100], captions, most, 0.6)
    return [captions[key] for key in near]
