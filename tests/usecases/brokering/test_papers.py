"""Documents of engagements: checked as they come, kept by their checksum, given to the parties only."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matchmaker.errors import BadRequestError, ConflictError, NotAllowedError, NotFoundError
from matchmaker.usecases.brokering import engaging, papers
from matchmaker.usecases.brokering.checking import check
from matchmaker.usecases.brokering.documents import add_document, list_documents, open_document
from matchmaker.usecases.service import Service
from tests.usecases.brokering.worker import ACCOUNTS as WHO

PDF = b"%PDF-1.7\nA letter of intent.\n"


@pytest.fixture
def one(service: Service) -> str:
    """Return the identifier of an open engagement, in a data folder without documents."""
    for path in files(service):
        path.unlink()
    begun = engaging.open_engagement(service, WHO["partner"], "uptown-need-1", partner="bank")
    return str(begun["id"])


def files(service: Service) -> list[Path]:
    folder = service.settings.data_dir / "documents"
    return sorted(path for path in folder.rglob("*") if path.is_file())


def pieces(content: bytes, size: int = 7) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def add(service: Service, one: str, content: bytes = PDF, name: str = "Letter.pdf", **options: Any):
    return add_document(service, WHO["partner"], one, name, pieces(content), **options)


def scanner(service: Service, tmp_path: Path, script: str) -> None:
    """Set a command of some lines of shell as the scanner."""
    command = tmp_path / "scan"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    service.settings = replace(service.settings, scan_command=(str(command),))


def test_a_document_is_kept_under_its_checksum_and_named_by_a_move(service: Service, one: str):
    made = add(service, one, name="../../Letter of intent.PDF")
    assert (made["name"], made["media_type"], made["size"]) == (
        "Letter of intent.pdf", "application/pdf", len(PDF),
    )  # fmt: skip
    assert [path.name for path in files(service)] == [made["sha256"]]
    assert files(service)[0].parent.name == made["sha256"][:2]
    shown = engaging.move(service, WHO["partner"], one, "note", documents=[made["id"]])
    assert shown["moves"][-1]["documents"] == [made] == shown["documents"]
    paper = open_document(service, WHO["city"], one, made["id"])
    assert paper.path.read_bytes() == PDF
    assert check(service).faults == ()


def test_nobody_but_the_parties_has_it(service: Service, one: str):
    made = add(service, one)
    for who in ("other partner", "other city", "other country"):
        for attempt in (
            lambda who=who: open_document(service, WHO[who], one, made["id"]),
            lambda who=who: list_documents(service, WHO[who], one),
            lambda who=who: add_document(service, WHO[who], one, "x.pdf", [PDF]),
        ):
            with pytest.raises(NotFoundError):
                attempt()
    with pytest.raises(NotAllowedError):
        open_document(service, WHO["portal"], one, made["id"])
    with pytest.raises(NotAllowedError, match="sandbox"):
        add_document(service, replace(WHO["city"], sandbox=True), one, "x.pdf", [PDF])
    other = engaging.open_engagement(service, WHO["city"], "uptown-need-1", partner="college")
    with pytest.raises(NotFoundError):
        open_document(service, WHO["city"], other["id"], made["id"])
    with pytest.raises(BadRequestError, match="no document of this engagement"):
        engaging.move(service, WHO["city"], other["id"], "note", documents=[made["id"]])


def test_what_is_too_large_empty_or_of_another_type_leaves_nothing_behind(
    service: Service, one: str
):
    for content, told in (
        (b"%PDF-" + bytes(papers.LARGEST_FILE), "at most 20 MiB"), (b"", "is empty"),
        (b"MZ\x90\x00 a program", "must be one of pdf"), (b"<html><script>", "must be one of"),
    ):  # fmt: skip
        with pytest.raises(BadRequestError, match=f"file: .*{told}"):
            add_document(service, WHO["partner"], one, "x.pdf", pieces(content, 1 << 20))

    def broken() -> Iterator[bytes]:
        yield PDF
        raise ConnectionError

    with pytest.raises(ConnectionError):
        add_document(service, WHO["partner"], one, "x.pdf", broken())
    assert files(service) == []
    assert service.records.count("document", {}) == 0


def test_the_largest_file_that_is_allowed_is_taken(service: Service, one: str):
    content = b"%PDF-" + bytes(papers.LARGEST_FILE - 5)
    made = add_document(service, WHO["partner"], one, "x.pdf", pieces(content, 1 << 20))
    assert made["size"] == papers.LARGEST_FILE


def test_the_same_document_sent_twice_is_one(service: Service, one: str):
    first, again = add(service, one, uuid="d1"), add(service, one, uuid="d1")
    assert first == again
    with pytest.raises(ConflictError, match="Another document"):
        add_document(service, WHO["city"], one, "x.pdf", [PDF], uuid="d1")
    copy = add(service, one)
    assert copy["sha256"] == first["sha256"]
    assert len(files(service)) == 1
    assert len(list_documents(service, WHO["city"], one)) == 2


def test_a_scanner_passes_refuses_or_holds_back(service: Service, one: str, tmp_path: Path):
    assert add(service, one)["state"] == "unscanned"
    scanner(service, tmp_path, 'grep -q EVIL "$1" && exit 1; exit 0')
    assert add(service, one)["state"] == "clean"
    with pytest.raises(BadRequestError, match="something harmful"):
        add(service, one, PDF + b"EVIL")
    assert len(files(service)) == 1
    scanner(service, tmp_path, "exit 2")
    held = add(service, one, PDF + b"held")
    assert held["state"] == "held"
    with pytest.raises(ConflictError, match="held back"):
        open_document(service, WHO["city"], one, held["id"])
    scanner(service, tmp_path, "exit 0")
    assert open_document(service, WHO["city"], one, held["id"]).size == len(PDF) + 4
    states = {d["id"]: d["state"] for d in list_documents(service, WHO["city"], one)}
    assert states[held["id"]] == "clean"


def test_what_was_held_back_and_turns_out_harmful_is_deleted(
    service: Service, one: str, tmp_path: Path
):
    service.settings = replace(service.settings, scan_command=("/no/such/scanner",))
    held = add(service, one)
    engaging.move(service, WHO["partner"], one, "note", documents=[held["id"]])
    scanner(service, tmp_path, "exit 1")
    with pytest.raises(ConflictError, match="was deleted"):
        open_document(service, WHO["city"], one, held["id"])
    assert files(service) == []
    shown = engaging.get_engagement(service, WHO["city"], one)
    assert shown["moves"][-1]["documents"] == []


def test_files_that_no_record_names_are_swept_once_they_are_old(service: Service, one: str):
    kept = add(service, one)
    folder = service.settings.data_dir / "documents"
    lost, part, fresh = (
        folder / "ab" / "ab12",
        folder / "incoming" / "x.part",
        folder / "cd" / "cd1",
    )
    for path in (lost, part, fresh):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    hours_ago = time.time() - 7200
    for path in (lost, part, *(f for f in files(service) if f.name == kept["sha256"])):
        os.utime(path, (hours_ago, hours_ago))
    assert papers.sweep(service) == 2
    assert sorted(path.name for path in files(service)) == sorted([kept["sha256"], "cd1"])


def test_a_file_that_is_gone_or_changed_is_told(service: Service, one: str):
    made = add(service, one)
    (path,) = files(service)
    path.write_bytes(b"%PDF- another")
    assert "its file was changed" in " ".join(check(service).faults)
    path.unlink()
    assert "its file is missing" in " ".join(check(service).faults)
    with pytest.raises(NotFoundError):
        open_document(service, WHO["city"], one, made["id"])
