"""Texts that changes make: checked against the version that they change, and applied to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.instruments.amending import Change
from matchmaker.instruments.model import Clause
from matchmaker.instruments.specification import LONGEST_CLAUSE, clause_wrong

MOST_CHANGES: Final = 60
LONGEST_SECTION: Final = 100
_PARTS: Final = re.compile(r"([a-z]+)([0-9]+)([a-z]?)")


def amended(
    clauses: Sequence[Clause], changes: Sequence[Change], number: int
) -> tuple[Clause, ...]:
    """Return the clauses of the next version, in the order of their paragraphs.

    Parameters
    ----------
    clauses : sequence of Clause
        Those of the version that is changed.
    number : int
        What the next version is called.

    Raises
    ------
    InvalidDataError
        With every change that cannot be made.

    Examples
    --------
    >>> base = [Clause("p1", "1", "S", "One."), Clause("p2", "2", "S", "Two.")]
    >>> made = amended(base, [Change("p2", "Both."), Change("p1a", "More.")], 2)
    >>> [(one.id, one.says, one.since) for one in made]
    [('p1', 'One.', 1), ('p1a', 'More.', 2), ('p2', 'Both.', 2)]
    """
    known = {one.id: one for one in clauses}
    faults = [
        Fault("", 0, change.clause[:100] or "changes", message)
        for place, change in enumerate(changes)
        if (message := _wrong(known, clauses, change, changes[:place]))
    ]
    if not changes:
        faults.append(Fault("", 0, "changes", "change at least one clause"))
    elif len(changes) > MOST_CHANGES:
        faults.append(Fault("", 0, "changes", f"must be at most {MOST_CHANGES}"))
    if len(known.keys() - {one.clause for one in changes if one.remove}) == 0:
        faults.append(Fault("", 0, "changes", "something must be left of it"))
    if faults:
        raise InvalidDataError(faults)
    for change in changes:
        if change.remove:
            del known[change.clause]
        elif change.clause in known:
            known[change.clause] = replace(
                known[change.clause], says=change.says.strip(), since=number
            )
        else:
            known[change.clause] = _added(clauses, change, number)
    return tuple(sorted(known.values(), key=_place))


def _wrong(
    known: dict[str, Clause], clauses: Sequence[Clause], change: Change, before: Sequence[Change]
) -> str:
    old = known.get(change.clause)
    if any(one.clause == change.clause for one in before):
        return "is changed twice"
    if change.remove:
        if old is None:
            return "is no clause of this version"
        return "has no text where it is removed" if change.says else ""
    if clause_wrong(change.clause):
        return "must be called such as p3c"
    text = change.says.strip()
    if not text or len(text) > LONGEST_CLAUSE:
        return f"must have a text of at most {LONGEST_CLAUSE} characters"
    if any(not (one.isprintable() or one in "\n\r\t") for one in change.says + change.section):
        return "holds a control character"
    if len(change.section) > LONGEST_SECTION:
        return f"the section must have at most {LONGEST_SECTION} characters"
    if old is not None:
        return "has this text already" if old.says == text else ""
    prefix = _PARTS.fullmatch(clauses[0].id)
    mine = _PARTS.fullmatch(change.clause)
    if prefix and mine and prefix[1] != mine[1]:
        return f"a new clause is called {prefix[1]} and its paragraph, such as {prefix[1]}23"
    return ""


def _added(clauses: Sequence[Clause], change: Change, number: int) -> Clause:
    """Return a new clause; without a section of its own it goes to that of the clause before it."""
    parts = _PARTS.fullmatch(change.clause)
    paragraph = f"{parts[2]}{parts[3]}" if parts else change.clause
    made = Clause(change.clause, paragraph, change.section.strip(), change.says.strip(), "", number)
    before = [one for one in clauses if _place(one) < _place(made)] or list(clauses[:1])
    return made if made.section else replace(made, section=before[-1].section)


def _place(clause: Clause) -> tuple[int, str]:
    """Return where a clause stands: by number, then letter."""
    parts = _PARTS.fullmatch(clause.id)
    return (int(parts[2]), parts[3]) if parts else (0, clause.id)
