"""Entities as the database keeps them: nodes with properties, JSON texts in the log, digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from matchmaker.checking import entity_from_json
from matchmaker.errors import Fault, InvalidDataError
from matchmaker.model import Entity, Value
from matchmaker.schema import Schema

VERSION = "version"
"""Property of every entity's node: the sequence number of its last change."""


def version_of(values: Mapping[str, Any]) -> int:
    """Return the version on a node; nodes that an earlier release wrote have none, which counts as 0.

    Examples
    --------
    >>> version_of({"id": "phuket", "version": 7}), version_of({"id": "phuket"})
    (7, 0)
    """
    return int(values.get(VERSION, 0))


def checked(schema: Schema, entity: Entity) -> Entity:
    """Return an entity in its stored form, or say everything that is wrong with it.

    Raises
    ------
    InvalidDataError
        With every fault; ``file`` names the entity and ``column`` the property.
    """
    result, faults = entity_from_json(schema, entity.as_json())
    if result is None:
        name = f"{entity.type} {entity.id}"
        raise InvalidDataError([Fault(name, 0, column, message) for column, message in faults])
    return in_order(schema, result)


def in_order(schema: Schema, entity: Entity) -> Entity:
    """Return an entity with its properties in the order of the schema and no others.

    Wherever an entity comes from (a node, the log, a file), it then prints the same.
    """
    values: dict[str, Value] = {}
    for name in schema.entities[entity.type].properties:
        value = entity.values.get(name)
        if value is not None and value != ():
            values[name] = value
    return Entity(entity.type, entity.id, values)


def to_row(schema: Schema, entity: Entity, version: int) -> dict[str, Any]:
    """Return the parameters that write an entity's node, with the number of its last change."""
    values = entity.as_json() | {VERSION: version}
    del values["type"]
    return {"id": entity.id, "label": schema.entities[entity.type].label, "values": values}


def to_links(schema: Schema, entity: Entity) -> list[dict[str, str]]:
    """Return the parameters that write the relationships that start at an entity."""
    return [
        {"start": link.start, "type": link.type, "end": link.end}
        for link in schema.relationships_of(entity)
    ]


def type_of(schema: Schema, labels: Iterable[str]) -> str | None:
    """Return the entity type that a node's labels stand for, if the schema knows one."""
    held = set(labels)
    return next((kind.name for kind in schema.entities.values() if kind.label in held), None)


def from_node(schema: Schema, labels: Iterable[str], values: Mapping[str, Any]) -> Entity | None:
    """Rebuild an entity from its node; None where the schema knows no such label.

    What is no property of the schema, such as the node's version, is left out.
    """
    name = type_of(schema, labels)
    if name is None:
        return None
    return in_order(schema, Entity.from_json({**values, "type": name}))


def to_text(entity: Entity | None) -> str | None:
    """Return an entity as JSON text for the log; None stays None.

    Examples
    --------
    >>> to_text(Entity("city", "phuket", {"name": "Phuket"}))
    '{"id":"phuket","type":"city","name":"Phuket"}'
    """
    if entity is None:
        return None
    return json.dumps(entity.as_json(), ensure_ascii=False, separators=(",", ":"))


def from_text(text: str | None) -> Entity | None:
    """Rebuild an entity from its JSON text in the log."""
    return None if text is None else Entity.from_json(json.loads(text))


def digest(entity: Entity) -> str:
    """Return a digest of what an entity says; the order of its properties does not matter."""
    text = json.dumps(entity.as_json(), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
