"""Uploads of many entities: checked, staged batch by batch, published by one small transaction.

Unlike a load of seeds an upload deletes nothing and leaves the notes about seeds alone, so that a
later load of seeds takes what was uploaded for people's edits.  It never holds all rows in memory.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from matchmaker.checking import dangling
from matchmaker.errors import ConflictError, Fault, InvalidDataError, StoreUnavailableError
from matchmaker.model import Entity
from matchmaker.schema import Schema
from matchmaker.seeds import Progress
from matchmaker.store import cypher, loading
from matchmaker.store.checks import check_not_merged, check_type
from matchmaker.store.codec import checked, from_node, to_text
from matchmaker.store.database import Database, Transaction, rows
from matchmaker.store.loading import MOST_CHARACTERS, MOST_ROWS, Batch, LoadHead, LoadReport
from matchmaker.store.log import read_counter
from matchmaker.store.writing import MOST_NAMED, types_of

_ATTEMPTS = 5


def upload(
    database: Database, schema: Schema, head: LoadHead, entities: Iterable[Entity],
    progress: Progress | None = None,
) -> LoadReport:  # fmt: skip
    """Create or replace many entities: all of them or none, whatever happens on the way.

    Parameters
    ----------
    head : LoadHead
        Who does it; no published load may be unfinished.
    entities : iterable of Entity
        Each identifier at most once; read once, in batches.
    progress : callable, optional
        Told after each batch.

    Raises
    ------
    InvalidDataError
        With the faults of the first batch that has any, or with all references that lead nowhere.
    ConflictError
        If an identifier belongs to another type or was merged away, or if somebody has meanwhile
        changed what is uploaded or deleted what it refers to.

    Notes
    -----
    Memory: one batch, plus identifiers and types of all rows.
    """
    state = _Upload(schema, rows_in_all=len(entities) if isinstance(entities, Sized) else 0)

    def look(transaction: Transaction) -> int | LoadReport:
        return _earlier(transaction, head.named) or read_counter(transaction).sequence

    planned_at = database.run(look)
    if isinstance(planned_at, LoadReport):
        return planned_at
    try:
        _stage(database, head, state, entities, progress)
        if not state.created + state.updated:
            _give_up(database, head)
            return state.report(planned_at)
        published = _publish(database, head, state, planned_at)
    except _PublishedError as error:
        _give_up(database, head)
        return error.report
    except BaseException:
        with contextlib.suppress(StoreUnavailableError):
            _give_up(database, head)
        raise
    loading.apply(database, schema, head.id, progress=progress)
    return state.report(published)


class _PublishedError(Exception):
    """Another process has published the same upload meanwhile."""

    def __init__(self, report: LoadReport) -> None:
        self.report = report
        super().__init__()


def _stage(
    database: Database, head: LoadHead, state: _Upload, entities: Iterable[Entity],
    progress: Progress | None,
) -> None:  # fmt: skip
    loading.begin(database, head)
    number = 0
    for batch in _batches(entities):
        there = database.run(partial(_look, schema=state.schema, batch=batch))
        if staged := state.plan(batch, there):
            loading.stage_batch(database, head.id, number, staged)
            number += 1
        if progress:
            done = len(state.types)
            progress("Staging rows", done, max(done, state.rows_in_all))
    database.run(state.check_waiting)


def _publish(database: Database, head: LoadHead, state: _Upload, planned_at: int) -> int:
    def disturbed(transaction: Transaction, since: int) -> None:
        if earlier := _earlier(transaction, head.named):
            raise _PublishedError(earlier)
        state.check_undisturbed(transaction, since)

    for _ in range(_ATTEMPTS):
        published = loading.publish_rows(
            database, head, planned_at=planned_at, told=state.told(), disturbed=disturbed
        )
        if published is not None:
            return published
        loading.finish(database, state.schema)
    raise ConflictError("The upload was taken for abandoned; nothing was changed. Upload again.")


def _give_up(database: Database, head: LoadHead) -> None:
    loading.abandon(database, head.id)
    loading.sweep(database)


@dataclass(frozen=True, slots=True)
class _There:
    """What the graph holds of a batch and of what it refers to."""

    entities: Mapping[str, Entity]
    redirects: Mapping[str, str]
    types: Mapping[str, str]


def _look(transaction: Transaction, schema: Schema, batch: list[Entity]) -> _There:
    ids = [entity.id for entity in batch]
    held: dict[str, Entity] = {}
    for record in rows(transaction, cypher.SOME_ENTITIES, ids=ids):
        entity = from_node(schema, record["labels"], record["values"])
        if entity is None:
            raise ConflictError(f"The id {record['id']!r} is taken by a node of an unknown kind.")
        held[entity.id] = entity
    redirects = rows(transaction, cypher.FIND_REDIRECTS, ids=ids)
    ends = {link.end for entity in batch for link in schema.relationships_of(entity)}
    return _There(
        held, {r["id"]: r["target"] for r in redirects}, types_of(transaction, schema, ends)
    )


@dataclass(slots=True)
class _Upload:
    """What is known of an upload so far."""

    schema: Schema
    rows_in_all: int
    types: dict[str, str] = field(default_factory=dict)
    """Type by identifier, of every row so far."""
    referred: set[str] = field(default_factory=set)
    waiting: list[Entity] = field(default_factory=list)
    """Rows, of references only, that refer to what may come later."""
    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def plan(self, batch: list[Entity], there: _There) -> Batch:
        """Check a batch and return its rows to stage."""
        for merged, target in there.redirects.items():
            check_not_merged(merged, target)
        wanted = self._checked(batch)
        staged: Batch = []
        for entity in wanted:
            before = there.entities.get(entity.id)
            check_type(entity, before)
            if before == entity:
                self.unchanged += 1
                continue
            row = {"index": len(staged), "entity_id": entity.id, "changed": True}
            row["after"] = to_text(entity)
            if before is None:
                self.created += 1
            else:
                self.updated += 1
                row["before"] = to_text(before)
            staged.append(row)
        self.types |= {entity.id: entity.type for entity in wanted}
        ends = {link.end for entity in wanted for link in self.schema.relationships_of(entity)}
        self.referred |= ends
        known = {**there.types, **{end: self.types[end] for end in ends if end in self.types}}
        unknown = {entity.id for entity, _, _ in dangling(self.schema, wanted, known)}
        self.waiting += [self._references(entity) for entity in wanted if entity.id in unknown]
        return staged

    def check_waiting(self, transaction: Transaction) -> None:
        """Refuse references to what neither the graph nor any row holds."""
        faults: list[Fault] = []
        for start in range(0, len(self.waiting), MOST_ROWS):
            batch = self.waiting[start : start + MOST_ROWS]
            ends = {link.end for entity in batch for link in self.schema.relationships_of(entity)}
            known = types_of(transaction, self.schema, ends)
            known |= {end: self.types[end] for end in ends if end in self.types}
            faults += [
                Fault(f"{entity.type} {entity.id}", 0, column, message)
                for entity, column, message in dangling(self.schema, batch, known)
            ]
        if faults:
            raise InvalidDataError(faults)

    def check_undisturbed(self, transaction: Transaction, since: int) -> None:
        """Refuse to go on if somebody has changed what the upload rests on."""
        touched: set[str] = set()
        for record in transaction.run(cypher.TOUCHED_SINCE, sequence=since):
            identifier = record["entity_id"]
            if identifier in self.types or (record["gone"] and identifier in self.referred):
                touched.add(identifier)
        if touched:
            named = ", ".join(sorted(touched)[:MOST_NAMED])
            raise ConflictError(
                f"Somebody has meanwhile changed {named}; nothing was uploaded. Upload again."
            )

    def told(self) -> dict[str, int]:
        """Return what the log's entry tells of the upload."""
        return {
            "count": self.created + self.updated,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
        }

    def report(self, sequence: int) -> LoadReport:
        """Return what the upload did."""
        return LoadReport(self.created, self.updated, self.unchanged, 0, (), sequence)

    def _checked(self, batch: list[Entity]) -> list[Entity]:
        wanted: list[Entity] = []
        faults: list[Fault] = []
        seen: set[str] = set()
        for entity in batch:
            if entity.id in seen or entity.id in self.types:
                name = f"{entity.type} {entity.id}"
                faults.append(Fault(name, 0, "id", "stands twice in the upload"))
            seen.add(entity.id)
            try:
                wanted.append(checked(self.schema, entity))
            except InvalidDataError as error:
                faults += error.faults
        if faults:
            raise InvalidDataError(faults)
        return wanted

    def _references(self, entity: Entity) -> Entity:
        names = {prop.name for prop in self.schema.entities[entity.type].references}
        values = {name: value for name, value in entity.values.items() if name in names}
        return Entity(entity.type, entity.id, values)


def _earlier(transaction: Transaction, uuid: str) -> LoadReport | None:
    """Return the report of the upload that was published under the same uuid, if any."""
    found = rows(transaction, cypher.FIND_CHANGE, uuid=uuid)
    if not found:
        return None
    entry: dict[str, Any] = found[0]["change"]
    if "created" not in entry:
        raise ConflictError("Another change was made under the same uuid; nothing was changed.")
    told = (entry["created"], entry["updated"], entry["unchanged"])
    return LoadReport(*told, 0, (), entry["sequence"])


def _batches(entities: Iterable[Entity]) -> Iterator[list[Entity]]:
    """Cut rows into batches that a small heap can hold."""
    batch: list[Entity] = []
    size = 0
    for entity in entities:
        length = 2 * len(to_text(entity) or "")  # as it is and, at most about as long, as it was
        if batch and (len(batch) >= MOST_ROWS or size + length > MOST_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(entity)
        size += length
    if batch:
        yield batch
