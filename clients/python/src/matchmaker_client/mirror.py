"""Keep an identical copy of the graph in a file: begun from the dump, moved on by the feed."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from matchmaker_client.client import Client
from matchmaker_client.errors import (
    BadParameterError,
    MirrorError,
    PositionGoneError,
    ProblemError,
    UnreachableError,
)
from matchmaker_client.types.feed import FeedChange, FeedPage

_FORMAT: Final = 2
_PAGE: Final = 1000
_BATCH: Final = 500
_LONGEST_PAUSE: Final = 60.0
_MOST_REDIRECTS: Final = 100
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS entity (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entity_type ON entity (type, id);
CREATE TABLE IF NOT EXISTS redirect (id TEXT PRIMARY KEY, target TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (
    one INTEGER PRIMARY KEY CHECK (one = 1), service TEXT NOT NULL, position TEXT, log TEXT
);
"""

Entity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a synchronisation did.

    Parameters
    ----------
    applied : int
        How many changes were applied.
    begun : str
        Why the copy was begun from a dump: ``first``, ``gone`` (the feed no longer goes back so far, or
        not yet so far forward, or it is another one) or ``differs`` (it was not what the feed says
        it was); empty if not.
    away : str
        Why the service could not be asked; empty if it could.
    """

    applied: int
    begun: str = ""
    away: str = ""


class _DiffersError(Exception):
    """The copy is not what the feed says it was."""


class Mirror:
    """A copy of the graph in a file, as the client's key sees it.

    Every page of changes is applied together with its position, in one transaction that is on the disk
    before the next page is asked for: whenever the program or the machine dies, the copy is one that
    the service once had, and goes on from there.  Whoever opens the file beside it reads the copy of
    before until a transaction is through.

    Parameters
    ----------
    client : Client
        To ask with.
    path : str or Path
        The file (SQLite); made if it is not there.

    Raises
    ------
    MirrorError
        If the file holds something else, or a copy of another service.

    Attributes
    ----------
    applied : int
        How many changes were applied since the file was opened.
    """

    def __init__(self, client: Client, path: str | Path) -> None:
        self.applied = 0
        self._client = client
        try:
            self._file = sqlite3.connect(path, isolation_level=None, timeout=60)
        except sqlite3.Error as error:
            raise MirrorError(f"{path} cannot be opened: {error}") from error
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self._file.close()
            raise MirrorError(f"{path} cannot hold a copy: {error}") from error
        except MirrorError:
            self._file.close()
            raise

    def _prepare(self) -> None:
        (found,) = self._file.execute("PRAGMA user_version").fetchone()
        (tables,) = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if found == 0 and tables:
            raise MirrorError("The file holds something else.")
        if found not in (0, _FORMAT):
            raise MirrorError("The file was written by another version of this library.")
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.executescript(_TABLES)
        self._file.execute(f"PRAGMA user_version = {_FORMAT}")
        service = self._client.base_url
        self._file.execute("INSERT OR IGNORE INTO state VALUES (1, ?, NULL, NULL)", (service,))
        (held,) = self._file.execute("SELECT service FROM state").fetchone()
        if held != service:
            raise MirrorError(f"The file is a copy of {held}, not of {service}.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def position(self) -> str | None:
        """The place in the feed that the copy has come to; None before it was begun."""
        (position,) = self._file.execute("SELECT position FROM state").fetchone()
        return None if position is None else str(position)

    @property
    def _log(self) -> str | None:
        (log,) = self._file.execute("SELECT log FROM state").fetchone()
        return None if log is None else str(log)

    def __len__(self) -> int:
        (count,) = self._file.execute("SELECT count(*) FROM entity").fetchone()
        return int(count)

    def __iter__(self) -> Iterator[Entity]:
        """Yield all entities by identifier, as they are stored: references are identifiers."""
        for (document,) in self._file.execute("SELECT document FROM entity ORDER BY id"):
            yield json.loads(document)

    def of_type(self, type: str) -> Iterator[Entity]:
        """Yield the entities of a type, such as ``need``, by identifier."""
        asked = "SELECT document FROM entity WHERE type = ? ORDER BY id"
        for (document,) in self._file.execute(asked, (type,)):
            yield json.loads(document)

    def get(self, id: str) -> Entity | None:
        """Return an entity, of one that was merged what it was merged into; None if there is none."""
        held = self._held(self.resolve(id))
        return None if held is None else json.loads(held)

    def resolve(self, id: str) -> str:
        """Return the identifier that stands for another one, which was merged into it."""
        for _ in range(_MOST_REDIRECTS):
            row = self._file.execute("SELECT target FROM redirect WHERE id = ?", (id,)).fetchone()
            if row is None:
                break
            id = row[0]
        return id

    def reset(self) -> None:
        """Have the copy begun anew by the next :meth:`sync`: after what the key may see has changed.

        Until then it stays as it is.
        """
        self._file.execute("UPDATE state SET position = NULL")

    def sync(self, *, wait: int = 0) -> SyncReport:
        """Bring the copy up to date, beginning it if need be.

        Parameters
        ----------
        wait : int
            Seconds, up to 20, that the service may wait for the next change if there is none.

        Raises
        ------
        MirrorError
            If a copy that was just begun does not fit the feed: a defect of the service.
        UnreachableError, ProblemError
            If the service cannot be asked; what was applied so far stays, and the next call goes on.
        """
        applied, begun = self.applied, "first" if self.position is None else ""
        while True:
            position = self.position
            if position is None:
                self._begin()
                continue
            try:
                page = self._client.changes(position, limit=_PAGE, wait=wait, log=self._log)
                self._apply(position, page)
            except (PositionGoneError, BadParameterError, _DiffersError) as error:
                if begun or (isinstance(error, BadParameterError) and error.parameter != "since"):
                    raise MirrorError(f"The copy does not fit the feed: {error}") from error
                begun = "differs" if isinstance(error, _DiffersError) else "gone"
                self.reset()
                continue
            wait = 0
            if page["end"]:
                return SyncReport(self.applied - applied, begun)

    def follow(self, *, wait: int = 20) -> Iterator[SyncReport]:
        """Keep the copy up to date for as long as the iterator is used; a report for each round.

        While the service is away, rounds say so in ``away``, with growing pauses between them.
        """
        pause = 1.0
        while True:
            begun, applied = time.monotonic(), self.applied
            try:
                report = self.sync(wait=wait)
                pause = 1.0
            except (UnreachableError, ProblemError) as error:
                if isinstance(error, ProblemError) and not _passes(error):
                    raise
                report = SyncReport(self.applied - applied, away=str(error))
                asked = error.retry_after if isinstance(error, ProblemError) else None
                pause = max(min(pause * 2, _LONGEST_PAUSE), asked or 0)
            yield report
            quick = time.monotonic() - begun < min(wait, 1)
            if report.away or (quick and not report.applied):
                time.sleep(pause)  # the service did not wait: too many wait already, or it is away

    def _begin(self) -> None:
        """Replace the copy by a dump, at once and as a whole."""
        lines = self._client.dump()
        head = next(lines, None)
        if not isinstance(head, dict) or head.get("format") != 1 or "sequence" not in head:
            raise MirrorError("The dump is of a form that this library does not know.")
        with self._transaction():
            self._file.execute("DELETE FROM entity")
            self._file.execute("DELETE FROM redirect")
            redirects = head.get("redirects", {}).items()
            self._file.executemany("INSERT INTO redirect VALUES (?, ?)", redirects)
            count, end = self._fill(lines)
            if end is None or end["count"] != count:
                raise UnreachableError("The dump was cut off.")
            self._move(str(head["sequence"]))
            self._file.execute("UPDATE state SET log = ?", (head.get("log"),))

    def _fill(self, lines: Iterator[Entity]) -> tuple[int, Entity | None]:
        """Insert entities until the end; return their number and the last line, if it came."""
        count = 0
        rows: list[tuple[str, str, str]] = []
        for line in lines:
            if line.get("end") is True:
                self._insert(rows)
                return count, line
            rows.append((line["id"], line["type"], json.dumps(line)))
            count += 1
            if len(rows) >= _BATCH:
                self._insert(rows)
                rows = []
        return count, None

    def _insert(self, rows: list[tuple[str, str, str]]) -> None:
        self._file.executemany("INSERT INTO entity VALUES (?, ?, ?)", rows)

    def _apply(self, position: str, page: FeedPage) -> None:
        """Apply a page of changes, together with its position."""
        with self._transaction():
            if self.position != position:
                return  # another process has moved the copy on meanwhile
            for change in page["items"]:
                self._change(change)
            self._move(page["next"])
        self.applied += len(page["items"])

    def _change(self, change: FeedChange) -> None:
        id, after = change["id"], change["after"]
        held = self._held(id)
        if (None if held is None else json.loads(held)) != change["before"]:
            raise _DiffersError(f"{id} is not what it was before change {change['position']}")
        self._file.execute("DELETE FROM entity WHERE id = ?", (id,))
        if after is not None:
            self._insert([(id, after["type"], json.dumps(after))])
        if change["merged_into"]:
            row = (id, change["merged_into"])
            self._file.execute("INSERT OR REPLACE INTO redirect VALUES (?, ?)", row)

    def _held(self, id: str) -> str | None:
        row = self._file.execute("SELECT document FROM entity WHERE id = ?", (id,)).fetchone()
        return None if row is None else str(row[0])

    def _move(self, position: str) -> None:
        self._file.execute("UPDATE state SET position = ?", (position,))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")


def _passes(error: ProblemError) -> bool:
    return error.status >= 500 or error.status == 429
