"""Keep a snapshot fresh: a thread that follows the change log of the database.

It is how a change made by one process becomes visible in all others.  When the database is away
the last snapshot stays, and the thread catches up once it is back.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Self

from matchmaker.errors import StoreUnavailableError
from matchmaker.graph import Snapshot
from matchmaker.schema import Schema
from matchmaker.store.neo4j_store import Neo4jStore

SLOWEST = 2.0
_logger = logging.getLogger(__name__)


class Follower:
    """A daemon thread that hands over a new snapshot whenever the graph has changed.

    Parameters
    ----------
    open_store : callable
        Opens a store.  Called again after the database was away, since a local database may come
        back at another address; the follower closes what it opens.
    schema : Schema
        The graph schema.
    on_snapshot : callable
        Given each new snapshot, the first one included, in the follower's thread.
    on_status : callable
        Given the error once when the database goes away, and None once when it is back.
    interval : float
        Seconds between two looks at the log.

    Notes
    -----
    A look reads one node.  If the log is another one than before (a new data folder) or shorter
    (a restored backup), everything is read anew.
    """

    def __init__(
        self, open_store: Callable[[], Neo4jStore], schema: Schema,
        on_snapshot: Callable[[Snapshot], None],
        on_status: Callable[[StoreUnavailableError | None], None],
        interval: float = 0.2,
    ) -> None:  # fmt: skip
        self._open_store = open_store
        self._schema = schema
        self._on_snapshot = on_snapshot
        self._on_status = on_status
        self._interval = interval
        self._stopping = threading.Event()
        self._first = threading.Event()
        self._store: Neo4jStore | None = None
        self._snapshot: Snapshot | None = None
        self._graph = ""
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)

    def start(self) -> Self:
        """Start following and return at once."""
        self._thread.start()
        return self

    def wait(self, seconds: float) -> bool:
        """Wait for the first snapshot; tell whether it came."""
        return self._first.wait(seconds)

    def stop(self) -> None:
        """Stop following and wait until the thread has ended."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _follow(self) -> None:
        away, pause = False, self._interval
        while not self._stopping.is_set():
            trouble = self._look()
            if trouble is None:
                pause = self._interval
            else:
                pause = min(max(pause, self._interval) * 2, SLOWEST)
                self._close()
            if away != (trouble is not None):
                away = trouble is not None
                self._on_status(trouble)
            self._stopping.wait(pause)
        self._close()

    def _look(self) -> StoreUnavailableError | None:
        """Look at the log once; return what went wrong, if anything."""
        try:
            if self._store is None:
                self._store = self._open_store()
            fresh = self._fresh(self._store)
            if fresh is not None:
                self._on_snapshot(fresh)
                self._snapshot = (
                    fresh  # only now: what could not be handed over is handed over again
                )
                self._first.set()
        except StoreUnavailableError as error:
            return error
        except Exception:  # a thread that dies of a defect would leave a stale graph, unnoticed
            _logger.exception("The snapshot could not be brought up to date")
            return StoreUnavailableError(
                "The snapshot could not be brought up to date; the log says why."
            )
        return None

    def _fresh(self, store: Neo4jStore) -> Snapshot | None:
        """Return a newer snapshot, or None if there is nothing new."""
        head, known = store.head(), self._snapshot
        if known is None or head.graph != self._graph or head.sequence < known.sequence:
            self._graph = head.graph
            return store.snapshot()
        if head.sequence == known.sequence:
            return None
        updates = store.updates_since(known.sequence)
        return known.moved_forward(updates.changes, updates.as_of, updates.sequence)

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
