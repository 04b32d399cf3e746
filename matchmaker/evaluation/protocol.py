"""The protocol: a time split, candidates, exclusion, ties and full rankings.

Everything dated before the cut may be used for training; the events from the cut until the end of
the window are asked as queries.  Candidates are all organisations with an event before the cut.

* Mode ``all``: every known true partner counts.
* Mode ``new`` (the matchmaking task): who shared an event with the seeker before the cut leaves both
  candidates and truth.

The seeker itself is never a candidate.  A query counts where at least one true partner is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

import numpy as np

from matchmaker.errors import BadRequestError
from matchmaker.evaluation.events import Dataset, Event, Query
from matchmaker.evaluation.metrics import FloatArray, IntArray, Judgement, judge

Mode: TypeAlias = Literal["new", "all"]
MODES: Final[tuple[Mode, ...]] = ("new", "all")

Method: TypeAlias = Callable[[Sequence[Query]], Iterable[FloatArray]]
"""Gives, for each query in turn, one score per candidate of the split: more is better."""
Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many queries are done and how many there are."""

_TIES: Final = 7


@dataclass(frozen=True, slots=True)
class Split:
    """A data set cut in time.

    Attributes
    ----------
    dataset : str
        Its name.
    cut, until : date
        First and last day of the window that is asked about.
    train : tuple of Event
        Events before the cut.
    queries : tuple of Query
        The events of the window, without their outcome.
    candidates : tuple of str
        All organisations with an event before the cut, in the order that settles ties: by number of
        events, then in a fixed random order.
    position : mapping of str to int
        Each candidate's position.
    popularity : array of int
        Events before the cut of each candidate.
    """

    dataset: str
    cut: date
    until: date
    train: tuple[Event, ...]
    queries: tuple[Query, ...]
    candidates: tuple[str, ...]
    position: Mapping[str, int]
    popularity: IntArray
    _truth: tuple[IntArray, ...]
    _linked: Mapping[str, IntArray]

    def excluded(self, query: Query, mode: Mode) -> IntArray:
        """Return the positions that leave the candidates: the seeker, in mode ``new`` also its own."""
        if mode == "new" and query.seeker in self._linked:
            return self._linked[query.seeker]
        own = self.position.get(query.seeker)
        return np.array([] if own is None else [own], dtype=np.int64)

    def truth_of(self, place: int, mode: Mode) -> IntArray:
        """Return the positions of the known true partners of a query, by its place, in a mode."""
        return np.setdiff1d(self._truth[place], self.excluded(self.queries[place], mode))

    def task(self, mode: Mode) -> Task:
        """Return the queries that can be answered in a mode, with what is excluded and true."""
        places, excluded, truth = [], [], []
        for place, query in enumerate(self.queries):
            out = self.excluded(query, mode)
            true = np.setdiff1d(self._truth[place], out)
            if true.size:
                places.append(place)
                excluded.append(out)
                truth.append(true)
        return Task(mode, len(self.queries), tuple(places), tuple(excluded), tuple(truth))


@dataclass(frozen=True, slots=True)
class Task:
    """The answerable queries of a split in one mode.

    ``places`` are their places among the split's queries; ``excluded`` and ``truth`` hold positions
    among the candidates, one array per answerable query.
    """

    mode: Mode
    queries: int
    places: tuple[int, ...]
    excluded: tuple[IntArray, ...]
    truth: tuple[IntArray, ...]

    @property
    def answerable(self) -> float:
        """Share of the queries with at least one known true partner."""
        return len(self.places) / self.queries if self.queries else 0.0


def split(dataset: Dataset, cut: date, until: date) -> Split:
    """Cut a data set in time.

    Parameters
    ----------
    dataset : Dataset
        All events.
    cut, until : date
        Train on events before `cut`; ask about those from `cut` to `until`, both days included.

    Raises
    ------
    BadRequestError
        If `until` is before `cut`, or nothing happened before the cut.
    """
    if until < cut:
        raise BadRequestError("until", f"{until} is before the cut, {cut}.")
    train = tuple(event.before(cut) for event in dataset.events if event.date < cut)
    if not train:
        raise BadRequestError("cut", f"{dataset.name} has no event before {cut}.")
    asked = [event for event in dataset.events if cut <= event.date <= until]
    counts = Counter(member for event in train for member in event.members)
    names = sorted(counts)
    order = np.random.default_rng(_TIES).permutation(len(names))
    candidates = tuple(names[i] for i in sorted(order, key=lambda i: -counts[names[i]]))
    position = {name: i for i, name in enumerate(candidates)}
    truths = (sorted({position[p] for p in e.partners if p in position}) for e in asked)
    return Split(
        dataset=dataset.name,
        cut=cut,
        until=until,
        train=train,
        queries=tuple(event.query for event in asked),
        candidates=candidates,
        position=position,
        popularity=np.array([counts[name] for name in candidates], dtype=np.int64),
        _truth=tuple(np.array(truth, dtype=np.int64) for truth in truths),
        _linked=_linked(train, position, {event.seeker for event in asked}),
    )


def _linked(
    train: Sequence[Event], position: Mapping[str, int], seekers: set[str]
) -> dict[str, IntArray]:
    """Return, for each seeker, itself and all who shared an event with it, by position."""
    met: dict[str, set[int]] = {seeker: set() for seeker in seekers}
    for event in train:
        together = {position[member] for member in event.members}
        for each in {event.seeker, *event.partners} & seekers:
            met[each] |= together
    return {seeker: np.array(sorted(found), dtype=np.int64) for seeker, found in met.items()}


def one_by_one(score: Callable[[Query], FloatArray]) -> Method:
    """Make a method of a function that scores one query at a time."""

    def method(queries: Sequence[Query]) -> Iterator[FloatArray]:
        return map(score, queries)

    return method


def evaluate(
    cut: Split,
    method: Method,
    modes: Sequence[Mode] = MODES,
    progress: Progress | None = None,
) -> dict[Mode, Judgement]:
    """Judge a method on a split.

    Each query is scored once for all modes.

    Parameters
    ----------
    cut : Split
        The data set cut in time.
    method : Method
        What ranks.
    modes : sequence of Mode
        Modes to judge in.
    progress : callable, optional
        Told the number of queries done, and of all, after each.

    Returns
    -------
    dict of Mode to Judgement
        In the order of the answerable queries of each mode's task.

    Raises
    ------
    ValueError
        If the method does not give one finite score per candidate and query.

    Notes
    -----
    The rank of each true partner is counted, not sorted: O(candidates) per true partner.
    """
    judging = Judging(cut, modes)
    for place, scores in enumerate(_checked(cut, method)):
        judging.add(place, scores)
        if progress:
            progress(place + 1, len(cut.queries))
    return judging.judgements()


class Judging:
    """Collects where the true partners of a split's queries rank, mode by mode.

    Parameters
    ----------
    cut : Split
        The data set cut in time.
    modes : sequence of Mode
        Modes to judge in.
    """

    def __init__(self, cut: Split, modes: Sequence[Mode] = MODES) -> None:
        tasks = {mode: cut.task(mode) for mode in modes}
        self._asked = {
            mode: dict(zip(task.places, zip(task.truth, task.excluded, strict=True), strict=True))
            for mode, task in tasks.items()
        }
        self._ranks: dict[Mode, list[IntArray]] = {mode: [] for mode in modes}

    def add(self, place: int, scores: FloatArray) -> None:
        """Rank the candidates of the query at a place; in their order, once for each query."""
        for mode, asked in self._asked.items():
            if place in asked:
                self._ranks[mode].append(ranks_of(scores, *asked[place]))

    def judgements(self) -> dict[Mode, Judgement]:
        """Return what the rankings come to."""
        return {mode: judge(found) for mode, found in self._ranks.items()}


def _checked(cut: Split, method: Method) -> Iterator[FloatArray]:
    for scores in zip(cut.queries, method(cut.queries), strict=True):
        row = np.asarray(scores[1], dtype=np.float64)
        if row.shape != (len(cut.candidates),) or not np.isfinite(row).all():
            raise ValueError(f"query {scores[0].id}: one finite score per candidate is needed")
        yield row


def ranks_of(scores: FloatArray, truth: IntArray, excluded: IntArray) -> IntArray:
    """Return the rank of each true partner among the candidates that are left.

    Candidates stand in the order that settles ties, so of two with the same score the one that comes
    first ranks first.

    Parameters
    ----------
    scores : array of float
        One per candidate.
    truth, excluded : array of int
        Positions; no position may be in both.

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.array([0.5, 0.9, 0.5, 0.7])
    >>> ranks_of(scores, np.array([0, 2]), np.array([1]))
    array([2, 3])
    """
    ranks = np.empty(truth.size, dtype=np.int64)
    left_out = scores[excluded]
    for i, place in enumerate(truth):
        own = scores[place]
        before = np.count_nonzero(scores > own) + np.count_nonzero(scores[:place] == own)
        gone = np.count_nonzero(left_out > own)
        gone += np.count_nonzero((left_out == own) & (excluded < place))
        ranks[i] = before - gone + 1
    return ranks


def ranking(scores: FloatArray, excluded: IntArray) -> IntArray:
    """Return the positions of all candidates that are left, best first.

    Examples
    --------
    >>> import numpy as np
    >>> ranking(np.array([0.5, 0.9, 0.5, 0.7]), np.array([3]))
    array([1, 0, 2])
    """
    order = np.argsort(-scores, kind="stable")
    return order[~np.isin(order, excluded)]
