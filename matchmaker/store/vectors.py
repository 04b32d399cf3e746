"""Vectors of texts in the database: derived data, so no change of them is logged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, LiteralString, TypeVar

from matchmaker.store import cypher
from matchmaker.store.database import Database, Transaction, rows

T = TypeVar("T")

_BATCH = 500


def read_vectors(database: Database, keys: Iterable[str]) -> dict[str, bytes]:
    """Return the stored vectors of texts, by key; those not stored are left out."""
    found: dict[str, bytes] = {}
    for batch in _batches(list(keys)):
        records = database.run(partial(_do, statement=cypher.READ_VECTORS, keys=batch))
        found |= {record["key"]: bytes(record["data"]) for record in records}
    return found


def write_vectors(database: Database, items: Mapping[str, bytes]) -> None:
    """Store vectors of texts."""
    for batch in _batches([{"key": k, "data": bytes(v)} for k, v in items.items()]):
        database.run(partial(_do, statement=cypher.WRITE_VECTORS, rows=batch))


def _do(transaction: Transaction, statement: LiteralString, **parameters: Any) -> list[Any]:
    return rows(transaction, statement, **parameters)


def _batches(items: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
