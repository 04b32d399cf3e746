"""A real HTTP server on the loopback that answers as it is told: it fails, cuts off and lies."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Behave = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, document: Any = None, **headers: str) -> Behave:
    """Answer with a document; problems get the media type of problems."""
    body = document if isinstance(document, bytes) else json.dumps(document or {}).encode()
    kind = "application/problem+json" if status >= 400 and document else "application/json"

    def run(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in (
            {"Content-Type": kind, "Content-Length": str(len(body))} | given
        ).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return run


def problem(status: int, slug: str, **members: Any) -> dict[str, Any]:
    """Return a problem document."""
    return {"type": f"/problems/{slug}", "title": slug, "status": status, **members}


def drop(handler: BaseHTTPRequestHandler) -> None:
    """Hang up without a word."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut(body: bytes, promised: int) -> Behave:
    """Promise more than comes."""
    begin = answer(200, body, Content_Length=str(promised))

    def run(handler: BaseHTTPRequestHandler) -> None:
        begin(handler)
        handler.close_connection = True

    return run


@dataclass
class Peer:
    """Answers one request after the other as ``script`` says, the last one again and again."""

    script: list[Behave]
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                named = {name.lower(): value for name, value in self.headers.items()}
                peer.asked.append(Asked(self.command, self.path, named, body))
                behave = peer.script.pop(0) if len(peer.script) > 1 else peer.script[0]
                behave(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hangs up is no fault."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *reason: object) -> None:
        self.server.shutdown()
        self.server.server_close()
