"""JSON Schemas and parameters of the API's operations on white papers."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.schema import load_schema
from matchmaker.usecases.accounts.pages import LARGEST_PAGE
from matchmaker.usecases.brokering.papers import LARGEST_FILE
from matchmaker.usecases.whitepapers.describing import LANGUAGES
from matchmaker.usecases.whitepapers.listing import WHOSE
from matchmaker.usecases.whitepapers.writing import LONGEST_NOTE, LONGEST_TEXT
from matchmaker.web.shapes.values import (
    COUNT,
    FLAG,
    NULL,
    SLUG,
    TEXT,
    Json,
    either,
    listed,
    record,
    ref,
)
from matchmaker.whitepapers.paper import LONGEST_SUMMARY, LONGEST_TITLE, MOST_SERVED
from matchmaker.whitepapers.rules import load_rules

_RULES: Final = load_rules()
_TIME: Final[Json] = {"type": "string", "description": "ISO 8601, UTC; empty where there is none."}
_STAGE: Final[Json] = {"type": "string", "enum": list(_RULES.stages)}
_PARTY: Final[Json] = {"type": "string", "enum": [*_RULES.parties, ""]}
_MOVE: Final[Json] = {"type": "string", "enum": list(_RULES.moves)}
_PLAIN_MOVES: Final = [r.name for r in _RULES.moves.values() if not (r.opens or r.carries)]
_LANGUAGE: Final[Json] = {"type": "string", "enum": list(load_schema().vocabularies[LANGUAGES])}
_NAMED: Final = record(id=TEXT, name=TEXT)
_LINKS: Final = record(
    "As data, as a page of the desk, and the edition in the repository (empty without one).",
    self=TEXT, page=TEXT, white_paper=TEXT,
)  # fmt: skip
_NUMBER: Final[Json] = {"type": "integer", "minimum": 1}
_NOTE: Final[Json] = {"type": "string", "maxLength": LONGEST_NOTE}
_SLUGS: Final[Json] = {**listed(TEXT), "maxItems": MOST_SERVED}
_DESCRIBED: Final[dict[str, Json]] = {
    "title": {"type": "string", "maxLength": LONGEST_TITLE},
    "summary": {"type": "string", "maxLength": LONGEST_SUMMARY},
    "language": _LANGUAGE,
    "cities": _SLUGS,
    "partners": _SLUGS,
    "needs": _SLUGS,
    "topics": _SLUGS,
    "engagements": _SLUGS,
}


def _input(description: str, *optional: str, **members: Json) -> Json:
    """Return the schema of what is sent: nothing else may be."""
    return record(description, optional, **members) | {"additionalProperties": False}


_SUMMARY: Final[dict[str, Json]] = {
    "id": TEXT,
    "version": {**COUNT, "description": "Number of moves; what If-Match compares."},
    "title": TEXT,
    "stage": _STAGE,
    "stage_label": TEXT,
    "stage_says": TEXT,
    "cities": listed(_NAMED),
    "partners": listed(_NAMED),
    "newest": {**COUNT, "description": "Number of the newest version, 0 before the first."},
    "missing": {**listed(_NAMED), "description": "Co-authors whose agreement is awaited."},
    "white_paper": {
        **TEXT, "description": "Its latest edition in the repository; empty without one.",
    },
    "begun_at": _TIME,
    "changed_at": _TIME,
    "links": _LINKS,
}  # fmt: skip

ALL: Final[dict[str, Json]] = {
    "DraftVersion": record(
        "A version of a white paper. 'replaced' is one that was never published and is not the one "
        "worked on. 'white_paper' is the edition that it became, empty if it became none.",
        number=_NUMBER,
        state={"type": "string", "enum": [*_RULES.stages, "superseded", "replaced"]},
        name=TEXT, media_type=TEXT, size=COUNT, sha256={**TEXT, "pattern": "^[0-9a-f]{64}$"},
        at=_TIME, note=TEXT, white_paper=TEXT, links=record(file=TEXT),
    ),
    "DraftMove": record(
        "A move that was made, and the stage after it.",
        number=_NUMBER, at=_TIME, name=_MOVE, label=TEXT, party=_PARTY, party_label=TEXT,
        authors={**listed(_NAMED), "description": "The co-authors that the mover speaks for."},
        account=TEXT, about=either(_NAMED, NULL), note=TEXT, version=either(_NUMBER, NULL),
        stage=_STAGE,
    ),
    "DraftAgreement": record(
        "How a co-author stands to the newest version, or to the one that was published last. "
        "'recorded': the secretariat has written down an agreement given elsewhere.",
        author=_NAMED, at=_TIME, move=either(_NUMBER, NULL),
        state={"type": "string", "enum": ["given", "recorded", "waiting", "not_asked"]},
    ),
    "DraftSummary": record("A white paper in short, as it is written.", **_SUMMARY),
    "Draft": record(
        "A white paper as its co-authors write it: for them, the other parties of its engagements and "
        "the secretariat. What is published of it is in the repository, /api/v1/white-papers.",
        **_SUMMARY, summary=TEXT, language=_LANGUAGE, needs=listed(_NAMED), topics=listed(_NAMED),
        engagements={**listed(TEXT), "description": "Those that the caller is a party to."},
        agreements=listed(ref("DraftAgreement")),
        your=record(
            "As whom the caller writes, and what he can do now.",
            party=_PARTY, label=TEXT, authors=listed(TEXT),
            moves=listed(record(
                name=_MOVE, label=TEXT, says=TEXT, about=FLAG,
                needs=listed({"type": "string", "enum": ["note", "version"]}),
                carries={"type": "string", "enum": ["", "details", "version"]},
            )),
        ),
        versions=listed(ref("DraftVersion")), moves=listed(ref("DraftMove")),
    ),
    "DraftList": record(items=listed(ref("DraftSummary")), next=either(TEXT, NULL)),
    "DraftInput": _input(
        "What a white paper says of itself. What is left out follows from its engagements; without "
        "'engagements' only the secretariat begins one.", *_DESCRIBED, **_DESCRIBED,
    ),
    "DraftChange": _input(
        "What is to be changed. Whoever had agreed is asked again.", *_DESCRIBED, "note",
        **_DESCRIBED, note=_NOTE,
    ) | {"minProperties": 1},
    "DraftText": _input(
        "A version as a text in Markdown.", "note",
        text={"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
        note={**_NOTE, "description": "What has changed."},
    ),
    "DraftMoveInput": _input(
        "A move, one of those that the white paper lists under 'your' and that carries nothing.",
        "note", "about", move={"type": "string", "enum": _PLAIN_MOVES}, note=_NOTE,
        about={**SLUG, "description": "The co-author that it is about, for 'record_agreement'."},
    ),
    "DraftFileBody": {
        "type": "string", "format": "binary",
        "description": f"The file, of at most {LARGEST_FILE >> 20} MiB.",
    },
    "WhitePaperFile": {
        "type": "string", "format": "binary", "description": "The file, as an attachment.",
    },
}  # fmt: skip
"""Every schema that the operations on white papers use, by name."""


def _told(description: str, schema: Json | None = None, **more: Any) -> Json:
    return {"description": description, "schema": schema or TEXT, **more}


DRAFT_ID: Final = _told("Identifier.", example="0f0f2a3e-5a0c-4c8e-9d3f-2f6a1b7c4d5e")
WHITE_PAPER_ID: Final = _told(
    "Identifier of the edition.", SLUG, example="white-paper-0f0f2a3e5a0c-1"
)
VERSION_NUMBER: Final = _told("Number of the version.", _NUMBER, example=1)
FILE_NAME: Final = {
    **_told("Name of the file.", {"type": "string", "minLength": 1, "maxLength": 1000},
            example="drains.pdf"),
    "required": True,
}  # fmt: skip
NOTE: Final = _told("What has changed.", _NOTE)
CURSOR: Final = _told("The member 'next' of the page before.")
LIMIT: Final = _told(
    "How many items at most.",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50},
)
LISTING: Final[dict[str, Json]] = {
    "stage": _told("Only those in this stage.", _STAGE),
    "engagement": _told("Only those that came out of this engagement."),
    "whose": _told("'me': only those for which the caller is waited for.",
                   {"type": "string", "enum": list(WHOSE)}),
}  # fmt: skip
EXAMPLE: Final = {
    "engagements": ["0f0f2a3e-5a0c-4c8e-9d3f-2f6a1b7c4d5e"], "title": "Drains and who pays for them",
}  # fmt: skip
