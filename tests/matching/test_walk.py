"""The walk graph: what it joins, what it leaves out, and where a walk starts."""

from __future__ import annotations

import networkx as nx
import pytest

from matchmaker.graph import Snapshot
from matchmaker.matching.backend import CompiledGraph
from matchmaker.matching.index import Index
from matchmaker.matching.walk import MOST_LINKS, build_walk, restart_at, walk_from
from matchmaker.topics import TopicScheme
from tests.factory import SCHEMA, make_project, small_world


def walk_of(snapshot: Snapshot) -> nx.Graph:
    return build_walk(snapshot, TopicScheme(snapshot.of_type("topic").values()))


def test_countries_and_focus_areas_are_no_nodes_of_the_walk(seed_snapshot: Snapshot) -> None:
    walk = walk_of(seed_snapshot)
    kinds = {seed_snapshot.entities[node].type for node in walk}
    assert kinds == {"collaboration", "project", "topic", "partner", "city"}
    tops = {t.id for t in seed_snapshot.of_type("topic").values() if t.text("kind") == "focus_area"}
    assert tops.isdisjoint(walk)


def test_every_edge_of_the_walk_is_a_relationship_of_the_graph(seed_snapshot: Snapshot) -> None:
    for one, other, kind in walk_of(seed_snapshot).edges(data="type"):
        assert seed_snapshot.is_linked(one, kind, other)


def test_a_topic_with_too_many_links_is_a_hub_and_left_out() -> None:
    many = [make_project(f"extra-{i}") for i in range(MOST_LINKS)]
    walk = walk_of(Snapshot.build(SCHEMA, [*small_world(), *many]))
    assert "water" not in walk
    assert "buses" in walk


def test_the_walk_graph_cannot_be_changed_by_its_readers(index: Index) -> None:
    with pytest.raises(nx.NetworkXError):
        index.walk.add_edge("a", "b")


def test_a_walk_starts_at_topics_and_city_as_far_as_the_graph_has_them(index: Index) -> None:
    graph = index.compiled
    assert restart_at(["water", "buses"], "uptown", graph) == {
        "water": 0.4, "buses": 0.4, "uptown": pytest.approx(0.2),
    }  # fmt: skip
    assert restart_at([], "uptown", graph) == {"uptown": 1.0}
    assert restart_at(["water"], "nowhere", graph) == {"water": 0.8}
    assert restart_at([], "nowhere", graph) == {}
    assert walk_from(graph, {}, ()) == {}


def test_a_walk_is_networkxs_pagerank_of_the_graph_without_what_is_left_out(index: Index) -> None:
    restart = restart_at(["water"], "uptown", index.compiled)
    mass = walk_from(index.compiled, restart, ["bank-uptown"])
    smaller = nx.Graph(index.walk)
    smaller.remove_edges_from(list(smaller.edges("bank-uptown")))
    stock = nx.pagerank(smaller, personalization=restart, tol=1e-12, max_iter=1000)
    assert max(abs(mass[n] - stock[n]) for n in stock) < 1e-6
    assert mass["bank"] == pytest.approx(0.0, abs=1e-9)
    assert walk_from(index.compiled, restart, [])["bank"] > 0.01


def test_an_empty_graph_has_nowhere_to_start() -> None:
    assert restart_at(["water"], "uptown", CompiledGraph(nx.Graph())) == {}
