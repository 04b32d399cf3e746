"""The supplies of a snapshot as columns: what questions compare all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.profiles import Supply
from matchmaker.matching.works import Numbers

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """All supplies, in order of identifier.

    A *statement* is a node that says something about a supply: its partner, its offer, a collaboration
    that documents it.  ``said`` and ``stated`` have one entry for each statement of each supply and for
    each topic of each of these.

    Attributes
    ----------
    supplies : tuple of Supply
        The supplies; ``row`` gives the position of each by identifier.
    partner, home : array of int, shape (supplies,)
        Number of each supply's partner; of its home country in ``countries``.
    given : array of bool, shape (supplies, kinds + 1)
        Kinds of support given, in the order of ``kinds``; the last is one that nobody gives.
    said_by, said : arrays of int, shape (statements,)
        The supply, and the number of the stating node in ``nodes``.
    stated_by, stated : arrays of int, shape (statements' topics,)
        The statement (a position in ``said``), and the topic's number in ``topics``.
    limited : tuple of int
        Rows of the supplies that some need might be refused.
    """

    supplies: tuple[Supply, ...]
    row: Mapping[str, int]
    partner: Numbers
    home: Numbers
    countries: Mapping[str, int]
    kinds: Mapping[str, int]
    given: Flags
    nodes: tuple[str, ...]
    said_by: Numbers
    said: Numbers
    topics: tuple[str, ...]
    stated_by: Numbers
    stated: Numbers
    limited: tuple[int, ...]

    @classmethod
    def build(cls, supplies: Mapping[str, Supply], partners: Mapping[str, int]) -> Columns:
        """Lay out the supplies; ``partners`` numbers the partners.  O(statements and their topics)."""
        ordered = tuple(supplies[i] for i in sorted(supplies))
        kinds = _numbered(kind for s in ordered for kind in sorted(s.support))
        given = np.zeros((len(ordered), len(kinds) + 1), dtype=bool)
        countries = _numbered(s.home for s in ordered)
        nodes = _numbered(node for s in ordered for node in s.statements)
        topics = _numbered(t for s in ordered for t in s.topics)
        said_by: list[int] = []
        said: list[int] = []
        stated_by: list[int] = []
        stated: list[int] = []
        for row, supply in enumerate(ordered):
            given[row, [kinds[kind] for kind in supply.support]] = True
            for node, of_node in supply.statements.items():
                stated_by += [len(said)] * len(of_node)
                stated += [topics[t] for t in of_node]
                said_by.append(row)
                said.append(nodes[node])
        return cls(
            supplies=ordered,
            row={supply.id: row for row, supply in enumerate(ordered)},
            partner=np.array([partners[s.partner] for s in ordered], dtype=np.intp),
            home=np.array([countries[s.home] for s in ordered], dtype=np.intp),
            countries=countries,
            kinds=kinds,
            given=given,
            nodes=tuple(nodes),
            said_by=np.array(said_by, dtype=np.intp),
            said=np.array(said, dtype=np.intp),
            topics=tuple(topics),
            stated_by=np.array(stated_by, dtype=np.intp),
            stated=np.array(stated, dtype=np.intp),
            limited=tuple(row for row, s in enumerate(ordered) if _is_limited(s)),
        )

    def own_statements(self) -> list[tuple[int, int]]:
        """Return the partner and the node of each statement that a partner makes itself, once each."""
        found = {
            (int(self.partner[by]), int(node))
            for by, node in zip(self.said_by, self.said, strict=True)
            if self.nodes[node] in (self.supplies[by].partner, self.supplies[by].offer)
        }
        return sorted(found)

    def sought(self, kinds: Collection[str]) -> Flags:
        """Return which columns of ``given`` some kinds of support are."""
        found = np.zeros(len(self.kinds) + 1, dtype=bool)
        found[[self.kinds.get(kind, len(self.kinds)) for kind in kinds]] = True
        return found


def _is_limited(supply: Supply) -> bool:
    limits = supply.limited_to or supply.mandate or supply.valid_until
    return bool(limits) or supply.status != "active"


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}
