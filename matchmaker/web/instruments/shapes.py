"""JSON Schemas and parameters of the API's operations on instruments and their amendments."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.instruments.amending import MOVES, PARTIES, PROPOSE, SILENCE, STAGES
from matchmaker.instruments.model import KINDS, REFERENCES, STATUSES, TREATMENTS
from matchmaker.instruments.specification import LONGEST_CLAUSE
from matchmaker.instruments.texts import LONGEST_SECTION, MOST_CHANGES
from matchmaker.usecases.accounts.pages import LARGEST_PAGE
from matchmaker.usecases.instruments.amendments import LONGEST_NOTE
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

_TIME: Final[Json] = {"type": "string", "description": "ISO 8601, UTC; empty where there is none."}
_DAY: Final[Json] = {"type": "string", "description": "YYYY-MM-DD; empty where there is none."}
_NUMBER: Final[Json] = {"type": "integer", "minimum": 1}
_HOW: Final = ("consent", "recorded", "silence")
_NAMED: Final = record(id=TEXT, name=TEXT)
_LINKS: Final = record("As data and as a page.", self=TEXT, page=TEXT)
_NOTE: Final[Json] = {"type": "string", "maxLength": LONGEST_NOTE}
_SHORT: Final[Json] = {"type": "string", "maxLength": 1000}


def _input(description: str, *optional: str, **members: Json) -> Json:
    """Return the schema of what is sent: nothing else may be."""
    return record(description, optional, **members) | {"additionalProperties": False}


_LINE: Final[dict[str, Json]] = {
    "number": _NUMBER, "effective": _DAY, "says": TEXT,
    "source": {**TEXT, "description": "Identifier of the document; empty for one adopted here."},
    "amendment": {**TEXT, "description": "The amendment that made it; empty for one of a document."},
    "adopted_at": _TIME, "in_force": FLAG,
}  # fmt: skip
_SUMMARY: Final[dict[str, Json]] = {
    "id": SLUG, "title": TEXT, "short": TEXT, "kind": {"enum": list(KINDS)}, "says": TEXT,
    "status": {"enum": list(STATUSES)}, "status_date": _DAY, "in_force": _NUMBER,
    "effective": _DAY, "clauses": COUNT, "versions": listed(record(**_LINE)), "links": _LINKS,
}  # fmt: skip
_TREATMENT: Final = record(
    "What the software does with the clause: 'driven' (which rules, operations and pages rest on "
    "it), 'displayed' (where), or 'out_of_scope' (why). 'outdated': the clause has got new words "
    "since the software was fitted to it.",
    kind={"enum": list(TREATMENTS)}, why=TEXT, note=TEXT, outdated=FLAG,
    by=listed(record(kind={"enum": list(REFERENCES)}, name=TEXT, says=TEXT, url=TEXT)),
)  # fmt: skip
_CLAUSE: Final = record(
    "A paragraph in our own words, with its number and page in the source. 'since' is the version "
    "whose words these are, 'cited_by' names rules of brokering that rest on it.",
    id=TEXT, paragraph=TEXT, section=TEXT, says=TEXT, page=TEXT, since=_NUMBER,
    treatment=ref("InstrumentTreatment"), cited_by=listed(TEXT),
)  # fmt: skip
_DIFFERENCE: Final = record(
    "A clause that differs. The words 'same' and 'removed' are the old text, those 'same' and 'added' "
    "the new one.",
    how={"enum": ["added", "removed", "changed"]}, clause=TEXT, paragraph=TEXT, section=TEXT,
    old=TEXT, new=TEXT,
    words=listed(record(how={"enum": ["same", "added", "removed"]}, text=TEXT)),
)  # fmt: skip
_AMENDMENT: Final[dict[str, Json]] = {
    "id": TEXT,
    "version": {**COUNT, "description": "Number of moves; what If-Match compares."},
    "instrument": record(id=SLUG, title=TEXT),
    "base": {**_NUMBER, "description": "The version that it changes."},
    "stage": {"enum": list(STAGES)}, "stage_label": TEXT,
    "proposer": record("Without identifier the secretariat.", id=TEXT, name=TEXT),
    "reason": TEXT,
    "effective": {**_DAY, "description": "From when it is to be in force, if a day is named."},
    "changed": listed(TEXT), "at": _TIME,
    "until": {**_TIME, "description": "When the time for an objection ends."},
    "closed": {**FLAG, "description": "Whether it has ended; then silence has been counted."},
    "adopted_at": _TIME,
    "makes": {**either(_NUMBER, NULL), "description": "The version that it has made."},
    "asked": COUNT, "missing": {**COUNT, "description": "Member states that have said nothing."},
    "links": _LINKS,
}  # fmt: skip
_CHANGE: Final = _input(
    "The whole new text of a clause. 'remove' takes it out; a new clause is called by its paragraph, "
    "such as p23, and may name its section.",
    "says", "section", "remove",
    clause={"type": "string", "maxLength": 20}, remove=FLAG,
    says={"type": "string", "maxLength": LONGEST_CLAUSE},
    section={"type": "string", "maxLength": LONGEST_SECTION},
)  # fmt: skip
_CHANGES: Final[Json] = {
    **listed(ref("InstrumentChange")), "minItems": 1, "maxItems": MOST_CHANGES,
}  # fmt: skip
_EFFECTIVE: Final[Json] = {**_SHORT, "description": "A day such as 2027-01-01, or empty."}

ALL: Final[dict[str, Json]] = {
    "InstrumentTreatment": _TREATMENT,
    "InstrumentClause": _CLAUSE,
    "InstrumentSummary": record("An instrument in short.", **_SUMMARY),
    "InstrumentList": record(items=listed(ref("InstrumentSummary"))),
    "InstrumentVersion": record(
        "One version in full. 'words' tells what each member state said when it was adopted here; "
        "'removed' lists clauses of earlier versions that it has no more.",
        instrument=SLUG, **_LINE,
        words=listed(record(country=SLUG, name=TEXT, how={"enum": list(_HOW)})),
        clauses=listed(ref("InstrumentClause")),
        removed=listed(record(id=TEXT, paragraph=TEXT, section=TEXT, last=_NUMBER)),
        links=_LINKS,
    ),
    "Instrument": record(
        "An instrument of the network: what became of it, who does what by it, and the version in "
        "force.",
        **_SUMMARY,
        consensus=record("How it is changed.", days=COUNT, says=TEXT, cites=TEXT),
        statuses=listed(record(
            status={"enum": list(STATUSES)}, date=_DAY, meeting=TEXT, says=TEXT, source=TEXT,
            page=TEXT, amendment=TEXT,
        )),
        roles=listed(record(name=TEXT, label=TEXT, says=TEXT, term=TEXT, clauses=listed(TEXT))),
        version=ref("InstrumentVersion"),
        rules=listed(record(
            "A rule of brokering, the clauses in force that it rests on, and paragraphs that it "
            "cites which are no more.",
            name=TEXT, origin={"enum": ["clause", "source", "house"]}, says=TEXT, cites=TEXT,
            clauses=listed(TEXT), gone=listed(TEXT),
        )),
    ),
    "InstrumentDifference": _DIFFERENCE,
    "InstrumentDiff": record(
        instrument=SLUG, **{"from": _NUMBER}, to=_NUMBER,
        differences=listed(ref("InstrumentDifference")), links=_LINKS,
    ),
    "InstrumentChange": _CHANGE,
    "AmendmentSummary": record("An amendment in short.", **_AMENDMENT),
    "AmendmentList": record(items=listed(ref("AmendmentSummary")), next=either(TEXT, NULL)),
    "Amendment": record(
        "A change of an instrument that was proposed. Each member state has one word in each round: "
        "'consent', 'recorded' (given elsewhere and written down by the secretariat), 'silence' (it "
        "counts as no objection) or 'objection'. 'reachable' is false where nobody has an account "
        "that speaks for it: its silence does not count.",
        **_AMENDMENT, days=COUNT,
        consents=listed(record(
            country=SLUG, name=TEXT, at=_TIME, move=either(_NUMBER, NULL), reachable=FLAG,
            state={"enum": [*_HOW, "objection", "waiting"]},
        )),
        differences=listed(ref("InstrumentDifference")),
        moves=listed(record(
            number=_NUMBER, at=_TIME, name={"enum": list(MOVES)}, label=TEXT,
            party={"enum": list(PARTIES)}, party_label=TEXT, country=TEXT, country_name=TEXT,
            account=TEXT, lent_by=TEXT, note=TEXT, about=listed(_NAMED), changed=listed(TEXT),
            effective=_DAY,
        )),
        your=record(
            "For which member states the caller speaks, and what he can do now.",
            countries=listed(record(id=SLUG, name=TEXT, lent_by=TEXT)),
            moves=listed(record(
                name={"enum": list(MOVES)}, label=TEXT, countries=listed(_NAMED),
                needs=listed({"enum": ["note", "changes", "country"]}),
            )),
        ),
    ),
    "AmendmentInput": _input(
        "A change to be proposed: every clause that is to be changed, with all of its new text.",
        "effective", "country",
        instrument=_SHORT, reason=_NOTE, changes=_CHANGES, effective=_EFFECTIVE,
        country={**_SHORT, "description": "For which member state, where you speak for several."},
    ),
    "AmendmentMoveInput": _input(
        "The move, with what it needs.", "note", "country", "changes", "effective",
        move={"type": "string", "enum": [m for m in MOVES if m not in (PROPOSE, SILENCE)]},
        note=_NOTE, changes=_CHANGES, effective=_EFFECTIVE,
        country={**_SHORT, "description": "The member state that is spoken for, or, to write down a "
                 "consent, that has given it."},
    ),
}  # fmt: skip
"""Every schema that these operations use, by name."""


def _told(description: str, schema: Json | None = None, **more: Any) -> Json:
    return {"description": description, "schema": schema or TEXT, **more}


INSTRUMENT_ID: Final = _told("Identifier.", SLUG, example="terms-of-reference")
NUMBER: Final = _told("Number of a version.", example="1")
OTHER: Final = _told("Number of the version to compare it with.", example="1")
AMENDMENT_ID: Final = _told("Identifier.", example="0f0f2a3e-5a0c-4c8e-9d3f-2f6a1b7c4d5e")
LISTING: Final[dict[str, Json]] = {
    "instrument": _told("Identifier of an instrument."),
    "stage": _told("Where it stands.", {"type": "string", "enum": list(STAGES)}),
}
CURSOR: Final = _told("Where the page before ended, as 'next' told it.")
LIMIT: Final = _told(
    "How many at most.", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50}
)
EXAMPLE: Final = {
    "instrument": "terms-of-reference",
    "reason": "The network has grown.",
    "changes": [
        {"clause": "p21", "says": "Reporting may be reviewed so that it serves all member states."}
    ],
}
