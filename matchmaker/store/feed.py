"""The log page by page: a bulk load of a hundred thousand rows is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from matchmaker.model import Change
from matchmaker.store import cypher
from matchmaker.store.codec import from_text
from matchmaker.store.database import Transaction, rows
from matchmaker.store.log import change_of, read_counter

_FIRST: Final = -1


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the log: behind an entry, or behind a row of an entry that is a bulk load.

    Parameters
    ----------
    sequence : int
        Number of the entry.
    batch, index : int
        Row of the load; ``batch`` -1 means that the whole entry is behind.
    """

    sequence: int
    batch: int = _FIRST
    index: int = _FIRST

    @property
    def is_inside(self) -> bool:
        """Whether the rest of the entry is still ahead."""
        return self.batch != _FIRST

    @property
    def next_entry(self) -> int:
        """Number of the entry that is read next."""
        return self.sequence if self.is_inside else self.sequence + 1

    def covers(self, other: Position) -> bool:
        """Tell whether what ends at another position lies before this one.

        Examples
        --------
        >>> Position(5).covers(Position(5, 0, 3)), Position(5, 0, 2).covers(Position(5, 0, 3))
        (True, False)
        """
        if self.sequence != other.sequence or not self.is_inside:
            return other.sequence <= self.sequence
        return other.is_inside and (other.batch, other.index) <= (self.batch, self.index)


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some changes in order, each with the position behind it.

    Parameters
    ----------
    changes : tuple of (Position, Change)
        In order of the log.
    next : Position
        Where the next page begins.
    first, last : int
        Numbers of the first entry that is kept and of the last one; ``first`` is ``last + 1`` where
        none is.
    log : str
        Which log it is: another one begins where a database is made anew.
    """

    changes: tuple[tuple[Position, Change], ...]
    next: Position
    first: int
    last: int
    log: str


def read_page(transaction: Transaction, after: Position, limit: int, until: int) -> LogPage:
    """Read changes after a position.

    Parameters
    ----------
    after : Position
        Where to begin.
    limit : int
        Most changes to read.
    until : int
        Number of the last entry to read.

    Notes
    -----
    O(limit), wherever the page begins: entries are found by their number and rows of a load by their
    batch, both in indexes.
    """
    counter = read_counter(transaction)
    last = counter.sequence
    found = rows(transaction, cypher.FIRST_CHANGE)
    first = found[0]["sequence"] if found else last + 1
    taken: list[tuple[Position, Change]] = []
    position = after
    entries = rows(
        transaction, cypher.CHANGES_BETWEEN,
        after=after.next_entry - 1, until=until, limit=limit,
    )  # fmt: skip
    for record in entries:
        entry = record["change"]
        sequence = entry["sequence"]
        start = position if position.is_inside else Position(sequence)
        if entry["kind"] != "load":
            taken.append((Position(sequence), change_of(entry)))
        else:
            taken += _rows_of(transaction, entry, start, limit - len(taken))
        if len(taken) >= limit:
            position = taken[-1][0]
            break
        position = Position(sequence)
    return LogPage(tuple(taken), position, first, last, counter.graph)


def _rows_of(
    transaction: Transaction, entry: dict[str, Any], after: Position, limit: int
) -> Iterator[tuple[Position, Change]]:
    """Yield changes of a bulk load after a row of it, at most so many."""
    load_id, sequence = entry["load_id"], entry["sequence"]
    batches = rows(transaction, cypher.READ_LOAD, load_id=load_id)[0]["batches"]
    index = after.index
    for batch in range(max(after.batch, 0), batches):
        page = rows(
            transaction, cypher.LOADED_PAGE,
            load_id=load_id, batch=batch, index=index, limit=limit,
        )  # fmt: skip
        for row in page:
            before, after_ = from_text(row["before"]), from_text(row["after"])
            change = Change(sequence, entry["at"], entry["actor"], row["entity_id"], before, after_)
            yield Position(sequence, batch, row["index"]), change
        limit -= len(page)
        if limit <= 0:
            return
        index = _FIRST
