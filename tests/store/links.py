"""Relationships as the database has them, and as the schema derives them from entities."""

from __future__ import annotations

from collections.abc import Iterable

from matchmaker.model import Entity
from matchmaker.schema import Schema
from tests.conftest import Ask


def links_in(ask: Ask) -> list[tuple[str, str, str]]:
    """Return all relationships between entities as the database has them, doubles included."""
    found = ask("MATCH (a:Entity)-[r]->(b:Entity) RETURN a.id AS a, type(r) AS t, b.id AS b")
    return sorted((row["a"], row["t"], row["b"]) for row in found)


def links_of(schema: Schema, entities: Iterable[Entity]) -> list[tuple[str, str, str]]:
    """Return the relationships that entities stand for by the schema."""
    links = [link for entity in entities for link in schema.relationships_of(entity)]
    return sorted((link.start, link.type, link.end) for link in links)
