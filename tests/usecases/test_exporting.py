"""Exports: the whole graph, in forms that other programs read back."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest
from click.testing import CliRunner

from matchmaker.checking import parse_cell
from matchmaker.cli import cli
from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.schema import Schema
from matchmaker.seeds import SEEDS_FOLDER, SeedSet, read_seeds
from matchmaker.usecases.exporting import FORMATS, export
from matchmaker.usecases.linked.names import NO_ADDRESS, Names
from matchmaker.visibility import hidden_properties
from tests.factory import SCHEMA, make_city, small_world
from tests.planted import planted_world


@pytest.fixture(scope="module")
def world() -> Snapshot:
    """Return a made-up network with texts that are hard to write."""
    hard = 'Quotes ", commas, ; and\nlines, <tags> & ไทย'
    entities = [*small_world(), make_city("hardtown", name=hard)]
    return Snapshot.build(SCHEMA, entities, 7, "2024-06-30")


def test_the_csv_files_of_the_seeds_read_again_as_seeds_give_the_same_entities(
    schema: Schema, seeds: SeedSet, seed_snapshot: Snapshot, tmp_path: Path
) -> None:
    files = export(seed_snapshot, "csv", tmp_path / "out")
    assert {f.name for f in files} == {f.name for f in (tmp_path / "out").iterdir()}
    again = read_seeds(schema, tmp_path / "out")
    assert {e.id: e for e in again.entities} == {e.id: e for e in seeds.entities}
    assert again.as_of == seeds.as_of
    phuket = next(e for e in again.entities if e.id == "phuket").values
    assert [type(phuket[n]) for n in ("population", "latitude", "source_held")] == [
        int, float, bool,
    ]  # fmt: skip


def test_topics_themes_and_kinds_of_support_have_their_tables_too(
    seed_snapshot: Snapshot, tmp_path: Path
) -> None:
    export(seed_snapshot, "csv", tmp_path)
    for kind in seed_snapshot.schema.entities.values():
        table = pd.read_csv(tmp_path / f"{kind.plural.replace('-', '_')}.csv", dtype=str)
        assert list(table["id"]) == list(seed_snapshot.of_type(kind.name))


def test_hard_texts_survive_every_form(world: Snapshot, tmp_path: Path) -> None:
    hard = world.get("city", "hardtown").text("name")
    export(world, "csv", tmp_path)
    table = pd.read_csv(tmp_path / "cities.csv", dtype=str).set_index("id")
    assert table.loc["hardtown", "name"] == hard
    export(world, "graphml", tmp_path / "graph.graphml")
    assert nx.read_graphml(tmp_path / "graph.graphml").nodes["hardtown"]["name"] == hard
    export(world, "jsonld", tmp_path / "graph.jsonld")
    document = json.loads((tmp_path / "graph.jsonld").read_text("utf-8"))
    named = {n["@id"]: n.get("name") for n in document["@graph"]}
    assert named[NO_ADDRESS.thing("hardtown")] == hard


def test_graphml_holds_every_node_with_its_values_and_every_link(
    seed_snapshot: Snapshot, tmp_path: Path
) -> None:
    file = tmp_path / "graph.graphml"
    assert export(seed_snapshot, "graphml", file) == [file]
    found = nx.read_graphml(file, force_multigraph=True)
    expected = seed_snapshot.as_networkx()
    assert dict(found.nodes(data=True)) == dict(expected.nodes(data=True))
    assert {(a, b, d["type"]) for a, b, d in found.edges(data=True)} == {
        (a, b, d["type"]) for a, b, d in expected.edges(data=True)
    }
    assert found.number_of_edges() == seed_snapshot.relationship_count


def test_json_ld_holds_every_entity_under_its_class_and_its_name(
    seed_snapshot: Snapshot, tmp_path: Path
) -> None:
    file = tmp_path / "deep" / "graph.jsonld"
    assert export(seed_snapshot, "jsonld", file) == [file]
    document = json.loads(file.read_text("utf-8"))
    assert set(document) == {"@context", "@graph"}  # more would make it a named graph
    nodes = {n["identifier"]: n for n in document["@graph"] if "identifier" in n}
    assert list(nodes) == sorted(seed_snapshot.entities)
    for identifier, node in nodes.items():
        entity = seed_snapshot.entities[identifier]
        assert f"mk:{seed_snapshot.schema.entities[entity.type].label}" in node["@type"]
    assert "schema:City" in nodes["phuket"]["@type"]
    assert nodes["phuket"]["@id"] == "urn:matchmaker:graph/id/phuket"
    public = Names("https://match.example")
    export(seed_snapshot, "jsonld", file, public)
    assert "urn:matchmaker" not in file.read_text("utf-8")
    assert public.thing("phuket") in file.read_text("utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_is_the_same_every_time(world: Snapshot, tmp_path: Path, form: str) -> None:
    one = [f.read_bytes() for f in export(world, form, tmp_path / "one")]
    other = [f.read_bytes() for f in export(world, form, tmp_path / "other")]
    assert one == other


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_graph_can_be_exported(tmp_path: Path, form: str) -> None:
    empty = Snapshot.build(SCHEMA, [], 0, "2024-06-30")
    assert all(file.exists() for file in export(empty, form, tmp_path / "out"))


def test_a_table_without_rows_is_still_read_again(
    schema: Schema, seeds: SeedSet, tmp_path: Path
) -> None:
    kinds = ("source", "topic", "theme", "support_type")  # what the topic scheme needs to stand
    few = {e.id: e for e in seeds.entities if e.type in kinds}
    export(Snapshot.build(SCHEMA, few.values(), 0, "2024-06-30"), "csv", tmp_path)
    assert {e.id: e for e in read_seeds(schema, tmp_path).entities} == few


def test_an_unknown_form_is_refused(world: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match="'xml' is not one of csv, graphml, jsonld"):
        export(world, "xml", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", FORMATS)
def test_a_target_that_cannot_be_written_is_refused_by_name(
    world: Snapshot, tmp_path: Path, form: str
) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(BadRequestError, match=r"target: .*cannot be written"):
        export(world, form, tmp_path / "file" / "out")
    if form != "csv":
        with pytest.raises(BadRequestError, match="directory"):
            export(world, form, tmp_path)


def test_a_disk_that_is_full_is_told(seed_snapshot: Snapshot) -> None:
    full = Path("/dev/full")
    assert full.exists() or os.name != "posix"
    with pytest.raises(BadRequestError, match="No space left"):
        export(seed_snapshot, "jsonld", full)
    with pytest.raises(BadRequestError, match="No space left"):
        export(seed_snapshot, "graphml", full)


def test_the_command_leaves_out_what_is_not_public_unless_everything_is_asked_for(
    tmp_path: Path,
) -> None:
    seeds = shutil.copytree(SEEDS_FOLDER, tmp_path / "seeds")
    needs = pd.read_csv(seeds / "needs.csv", dtype=str)
    needs["internal_note"] = "Kept between the parties"
    needs["contact_office"] = "An office for members"
    needs.to_csv(seeds / "needs.csv", index=False)
    for form in FORMATS:
        for options in ([], ["--everything"]):
            target = tmp_path / f"{form}{len(options)}"
            asked = ["export", str(target), "--format", form, "--seeds", str(seeds), *options]
            assert CliRunner().invoke(cli, asked).exit_code == 0
            files = target.iterdir() if target.is_dir() else [target]
            text = "".join(file.read_text("utf-8") for file in files)
            for mark in ("Kept between the parties", "An office for members"):
                assert (mark in text) is bool(options)


def test_everything_that_is_exported_can_be_loaded_again(schema: Schema, tmp_path: Path) -> None:
    entities = planted_world()
    whole = Snapshot.build(SCHEMA, entities, 0, "2024-06-30")
    export(whole, "csv", tmp_path)
    for kind in ("need", "offer", "partner"):
        table = pd.read_csv(tmp_path / f"{kind}s.csv", dtype=str).set_index("id")
        for entity in whole.of_type(kind).values():
            for prop in hidden_properties(schema)[kind]:
                cell = table.loc[entity.id, prop.name]
                assert parse_cell(schema, prop, str(cell)) == entity.values[prop.name]
