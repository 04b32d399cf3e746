"""The prepared snapshot: texts, vectors and what it cites."""

from __future__ import annotations

import numpy as np

from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import DIMENSIONS, text_key
from matchmaker.matching.evidence import cited_by
from matchmaker.matching.index import TEXT_TYPES, Index, texts_to_embed
from matchmaker.matching.profiles import text_of
from matchmaker.matching.question import Question
from matchmaker.model import Change, Entity
from tests.factory import SCHEMA, small_world


def test_every_text_of_the_seeds_has_a_vector_and_a_row(seed_index: Index) -> None:
    kinds = {k for t in TEXT_TYPES for k in seed_index.snapshot.of_type(t)}
    nodes = list(seed_index.columns.nodes)
    # A collaboration speaks for a supply if it documents an offer.
    documenting = {c for o in seed_index.snapshot.of_type("offer").values()
                   for c in o.refs("documented_by")}  # fmt: skip
    assert set(nodes) == {k for k in kinds
                          if k in documenting or k not in seed_index.works.row}  # fmt: skip
    assert list(seed_index.lexical.documents) == nodes
    assert seed_index.with_vector.tolist() == list(range(len(nodes)))
    assert seed_index.matrix.shape == (len(nodes), DIMENSIONS)
    assert seed_index.silent.tolist() == []
    for identifier, row in zip(nodes, seed_index.matrix, strict=True):
        text = text_of(seed_index.snapshot.entities[identifier])
        assert text is not None
        assert np.array_equal(row, seed_index.vectors[text_key(text)])


def test_the_texts_to_embed_are_those_of_needs_and_supplies_once_each(world: Snapshot) -> None:
    texts = texts_to_embed(world)
    assert len(texts) == len(set(texts))
    kinds = ("need", *TEXT_TYPES)
    assert set(texts) == {text_of(e) for k in kinds for e in world.of_type(k).values()}


def test_a_text_without_a_vector_is_compared_by_its_words_only(world: Snapshot) -> None:
    index = Index.build(world, {})
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[0] = 1.0
    assert index.with_vector.tolist() == []
    assert index.vector("anything") is None
    assert np.isnan(index.meaning(None)).all()
    assert np.isnan(index.meaning(vector)).all()
    text = text_of(world.get("offer", "bank-finance"))
    assert text is not None
    some = Index.build(world, {text_key(text): vector})
    (row,) = some.with_vector.tolist()
    assert row == some.columns.nodes["bank-finance"]
    meaning = some.meaning(some.vector(text))
    assert meaning.shape == (len(some.columns.nodes),)
    assert np.flatnonzero(~np.isnan(meaning)).tolist() == [row]


def test_an_empty_snapshot_can_be_prepared() -> None:
    index = Index.build(Snapshot.build(SCHEMA, []), {})
    assert index.columns.supplies == ()
    assert index.works.cases == ()
    assert index.profiles.supplies == {}


def test_a_node_cites_each_of_its_sources_with_title_place_and_whether_it_is_held() -> None:
    index = Index.build(Snapshot.build(SCHEMA, small_world()), {})
    assert cited_by(index, "bank-uptown") == (
        {"source": "made-up", "title": "A made-up source", "locator": "p. 1", "held": True,
         "node": "bank-uptown"},
    )  # fmt: skip
    assert cited_by(index, "made-up") == ()
    assert cited_by(index, "bank-uptown") is cited_by(index, "bank-uptown")


def test_what_serves_on_from_an_earlier_index_is_what_nothing_has_changed_for(
    seed_index: Index,
) -> None:
    """A change moves the index forward to what it would be built afresh, to the last bit."""
    before, vectors = seed_index.snapshot, seed_index.vectors
    need = next(iter(seed_index.profiles.needs))
    Question(
        seed_index, seed_index.profiles.needs[need]
    ).ranking()  # fills what fills as it is asked
    changes = {
        "a city's note": ("phuket", {"population_note": "Made up."}),
        "a city's population": ("phuket", {"population": 5_000_000}),
        "a case's words": ("battambang-adb-1", {"summary": "Made up from end to end."}),
        "an offer's words": ("adb-finance", {"description": "Made up from end to end."}),
        "a case's city": ("battambang-adb-1", {"city": "phuket"}),
        "a case's topics": ("battambang-adb-1", {"topics": ()}),
        "a topic": ("wastewater", {"related": ()}),
    }
    for what, (identifier, values) in changes.items():
        old = before.entities.get(identifier) or next(iter(before.of_type("topic").values()))
        new = Entity(old.type, old.id, {**old.values, **values})
        after = before.moved_forward([Change(1, "", "test", old.id, old, new)])
        moved = Index.build(after, vectors, seed_index)
        afresh = Index.build(after, vectors)
        for asked in list(afresh.profiles.needs.values())[::9]:
            one, other = Question(moved, asked), Question(afresh, asked)
            assert one.ranking() == other.ranking(), what
    still = Index.build(before, vectors, seed_index)
    assert still.scheme is seed_index.scheme
    assert still.likeness is seed_index.likeness
    assert still.lexical is seed_index.lexical
    assert still.compiled is seed_index.compiled
    assert still.peers.keys() == seed_index.peers.keys()


def test_a_text_that_is_written_later_but_embedded_already_gets_its_vector(
    seed_index: Index,
) -> None:
    """Vectors come after texts: the works are prepared anew once they are there."""
    bare = Index.build(seed_index.snapshot, {})
    assert not bare.likeness.embedded.any()
    assert Index.build(seed_index.snapshot, seed_index.vectors, bare).likeness.embedded.all()
