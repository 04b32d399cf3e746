"""JSON Schemas and parameters of the API's operations on due diligence."""

from __future__ import annotations

from typing import Final

from matchmaker.diligence.checklist import ORIGINS, load_checklist
from matchmaker.diligence.standing import OUTCOMES, STATUSES
from matchmaker.usecases.accounts.pages import LARGEST_PAGE
from matchmaker.usecases.brokering.papers import LARGEST_FILE, STATES
from matchmaker.usecases.diligence.reading import FILTERS
from matchmaker.usecases.diligence.writing import LONGEST_NOTE, MOST_DOCUMENTS
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

_LONGEST_TEXT: Final = 1000
_ITEM: Final[Json] = {"type": "string", "enum": list(load_checklist())}
_DAY: Final[Json] = {"type": "string", "description": "A day; empty where there is none."}
_SHORT: Final[Json] = {"type": "string", "maxLength": _LONGEST_TEXT}
_PARTNER: Final = record(id=SLUG, name=TEXT)
_STANDING: Final[dict[str, Json]] = {
    "status": {
        "enum": list(STATUSES),
        "description": "A concern comes before all else, then what has expired.",
    },
    "label": TEXT,
    "done_on": {**_DAY, "description": "Day of the last look, where it is complete."},
    "valid_until": {**_DAY, "description": "First day on which something runs out."},
    "expired": listed(_ITEM),
    "concerns": listed(_ITEM),
    "missing": listed(_ITEM),
    "links": record(self=TEXT, page=TEXT),
}
_LISTED: Final = record("How far due diligence on a partner is.", partner=_PARTNER, **_STANDING)

ALL: Final[dict[str, Json]] = {
    "DiligenceDocument": record(
        "A document about a partner.",
        id=TEXT, at=TEXT, name=TEXT, media_type=TEXT, size=COUNT, account=TEXT,
        state={"type": "string", "enum": list(STATES)}, sha256=TEXT, links=record(self=TEXT, page=TEXT),
    ),
    "DiligenceEntry": record(
        "What was found about one item; nothing of it is ever changed.",
        number={"type": "integer", "minimum": 1}, item=_ITEM,
        outcome={"type": "string", "enum": list(OUTCOMES)}, outcome_label=TEXT, date=_DAY,
        valid_until=_DAY, note=TEXT, documents=listed(ref("DiligenceDocument")), account=TEXT,
        by=TEXT, at=TEXT,
    ),
    "Diligence": record(
        "All that is kept about a partner: the checklist with what counts, and the whole history.",
        partner=_PARTNER, version={**COUNT, "description": "Number of entries."}, **_STANDING,
        items=listed(record(
            name=_ITEM, label=TEXT, asks=TEXT, evidence=TEXT, months=COUNT, required=FLAG,
            origin={"type": "string", "enum": list(ORIGINS)}, cites=TEXT,
            latest=either(ref("DiligenceEntry"), NULL), expired=FLAG, missing=FLAG,
        )),
        history=listed(ref("DiligenceEntry")), documents=listed(ref("DiligenceDocument")),
    ),
    "DiligenceList": record(
        "Partners by name, and how many there are of each status.",
        items=listed(_LISTED), next=either(TEXT, NULL),
        counts=record(**dict.fromkeys(FILTERS, COUNT)),
    ),
    "DiligenceStatus": record(
        "What members see: 'complete' with its day, or 'not_done', whatever the reason.",
        partner=SLUG, status={"enum": ["complete", "not_done"]}, label=TEXT, done_on=_DAY,
    ),
    "DiligenceEntryInput": record(
        "What was found. Without a date it is of today; without 'valid_until' it counts for as long "
        "as the checklist allows.",
        ("date", "valid_until", "note", "documents"),
        item=_SHORT, outcome=_SHORT, date=_SHORT, valid_until=_SHORT,
        note={"type": "string", "maxLength": LONGEST_NOTE},
        documents={"type": "array", "items": _SHORT, "maxItems": MOST_DOCUMENTS},
    ) | {"additionalProperties": False},
    "DiligenceDocumentList": record(items=listed(ref("DiligenceDocument"))),
    "DiligenceDocumentBody": {
        "type": "string", "format": "binary",
        "description": f"The file, of at most {LARGEST_FILE >> 20} MiB.",
    },
    "DiligenceFile": {
        "type": "string", "format": "binary", "description": "The file as it was sent.",
    },
}  # fmt: skip
"""Every schema that the operations on due diligence use, by name."""

PARTNER_ID: Final = {"description": "Identifier of the partner.", "schema": TEXT, "example": "adb"}
STATUS: Final = {
    "description": "Only those of one status; 'expiring': an item runs out within 60 days.",
    "schema": {"type": "string", "enum": list(FILTERS)},
}
CURSOR: Final = {"description": "The member 'next' of the page before.", "schema": TEXT}
LIMIT: Final = {
    "description": "How many items at most.",
    "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50},
}
