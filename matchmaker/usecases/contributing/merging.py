"""Duplicates: compared side by side, and merged into the entity that stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matchmaker.errors import ConflictError, MovedError
from matchmaker.graph import Snapshot
from matchmaker.model import Change, Entity
from matchmaker.permissions import Caller
from matchmaker.store.merging import redirected
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did, or would do.

    Parameters
    ----------
    old_id, into_id : str
        The duplicate, and the entity that stays.
    referring : tuple of str
        What referred to the duplicate and now refers to the entity that stays.
    changes : tuple of Change
        Empty for a dry run.
    """

    type: str
    old_id: str
    into_id: str
    referring: tuple[str, ...]
    changes: tuple[Change, ...] = ()


def compare(service: Service, caller: Caller, kind: str, old_id: str, into_id: str) -> list[Any]:
    """Return two entities property by property, for whoever may merge them.

    Raises
    ------
    NotFoundError
        If one of them does not exist.
    """
    permit(service, caller, "entity.merge")
    snapshot = service.snapshot
    old, into = snapshot.get(kind, old_id).as_json(), snapshot.get(kind, into_id).as_json()
    return [
        {"property": name, "old": old.get(name), "into": into.get(name)}
        for name in snapshot.schema.entities[kind].properties
        if name in old or name in into
    ]


def merge(
    service: Service, caller: Caller, kind: str, old_id: str, into_id: str, *,
    uuid: str | None = None, dry_run: bool = False,
) -> Merged:  # fmt: skip
    """Merge a duplicate into the entity that stays; its identifier leads there for ever.

    What the entity that stays says is not changed; what referred to the duplicate refers to it.

    Raises
    ------
    NotFoundError
        If one of them does not exist.
    ConflictError
        If they cannot be merged.
    InvalidDataError
        If what refers to the duplicate would no longer fit the schema.
    """
    permit(service, caller, "entity.merge")
    snapshot = service.snapshot
    if uuid is None or old_id in snapshot.of_type(kind):
        # Under a uuid the merge may have been made by an earlier attempt.
        _there(snapshot, kind, old_id)
    into = _there(snapshot, kind, into_id)
    if old_id == into.id:
        raise ConflictError(f"{old_id!r} cannot be merged into itself.")
    referring = tuple(sorted({link.start for link in snapshot.links_to(old_id)}))
    if dry_run or caller.sandbox:
        for name in referring:
            after = redirected(snapshot.schema, snapshot.entities[name], {old_id: into_id})
            service.check(after.as_json())
        return Merged(kind, old_id, into_id, referring)
    changes = service.merge(old_id, into_id, actor=caller.actor, uuid=uuid)
    changed = tuple(change.entity_id for change in changes[:-1])
    return Merged(kind, old_id, into_id, changed, tuple(changes))


def _there(snapshot: Snapshot, kind: str, entity_id: str) -> Entity:
    """Return an entity; one that was merged away is said to be, not followed."""
    try:
        return snapshot.get(kind, entity_id)
    except MovedError as error:
        raise ConflictError(f"{entity_id!r} was merged into {error.target!r} already.") from None
