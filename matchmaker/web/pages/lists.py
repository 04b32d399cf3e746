"""Lists of entities with filters, the topic tree, and the data model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from matchmaker.errors import BadRequestError
from matchmaker.model import Entity
from matchmaker.schema import EntityType
from matchmaker.usecases.reading.details import list_entities
from matchmaker.usecases.reading.filtering import LIST_PARAMETERS, Filter, filters_of
from matchmaker.web.pages.maps import network_map
from matchmaker.web.pages.viewmodels import SEEN_BY, Fact, Link, View, plain_number, words

_PER_PAGE = 100
_OF_API = frozenset(LIST_PARAMETERS) - {"q", "cursor"}
_FILTERS = {
    "city": ("country", "member_group"),
    "need": ("country", "topic", "support_types", "status"),
    "partner": ("kind", "country", "topic"),
    "offer": ("support_type", "topic"),
    "project": ("country", "focus_area", "status"),
    "collaboration": ("country", "topic", "role", "stage"),
    "country": ("relation",),
    "observation": ("city",),
    "project_listing": ("year", "country", "focus_area", "status"),
    "white_paper": ("cities", "partners", "topic", "language", "status"),
}
_COLUMNS = {
    "city": ("country", "population", "year_joined"),
    "need": ("city", "support_types", "year"),
    "partner": ("full_name", "kind", "country"),
    "offer": ("partner", "support_type"),
    "project": ("city", "focus_area", "status"),
    "collaboration": ("city", "partner", "stage", "first_year"),
    "country": ("relation",),
    "source": ("publisher", "date", "held"),
    "theme": ("definition",),
    "support_type": ("definition",),
    "observation": ("city", "value", "year"),
    "project_listing": ("project", "focus_area", "year", "status"),
    "annual_total": ("projects_total", "ongoing", "planning", "completed"),
    "white_paper": ("cities", "partners", "language", "published_on", "status"),
}
_NONE_YET = {
    "white_paper": "No white paper has been published here yet. Cities and partners write them at the "
    "desk, out of what they have agreed; once all co-authors agree, the secretariat publishes them.",
}
"""What the list of a type says while there are none of it."""
_EMPTY_SPEAKS = {("partner", "country")}
"""Columns where an empty cell may mean that there is none: multilateral bodies have no home."""

# Counted columns: heading, relationship that leads to the entity, type counted.
_COUNTS = {
    "city": (("Needs", "OF_CITY", "need"), ("Projects", "OF_CITY", "project"),
             ("Collaborations", "OF_CITY", "collaboration")),
    "partner": (("Offers", "OFFERED_BY", "offer"), ("Collaborations", "WITH_PARTNER", "collaboration")),
    "country": (("Cities", "IN_COUNTRY", "city"), ("Partners", "IN_COUNTRY", "partner")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a list."""

    label: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One entity in a list."""

    link: Link
    cells: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """One choice with which a list can be narrowed down."""

    name: str
    label: str
    description: str
    options: tuple[tuple[str, str], ...]
    chosen: str


def listing(
    view: View, kind: EntityType, arguments: MultiDict[str, str], basemap: str
) -> dict[str, Any]:
    """Return what the list of one entity type shows.

    Parameters
    ----------
    view : View
        What to read.
    kind : EntityType
        Type of the entities.
    arguments : MultiDict
        The query: filters, ``q`` and ``cursor``; empty ones count as not given.
    basemap : str
        Address of the base map.

    Raises
    ------
    BadRequestError
        If a filter, a value or the cursor cannot be used.
    """
    given = {name: values for name in arguments if any(values := arguments.getlist(name))}
    wanted = {n: [v for v in vs if v] for n, vs in given.items() if n not in ("q", "cursor")}
    if name := next((n for n in wanted if n in _OF_API), None):
        raise BadRequestError(name, "is not a parameter of a page; the API takes it")
    q = given.get("q", [None])[0]
    page = list_entities(
        view.snapshot, kind.name, filters=wanted, q=q, cursor=given.get("cursor", [None])[0],
        limit=_PER_PAGE,
    )  # fmt: skip
    entities = [view.snapshot.entities[item["id"]] for item in page["items"]]
    counts = _COUNTS.get(kind.name, ())
    names = [n for n in _COLUMNS.get(kind.name, ()) if n in kind.properties]
    headings = [Heading(words(kind.caption) if kind.caption != "label_en" else "Name")]
    headings += [Heading(words(n), kind.properties[n].kind in ("integer", "number")) for n in names]
    headings += [Heading(label, True) for label, _, _ in counts]
    after = None
    if page["next"]:
        pairs = [(n, v) for n, vs in wanted.items() for v in vs] + ([("q", q)] if q else [])
        after = f"/{kind.plural}?{urlencode([*pairs, ('cursor', page['next'])])}"
    rows = [_row(view, entity, names, counts) for entity in entities]
    if kind.name != "annual_total" and len(rows) == page["total"]:
        rows.sort(key=lambda row: row.link.caption.casefold())
    context: dict[str, Any] = {
        "kind": kind,
        "heading": words(kind.plural.replace("-", "_")),
        "controls": _controls(view, kind, wanted),
        "words_wanted": q or "",
        "narrowed": bool(wanted or q),
        "none_yet": "" if view.snapshot.of_type(kind.name) else _NONE_YET.get(kind.name, ""),
        "columns": headings,
        "rows": rows,
        "total": page["total"],
        "next": after,
        "map": None,
        "off_map": "",
    }
    if kind.name == "city" and entities:
        points, context["off_map"] = view.points(entities, 0.3)
        if points:
            context["map"] = network_map(points, basemap, title="Map of the cities listed")
    return context


def _row(
    view: View, entity: Entity, names: Sequence[str], counts: Sequence[tuple[str, str, str]]
) -> Row:
    cells = []
    for name in names:
        value = entity.number(name)
        if value is not None and "year" not in name:
            cells.append(Fact(words(name), "", (plain_number(value),)))
        else:
            cells += view.facts(entity, name) or [Fact(words(name), "", _empty(entity, name))]
    for label, relationship, kind in counts:
        cells.append(Fact(label, "", (str(view.count(entity.id, relationship, kind)),)))
    return Row(view.link(entity.id), tuple(cells))


def _empty(entity: Entity, name: str) -> tuple[str, ...]:
    """Return what a list shows where nothing is set: that it is unknown, unless empty says more."""
    return () if (entity.type, name) in _EMPTY_SPEAKS else ("not documented",)


def _controls(view: View, kind: EntityType, wanted: dict[str, list[str]]) -> list[Control]:
    known = filters_of(view.schema, kind.name)
    chosen = [n for n in (*_FILTERS.get(kind.name, ()), *wanted) if n in known]
    return [
        Control(
            name,
            "Focus area or topic" if name == "topic" else _in_words(known[name]),
            known[name].description,
            _options(view, kind, known[name], wanted.get(name, ())),
            next(iter(wanted.get(name, ())), ""),
        )
        for name in dict.fromkeys(chosen)
    ]


def _in_words(rule: Filter) -> str:
    return words(rule.prop) + {"": "", "gte": " from", "lte": " until"}[rule.bound]


def _options(
    view: View, kind: EntityType, rule: Filter, chosen: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Return the values that a filter may take, as (value, caption), in a useful order."""
    if rule.bound:
        return tuple((value, value) for value in chosen)
    if rule.kind == "boolean":
        return (("true", "yes"), ("false", "no"))
    if rule.vocabulary:
        return tuple((term, words(term)) for term in view.schema.vocabularies[rule.vocabulary])
    if rule.target is None:
        held = {e.number(rule.name) for e in view.snapshot.of_type(kind.name).values()}
        return tuple((str(v), str(v)) for v in sorted(v for v in held if v is not None))
    targets = list(view.snapshot.of_type(rule.target).values())
    if rule.target == "country" and kind.name != "partner":
        targets = [t for t in targets if t.text("relation") == "member"]
    if rule.name == "focus_area":
        targets = [t for t in targets if t.text("kind") == "focus_area"]
    # Focus areas come before the many project types.
    targets.sort(
        key=lambda t: (t.text("kind") == "project_type", view.schema.caption(t).casefold())
    )
    return tuple((t.id, view.schema.caption(t)) for t in targets)


def branch(view: View, topic: str, above: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a topic and what lies below it; a topic under itself is not followed again."""
    below = [t for t in view.narrower.get(topic, ()) if t not in above]
    return {
        "id": topic,
        "link": view.link(topic),
        "needs": len(view.about(topic, "need")),
        "projects": len(view.about(topic, "project")),
        "below": [branch(view, t, (*above, topic)) for t in below],
    }


def topics(view: View) -> dict[str, Any]:
    """Return the topic tree, one branch for each focus area."""
    areas = [t for t in view.snapshot.of_type("topic").values() if t.text("kind") == "focus_area"]
    return {"tree": [branch(view, area.id) for area in areas]}


def schema_page(view: View) -> dict[str, Any]:
    """Return what the page of the data model shows."""
    return {
        "types": [
            {
                "name": kind.name,
                "title": words(kind.name),
                "plural": kind.plural,
                "description": kind.description,
                "count": len(view.snapshot.of_type(kind.name)),
                "properties": kind.properties.values(),
            }
            for kind in view.schema.entities.values()
        ],
        "relationships": view.schema.relationships.values(),
        "vocabularies": view.schema.vocabularies,
        "seen_by": SEEN_BY,
    }
