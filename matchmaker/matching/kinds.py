"""What each partner is like, in meaning: the mean of its works and of what it says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matchmaker.matching.columns import Columns
from matchmaker.matching.embedding import FloatArray
from matchmaker.matching.groups import Flags, Floats, Numbers
from matchmaker.matching.likeness import Likeness
from matchmaker.matching.works import Works

SAID_SHARE: Final = 0.5
"""What a partner says of itself, against its work, in what it is like."""
NEAREST: Final = 50
"""Number of partners with most votes of similar work that others are compared with."""


class Directions(NamedTuple):
    """Rows of length 1, one for each partner; zeros where ``known`` is False."""

    rows: FloatArray
    known: Flags

    @classmethod
    def of(cls, rows: FloatArray) -> Self:
        """Return the directions of some rows."""
        lengths: NDArray[np.float32] = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
        return cls(unit, lengths[:, 0] > 0)

    def nearness(self, vector: FloatArray | None) -> Floats:
        """Return the cosine of a vector and each row; NaN where either has no direction.

        Examples
        --------
        >>> rows = np.array([[1.0, 0.0], [0.0, 0.0]], dtype=np.float32)
        >>> Directions.of(rows).nearness(np.array([0.6, 0.8], dtype=np.float32)).round(6).tolist()
        [0.6, nan]
        """
        if vector is None or len(vector) != self.rows.shape[1]:
            return np.full(len(self.rows), np.nan)
        return np.where(self.known, (self.rows @ vector).astype(np.float64), np.nan)

    def typical(self, votes: Floats) -> FloatArray | None:
        """Return what the partners with most votes are like, each as its votes; None without any."""
        first = np.flatnonzero(votes > 0)
        if len(first) > NEAREST:
            first = first[np.argsort(-votes[first], kind="stable")[:NEAREST]]
        mean = votes[first].astype(np.float32) @ self.rows[first]
        length = float(np.linalg.norm(mean))
        return np.asarray(mean / length, dtype=np.float32) if length else None

    def replaced(self, at: Numbers, other: Directions) -> Directions:
        """Return these directions with those of some partners replaced."""
        rows, known = self.rows.copy(), self.known.copy()
        rows[at], known[at] = other
        return Directions(rows, known)


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Sentence vectors of partners.

    Attributes
    ----------
    said : array, shape (partners, dimensions)
        Mean, at length 1, of those of its own statements: profile and offers.
    done, kinds : Directions
        Of its cases; and of these with what it says of itself.
    """

    works: Works
    likeness: Likeness
    said: FloatArray
    done: Directions
    kinds: Directions

    @classmethod
    def build(
        cls, columns: Columns, works: Works, likeness: Likeness,
        matrix: FloatArray, with_vector: Numbers,
    ) -> Kinds:  # fmt: skip
        """Prepare the vectors.  O(cases x dimensions)."""
        row_of = {node: row for row, node in enumerate(with_vector.tolist())}
        kept = [(p, row_of[node]) for p, node in columns.own_statements() if node in row_of]
        partner, row = np.array(kept, dtype=np.intp).reshape(-1, 2).T
        count = len(works.partners)
        done = _sums(works.case_partner, likeness.vectors[works.case_work], count)
        said = _sums(partner, likeness.spreading.of_statements(matrix)[row], count)
        # Where nothing of one sort has a vector, its rows are as short as can be.
        wide = max(done.shape[1], said.shape[1])
        done, said = (
            rows if rows.shape[1] == wide else np.zeros((count, wide), dtype=np.float32)
            for rows in (done, said)
        )
        of_work, said = Directions.of(done), Directions.of(said).rows
        return cls(works, likeness, said, of_work, Directions.of(of_work.rows + SAID_SHARE * said))

    def without(self, cases: Sequence[int]) -> tuple[Directions, Directions]:
        """Return what the partners have done and are like without some cases, given as rows."""
        if not cases or not self.likeness.embedded.any():
            return self.done, self.kinds
        owner, vectors = self.works.case_partner, self.likeness.vectors
        partners = np.unique(owner[list(cases)])
        stay = np.ones(len(owner), dtype=bool)
        stay[list(cases)] = False
        works = [self.works.case_work[stay & (owner == partner)] for partner in partners]
        done = Directions.of(np.array([vectors[of_partner].sum(axis=0) for of_partner in works]))
        kinds = Directions.of(done.rows + SAID_SHARE * self.said[partners])
        return self.done.replaced(partners, done), self.kinds.replaced(partners, kinds)


def _sums(owner: Numbers, vectors: FloatArray, owners: int) -> FloatArray:
    """Return the sum of the vectors of each owner, in their order."""
    ones = np.ones(len(owner), dtype=np.float32)
    chosen = sp.csr_array((ones, (owner, np.arange(len(owner)))), (owners, len(owner)))
    return np.asarray(chosen @ vectors)
