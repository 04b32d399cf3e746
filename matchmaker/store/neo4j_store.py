"""The system of record: entities and their change log in Neo4j."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, LiteralString, Self, TypeVar
from uuid import uuid4

from matchmaker.errors import BadRequestError, ConflictError
from matchmaker.model import Change, Entity
from matchmaker.schema import Schema
from matchmaker.seeds import Progress, SeedSet
from matchmaker.store import cypher, loading
from matchmaker.store.codec import checked, from_node, in_order
from matchmaker.store.connection import Connection
from matchmaker.store.database import Database, Transaction, rows
from matchmaker.store.loading import LoadHead, LoadReport
from matchmaker.store.log import Counter, Updates, changes_after, read_counter
from matchmaker.store.planning import make_plan
from matchmaker.store.writing import MOST_NAMED, Expected, Write, write_once

T = TypeVar("T")

_ATTEMPTS = 5
_VECTOR_BATCH = 500
_logger = logging.getLogger(__name__)


class Neo4jStore:
    """Entities in Neo4j, with a log of every change.

    Parameters
    ----------
    connection : Connection
        Where the database answers; nothing is opened before the first use.
    schema : Schema
        The graph schema that every write is checked against.
    clock : callable, optional
        Tells the time that changes are stamped with.

    Notes
    -----
    Each entity is a node ``(:Entity:<its label> {id, ...})`` and each reference a relationship.
    Every write is one transaction that locks the one counter node, looks, changes the graph and
    appends a ``(:Change)`` with the next sequence number; so numbers have no gaps and a reader who
    has seen N has seen all before it.  One store may be shared by threads, but not across a fork.

    All methods raise :class:`~matchmaker.errors.StoreUnavailableError` when the database is away.
    """

    def __init__(
        self, connection: Connection, schema: Schema, *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._schema = schema
        self._clock = clock
        self._database = Database(connection)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """Close all connections."""
        self.close()

    def prepare(self) -> None:
        """Declare constraints and indexes, make the counter, and tidy up after interrupted loads.

        Notes
        -----
        Idempotent, and quick when nothing is to be done.  A load that was published is finished, one
        that was not is swept once it has been silent for two minutes.
        """
        wanted = cypher.declarations(self._schema)
        found = self._run(cypher.SHOW_DECLARED)
        declared = {record["name"] for record in found}
        for name in sorted(declared - wanted.keys()):
            for statement in cypher.dropping(name):
                self._database.declare(statement)
        for name, statement in wanted.items():
            if name not in declared:
                self._database.declare(statement)
        if declared != wanted.keys():
            self._run(cypher.AWAIT_INDEXES)
        self._run(cypher.CREATE_COUNTER)
        self._finish_load()
        loading.sweep(self._database)

    def ping(self) -> None:
        """Do nothing if the database answers.

        Raises
        ------
        StoreUnavailableError
            If it does not.
        """
        self._database.once(lambda t: rows(t, cypher.PING))

    def head(self) -> Counter:
        """Return where the log stands, at once or not at all."""
        return self._database.once(read_counter)

    def sequence(self) -> int:
        """Return the sequence number of the last change, 0 if there is none."""
        return self.head().sequence

    def loaded_digest(self) -> str | None:
        """Return the digest of the seeds loaded last, None if none were."""
        return self.head().seeds_digest

    def read(self) -> tuple[list[Entity], int, str]:
        """Read the whole graph.

        Returns
        -------
        entities : list of Entity
            In order of identifier.
        sequence : int
            The number at which the graph was exactly so.
        as_of : str
            Day that the data stand for.

        Notes
        -----
        The counter is read first (N), then all nodes, then everything since N is replayed, which
        also covers a load that is published but not yet applied.  O(entities).
        """

        def work(transaction: Transaction) -> tuple[Counter, dict[str, Entity]]:
            counter = read_counter(transaction)
            result = transaction.run(cypher.ALL_ENTITIES)
            return counter, self._entities((r["labels"], r["values"]) for r in result)

        counter, entities = self._database.run(work)
        start = max(0, counter.sequence - 1) if counter.applying else counter.sequence
        updates = self.updates_since(start)
        for change in updates.changes:
            if change.after is None:
                entities.pop(change.entity_id, None)
            else:
                entities[change.entity_id] = change.after
        return [entities[i] for i in sorted(entities)], updates.sequence, updates.as_of

    def changes_since(self, sequence: int, limit: int = 1000) -> list[Change]:
        """Return what changed after a sequence number, in order.

        Parameters
        ----------
        sequence : int
            Number of the last change already known; 0 for all.
        limit : int
            Most entries of the log to read.  A load is one entry with many changes, all of which
            are returned.

        Raises
        ------
        BadRequestError
            If the number is negative or the log does not reach so far.
        """
        return list(self.updates_since(sequence, limit).changes)

    def updates_since(self, sequence: int, limit: int = 1_000_000) -> Updates:
        """Return the same as :meth:`changes_since`, and where the log stands after it.

        Raises
        ------
        BadRequestError
            If the number is negative or the log does not reach so far.
        """
        if sequence < 0:
            raise BadRequestError("since", "must be 0 or more")
        if limit < 1:
            raise BadRequestError("limit", "must be 1 or more")

        def work(transaction: Transaction) -> Updates:
            counter = read_counter(transaction)
            if sequence > counter.sequence:
                raise BadRequestError("since", f"the log ends at {counter.sequence}")
            updates = changes_after(transaction, sequence, limit)
            return updates if updates.as_of else Updates((), sequence, counter.as_of)

        return self._database.run(work)

    def put(self, entity: Entity, *, actor: str, expected: Expected = "any") -> Change | None:
        """Create an entity or replace it.

        Parameters
        ----------
        entity : Entity
            As it shall be.
        actor : str
            Who does it.
        expected : Entity, None or "any"
            What the caller believes is there now (None: nothing); ``"any"`` does not ask.

        Returns
        -------
        Change or None
            None if the entity is there just so already; then nothing is written.

        Raises
        ------
        InvalidDataError
            If the entity does not fit the schema or refers to what does not exist.
        ConflictError
            If the entity is not as expected, or the identifier belongs to another type.
        """
        wanted = checked(self._schema, entity)
        return self._write(Write(str(uuid4()), self._now(), actor, wanted.id, wanted, expected))

    def delete(self, entity_id: str, *, actor: str, expected: Expected = "any") -> Change:
        """Delete an entity.

        Raises
        ------
        NotFoundError
            If there is none.
        ConflictError
            If others refer to it, or it is not as expected.
        """
        write = Write(str(uuid4()), self._now(), actor, entity_id, None, expected)
        change = self._write(write)
        assert change is not None
        return change

    def load(
        self, seeds: SeedSet, *, actor: str, progress: Progress | None = None,
        overwrite: bool = False,
    ) -> LoadReport:  # fmt: skip
        """Load seeds: all of them or none, whatever happens on the way.

        Parameters
        ----------
        seeds : SeedSet
            Checked seeds.
        actor : str
            Who does it.
        progress : callable, optional
            Told after each batch.
        overwrite : bool
            Whether the seeds also win over what people have edited or deleted since.

        Raises
        ------
        InvalidDataError
            With every fault; nothing is changed.
        ConflictError
            If an identifier belongs to another type, or others keep changing the same entities.

        Notes
        -----
        Rows as they were at the last load are left alone, so people's edits and deletions stay; a
        second load of the same seeds writes nothing.  A row gone from the seeds is deleted unless it
        was edited or something still refers to it.
        """
        entities = [in_order(self._schema, entity) for entity in seeds.entities]
        for _ in range(_ATTEMPTS):
            self._finish_load()
            current, sequence, as_of = self.read()
            found = self._run(cypher.SEED_ROWS)
            noted = {record["id"]: record["digest"] for record in found}
            plan = make_plan(
                self._schema, entities, {e.id: e for e in current}, noted, overwrite=overwrite
            )
            if plan.rows or seeds.as_of > as_of:
                head = LoadHead(str(uuid4()), self._now(), actor, seeds.as_of, seeds.digest)
                batches = loading.batches_of(plan)
                loading.stage(self._database, head, batches, progress)
                published = loading.publish(self._database, self._schema, head, plan, sequence)
                if published is None:
                    loading.abandon(self._database, head.id)
                    continue
                loading.apply(self._database, self._schema, head.id, batches, progress)
                sequence = published
            elif self.loaded_digest() != seeds.digest:
                self._run(cypher.NOTE_DIGEST, digest=seeds.digest)
            return LoadReport(
                plan.created, plan.updated, plan.unchanged, plan.removed, plan.kept, sequence
            )
        raise ConflictError("Others keep changing what is being loaded; nothing was loaded.")

    def vectors(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the stored vectors of texts, by key; those not stored are left out."""
        found: dict[str, bytes] = {}
        for batch in _batches(list(keys)):
            records = self._run(cypher.READ_VECTORS, keys=batch)
            found |= {record["key"]: bytes(record["data"]) for record in records}
        return found

    def put_vectors(self, items: Mapping[str, bytes]) -> None:
        """Store vectors of texts; derived data, so the log does not change."""
        for batch in _batches([{"key": k, "data": bytes(v)} for k, v in items.items()]):
            self._run(cypher.WRITE_VECTORS, rows=batch)

    def _write(self, write: Write) -> Change | None:
        for _ in range(_ATTEMPTS):
            result = self._database.run(lambda t: write_once(t, self._schema, write))
            if result != "busy":
                return result
            self._finish_load()
        raise ConflictError("The graph is being loaded; nothing was changed. Try again.")

    def _run(self, statement: LiteralString, **parameters: Any) -> list[Any]:
        return self._database.run(lambda t: rows(t, statement, **parameters))

    def _finish_load(self) -> None:
        applying = self._database.run(read_counter).applying
        if applying is not None:
            loading.apply(self._database, self._schema, applying)

    def _entities(self, nodes: Iterable[tuple[list[str], dict[str, Any]]]) -> dict[str, Entity]:
        entities: dict[str, Entity] = {}
        strange: list[str] = []
        for labels, values in nodes:
            entity = from_node(self._schema, labels, values)
            if entity is None:
                strange.append(str(values.get("id")))
            else:
                entities[entity.id] = entity
        if strange:
            _logger.warning(
                "%d nodes have no label that the schema knows and are left out, for example %s",
                len(strange), ", ".join(sorted(strange)[:MOST_NAMED]),
            )  # fmt: skip
        return entities

    def _now(self) -> str:
        now = self._clock().astimezone(UTC)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _batches(items: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), _VECTOR_BATCH):
        yield items[start : start + _VECTOR_BATCH]
