"""Reading the whole graph at one sequence number."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import Schema
from matchmaker.store import cypher
from matchmaker.store.codec import from_node, version_of
from matchmaker.store.database import Database, rows
from matchmaker.store.log import read_counter, read_updates
from matchmaker.store.writing import MOST_NAMED

_PAGE = 2_000
_ALL = 1_000_000_000
_logger = logging.getLogger(__name__)


def read_graph(database: Database, schema: Schema) -> Snapshot:
    """Read the whole graph, exactly as it is at its sequence number.

    Notes
    -----
    The counter is read first (N), then all nodes page by page, then everything since N is replayed:
    that mends whatever has changed between the pages.  O(entities + relationships).
    """
    counter = database.run(read_counter)
    versions: dict[str, int] = {}
    entities = list(_entities(database, schema, versions))
    led = database.run(lambda t: rows(t, cypher.ALL_REDIRECTS))
    # Of a load that is published but not applied some nodes may be there: it is replayed as well.
    start = max(0, counter.sequence - 1) if counter.applying else counter.sequence
    found = Snapshot.build(
        schema, entities, start, counter.as_of, versions=versions,
        redirects={record["id"]: record["target"] for record in led}, log=counter.graph,
    )  # fmt: skip
    updates = read_updates(database, start, _ALL)
    if updates.changes or updates.sequence > start:
        found = found.moved_forward(updates.changes, updates.as_of, updates.sequence)
    return found


def _entities(database: Database, schema: Schema, versions: dict[str, int]) -> Iterator[Entity]:
    """Yield the entities of all nodes that the schema knows and note their versions."""
    strange: list[str] = []
    for record in _nodes(database):
        values = record["values"]
        entity = from_node(schema, record["labels"], values)
        if entity is None:
            strange.append(record["id"])
            continue
        if version := version_of(values):
            versions[entity.id] = version
        yield entity
    if strange:
        _logger.warning(
            "%d nodes have no label that the schema knows and are left out, for example %s",
            len(strange), ", ".join(sorted(strange)[:MOST_NAMED]),
        )  # fmt: skip


def _nodes(database: Database) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        parameters = {"after": after, "limit": _PAGE}
        found = database.run(lambda t, p=parameters: rows(t, cypher.ENTITIES_AFTER, **p))  # type: ignore[misc]
        yield from found
        if len(found) < _PAGE:
            return
        after = found[-1]["id"]
