"""Cursors: where the page of a list before ended, as a text for addresses."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import orjson

from matchmaker.errors import BadRequestError

_LONGEST: Final = 4096


def write_cursor(place: list[Any]) -> str:
    """Return the cursor of a place, any JSON list.

    Examples
    --------
    >>> read_cursor(write_cursor(["2024-05-01", "a"]))
    ['2024-05-01', 'a']
    """
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def read_cursor(cursor: str) -> list[Any]:
    """Return the place that a cursor stands for.

    Raises
    ------
    BadRequestError
        If the cursor cannot be one of ours.
    """
    try:
        padded = cursor[:_LONGEST].encode("ascii") + b"=" * (-len(cursor) % 4)
        place = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeError, binascii.Error, ValueError):
        raise foreign_cursor() from None
    # Written in one way only: what merely reads alike did not come from here.
    if not isinstance(place, list) or write_cursor(place) != cursor:
        raise foreign_cursor()
    return place


def foreign_cursor() -> BadRequestError:
    """Return the error for a cursor that no list of this service gave."""
    return BadRequestError("cursor", "is not one that a list of this service gave as 'next'")
