"""The change log: one counter that every writer locks, and the changes in its order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matchmaker.errors import BadRequestError, ConflictError, StoreUnavailableError
from matchmaker.model import Change
from matchmaker.store import cypher
from matchmaker.store.codec import from_text, to_text
from matchmaker.store.database import Database, Transaction, rows

_PAGE = 2_000


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


def append(transaction: Transaction, entries: Sequence[Mapping[str, Any]]) -> None:
    """Append entries to the log, in order of their numbers; the counter must be locked."""
    last = entries[-1]
    rows(
        transaction, cypher.APPEND_CHANGES,
        sequence=last["sequence"], as_of=last["as_of"], entries=entries,
    )  # fmt: skip


def entry_of(change: Change, *, as_of: str, uuid: str, first: int | None = None) -> dict[str, Any]:
    """Return the log's entry for what happened to one entity.

    Parameters
    ----------
    as_of : str
        Day that the data stood for before the change, which may move it to its own.
    uuid : str
        By which a repeated write is known.
    first : int, optional
        Number of the first change of a write that makes several, of which this is the last.
    """
    kept = change.after or change.before
    entry = {
        "sequence": change.sequence, "as_of": max(as_of, change.at[:10]), "uuid": uuid,
        "at": change.at, "actor": change.actor, "entity_id": change.entity_id,
        "kind": "delete" if change.after is None else "put",
        "entity_type": kept.type if kept else None,
        "before": to_text(change.before), "after": to_text(change.after), "count": 1,
    }  # fmt: skip
    if first is not None:
        entry["first"] = first
    if change.merged_into:
        entry["merged_into"] = change.merged_into
    return entry


def find_changes(transaction: Transaction, uuid: str) -> list[Change] | None:
    """Return the changes that an earlier attempt of the same write has made, if there was one.

    Raises
    ------
    ConflictError
        If it was a load of many entities.
    """
    found = rows(transaction, cypher.FIND_CHANGE, uuid=uuid)
    if not found:
        return None
    last = found[0]["change"]
    if last["kind"] == "load":
        raise ConflictError("A bulk load was made under the same uuid; nothing was changed.")
    start = last.get("first", last["sequence"]) - 1
    return list(changes_after(transaction, start, last["sequence"] - start).changes)


def changes_after(transaction: Transaction, sequence: int, limit: int = 1_000_000_000) -> Updates:
    """Read entries of the log after a sequence number; a load becomes its rows' changes."""

    def batch(load_id: str, number: int) -> list[dict[str, Any]]:
        return rows(transaction, cypher.LOADED_ROWS, load_id=load_id, batch=number)

    as_of = ""
    changes: list[Change] = []
    for record in rows(transaction, cypher.CHANGES_SINCE, sequence=sequence, limit=limit):
        sequence, as_of = record["change"]["sequence"], record["change"]["as_of"]
        changes += _effects(record, batch)
    return Updates(tuple(changes), sequence, as_of)


def read_updates(database: Database, sequence: int, limit: int) -> Updates:
    """Read what changed after a sequence number, and where the log stands after it.

    Raises
    ------
    BadRequestError
        If the number is negative or the log does not reach so far.

    Notes
    -----
    Many short transactions, so that a bulk load of any size can be read: what stands in the log
    never changes.
    """
    if sequence < 0:
        raise BadRequestError("since", "must be 0 or more")
    if limit < 1:
        raise BadRequestError("limit", "must be 1 or more")

    def page(transaction: Transaction, count: int) -> tuple[Counter, list[Any]]:
        counter = read_counter(transaction)
        if sequence > counter.sequence:
            raise BadRequestError("since", f"the log ends at {counter.sequence}")
        found = rows(transaction, cypher.CHANGES_SINCE, sequence=sequence, limit=count)
        return counter, found

    def batch(load_id: str, number: int) -> list[dict[str, Any]]:
        return database.run(lambda t: rows(t, cypher.LOADED_ROWS, load_id=load_id, batch=number))

    changes: list[Change] = []
    as_of = ""
    while True:
        count = min(limit, _PAGE)
        counter, found = database.run(lambda t, count=count: page(t, count))  # type: ignore[misc]
        for record in found:
            sequence, as_of = record["change"]["sequence"], record["change"]["as_of"]
            changes += _effects(record, batch)
        limit -= count
        if len(found) < count or not limit:
            return Updates(tuple(changes), sequence, as_of or counter.as_of)


def _effects(
    record: Mapping[str, Any], batch: Callable[[str, int], list[dict[str, Any]]]
) -> Iterator[Change]:
    """Yield what an entry of the log stands for."""
    entry = record["change"]
    if entry["kind"] != "load":
        yield change_of(entry)
        return
    for number in range(record["batches"]):
        for row in batch(entry["load_id"], number):
            yield Change(
                entry["sequence"], entry["at"], entry["actor"], row["entity_id"],
                from_text(row["before"]), from_text(row["after"]),
            )  # fmt: skip


def change_of(entry: Mapping[str, Any]) -> Change:
    """Return the change that an entry of the log stands for, which is no load."""
    return Change(
        entry["sequence"],
        entry["at"],
        entry["actor"],
        entry["entity_id"],
        from_text(entry.get("before")),
        from_text(entry.get("after")),
        entry.get("merged_into", ""),
    )
