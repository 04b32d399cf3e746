"""Merging a duplicate into the entity that stays: references follow, the old identifier leads on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from matchmaker.errors import ConflictError, Fault, InvalidDataError, NotFoundError
from matchmaker.model import Change, Entity, Value
from matchmaker.schema import Schema
from matchmaker.store import cypher
from matchmaker.store.checks import check_not_merged
from matchmaker.store.codec import checked, from_node
from matchmaker.store.database import Transaction, rows
from matchmaker.store.log import append, entry_of, find_changes, lock_counter
from matchmaker.store.writing import current, redirect_of, write_links, write_nodes

MOST_REFERRING = 2_000
"""How many entities may refer to what is merged away: their changes are one transaction."""


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge as asked for; ``uuid`` stays over all attempts."""

    uuid: str
    at: str
    actor: str
    old_id: str
    into_id: str


def merge_once(
    transaction: Transaction, schema: Schema, merge: Merge
) -> list[Change] | Literal["busy"]:
    """Merge in one transaction, unless an earlier attempt has done it.

    Returns
    -------
    list of Change or "busy"
        The changes of what referred to the old entity, in order of identifier, and last its
        deletion; "busy" if a published load has to be finished first.

    Raises
    ------
    NotFoundError
        If one of the two does not exist.
    ConflictError
        If they are of different types or the same, or too many entities refer to the old one.
    InvalidDataError
        If what refers to the old one would no longer fit the schema.
    """
    counter = lock_counter(transaction, merge.uuid)
    if earlier := find_changes(transaction, merge.uuid):
        if (earlier[-1].entity_id, earlier[-1].merged_into) != (merge.old_id, merge.into_id):
            raise ConflictError("Another change was made under the same uuid; nothing was changed.")
        return earlier
    if counter.applying is not None:
        return "busy"
    old, into = (_there(transaction, schema, i) for i in (merge.old_id, merge.into_id))
    if old.id == into.id:
        raise ConflictError(f"{old.id!r} cannot be merged into itself.")
    if old.type != into.type:
        raise ConflictError(f"{old.id!r} is a {old.type} and {into.id!r} a {into.type}.")
    pairs = _rewritten(transaction, schema, old.id, into.id)
    first = counter.sequence + 1
    changes = [
        Change(number, merge.at, merge.actor, before.id, before, after)
        for number, (before, after) in enumerate(pairs, first)
    ]
    after = [(entity, number) for number, (_, entity) in enumerate(pairs, first)]
    write_nodes(transaction, schema, after, [entity.id for entity, _ in after])
    write_links(transaction, schema, [entity for entity, _ in after])
    rows(transaction, cypher.DELETE_NODES, ids=[old.id])
    rows(transaction, cypher.REDIRECT, id=old.id, target=into.id)
    gone = Change(first + len(changes), merge.at, merge.actor, old.id, old, None, into.id)
    as_of, uuid = counter.as_of, merge.uuid
    entries = [entry_of(c, as_of=as_of, uuid=f"{uuid}/{c.sequence}") for c in changes]
    append(transaction, [*entries, entry_of(gone, as_of=as_of, uuid=uuid, first=first)])
    return [*changes, gone]


def redirected(schema: Schema, entity: Entity, redirects: Mapping[str, str]) -> Entity:
    """Return an entity whose references lead where merged ones have gone.

    A reference that would stand twice stands once, and one that would lead to the entity itself is
    dropped.  A source may stand twice, for another place in it.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> topic = Entity("topic", "a", {"broader": ("b", "c"), "related": ("d",)})
    >>> moved = redirected(load_schema(), topic, {"b": "c", "d": "a"})
    >>> dict(moved.values)
    {'broader': ('c',)}
    """
    values: dict[str, Value] = dict(entity.values)
    for prop in schema.entities[entity.type].references:
        held = entity.refs(prop.name)
        if redirects.keys().isdisjoint(held):
            continue
        del values[prop.name]
        if prop.name == "source":
            values |= _cited(entity, redirects)
            continue
        led = ((ref, redirects.get(ref, ref)) for ref in held)
        kept = tuple(dict.fromkeys(to for ref, to in led if ref == to or to != entity.id))
        if kept:
            values[prop.name] = kept if prop.many else kept[0]
    return Entity(entity.type, entity.id, {n: values[n] for n in entity.values if n in values})


def _cited(entity: Entity, redirects: Mapping[str, str]) -> dict[str, Value]:
    """Return sources and their places, which stand in pairs."""
    pairs = dict.fromkeys((redirects.get(c.source, c.source), c.locator) for c in entity.citations)
    return {"source": tuple(s for s, _ in pairs), "locator": tuple(place for _, place in pairs)}


def _there(transaction: Transaction, schema: Schema, entity_id: str) -> Entity:
    entity, _ = current(transaction, schema, entity_id)
    if entity is None:
        check_not_merged(entity_id, redirect_of(transaction, entity_id))
        raise NotFoundError("entity", entity_id)
    return entity


def _rewritten(
    transaction: Transaction, schema: Schema, old_id: str, into_id: str
) -> list[tuple[Entity, Entity]]:
    """Return what refers to the old entity, before and after."""
    limit = MOST_REFERRING + 1
    found: list[Any] = rows(transaction, cypher.REFERRING_ENTITIES, id=old_id, limit=limit)
    if len(found) > MOST_REFERRING:
        raise ConflictError(
            f"More than {MOST_REFERRING} entities refer to {old_id!r}; it cannot be merged away."
        )
    pairs: list[tuple[Entity, Entity]] = []
    faults: list[Fault] = []
    for record in found:
        before = from_node(schema, record["labels"], record["values"])
        if before is None:
            raise ConflictError(f"A node of an unknown kind refers to {old_id!r}.")
        after = redirected(schema, before, {old_id: into_id})
        try:
            pairs.append((before, checked(schema, after)))
        except InvalidDataError as error:
            faults += error.faults
    if faults:
        raise InvalidDataError(faults)
    return pairs
