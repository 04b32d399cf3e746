"""Make the base map of Southeast Asia from the npm package ``world-atlas``.

The package carries Natural Earth's countries at 1:50 million as TopoJSON.  This script decodes the
arcs, simplifies each arc once (so that neighbours keep a common border), clips the rings to the
window of the map and writes one small SVG whose groups the pages reuse.

Usage: ``npm pack world-atlas@2.0.2``, unpack it, then
``python scripts/make_basemap.py package/countries-50m.json matchmaker/web/static/basemap.svg``.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

Point: TypeAlias = tuple[float, float]

WEST, NORTH, EAST, SOUTH = 91.5, 29.0, 141.5, -11.5
SCALE = 20.0  # map units per degree, the same as in matchmaker/web/pages/maps.py
MARGIN = 0.5  # degrees kept beyond the window, so that no cut edge shows
TOLERANCE = 0.012  # degrees that a simplified line may stray
SMALLEST = 0.0012  # square degrees; smaller islands are left out, except of members
MEMBERS = {
    "096": "bn", "116": "kh", "360": "id", "418": "la", "458": "my", "104": "mm",
    "608": "ph", "702": "sg", "764": "th", "626": "tl", "704": "vn",
}  # fmt: skip


def decode_arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """Return the arcs as lists of (longitude, latitude), undoing the delta encoding."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for deltas in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        arcs.append(line)
    return arcs


def simplify(line: list[Point], tolerance: float) -> list[Point]:
    """Drop points that lie within a tolerance of the line through their neighbours.

    References
    ----------
    Douglas, D., Peucker, T. (1973). Algorithms for the reduction of the number of points required
    to represent a digitized line or its caricature. Cartographica 10(2), 112-122.
    """
    if len(line) < 3:
        return line
    keep = {0, len(line) - 1}
    if line[0] == line[-1]:  # a closed ring has no direction: split it at its farthest point
        far = max(range(len(line)), key=lambda i: _square(line[0], line[i]))
        keep.add(far)
    stack = list(itertools.pairwise(sorted(keep)))
    while stack:
        start, end = stack.pop()
        if end - start < 2:
            continue
        far = max(range(start + 1, end), key=lambda i: _off(line[i], line[start], line[end]))
        if _off(line[far], line[start], line[end]) > tolerance:
            keep.add(far)
            stack += [(start, far), (far, end)]
    return [line[i] for i in sorted(keep)]


def _square(a: Point, b: Point) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def _off(point: Point, start: Point, end: Point) -> float:
    length = _square(start, end)
    if length == 0:
        return float(_square(point, start) ** 0.5)
    cross = (end[0] - start[0]) * (start[1] - point[1]) - (start[0] - point[0]) * (
        end[1] - start[1]
    )
    return float(abs(cross) / length**0.5)


def ring(arcs: list[list[Point]], indices: Iterable[int]) -> list[Point]:
    """Stitch arcs into one ring; a negative index means the arc backwards."""
    points: list[Point] = []
    for index in indices:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += arc[1:] if points else arc
    return points


def clip(points: list[Point]) -> list[Point]:
    """Cut a ring to the window, edge by edge.

    References
    ----------
    Sutherland, I., Hodgman, G. (1974). Reentrant polygon clipping. Communications of the ACM 17(1).
    """
    edges = (
        (0, WEST - MARGIN, 1), (0, EAST + MARGIN, -1), (1, SOUTH - MARGIN, 1),
        (1, NORTH + MARGIN, -1),
    )  # fmt: skip
    for axis, limit, sign in edges:
        inside = [(p[axis] - limit) * sign >= 0 for p in points]
        out: list[Point] = []
        for i, point in enumerate(points):
            before = points[i - 1]
            if inside[i] != inside[i - 1]:
                share = (limit - before[axis]) / (point[axis] - before[axis])
                out.append(
                    (
                        before[0] + share * (point[0] - before[0]),
                        before[1] + share * (point[1] - before[1]),
                    )
                )
            if inside[i]:
                out.append(point)
        points = out
    return points


def area(points: list[Point]) -> float:
    """Return the area that a ring encloses, in square degrees."""
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def path_data(points: list[Point]) -> str:
    """Return a ring as SVG path data with one decimal and relative steps."""
    cells = [(round((x - WEST) * SCALE * 10), round((NORTH - y) * SCALE * 10)) for x, y in points]
    steps = [f"M{_tenths(cells[0][0])} {_tenths(cells[0][1])}l"]
    for a, b in itertools.pairwise(cells):
        if a != b:
            steps.append(f"{_tenths(b[0] - a[0])} {_tenths(b[1] - a[1])} ")
    return "".join(steps).strip().replace(" -", "-") + "z"


def _tenths(value: int) -> str:
    text = f"{value / 10:.1f}".removesuffix(".0")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def polygons(geometry: dict[str, Any]) -> Iterator[list[list[int]]]:
    """Yield the polygons of a country as lists of rings."""
    if geometry["type"] == "Polygon":
        yield geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        yield from geometry["arcs"]


def make(topology: dict[str, Any]) -> str:
    """Return the base map as SVG text."""
    arcs = [simplify(line, TOLERANCE) for line in decode_arcs(topology)]
    members: list[str] = []
    others: list[str] = []
    for country in sorted(
        topology["objects"]["countries"]["geometries"], key=lambda g: str(g.get("id"))
    ):
        code = MEMBERS.get(str(country.get("id")))
        rings = [clip(ring(arcs, r)) for polygon in polygons(country) for r in polygon]
        least = SMALLEST / 4 if code else SMALLEST
        data = "".join(path_data(r) for r in rings if len(r) > 2 and area(r) > least)
        if data and code:
            members.append(f'<path id="{code}" d="{data}"/>')
        elif data:
            others.append(data)
    width, height = round((EAST - WEST) * SCALE), round((NORTH - SOUTH) * SCALE)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        "<!-- Made with Natural Earth (public domain); see NOTICE.txt. -->"
        f'<path id="others" d="{"".join(others)}"/>\n'
        f'<g id="members">\n' + "\n".join(members) + "\n</g></svg>\n"
    )


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    text = make(json.loads(source.read_text(encoding="utf-8")))
    target.write_text(text, encoding="utf-8")
    print(f"{target}: {len(text.encode()) / 1000:.0f} kB")
