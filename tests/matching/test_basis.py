"""What a pair rests on: found for known values only, and without the pair's own collaborations."""

from __future__ import annotations

from matchmaker.matching.basis import Basis, Finder
from matchmaker.matching.index import Index
from matchmaker.matching.question import NOTHING_NEAR, Question


def basis(index: Index, need: str, supply: str) -> Basis:
    question = Question(index, index.profiles.needs[need])
    (found,) = Finder(question).bases([question.score(index.profiles.supplies[supply])])
    return found


def test_a_pair_rests_on_its_nearest_topics_closest_text_best_case_and_nearest_place(
    index: Index,
) -> None:
    found = basis(index, "midtown-need-1", "bank-finance")
    assert (found.topics.needed, found.topics.topic) == ("water", "water")
    assert found.stated_by == "bank-uptown"
    assert found.statement in index.profiles.supplies["bank-finance"].statements
    assert [case.id for case in found.past] == ["bank-uptown"] == list(found.subjects)
    assert found.best_case is not None
    assert found.best_case.involvement.id == "bank-uptown"
    assert found.place == "country"


def test_a_case_on_the_need_itself_is_no_part_of_what_a_pair_rests_on(index: Index) -> None:
    found = basis(index, "uptown-need-1", "bank-finance")
    assert list(found.past) == []
    assert found.subjects == {}
    assert found.best_case is None
    assert found.stated_by != "bank-uptown"


def test_where_both_sides_speak_of_a_feature_they_know_it_alike(seed_index: Index) -> None:
    for need in seed_index.profiles.needs.values():
        for scored in Question(seed_index, need).ranking():
            for feature in scored.city.keys() & scored.partner.keys():
                one, other = scored.city[feature], scored.partner[feature]
                assert (one is None, bool(one)) == (other is None, bool(other)), feature


def test_a_pair_on_unrelated_topics_rests_on_no_topics(seed_index: Index) -> None:
    unrelated = 0
    for need in list(seed_index.profiles.needs.values())[::6]:
        question = Question(seed_index, need)
        ranking = question.ranking()
        for scored, found in zip(ranking, Finder(question).bases(ranking), strict=True):
            if not scored.partner["topics"]:
                assert (found.topics, found.stated_by) == (NOTHING_NEAR, "")
                unrelated += 1
    assert unrelated
