"""Pictures as SVG: the map of the network, bars that add up, columns by year.

Pictures use presentation attributes and classes only, so that they pass a content security policy
without inline styles, and take their colours from the style sheet: they follow light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup

WEST, NORTH = 91.5, 29.0
SCALE = 20.0
WIDTH, HEIGHT = 1000.0, 810.0
"""Window and scale of ``static/basemap.svg``; scripts/make_basemap.py uses the same numbers."""

_CHARACTER = 0.56  # mean width of a character, in ems, of the usual sans-serif fonts


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A place on the map: ``weight`` in [0, 1] sets the size of its dot, ``note`` its tooltip."""

    name: str
    url: str
    latitude: float
    longitude: float
    weight: float = 0.0
    note: str = ""


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
    return Markup(
        '<a href="{}" class="map-place" aria-label="{}"><title>{}</title>'
        '<circle cx="{}" cy="{}" r="{}"/>{}</a>'
    ).format(point.url, note, note, *map(short, dot), text)


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


def bar(value: float, kind: str, label: str, start: float = 0.0) -> Markup:
    """Draw one bar in [0, 1], from ``start`` on; ``kind`` is the class that colours it.

    Examples
    --------
    >>> 'width="25"' in bar(0.25, "city", "Fit 0.25")
    True
    """
    left = min(max(start, 0.0), 1.0) * 100
    width = min(max(value, 0.0) * 100, 100 - left)
    return Markup(
        '<svg class="bar bar-{}" viewBox="0 0 100 8" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><rect class="bar-ground" width="100" height="8"/>'
        '<rect class="bar-value" x="{}" width="{}" height="8"/></svg>'
    ).format(kind, label, short(left), short(width))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart: a name and (class, label, value) from the bottom up."""

    name: str
    parts: tuple[tuple[str, str, float], ...]

    @property
    def total(self) -> float:
        """Sum of the parts."""
        return sum(value for _, _, value in self.parts)


def columns(chart: Sequence[Column], title: str) -> Markup:
    """Draw stacked columns side by side, each with its total on top.

    Examples
    --------
    >>> picture = columns([Column("2024", (("done", "completed", 3.0),))], "Projects by year")
    >>> "2024" in picture and "completed: 3" in picture
    True
    """
    top, high, step, wide = 26.0, 150.0, 84.0, 52.0
    most = max([column.total for column in chart], default=0.0) or 1.0
    parts = [
        Markup('<svg class="columns" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            short(step * len(chart)), short(top + high + 26), title
        )
    ]
    for place, column in enumerate(chart):
        x, y = place * step + (step - wide) / 2, top + high
        middle = short(x + wide / 2)
        for kind, label, value in column.parts:
            height = value / most * high
            y -= height
            parts.append(
                Markup(
                    '<rect class="column column-{}" x="{}" y="{}" width="{}" height="{}">'
                    "<title>{} {}: {}</title></rect>"
                ).format(kind, short(x), short(y), short(wide), short(height), column.name,
                         label, short(value))
            )  # fmt: skip
        text = Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>')
        parts.append(text.format(middle, short(y - 7), short(column.total)))
        parts.append(text.format(middle, short(top + high + 19), column.name))
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def wrapped(text: str, width: int, lines: int) -> list[str]:
    """Break a text at spaces into at most so many lines, the last one cut with an ellipsis.

    Examples
    --------
    >>> wrapped("Solid and liquid waste management", 14, 2)
    ['Solid and', 'liquid waste …']
    """
    rows: list[str] = []
    for word in text.split():
        if rows and len(rows[-1]) + 1 + len(word) <= width:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    if len(rows) > lines:
        kept = rows[lines - 1]
        while len(kept) > width - 2 and " " in kept:
            kept = kept.rpartition(" ")[0]
        rows = [*rows[: lines - 1], f"{kept} …"]
    return [row if len(row) <= width else row[: width - 1] + "…" for row in rows]


def short(value: float) -> float | int:
    """Round to two decimals and drop a needless ``.0``, for short and stable SVG.

    Examples
    --------
    >>> short(2.0), short(1 / 3)
    (2, 0.33)
    """
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded
