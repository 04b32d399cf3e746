"""Pictures: places where they belong, labels that can be read, bars of the right length."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import matchmaker.web
from matchmaker.graph import Snapshot
from matchmaker.web.pages.evidence_picture import evidence_picture
from matchmaker.web.pages.maps import (
    HEIGHT,
    WIDTH,
    MapPoint,
    Window,
    network_map,
    project,
    window_around,
)
from matchmaker.web.pages.matchviews import Step
from matchmaker.web.pages.pictures import Column, bar, columns, wrapped
from matchmaker.web.pages.viewmodels import Link, View

BASEMAP = Path(matchmaker.web.__file__).parent / "static" / "basemap.svg"
SVG = "{http://www.w3.org/2000/svg}"
places = st.builds(
    MapPoint,
    name=st.text("abcdefgh ", min_size=1, max_size=20),
    url=st.uuids().map(lambda u: f"/{u}"),
    latitude=st.floats(-11, 28),
    longitude=st.floats(92, 141),
    weight=st.floats(0, 1),
)


def rings(country: str) -> list[list[tuple[float, float]]]:
    """Return the outlines of a country of the base map."""
    path = next(p for p in ET.parse(BASEMAP).iter(f"{SVG}path") if p.get("id") == country)
    found = []
    for part in (path.get("d") or "").split("z")[:-1]:
        start, _, steps = part.removeprefix("M").partition("l")
        x, y = map(float, re.findall(r"-?[\d.]+", start))
        ring = [(x, y)]
        numbers = [float(n) for n in re.findall(r"-?\d*\.?\d+", steps)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        found.append(ring)
    return found


def inside(point: tuple[float, float], ring: list[tuple[float, float]]) -> bool:
    x, y = point
    crossed = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossed = not crossed
    return crossed


def distance(point: tuple[float, float], ring: list[tuple[float, float]]) -> float:
    return min(((point[0] - x) ** 2 + (point[1] - y) ** 2) ** 0.5 for x, y in ring)


def test_the_base_map_is_small_and_has_every_member_state() -> None:
    assert BASEMAP.stat().st_size < 120_000
    codes = {p.get("id") for p in ET.parse(BASEMAP).iter(f"{SVG}path")} - {"others"}
    assert codes == {"bn", "id", "kh", "la", "mm", "my", "ph", "sg", "th", "tl", "vn"}


def test_every_city_stands_in_its_country_or_on_its_shore(seed_snapshot: Snapshot) -> None:
    view = View(seed_snapshot)
    for city in seed_snapshot.of_type("city").values():
        point = view.point(city)
        place = project(point.latitude, point.longitude)
        outlines = rings(view.country_code(city))
        assert outlines, city.id
        near = any(inside(place, r) or distance(place, r) < 6 for r in outlines)  # about 30 km
        assert near, city.id


@given(st.lists(places, min_size=1, max_size=12))
def test_a_window_shows_every_place_and_stays_on_the_map(points: list[MapPoint]) -> None:
    window = window_around(points)
    assert 0 <= window.x <= window.x + window.width <= WIDTH + 1e-6
    assert 0 <= window.y <= window.y + window.height <= HEIGHT + 1e-6
    for point in points:
        x, y = project(point.latitude, point.longitude)
        assert window.x - 1e-6 <= x <= window.x + window.width + 1e-6
        assert window.y - 1e-6 <= y <= window.y + window.height + 1e-6


@given(st.lists(places, max_size=25, unique_by=lambda p: p.url))
def test_labels_of_the_map_never_overlap(points: list[MapPoint]) -> None:
    root = ET.fromstring(network_map(points, "/map.svg", title="Map"))
    boxes = []
    for text in root.iter("text"):
        size = float(text.attrib["font-size"])
        width = len(text.text or "") * size * 0.56
        left = (
            float(text.attrib["x"])
            - width * {"start": 0, "middle": 0.5, "end": 1}[text.attrib["text-anchor"]]
        )
        boxes.append((left, float(text.attrib["y"]) - size * 0.8, width, size))
    for i, (x, y, width, height) in enumerate(boxes):
        for other in boxes[:i]:
            apart = x >= other[0] + other[2] - 0.05 or other[0] >= x + width - 0.05
            assert apart or y >= other[1] + other[3] - 0.05 or other[1] >= y + height - 0.05
    assert len(list(root.iter("a"))) == len(points)


def test_a_map_names_what_it_shows_and_lifts_out_a_country() -> None:
    picture = network_map(
        [MapPoint("A <b>", "/a", 10, 100, note="2 needs")], "/map.svg", title="Cities",
        window=Window(0, 0, 240, 194.4), country="th", small=True,
    )  # fmt: skip
    root = ET.fromstring(picture)
    assert root.attrib["aria-label"] == "Cities"
    assert [u.attrib["href"] for u in root.iter("use")][-1] == "/map.svg#th"
    assert next(root.iter("a")).attrib["aria-label"] == "A <b>: 2 needs"


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_a_bar_never_leaves_its_ground(value: float, start: float) -> None:
    ground, shown = ET.fromstring(bar(value, "city", "Fit", start)).iter("rect")
    assert ground.attrib["width"] == "100"
    x, width = float(shown.attrib["x"]), float(shown.attrib["width"])
    assert 0 <= x <= x + width <= 100.01


def test_columns_have_heights_in_proportion() -> None:
    chart = [Column("2022", (("done", "done", 1.0), ("planned", "planned", 3.0)))]
    heights = [
        float(r.attrib["height"]) for r in ET.fromstring(columns(chart, "Chart")).iter("rect")
    ]
    assert heights[1] == pytest.approx(3 * heights[0])


@given(st.text(), st.integers(4, 30), st.integers(1, 4))
def test_wrapped_texts_keep_to_their_room(text: str, width: int, lines: int) -> None:
    rows = wrapped(text, width, lines)
    assert len(rows) <= lines
    assert all(len(row) <= width for row in rows)


def step(name: str, kind: str) -> Step:
    return Step(Link(name, name.capitalize(), kind, f"/{name}"), kind.capitalize(), "leads to")


def test_the_picture_of_the_evidence_draws_each_node_once_from_left_to_right() -> None:
    need, topic = step("need-1", "need"), step("water", "topic")
    case, partner = step("case", "collaboration"), step("bank", "partner")
    picture = evidence_picture([(need, topic, case, partner), (need, case, partner)])
    root = ET.fromstring(picture)
    boxes = {a.attrib["href"]: next(a.iter("rect")) for a in root.iter("a")}
    assert list(boxes) == ["/need-1", "/water", "/case", "/bank"]
    across = [float(b.attrib["x"]) for b in boxes.values()]
    assert across == sorted(across)
    assert len(list(root.iter("path"))) == 4


def test_two_nodes_need_no_picture() -> None:
    assert evidence_picture([(step("need-1", "need"), step("bank", "partner"))]) == ""
    assert evidence_picture([]) == ""


def test_nodes_of_one_column_are_joined_by_a_bow() -> None:
    case = step("case", "collaboration")
    paths = [(step("one", "topic"), step("two", "topic"), case, step("bank", "partner"))]
    assert len(list(ET.fromstring(evidence_picture(paths)).iter("path"))) == 3
