"""The command that works out a portfolio of introductions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson

from matchmaker.cli_tools import as_json, opened_service, show
from matchmaker.errors import BadRequestError
from matchmaker.permissions import SYSTEM
from matchmaker.usecases.portfolio.asking import DEFAULT_FIRST, DIALS, parse_asked
from matchmaker.usecases.portfolio.choosing import portfolio as choose

Document = dict[str, Any]


def _dials(command: Any) -> Any:
    """Give a command an option for each limit."""
    for name, dial in reversed(list(DIALS.items())):
        told = f"{dial.label}. {dial.hint}".strip()
        option = click.option(f"--{name.replace('_', '-')}", name, default=f"{dial.usual:g}",
                              show_default=True, help=told)  # fmt: skip
        command = option(command)
    return command


@click.command()
@_dials
@click.option("--max-min", is_flag=True, help="First raise the smallest number of a city.")
@click.option("--first", default=str(DEFAULT_FIRST), show_default=True,
              help="Tell down to which rank of each need why a pair was not chosen.")  # fmt: skip
@click.option("--keep", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="What --json printed last time, to stay near it.")  # fmt: skip
@click.option("--seeds", type=click.Path(path_type=Path),
              help="Read straight from this seed folder, with no database at all.")  # fmt: skip
@as_json
def portfolio(
    max_min: bool, first: str, keep: Path | None, seeds: Path | None, json_: bool, **dials: str
) -> None:
    """Choose the best set of introductions over all open needs, under limits."""
    asked = parse_asked({**dials, "max_min": "yes" if max_min else "no", "first": first})
    kept = _pairs_of(keep) if keep else []
    with opened_service(seeds) as service:
        document = choose(service, SYSTEM, asked, kept)
    show(document) if json_ else click.echo(portfolio_text(document))


def _pairs_of(file: Path) -> list[tuple[str, str]]:
    """Return the introductions of a portfolio as it was printed."""
    try:
        told = orjson.loads(file.read_bytes())
        return [(str(i["need"]["id"]), str(i["target"])) for i in told["introductions"]]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise BadRequestError("keep", f"{file} is not what --json printed") from None


def portfolio_text(document: Document) -> str:
    """Write a portfolio for people."""
    return "\n".join(_lines(document))


def _lines(document: Document) -> Iterator[str]:
    price, compared = document["price"], document["compared"]
    chosen = document["introductions"]
    yield f"{len(chosen)} introductions for {document['needs']} open needs, total {_s(document)}"
    if document["level"] is not None:
        yield f"Every city with a match in reach has at least {document['level']}."
    for name, words in (("greedy", "best pair first"), ("unconstrained", "without limits")):
        other = compared[name]
        yield f"  {words}: {other['introductions']} introductions, total {_s(other)}"
    yield f"Limits cost {price['given_up']:.4f}:"
    for step in price["steps"]:
        yield f"  {step['given_up']:8.4f}  {step['words']}"
    if price["kept"]:
        yield f"  {price['kept']:8.4f}  staying near last time"
    for one in document["unmet"]:
        yield f"Floor missed: {one['message']}"
    yield ""
    wide = max([len(one["need"]["id"]) for one in chosen], default=0)
    for one in chosen:
        pair = f"{one['need']['id']:<{wide}}  {one['target']}"
        yield f"{one['place']:>4}  {one['score']:.3f}  {pair}"
        yield f"{'':>12} {one['reason']}"


def _s(part: Document) -> str:
    return f"{part['total']:.3f}"
