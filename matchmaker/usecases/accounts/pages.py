"""Pages of records: a cursor says where the page before ended."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Final

from matchmaker.errors import BadRequestError

LARGEST_PAGE: Final = 200
_LONGEST: Final = 500


def page_size(limit: int) -> int:
    """Return the limit of a page.

    Raises
    ------
    BadRequestError
        If it is out of range.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise BadRequestError("limit", f"must be from 1 to {LARGEST_PAGE}")
    return limit


def cursor_of(value: str, identifier: str) -> str:
    """Return a cursor.

    Examples
    --------
    >>> cursor_after(cursor_of("2024-05-01", "a"))
    ('2024-05-01', 'a')
    """
    return base64.urlsafe_b64encode(json.dumps([value, identifier]).encode()).decode().rstrip("=")


def cursor_after(cursor: str) -> tuple[str, str] | None:
    """Return where the page before ended, None for the first page.

    Raises
    ------
    BadRequestError
        If the cursor is none of ours.
    """
    if not cursor:
        return None
    try:
        padded = cursor[:_LONGEST] + "=" * (-len(cursor[:_LONGEST]) % 4)
        found = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    match found:
        case [str(value), str(identifier)]:
            return value, identifier
        case _:
            raise BadRequestError("cursor", "is none that this service gave out")
