"""The commands that make documents to print: the annual report, and the brief of a need."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import orjson

from matchmaker.cli_tools import opened_service
from matchmaker.permissions import SYSTEM
from matchmaker.usecases.printing.annual import annual_data, annual_paper
from matchmaker.usecases.printing.briefs import need_brief
from matchmaker.usecases.printing.forms import FORMS, usual_base

BINARY = ("pdf", "docx")
seeds_option = click.option(
    "--seeds",
    type=click.Path(path_type=Path),
    help="Read straight from this seed folder, with no database at all.",
)
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; without it the document goes to standard output.",
)  # fmt: skip


@click.command()
@click.argument("year", type=click.IntRange(0))
@click.option("--format", "form", type=click.Choice(["html", "pdf", "docx", "json"]),
              default="html", show_default=True, help="Form of the document.")  # fmt: skip
@output_option
@seeds_option
def report(year: int, form: str, output: Path | None, seeds: Path | None) -> None:
    """Make the network's monitoring and evaluation report of a year."""
    _check_terminal(form, output)
    with opened_service(seeds) as service:
        if form == "json":
            document = annual_data(service, SYSTEM, year)
            made = orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
        else:
            paper = annual_paper(service, SYSTEM, year)
            made = FORMS[form].make(paper, usual_base(service.settings))
    _give(made, output)


@click.command()
@click.argument("need")
@output_option
@seeds_option
def brief(need: str, output: Path | None, seeds: Path | None) -> None:
    """Make the brief of a need as PDF: its best matches on two pages."""
    _check_terminal("pdf", output)
    with opened_service(seeds) as service:
        made = need_brief(service, SYSTEM, need, usual_base(service.settings))
    _give(made, output)


def _check_terminal(form: str, output: Path | None) -> None:
    """Refuse to write what no terminal can show, before any work is done."""
    if form in BINARY and output is None and sys.stdout.isatty():
        raise click.UsageError(f"{form} is not for a terminal; name a file with -o.")


def _give(made: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(made)
    else:
        output.write_bytes(made)
        click.echo(f"{output}: {len(made):,} bytes", err=True)
