"""Filters and text search over the entities of a snapshot, derived from the graph schema."""

from __future__ import annotations

import difflib
import functools
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from matchmaker.checking import closest
from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity, Value
from matchmaker.schema import EntityType, Property, Schema

LONGEST_QUERY = 200
_LARGEST_INTEGER_DIGITS = 18
_DERIVED_COUNTRY = "Country of the city."
_DERIVED_TOPIC = (
    "Topic, with all topics narrower than it; counts the topics and the focus area, and for offers "
    "and partners also the topics of the collaborations that document them."
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow down a list; the values given for one filter are alternatives.

    ``derived`` filters look beyond the property of that name: ``country`` goes by way of the city,
    ``topic`` takes in narrower topics.
    """

    name: str
    kind: Literal["term", "reference", "integer", "boolean"]
    description: str
    vocabulary: str | None = None
    target: str | None = None
    derived: bool = False


def filters_of(schema: Schema, type_name: str) -> dict[str, Filter]:
    """Return the filters that the lists of an entity type take, by name.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> sorted(filters_of(load_schema(), "city"))
    ['country', 'member_group', 'population', 'source', 'source_held', 'year_joined']
    """
    kind = schema.entities[type_name]
    found = {p.name: f for p in kind.properties.values() if (f := _of_property(p)) is not None}
    if "country" not in kind.properties and "city" in kind.properties:
        text = _DERIVED_COUNTRY
        found["country"] = Filter("country", "reference", text, target="country", derived=True)
    if "topic" not in kind.properties and "topics" in kind.properties:
        text = _DERIVED_TOPIC
        found["topic"] = Filter("topic", "reference", text, target="topic", derived=True)
    return found


def _of_property(prop: Property) -> Filter | None:
    if prop.kind == "term":
        return Filter(prop.name, "term", prop.description, vocabulary=prop.vocabulary)
    if prop.kind in ("reference", "references"):
        return Filter(prop.name, "reference", prop.description, target=prop.target)
    if prop.kind == "integer":
        return Filter(prop.name, "integer", prop.description)
    if prop.kind == "boolean":
        return Filter(prop.name, "boolean", prop.description)
    return None


def select(
    snapshot: Snapshot, type_name: str, wanted: Mapping[str, Sequence[str]], q: str | None = None
) -> Iterator[Entity]:
    """Return the entities of a type that pass every filter, in order of identifier.

    Parameters
    ----------
    snapshot : Snapshot
        Where to look.
    type_name : str
        Name of the entity type.
    wanted : mapping of str to sequence of str
        For each filter the values that pass; texts, as they stand in a URL.
    q : str, optional
        Words that must all occur in the searchable texts of an entity.

    Raises
    ------
    BadRequestError
        If a filter is unknown or one of its values cannot be, before anything is read.

    Notes
    -----
    O(entities of the type), with a short test for each filter.
    """
    known = filters_of(snapshot.schema, type_name)
    for name in wanted:
        if name not in known:
            names = sorted({*known, "q", "cursor", "limit"})
            message = f"is not a parameter of this list{closest(name[:100], names)}"
            raise BadRequestError(name[:100], f"{message}; known are {', '.join(names)}")
    tests = [
        (known[name], frozenset(_parsed(snapshot, known[name], text) for text in texts))
        for name, texts in wanted.items()
        if texts
    ]
    words = words_of(q) if q is not None else ()
    return (
        entity
        for entity in snapshot.of_type(type_name).values()
        if all(not allowed.isdisjoint(_held(snapshot, entity, f)) for f, allowed in tests)
        and (not words or holds_words(snapshot.schema.entities[type_name], entity, words))
    )


def _parsed(snapshot: Snapshot, rule: Filter, text: str) -> Value:
    """Turn a filter's value into what entities hold, refusing what no entity could hold."""
    if rule.kind == "boolean":
        if text not in ("true", "false"):
            raise BadRequestError(rule.name, f"{text[:100]!r} is not true or false")
        return text == "true"
    if rule.kind == "integer":
        return whole_number(rule.name, text)
    if rule.kind == "term":
        terms = snapshot.schema.vocabularies[rule.vocabulary or ""]
        if text not in terms:
            hint = closest(text[:100], terms)
            message = f"{text[:100]!r} is not one of {', '.join(terms)}{hint}"
            raise BadRequestError(rule.name, message)
        return text
    target = rule.target or ""
    if text not in snapshot.of_type(target):
        hint = closest(text[:100], snapshot.of_type(target))
        if not hint and (holding := [i for i in snapshot.of_type(target) if text[:100] in i]):
            hint = f" (did you mean {holding[0]!r}?)"
        what = target.replace("_", " ")
        raise BadRequestError(rule.name, f"there is no {what} {text[:100]!r}{hint}")
    return text


def whole_number(name: str, text: str) -> int:
    """Read a whole number from a URL.

    Raises
    ------
    BadRequestError
        If it is not one; digits of other scripts, spaces and signs but ``-`` are not taken.

    Examples
    --------
    >>> whole_number("limit", "20")
    20
    """
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _LARGEST_INTEGER_DIGITS:
        raise BadRequestError(name, f"{text[:100]!r} is not a whole number")
    return int(text)


def _held(snapshot: Snapshot, entity: Entity, rule: Filter) -> set[Value]:
    """Return the values of an entity that a filter looks at."""
    if rule.derived and rule.name == "country":
        cities = (snapshot.entities.get(city) for city in entity.refs("city"))
        return {country for city in cities if city for country in city.refs("country")}
    if rule.derived:
        return {wider for topic in _topics(snapshot, entity) for wider in _wider(snapshot, topic)}
    value = entity.values.get(rule.name)
    if value is None:
        return set()
    return set(value) if isinstance(value, tuple) else {value}


def _topics(snapshot: Snapshot, entity: Entity) -> set[str]:
    topics = {*entity.refs("topics"), *entity.refs("focus_area")}
    cases: list[Entity] = []
    if entity.type == "offer":
        found = (snapshot.entities.get(i) for i in entity.refs("documented_by"))
        cases = [case for case in found if case is not None]
    elif entity.type == "partner":
        cases = snapshot.sources_of(entity.id, "WITH_PARTNER")
    return topics.union(*(case.refs("topics") for case in cases))


def _wider(snapshot: Snapshot, topic: str) -> set[str]:
    """Return a topic and everything broader than it."""
    seen: set[str] = set()
    waiting = [topic]
    while waiting:
        current = waiting.pop()
        if current not in seen and (found := snapshot.entities.get(current)) is not None:
            seen.add(current)
            waiting += found.refs("broader")
    return seen


@functools.lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """Return a text as it is compared: lower case, compatible forms joined, accents dropped.

    Only accents of the Latin, Greek and Cyrillic scripts are dropped: in Thai, Lao, Khmer and
    Burmese the marks are vowels and tones.

    Examples
    --------
    >>> fold("Đà Nẵng"), fold("Makassar") == fold("MAKASSAR")
    ('da nang', True)
    """
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
