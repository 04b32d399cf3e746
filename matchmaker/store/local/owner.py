"""A real Neo4j of our own: one database process for each data folder, shared by all our processes.

Whoever takes the folder's lock starts the database and hands the lock on to it, so the lock is held
exactly as long as a database runs there, whoever dies first and however.  Everybody else attaches.
"""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from neo4j.exceptions import DriverError, Neo4jError

from matchmaker.errors import DatabaseStartError
from matchmaker.store.connection import Connection
from matchmaker.store.local.files import Files, Holder, Running
from matchmaker.store.local.jars import Announce
from matchmaker.store.local.process import Child, Identity
from matchmaker.store.local.start import OTHER_SERVER, Options, ask, start

_WAIT_SECONDS = 600.0
_PAUSE = 0.1


class LocalNeo4j:
    """A running local database; leaving the ``with`` block stops it if it is ours.

    Parameters
    ----------
    files : Files
        The data folder.
    running : Running
        How to reach the database.
    child : Child or None
        The database's process where this process started it, None where it attached.
    stop_seconds : float
        How long it may take to stop before it is killed.
    """

    def __init__(
        self, files: Files, running: Running, child: Child | None, stop_seconds: float
    ) -> None:
        self._stop_seconds = stop_seconds
        self._files = files
        self._running = running
        self._child = child
        self._process = os.getpid()
        self._stopping = threading.Lock()

    @property
    def connection(self) -> Connection:
        """What the driver needs to reach the database."""
        return self._running.connection

    @property
    def browser_url(self) -> str | None:
        """Where Neo4j's own pages are, None if they were not asked for at the start."""
        return self._running.browser_url

    @property
    def pid(self) -> int:
        """The process id of the database."""
        return self._running.server.pid

    @property
    def owned(self) -> bool:
        """Whether this process started the database and is to stop it (a forked copy is not)."""
        return self._child is not None and self._process == os.getpid()

    def is_alive(self) -> bool:
        """Tell whether the database's process still runs; if not, call `ensure_local` again."""
        return self._running.server.is_alive()

    def stop(self) -> None:
        """Stop the database cleanly, if it is ours; may be called more than once."""
        if self._child is None or not self.owned:
            return
        with self._stopping:
            published = self._files.read_running()
            if published is not None and published.server == self._running.server:
                self._files.connection.unlink(missing_ok=True)
            if not self._child.has_ended():
                self._child.stop(self._stop_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def ensure_local(
    data_dir: Path,
    *,
    announce: Announce,
    cache_dir: Path | None = None,
    browser: bool = False,
    repository: str | None = None,
    start_seconds: float = 180.0,
    stop_seconds: float = 30.0,
) -> LocalNeo4j:
    """Return a running Neo4j for ``data_dir``: the one that runs there, or else a new one.

    Parameters
    ----------
    data_dir : Path
        Where the database, its logs and its password are kept; made if absent.
    announce : callable
        Told in one line each what takes time and what was done.
    cache_dir : Path, optional
        Where the Java archives are kept; ``~/.cache/matchmaker/jars`` if not given.
    browser : bool
        Serve Neo4j's own pages too, should this call start the database.
    repository : str, optional
        A Maven repository to use in place of Maven Central.
    start_seconds : float
        How long a new database may take until it answers.
    stop_seconds : float
        How long a database may take to stop before it is killed.

    Returns
    -------
    LocalNeo4j
        To be stopped by the caller; stopping an attached one does nothing.

    Raises
    ------
    DatabaseStartError
        If no database can be had; the message says why and what to do.

    Notes
    -----
    A database whose owner died is stopped and replaced: the kernel has told it to stop already, and
    one that does not heed (it hangs) is killed.
    """
    files = Files(data_dir)
    cache = Path.home() / ".cache" / "matchmaker" / "jars" if cache_dir is None else cache_dir
    try:
        files.prepare()
        lock = _lock_or_attach(files, announce, stop_seconds)
        if isinstance(lock, LocalNeo4j):
            return lock
        try:
            options = Options(cache, browser, repository, start_seconds, stop_seconds)
            running, child = start(files, lock, options, announce)
        finally:
            os.close(lock)
        return LocalNeo4j(files, running, child, stop_seconds)
    except OSError as error:
        place = error.filename or files.data_dir
        raise DatabaseStartError(
            f"The local Neo4j cannot use {place}: {error.strerror or error}. Choose a data folder "
            f"on a disk with room that you may write to, {OTHER_SERVER}."
        ) from error


def _lock_or_attach(files: Files, announce: Announce, stop_seconds: float) -> int | LocalNeo4j:
    """Return the held lock (its descriptor) or the database that another process runs."""
    begun = time.monotonic()
    told = False
    signalled: dict[Identity, float] = {}
    while True:
        lock = os.open(files.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return lock
        holder = files.read_holder()
        running = files.read_running()
        if holder is not None and _is_current(holder, running) and _answers(running):
            assert running is not None
            announce(f"Using the Neo4j that process {holder.owner.pid} started.")
            return LocalNeo4j(files, running, None, stop_seconds)
        if holder is not None and not holder.owner.is_alive():
            _end_orphan(files, holder.server, signalled, announce, stop_seconds)
        elif not told:
            announce("Another process is starting or stopping Neo4j here; waiting for it.")
            told = True
        if time.monotonic() - begun > _WAIT_SECONDS:
            who = f"process {holder.owner.pid}" if holder is not None else "another process"
            raise DatabaseStartError(
                f"{files.data_dir} is in use by {who}, but no database answers there after "
                f"{_WAIT_SECONDS:.0f} seconds. Stop that process, choose another data folder, "
                f"{OTHER_SERVER}."
            )
        time.sleep(_PAUSE)


def _is_current(holder: Holder, running: Running | None) -> bool:
    """Tell whether what is published is the database that holds the lock, with its owner alive."""
    return (
        running is not None
        and running.server == holder.server
        and running.server.is_alive()
        and holder.owner.is_alive()
    )


def _answers(running: Running | None) -> bool:
    try:
        assert running is not None
        ask(running.connection)
    except (DriverError, Neo4jError, OSError):
        return False
    return True


def _end_orphan(
    files: Files,
    server: Identity | None,
    signalled: dict[Identity, float],
    announce: Announce,
    stop_seconds: float,
) -> None:
    """Stop a database whose owner died: politely first, by force after a while."""
    if server is None or not server.is_alive():
        return
    argument = f"@{files.server_arguments}"
    if server not in signalled:
        announce(f"Stopping the Neo4j (process {server.pid}) whose owner is gone.")
        signalled[server] = time.monotonic()
        server.send(signal.SIGTERM, argument=argument)
    elif time.monotonic() - signalled[server] > stop_seconds:
        server.send(signal.SIGKILL, argument=argument)
