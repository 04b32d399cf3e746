"""Check values against the schema: from CSV cells, from JSON, and whole sets of entities.

Every check returns what is wrong instead of stopping at the first fault, so that a person can mend
a file in one go.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from matchmaker.model import Entity, Value
from matchmaker.schema import EntityType, Property, Schema

LIST_SEPARATOR = ";"
LONGEST_TEXT = 10_000
MOST_HINTS = 20
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LARGEST = 2**53  # whole numbers beyond are not exact in JSON readers that use floats


class BadValueError(ValueError):
    """A single value does not fit its property; the message says how to mend it."""


def is_slug(text: str) -> bool:
    """Tell whether a text may serve as an identifier.

    Examples
    --------
    >>> is_slug("phuket-scap2018-1"), is_slug("Phuket"), is_slug("")
    (True, False, False)
    """
    return len(text) <= 100 and _SLUG.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """Tell whether a text is a day of the calendar, or a month or year of it.

    Examples
    --------
    >>> is_date("2024-02-29"), is_date("2024-02"), is_date("2023-02-29"), is_date("0000")
    (True, True, False, False)
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    try:
        date(*[int(part or 1) for part in found.groups()])
    except ValueError:
        return False
    return True


def parse_cell(schema: Schema, prop: Property, cell: str) -> Value | None:
    """Turn one CSV cell into a value; an empty cell is None.

    Raises
    ------
    BadValueError
        If the cell does not fit the property.
    """
    cell = cell.strip()
    if not cell:
        return None
    raw: Any = cell
    if prop.many:
        raw = [part.strip() for part in cell.split(LIST_SEPARATOR)]
    elif prop.kind == "boolean":
        if cell not in ("true", "false"):
            raise BadValueError(f"{cell!r} is not true or false")
        raw = cell == "true"
    elif prop.kind in ("integer", "number"):
        try:
            # Python also reads 1_000 and digits of other scripts, which nobody means in a table.
            plain = cell if cell.isascii() and "_" not in cell else "?"
            raw = int(plain) if prop.kind == "integer" else float(plain)
        except ValueError:
            kind = "a whole number" if prop.kind == "integer" else "a number"
            raise BadValueError(f"{cell[:40]!r} is not {kind}") from None
    return coerce(schema, prop, raw)


def coerce(schema: Schema, prop: Property, raw: Any) -> Value:
    """Check a value that came as JSON and return it in its stored form.

    Raises
    ------
    BadValueError
        If the value has the wrong type or lies outside what the property allows.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> schema = load_schema()
    >>> coerce(schema, schema.entities["city"].properties["latitude"], 7.88)
    7.88
    >>> coerce(schema, schema.entities["city"].properties["latitude"], 97)
    Traceback (most recent call last):
    matchmaker.checking.BadValueError: 97 lies outside -90 to 90
    """
    if prop.many:
        if not isinstance(raw, list | tuple):
            raise BadValueError("must be a list")
        parts = tuple(_single(schema, prop, part) for part in raw)
        # Locators repeat legitimately (two sources may both be cited at p. 8), references do not.
        if prop.kind == "references" and prop.name != "source" and len(set(parts)) < len(parts):
            raise BadValueError("names the same thing twice")
        return parts
    if prop.kind == "boolean":
        if not isinstance(raw, bool):
            raise BadValueError("must be true or false")
        return raw
    if prop.kind in ("integer", "number"):
        return _number(prop, raw)
    return _single(schema, prop, raw)


def _number(prop: Property, raw: Any) -> int | float:
    whole = prop.kind == "integer"
    allowed = int if whole else (int, float)
    if isinstance(raw, bool) or not isinstance(raw, allowed):
        raise BadValueError(f"{raw!r} is not a {'whole ' if whole else ''}number")
    if isinstance(raw, int) and abs(raw) > _LARGEST:
        raise BadValueError("is too large a number")
    number = raw if whole else float(raw)
    if not math.isfinite(number):
        raise BadValueError("must be a finite number")
    if prop.range and not prop.range[0] <= number <= prop.range[1]:
        raise BadValueError(f"{raw} lies outside {prop.range[0]} to {prop.range[1]}")
    return int(number) if whole else number


def _single(schema: Schema, prop: Property, raw: Any) -> str:
    if not isinstance(raw, str):
        raise BadValueError(f"{raw!r} is not a text")
    text = raw.strip()
    if not text:
        raise BadValueError("is empty")
    if len(text) > LONGEST_TEXT:
        raise BadValueError(f"is longer than {LONGEST_TEXT} characters")
    if _CONTROL.search(text):
        raise BadValueError("holds a control character")
    if _SURROGATE.search(text):
        raise BadValueError("holds half a character, which no file can store")
    if prop.kind in ("reference", "references") and not is_slug(text):
        raise BadValueError(f"{text!r} is not an id (small letters, digits and hyphens)")
    if prop.kind == "date" and not is_date(text):
        raise BadValueError(f"{text!r} is not a date (YYYY, YYYY-MM or YYYY-MM-DD)")
    if prop.pattern and not re.fullmatch(prop.pattern, text):
        raise BadValueError(f"{text!r} does not have the form {prop.pattern}")
    if prop.vocabulary:
        terms = schema.vocabularies[prop.vocabulary]
        if text not in terms:
            raise BadValueError(f"{text!r} is not one of {', '.join(terms)}{closest(text, terms)}")
    return text


def closest(word: str, known: Collection[str]) -> str:
    """Return `` (did you mean …?)`` where a known word looks like the given one, else ``""``."""
    near = difflib.get_close_matches(word, known, 1, 0.75)
    return f" (did you mean {near[0]!r}?)" if near else ""


def entity_faults(kind: EntityType, values: Mapping[str, Value]) -> list[tuple[str, str]]:
    """List what is wrong with values as a whole: (property, message).

    Checks required properties and that locators and sources go together; single values have been
    checked by :func:`coerce`.
    """
    faults = [
        (p.name, "is required")
        for p in kind.properties.values()
        if p.required and values.get(p.name) in (None, (), "")
    ]
    sources, locators = values.get("source", ()), values.get("locator", ())
    if isinstance(sources, tuple) and isinstance(locators, tuple) and len(sources) != len(locators):
        faults.append(("locator", f"{len(locators)} locators for {len(sources)} sources"))
    faults += [
        (p.requires, f"is required where {p.name} is set")
        for p in kind.properties.values()
        if p.requires and p.name in values and p.requires not in values
    ]
    return faults


def entity_from_json(schema: Schema, document: Any) -> tuple[Entity | None, list[tuple[str, str]]]:
    """Build an entity from a JSON document such as an API client sends.

    Returns
    -------
    entity : Entity or None
        None if there are faults.
    faults : list of (property, message)
    """
    if not isinstance(document, Mapping):
        return None, [("", "must be a JSON object")]
    kind = schema.entities.get(str(document.get("type")))
    if kind is None:
        return None, [("type", f"must be one of {', '.join(schema.entities)}")]
    faults: list[tuple[str, str]] = []
    identifier = document.get("id")
    if not isinstance(identifier, str) or not is_slug(identifier):
        faults.append(("id", "must be a slug of small letters, digits and hyphens"))
    values: dict[str, Value] = {
        p.name: p.default for p in kind.properties.values() if p.default is not None
    }
    for name, raw in document.items():
        if name in ("id", "type") or raw is None:
            continue
        prop = kind.properties.get(name)
        if prop is None:
            faults.append((name, f"is not a property of {kind.name}"))
            continue
        try:
            value = coerce(schema, prop, raw)
        except BadValueError as error:
            faults.append((name, str(error)))
        else:
            if value != ():
                values[name] = value
    faults += [f for f in entity_faults(kind, values) if f[0] not in dict(faults)]
    return (None, faults) if faults else (Entity(kind.name, str(identifier), values), [])


def dangling(
    schema: Schema, entities: Iterable[Entity], known: Mapping[str, str]
) -> list[tuple[Entity, str, str]]:
    """List references that lead nowhere or to the wrong type: (entity, property, message).

    Parameters
    ----------
    known : mapping of str to str
        Entity type by identifier, of everything that will exist.
    """
    faults: list[tuple[Entity, str, str]] = []
    for entity in entities:
        for prop in schema.entities[entity.type].references:
            for target in entity.refs(prop.name):
                found = known.get(target)
                if found is None:
                    # A hint costs a scan of all ids, so a file full of faults gets a few only.
                    same = [i for i, t in known.items() if t == prop.target]
                    hint = closest(target, same) if len(faults) < MOST_HINTS else ""
                    message = f"there is no {prop.target} {target!r}{hint}"
                elif found != prop.target:
                    message = f"{target!r} is a {found}, not a {prop.target}"
                else:
                    continue
                faults.append((entity, prop.name, message))
    return faults
