"""Marks: an owner's own word on a pair of a need and a supply, shortlisted or dismissed.

A city's officers share the marks of the city, a partner's accounts those of the partner; staff keep
their own.  Marks are records: nobody else sees them, and they never enter a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from matchmaker.accounts.model import STAFF
from matchmaker.checking import is_slug
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    Fault,
    InvalidDataError,
    MatchmakerError,
    NotFoundError,
    VersionConflictError,
)
from matchmaker.graph import Snapshot
from matchmaker.permissions import Caller, Role
from matchmaker.records import Record
from matchmaker.schema import Schema
from matchmaker.store.checks import Expected
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.brokering.standing import own
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

KIND: Final = "mark"
SHORTLISTED: Final = "shortlisted"
DISMISSED: Final = "dismissed"
STATES: Final = (SHORTLISTED, DISMISSED)
REASONS: Final = "dismissal_reason"
"""Name of the list of reasons in the graph schema's vocabularies."""
OTHER: Final = "other"
LONGEST_NOTE: Final = 1000
MOST_MARKS: Final = 1000
"""How many marks an owner may have."""
_GIVEN: Final = frozenset({"state", "reason", "note"})
_ATTEMPTS: Final = 4


def list_marks(
    service: Service, caller: Caller, *, need: str | None = None, state: str | None = None
) -> list[dict[str, Any]]:
    """Return the caller's marks, by need, the latest first.

    Parameters
    ----------
    need, state : str, optional
        Only those on a need, only the shortlisted or the dismissed.

    Raises
    ------
    BadRequestError
        If there is no such state, or the need's identifier cannot be one.
    """
    permit(service, caller, "marks.read", own(caller))
    if need is not None and not is_slug(need):
        raise BadRequestError("need", "is no identifier")
    if state is not None and state not in STATES:
        raise BadRequestError("state", f"must be one of {', '.join(STATES)}")
    where: dict[str, str | list[str]] = {"owner": owners_of_lists(caller)}
    if need is not None:
        where["need"] = need
    if state is not None:
        where["state"] = state
    latest = sorted(
        every(service.records, KIND, where), key=lambda r: (str(r["at"]), r.id), reverse=True
    )
    by_need = sorted(latest, key=lambda r: str(r["need"]))
    return [shown(service.snapshot, one) for one in by_need]


def get_mark(service: Service, caller: Caller, need_id: str, target_id: str) -> dict[str, Any]:
    """Return the caller's mark on a pair.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    permit(service, caller, "marks.read", own(caller))
    return shown(service.snapshot, _held(service, caller, need_id, target_id))


def mark(
    service: Service, caller: Caller, need_id: str, target_id: str, given: Mapping[str, Any], *,
    expected: Expected = "any",
) -> tuple[dict[str, Any], bool]:  # fmt: skip
    """Shortlist or dismiss a pair; what was said of it before gives way.

    Parameters
    ----------
    target_id : str
        The offer, or the partner without one.
    given : mapping
        ``state``, one of :data:`STATES`; ``reason`` of a dismissal, from the list of reasons;
        ``note``, free text.
    expected : int, None or "any"
        The version seen, None where there is to be none yet.

    Returns
    -------
    (dict, bool)
        The mark, and whether it is new.

    Raises
    ------
    InvalidDataError
        With every fault of what is given.
    NotFoundError, MovedError
        If there is no such need or supply, or it was merged into another.
    BadRequestError
        If the need is not of the officer's city, or the supply not the partner's.
    VersionConflictError
        If the mark is not as expected.
    ConflictError
        If the owner has as many marks as he may.
    """
    permit(service, caller, "marks.write", own(caller))
    wanted = _checked(service.schema, given)
    owner = _owner(service.snapshot, caller, need_id, target_id)
    identifier = mark_id(owner, need_id, target_id)

    def alter(held: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if expected not in ("any", held["version"]):
            raise VersionConflictError("The mark was changed meanwhile.", held["version"])
        if all(held[name] == value for name, value in wanted.items()):
            return None
        return {**held, **wanted, "account": caller.account, "at": service.now(),
                "version": held["version"] + 1}  # fmt: skip

    for _ in range(_ATTEMPTS):
        changed = service.records.change(KIND, identifier, alter)
        if changed is not None:
            return shown(service.snapshot, changed), False
        if isinstance(expected, int):
            raise VersionConflictError("There is no such mark any more.", 0)
        if service.records.count(KIND, {"owner": owner}) >= MOST_MARKS:
            raise ConflictError(f"A working list has at most {MOST_MARKS} marks.")
        fields = {**wanted, "owner": owner, "need": need_id, "target": target_id,
                  "account": caller.account, "at": service.now(), "version": 1}  # fmt: skip
        try:
            return shown(service.snapshot, service.records.create(KIND, identifier, fields)), True
        except ConflictError:
            continue  # a colleague was first
    raise ConflictError("The mark is being changed by others; try again.")


def unmark(
    service: Service, caller: Caller, need_id: str, target_id: str, *, expected: Expected = "any"
) -> None:
    """Take a mark back.

    Raises
    ------
    NotFoundError
        If there is none.
    VersionConflictError
        If it is not as expected.
    """
    permit(service, caller, "marks.write", own(caller))
    record = _held(service, caller, need_id, target_id)
    if expected not in ("any", record["version"]):
        raise VersionConflictError("The mark was changed meanwhile.", record["version"])
    service.records.delete(KIND, {"id": record.id})


def version_of(service: Service, caller: Caller, need_id: str, target_id: str) -> int | None:
    """Return the version of the caller's mark on a pair, None if there is none."""
    permit(service, caller, "marks.write", own(caller))
    try:
        return int(_held(service, caller, need_id, target_id)["version"])
    except NotFoundError:
        return None


def owners_of_lists(caller: Caller) -> list[str]:
    """Return whose working lists a caller keeps: his city's or partner's; his own, for staff."""
    if caller.role in STAFF:
        return [caller.account]
    return sorted(caller.subjects)


def mark_id(owner: str, need_id: str, target_id: str) -> str:
    """Return the identifier of the one mark that an owner may have on a pair."""
    return str(uuid5(NAMESPACE_URL, f"mark of {owner} on {need_id} with {target_id}"))


def may_mark(snapshot: Snapshot, caller: Caller, need_id: str, target_id: str) -> bool:
    """Tell whether a pair is one that a caller of a role with working lists may mark."""
    try:
        _owner(snapshot, caller, need_id, target_id)
    except MatchmakerError:
        return False
    return True


def shown(snapshot: Snapshot, record: Record) -> dict[str, Any]:
    """Return what its owner sees of a mark."""
    need, target = (snapshot.entities.get(record[name]) for name in ("need", "target"))
    partner = target and (target if target.type == "partner" else _partner_of(snapshot, target.id))
    offer = target if target and target.type == "offer" else None
    label = snapshot.schema.vocabularies[REASONS].get(record["reason"], record["reason"])
    return {
        "need": {"id": record["need"], "title": need.text("title") if need else record["need"]},
        "target": record["target"],
        "offer": {"id": offer.id, "title": offer.text("title")} if offer else None,
        "partner": {"id": partner.id, "name": partner.text("name")} if partner else None,
        "exists": bool(need and target),
        "state": record["state"],
        "reason": {"name": record["reason"], "label": label} if record["reason"] else None,
        "note": record["note"],
        "owner": record["owner"],
        "account": record["account"],
        "at": record["at"],
        "version": record["version"],
    }


def _partner_of(snapshot: Snapshot, offer_id: str) -> Any:
    return snapshot.entities.get(snapshot.get("offer", offer_id).text("partner"))


def _held(service: Service, caller: Caller, need_id: str, target_id: str) -> Record:
    """Return the caller's record on a pair; it may outlive the need and the supply."""
    need_id, target_id = need_id[:100], target_id[:100]
    for owner in owners_of_lists(caller):
        record = service.records.get(KIND, mark_id(owner, need_id, target_id))
        if record is not None:
            return record
    raise NotFoundError("mark", f"{need_id}/{target_id}")


def _owner(snapshot: Snapshot, caller: Caller, need_id: str, target_id: str) -> str:
    """Return whose mark it is on a pair.

    Raises
    ------
    NotFoundError, MovedError
        If there is no such pair.
    BadRequestError
        If the pair is not one of the caller's.
    """
    need = snapshot.get("need", need_id)
    if target_id in snapshot.of_type("partner"):
        partner = target_id
    else:
        partner = snapshot.get("offer", target_id).text("partner")
    if caller.role in STAFF:
        return caller.account
    if caller.role is Role.CITY_OFFICER:
        if need.text("city") not in caller.subjects:
            raise BadRequestError("need_id", "is not a need of your city")
        return need.text("city")
    if partner not in caller.subjects:
        raise BadRequestError("target_id", "is not yours; you mark needs for what you offer")
    return partner


def _checked(schema: Schema, given: Mapping[str, Any]) -> dict[str, str]:
    """Return what a mark says.

    Raises
    ------
    InvalidDataError
        With every fault.
    """
    faults = [Fault("", 0, name[:100], "is not known") for name in sorted(given.keys() - _GIVEN)]
    state, reason, note = given.get("state"), given.get("reason") or "", given.get("note") or ""
    if state not in STATES:
        faults.append(Fault("", 0, "state", f"must be one of {', '.join(STATES)}"))
    known = schema.vocabularies[REASONS]
    if state == DISMISSED and (not isinstance(reason, str) or reason not in known):
        faults.append(Fault("", 0, "reason", f"must be one of {', '.join(known)}"))
    if state == SHORTLISTED and reason:
        faults.append(Fault("", 0, "reason", "is for a dismissal"))
    if not isinstance(note, str) or len(note) > LONGEST_NOTE:
        message = f"must be a text of at most {LONGEST_NOTE} characters"
        faults.append(Fault("", 0, "note", message))
    elif reason == OTHER and not note.strip():
        faults.append(Fault("", 0, "note", "is needed where the reason is 'other'"))
    if faults:
        raise InvalidDataError(faults)
    return {"state": str(state), "reason": str(reason), "note": str(note).strip()}
