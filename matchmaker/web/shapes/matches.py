"""JSON Schemas of matches, their explanation, what would raise them, and how they spread."""

from __future__ import annotations

from matchmaker.matching.cautions import FLAGS
from matchmaker.web.shapes.values import (
    COUNT,
    FLAG,
    NULL,
    NUMBER,
    PLAIN,
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


def match_schemas() -> dict[str, Json]:
    """Return the schemas of matches and their explanation."""
    city = record(id=SLUG, name=TEXT)
    party = {
        "offer": either(record(id=SLUG, title=TEXT), NULL),
        "partner": record(id=SLUG, name=TEXT),
    }
    reasons = listed(record(rule=TEXT, message=TEXT))
    match = {
        "rank": either({"type": "integer", "minimum": 1}, NULL),
        "score": UNIT,
        "city_fit": UNIT,
        "partner_fit": UNIT,
        "confidence": UNIT,
        "band": {"enum": ["strong", "promising", "speculative"]},
        "probability": either(UNIT, NULL),
        "label": either(TEXT, NULL),
        **party,
        "already": listed(SLUG),
        "cautions": listed(
            record(
                "What to keep in mind about the offer; no part of the score.",
                name={"enum": list(FLAGS)},
                label=TEXT,
                says=TEXT,
                source=either(record(id=SLUG, title=TEXT), NULL),
            )
        ),
        "contributions": listed(ref("Contribution")),
        "evidence": listed(ref("Evidence")),
    }
    frame = {"algorithm": ref("AlgorithmInUse"), "snapshot": ref("Snapshot"), "total": COUNT}
    across = {**frame, "matches": listed(ref("MatchWithNeed"))}
    used = {
        "name": TEXT,
        "version": TEXT,
        "formula": {"const": "harmonic_mean"},
        "weights": record(city=table(NUMBER), partner=table(NUMBER)),
        "prior": record(k=NUMBER, m=UNIT),
        "model": record(name=TEXT, version=TEXT, outcomes=COUNT),
        "bands": listed(record(band=TEXT, score=UNIT, confidence=UNIT)),
        "text_model": TEXT,
    }
    feature = record(name=TEXT, label=TEXT, sides=listed(TEXT), description=TEXT)
    return {
        "Contribution": record(
            "One line of a fit; 'value' null means unknown.",
            feature=TEXT, side={"enum": ["city", "partner"]}, value=either(UNIT, NULL),
            weight={"type": "number", "minimum": 0}, amount=UNIT, detail=TEXT,
        ),
        "Evidence": record(
            "A path of node identifiers and relationship types in turn, with the sources that its "
            "nodes cite.",
            feature=TEXT, path=listed(TEXT),
            sources=listed(record(source=SLUG, title=TEXT, locator=TEXT, held=FLAG, node=SLUG)),
        ),
        "Match": record(
            "A scored pair; 'plain_rank' is its rank without a bound, in a list made under one.",
            ("plain_rank",), **match, plain_rank={"type": "integer", "minimum": 1},
        ),
        "MatchWithNeed": record("A scored pair with its need.", need=ref("NeedInMatch"), **match),
        "NeedInMatch": record(id=SLUG, title=TEXT, city=city),
        "NeedMatches": record(
            "'diversity' tells of the bound that the list was made under, if it was.",
            ("diversity", "marks"), need=ref("NeedInMatch"), **frame,
            excluded=listed(record("Not eligible, and why.", **party, reasons=reasons)),
            matches=listed(ref("Match")),
            diversity=record(
                "The bound, the mean score given up over the places listed, the places that no pair "
                "in the bound could fill, and the pairs of the plain list that it keeps out.",
                value=UNIT, most=COUNT, bound=TEXT, cost=UNIT, unfilled=COUNT,
                left_out=listed(record(plain_rank=COUNT, score=UNIT, **party)),
            ),
            marks=ref("MarksOnMatches"),
        ),
        "CityMatches": record(city=city, **across),
        "OfferMatches": record(offer=record(id=SLUG, title=TEXT), **across),
        "PartnerMatches": record(partner=record(id=SLUG, name=TEXT), **across),
        "Pair": record(
            need=ref("NeedInMatch"), **party, **frame, eligible=FLAG, recommended=FLAG,
            reasons=reasons, rank=match["rank"], match=ref("Match"),
        ),
        "PairChanges": record(
            "What would raise a pair.  A write moves the data to its own day, so everything is told "
            "for a change written on 'applied_on'; 'unchanged_score' is the score on that day "
            "without one.",
            need=ref("NeedInMatch"), **party, **frame, score=UNIT, rank=match["rank"],
            first_failing=either(record(rule=TEXT, message=TEXT), NULL),
            would_be_rank=match["rank"], applied_on=TEXT, unchanged_score=UNIT,
            changes=listed(ref("PairChange")),
        ),
        "PairChange": record(
            "One property set to another value.  'score' is the pair's then, 'gain' how much that is "
            "more than now; 'lifts' names the condition that comes to hold.  'document' is to be "
            "sent by PUT as it is; a hypothetical change has none.",
            entity=SLUG, type=TEXT, property=TEXT, **{"from": PLAIN}, to=PLAIN, reason=TEXT,
            kind={"enum": ["fill_in", "change_terms", "hypothetical"]}, hypothetical=FLAG,
            lifts=either(TEXT, NULL), score=UNIT, gain=NUMBER, rank=match["rank"],
            moved=listed(ref("MovedValue")), document=either({"type": "object"}, NULL),
        ),
        "MovedValue": record(
            "A feature's value before and after; null means unknown.",
            feature=TEXT, side={"enum": ["city", "partner"]},
            **{"from": either(UNIT, NULL)}, to=either(UNIT, NULL),
        ),
        "AlgorithmInUse": record("What scored a match.", **used),
        "Algorithm": record(
            "How matches are scored.", **used, weights_origin=TEXT, features=listed(feature),
            calibration=listed(record(score=UNIT, pairs=COUNT, hits=COUNT, probability=UNIT)),
        ),
    }  # fmt: skip


def exposure_schemas() -> dict[str, Json]:
    """Return the schemas of the report on how recommendations spread."""
    bands = record(strong=COUNT, promising=COUNT, speculative=COUNT)
    part = {
        "listings": COUNT,
        "share": UNIT,
        "exposure": {"type": "number", "minimum": 0},
        "exposure_share": UNIT,
    }
    shown = {
        "total": COUNT,
        "listed": COUNT,
        **dict.fromkeys(("coverage", "gini", "top_share", "exposure_gini"), UNIT),
        "exposure_top_share": UNIT,
        "items": listed(record(id=SLUG, name=TEXT, **part)),
    }
    having = record(count=COUNT, share=UNIT, share_of_asking=UNIT)
    served = {
        "total": COUNT,
        "asking": COUNT,
        "needs": COUNT,
        "bands": bands,
        "with_strong": having,
        "with_promising": having,
        "gini": UNIT,
    }
    city = record(
        id=SLUG, name=TEXT, country=record(id=SLUG, name=TEXT), needs=COUNT, collaborations=COUNT,
        bands=bands,
    )  # fmt: skip
    return {
        "Exposure": record(
            "A listing is one of the first 'limit' matches of an open need; 'exposure' counts it as "
            "1 / log2(rank + 1). Ginis are 0 where all are shown alike.",
            algorithm=ref("AlgorithmInUse"), snapshot=ref("Snapshot"), limit=COUNT, needs=COUNT,
            listings=COUNT,
            diversity=record(value=UNIT, most=COUNT, cost=UNIT, unfilled=COUNT),
            partners=record("All partners.", **shown),
            countries=record(
                "All home countries of partners; partners without one stand apart.", **shown,
                without_country=record(**part),
            ),
            cities=record(
                "All cities; 'asking' have an open need, 'with_promising' a promising match or a "
                "better one; the Gini is that of those matches.",
                **served, items=listed(city),
            ),
            under_served=record(
                "Cities with which no collaboration is documented.", **served,
                items=listed(record(id=SLUG, name=TEXT)),
            ),
        ),
    }  # fmt: skip
