"""JSON Schemas and parameters of the API's operations on contributions."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.usecases.accounts.pages import LARGEST_PAGE
from matchmaker.usecases.contributing import claims, reports, reviewing, submissions
from matchmaker.usecases.contributing.proposing import CONTRIBUTED
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

_TIME: Final[Json] = {
    "type": "string", "description": "ISO 8601, UTC; empty where there is none.",
}  # fmt: skip
_OPEN: Final[Json] = {"type": "object", "additionalProperties": True}
_MAYBE: Final = either(_OPEN, NULL)
_NEXT: Final = either(TEXT, NULL)
_STATE: Final[Json] = {"type": "string", "enum": [s.value for s in submissions.State]}
_TYPE: Final[Json] = {"type": "string", "enum": list(CONTRIBUTED)}
_CLAIM_STATE: Final[Json] = {"type": "string", "enum": list(claims.STATES)}
_REPORT_STATE: Final[Json] = {"type": "string", "enum": list(reports.STATES)}
_ANY: Final[Json] = {}
_REASON: Final[Json] = {
    "type": "string", "maxLength": submissions.LONGEST_REASON,
    "description": "Told to whoever asked; needed to refuse.",
}  # fmt: skip


def _input(description: str, *optional: str, **members: Json) -> Json:
    """Return the schema of what is sent: nothing else may be."""
    return record(description, optional, **members) | {"additionalProperties": False}


_SUBMISSION: Final[dict[str, Json]] = {
    "id": TEXT,
    "at": _TIME,
    "state": _STATE,
    "action": {"type": "string", "enum": ["create", "change", "withdraw", "delete"]},
    "type": TEXT,
    "entity": SLUG,
    "caption": TEXT,
    "account": {**TEXT, "description": "Identifier of the account that submitted it."},
    "base": either(COUNT, NULL),
    "current": either(COUNT, NULL),
    "stale": {
        **FLAG,
        "description": "Whether the entity was changed after it was submitted ('base' is the "
        "version that the submitter had before him, 'current' the one that stands).",
    },
    "reason": TEXT,
    "decided_at": _TIME,
    "sequence": either(COUNT, NULL),
    "links": record(self=TEXT, page=TEXT, entity=TEXT),
}

ALL: Final[dict[str, Json]] = {
    "Written": record(
        "What a write did. 'published': it stands and has a sequence number; 'unchanged': nothing "
        "differs; 'queued': it waits for review as the submission named; 'checked': a dry run, which "
        "'would_be' published, queued or unchanged.",
        ("sequence", "at", "before", "after", "submission", "would_be", "sandbox"),
        id=SLUG,
        outcome={"enum": ["published", "unchanged", "queued", "checked"]},
        changed=FLAG,
        sequence=COUNT,
        at=TEXT,
        submission=TEXT,
        would_be={"enum": ["published", "queued", "unchanged"]},
        sandbox={**FLAG, "description": "True for the key of a sandbox, which keeps nothing."},
        before=_MAYBE,
        after=_MAYBE,
    ),
    "MergeInput": _input("What stays.", into=SLUG),
    "Merged": record(
        "What a merge did, or would do ('checked').",
        ("sandbox",),
        sandbox={**FLAG, "description": "True for the key of a sandbox, which keeps nothing."},
        outcome={"enum": ["published", "checked"]}, id=SLUG, into=SLUG, type=TEXT,
        referring=listed(SLUG), sequence=either(COUNT, NULL),
    ),
    "Submission": record("One proposed write.", **_SUBMISSION),
    "SubmissionDetail": record(
        "One proposed write in full.",
        **_SUBMISSION,
        document={
            "anyOf": [_OPEN, NULL],
            "description": "The entity as proposed, as far as you may see it; null: its deletion.",
        },
        differences={
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"property": TEXT, "from": _ANY, "to": _ANY},
                "required": ["property", "from", "to"],
            },
            "description": "What would change of what stands now; empty once it is decided.",
        },
    ),
    "SubmissionList": record(items=listed(ref("Submission")), next=_NEXT),
    "DecisionInput": _input(
        "What is decided.", "reason", "rebase",
        decision={"type": "string", "enum": list(reviewing.DECISIONS)},
        reason=_REASON,
        rebase={**FLAG, "description": "Publish it though the entity was changed meanwhile."},
    ),
    "ClaimInput": _input(
        "How staff can tell that you speak for the partner.",
        note={"type": "string", "minLength": 1, "maxLength": claims.LONGEST_NOTE},
    ),
    "Claim": record(
        "That an account speaks for a partner.",
        id=TEXT, at=_TIME, state=_CLAIM_STATE, partner=SLUG, caption=TEXT, account=TEXT, note=TEXT,
        reason=TEXT, decided_at=_TIME, links=record(self=TEXT, page=TEXT),
    ),
    "ClaimList": record(items=listed(ref("Claim")), next=_NEXT),
    "ClaimDecisionInput": _input(
        "What is decided.", "reason",
        decision={"type": "string", "enum": list(claims.DECISIONS)}, reason=_REASON,
    ),
    "ReportInput": _input(
        "What is wrong.", "property",
        entity=SLUG,
        property={**TEXT, "description": "Name of the property that is wrong."},
        message={"type": "string", "minLength": 1, "maxLength": reports.LONGEST_MESSAGE},
    ),
    "Report": record(
        "A reported error.",
        id=TEXT, at=_TIME, state=_REPORT_STATE, entity=SLUG, type=TEXT, caption=TEXT,
        property=TEXT, message=TEXT, reason=TEXT, decided_at=_TIME,
    ),
    "ReportList": record(items=listed(ref("Report")), next=_NEXT),
    "ReportDecisionInput": _input(
        "What became of it.", "reason",
        state={"type": "string", "enum": list(reports.STATES[1:])}, reason=_REASON,
    ),
}  # fmt: skip
"""Every schema that the operations on contributions use, by name."""


def _told(description: str, schema: Json | None = None, **more: Any) -> Json:
    return {"description": description, "schema": schema or TEXT, **more}


_SOME_ID: Final = "0f0f2a3e-5a0c-4c8e-9d3f-2f6a1b7c4d5e"
RECORD_ID: Final = _told("Identifier.", example=_SOME_ID)
VALIDATE: Final = _told(
    "'only': a dry run. All checks are made and nothing is written.",
    {"type": "string", "enum": ["only"]},
)
BY_STATE: Final = _told("Only those in this state.", _STATE)
BY_TYPE: Final = _told("Only those about entities of this type.", _TYPE)
BY_CLAIM_STATE: Final = _told("Only those in this state.", _CLAIM_STATE)
BY_REPORT_STATE: Final = _told("Only those in this state.", _REPORT_STATE)
CURSOR: Final = _told("The member 'next' of the page before.")
LIMIT: Final = _told(
    "How many items at most.",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50},
)
