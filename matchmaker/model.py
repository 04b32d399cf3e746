"""What flows between the rooms: entities, relationships, citations and changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Value: TypeAlias = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a statement rests: a source and a place in it."""

    source: str
    locator: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One node of the graph with its properties.

    Parameters
    ----------
    type : str
        Name of its entity type in the graph schema (``"city"``).
    id : str
        Readable slug, unique over all entity types and stable for ever.
    values : mapping of str to Value
        Properties that are set; lists are tuples, references are identifiers.
        Treated as read-only.

    Examples
    --------
    >>> city = Entity("city", "phuket", {"name": "Phuket", "year_joined": 2018})
    >>> city.text("name"), city.refs("country"), city.number("population")
    ('Phuket', (), None)
    """

    type: str
    id: str
    values: Mapping[str, Value] = field(hash=False)

    def text(self, name: str) -> str:
        """Return a text property, or ``""`` where it is not set."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> float | int | None:
        """Return a number, or None where it is not set."""
        value = self.values.get(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def integer(self, name: str) -> int:
        """Return a required whole number.

        Raises
        ------
        KeyError
            If it is not set: the schema requires it, so this is a defect.
        """
        return int(self.values[name])  # type: ignore[arg-type]  # the schema guarantees the type

    def refs(self, name: str) -> tuple[str, ...]:
        """Return the identifiers or texts of a list property; one reference counts as a list."""
        value = self.values.get(name)
        if isinstance(value, tuple):
            return value
        return (value,) if isinstance(value, str) and value else ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Citations behind the entity, in the order given."""
        return tuple(map(Citation, self.refs("source"), self.refs("locator")))

    def as_json(self) -> dict[str, Any]:
        """Return ``{"id", "type", **values}`` with lists, for JSON and the change log."""
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in self.values.items()}
        return {"id": self.id, "type": self.type, **plain}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Entity:
        """Rebuild an entity from :meth:`as_json`; the content is trusted."""
        values = {
            k: tuple(v) if isinstance(v, list) else v
            for k, v in document.items()
            if k not in ("id", "type")
        }
        return cls(document["type"], document["id"], values)


@dataclass(frozen=True, slots=True, order=True)
class Relationship:
    """A directed, typed link between two entities, derived from a reference property."""

    start: str
    type: str
    end: str


@dataclass(frozen=True, slots=True)
class Change:
    """One effect of the append-only log on one entity.

    ``before`` is None for a creation and ``after`` is None for a deletion.  All effects of one bulk
    load share its sequence number.  ``merged_into`` names the entity that stays where a deletion is
    the last step of a merge.
    """

    sequence: int
    at: str
    actor: str
    entity_id: str
    before: Entity | None
    after: Entity | None
    merged_into: str = ""
