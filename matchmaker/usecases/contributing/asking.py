"""A write that is asked for, carried out in the way that whoever asks may."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from uuid import uuid4

from matchmaker.accounts.model import STAFF
from matchmaker.graph import Snapshot
from matchmaker.model import Change, Entity
from matchmaker.permissions import Caller, Way
from matchmaker.store.checks import Expected, check_expected
from matchmaker.usecases.contributing.proposing import owner_sets
from matchmaker.usecases.contributing.submissions import KIND, Submission, queue
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.visibility import as_seen, hidden_properties, may_see, owners_of

What: TypeAlias = Literal["published", "unchanged", "queued", "checked"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a write.

    Parameters
    ----------
    what : str
        ``published`` with its change, ``queued`` with its submission, ``unchanged`` where nothing
        differs, ``checked`` for a dry run.
    would : str
        What a dry run would have become: ``published``, ``queued`` or ``unchanged``.
    before, after : Entity or None
        The entity as the caller sees it.
    """

    what: What
    entity_id: str
    type: str
    before: Entity | None = None
    after: Entity | None = None
    change: Change | None = None
    submission: Submission | None = None
    would: str = ""

    @property
    def created(self) -> bool:
        """Whether something new was published."""
        return self.what == "published" and self.before is None


@dataclass(frozen=True, slots=True)
class Asked:
    """A write that is asked for: who, from which state, under which operation."""

    service: Service
    caller: Caller
    snapshot: Snapshot
    operation: str
    action: str
    expected: Expected
    uuid: str | None
    only_checked: bool

    @property
    def dry_run(self) -> bool:
        """Whether nothing is written: asked for, or because the key is one of a sandbox."""
        return self.only_checked or self.caller.sandbox

    def put(self, entity: Entity) -> Outcome:
        """Write an entity in the way that the caller may."""
        way, owners = self._way(entity, entity.id)
        before = self._standing(entity)
        outcome = self._outcome(entity, before, entity)
        if self.dry_run:
            self.service.check(entity.as_json(), expected=self.expected)
            would = "unchanged" if before == entity else _become(way)
            return replace(outcome, what="checked", would=would)
        if way is Way.QUEUE:
            if self._is_unknown():
                self.service.check(entity.as_json(), expected=self.expected)
                if before == entity:
                    return replace(outcome, what="unchanged")
            return self._queue(entity, entity.id, entity.type, owners, outcome)
        change = self.service.put(
            entity.as_json(), actor=self.caller.actor, expected=self._pinned(entity.id),
            uuid=self.uuid,
        )  # fmt: skip
        return self._published(outcome, change)

    def delete(self, entity: Entity) -> Outcome:
        """Delete an entity in the way that the caller may."""
        way, owners = self._way(None, entity.id)
        outcome = self._outcome(entity, entity, None)
        if self.dry_run or way is Way.QUEUE:
            version = self.snapshot.version(entity.id)
            check_expected(entity.id, self.expected, entity, version)
        if self.dry_run:
            return replace(outcome, what="checked", would=_become(way))
        if way is Way.QUEUE:
            return self._queue(None, entity.id, entity.type, owners, outcome)
        change = self.service.delete(
            entity.id, actor=self.caller.actor, expected=self._pinned(entity.id), uuid=self.uuid
        )
        return self._published(outcome, change)

    def _pinned(self, entity_id: str) -> Expected:
        """Return the version that must stand when the write is made.

        Whose the entity is, and what of it the caller does not see, was judged by the state in this
        process, which may lag behind another one's.
        """
        trusted = self.caller.role in STAFF and self.caller.reads_members
        if self.expected != "any" or trusted:
            return self.expected
        known = entity_id in self.snapshot.entities
        return self.snapshot.version(entity_id) if known else None

    def _way(self, proposed: Entity | None, entity_id: str) -> tuple[Way, frozenset[str]]:
        """Return in which way it goes through, and whose it is and would be."""
        sides = owner_sets(self.snapshot, proposed, entity_id)
        ways = {permit(self.service, self.caller, self.operation, side) for side in sides}
        return (Way.QUEUE if Way.QUEUE in ways else Way.YES), frozenset().union(*sides)

    def _standing(self, entity: Entity) -> Entity | None:
        found = self.snapshot.entities.get(entity.id)
        return found if found is not None and found.type == entity.type else None

    def _is_unknown(self) -> bool:
        """Tell whether the submission has not been made by an earlier attempt."""
        return self.uuid is None or self.service.records.get(KIND, self.uuid) is None

    def _queue(
        self, entity: Entity | None, entity_id: str, kind: str, owners: frozenset[str],
        outcome: Outcome,
    ) -> Outcome:  # fmt: skip
        standing = self.snapshot.entities.get(entity_id)
        base = self.snapshot.version(entity_id) if standing is not None else None
        unseen = _unseen(self.snapshot, kind, standing or entity, self.caller)
        kept = entity and replace(
            entity, values={n: v for n, v in entity.values.items() if n not in unseen}
        )
        made = queue(
            self.service, self.caller, kept, entity_id, kind, unseen=unseen, base=base,
            action=self.action, owners=owners, uuid=self.uuid or str(uuid4()),
        )  # fmt: skip
        return replace(outcome, what="queued", submission=made)

    def _outcome(self, entity: Entity, before: Entity | None, after: Entity | None) -> Outcome:
        return Outcome("unchanged", entity.id, entity.type, self._shown(before), self._shown(after))

    def _published(self, outcome: Outcome, change: Change | None) -> Outcome:
        if change is None:
            return outcome
        before, after = self._shown(change.before), self._shown(change.after)
        return replace(outcome, what="published", change=change, before=before, after=after)

    def _shown(self, entity: Entity | None) -> Entity | None:
        return entity and as_seen(self.snapshot, entity, self.caller)


def _become(way: Way) -> str:
    return "queued" if way is Way.QUEUE else "published"


def _unseen(
    snapshot: Snapshot, kind: str, entity: Entity | None, caller: Caller
) -> tuple[str, ...]:
    owners = owners_of(snapshot, entity) if entity else frozenset()
    hidden = hidden_properties(snapshot.schema).get(kind, ())
    return tuple(prop.name for prop in hidden if not may_see(prop, caller, owners))
