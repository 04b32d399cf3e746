"""Which files are taken as documents, told by what is in them and not by what they are called."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
TYPES: Final[Mapping[str, str]] = {
    "application/pdf": "pdf",
    f"{_OFFICE}.wordprocessingml.document": "docx",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}.presentationml.presentation": "pptx",
    "image/png": "png",
    "image/jpeg": "jpg",
    "text/plain": "txt",
    "text/csv": "csv",
    "text/markdown": "md",
}
"""Media types that are taken, with the ending of their files."""
_HEADS: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
_MAIN_PARTS: Final = {
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}.presentationml.presentation",
}
_MOST_PARTS: Final = 10_000
_LONGEST_NAME: Final = 120
_READ: Final = 1 << 16
_MARKUP: Final = re.compile(rb"\s*(<\?xml|<!doctype|<html|<svg|<script)", re.IGNORECASE)


def type_of(path: Path, name: str) -> str | None:
    """Return the media type of a file by its content, None if it is none that is taken.

    The name only tells a table (``.csv``) and Markdown (``.md``) from another text.  Documents with
    macros, and texts that a browser could take for a page, are not taken.
    """
    with path.open("rb") as stream:
        head = stream.read(16)
        found = next((kind for sign, kind in _HEADS.items() if head.startswith(sign)), None)
    if found is not None:
        return found
    if head.startswith(b"PK\x03\x04"):
        return _office_type(path)
    if _is_text(path):
        ending = name.lower().rpartition(".")[2]
        return {"csv": "text/csv", "md": "text/markdown"}.get(ending, "text/plain")
    return None


def clean_name(name: str, media_type: str) -> str:
    r"""Return the name under which a file is kept: no path, nothing unseen, the ending of its type.

    Examples
    --------
    >>> clean_name("C:\\papers\\..\\Letter of intent.PDF", "application/pdf")
    'Letter of intent.pdf'
    >>> clean_name("../../etc/passwd", "text/plain"), clean_name("ข้อเสนอ.docx", "application/pdf")
    ('passwd.txt', 'ข้อเสนอ.docx.pdf')
    >>> clean_name("...", "image/png")
    'document.png'
    """
    ending = TYPES[media_type]
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(c if c.isprintable() and c not in '<>:"|?*' else " " for c in last)
    plain = " ".join(kept.split()).strip(". ")
    usual = (f".{ending}", ".jpeg") if ending == "jpg" else (f".{ending}",)
    for end in usual:
        if plain.lower().endswith(end):
            plain = plain[: -len(end)].rstrip(". ")
    return f"{plain[:_LONGEST_NAME].rstrip('. ') or 'document'}.{ending}"


def _office_type(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if len(names) > _MOST_PARTS or "[Content_Types].xml" not in names:
        return None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    return next((kind for part, kind in _MAIN_PARTS.items() if part in names), None)


def _is_text(path: Path) -> bool:
    """Tell whether a file is UTF-8 without control characters, and no page of markup."""
    with path.open("rb") as stream:
        if _MARKUP.match(stream.read(_READ)):
            return False
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            while piece := text.read(_READ):
                if any((c < " " and c not in "\n\r\t\f") or c == "\x7f" for c in piece):
                    return False
    except UnicodeDecodeError:
        return False
    return True
