"""Answers kept with their entity tags, so that what has not changed is not sent again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    """An answer as it came, with its entity tag."""

    tag: str
    body: bytes


class Cache:
    """The answers used last, up to a number of bytes.

    Parameters
    ----------
    most : int
        Most bytes to keep; 0 keeps nothing.

    Attributes
    ----------
    hits : int
        How often the service said that what is held still holds.

    Examples
    --------
    >>> cache = Cache(10)
    >>> cache.put("/a", '"1"', b"12345"); cache.put("/b", '"2"', b"1234567")
    >>> cache.get("/a"), cache.get("/b").tag
    (None, '"2"')
    """

    def __init__(self, most: int = 16 << 20) -> None:
        self.hits = 0
        self._most, self._size = most, 0
        self._held: OrderedDict[str, Held] = OrderedDict()

    def get(self, key: str) -> Held | None:
        """Return what is held under a key."""
        held = self._held.get(key)
        if held:
            self._held.move_to_end(key)
        return held

    def put(self, key: str, tag: str, body: bytes) -> None:
        """Keep an answer, and drop those that were not used for longest."""
        before = self._held.pop(key, None)
        self._size -= len(before.body) if before else 0
        if len(body) > self._most:
            return
        self._held[key] = Held(tag, body)
        self._size += len(body)
        while self._size > self._most:
            _, dropped = self._held.popitem(last=False)
            self._size -= len(dropped.body)
