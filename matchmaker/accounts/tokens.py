"""Random tokens: what sessions, one-time links and API keys are made of.

They carry 256 random bits, so that a plain SHA-256 of them can be kept: nobody can guess what it
came from.  A token is found by its hash, which tells a listener to the clock nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

_KEY: Final = re.compile(r"mk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_LONGEST: Final = 200


def new_token() -> str:
    """Return 256 random bits as a text that is safe in an address."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return what is kept of a token; a text that no token can be is taken too.

    Examples
    --------
    >>> digest("a") == digest("a"), digest("a") == digest("b"), len(digest("a"))
    (True, False, 64)
    """
    return hashlib.sha256(token[:_LONGEST].encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class KeyText:
    """An API key as its holder has it: ``mk_<id>_<secret>``; the first two parts may be shown."""

    id: str
    secret: str = field(repr=False)

    @property
    def prefix(self) -> str:
        """The part that tells keys apart and may be shown."""
        return f"mk_{self.id}"

    @property
    def text(self) -> str:
        """The whole key."""
        return f"{self.prefix}_{self.secret}"


def new_key() -> KeyText:
    """Return a new random API key."""
    return KeyText(secrets.token_hex(6), new_token())


def read_key(text: str) -> KeyText | None:
    """Return the parts of an API key, None if the text cannot be one.

    Examples
    --------
    >>> key = new_key()
    >>> read_key(key.text) == key
    True
    >>> read_key("mk_short_key") is None
    True
    """
    found = _KEY.fullmatch(text[:_LONGEST])
    return KeyText(found[1], found[2]) if found else None
