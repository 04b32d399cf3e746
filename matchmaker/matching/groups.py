"""Columns whose entries come in groups, and what is largest in each."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Numbers = NDArray[np.intp]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Entries that belong to owners, in the order of their owners' numbers.

    Attributes
    ----------
    count : int
        Number of owners, with entries or without.
    owner : array of int, shape (entries,)
        The owner of each entry.
    owning, starts : arrays of int
        The owners that have entries, and where those begin.
    """

    count: int
    owner: Numbers
    owning: Numbers
    starts: Numbers

    @classmethod
    def build(cls, owner: Sequence[int], count: int) -> Groups:
        """Prepare entries for questions; ``owner`` must not fall."""
        column = np.array(owner, dtype=np.intp)
        owning, starts = np.unique(column, return_index=True)
        return cls(count, column, owning, starts)

    def largest(self, values: Floats) -> Floats:
        """Return the largest known value of each owner; NaN for one without any.

        Parameters
        ----------
        values : array, shape (..., entries)
            NaN is unknown.

        Examples
        --------
        >>> Groups.build([0, 0, 2, 3], 4).largest(np.array([0.5, 0.25, 1.0, np.nan])).tolist()
        [0.5, nan, 1.0, nan]
        """
        found = np.full((*values.shape[:-1], self.count), np.nan)
        if len(self.starts):
            found[..., self.owning] = np.fmax.reduceat(values, self.starts, axis=-1)
        return found


def with_data(pattern: sp.csr_array, data: Floats) -> sp.csr_array:
    """Return a matrix with the same pattern and other values; the pattern is shared.

    Examples
    --------
    >>> with_data(sp.csr_array([[0.0, 1.0], [2.0, 0.0]]), np.array([3.0, 4.0])).toarray().tolist()
    [[0.0, 3.0], [4.0, 0.0]]
    """
    other = copy(pattern)
    other.data = data
    return other
