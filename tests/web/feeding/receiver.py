"""A real receiver of webhooks on the loopback, which fails, stalls and lies as it is told."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

Behave = Callable[[socket.socket], None]


@dataclass(frozen=True, slots=True)
class Message:
    """What was received: headers in lower case, and the bytes of the body."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.time)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def changes(self) -> list[dict[str, Any]]:
        return list(self.document["changes"])


def answer(status: int, *headers: str, body: bytes = b"") -> Behave:
    """Answer with a status, as a decent server does."""
    lines = [f"HTTP/1.1 {status} Told", f"Content-Length: {len(body)}", *headers, "", ""]

    def run(connection: socket.socket) -> None:
        connection.sendall("\r\n".join(lines).encode() + body)

    return run


def drop(connection: socket.socket) -> None:
    """Take the message and hang up without a word."""


def drop_in_the_middle(connection: socket.socket) -> None:
    """Begin to say that all is well, and hang up."""
    connection.sendall(b"HTTP/1.1 20")


def stall(connection: socket.socket) -> None:
    """Say nothing for a long time."""
    with contextlib.suppress(OSError):
        connection.settimeout(30)
        connection.recv(1)


def drip(connection: socket.socket) -> None:
    """Send a header letter by letter, for ever."""
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)


def flood(connection: socket.socket) -> None:
    """Say that all is well, and send a body without an end."""
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)


def babble(connection: socket.socket) -> None:
    """Answer with something that is no HTTP."""
    connection.sendall(b"\x00\x01\x02 hello\r\n\r\n")


@dataclass
class Receiver:
    """Takes messages one connection each; ``behaviour`` says how each one is answered."""

    behaviour: list[Behave] = field(default_factory=list)
    usual: Behave = field(default_factory=lambda: answer(200))
    messages: list[Message] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook?a=1"
        self._told = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *reason: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def wait(self, count: int, seconds: float = 30) -> list[Message]:
        """Wait for so many messages."""
        with self._told:
            fine = self._told.wait_for(lambda: len(self.messages) >= count, seconds)
        assert fine, [message.document for message in self.messages]
        return self.messages

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            stream = connection.makefile("rb")
            with stream:
                path = stream.readline().split()[1].decode()
                headers = {}
                while line := stream.readline().strip():
                    name, _, value = line.decode().partition(":")
                    headers[name.lower()] = value.strip()
                body = stream.read(int(headers["content-length"]))
            behave = self.behaviour.pop(0) if self.behaviour else self.usual
            with self._told:
                self.messages.append(Message(path, headers, body))
                self._told.notify_all()
            behave(connection)


def is_signed(message: Message, secret: str) -> bool:
    """Check a signature as the Standard Webhooks specification says, without our own code."""
    key = base64.b64decode(secret.split("_", 1)[1])
    text = b".".join(
        [message.id.encode(), message.headers["webhook-timestamp"].encode(), message.body]
    )
    right = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    given = message.headers["webhook-signature"].split()
    fresh = abs(message.at - int(message.headers["webhook-timestamp"])) < 300
    return fresh and any(hmac.compare_digest(f"v1,{right}", sign) for sign in given)
