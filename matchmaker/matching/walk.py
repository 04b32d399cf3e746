"""The graph that the track record walks over, and the walk itself.

Nodes are partners, collaborations, projects, cities and topics below the focus areas.  Countries and
focus areas are features, not walk nodes: as hubs they would join everything to everything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import networkx as nx

from matchmaker.graph import Snapshot
from matchmaker.matching.backend import CompiledGraph
from matchmaker.topics import TopicScheme

MOST_LINKS = 64
"""A topic with more links than this is a hub and is left out of the walk."""
TOPIC_SHARE = 0.8
"""Share of restarts at the need's topics; the rest is at its city."""
_PRECISION = 1e-6
"""Largest error of a walk, as the sum over all nodes."""
_LINKS = {
    "collaboration": ("WITH_PARTNER", "HAS_TOPIC", "PART_OF", "OF_CITY"),
    "project": ("HAS_TOPIC", "OF_CITY"),
    "topic": ("BROADER", "RELATED"),
}


def build_walk(snapshot: Snapshot, scheme: TopicScheme) -> nx.Graph[str]:
    """Return the walk graph of a snapshot; edges carry their relationship ``type``.

    O(relationships of collaborations, projects and topics).
    """
    graph: nx.Graph[str] = nx.Graph()
    for kind, types in _LINKS.items():
        for identifier in snapshot.of_type(kind):
            links = snapshot.links_from(identifier, *types)
            graph.add_edges_from((r.start, r.end, {"type": r.type}) for r in links)
    tops = [t.id for t in scheme.topics.values() if t.text("kind") == "focus_area"]
    graph.remove_nodes_from(tops)
    hubs = [t for t in scheme.topics if t in graph and graph.degree[t] > MOST_LINKS]
    graph.remove_nodes_from(hubs)
    nx.freeze(graph)
    return graph


def restart_at(topics: Collection[str], city: str, graph: CompiledGraph) -> dict[str, float]:
    """Return the restart vector of a need, over the nodes that the walk graph has.

    Examples
    --------
    >>> graph = CompiledGraph(nx.Graph([("drains", "case"), ("phuket", "case")]))
    >>> restart = restart_at(["drains", "unheard-of"], "phuket", graph)
    >>> {node: round(share, 6) for node, share in restart.items()}
    {'drains': 0.8, 'phuket': 0.2}
    """
    known = [topic for topic in topics if topic in graph.position]
    restart = {topic: TOPIC_SHARE / len(known) for topic in known}
    if city in graph.position:
        restart[city] = 1.0 - TOPIC_SHARE if known else 1.0
    return restart


def distances(
    graph: nx.Graph[str], starts: Collection[str], left_out: Collection[str]
) -> dict[str, int]:
    """Return the number of links from the nearest start to each node that can be reached.

    It is ``networkx.bfs_layers`` over a ``restricted_view``, ten times as fast because the filter
    of such a view is asked for every link.

    Examples
    --------
    >>> distances(nx.path_graph(["a", "b", "c", "d"]), ["a"], ["d"])
    {'a': 0, 'b': 1, 'c': 2}
    """
    found = dict.fromkeys(starts, 0)
    layer, distance = list(found), 0
    while layer:
        distance += 1
        following = []
        for node in layer:
            for neighbour in graph.neighbors(node):
                if neighbour not in found and neighbour not in left_out:
                    found[neighbour] = distance
                    following.append(neighbour)
        layer = following
    return found


def walk_from(
    graph: CompiledGraph, restart: Mapping[str, float], left_out: Collection[str]
) -> Mapping[str, float]:
    """Return the walk's mass on every node; empty where there is nowhere to start.

    Parameters
    ----------
    left_out : collection of str
        Nodes that the walk may not pass, such as a pair's own collaborations.

    Notes
    -----
    Power iteration on compiled arrays, O(edges) for each of about 30 steps.
    """
    if not restart:
        return {}
    smaller: Any = graph.without(left_out)  # the stubs know no graphs of backends
    ranks: dict[str, float] = nx.pagerank(
        smaller,
        personalization=restart,
        tol=_PRECISION / len(smaller),  # networkx multiplies by the number of nodes
        max_iter=500,
    )
    return ranks
