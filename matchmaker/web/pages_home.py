"""The home page: the network on a map, in numbers, and what was documented last."""

from __future__ import annotations

from typing import Any

from matchmaker.model import Entity
from matchmaker.web.pictures import Column, columns, network_map
from matchmaker.web.viewmodels import View, words

_NEWS_KINDS = ("collaboration", "project", "observation", "need", "offer")
_NEWS = 8
_COUNTED = ("city", "need", "partner", "offer", "project", "collaboration")


def home(view: View, basemap: str) -> dict[str, Any]:
    """Return what the home page shows."""
    snapshot = view.snapshot
    needs = {
        city: view.count(city, "OF_CITY", "need") for city in snapshot.of_type("city")
    }
    most = max(needs.values(), default=0) or 1
    points = [
        view.point(city, needs[city.id] / most, _plural(needs[city.id], "need"))
        for city in snapshot.of_type("city").values()
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
        "map": network_map(points, basemap, title="Map of the network's member cities"),
        "numbers": [
            {
                "count": len(snapshot.of_type(kind)),
                "name": view.schema.entities[kind].plural,
                "url": f"/{view.schema.entities[kind].plural}",
            }
            for kind in _COUNTED
        ],
        "areas": areas,
        "news": [_news(view, entity) for entity in latest(view)],
        "chart": _chart(view),
        "themes": view.links(snapshot.of_type("theme")),
    }


def latest(view: View) -> list[Entity]:
    """Return the statements documented last, at most two of one type of each day in a row.

    The order is by date, newest first, then by type and identifier.
    """
    dated = [
        (entity.text("date"), -place, entity)
        for place, kind in enumerate(_NEWS_KINDS)
        for entity in view.snapshot.of_type(kind).values()
    ]
    dated.sort(key=lambda item: item[2].id)
    dated.sort(key=lambda item: item[:2], reverse=True)
    chosen: list[Entity] = []
    taken: dict[tuple[str, str], int] = {}
    for date, _, entity in dated:
        key = (date, entity.type)
        taken[key] = taken.get(key, 0) + 1
        if taken[key] <= _NEWS // 2 and len(chosen) < _NEWS:
            chosen.append(entity)
    return chosen


def _news(view: View, entity: Entity) -> dict[str, Any]:
    city = entity.text("city")
    return {
        "link": view.link(entity.id),
        "kind": words(entity.type),
        "place": view.link(city).caption if city else "",
        "date": entity.text("date"),
    }


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
