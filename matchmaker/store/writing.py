"""Single writes: what has to hold before an entity is put or deleted, and the write itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from matchmaker.checking import dangling
from matchmaker.errors import ConflictError, Fault, InvalidDataError, NotFoundError
from matchmaker.model import Change, Entity
from matchmaker.schema import Schema
from matchmaker.store import cypher
from matchmaker.store.codec import from_node, in_order, to_links, to_row, to_text, type_of
from matchmaker.store.database import Transaction, rows
from matchmaker.store.log import append, find_change, lock_counter

Expected = Entity | None | Literal["any"]
"""What a writer believes is there now: an entity, nothing, or anything."""

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
    if earlier := find_change(transaction, write.uuid):
        return earlier
    if counter.applying is not None:
        return "busy"
    before = _current(transaction, schema, write.entity_id)
    if before == write.after and before is not None:
        return None
    if write.after is None:
        _check_deletion(transaction, schema, write, before)
        rows(transaction, cypher.DELETE_NODES, ids=[write.entity_id])
    else:
        _check_put(transaction, schema, write, before)
        write_nodes(transaction, schema, [write.after], [] if before is None else [write.entity_id])
        write_links(transaction, schema, [write.after])
    change = Change(
        counter.sequence + 1, write.at, write.actor, write.entity_id, before, write.after
    )
    kept = write.after or before
    append(
        transaction,
        sequence=change.sequence, as_of=max(counter.as_of, write.at[:10]), uuid=write.uuid,
        at=write.at, actor=write.actor, kind="delete" if write.after is None else "put",
        entity_id=write.entity_id, entity_type=kept.type if kept else None,
        before=to_text(before), after=to_text(write.after), count=1,
    )  # fmt: skip
    return change


def write_nodes(
    transaction: Transaction, schema: Schema, entities: list[Entity], replacing: list[str]
) -> None:
    """Write nodes; those that are replaced lose the relationships that start at them."""
    if replacing:
        rows(transaction, cypher.DELETE_LINKS, ids=replacing)
    parameters: list[dict[str, Any]] = [to_row(schema, entity) for entity in entities]
    rows(transaction, cypher.WRITE_NODES, rows=parameters)


def write_links(transaction: Transaction, schema: Schema, entities: list[Entity]) -> None:
    """Write the relationships that start at some entities."""
    links = [link for entity in entities for link in to_links(schema, entity)]
    rows(transaction, cypher.CREATE_LINKS, links=links)


def _current(transaction: Transaction, schema: Schema, entity_id: str) -> Entity | None:
    found = rows(transaction, cypher.ONE_ENTITY, id=entity_id)
    if not found:
        return None
    entity = from_node(schema, found[0]["labels"], found[0]["values"])
    if entity is None:
        raise ConflictError(f"The id {entity_id!r} is taken by a node of an unknown kind.")
    return entity


def _check_put(
    transaction: Transaction, schema: Schema, write: Write, before: Entity | None
) -> None:
    assert write.after is not None
    wanted = write.after
    if before is not None and before.type != wanted.type:
        raise ConflictError(
            f"The id {wanted.id!r} belongs to a {before.type}, not to a {wanted.type}."
        )
    _check_expected(schema, write, before)
    ends = sorted({link.end for link in schema.relationships_of(wanted)})
    found = rows(transaction, cypher.LABELS_OF, ids=ends)
    kinds = {record["id"]: type_of(schema, record["labels"]) for record in found}
    known = {i: kind for i, kind in kinds.items() if kind} | {wanted.id: wanted.type}
    name = f"{wanted.type} {wanted.id}"
    wrong = dangling(schema, [wanted], known)
    if wrong:
        raise InvalidDataError([Fault(name, 0, column, text) for _, column, text in wrong])


def _check_deletion(
    transaction: Transaction, schema: Schema, write: Write, before: Entity | None
) -> None:
    if before is None:
        raise NotFoundError("entity", write.entity_id)
    _check_expected(schema, write, before)
    found = rows(transaction, cypher.REFERRING, id=write.entity_id, limit=MOST_NAMED + 1)
    if found:
        named = ", ".join(record["id"] for record in found[:MOST_NAMED])
        more = " and others" if len(found) > MOST_NAMED else ""
        raise ConflictError(f"{write.entity_id!r} is still referred to by {named}{more}.")


def _check_expected(schema: Schema, write: Write, before: Entity | None) -> None:
    expected = write.expected
    if expected == "any":
        return
    if isinstance(expected, Entity) and expected.type in schema.entities:
        expected = in_order(schema, expected)
    if before == expected:
        return
    if before is None:
        state = "does not exist"
    elif expected is None:
        state = "exists already"
    else:
        state = "has been changed by somebody else"
    raise ConflictError(f"{write.entity_id!r} {state}; nothing was changed.")
