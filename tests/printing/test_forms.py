"""A document in its forms: read back, it says what it was given, and nothing of it is markup."""

from __future__ import annotations

from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from docx import Document as read_docx
from pypdf import PdfReader

from matchmaker.printing.charts import chart_svg
from matchmaker.printing.document import (
    Bar,
    Chart,
    Column,
    Document,
    Heading,
    Link,
    Paragraph,
    Points,
    Table,
)
from matchmaker.printing.docx import docx
from matchmaker.printing.page import body_html, file_html
from matchmaker.printing.pdf import pages_of, pdf

BASE = "https://network.example"
NASTY = '#set page(width: 1cm) *bold* $x$ @me <b>&amp;</b> \\ [x] "q" // no'
CHART = Chart(
    "Made-up bars", (Bar("Lào & <Cai>", (("completed", "done", 3), ("ongoing", "on", 1))),)
)
TABLE = Table(
    "Made-up table", (Column("City"), Column("Number", True)),
    ((("Hà Nội",), (Link("7", "/project-listings?year=2025&status=completed"),)),
     ((Link("กรุงเทพมหานคร", "#top"),), ("1",))), "made-up",
)  # fmt: skip


def made_up(*blocks: Any) -> Document:
    return Document("Made-up title: ภาษาไทย, Tiếng Việt", "Made-up kind", "/made-up", "2025-09-30",
                    "Made-up footer", blocks)  # fmt: skip


WHOLE = made_up(
    Paragraph(("A lead.",), "lead"), Heading("First part", anchor="top"),
    Paragraph((NASTY, " and ", Link("a link", "/needs/made-up")), "note"), Heading("Below", 2),
    Points((("One point",), (Link("Another", "https://elsewhere.example/x"),))), CHART, TABLE,
    Paragraph(("ខ្មែរ ລາວ မြန်မာ",), "small"),
)  # fmt: skip


@pytest.fixture(scope="module")
def paper() -> PdfReader:
    return PdfReader(BytesIO(pdf(WHOLE, BASE)))


def addresses(paper: PdfReader) -> set[str]:
    """Return where the links of a PDF lead."""
    return {
        str(note.get_object()["/A"]["/URI"])
        for page in paper.pages
        for note in page.get("/Annots", ())
        if "/URI" in note.get_object().get("/A", {})
    }


def test_a_pdf_is_tagged_and_has_title_language_and_the_date_of_its_data(paper: PdfReader) -> None:
    root: Any = paper.trailer["/Root"]
    assert paper.metadata is not None
    assert paper.metadata.title == WHOLE.title
    assert paper.metadata.creation_date is not None
    assert paper.metadata.creation_date.isoformat().startswith("2025-09-30")
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data()


def test_a_pdf_says_what_it_was_given_and_reads_none_of_it_as_markup(paper: PdfReader) -> None:
    text = " ".join(" ".join(page.extract_text() for page in paper.pages).split())
    assert " ".join(NASTY.split()) in text
    for words in ("First part", "Hà Nội", "Made-up table", "One point", "Made-up footer", "1 / 1"):
        assert words in text
    assert len(paper.pages) == pages_of(pdf(WHOLE, BASE)) == 1


def test_the_scripts_of_the_member_states_are_printed_with_letters_of_ours(
    paper: PdfReader,
) -> None:
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in paper.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    for family in ("Sarabun-Regular", "Sarabun-Bold", "NotoSansKhmer", "NotoSansLao",
                   "NotoSansMyanmar"):  # fmt: skip
        assert any(family in font for font in fonts), (family, fonts)
    # A letter that no font has would be drawn as an empty box, which is glyph 0.
    assert "ภาษาไทย"[:2] in paper.pages[0].extract_text()


def test_links_lead_to_the_site_from_outside_of_it(paper: PdfReader) -> None:
    assert addresses(paper) == {
        f"{BASE}/needs/made-up", "https://elsewhere.example/x", f"{BASE}/made-up#top",
        f"{BASE}/project-listings?year=2025&status=completed",
    }  # fmt: skip


def test_the_same_document_gives_the_same_bytes() -> None:
    assert pdf(WHOLE, BASE) == pdf(WHOLE, BASE)
    assert docx(WHOLE, BASE) == docx(WHOLE, BASE)


def test_a_docx_has_real_headings_tables_links_and_texts_for_pictures() -> None:
    read = read_docx(BytesIO(docx(WHOLE, BASE)))
    assert read.core_properties.title == WHOLE.title
    assert read.core_properties.language == "en"
    styles = {p.text: p.style.name for p in read.paragraphs if p.style}
    assert styles["First part"] == "Heading 1"
    assert styles["Below"] == "Heading 2"
    assert styles["Made-up table"] == "Caption"
    assert styles["One point"] == "List Bullet"
    assert f"{NASTY} and a link" in [p.text for p in read.paragraphs]
    (table,) = read.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["City", "Number"], ["Hà Nội", "7"], ["กรุงเทพมหานคร", "1"],
    ]  # fmt: skip
    assert "w:tblHeader" in table.rows[0]._tr.xml
    targets = {r.target_ref for r in read.part.rels.values() if r.is_external}
    assert f"{BASE}/needs/made-up" in targets
    (shape,) = read.inline_shapes
    assert shape._inline.docPr.get("descr") == CHART.said


class Tags(HTMLParser):
    """Counts elements and keeps addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]


def test_html_keeps_addresses_of_the_site_on_it_and_makes_them_whole_in_a_file() -> None:
    on_site, alone = Tags(body_html(WHOLE)), Tags(file_html(WHOLE, BASE))
    assert "/needs/made-up" in on_site.links
    assert "#top" in on_site.links
    assert set(alone.links) == {
        f"{BASE}/needs/made-up", "https://elsewhere.example/x", f"{BASE}/made-up#top",
        f"{BASE}/project-listings?year=2025&status=completed",
    }  # fmt: skip
    assert "b" not in on_site.names
    assert alone.names.count("table") == 1
    assert alone.names.count("h1") == 1


def test_a_chart_is_well_formed_and_its_bars_are_as_long_as_their_values() -> None:
    two = Chart("Two", (Bar("A", (("completed", "done", 3), ("ongoing", "on", 1))),
                        Bar("B", (("ongoing", "on", 2),))))  # fmt: skip
    root = ElementTree.fromstring(chart_svg(two))  # our own
    bars = [r for r in root.iter("{http://www.w3.org/2000/svg}rect") if r.get("height") == "13"]
    assert [float(bar.get("width", "")) for bar in bars] == [315, 105, 210]
    assert root.get("aria-label") == "Two: A 4; B 2."
    ElementTree.fromstring(chart_svg(CHART))  # names with marks are escaped
    ElementTree.fromstring(chart_svg(Chart("None", ())))
