"""Mail: short plain messages, sent over the mail server that the settings name."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from ipaddress import ip_address
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from matchmaker.errors import BadRequestError, MailError
from matchmaker.settings import Settings

TIMEOUT: Final = 10.0
"""Seconds that a mail server may take for any one step."""
_LONGEST_TEXT: Final = 20_000
_WIDE: Final = policy.default.clone(max_line_length=900)
"""For headers that hold an address, which must not be broken into encoded words."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A calendar file that goes with a message."""

    name: str
    content: bytes


class Mailer(Protocol):
    """What sends a message."""

    def send(
        self, to: str, subject: str, text: str, headers: Mapping[str, str] | None = None,
        attachment: Attachment | None = None,
    ) -> None:  # fmt: skip
        """Send a message to one address, with more headers and a calendar file if wished.

        Raises
        ------
        MailError
            If the mail server has not taken it.
        BadRequestError
            If the address, the subject or a header would break out of its line.
        """
        ...


def mailer_of(settings: Settings) -> Mailer | None:
    """Return what sends messages, None if the settings name no mail server."""
    if settings.smtp_url is None:
        return None
    parts = urlsplit(settings.smtp_url)
    assert parts.hostname is not None  # checked when the settings were read
    tls = parts.scheme == "smtps"
    return SmtpMailer(
        parts.hostname,
        parts.port or (465 if tls else 587),
        settings.mail_from,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        tls=tls,
    )


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends over one mail server, in a connection of its own for each message.

    Parameters
    ----------
    sender : str
        Address that messages come from.
    user, password : str
        To sign in with; empty to send without.  They go over TLS only, except to this machine.
    tls : bool
        Whether the connection is TLS from the start; otherwise STARTTLS is used where offered.
    """

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    timeout: float = TIMEOUT

    def send(
        self, to: str, subject: str, text: str, headers: Mapping[str, str] | None = None,
        attachment: Attachment | None = None,
    ) -> None:  # fmt: skip
        """Send a message; see :meth:`Mailer.send`."""
        message = self._message(to, subject, text, headers)
        if attachment:
            message.add_attachment(
                attachment.content, maintype="text", subtype="calendar", filename=attachment.name,
                params={"charset": "utf-8", "method": "PUBLISH"},
            )  # fmt: skip
        try:
            with self._connected() as server:
                refused = server.send_message(message, self.sender, [to])
        except MailError:
            raise
        except (smtplib.SMTPException, OSError, UnicodeError, ValueError) as error:
            raise MailError(f"The message could not be sent: {_reason(error)}") from None
        if refused:  # pragma: no cover - with one recipient, smtplib raises instead
            raise MailError("The message could not be sent: the mail server refused the recipient.")

    def _message(
        self, to: str, subject: str, text: str, headers: Mapping[str, str] | None = None
    ) -> EmailMessage:
        message = EmailMessage(_WIDE if headers else policy.default)
        named = {"From": self.sender, "To": to, "Subject": subject, **(headers or {})}
        for name, value in named.items():
            address = name in ("From", "To")
            if not value.isprintable() or (address and not _is_one_address(value)):
                raise BadRequestError(name.lower(), "cannot stand in a message's header")
            message[name] = value
        message["Date"] = formatdate(usegmt=True)
        if "Message-ID" not in named:
            message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2] or None)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text[:_LONGEST_TEXT])
        return message

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        return _or_closed(server, lambda: self._prepare(server, context))

    def _prepare(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo()
        encrypted = self.tls
        if not encrypted and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
            encrypted = True
        if self.user:
            if not encrypted and not _is_loopback(self.host):
                raise MailError(
                    "The message could not be sent: the mail server offers no TLS, and the "
                    "password of MATCHMAKER_SMTP_URL is not sent in the clear."
                )
            server.login(self.user, self.password)


def _or_closed(server: smtplib.SMTP, prepare: Callable[[], None]) -> smtplib.SMTP:
    try:
        prepare()
    except BaseException:
        server.close()
        raise
    return server


def _is_one_address(text: str) -> bool:
    return text.isascii() and text.count("@") == 1 and not set(text) & set(' ,;:<>"()[]\\')


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _reason(error: Exception) -> str:
    """Say what went wrong without the recipient, the text or a password."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the mail server refused the user name or the password."
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the mail server refused the recipient."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code}."
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "the mail server did not answer in time."
    if isinstance(error, ssl.SSLError):
        return "the mail server has no certificate that can be trusted."
    if isinstance(error, OSError) and error.strerror:
        return f"the mail server cannot be reached ({error.strerror})."
    return "the mail server ended the connection or does not speak SMTP."
