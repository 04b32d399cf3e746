"""Check that a webhook's message comes from the service (Standard Webhooks)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from typing import Final, TypedDict

from matchmaker_client.errors import WebhookError
from matchmaker_client.types.feed import FeedChange

TOLERANCE: Final = 300.0
"""By how many seconds the clocks of sender and receiver may differ, delivery included."""
_PREFIX: Final = "whsec_"
_VERSION: Final = "v1,"
_LEAST_KEY: Final = 24


class WebhookMessage(TypedDict):
    """What the service posts: changes in order, or none (``ping``)."""

    type: str
    delivery: str
    webhook: str
    timestamp: str
    changes: list[FeedChange]
    next: str | None


def verify_webhook(
    secret: str | Iterable[str], headers: Mapping[str, str], body: bytes, *,
    tolerance: float = TOLERANCE, now: float | None = None,
) -> WebhookMessage:  # fmt: skip
    """Return the message that a webhook received, once it is sure who sent it.

    Parameters
    ----------
    secret : str or iterable of str
        The secret of the webhook (``whsec_...``); several while one takes the place of another.
    headers : mapping of str to str
        Headers of the request, in any spelling.
    body : bytes
        Body of the request exactly as it came: what was parsed and written again has other bytes.
    tolerance : float
        How many seconds ago, or ahead, it may have been sent.
    now : float, optional
        Time to compare with, in seconds since 1970; the present without it.

    Raises
    ------
    WebhookError
        If a header is missing, the time is out of bounds, or no signature fits.
    ValueError
        If a secret is none.

    Notes
    -----
    A message may come more than once, under the same ``delivery``: keep these, or take every message
    as word that there is news and call :meth:`Mirror.sync`.
    """
    found = {name.lower(): value for name, value in headers.items()}
    try:
        identifier, sent_at = found["webhook-id"], found["webhook-timestamp"]
        signatures = found["webhook-signature"].split()
    except KeyError as error:
        raise WebhookError(f"The header {error.args[0]!r} is missing.") from None
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) < 16):
        raise WebhookError("The header 'webhook-timestamp' is no time.")
    if abs((time.time() if now is None else now) - int(sent_at)) > tolerance:
        raise WebhookError("The message was sent too long ago, or a clock is wrong.")
    text = f"{identifier}.{sent_at}.".encode() + body
    secrets = [secret] if isinstance(secret, str) else list(secret)
    made = [hmac.new(_key(one), text, hashlib.sha256).digest() for one in secrets]
    if not any(hmac.compare_digest(own, _bytes(s)) for s in signatures for own in made):
        raise WebhookError("No signature fits.")
    try:
        message: WebhookMessage = json.loads(body)
    except ValueError:
        raise WebhookError("The message is not JSON.") from None
    return message


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _LEAST_KEY:  # an empty one would let anybody sign
        raise ValueError("a secret is 'whsec_' and at least 24 bytes in base64")
    return key


def _bytes(signature: str) -> bytes:
    """Return a signature of the version that we know, nothing for others."""
    if not signature.startswith(_VERSION):
        return b""
    try:
        return base64.b64decode(signature.removeprefix(_VERSION), validate=True)
    except (binascii.Error, ValueError):
        return b""
