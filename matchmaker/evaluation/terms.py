"""Terms of a text as the baselines count them, and matrices of them.

Lower case, English stop words out, single words and pairs of neighbouring words.  Kept apart from
:mod:`matchmaker.matching.lexical` on purpose: the baselines stay what they are when the product's way
of cutting texts changes.

References
----------
.. [1] I. Ounis et al. (2006). Terrier: a high performance and scalable information retrieval platform.
   OSIR at SIGIR (the Glasgow list of English stop words).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from scipy import sparse

Matrix: TypeAlias = sparse.csr_array

_WORD = re.compile(r"\b\w\w+\b")

_STOP = """
a about above across after afterwards again against all almost alone along already also although
always am among amongst amoungst amount an and another any anyhow anyone anything anyway anywhere
are around as at back be became because become becomes becoming been before beforehand behind
being below beside besides between beyond bill both bottom but by call can cannot cant co con
could couldnt cry de describe detail do done down due during each eg eight either eleven else
elsewhere empty enough etc even ever every everyone everything everywhere except few fifteen fifty
fill find fire first five for former formerly forty found four from front full further get give go
had has hasnt have he hence her here hereafter hereby herein hereupon hers herself him himself his
how however hundred i ie if in inc indeed interest into is it its itself keep last latter latterly
least less ltd made many may me meanwhile might mill mine more moreover most mostly move much must
my myself name namely neither never nevertheless next nine no nobody none noone nor not nothing
now nowhere of off often on once one only onto or other others otherwise our ours ourselves out
over own part per perhaps please put rather re same see seem seemed seeming seems serious several
she should show side since sincere six sixty so some somehow someone something sometime sometimes
somewhere still such system take ten than that the their them themselves then thence there
thereafter thereby therefore therein thereupon these they thick thin third this those though three
through throughout thru thus to together too top toward towards twelve twenty two un under until
up upon us very via was we well were what whatever when whence whenever where whereafter whereas
whereby wherein whereupon wherever whether which while whither who whoever whole whom whose why
will with within without would yet you your yours yourself yourselves
"""
STOP_WORDS: Final = frozenset(_STOP.split())


def terms(text: str) -> list[str]:
    """Return the words of two letters or more that are no stop words, then their neighbouring pairs.

    Examples
    --------
    >>> terms("Supply of a smart water meter")
    ['supply', 'smart', 'water', 'meter', 'supply smart', 'smart water', 'water meter']
    """
    words = [word for word in _WORD.findall(text.lower()) if word not in STOP_WORDS]
    return [*words, *(f"{left} {right}" for left, right in pairwise(words))]


def vocabulary(documents: Iterable[tuple[Sequence[str], int]], at_least: int = 2) -> dict[str, int]:
    """Return the column of each term found in enough documents.

    Parameters
    ----------
    documents : iterable of (sequence of str, int)
        The terms of a text, and in how many documents it stands.
    at_least : int
        Documents that a term must be in.

    Examples
    --------
    >>> vocabulary([(["water", "meter"], 1), (["meter", "meter"], 1), (["bus"], 2)])
    {'bus': 0, 'meter': 1}
    """
    found: Counter[str] = Counter()
    for document, times in documents:
        for term in set(document):
            found[term] += times
    kept = sorted(term for term, count in found.items() if count >= at_least)
    return {term: column for column, term in enumerate(kept)}


def count_matrix(documents: Sequence[Sequence[str]], columns: Mapping[str, int]) -> Matrix:
    """Return how often each document (row) holds each term (column); other terms are left out."""
    rows, cols, counts = [], [], []
    for row, document in enumerate(documents):
        for term, count in sorted(Counter(document).items()):
            if term in columns:
                rows.append(row)
                cols.append(columns[term])
                counts.append(float(count))
    shape = (len(documents), len(columns))
    return sparse.csr_array((np.array(counts), (rows, cols)), shape=shape)
