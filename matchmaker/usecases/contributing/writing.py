"""Writes by accounts: published at once, put into the review queue, or only tried."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

from matchmaker.checking import entity_from_json
from matchmaker.errors import ConflictError, Fault, InvalidDataError, VersionConflictError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.permissions import OPERATIONS, Caller
from matchmaker.store.checks import Expected
from matchmaker.usecases.contributing.asking import Asked, Outcome
from matchmaker.usecases.contributing.proposing import new_ids, patched, stated
from matchmaker.usecases.contributing.submissions import KIND, State
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.visibility import as_seen, as_written

_GONE: Final = {"need": "withdrawn", "offer": "withdrawn"}
"""Status that a withdrawn entity of a type gets; entities of other types are deleted."""
_ATTEMPTS: Final = 4
_SEEN_SECONDS: Final = 3.0


def write_operation(kind: str, action: str = "write") -> str:
    """Return the name in the table of permissions for a write to a type.

    Examples
    --------
    >>> write_operation("need"), write_operation("topic"), write_operation("offer", "withdraw")
    ('need.write', 'entity.write', 'offer.withdraw')
    """
    name = f"{kind}.{action}"
    return name if name in OPERATIONS else "entity.write"


def delete_operation(kind: str) -> str:
    """Return the name in the table of permissions for the deletion of an entity of a type."""
    return "entity.delete" if f"{kind}.write" in OPERATIONS else "entity.write"


def write(
    service: Service, caller: Caller, document: Mapping[str, Any], *,
    expected: Expected = "any", uuid: str | None = None, dry_run: bool = False,
) -> Outcome:  # fmt: skip
    """Create or replace an entity, as far as the caller may.

    Parameters
    ----------
    document : mapping
        The entity as it shall be, with identifier and type.  What the caller does not see of it
        stays; without sources it cites his own statement (see
        :func:`~matchmaker.usecases.contributing.proposing.stated`).
    expected : int, None or "any"
        As for :meth:`Service.put`.
    uuid : str, optional
        Names this very write: sent again under the same one it is not done twice.
    dry_run : bool
        Whether to check only; what the key of a sandbox sends is never more than checked.

    Raises
    ------
    NotAllowedError
        If the caller may not write such an entity at all.
    InvalidDataError, VersionConflictError, ConflictError
        As :meth:`Service.put` does; nothing is written.
    """
    return _settled(
        service, expected, lambda: _write(service, caller, document, expected, uuid, dry_run)
    )


def _write(
    service: Service, caller: Caller, document: Mapping[str, Any], expected: Expected,
    uuid: str | None, dry_run: bool,
) -> Outcome:  # fmt: skip
    operation = write_operation(str(document.get("type")))
    permit(service, caller, operation, caller.subjects)
    snapshot = service.snapshot
    completed = stated(_seen(snapshot, caller, document), document, caller, _today(service))
    entity, faults = entity_from_json(service.schema, completed)
    if entity is None:
        raise InvalidDataError([Fault("", 0, column, text) for column, text in faults])
    stored = as_written(snapshot, entity, caller)
    action = "change" if entity.id in snapshot.entities else "create"
    asked = Asked(service, caller, snapshot, operation, action, expected, uuid, dry_run)
    return asked.put(stored)


def create(
    service: Service, caller: Caller, document: Mapping[str, Any], *,
    uuid: str | None = None, dry_run: bool = False,
) -> Outcome:  # fmt: skip
    """Create an entity; without an identifier it gets one of its title.

    Parameters and errors are those of :func:`write`.

    Raises
    ------
    VersionConflictError
        If the identifier given is taken.
    """
    if document.get("id") is not None:
        return write(service, caller, document, expected=None, uuid=uuid, dry_run=dry_run)
    refused: ConflictError | None = None
    for identifier in new_ids(service.schema, document, (uuid or str(uuid4()))[:8]):
        # Under a uuid each is tried: the first attempt may have been carried out under it.
        if uuid is None and _is_taken(service, caller, identifier):
            continue
        try:
            with_id = {**document, "id": identifier}
            if uuid is not None and _waits(service, caller, identifier, uuid):
                continue
            return write(service, caller, with_id, expected=None, uuid=uuid, dry_run=dry_run)
        except ConflictError as error:
            refused = error
    raise refused or ConflictError("There is no identifier left for this title; give one.")


def change(
    service: Service, caller: Caller, kind: str, entity_id: str, patch: Mapping[str, Any], *,
    expected: Expected = "any", uuid: str | None = None, dry_run: bool = False,
) -> Outcome:  # fmt: skip
    """Change some properties of an entity: those named, None takes one away.

    Parameters and errors are those of :func:`write`.

    Raises
    ------
    NotFoundError
        If there is no such entity.
    """
    permit(service, caller, write_operation(kind), caller.subjects)

    def patch_now() -> Outcome:
        snapshot = service.snapshot
        current = as_seen(snapshot, snapshot.get(kind, entity_id), caller)
        document = patched(current, patch, caller)
        for name, value in (("id", entity_id), ("type", kind)):
            if document.get(name) != value:
                raise InvalidDataError([Fault("", 0, name, f"stays {value!r}")])
        # What the patch was made from must still stand when it is written.
        base = snapshot.version(entity_id) if expected == "any" else expected
        return _write(service, caller, document, base, uuid, dry_run)

    return _settled(service, expected, patch_now)


def withdraw(
    service: Service, caller: Caller, kind: str, entity_id: str, *,
    expected: Expected = "any", uuid: str | None = None, dry_run: bool = False,
) -> Outcome:  # fmt: skip
    """Withdraw a need, offer, partner or project.

    Needs and offers stay, with the status ``withdrawn``.  Partners and projects have no such status:
    they are deleted, unless something refers to them.

    Raises
    ------
    ConflictError
        If other entities refer to a partner or project: what happened stays documented.
    """
    return _settled(
        service,
        expected,
        lambda: _withdraw(service, caller, kind, entity_id, expected, uuid, dry_run),
    )


def _withdraw(
    service: Service, caller: Caller, kind: str, entity_id: str, expected: Expected,
    uuid: str | None, dry_run: bool,
) -> Outcome:  # fmt: skip
    operation = write_operation(kind, "withdraw")
    permit(service, caller, operation, caller.subjects)
    snapshot = service.snapshot
    current = snapshot.get(kind, entity_id)
    asked = Asked(service, caller, snapshot, operation, "withdraw", expected, uuid, dry_run)
    if kind not in _GONE:
        _refuse_if_referred(snapshot, current)
        return asked.delete(current)
    seen = as_seen(snapshot, current, caller)
    document = patched(seen, {"status": _GONE[kind]}, caller)
    completed = stated(_seen(snapshot, caller, document), document, caller, _today(service))
    entity, faults = entity_from_json(service.schema, completed)
    if entity is None:
        raise InvalidDataError([Fault("", 0, column, text) for column, text in faults])
    return asked.put(as_written(snapshot, entity, caller))


def delete(
    service: Service, caller: Caller, kind: str, entity_id: str, *,
    expected: Expected = "any", uuid: str | None = None, dry_run: bool = False,
) -> Outcome:  # fmt: skip
    """Delete an entity that nothing refers to, for good; the change log keeps what it was.

    Raises
    ------
    NotFoundError
        If there is no such entity.
    ConflictError
        If others refer to it.
    """
    operation = delete_operation(kind)
    permit(service, caller, operation, caller.subjects)
    snapshot = service.snapshot
    current = snapshot.get(kind, entity_id)
    asked = Asked(service, caller, snapshot, operation, "delete", expected, uuid, dry_run)
    if asked.dry_run:
        _refuse_if_referred(snapshot, current)
    return asked.delete(current)


def _settled(service: Service, expected: Expected, attempt: Callable[[], Outcome]) -> Outcome:
    """Carry a write out; one that expects nothing is made anew if it was overtaken."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return attempt()
        except VersionConflictError as error:
            if expected != "any":
                raise
            ends = time.monotonic() + _SEEN_SECONDS
            while service.snapshot.sequence < error.version and time.monotonic() < ends:
                time.sleep(0.02)
    return attempt()


def _today(service: Service) -> str:
    return service.now()[:10]


def _seen(snapshot: Snapshot, caller: Caller, document: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot with the entity that is written as the caller sees it."""
    found = snapshot.entities.get(str(document.get("id")))
    seen = found and as_seen(snapshot, found, caller)
    return snapshot if seen is None or seen is found else snapshot.with_values({seen.id: seen})


def _refuse_if_referred(snapshot: Snapshot, entity: Entity) -> None:
    referring = [link.start for link in snapshot.links_to(entity.id) if link.start != entity.id]
    if referring:
        named = ", ".join(referring[:10])
        more = " and others" if len(referring) > 10 else ""
        raise ConflictError(f"{entity.id!r} is still referred to by {named}{more}.")


def _is_taken(service: Service, caller: Caller, identifier: str) -> bool:
    snapshot = service.snapshot
    if identifier in snapshot.entities or identifier in snapshot.redirects:
        return True
    return _waits(service, caller, identifier, "")


def _waits(service: Service, caller: Caller, identifier: str, uuid: str) -> bool:
    """Tell whether something else new with this identifier waits in the queue already."""
    if caller.sandbox or service.status.read_only:
        return False
    where = {"entity": identifier, "state": State.WAITING.value}
    return any(record.id != uuid for record in service.records.find(KIND, where, limit=2))
