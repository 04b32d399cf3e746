"""The change log: one counter that every writer locks, and the changes in its order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matchmaker.errors import StoreUnavailableError
from matchmaker.model import Change
from matchmaker.store import cypher
from matchmaker.store.codec import from_text
from matchmaker.store.database import Transaction, rows


@dataclass(frozen=True, slots=True)
class Counter:
    """Where the log stands.

    ``graph`` tells one database from another; ``applying`` names a published load that is not yet
    applied to the end, ``applied`` how many of its steps are.
    """

    graph: str
    sequence: int
    as_of: str
    applying: str | None
    applied: int
    seeds_digest: str | None


@dataclass(frozen=True, slots=True)
class Updates:
    """Some changes in order, and where the log stands after the last of them."""

    changes: tuple[Change, ...]
    sequence: int
    as_of: str


def read_counter(transaction: Transaction) -> Counter:
    """Read the counter.

    Raises
    ------
    StoreUnavailableError
        If the database has never been prepared.
    """
    found = rows(transaction, cypher.READ_COUNTER)
    if not found:
        raise StoreUnavailableError("The database is not prepared yet; nothing was loaded into it.")
    return Counter(**found[0])


def lock_counter(transaction: Transaction, token: str) -> Counter:
    """Lock the counter until the transaction ends, then read it."""
    rows(transaction, cypher.LOCK_COUNTER, token=token)
    return read_counter(transaction)


def append(transaction: Transaction, **change: Any) -> None:
    """Append one entry to the log; the counter must be locked."""
    rows(transaction, cypher.APPEND_CHANGE, change=change)


def find_change(transaction: Transaction, uuid: str) -> Change | None:
    """Return the change that an earlier attempt of the same write has made, if any."""
    found = rows(transaction, cypher.FIND_CHANGE, uuid=uuid)
    return _single(found[0]["change"]) if found else None


def changes_after(transaction: Transaction, sequence: int, limit: int = 1_000_000_000) -> Updates:
    """Read entries of the log after a sequence number; a load becomes its rows' changes."""
    as_of = ""
    changes: list[Change] = []
    for record in rows(transaction, cypher.CHANGES_SINCE, sequence=sequence, limit=limit):
        entry = record["change"]
        sequence, as_of = entry["sequence"], entry["as_of"]
        if entry["kind"] != "load":
            changes.append(_single(entry))
            continue
        for row in rows(transaction, cypher.LOADED_ROWS, load_id=entry["load_id"]):
            before, after = from_text(row["before"]), from_text(row["after"])
            at, actor = entry["at"], entry["actor"]
            changes.append(Change(sequence, at, actor, row["entity_id"], before, after))
    return Updates(tuple(changes), sequence, as_of)


def _single(entry: dict[str, Any]) -> Change:
    return Change(
        entry["sequence"],
        entry["at"],
        entry["actor"],
        entry["entity_id"],
        from_text(entry.get("before")),
        from_text(entry.get("after")),
    )
