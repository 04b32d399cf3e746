"""One need put to the index: a pair's own collaboration is left out, and languages meet."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import text_key
from matchmaker.matching.features import PRESENCE
from matchmaker.matching.index import Index, texts_to_embed
from matchmaker.matching.models import STATED_MODEL, Model
from matchmaker.matching.profiles import NeedProfile, text_of
from matchmaker.matching.question import Question, Scored
from matchmaker.matching.scoring import STATED, Weights
from matchmaker.matching.walk import word_node
from matchmaker.model import Entity
from tests.factory import (
    SCHEMA,
    make_collaboration,
    make_need,
    make_offer,
    make_partner,
    small_world,
)
from tests.matching.conftest import Embed


def prepared(*more: Entity, without: tuple[str, ...] = ()) -> Index:
    replaced = {e.id for e in more} | set(without)
    entities = [e for e in small_world() if e.id not in replaced]
    return Index.build(Snapshot.build(SCHEMA, [*entities, *more], 0, "2024-06-30"), {})


def values(scored: Scored) -> dict[str, float | None]:
    return {**scored.city, **{f"{k} for the partner": v for k, v in scored.partner.items()}}


def ask(index: Index, need: str, supply: str) -> Scored:
    question = Question(index, index.profiles.needs[need])
    return question.score(index.profiles.supplies[supply])


def test_the_pairs_own_collaboration_is_left_out_of_every_feature_it_would_prove() -> None:
    bank = make_partner("bank", topics=None)
    index = prepared(
        bank, make_collaboration("bank-uptown", need="uptown-need-1", amount=5e6, currency="THB")
    )
    found = ask(index, "uptown-need-1", "bank-finance")
    assert found.city["topics"] is None
    for feature in ("similar_work", "experience", "track_record", "precedent", "capacity"):
        assert found.city[feature] is None, feature
    for feature in ("topics", "experience", "presence"):
        assert found.partner[feature] is None, feature
    other = ask(index, "uptown-need-2", "bank-finance")  # no case on this need: nothing left out
    assert other.city["topics"] == 0.5
    for feature in ("similar_work", "track_record", "capacity"):
        assert other.city[feature] is not None, feature
    assert other.partner["presence"] == 1.0


def test_the_words_of_the_pairs_own_collaboration_do_not_count() -> None:
    need = next(e for e in small_world() if e.id == "uptown-need-1")
    telling = text_of(need) or ""
    index = prepared(
        make_collaboration("bank-uptown", need="uptown-need-1", title=telling, summary=telling)
    )
    question = Question(index, index.profiles.needs["uptown-need-1"])
    own, others = question.text["bank-uptown"], ("bank", "bank-finance")
    scored = question.score(index.profiles.supplies["bank-finance"])
    assert scored.city["text"] == max(question.text[s] for s in others)
    assert own > (scored.city["text"] or 0.0)
    stranger = Question(index, replace(question.need, id=""))  # the same words, another need
    assert stranger.score(index.profiles.supplies["bank-finance"]).city["text"] == own


def test_of_several_collaborations_only_those_on_this_very_need_are_left_out() -> None:
    second = make_collaboration("bank-midtown", city="midtown", summary="Paid for drains.")
    offer = make_offer(documented_by=("bank-uptown", "bank-midtown"))
    index = prepared(second, offer)
    question = Question(index, index.profiles.needs["uptown-need-1"])
    supply = index.profiles.supplies["bank-finance"]
    assert set(question.statements(supply)) == {"bank", "bank-finance", "bank-midtown"}
    assert [i.id for i in question.involvements(supply)] == ["bank-midtown"]
    assert question.nearest_place(supply) == "country"
    assert question.score(supply).city["precedent"] is not None


def test_a_collaboration_on_the_need_is_left_out_for_all_partners_alike() -> None:
    """A case of one partner must not lift another by the walk either: it is the answer."""
    index = prepared(make_collaboration("busmaker-uptown", partner="busmaker",
                                        need="uptown-need-1", support_type="technology"))  # fmt: skip
    question = Question(index, index.profiles.needs["uptown-need-1"])
    assert question.own == {"bank-uptown", "busmaker-uptown"}
    supply = index.profiles.supplies["busmaker-technology"]
    assert [i.id for i in question.involvements(supply)] == ["busmaker-lowtown"]


def without_own(index: Index, question: Question) -> Question:
    """Return the question put to a graph in which the need's own collaborations are unknown."""
    snapshot, own, entities = index.snapshot, question.own, []
    for entity in snapshot.entities.values():
        if entity.id in own:
            continue
        rest = tuple(c for c in entity.refs("documented_by") if c not in own)
        changed = {**entity.values, "documented_by": rest} if entity.type == "offer" else None
        entities.append(Entity(entity.type, entity.id, changed) if changed else entity)
    smaller = Index.build(Snapshot.build(SCHEMA, entities, 0, snapshot.as_of), index.vectors)
    return Question(smaller, smaller.profiles.needs[question.need.id])


# Rarities of the words of statements, and the weights of words in the walk, are statistics over
# all texts: leaving some of these out may move them a little.
LOOSE = {"text": 0.02, "text for the partner": 0.02, "track_record": 0.02}


def test_every_documented_pair_scores_as_if_its_collaborations_were_unknown(
    seed_index: Index,
) -> None:
    """Over the real seeds: deleting the cases that serve a need changes no feature of any pair."""
    checked = 0
    for need in list(seed_index.profiles.needs.values()):
        question = Question(seed_index, need)
        if not question.own or checked >= 8:
            continue
        checked += 1
        there = without_own(seed_index, question)
        for supply in seed_index.profiles.supplies.values():
            with_cases = values(question.score(supply))
            without = values(there.score(there.index.profiles.supplies[supply.id]))
            for name, value in with_cases.items():
                near = pytest.approx(without[name], abs=LOOSE.get(name, 1e-6))
                assert value == near, (need.id, supply.id, name)
    assert checked >= 8


def test_words_that_only_own_collaborations_join_to_a_case_lead_nowhere() -> None:
    """A rare word of the need's own case and of one other must not lead the walk to the other."""
    rare = make_need("uptown-need-1", title="Zeppelin moorings", description="Zeppelin moorings.")
    own = make_collaboration("bank-uptown", need="uptown-need-1", title="Zeppelin moorings")
    other = make_collaboration("busmaker-lowtown", city="lowtown", partner="busmaker",
                               topics=("buses",), title="Zeppelin buses",
                               support_type="technology", project="lowtown-project-1")  # fmt: skip
    index = prepared(rare, own, other)
    assert word_node("zeppelin") in index.compiled.position
    question = Question(index, index.profiles.needs["uptown-need-1"])
    there = without_own(index, question)
    assert word_node("zeppelin") not in there.index.compiled.position
    for supply in index.profiles.supplies.values():
        one, two = question.score(supply), there.score(there.index.profiles.supplies[supply.id])
        for feature in ("track_record", "similar_work"):
            assert one.city[feature] == pytest.approx(two.city[feature], abs=1e-6), supply.id


def test_a_work_done_together_counts_for_those_whose_case_is_not_on_this_very_need() -> None:
    shared = {"title": "Zeppelin moorings", "project": "uptown-project-1", "summary": "Moored."}
    index = prepared(
        make_need("uptown-need-1", title="Zeppelin moorings"),
        make_collaboration("bank-uptown", need="uptown-need-1", **shared),
        make_collaboration("busmaker-uptown", partner="busmaker", support_type="technology",
                           **shared),
    )  # fmt: skip
    assert len(index.works.texts) == 2
    assert (ask(index, "uptown-need-1", "busmaker-technology").city["similar_work"] or 0) > 0
    assert ask(index, "uptown-need-1", "bank-finance").city["similar_work"] is None


def test_a_need_that_is_asked_without_being_stored_leaves_nothing_out(index: Index) -> None:
    need = replace(index.profiles.needs["uptown-need-1"], id="")
    assert Question(index, need).own == frozenset()


def test_ranks_are_by_score_and_equal_scores_by_identifier() -> None:
    twins = [make_partner(n, topics=("water",), profile="The very same.") for n in ("b2", "b1")]
    index = prepared(*twins)
    question = Question(index, index.profiles.needs["midtown-need-1"])
    ranking = question.ranking()
    assert ranking == sorted(ranking, key=lambda s: (-s.score, s.supply.id))
    placed = [s.supply.id for s in ranking]
    scores = {s.supply.id: s.score for s in ranking}
    assert scores["b1"] == scores["b2"]
    assert placed.index("b1") + 1 == placed.index("b2")


def test_who_is_refused_is_not_ranked_but_named_with_reasons() -> None:
    index = prepared(make_offer(limited_to=("lowland",)))
    question = Question(index, index.profiles.needs["uptown-need-1"])
    assert "bank-finance" not in [s.supply.id for s in question.ranking()]
    assert [r.rule for r in question.excluded["bank-finance"]] == ["offer_place"]
    assert question.score(index.profiles.supplies["bank-finance"]).score > 0


def test_a_limit_cuts_the_ranking_and_a_choice_of_supplies_keeps_its_order(
    seed_index: Index,
) -> None:
    for need in list(seed_index.profiles.needs.values())[::12]:
        question = Question(seed_index, need)
        ranking = question.ranking()
        assert question.ranking(limit=5) == ranking[:5]
        assert question.ranking(limit=0) == []
        chosen = [scored.supply for scored in ranking[::3]]
        assert question.ranking(reversed(chosen)) == ranking[::3]
        assert question.ranking(chosen, limit=2) == ranking[:6:3]
        for place, scored in enumerate(ranking, 1):
            assert question.rank(scored.supply) == place
            assert question.score(scored.supply) == scored
        assert [question.index.columns.supplies[row] for row in question.order] == [
            scored.supply for scored in ranking
        ]


def test_who_is_refused_has_no_rank() -> None:
    index = prepared(make_offer(limited_to=("lowland",)))
    question = Question(index, index.profiles.needs["uptown-need-1"])
    assert question.rank(index.profiles.supplies["bank-finance"]) is None
    assert question.rank(index.profiles.supplies["busmaker-technology"]) is not None


def test_what_explanations_ask_agrees_with_the_columns(seed_index: Index) -> None:
    """Each feature's value is that of the statement, case or topics named as what it rests on."""
    for need in list(seed_index.profiles.needs.values())[::6]:
        question = Question(seed_index, need)
        for scored in question.ranking():
            supply, past = scored.supply, question.involvements(scored.supply)
            assert scored.partner["text"] == question.text[question.best_statement(supply)]
            supplied = question.supplied(supply)
            nearest = question.nearest(supplied).value if supplied else None
            assert scored.partner["topics"] == nearest
            if scored.city["precedent"] is not None:
                best = question.best_case(past)
                assert best.strength == pytest.approx(best.similarity * best.relatedness)
                assert best.strength <= scored.city["precedent"] + 1e-12
                assert bool(best.strength) == bool(scored.city["precedent"])
            if past:
                assert bool(question.most_similar(past)[1]) == bool(scored.city["similar_work"])
            place = question.nearest_place(supply)
            assert scored.partner["presence"] == (None if place is None else PRESENCE[place])


def test_a_statement_without_words_says_nothing(index: Index) -> None:
    """A blank text is unknown, not unrelated."""
    blank = replace(index, silent=np.array([index.columns.nodes["college"]], dtype=np.intp))
    need = index.profiles.needs["uptown-need-1"]
    assert math.isnan(Question(blank, need).text["college"])
    assert not math.isnan(Question(index, need).text["college"])
    found = Question(blank, need).best_statement(index.profiles.supplies["college-technology"])
    assert found == "college-technology"


def test_other_weights_change_the_sum_and_not_the_values(index: Index) -> None:
    need = index.profiles.needs["midtown-need-1"]
    supply = index.profiles.supplies["bank-finance"]
    only = Weights(
        dict.fromkeys(STATED.city, 0.0) | {"topics": 1.0}, dict.fromkeys(STATED.partner, 1.0), 1.0,
        0.5,
    )  # fmt: skip
    model = Model("made-up", "1", "made up for a test", only)
    stated, other = (Question(index, need, m).score(supply) for m in (STATED_MODEL, model))
    assert values(stated) == values(other)
    assert other.city_fit == pytest.approx((1.0 * 1.0 + 1.0 * 0.5) / 2)
    assert stated.city_fit != other.city_fit


def test_asking_twice_gives_the_same_to_the_last_bit(seed_index: Index) -> None:
    for need in list(seed_index.profiles.needs.values())[::10]:
        assert Question(seed_index, need).ranking() == Question(seed_index, need).ranking()


# Made up for this test: needs in the network's languages, and offers in English by made-up partners.
OFFERS = {
    "floods": "River gauges and an early-warning dashboard for floods.",
    "traffic": "Adaptive traffic signals that follow the length of queues.",
    "waste": "Household waste sorting and recycling stations.",
    "pipes": "Smart meters and leak detection for water pipes.",
    "heritage": "Conservation grants for historic shophouses and temples.",
}
NEEDS = [
    ("เมืองสมมุติต้องการระบบเตือนภัยน้ำท่วมล่วงหน้า", "floods"),
    ("เมืองสมมุติต้องการสัญญาณไฟจราจรอัจฉริยะเพื่อลดรถติด", "traffic"),
    ("เมืองสมมุติต้องการคัดแยกและรีไซเคิลขยะครัวเรือน", "waste"),
    ("เมืองสมมุติต้องการตรวจหาน้ำรั่วในท่อประปา", "pipes"),
    ("เมืองสมมุติต้องการอนุรักษ์วัดและอาคารเก่าแก่", "heritage"),
    ("Sistem amaran awal banjir di sepanjang sungai", "floods"),
    ("Đèn giao thông thông minh để giảm ùn tắc", "traffic"),
]


@pytest.mark.parametrize(("words", "fitting"), NEEDS)
def test_a_need_in_thai_or_another_language_finds_the_fitting_english_offer_first(
    embed: Embed, words: str, fitting: str
) -> None:
    partners = [make_partner(f"p-{n}", topics=None, profile="Made up.") for n in OFFERS]
    offers = [
        make_offer(f"o-{n}", partner=f"p-{n}", title=text, description=text, documented_by=None)
        for n, text in OFFERS.items()
    ]
    base = [e for e in small_world() if e.type not in ("partner", "offer", "collaboration")]
    snapshot = Snapshot.build(SCHEMA, [*base, *partners, *offers], 0, "2024-06-30")
    texts = [*texts_to_embed(snapshot), words]
    index = Index.build(snapshot, dict(zip(map(text_key, texts), embed(texts), strict=True)))
    need = NeedProfile(
        "", words, index.profiles.cities["uptown"], (), frozenset(), words, "2024-01-01"
    )
    question = Question(index, need)
    assert not index.lexical.values(words).any()  # no word in common
    first, second, *_ = question.ranking()
    assert first.supply.id == f"o-{fitting}"
    assert (first.city["text"] or 0.0) > (second.city["text"] or 0.0) + 0.02


def test_a_need_in_thai_finds_the_fitting_collaborations_among_the_real_seeds(
    seed_index: Index, embed: Embed
) -> None:
    """A made-up need of a real city: sewage treatment and drains, asked for in Thai."""
    words = "ระบบบำบัดน้ำเสียและท่อระบายน้ำ"
    index = replace(seed_index, vectors={**seed_index.vectors, text_key(words): embed([words])[0]})
    city = index.profiles.cities["phuket"]
    question = Question(index, NeedProfile("", words, city, (), frozenset(), words, "2024-01-01"))
    best = max(question.ranking(), key=lambda s: (s.city["text"] or 0.0, s.supply.id))
    # It gave money for "wastewater treatment plants, sewers and drains" elsewhere.
    assert best.supply.id == "adb-finance"
    assert best.city["text"] == question.text["battambang-adb-1"]
    assert (best.city["text"] or 0.0) > 0.25
