"""Baselines that compare texts: TF-IDF and BM25 over partner profiles, BM25 over past events.

A partner's profile is all texts of its past events, one after the other.  Terms count where they are
in at least two profiles.

References
----------
.. [1] S. Robertson, H. Zaragoza (2009). The Probabilistic Relevance Framework: BM25 and Beyond.
   Foundations and Trends in Information Retrieval 3(4), 333-389.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np

from matchmaker.evaluation.events import Query
from matchmaker.evaluation.metrics import FloatArray, IntArray
from matchmaker.evaluation.protocol import Method
from matchmaker.evaluation.terms import Matrix
from matchmaker.evaluation.training import Training, in_blocks, scaled

K1: Final = 1.2
B: Final = 0.75
NEIGHBOURS: Final = 50


def rarity(counts: Matrix, floor: bool = True) -> FloatArray:
    """Return the weight of each term: log((N - n + 0.5) / (n + 0.5)).

    Parameters
    ----------
    counts : sparse array, shape (documents, terms)
        Where n of N documents hold the term.
    floor : bool
        Whether terms in more than half of the documents weigh nothing (Robertson's form); otherwise 1
        is added inside the logarithm, so that no weight is negative (Lucene's form).
    """
    documents = counts.shape[0]
    holding = np.bincount(counts.indices, minlength=counts.shape[1]).astype(np.float64)
    odds = (documents - holding + 0.5) / (holding + 0.5)
    return np.maximum(np.log(odds), 0.0) if floor else np.log1p(odds)


def bm25(counts: Matrix) -> Matrix:
    """Return what each term adds to the score of each document that holds it.

    Length is the number of terms kept; see :func:`rarity` for the weights.
    """
    length = np.asarray(counts.sum(axis=1)).ravel()
    mean = length.mean() or 1.0
    norm = np.repeat(K1 * (1 - B + B * length / mean), np.diff(counts.indptr))
    found = counts.copy()
    found.data = counts.data * (K1 + 1) / (counts.data + norm)
    return scaled(found, columns=rarity(counts))


def bm25_profile(training: Training) -> Method:
    """Return BM25 of the query's terms, each counted once, over the partner profiles."""
    profiles = (training.members.T @ training.counts).tocsr()
    kept = _in_two(profiles)
    index = bm25(profiles[:, kept]).T.tocsr()

    def score(queries: Sequence[Query]) -> FloatArray:
        return np.asarray((training.asked(queries)[:, kept].sign() @ index).toarray())

    return partial(in_blocks, score)


def tfidf_profile(training: Training) -> Method:
    """Return the cosine of the query and the partner profiles in TF-IDF.

    A term weighs its count times log((1 + N) / (1 + n)) + 1 over the N events; every event is brought
    to length 1 before a partner's are added up, so that long texts do not drown short ones.
    """
    kept = _in_two((training.members.T @ training.counts).tocsr())
    counts = training.counts[:, kept]
    holding = np.bincount(counts.indices, minlength=counts.shape[1])
    weights = np.log((1.0 + counts.shape[0]) / (1.0 + holding)) + 1.0
    events = _unit(scaled(counts, columns=weights))
    index = _unit((training.members.T @ events).tocsr()).T.tocsr()

    def score(queries: Sequence[Query]) -> FloatArray:
        asked = _unit(scaled(training.asked(queries)[:, kept], columns=weights))
        return np.asarray((asked @ index).toarray())

    return partial(in_blocks, score)


def bm25_knn(training: Training) -> Method:
    """Return votes of the 50 past events most similar by BM25: each gives its score to its members.

    Of events equally similar the later ones are taken.
    """
    index = bm25(training.counts).T.tocsr()

    def score(queries: Sequence[Query]) -> FloatArray:
        similar = (training.asked(queries).sign() @ index).toarray()
        votes = np.zeros_like(similar)
        for row, scores in enumerate(similar):
            latest_first = scores[::-1]
            chosen = len(scores) - 1 - np.argsort(-latest_first, kind="stable")[:NEIGHBOURS]
            votes[row, chosen] = scores[chosen]
        return np.asarray(votes @ training.members)

    return partial(in_blocks, score)


def _in_two(profiles: Matrix) -> IntArray:
    """Return the columns of the terms that at least two profiles hold."""
    return np.flatnonzero(np.bincount(profiles.indices, minlength=profiles.shape[1]) >= 2)


def _unit(matrix: Matrix) -> Matrix:
    """Return the matrix with rows of length 1; empty rows stay empty."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return scaled(matrix, rows=np.divide(1.0, length, out=np.zeros_like(length), where=length > 0))
