"""The API's writes to entities: create, replace, change, withdraw, delete, merge."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.permissions import Caller
from matchmaker.usecases.contributing import merging, writing
from matchmaker.usecases.contributing.asking import Outcome
from matchmaker.usecases.contributing.proposing import writable
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.bodies import read_body
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.contract.conditions import Expected, expected_version
from matchmaker.web.contract.idempotency import once, write_uuid
from matchmaker.web.contributing.bodies import MERGE_PATCH, fitting, json_body, only_checks
from matchmaker.web.http import API_PREFIX, current_service, json_response


def _begin(entity: str, action: str = "write") -> tuple[Service, Caller, bool]:
    """Return what a write needs; refused before its body is read, if it cannot be allowed."""
    service, caller = current_service(), current_caller()
    name = (
        writing.delete_operation(entity)
        if action == "delete"
        else writing.write_operation(entity, action)
    )
    permit(service, caller, name, caller.subjects)
    return service, caller, only_checks()


def _expected(snapshot: Snapshot, entity: str, id: str) -> Expected:
    there = id in snapshot.of_type(entity)
    return expected_version(request, snapshot.version(id) if there else None)


@once
def post_view(entity: str) -> Response:
    """Create an entity."""
    service, caller, dry = _begin(entity)
    document = fitting(writable(json_body()), type=entity)
    done = writing.create(service, caller, document, uuid=write_uuid(), dry_run=dry)
    return told(service, done)


@once
def put_view(entity: str, id: str) -> Response:
    """Create or replace an entity."""
    service, caller, dry = _begin(entity)
    expected = _expected(service.snapshot, entity, id)
    document = fitting(writable(json_body()), id=id, type=entity)
    done = writing.write(
        service, caller, document, expected=expected, uuid=write_uuid(), dry_run=dry
    )
    return told(service, done)


@once
def patch_view(entity: str, id: str) -> Response:
    """Change some properties of an entity."""
    service, caller, dry = _begin(entity)
    expected = _expected(service.snapshot, entity, id)
    patch = writable(json_body(MERGE_PATCH))
    done = writing.change(
        service, caller, entity, id, patch, expected=expected, uuid=write_uuid(), dry_run=dry
    )
    return told(service, done)


@once
def withdraw_view(entity: str, id: str) -> Response:
    """Withdraw an entity."""
    service, caller, dry = _begin(entity, "withdraw")
    done = writing.withdraw(
        service, caller, entity, id, expected=_expected(service.snapshot, entity, id),
        uuid=write_uuid(), dry_run=dry,
    )  # fmt: skip
    return told(service, done)


@once
def delete_view(entity: str, id: str) -> Response:
    """Delete an entity that nothing refers to."""
    service, caller, dry = _begin(entity, "delete")
    expected = _expected(service.snapshot, entity, id)
    done = writing.delete(
        service, caller, entity, id, expected=expected, uuid=write_uuid(), dry_run=dry
    )
    return told(service, done)


@once
def merge_view(entity: str, id: str) -> Response:
    """Merge a duplicate into the entity that stays."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "entity.merge")
    dry = only_checks()
    into = read_body({"into": "text"}, ("into",))["into"]
    done = merging.merge(service, caller, entity, id, into, uuid=write_uuid(), dry_run=dry)
    last = done.changes[-1] if done.changes else None
    document: dict[str, Any] = {
        "outcome": "published" if last else "checked",
        "id": id,
        "into": into,
        "type": entity,
        "referring": list(done.referring),
        "sequence": last.sequence if last else None,
    }
    if caller.sandbox:
        document["sandbox"] = True
    response = json_response(document)
    response.headers["Location"] = address_of(service, entity, into)
    return response


def address_of(service: Service, kind: str, id: str) -> str:
    """Return the address of an entity in the API."""
    return f"{API_PREFIX}/{service.schema.entities[kind].plural}/{id}"


def told(service: Service, done: Outcome) -> Response:
    """Return the answer to a write: 200, 201 for something new, 202 for what waits for review."""
    response = json_response(outcome_document(done), 201 if done.created else 200)
    if done.submission is not None:
        response.status_code = 202
        response.headers["Location"] = f"{API_PREFIX}/submissions/{done.submission.id}"
    elif done.what != "checked":
        response.headers["Location"] = address_of(service, done.type, done.entity_id)
    if done.what == "published" and done.change is not None and done.after is not None:
        response.set_etag(str(done.change.sequence))
    return response


def outcome_document(done: Outcome) -> dict[str, Any]:
    """Return what a write did, as a document."""
    document: dict[str, Any] = {
        "id": done.entity_id,
        "outcome": done.what,
        "changed": done.what == "published",
    }
    if done.what == "unchanged":
        return document
    if done.change is not None:
        document |= {"sequence": done.change.sequence, "at": done.change.at}
    if done.submission is not None:
        document["submission"] = done.submission.id
    if done.what == "checked":
        document["would_be"] = done.would
    if current_caller().sandbox:
        document["sandbox"] = True
    return document | {"before": _plain(done.before), "after": _plain(done.after)}


def _plain(entity: Entity | None) -> dict[str, Any] | None:
    return entity.as_json() if entity else None
