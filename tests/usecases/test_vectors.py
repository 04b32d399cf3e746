"""Stored vectors: embedded once, kept under their text's key, and never a reason to fail."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from matchmaker.matching.embedding import DIMENSIONS, FloatArray, centre, pack, text_key, unpack
from matchmaker.usecases.vectors import FileVectors, fill_vectors


class Counting:
    """An embedder that makes a vector from a text's key and remembers what it was asked."""

    name, version, dimensions = "counting", "1", DIMENSIONS

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> FloatArray:
        self.asked += texts
        return np.stack([vector_of(text) for text in texts])


def vector_of(text: str) -> FloatArray:
    rng = np.random.default_rng(int(text_key(text), 16))
    return centre(rng.normal(size=DIMENSIONS).astype(np.float32), np.zeros((1, DIMENSIONS)))


class Memory:
    """A store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def vectors(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        return {k: self.kept[k] for k in keys if k in self.kept}

    def put_vectors(self, items: Mapping[str, bytes]) -> None:
        self.kept.update(items)


TEXTS = [f"Made-up text {number}" for number in range(40)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "vectors.npz"


def test_every_text_gets_its_vector_and_is_embedded_only_once(file: Path) -> None:
    for kept in (Memory(), FileVectors(file)):
        first, again = Counting(), Counting()
        found = fill_vectors(kept, TEXTS, first)
        assert sorted(first.asked) == sorted(TEXTS)
        assert set(found) == {text_key(t) for t in TEXTS}
        for text in TEXTS:
            assert np.array_equal(found[text_key(text)], vector_of(text))
        second = fill_vectors(kept, [*TEXTS[:5], "A new one"], again)
        assert again.asked == ["A new one"]
        assert len(second) == 6
        assert np.array_equal(second[text_key(TEXTS[0])], found[text_key(TEXTS[0])])


def test_texts_that_differ_only_in_spaces_share_a_vector() -> None:
    embedder = Counting()
    found = fill_vectors(Memory(), ["smart grid", "smart  grid"], embedder)
    assert len(found) == len(embedder.asked) == 1


def test_a_vector_made_now_and_one_read_later_are_the_same_to_the_last_bit(file: Path) -> None:
    now = fill_vectors(FileVectors(file), TEXTS[:3], Counting())
    later = fill_vectors(FileVectors(file), TEXTS[:3], Counting())
    assert {k: v.tobytes() for k, v in now.items()} == {k: v.tobytes() for k, v in later.items()}


def test_nothing_to_embed_asks_nothing(file: Path) -> None:
    embedder = Counting()
    assert fill_vectors(FileVectors(file), [], embedder) == {}
    assert embedder.asked == []
    assert not file.exists()


def test_progress_is_told_by_batches_up_to_the_end() -> None:
    told: list[tuple[int, int]] = []

    def tell(what: str, done: int, total: int) -> None:
        assert what == "Reading meaning from texts"
        told.append((done, total))

    fill_vectors(Memory(), TEXTS, Counting(), tell)
    assert told[-1] == (40, 40)
    assert told == sorted(told)


def test_a_file_that_is_broken_is_as_good_as_none_and_is_made_anew(file: Path) -> None:
    fill_vectors(FileVectors(file), TEXTS[:4], Counting())
    sound = file.read_bytes()
    rng = random.Random(5)
    spoiled = [b"", b"not a zip", sound[: len(sound) // 2], sound[:-30], sound + b"more"]
    for _ in range(150):
        content = bytearray(sound)
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        spoiled.append(bytes(content))
    for content in spoiled:
        file.write_bytes(content)
        found = fill_vectors(FileVectors(file), TEXTS[:4], Counting())
        for text in TEXTS[:4]:
            assert np.array_equal(found[text_key(text)], vector_of(text))


def test_a_vector_of_a_wrong_length_is_made_anew(file: Path) -> None:
    FileVectors(file).put_vectors({text_key(TEXTS[0]): b"\x01\x02\x03"})
    found = fill_vectors(FileVectors(file), TEXTS[:1], Counting())
    assert np.array_equal(found[text_key(TEXTS[0])], vector_of(TEXTS[0]))


def test_a_file_with_code_in_it_is_not_run(file: Path) -> None:
    file.parent.mkdir()
    np.savez(file, **{text_key(TEXTS[0]): np.array([{"an": "object"}], dtype=object)})
    assert FileVectors(file).vectors([text_key(TEXTS[0])]) == {}


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    kept = FileVectors(tmp_path / "file" / "vectors.npz")
    found = fill_vectors(kept, TEXTS[:2], Counting())
    assert len(found) == 2


def test_no_half_written_file_is_left_behind(file: Path) -> None:
    kept = FileVectors(file)
    for text in TEXTS[:5]:
        kept.put_vectors({text_key(text): pack(vector_of(text))})
    assert [f.name for f in file.parent.iterdir()] == ["vectors.npz"]
    assert zipfile.ZipFile(file).testzip() is None
    held = kept.vectors([text_key(t) for t in TEXTS])
    assert len(held) == 5
    assert np.array_equal(unpack(held[text_key(TEXTS[2])]), vector_of(TEXTS[2]))
