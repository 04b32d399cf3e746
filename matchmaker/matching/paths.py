"""Shortest paths of the walk graph that start at a need's topics or city."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import networkx as nx

Path = tuple[str, ...]
"""Node identifiers and relationship types in turn."""


class Ways:
    """Shortest paths from a few starts to any node.

    Parameters
    ----------
    graph : networkx.Graph
        The graph; edges carry their relationship ``type``.
    starts : iterable of str
        Where paths start; those that the graph does not have are passed over.
    left_out : collection of str
        Nodes that no path may pass.

    Notes
    -----
    A search from both ends: waves around the starts, kept from one goal to the next, and waves around
    the goal; the smaller one goes on until they meet.  O(nodes + edges) at most.

    References
    ----------
    Pohl, I. (1971). Bi-directional search. Machine Intelligence 6, 127-140.

    Examples
    --------
    >>> graph = nx.Graph()
    >>> graph.add_edges_from([("drains", "case"), ("case", "bank")], type="LINK")
    >>> Ways(graph, ["drains", "unheard-of"], []).path_to("bank")
    ('drains', 'LINK', 'case', 'LINK', 'bank')
    >>> Ways(graph, ["drains"], ["case"]).path_to("bank") is None
    True
    """

    def __init__(
        self, graph: nx.Graph[str], starts: Iterable[str], left_out: Collection[str]
    ) -> None:
        self._graph = graph
        self._left_out = frozenset(left_out)
        self._waves = [{node for node in starts if node in graph}]
        self._seen = self._left_out | self._waves[0]

    def path_to(self, goal: str) -> Path | None:
        """Return a shortest path to a node, or None if none leads there.

        Of several it is the one whose last nodes come first in the alphabet.
        """
        steps = self._steps_back(goal)
        if steps is None:
            return None
        node, path = goal, [goal]
        for wave in steps:
            back = min(wave.intersection(self._graph.neighbors(node)))
            path += [self._graph.get_edge_data(node, back)["type"], back]
            node = back
        return tuple(path[::-1])

    def _steps_back(self, goal: str) -> list[set[str]] | None:
        """Return, from a goal to the starts, the nodes at each step of all shortest paths."""
        for distance, wave in enumerate(self._waves):
            if goal in wave:
                return self._waves[:distance][::-1]
        around = [{goal} if goal in self._graph else set()]
        seen = self._left_out | around[0]
        while not (met := around[-1] & self._waves[-1]):
            if not around[-1] or not self._waves[-1]:
                return None
            # Twice as small, since the waves around the starts serve the next goals too.
            if 2 * len(around[-1]) < len(self._waves[-1]):
                around.append(self._next_to(around[-1]) - seen)
                seen |= around[-1]
            else:
                self._waves.append(self._next_to(self._waves[-1]) - self._seen)
                self._seen |= self._waves[-1]
        steps = [met]
        for wave in around[-2::-1]:
            steps.append(wave & self._next_to(steps[-1]))
        return steps[-2::-1] + self._waves[-2::-1]

    def _next_to(self, nodes: Iterable[str]) -> set[str]:
        return set().union(*map(self._graph.neighbors, nodes))
