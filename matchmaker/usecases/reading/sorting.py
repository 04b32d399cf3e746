"""The order of a list: by properties, either way up, with places that a cursor can hold."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from matchmaker.checking import closest
from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import EntityType
from matchmaker.usecases.reading.texts import fold

MOST_KEYS: Final = 4
COMPARED: Final = 80
"""Number of characters of a text that count for its place; more would not fit into a cursor."""
_MOST_ORDERS = 4

Part: TypeAlias = str | int | float | bool | None
"""What one key says of an entity; None where it is not set."""
Place: TypeAlias = tuple[Any, ...]
"""Where an entity stands; places compare as the list is ordered."""

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_SCALAR: Final = frozenset({"text", "integer", "number", "boolean", "date", "term", "reference"})


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of an order: the name and kind of a property, and which way up."""

    name: str
    kind: str
    descending: bool = False

    def __str__(self) -> str:
        """Return the key as it stands in a URL."""
        return f"-{self.name}" if self.descending else self.name

    def may_hold(self, part: Part) -> bool:
        """Tell whether a part could be this key's: what comes from outside is not trusted."""
        if part is None:
            return True
        if isinstance(part, bool):
            return self.kind == "boolean"
        if isinstance(part, float) and not math.isfinite(part):
            return False
        if isinstance(part, str) and len(part) > COMPARED:
            return False
        return isinstance(part, _TYPES.get(self.kind, (str,)))


@dataclass(frozen=True, slots=True)
class _Backwards:
    """A value that compares the other way round."""

    value: Any

    def __lt__(self, other: _Backwards) -> bool:
        return bool(other.value < self.value)


def sortable(kind: EntityType) -> dict[str, str]:
    """Return the names that a list may be sorted by, each with the kind of what it holds.

    Only what everybody sees: an order would tell of what is hidden.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> list(sortable(load_schema().entities["theme"]))[:5]
    ['id', 'version', 'label_en', 'label_th', 'definition']
    """
    public = (p for p in kind.properties.values() if p.visibility == "public")
    found = {p.name: p.kind for p in public if p.kind in _SCALAR}
    return {"id": "text", "version": "integer", **found}


def parse_sort(kind: EntityType, text: str | None) -> tuple[SortKey, ...]:
    """Read the keys of an order from a URL: names with commas between, ``-`` for the largest first.

    Raises
    ------
    BadRequestError
        If a name is unknown, or there are too many; a name that comes again adds nothing.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> [str(key) for key in parse_sort(load_schema().entities["need"], "city,-year")]
    ['city', '-year']
    """
    if text is None:
        return ()
    known = sortable(kind)
    keys: dict[str, SortKey] = {}
    words = text.split(",", MOST_KEYS)
    if len(words) > MOST_KEYS:
        raise BadRequestError("sort", f"has more than {MOST_KEYS} names")
    for word in words:
        name = word.strip().removeprefix("-")
        if name not in known:
            hint = closest(name[:100], known)
            message = f"{name[:100]!r} cannot be sorted by{hint}; known are {', '.join(known)}"
            raise BadRequestError("sort", message)
        keys.setdefault(name, SortKey(name, known[name], word.strip().startswith("-")))
    return tuple(keys.values())


def parts_of(snapshot: Snapshot, keys: Iterable[SortKey], entity: Entity) -> tuple[Part, ...]:
    """Return what each key says of an entity.

    Texts stand without case and accents, cut to their first characters.
    """
    return tuple(_part(snapshot, key, entity) for key in keys)


def _part(snapshot: Snapshot, key: SortKey, entity: Entity) -> Part:
    if key.name == "id":
        return entity.id
    if key.name == "version":
        return snapshot.version(entity.id)
    value = entity.values.get(key.name)
    if isinstance(value, tuple):
        return None
    if key.kind == "text" and isinstance(value, str):
        return fold(value[:COMPARED])[:COMPARED]
    return value


def place_of(keys: Iterable[SortKey], parts: Iterable[Part], identifier: str) -> Place:
    """Return where an entity stands: what is not set comes last, ties go by identifier."""
    found: list[Any] = []
    for key, part in zip(keys, parts, strict=True):
        if part is None:
            found.append((True, 0))
        elif not key.descending:
            found.append((False, part))
        else:
            found.append((False, _Backwards(part) if isinstance(part, str) else -part))
    return (*found, identifier)


class Order(NamedTuple):
    """All entities of a type in an order, with the place of each."""

    places: list[Place]
    entities: list[Entity]

    def after(self, place: Place) -> Iterator[Entity]:
        """Return the entities that come after a place, whether one stands at it or not."""
        return islice(self.entities, bisect_right(self.places, place), None)


_kept: WeakKeyDictionary[Snapshot, dict[tuple[str, tuple[SortKey, ...]], Order]]
_kept = WeakKeyDictionary()


def ordered(snapshot: Snapshot, type_name: str, keys: tuple[SortKey, ...]) -> Order:
    """Return the entities of a type in the order of some keys.

    Notes
    -----
    O(n log n) for n entities, once for a snapshot: its last few orders are kept as long as it is, so
    that those who page through a list do not pay for each page.
    """
    known = _kept.setdefault(snapshot, {})
    found = known.get((type_name, keys))
    if found is None:
        entities = snapshot.of_type(type_name).values()
        placed = sorted(
            ((place_of(keys, parts_of(snapshot, keys, e), e.id), e) for e in entities),
            key=itemgetter(0),
        )
        found = Order([place for place, _ in placed], [entity for _, entity in placed])
        if len(known) >= _MOST_ORDERS:
            known.clear()
        known[type_name, keys] = found
    return found
