"""What each partner is like, in meaning: the mean of its works, and of these with its own statements."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.columns import Columns
from matchmaker.matching.embedding import FloatArray
from matchmaker.matching.likeness import Likeness
from matchmaker.matching.works import Floats, Numbers, Works

SAID_SHARE: Final = 0.5
"""What a partner says of itself, against its work, in what it is like."""
NEAREST: Final = 50
"""Number of partners with most votes of similar work that others are compared with."""


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Sentence vectors of partners.

    Attributes
    ----------
    done : array, shape (partners, dimensions)
        Sum of the vectors of each partner's cases.
    said : array, shape (partners, dimensions)
        Mean, at length 1, of those of its own statements: profile and offers.
    """

    works: Works
    likeness: Likeness
    done: FloatArray
    said: FloatArray
    _done: FloatArray
    _kinds: FloatArray

    @classmethod
    def build(
        cls, columns: Columns, works: Works, likeness: Likeness,
        matrix: FloatArray, with_vector: Numbers,
    ) -> Kinds:  # fmt: skip
        """Prepare the vectors.  O(cases x dimensions)."""
        wide = max(likeness.vectors.shape[1], matrix.shape[1])
        done = np.zeros((len(works.partners), wide), dtype=np.float32)
        if likeness.embedded.any():
            np.add.at(done, works.case_partner, likeness.vectors[works.case_work])
        said = np.zeros_like(done)
        row_of = {int(node): row for row, node in enumerate(with_vector)}
        own = columns.own_statements()
        kept = [(partner, row_of[node]) for partner, node in own if node in row_of]
        if kept:
            partner, row = np.array(kept, dtype=np.intp).T
            np.add.at(said, partner, matrix[row])
        said, unit = _unit(said), _unit(done)
        return cls(works, likeness, done, said, unit, _unit(unit + SAID_SHARE * said))

    def without(self, cases: Collection[str]) -> tuple[FloatArray, FloatArray]:
        """Return what the partners have done and are like without some cases, at length 1."""
        rows = [self.works.row[case] for case in cases if case in self.works.row]
        if not rows:
            return self._done, self._kinds
        done, kinds = self._done.copy(), self._kinds.copy()
        partners = np.unique(self.works.case_partner[rows])
        sums = self.done.copy()
        if self.likeness.embedded.any():
            left = self.likeness.vectors[self.works.case_work[rows]]
            np.subtract.at(sums, self.works.case_partner[rows], left)
        done[partners] = _unit(sums[partners])
        kinds[partners] = _unit(done[partners] + SAID_SHARE * self.said[partners])
        return done, kinds


def nearness(kinds: FloatArray, vector: FloatArray | None) -> Floats:
    """Return the cosine of a vector and each row of unit length; NaN for rows without direction.

    Examples
    --------
    >>> rows = np.array([[1.0, 0.0], [0.0, 0.0]], dtype=np.float32)
    >>> nearness(rows, np.array([0.6, 0.8], dtype=np.float32)).round(6).tolist()
    [0.6, nan]
    """
    if vector is None or len(vector) != kinds.shape[1]:
        return np.full(len(kinds), np.nan)
    return np.where(kinds.any(axis=1), (kinds @ vector).astype(np.float64), np.nan)


def typical(kinds: FloatArray, votes: Floats) -> FloatArray | None:
    """Return what the partners with most votes are like, each as its votes; None without any."""
    first = np.argsort(-votes, kind="stable")[:NEAREST]
    first = first[votes[first] > 0]
    if not len(first):
        return None
    mean = votes[first].astype(np.float32) @ kinds[first]
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length, dtype=np.float32) if length else None


def _unit(rows: FloatArray) -> FloatArray:
    lengths: NDArray[np.float32] = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
