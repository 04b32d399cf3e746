"""A document as DOCX, for those who write on: real headings, tables, captions, links and alt texts."""

from __future__ import annotations

import zipfile
from datetime import datetime
from importlib import import_module
from io import BytesIO
from typing import Any, Final

from matchmaker.printing.document import (
    Block,
    Chart,
    Document,
    Heading,
    Link,
    Paragraph,
    Points,
    Table,
    Words,
)
from matchmaker.printing.pdf import AUTHOR, picture

_SIZES: Final = {"Lead": 11.5, "Small": 8.5, "Cell": 9.0}
"""Our paragraph styles with their sizes of print in points."""
_STYLES: Final = {"plain": "Normal", "lead": "Lead", "note": "IntenseQuote", "small": "Small"}
_LINK: Final = "0A5A86"
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)


def docx(document: Document, base: str) -> bytes:
    """Return a document as DOCX; the same document gives the same bytes.

    Parameters
    ----------
    document : Document
        What to write.
    base : str
        Where people reach the site.
    """
    writer = _Writer(document, base)
    writer.write()
    return writer.saved()


class _Writer:
    def __init__(self, document: Document, base: str) -> None:
        self._docx = import_module("docx")
        self._oxml = import_module("docx.oxml")
        self._ns = import_module("docx.oxml.ns").qn
        self._shared = import_module("docx.shared")
        self._document, self._base = document, base
        self._file: Any = self._docx.Document()
        self._targets: dict[str, str] = {}
        """Relationships by address: python-docx looks through all of them each time."""

    def write(self) -> None:
        document, file = self._document, self._file
        day = datetime.fromisoformat(document.date)
        about = file.core_properties
        about.title, about.subject, about.author = document.title, document.kind, AUTHOR
        about.language, about.created, about.modified = "en", day, day
        about.last_modified_by, about.comments, about.revision = AUTHOR, "", 1
        file.styles["Normal"].font.name = "Calibri"
        file.styles["Normal"].font.size = self._shared.Pt(10)
        self._define_styles()
        section = file.sections[0]
        section.page_width, section.page_height = self._shared.Mm(210), self._shared.Mm(297)
        section.left_margin = section.right_margin = self._shared.Mm(19)
        section.footer.paragraphs[0].add_run(document.footer).font.size = self._shared.Pt(8)
        file.add_paragraph(document.kind)
        file.add_heading(document.title, 0)
        for block in document:
            self._block(block)

    def _define_styles(self) -> None:
        kinds = import_module("docx.enum.style").WD_STYLE_TYPE
        styles = self._file.styles
        for name, size in _SIZES.items():
            style = styles.add_style(name, kinds.PARAGRAPH)
            style.base_style, style.font.size = styles["Normal"], self._shared.Pt(size)
        styles["Cell"].paragraph_format.space_after = self._shared.Pt(0)
        link = styles.add_style("Hyperlink", kinds.CHARACTER)
        link.font.color.rgb, link.font.underline = self._shared.RGBColor.from_string(_LINK), True

    def saved(self) -> bytes:
        """Return the file, with the same time on all its members."""
        raw, fixed = BytesIO(), BytesIO()
        self._file.save(raw)
        with zipfile.ZipFile(raw) as old, zipfile.ZipFile(fixed, "w") as new:
            for member in old.infolist():
                told = zipfile.ZipInfo(member.filename, _LONG_AGO)
                new.writestr(told, old.read(member), zipfile.ZIP_DEFLATED)
        return fixed.getvalue()

    def _block(self, block: Block) -> None:
        if isinstance(block, Heading):
            self._file.add_heading(block.text, block.level)
        elif isinstance(block, Paragraph):
            self._words(self._file.add_paragraph(), block.words, _STYLES[block.style])
        elif isinstance(block, Points):
            for item in block.items:
                self._words(self._file.add_paragraph(), item, "ListBullet")
        elif isinstance(block, Chart):
            self._file.add_picture(BytesIO(picture(block)), width=self._shared.Mm(110))
            shown = self._file.inline_shapes[len(self._file.inline_shapes) - 1]
            shown._inline.docPr.set("descr", block.said)
            shown._inline.docPr.set("title", block.title)
        else:
            self._table(block)

    def _table(self, table: Table) -> None:
        self._file.add_paragraph(
            table.caption, style="Caption"
        ).paragraph_format.keep_with_next = True
        wide = len(table.columns)
        made = self._file.add_table(len(table.rows) + 1, wide, style="Light List Accent 1")
        right = import_module("docx.enum.text").WD_ALIGN_PARAGRAPH.RIGHT
        made.rows[0]._tr.get_or_add_trPr().append(self._oxml.OxmlElement("w:tblHeader"))
        cells = made._cells  # worked out anew each time it is asked for, which takes long
        for cell, column in zip(cells[:wide], table.columns, strict=True):
            cell.paragraphs[0].add_run(column.title)
        for place, words in enumerate(words for row in table.rows for words in row):
            paragraph = cells[wide + place].paragraphs[0]
            self._words(paragraph, words, "Cell")
            if table.columns[place % wide].number:
                paragraph.alignment = right
        self._file.add_paragraph()

    def _words(self, paragraph: Any, words: Words, style: str) -> None:
        paragraph._p.style = style
        for piece in words:
            run = paragraph.add_run(piece.text if isinstance(piece, Link) else piece)
            if isinstance(piece, Link):
                run._r.style = "Hyperlink"
                self._link(paragraph, run, self._document.whole(piece.url, self._base))

    def _link(self, paragraph: Any, run: Any, url: str) -> None:
        if url not in self._targets:
            kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
            self._targets[url] = paragraph.part.rels.get_or_add_ext_rel(kind, url)
        link = self._oxml.OxmlElement("w:hyperlink")
        link.set(self._ns("r:id"), self._targets[url])
        paragraph._p.append(link)
        link.append(run._r)
