"""Likeness: words, letters and meaning of a need against each past work."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import text_key
from matchmaker.matching.index import Index
from matchmaker.matching.lexical import K1, B, count_terms, tokens
from matchmaker.matching.likeness import (
    USUAL_AGREEMENT,
    USUAL_PAIRS,
    Likeness,
    TermTable,
    agreement,
    is_spaced,
    letter_groups,
    pairs_with,
)
from matchmaker.matching.works import Works
from matchmaker.model import Entity
from tests.factory import SCHEMA, make_collaboration, small_world
from tests.matching.conftest import Embed
from tests.matching.worlds import indexes, sentences, vector_of

CUTS = (tokens, letter_groups)


def brute_pairs(works: Works, term: str) -> tuple[int, int]:
    """Count pairs of works in different cities that share a word: by one partner, and in all."""
    who: list[set[int]] = [set() for _ in works.texts]
    for partner, work in zip(works.case_partner.tolist(), works.case_work.tolist(), strict=True):
        who[work].add(partner)
    same = every = 0
    for one, other in combinations(range(len(works.texts)), 2):
        if works.work_city[one] == works.work_city[other]:
            continue
        if term in tokens(works.texts[one]) and term in tokens(works.texts[other]):
            every += 1
            same += len(who[one] & who[other])
    return same, every


@given(indexes())
def test_agreement_is_a_count_over_all_pairs_of_works(index: Index) -> None:
    works, table = index.works, index.likeness.words
    has = count_terms([tuple(dict.fromkeys(tokens(text))) for text in works.texts], table.terms)
    same, every = pairs_with(has, works)
    shares = agreement(same, every)
    for term, row in table.terms.items():
        assert (same[row], every[row]) == brute_pairs(works, term), term
        expected = (same[row] + USUAL_AGREEMENT * USUAL_PAIRS) / (every[row] + USUAL_PAIRS)
        assert shares[row] == pytest.approx(expected)
        found = sum(term in tokens(text) for text in works.texts)
        assert table.found_in[row] == found
        rarity = math.log(1 + (len(works.texts) - found + 0.5) / (found + 0.5))
        assert table.weights[row] == pytest.approx(rarity * math.sqrt(expected))


@given(indexes(), sentences)
def test_a_value_is_bm25_term_by_term_with_agreement(index: Index, asked: str) -> None:
    table, texts = index.likeness.words, index.works.texts
    known = [term for term in sorted(set(tokens(asked))) if term in table.terms]
    values = table.values(asked)
    if not known:
        assert values is None
        return
    mean = sum(len(tokens(t)) for t in texts) / len(texts)
    weights = {t: float(table.weights[table.terms[t]]) for t in known}
    rarity = {
        t: math.log(1 + (len(texts) - n + 0.5) / (n + 0.5))
        for t in known
        for n in (int(table.found_in[table.terms[t]]),)
    }
    whole = sum(weights[t] * rarity[t] for t in known)
    for work, text in enumerate(texts):
        counts = Counter(tokens(text))
        norm = K1 * (1 - B + B * counts.total() / mean)
        score = sum(
            weights[t] * rarity[t] * counts[t] * (K1 + 1) / (counts[t] + norm) for t in known
        )
        assert values is not None
        assert values[work] == pytest.approx(min(1.0, score / whole))


@given(indexes(), sentences)
def test_likeness_lies_between_nought_and_one(index: Index, asked: str) -> None:
    for vector in (None, vector_of(asked)):
        found = index.likeness.of(asked, vector)
        assert found.shape == (len(index.works.texts),)
        assert ((found >= 0) & (found <= 1)).all()


@given(indexes())
def test_the_wording_of_an_identical_text_is_wholly_alike_unless_the_work_is_long(
    index: Index,
) -> None:
    """BM25 holds length against a work: beyond the mean, even its own words are not all of it."""
    works = index.works
    for table, cut in zip((index.likeness.words, index.likeness.letters), CUTS, strict=True):
        lengths = [len(cut(text)) for text in works.texts]
        for work, text in enumerate(works.texts):
            values = table.values(text)
            if values is None:
                assert not cut(text)
                continue
            if lengths[work] <= np.mean(lengths):
                assert values[work] == pytest.approx(1.0)
            assert values[work] > 0.5


@given(indexes(), sentences, st.data())
def test_leaving_works_out_is_as_if_they_were_unknown(
    index: Index, asked: str, data: st.DataObject
) -> None:
    works, vectors = index.works, index.vectors
    assume(works.texts)
    left_out = data.draw(st.lists(st.sampled_from(range(len(works.texts))), unique=True))
    kept = [
        case
        for case, work in zip(works.cases, works.case_work.tolist(), strict=True)
        if work not in left_out
    ]
    afresh = Works.build(kept, works.partners)
    smaller = Likeness.build(afresh, vectors).of(asked, vector_of(asked))
    found = index.likeness.without(left_out).of(asked, vector_of(asked))
    for row, case in enumerate(afresh.cases):
        expected = smaller[afresh.case_work[row]]
        assert found[works.case_work[works.row[case.id]]] == pytest.approx(expected, abs=1e-9)
    for cut in CUTS:
        one, other = TermTable(works, cut).without(left_out), TermTable(afresh, cut)
        for term, row in other.terms.items():
            assert one.found_in[one.terms[term]] == other.found_in[row]
            assert one.weights[one.terms[term]] == pytest.approx(other.weights[row])
        assert {one.names[r] for r in one.rows(asked)} == {
            other.names[r] for r in other.rows(asked)
        }
    assert index.likeness.without([]) is index.likeness


def test_a_term_that_one_partner_carries_from_city_to_city_weighs_more() -> None:
    cases = [
        make_collaboration(f"c-{n}", title=title, summary="", city=city, partner=partner)
        for n, (title, city, partner) in enumerate([
            ("Landscape supply", "uptown", "bank"), ("Landscape supply", "midtown", "bank"),
            ("Signal", "lowtown", "busmaker"), ("Signal supply", "uptown", "college"),
        ])
    ]  # fmt: skip
    table = prepared(cases).likeness.words
    assert table.found_in[table.terms["landscape"]] == table.found_in[table.terms["signal"]]
    weight = {term: table.weights[row] for term, row in table.terms.items()}
    assert weight["landscape"] > weight["signal"] > 0


def prepared(cases: list[Entity], embed: Embed | None = None, *asked: str) -> Index:
    entities = [e for e in small_world() if e.type not in ("offer", "collaboration")]
    snapshot = Snapshot.build(SCHEMA, [*entities, *cases], 0, "2024-06-30")
    texts = [f"{case.text('title')}. {case.text('summary')}" for case in cases] + list(asked)
    vectors = dict(zip(map(text_key, texts), embed(texts), strict=True)) if embed else {}
    return Index.build(snapshot, vectors)


ENGLISH = ("Flood warning", "River gauges warn of floods.")
TRAFFIC = ("Traffic signals", "Lights that follow the length of queues.")
THAI = ("ระบบเตือนภัยน้ำท่วม", "เตือนภัยน้ำท่วมล่วงหน้า")


def test_a_need_in_thai_meets_english_work_by_meaning_alone(embed: Embed) -> None:
    asked = "เมืองสมมุติต้องการระบบเตือนภัยน้ำท่วมล่วงหน้า"
    cases = [
        make_collaboration(f"c-{n}", title=title, summary=summary)
        for n, (title, summary) in enumerate((ENGLISH, TRAFFIC, THAI))
    ]
    index = prepared(cases, embed, asked)
    likeness, vector = index.likeness, index.vector(asked)
    assert vector is not None
    assert likeness.spaced.tolist() == [True, True, False]
    found = likeness.of(asked, vector)
    meaning = np.maximum(likeness.vectors @ vector, 0.0)
    assert found[:2] == pytest.approx(meaning[:2])  # wording is unknown, not nought
    assert found[0] > found[1] + 0.1
    words = likeness.words.values(asked)
    assert words is not None
    assert found[2] == pytest.approx((words[2] + meaning[2]) / 2)  # letters are unknown
    assert likeness.of(asked, None)[:2].tolist() == [0.0, 0.0]
    assert likeness.of(asked, None)[2] == pytest.approx(words[2])


def test_a_work_without_a_vector_is_compared_by_wording_alone() -> None:
    cases = [make_collaboration("c", title=ENGLISH[0], summary=ENGLISH[1])]
    likeness, asked = prepared(cases).likeness, "Gauges in the river"
    words, letters = likeness.words.values(asked), likeness.letters.values(asked)
    assert words is not None
    assert letters is not None
    assert likeness.of(asked, vector_of(asked)) == pytest.approx((words + letters) / 2)
    assert likeness.of("zzz", None).tolist() == [0.0]


@pytest.mark.parametrize(
    ("text", "spaced"),
    [("Smart traffic lights", True), ("Đèn giao thông thông minh", True), ("智能电网", False),
     ("ระบบ CCTV อัจฉริยะ", False), ("To be or not to be", True), ("", True)],
)  # fmt: skip
def test_a_writing_is_told_by_most_of_its_letters(text: str, spaced: bool) -> None:
    assert is_spaced(text) is spaced


def test_letters_are_grouped_with_the_ends_of_words_marked() -> None:
    assert letter_groups("Bus") == (" bu", "bus", "us ", " bus", "bus ", " bus ")
    assert letter_groups("รถเมล์") == ()
