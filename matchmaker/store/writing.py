"""Single writes: what has to hold before an entity is put or deleted, and the write itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from matchmaker.errors import ConflictError, NotFoundError
from matchmaker.model import Change, Entity
from matchmaker.schema import Schema
from matchmaker.store import cypher
from matchmaker.store.checks import (
    Expected,
    check_expected,
    check_not_merged,
    check_references,
    check_type,
)
from matchmaker.store.codec import from_node, to_links, to_row, type_of, version_of
from matchmaker.store.database import Transaction, rows
from matchmaker.store.log import append, entry_of, find_changes, lock_counter

MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Write:
    """One write as asked for: ``after`` is None for a deletion; ``uuid`` stays over all attempts."""

    uuid: str
    at: str
    actor: str
    entity_id: str
    after: Entity | None
    expected: Expected


def write_once(
    transaction: Transaction, schema: Schema, write: Write
) -> Change | Literal["busy"] | None:
    """Do one write in one transaction, unless an earlier attempt has done it.

    Returns
    -------
    Change, "busy" or None
        None if nothing differs; "busy" if a published load has to be finished first.

    Raises
    ------
    InvalidDataError, ConflictError, NotFoundError
        If the write may not be done; nothing is changed.
    """
    counter = lock_counter(transaction, write.uuid)
    if earlier := _earlier(transaction, write):
        return earlier
    if counter.applying is not None:
        return "busy"
    before, version = current(transaction, schema, write.entity_id)
    if before is None:
        check_not_merged(write.entity_id, redirect_of(transaction, write.entity_id))
        if write.after is None:
            raise NotFoundError("entity", write.entity_id)
    check_expected(write.entity_id, write.expected, before, version)
    if before == write.after:
        return None
    sequence = counter.sequence + 1
    if write.after is None:
        _check_unreferred(transaction, write.entity_id)
        rows(transaction, cypher.DELETE_NODES, ids=[write.entity_id])
    else:
        _check_put(transaction, schema, write.after, before)
        replaced = [] if before is None else [write.entity_id]
        write_nodes(transaction, schema, [(write.after, sequence)], replaced)
        write_links(transaction, schema, [write.after])
    change = Change(sequence, write.at, write.actor, write.entity_id, before, write.after)
    append(transaction, [entry_of(change, as_of=counter.as_of, uuid=write.uuid)])
    return change


def write_nodes(
    transaction: Transaction, schema: Schema, entities: Iterable[tuple[Entity, int]],
    replacing: list[str],
) -> None:  # fmt: skip
    """Write nodes at versions; those replaced lose the relationships that start at them."""
    if replacing:
        rows(transaction, cypher.DELETE_LINKS, ids=replacing)
    parameters: list[dict[str, Any]] = [to_row(schema, e, version) for e, version in entities]
    rows(transaction, cypher.WRITE_NODES, rows=parameters)


def write_links(transaction: Transaction, schema: Schema, entities: list[Entity]) -> None:
    """Write the relationships that start at some entities."""
    links = [link for entity in entities for link in to_links(schema, entity)]
    rows(transaction, cypher.CREATE_LINKS, links=links)


def current(transaction: Transaction, schema: Schema, entity_id: str) -> tuple[Entity | None, int]:
    """Return an entity as it is now, if there is one, and its version (else 0).

    Raises
    ------
    ConflictError
        If a node of an unknown kind has the identifier.
    """
    found = rows(transaction, cypher.ONE_ENTITY, id=entity_id)
    if not found:
        return None, 0
    entity = from_node(schema, found[0]["labels"], found[0]["values"])
    if entity is None:
        raise ConflictError(f"The id {entity_id!r} is taken by a node of an unknown kind.")
    return entity, version_of(found[0]["values"])


def redirect_of(transaction: Transaction, entity_id: str) -> str | None:
    """Return what an identifier was merged into, None if it was not."""
    found = rows(transaction, cypher.FIND_REDIRECTS, ids=[entity_id])
    return found[0]["target"] if found else None


def types_of(transaction: Transaction, schema: Schema, ids: Iterable[str]) -> dict[str, str]:
    """Return the types of entities by identifier; those that are not there are left out."""
    found = rows(transaction, cypher.LABELS_OF, ids=sorted(ids))
    kinds = {record["id"]: type_of(schema, record["labels"]) for record in found}
    return {identifier: kind for identifier, kind in kinds.items() if kind}


def _earlier(transaction: Transaction, write: Write) -> Change | None:
    """Return the change that was made under the same uuid, if any.

    Raises
    ------
    ConflictError
        If it was a change of something else.
    """
    earlier = find_changes(transaction, write.uuid)
    if earlier is None:
        return None
    if [change.entity_id for change in earlier] != [write.entity_id]:
        raise ConflictError("Another change was made under the same uuid; nothing was changed.")
    return earlier[0]


def _check_put(
    transaction: Transaction, schema: Schema, wanted: Entity, before: Entity | None
) -> None:
    check_type(wanted, before)
    ends = {link.end for link in schema.relationships_of(wanted)}
    known = types_of(transaction, schema, ends) | {wanted.id: wanted.type}
    check_references(schema, wanted, known)


def _check_unreferred(transaction: Transaction, entity_id: str) -> None:
    found = rows(transaction, cypher.REFERRING, id=entity_id, limit=MOST_NAMED + 1)
    if found:
        named = ", ".join(record["id"] for record in found[:MOST_NAMED])
        more = " and others" if len(found) > MOST_NAMED else ""
        raise ConflictError(f"{entity_id!r} is still referred to by {named}{more}.")
