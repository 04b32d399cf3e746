"""All paths of evidence of a match as one picture: from the need on the left to the partner."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from matchmaker.web.pages.matchviews import Step
from matchmaker.web.pages.pictures import short, wrapped

_WIDE, _HIGH, _ACROSS, _DOWN = 158.0, 52.0, 54.0, 16.0
_LETTERS = 21
_COLUMN_OF = {"need": 0, "collaboration": 3, "offer": 4, "partner": 5}
_MIDDLE = 2  # concepts and places stand in columns 1 and 2, by their distance from the need

Edge = tuple[str, str]


def evidence_picture(paths: Sequence[Sequence[Step]]) -> Markup:
    """Draw paths as a graph in columns, each node once.

    Columns follow the way of the argument: the need, what it is about, what that is near to, the
    collaborations, the offer, the partner; empty columns close up.  Within a column, nodes are put
    in the order of the mean place of their neighbours to the left, which keeps crossings few.

    Parameters
    ----------
    paths : sequence of sequences of Step
        Paths of evidence.

    Returns
    -------
    Markup
        An SVG, or nothing where there is too little to draw.

    Notes
    -----
    O(nodes log nodes + edges).

    References
    ----------
    Sugiyama, K., Tagawa, S., Toda, M. (1981). Methods for visual understanding of hierarchical
    system structures. IEEE Transactions on Systems, Man, and Cybernetics 11(2), 109-125.
    """
    steps = {step.node.id: step for path in paths for step in path}
    edges = {
        (one.node.id, other.node.id): one.words
        for path in paths
        for one, other in itertools.pairwise(path)
    }
    if len(steps) < 3:
        return Markup("")
    columns = _ordered(_columns(steps, edges), edges)
    tall = max(map(len, columns))
    places = {
        node: (
            x * (_WIDE + _ACROSS) + 2,
            (tall - len(column)) * (_HIGH + _DOWN) / 2 + y * (_HIGH + _DOWN) + 2,
        )
        for x, column in enumerate(columns)
        for y, node in enumerate(column)
    }
    width = len(columns) * (_WIDE + _ACROSS) - _ACROSS + 4
    parts = [
        Markup('<svg viewBox="0 0 {} {}" aria-hidden="true">').format(
            short(max(width, 1080.0)), short(tall * (_HIGH + _DOWN) - _DOWN + 4)
        )
    ]
    parts += [_line(places[a], places[b], said) for (a, b), said in edges.items()]
    parts += [_box(step, *places[node]) for node, step in steps.items()]
    return Markup("").join([*parts, Markup("</svg>")])


def _columns(steps: Mapping[str, Step], edges: Mapping[Edge, str]) -> list[list[str]]:
    """Return the nodes by column, in the order in which paths name them."""
    near: dict[str, int] = {node: 0 for node, step in steps.items() if step.node.type == "need"}
    waiting = list(near)
    for node in waiting:
        for edge in edges:
            if node in edge:
                other = edge[1] if edge[0] == node else edge[0]
                if other not in near:
                    near[other] = near[node] + 1
                    waiting.append(other)
    columns: dict[int, list[str]] = {}
    for node, step in steps.items():
        distance = min(max(near.get(node, 1), 1), _MIDDLE)
        columns.setdefault(_COLUMN_OF.get(step.node.type, distance), []).append(node)
    return [columns[x] for x in sorted(columns)]


def _ordered(columns: list[list[str]], edges: Mapping[Edge, str]) -> list[list[str]]:
    neighbours: dict[str, list[str]] = {}
    for one, other in edges:
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    heights: dict[str, float] = {}
    done: list[list[str]] = []
    for column in columns:
        means = {}
        for place, node in enumerate(column):
            known = [heights[end] for end in neighbours.get(node, ()) if end in heights]
            means[node] = sum(known) / len(known) if known else place / len(column)
        ranked = sorted(column, key=means.__getitem__)
        heights |= {node: (y + 0.5) / len(ranked) for y, node in enumerate(ranked)}
        done.append(ranked)
    return done


def _line(start: tuple[float, float], end: tuple[float, float], said: str) -> Markup:
    (x1, y1), (x2, y2) = sorted((start, end))
    y1, y2 = y1 + _HIGH / 2, y2 + _HIGH / 2
    x1 += _WIDE
    if x2 < x1:  # both stand in one column: a bow on its right side
        x2 += _WIDE
        bend = x1 + _ACROSS * 0.8
        curve = (x1, y1, bend, y1, bend, y2, x2, y2)
    else:
        middle = (x1 + x2) / 2
        curve = (x1, y1, middle, y1, middle, y2, x2, y2)
    return Markup('<path d="M{} {}C{} {} {} {} {} {}"><title>{}</title></path>').format(
        *map(short, curve), said
    )


def _box(step: Step, x: float, y: float) -> Markup:
    rows = wrapped(step.node.caption, _LETTERS, 2)
    text = Markup("").join(
        Markup('<tspan x="{}" y="{}">{}</tspan>').format(short(x + 9), short(y + 30 + i * 15), row)
        for i, row in enumerate(rows)
    )
    return Markup(
        '<a href="{}" tabindex="-1" class="at-{}"><title>{}</title>'
        '<rect x="{}" y="{}" width="{}" height="{}" rx="7"/>'
        '<text class="what" x="{}" y="{}">{}</text><text>{}</text></a>'
    ).format(
        step.node.url, step.node.type, step.node.caption,
        short(x), short(y), short(_WIDE), short(_HIGH), short(x + 9), short(y + 15), step.kind, text,
    )  # fmt: skip
