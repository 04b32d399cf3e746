"""The product's own matching as a method of the protocol: the same questions, scores and weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matchmaker.evaluation.events import Dataset, Query
from matchmaker.evaluation.mapping import Mapped, map_split
from matchmaker.evaluation.metrics import TOP, FloatArray, IntArray, Judgement
from matchmaker.evaluation.protocol import (
    MODES,
    Judging,
    Mode,
    Progress,
    Split,
    split,
)
from matchmaker.matching.calibration import Tally
from matchmaker.matching.embedding import FloatArray as Vector
from matchmaker.matching.index import Index
from matchmaker.matching.learning import Outcome, learn
from matchmaker.matching.models import STATED_MODEL, Model, bands_of
from matchmaker.matching.question import Question
from matchmaker.matching.scoring import SIDES, STATED, Weights, fits_of_columns
from matchmaker.schema import Schema

WINDOWS: Final = 4
"""Windows before the cut, of the length of the one asked about, that weights are learned from."""
POOL: Final = 200
"""Candidates of each past question, of the best stated scores, that its truth is set against."""
LISTED: Final = 20
"""Pairs that a list shows; calibration speaks of these."""
LEAST_HISTORY: Final = 0.5
"""Share of the events before the cut that must lie before a window for it to be learned from.

What weighs how much depends on how much is known: a window asked on a thin history would mislead."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A split loaded into the product.

    ``rows`` gives, for each of the split's candidates, its row among the index's supplies.
    """

    split: Split
    mapped: Mapped
    index: Index
    rows: IntArray

    @classmethod
    def load(cls, cut: Split, schema: Schema, vectors: Mapping[str, Vector]) -> Asked:
        """Map a split and prepare its graph for matching."""
        mapped = map_split(cut)
        index = Index.build(mapped.snapshot(schema, cut.cut), vectors)
        rows = [index.columns.row[partner] for partner in mapped.partner_of]
        return cls(cut, mapped, index, np.array(rows, dtype=np.int64))

    def question(self, query: Query) -> Question:
        """Return the question that a query's need puts."""
        need = self.index.profiles.needs[self.mapped.need_of[query.id]]
        return Question(self.index, need)


def leave_out(weights: Weights, feature: str) -> Weights:
    """Return weights in which a feature weighs nothing."""
    city, partner = (
        {name: 0.0 if name == feature else w for name, w in weights.of(side).items()}
        for side in SIDES
    )
    return replace(weights, city=city, partner=partner)


def windows(cut: date, until: date, first: date) -> list[tuple[date, date]]:
    """Return the windows before the cut to learn from, the latest first.

    Each is as long as the one asked about and ends the day before the next begins; none begins before
    ``first``.

    Examples
    --------
    >>> windows(date(2023, 7, 1), date(2023, 12, 31), date(2022, 9, 1))
    [(datetime.date(2022, 12, 29), datetime.date(2023, 6, 30))]
    """
    length = until - cut + timedelta(days=1)
    found = []
    for _ in range(WINDOWS):
        cut, until = cut - length, cut - timedelta(days=1)
        if cut < first:
            break
        found.append((cut, until))
    return found


def past_outcomes(
    cut: Split,
    schema: Schema,
    vectors: Mapping[str, Vector],
    helpers: Executor,
    progress: Progress | None = None,
) -> dict[Mode, list[Outcome]]:
    """Ask earlier windows of a split's training events, and return what came of their queries.

    Each window is asked on the graph as it stood before it, as the window after the cut is.

    Parameters
    ----------
    helpers : Executor
        Who asks: a window is a task, and the result is the same whoever does it.
    progress : callable, optional
        Told the number of past questions asked, and of all.
    """
    history = Dataset(cut.dataset, cut.train)
    days = sorted(event.date for event in cut.train)
    first = days[int(LEAST_HISTORY * (len(days) - 1))]
    asked = [split(history, *window) for window in windows(cut.cut, cut.until, first)]
    total, done = sum(len(each.queries) for each in asked), 0
    outcomes: dict[Mode, list[Outcome]] = {mode: [] for mode in MODES}
    waiting = [helpers.submit(_window, each, schema, vectors) for each in asked]
    for each, found in zip(asked, waiting, strict=True):
        for mode, outcome in found.result():
            outcomes[mode].append(outcome)
        done += len(each.queries)
        if progress:
            progress(done, total)
    return outcomes


def learn_from(cut: Split, outcomes: Mapping[Mode, Sequence[Outcome]]) -> Model:
    """Learn a ranking model from the past outcomes of a split; the stated one from too few."""
    every = [outcome for of_mode in outcomes.values() for outcome in of_mode]
    learned = learn(every, STATED)
    if learned.weights == STATED:
        return STATED_MODEL
    steps = calibrate(outcomes["all"], learned.weights).steps()
    origin = (
        f"fitted to {learned.outcomes} past outcomes of {cut.dataset} before {cut.cut}, shrunk "
        f"towards the stated priors"
    )
    version = f"{cut.dataset}-{cut.cut}"
    return Model(
        "learned", version, origin, learned.weights, bands_of(steps), steps, learned.outcomes
    )


def _window(
    cut: Split, schema: Schema, vectors: Mapping[str, Vector]
) -> list[tuple[Mode, Outcome]]:
    loaded = Asked.load(cut, schema, vectors)
    return [
        found
        for place, query in enumerate(cut.queries)
        for found in _outcomes(loaded, place, query)
    ]


def calibrate(outcomes: Iterable[Outcome], weights: Weights) -> Tally:
    """Count how often listed pairs of a score came about; a list has LISTED pairs."""
    tally = Tally()
    for outcome in outcomes:
        columns = {
            side: dict(zip(weights.of(side), values.T.astype(np.float64), strict=True))
            for side, values in outcome.values.items()
        }
        tally_list(tally, fits_of_columns(columns, weights).score, outcome.true)
    return tally


def tally_list(tally: Tally, scores: FloatArray, true: NDArray[np.bool_]) -> None:
    """Count the pairs that a list of the best LISTED would show."""
    size = min(LISTED, len(scores))
    shown = np.argpartition(-scores, size - 1)[:size]
    tally.add(scores[shown], true[shown])


def _outcomes(asked: Asked, place: int, query: Query) -> Iterator[tuple[Mode, Outcome]]:
    """Yield what came of a past query in each mode in which it has an answer."""
    pools = []
    for mode in MODES:
        true, out = asked.split.truth_of(place, mode), asked.split.excluded(query, mode)
        if true.size:
            pools.append((mode, true, out))
    if not pools:
        return
    question = asked.question(query)
    scores = question.scores.score[asked.rows]
    columns = {
        side: np.array(
            [question.columns[side][name] for name in STATED.of(side)], dtype=np.float32
        )[:, asked.rows]
        for side in SIDES
    }
    for mode, true, out in pools:
        left = scores.copy()
        left[out] = -np.inf
        size = min(POOL, len(left) - len(out))
        pool = np.union1d(np.argpartition(-left, size - 1)[:size], true)
        of_pool = {side: columns[side][:, pool].T for side in SIDES}
        yield mode, Outcome(of_pool, np.isin(pool, true))


@dataclass(slots=True)
class Findings:
    """What one pass over the queries of a split tells about several sets of weights.

    Attributes
    ----------
    judgements : dict of str to dict of Mode to Judgement
        For each set of weights.
    known : dict of str to float
        Share of the pairs for which each feature is known.
    tally : Tally
        Scores of listed pairs by the first set of weights, and which came about, in mode ``all``.
    top : dict of str to tuple of str
        The first ten partners of each query by the first set of weights, as the service lists them.
    """

    judgements: dict[str, dict[Mode, Judgement]]
    known: dict[str, float]
    tally: Tally
    top: dict[str, tuple[str, ...]]


def judge_weights(
    asked: Asked, sets: Mapping[str, Weights], progress: Progress | None = None
) -> Findings:
    """Judge sets of weights on a split; features are computed once for all of them.

    Parameters
    ----------
    sets : mapping of str to Weights
        By name; the first is the model, the others may leave features out.
    """
    cut = asked.split
    judging = {name: Judging(cut) for name in sets}
    model, tally = next(iter(sets)), Tally()
    top: dict[str, tuple[str, ...]] = {}
    known: dict[str, float] = defaultdict(float)
    for place, query in enumerate(cut.queries):
        columns = asked.question(query).columns
        # A feature that speaks for both sides is known for both or for neither.
        for feature, values in {**columns["city"], **columns["partner"]}.items():
            known[feature] += float((~np.isnan(values)).mean())
        for name, weights in sets.items():
            scores = fits_of_columns(columns, weights).score
            judging[name].add(place, scores[asked.rows])
            if name == model:
                _keep(asked, place, query, scores, tally, top)
        if progress:
            progress(place + 1, len(cut.queries))
    count = max(1, len(cut.queries))
    return Findings(
        {name: of_set.judgements() for name, of_set in judging.items()},
        {feature: share / count for feature, share in known.items()},
        tally,
        top,
    )


def _keep(
    asked: Asked, place: int, query: Query, scores: FloatArray, tally: Tally,
    top: dict[str, tuple[str, ...]],
) -> None:  # fmt: skip
    """Note what the model lists for a query; ``scores`` are those of the index's supplies."""
    cut = asked.split
    true = np.zeros(len(asked.rows), dtype=bool)
    true[cut.truth_of(place, "all")] = True
    if true.any():
        left = scores[asked.rows]
        left[cut.excluded(query, "all")] = 0.0
        tally_list(tally, left, true)
    # As the service lists them: nobody is left out, and equal scores stand in order of identifier.
    best = np.argsort(-scores, kind="stable")[:TOP].tolist()
    top[query.id] = tuple(asked.index.columns.supplies[row].id for row in best)
