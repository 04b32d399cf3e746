"""Pictures as SVG: bars that add up, columns by year, and what other pictures need.

Pictures use presentation attributes and classes only, so that they pass a content security policy
without inline styles, and take their colours from the style sheet: they follow light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup


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
