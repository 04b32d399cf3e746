"""The map of introductions: cities and the home countries of partners, joined by arcs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import render_template, request
from markupsafe import Markup

from matchmaker.permissions import Caller
from matchmaker.usecases.brokering.keeping import rules_of
from matchmaker.usecases.brokering.listing import list_engagements
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.brokering.places import PLACES
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.http import current_service, only
from matchmaker.web.pages.maps import (
    HEIGHT,
    NORTH,
    SCALE,
    WEST,
    WIDTH,
    MapPoint,
    network_map,
    project,
)
from matchmaker.web.pages.pictures import short
from matchmaker.web.pages.viewmodels import Link, View
from matchmaker.web.pages.views import asset

_MOST_PAGES: Final = 10
_PAGE: Final = 200
_MARGIN: Final = 22.0
_BEND: Final = 0.16
_REFUSED: Final = ("declined", "withdrawn")
_BEFORE: Final = ("proposed", "consented", "stalled")
"""Stages in which the parties have not been introduced, or nothing moves."""


@dataclass(frozen=True, slots=True)
class Arc:
    """What joins a partners' home country and a city; ``made`` of ``count`` are introduced."""

    home: Link
    city: Link
    count: int
    made: int


def arcs(view: View, items: Iterable[Mapping[str, Any]]) -> tuple[list[Arc], int]:
    """Return the arcs of engagements, most first, and how many engagements have no home country."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    homeless = 0
    for one in items:
        if one["stage"] in _REFUSED:
            continue
        partner = view.snapshot.entities.get(one["partner"]["id"])
        home = partner.text("country") if partner else ""
        if not home:
            homeless += 1
            continue
        count, made = found.get((home, one["city"]["id"]), (0, 0))
        found[home, one["city"]["id"]] = count + 1, made + (one["stage"] not in _BEFORE)
    told = [
        Arc(view.link(home), view.link(city), count, made)
        for (home, city), (count, made) in found.items()
    ]
    return sorted(told, key=lambda a: (-a.count, a.home.caption, a.city.caption)), homeless


def place_of(iso2: str) -> tuple[float, float] | None:
    """Return where a country is drawn on the base map; one that lies off it at its edge.

    Examples
    --------
    >>> place_of("TH"), place_of("XX")
    ((190.0, 270.0), None)
    >>> all(0 < part < 1000 for part in place_of("US"))
    True
    """
    if iso2 not in PLACES:
        return None
    latitude, longitude = PLACES[iso2]
    if longitude < -25:
        longitude += 360  # the Americas lie beyond the Pacific
    x, y = project(latitude, longitude)
    middle_x, middle_y = WIDTH / 2, HEIGHT / 2
    reach = max(
        abs(x - middle_x) / (middle_x - _MARGIN), abs(y - middle_y) / (middle_y - _MARGIN), 1.0
    )
    return middle_x + (x - middle_x) / reach, middle_y + (y - middle_y) / reach


def map_of(view: View, found: list[Arc], basemap: str) -> tuple[Markup, list[Link]]:
    """Draw arcs on the base map; return the picture and what has no place on it."""
    points: dict[str, MapPoint] = {}
    counts: Counter[str] = Counter()
    lost: dict[str, Link] = {}
    drawn = []
    for arc in found:
        home, city = (view.snapshot.entities.get(link.id) for link in (arc.home, arc.city))
        place = place_of(home.text("iso2")) if home else None
        point = view.point(city) if city else None
        if place is None or point is None:
            missing = arc.city if point is None else arc.home
            lost[missing.id] = missing
            continue
        points[arc.city.id] = point
        points[arc.home.id] = MapPoint(
            arc.home.caption, arc.home.url, NORTH - place[1] / SCALE, WEST + place[0] / SCALE,
            kind="home",
        )  # fmt: skip
        counts.update({arc.city.id: arc.count, arc.home.id: arc.count})
        drawn.append(_curve(arc, place, project(point.latitude, point.longitude)))
    most = max(counts.values(), default=1)
    dots = [
        replace(point, weight=counts[name] / most / 2, note=engagements(counts[name]))
        for name, point in points.items()
    ]
    return network_map(dots, basemap, title="Map of introductions", under=drawn), [*lost.values()]


def engagements(count: int) -> str:
    """Return a number of engagements in words."""
    return f"{count} {'engagement' if count == 1 else 'engagements'}"


def _curve(arc: Arc, start: tuple[float, float], end: tuple[float, float]) -> Markup:
    """Draw an arc, bent to one side so that it is told from the coasts."""
    (x, y), (to_x, to_y) = start, end
    across, down = to_x - x, to_y - y
    bent_x = (x + to_x) / 2 + down * _BEND
    bent_y = (y + to_y) / 2 - abs(across) * _BEND
    kind = "made" if arc.made else "before"
    width = 1.6 + 1.4 * math.log2(arc.count)
    return Markup(
        '<path class="arc arc-{}" stroke-width="{}" d="M{} {}Q{} {} {} {}"><title>{}</title></path>'
    ).format(
        kind, short(width), *map(short, (x, y, bent_x, bent_y, to_x, to_y)),
        f"{arc.home.caption} – {arc.city.caption}: {arc.count}, introduced {arc.made}",
    )  # fmt: skip


def _all(service: Service, caller: Caller) -> tuple[list[dict[str, Any]], bool]:
    """Return engagements, those opened last first, and whether there are more."""
    items: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(_MOST_PAGES):
        page = list_engagements(service, caller, cursor=cursor, limit=_PAGE)
        items += page.items
        cursor = page.next
        if not cursor:
            break
    return items, bool(cursor)


def map_page() -> str:
    """Show introductions on a map, and the same as a table."""
    only(request.args)
    service, caller = current_service(), current_caller()
    items, more = _all(service, caller)
    view = View(seen_graph(service, caller))
    found, homeless = arcs(view, items)
    picture, lost = map_of(view, found, asset("basemap.svg"))
    return render_template(
        "brokering/map.html",
        picture=picture,
        arcs=found,
        lost=lost,
        homeless=homeless,
        more=more,
        shown=len(items),
        before=[rules_of(service).stages[name].label.lower() for name in _BEFORE],
        sections=sections_of(caller),
    )
