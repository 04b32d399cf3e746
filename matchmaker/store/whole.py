"""Reading the whole graph at one sequence number."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import Schema
from matchmaker.store import cypher
from matchmaker.store.codec import from_node, version_of
from matchmaker.store.database import Database, Transaction, rows
from matchmaker.store.log import read_counter, read_updates
from matchmaker.store.writing import MOST_NAMED

_logger = logging.getLogger(__name__)


def read_graph(database: Database, schema: Schema) -> Snapshot:
    """Read the whole graph, exactly as it is at its sequence number.  O(entities + relationships)."""
    found = database.run(lambda t: read_nodes(t, schema))
    updates = database.run(lambda t: read_updates(t, found.sequence))
    if updates.changes or updates.sequence > found.sequence:
        found = found.moved_forward(updates.changes, updates.as_of, updates.sequence)
    return found


def read_nodes(transaction: Transaction, schema: Schema) -> Snapshot:
    """Read all nodes, of which some may be newer than the sequence number that is returned.

    Everything after that number has to be replayed to have the graph as it was at one moment.
    """
    counter = read_counter(transaction)
    versions: dict[str, int] = {}
    entities = list(_entities(transaction, schema, versions))
    found = rows(transaction, cypher.ALL_REDIRECTS)
    # Of a load that is published but not applied some nodes may be there: it is replayed as well.
    start = max(0, counter.sequence - 1) if counter.applying else counter.sequence
    return Snapshot.build(
        schema, entities, start, counter.as_of, versions=versions,
        redirects={record["id"]: record["target"] for record in found},
    )  # fmt: skip


def _entities(
    transaction: Transaction, schema: Schema, versions: dict[str, int]
) -> Iterator[Entity]:
    """Yield the entities of all nodes that the schema knows and note their versions."""
    strange: list[str] = []
    for record in transaction.run(cypher.ALL_ENTITIES):
        values = record["values"]
        entity = from_node(schema, record["labels"], values)
        if entity is None:
            strange.append(str(values.get("id")))
            continue
        if version := version_of(values):
            versions[entity.id] = version
        yield entity
    if strange:
        _logger.warning(
            "%d nodes have no label that the schema knows and are left out, for example %s",
            len(strange), ", ".join(sorted(strange)[:MOST_NAMED]),
        )  # fmt: skip
