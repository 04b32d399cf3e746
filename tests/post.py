"""A real mail server on the loopback for tests, which can be told to refuse, to stall and to ask."""

from __future__ import annotations

import email
import re
import socket
import ssl
import time
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Post:
    """Takes messages over SMTP and keeps them.

    ``answer`` is what it says to each message; ``user`` and ``password`` are who may send.
    """

    def __init__(
        self, *, certificate: tuple[Path, Path] | None = None, user: str = "", password: str = "",
        answer: str = "250 OK", tls_from_the_start: bool = False,
    ) -> None:  # fmt: skip
        self.messages: list[Message] = []
        self.recipients: list[list[str]] = []
        self.signed_in: list[str] = []
        self.answer = answer
        self._who = (user.encode(), password.encode())
        context = None
        if certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*certificate)
        options: dict[str, Any] = {"decode_data": False}
        if user:
            options |= {
                "authenticator": self._authenticate, "auth_required": True,
                "auth_require_tls": certificate is not None,
            }  # fmt: skip
        if tls_from_the_start:
            options["ssl_context"] = context
        elif context:
            options["tls_context"] = context
        self._controller = Controller(self, hostname="127.0.0.1", port=_free_port(), **options)

    def __enter__(self) -> Post:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def wait_for(self, count: int) -> list[Message]:
        """Return the messages once there are so many."""
        until = time.monotonic() + 10
        while len(self.messages) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.messages) == count
        return self.messages

    def links(self) -> list[str]:
        """Return the links that stand in all messages."""
        return [
            link
            for message in self.messages
            for link in re.findall(r"https?://\S+", message.get_payload(decode=True).decode())
        ]

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.messages.append(email.message_from_bytes(envelope.content))
            self.recipients.append(envelope.rcpt_tos)
        return self.answer

    def _authenticate(
        self, _server: object, _session: object, _envelope: object, _way: str, data: LoginPassword
    ) -> AuthResult:
        right = (data.login, data.password) == self._who
        if right:
            self.signed_in.append(data.login.decode())
        return AuthResult(success=right, handled=False)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
