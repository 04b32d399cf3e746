"""JSON Schemas of what the API takes and answers; those of entities derive from the graph schema."""

from __future__ import annotations

from typing import Final

from matchmaker.checking import LONGEST_TEXT
from matchmaker.schema import PROVENANCE, EntityType, Property, Schema
from matchmaker.web.shapes.matches import exposure_schemas, match_schemas
from matchmaker.web.shapes.values import (
    COUNT,
    DATE,
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
    table,
)

__all__ = [
    "COUNT",
    "DATE",
    "FLAG",
    "NULL",
    "NUMBER",
    "SEEN_BY",
    "SLUG",
    "TEXT",
    "UNIT",
    "Json",
    "common_schemas",
    "either",
    "entity_schemas",
    "exposure_schemas",
    "listed",
    "match_schemas",
    "record",
    "ref",
    "table",
]

SEEN_BY: Final[dict[str, str]] = {
    "public": "",
    "members": " Members of the network see it, where it is set.",
    "parties": " Only those whose own it is and the secretariat see it, where it is set.",
}
"""What the description of a property says of who sees it."""


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
        return {"type": "string", "pattern": DATE}
    text: Json = {"type": "string", "maxLength": LONGEST_TEXT}
    if prop.pattern:
        text["pattern"] = f"^(?:{prop.pattern})$"
    return text


def _described(prop: Property, shape: Json) -> Json:
    words = prop.description + (f" In {prop.unit}." if prop.unit else "")
    return {"description": words + SEEN_BY[prop.visibility], **shape}


def _read(schema: Schema, prop: Property) -> Json:
    """Return the schema of a property as it is answered."""
    one = ref("Reference") if prop.target else _value(schema, prop)
    shape = listed(one) if prop.many else one
    always = prop.required or prop.many or prop.visibility != "public"
    return _described(prop, shape if always else either(shape, NULL))


def _written(schema: Schema, prop: Property) -> Json:
    """Return the schema of a property as it is sent."""
    one = either(SLUG, ref("Named")) if prop.target else _value(schema, prop)
    shape = listed(one) if prop.many else one
    return _described(prop, shape if _is_needed(prop) else either(shape, NULL))


_OWN_WORD = (
    " Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held'; all "
    "others must give them."
)


def _is_needed(prop: Property) -> bool:
    """Tell whether a write must give a property; provenance may be left to one's own statement."""
    return prop.required and prop.default is None and prop not in PROVENANCE


def entity_schemas(schema: Schema, kind: EntityType) -> dict[str, Json]:
    """Return the schemas of an entity type: in lists, in detail, in part, a page, and as sent."""
    members = {
        "id": SLUG,
        "type": {"const": kind.name},
        "caption": TEXT,
        "version": {**COUNT, "description": "Sequence number of its last change."},
        **{p.name: _read(schema, p) for p in kind.properties.values()},
    }
    if kind.provenance:
        members["citations"] = listed(ref("Citation"))
    links = {"links": ref("Links")}
    related = {"relationships": listed(ref("RelationshipGroup"))}
    secret = tuple(p.name for p in kind.properties.values() if p.visibility != "public")
    every = {**members, **related, **links}
    sent = {p.name: _written(schema, p) for p in kind.properties.values()}
    needed = [p.name for p in kind.properties.values() if _is_needed(p)]
    return {
        kind.label: record(kind.description, secret, **members, **links),
        f"{kind.label}Detail": record(kind.description, secret, **every),
        f"{kind.label}Part": record(
            "What was chosen by 'fields'.", tuple(set(every) - {"id", "type"}), **every
        ),
        f"{kind.label}Answer": either(ref(f"{kind.label}Detail"), ref(f"{kind.label}Part")),
        f"{kind.label}List": record(
            items=listed(either(ref(kind.label), ref(f"{kind.label}Part"))),
            next=either(TEXT, NULL),
            total=COUNT,
        ),
        f"{kind.label}Input": {
            "type": "object",
            "description": "As read, or with identifiers in the place of references."
            + (_OWN_WORD if kind.provenance else ""),
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
            read_only=FLAG, message=TEXT, texts_waiting=COUNT, entities=table(COUNT),
            relationships=COUNT,
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
            "Problem details (RFC 9457).",
            ("parameter", "faults", "suggestions", "moved_to", "version", "stage", "possible",
             "parties", "engagement"),
            type=TEXT, title=TEXT, status={"type": "integer"}, detail=TEXT, instance=TEXT,
            parameter=TEXT, suggestions=listed(TEXT), moved_to=SLUG, version=COUNT,
            faults=listed(record(property=TEXT, message=TEXT)), stage=TEXT, possible=listed(TEXT),
            parties=listed(TEXT), engagement=TEXT,
        ),
    }  # fmt: skip
