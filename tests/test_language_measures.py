"""The measures of the text methods: right candidates, fair ranks, and a document that is up to date."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.language_reference import groups
from benchmarks.languages import Task, balanced, lexical, once
from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import in_capitals

DOCUMENT = Path(__file__).parent.parent / "docs" / "languages.md"


@pytest.fixture(scope="module")
def task() -> Task:
    """Return the task as it is measured."""
    return Task()


def test_every_offer_of_the_seeds_stands_among_the_candidates(
    task: Task, seed_snapshot: Snapshot
) -> None:
    offers, needs = (seed_snapshot.of_type(kind).values() for kind in ("offer", "need"))
    assert task.crowds == (18, 18 + len(offers), 18 + len(offers) + len(needs))
    for kind, part in (
        (offers, task.candidates[18 : task.offers]),
        (needs, task.candidates[task.offers :]),
    ):
        assert sorted(part) == sorted(f"{e.text('title')}. {e.text('description')}" for e in kind)


def test_each_language_has_as_many_pairs_in_both_halves(task: Task) -> None:
    assert len(task.languages) == 10
    for language in task.languages:
        mine = task.language == language
        assert (mine.sum(), (mine & task.test).sum()) == (12, 6)


def test_candidates_of_equal_value_stand_before_the_right_one(task: Task) -> None:
    everyone = np.ones(len(task.needs), dtype=bool)
    scores = np.zeros((len(task.needs), len(task.candidates)))
    assert task.ranks(scores, task.offers).tolist() == [task.offers] * len(task.needs)
    assert task.auc(scores, everyone) == 0.5
    scores[np.arange(len(task.needs)), task.right] = 1
    assert task.measures(scores, task.offers, everyone) == (1, 1)
    assert task.auc(scores, everyone) == 1


def test_no_text_of_the_measure_is_in_capitals(task: Task) -> None:
    """So that lower-casing such texts leaves every figure of the document but one table as it was."""
    texts = [*task.needs, *task.candidates]
    texts += [text for half in ("fit", "test") for group in groups(half).values() for text in group]
    assert not [text for text in texts if in_capitals(text)]


def test_what_all_needs_of_a_subject_share_is_no_mark_of_a_language() -> None:
    seen: list[str] = []

    def encode(texts: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        seen.extend(texts)
        return np.ones((len(texts), 3))

    remembered = once(encode)
    means = balanced(remembered, "fit")
    assert np.allclose(means, means[0])
    assert len(seen) == len(set(seen))


def test_the_document_tells_what_words_alone_find_as_it_is_measured_now(task: Task) -> None:
    text = DOCUMENT.read_text("utf-8")
    scores = lexical(task)
    assert task.line("words", scores) in text
    for language in task.languages:
        top, mrr = task.measures(scores, task.offers, task.language == language)
        assert f"| {language} | 12 | {top:.2f} {mrr:.2f} |" in text
