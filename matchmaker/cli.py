"""The command line: ``matchmaker --help`` tells what there is."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import click

from matchmaker import __version__
from matchmaker.cli_accounts import accounts, keys, print_first_link
from matchmaker.cli_brokering import engagements
from matchmaker.cli_bundles import bundles
from matchmaker.cli_meetings import timetable
from matchmaker.cli_portfolio import portfolio
from matchmaker.cli_printing import brief, report
from matchmaker.cli_tools import as_json, opened_service, say, show
from matchmaker.errors import BadRequestError, MatchmakerError
from matchmaker.permissions import PUBLIC, SYSTEM
from matchmaker.reports import (
    changes_text,
    evaluation_text,
    explanation_text,
    exposure_text,
    load_text,
    matches_text,
    progress_bars,
    schema_text,
    time_split_text,
)
from matchmaker.schema import load_schema
from matchmaker.seeds import read_seeds
from matchmaker.settings import Settings
from matchmaker.usecases.diversity import parse_diversity

FAILED = 2

seeds_option = click.option(
    "--seeds",
    type=click.Path(path_type=Path),
    help="Read straight from this seed folder, with no database at all.",
)
diversity_option = click.option(
    "--diversity",
    default="0",
    show_default=True,
    help="0 to 1: how strictly to bound the places of one partner and of one home country.",
)


def main() -> None:
    """Run the command line; an error is one line and exit code 2."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(FAILED)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except MatchmakerError as error:
        say(f"matchmaker: {error}")
        sys.exit(FAILED)
    except BrokenPipeError:
        # The reader (such as `head`) has had enough; that is no failure.
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="matchmaker")
def cli() -> None:
    """Match the needs of ASEAN smart cities with partners' offers, and explain each match.

    \b
    Try:
      matchmaker match phuket-scap2018-1 --seeds seeds/    no database needed
      matchmaker serve                                     pages and API on 127.0.0.1:8000
      matchmaker explain phuket-scap2018-1 depa-technical-assistance

    Settings come from the environment; docs/settings.md lists them.
    """  # noqa: D301  # click reads the character itself


cli.add_command(accounts)
cli.add_command(keys)
cli.add_command(portfolio)
cli.add_command(report)
cli.add_command(brief)
cli.add_command(bundles)
cli.add_command(timetable)
cli.add_command(engagements)


@cli.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port instead of MATCHMAKER_PORT.")
@click.option("--host", help="Address instead of MATCHMAKER_HOST; loopback unless told otherwise.")
def serve(port: int | None, host: str | None) -> None:
    """Serve pages and API; start a local database and load the seeds where needed."""
    from matchmaker import serving

    usual = Settings.from_environment()
    port = usual.port if port is None else port
    serving.serve(replace(usual, port=port, host=host or usual.host), say)


@cli.command()
def prepare() -> None:
    """Load the seeds where needed, and print a link for the first administrator if there is none.

    This is what `serve` begins with; elsewhere it is run once before the workers start.
    """
    with opened_service() as service:
        if not service.status.read_only:
            print_first_link(service)


@cli.command()
@click.option("--browser", is_flag=True, help="Serve Neo4j's own pages too.")
@as_json
def neo4j(browser: bool, json_: bool) -> None:
    """Run the local database alone, to look around with Cypher; Ctrl-C stops it."""
    import signal

    from matchmaker.store.local import ensure_local

    settings = Settings.from_environment()
    folder = settings.data_dir / "neo4j"
    cache = settings.cache_dir / "jars"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ensure_local(folder, announce=say, cache_dir=cache, browser=browser) as local:
        facts = {
            "uri": local.connection.uri,
            "user": local.connection.user,
            "credentials": str(folder / "connection.json"),
            "browser": local.browser_url,
        }
        if json_:
            show(facts)
            sys.stdout.flush()
        else:
            say(f"Neo4j answers at {facts['uri']} as user {facts['user']}.")
            say(f"The password is in {facts['credentials']} (readable by you only).")
            if local.browser_url:
                say(f"Neo4j's own pages: {local.browser_url}")
            say("Ctrl-C stops it." if local.owned else "Another process owns it; Ctrl-C leaves.")
        signal.pause()


@cli.command()
@click.option("--seeds", type=click.Path(path_type=Path), help="Seed folder instead of the usual.")
@click.option("--check", is_flag=True, help="Only check the files; change nothing.")
@click.option("--overwrite", is_flag=True, help="Let the seeds win over what people edited since.")
@as_json
def load(seeds: Path | None, check: bool, overwrite: bool, json_: bool) -> None:
    """Load seed files into the database: all or nothing, and never twice."""
    from matchmaker.usecases.opening import load_into_database

    settings = Settings.from_environment()
    if seeds is not None:
        settings = replace(settings, seeds_dir=seeds)
    schema = load_schema(settings.schema_dir)
    if check:
        found = read_seeds(schema, settings.seeds_dir, settings.schema_dir)
        facts: dict[str, Any] = {"entities": len(found.entities), "as_of": found.as_of}
        show(facts) if json_ else click.echo(f"{len(found.entities)} entities, no fault.")
        return
    with progress_bars() as progress:
        report = load_into_database(settings, schema, say, progress, overwrite=overwrite)
    if json_:
        show(asdict(report))
    else:
        click.echo(load_text(report))


@cli.command()
@click.argument("need")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@diversity_option
@seeds_option
@as_json
def match(need: str, limit: int, diversity: str, seeds: Path | None, json_: bool) -> None:
    """Rank who could help with NEED (an id such as phuket-scap2018-1), and say why."""
    wished = parse_diversity(diversity)
    with opened_service(seeds) as service:
        document = service.need_matches(need, limit, wished)
    show(document) if json_ else click.echo(matches_text(document))


@cli.command()
@click.option("--limit", type=click.IntRange(1, 200), default=10, show_default=True,
              help="How many matches of each need count.")  # fmt: skip
@diversity_option
@seeds_option
@as_json
def exposure(limit: int, diversity: str, seeds: Path | None, json_: bool) -> None:
    """Tell how the first matches of all open needs spread over partners, countries and cities."""
    wished = parse_diversity(diversity)
    with opened_service(seeds) as service:
        document = service.exposure(limit, wished)
    show(document) if json_ else click.echo(exposure_text(document))


@cli.command()
@click.argument("need")
@click.argument("target")
@click.option("--changes", is_flag=True, help="Tell what would raise the match instead.")
@seeds_option
@as_json
def explain(need: str, target: str, changes: bool, seeds: Path | None, json_: bool) -> None:
    """Explain any pair of NEED and TARGET (an offer, or a partner without one), line by line."""
    with opened_service(seeds) as service:
        document = service.changes(need, target, SYSTEM) if changes else service.pair(need, target)
    if json_:
        show(document)
    else:
        click.echo(changes_text(document) if changes else explanation_text(document))


@cli.command()
@click.argument("entity", required=False)
@as_json
def schema(entity: str | None, json_: bool) -> None:
    """Show the graph schema, or one ENTITY type of it with its properties."""
    found = load_schema(Settings.from_environment().schema_dir)
    if entity is not None and entity not in found.entities:
        raise BadRequestError("entity", f"{entity!r} is not one of {', '.join(found.entities)}")
    chosen = [found.entities[entity]] if entity else list(found.entities.values())
    if json_:
        show([{**asdict(k), "properties": [asdict(p) for p in k.properties.values()]}
              for k in chosen])  # fmt: skip
    else:
        click.echo(schema_text(chosen, full=entity is not None))


@cli.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["csv", "graphml", "jsonld"]), required=True)
@click.option(
    "--everything", is_flag=True, help="Also what only members or the parties see: not to publish."
)
@seeds_option
@as_json
def export(target: Path, form: str, everything: bool, seeds: Path | None, json_: bool) -> None:
    """Write the whole graph to TARGET: a folder of CSV files, or one GraphML or JSON-LD file."""
    from matchmaker.usecases.exporting import export as write
    from matchmaker.usecases.linked.names import NO_ADDRESS, Names

    with opened_service(seeds) as service:
        address = service.settings.public_url
        names = Names(address) if address else NO_ADDRESS
        snapshot = service.seen_by(SYSTEM if everything else PUBLIC)
        files = write(snapshot, form, target, names)
    if json_:
        show({"files": [str(file) for file in files]})
    else:
        click.echo("\n".join(str(file) for file in files))


@cli.group()
def evaluate() -> None:
    """Measure how well the matching foresees collaborations."""


def _time_split(name: Literal["gebiz", "h2020"]) -> None:
    """Add the command that judges the matching on one data set."""

    @evaluate.command(
        name, help=f"Judge the matching on later events of {name}, beside what people would use."
    )
    @click.option(
        "--data",
        "folder",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        required=True,
        help="Folder with the data set's files.",
    )
    @click.option(
        "--cut",
        type=click.DateTime(["%Y-%m-%d"]),
        required=True,
        help="Train on events before this day.",
    )
    @click.option(
        "--until",
        type=click.DateTime(["%Y-%m-%d"]),
        required=True,
        help="Ask about events from the cut to this day, included.",
    )
    @click.option("--no-ablation", is_flag=True, help="Do not leave out each feature in turn.")
    @click.option(
        "--save-model",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write the learned model here, for the setting MATCHMAKER_MODEL.",
    )
    @click.option(
        "--save-graph",
        type=click.Path(path_type=Path, file_okay=False),
        help="Write the mapped graph here as seeds, to load it into the service.",
    )
    @as_json
    def run(
        folder: Path,
        cut: datetime,
        until: datetime,
        no_ablation: bool,
        save_model: Path | None,
        save_graph: Path | None,
        json_: bool,
    ) -> None:
        from matchmaker.usecases.evaluation import run_time_split

        settings = Settings.from_environment()
        with progress_bars() as progress:
            result = run_time_split(
                name, folder, cut.date(), until.date(), settings, load_schema(settings.schema_dir),
                ablation=not no_ablation, save_model=save_model, save_graph=save_graph,
                progress=progress,
            )  # fmt: skip
        show(result) if json_ else click.echo(time_split_text(result))


_time_split("gebiz")
_time_split("h2020")


@evaluate.command("leave-one-out")
@click.option("--seeds", type=click.Path(path_type=Path), help="Seed folder instead of the usual.")
@as_json
def leave_one_out(seeds: Path | None, json_: bool) -> None:
    """Take each documented collaboration out of the graph and see whether it is foreseen."""
    from matchmaker.usecases.evaluation import run_leave_one_out

    settings = Settings.from_environment()
    with opened_service(seeds or settings.seeds_dir) as service, progress_bars() as progress:
        result = run_leave_one_out(service, progress)
    show(result) if json_ else click.echo(evaluation_text(result))
