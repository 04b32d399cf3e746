"""Problem files: what is wrong with one is told by line and place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from matchmaker.errors import InvalidDataError
from matchmaker.meetings.checking import faults_of
from matchmaker.meetings.problem import Meeting, Session, Timetable
from matchmaker.meetings.reading import problem_from, read_problem
from matchmaker.meetings.solving import solve

GOOD: dict[str, Any] = {
    "name": "Made-up day",
    "time_zone": "Asia/Bangkok",
    "slots": [
        {"id": "s1", "start": "2027-03-01T09:00", "end": "2027-03-01T09:20"},
        {"id": "tea", "start": "2027-03-01T09:20", "end": "2027-03-01T09:40", "break": True},
        {"id": "s2", "start": "2027-03-01T09:40", "end": "2027-03-01T10:00"},
    ],
    "rooms": [
        {"id": "t", "kind": "tables", "capacity": 1},
        {"id": "h", "kind": "hall", "capacity": 4},
    ],
    "attendees": [{"id": "a"}, {"id": "b", "least": 1}, {"id": "c", "absent": ["s1"]}],
    "requests": [{"a": "a", "b": "b", "score": 0.5}, {"a": "a", "b": "c"}],
    "roundtables": [{"id": "r", "topic": "Made up", "required": ["b", "c"]}],
    "vetoes": [],
}


def test_a_good_document_becomes_a_problem_that_can_be_solved() -> None:
    problem = problem_from(GOOD)
    found = solve(problem)
    assert faults_of(problem, found) == []
    assert [s.roundtable for s in found.sessions] == ["r"]
    assert [m.slot for m in found.meetings] == ["s1"]


@pytest.mark.parametrize(
    ("place", "value", "column", "words"),
    [
        (("slots",), [], "slots", "is needed"),
        (("slots", 1, "start"), "2027-03-01T08:00", "slots[1].start", "must not be before"),
        (("slots", 0, "end"), "2027-03-01T09:00", "slots[0].end", "must be after"),
        (("slots", 0, "start"), "2027-03-01T09:00Z", "slots[0].start", "time at the venue"),
        (("slots", 2, "id"), "s1", "slots[2].id", "is there already"),
        (("time_zone",), "Asia/Bangok", "time_zone", "no time zone"),
        (("rooms", 0, "kind"), "table", "rooms[0].kind", "must be 'tables' or 'hall'"),
        (("rooms", 0, "capacity"), 0, "rooms[0].capacity", "from 1"),
        (("attendees", 2, "absent"), ["s3"], "attendees[2].absent[0]", "there is no slot 's3'"),
        (("attendees", 1, "most"), 0, "attendees[1].most", "must not be under"),
        (("attendees", 0, "leats"), 1, "attendees[0].leats", "did you mean"),
        (("requests", 0, "b"), "bb", "requests[0].b", "there is no attendee 'bb'"),
        (("requests", 1, "b"), "a", "requests[1].b", "somebody else"),
        (("requests", 0, "score"), 2, "requests[0].score", "from 0 to 1"),
        (("roundtables", 0, "size"), 1, "roundtables[0].size", "from 2"),
        (("vetoes",), [["b", "c"]], "roundtables[0].required", "must not meet"),
        (("vetoes",), [["b"]], "vetoes[0]", "two attendees"),
        (("walk_minutes",), "10", "walk_minutes", "whole number"),
    ],
)
def test_a_fault_names_its_place(place: Any, value: Any, column: str, words: str) -> None:
    import copy

    document: Any = copy.deepcopy(GOOD)
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(InvalidDataError) as refused:
        problem_from(document)
    assert any(f.column == column and words in f.message for f in refused.value.faults)


def test_a_fault_of_a_file_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "day.yaml"
    path.write_text("name: Day\ntime_zone: Asia/Bangkok\nslots:\n- id: s1\n  start: nine\n")
    with pytest.raises(InvalidDataError) as refused:
        read_problem(path)
    told = {(fault.row, fault.column) for fault in refused.value.faults}
    assert (4, "slots[0].end") in told
    assert (1, "attendees") in told


@pytest.mark.parametrize("text", ["name: [", "\t{", "", "[]", "name: 'x"])
def test_what_is_no_document_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "day.yaml"
    path.write_text(text)
    with pytest.raises(InvalidDataError):
        read_problem(path)


def test_the_example_of_the_document_can_be_solved(tmp_path: Path) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "meetings.md"
    path = tmp_path / "day.yaml"
    path.write_text(page.read_text("utf-8").partition("```yaml\n")[2].partition("```")[0], "utf-8")
    problem = read_problem(path)
    found = solve(problem)
    assert faults_of(problem, found) == []
    assert (len(found.meetings), len(found.sessions)) == (1, 1)


def test_the_checker_finds_what_is_wrong() -> None:
    problem = problem_from({**GOOD, "vetoes": [["a", "c"]], "walk_minutes": 30})
    bad = Timetable(
        (
            Meeting("a", "b", "s1", "t", 1, 0.5), Meeting("a", "c", "s1", "t", 1, 1.0),
            Meeting("a", "b", "tea", "t", 2, 0.5), Meeting("b", "c", "s2", "h", 1, 0.5),
        ),
        (Session("r", "s2", "t", ("b", "a")),),
    )  # fmt: skip
    told = " | ".join(faults_of(problem, bad))
    for words in (
        "a is in 2 places at s1", "in the break tea", "c is away at s1",
        "table 1 in room t is used 2 times", "there is no table 2", "a and b meet 2 times",
        "a and c must not meet", "nobody asked", "held without c", "a at roundtable r uninvited",
        "t is no hall", "b is in 2 places",
    ):  # fmt: skip
        assert words in told, words
