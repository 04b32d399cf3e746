"""The commands that make documents to print, run as people run them."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from pypdf import PdfReader

from matchmaker.cli import cli
from matchmaker.errors import NotFoundError

SEEDS = str(Path(__file__).resolve().parents[1] / "seeds")


def test_a_report_is_written_in_every_form(tmp_path: Path) -> None:
    run = CliRunner()
    told = run.invoke(cli, ["report", "2025", "--format", "json", "--seeds", SEEDS])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["total"] == {"value": 134, "list": "/project-listings?year=2025"}
    for form, start in (("html", b"<!doctype html>"), ("pdf", b"%PDF-"), ("docx", b"PK")):
        file = tmp_path / f"report.{form}"
        done = run.invoke(
            cli, ["report", "2022", "--format", form, "-o", str(file), "--seeds", SEEDS]
        )
        assert done.exit_code == 0, done.output
        assert done.stdout == ""
        assert file.read_bytes().startswith(start)


def test_a_brief_is_written_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "brief.pdf"
    done = CliRunner().invoke(
        cli, ["brief", "phuket-scap2018-1", "--output", str(file), "--seeds", SEEDS]
    )
    assert done.exit_code == 0, done.output
    assert len(PdfReader(file).pages) == 2


def test_a_year_without_a_list_is_an_error_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    arguments = ["report", "2021", "--format", "pdf", "-o", str(file), "--seeds", SEEDS]
    done = CliRunner().invoke(cli, arguments)
    assert isinstance(done.exception, NotFoundError)
    assert "2022, 2023, 2024, 2025" in str(done.exception)
    assert not file.exists()
