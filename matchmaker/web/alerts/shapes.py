"""JSON Schemas and parameters of the API's operations on saved searches."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.usecases.alerts.looking import BAND_NAMES, FIRST, KINDS
from matchmaker.usecases.alerts.periods import FREQUENCIES
from matchmaker.usecases.alerts.searches import LISTED, LONGEST, MOST_FILTERS, STATES
from matchmaker.web.shapes.values import (
    COUNT,
    FLAG,
    NULL,
    SLUG,
    TEXT,
    UNIT,
    Json,
    either,
    listed,
    record,
    ref,
    table,
)

_TIME: Final[Json] = {"type": "string", "description": "ISO 8601, UTC; empty where there is none."}
_LINE: Final[Json] = {"type": "string", "maxLength": LONGEST}


def _input(description: str, *optional: str, **members: Json) -> Json:
    """Return the schema of what is sent: nothing else may be."""
    return record(description, optional, **members) | {"additionalProperties": False}


_OF_ALL: Final[dict[str, Json]] = {
    "name": {**_LINE, "description": "For yourself; without one it is called after what it is for."},
    "least_band": {
        "type": "string", "enum": list(BAND_NAMES),
        "description": "Of a match, at least; usually 'promising'. Not for a list.",
    },
    "least_score": {**UNIT, "description": "Of a match, at least; usually 0. Not for a list."},
    "frequency": {
        "type": "string", "enum": list(FREQUENCIES),
        "description": "Usually daily; 'at_once' is hourly.",
    },
}  # fmt: skip
_KIND: Final[Json] = {
    "type": "string", "enum": list(KINDS),
    "description": "'need': matches of a need; 'offer', 'partner': needs that match it; 'list': "
    "entries of a list of the API.",
}  # fmt: skip
_STATE: Final[Json] = {"type": "string", "enum": list(STATES)}
_FILTERS: Final[Json] = {
    **table({**listed(_LINE), "minItems": 1, "maxItems": MOST_FILTERS}),
    "maxProperties": MOST_FILTERS,
    "description": "For 'list': the filters of that list, each with its values.",
}

ALL: Final[dict[str, Json]] = {
    "SavedSearchHit": record(
        "A match, with its score as it was told, or an entry of a list.",
        caption=TEXT, need=TEXT, target=TEXT, entity=TEXT, score=either(UNIT, NULL), band=TEXT,
        links=record("As data and as a page.", self=TEXT, page=TEXT),
    ),
    "SavedSearch": record(
        f"A search whose account is told what is new in it. A match is told when it comes among the "
        f"first {FIRST} with at least the band and score asked for, and once only.",
        **_OF_ALL,
        id=TEXT, kind=_KIND,
        subject={**TEXT, "description": "The need, offer or partner; empty for a list."},
        type={**TEXT, "description": "Of the entries of a list; else empty."},
        filters=table(listed(TEXT)), q=TEXT, state=_STATE, at=_TIME, next_at=_TIME,
        version={**COUNT, "description": "For 'If-Match'."},
        title={**TEXT, "description": "Its name, or what it is called without one."},
        exists={**FLAG, "description": "Whether there still is what it is for."},
        told={**COUNT, "description": "How much it knows: told, or there when it was saved."},
        told_at=_TIME,
        last={**listed(ref("SavedSearchHit")), "description": "What was told last, ten at most."},
        links=record("As data, as a page, and the page of what it is for.",
                     self=TEXT, page=TEXT, subject=TEXT),
    ),
    "SavedSearchList": record(items=listed(ref("SavedSearch"))),
    "SavedSearchInput": _input(
        "A search to be saved: for matches with 'subject', for a list with 'type' and 'filters' or "
        "'q'. What it finds now counts as known.",
        "subject", "type", "filters", "q", *_OF_ALL,
        kind=_KIND, subject=SLUG, type={"type": "string", "enum": list(LISTED)}, filters=_FILTERS,
        q={**_LINE, "description": "For 'list': words that must all occur."}, **_OF_ALL,
    ),
    "SavedSearchChange": _input(
        "What is to be changed.", "state", *_OF_ALL, state=_STATE, **_OF_ALL,
    ) | {"minProperties": 1},
}  # fmt: skip
"""Every schema that the operations on saved searches use, by name."""
SEARCH_ID: Final[dict[str, Any]] = {
    "description": "Identifier.", "schema": TEXT, "example": "0f0f2a3e-5a0c-4c8e-9d3f-2f6a1b7c4d5e",
}  # fmt: skip
EXAMPLE: Final = {"kind": "need", "subject": "phuket-scap2018-1", "frequency": "weekly"}
