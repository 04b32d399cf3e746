"""The supplies of a snapshot as columns: what questions compare all at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from matchmaker.matching.groups import Flags, Groups, Numbers
from matchmaker.matching.profiles import Supply
from matchmaker.matching.works import numbered


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """All supplies, in order of identifier.

    A *statement* is a node that says something about a supply: its partner, its offer, a collaboration
    that documents it.  ``said`` and ``stated`` have one entry for each statement of each supply and for
    each topic of each of these, grouped by supply in ``saying`` and ``stating``.

    Attributes
    ----------
    supplies : tuple of Supply
        The supplies; ``row`` gives the position of each by identifier.
    partner, home : array of int, shape (supplies,)
        Number of each supply's partner; of its home country in ``countries``.
    given : array of bool, shape (supplies, kinds + 1)
        Kinds of support given, in the order of ``kinds``; the last is one that nobody gives.
    nodes, topics : mapping of str to int
        The stating nodes and the topics stated, each with its number.
    said : array of int, shape (statements,)
        The number of the stating node.
    stated, stated_by : array of int, shape (statements' topics,)
        The topic's number, and that of the node that states it.
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
    nodes: Mapping[str, int]
    said: Numbers
    saying: Groups
    topics: Mapping[str, int]
    stated: Numbers
    stated_by: Numbers
    stating: Groups
    limited: tuple[int, ...]

    @classmethod
    def build(cls, supplies: Mapping[str, Supply], partners: Mapping[str, int]) -> Columns:
        """Lay out the supplies; ``partners`` numbers the partners.  O(statements and their topics)."""
        ordered = tuple(supplies[i] for i in sorted(supplies))
        kinds = numbered(kind for s in ordered for kind in sorted(s.support))
        given = np.zeros((len(ordered), len(kinds) + 1), dtype=bool)
        for row, supply in enumerate(ordered):
            given[row, [kinds[kind] for kind in supply.support]] = True
        countries = numbered(s.home for s in ordered)
        nodes = numbered(node for s in ordered for node in s.statements)
        topics = numbered(t for s in ordered for t in s.topics)
        said = [(row, nodes[n]) for row, s in enumerate(ordered) for n in s.statements]
        stated = [
            (row, nodes[node], topics[topic])
            for row, s in enumerate(ordered)
            for node, of_node in s.statements.items()
            for topic in of_node
        ]
        return cls(
            supplies=ordered,
            row={supply.id: row for row, supply in enumerate(ordered)},
            partner=np.array([partners[s.partner] for s in ordered], dtype=np.intp),
            home=np.array([countries[s.home] for s in ordered], dtype=np.intp),
            countries=countries,
            kinds=kinds,
            given=given,
            nodes=nodes,
            said=np.array([node for _, node in said], dtype=np.intp),
            saying=Groups.build([row for row, _ in said], len(ordered)),
            topics=topics,
            stated=np.array([topic for *_, topic in stated], dtype=np.intp),
            stated_by=np.array([node for _, node, _ in stated], dtype=np.intp),
            stating=Groups.build([row for row, *_ in stated], len(ordered)),
            limited=tuple(row for row, s in enumerate(ordered) if _is_limited(s)),
        )

    def own_statements(self) -> list[tuple[int, int]]:
        """Return the partner and the node of each statement that a partner makes itself, once each."""
        found = {
            (int(self.partner[row]), self.nodes[node])
            for row, supply in enumerate(self.supplies)
            for node in {supply.partner, supply.id}
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
