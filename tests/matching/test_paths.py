"""Shortest paths from a need: as short as stock networkx's, and always the same one."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.matching.paths import Ways

NODES = st.sampled_from("abcdefghij")
GRAPHS = st.lists(st.tuples(NODES, NODES).filter(lambda ends: ends[0] != ends[1]), max_size=20)


def linked(edges: list[tuple[str, str]]) -> nx.Graph[str]:
    graph: nx.Graph[str] = nx.Graph()
    for one, other in edges:
        graph.add_edge(one, other, type="".join(sorted((one, other))))
    return graph


def expected(
    graph: nx.Graph[str], starts: set[str], left_out: set[str], goal: str
) -> list[str] | None:
    """Return the nodes of the right path, found by stock networkx and one step back at a time."""
    kept = graph.subgraph(starts | (set(graph) - left_out))
    if goal not in kept:
        return None
    away = (
        nx.multi_source_dijkstra_path_length(kept, starts & set(kept)) if starts & set(kept) else {}
    )
    if goal not in away:
        return None
    path = [goal]
    while away[path[-1]]:
        path.append(min(n for n in kept[path[-1]] if away.get(n) == away[path[-1]] - 1))
    return path[::-1]


@given(
    GRAPHS, st.sets(NODES, max_size=3), st.sets(NODES, max_size=3), st.permutations("abcdefghij")
)
def test_a_path_is_a_shortest_one_of_networkx_and_the_first_by_the_alphabet(
    edges: list[tuple[str, str]], starts: set[str], left_out: set[str], goals: list[str]
) -> None:
    graph, left_out = linked(edges), left_out - starts
    ways = Ways(graph, sorted(starts), left_out)
    for goal in [goal for goal in goals if goal not in left_out]:
        found = ways.path_to(goal)
        assert (None if found is None else list(found[::2])) == expected(
            graph, starts, left_out, goal
        )
        if found:
            steps = zip(pairwise(found[::2]), found[1::2], strict=True)
            assert all(link == "".join(sorted(ends)) for ends, link in steps)


def test_nothing_leads_to_a_node_that_the_graph_does_not_have_or_from_nowhere() -> None:
    graph = linked([("a", "b")])
    assert Ways(graph, ["a"], []).path_to("z") is None
    assert Ways(graph, ["z"], []).path_to("b") is None
    assert Ways(graph, ["a"], []).path_to("a") == ("a",)
