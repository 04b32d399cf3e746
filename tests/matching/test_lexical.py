"""Shared words: tokens, the index's algebra, and the rule that joins words and meaning."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.matching.lexical import K1, B, LexicalIndex, text_value, tokens

WORDS = ("flood", "floods", "traffic", "lights", "water", "the", "bus", "cities", "น้ำท่วม", "洪水")
texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
names = st.sampled_from("abcdefgh")
documents = st.dictionaries(names, texts, max_size=8)
values = st.floats(0, 1)


def test_words_lose_stop_words_plurals_and_case() -> None:
    assert tokens("The Cities' WATER-supplies") == (
        "city", "water", "supply", "city water", "water supply",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "first", "count"),
    [
        ("น้ำท่วม", "น้ํ", 6),
        ("ຂີ້ເຫຍື້ອ", "ຂີ້", 7),
        ("ទឹកជំនន់", "ទឹក", 6),
        ("ရေကြီး", "ရေက", 4),
        ("洪水预警", "洪水", 3),
    ],
)
def test_scripts_without_spaces_are_cut_into_overlapping_characters(
    text: str, first: str, count: int
) -> None:
    assert tokens(text)[0] == first
    assert len(tokens(text)) == count


def test_mixed_scripts_punctuation_and_invisible_breaks_are_cut_cleanly() -> None:
    assert tokens("QR โค้ด") == ("qr", "โค้", "ค้ด")
    assert tokens("ទឹក\u200bជំនន់។") == tokens("ទឹកជំនន់")
    assert tokens("ﬂood—２０１８") == ("flood", "2018", "flood 2018")
    assert tokens(" .,;! ") == ()


def test_vietnamese_typed_in_either_unicode_form_is_the_same() -> None:
    assert tokens("cả\u0302nh báo") != ()
    assert tokens("nga\u0323\u0302p") == tokens("ngập") == ("ngập",)


def test_a_score_is_bm25_over_the_querys_own() -> None:
    index = LexicalIndex({"a": "flood flood drain", "b": "bus"})
    mean = (5 + 1) / 2  # flood flood drain, flood flood, flood drain; bus
    idf = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    norm_a = K1 * (1 - B + B * 5 / mean)
    norm_query = K1 * (1 - B + B * 1 / mean)
    expected = min(1.0, (idf * 2 / (2 + norm_a)) / (idf * 1 / (1 + norm_query)))
    assert index.score("flood") == {"a": pytest.approx(expected, rel=1e-12)}


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    index = LexicalIndex({"a": "city flood", "b": "city bus", "c": "city park"})
    scores = index.score("flood and the bus of a city")
    assert scores["a"] == scores["b"] > scores["c"] > 0


@given(documents=documents, query=texts)
def test_scores_lie_in_the_unit_interval_and_name_only_documents_that_share_a_term(
    documents: dict[str, str], query: str
) -> None:
    scores = LexicalIndex(documents).score(query)
    assert all(0 < value <= 1 for value in scores.values())
    shares = {name for name, text in documents.items() if set(tokens(text)) & set(tokens(query))}
    assert set(scores) == shares


@given(documents=documents, query=texts.filter(lambda text: bool(tokens(text))))
def test_the_identical_text_scores_one_and_nothing_scores_more(
    documents: dict[str, str], query: str
) -> None:
    scores = LexicalIndex({**documents, "same": query}).score(query)
    assert scores["same"] == 1.0 == max(scores.values())


@given(
    before=documents,
    steps=st.lists(st.tuples(documents, st.lists(names, max_size=3)), max_size=4),
    query=texts,
)
def test_an_index_moved_forward_equals_one_built_afresh(
    before: dict[str, str], steps: list[tuple[dict[str, str], list[str]]], query: str
) -> None:
    moved = first = LexicalIndex(before)
    now = dict(before)
    for put, removed in steps:
        moved = moved.with_changes(put, removed)
        now = {name: text for name, text in now.items() if name not in removed} | put
    afresh = LexicalIndex.build(dict(sorted(now.items(), reverse=True)))
    assert moved == afresh
    assert moved.document_frequencies == afresh.document_frequencies
    assert moved.score(query) == afresh.score(query)
    assert list(moved.score(query)) == sorted(moved.score(query))
    assert first == LexicalIndex(before)
    assert len(moved) == len(now)


@given(documents=documents, query=texts)
def test_document_frequencies_count_the_documents_that_hold_a_term(
    documents: dict[str, str], query: str
) -> None:
    counted = Counter(term for text in documents.values() for term in set(tokens(text)))
    assert LexicalIndex(documents).document_frequencies == counted


@given(documents=documents.filter(bool), query=texts)
def test_the_shares_of_shared_terms_sum_to_one_and_fall(
    documents: dict[str, str], query: str
) -> None:
    index = LexicalIndex(documents)
    for name, text in documents.items():
        shared = index.shared_terms(query, name)
        assert {term for term, _ in shared} == set(tokens(query)) & set(tokens(text))
        assert [share for _, share in shared] == sorted((s for _, s in shared), reverse=True)
        assert not shared or math.fsum(share for _, share in shared) == pytest.approx(1)


def test_shared_terms_of_an_unknown_document_are_refused() -> None:
    index = LexicalIndex({"a": "flood"})
    assert "a" in index
    assert "b" not in index
    with pytest.raises(KeyError):
        index.shared_terms("flood", "b")


def test_an_index_is_equal_to_nothing_else() -> None:
    assert LexicalIndex({}) != {}
    assert LexicalIndex({}).score("flood") == {}


@given(lexical=values, semantic=values, more=values)
def test_the_joined_value_stays_in_the_unit_interval_and_never_falls(
    lexical: float, semantic: float, more: float
) -> None:
    joined = text_value(lexical, semantic)
    assert 0 <= joined <= 1
    assert joined >= semantic - 1e-12
    assert text_value(max(lexical, more), semantic) >= joined
    assert text_value(lexical, max(semantic, more)) >= joined


def test_one_unknown_value_leaves_the_other_as_it_is() -> None:
    assert text_value(None, 0.3) == 0.3
    assert text_value(0.3, None) == 0.3


def test_two_unknown_values_are_not_zero() -> None:
    with pytest.raises(ValueError, match="known"):
        text_value(None, None)
