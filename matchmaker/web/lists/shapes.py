"""JSON Schemas and parameters of the API's operations on working lists and comparisons."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.usecases.lists.comparing import FEWEST, MOST
from matchmaker.usecases.lists.layer import MODES
from matchmaker.usecases.lists.marks import LONGEST_NOTE, STATES
from matchmaker.web.shapes.values import (
    COUNT,
    FLAG,
    NULL,
    NUMBER,
    SLUG,
    TEXT,
    UNIT,
    Json,
    either,
    listed,
    record,
    ref,
)

_STATE: Final[Json] = {"type": "string", "enum": list(STATES)}
_NOTE: Final[Json] = {"type": "string", "maxLength": LONGEST_NOTE}
_PARTNER: Final = record(id=SLUG, name=TEXT)
_OFFER: Final = either(record(id=SLUG, title=TEXT), NULL)
_REASONS: Final = listed(record(rule=TEXT, message=TEXT))

ALL: Final[dict[str, Json]] = {
    "Mark": record(
        "A pair of a need and a supply, shortlisted or dismissed by an owner: a city, a partner, or "
        "an account of the staff. Nobody else sees it, and it changes no score.",
        need=record(id=TEXT, title=TEXT),
        target={**TEXT, "description": "The offer, or the partner without one."},
        offer=_OFFER, partner=either(_PARTNER, NULL),
        exists={**FLAG, "description": "Whether need and supply still are there."},
        state=_STATE, reason=either(record(name=TEXT, label=TEXT), NULL), note=TEXT,
        owner={**TEXT, "description": "The city, the partner, or the account of the staff."},
        account={**TEXT, "description": "Who said it last."}, at=TEXT,
        version={**COUNT, "description": "For 'If-Match'."},
        links=record("As data, and the pages of need and match.", self=TEXT, need=TEXT, match=TEXT),
    ),
    "MarkList": record("By need, the latest first.", items=listed(ref("Mark"))),
    "MarkInput": record(
        "'reason' is for a dismissal, which needs one from the list 'dismissal_reason' of the graph "
        "schema; 'other' needs a note.",
        ("reason", "note"), state=_STATE, reason=TEXT, note=_NOTE,
    ) | {"additionalProperties": False},
    "MarksOnMatches": record(
        "Your working list for this need; 'hidden' counts the matches left out because you dismissed "
        "them.",
        mode={"type": "string", "enum": list(MODES)}, hidden=COUNT, items=listed(ref("Mark")),
    ),
    "Comparison": record(
        "Supplies for a need, one column each; the numbers are those of each pair's explanation.",
        need=ref("NeedInMatch"), algorithm=ref("AlgorithmInUse"), snapshot=ref("Snapshot"),
        total=COUNT, columns=listed(ref("ComparedSupply")), rows=listed(ref("ComparedRow")),
    ),
    "ComparedSupply": record(
        target=SLUG, offer=_OFFER, partner=_PARTNER, eligible=FLAG, recommended=FLAG,
        reasons=_REASONS, rank=either({"type": "integer", "minimum": 1}, NULL), score=UNIT,
        city_fit=UNIT, partner_fit=UNIT, confidence=UNIT,
        band={"enum": ["strong", "promising", "speculative"]}, probability=either(UNIT, NULL),
        label=either(TEXT, NULL), already=listed(SLUG), contributions=listed(ref("Contribution")),
        evidence={**COUNT, "description": "Number of paths of evidence."},
        cautions={**listed({"type": "object"}), "description": "What to look at in the terms."},
        support_types=listed(SLUG), topics=listed(SLUG),
        limits=record(limited_to=listed(SLUG), mandate=listed(SLUG), valid_until=either(TEXT, NULL)),
        countries={**listed(SLUG), "description": "Where work of the partner is documented."},
    ),
    "ComparedRow": record(
        "One number of each supply, in the order of the columns; of a feature what it adds to the "
        "fit of a side, null where it is unknown. 'best' names those with the best value, none where "
        "all have the same.",
        name=TEXT, label=TEXT, side=either({"enum": ["city", "partner"]}, NULL),
        values=listed(either(NUMBER, NULL)), best=listed(SLUG),
    ),
}  # fmt: skip
"""Every schema that the operations use, by name."""
PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "need_id": {"description": "The need.", "schema": SLUG, "example": "phuket-scap2018-1"},
    "target_id": {
        "description": "The offer, or the partner without one.", "schema": SLUG,
        "example": "adb-finance",
    },
    "need": {"description": "Only those on this need.", "schema": SLUG},
    "state": {"description": "Only these.", "schema": _STATE},
    "marks": {
        "description": "For those with working lists: 'show' tells your marks beside the matches "
        "(usual, where there are any), 'hide' leaves out and counts what you dismissed.",
        "schema": {"type": "string", "enum": list(MODES)},
    },
    "with": {
        "description": f"{FEWEST} to {MOST} offers, or partners without one, with commas between.",
        "required": True, "schema": TEXT, "example": "adb-finance,jica-technical-assistance",
    },
}  # fmt: skip
EXAMPLE: Final = {"state": "dismissed", "reason": "terms", "note": "Loans are not for us."}
