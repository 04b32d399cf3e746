"""The API's operations on white papers: drafts for their co-authors, and files for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from matchmaker.errors import BadRequestError, VersionConflictError
from matchmaker.permissions import Caller
from matchmaker.schema import Schema
from matchmaker.usecases.brokering.papers import LARGEST_FILE
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers import describing, keeping, listing, publishing, writing
from matchmaker.usecases.whitepapers.writing import Expected
from matchmaker.web.accounts.bodies import Kind, read_body
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.brokering.filing import MEDIA, attachment, pieces_of
from matchmaker.web.brokering.views import begin, paging, private
from matchmaker.web.contract.conditions import expected_version, versioned
from matchmaker.web.contract.idempotency import once, write_uuid
from matchmaker.web.contract.operation import Operation
from matchmaker.web.contributing.bodies import json_body
from matchmaker.web.http import API_PREFIX, current_service, only, single
from matchmaker.web.whitepapers import shapes

PAGE: Final = "/desk/papers"
_TAG: Final = "white-papers"
_READ: Final = ("too-large", "unsupported-media-type", "invalid-data")
_MOVE: Final = ("not-found", "conflict", "not-your-move", "move-not-possible")
_LONGEST_NAME: Final = 1000
_HIDDEN: Final = "Whoever is no party to it hears that there is none."
_DESCRIBED: Final[dict[str, Kind]] = {
    "title": "text", "summary": "words", "language": "text",
    **dict.fromkeys((*describing.NAMED, "engagements"), "texts"),
}  # fmt: skip


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations."""
    yield from _drafts()
    yield from _versions()
    yield Operation(
        "GET", "/white-papers/<id>/file", "get_white_paper_file", get_white_paper_file,
        "The file of a white paper in the repository, as an attachment", "WhitePaperFile", _TAG,
        problems=("not-found", "moved", "conflict"), parameters={"id": shapes.WHITE_PAPER_ID},
        media=(MEDIA,), cost=5, schemas=shapes.ALL,
        description="The file as all co-authors have agreed to it. Its ETag is its SHA-256, which the "
        "white paper names too; it never changes. 404 once it was withdrawn.",
    )  # fmt: skip


def _drafts() -> Iterator[Operation]:
    named = {"id": shapes.DRAFT_ID}
    yield Operation(
        "GET", "/drafts", "list_drafts", list_drafts,
        "White papers as they are written, those begun last first: your own, for the secretariat all",
        "DraftList", _TAG, (*shapes.LISTING, "cursor", "limit"), permission="papers.read",
        schemas=shapes.ALL,
        parameters={**shapes.LISTING, "cursor": shapes.CURSOR, "limit": shapes.LIMIT},
    )  # fmt: skip
    yield Operation(
        "POST", "/drafts", "create_draft", create_draft,
        "Begin a white paper out of an engagement that was agreed", "Draft", _TAG, body="DraftInput",
        problems=(*_READ, "conflict", "not-your-move"), permission="papers.write", statuses=(201,),
        schemas=shapes.ALL, idempotent=True, example=shapes.EXAMPLE,
    )  # fmt: skip
    yield Operation(
        "GET", "/drafts/<id>", "get_draft", get_draft,
        "One white paper with its versions, its history and whose agreement is missing", "Draft",
        _TAG, permission="papers.read", problems=("not-found",), parameters=named,
        schemas=shapes.ALL, description=f"One white paper in full. {_HIDDEN}",
    )  # fmt: skip
    yield Operation(
        "PATCH", "/drafts/<id>", "change_draft", change_draft,
        "Change what a white paper says of itself", "Draft", _TAG, body="DraftChange",
        problems=(*_READ, *_MOVE), permission="papers.write", parameters=named, schemas=shapes.ALL,
        conditional=True, idempotent=True, example={"title": "Drains, and who pays for them"},
        description="Change title, summary, language, co-authors or what it serves; only what is sent "
        f"changes. Whoever had agreed is asked again. {_HIDDEN}",
    )  # fmt: skip
    yield Operation(
        "POST", "/drafts/<id>:move", "move_draft", move_draft,
        "Ask for agreement, agree, publish, withdraw, and other moves", "Draft", _TAG,
        body="DraftMoveInput", problems=(*_READ, *_MOVE), permission="papers.write",
        parameters=named, schemas=shapes.ALL, conditional=True, idempotent=True,
        example={"move": "agree"},
        description="Make a move, one of those that the white paper lists under 'your'. With "
        f"'If-Match' it is made only if nobody has moved meanwhile. {_HIDDEN}",
    )  # fmt: skip


def _versions() -> Iterator[Operation]:
    named = {"id": shapes.DRAFT_ID}
    yield Operation(
        "POST", "/drafts/<id>/versions", "add_draft_text", add_draft_text,
        "Add a version as a text in Markdown", "Draft", _TAG, body="DraftText",
        problems=(*_READ, *_MOVE), permission="papers.write", statuses=(201,), parameters=named,
        schemas=shapes.ALL, conditional=True, idempotent=True,
        example={"text": "# Drains\n\nWho pays for them.\n", "note": "First draft."},
    )  # fmt: skip
    yield Operation(
        "POST", "/drafts/<id>/files", "add_draft_file", add_draft_file,
        "Add a version as a file", "Draft", _TAG, ("name", "note"), "", "DraftFileBody",
        ("too-large", "unsupported-media-type", *_MOVE), permission="papers.write",
        statuses=(201,), takes=(MEDIA,), cost=20, schemas=shapes.ALL, conditional=True,
        parameters={**named, "name": shapes.FILE_NAME, "note": shapes.NOTE},
        description=f"Add a version as a file of at most {LARGEST_FILE >> 20} MiB, of the types that "
        "documents of engagements have. Sent twice it is added twice, unless 'If-Match' is sent.",
    )  # fmt: skip
    yield Operation(
        "GET", "/drafts/<id>/versions/<number>", "get_draft_file", get_draft_file,
        "The file of a version, as an attachment", "WhitePaperFile", _TAG,
        permission="papers.read", problems=("not-found", "conflict"),
        parameters={**named, "number": shapes.VERSION_NUMBER}, media=(MEDIA,), cost=5,
        schemas=shapes.ALL,
    )  # fmt: skip


def linked(one: dict[str, Any]) -> dict[str, Any]:
    """Return a white paper, short or in full, with its addresses."""
    path = f"{API_PREFIX}/drafts/{one['id']}"
    public = f"{API_PREFIX}/white-papers/{one['white_paper']}" if one["white_paper"] else ""
    links = {"self": path, "page": f"{PAGE}/{one['id']}", "white_paper": public}
    found = one | {"links": links}
    if "versions" in one:
        found["versions"] = [
            version | {"links": {"file": f"{path}/versions/{version['number']}"}}
            for version in one["versions"]
        ]
    return found


def _whole(one: dict[str, Any], status: int = 200) -> Response:
    """Return a white paper in full under a tag that a move may send back."""
    response = versioned(private(linked(one), status), one["version"])
    if status == 201:
        response.headers["Location"] = f"{API_PREFIX}/drafts/{one['id']}"
    return response


def _expected(service: Service, caller: Caller, id: str) -> Expected:
    """Return the version that a move expects; whoever is no party hears that there is none."""
    version = keeping.seen(service, caller, id).version
    expected = expected_version(request, version)
    if expected is None:
        raise VersionConflictError("If-None-Match: * asks for none, and there is one.", version)
    return expected


def list_drafts() -> Response:
    """Answer with a page of white papers."""
    only(request.args, *shapes.LISTING, "cursor", "limit")
    wanted: dict[str, Any] = {name: single(request.args, name) for name in shapes.LISTING}
    page = listing.list_papers(current_service(), current_caller(), **wanted, **paging())
    return private({"items": [linked(one) for one in page.items], "next": page.next or None})


@once
def create_draft() -> Response:
    """Begin a white paper."""
    service, caller = begin("papers.write")
    only(request.args)
    made = writing.begin(service, caller, read_body(_DESCRIBED), uuid=write_uuid())
    return _whole(made, 201)


def get_draft(id: str) -> Response:
    """Answer with one white paper in full."""
    only(request.args)
    return _whole(writing.get_paper(current_service(), current_caller(), id))


@once
def change_draft(id: str) -> Response:
    """Change what a white paper says of itself."""
    service, caller = begin("papers.write")
    only(request.args)
    expected = _expected(service, caller, id)
    body = read_body({**_DESCRIBED, "note": "words"}, at_least=1)
    note = body.pop("note", "")
    done = writing.describe(
        service, caller, id, body, note=note, expected=expected, uuid=write_uuid()
    )
    return _whole(done)


@once
def move_draft(id: str) -> Response:
    """Make a move in a white paper."""
    service, caller = begin("papers.write")
    only(request.args)
    expected = _expected(service, caller, id)
    body = read_body({"move": "text", "note": "words", "about": "text"}, ("move",))
    name = body.pop("move")
    done = writing.move(service, caller, id, name, expected=expected, uuid=write_uuid(), **body)
    return _whole(done)


@once
def add_draft_text(id: str) -> Response:
    """Add a version as a text."""
    service, caller = begin("papers.write")
    only(request.args)
    expected = _expected(service, caller, id)
    body = json_body()
    if odd := [name for name in body if name not in ("text", "note")]:
        raise BadRequestError(odd[0][:100], "is not known here; known are text, note")
    for name in ("text", "note"):
        if not isinstance(body.get(name, ""), str):
            raise BadRequestError(name, "must be a text")
    done = writing.add_text(
        service, caller, id, body.get("text", ""), note=body.get("note", ""), expected=expected,
        uuid=write_uuid(),
    )  # fmt: skip
    return _whole(done, 201)


def add_draft_file(id: str) -> Response:
    """Add a version as a file."""
    service, caller = begin("papers.write")
    only(request.args, "name", "note")
    expected = _expected(service, caller, id)
    name, note = single(request.args, "name"), single(request.args, "note") or ""
    if not name or len(name) > _LONGEST_NAME:
        raise BadRequestError("name", f"is needed, of at most {_LONGEST_NAME} characters")
    if request.mimetype != MEDIA or request.headers.get("Content-Encoding"):
        raise UnsupportedMediaType
    if (request.content_length or 0) > LARGEST_FILE:
        raise RequestEntityTooLarge
    request.max_content_length = LARGEST_FILE + 1
    done = writing.add_version(
        service, caller, id, name, pieces_of(request.stream), note=note, expected=expected
    )
    return _whole(done, 201)


def get_draft_file(id: str, number: str) -> Response:
    """Answer with the file of a version."""
    only(request.args)
    return sent(id, number)


def sent(id: str, number: str) -> Response:
    """Return the file of a version as an attachment that no cache keeps."""
    known = number.isascii() and number.isdigit() and len(number) < 6
    wanted = int(number) if known else 0  # there is none: told to those who may know of the paper
    found = writing.open_version(current_service(), current_caller(), id, wanted)
    return attachment(found)


def get_white_paper_file(id: str) -> Response:
    """Answer with the file of a white paper in the repository."""
    only(request.args)
    found = publishing.open_published(current_service(), current_caller(), id)
    known = request.if_none_match.contains_weak(found.sha256)
    response = Response(status=304) if known else attachment(found)
    response.set_etag(found.sha256)
    response.headers["Cache-Control"] = "no-cache"
    return response
