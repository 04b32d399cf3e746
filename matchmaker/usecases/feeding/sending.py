"""Send one signed message to a receiver that may be slow, large, lying or hostile.

References
----------
Standard Webhooks: a specification (headers ``webhook-id``, ``webhook-timestamp`` and
``webhook-signature``; the text ``id.timestamp.body`` signed by HMAC-SHA256).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import http.client
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from matchmaker.errors import BadRequestError
from matchmaker.usecases.feeding.addresses import NotPublicError, resolve, target_of

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 15.0
SECRET_PREFIX: Final = "whsec_"  # noqa: S105  # what every secret begins with
_LEAST_SECRET: Final = 24
_MOST_SECRET: Final = 64
_GOOD: Final = range(200, 300)
GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an attempt: the status of the answer (0 without one) and why it failed."""

    status: int
    error: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status in _GOOD and not self.error


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an attempt may take: to connect, and in all."""

    connect: float = CONNECT_SECONDS
    total: float = TOTAL_SECONDS


def new_secret() -> str:
    """Return a secret to sign with."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for.

    Raises
    ------
    BadRequestError
        If it is not ``whsec_`` and 24 to 64 bytes in base64.
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX).encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not _LEAST_SECRET <= len(key) <= _MOST_SECRET:
        raise BadRequestError("secret", "must be 'whsec_' and 24 to 64 bytes in base64")
    return key


def sign(secret: str, identifier: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message, as it stands in the header."""
    text = f"{identifier}.{timestamp}.".encode() + body
    made = hmac.new(key_of(secret), text, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def send(
    url: str, secret: str, identifier: str, body: bytes, *, loopback: bool = False,
    limits: Limits | None = None,
) -> Sent:  # fmt: skip
    """Post a message, once.

    Parameters
    ----------
    url : str
        Checked and resolved anew.
    identifier : str
        The same whenever the message is sent again.
    loopback : bool
        Whether this very machine may be the receiver.

    Returns
    -------
    Sent
        Nothing is raised for what the receiver or the network does.

    Notes
    -----
    No redirect is followed and no body of an answer is read, so that an answer can neither lead
    elsewhere nor be large.  A clock of its own cuts an attempt off, however it is drawn out.
    """
    limits = limits or Limits()
    begun = time.monotonic()
    timestamp = int(time.time())
    try:
        target = target_of(url)
        address = resolve(target, loopback=loopback)
        with socket.create_connection((address, target.port), limits.connect) as plain:
            left = max(0.1, limits.total - (time.monotonic() - begun))
            plain.settimeout(left)
            headers = {
                "Host": target.authority,
                "Content-Type": "application/json",
                "User-Agent": "matchmaker-webhooks/1",
                "webhook-id": identifier,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": sign(secret, identifier, timestamp, body),
                "Connection": "close",
            }
            with _cut_off(plain, left) as is_over:
                status = _post(plain, target.scheme, target.host, target.path, headers, body)
            # What was cut off may look like an answer that ended.
            return Sent(0, "It took too long.") if is_over.is_set() else Sent(status)
    except BadRequestError as error:
        return Sent(0, str(error))
    except NotPublicError as error:
        return Sent(0, str(error))
    except TimeoutError:
        return Sent(0, "It took too long.")
    except ssl.SSLError as error:
        return Sent(0, f"The TLS connection failed: {error.reason or 'not trusted'}."[:200])
    except http.client.HTTPException:
        return Sent(0, "The answer could not be read as HTTP.")
    except (OSError, UnicodeError) as error:
        if time.monotonic() - begun >= limits.total:
            return Sent(0, "It took too long.")
        return Sent(0, f"It could not be reached ({type(error).__name__}).")


def _post(
    plain: socket.socket, scheme: str, host: str, path: str, headers: dict[str, str], body: bytes
) -> int:
    """Return the status of the answer to a message on an open connection."""
    connection = http.client.HTTPConnection(host)
    if scheme == "https":
        # The certificate must be one of the name, though the connection goes to a checked number.
        wrapped = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        connection.sock = wrapped
    else:
        connection.sock = plain
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


@contextlib.contextmanager
def _cut_off(connection: socket.socket, seconds: float) -> Iterator[threading.Event]:
    """Break a connection after some seconds: a receiver that sends byte after byte never times out."""
    is_over = threading.Event()
    duplicate = connection.dup()  # stays usable when TLS has taken the connection over

    def cut() -> None:
        is_over.set()
        with contextlib.suppress(OSError):
            duplicate.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield is_over
    finally:
        timer.cancel()
        timer.join()
        duplicate.close()
