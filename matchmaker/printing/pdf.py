"""A document as PDF/UA, set by Typst; and pictures for documents of another kind.

Typst takes long to load and few processes need it, so that it is imported when the first document is
set.  The fonts are ours: the same document gives the same bytes on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, Final

import orjson

from matchmaker.printing.charts import chart_svg
from matchmaker.printing.document import (
    Block,
    Chart,
    Document,
    Heading,
    Link,
    Paragraph,
    Points,
    Words,
)

AUTHOR: Final = "ASEAN Smart Cities Network: partner-city matchmaking service"
FONT: Final = "Sarabun"
"""Family of the letters; the template names those for scripts that it lacks."""
USUAL_SIZE: Final = 10.0
"""Usual size of print in points."""
_HERE: Final = Path(__file__).parent
_PAGES = re.compile(rb"/Type\s*/Page\b")
_REMEMBERED: Final = 10
_LARGE: Final = 200_000
_ONE_AT_A_TIME = Lock()  # a document takes some tens of MB while it is set

Json = dict[str, Any]


def pdf(document: Document, base: str, size: float = USUAL_SIZE) -> bytes:
    """Return a document as tagged PDF (PDF/UA-1) with working links.

    Parameters
    ----------
    document : Document
        What to set.
    base : str
        Where people reach the site.
    size : float
        Size of print in points.

    Notes
    -----
    About 20 ms a page; the file's date is the document's, so that it is the same each time.
    """
    told = {
        "title": document.title, "kind": document.kind, "author": AUTHOR, "date": document.date,
        "footer": document.footer, "size": size,
        "blocks": [_told(block, lambda url: document.whole(url, base)) for block in document],
    }  # fmt: skip
    template = (_HERE / "document.typ").read_bytes()
    day = datetime.fromisoformat(document.date).replace(tzinfo=UTC)
    with _ONE_AT_A_TIME:
        made: bytes = _typst().compile(
            template, format="pdf", font_paths=_fonts(), timestamp=int(day.timestamp()),
            sys_inputs={"document": orjson.dumps(told).decode()}, pdf_standards=["ua-1"],
        )  # fmt: skip
        if len(made) > _LARGE:
            _forget()
    return made


def pages_of(made: bytes) -> int:
    """Count the pages of a PDF made here."""
    return len(_PAGES.findall(made))


def picture(chart: Chart) -> bytes:
    """Return a chart as PNG, for what takes no SVG."""
    template = (
        "#set page(width: auto, height: auto, margin: 0pt)\n"
        '#image(bytes(sys.inputs.svg), format: "svg", width: 11cm)'
    )
    with _ONE_AT_A_TIME:
        made: bytes = _typst().compile(
            template.encode(), format="png", ppi=200, font_paths=_fonts(),
            sys_inputs={"svg": chart_svg(chart, FONT)},
        )  # fmt: skip
    return made


def _typst() -> Any:
    return import_module("typst")


def _forget() -> None:
    """Have Typst let go of what it worked out, some 40 MB for a large document.

    It keeps that for the next ten documents, which nobody may ever ask for: these are empty ones.
    """
    for _ in range(_REMEMBERED + 1):
        _typst().compile(b" ", format="pdf", font_paths=_fonts())


@cache
def _fonts() -> Any:
    return _typst().Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(_HERE / "fonts")],
    )


def _told(block: Block, address: Callable[[str], str]) -> Json:
    """Return a block as the template reads it."""

    def words(given: Words) -> list[Any]:
        return [
            {"text": p.text, "url": address(p.url)} if isinstance(p, Link) else p
            for p in given
            if not isinstance(p, Link) or p.text
        ]

    if isinstance(block, Heading):
        return {"type": "heading", "text": block.text, "level": block.level}
    if isinstance(block, Paragraph):
        return {"type": "paragraph", "words": words(block.words), "style": block.style}
    if isinstance(block, Points):
        return {"type": "points", "items": [words(item) for item in block.items]}
    if isinstance(block, Chart):
        return {"type": "chart", "svg": chart_svg(block, FONT), "said": block.said}
    return {
        "type": "table",
        "caption": block.caption,
        "columns": [
            {"title": c.title, "number": c.number, "share": c.share} for c in block.columns
        ],
        "rows": [[words(cell) for cell in row] for row in block.rows],
    }
