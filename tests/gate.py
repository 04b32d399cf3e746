"""A gate before the database: a fixed address that can be shut and opened again."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self
from urllib.parse import urlsplit


class Gate:
    """Forwards a loopback port to a database while open; refuses connections while shut."""

    def __init__(self, behind: str) -> None:
        parts = urlsplit(behind)
        self._behind = (parts.hostname or "", parts.port or 0)
        self._listener: socket.socket | None = None
        self._ends: list[socket.socket] = []
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    def open(self) -> Self:
        listener = socket.create_server(("127.0.0.1", self.port))
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return self

    def shut(self) -> None:
        if self._listener is not None:
            # Without the shutdown a blocked accept would take one more caller.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.shut()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self._behind)
                self._ends += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._forward, args=(one, other), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
