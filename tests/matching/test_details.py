"""Details: each contribution says in plain words what it rests on or what would settle it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matchmaker.graph import Snapshot
from matchmaker.matching.basis import Finder
from matchmaker.matching.details import Details, Labels
from matchmaker.matching.index import Index
from matchmaker.matching.question import Question, Scored
from matchmaker.model import Entity
from tests.factory import (
    SCHEMA,
    make_collaboration,
    make_need,
    make_partner,
    make_topic,
    small_world,
)


def details(need: str, supply: str, *more: Entity, without: tuple[str, ...] = ()) -> dict[str, str]:
    replaced = {e.id for e in more} | set(without)
    entities = [e for e in small_world() if e.id not in replaced]
    index = Index.build(Snapshot.build(SCHEMA, [*entities, *more], 0, "2024-06-30"), {})
    return of_index(index, need, supply)


def of_index(index: Index, need: str, supply: str) -> dict[str, str]:
    question = Question(index, index.profiles.needs[need])
    return told(question, [question.score(index.profiles.supplies[supply])])[0]


def told(
    question: Question, pairs: list[Scored], label: Labels = lambda identifier: identifier
) -> list[dict[str, str]]:
    return Details(question, label).of(Finder(question).bases(pairs))


def test_known_values_are_told_in_plain_words() -> None:
    assert details("uptown-need-2", "bank-finance") == {
        "support": "finance is what the need seeks.",
        "topics": "buses: near water (0.5).",
        "text": "Closest statement: bank-finance, sharing made.",
        "similar_work": "Most alike: Made-up collaboration bank-uptown in Made-up uptown, 6% alike.",
        "experience": "Unknown: no collaboration whose text could be compared is documented.",
        "track_record": "1 documented case, 1 on related topics.",
        "activity": "1 documented case, the latest of 2020.",
        "capacity": "Unknown: no amount of any collaboration is documented.",
        "kinship": "Unknown: no similar work of any partner is documented.",
        "precedent": "Unknown: no collaboration in another city is documented.",
        "presence": "Has worked in Made-up uptown.",
        "freshness": "Last shown alive 2024-01-01; data of 2024-06-30.",
        "prior": "What is assumed before anything is known; it keeps one lucky fact from deciding.",
    }


def test_values_of_nought_say_what_is_missing() -> None:
    found = details("uptown-need-1", "busmaker-technology", make_partner(
        "busmaker", topics=None, profile="Xyz.", name="Xyz", full_name="Xyz",
    ), make_collaboration("busmaker-lowtown", city="lowtown", partner="busmaker", title="Xyz",
                          topics=("far",), support_type="technology", summary="Xyz."),
       make_topic("far"))  # fmt: skip
    assert found["support"] == "technology is not among what the need seeks (finance)."
    assert found["topics"] == "water: nothing near."
    assert found["precedent"] == "Its cases in other cities are on unrelated topics."
    assert found["presence"] == "Has worked in other cities of the network only."
    assert found["track_record"] == "1 documented case, 0 on related topics."


def test_what_is_unknown_says_what_would_settle_it() -> None:
    found = details(
        "uptown-need-1", "college",
        make_need("uptown-need-1", topics=None, support_types=None, date="2024"),
        make_partner("college", country=None, topics=None, profile="Teaches."),
        without=("college-technology",),
    )  # fmt: skip
    assert found["support"].endswith("Publishing one settles it.")
    assert found["topics"].endswith("The city can choose them.")
    assert found["track_record"].endswith("A documented case settles it.")
    assert found["similar_work"].endswith("A documented case settles it.")
    for feature in (
        "support", "topics", "similar_work", "experience", "track_record", "precedent", "capacity",
        "kinship", "presence",
    ):  # fmt: skip
        assert found[feature].startswith("Unknown: "), feature


def test_an_offer_with_topics_on_one_side_only_says_which_side_can_state_them() -> None:
    need = make_need("uptown-need-1", support_types=None)
    found = details("uptown-need-1", "busmaker-technology", need, make_partner(
        "busmaker", topics=None), make_collaboration(
            "busmaker-lowtown", city="lowtown", partner="busmaker", topics=None,
            support_type="technology"))  # fmt: skip
    assert found["support"] == "Unknown: the need names no kind of support. The city can state it."
    assert found["topics"].endswith("The partner can state them.")


def test_a_case_that_is_left_out_is_told() -> None:
    found = details("uptown-need-1", "bank-finance")
    for feature in ("similar_work", "experience", "track_record"):
        assert found[feature] == (
            "Unknown: the only documented collaboration is on this very need and is left out."
        )


def test_the_size_of_work_counts_the_amounts_that_are_documented() -> None:
    for amounts, words in (((5e6,), "1 documented amount."), ((5e6, 7e6), "2 documented amounts.")):
        cases = [
            make_collaboration(f"bank-midtown-{n}", city="midtown", amount=amount, currency="THB")
            for n, amount in enumerate(amounts)
        ]
        found = details("uptown-need-2", "bank-finance", *cases)
        assert found["capacity"] == f"Usual size of {words}"


def test_kinship_names_the_partner_that_did_similar_work_and_what_it_did(
    seed_index: Index,
) -> None:
    question = Question(seed_index, next(iter(seed_index.profiles.needs.values())))
    pairs = question.ranking()
    bases = Finder(question).bases(pairs)
    own, others = 0, 0
    for basis, found in zip(bases, told(question, pairs), strict=True):
        if basis.of_kind is None:
            assert found["kinship"].startswith(("Unknown: ", "Not like those"))
            continue
        case, likeness = basis.of_kind
        if case.partner == basis.supply.partner:
            own += 1
            assert found["kinship"] == "Itself the one who did similar work."
        else:
            others += 1
            assert found["kinship"] == (
                f"{likeness:.0%} like {case.partner}, which did similar work: {case.title}."
            )
    assert others > own


def test_a_precedent_names_the_case_the_city_and_how_much_alike_it_is() -> None:
    found = details("midtown-need-1", "bank-finance")
    assert found["precedent"].startswith("Made-up collaboration bank-uptown in Made-up uptown, a c")
    assert found["precedent"].endswith("% alike.")
    assert found["presence"] == "Has worked in upland."
    assert details("midtown-need-1", "college-technology")["presence"] == "At home in upland."


def test_a_need_without_a_date_says_so(index: Index) -> None:
    question = Question(index, replace(index.profiles.needs["uptown-need-1"], fresh_on=""))
    scored = question.score(index.profiles.supplies["bank-finance"])
    (found,) = told(question, [scored])
    assert found["freshness"] == "Unknown: the need or the data carry no date."


def test_every_sentence_about_every_pair_of_the_seeds_ends_and_names_no_identifier(
    seed_index: Index,
) -> None:
    snapshot = seed_index.snapshot

    def label(identifier: str) -> str:
        return snapshot.schema.caption(snapshot.entities[identifier])

    for need in list(seed_index.profiles.needs.values())[::6]:
        question = Question(seed_index, need)
        for found in told(question, question.ranking(), label):
            for words in found.values():
                assert words.endswith((".", "!", "?")), words
                assert "  " not in words
                assert not any(w.strip(".,;:()") in snapshot.entities for w in words.split()
                               if "-" in w), words  # fmt: skip


@pytest.mark.parametrize("need", ["uptown-need-1", "lowtown-need-1"])
def test_the_prior_is_explained_too(index: Index, need: str) -> None:
    assert "before anything is known" in of_index(index, need, "bank-finance")["prior"]
