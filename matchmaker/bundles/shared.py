"""What some needs have in common, for people: topics, kinds of support, words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from matchmaker.matching.lexical import term_set
from matchmaker.matching.profiles import NeedProfile

MOST_WORDS: Final = 6


@dataclass(frozen=True, slots=True)
class Shared:
    """What at least two needs have, each with how many do; what most have first."""

    topics: tuple[tuple[str, int], ...]
    support: tuple[tuple[str, int], ...]
    words: tuple[tuple[str, int], ...]


def words_in(needs: Iterable[NeedProfile]) -> Counter[str]:
    """Count in how many needs each word, or pair of words, is found."""
    return Counter(word for need in needs for word in term_set(need.text))


def shared(needs: Sequence[NeedProfile], everywhere: Mapping[str, int], total: int) -> Shared:
    """Return what some needs have in common.

    Parameters
    ----------
    everywhere : mapping of str to int
        From :func:`words_in` over all needs; ``total`` is their number.  Words that are rare
        elsewhere come first.
    """
    words = words_in(needs)
    weight = {
        word: count * math.log1p((total - everywhere[word] + 0.5) / (everywhere[word] + 0.5))
        for word, count in words.items()
        if count >= 2
    }
    best = sorted(weight, key=lambda word: (-weight[word], word))
    return Shared(
        _often(topic for need in needs for topic in set(need.topics)),
        _often(kind for need in needs for kind in need.support),
        tuple((word, words[word]) for word in _apart(best)[:MOST_WORDS]),
    )


def _often(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(names)
    often = [(name, count) for name, count in counts.items() if count >= 2]
    return tuple(sorted(often, key=lambda one: (-one[1], one[0])))


def _apart(words: Sequence[str]) -> list[str]:
    """Leave out words that say nothing beside one before them.

    Examples
    --------
    >>> _apart(["traffic light", "light", "bus"])
    ['traffic light', 'bus']
    """
    kept: list[str] = []
    for word in words:
        parts = set(word.split())
        if not any(parts & set(other.split()) for other in kept):
            kept.append(word)
    return kept
