"""Maps as SVG: cities on the base map of Southeast Asia, with labels that never overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup

from matchmaker.web.pages.pictures import short

WEST, NORTH = 91.5, 29.0
SCALE = 20.0
WIDTH, HEIGHT = 1000.0, 810.0
"""Window and scale of ``static/basemap.svg``; scripts/make_basemap.py uses the same numbers."""

_CHARACTER = 0.56  # mean width of a character, in ems, of the usual sans-serif fonts


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A place on the map: ``weight`` in [0, 1] sets the size of its dot, ``note`` its tooltip.

    ``kind`` names a class of its own for the style sheet.
    """

    name: str
    url: str
    latitude: float
    longitude: float
    weight: float = 0.0
    note: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the base map that a picture shows, in map units."""

    x: float = 0.0
    y: float = 0.0
    width: float = WIDTH
    height: float = HEIGHT


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        """Tell whether two boxes overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


_Dot: TypeAlias = tuple[float, float, float]  # x, y, radius


@dataclass(frozen=True, slots=True)
class _Label:
    x: float
    y: float
    anchor: str
    box: _Box


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Return the place of a point on the base map (plate carrée).

    Examples
    --------
    >>> project(29.0, 91.5), project(-11.5, 141.5)
    ((0.0, 0.0), (1000.0, 810.0))
    """
    return (longitude - WEST) * SCALE, (NORTH - latitude) * SCALE


def is_on_map(latitude: float, longitude: float) -> bool:
    """Tell whether a place lies on the base map.

    Examples
    --------
    >>> is_on_map(7.88, 98.39), is_on_map(48.85, 2.35)
    (True, False)
    """
    x, y = project(latitude, longitude)
    return 0 <= x <= WIDTH and 0 <= y <= HEIGHT


def window_around(points: Sequence[MapPoint], least: float = 240.0) -> Window:
    """Return the smallest window of the base map's proportions that shows all points with room.

    Examples
    --------
    >>> window_around([]) == Window()
    True
    >>> window_around([MapPoint("A", "/a", 10, 110)]).width
    240.0
    """
    if not points:
        return Window()
    places = [project(p.latitude, p.longitude) for p in points]
    left, right = min(x for x, _ in places), max(x for x, _ in places)
    top, bottom = min(y for _, y in places), max(y for _, y in places)
    width = max(least, (right - left) * 1.4, (bottom - top) * 1.4 * WIDTH / HEIGHT)
    width = min(width, WIDTH)
    height = width * HEIGHT / WIDTH
    x = min(max((left + right) / 2 - width / 2, 0.0), WIDTH - width)
    y = min(max((top + bottom) / 2 - height / 2, 0.0), HEIGHT - height)
    return Window(x, y, width, height)


def network_map(
    points: Sequence[MapPoint],
    basemap: str,
    *,
    title: str,
    window: Window | None = None,
    country: str = "",
    small: bool = False,
    under: Sequence[Markup] = (),
) -> Markup:
    """Draw cities on the base map.

    Parameters
    ----------
    points : sequence of MapPoint
        Cities; heavier ones get bigger dots and are labelled first.
    basemap : str
        URL of the base map.
    title : str
        What the picture shows, for those who cannot see it.
    window : Window, optional
        Part of the map to show; all of it by default.
    country : str
        Two-letter code in small letters of a member state to lift out.
    small : bool
        Whether the picture stands in a narrow column, so that dots and letters must be larger.
    under : sequence of Markup
        What else is drawn, in map units, above the land and below the dots.

    Notes
    -----
    Labels are placed greedily, each at the first of eight places where it meets no dot and no other
    label, and left out where there is none: O(points squared).
    """
    view = window or Window()
    unit = view.width / WIDTH * (2.2 if small else 1.0)
    size = short(16.0 * unit)
    parts = [
        Markup('<svg class="map" viewBox="{} {} {} {}" role="group" aria-label="{}">').format(
            *map(short, (view.x, view.y, view.width, view.height)), title
        ),
        Markup('<rect class="sea" x="{}" y="{}" width="{}" height="{}"/>').format(
            *map(short, (view.x, view.y, view.width, view.height))
        ),
        Markup('<use class="land" href="{}#others"/>').format(basemap),
        Markup('<use class="land land-member" href="{}#members"/>').format(basemap),
    ]
    if country:
        parts.append(
            Markup('<use class="land land-chosen" href="{}#{}"/>').format(basemap, country)
        )
    parts += under
    ranked = sorted(points, key=lambda p: (-p.weight, p.name))
    dots = {p.url: (*project(p.latitude, p.longitude), _radius(p, unit)) for p in ranked}
    labels: list[_Box] = []
    for point in ranked:
        x, y, radius = dots[point.url]
        # A label that begins beside another dot would seem to be that one's.
        near = [
            _around(dot, dots[point.url], size * 0.6) for u, dot in dots.items() if u != point.url
        ]
        label = _label(point.name, (x, y, radius), size, [*near, *labels], view)
        if label:
            labels.append(label.box)
        parts.append(_dot(point, dots[point.url], label, size))
    parts.append(Markup("</svg>"))
    return Markup("\n").join(parts)


def _radius(point: MapPoint, unit: float) -> float:
    return (5.0 + 7.0 * math.sqrt(point.weight)) * unit


def _around(dot: _Dot, own: _Dot, room: float) -> _Box:
    """Return a dot's box with room at its sides, unless it touches one's own dot anyway."""
    x, y, radius = dot
    if math.hypot(x - own[0], y - own[1]) < radius + own[2]:
        room = 0.0
    return _Box(x - radius - room, y - radius, x + radius + room, y + radius)


def _dot(point: MapPoint, dot: _Dot, label: _Label | None, size: float) -> Markup:
    note = f"{point.name}: {point.note}" if point.note else point.name
    text = Markup("")
    if label:
        text = Markup(
            '<text class="map-label" x="{}" y="{}" font-size="{}" text-anchor="{}">{}</text>'
        ).format(short(label.x), short(label.y), size, label.anchor, point.name)
    kind = f" map-{point.kind}" if point.kind else ""
    return Markup(
        '<a href="{}" class="map-place{}" aria-label="{}"><title>{}</title>'
        '<circle cx="{}" cy="{}" r="{}"/>{}</a>'
    ).format(point.url, kind, note, note, *map(short, dot), text)


def _label(name: str, dot: _Dot, size: float, taken: Sequence[_Box], view: Window) -> _Label | None:
    """Find room for a label that stays in the window and meets nothing that is taken."""
    x, y, radius = dot
    width, gap = len(name) * size * _CHARACTER, radius + size * 0.25
    middle = y + size * 0.35
    near = radius * 0.7
    for left, base, anchor in (
        (x + gap, middle, "start"), (x - gap, middle, "end"),
        (x, y + gap + size * 0.8, "middle"), (x, y - gap, "middle"),
        (x + near, y + near + size * 0.9, "start"), (x + near, y - near - size * 0.1, "start"),
        (x - near, y + near + size * 0.9, "end"), (x - near, y - near - size * 0.1, "end"),
    ):  # fmt: skip
        start = left - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        box = _Box(start, base - size * 0.85, start + width, base + size * 0.25)
        inside = view.x <= box.left and box.right <= view.x + view.width
        if inside and not any(box.meets(other) for other in taken):
            return _Label(left, base, anchor, box)
    return None
