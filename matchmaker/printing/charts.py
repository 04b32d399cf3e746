"""Charts as SVG, drawn once for pages, PDF and DOCX.

Colours stand in attributes, for a file stands alone; on the site the classes have the style sheet's
word instead, which follows light and dark.
"""

from __future__ import annotations

from html import escape
from typing import Final

from matchmaker.printing.document import Chart

_COLOURS: Final = {"completed": "#0a5a86", "ongoing": "#596a74", "planning": "#b3bfc4"}
"""What the style sheet's classes ``column-...`` look like on paper."""
_WIDE: Final = 420
_ROW: Final = 42


def chart_svg(chart: Chart, font: str = "") -> str:
    """Draw a chart: each bar below its name and its sum, and what its colours mean.

    Parameters
    ----------
    chart : Chart
        What to draw.
    font : str
        Family of the letters; those around it if not given.

    Examples
    --------
    >>> from matchmaker.printing.document import Bar
    >>> drawn = chart_svg(Chart("By country", (Bar("Laos", (("completed", "completed", 2),)),)))
    >>> 'width="420"' in drawn and "Laos" in drawn
    True
    """
    most = max([bar.total for bar in chart.bars], default=0) or 1
    kinds = {kind: label for bar in chart.bars for kind, label, _ in bar.parts}
    legend = len(kinds) > 1
    high = _ROW * len(chart.bars) + (24 if legend else 4)
    family = f' font-family="{escape(font)}"' if font else ""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="columns" viewBox="0 0 {_WIDE} {high}"'
        f' role="img" aria-label="{escape(chart.said)}" font-size="14"{family}>'
    ]
    for place, bar in enumerate(chart.bars):
        top, left = place * _ROW, 0.0
        parts.append(f'<text x="0" y="{top + 15}" fill="#17232b">{escape(bar.name)}</text>')
        parts.append(
            f'<text x="{_WIDE}" y="{top + 15}" text-anchor="end" fill="#17232b">{bar.total}</text>'
        )
        for kind, label, value in bar.parts:
            width = round(value / most * _WIDE, 2)
            parts.append(
                f'<rect class="column column-{kind}" fill="{_COLOURS[kind]}" stroke="#fff" x="{left:g}"'
                f' y="{top + 20}" width="{width:g}" height="13">'
                f"<title>{escape(bar.name)}, {escape(label)}: {value}</title></rect>"
            )
            left += width
    at = 0
    for kind, label in kinds.items() if legend else ():
        y = high - 12
        parts.append(f'<rect class="column column-{kind}" fill="{_COLOURS[kind]}" x="{at}"'
                     f' y="{y}" width="11" height="11"/>')  # fmt: skip
        parts.append(f'<text x="{at + 16}" y="{y + 10}" fill="#17232b">{escape(label)}</text>')
        at += 32 + 8 * len(label)
    return "".join([*parts, "</svg>"])
