"""Columns: the supplies laid out so that a need meets all of them at once."""

from __future__ import annotations

from hypothesis import given

from matchmaker.matching.eligibility import refusals
from matchmaker.matching.index import Index
from tests.matching.worlds import SUPPORT, indexes


def holds(index: Index) -> None:
    """Check the columns of an index against its supplies."""
    of, partners = index.columns, sorted(index.snapshot.of_type("partner"))
    assert [s.id for s in of.supplies] == sorted(index.profiles.supplies)
    nodes, topics = list(of.nodes), list(of.topics)
    for row, supply in enumerate(of.supplies):
        assert of.row[supply.id] == row
        assert partners[of.partner[row]] == supply.partner
        assert list(of.countries)[of.home[row]] == supply.home
        assert {kind for kind, n in of.kinds.items() if of.given[row, n]} == supply.support
        said = [nodes[n] for n in of.said[of.saying.owner == row]]
        assert said == list(supply.statements)
        of_row = of.stating.owner == row
        stated = zip(of.stated_by[of_row].tolist(), of.stated[of_row].tolist(), strict=True)
        assert [(nodes[node], topics[topic]) for node, topic in stated] == [
            (node, topic) for node, of_node in supply.statements.items() for topic in of_node
        ]
    assert not of.given[:, len(of.kinds)].any()  # nobody gives what nobody gives
    own = {(partners[p], nodes[n]) for p, n in of.own_statements()}
    assert own == {(s.partner, n) for s in of.supplies for n in (s.partner, s.id)}


def test_the_columns_of_the_seeds_say_what_the_supplies_say(seed_index: Index) -> None:
    holds(seed_index)


@given(indexes())
def test_the_columns_of_any_world_say_what_the_supplies_say(index: Index) -> None:
    holds(index)


@given(indexes())
def test_only_supplies_that_are_limited_can_be_refused_by_an_open_need(index: Index) -> None:
    of = index.columns
    for need in index.profiles.needs.values():
        refused = {
            row
            for row, supply in enumerate(of.supplies)
            if refusals(need, supply, index.snapshot.as_of, {})
        }
        assert need.status == "open"
        assert refused <= set(of.limited)


def test_kinds_of_support_that_nobody_gives_are_sought_all_the_same(index: Index) -> None:
    of = index.columns
    assert of.sought(()).tolist() == [False] * 3
    assert of.sought(SUPPORT).tolist() == [True, True, False]
    assert of.sought(["advisory"]).tolist() == [False, False, True]
