"""What differs between two versions of an instrument, clause by clause."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matchmaker.instruments.model import Clause

ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"
SAME: Final = "same"
_WORD: Final = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Words:
    """A run of words: ``how`` is ``same``, ``added`` or ``removed``."""

    how: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A clause that is not the same in two versions."""

    how: str
    clause: str
    paragraph: str
    section: str
    old: str
    new: str
    words: tuple[Words, ...]


def diff(old: Sequence[Clause], new: Sequence[Clause]) -> tuple[Difference, ...]:
    """Return every clause that was added, removed or changed, in the order of the newer text.

    What was removed stands where it stood: before the clause that came after it.

    Parameters
    ----------
    old, new : sequence of Clause
        The two texts.

    Examples
    --------
    >>> a, b = Clause("p1", "1", "S", "We meet once."), Clause("p1", "1", "S", "We meet twice.")
    >>> [(one.how, [w.text for w in one.words]) for one in diff([a], [b])]
    [('changed', ['We meet ', 'once.', 'twice.'])]
    >>> diff([a], [a])
    ()
    """
    before, after = {one.id: one for one in old}, {one.id: one for one in new}
    found: list[Difference] = []
    for clause_id in _order(list(before), list(after)):
        was, now = before.get(clause_id), after.get(clause_id)
        one = now or was
        assert one is not None
        texts = (was.says if was else "", now.says if now else "")
        places = [(c.paragraph, c.section) for c in (was, now) if c is not None]
        if texts[0] == texts[1] and places[0] == places[-1]:
            continue
        how = ADDED if was is None else REMOVED if now is None else CHANGED
        found.append(
            Difference(how, one.id, one.paragraph, one.section, *texts, words_between(*texts))
        )
    return tuple(found)


def words_between(old: str, new: str) -> tuple[Words, ...]:
    """Return two texts as one: words that are the same, removed and added.

    The words that are the same and removed are the old text, those that are the same and added the
    new one.
    """
    was, now = _WORD.findall(old), _WORD.findall(new)
    made: list[Words] = []
    for code, a, b, c, d in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if code == "equal":
            made.append(Words(SAME, "".join(was[a:b])))
            continue
        if a < b:
            made.append(Words(REMOVED, "".join(was[a:b])))
        if c < d:
            made.append(Words(ADDED, "".join(now[c:d])))
    return tuple(made)


def _order(old: list[str], new: list[str]) -> list[str]:
    """Return all names in the order of the new text, removed ones before what came after them."""
    made = list(new)
    for place in range(len(old) - 1, -1, -1):
        if old[place] not in made:
            after = next((one for one in old[place + 1 :] if one in made), None)
            made.insert(len(made) if after is None else made.index(after), old[place])
    return made
