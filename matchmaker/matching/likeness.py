"""How like a need's text is to the text of each past work, by words, by letters and by meaning.

Words are weighed by what they foretell: a term that two works in different cities share counts the
more, the more often such works were done by the same partner.  "Supply" and "period contract" say
little about who can do the work, "landscape" much; the rarity of a word alone does not tell them apart.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import repeat
from typing import Final

import numpy as np
import scipy.sparse as sp

from matchmaker.matching.embedding import FloatArray, text_key
from matchmaker.matching.groups import Flags, Floats, Numbers, with_data
from matchmaker.matching.lexical import K1, B, count_terms, spaced_words, tokens, unspaced_runs
from matchmaker.matching.spreading import Spreading
from matchmaker.matching.works import Works, numbered

SHORTEST, LONGEST = 3, 5
"""Lengths of the groups of letters that words are cut into."""
USUAL_AGREEMENT: Final = 0.03
"""Assumed share of pairs of works with a term in common that one partner did, before any is seen."""
USUAL_PAIRS: Final = 5.0
"""Number of pairs that this assumption weighs as much as."""
SAME_WRITING: Final = 0.5
"""Share of a text's letters that must be in words with spaces for these to be compared as such."""


@lru_cache(maxsize=16384)
def letter_groups(text: str) -> tuple[str, ...]:
    """Return the overlapping groups of 3 to 5 letters of a text's words, word ends marked by spaces.

    Examples
    --------
    >>> letter_groups("the bus")
    (' bu', 'bus', 'us ', ' bus', 'bus ', ' bus ')
    """
    groups = []
    for word in spaced_words(text):
        marked = f" {word} "
        for size in range(SHORTEST, LONGEST + 1):
            groups += [marked[i : i + size] for i in range(len(marked) - size + 1)]
    return tuple(map(sys.intern, groups))


class TermTable:
    """BM25 over the works' texts, with terms weighed by rarity and by agreement.

    Parameters
    ----------
    works : Works
        The works.
    cut : callable
        Cuts a text into terms.

    Attributes
    ----------
    terms : mapping of str to int
        Row of each term; ``names`` has them in this order.
    weights : array, shape (terms,)
        Rarity times the root of agreement: see :func:`agreement`.
    found_in : array of int, shape (terms,)
        Number of works that have each term.

    Notes
    -----
    A term adds to a work ``weight * rarity * f (K1 + 1) / (f + K1 (1 - B + B l / mean l))``; what a
    text would get of ``f = 1`` in a work of mean length is its whole, and values are cut there.
    Building is linear in the terms of all texts; a question takes one step for each term of each work,
    in compiled code.
    """

    def __init__(self, works: Works, cut: Callable[[str], Sequence[str]]) -> None:
        self._cut = cut
        self._works = works
        texts = [cut(text) for text in works.texts]
        self.terms = numbered(term for text in texts for term in text)
        self.names: tuple[str, ...] = tuple(self.terms)
        self._counts = count_terms(texts, self.terms)
        self._lengths = np.fromiter(map(len, texts), dtype=np.float64)
        self.found_in = np.bincount(self._counts.indices, minlength=len(self.terms))
        has = with_data(self._counts, np.ones_like(self._counts.data))
        self._having = has.T
        self._same, self._every = pairs_with(has, works)
        self._stay = np.ones(len(texts), dtype=bool)
        self._weigh()

    def _weigh(self) -> None:
        """Weigh the terms by the works that stay."""
        counts, found, lengths = self._counts, self.found_in, self._lengths[self._stay]
        rarity = np.log1p((len(lengths) - found + 0.5) / (found + 0.5))
        self.weights: Floats = rarity * np.sqrt(agreement(self._same, self._every))
        self._whole = rarity * self.weights
        mean = lengths.mean() if lengths.any() else 1.0
        norms = np.repeat(K1 * (1 - B + B * self._lengths / mean), np.diff(counts.indptr))
        self._by_work = with_data(counts, counts.data * (K1 + 1) / (counts.data + norms))

    def without(self, left_out: Sequence[int]) -> TermTable:
        """Return the table as if some works, given as rows, were unknown.

        They keep their place, and what is asked of them means nothing.  A few steps over all terms of
        all works for each, in compiled code.
        """
        if not left_out:
            return self
        other, works, having = copy(self), self._works, self._having
        other._stay, other.found_in = self._stay.copy(), self.found_in.copy()
        other._same, other._every = self._same.copy(), self._every.copy()
        for work in left_out:
            other._stay[work] = False
            elsewhere = other._stay & (works.work_city != works.work_city[work])
            terms = self.rows_of(work)
            other.found_in[terms] -= 1
            other._every[terms] -= (having @ elsewhere)[terms]
            other._same[terms] -= (having @ (elsewhere * works.in_common(work)))[terms]
        other._weigh()
        return other

    def rows_of(self, work: int) -> Numbers:
        """Return the rows of the terms of a work."""
        start, end = self._counts.indptr[work : work + 2]
        return np.asarray(self._counts.indices[start:end], dtype=np.intp)

    def rows(self, text: str) -> Numbers:
        """Return the rows of a text's terms that some work has, each once, in order."""
        found = set(map(self.terms.get, self._cut(text), repeat(-1))) - {-1}
        rows = np.array(sorted(found), dtype=np.intp)
        return rows[self.found_in[rows] > 0]

    def values(self, text: str) -> Floats | None:
        """Return the likeness in [0, 1] of a text to each work; None where it has no known term."""
        rows = self.rows(text)
        if not len(rows):
            return None
        asked = np.zeros(len(self.terms))
        asked[rows] = whole = self._whole[rows]
        return np.asarray(np.minimum(self._by_work @ asked / whole.sum(), 1.0))


def agreement(same: Floats, every: Floats) -> Floats:
    """Return for each term how often two works in different cities that share it had one partner.

    Where few pairs share a term, USUAL_AGREEMENT speaks with the weight of USUAL_PAIRS of them.

    Parameters
    ----------
    same, every : array, shape (terms,)
        From :func:`pairs_with`.

    Examples
    --------
    >>> agreement(np.array([0.0, 10.0]), np.array([0.0, 10.0])).round(6).tolist()
    [0.03, 0.676667]
    """
    return (same + USUAL_AGREEMENT * USUAL_PAIRS) / (every + USUAL_PAIRS)


def pairs_with(has: sp.csr_array, works: Works) -> tuple[Floats, Floats]:
    """Count for each term the pairs of works in different cities that share it.

    Parameters
    ----------
    has : sparse array, shape (works, terms)
        1 where a term is found.

    Returns
    -------
    same : array, shape (terms,)
        Pairs that one partner did, once for each partner that they have in common.
    every : array, shape (terms,)
        All pairs.

    Notes
    -----
    O(sum over works of terms x partners) in compiled code.
    """
    did = works.did
    count, cities = len(works.texts), len(works.cities)
    at = sp.csr_array((np.ones(count), (np.arange(count), works.work_city)), shape=(count, cities))
    # One column for each pair of a partner and a city that has one.
    work, partner = did.tocoo().coords
    pairs, column = np.unique(
        partner * np.int64(cities) + works.work_city[work], return_inverse=True
    )
    there = sp.csr_array((np.ones(len(column)), (work, column)), shape=(count, len(pairs)))
    found = np.bincount(has.indices, minlength=has.shape[1]).astype(np.float64)
    same = _pairs_in(has, did) - _pairs_in(has, there)
    return same, found * (found - 1) / 2 - _pairs_in(has, at)


def _pairs_in(has: sp.csr_array, groups: sp.csr_array) -> Floats:
    """Return for each term the number of pairs of works with it that are in one group."""
    of_group = sp.csr_array(has.T @ groups)
    of_group.data *= (of_group.data - 1) / 2
    return np.asarray(of_group.sum(axis=1), dtype=np.float64).ravel()


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """The works' texts, prepared for questions.

    Attributes
    ----------
    words, letters : TermTable
        The texts cut into words and pairs of words, and into groups of letters.
    spaced : array of bool, shape (works,)
        Whether a text is in a writing that puts spaces between words.
    spreading : Spreading
        How vectors are spread before they are compared.
    vectors : array, shape (works, dimensions)
        Sentence vectors, spread; zeros for a text without one.
    embedded : array of bool, shape (works,)
        Whether a text has a vector.
    """

    words: TermTable
    letters: TermTable
    spaced: Flags
    spreading: Spreading
    vectors: FloatArray
    embedded: Flags

    @classmethod
    def build(cls, works: Works, vectors: Mapping[str, FloatArray]) -> Likeness:
        """Prepare the works' texts; those without a vector are compared by wording only."""
        found = [vectors.get(text_key(text)) for text in works.texts]
        known = [vector for vector in found if vector is not None]
        embedded = np.array([vector is not None for vector in found], dtype=bool)
        matrix = np.zeros((len(found), len(known[0]) if known else 1), dtype=np.float32)
        spreading = Spreading.measured(np.array(known, dtype=np.float32))
        if known:
            matrix[embedded] = spreading.of_work(np.stack(known))
        return cls(
            TermTable(works, tokens),
            TermTable(works, letter_groups),
            np.array([is_spaced(text) for text in works.texts], dtype=bool),
            spreading,
            matrix,
            embedded,
        )

    def without(self, works: Sequence[int]) -> Likeness:
        """Return the works' texts with terms weighed as if some works, given as rows, were unknown."""
        if not works:
            return self
        return replace(self, words=self.words.without(works), letters=self.letters.without(works))

    def of(self, text: str, vector: FloatArray | None) -> Floats:
        """Return the likeness of a text, and of its vector as spread, to each work, in [0, 1].

        The mean of what is known of three: words, letters and meaning.  Wording counts as unknown, not
        as zero, between writings that share no words (Thai and English, say) and where there is no
        vector the meaning does.
        """
        spaced = is_spaced(text)
        comparable = self.spaced if spaced else ~self.spaced
        words, letters = self.words.values(text), self.letters.values(text)
        # Writings without spaces are cut into groups by words already and may have no letters.
        ways = 1.0 if letters is None and not spaced else 2.0
        total = sum([v for v in (words, letters) if v is not None], np.zeros(len(comparable)))
        total *= comparable
        parts = ways * comparable
        if vector is not None and self.embedded.any():
            total += np.clip(self.vectors @ vector, 0.0, 1.0)
            parts += self.embedded
        return np.asarray(np.divide(total, parts, out=np.zeros(len(total)), where=parts > 0))


@lru_cache(maxsize=16384)
def is_spaced(text: str) -> bool:
    """Tell whether a text is mostly in a writing that puts spaces between words.

    Examples
    --------
    >>> is_spaced("clean river"), is_spaced("น้ำสะอาด")
    (True, False)
    """
    unspaced = sum(map(_letters, unspaced_runs(text)))
    return unspaced <= (1.0 - SAME_WRITING) * _letters(text)


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))
