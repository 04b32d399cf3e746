"""What a scored pair rests on: found once, then told in words and as paths with sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from matchmaker.matching.features import Place
from matchmaker.matching.profiles import Involvement, Supply
from matchmaker.matching.question import NOTHING_NEAR, Case, Nearest, Question, Scored
from matchmaker.matching.scoring import Values


class Basis(NamedTuple):
    """The topics, statement, cases and place behind the values of a scored pair.

    ``values`` has both sides' values by feature: where a feature speaks for both, either both are
    unknown, both are 0 or neither is.

    ``topics`` is the nearest pair of topics, ``stated_by`` the node that states the one supplied, and
    ``statement`` the one whose text is closest.  ``past`` are the partner's collaborations but those
    on this very need, and ``subjects`` the nearest pair of topics of each.  ``most_similar`` is the one
    of them that is most like the need, ``of_kind`` a similar work of a partner of this kind, each with
    its likeness.  Where the feature that rests on something is unknown, it is ``""`` or None.
    """

    supply: Supply
    values: Values
    topics: Nearest
    stated_by: str
    statement: str
    past: Sequence[Involvement]
    subjects: Mapping[str, Nearest]
    best_case: Case | None
    place: Place | None
    most_similar: tuple[Involvement, float] | None
    of_kind: tuple[Involvement, float] | None


class Finder:
    """Finds what the scored pairs of one question rest on."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._nearest = cache(question.nearest)

    def bases(self, pairs: Iterable[Scored]) -> list[Basis]:
        """Return what each of some scored pairs rests on."""
        return [self._basis(scored) for scored in pairs]

    def _basis(self, scored: Scored) -> Basis:
        question, nearest, supply = self._question, self._nearest, scored.supply
        values = {**scored.city, **scored.partner}
        topics, stated_by = NOTHING_NEAR, ""
        if values["topics"]:
            statements = question.statements(supply).items()
            topics, stated_by = max([(nearest(stated), node) for node, stated in statements])
        past = question.involvements(supply)
        return Basis(
            supply,
            values,
            topics,
            stated_by,
            "" if values["text"] is None else question.best_statement(supply),
            past,
            {case.id: nearest(case.topics) for case in past},
            None if values["precedent"] is None else question.best_case(past),
            None if values["presence"] is None else question.nearest_place(supply),
            question.most_similar(past) if past else None,
            question.nearest_of_kind(supply) if values["kinship"] else None,
        )
