"""What would raise a match: every stated gain is what comes of it, and nothing is made up."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.checking import entity_from_json
from matchmaker.graph import Snapshot
from matchmaker.matching.counterfactual import (
    MOST,
    Outcome,
    first_failing,
    outcomes,
    unchanged_score,
    would_be_rank,
)
from matchmaker.matching.index import Index
from matchmaker.matching.question import Question
from matchmaker.model import Entity
from tests.factory import (
    SCHEMA,
    make_collaboration,
    make_need,
    make_offer,
    make_partner,
    small_world,
)
from tests.matching.worlds import NEEDS, indexes

DAY = "2024-06-30"
LATER = "2025-03-01"


def asked(need: str, *changed: Entity) -> Question:
    """Return a need's question in the small world with some entities replaced."""
    replaced = {entity.id for entity in changed}
    entities = [*(e for e in small_world() if e.id not in replaced), *changed]
    index = Index.build(Snapshot.build(SCHEMA, entities, 3, DAY), {})
    return Question(index, index.profiles.needs[need])


def found(question: Question, target: str, day: str = DAY) -> list[Outcome]:
    return outcomes(question, question.index.profiles.supplies[target], day)


def named(outcomes: Iterable[Outcome]) -> dict[tuple[str, str], Outcome]:
    """Return the first outcome for each entity and property."""
    table: dict[tuple[str, str], Outcome] = {}
    for outcome in outcomes:
        table.setdefault((outcome.edit.entity.id, outcome.edit.name), outcome)
    return table


def check(question: Question, target: str, outcome: Outcome, day: str = DAY) -> None:
    """Check an outcome against a world that holds the edit from the start."""
    index = question.index
    entities = dict(index.snapshot.entities) | {outcome.edit.after.id: outcome.edit.after}
    fresh = Index.build(Snapshot.build(SCHEMA, entities.values(), 4, day), index.vectors)
    again = Question(fresh, fresh.profiles.needs[question.need.id], question.model)
    supply = fresh.profiles.supplies[target]
    score = again.score(supply).score
    before = question.score(index.profiles.supplies[target]).score
    assert math.isclose(score, outcome.score, rel_tol=0, abs_tol=1e-9)
    assert math.isclose(score - before, outcome.gain, rel_tol=0, abs_tol=1e-9)
    assert again.rank(supply) == outcome.rank


@pytest.mark.parametrize(
    ("need", "target", "changed", "entity", "name", "value", "kind"),
    [
        # The need names no kind of support.
        ("uptown-need-2", "busmaker-technology",
         [make_need("uptown-need-2", topics=("buses",), support_types=None)],
         "uptown-need-2", "support_types", ("technology",), "fill_in"),
        # It names another one.
        ("uptown-need-2", "busmaker-technology", [], "uptown-need-2", "support_types",
         ("finance", "technology"), "change_terms"),
        # It states no topics.
        ("uptown-need-2", "busmaker-technology", [make_need("uptown-need-2", topics=None)],
         "uptown-need-2", "topics", ("buses",), "fill_in"),
        # It states another topic that is near.
        ("lowtown-need-1", "college-technology", [], "lowtown-need-1", "topics",
         ("buses", "water"), "change_terms"),
        ("lowtown-need-1", "college-technology", [], "lowtown-need-1", "date", DAY, "fill_in"),
        ("uptown-need-2", "busmaker-technology", [], "busmaker-technology", "support_type",
         "finance", "change_terms"),
        ("midtown-need-1", "busmaker-technology", [], "busmaker-technology", "topics", ("water",),
         "fill_in"),
        ("midtown-need-1", "busmaker-technology", [], "busmaker", "topics", ("buses", "water"),
         "change_terms"),
        ("lowtown-need-1", "bank", [make_offer("bank-finance", status="withdrawn")], "bank",
         "topics", ("water", "buses"), "change_terms"),
        # A collaboration that the offer could rest on.
        ("lowtown-need-1", "bank-finance",
         [make_offer("bank-finance", documented_by=None),
          make_partner("bank", topics=("environment",)),
          make_collaboration("bank-uptown", topics=("buses",))],
         "bank-finance", "documented_by", ("bank-uptown",), "fill_in"),
    ],
)  # fmt: skip
def test_each_kind_of_edit_raises_the_score_by_what_is_stated(
    need: str, target: str, changed: list[Entity], entity: str, name: str,
    value: object, kind: str,
) -> None:  # fmt: skip
    question = asked(need, *changed)
    outcome = named(found(question, target))[entity, name]
    assert outcome.edit.new == value
    assert outcome.edit.kind == kind
    assert outcome.gain > 1e-9
    assert outcome.moved
    check(question, target, outcome)


@pytest.mark.parametrize(
    ("changed", "rule", "entity", "name", "value"),
    [
        (make_need("uptown-need-1", status="solved"), "need_open", "uptown-need-1", "status",
         "open"),
        (make_offer("bank-finance", status="withdrawn"), "offer_active", "bank-finance", "status",
         "active"),
        (make_offer("bank-finance", valid_until="2023"), "offer_valid", "bank-finance",
         "valid_until", "2025-12-31"),
        (make_offer("bank-finance", limited_to=("lowland",)), "offer_place", "bank-finance",
         "limited_to", ("lowland", "upland")),
        (make_partner("bank", mandate=("lowland",), mandate_note="Made up."), "partner_mandate",
         "bank", "mandate", ("lowland", "upland")),
    ],
)  # fmt: skip
def test_what_makes_a_refused_pair_eligible_comes_first_with_its_rank(
    changed: Entity, rule: str, entity: str, name: str, value: object
) -> None:
    question = asked("uptown-need-1", changed)
    supply = question.index.profiles.supplies["bank-finance"]
    failing = first_failing(question, supply)
    assert failing is not None
    assert failing.rule == rule
    first, *others = found(question, "bank-finance")
    assert (first.edit.lifts, first.edit.entity.id, first.edit.name) == (rule, entity, name)
    assert first.edit.new == value
    assert first.rank == would_be_rank(question, supply)
    check(question, "bank-finance", first)
    assert all(other.rank is None and not other.edit.lifts for other in others)


def test_a_pair_with_two_faults_is_not_listed_by_mending_one_of_them() -> None:
    question = asked(
        "uptown-need-1", make_need("uptown-need-1", status="solved"),
        make_offer("bank-finance", valid_until="2023"),
    )  # fmt: skip
    supply = question.index.profiles.supplies["bank-finance"]
    lifting = [o for o in found(question, "bank-finance") if o.edit.lifts]
    assert {o.edit.lifts for o in lifting} == {"need_open", "offer_valid"}
    assert [o.rank for o in lifting] == [None, None]
    as_it_was = asked("uptown-need-1")
    assert would_be_rank(question, supply) == as_it_was.rank(supply)


def test_the_would_be_rank_of_an_eligible_pair_is_its_rank() -> None:
    for need in NEEDS:
        question = asked(need)
        for supply in question.index.profiles.supplies.values():
            if (rank := question.rank(supply)) is not None:
                assert would_be_rank(question, supply) == rank
                assert first_failing(question, supply) is None


def test_a_first_case_in_the_city_is_only_supposed() -> None:
    question = asked("uptown-need-2")
    supposed = [o for o in found(question, "busmaker-technology") if o.edit.kind == "hypothetical"]
    (outcome,) = supposed
    assert (outcome.edit.old, outcome.edit.new) == (None, "uptown")
    assert outcome.edit.after.id not in question.index.snapshot.entities
    assert entity_from_json(SCHEMA, outcome.edit.after.as_json())[0] is None  # cannot be written
    assert {m.feature for m in outcome.moved} >= {"presence", "track_record"}
    check(question, "busmaker-technology", outcome)


def test_a_partner_at_work_in_the_city_is_not_told_to_begin_there() -> None:
    kinds = {o.edit.kind for o in found(asked("uptown-need-2"), "bank-finance")}
    assert kinds
    assert "hypothetical" not in kinds


def test_a_day_later_than_the_data_counts_ageing_in() -> None:
    question = asked("lowtown-need-1")
    supply = question.index.profiles.supplies["busmaker-technology"]
    assert unchanged_score(question, supply, DAY) == question.score(supply).score
    assert unchanged_score(question, supply, LATER) < question.score(supply).score
    # Data do not grow younger.
    assert unchanged_score(question, supply, "2020-01-01") == question.score(supply).score
    for outcome in found(question, "college-technology", LATER):
        check(question, "college-technology", outcome, LATER)


def test_an_offer_that_ends_before_the_day_of_writing_is_to_be_prolonged() -> None:
    question = asked("uptown-need-1", make_offer("bank-finance", valid_until="2024-12-31"))
    assert first_failing(question, question.index.profiles.supplies["bank-finance"]) is None
    assert not any(o.edit.lifts for o in found(question, "bank-finance"))
    first, *_ = found(question, "bank-finance", LATER)
    assert (first.edit.lifts, first.edit.new) == ("offer_valid", "2026-12-31")


def test_an_edit_that_the_schema_refuses_is_not_proposed() -> None:
    # Without the note that a mandate needs, the partner as it stands could not be written again.
    question = asked("uptown-need-1", make_partner("bank", mandate=("lowland",)))
    sent = [o for o in found(question, "bank-finance") if o.edit.kind != "hypothetical"]
    assert sent
    assert "bank" not in {o.edit.entity.id for o in sent}


@given(indexes(), st.sampled_from(NEEDS), st.data())
def test_in_any_world_the_gains_come_true_and_what_is_proposed_may_be_written(
    index: Index, need: str, data: st.DataObject
) -> None:
    question = Question(index, index.profiles.needs[need])
    target = data.draw(st.sampled_from(sorted(index.profiles.supplies)))
    told = found(question, target)
    assert len(told) <= MOST
    gains = [o.gain for o in told if not o.edit.lifts]
    assert gains == sorted(gains, reverse=True)
    assert all(gain > 1e-9 for gain in gains)
    assert told == found(question, target)
    for outcome in told:
        edit = outcome.edit
        check(question, target, outcome)
        if edit.kind == "hypothetical":
            continue
        written, faults = entity_from_json(SCHEMA, edit.after.as_json())
        assert faults == []
        assert written is not None
        assert written.values.items() >= edit.after.values.items()  # defaults may come with it
        assert {**edit.entity.values, edit.name: edit.new} == edit.after.values
        assert edit.old != edit.new
