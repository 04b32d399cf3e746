"""The home page: the network on a map, in numbers, and what was documented last."""

from __future__ import annotations

from typing import Any

from matchmaker.model import Entity
from matchmaker.web.pages.maps import network_map
from matchmaker.web.pages.pictures import Column, columns
from matchmaker.web.pages.viewmodels import View, off_map, plain_number

_NEWS = 8
_COUNTED = ("city", "need", "partner", "offer", "project", "collaboration")


def home(view: View, basemap: str) -> dict[str, Any]:
    """Return what the home page shows."""
    snapshot = view.snapshot
    needs = {city: view.count(city, "OF_CITY", "need") for city in snapshot.of_type("city")}
    most = max(needs.values(), default=0) or 1
    points = [
        point
        for city in snapshot.of_type("city").values()
        if (point := view.point(city, needs[city.id] / most, _plural(needs[city.id], "need")))
    ]
    areas = [
        {
            "link": view.link(topic.id),
            "needs": len(view.about(topic.id, "need")),
            "projects": len(view.about(topic.id, "project")),
        }
        for topic in snapshot.of_type("topic").values()
        if topic.text("kind") == "focus_area"
    ]
    return {
        "map": network_map(points, basemap, title="Map of the cities"),
        "off_map": off_map(len(needs) - len(points)),
        "members": sum("member_group" in c.values for c in snapshot.of_type("city").values()),
        "numbers": [
            {
                "count": len(snapshot.of_type(kind)),
                "name": view.schema.entities[kind].plural,
                "url": f"/{view.schema.entities[kind].plural}",
            }
            for kind in _COUNTED
        ],
        "areas": areas,
        "news": [_news(view, *item) for item in latest(view)],
        "chart": _chart(view),
        "themes": view.links(snapshot.of_type("theme")),
    }


def latest(view: View) -> list[tuple[Entity, str]]:
    """Return what was documented last, with words that say what is new about it.

    New are collaborations and projects in the year of the first report that lists them (for a
    collaboration without one, the year it was agreed in), and observations in the year they stand
    for.  What has no year cannot be called late and is left out.  No city comes twice with the same
    type.  The order is by year, newest first, then as listed here, then by identifier.
    """
    found: list[tuple[int, int, Entity, str]] = []
    snapshot = view.snapshot
    for case in snapshot.of_type("collaboration").values():
        partner = view.link(case.text("partner")).caption
        if year := int(case.number("first_year") or case.text("agreed_on")[:4] or 0):
            found.append((-year, 0, case, f"collaboration with {partner}"))
    for project in snapshot.of_type("project").values():
        area = view.link(project.text("focus_area")).caption
        if year := int(project.number("first_year") or 0):
            found.append((-year, 1, project, f"new project, {area}" if area else "new project"))
    found += [
        (-seen.integer("year"), 2, seen, f"measured: {plain_number(seen.number('value'))}")
        for seen in snapshot.of_type("observation").values()
    ]
    found.sort(key=lambda item: (item[0], item[1], item[2].id))
    chosen: list[tuple[Entity, str]] = []
    taken: dict[tuple[str, str], int] = {}
    for year, _, entity, said in found:
        kinds = taken.get((entity.type, ""), 0)
        if (entity.type, entity.text("city")) not in taken and kinds < _NEWS // 2:
            taken |= {(entity.type, entity.text("city")): 1, (entity.type, ""): kinds + 1}
            chosen.append((entity, f"{said} ({-year})"))
    chosen.sort(key=lambda item: item[1][-5:-1], reverse=True)
    return chosen[:_NEWS]


def _news(view: View, entity: Entity, said: str) -> dict[str, Any]:
    place = view.link(entity.text("city")).caption
    return {"link": view.link(entity.id), "place": place, "words": said}


def _chart(view: View) -> Any:
    totals = sorted(view.snapshot.of_type("annual_total").values(), key=lambda t: t.integer("year"))
    if not totals:
        return None
    chart = [
        Column(
            str(total.integer("year")),
            tuple((name, name, float(total.integer(name))) for name in
                  ("completed", "ongoing", "planning")),
        )
        for total in totals
    ]  # fmt: skip
    return columns(chart, "Projects by year of the report and status")


def _plural(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
