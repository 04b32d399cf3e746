"""The prepared snapshot: texts, vectors and what it cites."""

from __future__ import annotations

import numpy as np

from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import DIMENSIONS, text_key
from matchmaker.matching.evidence import cited_by
from matchmaker.matching.index import TEXT_TYPES, Index, texts_to_embed
from matchmaker.matching.profiles import text_of
from tests.factory import SCHEMA, small_world


def test_every_text_of_the_seeds_has_a_vector_and_a_row(seed_index: Index) -> None:
    kinds = {k for t in TEXT_TYPES for k in seed_index.snapshot.of_type(t)}
    assert set(seed_index.statements) == kinds == set(seed_index.rows)
    assert seed_index.matrix.shape == (len(kinds), DIMENSIONS)
    for identifier, row in seed_index.rows.items():
        text = text_of(seed_index.snapshot.entities[identifier])
        assert text is not None
        assert np.array_equal(seed_index.matrix[row], seed_index.vectors[text_key(text)])


def test_the_texts_to_embed_are_those_of_needs_and_supplies_once_each(world: Snapshot) -> None:
    texts = texts_to_embed(world)
    assert len(texts) == len(set(texts))
    kinds = ("need", *TEXT_TYPES)
    assert set(texts) == {text_of(e) for k in kinds for e in world.of_type(k).values()}


def test_a_text_without_a_vector_is_compared_by_its_words_only(world: Snapshot) -> None:
    index = Index.build(world, {})
    assert index.rows == {}
    assert index.meaning("anything") is None
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[0] = 1.0
    text = text_of(world.get("offer", "bank-finance"))
    assert text is not None
    some = Index.build(world, {text_key(text): vector})
    assert set(some.rows) == {"bank-finance"}
    meaning = some.meaning(text)
    assert meaning is not None
    assert meaning.shape == (1,)


def test_an_empty_snapshot_can_be_prepared() -> None:
    index = Index.build(Snapshot.build(SCHEMA, []), {})
    assert index.statements == ()
    assert index.profiles.supplies == {}


def test_a_node_cites_each_of_its_sources_with_title_place_and_whether_it_is_held() -> None:
    index = Index.build(Snapshot.build(SCHEMA, small_world()), {})
    assert cited_by(index, "bank-uptown") == (
        {"source": "made-up", "title": "A made-up source", "locator": "p. 1", "held": True,
         "node": "bank-uptown"},
    )  # fmt: skip
    assert cited_by(index, "made-up") == ()
    assert cited_by(index, "bank-uptown") is cited_by(index, "bank-uptown")
