"""Entities: typed readers of their properties, and the way to JSON and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.model import Citation, Entity, Relationship

values = st.dictionaries(
    st.sampled_from(["name", "year", "held", "topics", "latitude"]),
    st.text()
    | st.integers()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.lists(st.text()).map(tuple),
)
slugs = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True)


@given(slugs, values)
def test_an_entity_comes_back_from_json_as_it_went(identifier: str, found: dict) -> None:
    entity = Entity("city", identifier, found)
    assert Entity.from_json(json.loads(json.dumps(entity.as_json()))) == entity


def test_json_holds_lists_and_the_entitys_own_keys() -> None:
    entity = Entity("need", "n", {"topics": ("a", "b"), "year": 2018})
    assert entity.as_json() == {"id": "n", "type": "need", "topics": ["a", "b"], "year": 2018}


def test_a_reader_of_one_type_finds_nothing_in_a_value_of_another() -> None:
    entity = Entity("city", "c", {"name": "C", "held": True, "topics": ("a",), "year": 2018})
    assert [entity.text(n) for n in ("name", "held", "topics", "year", "none")] == ["C"] + [""] * 4
    assert [entity.number(n) for n in ("year", "name", "held", "none")] == [2018, None, None, None]
    assert [entity.refs(n) for n in ("topics", "name", "held", "none")] == [("a",), ("C",), (), ()]


def test_a_whole_number_that_the_schema_requires_is_there() -> None:
    assert Entity("city", "c", {"year": 2018}).integer("year") == 2018
    with pytest.raises(KeyError):
        Entity("city", "c", {}).integer("year")


def test_citations_pair_sources_with_locators_in_order() -> None:
    entity = Entity("city", "c", {"source": ("a", "a", "b"), "locator": ("p. 1", "p. 2", "p. 3")})
    assert entity.citations == (
        Citation("a", "p. 1"), Citation("a", "p. 2"), Citation("b", "p. 3"),
    )  # fmt: skip
    assert Entity("source", "a", {}).citations == ()


def test_entities_and_relationships_can_be_put_in_sets_and_do_not_change() -> None:
    one, two = Entity("city", "c", {"name": "C"}), Entity("city", "c", {"name": "C"})
    assert {one} == {two}
    assert Relationship("a", "NEAR", "b") < Relationship("b", "NEAR", "a")
    with pytest.raises(AttributeError):
        one.id = "d"  # type: ignore[misc]
