"""Places in the change feed, as they are given out and taken back."""

from __future__ import annotations

import re
from typing import Final

from matchmaker.errors import BadRequestError, MatchmakerError
from matchmaker.store.feed import Position

RETENTION_DAYS: Final = 0
"""For how many days changes are kept; 0 means for ever, which is what this service promises."""
_TEXT: Final = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,9})\.([0-9]{1,9}))?", re.ASCII)


class PositionGoneError(MatchmakerError):
    """What follows a position is no longer kept: the copy must begin anew from a dump."""


def text_of(position: Position) -> str:
    """Return a position as clients keep it: opaque to them, but a plain number behind an entry.

    Examples
    --------
    >>> text_of(Position(17)), text_of(Position(18, 2, 1999))
    ('17', '18.2.1999')
    """
    if not position.is_inside:
        return str(position.sequence)
    return f"{position.sequence}.{position.batch}.{position.index}"


def position_of(text: str | None, parameter: str = "since") -> Position:
    """Return the position that a text stands for; without one the beginning of the log.

    Raises
    ------
    BadRequestError
        If it is none.

    Examples
    --------
    >>> position_of("18.2.1999")
    Position(sequence=18, batch=2, index=1999)
    """
    if text is None:
        return Position(0)
    found = _TEXT.fullmatch(text)
    if found is None:
        raise BadRequestError(
            parameter, "must be the sequence of a dump, or 'next' or 'position' of the feed"
        )
    sequence, batch, index = found.groups()
    if batch is None:
        return Position(int(sequence))
    return Position(int(sequence), int(batch), int(index))
