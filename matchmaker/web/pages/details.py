"""What the pages of single entities show, by entity type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from matchmaker.matching.cautions import cautions_of
from matchmaker.model import Entity
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.reading.filtering import select
from matchmaker.web.pages.lists import branch
from matchmaker.web.pages.matchviews import cards, cautions
from matchmaker.web.pages.viewmodels import Link, View, joined, plain_number, words

Context = dict[str, Any]
_BEST = 5
_MORE = 200
_NO_PLACE = "The city is not on the map: no place on it is documented."
_STATUS_UNKNOWN = "Status not documented"
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
        area = view.link(project.text("focus_area")).caption
        projects.setdefault(words(project.text("status")) or _STATUS_UNKNOWN, []).append(
            {"link": view.link(project.id), "said": joined(area, _years(project))}
        )
    points, off_map = view.points([entity], 1.0)
    return {
        "country": view.link(entity.text("country")),
        "facts_": view.facts(entity, "country", "population", "year_joined", "member_group",
                             "population_note"),
        "needs": [
            {
                "link": view.link(need.id),
                "text": need.text("description"),
                "support": view.links(need.refs("support_types")),
                "year": _year(need, "year"),
            }
            for need in view.pointing(entity.id, "OF_CITY", "need")
        ],
        "cards": cards(view, found),
        "total": found["total"],
        "projects": sorted(projects.items(), key=lambda item: (item[0] == _STATUS_UNKNOWN, item[0])),
        "collaborations": _cases(view, view.pointing(entity.id, "OF_CITY", "collaboration")),
        "observations": [_observation(view, o) for o in
                         view.pointing(entity.id, "OF_CITY", "observation")],
        "points": points,
        "off_map": off_map and _NO_PLACE,
        "country_code": view.country_code(entity),
    }  # fmt: skip


def need(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a need's page shows: what is sought, and who could help."""
    found = matcher.need_matches(entity.id, limit)
    served = [
        {
            "link": view.link(c.id),
            "text": joined(
                f"with {view.link(c.text('partner')).caption}", words(c.text("stage")).lower()
            ),
        }
        for c in view.pointing(entity.id, "SERVES", "collaboration")
    ]
    served += [
        {"link": view.link(p.id), "text": joined("project in the reports", _years(p))}
        for p in view.pointing(entity.id, "CONTINUES", "project")
    ]
    return {
        "city": view.link(entity.text("city")),
        "text": entity.text("description"),
        "support": view.links(entity.refs("support_types")),
        "topics": view.links(entity.refs("topics")),
        "facts_": [
            *view.facts(entity, "city", "focus_area", "support_words", "year", "status",
                         "solved_by", "solved_on"),
            *view.reserved(entity),
        ],
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
    points, off_map = view.points((view.snapshot.entities[c] for c in cities), 0.6)
    return {
        "full_name": entity.text("full_name"),
        "profile": entity.text("profile"),
        "topics": view.links(dict.fromkeys(t for e in (entity, *cases) for t in e.refs("topics"))),
        "facts_": [
            *view.facts(entity, "kind", "country", "mandate", "mandate_note"),
            *view.reserved(entity),
        ],
        "offers": [
            {
                "link": view.link(offer.id),
                "support": view.link(offer.text("support_type")),
                "text": offer.text("description"),
            }
            for offer in view.pointing(entity.id, "OFFERED_BY", "offer")
        ],
        "collaborations": _cases(view, cases),
        "points": points,
        "off_map": off_map,
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
        "facts_": [
            *view.facts(
                entity, "partner", "support_type", "limited_to", "valid_until", "status",
                "tied_finance", "lock_in",
            ),
            *view.reserved(entity),
        ],
        "cautions_": cautions(view, cautions_of(view.snapshot, entity.id)),
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
    points, off_map = view.points([place] if place else [], 1.0)
    facts = view.facts(entity, "city", "partner", "role", "support_type", "stage", "first_year",
                       "agreed_on", "amount", "need", "project", "topics")  # fmt: skip
    if amount := _amount(entity):
        facts = [replace(f, texts=(amount,)) if f.label == words("amount") else f for f in facts]
    return {
        "steps": [("Cities", "/cities"), (city_link.caption, city_link.url)],
        "text": entity.text("summary"),
        "facts_": facts,
        "points": points,
        "off_map": off_map and _NO_PLACE,
        "country_code": view.country_code(place) if place else "",
    }


def country(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a country's page shows: its cities, their needs, and partners at home there."""
    cities = view.pointing(entity.id, "IN_COUNTRY", "city")
    needs = [n for c in cities for n in view.pointing(c.id, "OF_CITY", "need")]
    others = [g for g in view.groups(entity) if g[0] != _plural(view, "city")]
    points, off_map = view.points(cities, 0.5)
    return {
        "groups": [
            ("Cities of the network", view.links(c.id for c in cities)),
            ("Needs of its cities", _placed(view, needs)),
            *others,
        ],
        "points": points,
        "off_map": off_map,
        "country_code": entity.text("iso2").lower() if cities else "",
    }


def source(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a source's page shows."""
    return {
        "held": entity.values.get("held") is True,
        "steps": [("Sources", "/sources")],
    }


def white_paper(view: View, entity: Entity, matcher: Matcher, limit: int) -> Context:
    """Return what a white paper's page shows: its file and checksum, its co-authors, what it serves."""
    stands = entity.text("status") != "withdrawn"
    size = entity.number("size") or 0
    return {
        "text": entity.text("summary"),
        "facts_": view.facts(entity, "cities", "partners", "needs", "topics", "language", "status",
                             "published_on", "supersedes"),
        "groups": [],
        "download": f"/api/v1/white-papers/{entity.id}/file" if stands else "",
        "file_name": entity.text("file_name"),
        "file_size": f"{ceil(size / 1024):,} kB",
        "edition": entity.integer("edition"),
        "published_on": entity.text("published_on"),
        "sha256": entity.text("sha256"),
        "later": [view.link(e.id) for e in view.pointing(entity.id, "SUPERSEDES", "white_paper")],
    }  # fmt: skip


DETAILS: Mapping[str, Callable[[View, Entity, Matcher, int], Context]] = {
    "city": city, "need": need, "partner": partner, "offer": offer, "topic": topic,
    "theme": theme, "project": project, "collaboration": collaboration, "country": country,
    "source": source, "white_paper": white_paper,
}  # fmt: skip

TEMPLATES = frozenset({
    "city", "need", "partner", "offer", "topic", "project", "source", "white_paper",
})  # fmt: skip
"""Types whose page has a template of its own; the others share one."""


def _cases(view: View, cases: Iterable[Entity]) -> list[Context]:
    return [
        {
            "link": view.link(case.id),
            "city": view.link(case.text("city")),
            "partner": view.link(case.text("partner")),
            "text": case.text("summary"),
            "said": joined(
                words(case.text("role")),
                words(case.text("stage")).lower(),
                _since(case),
                _amount(case),
            ),
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
    """Return the years in which reports list a project, as far as they are known."""
    years = (_year(project_, "first_year"), _year(project_, "last_year"))
    return "–".join(dict.fromkeys(filter(None, years)))


def _year(entity: Entity, name: str) -> str:
    """Return a year as a text, or ``""`` where none is documented."""
    year = entity.number(name)
    return "" if year is None else str(year)


def _since(case: Entity) -> str:
    """Return since when a collaboration is known, or when it was agreed."""
    if first := _year(case, "first_year"):
        return f"first documented {first}"
    agreed = case.text("agreed_on")
    return f"agreed {agreed}" if agreed else ""


def _amount(case: Entity) -> str:
    """Return the size of the work with its currency, or ``""``."""
    amount = case.number("amount")
    return "" if amount is None else f"{plain_number(amount)} {case.text('currency')}".rstrip()


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
