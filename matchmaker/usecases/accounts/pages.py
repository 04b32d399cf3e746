"""Pages of records: a cursor says where the page before ended."""

from __future__ import annotations

from typing import Final

from matchmaker.errors import BadRequestError
from matchmaker.usecases.cursors import foreign_cursor, read_cursor, write_cursor

LARGEST_PAGE: Final = 200


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
    """Return the cursor of the page that follows a record: its place in the order, and what it is.

    Examples
    --------
    >>> cursor_after(cursor_of("2024-05-01", "a"))
    ('2024-05-01', 'a')
    """
    return write_cursor([value, identifier])


def cursor_after(cursor: str) -> tuple[str, str] | None:
    """Return where the page before ended, None for the first page.

    Raises
    ------
    BadRequestError
        If the cursor is none of ours.
    """
    if not cursor:
        return None
    match read_cursor(cursor):
        case [str(value), str(identifier)]:
            return value, identifier
        case _:
            raise foreign_cursor()
