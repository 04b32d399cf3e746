"""Lists: filtered, sorted, in part and page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from matchmaker.checking import is_slug
from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.usecases.cursors import foreign_cursor, read_cursor, write_cursor
from matchmaker.usecases.reading.documents import Document, chosen_fields, entity_document
from matchmaker.usecases.reading.filtering import select
from matchmaker.usecases.reading.sorting import (
    Part,
    SortKey,
    ordered,
    parse_sort,
    parts_of,
    place_of,
)

DEFAULT_LIMIT: Final = 50
MOST: Final = 200


def parse_limit(raw: str | int | None, default: int = DEFAULT_LIMIT) -> int:
    """Return how many items to give at most.

    Raises
    ------
    BadRequestError
        If it is not a whole number from 1 to 200.

    Examples
    --------
    >>> parse_limit(None), parse_limit("20")
    (50, 20)
    >>> parse_limit("0")
    Traceback (most recent call last):
    matchmaker.errors.BadRequestError: limit: must be a whole number from 1 to 200, not '0'
    """
    if raw is None:
        return default
    text = str(raw)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MOST):
        message = f"must be a whole number from 1 to {MOST}, not {text[:100]!r}"
        raise BadRequestError("limit", message)
    return int(text)


def cursor_at(last: str, keys: Sequence[SortKey] = (), parts: Sequence[Part] = ()) -> str:
    """Return the cursor of the page that follows an entity.

    It holds the place of the last entity seen (its identifier, and what the keys of the order say of
    it), so that changes between two pages neither repeat nor skip anything that stays in its place.

    Examples
    --------
    >>> place_at(cursor_at("phuket"), ())
    ((), 'phuket')
    """
    return write_cursor([[str(key) for key in keys], list(parts), last])


def place_at(cursor: str, keys: Sequence[SortKey]) -> tuple[tuple[Part, ...], str]:
    """Return the place that a cursor stands for: what the keys say there, and the identifier.

    Raises
    ------
    BadRequestError
        If the cursor did not come from here, or is one of a list in another order.
    """
    match read_cursor(cursor):
        case [list(order), list(parts), str(last)] if is_slug(last):
            pass
        case _:
            raise foreign_cursor()
    if order != [str(key) for key in keys]:
        told = f"'sort={','.join(map(str, order))[:200]}'" if order else "no 'sort'"
        raise BadRequestError("cursor", f"is one of a list in another order; send it with {told}")
    fits = len(parts) == len(keys) and all(k.may_hold(p) for k, p in zip(keys, parts, strict=True))
    if not fits:
        raise foreign_cursor()
    return tuple(parts), last


def list_entities(
    snapshot: Snapshot,
    type_name: str,
    *,
    filters: Mapping[str, Sequence[str]] | None = None,
    q: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    cursor: str | None = None,
    limit: str | int | None = None,
) -> Document:
    """Return one page of the entities of a type.

    Parameters
    ----------
    snapshot : Snapshot
        Where to read: the view of whoever asks.
    type_name : str
        Name of the entity type.
    filters : mapping of str to sequence of str, optional
        Values that pass, by filter (see :func:`~matchmaker.usecases.reading.filtering.filters_of`).
    q : str, optional
        Words that must all occur in the searchable texts.
    sort : str, optional
        Keys of the order (see :func:`~matchmaker.usecases.reading.sorting.parse_sort`).
    fields : str, optional
        What is wanted of each entity (see
        :func:`~matchmaker.usecases.reading.documents.chosen_fields`); all of it if not given.
    cursor : str, optional
        ``next`` of the page before.
    limit : str or int, optional
        How many items at most, 1 to 200; 50 if not given.

    Returns
    -------
    dict
        ``{"items": [...], "next": cursor or None, "total": n}``, in order of identifier unless
        sorted.

    Raises
    ------
    BadRequestError
        Naming the parameter that cannot be used.

    Notes
    -----
    O(n) for n entities of the type; the first page of an order that is new to the snapshot also
    waits for the order.
    """
    kind = snapshot.schema.entities[type_name]
    size = parse_limit(limit)
    keys = parse_sort(kind, sort)
    chosen = chosen_fields(kind, fields)
    after = place_at(cursor, keys) if cursor is not None else None
    passing = list(select(snapshot, type_name, filters or {}, q))
    rest: Iterable[Entity] = passing
    if keys:
        order = ordered(snapshot, type_name, keys)
        allowed = {entity.id for entity in passing}
        every = order.after(place_of(keys, *after)) if after is not None else order.entities
        rest = (entity for entity in every if entity.id in allowed)
    elif after is not None:
        rest = (entity for entity in passing if entity.id > after[1])
    page = list(islice(rest, size + 1))
    following = None
    if len(page) > size:
        page.pop()
        following = cursor_at(page[-1].id, keys, parts_of(snapshot, keys, page[-1]))
    return {
        "items": [entity_document(snapshot, entity, chosen) for entity in page],
        "next": following,
        "total": len(passing),
    }
