"""Filters over the entities of a snapshot, derived from the graph schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from matchmaker.checking import closest, is_date
from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity, Value
from matchmaker.schema import Property, Schema
from matchmaker.usecases.reading.texts import holds_words, words_of

LIST_PARAMETERS: Final = ("q", "sort", "fields", "cursor", "limit")
"""What a list takes beside its filters."""
_LARGEST_INTEGER_DIGITS = 18
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_DERIVED_COUNTRY = "Country of the city."
_DERIVED_CITY = "City of the project."
_DERIVED_TOPIC = (
    "Topic, with all topics narrower than it; counts the topics and the focus area, and for offers "
    "and partners also the topics of the collaborations that document them."
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow down a list; the values given for one filter are alternatives.

    ``derived`` filters look beyond the property of that name: ``city`` goes by way of the project,
    ``country`` by way of the city, ``topic`` takes in narrower topics.  A filter with a ``bound``
    passes what is at least (``gte``) or at most (``lte``) the one value given for it.
    """

    name: str
    kind: Literal["term", "reference", "integer", "number", "date", "boolean"]
    description: str
    vocabulary: str | None = None
    target: str | None = None
    derived: bool = False
    bound: Literal["", "gte", "lte"] = ""

    @property
    def prop(self) -> str:
        """Name of the property that is looked at, where the filter is not derived."""
        return self.name.removesuffix(f".{self.bound}")


def filters_of(schema: Schema, type_name: str) -> dict[str, Filter]:
    """Return the filters that the lists of an entity type take, by name.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> [name for name in filters_of(load_schema(), "city") if name.startswith("year")]
    ['year_joined', 'year_joined.gte', 'year_joined.lte']
    """
    kind = schema.entities[type_name]
    found = {f.name: f for p in kind.properties.values() for f in _of_property(p)}
    if "city" not in kind.properties and "project" in kind.properties:
        found["city"] = Filter("city", "reference", _DERIVED_CITY, target="city", derived=True)
    if "country" not in kind.properties and "city" in found:
        text = _DERIVED_COUNTRY
        found["country"] = Filter("country", "reference", text, target="country", derived=True)
    if "topic" not in kind.properties and "topics" in kind.properties:
        text = _DERIVED_TOPIC
        found["topic"] = Filter("topic", "reference", text, target="topic", derived=True)
    return found


def _of_property(prop: Property) -> Iterator[Filter]:
    """Yield the filters on a property that everybody sees; others would tell what is hidden."""
    if prop.visibility != "public":
        return
    if prop.kind == "term":
        yield Filter(prop.name, "term", prop.description, vocabulary=prop.vocabulary)
    if prop.kind in ("reference", "references"):
        yield Filter(prop.name, "reference", prop.description, target=prop.target)
    if prop.kind == "integer":
        yield Filter(prop.name, "integer", prop.description)
    if prop.kind == "boolean":
        yield Filter(prop.name, "boolean", prop.description)
    if prop.kind in ("integer", "number", "date"):
        least, most = f"At least this: {prop.description}", f"At most this: {prop.description}"
        yield Filter(f"{prop.name}.gte", prop.kind, least, bound="gte")
        yield Filter(f"{prop.name}.lte", prop.kind, most, bound="lte")


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
            names = sorted({*known, *LIST_PARAMETERS})
            message = f"is not a parameter of this list{closest(name[:100], names)}"
            raise BadRequestError(name[:100], f"{message}; known are {', '.join(names)}")
    tests = [_test(snapshot, known[name], texts) for name, texts in wanted.items() if texts]
    words = words_of(q) if q is not None else ()
    return (
        entity
        for entity in snapshot.of_type(type_name).values()
        if all(passes(entity) for passes in tests)
        and (not words or holds_words(snapshot.schema.entities[type_name], entity, words))
    )


def _test(snapshot: Snapshot, rule: Filter, texts: Sequence[str]) -> Callable[[Entity], bool]:
    """Return the question whether an entity passes a filter."""
    if rule.bound:
        if len(texts) > 1:
            raise BadRequestError(rule.name, "is given more than once")
        return _bounding(rule, texts[0])
    allowed = frozenset(_parsed(snapshot, rule, text) for text in texts)
    return lambda entity: not allowed.isdisjoint(_held(snapshot, entity, rule))


def _bounding(rule: Filter, text: str) -> Callable[[Entity], bool]:
    """Return the question whether a number or date is in bounds; what is not set is not.

    A date known to the month or year stands for its first day; a bound so given takes in all of it.
    """
    name, at_least = rule.prop, rule.bound == "gte"
    if rule.kind == "date":
        if not is_date(text):
            message = f"{text[:100]!r} is not a date (YYYY, YYYY-MM or YYYY-MM-DD)"
            raise BadRequestError(rule.name, message)
        day = _day(text, "-01-01" if at_least else "-12-31")
        if at_least:
            return lambda e: bool(known := e.text(name)) and _day(known, "-01-01") >= day
        return lambda e: bool(known := e.text(name)) and _day(known, "-01-01") <= day
    limit = whole_number(rule.name, text) if rule.kind == "integer" else _decimal(rule.name, text)
    if at_least:
        return lambda e: (known := e.number(name)) is not None and known >= limit
    return lambda e: (known := e.number(name)) is not None and known <= limit


def _day(text: str, rest: str) -> str:
    """Fill a date up to a day, as texts that compare like days.

    Examples
    --------
    >>> _day("2024", "-01-01"), _day("2024-02", "-12-31"), _day("2024-02-03", "-01-01")
    ('2024-01-01', '2024-02-31', '2024-02-03')
    """
    return text + rest[len(text) - 4 :]


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
    text = snapshot.redirects.get(text, text)
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


def _decimal(name: str, text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise BadRequestError(name, f"{text[:100]!r} is not a number such as 12.5")
    return float(text)


def _held(snapshot: Snapshot, entity: Entity, rule: Filter) -> set[Value]:
    """Return the values of an entity that a filter looks at."""
    if rule.derived and rule.name == "city":
        return set(_cities(snapshot, entity))
    if rule.derived and rule.name == "country":
        cities = (snapshot.entities.get(city) for city in _cities(snapshot, entity))
        return {country for city in cities if city for country in city.refs("country")}
    if rule.derived:
        return {wider for topic in _topics(snapshot, entity) for wider in _wider(snapshot, topic)}
    value = entity.values.get(rule.name)
    if value is None:
        return set()
    return set(value) if isinstance(value, tuple) else {value}


def _cities(snapshot: Snapshot, entity: Entity) -> list[str]:
    """Return the cities of an entity, its project's where it names none itself."""
    if "city" in snapshot.schema.entities[entity.type].properties:
        return list(entity.refs("city"))
    projects = (snapshot.entities.get(project) for project in entity.refs("project"))
    return [city for project in projects if project for city in project.refs("city")]


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
