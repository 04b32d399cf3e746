"""What waits in the review queue, as it is kept and as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from matchmaker.errors import ConflictError, NotFoundError, TooManyRequestsError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.permissions import OPERATIONS, Caller, Way
from matchmaker.records import Record
from matchmaker.schema import EntityType
from matchmaker.usecases.service import Service
from matchmaker.visibility import may_see, owners_of

KIND: Final = "submission"
MOST_WAITING: Final = 500
"""How much of one account's may wait at a time."""
LONGEST_REASON: Final = 1000
_TRY_AGAIN: Final = 3600


class State(StrEnum):
    """What may become of a submission."""

    WAITING = "waiting"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Submission:
    """One proposed write.

    Parameters
    ----------
    entity_id, type : str
        What it is about.
    document : mapping or None
        The entity as it shall be, as far as its submitter sees it; None asks for its deletion.
    unseen : tuple of str
        Properties that the submitter does not see: they stay as they stand.
    base : int or None
        Version of the entity that the submitter had before him; None: it is new.
    action : str
        ``create``, ``change`` or ``withdraw``.
    account : str
        Who submitted it.
    owners : tuple of str
        Those who hear of it: whose the entity is and would be, and the account itself.
    """

    id: str
    entity_id: str
    type: str
    document: Mapping[str, Any] | None
    unseen: tuple[str, ...]
    base: int | None
    action: str
    account: str
    owners: tuple[str, ...]
    at: str
    state: State
    reason: str = ""
    decided_by: str = ""
    decided_at: str = ""
    sequence: int | None = None

    @classmethod
    def of(cls, record: Record) -> Submission:
        """Read a submission from its record."""
        return cls(
            record.id,
            record["entity"],
            record["type"],
            record["document"],
            tuple(record["unseen"]),
            record["base"],
            record["action"],
            record["account"],
            tuple(record["owners"]),
            record["at"],
            State(record["state"]),
            record.get("reason", ""),
            record.get("decided_by", ""),
            record.get("decided_at", ""),
            record.get("sequence"),
        )

    @property
    def is_open(self) -> bool:
        """Whether it has not been decided on."""
        return self.state in (State.WAITING, State.PUBLISHING)

    @property
    def actor(self) -> str:
        """What the change log names for it: the account that submitted it."""
        return f"account:{self.account}"

    def proposed(self, snapshot: Snapshot) -> Entity | None:
        """Return the entity as it would be stored now; None if it would be gone."""
        if self.document is None:
            return None
        given = Entity.from_json(self.document)
        standing = snapshot.entities.get(self.entity_id)
        if standing is None or standing.type != self.type:
            return given
        kept = {n: standing.values[n] for n in self.unseen if n in standing.values}
        values = {**given.values, **kept}
        order = snapshot.schema.entities[self.type].properties
        return Entity(self.type, self.entity_id, {n: values[n] for n in order if n in values})


def told_of(account: str, owners: frozenset[str]) -> list[str]:
    """Return who hears of what an account does to something of these owners."""
    return sorted({*owners, f"account:{account}"} - {"account:"})


def hears(caller: Caller) -> list[str]:
    """Return as whom a caller hears of things, in the words of :func:`told_of`."""
    return sorted({*caller.subjects, f"account:{caller.account}"} - {"account:"})


def lists_all(caller: Caller, operation: str) -> bool:
    """Tell whether a caller sees everything that an operation lists, not only his own."""
    return OPERATIONS[operation].grant(caller.role).others is not Way.NO


def as_owners(heard: tuple[str, ...]) -> frozenset[str]:
    """Return owners in the words of the table of permissions: subjects, and the bare account."""
    return frozenset(name.removeprefix("account:") for name in heard)


def queue(
    service: Service, caller: Caller, entity: Entity | None, entity_id: str, kind: str, *,
    unseen: tuple[str, ...], base: int | None, action: str, owners: frozenset[str], uuid: str,
) -> Submission:  # fmt: skip
    """Put a proposed write into the review queue, once for each ``uuid``.

    Raises
    ------
    TooManyRequestsError
        If too much of the account's waits already.
    """
    records = service.records
    if known := records.get(KIND, uuid):
        return _same(known, caller, entity_id)
    waiting = records.count(KIND, {"account": caller.account, "state": State.WAITING.value})
    if waiting >= MOST_WAITING:
        raise TooManyRequestsError(
            f"{waiting} submissions of this account wait already; let some be decided first.",
            _TRY_AGAIN,
        )
    fields = {
        "entity": entity_id,
        "type": kind,
        "document": entity.as_json() if entity else None,
        "unseen": list(unseen),
        "base": base,
        "action": action,
        "account": caller.account,
        "owners": told_of(caller.account, owners),
        "at": service.now(),
        "state": State.WAITING.value,
    }
    return Submission.of(records.create(KIND, uuid, fields))


def _same(record: Record, caller: Caller, entity_id: str) -> Submission:
    known = Submission.of(record)
    if (known.account, known.entity_id) != (caller.account, entity_id):
        raise ConflictError("Another submission was made under the same uuid.")
    return known


def find_submission(service: Service, submission_id: str) -> Submission:
    """Return a submission, whoever asks.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    record = service.records.get(KIND, submission_id[:100])
    if record is None:
        raise NotFoundError("submission", submission_id[:100])
    return Submission.of(record)


def shown(service: Service, caller: Caller, one: Submission, *, full: bool) -> dict[str, Any]:
    """Return a submission as a caller sees it; in full, with what would change.

    Properties that are not for everybody are shown to those who may see them in the entity as it
    stands and as it would be, and to the submitter as he sent them.
    """
    snapshot = service.snapshot
    kind = snapshot.schema.entities[one.type]
    found = snapshot.entities.get(one.entity_id)
    standing = found if found is not None and found.type == one.type else None
    proposed = one.proposed(snapshot)
    named = proposed or standing
    version = snapshot.version(one.entity_id) if standing else None
    document: dict[str, Any] = {
        "id": one.id,
        "at": one.at,
        "state": one.state.value,
        "action": one.action,
        "type": one.type,
        "entity": one.entity_id,
        "caption": snapshot.schema.caption(named) if named else one.entity_id,
        "account": one.account,
        "base": one.base,
        "current": version,
        "stale": one.state is State.WAITING and one.base != version,
        "reason": one.reason,
        "decided_at": one.decided_at,
        "sequence": one.sequence,
    }
    if not full:
        return document
    visible = _visible(snapshot, kind, caller, standing, proposed)
    sent = one.document or {}
    own = bool(caller.account) and one.account == caller.account
    return document | {
        "document": {n: v for n, v in sent.items() if own or n in ("id", "type") or n in visible}
        if one.document is not None
        else None,
        "differences": differences(kind, standing, proposed, visible) if one.is_open else [],
    }


def _visible(
    snapshot: Snapshot, kind: EntityType, caller: Caller,
    standing: Entity | None, proposed: Entity | None,
) -> frozenset[str]:  # fmt: skip
    sides = [owners_of(snapshot, side) for side in (standing, proposed) if side is not None]
    return frozenset(
        prop.name
        for prop in kind.properties.values()
        if all(may_see(prop, caller, owners) for owners in sides)
    )


def differences(
    kind: EntityType, before: Entity | None, after: Entity | None, names: frozenset[str]
) -> list[dict[str, Any]]:
    """Return what differs between two states, property by property in the order of the schema."""
    old = before.as_json() if before else {}
    new = after.as_json() if after else {}
    return [
        {"property": name, "from": old.get(name), "to": new.get(name)}
        for name in kind.properties
        if name in names and old.get(name) != new.get(name)
    ]
