"""Text relatedness by shared words: an Okapi BM25 index that explains itself.

The index is a plain function of the texts it holds, to the last bit of every score, in whatever
order they come.

References
----------
.. [1] S. Robertson, H. Zaragoza (2009). The Probabilistic Relevance Framework: BM25 and Beyond.
   Foundations and Trends in Information Retrieval 3(4), 333-389.
.. [2] D. Harman (1991). How effective is suffixing? JASIS 42(1), 7-15 (the plural rule).
.. [3] P. McNamee, J. Mayfield (2004). Character N-Gram Tokenization for European Language Text
   Retrieval. Information Retrieval 7, 73-97 (n-grams where words cannot be cut).
"""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple, overload

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

K1: Final = 1.2
B: Final = 0.75

# How far shared words alone can bring a text value; chosen on the fitting half of
# benchmarks/data/language_pairs.csv, see docs/languages.md.
LEXICAL_TRUST: Final = 0.25

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
# Thai, Lao, Burmese and Khmer are written without spaces; their punctuation is left out.
_UNSPACED = (
    "\u0e01-\u0e4e\u0e50-\u0e59"
    "\u0e81-\u0edf"
    "\u1000-\u1049\u1050-\u109f\ua9e0-\ua9fe\uaa60-\uaa7f"
    "\u1780-\u17d3\u17dc-\u17e9"
)
_PIECES = re.compile(
    rf"(?P<han>[{_HAN}]+)|(?P<unspaced>[{_UNSPACED}]+)"
    rf"|(?P<word>(?:(?![{_HAN}{_UNSPACED}])[^\W_][\u0300-\u036f]*)+)"
)
_APOSTROPHE = re.compile(r"['\u2019](?:s\b)?")

_STOP = """
a about all also an and any are as at be been but by can do each for from had has have how if in
into is it its may more most no not of on one or other our out over s so some such t than that the
their them then there these they this those through to up us was we were what when where which while
who will with within would you your
"""
STOP_WORDS: Final = frozenset(_STOP.split())


def _folded(text: str) -> str:
    """Return a text in one case, without invisible marks and possessive endings."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not folded.isascii():
        # Zero-width characters mark breaks in Khmer and Burmese for some typists and not for others.
        folded = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    return _APOSTROPHE.sub("", folded)


@lru_cache(maxsize=16384)
def _pieces(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Return the words of a text, and the runs of scripts without spaces with their size of pieces."""
    words: list[str] = []
    runs: list[tuple[str, int]] = []
    for piece in _PIECES.finditer(_folded(text)):
        if piece.lastgroup == "word":
            if piece.group() not in STOP_WORDS:
                words.append(piece.group())
        else:
            runs.append((piece.group(), 2 if piece.lastgroup == "han" else 3))
    return tuple(words), tuple(runs)


def spaced_words(text: str) -> tuple[str, ...]:
    """Return the words of a text but English stop words; none of a script without spaces.

    Examples
    --------
    >>> spaced_words("The smart grids of กรุงเทพ")
    ('smart', 'grids')
    """
    return _pieces(text)[0]


def unspaced_runs(text: str) -> tuple[str, ...]:
    """Return the parts of a text that are in scripts without spaces.

    Examples
    --------
    >>> unspaced_runs("The smart grids of กรุงเทพ")
    ('กรุงเทพ',)
    """
    return tuple(run for run, _ in _pieces(text)[1])


class SharedTerm(NamedTuple):
    """A term that a query and a document share.

    Attributes
    ----------
    term : str
        The term as indexed (singular, case folded; two words for a phrase).
    share : float
        Its part of the document's score; the shares of one document sum to 1.
    """

    term: str
    share: float


def _singular(word: str) -> str:
    """Return `word` without its English plural ending, by Harman's three rules.

    Examples
    --------
    >>> [_singular(w) for w in ("cities", "buses", "lights", "bus", "glass")]
    ['city', 'buse', 'light', 'bus', 'glass']
    """
    if len(word) < 4 or not word.isascii() or not word.endswith("s"):
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    if word.endswith("es") and word[-3] not in "aeo":
        return word[:-1]
    return word if word[-2] in "us" else word[:-1]


def _grams(run: str, size: int) -> list[str]:
    """Return the overlapping pieces of `size` characters, or the run itself where it is shorter."""
    return [run[i : i + size] for i in range(max(1, len(run) - size + 1))]


@lru_cache(maxsize=16384)
def tokens(text: str) -> tuple[str, ...]:
    """Cut a text into the terms that the index counts.

    Parameters
    ----------
    text : str
        Any text, any language.

    Returns
    -------
    tuple of str
        Words (without English stop words and plural endings) in their order, then each pair of
        neighbouring words. Where a script has no spaces, overlapping characters instead of words:
        two for Chinese, three for Thai, Lao, Khmer and Burmese.

    Examples
    --------
    >>> tokens("The smart grids of Chonburi")
    ('smart', 'grid', 'chonburi', 'smart grid', 'grid chonburi')
    >>> tokens("智能电网")
    ('智能', '能电', '电网')
    """
    found, runs = _pieces(text)
    words = list(map(_singular, found))
    grams = [gram for run, size in runs for gram in _grams(run, size)]
    pairs = [f"{left} {right}" for left, right in pairwise(words)]
    return tuple(map(sys.intern, [*words, *pairs, *grams]))


@lru_cache(maxsize=16384)
def term_set(text: str) -> frozenset[str]:
    """Return the terms of a text, each once.

    Examples
    --------
    >>> sorted(term_set("Smart, smart grids"))
    ['grid', 'smart', 'smart grid', 'smart smart']
    """
    return frozenset(tokens(text))


def count_terms(texts: Sequence[Sequence[str]], terms: Mapping[str, int]) -> sp.csr_array:
    """Return how often each term stands in each text, shape (texts, terms).

    Parameters
    ----------
    texts : sequence of sequence of str
        The terms of each text.
    terms : mapping of str to int
        The column of each term.

    Examples
    --------
    >>> count_terms([("bus", "bus"), ("tram",)], {"bus": 0, "tram": 1}).toarray().tolist()
    [[2.0, 0.0], [0.0, 1.0]]
    """
    starts = np.cumsum([0, *map(len, texts)])
    columns = [terms[term] for text in texts for term in text]
    found = sp.csr_array((np.ones(len(columns)), columns, starts), (len(texts), len(terms)))
    found.sum_duplicates()
    return found


class LexicalIndex:
    """An immutable BM25 index over a set of short texts.

    Parameters
    ----------
    documents : mapping of str to str
        The text of each document by its identifier; the attribute of this name.

    Notes
    -----
    A term `t` found `f` times in a document of length `l` adds
    ``idf(t) * f / (f + K1 * (1 - B + B * l / mean length))`` [1]_, with
    ``idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5))``; a query counts each of its terms once. The sum
    is divided by what the query itself would get as a document, and cut at 1: a value says which
    part of the query's own words a document repeats, the rare ones weighing more, and a document of
    the query's very words has 1. Terms that no document holds count as held by one.

    Building is linear in the number of terms (and sorts them, so that sums do not depend on the order
    of the documents); a query costs one step for each term of each document, in compiled code.

    Examples
    --------
    >>> index = LexicalIndex({"a": "smart traffic lights", "b": "water leak detection"})
    >>> index.score("traffic light")
    {'a': 0.8...}
    """

    __slots__ = (
        "_gains",
        "_idf",
        "_mean",
        "_of_document",
        "_row",
        "_terms",
        "_unseen",
        "documents",
    )

    def __init__(self, documents: Mapping[str, str]) -> None:
        self.documents = dict(documents)
        self._row = {identifier: row for row, identifier in enumerate(documents)}
        cut = [tokens(text) for text in documents.values()]
        self._terms = {term: n for n, term in enumerate(sorted(set().union(*cut)))}
        counts = count_terms(cut, self._terms)
        lengths = np.fromiter(map(len, cut), dtype=np.float64)
        self._mean = float(lengths.mean()) if lengths.any() else 1.0
        found = np.bincount(counts.indices, minlength=len(self._terms))
        weights = np.log1p((len(cut) - found + 0.5) / (found + 0.5))
        self._idf: list[float] = weights.tolist()
        self._unseen = math.log1p((max(1, len(cut)) - 0.5) / 1.5)
        norms = np.repeat(self._norm(lengths), np.diff(counts.indptr))
        gains = weights[counts.indices] * counts.data / (counts.data + norms)
        self._gains = sp.csr_array((gains, counts.indices, counts.indptr), counts.shape)
        self._of_document: dict[str, dict[str, float]] = {}  # fills as documents are explained

    @overload
    def _norm(self, length: int) -> float: ...
    @overload
    def _norm(self, length: NDArray[np.float64]) -> NDArray[np.float64]: ...
    def _norm(self, length: int | NDArray[np.float64]) -> float | NDArray[np.float64]:
        """Return the length part of BM25's denominator for texts of so many terms."""
        return K1 * (1 - B + B * length / self._mean)

    def _largest(self, query: tuple[str, ...]) -> float:
        """Return the score of the query's own words, as if they were a document here."""
        norm, row = self._norm(len(query)), self._terms
        return math.fsum(
            (self._idf[row[term]] if term in row else self._unseen) * count / (count + norm)
            for term, count in Counter(query).items()
        )

    def values(self, query_text: str) -> NDArray[np.float64]:
        """Return the value in [0, 1] of each document, in order; 0 where it shares nothing."""
        query = tokens(query_text)
        rows = [self._terms[term] for term in query if term in self._terms]
        if not rows:
            return np.zeros(len(self._row))
        asked = np.zeros(len(self._terms))
        asked[rows] = 1.0
        found = self._gains @ asked / self._largest(query)
        found[found > 1.0 - 1e-12] = 1.0  # rounding of the last bits must not hide equality
        return np.asarray(found)

    def score(self, query_text: str) -> dict[str, float]:
        """Score every document that shares a term with the query.

        Parameters
        ----------
        query_text : str
            The text to compare with.

        Returns
        -------
        dict of str to float
            Values in (0, 1] by identifier; a document that is not there shares nothing (0).
        """
        found = zip(self._row, self.values(query_text).tolist(), strict=True)
        return {identifier: value for identifier, value in sorted(found) if value}

    def shared_terms(self, query_text: str, identifier: str) -> tuple[SharedTerm, ...]:
        """Say which terms make up a document's score, for an explanation.

        Parameters
        ----------
        query_text : str
            The text compared with.
        identifier : str
            The document.

        Returns
        -------
        tuple of SharedTerm
            The heaviest first, then by the alphabet; empty where nothing is shared.

        Raises
        ------
        KeyError
            If no document has this identifier.

        Examples
        --------
        >>> index = LexicalIndex({"a": "traffic lights", "b": "street lights"})
        >>> [term.term for term in index.shared_terms("smart traffic lights", "a")]
        ['traffic', 'traffic light', 'light']
        """
        ordered = self._shared(query_text, identifier)
        whole = math.fsum([loss for loss, _ in ordered])
        return tuple([SharedTerm(term, loss / whole) for loss, term in ordered])

    def heaviest_terms(self, query_text: str, identifier: str, limit: int) -> list[str]:
        """Return the first of the terms that :meth:`shared_terms` tells, without their shares.

        Examples
        --------
        >>> index = LexicalIndex({"a": "traffic lights", "b": "street lights"})
        >>> index.heaviest_terms("smart traffic lights", "a", 2)
        ['traffic', 'traffic light']
        """
        return [term for _, term in self._shared(query_text, identifier)[:limit]]

    def _shared(self, query_text: str, identifier: str) -> list[tuple[float, str]]:
        """Return the terms that a query and a document share, the heaviest first, with -gain."""
        gains = self._of_document.get(identifier)
        if gains is None:
            gains = self._of_document[identifier] = self._gains_of(identifier)
        return sorted([(-gains[term], term) for term in gains.keys() & term_set(query_text)])

    def _gains_of(self, identifier: str) -> dict[str, float]:
        """Return what each term of a document adds to its score."""
        row = self._row[identifier]
        # Columns are numbered in the order of the alphabet, and ordered in each row.
        names = sorted(set(tokens(self.documents[identifier])))
        start, end = self._gains.indptr[row : row + 2]
        return dict(zip(names, self._gains.data[start:end].tolist(), strict=True))


def text_values(lexical: NDArray[np.float64], semantic: NDArray[np.float64]) -> NDArray[np.float64]:
    """Join the lexical and the semantic values of pairs of texts.

    Parameters
    ----------
    lexical : array
        Values of `LexicalIndex.score`, 0 where nothing is shared.
    semantic : array
        Values of `embedding.relatedness_many`; NaN where a text has no vector.

    Returns
    -------
    array
        The noisy or ``1 - (1 - LEXICAL_TRUST · lexical)(1 - semantic)``; the lexical value alone where
        the semantic one is unknown. Shared words can only add: a need in Thai shares none with an
        offer in English and must not lose by it, as it would under an average. Never falls when
        either value rises.

    Examples
    --------
    >>> text_values(np.array([0.4, 0.0, 0.4]), np.array([0.5, 0.5, np.nan])).tolist()
    [0.55, 0.5, 0.4]
    """
    joined = 1.0 - (1.0 - LEXICAL_TRUST * lexical) * (1.0 - semantic)
    return np.where(np.isnan(semantic), lexical, joined)
