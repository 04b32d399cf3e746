"""The API's views of the review queue, of claims, and of error reports."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from matchmaker.permissions import Caller
from matchmaker.usecases.contributing import claims, reports, reviewing
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.listing import parse_limit
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.bodies import read_body
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.contract.idempotency import once, write_uuid
from matchmaker.web.contributing.writing import address_of
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single

_LISTED: Final = 50


def _private(document: Any, status: int = 200) -> Response:
    response = json_response(document, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _paging() -> dict[str, Any]:
    return {
        "cursor": single(request.args, "cursor") or "",
        "limit": parse_limit(single(request.args, "limit"), _LISTED),
    }


def _begin(operation: str) -> tuple[Service, Caller]:
    """Return what a write needs; refused before its body is read, if it cannot be allowed."""
    only(request.args)
    service, caller = current_service(), current_caller()
    permit(service, caller, operation, caller.subjects | ({caller.account} - {""}))
    return service, caller


def _page(items: tuple[dict[str, Any], ...], onward: str) -> Response:
    return _private({"items": list(items), "next": onward or None})


def _submission(service: Service, document: dict[str, Any]) -> dict[str, Any]:
    return document | {
        "links": {
            "self": f"{API_PREFIX}/submissions/{document['id']}",
            "page": f"/desk/submissions/{document['id']}",
            "entity": address_of(service, document["type"], document["entity"]),
        }
    }


def list_submissions() -> Response:
    """Answer with a page of submissions."""
    only(request.args, "state", "type", "cursor", "limit")
    service = current_service()
    page = reviewing.list_submissions(
        service, current_caller(), state=single(request.args, "state"),
        kind=single(request.args, "type"), **_paging(),
    )  # fmt: skip
    return _page(tuple(_submission(service, one) for one in page.items), page.next)


def get_submission(id: str) -> Response:
    """Answer with one submission in full."""
    only(request.args)
    service = current_service()
    return _private(_submission(service, reviewing.get_submission(service, current_caller(), id)))


@once
def decide_submission(id: str) -> Response:
    """Publish or refuse a submission."""
    service, caller = _begin("submissions.decide")
    body = read_body({"decision": "text", "reason": "text", "rebase": "flag"}, ("decision",))
    done = reviewing.decide(
        service, caller, id, body["decision"], reason=body.get("reason", ""),
        rebase=body.get("rebase", False),
    )  # fmt: skip
    return _private(_submission(service, done))


@once
def withdraw_submission(id: str) -> Response:
    """Take a submission back."""
    service, caller = _begin("submissions.withdraw")
    return _private(_submission(service, reviewing.withdraw_submission(service, caller, id)))


def _claim(document: dict[str, Any]) -> dict[str, Any]:
    links = {"self": f"{API_PREFIX}/claims/{document['id']}", "page": "/desk/claims"}
    return document | {"links": links}


@once
def create_claim(entity: str, id: str) -> Response:
    """Claim the profile of a partner."""
    service, caller = _begin("claims.create")
    body = read_body({"note": "text"}, ("note",))
    made = claims.claim(service, caller, id, body["note"], uuid=write_uuid())
    response = _private(_claim(made), 201)
    response.headers["Location"] = f"{API_PREFIX}/claims/{made['id']}"
    return response


def list_claims() -> Response:
    """Answer with a page of claims."""
    only(request.args, "state", "cursor", "limit")
    page = claims.list_claims(
        current_service(), current_caller(), state=single(request.args, "state"), **_paging()
    )
    return _page(tuple(map(_claim, page.items)), page.next)


def get_claim(id: str) -> Response:
    """Answer with one claim."""
    only(request.args)
    return _private(_claim(claims.get_claim(current_service(), current_caller(), id)))


@once
def decide_claim(id: str) -> Response:
    """Grant or refuse a claim."""
    service, caller = _begin("claims.decide")
    body = read_body({"decision": "text", "reason": "text"}, ("decision",))
    reason = body.get("reason", "")
    return _private(
        _claim(claims.decide_claim(service, caller, id, body["decision"], reason=reason))
    )


@once
def create_report() -> Response:
    """Report an error."""
    service, caller = _begin("reports.create")
    body = read_body(
        {"entity": "text", "property": "text", "message": "text"}, ("entity", "message")
    )
    made = reports.report(
        service, caller, entity_id=body["entity"], message=body["message"],
        property_name=body.get("property", ""), uuid=write_uuid(),
    )  # fmt: skip
    response = _private(made, 201)
    response.headers["Location"] = f"{API_PREFIX}/reports/{made['id']}"
    return response


def list_reports() -> Response:
    """Answer with a page of reports."""
    only(request.args, "state", "cursor", "limit")
    page = reports.list_reports(
        current_service(), current_caller(), state=single(request.args, "state"), **_paging()
    )
    return _page(page.items, page.next)


def get_report(id: str) -> Response:
    """Answer with one report."""
    only(request.args)
    return _private(reports.get_report(current_service(), current_caller(), id))


@once
def decide_report(id: str) -> Response:
    """Close a report."""
    service, caller = _begin("reports.decide")
    body = read_body({"state": "text", "reason": "text"}, ("state",))
    reason = body.get("reason", "")
    return _private(reports.decide_report(service, caller, id, body["state"], reason=reason))
