"""What a load of seeds has to do: a pure comparison of seeds, graph and what was loaded before.

People's edits are told from seeded values by digests: a row of the graph was edited if it no longer
has the digest that its seed row had when it was loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matchmaker.checking import dangling
from matchmaker.errors import ConflictError, Fault, InvalidDataError
from matchmaker.model import Change, Entity
from matchmaker.schema import Schema
from matchmaker.store.codec import checked, digest


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One entity of a load: what it was, what it becomes, which digest is noted for its seed.

    ``before == after`` where only the note changes; ``seed`` is None where the note goes.
    """

    entity_id: str
    before: Entity | None
    after: Entity | None
    seed: str | None

    @property
    def changed(self) -> bool:
        """Whether the graph changes, and not only the note."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Plan:
    """All rows of a load and the identifiers of edited rows that are left as people made them."""

    rows: tuple[PlannedRow, ...]
    unchanged: int
    kept: tuple[str, ...]

    @property
    def created(self) -> int:
        """Number of entities that the load creates."""
        return sum(r.before is None and r.after is not None for r in self.rows)

    @property
    def updated(self) -> int:
        """Number of entities that the load changes."""
        return sum(r.before is not None and r.after is not None and r.changed for r in self.rows)

    @property
    def removed(self) -> int:
        """Number of entities that the load deletes."""
        return sum(r.before is not None and r.after is None for r in self.rows)


def make_plan(
    schema: Schema,
    seeds: Iterable[Entity],
    current: Mapping[str, Entity],
    noted: Mapping[str, str],
    *,
    overwrite: bool = False,
) -> Plan:
    """Compare seeds with the graph.

    Parameters
    ----------
    seeds : iterable of Entity
        Every row of the seeds, in stored form.
    current : mapping of str to Entity
        The graph.
    noted : mapping of str to str
        Digest of each seed row when it was last loaded.
    overwrite : bool
        Whether the seeds win over what people edited or deleted.

    Raises
    ------
    ConflictError
        If an identifier of the seeds belongs to an entity of another type.
    InvalidDataError
        If a reference would lead nowhere afterwards.

    Notes
    -----
    O(entities + references), but for rows brought back or kept because others refer to them: each
    round over those follows one more step of references.
    """
    wanted: dict[str, Entity] = {}
    for entity in seeds:
        if entity.id in wanted:
            fault = Fault(f"{entity.type} {entity.id}", 0, "id", "stands twice in the seeds")
            raise InvalidDataError([fault])
        wanted[entity.id] = entity
    for entity in wanted.values():
        there = current.get(entity.id)
        if there is not None and there.type != entity.type:
            raise ConflictError(
                f"The id {entity.id!r} belongs to a {there.type}, not to a {entity.type}."
            )
    rows: dict[str, PlannedRow] = {}
    kept: list[str] = []
    for identifier, entity in wanted.items():
        there, note, mark = current.get(identifier), noted.get(identifier), digest(entity)
        if there == entity:
            if note != mark:
                rows[identifier] = PlannedRow(identifier, there, there, mark)
        elif overwrite or (note != mark and (there is None or note == digest(there))):
            rows[identifier] = PlannedRow(identifier, there, entity, mark)
        elif note != mark:
            kept.append(identifier)
    for identifier in noted.keys() - wanted.keys():
        there = current.get(identifier)
        if there is None or overwrite or digest(there) == noted[identifier]:
            rows[identifier] = PlannedRow(identifier, there, None, None)
        else:
            kept.append(identifier)
    _mend(schema, wanted, current, rows, kept)
    unchanged = sum(i not in rows or not rows[i].changed for i in wanted) - sum(
        i in wanted for i in kept
    )
    return Plan(tuple(rows[i] for i in _order(wanted, rows)), unchanged, tuple(sorted(kept)))


def _order(wanted: Mapping[str, Entity], rows: Mapping[str, PlannedRow]) -> list[str]:
    """Return the identifiers of the rows in the order of the seeds, removals last."""
    return [i for i in wanted if i in rows] + sorted(rows.keys() - wanted.keys())


def _mend(
    schema: Schema, wanted: Mapping[str, Entity], current: Mapping[str, Entity],
    rows: dict[str, PlannedRow], kept: list[str],
) -> None:  # fmt: skip
    """Keep what would go but is referred to; bring back what people deleted and is needed again."""
    known = {i: e.type for i, e in current.items()}
    known |= {i: r.after.type for i, r in rows.items() if r.after is not None}
    for identifier, row in rows.items():
        if row.after is None:
            known.pop(identifier, None)
    waiting: list[Entity] = [r.after for r in rows.values() if r.after is not None]
    if any(r.after is None and r.before is not None for r in rows.values()):
        waiting += [e for i, e in current.items() if i not in rows]
    while waiting:
        needed: dict[str, Entity] = {}
        for entity in waiting:
            for link in schema.relationships_of(entity):
                if link.end in known or link.end in needed:
                    continue
                going = rows.get(link.end)
                if going is not None and going.before is not None:
                    del rows[link.end]
                    kept.append(link.end)
                    needed[link.end] = going.before
                elif link.end in wanted:
                    back = wanted[link.end]
                    rows[link.end] = PlannedRow(link.end, None, back, digest(back))
                    needed[link.end] = back
        known |= {i: e.type for i, e in needed.items()}
        waiting = list(needed.values())
    _check(schema, [r.after for r in rows.values() if r.after is not None and r.changed], known)


def _check(schema: Schema, written: Sequence[Entity], known: Mapping[str, str]) -> None:
    """Refuse a load of anything that does not fit the schema or that refers to nothing."""
    faults: list[Fault] = []
    for entity in written:
        try:
            checked(schema, entity)
        except InvalidDataError as error:
            faults += error.faults
    faults += [
        Fault(f"{entity.type} {entity.id}", 0, column, message)
        for entity, column, message in dangling(schema, written, known)
    ]
    if faults:
        raise InvalidDataError(faults)


def disturbs(schema: Schema, plan: Plan, changes: Iterable[Change]) -> bool:
    """Tell whether changes made since the plan was made could make it wrong.

    They do if they touch a row of the plan, delete what a row refers to, or refer to what the
    plan removes.
    """
    staged = {row.entity_id for row in plan.rows}
    removed = {row.entity_id for row in plan.rows if row.after is None}
    referred = {
        link.end
        for row in plan.rows
        if row.after is not None
        for link in schema.relationships_of(row.after)
    }
    for change in changes:
        if change.entity_id in staged:
            return True
        if change.after is None and change.entity_id in referred:
            return True
        if change.after is not None and any(
            link.end in removed for link in schema.relationships_of(change.after)
        ):
            return True
    return False
