"""Features: pure, within [0, 1], monotone, and unknown where nothing is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.matching import features
from matchmaker.matching.features import FEATURES, Column
from matchmaker.matching.scoring import SIDES, STATED

unit = st.floats(0, 1)
kinds = st.lists(st.booleans(), min_size=4, max_size=4)
days = st.dates(date(1990, 1, 1), date(2090, 1, 1)).map(date.isoformat)


def column(*values: float | None) -> Column:
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def plain(found: Column) -> list[float | None]:
    return [None if math.isnan(v) else v for v in found.tolist()]


@given(kinds, st.lists(kinds, min_size=1, max_size=4))
def test_support_is_the_share_of_what_is_given_that_is_sought(
    sought: list[bool], given_: list[list[bool]]
) -> None:
    found = plain(features.support(np.array(sought), np.array(given_)))
    for value, row in zip(found, given_, strict=True):
        if any(sought) and any(row):
            both = sum(a and b for a, b in zip(sought, row, strict=True))
            assert value == both / sum(row)
        else:
            assert value is None


@given(st.lists(st.lists(unit, min_size=3, max_size=3), max_size=4), unit)
def test_topics_cover_and_focus_lie_in_order_and_nearer_topics_never_hurt(
    rows: list[list[float]], nearer: float
) -> None:
    nearest = np.array(rows).reshape(-1, 3)
    coverage, focus = features.topic_coverage(nearest), features.topic_focus(nearest)
    if not rows:
        assert plain(coverage) == plain(focus) == [None, None, None]
        return
    assert (coverage >= 0).all()
    assert (coverage <= focus + 1e-12).all()
    assert (focus <= 1).all()
    more = np.maximum(nearest, nearer)
    assert (features.topic_coverage(more) >= coverage - 1e-12).all()
    assert (features.topic_focus(more) >= focus).all()
    assert features.topic_coverage(np.ones_like(nearest)) == pytest.approx([1.0] * 3)


def test_topics_of_a_supply_that_states_none_are_unknown_and_of_others_not() -> None:
    nearest = np.array([[1.0, np.nan], [0.5, np.nan]])
    assert plain(features.topic_coverage(nearest)) == [0.75, None]
    assert plain(features.topic_focus(nearest)) == [1.0, None]


GROWING = [
    (features.similar_work, features.HALF_VOTES),
    (features.track_record, features.HALF_MASS),
]


@pytest.mark.parametrize(("feature", "half"), GROWING)
@given(one=unit, other=unit)
def test_work_that_counts_without_limit_grows_and_never_reaches_one(
    feature: Callable[[Column], Column], half: float, one: float, other: float
) -> None:
    low, high, unknown = plain(feature(column(*sorted((one, other)), None)))
    assert low is not None
    assert high is not None
    assert 0 <= low <= high < 1
    assert plain(feature(column(half))) == [0.5]
    assert unknown is None


@pytest.mark.parametrize("feature", [features.experience, features.kinship])
@given(cosine=st.floats(-1.001, 1.001), other=st.floats(-1.001, 1.001))
def test_nearness_in_meaning_is_the_cosine_from_nought_to_one(
    feature: Callable[[Column], Column], cosine: float, other: float
) -> None:
    low, high = feature(column(*sorted((cosine, other)))).tolist()
    assert 0 <= low <= high <= 1
    assert plain(feature(column(0.5, -0.5, None))) == [0.5, 0.0, None]


@given(st.lists(st.none() | st.floats(0, 1e15), min_size=1))
def test_capacity_rises_with_the_power_of_ten_and_is_full_from_a_billion(
    amounts: list[float | None],
) -> None:
    power = np.log10(1 + column(*amounts))
    found = plain(features.capacity(power))
    assert [v is None for v in found] == [a is None for a in amounts]
    known = sorted((a, v) for a, v in zip(amounts, found, strict=True) if a is not None and v)
    assert all(0 <= v <= 1 for _, v in known)
    assert [v for _, v in known] == sorted(v for _, v in known)
    assert all(v == 1.0 for a, v in known if a >= 1e9)


populations = st.none() | st.floats(1, 1e8)
areas = st.frozensets(st.sampled_from("abcde"))


@given(populations, populations, areas, areas, st.booleans())
def test_cities_are_alike_both_ways_and_most_like_themselves(
    one: float | None, other: float | None, here: frozenset[str], there: frozenset[str], same: bool
) -> None:
    value = features.peer_similarity((one, other), (here, there), same)
    back = features.peer_similarity((other, one), (there, here), same)
    assert 0 <= value <= 1
    assert value == pytest.approx(back)
    assert features.peer_similarity((one, one), (here, here), True) == 1.0
    assert features.peer_similarity((one, other), (here, there), False) < 1.0


@given(st.lists(unit, max_size=6), unit)
def test_precedents_add_up_as_independent_chances(cases: list[float], more: float) -> None:
    left = math.prod(1 - c for c in cases)
    value, with_more, unknown = plain(features.precedent(column(left, left * (1 - more), None)))
    assert value is not None
    assert with_more is not None
    assert 0 <= value <= with_more <= 1
    assert value == pytest.approx(1 - math.prod(1 - c for c in cases))
    assert unknown is None


def test_the_nearer_the_place_the_greater_the_presence() -> None:
    flags = np.array([[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0]], dtype=bool)
    found = plain(features.presence(*flags.T))
    assert found == [*(features.PRESENCE[p] for p in ("city", "country", "region")), None]
    assert found[:3] == sorted(set(features.PRESENCE.values()), reverse=True)


@given(days, days, days)
def test_a_need_seen_later_is_never_less_fresh_and_halves_every_four_years(
    one: str, other: str, as_of: str
) -> None:
    old, new = sorted((one, other))
    stale, fresh = features.freshness(old, as_of), features.freshness(new, as_of)
    assert stale is not None
    assert fresh is not None
    assert 0 <= stale <= fresh <= 1
    assert features.freshness(as_of, as_of) == 1.0
    assert features.freshness("2020-01-01", "2024-01-01") == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("seen", "same"),
    [("2018", "2018-01-01"), ("2018-07", "2018-07-01"), ("2018-07-08", "2018-07-08")],
)
def test_a_date_without_day_or_month_counts_from_its_first(seen: str, same: str) -> None:
    assert features.freshness(seen, "2026-02-28") == features.freshness(same, "2026-02-28")


def test_freshness_is_unknown_without_dates_and_full_for_a_date_to_come() -> None:
    assert features.freshness("", "2026-02-28") is None
    assert features.freshness("2018", "") is None
    assert features.freshness("2030", "2026-02-28") == 1.0


def test_every_feature_is_described_weighted_and_speaks_for_its_sides() -> None:
    assert len(FEATURES) >= 11
    for feature in FEATURES:
        assert feature.description.endswith(".")
        assert "Examples" not in feature.description
        assert ">>>" not in feature.description
        assert feature.sides == tuple(s for s in SIDES if feature.name in STATED.of(s))
    assert {f.name for f in FEATURES} == {*STATED.city, *STATED.partner}
    assert all(w > 0 for side in SIDES for w in STATED.of(side).values())
