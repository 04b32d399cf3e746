"""JSON Schemas and parameters of the API's operations on engagements."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.brokering.rules import load_rules
from matchmaker.diligence.standing import STATUSES as DILIGENCE
from matchmaker.usecases.accounts.pages import LARGEST_PAGE
from matchmaker.usecases.brokering.engaging import LONGEST_NOTE, MOST_DOCUMENTS
from matchmaker.usecases.brokering.listing import GROUPS, WHOSE
from matchmaker.usecases.brokering.papers import LARGEST_FILE, STATES
from matchmaker.usecases.brokering.telling import ORIGINS
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
)

_RULES: Final = load_rules()
_LONGEST_TEXT: Final = 1000
_NEXT: Final = either(TEXT, NULL)
_TIME: Final[Json] = {"type": "string", "description": "ISO 8601, UTC; empty where there is none."}
_STAGE: Final[Json] = {"type": "string", "enum": list(_RULES.stages)}
_PARTY: Final[Json] = {"type": "string", "enum": list(_RULES.parties)}
_MOVE: Final[Json] = {"type": "string", "enum": list(_RULES.moves)}
_RULE: Final[Json] = {"type": "string", "description": "Name of a rule; empty where there is none."}
_NEEDS: Final = listed(
    {"type": "string", "enum": ["reason", "note", "form", "document", "meeting", "which"]}
)
_NAMED: Final = record(name=TEXT, label=TEXT)
_TERM: Final = either(_NAMED, NULL)
_ENTITY: Final = record(id=SLUG, name=TEXT)
_TITLED: Final = record(id=SLUG, title=TEXT)
_LINKS: Final = record(
    "As data and as a page; of an engagement in full also its calendar file.",
    ("calendar",),
    self=TEXT,
    page=TEXT,
    calendar=TEXT,
)
_ACCOUNT: Final[Json] = {**TEXT, "description": "Identifier of an account; empty for the clock."}


def _input(description: str, *optional: str, **members: Json) -> Json:
    """Return the schema of what is sent: nothing else may be."""
    return record(description, optional, **members) | {"additionalProperties": False}


_WAIT: Final = record(
    "Who is waited for. 'subject' is the entity spoken for, empty for the secretariat; 'then' is the "
    "move that the clock makes once the time is out, or 'remind'; 'reachable' (of an engagement in "
    "full) tells whether anybody has an account to speak for it.",
    ("reachable",),
    reachable=FLAG, party=_PARTY, label=TEXT, subject=TEXT, since=_TIME, due_at=_TIME,
    overdue=FLAG, escalated=FLAG,
    then={"type": "string", "enum": [*_RULES.moves, "remind"]}, then_label=TEXT, rule=_RULE,
)  # fmt: skip
_SUMMARY: Final[dict[str, Json]] = {
    "id": TEXT,
    "version": {**COUNT, "description": "Number of moves; what If-Match compares."},
    "stage": _STAGE,
    "stage_label": TEXT,
    "open": FLAG,
    "route": {"type": "string", "enum": ["interest", "request", "proposal"]},
    "need": _TITLED,
    "city": _ENTITY,
    "country": _ENTITY,
    "partner": record(id=SLUG, name=TEXT, kind=TEXT),
    "offer": either(_TITLED, NULL),
    "opened_at": _TIME,
    "changed_at": _TIME,
    "ended_at": _TIME,
    "due_at": _TIME,
    "overdue": FLAG,
    "waits": listed(ref("EngagementWait")),
    "links": _LINKS,
}
_DOCUMENT: Final[dict[str, Json]] = {
    "id": TEXT,
    "at": _TIME,
    "name": TEXT,
    "media_type": TEXT,
    "size": COUNT,
    "state": {
        "type": "string", "enum": list(STATES),
        "description": "'clean': looked through by the scanner; 'unscanned': there is no scanner; "
        "'held': the scanner has failed, and it is not given out.",
    },
    "account": TEXT,
    "sha256": {**TEXT, "pattern": "^[0-9a-f]{64}$"},
}  # fmt: skip
_CONSENT: Final = record(
    "How far a consent is. 'silence': nothing was said in time, which counts as no objection; "
    "'not_asked': it is not needed here. 'move' is the number of the move that gave it.",
    name=TEXT, label=TEXT,
    parties=listed(record(
        party=_PARTY, label=TEXT, subject=TEXT, at=_TIME, move=either(COUNT, NULL), rule=_RULE,
        state={"type": "string", "enum": ["given", "silence", "waiting", "not_asked"]},
    )),
)  # fmt: skip
_WHEN: Final[dict[str, Json]] = {
    "title": TEXT,
    "start": {**TEXT, "description": "Local time, such as 2026-12-01T10:00."},
    "end": TEXT,
    "time_zone": {**TEXT, "description": "Such as Asia/Bangkok."},
    "place": {**TEXT, "description": "A place, or an address where one joins."},
}
_MEETING: Final = record(
    "A meeting as it stands after all moves about it. 'number' is that of the move that arranged it; "
    "'sequence' counts its changes.",
    number={"type": "integer", "minimum": 1}, **_WHEN, starts_at=_TIME, ends_at=_TIME,
    sequence=COUNT, cancelled=FLAG, changed_at=_TIME,
)  # fmt: skip
_POSSIBLE: Final = record(
    "A move that the caller can make now, with what it needs. 'to' is empty where the stage stays.",
    name=_MOVE, label=TEXT, says=TEXT, to=TEXT, needs=_NEEDS, reasons=listed(_NAMED),
    forms=listed(_NAMED), about=listed(_NAMED), which=listed(ref("EngagementMeeting")), rule=_RULE,
)  # fmt: skip
_EVIDENCE: Final = record(
    "The match as it was when the engagement was opened.",
    target=SLUG, rank=either({"type": "integer", "minimum": 1}, NULL), eligible=FLAG,
    reasons=listed(record(rule=TEXT, message=TEXT)), score=UNIT, city_fit=UNIT, partner_fit=UNIT,
    confidence=UNIT, band={"enum": ["strong", "promising", "speculative"]},
    probability=either(UNIT, NULL), contributions=listed(ref("Contribution")),
    snapshot=ref("Snapshot"), algorithm=record(
        name=TEXT, version=TEXT, model=record(name=TEXT, version=TEXT, outcomes=COUNT)
    ),
)  # fmt: skip
_MADE: Final = record(
    "A move that was made. 'lent_by' is the account whose standing was used, empty for one's own; "
    "'stage' is where the engagement stood after it.",
    number={"type": "integer", "minimum": 1}, at=_TIME, name=_MOVE, label=TEXT, party=_PARTY,
    party_label=TEXT, subject=TEXT, subject_name=TEXT, account=_ACCOUNT, lent_by=TEXT, about=TEXT,
    note=TEXT, reason=_TERM, form=_TERM, documents=listed(ref("EngagementDocument")), rule=_RULE,
    stage=_STAGE, meeting=either(record(**_WHEN), NULL), which=either(COUNT, NULL),
)  # fmt: skip
_ORIGIN: Final[Json] = {
    "type": "string", "enum": list(ORIGINS),
    "description": "'clause': the Terms of Reference; 'source': another document; 'house': ours.",
}  # fmt: skip
_CITED: Final[dict[str, Json]] = {
    "name": TEXT, "origin": _ORIGIN, "says": TEXT, "cites": TEXT,
    "clauses": {**listed(TEXT), "description": "Pages of the clauses that it cites."},
}  # fmt: skip
_NOTE: Final[Json] = {"type": "string", "maxLength": LONGEST_NOTE}
_SHORT: Final[Json] = {"type": "string", "maxLength": _LONGEST_TEXT}
_NOTICE: Final = record(
    "What somebody is told: about an engagement, about a white paper ('paper'), a bundle ('bundle') or "
    "a change of an instrument ('amendment'), or ('digest') what is "
    "new in saved searches; 'engagement' is empty for the latter two, 'party' for the last.",
    id=TEXT, engagement=TEXT, title=TEXT, about=TEXT, at=_TIME, seen=FLAG,
    party={"type": "string", "enum": [*_RULES.parties, ""]},
    kind={"enum": ["your_move", "escalated", "silence", "news", "note", "reminder", "overdue",
                   "paper", "bundle", "amendment", "digest"]},
    mail={"enum": ["off", "due", "sent", "failed"]}, links=record(engagement=TEXT, page=TEXT),
)  # fmt: skip

ALL: Final[dict[str, Json]] = {
    "EngagementWait": _WAIT,
    "EngagementDocument": record(
        "A document of an engagement.", **_DOCUMENT, links=record(self=TEXT, page=TEXT)
    ),
    "EngagementDocumentList": record(items=listed(ref("EngagementDocument"))),
    "EngagementDocumentBody": {
        "type": "string", "format": "binary",
        "description": f"The file, of at most {LARGEST_FILE >> 20} MiB.",
    },
    "EngagementFile": {
        "type": "string", "format": "binary", "description": "The file as it was sent.",
    },
    "EngagementConsent": _CONSENT,
    "EngagementPossible": _POSSIBLE,
    "EngagementMove": _MADE,
    "EngagementEvidence": _EVIDENCE,
    "EngagementSummary": record("An engagement in short.", **_SUMMARY),
    "Engagement": record(
        "One brokered case between a need and a partner. What the parties say to each other is "
        "theirs: nobody but them and the secretariat sees that there is one.",
        **_SUMMARY, reason=_TERM, form=_TERM, consents=listed(ref("EngagementConsent")),
        published=FLAG,
        your=record(
            "As whom the caller speaks, and what he can do now.",
            parties=listed(record(party=_PARTY, label=TEXT, lent_by=TEXT)),
            moves=listed(ref("EngagementPossible")),
        ),
        evidence=ref("EngagementEvidence"), moves=listed(ref("EngagementMove")),
        documents=listed(ref("EngagementDocument")), rules=listed(record(**_CITED)),
        meetings=listed(ref("EngagementMeeting")),
        next_meeting=either(ref("EngagementMeeting"), NULL),
        diligence=either(ref("EngagementDiligence"), NULL),
        terms=either(record(
            "The Terms of Reference that it began under. 'kept' is false where it began before that "
            "was kept.",
            instrument=SLUG, title=TEXT, version=COUNT, kept=FLAG, page=TEXT,
        ), NULL),
    ),
    "EngagementDiligence": record(
        "For the secretariat only, null for all others: how far its due diligence on the partner is. "
        "'before' names the moves for which it is a warning, or a condition where 'required'.",
        partner=SLUG, status={"enum": list(DILIGENCE)}, label=TEXT, done_on=TEXT, valid_until=TEXT,
        before=listed(_MOVE), required=FLAG, rule=_RULE,
    ),
    "EngagementMeeting": _MEETING,
    "EngagementCalendar": {**TEXT, "description": "A calendar (RFC 5545)."},
    "EngagementList": record(items=listed(ref("EngagementSummary")), next=_NEXT),
    "EngagementInput": _input(
        "What it is about: a need, and an offer or a partner.", "offer", "partner", "note",
        need=_SHORT, offer=_SHORT, partner=_SHORT, note=_NOTE,
    ),
    "EngagementMoveInput": _input(
        "The move, with what it needs. One that arranges or changes a meeting needs its title, start, "
        "end and time zone; 'which' is the number of the meeting to be changed or called off.",
        "note", "reason", "form", "about", "documents", "which", *_WHEN,
        move=_SHORT, note=_NOTE, reason=_SHORT, form=_SHORT, about=_SHORT,
        documents={"type": "array", "items": _SHORT, "maxItems": MOST_DOCUMENTS,
                   "description": "Identifiers of documents added to this engagement."},
        which={"type": "integer", "minimum": 1},
        **{name: {**_SHORT, **schema, "maxLength": _LONGEST_TEXT} for name, schema in _WHEN.items()},
    ),
    "EngagementBoard": record(
        "Engagements by stage: how many, and those opened last; 'overdue' counts to 200.",
        stages=listed(record(
            name=_STAGE, label=TEXT, kind={"enum": ["path", "pause", "end"]}, says=TEXT, count=COUNT,
            items=listed(ref("EngagementSummary")),
        )),
        overdue=COUNT,
    ),
    "Inbox": record(
        "What waits for the caller, most urgent first, and notices not seen yet.",
        waiting=listed(record(
            **_SUMMARY, wait=ref("EngagementWait"), moves=listed(record(name=_MOVE, label=TEXT))
        )),
        notices=listed(ref("Notice")), unseen=COUNT,
    ),
    "Notice": _NOTICE,
    "NoticeList": record(items=listed(ref("Notice")), unseen=COUNT, next=_NEXT),
    "NoticesSeenInput": _input(
        "Which; without 'ids' all.", "ids",
        ids={"type": "array", "items": _SHORT, "maxItems": 100},
    ),
    "NoticesSeen": record(marked={**COUNT, "description": "How many were not seen before."}),
    "Delegation": record(
        "That a National Representative's standing in engagements is lent to an account.",
        id=TEXT, at=_TIME, lender=TEXT, lender_name=TEXT, to=TEXT, to_name=TEXT, country=SLUG,
        country_name=TEXT, last_day=TEXT, until=_TIME, holds=FLAG,
    ),
    "DelegationList": record(items=listed(ref("Delegation"))),
    "DelegationInput": _input(
        "To whom, by identifier or e-mail address, and until when.", "country", "lender",
        to=_SHORT, until={**_SHORT, "description": "Last day, such as 2026-12-31."},
        country={**_SHORT, "description": "Which, where the lender speaks for several."},
        lender={**_SHORT, "description": "For staff: whose standing it is."},
    ),
    "BrokeringRules": record(
        "The rules in force. Of a move, 'from' lists stages, 'to' is a stage, 'stays' or 'back' (to "
        "where it stood before it rested), and 'by' may be 'opener', the side that opened it. A "
        "rule with 'days' is a period; 'exceptions' give it by country, null where it is off.",
        stages=listed(record(name=_STAGE, label=TEXT, kind={"enum": ["path", "pause", "end"]},
                             says=TEXT)),
        parties=listed(record(name=_PARTY, label=TEXT, roles=listed(TEXT))),
        moves=listed(record(
            name=_MOVE, label=TEXT, says=TEXT, opens=TEXT, **{"from": listed(_STAGE)}, to=TEXT,
            by=listed(TEXT), about=listed(_PARTY), needs=_NEEDS, gives=TEXT, rule=TEXT,
        )),
        consents=listed(record(name=TEXT, label=TEXT, stage=TEXT, then=TEXT,
                               of=listed(record(party=_PARTY, rule=TEXT)))),
        reasons=listed(record(name=TEXT, label=TEXT, moves=listed(_MOVE), lasting=FLAG)),
        forms=listed(_NAMED),
        clocks=listed(record(
            name=TEXT, stages=listed(_STAGE), party=_PARTY, days=COUNT, reminders=listed(COUNT),
            then=TEXT, counts_from={"enum": ["begun", "last_move"]}, rule=TEXT,
        )),
        rules=listed(record(
            **_CITED, days=either(COUNT, NULL), partner_kinds=listed(TEXT), guards=listed(_MOVE),
            requires_due_diligence=FLAG,
            exceptions=listed(record(country=SLUG, days=either(COUNT, NULL))),
        )),
    ),
}  # fmt: skip
"""Every schema that the operations on engagements use, by name."""


def _told(description: str, schema: Json | None = None, **more: Any) -> Json:
    return {"description": description, "schema": schema or TEXT, **more}


RECORD_ID: Final = _told("Identifier.", example="0f0f2a3e-5a0c-4c8e-9d3f-2f6a1b7c4d5e")
DOCUMENT_ID: Final = _told(
    "Identifier of the document.", example="7d2c1a4b-11aa-4f0e-8b1d-8f5b0c7a9e10"
)
VALIDATE: Final = _told(
    "'only': a dry run. All checks are made and nothing is written.",
    {"type": "string", "enum": ["only"]},
)
FILE_NAME: Final = {
    **_told("Name of the file, as its owner calls it.",
            {"type": "string", "minLength": 1, "maxLength": _LONGEST_TEXT},
            example="letter-of-intent.pdf"),
    "required": True,
}  # fmt: skip
YES: Final[Json] = {"type": "string", "enum": ["yes"]}
LISTING: Final[dict[str, Json]] = {
    "stage": _told("Only those in this stage, or all open or ended ones.",
                   {"type": "string", "enum": [*_RULES.stages, *GROUPS]}),
    "city": _told("Only those of this city."),
    "country": _told("Only those of this country's cities."),
    "partner": _told("Only those with this partner."),
    "need": _told("Only those about this need."),
    "whose": _told("'me': only those in which the caller is waited for.",
                   {"type": "string", "enum": list(WHOSE)}),
    "overdue": _told("'yes': only those in which somebody's time is out.", YES),
}  # fmt: skip
UNSEEN: Final = _told("'yes': only those not seen yet.", YES)
CURSOR: Final = _told("The member 'next' of the page before.")
LIMIT: Final = _told(
    "How many items at most.",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50},
)
