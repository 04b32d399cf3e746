"""A snapshot saved to one file: read back as it was, and never read when it is not whole."""

from __future__ import annotations

import gzip
import os
import stat
from pathlib import Path

import pytest

from matchmaker.errors import InvalidDataError
from matchmaker.graph import Snapshot
from matchmaker.schema import Schema
from matchmaker.store.saved import load_saved, save_snapshot
from tests.factory import small_world


@pytest.fixture
def snapshot(schema: Schema) -> Snapshot:
    return Snapshot.build(schema, small_world(), 7, "2024-06-30")


def test_a_saved_snapshot_is_read_back_as_it_was(
    snapshot: Snapshot, schema: Schema, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "snapshot.gz"
    save_snapshot(snapshot, path)
    back = load_saved(path, schema)
    assert back.entities == snapshot.entities
    assert (back.sequence, back.as_of) == (7, "2024-06-30")
    assert back.links_to("uptown") == snapshot.links_to("uptown")


def test_the_real_seeds_survive_saving(
    seed_snapshot: Snapshot, schema: Schema, tmp_path: Path
) -> None:
    save_snapshot(seed_snapshot, tmp_path / "seeds.gz")
    assert load_saved(tmp_path / "seeds.gz", schema).entities == seed_snapshot.entities


def test_only_the_owner_can_read_it(snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "new" / "snapshot.gz"
    save_snapshot(snapshot, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_same_snapshot_gives_the_same_bytes_and_leaves_no_other_file(
    snapshot: Snapshot, schema: Schema, tmp_path: Path
) -> None:
    path = tmp_path / "snapshot.gz"
    save_snapshot(snapshot, path)
    first = path.read_bytes()
    other_order = Snapshot.build(schema, reversed(small_world()), 7, "2024-06-30")
    save_snapshot(other_order, path)
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]


def test_a_torn_file_is_never_read(snapshot: Snapshot, schema: Schema, tmp_path: Path) -> None:
    path = tmp_path / "snapshot.gz"
    save_snapshot(snapshot, path)
    whole = path.read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        with pytest.raises(InvalidDataError, match=r"snapshot\.gz: is (torn|not a saved)"):
            load_saved(path, schema)


def test_a_changed_value_is_found_by_the_checksum(
    snapshot: Snapshot, schema: Schema, tmp_path: Path
) -> None:
    path = tmp_path / "snapshot.gz"
    save_snapshot(snapshot, path)
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content.replace(b"Made-up uptown", b"Made-up uptoun")))
    with pytest.raises(InvalidDataError, match="checksum"):
        load_saved(path, schema)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not gzip at all",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"name,country\nPhuket,TH\n", mtime=0),
        gzip.compress(b'["a list"]\n{}\n', mtime=0),
        gzip.compress(b'{"format": "matchmaker snapshot 0"}\n{}\n{"sha256": "0"}\n', mtime=0),
        gzip.compress(b'\xff\xfe{"format"\n', mtime=0),
    ],
)
def test_a_foreign_file_is_a_clear_error(content: bytes, schema: Schema, tmp_path: Path) -> None:
    path = tmp_path / "foreign.gz"
    path.write_bytes(content)
    with pytest.raises(InvalidDataError, match=r"foreign\.gz: is (not a saved|torn)"):
        load_saved(path, schema)


def test_a_missing_file_and_a_folder_are_clear_errors(schema: Schema, tmp_path: Path) -> None:
    for path in (tmp_path / "absent.gz", tmp_path):
        with pytest.raises(InvalidDataError, match="cannot be read"):
            load_saved(path, schema)


def test_entities_that_no_longer_fit_the_schema_are_named(
    snapshot: Snapshot, schema: Schema, tmp_path: Path
) -> None:
    city = snapshot.entities["uptown"]
    strange = type(city)("city", "uptown", {**city.values, "latitude": 99.0})
    entities = {**snapshot.entities, "uptown": strange}
    save_snapshot(Snapshot(schema, entities, 7, "2024-06-30"), tmp_path / "old.gz")
    with pytest.raises(InvalidDataError, match=r"old\.gz:\d+:latitude: 99.0 lies outside"):
        load_saved(tmp_path / "old.gz", schema)


def test_a_disk_that_fails_leaves_the_older_file(
    snapshot: Snapshot, schema: Schema, tmp_path: Path
) -> None:
    blocked = tmp_path / "a-folder-in-the-way"
    blocked.mkdir()
    (blocked / "file").touch()
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(OSError, match="directory"):
        save_snapshot(snapshot, blocked)
    assert sorted(os.listdir(tmp_path)) == before
