"""Passwords: which are taken, and how they are kept (argon2id).

References
----------
RFC 9106, Argon2; NIST SP 800-63B, section 5.1.1 (length before composition, no common values).
"""

from __future__ import annotations

import base64
import secrets
import threading
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from matchmaker.errors import BadRequestError

SHORTEST: Final = 12
LONGEST: Final = 200
# 46 MiB read twice by one lane: well beyond the usual minimum (19 MiB, two passes), some 0.1 s.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)


def _nobodys() -> str:
    """Return something kept, by today's parameters, that no password gives."""
    salt, value = (base64.b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (16, 32))
    cost = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${value}"


_NOBODYS: Final = _nobodys()
# Each hash takes its memory for as long as it runs, so only so many run at once in a process.
_AT_ONCE: Final = threading.BoundedSemaphore(2)
_FEWEST_CHARACTERS: Final = 5
_OWN_PART: Final = 8
# fmt: off
_COMMON: Final = frozenset({
    "password", "passwort", "passw0rd", "p@ssw0rd", "letmein", "welcome", "administrator",
    "admin", "qwerty", "qwertyuiop", "qwertyuiopasdfghjkl", "asdfghjkl", "zxcvbnm",
    "1q2w3e4r", "1q2w3e4r5t6y", "1qaz2wsx3edc", "1qaz2wsx", "iloveyou", "changeme", "secret",
    "default", "trustno1", "monkey", "dragon", "sunshine", "princess", "football", "baseball",
    "superman", "abc", "abcdefghijkl", "abcdefghijklmnopqrstuvwxyz", "test", "guest", "login",
    "master", "correcthorsebatterystaple", "matchmaker", "smartcity", "asean", "ascn", "city",
    "partner", "secretariat",
})
# fmt: on
_FILLING: Final = "0123456789!@#$%*.?_- "


def normal_password(text: str) -> str:
    """Return a password as it is hashed: letters typed in different ways are the same letter."""
    return unicodedata.normalize("NFKC", text)


def check_password(password: str, address: str = "") -> None:
    """Refuse a password that is too easy to guess.

    Parameters
    ----------
    password : str
        As typed.
    address : str
        E-mail address of the account, which the password must not be made of.

    Raises
    ------
    BadRequestError
        Which says what to do.

    Examples
    --------
    >>> check_password("a long sentence is best")
    >>> check_password("short")
    Traceback (most recent call last):
    matchmaker.errors.BadRequestError: password: must have 12 to 200 characters
    >>> check_password("Password12345!")
    Traceback (most recent call last):
    matchmaker.errors.BadRequestError: password: is one of the first that are tried; take another
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadRequestError("password", f"must have {SHORTEST} to {LONGEST} characters")
    if any("\ud800" <= character <= "\udfff" for character in password):
        raise BadRequestError("password", "holds something that is no character")
    plain = normal_password(password).casefold()
    if len(set(plain)) < _FEWEST_CHARACTERS or _is_common(plain):
        raise BadRequestError("password", "is one of the first that are tried; take another")
    local = address.partition("@")[0]
    for own in (address, local):
        if own and len(own) > 2 and own in plain and len(plain.replace(own, "")) < _OWN_PART:
            raise BadRequestError("password", "is made of your e-mail address; take another")


def _is_common(plain: str) -> bool:
    """Tell whether a password is common words with digits and signs around them, or rows of digits."""
    core = plain.strip(_FILLING)
    half = core[: len(core) // 2]
    return not core or core in _COMMON or (half in _COMMON and core == half * 2)


def hash_password(password: str) -> str:
    """Return what is kept of a password; takes some 0.1 s and 46 MiB on purpose."""
    with _AT_ONCE:
        return _HASHER.hash(normal_password(password).encode())


def verify_password(password: str, kept: str) -> bool:
    """Tell whether a password is the one that was kept.

    Nothing kept (``""``: no account, or one without a password) takes as long as something kept.
    """
    usable = len(password) <= LONGEST
    tried = normal_password(password if usable else "").encode("utf-8", "replace")
    try:
        with _AT_ONCE:
            right = _HASHER.verify(kept or _NOBODYS, tried)
    except (VerificationError, InvalidHashError):
        return False
    return right and usable and bool(kept)


def needs_rehash(kept: str) -> bool:
    """Tell whether a password was kept with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)
