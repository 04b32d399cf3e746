"""What the pages of single entities show, by entity type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from matchmaker.model import Entity
from matchmaker.usecases.filtering import select
from matchmaker.usecases.matches import Matcher
from matchmaker.web.matchviews import cards
from matchmaker.web.pages_lists import branch
from matchmaker.web.viewmodels import Link, View, plain_number, words

Context = dict[str, Any]
_BEST = 5
_MORE = 200
_ELSEWHERE = frozenset({"source", "locator", "date", "source_held", "label_th", "name_th",
                        "definition", "description"})  # fmt: skip
"""Properties that stand above or below the table of facts."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A link with a few words that say where it belongs."""

    caption: str
    url: str
    place: str


def thing(view: View, entity: Entity) -> Context:
    """Return what every entity's page shows: facts, what leads to it, its sources."""
    kind = view.schema.entities[entity.type]
    plural = words(kind.plural.replace("-", "_"))
    return {
        "map": None,
        "link": view.link(entity.id),
        "kind_name": words(entity.type),
        "steps": [(plural, f"/{kind.plural}")],
        "text": entity.text("definition") or entity.text("description"),
        "facts_": view.facts(
            entity, *(n for n in kind.properties if n not in {*_ELSEWHERE, kind.caption})
        ),
        "groups": view.groups(entity),
        "cited": view.cited(entity),
        "date": entity.text("date") if kind.provenance else "",
    }


def city(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a city's page shows."""
    found = matcher.city_matches(entity.id, _BEST)
    projects: dict[str, list[Context]] = {}
    for project in view.pointing(entity.id, "OF_CITY", "project"):
        projects.setdefault(words(project.text("status")), []).append(
            {
                "link": view.link(project.id),
                "area": view.link(project.text("focus_area")).caption,
                "years": _years(project),
            }
        )
    return {
        "country": view.link(entity.text("country")),
        "facts_": view.facts(entity, "country", "population", "year_joined", "member_group",
                             "population_note"),
        "needs": [
            {
                "link": view.link(need.id),
                "text": need.text("description"),
                "support": view.links(need.refs("support_types")),
                "year": need.integer("year"),
            }
            for need in view.pointing(entity.id, "OF_CITY", "need")
        ],
        "cards": cards(view, found),
        "total": found["total"],
        "projects": sorted(projects.items()),
        "collaborations": _cases(view, view.pointing(entity.id, "OF_CITY", "collaboration")),
        "observations": [_observation(view, o) for o in
                         view.pointing(entity.id, "OF_CITY", "observation")],
        "points": [view.point(entity, 1.0)],
        "country_code": view.country_code(entity),
    }  # fmt: skip


def need(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a need's page shows: what is sought, and who could help."""
    found = matcher.need_matches(entity.id, limit)
    served = [
        {
            "link": view.link(c.id),
            "text": f"with {view.link(c.text('partner')).caption}, "
            f"{words(c.text('stage')).lower()}",
        }
        for c in view.pointing(entity.id, "SERVES", "collaboration")
    ]
    served += [
        {"link": view.link(p.id), "text": f"project in the reports, {_years(p)}"}
        for p in view.pointing(entity.id, "CONTINUES", "project")
    ]
    return {
        "city": view.link(entity.text("city")),
        "text": entity.text("description"),
        "support": view.links(entity.refs("support_types")),
        "topics": view.links(entity.refs("topics")),
        "facts_": view.facts(entity, "city", "focus_area", "support_words", "year", "status"),
        "served": served,
        "cards": cards(view, found),
        "total": found["total"],
        "more": min(max(found["total"], limit), _MORE),
        "excluded": [
            {
                "partner": view.link(e["partner"]["id"]),
                "offer": view.link(e["offer"]["id"]) if e["offer"] else None,
                "reasons": [reason["message"] for reason in e["reasons"]],
                "url": f"/matches/{entity.id}/{(e['offer'] or e['partner'])['id']}",
            }
            for e in found["excluded"]
        ],
    }  # fmt: skip


def partner(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a partner's page shows."""
    found = matcher.partner_matches(entity.id, limit)
    cases = view.pointing(entity.id, "WITH_PARTNER", "collaboration")
    cities = dict.fromkeys(case.text("city") for case in cases)
    return {
        "full_name": entity.text("full_name"),
        "profile": entity.text("profile"),
        "topics": view.links(dict.fromkeys(t for e in (entity, *cases) for t in e.refs("topics"))),
        "facts_": view.facts(entity, "kind", "country", "mandate", "mandate_note"),
        "offers": [
            {
                "link": view.link(offer.id),
                "support": view.link(offer.text("support_type")),
                "text": offer.text("description"),
            }
            for offer in view.pointing(entity.id, "OFFERED_BY", "offer")
        ],
        "collaborations": _cases(view, cases),
        "points": [view.point(view.snapshot.entities[c], 0.6) for c in cities],
        "cards": cards(view, found),
        "total": found["total"],
    }


def offer(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what an offer's page shows."""
    found = matcher.offer_matches(entity.id, limit)
    cases = [view.snapshot.entities[i] for i in entity.refs("documented_by")]
    return {
        "partner": view.link(entity.text("partner")),
        "text": entity.text("description"),
        "topics": view.links(
            dict.fromkeys(t for e in (entity, *cases) for t in e.refs("topics"))
        ),
        "facts_": view.facts(entity, "partner", "support_type", "limited_to", "valid_until",
                             "status"),
        "documented": _cases(view, cases),
        "cards": cards(view, found),
        "total": found["total"],
    }  # fmt: skip


def topic(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a topic's page shows, narrower topics counted in."""
    kinds = ("need", "offer", "partner", "project", "collaboration")
    chosen = {"topic": [entity.id]}
    themes = [theme.id for theme in view.snapshot.sources_of(entity.id, "COVERS")]
    related = [*entity.refs("related")]
    related += [t.id for t in view.pointing(entity.id, "RELATED", "topic") if t.id not in related]
    return {
        "facts_": view.facts(entity, "kind", "broader", "alt_labels", "sdg_targets"),
        "steps": [("Topics", "/topics"),
                  *((link.caption, link.url) for link in view.links(entity.refs("broader"))[:1])],
        "tree": branch(view, entity.id)["below"],
        "groups": [
            *(
                (_plural(view, kind), _placed(view, select(view.snapshot, kind, chosen)))
                for kind in kinds
            ),
            ("Close in subject", view.links(related)),
            ("Themes of the 2019 meeting", view.links(themes)),
        ],
    }  # fmt: skip


def theme(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a theme's page shows: its topics and the needs under them."""
    covered = entity.refs("covers")
    found = {n.id: n for t in covered for n in view.about(t, "need")}
    return {
        "facts_": [],
        "groups": [
            ("Topics (our mapping)", view.links(covered)),
            ("Needs", _placed(view, (found[i] for i in sorted(found)))),
        ],
    }


def project(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a project's page shows, with the project in each year's report."""
    city_link = view.link(entity.text("city"))
    listings = sorted(
        view.pointing(entity.id, "LISTS", "project_listing"), key=lambda e: e.integer("year")
    )
    return {
        "steps": [("Cities", "/cities"), (city_link.caption, city_link.url)],
        "listings": [
            {
                "year": listed.integer("year"),
                "link": view.link(listed.id),
                "status": words(listed.text("status")),
                "how": words(listed.text("link_confidence")),
            }
            for listed in listings
        ],
        "groups": [(name, links) for name, links in view.groups(entity)
                   if name != _plural(view, "project_listing")],
    }  # fmt: skip


def collaboration(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a collaboration's page shows."""
    city_link = view.link(entity.text("city"))
    place = view.snapshot.entities.get(entity.text("city"))
    return {
        "steps": [("Cities", "/cities"), (city_link.caption, city_link.url)],
        "text": entity.text("summary"),
        "facts_": view.facts(
            entity,
            "city",
            "partner",
            "role",
            "support_type",
            "stage",
            "first_year",
            "need",
            "project",
            "topics",
        ),
        "points": [view.point(place, 1.0)] if place else [],
        "country_code": view.country_code(place) if place else "",
    }


def country(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a country's page shows: its cities, their needs, and partners at home there."""
    cities = view.pointing(entity.id, "IN_COUNTRY", "city")
    needs = [n for c in cities for n in view.pointing(c.id, "OF_CITY", "need")]
    others = [g for g in view.groups(entity) if g[0] != _plural(view, "city")]
    return {
        "groups": [
            ("Cities of the network", view.links(c.id for c in cities)),
            ("Needs of its cities", _placed(view, needs)),
            *others,
        ],
        "points": [view.point(c, 0.5) for c in cities],
        "country_code": entity.text("iso2").lower() if cities else "",
    }


def source(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a source's page shows."""
    return {
        "held": entity.values.get("held") is True,
        "steps": [("Sources", "/sources")],
    }


DETAILS: Mapping[str, Callable[[View, Entity, Matcher, int], Context]] = {
    "city": city, "need": need, "partner": partner, "offer": offer, "topic": topic,
    "theme": theme, "project": project, "collaboration": collaboration, "country": country,
    "source": source,
}  # fmt: skip

TEMPLATES = frozenset({"city", "need", "partner", "offer", "topic", "project", "source"})
"""Types whose page has a template of its own; the others share one."""


def _cases(view: View, cases: Iterable[Entity]) -> list[Context]:
    return [
        {
            "link": view.link(case.id),
            "city": view.link(case.text("city")),
            "partner": view.link(case.text("partner")),
            "text": case.text("summary"),
            "role": words(case.text("role")),
            "stage": words(case.text("stage")).lower(),
            "year": case.integer("first_year"),
        }
        for case in cases
    ]


def _observation(view: View, entity: Entity) -> Context:
    qualifier = entity.text("qualifier")
    value = plain_number(entity.number("value"))
    return {
        "link": view.link(entity.id),
        "value": value if qualifier == "exact" else f"{qualifier} {value}",
        "year": entity.integer("year"),
        "project": entity.text("project_words"),
    }


def _years(project_: Entity) -> str:
    first, last = project_.integer("first_year"), project_.integer("last_year")
    return str(first) if first == last else f"{first}–{last}"


def _placed(view: View, entities: Iterable[Entity]) -> list[Placed | Link]:
    """Return links with the city or partner that each belongs to, since titles repeat."""
    found: list[Placed | Link] = []
    for entity in entities:
        link = view.link(entity.id)
        owners = [o for name in ("city", "partner") if (o := entity.text(name))]
        place = ", ".join(view.link(owner).caption for owner in owners)
        found.append(Placed(link.caption, link.url, place) if place else link)
    return found


def _plural(view: View, kind: str) -> str:
    return words(view.schema.entities[kind].plural.replace("-", "_"))
