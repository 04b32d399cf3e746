"""The filler: texts are embedded in the background, kept batch by batch, and handed over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pytest

from matchmaker.errors import StoreUnavailableError
from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import FloatArray, text_key
from matchmaker.matching.index import texts_to_embed
from matchmaker.model import Change
from matchmaker.usecases import filling
from matchmaker.usecases.filling import KeyedTexts, VectorFiller
from tests.factory import SCHEMA, make_need, small_world
from tests.usecases.test_vectors import TEXTS, Counting, Memory


class Away(Memory):
    """A store that is away the first few times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def put_vectors(self, items: Mapping[str, bytes]) -> None:
        if self.times:
            self.times -= 1
            raise StoreUnavailableError("away")
        super().put_vectors(items)


class Failing(Counting):
    """An embedder that fails the first time."""

    def embed(self, texts: Sequence[str]) -> FloatArray:
        if not self.asked:
            self.asked.append("failed")
            raise RuntimeError("a made-up defect")
        return super().embed(texts)


class Kept:
    """What a filler handed over, and how many texts it said were waiting."""

    def __init__(self) -> None:
        self.vectors: dict[str, FloatArray] = {}
        self.counts: list[int] = []
        self.times = 0

    def add(self, made: dict[str, FloatArray]) -> None:
        self.vectors |= made
        self.times += 1

    def filled(self, texts: Iterable[str]) -> bool:
        return {text_key(text) for text in texts} <= self.vectors.keys()


Make = Callable[..., tuple[VectorFiller, Kept]]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(filling, "_RETRY_SECONDS", 0.05)
    fillers: list[VectorFiller] = []

    def build(store: Memory, embedder: Counting) -> tuple[VectorFiller, Kept]:
        kept = Kept()
        filler = VectorFiller(embedder, lambda: store, kept.add, kept.counts.append)
        filler.start()
        fillers.append(filler)
        return filler, kept

    yield build
    for filler in fillers:
        filler.stop()


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def test_every_text_is_embedded_kept_and_handed_over(make: Make) -> None:
    store, embedder = Memory(), Counting()
    filler, kept = make(store, embedder)
    filler.want(TEXTS)
    wait_for(lambda: kept.filled(TEXTS))
    assert store.kept.keys() == kept.vectors.keys()
    assert sorted(embedder.asked) == sorted(TEXTS)
    assert (kept.counts[0], kept.counts[-1]) == (len(TEXTS), 0)


def test_many_batches_are_handed_over_together(make: Make) -> None:
    filler, kept = make(Memory(), Counting())
    texts = [f"Made-up text {number}" for number in range(300)]
    filler.want(texts)
    wait_for(lambda: kept.filled(texts))
    assert kept.times <= 2


def test_texts_that_are_no_longer_wanted_are_left(make: Make) -> None:
    embedder = Counting()
    filler, kept = make(Memory(), embedder)
    filler.want([])
    filler.want(TEXTS[:3])
    wait_for(lambda: kept.filled(TEXTS[:3]))
    filler.want(TEXTS[3:5])
    wait_for(lambda: kept.filled(TEXTS[:5]))
    assert sorted(embedder.asked) == sorted(TEXTS[:5])


@pytest.mark.parametrize(("store", "embedder"), [(Away(2), Counting()), (Memory(), Failing())])
def test_trouble_delays_the_work_and_does_not_end_it(
    make: Make, store: Memory, embedder: Counting
) -> None:
    filler, kept = make(store, embedder)
    filler.want(TEXTS)
    wait_for(lambda: kept.filled(TEXTS))
    assert kept.counts[-1] == 0


def test_stopping_does_not_wait_for_the_rest(make: Make) -> None:
    class Slow(Counting):
        def embed(self, texts: Sequence[str]) -> FloatArray:
            begun.set()
            time.sleep(0.2)
            return super().embed(texts)

    begun = threading.Event()
    store = Memory()
    filler, _ = make(store, Slow())
    filler.want(f"Made-up text {number}" for number in range(10_000))
    assert begun.wait(10)
    filler.stop()
    assert 0 < len(store.kept) < 1000


def test_texts_are_keyed_alike_whether_read_anew_or_after_a_change() -> None:
    first = Snapshot.build(SCHEMA, small_world())
    need = make_need("uptown-need-1", description="Another text.")
    second = first.moved_forward(
        [
            Change(1, "", "x", need.id, first.entities[need.id], need),
            Change(2, "", "x", "midtown-need-1", first.entities["midtown-need-1"], None),
            Change(3, "", "x", "new-need", None, make_need("new-need")),
        ]
    )
    texts = KeyedTexts()
    for snapshot in (first, second, first):
        assert texts.of(snapshot) == {text_key(t): t for t in texts_to_embed(snapshot)}
