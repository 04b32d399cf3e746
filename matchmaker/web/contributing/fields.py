"""Forms about entities, made from the graph schema: fields to fill in, and what was filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from werkzeug.datastructures import MultiDict

from matchmaker.checking import LONGEST_TEXT
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.permissions import Caller
from matchmaker.schema import PROVENANCE, EntityType, Property, Schema
from matchmaker.usecases.contributing.proposing import OWN_STATEMENT
from matchmaker.visibility import may_see, owners_of
from matchmaker.web.pages.viewmodels import SEEN_BY, words

Widget = Literal["line", "text", "lines", "number", "choice", "several", "yes"]
_MOST_OPTIONS: Final = 300
"""Beyond that many entities a field takes identifiers instead of a choice."""
_SHORT: Final = frozenset({"full_name", "contact_office"})
_PROVENANCE: Final = frozenset(prop.name for prop in PROVENANCE)
_ANY_DATE: Final = "A year, a month or a day: 2026, 2026-03 or 2026-03-01."


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form; ``options`` are values with captions."""

    name: str
    label: str
    widget: Widget
    hint: str
    required: bool
    options: tuple[tuple[str, str], ...] = ()
    longest: int = LONGEST_TEXT


def cites_himself(caller: Caller) -> bool:
    """Tell whether a caller's own word is cited where he names no source."""
    return caller.role in OWN_STATEMENT


def fields_of(
    snapshot: Snapshot, kind: EntityType, caller: Caller, entity: Entity | None
) -> list[Field]:
    """Return the fields that a caller may fill in for an entity, or for a new one."""
    owners = owners_of(snapshot, entity) if entity else caller.subjects
    return [
        _field(snapshot, prop, kind)
        for prop in kind.properties.values()
        if may_see(prop, caller, owners)
        and not (prop.name in _PROVENANCE and cites_himself(caller))
    ]


def _field(snapshot: Snapshot, prop: Property, kind: EntityType) -> Field:
    options: tuple[tuple[str, str], ...] = ()
    hint = prop.description + (f" In {prop.unit}." if prop.unit else "")
    if prop.kind == "term":
        terms = snapshot.schema.vocabularies[prop.vocabulary or ""]
        options = tuple((term, words(term)) for term in terms)
    elif prop.target is not None:
        options = _entities(snapshot, prop.target)
    widget = _widget(prop, kind, len(options))
    if prop.target is not None and widget in ("line", "lines"):
        options, hint = (), f"{hint} Identifiers, as in the address of a page."
    if widget == "lines":
        hint = f"{hint} One a line."
    elif widget == "several":
        hint = f"{hint} Hold Ctrl or Command to choose several."
    elif prop.kind == "date":
        hint = f"{hint} {_ANY_DATE}"
    if prop.visibility in SEEN_BY:
        hint = f"{hint} Only {SEEN_BY[prop.visibility]}."
    return Field(prop.name, words(prop.name), widget, hint, prop.required, options)


def _entities(snapshot: Snapshot, kind: str) -> tuple[tuple[str, str], ...]:
    found = snapshot.of_type(kind)
    if len(found) > _MOST_OPTIONS:
        return ()
    named = ((snapshot.schema.caption(one), one) for one in found.values())
    places = {"need": "city", "project": "city", "offer": "partner"}
    return tuple(
        (one.id, _placed(snapshot, caption, one, places.get(kind, "")))
        for caption, one in sorted(named, key=lambda pair: (pair[0].casefold(), pair[1].id))
    )


def _placed(snapshot: Snapshot, caption: str, entity: Entity, owner: str) -> str:
    place = snapshot.entities.get(entity.text(owner)) if owner else None
    return f"{caption} ({snapshot.schema.caption(place)})" if place else caption


def _widget(prop: Property, kind: EntityType, options: int) -> Widget:
    if prop.name == "source":
        return "lines"
    if prop.kind == "boolean":
        return "yes"
    if prop.kind in ("integer", "number"):
        return "number"
    if prop.kind == "term" or (prop.kind == "reference" and options):
        return "choice"
    if prop.kind == "references" and options:
        return "several"
    if prop.many:
        return "lines"
    long = prop.kind == "text" and not prop.pattern and prop.name not in _SHORT
    return "text" if long and prop.name != kind.caption else "line"


def shown_values(entity: Entity | None, fields: list[Field]) -> dict[str, Any]:
    """Return what a form about an entity shows at first."""
    found: dict[str, Any] = {}
    for field in fields:
        value = entity.values.get(field.name) if entity else None
        if field.widget == "several":
            found[field.name] = list(value) if isinstance(value, tuple) else []
        elif field.widget == "yes":
            found[field.name] = ["yes"] if value is True else []
        elif isinstance(value, tuple):
            found[field.name] = "\n".join(value)
        else:
            found[field.name] = "" if value is None else str(value)
    return found


def filled_values(filled: MultiDict[str, str], fields: list[Field]) -> dict[str, Any]:
    """Return what was filled in, as the form shows it again."""
    return {
        field.name: filled.getlist(field.name)
        if field.widget in ("several", "yes")
        else filled.get(field.name, "")
        for field in fields
    }


def document_of(schema: Schema, kind: EntityType, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document that a filled-in form stands for; what is empty is left out."""
    document: dict[str, Any] = {"type": kind.name}
    for name, value in values.items():
        prop = kind.properties[name]
        if prop.kind == "boolean":
            document[name] = "yes" in value
            continue
        if prop.many:
            parts = value if isinstance(value, list) else value.splitlines()
            if found := [part.strip() for part in parts if part.strip()]:
                document[name] = found
            continue
        text = value.replace("\r\n", "\n").strip()
        if text:
            document[name] = _number(prop, text)
    return document


def _number(prop: Property, text: str) -> Any:
    """Return a number as one; what is none is left for the check to refuse."""
    plain = text.replace(",", "") if text.isascii() and "_" not in text else "?"
    try:
        if prop.kind == "integer":
            return int(plain)
        if prop.kind == "number":
            return float(plain)
    except ValueError:
        return text
    return text
