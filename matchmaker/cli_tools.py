"""What all commands share: how they print, and how they open the service."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import orjson

from matchmaker.reports import progress_bars
from matchmaker.schema import load_schema
from matchmaker.settings import Settings
from matchmaker.usecases.service import Service

as_json = click.option("--json", "json_", is_flag=True, help="Print JSON for programs.")


def say(line: str) -> None:
    """Print one line for people; standard output is for results only."""
    click.echo(line, err=True)


def show(document: Any) -> None:
    """Print a document as JSON."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")


@contextmanager
def opened_service(seeds: Path | None = None) -> Iterator[Service]:
    """Open the service for one command: from seeds, or attached to the database."""
    from matchmaker.usecases.opening import open_service, service_from_seeds

    settings = Settings.from_environment()
    with progress_bars() as progress:
        if seeds is None:
            service = open_service(settings, announce=say, progress=progress)
        else:
            settings = replace(settings, seeds_dir=seeds)
            schema = load_schema(settings.schema_dir)
            service = service_from_seeds(schema, settings, progress=progress)
    with service:
        if seeds is None and service.status.message:
            say(service.status.message)
        yield service
