"""Groups of like needs: each need once, two cities at least, whatever order they came in."""

from __future__ import annotations

import random

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.bundles.grouping import communities, group_of, groups, need_graph
from matchmaker.matching.profiles import NeedProfile
from tests.bundles.made_up_needs import need, prepared, some_needs

LEAST = 0.3


@given(some_needs(), st.integers(2, 5))
def test_groups_are_apart_of_two_cities_and_each_need_is_like_the_rest(
    needs: list[NeedProfile], most: int
) -> None:
    likeness = prepared(needs)
    graph = need_graph(likeness, least=LEAST)
    found = groups(likeness, graph, least=LEAST, most=most)
    inside = [place for group in found for place in group.needs]
    assert len(inside) == len(set(inside))
    for group in found:
        assert len({likeness.needs[place].city.id for place in group.needs}) >= 2
        assert len(group.needs) <= most
        assert min(group.to_rest) >= LEAST
        pairs = [
            likeness.between(one, other).value
            for one in group.needs
            for other in group.needs
            if one < other
        ]
        assert group.cohesion == pytest.approx(sum(pairs) / len(pairs), abs=2e-6)
        assert group.to_rest[group.needs.index(group.least_like)] == min(group.to_rest)
    assert found == sorted(found, key=lambda group: (-group.cohesion, group.needs))


@given(some_needs(), st.integers())
def test_the_order_in_which_needs_come_does_not_matter(needs: list[NeedProfile], seed: int) -> None:
    mixed = random.Random(seed).sample(needs, len(needs))
    results = []
    for order in (needs, mixed):
        likeness = prepared(order)
        graph = need_graph(likeness, least=LEAST)
        results.append(
            (
                [one.id for one in likeness.needs],
                sorted(graph.edges(data="weight")),
                groups(likeness, graph, least=LEAST),
            )
        )
    assert results[0] == results[1]


@given(some_needs(), st.integers(1, 3))
def test_each_need_is_joined_to_few_of_other_cities(
    needs: list[NeedProfile], neighbours: int
) -> None:
    likeness = prepared(needs)
    graph = need_graph(likeness, least=LEAST, neighbours=neighbours)
    assert graph.number_of_edges() <= len(needs) * neighbours
    for one, other, weight in graph.edges(data="weight"):
        assert likeness.needs[one].city.id != likeness.needs[other].city.id
        assert weight == round(likeness.between(one, other).value * 1_000_000)


def test_communities_are_connected_and_cover_every_need() -> None:
    graph = nx.gnp_random_graph(60, 0.05, seed=3)
    nx.set_edge_attributes(graph, 500_000, "weight")
    found = communities(graph)
    assert sorted(place for part in found for place in part) == list(graph)
    assert all(nx.is_connected(graph.subgraph(part)) for part in found)
    assert found == communities(graph)


def test_one_that_is_unlike_the_rest_is_left_out() -> None:
    needs = [need(f"n{n}", f"city-{n}", "pump river gauge", ["floods"]) for n in range(3)]
    odd = need("odd", "city-9", "bus ticket", ["floods", "buses"])
    likeness = prepared([*needs, odd])
    found = groups(likeness, need_graph(likeness, least=0.2), least=0.7)
    assert [group.needs for group in found] == [(0, 1, 2)]


def test_any_needs_can_be_told_of_as_a_group() -> None:
    likeness = prepared([need("a", "a", "pump"), need("b", "b", "bus")])
    assert group_of(likeness, [1, 0]).needs == (0, 1)
    assert group_of(likeness, [1]).cohesion == 0
