"""The change feed and the dump it begins from, as far as each caller may see.

What a caller sees of a change is what he sees of the entity before and after it; where that is the
same, there is no change for him.  A copy made from a dump, with every change after the dump's
sequence number applied in order, is the same as a later dump.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.model import Change, Entity
from matchmaker.permissions import Caller, Role
from matchmaker.store.feed import LogPage, Position
from matchmaker.usecases.feeding.positions import PositionGoneError, position_of, text_of
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.usecases.service import Service
from matchmaker.visibility import as_seen, sees_type

Document = dict[str, Any]

USUAL_PAGE: Final = 200
LARGEST_PAGE: Final = 1000
_STAFF: Final = frozenset({Role.SECRETARIAT, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Some changes as a caller sees them, and where to go on.

    ``end`` says that nothing follows yet; ``last`` is the number of the last change that readers of
    this service see, ``log`` which log it is.
    """

    items: tuple[Document, ...]
    next: Position
    end: bool
    last: int
    log: str

    def as_json(self) -> Document:
        """Return the page as the API gives it."""
        return {
            "items": list(self.items),
            "next": text_of(self.next),
            "end": self.end,
            "last": self.last,
            "log": self.log,
        }


def parse_page_size(raw: str | None) -> int:
    """Return how many changes to read at most.

    Raises
    ------
    BadRequestError
        If it is not a whole number from 1 to 1000.
    """
    if raw is None:
        return USUAL_PAGE
    fits = raw.isascii() and raw.isdigit() and len(raw) < 10 and 1 <= int(raw) <= LARGEST_PAGE
    if not fits:
        raise BadRequestError("limit", f"must be a whole number from 1 to {LARGEST_PAGE}")
    return int(raw)


def changes_page(
    service: Service, caller: Caller, since: str | None = None, limit: int = USUAL_PAGE,
    log: str | None = None,
) -> FeedPage:  # fmt: skip
    """Return what changed after a position, as a caller sees it.

    Parameters
    ----------
    since : str, optional
        ``sequence`` of a dump, or ``next`` or ``position`` of the feed; without it the first change.
    limit : int
        Most changes to read.  The page may hold fewer, even none before the end, because what the
        caller does not see is left out.
    log : str, optional
        Which log the position is of, as dump and feed tell.

    Raises
    ------
    BadRequestError
        If the position cannot be one of this log.
    PositionGoneError
        If what follows the position is no longer kept, or it is one of another log.
    StoreUnavailableError
        If the database is away.

    Notes
    -----
    O(limit), whatever the size of a bulk load that the page begins or ends in.
    """
    permit(service, caller, "graph.read")
    page = seen_page(service, caller, position_of(since), limit)
    check_log(log, page.log)
    return page


def seen_page(service: Service, caller: Caller, since: Position, limit: int) -> FeedPage:
    """Return the same as :func:`changes_page` for a position, without asking for permission."""
    snapshot = service.snapshot
    if service.status.mode == "seeds":
        # There is no log: what is served has never been changed.
        if since != Position(0):
            raise BadRequestError("since", "the log is empty")
        return FeedPage((), since, True, 0, snapshot.log)
    page = service.log_page(since, limit)
    _check(since, page)
    seen = (seen_change(snapshot, caller, at, change) for at, change in page.changes)
    last = max(snapshot.sequence, page.next.sequence)
    end = not page.next.is_inside and page.next.sequence >= last
    return FeedPage(
        tuple(item for item in seen if item is not None), page.next, end, last, page.log
    )


def check_position(service: Service, since: Position, log: str | None = None) -> None:
    """Refuse a position that the feed cannot go on from; raises as :func:`changes_page` does."""
    if service.status.mode != "seeds":
        page = service.log_page(since, 1)
        check_log(log, page.log)
        _check(since, page)
    elif since != Position(0):
        raise BadRequestError("since", "the log is empty")


def check_log(asked: str | None, log: str) -> None:
    """Refuse to go on with another log than the one asked for; nothing asked fits any.

    Raises
    ------
    PositionGoneError
        If it is another one: numbers of one log say nothing of another.
    """
    if asked is not None and asked != log:
        raise PositionGoneError(
            "The database was made anew and its log is another one. Begin anew with /api/v1/dump."
        )


def _check(since: Position, page: LogPage) -> None:
    if since.next_entry > page.last + 1:
        raise PositionGoneError(
            f"The log ends at {page.last}, before {text_of(since)}: it is another log, or one from a "
            "backup. Begin anew with /api/v1/dump."
        )
    if since.next_entry < page.first:
        raise PositionGoneError(
            f"Changes are kept from {page.first} on, and what follows {text_of(since)} is gone. "
            "Begin anew with /api/v1/dump."
        )


def seen_change(
    snapshot: Snapshot, caller: Caller, position: Position, change: Change
) -> Document | None:
    """Return a change as a caller sees it; None if nothing that he sees differs.

    Whose an entity is, is told from the state in question: from before for what was, from after for
    what became of it.
    """
    before = _seen(snapshot, change.before, caller)
    after = _seen(snapshot, change.after, caller)
    if before == after:
        return None
    kept = change.after or change.before
    assert kept is not None
    item: Document = {
        "sequence": change.sequence,
        "position": text_of(position),
        "at": change.at,
        "kind": _kind(change),
        "type": kept.type,
        "id": change.entity_id,
        "merged_into": change.merged_into or None,
        "before": before,
        "after": after,
    }
    if caller.role in _STAFF:
        item["actor"] = change.actor
    return item


def _kind(change: Change) -> str:
    if change.merged_into:
        return "merged"
    if change.before is None:
        return "created"
    return "deleted" if change.after is None else "changed"


def _seen(snapshot: Snapshot, entity: Entity | None, caller: Caller) -> Document | None:
    if entity is None or not sees_type(snapshot.schema, entity.type, caller):
        return None
    return as_seen(snapshot, entity, caller).as_json()


def dump(service: Service, caller: Caller) -> Iterator[str]:
    """Return the graph as a caller sees it, as lines of JSON; permission is asked for at once.

    The first line tells the state (``sequence`` is where the feed goes on), then comes one entity a
    line in order of identifiers, and last a line that tells how many there were: without it the dump
    was cut off.
    """
    return _lines(seen_graph(service, caller))


def _lines(snapshot: Snapshot) -> Iterator[str]:
    head = {
        "sequence": snapshot.sequence,
        "log": snapshot.log,
        "as_of": snapshot.as_of,
        "format": 1,
        "redirects": dict(sorted(snapshot.redirects.items())),
    }
    yield _line(head)
    for identifier in sorted(snapshot.entities):
        yield _line(snapshot.entities[identifier].as_json())
    yield _line({"end": True, "count": len(snapshot.entities)})


def _line(document: Document) -> str:
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE).decode()
