"""A document as data: what it says, block by block, before it takes a form.

Whoever writes a document puts blocks together; the modules beside this one turn them into HTML, PDF
or DOCX.  Links are addresses on the site (``/needs/...``) or places of the document itself
(``#new``); a form that leaves the site makes them whole with :meth:`Document.whole`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to something."""

    text: str
    url: str


Piece = str | Link
Words = tuple[Piece, ...]
"""A run of text, some of it linked."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the first below the document's title."""

    text: str
    level: Literal[1, 2] = 1
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a lead opens the document, a note is set apart, small print is small."""

    words: Words
    style: Literal["plain", "lead", "note", "small"] = "plain"


@dataclass(frozen=True, slots=True)
class Points:
    """A list of points."""

    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, whether it holds numbers, and its share of the width."""

    title: str
    number: bool = False
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of each row names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Words, ...], ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: a name and (kind, label, value) from left to right."""

    name: str
    parts: tuple[tuple[str, str, int], ...]

    @property
    def total(self) -> int:
        """Sum of the parts."""
        return sum(value for _, _, value in self.parts)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars under each other; a table with the same figures stands beside it."""

    title: str
    bars: tuple[Bar, ...]

    @property
    def said(self) -> str:
        """What the chart shows, in words, for whoever does not see it."""
        told = "; ".join(f"{bar.name} {bar.total}" for bar in self.bars)
        return f"{self.title}: {told}."


Block = Heading | Paragraph | Points | Table | Chart


@dataclass(frozen=True, slots=True)
class Document:
    """A document.

    Parameters
    ----------
    title : str
        What it is called.
    kind : str
        What it is, over the title.
    address : str
        Where the site shows the same.
    date : str
        Day (YYYY-MM-DD) that it stands for; files carry it as their date, so that the same content
        gives the same bytes.
    footer : str
        What stands at the foot of each page.
    blocks : tuple of Block
        What it says.
    """

    title: str
    kind: str
    address: str
    date: str
    footer: str
    blocks: tuple[Block, ...]

    def whole(self, url: str, base: str) -> str:
        """Return an address that works outside of the site, which people reach at ``base``."""
        if url.startswith("#"):
            url = f"{self.address}{url}"
        return f"{base.rstrip('/')}{url}" if url.startswith("/") else url

    def __iter__(self) -> Iterator[Block]:
        """Go through the blocks."""
        return iter(self.blocks)


def text_of(words: Words) -> str:
    """Return words without their links.

    Examples
    --------
    >>> text_of(("from ", Link("134", "/project-listings?year=2025"), " projects"))
    'from 134 projects'
    """
    return "".join(piece.text if isinstance(piece, Link) else piece for piece in words)
