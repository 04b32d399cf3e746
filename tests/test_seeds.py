"""Reading seeds: every fault of every file is found, and named file:row:column."""

from __future__ import annotations

import csv
import io
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchmaker.errors import InvalidDataError, MatchmakerError
from matchmaker.model import Entity
from matchmaker.schema import Schema
from matchmaker.seeds import read_seeds
from tests.factory import make_city, make_country, make_need, make_source

TOPICS = """\
project_types:
  water:
    {label_en: Water, label_th: น้ำ, definition: Made up., source: made-up, locator: p. 1,
     date: "2024", source_held: true}
support_types:
  finance:
    {label_en: Finance, label_th: เงิน, definition: Made up., source: made-up, locator: p. 1,
     date: "2024", source_held: true}
"""
MANIFEST = 'as_of: "2024-06-30"\nfiles: [sources.csv, countries.csv, cities.csv, needs.csv]\n'


class Folder:
    """A small seed folder that a test may spoil."""

    def __init__(self, schema: Schema, path: Path) -> None:
        self.schema = schema
        self.path = path
        (path / "topics.yaml").write_text(TOPICS, "utf-8")
        (path / "manifest.yaml").write_text(MANIFEST, "utf-8")
        self.write("sources.csv", [make_source()])
        self.write("countries.csv", [make_country()])
        self.write("cities.csv", [make_city(), make_city("midtown")])
        self.write("needs.csv", [need(1), need(2)])

    def write(self, name: str, entities: list[Entity]) -> None:
        columns = list(self.schema.entities[entities[0].type].properties)
        text = io.StringIO()
        writer = csv.DictWriter(text, ["id", *columns])
        writer.writeheader()
        for entity in entities:
            cells = {k: cell(v) for k, v in entity.values.items()}
            writer.writerow({"id": entity.id, **cells})
        (self.path / name).write_text(text.getvalue(), "utf-8", newline="")

    def replace(self, name: str, old: str, new: str, count: int = 1) -> None:
        text = (self.path / name).read_text("utf-8")
        assert old in text
        (self.path / name).write_text(text.replace(old, new, count), "utf-8")

    def read(self) -> tuple[Entity, ...]:
        return read_seeds(self.schema, self.path, self.path).entities

    def faults(self) -> list[str]:
        with pytest.raises(InvalidDataError) as caught:
            self.read()
        return [str(fault) for fault in caught.value.faults]


def cell(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def need(number: int) -> Entity:
    return make_need(f"uptown-need-{number}", focus_area=None)


@pytest.fixture
def folder(schema: Schema, tmp_path: Path) -> Folder:
    return Folder(schema, tmp_path)


def test_a_sound_folder_gives_its_entities_in_the_order_of_its_files(folder: Folder) -> None:
    found = folder.read()
    assert [e.id for e in found] == [
        "water", "finance", "made-up", "upland", "uptown", "midtown", "uptown-need-1",
        "uptown-need-2",
    ]  # fmt: skip
    assert found[4] == make_city()


def test_the_columns_may_stand_in_any_order_and_optional_ones_may_be_left_out(
    folder: Folder,
) -> None:
    before = folder.read()
    with (folder.path / "cities.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    kept = [c for c in reversed(list(rows[0])) if c not in ("population", "population_note")]
    with (folder.path / "cities.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, kept, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    assert folder.read() == before


def test_the_mark_that_spreadsheets_put_first_blank_lines_and_crlf_do_no_harm(
    folder: Folder,
) -> None:
    before = folder.read()
    file = folder.path / "cities.csv"
    lines = file.read_text("utf-8").splitlines()
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(lines).encode() + b"\r\n\r\n")
    assert folder.read() == before


FAULTS: list[tuple[str, str, str, str]] = [
    ("cities.csv", "uptown,Made-up", "Uptown,Made-up", "cities.csv:2:id: 'Uptown' is not a slug"),
    ("cities.csv", "10.5", "ten", "cities.csv:2:latitude: 'ten' is not a number"),
    ("cities.csv", "Made-up uptown", "", "cities.csv:2:name: is required"),
    ("cities.csv", "pilot", "pilto", "cities.csv:2:member_group: 'pilto' is not one of"),
    ("cities.csv", ",latitude,", ",lattitude,", "cities.csv:1:lattitude: is not a column"),
    ("cities.csv", ",latitude,", ",longitude,", "cities.csv:1:longitude: stands twice"),
    ("cities.csv", ",name,", ",population_note,", "cities.csv:1:name: is a required column"),
    ("cities.csv", "id,", ",", "cities.csv:1:(empty): is not a column"),
    ("cities.csv", "midtown,", "uptown,", "cities.csv:3:id: the id 'uptown' is already used in ci"),
    ("needs.csv", "uptown-need-2", "uptown", "needs.csv:3:id: the id 'uptown' is already used in c"),
    ("cities.csv", "midtown,", "water,", "cities.csv:3:id: the id 'water' is already used in top"),
    ("cities.csv", "upland", "uplnd", "cities.csv:2:country: there is no country 'uplnd' (did you"),
    ("cities.csv", "upland", "water", "cities.csv:2:country: 'water' is a topic, not a country"),
    ("needs.csv", ",water,", ",watr,", "needs.csv:2:topics: there is no topic 'watr' (did you mea"),
    ("needs.csv", ",water,", ",water;water,", "needs.csv:2:topics: names the same thing twice"),
    ("cities.csv", "p. 1", "p. 1; p. 2", "cities.csv:2:locator: 2 locators for 1 sources"),
    ("cities.csv", "2024-01-01", "2024-02-30", "cities.csv:2:date: '2024-02-30' is not a date"),
    ("cities.csv", ",true", ",maybe", "cities.csv:2:source_held: 'maybe' is not true or false"),
    ("cities.csv", ",true", ",true,7", "cities.csv:2: has 14 cells where the header has 13"),
    ("cities.csv", ",pilot", "", "cities.csv:2: has 12 cells where the header has 13"),
    ("cities.csv", "uptown,Made", 'uptown,"Made', "cities.csv:2: is not well-formed CSV"),
    ("cities.csv", "uptown,Made-up uptown", 'uptown,"M"m', "cities.csv:2: is not well-formed CSV"),
    ("cities.csv", "Made-up uptown", "Made-up\x00", "cities.csv:2:name: holds a control character"),
    ("manifest.yaml", "cities.csv", "towns.csv", "manifest.yaml:files: 'towns.csv' is not a coll"),
    ("manifest.yaml", "cities.csv, ", "offers.csv, ", "offers.csv: cannot be read: No such file"),
    ("manifest.yaml", "2024-06-30", "soon", "manifest.yaml:as_of: 'soon' is not a date"),
    ("manifest.yaml", "[", "5 #[", "manifest.yaml:files: must be a list"),
    ("manifest.yaml", "as_of", "as-of", "manifest.yaml: must have the keys as_of and files"),
    ("topics.yaml", "label_en: Water", "label_en: ''", "topics.yaml:project_types.water.label_en:"),
    ("topics.yaml", "    {label_en: Water,", "    {id: sea, label_en: Water,",
     "topics.yaml:project_types.water.id: is given by where"),
    ("topics.yaml", "support_types:", "themes: 7\nsupport_types:", "topics.yaml:themes: must be a"),
    ("topics.yaml", "support_types:", "themes: {a: 7}\nsupport_types:", "topics.yaml:themes.a: m"),
    ("topics.yaml", "source: made-up", "source: made", "topics.yaml:water.source: there is no sou"),
    ("topics.yaml", "project_types", "types", "topics.yaml:types: unknown section (known: focus"),
    ("topics.yaml", "label_th: น้ำ", "colour: blue", "topics.yaml:project_types.water.colour: is n"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "message"), FAULTS)
def test_a_fault_is_named_by_file_row_and_column(
    folder: Folder, file: str, old: str, new: str, message: str
) -> None:
    folder.replace(file, old, new)
    assert any(fault.startswith(message) for fault in folder.faults())


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [f for f in FAULTS if f[0] == "cities.csv" and "id" not in f[3].split(":")[:3]],
)
def test_one_fault_in_a_row_is_not_followed_by_others_that_only_follow_from_it(
    folder: Folder, file: str, old: str, new: str, message: str
) -> None:
    folder.replace(file, old, new)
    assert {fault.split(":")[0] for fault in folder.faults()} == {"cities.csv"}
    assert len(folder.faults()) <= 3  # a wrong header may lack a column and double another


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "tis-620"])
def test_a_file_in_another_encoding_is_refused_with_the_row(folder: Folder, encoding: str) -> None:
    name = "ภูเก็ต" if encoding == "tis-620" else "Médan"
    file = folder.path / "cities.csv"
    text = file.read_text("utf-8").replace("Made-up midtown", name)
    file.write_bytes(text.encode(encoding))
    row = 1 if encoding == "utf-16" else 3
    assert folder.faults()[0].startswith(f"cities.csv:{row}: is not UTF-8 (byte 0x")


def test_an_empty_file_lacks_its_columns(folder: Folder) -> None:
    (folder.path / "cities.csv").write_text("", "utf-8")
    assert "cities.csv:1:name: is a required column and is missing" in folder.faults()


def test_a_row_number_counts_lines_of_the_file_also_after_cells_of_several_lines(
    folder: Folder,
) -> None:
    folder.replace("cities.csv", "Made-up uptown", '"Made-up\nuptown"')
    folder.replace("cities.csv", "midtown,", "Midtown,")
    assert folder.faults()[0].startswith("cities.csv:4:id: 'Midtown'")


def test_all_faults_of_all_files_are_reported_at_once_and_in_order(folder: Folder) -> None:
    folder.replace("cities.csv", "10.5", "ten")
    folder.replace("cities.csv", "pilot", "first", 2)
    folder.replace("needs.csv", "2018", "1918", 2)
    folder.replace("countries.csv", "member", "friend")
    places = [fault.split(": ")[0] for fault in folder.faults()]
    assert places == [
        "cities.csv:2:latitude", "cities.csv:2:member_group", "cities.csv:3:member_group",
        "countries.csv:2:relation", "needs.csv:2:year", "needs.csv:3:year",
    ]  # fmt: skip


def test_a_folder_without_a_manifest_says_what_it_needs(folder: Folder) -> None:
    (folder.path / "manifest.yaml").unlink()
    assert "is missing in" in folder.faults()[0]
    with pytest.raises(InvalidDataError, match="manifest"):
        read_seeds(folder.schema, folder.path / "nowhere")


def test_one_fault_among_ten_thousand_rows_is_found_exactly_and_soon(folder: Folder) -> None:
    rows = [need(number) for number in range(10_000)]
    folder.write("needs.csv", rows)
    folder.replace("needs.csv", "uptown-need-7776,Made-up need uptown-need-7776,uptown,",
                   "uptown-need-7776,Made-up need uptown-need-7776,uptwn,")  # fmt: skip
    begun = time.perf_counter()
    faults = folder.faults()
    seconds = time.perf_counter() - begun
    assert faults == ["needs.csv:7778:city: there is no city 'uptwn' (did you mean 'uptown'?)"]
    assert seconds < 10  # half a second on an idle processor


def test_the_digest_changes_with_any_byte_read(folder: Folder) -> None:
    def digest() -> str:
        return read_seeds(folder.schema, folder.path, folder.path).digest

    seen = [digest(), digest()]
    assert len(set(seen)) == 1
    for name, old, new in (
        ("cities.csv", "10.5", "10.50"),
        ("topics.yaml", "Made up.", "Made  up."),
        ("manifest.yaml", "06-30", "06-29"),
    ):
        folder.replace(name, old, new)
        seen.append(digest())
    assert len(set(seen)) == 4


def test_progress_is_told_after_each_file(folder: Folder) -> None:
    told: list[tuple[str, int, int]] = []

    def tell(what: str, done: int, total: int) -> None:
        told.append((what, done, total))

    read_seeds(folder.schema, folder.path, folder.path, tell)
    assert told == [("Reading seeds", done, 4) for done in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def spoiled(
    schema: Schema, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, bytes], Folder]:
    sound = tmp_path_factory.mktemp("sound")
    Folder(schema, sound)

    def spoil(name: str, content: bytes) -> Folder:
        folder = Folder.__new__(Folder)
        folder.schema, folder.path = schema, tmp_path_factory.mktemp("spoiled")
        shutil.copytree(sound, folder.path, dirs_exist_ok=True)
        (folder.path / name).write_bytes(content)
        return folder

    return spoil


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    name=st.sampled_from(["cities.csv", "needs.csv", "topics.yaml", "manifest.yaml"]),
    content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode),
)
def test_no_content_whatever_makes_reading_fail_without_a_fault(
    spoiled: Callable[[str, bytes], Folder], name: str, content: bytes
) -> None:
    with pytest.raises(MatchmakerError) as caught:
        spoiled(name, content).read()
    assert name in str(caught.value) or isinstance(caught.value, InvalidDataError)
