"""The forms that a document to print comes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from matchmaker.printing.document import Document
from matchmaker.printing.docx import docx
from matchmaker.printing.page import file_html
from matchmaker.printing.pdf import pdf
from matchmaker.settings import Settings


@dataclass(frozen=True, slots=True)
class Form:
    """A form: what it is called, its media type, and how to make it of a document and an address."""

    label: str
    media: str
    make: Callable[[Document, str], bytes]


FORMS: Final[Mapping[str, Form]] = {
    "pdf": Form("PDF", "application/pdf", pdf),
    "docx": Form(
        "Word (DOCX)",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        docx,
    ),
    "html": Form("HTML", "text/html", lambda document, base: file_html(document, base).encode()),
}
"""Forms by the ending of a file's name."""


def usual_base(settings: Settings) -> str:
    """Return where people reach the site, for documents that are made without a request."""
    return settings.public_url or f"http://localhost:{settings.port}"
