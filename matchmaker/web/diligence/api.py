"""The API's operations on due diligence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from matchmaker.errors import BadRequestError
from matchmaker.schema import Schema
from matchmaker.usecases.brokering.papers import LARGEST_FILE
from matchmaker.usecases.diligence import reading, writing
from matchmaker.web.accounts.bodies import read_body
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.brokering.filing import MEDIA, attachment, pieces_of
from matchmaker.web.brokering.shapes import DOCUMENT_ID, FILE_NAME
from matchmaker.web.brokering.views import begin, paging, private
from matchmaker.web.contract.conditions import expected_version, versioned
from matchmaker.web.contract.idempotency import once, write_uuid
from matchmaker.web.contract.operation import Operation
from matchmaker.web.diligence import shapes
from matchmaker.web.http import API_PREFIX, current_service, only, single

_TAG: Final = "diligence"
_READ: Final = ("too-large", "unsupported-media-type", "invalid-data", "not-found")
_LONGEST_NAME: Final = 1000
PAGE: Final = "/desk/diligence"


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations."""
    named = {"id": shapes.PARTNER_ID}
    papers, may, writes = "/diligence/<id>/documents", "diligence.read", "diligence.write"
    yield Operation(
        "GET", "/diligence", "list_diligence", list_diligence,
        "Partners with how far the secretariat's due diligence on each is", "DiligenceList", _TAG,
        ("status", "cursor", "limit"), permission=may, schemas=shapes.ALL, cost=5,
        parameters={"status": shapes.STATUS, "cursor": shapes.CURSOR, "limit": shapes.LIMIT},
    )  # fmt: skip
    yield Operation(
        "GET", "/diligence/<id>", "get_diligence", get_diligence,
        "The checklist of one partner, what was found, and the whole history", "Diligence", _TAG,
        permission=may, problems=("not-found",), parameters=named, schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "GET", "/diligence/<id>/status", "diligence_status", get_status,
        "Whether the secretariat's due diligence on a partner is complete", "DiligenceStatus", _TAG,
        permission="diligence.status", problems=("not-found",), parameters=named,
        schemas=shapes.ALL,
        description="For members of the network. Whatever is not complete is 'not_done'. It has no "
        "part in any score.",
    )  # fmt: skip
    yield Operation(
        "POST", "/diligence/<id>/entries", "add_diligence_entry", add_entry,
        "Write down what was found about one item", "Diligence", _TAG, (), "",
        "DiligenceEntryInput", (*_READ, "conflict"), permission=writes, statuses=(201,),
        parameters=named, schemas=shapes.ALL, conditional=True, idempotent=True,
        example={"item": "sanctions", "outcome": "clear", "note": "Two lists of this week."},
        description="Entries are added and never changed: the last about an item counts. With "
        "'If-Match' it is added only if nobody has written meanwhile.",
    )  # fmt: skip
    yield Operation(
        "GET", papers, "list_diligence_documents", list_documents, "Documents about a partner",
        "DiligenceDocumentList", _TAG, permission=may, problems=("not-found",), parameters=named,
        schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "POST", papers, "add_diligence_document", add_document, "Add a document about a partner",
        "DiligenceDocument", _TAG, ("name",), "", "DiligenceDocumentBody",
        ("too-large", "unsupported-media-type", "not-found", "conflict"), permission=writes,
        statuses=(201,), takes=(MEDIA,), cost=20, parameters={**named, "name": FILE_NAME},
        schemas=shapes.ALL,
        description=f"Add a document of at most {LARGEST_FILE >> 20} MiB, of the types that "
        "engagements take. An entry then names it by its identifier.",
    )  # fmt: skip
    yield Operation(
        "GET", f"{papers}/<document_id>", "get_diligence_document", get_document,
        "The file of a document, as an attachment", "DiligenceFile", _TAG, permission=may,
        problems=("not-found", "conflict"), parameters={**named, "document_id": DOCUMENT_ID},
        media=(MEDIA,), cost=5, schemas=shapes.ALL,
    )  # fmt: skip


def _linked(one: dict[str, Any]) -> dict[str, Any]:
    """Return how far a partner's due diligence is, short or in full, with its addresses."""
    name = one["partner"]["id"]
    here = {"self": f"{API_PREFIX}/diligence/{name}", "page": f"{PAGE}/{name}"}
    found = one | {"links": here}
    if "documents" in one:
        found["documents"] = [_paper(name, paper) for paper in one["documents"]]
        found["history"] = [_entry(name, line) for line in one["history"]]
        found["items"] = [
            item | {"latest": _entry(name, item["latest"]) if item["latest"] else None}
            for item in one["items"]
        ]
    return found


def _entry(partner: str, line: dict[str, Any]) -> dict[str, Any]:
    return line | {"documents": [_paper(partner, paper) for paper in line["documents"]]}


def _paper(partner: str, paper: dict[str, Any]) -> dict[str, Any]:
    path = f"diligence/{partner}/documents/{paper['id']}"
    return paper | {"links": {"self": f"{API_PREFIX}/{path}", "page": f"/desk/{path}"}}


def list_diligence() -> Response:
    """Answer with a page of partners."""
    only(request.args, "status", "cursor", "limit")
    page = reading.list_diligence(
        current_service(), current_caller(), status=single(request.args, "status"), **paging()
    )
    items = [_linked(one) for one in page.items]
    return private({"items": items, "counts": page.counts, "next": page.next or None})


def get_diligence(id: str) -> Response:
    """Answer with all about one partner."""
    only(request.args)
    found = reading.get_diligence(current_service(), current_caller(), id)
    return versioned(private(_linked(found)), found["version"])


def get_status(id: str) -> Response:
    """Answer with what members see of a partner."""
    only(request.args)
    return private(reading.diligence_status(current_service(), current_caller(), id))


@once
def add_entry(id: str) -> Response:
    """Write down what was found about one item."""
    service, caller = begin("diligence.write")
    only(request.args)
    body = read_body(
        {"item": "text", "outcome": "text", "date": "text", "valid_until": "text", "note": "words",
         "documents": "texts"},
        ("item", "outcome"),
    )  # fmt: skip
    version = writing.version_of(service, caller, id)
    expected = expected_version(request, version or None)
    made = writing.add_entry(
        service, caller, id, body.pop("item"), body.pop("outcome"),
        expected=0 if expected is None else expected, uuid=write_uuid(), **body,
    )  # fmt: skip
    response = versioned(private(_linked(made), 201), made["version"])
    response.headers["Location"] = f"{API_PREFIX}/diligence/{id}"
    return response


def list_documents(id: str) -> Response:
    """Answer with the documents about a partner."""
    only(request.args)
    found = reading.list_papers(current_service(), current_caller(), id)
    return private({"items": [_paper(id, one) for one in found]})


def add_document(id: str) -> Response:
    """Receive a document about a partner."""
    service, caller = begin("diligence.write")
    only(request.args, "name")
    name = single(request.args, "name")
    if not name or len(name) > _LONGEST_NAME:
        raise BadRequestError("name", f"is needed, of at most {_LONGEST_NAME} characters")
    if request.mimetype != MEDIA or request.headers.get("Content-Encoding"):
        raise UnsupportedMediaType
    if (request.content_length or 0) > LARGEST_FILE:
        raise RequestEntityTooLarge
    request.max_content_length = LARGEST_FILE + 1
    made = writing.add_paper(service, caller, id, name, pieces_of(request.stream))
    response = private(_paper(id, made), 201)
    response.headers["Location"] = f"{API_PREFIX}/diligence/{id}/documents/{made['id']}"
    return response


def get_document(id: str, document_id: str) -> Response:
    """Answer with the file of a document."""
    only(request.args)
    return attachment(reading.open_paper(current_service(), current_caller(), id, document_id))
