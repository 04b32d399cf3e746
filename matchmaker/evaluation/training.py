"""The training events of a split as matrices, shared by the baselines."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy import sparse

from matchmaker.evaluation.events import Query
from matchmaker.evaluation.metrics import FloatArray
from matchmaker.evaluation.protocol import Split
from matchmaker.evaluation.terms import Matrix, count_matrix, terms, vocabulary

Label = TypeVar("Label", bound=Hashable)

BLOCK = 128
"""Queries scored at a time: enough to use the processor well, few enough to stay small."""


@dataclass(frozen=True, slots=True)
class Training:
    """Training events as matrices; rows are events in the order of the split.

    Attributes
    ----------
    split : Split
        The data set cut in time.
    members : sparse array, shape (events, candidates)
        1 where an organisation took part.
    counts : sparse array, shape (events, terms)
        How often the event's text holds a term.  A term is kept where it stands in at least two
        links, a text counting once for each of its members.
    columns : dict of str to int
        Each term's column.
    """

    split: Split
    members: Matrix
    counts: Matrix
    columns: dict[str, int]

    def asked(self, queries: Sequence[Query]) -> Matrix:
        """Return how often each query's text holds each term."""
        return count_matrix([terms(query.text) for query in queries], self.columns)


def prepare(cut: Split) -> Training:
    """Build the matrices of a split's training events.

    Parameters
    ----------
    cut : Split
        The data set cut in time.
    """
    documents = [terms(event.text) for event in cut.train]
    columns = vocabulary(
        (document, len(event.members)) for document, event in zip(documents, cut.train, strict=True)
    )
    members, _ = incidence([event.members for event in cut.train], cut.candidates)
    return Training(cut, members, count_matrix(documents, columns), columns)


def topics_of(query: Query) -> tuple[str, ...]:
    """Return the topics of a call: those published with it, and the parts of the programme."""
    return (*query.topics, *query.programmes)


def incidence(
    rows: Sequence[Iterable[Label]], labels: Iterable[Label] | None = None
) -> tuple[Matrix, dict[Label, int]]:
    """Return a matrix with 1 where a row has a label, and the column of each label.

    Parameters
    ----------
    rows : sequence of iterables
        The labels of each row; unknown ones are left out.
    labels : iterable, optional
        The columns in their order; by default all labels in the order of appearance.

    Examples
    --------
    >>> matrix, columns = incidence([["a", "b"], ["b"]])
    >>> matrix.toarray().tolist(), columns
    ([[1.0, 1.0], [0.0, 1.0]], {'a': 0, 'b': 1})
    """
    held = [list(dict.fromkeys(row)) for row in rows]
    known = labels if labels is not None else dict.fromkeys(label for row in held for label in row)
    columns = {label: column for column, label in enumerate(known)}
    places = [
        (i, columns[label]) for i, row in enumerate(held) for label in row if label in columns
    ]
    at = np.array(places, dtype=np.int64).reshape(-1, 2)
    shape = (len(held), len(columns))
    return sparse.csr_array((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=shape), columns


def scaled(
    matrix: Matrix, rows: FloatArray | None = None, columns: FloatArray | None = None
) -> Matrix:
    """Return the matrix with each row and each column multiplied by a number."""
    found = matrix.tocsr(copy=True)
    if columns is not None:
        found.data = found.data * columns[found.indices]
    if rows is not None:
        found.data = found.data * np.repeat(rows, np.diff(found.indptr))
    return found


def in_blocks(
    score: Callable[[Sequence[Query]], FloatArray], queries: Sequence[Query]
) -> Iterable[FloatArray]:
    """Yield the rows of `score`, which takes a block of queries at a time."""
    for start in range(0, len(queries), BLOCK):
        yield from score(queries[start : start + BLOCK])
