"""The graph that the track record walks over, and the walk itself.

Nodes are partners, collaborations, projects, cities, topics below the focus areas, and the words of
collaborations.  Countries and focus areas are features, not walk nodes: as hubs they would join
everything to everything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, cast

import networkx as nx

from matchmaker.graph import Snapshot
from matchmaker.matching.backend import CompiledGraph, Masses
from matchmaker.matching.likeness import TermTable
from matchmaker.matching.works import Works
from matchmaker.topics import TopicScheme

MOST_LINKS: Final = 200
"""A topic or word with more links than this is a hub and is left out of the walk."""
FEWEST: Final = 2
"""A word of fewer works leads nowhere."""
PARTNER_LINK: Final = 5.0
"""Weight of the link of a collaboration and its partner; a word's is its weight, others have 1."""
SUBJECT_SHARE: Final = 0.8
"""Share of restarts at the need's topics and words, in equal parts; the rest is at its city."""
WORD: Final = "~"
"""What the node of a word begins with; no identifier does."""
_PRECISION = 1e-6
"""Largest error of a walk, as the sum over all nodes."""
_LINKS = {
    "collaboration": ("WITH_PARTNER", "HAS_TOPIC", "PART_OF", "OF_CITY"),
    "project": ("HAS_TOPIC", "OF_CITY"),
    "topic": ("BROADER", "RELATED"),
}
WALKED: Final = tuple(_LINKS)
"""Types of the entities whose links the walk graph holds."""


def build_walk(snapshot: Snapshot, scheme: TopicScheme) -> nx.Graph[str]:
    """Return the walk graph of a snapshot without words; edges carry their relationship ``type``.

    O(relationships of collaborations, projects and topics).
    """
    graph: nx.Graph[str] = nx.Graph()
    for kind, types in _LINKS.items():
        for identifier in snapshot.of_type(kind):
            for link in snapshot.links_from(identifier, *types):
                weight = PARTNER_LINK if link.type == "WITH_PARTNER" else 1.0
                graph.add_edge(link.start, link.end, type=link.type, weight=weight)
    tops = [t.id for t in scheme.topics.values() if t.text("kind") == "focus_area"]
    graph.remove_nodes_from(tops)
    hubs = [t for t in scheme.topics if t in graph and graph.degree[t] > MOST_LINKS]
    graph.remove_nodes_from(hubs)
    nx.freeze(graph)
    return graph


def with_words(walk: nx.Graph[str], works: Works, words: TermTable) -> nx.Graph[str]:
    """Return a walk graph with the words of the collaborations.

    A word of less than FEWEST works leads nowhere, and one that more than MOST_LINKS have is a hub.
    """
    names = {
        row: word_node(term)
        for row, (term, found) in enumerate(zip(words.names, words.found_in.tolist(), strict=True))
        if FEWEST <= found <= MOST_LINKS
    }
    of_work = [
        [row for row in words.rows_of(work).tolist() if row in names]
        for work in range(len(works.texts))
    ]
    graph: nx.Graph[str] = nx.Graph(walk)
    graph.add_weighted_edges_from(
        (case.id, names[row], float(words.weights[row]))
        for case, work in zip(works.cases, works.case_work.tolist(), strict=True)
        for row in of_work[work]
    )
    return graph


def word_node(word: str) -> str:
    """Return the node of a word in the walk graph.

    Examples
    --------
    >>> word_node("pipe")
    '~pipe'
    """
    return WORD + word


def restart_at(
    topics: Collection[str], words: Mapping[str, float], city: str, graph: CompiledGraph
) -> dict[str, float]:
    """Return the restart vector of a need, over the nodes that the walk graph has.

    Parameters
    ----------
    words : mapping of str to float
        The need's words with their weights.

    Examples
    --------
    >>> graph = CompiledGraph(nx.Graph([("drains", "case"), ("~pipe", "case"), ("phuket", "case")]))
    >>> restart = restart_at(["drains", "unheard-of"], {"pipe": 2.0}, "phuket", graph)
    >>> {node: round(share, 6) for node, share in restart.items()}
    {'drains': 0.4, '~pipe': 0.4, 'phuket': 0.2}
    """
    known = {topic: 1.0 for topic in topics if topic in graph.position}
    said = {node: w for word, w in words.items() if (node := word_node(word)) in graph.position}
    parts = [part for part in (known, said) if part]
    restart = {
        node: SUBJECT_SHARE / len(parts) * weight / sum(part.values())
        for part in parts
        for node, weight in part.items()
    }
    if city in graph.position:
        restart[city] = 1.0 - SUBJECT_SHARE if parts else 1.0
    return restart


def walk_from(
    graph: CompiledGraph, restart: Mapping[str, float], left_out: Collection[str]
) -> Masses | None:
    """Return the walk's mass on every node; None where there is nowhere to start.

    Parameters
    ----------
    left_out : collection of str
        Nodes that the walk may not pass, such as a pair's own collaborations.

    Notes
    -----
    Power iteration on compiled arrays, O(edges) for each of about 30 steps.
    """
    if not restart:
        return None
    smaller: Any = graph.without(left_out)  # the stubs know no graphs of backends
    ranks: Any = nx.pagerank(
        smaller,
        personalization=restart,
        tol=_PRECISION / len(smaller),  # networkx multiplies by the number of nodes
        max_iter=500,
    )
    return cast(Masses, ranks)
