"""The protocol: who is a candidate, who is left out, who comes first among equals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.errors import BadRequestError
from matchmaker.evaluation.events import Query
from matchmaker.evaluation.metrics import FloatArray
from matchmaker.evaluation.protocol import Split, evaluate, one_by_one, ranking, ranks_of, split
from tests.evaluation.made_up import CUT, UNTIL, dataset, event

EVENTS = (
    event("1", "2023-01-01", "parks", "acme bolt"),
    event("2", "2023-02-01", "roads", "acme crane"),
    event("3", "2023-07-01", "parks", "acme crane"),
    event("4", "2023-12-31", "roads", "acme"),
    event("5", "2023-08-01", "roads", "dove"),
    event("6", "2024-01-01", "parks", "bolt"),
)


@pytest.fixture
def cut() -> Split:
    return split(dataset(*EVENTS), CUT, UNTIL)


def names(cut: Split, positions: Sequence[int]) -> set[str]:
    return {cut.candidates[position] for position in positions}


def by_name(cut: Split, **scores: float) -> Callable[[Query], FloatArray]:
    row = np.array([scores.get(name, 0.0) for name in cut.candidates])
    return lambda query: row


def test_training_ends_before_the_cut_and_both_ends_of_the_window_are_asked(cut: Split) -> None:
    assert [each.id for each in cut.train] == ["1", "2"]
    assert [query.id for query in cut.queries] == ["3", "5", "4"]


def test_candidates_are_all_with_an_event_before_the_cut(cut: Split) -> None:
    assert set(cut.candidates) == {"acme", "bolt", "crane"}
    assert cut.candidates[0] == "acme"
    assert cut.popularity.tolist() == [2, 1, 1]


def test_all_partners_known_count_in_mode_all(cut: Split) -> None:
    task = cut.task("all")
    assert [names(cut, truth) for truth in task.truth] == [{"acme", "crane"}, {"acme"}]
    assert task.places == (0, 2)
    assert task.answerable == pytest.approx(2 / 3)


def test_partners_linked_before_leave_candidates_and_truth_in_mode_new(cut: Split) -> None:
    task = cut.task("new")
    assert [names(cut, truth) for truth in task.truth] == [{"crane"}]
    assert names(cut, task.excluded[0]) == {"acme", "bolt"}
    assert task.answerable == pytest.approx(1 / 3)


def test_a_seeker_that_is_an_organisation_is_a_candidate_for_others_but_not_for_itself() -> None:
    cut = split(
        dataset(
            event("1", "2023-01-01", "a", "b c", own_kind=True),
            event("2", "2023-02-01", "d", "e", own_kind=True),
            event("3", "2023-08-01", "b", "a e", own_kind=True),
        ),
        CUT,
        UNTIL,
    )
    assert set(cut.candidates) == {"a", "b", "c", "d", "e"}
    assert names(cut, cut.excluded(cut.queries[0], "all")) == {"b"}
    # b has shared an event with a and c, though it did not coordinate it.
    assert names(cut, cut.excluded(cut.queries[0], "new")) == {"a", "b", "c"}


def test_a_partner_awarded_after_the_cut_is_not_known_from_an_event_before_it() -> None:
    from dataclasses import replace

    early = event("1", "2023-06-01", "parks", "acme late")
    links = (early.links[0], replace(early.links[1], day=date(2023, 8, 1)))
    cut = split(dataset(replace(early, links=links)), CUT, UNTIL)
    assert cut.candidates == ("acme",)


def test_an_unknown_seeker_leaves_nobody_out(cut: Split) -> None:
    stranger = Query("9", CUT, "stranger", "")
    assert cut.excluded(stranger, "new").size == 0


def test_the_order_of_events_in_the_files_does_not_matter() -> None:
    one, other = split(dataset(*EVENTS), CUT, UNTIL), split(dataset(*EVENTS[::-1]), CUT, UNTIL)
    assert one.candidates == other.candidates


def test_the_later_cut_must_not_come_first() -> None:
    with pytest.raises(BadRequestError, match="until"):
        split(dataset(*EVENTS), UNTIL, CUT)


def test_there_must_be_something_to_learn_from() -> None:
    with pytest.raises(BadRequestError, match="no event before 2020-01-01"):
        split(dataset(*EVENTS), date(2020, 1, 1), UNTIL)


def test_each_mode_is_judged_among_its_own_candidates(cut: Split) -> None:
    found = evaluate(cut, one_by_one(by_name(cut, acme=3, bolt=2, crane=1)))
    assert found["new"].reciprocal_rank.tolist() == [1.0]
    assert found["all"].reciprocal_rank.tolist() == [1.0, 1.0]
    assert found["all"].recall_at_10.tolist() == [1.0, 1.0]


def test_equal_scores_are_ordered_by_popularity(cut: Split) -> None:
    found = evaluate(cut, one_by_one(by_name(cut)), modes=("all",))
    assert found["all"].reciprocal_rank.tolist() == [1.0, 1.0]


def test_the_progress_of_every_query_is_told(cut: Split) -> None:
    told: list[tuple[int, int]] = []
    evaluate(cut, one_by_one(by_name(cut)), progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("row", [np.zeros(2), np.array([0.0, np.nan, 0.0])], ids=["short", "nan"])
def test_a_method_must_score_every_candidate(cut: Split, row: FloatArray) -> None:
    with pytest.raises(ValueError, match="query 3: one finite score per candidate"):
        evaluate(cut, one_by_one(lambda query: row))


def test_a_method_must_answer_every_query(cut: Split) -> None:
    def lazy(queries: Sequence[Query]) -> Iterator[FloatArray]:
        yield np.zeros(3)

    with pytest.raises(ValueError, match="shorter"):
        evaluate(cut, lazy)


@st.composite
def scored(draw: st.DrawFn) -> tuple[FloatArray, list[int], list[int]]:
    scores = draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=3, max_size=12))
    places = draw(st.permutations(range(len(scores))))
    true = draw(st.integers(1, len(places) - 1))
    out = draw(st.integers(0, len(places) - true))
    return np.array(scores), places[:true], places[true : true + out]


@given(scored())
def test_ranks_are_the_places_in_the_full_ranking(
    case: tuple[FloatArray, list[int], list[int]],
) -> None:
    scores, truth, excluded = case
    out = np.array(excluded, dtype=np.int64)
    full = ranking(scores, out).tolist()
    assert sorted([*full, *excluded]) == list(range(len(scores)))
    assert all((-scores[a], a) < (-scores[b], b) for a, b in pairwise(full))
    found = ranks_of(scores, np.array(truth), out)
    assert found.tolist() == [full.index(place) + 1 for place in truth]
