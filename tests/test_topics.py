"""The topic scheme: distances are stock networkx's, and links lead where they should."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.graph import Snapshot
from matchmaker.topics import TopicScheme, load_concepts
from tests.factory import SCHEMA, make_topic

names = st.sampled_from("abcdefgh")
links = st.lists(names, max_size=3, unique=True).map(tuple)
topics = st.dictionaries(names, st.tuples(links, links), min_size=1).map(
    lambda found: [
        make_topic(
            name,
            broader=tuple(n for n in broader if n in found and n != name),
            related=tuple(n for n in related if n in found and n != name),
        )
        for name, (broader, related) in found.items()
    ]
)


@given(topics)
def test_relatedness_halves_with_each_link_of_a_shortest_path(found: list) -> None:
    scheme = TopicScheme(found)
    lengths = dict(nx.all_pairs_shortest_path_length(nx.Graph(scheme.graph)))
    for one in scheme.topics:
        for other in scheme.topics:
            steps = lengths[one].get(other, 99)
            assert scheme.relatedness(one, other) == (0.5**steps if steps < 3 else 0.0)
            assert scheme.relatedness(one, other) == scheme.relatedness(other, one)


@given(topics)
def test_a_path_alternates_topics_and_links_that_join_them(found: list) -> None:
    scheme = TopicScheme(found)
    for one in scheme.topics:
        for other in scheme.near(one):
            path = scheme.path(one, other)
            assert (path[0], path[-1]) == (one, other)
            assert 0.5 ** (len(path) // 2) == scheme.relatedness(one, other)
            for (a, b), link in zip(pairwise(path[::2]), path[1::2], strict=True):
                assert scheme.graph.edges[a, b]["type"] == link


def test_topics_that_nothing_joins_are_unrelated_and_have_no_path() -> None:
    scheme = TopicScheme([make_topic("water"), make_topic("buses")])
    assert scheme.relatedness("water", "buses") == 0.0
    assert scheme.relatedness("water", "unheard-of") == 0.0
    with pytest.raises(nx.NetworkXNoPath):
        scheme.path("water", "buses")


def test_a_topic_may_lie_under_two_focus_areas_and_a_circle_ends() -> None:
    scheme = TopicScheme([
        make_topic("environment", kind="focus_area"),
        make_topic("building", kind="focus_area"),
        make_topic("drains", broader=("environment", "building", "pipes")),
        make_topic("pipes", broader=("drains",)),
    ])  # fmt: skip
    assert scheme.focus_areas("drains") == {"environment", "building"}
    assert scheme.focus_areas("pipes") == {"environment", "building"}
    assert scheme.focus_areas("environment") == {"environment"}
    assert scheme.focus_areas("unheard-of") == frozenset()


def test_the_scheme_cannot_be_changed_by_its_readers() -> None:
    scheme = TopicScheme([make_topic("water")])
    with pytest.raises(nx.NetworkXError, match="Frozen"):
        scheme.graph.add_edge("water", "fire")


def test_the_published_concepts_are_topics_themes_and_kinds_of_support() -> None:
    found = load_concepts(SCHEMA)
    assert {c.type for c in found} == {"topic", "theme", "support_type"}
    assert len({c.id for c in found}) == len(found)
    assert all(isinstance(c.values["source"], tuple) for c in found)


def test_every_published_topic_is_next_to_what_it_lies_under_and_itself(
    seed_snapshot: Snapshot,
) -> None:
    scheme = TopicScheme(seed_snapshot.of_type("topic").values())
    for topic in scheme.topics:
        assert scheme.relatedness(topic, topic) == 1.0
        for wider in scheme.topics[topic].refs("broader"):
            assert scheme.relatedness(topic, wider) == 0.5
