"""Text relatedness by shared words: an Okapi BM25 index that explains itself.

The index is a plain function of the texts it holds: document frequencies and lengths are integers,
so an index moved forward change by change is equal, to the last bit of every score, to one built
afresh.

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
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
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
    # Zero-width characters mark breaks in Khmer and Burmese for some typists and not for others.
    folded = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    return _APOSTROPHE.sub("", folded)


def spaced_words(text: str) -> list[str]:
    """Return the words of a text but English stop words; none of a script without spaces.

    Examples
    --------
    >>> spaced_words("The smart grids of กรุงเทพ")
    ['smart', 'grids']
    """
    pieces = _PIECES.finditer(_folded(text))
    return [p.group() for p in pieces if p.lastgroup == "word" and p.group() not in STOP_WORDS]


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
    words: list[str] = []
    grams: list[str] = []
    for piece in _PIECES.finditer(_folded(text)):
        if piece.lastgroup == "word":
            if piece.group() not in STOP_WORDS:
                words.append(_singular(piece.group()))
        else:
            grams += _grams(piece.group(), 2 if piece.lastgroup == "han" else 3)
    pairs = [f"{left} {right}" for left, right in pairwise(words)]
    return tuple(map(sys.intern, [*words, *pairs, *grams]))


class LexicalIndex:
    """An immutable BM25 index over a set of short texts.

    Parameters
    ----------
    documents : mapping of str to str
        The text of each document by its identifier.

    Notes
    -----
    A term `t` found `f` times in a document of length `l` adds
    ``idf(t) * f / (f + K1 * (1 - B + B * l / mean length))`` [1]_, with
    ``idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5))``; a query counts each of its terms once. The sum
    is divided by what the query itself would get as a document, and cut at 1: a value says which
    part of the query's own words a document repeats, the rare ones weighing more, and a document of
    the query's very words has 1. Terms that no document holds count as held by one.

    Building is linear in the number of terms; a query costs one step for each posting of its terms;
    moving forward costs one step for each distinct term of the index and of the changed texts.

    Examples
    --------
    >>> index = LexicalIndex({"a": "smart traffic lights", "b": "water leak detection"})
    >>> index.score("traffic light")
    {'a': 0.8...}
    >>> index.with_changes({"c": "traffic light"}).score("traffic light")["c"]
    1.0
    """

    __slots__ = ("_idfs", "_length", "_norms", "_postings", "_terms", "_total")

    def __init__(self, documents: Mapping[str, str]) -> None:
        self._terms: dict[str, Counter[str]] = {}
        self._length: dict[str, int] = {}
        self._postings: dict[str, dict[str, int]] = {}
        self._total = 0
        self._norms: dict[str, float] = {}
        self._move(documents, ())

    @classmethod
    def build(cls, documents: Mapping[str, str]) -> LexicalIndex:
        """Return the index of these texts; the same as calling the class."""
        return cls(documents)

    def with_changes(self, put: Mapping[str, str], removed: Iterable[str] = ()) -> LexicalIndex:
        """Return a new index with documents put in (or replaced) and others taken out.

        Parameters
        ----------
        put : mapping of str to str
            New texts by identifier; a known identifier's text is replaced.
        removed : iterable of str
            Identifiers to take out first; unknown ones are passed over.

        Returns
        -------
        LexicalIndex
            Equal to one built from all the resulting texts. This index stays as it was.
        """
        after = LexicalIndex.__new__(LexicalIndex)
        after._terms = dict(self._terms)
        after._length = dict(self._length)
        after._postings = dict(self._postings)
        after._total = self._total
        after._move(put, removed)
        return after

    def _move(self, put: Mapping[str, str], removed: Iterable[str]) -> None:
        """Apply changes to the own outer dicts; inner dicts may be shared, so they are replaced."""
        own: dict[str, dict[str, int]] = {}

        def mine(term: str) -> dict[str, int]:
            if term not in own:
                own[term] = dict(self._postings.get(term, ()))
            return own[term]

        for identifier in {*removed, *put}:
            for term in self._terms.pop(identifier, ()):
                del mine(term)[identifier]
            self._total -= self._length.pop(identifier, 0)
        for identifier, text in put.items():
            counts = Counter(tokens(text))
            self._terms[identifier] = counts
            self._length[identifier] = counts.total()
            self._total += counts.total()
            for term, count in counts.items():
                mine(term)[identifier] = count
        self._postings.update(own)
        for term, posting in own.items():
            if not posting:
                del self._postings[term]
        self._idfs: dict[str, float] = {}
        self._norms = {name: self._norm(length) for name, length in self._length.items()}

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self._terms)

    def __contains__(self, identifier: object) -> bool:
        """Say whether a document of this identifier is held."""
        return identifier in self._terms

    def __eq__(self, other: object) -> bool:
        """Say whether both hold the same documents, term for term."""
        if not isinstance(other, LexicalIndex):
            return NotImplemented
        return self._terms == other._terms and self._postings == other._postings

    __hash__ = None  # type: ignore[assignment]  # equal by content, like a mapping

    @property
    def document_frequencies(self) -> Mapping[str, int]:
        """How many documents hold each term."""
        return MappingProxyType({term: len(found) for term, found in self._postings.items()})

    def _norm(self, length: int) -> float:
        """Return the length part of BM25's denominator for a text of `length` terms."""
        mean = self._total / len(self._terms) if self._total else 1.0
        return K1 * (1 - B + B * length / mean)

    def _idf(self, term: str) -> float:
        """Return the weight of a term: the rarer, the heavier; always above 0."""
        known = self._idfs.get(term)
        if known is None:
            count = max(1, len(self._postings.get(term, ())))
            documents = max(count, len(self._terms))
            known = math.log1p((documents - count + 0.5) / (count + 0.5))
            if term in self._postings:  # words of queries alone must not pile up
                self._idfs[term] = known
        return known

    def _largest(self, query: tuple[str, ...], weights: Mapping[str, float]) -> float:
        """Return the score of the query's own words, as if they were a document here."""
        counts = Counter(query)
        norm = self._norm(len(query))
        return math.fsum(weight * counts[t] / (counts[t] + norm) for t, weight in weights.items())

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
        query = tokens(query_text)
        weights = {term: self._idf(term) for term in sorted(set(query))}
        sums: dict[str, float] = {}
        norms, known = self._norms, sums.get
        for term, weight in weights.items():
            for identifier, count in self._postings.get(term, {}).items():
                gain = weight * count / (count + norms[identifier])
                sums[identifier] = known(identifier, 0.0) + gain
        largest = self._largest(query, weights)
        return {identifier: _portion(sums[identifier], largest) for identifier in sorted(sums)}

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
        counts = self._terms[identifier]
        norm = self._norms[identifier]
        gains = {
            term: self._idf(term) * counts[term] / (counts[term] + norm)
            for term in counts.keys() & tokens(query_text)
        }
        whole = math.fsum(gains.values())
        ordered = sorted(gains.items(), key=lambda pair: (-pair[1], pair[0]))
        return tuple(SharedTerm(term, gain / whole) for term, gain in ordered)


def _portion(score: float, largest: float) -> float:
    """Return ``score / largest`` cut at 1; rounding of the last bits must not hide equality."""
    value = score / largest
    return 1.0 if value > 1.0 - 1e-12 else value


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
