"""Reading the data sets: what an event is, and what is said about broken files."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from matchmaker.errors import InvalidDataError
from matchmaker.evaluation.datasets import READERS, read_gebiz, read_h2020
from tests.evaluation.made_up import AWARD, PROJECT, write, write_h2020


def test_rows_of_a_tender_make_one_event_with_each_supplier_once(tmp_path: Path) -> None:
    rows = [
        AWARD | {"supplier_id": "BOLT", "date": "2023-01-05"},
        AWARD,
        AWARD | {"awarded_amt": "9.5"},
    ]
    write(tmp_path, "gebiz_awards", rows)
    (event,) = read_gebiz(tmp_path).events
    assert (event.id, event.seeker, event.text) == ("T1", "Parks", "supply of benches")
    assert event.date == date(2023, 1, 2)
    assert event.partners == ("ACME", "BOLT")
    assert event.links[0].amount == 110.0
    assert event.links[0].name == "ACME PTE LTD"


def test_an_amount_awarded_on_a_later_day_is_not_counted(tmp_path: Path) -> None:
    write(tmp_path, "gebiz_awards", [AWARD, AWARD | {"date": "2023-08-01", "awarded_amt": "7"}])
    (event,) = read_gebiz(tmp_path).events
    assert event.links[0].amount == 100.5


def test_an_award_after_a_day_is_not_known_before_it(tmp_path: Path) -> None:
    late = AWARD | {"supplier_id": "BOLT", "date": "2023-08-01"}
    write(tmp_path, "gebiz_awards", [AWARD, late])
    (event,) = read_gebiz(tmp_path).events
    assert event.before(date(2023, 7, 1)).partners == ("ACME",)
    assert event.before(date(2023, 9, 1)) is event


def test_an_unknown_amount_is_none(tmp_path: Path) -> None:
    write(tmp_path, "gebiz_awards", [AWARD | {"awarded_amt": ""}])
    assert read_gebiz(tmp_path).events[0].links[0].amount is None


def test_events_are_in_the_order_of_their_days(tmp_path: Path) -> None:
    rows = [AWARD | {"tender_no": "T2"}, AWARD | {"tender_no": "T0", "date": "2022-01-01"}, AWARD]
    write(tmp_path, "gebiz_awards", rows)
    assert [event.id for event in read_gebiz(tmp_path).events] == ["T0", "T1", "T2"]


def test_a_query_holds_nothing_of_the_outcome(tmp_path: Path) -> None:
    write_h2020(tmp_path, [PROJECT], [("1", "a", "coordinator"), ("1", "b", "participant")])
    (event,) = read_h2020(tmp_path).events
    text = repr(event.query)
    assert "'b'" not in text
    assert "900" not in text
    assert "2016" not in text


def test_a_project_is_an_event_of_its_coordinator(tmp_path: Path) -> None:
    parts = [("1", "b", "participant"), ("1", "a", "coordinator"), ("1", "c", "partner")]
    write_h2020(tmp_path, [PROJECT], parts)
    (event,) = read_h2020(tmp_path).events
    assert event.seeker == "a"
    assert event.partners == ("b", "c")
    assert event.members == ("b", "c", "a")
    assert event.text == "Clean water Climate"
    assert event.topics == ("WATER-1",)
    assert event.query.programmes == ("LEIT", "SC1")
    assert event.seeker_link is not None
    assert (event.seeker_link.name, event.seeker_link.city) == ("University A", "Porto")
    assert event.links[0].name is None
    assert event.end == date(2016, 12, 31)
    assert event.total_cost == 900


def test_a_second_coordinator_is_a_partner(tmp_path: Path) -> None:
    write_h2020(tmp_path, [PROJECT], [("1", "a", "coordinator"), ("1", "b", "coordinator")])
    assert read_h2020(tmp_path).events[0].partners == ("b",)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"topic_title": ""}, [("1", "a", "coordinator"), ("1", "b", "participant")]),
        ({}, [("1", "a", "coordinator")]),
        ({}, [("1", "a", "participant"), ("1", "b", "participant")]),
    ],
    ids=["without a topic title", "of one organisation", "without a coordinator"],
)
def test_a_project_that_is_no_query_is_left_out(
    tmp_path: Path, change: dict[str, str], parts: list[tuple[str, str, str]]
) -> None:
    write_h2020(tmp_path, [PROJECT | change], parts)
    assert read_h2020(tmp_path).events == ()


@pytest.mark.parametrize("name", READERS)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidDataError, match=rf"{name}_\w+\.csv\.gz: not found"):
        READERS[name](tmp_path)


def test_every_missing_column_is_named(tmp_path: Path) -> None:
    row = {k: v for k, v in AWARD.items() if k not in ("agency", "date")}
    write(tmp_path, "gebiz_awards", [row])
    with pytest.raises(InvalidDataError) as caught:
        read_gebiz(tmp_path)
    assert [fault.column for fault in caught.value.faults] == ["agency", "date"]


def test_every_broken_row_is_named_with_its_line_and_column(tmp_path: Path) -> None:
    rows = [AWARD | {"date": "2023-02-30"}, AWARD, AWARD | {"agency": " "}]
    write(tmp_path, "gebiz_awards", rows)
    with pytest.raises(InvalidDataError) as caught:
        read_gebiz(tmp_path)
    assert [str(fault) for fault in caught.value.faults] == [
        "gebiz_awards.csv.gz:2:date: '2023-02-30' is not a date like 2023-07-01",
        "gebiz_awards.csv.gz:4:agency: a value is required",
    ]


@pytest.mark.parametrize("amount", ["many", "inf", "nan"])
def test_an_amount_must_be_a_finite_number(tmp_path: Path, amount: str) -> None:
    write(tmp_path, "gebiz_awards", [AWARD | {"awarded_amt": amount}])
    with pytest.raises(InvalidDataError, match=r"2:awarded_amt: .* number"):
        read_gebiz(tmp_path)


def test_broken_projects_and_participations_are_named_together(tmp_path: Path) -> None:
    project = PROJECT | {"start_date": "soon"}
    write_h2020(tmp_path, [project], [("1", "a", "coordinator"), ("1", "b", "")])
    with pytest.raises(InvalidDataError) as caught:
        read_h2020(tmp_path)
    assert [(f.file, f.row, f.column) for f in caught.value.faults] == [
        ("h2020_participations.csv.gz", 3, "role"),
        ("h2020_projects.csv.gz", 2, "start_date"),
    ]


def test_a_row_with_too_few_cells_is_named(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "gebiz_awards.csv.gz", "wt") as file:
        file.write(",".join(AWARD) + "\nT1,ACME\n")
    with pytest.raises(InvalidDataError, match=r"gebiz_awards\.csv\.gz:2: not as many cells"):
        read_gebiz(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"tender_no,", gzip.compress(b"tender_no" * 99)[:-9], gzip.compress(b"\xff\xfe")],
    ids=["not compressed", "cut off", "not UTF-8"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "gebiz_awards.csv.gz").write_bytes(content)
    with pytest.raises(InvalidDataError, match=r"gebiz_awards\.csv\.gz: cannot be read"):
        read_gebiz(tmp_path)
