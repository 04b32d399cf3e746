"""How like two needs are: subjects, wording and meaning, kinds of support sought.

The comparisons are those that matching makes between a need and a supply, made between needs, with
the weights that matching states for them.  What a need does not tell is unknown, not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.embedding import FloatArray, relatedness_many
from matchmaker.matching.groups import Flags, Floats
from matchmaker.matching.lexical import LexicalIndex, text_values
from matchmaker.matching.profiles import NeedProfile
from matchmaker.matching.scoring import STATED
from matchmaker.topics import TopicScheme

PARTS: Final = ("topics", "text", "support")
"""What is compared, in the order of documents."""
WEIGHTS: Final = {name: STATED.city[name] for name in PARTS}
"""The stated weights of the same comparisons for a city."""
_ONE: Final = np.ones(1, dtype=np.float32)
DIGITS: Final = 6
"""Decimals that likeness is rounded to, so that no rounding of the machine decides."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like two needs are; a part is None where one of them does not tell."""

    value: float
    topics: float | None
    text: float | None
    support: float | None


@dataclass(frozen=True, slots=True, eq=False)
class NeedLikeness:
    """Needs in order of identifier, prepared to be compared with one another.

    Attributes
    ----------
    needs : tuple of NeedProfile
        In order of identifier, whatever order they came in.
    wording : array of float32, shape (needs, needs)
        Share of the words of each need (row) found in each other one (column), by BM25.
    vectors, known : arrays
        Sentence vectors, and whether a need has one.
    stated, nearest : arrays, shape (needs, topics)
        Each need's share in each topic, and how near its nearest topic is to each.
    sought : array, shape (needs, kinds of support)
        1 where a kind is sought.
    """

    needs: tuple[NeedProfile, ...]
    wording: NDArray[np.float32]
    vectors: FloatArray
    known: Flags
    stated: Floats
    nearest: Floats
    sought: Floats

    @classmethod
    def build(
        cls, needs: Iterable[NeedProfile], scheme: TopicScheme,
        vector: Callable[[str], FloatArray | None],
    ) -> Self:  # fmt: skip
        """Prepare some needs.

        Parameters
        ----------
        vector : callable
            Returns the stored vector of a text, None without one.

        Notes
        -----
        O(needs² · words of a need) in compiled code, and four bytes for each pair of needs.
        """
        ordered = tuple(sorted(needs, key=lambda need: need.id))
        count = len(ordered)
        said = LexicalIndex({need.id: need.text for need in ordered})
        wording = np.zeros((count, count), dtype=np.float32)
        for row, need in enumerate(ordered):
            wording[row] = said.values(need.text)
        found = [vector(need.text) for need in ordered]
        known = np.array([one is not None for one in found], dtype=bool)
        held = [one for one in found if one is not None]
        vectors = np.zeros((count, len(held[0]) if held else 1), dtype=np.float32)
        if held:
            vectors[known] = np.stack(held)
        topics = {name: n for n, name in enumerate(sorted({t for o in ordered for t in o.topics}))}
        stated, nearest = np.zeros((count, len(topics))), np.zeros((count, len(topics)))
        for row, need in enumerate(ordered):
            for topic in need.topics:
                stated[row, topics[topic]] += 1.0 / len(need.topics)
                for other, value in scheme.near(topic).items():
                    if (column := topics.get(other)) is not None:
                        nearest[row, column] = max(nearest[row, column], value)
        kinds = {name: n for n, name in enumerate(sorted({k for o in ordered for k in o.support}))}
        sought = np.zeros((count, len(kinds)))
        for row, need in enumerate(ordered):
            sought[row, [kinds[kind] for kind in need.support]] = 1.0
        return cls(ordered, wording, vectors, known, stated, nearest, sought)

    def __len__(self) -> int:
        """Return the number of needs."""
        return len(self.needs)

    def rows(self, start: int, stop: int) -> Floats:
        """Return about how like some needs are to each one, to be looked at closely where it is much.

        Products of matrices may differ in their last bits with the size of a block; what is told comes
        from :meth:`table` and :meth:`between`.

        Notes
        -----
        O((stop - start) · needs · (dimensions + topics)) in compiled code.
        """
        block = slice(start, stop)
        cosines = self.vectors[block] @ self.vectors.T
        near = relatedness_many(_ONE, cosines.reshape(-1, 1)).reshape(cosines.shape)
        meaning = np.where(np.outer(self.known[block], self.known), near, np.nan)
        there = text_values(self.wording[block].astype(np.float64), meaning)
        back = text_values(self.wording[:, block].T.astype(np.float64), meaning)
        topics = self.stated[block] @ self.nearest.T + self.nearest[block] @ self.stated.T
        both = self.sought[block] @ self.sought.T
        count = self.sought.sum(axis=1)
        return self._combined({
            "topics": _where_told(topics / 2, self.stated, block),
            "text": (there + back) / 2,
            "support": _where_told(
                both / np.maximum(count[block, np.newaxis] + count - both, 1.0), self.sought, block
            ),
        })  # fmt: skip

    def can_be_joined(self, start: int, stop: int) -> Flags:
        """Tell which needs are of another city than some needs and state a topic that they state.

        Where one of two states no topic, that is not asked.
        """
        block = slice(start, stop)
        states = (self.stated > 0).astype(np.float64)
        common = _where_told(states[block] @ states.T, self.stated, block) != 0  # NaN too
        cities = np.array([need.city.id for need in self.needs])
        return np.asarray(common & (cities[block, np.newaxis] != cities))

    def exactly(self, need: int, others: list[int]) -> Floats:
        """Return how like a need is to some others, all given by their places."""
        return self._combined(self._columns(need, others))

    def table(self, needs: list[int]) -> Floats:
        """Return how like each two of some needs, given by their places, are; 0 on the diagonal.

        O(needs² · (dimensions + topics)) of these needs, in compiled code.
        """
        found = np.stack([self.exactly(need, needs) for need in needs])
        np.fill_diagonal(found, 0.0)
        return found

    def between(self, one: int, other: int) -> Likeness:
        """Return how like two needs are, given by their places, with the parts."""
        columns = self._columns(one, [other])
        parts = {name: _known(float(column[0])) for name, column in columns.items()}
        return Likeness(float(self._combined(columns)[0]), **parts)

    def _columns(self, need: int, of: list[int]) -> dict[str, Floats]:
        """Return each part of a need's likeness to some others; NaN is unknown."""
        meaning = relatedness_many(self.vectors[need], self.vectors[of])
        meaning = np.where(self.known[of] & self.known[need], meaning, np.nan)
        there = text_values(self.wording[need, of].astype(np.float64), meaning)
        back = text_values(self.wording[of, need].astype(np.float64), meaning)
        # Sums of products, not matrix products: these may differ in the last bit with the shape.
        ways = (
            (self.nearest[of] * self.stated[need]).sum(axis=1),
            (self.stated[of] * self.nearest[need]).sum(axis=1),
        )
        tells = self.stated[of].any(axis=1) & self.stated[need].any()
        topics = np.where(tells, (ways[0] + ways[1]) / 2, np.nan)
        both = (self.sought[of] * self.sought[need]).sum(axis=1)
        either = self.sought[of].sum(axis=1) + self.sought[need].sum() - both
        seeks: Flags = np.asarray(self.sought[of].any(axis=1) & self.sought[need].any())
        support = np.full(len(both), np.nan)
        np.divide(both, either, out=support, where=seeks)
        return {"topics": topics, "text": (there + back) / 2, "support": support}

    @staticmethod
    def _combined(columns: dict[str, Floats]) -> Floats:
        total, weight = np.zeros_like(columns["text"]), np.zeros_like(columns["text"])
        for name, column in columns.items():
            tells = ~np.isnan(column)
            total += np.where(tells, WEIGHTS[name] * column, 0.0)
            weight += WEIGHTS[name] * tells
        return np.round(total / weight, DIGITS)  # a text is always there


def _where_told(values: Floats, stated: Floats, block: slice) -> Floats:
    """Return values between a block of needs and all, NaN where one of the two states nothing."""
    tells: Flags = np.asarray(stated.any(axis=1))
    return np.where(np.outer(tells[block], tells), values, np.nan)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
