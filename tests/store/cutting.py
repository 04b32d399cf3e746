"""A proxy before the database that breaks the connection just when a commit is answered."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self
from urllib.parse import urlsplit

from matchmaker.store.connection import Connection

COMMIT = b"\x00\x02\xb0\x12\x00\x00"  # Bolt: one chunk of two bytes, structure 0x12, no fields
BEGIN, RUN = b"\xb1\x11", b"\xb3\x10"  # the heads of messages of one and of three fields


class CuttingProxy:
    """Forwards bytes to a database; on request, swallows the answers to commits and hangs up.

    A statement outside a transaction commits itself: its answer counts as one to a commit.
    """

    def __init__(self, behind: Connection) -> None:
        parts = urlsplit(behind.uri)
        self._behind = (parts.hostname or "", parts.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.connection = Connection(
            f"bolt://127.0.0.1:{port}", behind.user, behind.password, behind.database
        )
        self.cuts = 0
        self._left = self._spared = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_at_commits(self, times: int, after: int = 0) -> None:
        """Cut at the next so many commits, or at those after some more."""
        self._left, self._spared = times, after

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._behind)
                cutting = threading.Event()
                for one, other, outward in ((client, server, True), (server, client, False)):
                    arguments = (one, other, outward, cutting)
                    threading.Thread(target=self._forward, args=arguments, daemon=True).start()

    def _forward(
        self, source: socket.socket, target: socket.socket, outward: bool, cutting: threading.Event
    ) -> None:
        begun = False
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                begun = begun or BEGIN in data
                commits = COMMIT in data or (RUN in data and not begun)
                begun = begun and COMMIT not in data
                if outward and commits and self._left:
                    if self._spared:
                        self._spared -= 1
                    else:
                        self._left -= 1
                        self.cuts += 1
                        cutting.set()
                if not outward and cutting.is_set():
                    break  # the commit is done; its answer never arrives
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
