"""How like a need's text is to the text of each past work, by words, by letters and by meaning.

Words are weighed by what they foretell: a term that two works in different cities share counts the
more, the more often such works were done by the same partner.  "Supply" and "period contract" say
little about who can do the work, "landscape" much; the rarity of a word alone does not tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matchmaker.matching.embedding import FloatArray, text_key
from matchmaker.matching.lexical import K1, B, spaced_words, tokens
from matchmaker.matching.works import Floats, Works

SHORTEST, LONGEST = 3, 5
"""Lengths of the groups of letters that words are cut into."""
USUAL_AGREEMENT: Final = 0.03
"""Assumed share of pairs of works with a term in common that one partner did, before any is seen."""
USUAL_PAIRS: Final = 5.0
"""Number of pairs that this assumption weighs as much as."""
SAME_WRITING: Final = 0.5
"""Share of a text's terms that must be words with spaces for its words to be compared as such."""


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
    return tuple(groups)


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

    Notes
    -----
    A term adds to a work ``weight * rarity * f (K1 + 1) / (f + K1 (1 - B + B l / mean l))``; what a
    text would get of ``f = 1`` in a work of mean length is its whole, and values are cut there.
    Building is linear in the terms of all texts; a question takes one step for each term of each work,
    in compiled code.
    """

    def __init__(self, works: Works, cut: Callable[[str], Sequence[str]]) -> None:
        self._cut = cut
        self.terms: dict[str, int] = {}
        counts = _counts([cut(text) for text in works.texts], self.terms)
        self.names: tuple[str, ...] = tuple(self.terms)
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        found = np.bincount(counts.indices, minlength=len(self.terms))
        self.found_in: NDArray[np.intp] = found
        rarity = np.log1p((len(works.texts) - found + 0.5) / (found + 0.5))
        self.weights: Floats = rarity * np.sqrt(agreement(counts, works))
        self._whole = rarity * self.weights
        mean = lengths.mean() if lengths.any() else 1.0
        norms = np.repeat(K1 * (1 - B + B * lengths / mean), np.diff(counts.indptr))
        data = counts.data * (K1 + 1) / (counts.data + norms) * self._whole[counts.indices]
        self.by_work = sp.csr_array((data, counts.indices, counts.indptr), shape=counts.shape)

    def rows(self, text: str) -> NDArray[np.intp]:
        """Return the rows of a text's terms that some work has, each once, in order."""
        known = self.terms
        found = {known[term] for term in self._cut(text) if term in known}
        return np.array(sorted(found), dtype=np.intp)

    def values(self, text: str) -> Floats | None:
        """Return the likeness in [0, 1] of a text to each work; None where it has no known term."""
        rows = self.rows(text)
        if not len(rows):
            return None
        asked = np.zeros(len(self.terms))
        asked[rows] = 1.0
        return np.asarray(np.minimum(self.by_work @ asked / self._whole[rows].sum(), 1.0))


def agreement(counts: sp.csr_array, works: Works) -> Floats:
    """Return for each term how often one partner did two works in different cities that share it.

    Pairs of works are counted once for each partner that they have in common; where few pairs
    share a term, USUAL_AGREEMENT speaks with the weight of USUAL_PAIRS of them.

    Parameters
    ----------
    counts : sparse array, shape (works, terms)
        Where terms are found; how often does not matter.

    Notes
    -----
    O(sum over works of terms x partners) in compiled code.
    """
    has = sp.csr_array((np.ones_like(counts.data), counts.indices, counts.indptr), counts.shape)
    did = works.partners_of_works()
    count = len(works.texts)
    rows = np.arange(count)
    cities = len(works.cities)
    at = sp.csr_array((np.ones(count), (rows, works.work_city)), shape=(count, cities))
    # One column for each pair of a partner and a city that has one.
    done = did.tocoo()
    pairs, column = np.unique(
        done.coords[1] * np.int64(cities) + works.work_city[done.coords[0]], return_inverse=True
    )
    there = sp.csr_array(
        (np.ones(len(column)), (done.coords[0], column)), shape=(count, len(pairs))
    )
    found = np.bincount(has.indices, minlength=counts.shape[1]).astype(np.float64)
    same = _pairs_in(has, did) - _pairs_in(has, there)
    every = found * (found - 1) / 2 - _pairs_in(has, at)
    return np.asarray((same + USUAL_AGREEMENT * USUAL_PAIRS) / (every + USUAL_PAIRS))


def _pairs_in(has: sp.csr_array, groups: sp.csr_array) -> Floats:
    """Return for each term the number of pairs of works with it that are in one group."""
    of_group = sp.csr_array(has.T @ groups)
    of_group.data *= (of_group.data - 1) / 2
    return np.asarray(of_group.sum(axis=1), dtype=np.float64).ravel()


def _counts(texts: Iterable[Sequence[str]], terms: dict[str, int]) -> sp.csr_array:
    """Count terms in texts, numbering new ones as they come."""
    starts, columns = [0], []
    for cut in texts:
        columns += [terms.setdefault(term, len(terms)) for term in cut]
        starts.append(len(columns))
    shape = (len(starts) - 1, len(terms))
    found = sp.csr_array((np.ones(len(columns)), columns, starts), shape=shape)
    found.sum_duplicates()
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """The works' texts, prepared for questions.

    Attributes
    ----------
    words, letters : TermTable
        The texts cut into words and pairs of words, and into groups of letters.
    spaced : array of bool, shape (works,)
        Whether a text is in a writing that puts spaces between words.
    vectors : array, shape (works, dimensions)
        Sentence vectors; zeros for a text without one.
    embedded : array of bool, shape (works,)
        Whether a text has a vector.
    """

    words: TermTable
    letters: TermTable
    spaced: NDArray[np.bool_]
    vectors: FloatArray
    embedded: NDArray[np.bool_]

    @classmethod
    def build(cls, works: Works, vectors: Mapping[str, FloatArray]) -> Likeness:
        """Prepare the works' texts; those without a vector are compared by wording only."""
        found = [vectors.get(text_key(text)) for text in works.texts]
        known = [vector for vector in found if vector is not None]
        zeros = np.zeros(known[0].shape if known else 1, dtype=np.float32)
        matrix = [zeros if vector is None else vector for vector in found]
        return cls(
            TermTable(works, tokens),
            TermTable(works, letter_groups),
            np.array([is_spaced(text) for text in works.texts], dtype=bool),
            np.stack(matrix) if matrix else np.zeros((0, 1), dtype=np.float32),
            np.array([vector is not None for vector in found], dtype=bool),
        )

    def of(self, text: str, vector: FloatArray | None) -> Floats:
        """Return the likeness of a text to each work, in [0, 1].

        The mean of what is known of three: words, letters and meaning.  Wording counts as unknown, not
        as zero, between writings that share no words (Thai and English, say) and where there is no
        vector the meaning does.
        """
        total = np.zeros(len(self.spaced))
        parts = np.zeros(len(self.spaced))
        comparable = self.spaced if is_spaced(text) else ~self.spaced
        for table in (self.words, self.letters):
            values = table.values(text)
            if table is self.letters and values is None and not is_spaced(text):
                continue  # no letters to compare: such writings are cut into groups by words()
            parts += comparable
            if values is not None:
                total += np.where(comparable, values, 0.0)
        if vector is not None and self.embedded.any():
            total += np.maximum(self.vectors @ vector, 0.0)
            parts += self.embedded
        return np.divide(total, parts, out=np.zeros_like(total), where=parts > 0)


def is_spaced(text: str) -> bool:
    """Tell whether a text is mostly in a writing that puts spaces between words.

    Examples
    --------
    >>> is_spaced("clean river"), is_spaced("น้ำสะอาด")
    (True, False)
    """
    words = sum(map(len, spaced_words(text)))
    return words >= SAME_WRITING * sum(1 for c in text if c.isalnum())
