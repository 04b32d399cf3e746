"""Languages: names and meanings in Thai for those who ask for them, where there are any."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import DEFAULT_FOLDER, Schema, read_yaml

USUAL: Final = "en"
LANGUAGES: Final = (USUAL, "th")
_NAMES: Final = ("label", "name")  # label_th, name_th hold a name in Thai

_made: Final[dict[str, tuple[Schema, Schema]]] = {}
"""By language: the schema last asked for, and what was made of it."""


@dataclass(frozen=True, slots=True)
class _SchemaInLanguage(Schema):
    """A schema whose captions are in another language where an entity has one there."""

    language: str = USUAL

    def caption(self, entity: Entity) -> str:
        """Return the name under which people who speak the language know the entity."""
        for name in _NAMES:
            if found := entity.text(f"{name}_{self.language}"):
                return found
        return Schema.caption(self, entity)


@lru_cache(maxsize=len(LANGUAGES))
def _texts(language: str) -> Mapping[str, Any]:
    """Read the translations that come with the graph schema."""
    texts: Mapping[str, Any] = read_yaml(DEFAULT_FOLDER / "languages" / f"{language}.yaml")
    return texts


def schema_in(schema: Schema, language: str) -> Schema:
    """Return a schema whose captions and meanings of terms are in a language.

    What is not translated stays as it is; terms themselves, which programs compare, never change.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> schema_in(load_schema(), "th").relationships["HAS_TOPIC"].caption
    'เกี่ยวกับ'
    """
    if language == USUAL:
        return schema
    whole, made = _made.get(language, (None, schema))
    if whole is schema:
        return made
    texts = _texts(language)
    meanings = {
        name: {t: texts["vocabularies"].get(name, {}).get(t, words) for t, words in terms.items()}
        for name, terms in schema.vocabularies.items()
    }
    links = {
        name: replace(link, caption=texts["relationships"].get(name, link.caption))
        for name, link in schema.relationships.items()
    }
    made = _SchemaInLanguage(schema.entities, links, meanings, language)
    _made[language] = (schema, made)
    return made


def in_language(snapshot: Snapshot, language: str) -> Snapshot:
    """Return a snapshot whose captions are in a language; it shares all else.  O(1)."""
    schema = schema_in(snapshot.schema, language)
    if schema is snapshot.schema:
        return snapshot
    told = copy.copy(snapshot)
    told.schema = schema
    return told
