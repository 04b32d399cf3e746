"""Bulk loads: staged out of sight, published by one small transaction, applied in batches.

Nothing of a load is seen before it is published and all of it is seen from then on: until the last
batch is applied, readers lay the staged rows over what they read.  Whoever finds a published load
that is not applied to the end goes on with it, so a process may die at any moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matchmaker.errors import ConflictError
from matchmaker.schema import Schema
from matchmaker.seeds import Progress
from matchmaker.store import cypher
from matchmaker.store.codec import from_text, to_text
from matchmaker.store.database import Database, Transaction, rows
from matchmaker.store.log import append, changes_after, lock_counter, read_counter
from matchmaker.store.planning import Plan, disturbs
from matchmaker.store.writing import write_links, write_nodes

Batch = list[dict[str, Any]]
"""Staged rows as the database keeps them; what is None is left out."""

MOST_ROWS = 2_000
MOST_CHARACTERS = 2_000_000
SILENT_MS = 120_000


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did.

    ``kept`` names the rows that people edited since the last load and that were therefore left
    alone, and rows gone from the seeds that others still refer to.  ``sequence`` is the log's
    number after the load.
    """

    created: int
    updated: int
    unchanged: int
    removed: int
    kept: tuple[str, ...]
    sequence: int


@dataclass(frozen=True, slots=True)
class LoadHead:
    """What is said of a load as a whole; ``id`` is made by the loading process.

    ``seeds_digest`` is None where it is not seeds that are loaded.  ``uuid`` is the one in the log, by
    which a repeated load is known; without one it is the ``id``.
    """

    id: str
    at: str
    actor: str
    as_of: str
    seeds_digest: str | None
    uuid: str = ""

    @property
    def named(self) -> str:
        """The uuid in the log."""
        return self.uuid or self.id


def batches_of(plan: Plan) -> list[Batch]:
    """Cut the rows of a plan into batches that a small heap can hold."""
    batches: list[Batch] = []
    batch: Batch = []
    size = 0
    for row in plan.rows:
        before, after = to_text(row.before), to_text(row.after)
        length = len(before or "") + len(after or "")
        if batch and (len(batch) >= MOST_ROWS or size + length > MOST_CHARACTERS):
            batches.append(batch)
            batch, size = [], 0
        values = {"index": len(batch), "entity_id": row.entity_id, "changed": row.changed}
        texts = {"before": before, "after": after, "seed": row.seed}
        batch.append(values | {k: v for k, v in texts.items() if v is not None})
        size += length
    return [*batches, batch] if batch else batches


def stage(
    database: Database, load: LoadHead, batches: Sequence[Batch], progress: Progress | None = None
) -> None:
    """Write batches of rows where no reader looks."""
    begin(database, load)
    for number, batch in enumerate(batches):
        stage_batch(database, load.id, number, batch)
        if progress:
            progress("Staging rows", number + 1, len(batches))


def begin(database: Database, load: LoadHead) -> None:
    """Note that a load is being staged."""

    def work(transaction: Transaction) -> None:
        if not rows(transaction, cypher.READ_LOAD, load_id=load.id):
            rows(
                transaction, cypher.STAGE_LOAD,
                load_id=load.id, at=load.at, actor=load.actor, seeds=load.seeds_digest is not None,
            )  # fmt: skip

    database.run(work)


def stage_batch(database: Database, load_id: str, number: int, batch: Batch) -> None:
    """Write one batch of rows where no reader looks.

    Raises
    ------
    ConflictError
        If the load was silent for so long that it was taken for abandoned.
    """

    def work(transaction: Transaction) -> None:
        found = rows(transaction, cypher.STAGE_BATCH, load_id=load_id, batch=number, rows=batch)
        if found[0]["rows"] != len(batch):
            raise ConflictError("The load was taken for abandoned and swept; load again.")

    database.run(work)


def publish(
    database: Database, schema: Schema, load: LoadHead, plan: Plan, planned_at: int
) -> int | None:
    """Make a staged load visible, all of it at once.

    Parameters
    ----------
    planned_at : int
        Sequence number that the plan was made at.

    Returns
    -------
    int or None
        The log's number after the load; None if somebody's change came between, so that the load has
        to be planned again.
    """

    def disturbed(transaction: Transaction, since: int) -> None:
        if disturbs(schema, plan, changes_after(transaction, since).changes):
            raise _DisturbedError

    count = sum(row.changed for row in plan.rows)
    try:
        return publish_rows(
            database, load, planned_at=planned_at, told={"count": count}, disturbed=disturbed
        )
    except _DisturbedError:
        return None


class _DisturbedError(Exception):
    """Somebody's change came between plan and publication."""


def publish_rows(
    database: Database, load: LoadHead, *, planned_at: int, told: Mapping[str, int],
    disturbed: Callable[[Transaction, int], None],
) -> int | None:  # fmt: skip
    """Make staged rows visible, all of them at once.

    Parameters
    ----------
    planned_at : int
        Sequence number that the rows were planned at.
    told : mapping of str to int
        What the log's entry says: at least ``count``, how many entities change.
    disturbed : callable
        Given that number if there were changes since; raises if they make the plan wrong.

    Returns
    -------
    int or None
        The log's number after the load; None if another load has to be finished first, or this one
        was given up.
    """

    def work(transaction: Transaction) -> int | None:
        counter = lock_counter(transaction, load.id)
        rows(transaction, cypher.LOCK_LOAD, load_id=load.id)
        found = rows(transaction, cypher.READ_LOAD, load_id=load.id)
        if found and found[0]["state"] in ("published", "applied"):
            return counter.sequence  # an earlier attempt whose commit was not heard of
        if not found or found[0]["state"] != "staged" or counter.applying is not None:
            return None
        if counter.sequence != planned_at:
            disturbed(transaction, planned_at)
        sequence, as_of = counter.sequence, max(counter.as_of, load.as_of)
        if told["count"] or as_of != counter.as_of:
            sequence += 1
            entry = {
                "sequence": sequence, "as_of": as_of, "uuid": load.named, "at": load.at,
                "actor": load.actor, "kind": "load", "load_id": load.id, **told,
            }  # fmt: skip
            append(transaction, [entry])
        digest = counter.seeds_digest if load.seeds_digest is None else load.seeds_digest
        rows(transaction, cypher.PUBLISH_LOAD, load_id=load.id, digest=digest)
        return sequence

    return database.run(work)


def abandon(database: Database, load_id: str) -> None:
    """Give up a load that was not published; it is swept with the next :func:`sweep`."""
    database.run(lambda transaction: rows(transaction, cypher.ABANDON_LOAD, load_id=load_id))


def sweep(database: Database) -> None:
    """Remove staged rows that nobody will publish: given up, or silent for two minutes."""
    database.run(lambda t: rows(t, cypher.ABANDON_SILENT_LOADS, silent_ms=SILENT_MS))
    for found in database.run(lambda t: rows(t, cypher.ABANDONED_LOADS)):
        load_id = found["id"]

        def some(transaction: Transaction, load_id: str = load_id) -> int:
            result = rows(transaction, cypher.SWEEP_ROWS, load_id=load_id, limit=MOST_ROWS)
            return int(result[0]["swept"])

        def last(transaction: Transaction, load_id: str = load_id) -> None:
            rows(transaction, cypher.SWEEP_LOAD, load_id=load_id)

        while database.run(some):
            pass
        database.run(last)


def finish(database: Database, schema: Schema) -> None:
    """Bring a load that was published, if there is one, to its end."""
    applying = database.run(read_counter).applying
    if applying is not None:
        apply(database, schema, applying)


def apply(
    database: Database, schema: Schema, load_id: str, batches: Sequence[Batch] | None = None,
    progress: Progress | None = None,
) -> None:  # fmt: skip
    """Bring a published load into the graph, from wherever it stands, to its end.

    Parameters
    ----------
    batches : sequence of Batch, optional
        The rows, if the caller holds them still; else they are read as they were staged.

    Notes
    -----
    Every step locks the counter and looks which step is next, so that any number of processes may
    help and each step is done once.  All nodes come first and then all relationships: a row may
    refer to one of a later batch.
    """
    while True:
        done, total = database.run(lambda t: _step(t, schema, load_id, batches))
        if progress:
            progress("Writing rows", done, total)
        if done == total:
            return


def _step(
    transaction: Transaction, schema: Schema, load_id: str, batches: Sequence[Batch] | None
) -> tuple[int, int]:
    """Do one step of an unfinished load: (steps done, steps in all)."""
    counter = lock_counter(transaction, load_id)
    if counter.applying != load_id:
        return 1, 1
    load = rows(transaction, cypher.READ_LOAD, load_id=load_id)[0]
    count = int(load["batches"])
    if counter.applied < 2 * count:
        number = counter.applied % count
        if batches is None:
            found = rows(transaction, cypher.BATCH_ROWS, load_id=load_id, batch=number)
            staged: Batch = [record["row"] for record in found]
        else:
            staged = batches[number]
        if counter.applied < count:
            # No other change can come between a load's publication and its end.
            _apply_nodes(transaction, schema, staged, version=counter.sequence)
            if load["seeds"]:
                _note_seeds(transaction, staged)
        else:
            _apply_links(transaction, schema, staged)
        rows(transaction, cypher.STEP_DONE, applied=counter.applied + 1)
    if counter.applied + 1 >= 2 * count:
        rows(transaction, cypher.LOAD_DONE, load_id=load_id)
        return 2 * count, 2 * count
    return counter.applied + 1, 2 * count


def _apply_nodes(transaction: Transaction, schema: Schema, staged: Batch, version: int) -> None:
    changed = [row for row in staged if row["changed"]]
    write_nodes(
        transaction,
        schema,
        [(entity, version) for row in changed if (entity := from_text(row.get("after")))],
        replacing=[row["entity_id"] for row in changed if "before" in row and "after" in row],
    )
    gone = [row["entity_id"] for row in changed if "after" not in row]
    rows(transaction, cypher.DELETE_NODES, ids=gone)


def _note_seeds(transaction: Transaction, staged: Batch) -> None:
    noted = [{"id": r["entity_id"], "digest": r["seed"]} for r in staged if "seed" in r]
    rows(transaction, cypher.WRITE_SEED_ROWS, rows=noted)
    unnoted = [row["entity_id"] for row in staged if "seed" not in row]
    rows(transaction, cypher.DELETE_SEED_ROWS, ids=unnoted)


def _apply_links(transaction: Transaction, schema: Schema, staged: Batch) -> None:
    changed = [row for row in staged if row["changed"]]
    write_links(transaction, schema, [e for row in changed if (e := from_text(row.get("after")))])
