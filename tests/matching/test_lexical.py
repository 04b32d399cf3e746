"""Shared words: tokens, the index's algebra, and the rule that joins words and meaning."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.matching.lexical import K1, B, LexicalIndex, count_terms, text_values, tokens

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


@given(documents=documents, order=st.randoms(use_true_random=False), query=texts)
def test_an_index_does_not_depend_on_the_order_of_its_documents(
    documents: dict[str, str], order: random.Random, query: str
) -> None:
    shuffled = list(documents.items())
    order.shuffle(shuffled)
    one, other = LexicalIndex(documents), LexicalIndex(dict(shuffled))
    assert one.score(query) == other.score(query)  # to the last bit
    assert list(one.score(query)) == sorted(other.score(query))
    for name in documents:
        assert one.shared_terms(query, name) == other.shared_terms(query, name)


@given(documents=documents, query=texts)
def test_values_stand_in_the_order_of_the_documents_and_are_the_scores(
    documents: dict[str, str], query: str
) -> None:
    index = LexicalIndex(documents)
    found = dict(zip(documents, index.values(query).tolist(), strict=True))
    assert {name: value for name, value in found.items() if value} == index.score(query)
    assert index.documents == documents


@given(documents=documents, query=texts)
def test_a_value_is_bm25_term_by_term_over_the_querys_own(
    documents: dict[str, str], query: str
) -> None:
    cut = {name: Counter(tokens(text)) for name, text in documents.items()}
    mean = sum(c.total() for c in cut.values()) / max(1, len(cut)) or 1.0

    def score(counts: Counter[str]) -> float:
        norm = K1 * (1 - B + B * counts.total() / mean)
        total = 0.0
        for term in set(tokens(query)):
            held = max(1, sum(term in c for c in cut.values()))
            idf = math.log(1 + (max(1, len(cut)) - held + 0.5) / (held + 0.5))
            total += idf * counts[term] / (counts[term] + norm)
        return total

    found = LexicalIndex(documents).score(query)
    for name, counts in cut.items():
        whole = score(Counter(tokens(query)))
        expected = min(1.0, score(counts) / whole) if whole else 0.0
        assert found.get(name, 0.0) == pytest.approx(expected, abs=1e-9)


@given(st.lists(texts, max_size=5))
def test_terms_are_counted_in_each_text(written: list[str]) -> None:
    cut = [tokens(text) for text in written]
    terms = {term: n for n, term in enumerate(sorted(set().union(*cut)))}
    found = count_terms(cut, terms).toarray()
    assert found.shape == (len(written), len(terms))
    for row, text in zip(found, cut, strict=True):
        assert {t: int(row[n]) for t, n in terms.items() if row[n]} == dict(Counter(text))


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
    with pytest.raises(KeyError):
        index.shared_terms("flood", "b")


def test_an_empty_index_shares_nothing() -> None:
    assert LexicalIndex({}).values("flood").tolist() == []
    assert LexicalIndex({}).score("flood") == {}


def joined_value(lexical: float, semantic: float) -> float:
    return float(text_values(np.array([lexical]), np.array([semantic]))[0])


@given(lexical=values, semantic=values, more=values)
def test_the_joined_value_stays_in_the_unit_interval_and_never_falls(
    lexical: float, semantic: float, more: float
) -> None:
    joined = joined_value(lexical, semantic)
    assert 0 <= joined <= 1
    assert joined >= semantic - 1e-12
    assert joined_value(max(lexical, more), semantic) >= joined
    assert joined_value(lexical, max(semantic, more)) >= joined


def test_where_the_meaning_is_unknown_the_words_count_alone() -> None:
    assert joined_value(0.3, math.nan) == 0.3
    assert joined_value(0.0, 0.3) == pytest.approx(0.3)
