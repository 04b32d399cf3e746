"""JSON Schemas of what the API takes and answers; those of entities derive from the graph schema."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.checking import LONGEST_TEXT
from matchmaker.schema import EntityType, Property, Schema

Json = dict[str, Any]

TEXT: Final[Json] = {"type": "string"}
NUMBER: Final[Json] = {"type": "number"}
COUNT: Final[Json] = {"type": "integer", "minimum": 0}
FLAG: Final[Json] = {"type": "boolean"}
UNIT: Final[Json] = {"type": "number", "minimum": 0, "maximum": 1}
SLUG: Final[Json] = {
    "type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 100,
}  # fmt: skip
_DATE: Final = "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"


def ref(name: str) -> Json:
    """Return a reference to a named schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(items: Json) -> Json:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def either(*schemas: Json) -> Json:
    """Return the schema of a value that fits one of several schemas."""
    return {"anyOf": list(schemas)}


def table(values: Json) -> Json:
    """Return the schema of an object with free names."""
    return {"type": "object", "additionalProperties": values}


def record(description: str = "", optional: tuple[str, ...] = (), /, **members: Json) -> Json:
    """Return the schema of an object whose members are required but for the optional ones."""
    schema: Json = {"type": "object"}
    if description:
        schema["description"] = description
    schema["properties"] = members
    schema["required"] = [name for name in members if name not in optional]
    return schema


NULL: Final[Json] = {"type": "null"}
_PLAIN: Final = either(TEXT, NUMBER, FLAG, listed(TEXT), NULL)


def _value(schema: Schema, prop: Property) -> Json:
    """Return the schema of one value of a property, without references."""
    if prop.kind == "term":
        return {"type": "string", "enum": list(schema.vocabularies[prop.vocabulary or ""])}
    if prop.kind in ("integer", "number"):
        value: Json = {"type": prop.kind}
        if prop.range:
            value |= {"minimum": prop.range[0], "maximum": prop.range[1]}
        return value
    if prop.kind == "boolean":
        return dict(FLAG)
    if prop.kind == "date":
        return {"type": "string", "pattern": _DATE}
    text: Json = {"type": "string", "maxLength": LONGEST_TEXT}
    if prop.pattern:
        text["pattern"] = f"^(?:{prop.pattern})$"
    return text


def _described(prop: Property, shape: Json) -> Json:
    words = prop.description + (f" In {prop.unit}." if prop.unit else "")
    return {"description": words, **shape}


def _read(schema: Schema, prop: Property) -> Json:
    """Return the schema of a property as it is answered."""
    one = ref("Reference") if prop.target else _value(schema, prop)
    shape = listed(one) if prop.many else one
    return _described(prop, shape if prop.required or prop.many else either(shape, NULL))


def _written(schema: Schema, prop: Property) -> Json:
    """Return the schema of a property as it is sent."""
    one = either(SLUG, ref("Named")) if prop.target else _value(schema, prop)
    return _described(prop, either(listed(one) if prop.many else one, NULL))


def entity_schemas(schema: Schema, kind: EntityType) -> dict[str, Json]:
    """Return the schemas of an entity type: in lists, in detail, a page of a list, and as sent."""
    members = {
        "id": SLUG,
        "type": {"const": kind.name},
        "caption": TEXT,
        **{p.name: _read(schema, p) for p in kind.properties.values()},
    }
    if kind.provenance:
        members["citations"] = listed(ref("Citation"))
    links = {"links": ref("Links")}
    related = {"relationships": listed(ref("RelationshipGroup"))}
    sent = {p.name: _written(schema, p) for p in kind.properties.values()}
    needed = [p.name for p in kind.properties.values() if p.required and p.default is None]
    return {
        kind.label: record(kind.description, **members, **links),
        f"{kind.label}Detail": record(kind.description, **members, **related, **links),
        f"{kind.label}List": record(
            items=listed(ref(kind.label)), next=either(TEXT, NULL), total=COUNT
        ),
        f"{kind.label}Input": {
            "type": "object",
            "description": "As read, or with identifiers in the place of references.",
            "properties": {"id": SLUG, "type": {"const": kind.name}, **sent},
            "required": needed,
        },
    }


def common_schemas(schema: Schema) -> dict[str, Json]:
    """Return the schemas that do not belong to one entity type."""
    types = list(schema.entities)
    reference: Json = {"id": SLUG, "caption": TEXT, "type": {"type": "string", "enum": types}}
    any_entity = [ref(f"{kind.label}Detail") for kind in schema.entities.values()]
    return {
        "Reference": record("An entity named by another.", **reference),
        "Named": record("A reference as read; only the identifier counts.", id=SLUG),
        "Links": record("Addresses.", ("matches",), self=TEXT, page=TEXT, matches=TEXT),
        "Citation": record(
            "Where a statement rests.", source=SLUG, title=TEXT, locator=TEXT, held=FLAG
        ),
        "RelationshipGroup": record(
            "All relationships of one type in one direction.",
            type=TEXT, caption=TEXT, direction={"enum": ["out", "in"]}, total=COUNT,
            items=listed(ref("Reference")),
        ),
        "Node": {"oneOf": any_entity},
        "Relationship": record(
            type=TEXT, caption=TEXT, description=TEXT, start=ref("Reference"), end=ref("Reference")
        ),
        "SearchResult": record(
            query=TEXT, total=COUNT,
            items=listed(record(**reference, snippet=TEXT, links=ref("Links"))),
            suggestions=listed(TEXT),
        ),
        "Snapshot": record("State of the data.", sequence=COUNT, as_of=TEXT),
        "SnapshotState": record(
            sequence=COUNT, as_of=TEXT, mode={"enum": ["live", "away", "seeds", "saved"]},
            read_only=FLAG, message=TEXT, entities=table(COUNT), relationships=COUNT,
        ),
        "Index": record(
            title=TEXT, snapshot=ref("Snapshot"), links=table(TEXT),
            collections=listed(
                record(type=TEXT, plural=TEXT, description=TEXT, total=COUNT, link=TEXT)
            ),
        ),
        "GraphSchema": record(
            entities=listed({"type": "object"}), relationships=listed({"type": "object"}),
            vocabularies=table(table(TEXT)),
        ),
        "OpenApi": {"type": "object", "description": "An OpenAPI 3.1 document."},
        "Problem": record(
            "Problem details (RFC 9457).", ("parameter", "faults", "suggestions"),
            type=TEXT, title=TEXT, status={"type": "integer"}, detail=TEXT, instance=TEXT,
            parameter=TEXT, suggestions=listed(TEXT),
            faults=listed(record(property=TEXT, message=TEXT)),
        ),
        "Written": record(
            "What a write did; a write that changes nothing has no sequence number.",
            ("sequence", "at", "before", "after"),
            id=SLUG, changed=FLAG, sequence=COUNT, at=TEXT,
            before=either({"type": "object"}, NULL), after=either({"type": "object"}, NULL),
        ),
    }  # fmt: skip


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
            ("diversity",), need=ref("NeedInMatch"), **frame,
            excluded=listed(record("Not eligible, and why.", **party, reasons=reasons)),
            matches=listed(ref("Match")),
            diversity=record(
                "The bound, the mean score given up over the places listed, the places that no pair "
                "in the bound could fill, and the pairs of the plain list that it keeps out.",
                value=UNIT, most=COUNT, bound=TEXT, cost=UNIT, unfilled=COUNT,
                left_out=listed(record(plain_rank=COUNT, score=UNIT, **party)),
            ),
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
            entity=SLUG, type=TEXT, property=TEXT, **{"from": _PLAIN}, to=_PLAIN, reason=TEXT,
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
