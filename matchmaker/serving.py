"""Run the web server in front of the service, with a local database if one is needed.

The first process owns the local database and stops it at the end; granian's workers attach to it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.server import Server

from matchmaker.errors import MatchmakerError, SettingsError, StoreUnavailableError
from matchmaker.settings import Settings
from matchmaker.store.local import LocalNeo4j, ensure_local

Announce = Callable[[str], None]
ROOT = Path(__file__).resolve().parent.parent
THREADS = 4
_CHECK_SECONDS = 1.0
_READY_SECONDS = 300.0


def serve(settings: Settings, announce: Announce) -> None:
    """Serve until interrupted, then stop everything that was started.

    Raises
    ------
    SettingsError
        If the address is taken.
    InvalidDataError
        If the seeds are needed and do not fit the schema; printed by the loading process.
    """
    _refuse_taken_address(settings)
    url = f"http://{settings.host}:{settings.port}"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _database(settings, announce):
        if not Settings.from_environment().no_database:
            _prepare()
        os.environ["MATCHMAKER_SERVER_PID"] = str(os.getpid())
        server = Server(
            "wsgi:app",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            workers=settings.workers,
            blocking_threads=THREADS,
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
            log_access=False,
            working_dir=ROOT,
        )
        threading.Thread(target=_say_when_ready, args=(url, announce), daemon=True).start()
        server.serve()
        announce("Stopping.")
    announce("Stopped.")


@contextmanager
def _database(settings: Settings, announce: Announce) -> Iterator[None]:
    """Own a local database while serving, and start it again should it die."""
    if settings.neo4j_uri or settings.no_database:
        yield
        return
    try:
        local = _ensure(settings, announce)
    except StoreUnavailableError as error:
        # The workers go on read-only; they need not try for themselves what has just failed.
        announce(str(error))
        os.environ["MATCHMAKER_NO_DATABASE"] = str(error)
        yield
        return
    ended = threading.Event()
    keeper = _Keeper(settings, announce, local, ended)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()
        keeper.local.stop()


class _Keeper(threading.Thread):
    """Watches the database process; this thread lives as long as the server does."""

    def __init__(
        self, settings: Settings, announce: Announce, local: LocalNeo4j, ended: threading.Event
    ) -> None:
        super().__init__(name="database-keeper", daemon=True)
        self.local = local
        self._settings = settings
        self._announce = announce
        self._ended = ended

    def run(self) -> None:
        """Start the database again whenever it is gone, until the server ends."""
        while not self._ended.wait(_CHECK_SECONDS):
            if self.local.is_alive():
                continue
            self._announce("The database has stopped; starting it again.")
            try:
                self.local = _ensure(self._settings, self._announce)
            except StoreUnavailableError as error:
                self._announce(str(error))


def _ensure(settings: Settings, announce: Announce) -> LocalNeo4j:
    folder = settings.data_dir / "neo4j"
    return ensure_local(folder, announce=announce, cache_dir=settings.cache_dir / "jars")


def _prepare() -> None:
    """Load the seeds where needed, and print the first administrator's link, before any worker starts.

    In a process of its own, whose memory ends with it, and for this one holds no connection to the
    database.  The link goes to the console and nowhere else.

    Raises
    ------
    MatchmakerError
        If it failed; it has said why.
    """
    command = [sys.executable, "-m", "matchmaker", "prepare"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:  # noqa: S603
        raise MatchmakerError("The seeds were not loaded; see above.")


def _refuse_taken_address(settings: Settings) -> None:
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingsError(
                f"{settings.host}:{settings.port} cannot be used: {error.strerror}. Set "
                f"MATCHMAKER_PORT to another port, or stop what listens there."
            ) from error


def _say_when_ready(url: str, announce: Announce) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < _READY_SECONDS:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/readyz", timeout=5).close()  # noqa: S310
            announce(f"Serving on {url} (Ctrl-C stops everything).")
            return
        time.sleep(0.2)
