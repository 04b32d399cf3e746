"""Rows of a file: read one by one, checked against each other and the graph, told row by row."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from matchmaker.graph import Snapshot
from matchmaker.schema import Schema
from matchmaker.usecases.contributing import rowchecks
from matchmaker.usecases.contributing.rowchecks import Report, check_rows
from matchmaker.usecases.contributing.rows import LONGEST_ROW, MOST_ROWS, Form, Row, read_rows
from matchmaker.usecases.linked.names import Names
from matchmaker.usecases.serialising.selecting import select_entities
from matchmaker.usecases.serialising.tables import table
from tests.factory import SCHEMA, make_need, make_project, make_project_listing, small_world

HEADER = "id,title,city,topics,year,source,locator,date,source_held"
GOOD = "n-{},Made-up need,uptown,water,2020,made-up,p. 1,2024-01-01,true"


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return Snapshot.build(SCHEMA, small_world(), 1, "2024-01-01")


def rows_of(path: Path, content: str | bytes, form: Form = "csv", kind: str = "need") -> list[Row]:
    data = content.encode() if isinstance(content, str) else content
    path = path / "rows"
    path.write_bytes(data)
    return list(read_rows(SCHEMA, path, form, SCHEMA.entities.get(kind)))


def checked(
    snapshot: Snapshot, path: Path, content: str | bytes, form: Form = "csv", kind: str = "need"
) -> Report:
    data = content.encode() if isinstance(content, str) else content
    path = path / "rows"
    path.write_bytes(data)
    return check_rows(snapshot, read_rows(SCHEMA, path, form, SCHEMA.entities.get(kind)))


def told(report: Report) -> list[tuple[int, str, str]]:
    return [tuple(fault) for fault in report.faults]  # type: ignore[misc]


def lines(*documents: dict[str, Any]) -> str:
    return "".join(json.dumps(document) + "\n" for document in documents)


def test_a_table_as_it_is_exported_is_read_back_exactly(
    seed_snapshot: Snapshot, schema: Schema, tmp_path: Path
) -> None:
    for kind in schema.entities.values():
        if not seed_snapshot.of_type(kind.name):
            continue  # a table without rows is refused
        written = "".join(
            table(seed_snapshot, select_entities(seed_snapshot, kind.name), Names(""))
        )
        path = tmp_path / kind.name
        path.write_text(written, encoding="utf-8", newline="")
        report = check_rows(seed_snapshot, read_rows(schema, path, "csv", kind))
        assert told(report) == []
        assert report.counts() == {
            "created": 0, "updated": 0, "unchanged": len(seed_snapshot.of_type(kind.name)),
        }  # fmt: skip


def test_a_text_that_a_spreadsheet_took_for_a_formula_is_read_back(tmp_path: Path) -> None:
    row = GOOD.format(1).replace("Made-up need", "'=1+1")
    found = rows_of(tmp_path, f"{HEADER}\n{row}\n")
    assert found[0].entity is not None
    assert found[0].entity.text("title") == "=1+1"


def test_rows_are_named_by_the_line_on_which_they_begin(tmp_path: Path) -> None:
    long = GOOD.replace("Made-up need", '"Made-up\nneed\nin lines"')
    content = "\ufeff" + "\r\n".join([HEADER, GOOD.format(1), long.format(2), "", GOOD.format(3)])
    found = rows_of(tmp_path, content)
    assert [row.number for row in found] == [2, 3, 7]
    assert all(row.entity for row in found)
    objects = rows_of(tmp_path, "{}\n\n[]\n1", "ndjson")
    assert [row.number for row in objects] == [1, 3, 4]


def test_every_fault_is_told_with_its_row_and_column(snapshot: Snapshot, tmp_path: Path) -> None:
    broken = [
        GOOD.format(1),
        GOOD.format(1),
        "N 3,,uptown,water,soon,made-up,p. 1,2024-01-01,yes",
        "too,few",
        GOOD.format(4).replace("uptown", "uptwn"),
        GOOD.format(5).replace("water", "upland"),
        GOOD.format(6).replace("n-6", "uptown"),
    ]
    report = checked(snapshot, tmp_path, "\n".join([HEADER, *broken]))
    assert told(report) == [
        (3, "id", "stands in row 2 already"),
        (4, "id", "must be a slug of small letters, digits and hyphens"),
        (4, "source_held", "'yes' is not true or false"),
        (4, "title", "is required"),
        (4, "year", "'soon' is not a whole number"),
        (5, "", "has 2 cells where the header has 9"),
        (6, "city", "there is no city 'uptwn' (did you mean 'uptown'?)"),
        (7, "topics", "'upland' is a country, not a topic"),
        (8, "id", "is the id of a city already"),
    ]
    assert report.rows == 7
    assert report.fault_count == 9
    assert report.counts() == {"created": 1, "updated": 0, "unchanged": 0}


def test_objects_that_cannot_be_used_are_told(snapshot: Snapshot, tmp_path: Path) -> None:
    good = make_need("n-1").as_json()
    content = lines(good) + "{\n[]\n" + lines(
        {**good, "id": "n-2", "type": "city"},
        {**good, "id": "n-3", "colour": "red"},
        {**good, "id": "n-4", "title": {"en": {}}},
        {**good, "id": "n-5", "city": {"id": "uptown", "caption": "As read"}, "caption": "x"},
    )  # fmt: skip
    report = checked(snapshot, tmp_path, content, "ndjson")
    assert [(row, column) for row, column, _ in told(report)] == [
        (2, ""), (3, ""), (4, "type"), (5, "colour"), (6, "title"),
    ]  # fmt: skip
    assert report.counts()["created"] == 2


def test_rows_of_several_types_may_refer_to_each_other(snapshot: Snapshot, tmp_path: Path) -> None:
    listing, project = make_project_listing("l-1", project="p-1"), make_project("p-1")
    content = lines(listing.as_json(), project.as_json())
    assert told(checked(snapshot, tmp_path, content, "ndjson", "")) == []
    found = checked(snapshot, tmp_path, lines(listing.as_json()), "ndjson", "")
    assert told(found) == [(1, "project", "there is no project 'p-1'")]


def test_a_row_falls_with_the_new_row_it_refers_to(snapshot: Snapshot, tmp_path: Path) -> None:
    project = {**make_project("p-1").as_json(), "city": "nowhere"}
    listing = make_project_listing("l-1", project="p-1").as_json()
    other = make_project_listing("l-2", project=make_project_listing("l-3").id).as_json()
    third = make_project_listing("l-3").as_json()
    report = checked(snapshot, tmp_path, lines(listing, project, other, third), "ndjson", "")
    assert told(report) == [
        (1, "project", "there is no project 'p-1' to refer to: its row 2 has faults"),
        (2, "city", "there is no city 'nowhere'"),
        (3, "project", "'l-3' is a project_listing, not a project"),
    ]


def test_merged_identifiers_are_refused(tmp_path: Path) -> None:
    world = Snapshot.build(SCHEMA, small_world(), 1, "2024", redirects={"old": "uptown"})
    content = "\n".join(
        [HEADER, GOOD.format(1).replace("uptown", "old"), GOOD.replace("n-{}", "old")]
    )
    assert told(checked(world, tmp_path, content)) == [
        (2, "city", "there is no city 'old'; it was merged into 'uptown'"),
        (3, "id", "was merged into 'uptown'"),
    ]


@pytest.mark.parametrize(
    ("content", "row", "message"),
    [
        (b"", 1, "is a required column and is missing"),
        (b"id,colour\n", 1, "is not a column of needs"),
        (HEADER.replace("year", "title").encode(), 1, "stands twice in the header"),
        ((HEADER + '\nn-1,"never closed\n\n').encode(), 2, "is not well-formed CSV"),
        (HEADER.encode() + b"\nn-1,\xff\n", 2, "is not UTF-8 (byte 0xff)"),
        (HEADER.encode() + b"\n" + b"x" * (LONGEST_ROW + 1), 2, "is longer than 1,000,000 bytes"),
        (HEADER.encode() + b'\n"' + b"x\n" * LONGEST_ROW, 2, "is longer than 1,000,000 bytes"),
        (HEADER.encode() + b"\n", 0, "the file has no rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(
    snapshot: Snapshot, tmp_path: Path, content: bytes, row: int, message: str
) -> None:
    report = checked(snapshot, tmp_path, content)
    assert not report.readable
    assert any(f.row == row and message in f.message for f in report.faults), report.faults


def test_more_rows_than_may_be_are_refused(tmp_path: Path, snapshot: Snapshot) -> None:
    report = checked(snapshot, tmp_path, "1\n" * (MOST_ROWS + 1), "ndjson")
    assert not report.readable
    assert report.fault_count == MOST_ROWS + 1
    assert len(report.faults) == rowchecks.MOST_TOLD


def test_a_table_of_no_type_is_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    assert not checked(snapshot, tmp_path, HEADER, "csv", "").readable


def test_generated_tables_are_read_as_the_csv_module_reads_them(tmp_path: Path) -> None:
    texts = ['a "quoted" text', "comma, inside", "line\nend", "ที่ทดสอบ", "'tis"]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(HEADER.split(","))
    for number, text in enumerate(texts):
        writer.writerow([f"n-{number}", text, *GOOD.split(",")[2:]])
    found = rows_of(tmp_path, stream.getvalue())
    assert [row.entity.text("title") for row in found if row.entity] == texts
