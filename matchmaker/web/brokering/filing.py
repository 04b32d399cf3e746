"""Documents of engagements over HTTP: received piece by piece, given out as attachments only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request, send_file
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from matchmaker.errors import BadRequestError
from matchmaker.usecases.brokering import documents
from matchmaker.usecases.brokering.papers import LARGEST_FILE, Paper
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.brokering.views import begin, document_linked, private
from matchmaker.web.http import API_PREFIX, current_service, only, single

MEDIA: Final = "application/octet-stream"
_PIECE: Final = 256 * 1024
_LONGEST_NAME: Final = 1000
_NOTHING: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"


def pieces_of(stream: Any) -> Iterator[bytes]:
    """Yield what a stream holds, piece by piece; the use case bounds it."""
    while piece := stream.read(_PIECE):
        yield piece


def add_document(id: str) -> Response:
    """Receive a document for an engagement."""
    service, caller = begin("documents.add")
    only(request.args, "name")
    name = single(request.args, "name")
    if not name or len(name) > _LONGEST_NAME:
        raise BadRequestError("name", f"is needed, of at most {_LONGEST_NAME} characters")
    if request.mimetype != MEDIA or request.headers.get("Content-Encoding"):
        raise UnsupportedMediaType
    if (request.content_length or 0) > LARGEST_FILE:
        raise RequestEntityTooLarge
    request.max_content_length = LARGEST_FILE + 1
    made = documents.add_document(service, caller, id, name, pieces_of(request.stream))
    response = private(document_linked(id, made), 201)
    response.headers["Location"] = f"{API_PREFIX}/engagements/{id}/documents/{made['id']}"
    return response


def list_documents(id: str) -> Response:
    """Answer with the documents of an engagement."""
    only(request.args)
    found = documents.list_documents(current_service(), current_caller(), id)
    return private({"items": [document_linked(id, one) for one in found]})


def get_document(id: str, document_id: str) -> Response:
    """Answer with the file of a document."""
    only(request.args)
    return sent(id, document_id)


def sent(engagement_id: str, document_id: str) -> Response:
    """Return the file of a document of an engagement."""
    return attachment(
        documents.open_document(current_service(), current_caller(), engagement_id, document_id)
    )


def attachment(paper: Paper) -> Response:
    """Return the file of a document as an attachment, which no browser shows as a page of ours."""
    response = send_file(
        paper.path, mimetype=MEDIA, as_attachment=True, download_name=paper.name,
        conditional=False, etag=False, last_modified=None,
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = _NOTHING
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
