"""The system of record: entities and their change log in Neo4j."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, LiteralString, Self, TypeVar
from uuid import uuid4

from matchmaker.errors import ConflictError
from matchmaker.graph import Snapshot
from matchmaker.model import Change, Entity
from matchmaker.schema import Schema
from matchmaker.seeds import Progress, SeedSet
from matchmaker.store import cypher, loading, seeding, uploading
from matchmaker.store.checks import Expected
from matchmaker.store.codec import checked
from matchmaker.store.connection import Connection
from matchmaker.store.database import Database, Transaction, rows
from matchmaker.store.feed import LogPage, Position, read_page
from matchmaker.store.loading import LoadHead, LoadReport
from matchmaker.store.log import Counter, Updates, read_counter, read_updates
from matchmaker.store.merging import Merge, merge_once
from matchmaker.store.records import Neo4jRecords
from matchmaker.store.vectors import read_vectors, write_vectors
from matchmaker.store.whole import read_graph
from matchmaker.store.writing import Write, write_once

T = TypeVar("T")

_ATTEMPTS = 5


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
        self._records = Neo4jRecords(self._database)

    @property
    def records(self) -> Neo4jRecords:
        """Records beside the graph: accounts, submissions and the like."""
        return self._records

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
        loading.finish(self._database, self._schema)
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
        found = self.snapshot()
        return [found.entities[i] for i in sorted(found.entities)], found.sequence, found.as_of

    def snapshot(self) -> Snapshot:
        """Read the whole graph, with versions and redirects.

        Notes
        -----
        See :func:`~matchmaker.store.whole.read_graph`.
        """
        return read_graph(self._database, self._schema)

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
        return read_updates(self._database, sequence, limit)

    def log_page(self, after: Position, limit: int, until: int) -> LogPage:
        """Return at most so many changes after a position, up to an entry's number."""
        return self._database.run(lambda t: read_page(t, after, limit, until))

    def put(
        self, entity: Entity, *, actor: str, expected: Expected = "any", uuid: str | None = None
    ) -> Change | None:
        """Create an entity or replace it.

        Parameters
        ----------
        entity : Entity
            As it shall be.
        actor : str
            Who does it.
        expected : int, None or "any"
            The version that the caller has seen (None: there is nothing); ``"any"`` does not ask.
        uuid : str, optional
            Names this very write: a repeat under the same one writes nothing and returns what the
            first has done, whatever has become of the entity since.

        Returns
        -------
        Change or None
            None if the entity is there just so already; then nothing is written.

        Raises
        ------
        InvalidDataError
            If the entity does not fit the schema or refers to what does not exist.
        VersionConflictError
            If the entity is not as expected.
        ConflictError
            If the identifier belongs to another type, or was merged into another one.
        """
        wanted = checked(self._schema, entity)
        return self._write(Write(_named(uuid), self._now(), actor, wanted.id, wanted, expected))

    def delete(
        self, entity_id: str, *, actor: str, expected: Expected = "any", uuid: str | None = None
    ) -> Change:
        """Delete an entity; parameters as for :meth:`put`.

        Raises
        ------
        NotFoundError
            If there is none.
        VersionConflictError
            If it is not as expected.
        ConflictError
            If others refer to it.
        """
        write = Write(_named(uuid), self._now(), actor, entity_id, None, expected)
        change = self._write(write)
        assert change is not None
        return change

    def merge(
        self, old_id: str, into_id: str, *, actor: str, uuid: str | None = None
    ) -> list[Change]:
        """Merge a duplicate into the entity that stays, which keeps its properties.

        Parameters
        ----------
        old_id, into_id : str
            What goes and what stays, of one type.
        actor, uuid : str
            As for :meth:`put`.

        Returns
        -------
        list of Change
            What referred to the old entity now refers to the other one; last the deletion of the old
            one, whose ``merged_into`` names the other.  What the old one said stays in the log.

        Raises
        ------
        NotFoundError
            If one of them does not exist.
        ConflictError
            If they are of different types or the same, one was merged away before, or more than
            :data:`~matchmaker.store.merging.MOST_REFERRING` entities refer to the old one.
        InvalidDataError
            If what refers to the old one would no longer fit the schema.

        Notes
        -----
        One transaction.  The old identifier leads to the other one for ever and is never used again.
        """
        merge = Merge(_named(uuid), self._now(), actor, old_id, into_id)
        return self._unless_busy(lambda t: merge_once(t, self._schema, merge))

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
        was edited or something still refers to it.  Rows that were merged away stay away, and what
        refers to them is loaded as referring to what they were merged into.
        """
        return seeding.load(
            self._database, self._schema, seeds, at=self._now(), actor=actor, progress=progress,
            overwrite=overwrite,
        )  # fmt: skip

    def upload(
        self, entities: Iterable[Entity], *, actor: str, progress: Progress | None = None,
        uuid: str | None = None,
    ) -> LoadReport:  # fmt: skip
        """Create or replace many entities: all of them or none, whatever happens on the way.

        Parameters
        ----------
        entities : iterable of Entity
            Each identifier at most once; read once, in batches.
        actor : str
            Who does it.
        progress : callable, optional
            Told after each batch.
        uuid : str, optional
            Names this very upload: a repeat under the same one writes nothing and returns what the
            first has done.

        Raises
        ------
        InvalidDataError
            If something does not fit the schema or refers to what does not exist.
        ConflictError
            If an identifier belongs to another type or was merged away, or others meanwhile change
            what is uploaded or delete what it refers to.

        Notes
        -----
        One entry of the log.  Memory is bounded by a batch and the identifiers.  Notes about seeds
        stay as they are, so a later load of seeds leaves what was uploaded alone.
        """
        loading.finish(self._database, self._schema)
        now = self._now()
        head = LoadHead(str(uuid4()), now, actor, now[:10], None, _named(uuid))
        return uploading.upload(self._database, self._schema, head, entities, progress)

    def vectors(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the stored vectors of texts, by key; those not stored are left out."""
        return read_vectors(self._database, keys)

    def put_vectors(self, items: Mapping[str, bytes]) -> None:
        """Store vectors of texts; derived data, so the log does not change."""
        write_vectors(self._database, items)

    def _write(self, write: Write) -> Change | None:
        return self._unless_busy(lambda t: write_once(t, self._schema, write))

    def _unless_busy(self, work: Callable[[Transaction], T | Literal["busy"]]) -> T:
        for _ in range(_ATTEMPTS):
            result = self._database.run(work)
            if result != "busy":
                return result
            loading.finish(self._database, self._schema)
        raise ConflictError("The graph is being loaded; nothing was changed. Try again.")

    def _run(self, statement: LiteralString, **parameters: Any) -> list[Any]:
        return self._database.ask(statement, **parameters)

    def _now(self) -> str:
        now = self._clock().astimezone(UTC)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _named(uuid: str | None) -> str:
    return uuid or str(uuid4())
