"""The walk graph: what it joins, what it leaves out, and where a walk starts."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import pytest

from matchmaker.graph import Snapshot
from matchmaker.matching.backend import CompiledGraph
from matchmaker.matching.index import Index
from matchmaker.matching.lexical import tokens
from matchmaker.matching.walk import (
    FEWEST,
    MOST_LINKS,
    PARTNER_LINK,
    WORD,
    build_walk,
    restart_at,
    walk_from,
    with_words,
    word_node,
)
from matchmaker.topics import TopicScheme
from tests.factory import SCHEMA, make_collaboration, make_project, small_world


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


def test_a_walk_starts_at_topics_words_and_city_as_far_as_the_graph_has_them(
    index: Index,
) -> None:
    graph = CompiledGraph(
        nx.Graph([("water", "case"), ("buses", "case"), ("~pipe", "case"), ("uptown", "case")])
    )
    assert restart_at(["water", "buses"], {}, "uptown", graph) == {
        "water": 0.4, "buses": 0.4, "uptown": pytest.approx(0.2),
    }  # fmt: skip
    assert restart_at(["water"], {"pipe": 3.0, "unheard-of": 1.0}, "uptown", graph) == {
        "water": 0.4, word_node("pipe"): pytest.approx(0.4), "uptown": pytest.approx(0.2),
    }  # fmt: skip
    assert restart_at([], {}, "uptown", index.compiled) == {"uptown": 1.0}
    assert restart_at(["water"], {}, "nowhere", graph) == {"water": 0.8}
    assert restart_at([], {"pipe": 0.5}, "nowhere", graph) == {word_node("pipe"): 0.8}
    assert restart_at([], {}, "nowhere", graph) == {}
    assert walk_from(graph, {}, ()) is None


def test_a_walk_is_networkxs_pagerank_of_the_graph_without_what_is_left_out(index: Index) -> None:
    restart = restart_at(["water"], {"made": 1.0}, "uptown", index.compiled)
    assert word_node("made") in restart
    mass = walk_from(index.compiled, restart, ["bank-uptown"])
    smaller = with_words(index.walk, index.works, index.likeness.words)
    smaller.remove_edges_from(list(smaller.edges("bank-uptown")))
    stock = nx.pagerank(smaller, personalization=restart, tol=1e-12, max_iter=1000)
    assert mass is not None
    assert max(abs(mass[n] - stock[n]) for n in stock) < 1e-6
    assert mass["bank"] == pytest.approx(0.0, abs=1e-9)
    whole = walk_from(index.compiled, restart, [])
    assert whole is not None
    assert whole["bank"] > 0.01


def test_words_of_several_works_join_their_cases_by_their_weight(seed_index: Index) -> None:
    table, works = seed_index.likeness.words, seed_index.works
    graph = with_words(seed_index.walk, works, table)
    found = {node for node in graph if node.startswith(WORD)}
    counts = Counter(term for text in works.texts for term in set(tokens(text)))
    assert found == {word_node(t) for t, n in counts.items() if FEWEST <= n <= MOST_LINKS}
    for node in found:
        row = table.terms[node.removeprefix(WORD)]
        for case, link in graph.adj[node].items():
            assert node.removeprefix(WORD) in tokens(seed_index.profiles.involvements[case].text)
            assert link["weight"] == table.weights[row] > 0
    assert not found & set(seed_index.walk)  # no path that people see goes over a word
    assert {e for e in graph.edges if not found & set(e)} == set(seed_index.walk.edges)


def test_a_partners_link_to_its_case_weighs_more_than_others(seed_index: Index) -> None:
    for _, _, link in seed_index.walk.edges(data=True):
        assert link["weight"] == (PARTNER_LINK if link["type"] == "WITH_PARTNER" else 1.0)


def test_a_word_that_too_many_works_have_is_a_hub_and_left_out() -> None:
    many = [
        make_collaboration(f"extra-{n}", title=f"Tender {n} {n % 7}", summary="")
        for n in range(MOST_LINKS + 1)
    ]
    index = Index.build(Snapshot.build(SCHEMA, [*small_world(), *many]), {})
    assert word_node("tender") not in index.compiled.position
    assert word_node("6") in index.compiled.position


def test_an_empty_graph_has_nowhere_to_start() -> None:
    assert restart_at(["water"], {"pipe": 1.0}, "uptown", CompiledGraph(nx.Graph())) == {}
