"""The API's operations on engagements, as they are declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from matchmaker.schema import Schema
from matchmaker.usecases.brokering.papers import LARGEST_FILE
from matchmaker.web.brokering import filing, shapes, views
from matchmaker.web.contract.operation import Operation

_TAG: Final = "engagements"
_READ: Final = ("too-large", "unsupported-media-type", "invalid-data")
_FILE_COST: Final = 20
_HIDDEN: Final = "Whoever is no party to it hears that there is none."


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations."""
    yield from _engagements()
    yield from _meetings()
    yield from _documents()
    yield from _people()
    yield Operation(
        "GET", "/brokering/rules", "brokering_rules", views.get_rules,
        "Stages, moves, consents, reasons, forms, clocks, and what each rule rests on",
        "BrokeringRules", _TAG, schemas=shapes.ALL,
    )  # fmt: skip


def _engagements() -> Iterator[Operation]:
    paging = {"cursor": shapes.CURSOR, "limit": shapes.LIMIT}
    named, dry = {"id": shapes.RECORD_ID}, {"validate": shapes.VALIDATE}
    yield Operation(
        "GET", "/engagements", "list_engagements", views.list_engagements,
        "Engagements, those opened last first: your own, for the secretariat all",
        "EngagementList", _TAG, (*shapes.LISTING, "cursor", "limit"),
        permission="engagements.read", schemas=shapes.ALL, parameters={**shapes.LISTING, **paging},
    )  # fmt: skip
    yield Operation(
        "POST", "/engagements", "open_engagement", views.open_engagement,
        "Express interest in a need, ask a partner for help, or propose an introduction",
        "Engagement", _TAG, ("validate",), "", "EngagementInput",
        (*_READ, "not-found", "conflict", "open-already"), permission="engagements.open",
        statuses=(201, 200), schemas=shapes.ALL, parameters=dry, idempotent=True,
        example={"need": "phuket-scap2018-1", "offer": "adb-finance", "note": "We could help."},
        description="Open an engagement. A partner expresses interest, an officer of the need's city "
        "asks, the secretariat proposes. The match as it stands now is kept with it. 200 answers a "
        "dry run.",
    )  # fmt: skip
    yield Operation(
        "GET", "/engagements/board", "engagement_board", views.get_board,
        "Engagements by stage, with those opened last", "EngagementBoard", _TAG,
        permission="engagements.read", schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "GET", "/engagements/<id>", "get_engagement", views.get_engagement,
        "One engagement with its history, whose move it is, and what you can do now", "Engagement",
        _TAG, permission="engagements.read", problems=("not-found",), parameters=named,
        description=f"One engagement in full. {_HIDDEN}",
    )  # fmt: skip
    yield Operation(
        "POST", "/engagements/<id>:move", "move_engagement", views.move_engagement,
        "Make a move in an engagement", "Engagement", _TAG, ("validate",), "",
        "EngagementMoveInput",
        (*_READ, "not-found", "conflict", "not-your-move", "move-not-possible"),
        permission="engagements.move", parameters={**named, **dry}, conditional=True,
        idempotent=True, example={"move": "note", "note": "We have talked on the phone."},
        description="Make a move, one of those that the engagement lists under 'your'. With "
        f"'If-Match' it is made only if nobody has moved meanwhile. {_HIDDEN}",
    )  # fmt: skip


def _meetings() -> Iterator[Operation]:
    yield Operation(
        "GET", "/engagements/<id>/calendar.ics", "engagement_calendar", views.get_calendar,
        "Meetings of an engagement, as a calendar file", "EngagementCalendar", _TAG,
        permission="engagements.read", problems=("not-found",), media=(views.CALENDAR,),
        parameters={"id": shapes.RECORD_ID}, schemas=shapes.ALL,
        description="Meetings as a calendar file (RFC 5545). A meeting keeps its identifier for ever; "
        "each move that changes it raises its sequence number, one that calls it off marks it "
        f"cancelled. {_HIDDEN}",
    )  # fmt: skip


def _documents() -> Iterator[Operation]:
    named = {"id": shapes.RECORD_ID, "document_id": shapes.DOCUMENT_ID}
    rule = "/engagements/<id>/documents"
    yield Operation(
        "GET", rule, "list_documents", filing.list_documents, "Documents of an engagement",
        "EngagementDocumentList", _TAG, permission="documents.read", problems=("not-found",),
        parameters=named,
    )  # fmt: skip
    yield Operation(
        "POST", rule, "add_document", filing.add_document, "Add a document to an engagement",
        "EngagementDocument", _TAG, ("name",), "", "EngagementDocumentBody",
        ("too-large", "unsupported-media-type", "not-found", "conflict"),
        permission="documents.add", statuses=(201,), takes=(filing.MEDIA,), cost=_FILE_COST,
        parameters={**named, "name": shapes.FILE_NAME}, schemas=shapes.ALL,
        description=f"Add a document of at most {LARGEST_FILE >> 20} MiB: PDF, Word, Excel or "
        "PowerPoint without macros, PNG, JPEG, plain text, Markdown or CSV in UTF-8; its type is told "
        "by its content. A move then names it by its identifier. Sent twice it is kept twice.",
    )  # fmt: skip
    yield Operation(
        "GET", f"{rule}/<document_id>", "get_document", filing.get_document,
        "The file of a document, as an attachment", "EngagementFile", _TAG,
        permission="documents.read", problems=("not-found", "conflict"), parameters=named,
        media=(filing.MEDIA,), cost=5, schemas=shapes.ALL,
        description="The file as it was sent, always as an attachment and never to be shown as a "
        "page. 409 while the scanner has not looked it through.",
    )  # fmt: skip


def _people() -> Iterator[Operation]:
    paging = {"cursor": shapes.CURSOR, "limit": shapes.LIMIT}
    yield Operation(
        "GET", "/inbox", "get_inbox", views.get_inbox,
        "What waits for you, most urgent first, and notices not seen yet", "Inbox", _TAG,
        permission="inbox.read", schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "GET", "/inbox/notices", "list_notices", views.list_notices, "Your notices, newest first",
        "NoticeList", _TAG, ("unseen", "cursor", "limit"), permission="inbox.read",
        schemas=shapes.ALL, parameters={"unseen": shapes.UNSEEN, **paging},
    )  # fmt: skip
    yield Operation(
        "POST", "/inbox:seen", "mark_notices", views.mark_notices,
        "Mark notices as seen: those named, or all", "NoticesSeen", _TAG, (), "",
        "NoticesSeenInput", _READ, permission="inbox.mark", schemas=shapes.ALL, idempotent=True,
        example={},
    )  # fmt: skip
    yield Operation(
        "GET", "/delegations", "list_delegations", views.list_delegations,
        "Standings of National Representatives that are lent: by you and to you, for staff all",
        "DelegationList", _TAG, permission="delegations.read", schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "POST", "/delegations", "create_delegation", views.create_delegation,
        "Lend a National Representative's standing in engagements until a day", "Delegation", _TAG,
        (), "", "DelegationInput", (*_READ, "conflict"), permission="delegations.manage",
        statuses=(201,), schemas=shapes.ALL, idempotent=True,
        example={"to": "deputy@ministry.example", "until": "2026-12-31"},
    )  # fmt: skip
    yield Operation(
        "POST", "/delegations/<id>:end", "end_delegation", views.end_delegation,
        "Take a standing back from now on", "Delegation", _TAG, permission="delegations.manage",
        problems=("not-found",), parameters={"id": shapes.RECORD_ID}, idempotent=True,
    )  # fmt: skip
