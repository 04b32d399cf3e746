"""Changes as they happen: server-sent events, and waiting for the next change, in bounded number.

Whoever streams or waits holds a thread of the server, so only a few may at a time in each process;
the others are told to come back, or answered at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import orjson

from matchmaker.accounts.model import Account, State
from matchmaker.errors import StoreUnavailableError, TooManyRequestsError
from matchmaker.permissions import Caller
from matchmaker.store.feed import Position
from matchmaker.usecases.feeding.feed import check_position, seen_page
from matchmaker.usecases.feeding.positions import PositionGoneError, position_of, text_of
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

MOST_HELD: Final = 2
"""How many streams and waiting requests a process holds at a time: half of its threads."""
LONGEST_STREAM: Final = 300
LONGEST_WAIT: Final = 20
HEARTBEAT: Final = 15.0
RECONNECT_MS: Final = 2000
_LOOK: Final = 0.2
_PAGE: Final = 100


class Places:
    """A bounded number of places, each free again after a while whatever became of its holder."""

    def __init__(self, most: int = MOST_HELD, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._held: dict[object, float] = {}

    def take(self, seconds: float) -> object | None:
        """Return a place for some seconds, None if all are taken."""
        now = self._clock()
        with self._lock:
            self._held = {place: until for place, until in self._held.items() if until > now}
            if len(self._held) >= self._most:
                return None
            place = object()
            self._held[place] = now + seconds
            return place

    def leave(self, place: object) -> None:
        """Give a place back; may be called twice."""
        with self._lock:
            self._held.pop(place, None)


_places = Places()


def wait_for_change(
    service: Service, caller: Caller, since: str | None, seconds: int, places: Places = _places
) -> None:
    """Wait until something follows a position, at most so long; not at all if all places are taken."""
    permit(service, caller, "graph.read")
    position = position_of(since)
    # Where there is no log, nothing can change.
    place = places.take(seconds + 5) if seconds and service.status.mode != "seeds" else None
    if place is None:
        return
    try:
        until = time.monotonic() + min(seconds, LONGEST_WAIT)
        while service.snapshot.sequence < position.next_entry and time.monotonic() < until:
            time.sleep(_LOOK)
    finally:
        places.leave(place)


def stream(
    service: Service, caller: Caller, since: str | None, seconds: int = LONGEST_STREAM,
    places: Places = _places, log: str | None = None,
) -> Iterator[str]:  # fmt: skip
    """Return server-sent events: each change with its position as ``id``; closing ends it.

    Parameters
    ----------
    since : str, optional
        Position to go on from; without one only what happens from now on is told.
    seconds : int
        After how long the stream ends; clients come back with ``Last-Event-ID``.
    log : str, optional
        Which log the position is of, as dump and feed tell.

    Raises
    ------
    TooManyRequestsError
        If as many as this process can bear are open.
    BadRequestError, PositionGoneError
        If the position cannot be gone on from.

    Notes
    -----
    A stream ends early once the account or its key is no longer what it was.
    """
    permit(service, caller, "graph.read")
    position = Position(service.snapshot.sequence) if since is None else position_of(since)
    check_position(service, position, log)
    place = places.take(seconds + 2 * HEARTBEAT)
    if place is None:
        raise TooManyRequestsError("Too many streams are open; come back, or ask page by page.", 30)

    def events() -> Iterator[str]:
        try:
            yield f"retry: {RECONNECT_MS}\n: the feed from {text_of(position)}\n\n"
            if service.status.mode != "seeds":  # where nothing can ever change, there is the end
                yield from _events(service, caller, position, seconds)
        finally:
            places.leave(place)

    return events()


def _events(service: Service, caller: Caller, position: Position, seconds: int) -> Iterator[str]:
    begun = beat = time.monotonic()
    while (now := time.monotonic()) - begun < seconds:
        try:
            while service.snapshot.sequence >= position.next_entry:
                page = seen_page(service, caller, position, _PAGE)
                if page.next == position:
                    break
                for item in page.items:
                    yield f"id: {item['position']}\nevent: {item['kind']}\ndata: {_json(item)}\n\n"
                moved = not page.items or page.items[-1]["position"] != text_of(page.next)
                position = page.next
                if moved:  # what the caller does not see lies behind too
                    yield f"id: {text_of(position)}\n\n"
            if now - beat >= HEARTBEAT:
                beat = now
                if not _same(service, caller):
                    return
                yield ": still here\n\n"
        except (StoreUnavailableError, PositionGoneError):
            return  # the client comes back, and hears then what is wrong
        time.sleep(_LOOK)


def _same(service: Service, caller: Caller) -> bool:
    """Tell whether the account, and the key, are still what they were when the stream began."""
    if not caller.account:
        return True
    held = service.records.get("account", caller.account)
    if held is None:
        return False
    account = Account.of(held)
    if caller.key:
        key = service.records.get("key", caller.key)
        if key is None or key.get("revoked_at") or "" < key.get("expires_at", "") <= service.now():
            return False
    now = (account.state, account.role, frozenset(account.subjects))
    return now == (State.ACTIVE, caller.role, caller.subjects)


def _json(document: dict[str, object]) -> str:
    return orjson.dumps(document).decode()
