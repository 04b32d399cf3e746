"""Needs in groups: a graph of like needs, its communities, and what of them can be explained.

References
----------
Blondel, V. D., Guillaume, J.-L., Lambiotte, R., Lefebvre, E. (2008). Fast unfolding of communities in
large networks. Journal of Statistical Mechanics, P10008.
Traag, V. A., Waltman, L., van Eck, N. J. (2019). From Louvain to Leiden: guaranteeing well-connected
communities. Scientific Reports 9, 5233.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import networkx as nx
import numpy as np

from matchmaker.bundles.likeness import NeedLikeness
from matchmaker.matching.groups import Floats

LEAST: Final = 0.5
"""Likeness from which two needs are joined, and that each need of a bundle has to the rest of it."""
NEIGHBOURS: Final = 10
"""How many of the most like needs each need is joined to."""
MOST_NEEDS: Final = 8
"""How many needs a suggested bundle has at most: more cannot be checked line by line."""
SEED: Final = 1
MILLION: Final = 1_000_000
_BLOCK: Final = 256
_LITTLE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Group:
    """Needs, given by their places, that are suggested as one demand.

    Parameters
    ----------
    needs : tuple of int
        In order.
    to_rest : tuple of float
        Mean likeness of each need to the others.
    cohesion : float
        Mean likeness over all pairs.
    """

    needs: tuple[int, ...]
    to_rest: tuple[float, ...]
    cohesion: float

    @property
    def least_like(self) -> int:
        """The need that is least like the others; of several the last."""
        return min(zip(self.to_rest, (-need for need in self.needs), strict=True))[1] * -1


def need_graph(
    likeness: NeedLikeness, least: float = LEAST, neighbours: int = NEIGHBOURS
) -> nx.Graph[int]:
    """Join each need to those of other cities that are most like it.

    Joined is only what has a stated topic in common, where both state topics: a link can be named.
    Nodes are places, so that no order of a set of texts matters, and weights are whole millionths, so
    that their sums are exact in any order.

    Notes
    -----
    At most ``needs * neighbours`` edges, whatever the likeness.
    """
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(likeness)))
    count = len(likeness)
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        about = np.where(likeness.can_be_joined(start, stop), likeness.rows(start, stop), -1.0)
        for need, row in enumerate(about, start):
            # Some more than are wanted, for these values are not exact to the last digit.
            near = np.flatnonzero(row >= least - _LITTLE)
            near = near[np.argsort(-row[near], kind="stable")][: 2 * neighbours]
            close = sorted(near.tolist())
            exact = likeness.exactly(need, close).tolist() if close else []
            best = sorted(zip(exact, close, strict=True), key=lambda one: (-one[0], one[1]))
            for value, other in best[:neighbours]:
                if value >= least:
                    graph.add_edge(need, other, weight=round(value * MILLION))
    return graph


def communities(graph: nx.Graph[int], seed: int = SEED) -> list[list[int]]:
    """Return the communities of a graph of needs by Louvain's method, each connected, in order.

    Notes
    -----
    Near linear in the edges.  Louvain may leave a community in two pieces (Traag et al.); pieces are
    taken apart.
    """
    found = nx.community.louvain_communities(graph, weight="weight", seed=seed)
    return sorted(
        sorted(piece) for part in found for piece in nx.connected_components(graph.subgraph(part))
    )


def groups(
    likeness: NeedLikeness, graph: nx.Graph[int], least: float = LEAST, most: int = MOST_NEEDS
) -> list[Group]:
    """Return the groups of like needs of at least two cities, the most alike first.

    A need is in one group at most.  Each need of a group is on the average at least as like the
    others as ``least``: the least like goes until this holds, and those that went are looked at again
    on their own.
    """
    found = [
        group
        for community in communities(graph)
        for group in _cut(likeness, graph, community, least, most)
    ]
    return sorted(found, key=lambda group: (-group.cohesion, group.needs))


def group_of(likeness: NeedLikeness, needs: Sequence[int]) -> Group:
    """Return some needs as a group, whatever their likeness."""
    ordered = sorted(needs)
    return _grouped(ordered, likeness.table(ordered))


def _grouped(needs: Sequence[int], table: Floats) -> Group:
    """Return needs, in order, as a group, from the table of their likeness."""
    to_rest = (table.sum(axis=1) / max(len(needs) - 1, 1)).tolist()
    return Group(tuple(needs), tuple(to_rest), sum(to_rest) / len(needs))


def _cut(
    likeness: NeedLikeness, graph: nx.Graph[int], members: list[int], least: float, most: int
) -> Iterator[Group]:
    """Yield the groups that a community falls into."""
    table = likeness.table(members)
    row = {need: n for n, need in enumerate(members)}
    waiting = [members]
    while waiting:
        core = waiting.pop()
        rows = [row[need] for need in core]
        kept, gone = _core(table[np.ix_(rows, rows)], least, most)
        inside = [core[place] for place in kept]
        if len({likeness.needs[need].city.id for need in inside}) >= 2:
            of = [row[need] for need in inside]
            yield _grouped(inside, table[np.ix_(of, of)])
        left = graph.subgraph([core[place] for place in gone])
        # With one need fewer at least each time, this comes to an end.
        waiting += sorted(sorted(piece) for piece in nx.connected_components(left))


def _core(table: Floats, least: float, most: int) -> tuple[list[int], list[int]]:
    """Return what stays and what goes when the least like goes, again and again."""
    kept = list(range(len(table)))
    gone: list[int] = []
    sums = table.sum(axis=1)
    while len(kept) > 1:
        means = sums[kept] / (len(kept) - 1)
        if len(kept) <= most and means.min() >= least:
            break
        lowest = np.flatnonzero(means == means.min())[-1]
        out = kept.pop(int(lowest))
        sums -= table[:, out]
        gone.append(out)
    return kept, gone
