"""Spread sentence vectors out where a large body of work crowds them together.

Thousands of works of one kind ("supply and delivery of ...") lie close together in a general model of
language: what they share drowns what tells them apart.  With enough works to measure it, directions
in which they vary much are shortened, part of the way to equal spread.  Small networks are left as
they are: too few works would say nothing about the directions.

References
----------
Huang, J., et al. (2021). WhiteningBERT: an easy unsupervised sentence embedding approach. Findings of
EMNLP 2021.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.embedding import FloatArray

FEWEST: Final = 1000
"""Works with a vector below which nothing is spread."""
POWER: Final = 0.25
"""Exponent of the variances that directions are divided by: 0 leaves them, 1/2 makes them equal."""
FLOOR: Final = 0.1
"""Share of the mean variance that is added to each, so that noise is not blown up."""


@dataclass(frozen=True, slots=True, eq=False)
class Spreading:
    """A linear map of sentence vectors, measured on the works of one snapshot.

    ``directions`` has one column for each direction of the works, already shortened; ``centre`` is the
    works' mean.  Both are None where there are too few works.
    """

    centre: FloatArray | None
    directions: FloatArray | None

    @classmethod
    def measured(cls, vectors: FloatArray) -> Self:
        """Measure the map on the works' vectors, shape (works, dimensions).

        O(works x dimensions² + dimensions³).
        """
        if len(vectors) < FEWEST:
            return cls(None, None)
        centre = vectors.mean(axis=0)
        moved = (vectors - centre).astype(np.float64)
        variances, axes = np.linalg.eigh(moved.T @ moved / len(moved))
        shortened = (variances + FLOOR * variances.mean()) ** -POWER
        return cls(centre, (axes * shortened).astype(np.float32))

    def of_work(self, vectors: FloatArray) -> FloatArray:
        """Return vectors of works or needs, spread and at length 1."""
        return self._spread(vectors, self.centre)

    def of_statements(self, vectors: FloatArray) -> FloatArray:
        """Return vectors of what partners say of themselves, spread around their own mean."""
        few = self.centre is None or not len(vectors)
        return self._spread(vectors, None if few else vectors.mean(axis=0))

    def _spread(self, vectors: FloatArray, centre: FloatArray | None) -> FloatArray:
        if centre is None or self.directions is None:
            return vectors
        found = (vectors - centre) @ self.directions
        lengths: NDArray[np.float32] = np.linalg.norm(found, axis=-1, keepdims=True)
        return np.divide(found, lengths, out=np.zeros_like(found), where=lengths > 0)
