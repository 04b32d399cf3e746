"""A bundle as a picture: its needs on a circle, joined the more strongly the more alike they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from matchmaker.bundles.grouping import LEAST
from matchmaker.web.pages.pictures import short, wrapped

WIDTH: Final = 440.0
_RADIUS: Final = 92.0
_DOT: Final = 9.0
_LABEL: Final = 16
_MARGIN: Final = 30.0


def bundle_picture(
    needs: Sequence[Mapping[str, Any]], links: Sequence[Mapping[str, Any]], least_like: str
) -> Markup:
    """Draw the needs of a bundle and their likeness.

    Lines are as strong as likeness is above ``LEAST``, and dashed under it; the picture says nothing
    that the table beside it does not.

    Parameters
    ----------
    needs : sequence of mapping
        With ``id`` and ``city``.
    links : sequence of mapping
        With ``needs`` and ``likeness``.
    """
    count = len(needs)
    high = 2 * (_RADIUS + _MARGIN)
    places = {
        one["id"]: (
            WIDTH / 2 + _RADIUS * math.sin(2 * math.pi * n / count),
            high / 2 - _RADIUS * math.cos(2 * math.pi * n / count),
        )
        for n, one in enumerate(needs)
    }
    parts = [
        Markup('<svg class="bundle-graph" viewBox="0 0 {} {}" aria-hidden="true">').format(
            short(WIDTH), short(high)
        )
    ]
    for link in sorted(links, key=lambda one: float(one["likeness"])):
        start, end = (places[need] for need in link["needs"])
        parts += [_line(start, end, link["likeness"])]
    parts += [_dot(one, *places[one["id"]], least=one["id"] == least_like) for one in needs]
    return Markup("").join([*parts, Markup("</svg>")])


def _line(start: tuple[float, float], end: tuple[float, float], likeness: float) -> Markup:
    kind = "like" if likeness >= LEAST else "less"
    width = 1.2 + 6.0 * max(likeness - LEAST, 0.0)
    return Markup(
        '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}" stroke-width="{}">'
        "<title>{:.2f}</title></line>"
    ).format(kind, *map(short, (*start, *end, width)), likeness)


def _dot(one: Mapping[str, Any], x: float, y: float, *, least: bool) -> Markup:
    middle = WIDTH / 2
    side = x - middle
    if abs(side) < _DOT:
        anchor, at, down = "middle", x, (-14.0 if y < _RADIUS else 26.0)
    else:
        anchor = "start" if side > 0 else "end"
        at, down = x + math.copysign(_DOT + 6, side), 5.0
    (label,) = wrapped(one["city"]["name"], _LABEL, 1)
    return Markup(
        '<circle class="{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>'
        '<text x="{}" y="{}" text-anchor="{}">{}</text>'
    ).format(
        "outer" if least else "inner", short(x), short(y), short(_DOT), one["title"],
        short(at), short(y + down), anchor, label,
    )  # fmt: skip
