"""Error reports: anybody says what is wrong with a fact; those whose it is, and staff, see to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from matchmaker.checking import closest
from matchmaker.errors import BadRequestError, ConflictError, NotFoundError
from matchmaker.model import Entity
from matchmaker.permissions import Caller
from matchmaker.records import Plain, Record
from matchmaker.usecases.contributing.claims import bounded
from matchmaker.usecases.contributing.paging import page_of
from matchmaker.usecases.contributing.submissions import as_owners, hears, lists_all, told_of
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.reading.seeing import follow_merged
from matchmaker.usecases.service import Service
from matchmaker.visibility import may_see, owners_of

KIND: Final = "report"
STATES: Final = ("open", "corrected", "dismissed")
LONGEST_MESSAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One page of reports."""

    items: tuple[dict[str, Any], ...]
    next: str


def report(
    service: Service, caller: Caller, *, entity_id: str, message: str, property_name: str = "",
    uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Keep a report of an error in a published fact.

    Parameters
    ----------
    property_name : str
        Which property is wrong; ``""``: the entity as a whole.

    Raises
    ------
    NotFoundError
        If there is no such entity.
    BadRequestError
        If the message or the property cannot be used.
    """
    permit(service, caller, "reports.create")
    snapshot = service.snapshot
    follow_merged(snapshot, entity_id)
    entity = snapshot.entities.get(entity_id)
    if entity is None:
        raise NotFoundError("entity", entity_id[:100])
    text = bounded("message", message, LONGEST_MESSAGE)
    if property_name and property_name not in reportable(service, caller, entity):
        hint = closest(property_name[:100], reportable(service, caller, entity))
        raise BadRequestError("property", f"is not a property of {entity.id!r}{hint}")
    identifier = uuid or str(uuid4())
    known = service.records.get(KIND, identifier)
    if known is not None and known["account"] == caller.account:
        return _shown(service, known)
    fields = {
        "account": caller.account,
        "entity": entity.id,
        "type": entity.type,
        "property": property_name,
        "message": text,
        "owners": told_of(caller.account, owners_of(snapshot, entity)),
        "at": service.now(),
        "state": "open",
    }
    return _shown(service, service.records.create(KIND, identifier, fields))


def reportable(service: Service, caller: Caller, entity: Entity) -> list[str]:
    """Return the properties of an entity that a caller sees, and so can report."""
    owners = owners_of(service.snapshot, entity)
    kind = service.schema.entities[entity.type]
    return [p.name for p in kind.properties.values() if may_see(p, caller, owners)]


def list_reports(
    service: Service, caller: Caller, *, state: str | None = None, cursor: str = "", limit: int = 50
) -> ReportPage:
    """List reports: all of them for staff, for others those about what is theirs."""
    permit(service, caller, "reports.list", caller.subjects | ({caller.account} - {""}))
    where: dict[str, Plain | Sequence[Plain]] = {}
    if state is not None:
        if state not in STATES:
            raise BadRequestError("state", f"must be one of {', '.join(STATES)}")
        where["state"] = state
    if not lists_all(caller, "reports.list"):
        where["owners"] = hears(caller)
    page = page_of(service, KIND, where, cursor, limit, newest_first=state != "open")
    return ReportPage(tuple(_shown(service, record) for record in page.items), page.next)


def get_report(service: Service, caller: Caller, report_id: str) -> dict[str, Any]:
    """Return one report.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    permit(service, caller, "reports.list", caller.subjects | ({caller.account} - {""}))
    record = _found(service, report_id)
    permit(service, caller, "reports.list", as_owners(tuple(record["owners"])))
    return _shown(service, record)


def decide_report(
    service: Service, caller: Caller, report_id: str, state: str, *, reason: str = ""
) -> dict[str, Any]:
    """Close a report: what it says was corrected, or dismissed.

    Raises
    ------
    ConflictError
        If it was closed already.
    """
    permit(service, caller, "reports.decide", caller.subjects)
    if state not in STATES[1:]:
        raise BadRequestError("state", f"must be one of {', '.join(STATES[1:])}")
    text = bounded("reason", reason, LONGEST_MESSAGE, least=0)
    if state == "dismissed" and not text:
        raise BadRequestError("reason", "is needed where a report is dismissed")
    record = _found(service, report_id)
    entity = service.snapshot.entities.get(record["entity"])
    # Whose it is now counts, not whose it was; who reported it does not decide on it for that.
    owners = owners_of(service.snapshot, entity) if entity else frozenset[str]()
    permit(service, caller, "reports.decide", owners)

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if fields["state"] != "open":
            raise ConflictError(f"The report is closed already: {fields['state']}.")
        told = {"decided_by": caller.account, "decided_at": service.now()}
        return {**fields, **told, "state": state, "reason": text}

    changed = service.records.change(KIND, record.id, alter)
    if changed is None:
        raise NotFoundError("report", record.id)
    note(service, caller.account, f"report_{state}", report=record.id)
    return _shown(service, changed)


def _found(service: Service, report_id: str) -> Record:
    record = service.records.get(KIND, report_id[:100])
    if record is None:
        raise NotFoundError("report", report_id[:100])
    return record


def _shown(service: Service, record: Record) -> dict[str, Any]:
    snapshot = service.snapshot
    entity = snapshot.entities.get(record["entity"])
    return {
        "id": record.id,
        "at": record["at"],
        "state": record["state"],
        "entity": record["entity"],
        "type": record["type"],
        "caption": snapshot.schema.caption(entity) if entity else record["entity"],
        "property": record["property"],
        "message": record["message"],
        "reason": record.get("reason", ""),
        "decided_at": record.get("decided_at", ""),
    }
