"""Which files are taken as documents, by what is in them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.brokering.filetypes import TYPES, clean_name, type_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def office(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return path


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.7\n...", "x.pdf", "application/pdf"),
        (PNG, "picture.pdf", "image/png"),
        (b"\xff\xd8\xff\xe0....", "x", "image/jpeg"),
        ("ชื่อ\nPhuket\n".encode(), "x.txt", "text/plain"),
        (b"# Drains\n", "Drains.MD", "text/markdown"),
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", "Table.CSV", "text/csv"),
        (b"MZ\x90\x00\x03", "letter.pdf", None),
        (b"\x7fELF....", "x.txt", None),
        (b"GIF89a\x01\x00", "x.png", None),
        (b"PK\x03\x04 not a zip", "x.docx", None),
        (b"  <!DOCTYPE html><p>", "x.txt", None),
        (b"<svg onload=alert(1)>", "x.txt", None),
        (b"caf\xe9 in another coding", "x.txt", None),
        (b"text with\x00nothing", "x.txt", None),
    ],
)
def test_the_content_tells_the_type(
    tmp_path: Path, content: bytes, name: str, expected: str | None
):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert type_of(path, name) == expected


@pytest.mark.parametrize(
    ("part", "ending"),
    [("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"), ("ppt/presentation.xml", "pptx")],
)
def test_office_documents_are_taken_and_those_with_macros_are_not(
    tmp_path: Path, part: str, ending: str
):
    plain = office(tmp_path / "plain", "[Content_Types].xml", part)
    assert TYPES[type_of(plain, "x")] == ending
    macros = office(tmp_path / "macros", "[Content_Types].xml", part, "word/vbaProject.bin")
    assert type_of(macros, "x") is None


def test_other_archives_are_not_taken(tmp_path: Path):
    assert type_of(office(tmp_path / "a", "word/document.xml"), "x.docx") is None
    assert type_of(office(tmp_path / "b", "[Content_Types].xml", "readme.txt"), "x.docx") is None


@given(st.text(max_size=300), st.sampled_from(sorted(TYPES)))
def test_any_name_becomes_one_that_can_be_shown_and_saved(name: str, media_type: str):
    cleaned = clean_name(name, media_type)
    assert cleaned.isprintable()
    assert cleaned.endswith(f".{TYPES[media_type]}")
    assert not set(cleaned) & set('/\\<>:"|?*')
    assert not cleaned.startswith(".")
    assert len(cleaned) <= 126
    assert clean_name(cleaned, media_type) == cleaned
