"""How lists spread and how they are bounded: true of any lists."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.matching.exposure import (
    bounded,
    discount,
    everything,
    exposed,
    gini,
    most_alike,
    spread,
)

amounts = st.lists(st.floats(0, 1e300), min_size=1, max_size=30)
names = st.sampled_from("abcdef")
ranked = st.lists(st.lists(names, max_size=8), max_size=8)
homes = {"a": "north", "b": "north", "c": "north", "d": "south", "e": "south", "f": ""}


def groups_of(name: str) -> list[str]:
    return [part for part in (name, homes[name]) if part]


@given(amounts)
def test_gini_lies_between_nought_and_its_most_for_so_many(found: list[float]) -> None:
    assert 0 <= gini(found) <= 1 - 1 / len(found) + 1e-12


@given(st.floats(0, 1e300), st.integers(1, 30))
def test_gini_is_nought_where_all_have_the_same(amount: float, count: int) -> None:
    assert gini([amount] * count) == 0


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=30), st.floats(1e-6, 1e6))
def test_gini_does_not_depend_on_the_unit(found: list[float], unit: float) -> None:
    assert gini([amount * unit for amount in found]) == pytest.approx(gini(found), abs=1e-9)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=12))
def test_gini_is_half_the_mean_difference_of_all_pairs_against_the_mean(found: list[int]) -> None:
    total, n = sum(found), len(found)
    pairs = sum(abs(one - other) for one in found for other in found)
    assert gini(found) == pytest.approx(pairs / (2 * n * total) if total else 0, abs=1e-12)


def test_gini_is_the_most_where_one_has_everything() -> None:
    assert gini([0, 0, 0, 7, 0]) == pytest.approx(0.8)


def test_a_later_place_is_less_visible() -> None:
    found = [discount(rank) for rank in range(1, 200)]
    assert found == sorted(found, reverse=True)
    assert (found[0], found[2]) == (1, 0.5)


@given(ranked)
def test_what_everybody_has_adds_up_to_what_there_is(lists: list[list[str]]) -> None:
    shown, whole = exposed(lists, homes), everything(lists)
    assert sum(one.listings for one in shown.values()) == whole.listings
    assert fsum(one.exposure for one in shown.values()) == pytest.approx(whole.exposure)


@given(ranked)
def test_who_is_not_of_the_population_holds_a_place_and_is_not_counted(
    lists: list[list[str]],
) -> None:
    part = exposed(lists, "ab")
    assert set(part) == {"a", "b"}
    assert part == {name: exposed(lists, homes)[name] for name in "ab"}


@given(ranked)
def test_a_spread_tells_shares_of_the_population_and_of_all_places(lists: list[list[str]]) -> None:
    found = spread(exposed(lists, homes), everything(lists))
    listed = Counter(name for one in lists for name in one)
    assert (found.total, found.listed) == (6, len(listed))
    assert found.coverage == len(listed) / 6
    most = max(listed.values(), default=0)
    assert found.top_share == (most / listed.total() if listed else 0)
    assert all(0 <= share <= 1 for share in found[2:])


def test_nobody_and_nothing_spread_without_fault() -> None:
    assert spread({}, everything([])) == (0, 0, 0, 0, 0, 0, 0)


@given(st.integers(1, 200), st.floats(0, 1), st.floats(0, 1))
def test_more_diversity_never_allows_more(limit: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 1 <= most_alike(limit, high) <= most_alike(limit, low) <= limit
    assert (most_alike(limit, 0), most_alike(limit, 1)) == (limit, 1)


@given(st.lists(names, max_size=25), st.integers(1, 12), st.integers(1, 5))
def test_the_bound_holds_and_nothing_is_lost_while_there_is_room(
    found: list[str], limit: int, most: int
) -> None:
    kept = bounded(map(groups_of, found), limit, most)
    assert kept == sorted(set(kept))
    assert len(kept) <= limit
    counts = Counter(group for place in kept for group in groups_of(found[place]))
    assert all(count <= most for count in counts.values())
    if len(kept) < limit:
        for place in set(range(len(found))) - set(kept):
            assert any(counts[group] == most for group in groups_of(found[place]))


@given(st.lists(names, max_size=25), st.integers(1, 30))
def test_a_bound_as_wide_as_the_list_changes_nothing(found: list[str], limit: int) -> None:
    kept = bounded(map(groups_of, found), limit, limit)
    assert kept == list(range(min(limit, len(found))))


@given(
    st.lists(st.tuples(st.integers(0, 20), names), max_size=8), st.integers(1, 5), st.integers(1, 3)
)
def test_no_list_under_the_bound_scores_higher(
    pairs: list[tuple[int, str]], limit: int, most: int
) -> None:
    pairs.sort(key=lambda pair: -pair[0])
    kept = bounded((groups_of(name) for _, name in pairs), limit, most)

    def allowed(chosen: tuple[tuple[int, str], ...]) -> bool:
        counts = Counter(group for _, name in chosen for group in groups_of(name))
        return all(count <= most for count in counts.values())

    best = max(
        sum(score for score, _ in chosen)
        for size in range(limit + 1)
        for chosen in combinations(pairs, size)
        if allowed(chosen)
    )
    assert sum(pairs[place][0] for place in kept) == best
