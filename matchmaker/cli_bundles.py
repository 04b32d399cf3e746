"""The command that suggests bundles of several cities' needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from matchmaker.cli_tools import as_json, opened_service, show
from matchmaker.permissions import SYSTEM
from matchmaker.usecases.bundles.suggesting import suggest

Document = dict[str, Any]


@click.command()
@click.option("--seeds", type=click.Path(path_type=Path),
              help="Read straight from this seed folder, with no database at all.")  # fmt: skip
@as_json
def bundles(seeds: Path | None, json_: bool) -> None:
    """Suggest like needs of several cities as one demand, and what would answer them all."""
    with opened_service(seeds) as service:
        found = suggest(service, SYSTEM)
    show(found) if json_ else click.echo("\n".join(_lines(found)))


def _lines(found: Document) -> Iterator[str]:
    suggested = found["suggestions"]
    inside = sum(len(one["needs"]) for one in suggested)
    yield f"{len(suggested)} bundles of {inside} of {found['needs']} open needs"
    for one in suggested:
        yield ""
        yield f"{one['title']}  (likeness {one['cohesion']:.3f})"
        for need in one["needs"]:
            yield f"    {need['to_rest']:.3f}  {need['id']}"
        for answer in [*one["pairs"][:1], *one["singles"][:1]]:
            names = " + ".join(supply["target"] for supply in answer["supplies"])
            least = f"least {answer['floor']['value']:.3f} for {answer['floor']['city']}"
            yield f"    {answer['score']:.3f}  {names}, {least}"
