"""The networkx backend: stock networkx is the oracle, with and without the backend."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.graph import Snapshot
from matchmaker.matching.backend import CompiledGraph, Masses, backend, walk_mass
from matchmaker.matching.walk import build_walk
from matchmaker.topics import TopicScheme

NODES = [f"n{i}" for i in range(12)]
node = st.sampled_from(NODES)


weights = st.floats(0.05, 20)


@st.composite
def graphs(draw: st.DrawFn, least: int = 1) -> nx.Graph:
    """Draw a graph with isolated nodes and, at times, links of a node to itself."""
    graph: nx.Graph = nx.Graph()
    graph.add_nodes_from(draw(st.lists(node, min_size=least, unique=True)))
    members = st.sampled_from(list(graph))
    edges = draw(st.lists(st.tuples(members, members, st.none() | weights), max_size=25))
    for one, other, weight in edges:
        graph.add_edge(one, other, **({} if weight is None else {"weight": weight}))
    return graph


restarts = st.dictionaries(node, st.floats(0.01, 10), min_size=1, max_size=4)
TIGHT = {"tol": 1e-13, "max_iter": 2000}


@pytest.fixture(params=["networkx", "matchmaker"])
def compiled(request: pytest.FixtureRequest) -> Any:
    """Return what makes the graph to ask: the graph itself, or the compiled one."""
    return (lambda graph: graph) if request.param == "networkx" else CompiledGraph


def oracle(graph: nx.Graph, **options: Any) -> dict[str, float]:
    """Return PageRank from the definition, by solving the linear system."""
    restart = options.get("personalization")
    nodes = list(graph)
    start = np.array([1.0 if restart is None else restart.get(n, 0.0) for n in nodes])
    start /= start.sum()
    links = nx.to_numpy_array(graph, nodes, weight=options.get("weight", "weight"))
    degrees = links.sum(axis=1, keepdims=True)
    steps = np.where(degrees > 0, links / np.where(degrees == 0, 1, degrees), start)
    alpha = options.get("alpha", 0.85)
    system = np.eye(len(nodes)) - alpha * steps.T
    return dict(zip(nodes, np.linalg.solve(system, (1 - alpha) * start), strict=True))


def close(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return list(one) == list(other) and all(abs(one[n] - other[n]) < 1e-9 for n in one)


@given(
    graph=graphs(),
    restart=st.none() | restarts,
    alpha=st.floats(0.1, 0.95),
    weight=st.sampled_from(["weight", None]),
)
def test_both_agree_with_each_other_and_with_the_definition(
    graph: nx.Graph, restart: dict[str, float] | None, alpha: float, weight: str | None
) -> None:
    if restart is not None and not set(restart) & set(graph):
        for asked in (graph, CompiledGraph(graph)):
            with pytest.raises(ZeroDivisionError):
                nx.pagerank(asked, personalization=restart)
        return
    options: dict[str, Any] = {"personalization": restart, "alpha": alpha, "weight": weight}
    stock = nx.pagerank(graph, **options, **TIGHT)
    ours = nx.pagerank(CompiledGraph(graph), **options, **TIGHT)
    assert close(ours, stock)
    assert close(ours, oracle(graph, **options))


@given(graph=graphs(2), restart=restarts, left_out=st.sets(node, max_size=4))
def test_nodes_left_out_are_cut_off_and_the_compiled_graph_stays_as_it_was(
    graph: nx.Graph, restart: dict[str, float], left_out: set[str]
) -> None:
    restart = {**restart, next(iter(graph)): 1.0}
    cut = nx.Graph(graph)
    cut.remove_edges_from(list(cut.edges(left_out & set(cut))))
    whole = CompiledGraph(graph)
    before = nx.pagerank(whole, personalization=restart, **TIGHT)
    smaller = whole.without(left_out)
    ours = nx.pagerank(smaller, personalization=restart, **TIGHT)
    assert close(ours, nx.pagerank(cut, personalization=restart, **TIGHT))
    assert nx.pagerank(whole, personalization=restart, **TIGHT) == before
    back = backend.convert_to_nx(smaller)
    assert set(back) == set(cut)
    assert {frozenset(e) for e in back.edges} == {frozenset(e) for e in cut.edges}
    for one, other, weight in cut.edges(data="weight", default=1.0):
        assert back.edges[one, other]["weight"] == weight


def test_a_node_alone_keeps_what_it_gets(compiled: Any) -> None:
    graph = nx.Graph([("a", "b")])
    graph.add_node("alone")
    found = nx.pagerank(compiled(graph), personalization={"alone": 1.0}, **TIGHT)
    assert found["alone"] == pytest.approx(1.0, abs=1e-9)


def test_an_empty_graph_has_no_ranks(compiled: Any) -> None:
    assert nx.pagerank(compiled(nx.Graph())) == {}


def test_ranks_sum_to_one(compiled: Any) -> None:
    found = nx.pagerank(compiled(nx.path_graph(NODES)), **TIGHT)
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-9)


def test_too_few_steps_are_an_error(compiled: Any) -> None:
    with pytest.raises(nx.PowerIterationFailedConvergence):
        nx.pagerank(compiled(nx.path_graph(NODES)), max_iter=1, tol=1e-12)


def test_the_tolerance_is_multiplied_by_the_number_of_nodes_as_in_networkx() -> None:
    graph = nx.star_graph(NODES)
    exact = nx.pagerank(graph, **TIGHT)
    for tol in (1e-2, 1e-4, 1e-6):
        # A last step shorter than N * tol leaves at most alpha / (1 - alpha) times that.
        most = len(graph) * tol * 0.85 / 0.15
        for asked in (graph, CompiledGraph(graph)):
            found = nx.pagerank(asked, tol=tol)
            assert sum(abs(found[n] - exact[n]) for n in exact) <= most


def test_networkx_itself_sends_the_call_to_our_backend(caplog: pytest.LogCaptureFixture) -> None:
    graph = nx.path_graph(NODES)
    with caplog.at_level(logging.DEBUG, "networkx.utils.backends"):
        nx.pagerank(graph)
        assert "matchmaker" not in caplog.text
        nx.pagerank(CompiledGraph(graph))
    assert "Using backend 'matchmaker' for call to 'pagerank'" in caplog.text
    assert nx.pagerank(graph, backend="matchmaker") == nx.pagerank(CompiledGraph(graph))
    assert "matchmaker" in nx.config.backends


@pytest.mark.parametrize("option", ["nstart", "dangling"])
def test_what_the_backend_does_not_do_it_refuses_rather_than_ignores(option: str) -> None:
    graph = nx.path_graph(NODES)
    with pytest.raises(NotImplementedError):
        nx.pagerank(graph, backend="matchmaker", **{option: {"n0": 1.0}})
    with pytest.raises(NotImplementedError):
        nx.pagerank(CompiledGraph(graph), **{option: {"n0": 1.0}})
    with pytest.raises(NotImplementedError):
        nx.betweenness_centrality(CompiledGraph(graph))


@pytest.mark.parametrize(
    "graph",
    [nx.DiGraph([("a", "b")]), nx.MultiGraph([("a", "b"), ("a", "b")]),
     nx.Graph([("a", "b", {"weight": 0.0})]), nx.Graph([("a", "b", {"weight": -1.0})]),
     nx.Graph([("a", "b", {"weight": math.nan})])],
)  # fmt: skip
def test_a_graph_that_would_lose_something_is_not_compiled(graph: nx.Graph) -> None:
    with pytest.raises(NotImplementedError):
        CompiledGraph(graph)
    with pytest.raises(NotImplementedError):
        nx.pagerank(graph, backend="matchmaker")


def test_a_weight_by_another_name_is_not_lost_either() -> None:
    graph = nx.Graph([("a", "b", {"cost": 2.0}), ("b", "c", {"cost": 1.0})])
    with pytest.raises(NotImplementedError):
        nx.pagerank(graph, weight="cost", backend="matchmaker")
    found = nx.pagerank(graph, weight=None, backend="matchmaker", **TIGHT)
    assert close(found, nx.pagerank(graph, weight=None, **TIGHT))


def test_the_seeds_walk_graph_gives_the_same_either_way(seed_snapshot: Snapshot) -> None:
    scheme = TopicScheme(seed_snapshot.of_type("topic").values())
    walk = build_walk(seed_snapshot, scheme)
    graph = CompiledGraph(walk)
    for need in list(seed_snapshot.of_type("need").values())[::8]:
        starts = [n for n in (*need.refs("topics"), need.text("city")) if n in walk]
        restart = dict.fromkeys(starts, 1.0)
        stock = nx.pagerank(nx.Graph(walk), personalization=restart, **TIGHT)
        assert close(nx.pagerank(graph, personalization=restart, **TIGHT), stock)
        found = nx.pagerank(graph, personalization=restart, **TIGHT)
        assert walk_mass(graph, restart, **TIGHT).tolist() == list(found.values())


def test_the_ranks_are_a_mapping_of_plain_numbers_over_the_nodes() -> None:
    graph = nx.path_graph(NODES)
    found = nx.pagerank(CompiledGraph(graph), **TIGHT)
    assert isinstance(found, Masses)
    assert list(found) == NODES
    assert len(found) == len(NODES)
    assert all(type(mass) is float for mass in found.values())
    assert found.array.tolist() == [found[node] for node in NODES]
    assert "n3" in found
    assert "elsewhere" not in found
    with pytest.raises(KeyError):
        found["elsewhere"]
    assert found == dict(found)
