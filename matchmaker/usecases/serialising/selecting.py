"""Which entities a table or map of a list holds: the same that its JSON pages hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import EntityType
from matchmaker.usecases.reading.documents import chosen_fields
from matchmaker.usecases.reading.filtering import select
from matchmaker.usecases.reading.listing import list_entities
from matchmaker.usecases.reading.sorting import ordered, parse_sort


@dataclass(frozen=True, slots=True)
class Selection:
    """Entities of one type in order, and what was chosen of them.

    Parameters
    ----------
    kind : EntityType
        Their type.
    entities : tuple of Entity
        In the order asked for.
    chosen : tuple of str, optional
        Names of the fields chosen, in the order named; None means all.
    total : int
        How many pass the filters, on all pages together.
    following : str, optional
        Cursor of the next page, None behind the last one.
    """

    kind: EntityType
    entities: tuple[Entity, ...]
    chosen: tuple[str, ...] | None
    total: int
    following: str | None


def reduced(entity: Entity, chosen: Collection[str] | None) -> Entity:
    """Return an entity with the values chosen only; None keeps all.

    Examples
    --------
    >>> reduced(Entity("city", "phuket", {"name": "Phuket", "year_joined": 2018}), ["name"]).values
    {'name': 'Phuket'}
    """
    if chosen is None:
        return entity
    kept = {*chosen, *(("source", "locator") if "citations" in chosen else ())}
    return Entity(entity.type, entity.id, {n: v for n, v in entity.values.items() if n in kept})


def select_entities(
    snapshot: Snapshot,
    type_name: str,
    *,
    filters: Mapping[str, Sequence[str]] | None = None,
    q: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    cursor: str | None = None,
    limit: str | int | None = None,
    paged: bool = False,
) -> Selection:
    """Return the entities of a list, all of them unless a limit or a cursor is given.

    Parameters are those of :func:`~matchmaker.usecases.reading.listing.list_entities`; ``paged``
    asks for one page of the usual size even without a limit.

    Raises
    ------
    BadRequestError
        Naming the parameter that cannot be used.

    Notes
    -----
    O(n) for n entities of the type; an order that is new to the snapshot is made first.
    """
    kind = snapshot.schema.entities[type_name]
    chosen = None
    if chosen_fields(kind, fields) is not None:
        names = [name.strip() for name in (fields or "").split(",")]
        chosen = tuple(dict.fromkeys(names))
    if paged or cursor is not None or limit is not None:
        page = list_entities(
            snapshot, type_name, filters=filters, q=q, sort=sort, fields="id", cursor=cursor,
            limit=limit,
        )  # fmt: skip
        found = tuple(snapshot.entities[item["id"]] for item in page["items"])
        return Selection(kind, found, chosen, page["total"], page["next"])
    keys = parse_sort(kind, sort)
    passing = list(select(snapshot, type_name, filters or {}, q))
    if keys:
        allowed = {entity.id for entity in passing}
        passing = [e for e in ordered(snapshot, type_name, keys).entities if e.id in allowed]
    return Selection(kind, tuple(passing), chosen, len(passing), None)
