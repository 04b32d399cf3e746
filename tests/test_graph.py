"""The snapshot: moved forward or built anew, it is the same, and older ones stay as they were."""

from __future__ import annotations

import random
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.errors import NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.model import Change, Entity
from tests.factory import SCHEMA, make_city, make_country, make_need, make_topic, small_world

ids = st.sampled_from(["a", "b", "c", "d", "e"])
some_ids = st.lists(ids, max_size=3).map(tuple)


def picture(snapshot: Snapshot) -> dict[str, Any]:
    """Return everything that readers can see of a snapshot, order included."""
    names = {*snapshot.entities, "a", "b", "c", "d", "e"}
    return {
        "entities": dict(snapshot.entities),
        "types": {k: list(snapshot.of_type(k).items()) for k in snapshot.schema.entities},
        "out": {n: snapshot.links_from(n) for n in names},
        "in": {n: snapshot.links_to(n) for n in names},
        "topics": {n: snapshot.sources_of(n, "HAS_TOPIC") for n in names},
        "count": snapshot.relationship_count,
        "sequence": snapshot.sequence,
        "as_of": snapshot.as_of,
    }


@st.composite
def entities(draw: st.DrawFn) -> Entity:
    """Draw an entity of any of four types with references among five identifiers, good or not."""
    identifier = draw(ids)
    kind = draw(st.sampled_from(["country", "city", "need", "topic"]))
    if kind == "country":
        return make_country(identifier)
    if kind == "city":
        return make_city(identifier, country=draw(ids), source=draw(some_ids) or None)
    if kind == "topic":
        return make_topic(identifier, broader=draw(some_ids) or None, related=draw(some_ids))
    return make_need(identifier, city=draw(ids), topics=draw(some_ids) or None)


steps = st.lists(
    entities().map(lambda e: (e.id, e)) | ids.map(lambda i: (i, None)), max_size=12
)  # fmt: skip


def log(found: list[tuple[str, Entity | None]], first: int) -> list[Change]:
    return [Change(n, "", "test", i, None, after) for n, (i, after) in enumerate(found, first)]


def after(start: list[Entity], changes: list[Change]) -> list[Entity]:
    """Return the entities that stand after some changes, worked out the plain way."""
    table = {e.id: e for e in start}
    for change in changes:
        table.pop(change.entity_id, None)
        if change.after is not None:
            table[change.entity_id] = change.after
    return list(table.values())


@given(st.lists(entities(), max_size=5), steps, st.integers(0, 12))
def test_a_snapshot_moved_forward_equals_one_built_from_scratch(
    start: list[Entity], found: list[tuple[str, Entity | None]], cut: int
) -> None:
    first = Snapshot.build(SCHEMA, start, 7, "2024")
    changes = log(found, 8)
    expected = Snapshot.build(SCHEMA, after(start, changes), 7 + len(changes), "2024")
    at_once = first.moved_forward(changes)
    in_two = first.moved_forward(changes[:cut]).moved_forward(changes[cut:])
    one_by_one = first
    for change in changes:
        one_by_one = one_by_one.moved_forward([change])
    for snapshot in (at_once, in_two, one_by_one):
        assert picture(snapshot) == picture(expected)


@given(st.lists(entities(), max_size=5), steps)
def test_the_older_snapshot_is_untouched(
    start: list[Entity], found: list[tuple[str, Entity | None]]
) -> None:
    old = Snapshot.build(SCHEMA, start, 7, "2024")
    before = picture(old)
    changes = log(found, 8)
    middle = old.moved_forward(changes[:3])
    between = picture(middle)
    middle.moved_forward(changes[3:], as_of="2025")
    assert picture(old) == before
    assert picture(middle) == between


@given(st.lists(entities(), max_size=5), steps, st.integers(0, 12))
def test_changes_already_contained_do_no_harm(
    start: list[Entity], found: list[tuple[str, Entity | None]], earlier: int
) -> None:
    changes = log(found, 8)
    once = Snapshot.build(SCHEMA, start, 7, "2024").moved_forward(changes)
    assert picture(once.moved_forward(changes)) == picture(once)
    assert picture(once.moved_forward(changes[earlier:])) == picture(once)


def test_moving_forward_by_nothing_changes_nothing_but_the_day() -> None:
    old = Snapshot.build(SCHEMA, small_world(), 3, "2024-01-01")
    assert picture(old.moved_forward([])) == picture(old)
    new = old.moved_forward([], as_of="2024-02-01")
    assert (old.as_of, new.as_of, new.sequence) == ("2024-01-01", "2024-02-01", 3)


def test_a_snapshot_is_the_same_in_whatever_order_its_entities_come() -> None:
    found = small_world()
    expected = picture(Snapshot.build(SCHEMA, found))
    for seed in range(5):
        random.Random(seed).shuffle(found)
        assert picture(Snapshot.build(SCHEMA, found)) == expected


def test_readers_cannot_change_a_snapshot() -> None:
    snapshot = Snapshot.build(SCHEMA, small_world())
    with pytest.raises(TypeError):
        snapshot.entities["x"] = make_city("x")  # type: ignore[index]
    with pytest.raises(TypeError):
        snapshot.of_type("city")["x"] = make_city("x")  # type: ignore[index]
    snapshot.links_from("uptown").clear()
    snapshot.links_to("uptown").clear()
    assert snapshot.links_from("uptown")
    assert snapshot.links_to("uptown")


def test_an_unknown_identifier_is_told_with_those_that_look_alike() -> None:
    snapshot = Snapshot.build(SCHEMA, small_world())
    assert snapshot.get("city", "uptown").id == "uptown"
    with pytest.raises(NotFoundError) as caught:
        snapshot.get("city", "uptwn")
    assert (caught.value.kind, caught.value.suggestions[0]) == ("city", "uptown")
    with pytest.raises(NotFoundError) as caught:
        snapshot.get("support_type", "uptown")
    assert caught.value.kind == "support type"
    assert "uptown" not in caught.value.suggestions
    with pytest.raises(NotFoundError) as caught:
        snapshot.get("city", "x" * 100_000)
    assert len(str(caught.value)) < 200


def test_links_are_found_from_both_ends_and_by_type() -> None:
    snapshot = Snapshot.build(SCHEMA, small_world())
    assert [r.type for r in snapshot.links_from("uptown-project-1", "OF_CITY")] == ["OF_CITY"]
    assert {r.start for r in snapshot.links_to("water", "HAS_TOPIC", "COVERS")} >= {
        "uptown-need-1", "bank", "living",
    }  # fmt: skip
    assert snapshot.is_linked("uptown", "IN_COUNTRY", "upland")
    assert snapshot.is_linked("upland", "IN_COUNTRY", "uptown")
    assert not snapshot.is_linked("uptown", "IN_COUNTRY", "lowland")
    assert not snapshot.is_linked("uptown", "OF_CITY", "upland")
    assert not snapshot.is_linked("nowhere", "OF_CITY", "upland")


def test_the_whole_graph_is_a_networkx_graph_with_every_node_and_link() -> None:
    snapshot = Snapshot.build(SCHEMA, small_world(), 5, "2024-01-01")
    graph = snapshot.as_networkx()
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.graph == {"sequence": 5, "as_of": "2024-01-01"}
    assert set(graph) == set(snapshot.entities)
    assert graph.number_of_edges() == snapshot.relationship_count
    for start, end, kind in graph.edges(keys=True):
        assert snapshot.is_linked(start, kind, end)
    assert graph.nodes["water"]["alt_labels"] == "drains; pipes"
    assert graph.nodes["uptown"]["caption"] == "Made-up uptown"


def test_a_snapshot_of_nothing_is_empty() -> None:
    snapshot = Snapshot.build(SCHEMA, [])
    assert snapshot.relationship_count == 0
    assert not snapshot.entities
    assert len(snapshot.as_networkx()) == 0
