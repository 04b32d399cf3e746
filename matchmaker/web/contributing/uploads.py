"""The API's operations to upload many rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from matchmaker.errors import BadRequestError
from matchmaker.schema import Schema
from matchmaker.usecases.accounts.pages import LARGEST_PAGE
from matchmaker.usecases.contributing import uploads
from matchmaker.usecases.contributing.rowchecks import MOST_TOLD
from matchmaker.usecases.contributing.rows import FORMS, MOST_ROWS
from matchmaker.usecases.contributing.uploading import STATES
from matchmaker.usecases.contributing.uploads import LARGEST_FILE, MODES
from matchmaker.usecases.reading.listing import parse_limit
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.contract.operation import Operation
from matchmaker.web.contributing import shapes
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single
from matchmaker.web.shapes.values import COUNT, FLAG, NULL, TEXT, Json, either, listed, record, ref

_TAG: Final = "contributions"
_MEDIA: Final = {"text/csv": "csv", "application/x-ndjson": "ndjson"}
_PIECE: Final = 256 * 1024
_LISTED: Final = 20
_COST: Final = 100
_LIMIT: Final = {
    **shapes.LIMIT,
    "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": _LISTED},
}
_UPLOAD: Final[dict[str, Json]] = {
    "id": TEXT,
    "at": TEXT,
    "state": {
        "type": "string", "enum": list(STATES),
        "description": "'checking' and 'staging' go on; 'checked' was a dry run without faults that "
        "count; 'refused' and 'failed' have changed nothing.",
    },
    "type": TEXT,
    "format": {"type": "string", "enum": list(FORMS)},
    "mode": {"type": "string", "enum": list(MODES)},
    "validate": {**FLAG, "description": "Whether it was a dry run."},
    "account": TEXT,
    "bytes": COUNT,
    "step": {**TEXT, "description": "What is being done, empty at the end."},
    "done": {**COUNT, "description": "Of 'total', in the step that is being done."},
    "total": COUNT,
    "rows": {**COUNT, "description": "Rows of the file; 0 until they are checked."},
    "fault_count": COUNT,
    "created": COUNT,
    "updated": COUNT,
    "unchanged": COUNT,
    "message": TEXT,
    "sequence": either(COUNT, NULL),
    "ended_at": {**TEXT, "description": "Empty until it has ended."},
    "links": record(self=TEXT, page=TEXT),
}  # fmt: skip
_FAULT: Final = record(
    "What is wrong with a row; rows are lines of the file from 1, 0 is the file as a whole.",
    row=COUNT, column=TEXT, message=TEXT,
)  # fmt: skip
_FAULTS: Final = {
    **listed(_FAULT), "description": f"The first {MOST_TOLD:,} faults; 'fault_count' counts all.",
}  # fmt: skip
_SCHEMAS: Final[dict[str, Json]] = {
    "UploadBody": {"type": "string", "description": "A table in UTF-8, or a JSON object a line."},
    "Upload": record("Many rows sent at once.", **_UPLOAD),
    "UploadDetail": record("Many rows sent at once.", **_UPLOAD, faults=_FAULTS),
    "UploadList": record(items=listed(ref("Upload")), next=either(TEXT, NULL)),
}


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations."""
    plurals = [kind.plural for kind in schema.entities.values()]
    yield Operation(
        "POST", "/uploads", "create_upload", create_upload,
        "Upload many rows: checked and published in the background, all or nothing",
        "Upload", _TAG, ("type", "mode", "validate"), "", "UploadBody",
        ("too-large", "unsupported-media-type", "conflict"), permission="bulk.upload",
        statuses=(202,), takes=tuple(_MEDIA), cost=_COST, schemas=_SCHEMAS,
        parameters={
            "type": {"description": "What the rows are; needed with a table.",
                     "schema": {"type": "string", "enum": plurals}},
            "mode": {"description": "'all-or-nothing': nothing is changed if any row has a fault; "
                     "'valid-rows': rows with faults are left out.",
                     "schema": {"type": "string", "enum": list(MODES), "default": MODES[0]}},
            "validate": shapes.VALIDATE,
        },
        description=f"Upload up to {MOST_ROWS:,} rows and {LARGEST_FILE // 2**20} MiB. Each row "
        "creates an entity or replaces one as a whole, so that a key needs 'read:members' too; "
        "nothing is deleted. 'Location' tells where to look how far it is. Sent twice it is done "
        "twice, which changes nothing the second time.",
    )  # fmt: skip
    yield Operation(
        "GET", "/uploads", "list_uploads", list_uploads, "Uploads, newest first", "UploadList",
        _TAG, ("cursor", "limit"), permission="bulk.upload",
        parameters={"cursor": shapes.CURSOR, "limit": _LIMIT},
    )  # fmt: skip
    yield Operation(
        "GET", "/uploads/<id>", "get_upload", get_upload,
        "One upload: how far it is, what it did, and what is wrong row by row", "UploadDetail",
        _TAG, permission="bulk.upload", problems=("not-found",),
        parameters={"id": shapes.RECORD_ID},
    )  # fmt: skip


def pieces_of(stream: Any) -> Iterator[bytes]:
    """Yield what a stream holds, piece by piece.

    Raises
    ------
    RequestEntityTooLarge
        If it is longer than a file may be.
    """
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > LARGEST_FILE:
            raise RequestEntityTooLarge
        yield piece


def _address(document: dict[str, Any]) -> str:
    return f"{API_PREFIX}/uploads/{document['id']}"


def _linked(document: dict[str, Any]) -> dict[str, Any]:
    links = {"self": _address(document), "page": f"/desk/uploads/{document['id']}"}
    return document | {"links": links}


def _private(document: dict[str, Any], status: int = 200) -> Response:
    response = json_response(document, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def create_upload() -> Response:
    """Receive a file, and begin to work on it."""
    service, caller = current_service(), current_caller()
    uploads.permitted(service, caller)
    only(request.args, "type", "mode", "validate")
    validate = single(request.args, "validate")
    if validate not in (None, "only"):
        raise BadRequestError("validate", "must be 'only', or left out")
    if request.mimetype not in _MEDIA or request.headers.get("Content-Encoding"):
        raise UnsupportedMediaType
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType
    wish = uploads.wish_of(
        service, form=_MEDIA[request.mimetype], plural=single(request.args, "type"),
        mode=single(request.args, "mode"), dry_run=validate is not None,
    )  # fmt: skip
    request.max_content_length = LARGEST_FILE + 1
    made = uploads.begin(service, caller, wish, pieces_of(request.stream))
    made.pop("faults")
    response = _private(_linked(made), 202)
    response.headers["Location"] = _address(made)
    return response


def get_upload(id: str) -> Response:
    """Answer with one upload."""
    only(request.args)
    return _private(_linked(uploads.get_upload(current_service(), current_caller(), id)))


def list_uploads() -> Response:
    """Answer with a page of uploads."""
    only(request.args, "cursor", "limit")
    page = uploads.list_uploads(
        current_service(), current_caller(), cursor=single(request.args, "cursor") or "",
        limit=parse_limit(single(request.args, "limit"), _LISTED),
    )  # fmt: skip
    return _private({"items": [_linked(one) for one in page.items], "next": page.next or None})
