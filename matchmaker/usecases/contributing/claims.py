"""Claims: an account of a partner says that a seeded profile is its own, and staff decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from matchmaker.errors import BadRequestError, ConflictError, NotFoundError, TooManyRequestsError
from matchmaker.permissions import Caller
from matchmaker.records import Plain, Record
from matchmaker.usecases.accounts import grant_subject
from matchmaker.usecases.contributing.paging import page_of
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

KIND: Final = "claim"
STATES: Final = ("waiting", "granting", "granted", "refused")
DECISIONS: Final = ("grant", "refuse")
LONGEST_NOTE: Final = 1000
MOST_WAITING: Final = 20


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """One page of claims."""

    items: tuple[dict[str, Any], ...]
    next: str


def claim(
    service: Service, caller: Caller, partner_id: str, note_text: str, *, uuid: str | None = None
) -> dict[str, Any]:
    """Claim the profile of a partner.

    Parameters
    ----------
    note_text : str
        How staff can tell that the account speaks for the partner.

    Raises
    ------
    NotFoundError
        If there is no such partner.
    ConflictError
        If the account speaks for it already, or has claimed it and waits.
    """
    permit(service, caller, "claims.create")
    snapshot = service.snapshot
    snapshot.get("partner", partner_id)
    text = bounded("note", note_text, LONGEST_NOTE)
    if partner_id in caller.subjects:
        raise ConflictError(f"The account speaks for {partner_id!r} already.")
    records = service.records
    identifier = uuid or str(uuid4())
    if (known := records.get(KIND, identifier)) and known["account"] == caller.account:
        return _shown(service, known)
    waiting = {"account": caller.account, "state": "waiting"}
    if records.count(KIND, {**waiting, "partner": partner_id}):
        raise ConflictError(f"A claim of {partner_id!r} by this account waits already.")
    if records.count(KIND, waiting) >= MOST_WAITING:
        raise TooManyRequestsError("Too many claims of this account wait already.", 3600)
    fields = {
        "account": caller.account,
        "partner": partner_id,
        "note": text,
        "at": service.now(),
        "state": "waiting",
    }
    return _shown(service, records.create(KIND, identifier, fields))


def list_claims(
    service: Service, caller: Caller, *, state: str | None = None, cursor: str = "", limit: int = 50
) -> ClaimPage:
    """List claims: all of them for staff, for others their own."""
    permit(service, caller, "claims.list", {caller.account} - {""})
    where: dict[str, Plain | Sequence[Plain]] = {}
    if state is not None:
        if state not in STATES:
            raise BadRequestError("state", f"must be one of {', '.join(STATES)}")
        where["state"] = state
    if not lists_all(caller, "claims.list"):
        where["account"] = caller.account
    page = page_of(service, KIND, where, cursor, limit, newest_first=state != "waiting")
    return ClaimPage(tuple(_shown(service, record) for record in page.items), page.next)


def get_claim(service: Service, caller: Caller, claim_id: str) -> dict[str, Any]:
    """Return one claim.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    permit(service, caller, "claims.list", {caller.account} - {""})
    record = _found(service, claim_id)
    permit(service, caller, "claims.list", {record["account"]})
    return _shown(service, record)


def decide_claim(
    service: Service, caller: Caller, claim_id: str, decision: str, *, reason: str = ""
) -> dict[str, Any]:
    """Grant or refuse a claim; who is granted one speaks for the partner from then on.

    Raises
    ------
    ConflictError
        If it was decided already, or the account is no longer an active one of a partner.
    NotFoundError
        If there is no such claim, or no such partner any more.

    Notes
    -----
    The record says that the claim is being granted before the account is changed, and that it is
    granted after it; granting it again does no harm.
    """
    permit(service, caller, "claims.decide")
    if decision not in DECISIONS:
        raise BadRequestError("decision", f"must be one of {', '.join(DECISIONS)}")
    if decision == "refuse" and not reason.strip():
        raise BadRequestError("reason", "is needed: whoever claimed it is told why")
    text = bounded("reason", reason, LONGEST_NOTE, least=0)
    record = _found(service, claim_id)
    told = {"reason": text, "decided_by": caller.account, "decided_at": service.now()}
    if decision == "refuse":
        done = _move(service, claim_id, ("waiting",), "refused", told)
        note(service, caller.account, "claim_refused", claim=claim_id)
        return _shown(service, done)
    service.snapshot.get("partner", record["partner"])
    _move(service, claim_id, ("waiting", "granting"), "granting", told)
    try:
        grant_subject(service, record["account"], record["partner"])
    except (ConflictError, NotFoundError):
        _move(service, claim_id, ("granting",), "waiting", {})
        raise
    done = _move(service, claim_id, ("granting", "granted"), "granted", told)
    note(service, caller.account, "claim_granted", claim=claim_id)
    return _shown(service, done)


def bounded(name: str, text: str, longest: int, *, least: int = 1) -> str:
    """Return a text for people without blanks around it.

    Raises
    ------
    BadRequestError
        If it is empty or too long, or holds what no text holds.
    """
    found = text.strip()
    if len(found) < least:
        raise BadRequestError(name, "is needed")
    if len(found) > longest:
        raise BadRequestError(name, f"must have at most {longest} characters")
    if any(not (one.isprintable() or one in "\n\r\t") for one in found):
        raise BadRequestError(name, "holds a control character")
    return found


def _found(service: Service, claim_id: str) -> Record:
    record = service.records.get(KIND, claim_id[:100])
    if record is None:
        raise NotFoundError("claim", claim_id[:100])
    return record


def _move(
    service: Service, claim_id: str, expected: tuple[str, ...], state: str, told: Mapping[str, Any]
) -> Record:
    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if fields["state"] not in expected:
            raise ConflictError(f"The claim does not wait any more: it is {fields['state']}.")
        return {**fields, **told, "state": state}

    record = service.records.change(KIND, claim_id, alter)
    if record is None:
        raise NotFoundError("claim", claim_id)
    return record


def _shown(service: Service, record: Record) -> dict[str, Any]:
    snapshot = service.snapshot
    partner = snapshot.entities.get(record["partner"])
    return {
        "id": record.id,
        "at": record["at"],
        "state": record["state"],
        "partner": record["partner"],
        "caption": snapshot.schema.caption(partner) if partner else record["partner"],
        "account": record["account"],
        "note": record.get("note", ""),
        "reason": record.get("reason", ""),
        "decided_at": record.get("decided_at", ""),
    }
