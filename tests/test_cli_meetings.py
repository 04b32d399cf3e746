"""``matchmaker timetable``: a file in, a checked timetable out, again when somebody drops out."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from icalendar import Calendar

from matchmaker.cli import cli
from matchmaker.cli_meetings import timetable_text
from matchmaker.errors import BadRequestError, InvalidDataError
from matchmaker.meetings.checking import faults_of
from matchmaker.meetings.documents import timetable_from
from matchmaker.meetings.reading import read_problem

DAY = """\
name: Made-up day
time_zone: Asia/Bangkok
slots:
- {id: s1, start: 2027-03-01T09:00, end: 2027-03-01T09:20}
- {id: tea, start: 2027-03-01T09:20, end: 2027-03-01T09:40, break: true}
- {id: s2, start: 2027-03-01T09:40, end: 2027-03-01T10:00}
- {id: s3, start: 2027-03-01T10:00, end: 2027-03-01T10:20}
rooms:
- {id: t, name: Great room, kind: tables, capacity: 2}
- {id: h, name: Hall, kind: hall, capacity: 4}
attendees:
- {id: uptown, name: Uptown, side: city, least: 1}
- {id: lowtown, name: Lowtown, side: city}
- {id: bank, name: The bank, side: partner}
- {id: college, name: The college, side: partner}
requests:
- {a: uptown, b: bank, score: 0.9}
- {a: uptown, b: college, score: 0.4}
- {a: lowtown, b: bank, score: 0.5}
roundtables:
- {id: water, topic: Drains, required: [lowtown, college]}
"""


@pytest.fixture
def day(tmp_path: Path) -> Path:
    path = tmp_path / "day.yaml"
    path.write_text(DAY)
    return path


def run(*arguments: object) -> bytes:
    done = CliRunner().invoke(cli, ["timetable", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout_bytes


def test_a_timetable_is_printed_and_right(day: Path) -> None:
    document = orjson.loads(run(day, "--json"))
    problem = read_problem(day)
    assert faults_of(problem, timetable_from(document)) == []
    assert document["optimal"]
    assert len(document["meetings"]) == 3
    text = timetable_text(problem, document)
    assert "3 meetings, 1 roundtables, score 1.80, which is the best there is" in text
    assert "Hall: Drains (Lowtown, The college)" in text
    assert "Uptown with The bank" in text
    assert run(day).decode().strip() == text


def test_it_is_made_again_without_somebody_and_says_what_changed(day: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_bytes(run(day, "--json"))
    folder = tmp_path / "calendars"
    told = orjson.loads(
        run(day, "--again", old, "--without", "The college", "--calendars", folder, "--json")
    )
    assert {c["kind"] for c in told["changes"]} == {"cancelled"}
    assert all("college" in c["who"] for c in told["changes"])
    assert told["not_held"][0]["topic"] == "Drains"
    files = sorted(path.name for path in folder.iterdir())
    assert files == ["bank.ics", "college.ics", "everybody.ics", "lowtown.ics", "uptown.ics"]
    of_college = Calendar.from_ical((folder / "college.ics").read_bytes())
    assert {str(one["status"]) for one in of_college.events} == {"CANCELLED"}
    text = run(day, "--again", old, "--without", "college").decode()
    assert "of the meetings changed:" in text
    assert "cancelled" in text


def test_what_is_wrong_is_told_by_its_place(day: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    day.write_text(DAY.replace("b: college", "b: colege"))
    with pytest.raises(InvalidDataError, match=r"day.yaml:18:requests\[1\].b"):
        runner.invoke(cli, ["timetable", str(day)], catch_exceptions=False, standalone_mode=False)
    day.write_text(DAY)
    for arguments, error in (
        (["--without", "nobody"], BadRequestError),
        (["--since", "tea"], BadRequestError),
        (["--again", str(day)], InvalidDataError),
        (["--again", str(tmp_path / "none.json")], InvalidDataError),
    ):
        with pytest.raises(error):
            runner.invoke(
                cli, ["timetable", str(day), *arguments], catch_exceptions=False,
                standalone_mode=False,
            )  # fmt: skip
