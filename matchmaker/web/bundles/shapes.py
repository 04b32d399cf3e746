"""JSON Schemas of the API's operations on bundles."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.bundles.moves import ANSWERS, MOST_NEEDS, MOST_TARGETS, MOVES, STAGES
from matchmaker.usecases.bundles.making import LONGEST_NOTE, LONGEST_TITLE
from matchmaker.web.brokering import shapes
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

RECORD_ID: Final = shapes.RECORD_ID
CURSOR: Final = shapes.CURSOR
LIMIT: Final = {**shapes.LIMIT, "schema": {**shapes.LIMIT["schema"], "default": 20}}
_TIME: Final[Json] = {"type": "string", "description": "ISO 8601, UTC."}
_NAMED: Final = record(id=SLUG, name=TEXT)
_TITLED: Final = record(id=SLUG, title=TEXT)
_COUNTED: Final = record(id=SLUG, name=TEXT, needs=COUNT)
_NEED: Final[dict[str, Json]] = {"id": SLUG, "title": TEXT, "city": _NAMED, "country": _NAMED}
_PART: Final = either(UNIT, NULL)
_SHARED: Final = record(
    "What at least two of the needs have in common, with how many of them do.",
    topics=listed(_COUNTED), support=listed(_COUNTED),
    words=listed(record(word=TEXT, needs=COUNT)),
)  # fmt: skip
_TOLD: Final[dict[str, Json]] = {
    "cohesion": {**UNIT, "description": "Mean likeness over all pairs of needs."},
    "least_like": {**TEXT, "description": "The need that is least like the others."},
    "alike": {**listed(ref("NeedLink")), "description": "Each pair of needs."},
    "shared": _SHARED,
    "pairs": listed(ref("BundleAnswer")),
    "singles": listed(ref("BundleAnswer")),
}
_SUMMARY: Final[dict[str, Json]] = {
    "id": TEXT, "version": {**COUNT, "description": "Number of moves; what If-Match compares."},
    "title": TEXT, "stage": {"type": "string", "enum": list(STAGES)}, "at": _TIME,
    "changed_at": _TIME,
    "suggestion": {**TEXT, "description": "The suggestion that it began with; else empty."},
    "ready": {**FLAG, "description": "Whether needs of two cities take part: it can be proposed."},
    "cities": COUNT,
    "needs": listed(
        record(**_NEED, answer={"type": "string", "enum": list(ANSWERS)}, yours=FLAG)
    ),
    "links": record("As data and as a page.", self=TEXT, page=TEXT),
}  # fmt: skip


def _input(description: str, *optional: str, **members: Json) -> Json:
    """Return the schema of what is sent: nothing else may be."""
    return record(description, optional, **members) | {"additionalProperties": False}


_TITLE: Final[Json] = {"type": "string", "minLength": 1, "maxLength": LONGEST_TITLE}
_NOTE: Final[Json] = {"type": "string", "maxLength": LONGEST_NOTE}
_NEEDS: Final[Json] = {**listed(SLUG), "maxItems": MOST_NEEDS}

ALL: Final[dict[str, Json]] = {
    "NeedLink": record(
        "How like two needs are: the mean of its parts by the weights of 'method'; a part is null "
        "where a need does not tell, and does not count then.",
        needs={**listed(SLUG), "minItems": 2, "maxItems": 2}, likeness=UNIT, topics=_PART,
        text=_PART, support=_PART,
    ),
    "BundleAnswer": record(
        "One supply, or a solution and then its funder, for all needs. 'value' of a need is its "
        "score, or the harmonic mean of the two scores; of a city the mean over its needs; 'score' "
        "the mean over the cities and 'floor' the least of them.",
        score=UNIT, floor=record(city=SLUG, value=UNIT),
        supplies=listed(record(
            target=SLUG, offer=either(_TITLED, NULL), partner=_NAMED, support=listed(SLUG),
        )),
        cities=listed(record(city=SLUG, value=UNIT)),
        of_needs=listed(record(
            need=SLUG, value=UNIT,
            scores=listed(record(
                "The score of the pair, as the address of 'match' explains it.",
                target=SLUG, score=UNIT, match=TEXT,
            )),
        )),
    ),
    "BundleSuggestion": record(
        "Like needs of at least two cities. A need is in one suggestion at most.",
        id={**TEXT, "description": "The same for the same needs."}, title=TEXT, cities=COUNT,
        needs=listed(record(
            **_NEED, to_rest={**UNIT, "description": "Mean likeness to the other needs."},
        )),
        **_TOLD,
    ),
    "BundleSuggestions": record(
        "Bundles that the open needs suggest, the most alike first; 'alone' are needs in none.",
        algorithm=ref("AlgorithmInUse"), snapshot=ref("Snapshot"),
        method=record(
            communities={"enum": ["louvain"]}, seed=COUNT, least=UNIT, neighbours=COUNT,
            most_needs=COUNT, weights=record(topics=NUMBER, text=NUMBER, support=NUMBER),
        ),
        needs=COUNT, joined={**COUNT, "description": "Pairs of needs that are joined."},
        modularity=either(NUMBER, NULL),
        suggestions=listed(ref("BundleSuggestion")), alone=listed(record(**_NEED)),
    ),
    "BundleSummary": record(**_SUMMARY),
    "BundleList": record(items=listed(ref("BundleSummary")), next=either(TEXT, NULL)),
    "Bundle": record(
        "A bundle in full. Who is not staff sees notes and engagements of his own cities only.",
        **_SUMMARY, **_TOLD,
        possible={**listed({"type": "string", "enum": list(MOVES)}),
                  "description": "The moves that you can make."},
        moves=listed(record(
            number={"type": "integer", "minimum": 1},
            name={"type": "string", "enum": ["open", *MOVES]}, at=_TIME, needs=listed(_TITLED),
            targets=listed(_TITLED), note=TEXT,
        )),
        engagements=listed(record(
            "What became of a proposal: 'engagement' is empty where none was opened, and 'problem' "
            "tells why.",
            need=_TITLED, city=_NAMED, target=_TITLED, engagement=TEXT, stage=TEXT,
            stage_label=TEXT, problem=TEXT,
        )),
    ),
    "BundleInput": _input(
        "A bundle of needs of at least two cities, as suggested or changed by hand.",
        "suggestion", "note",
        title=_TITLE, needs={**_NEEDS, "minItems": 2},
        suggestion={"type": "string", "maxLength": 100},
        note={**_NOTE, "description": "For the cities that are asked."},
    ),
    "BundleMoveInput": _input(
        "A move. 'add', 'remove', 'accept' and 'decline' name needs, 'propose' names targets: offers, "
        "or partners without one.",
        "needs", "targets", "note",
        move={"type": "string", "enum": list(MOVES)}, needs=_NEEDS,
        targets={**listed(SLUG), "maxItems": MOST_TARGETS}, note=_NOTE,
    ),
}  # fmt: skip
"""Every schema that the operations on bundles use, by name."""
EXAMPLE: Final[dict[str, Any]] = {
    "title": "Traffic management: Da Nang and Mandalay",
    "needs": ["da-nang-scap2018-1", "mandalay-scap2018-1"],
}
