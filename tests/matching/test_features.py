"""Features: pure, within [0, 1], monotone, and unknown where nothing is known."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.matching import features
from matchmaker.matching.features import FEATURES
from matchmaker.matching.scoring import SIDES, STATED

unit = st.floats(0, 1)
names = st.sampled_from("abcde")
sets = st.frozensets(names)
days = st.dates(date(1990, 1, 1), date(2090, 1, 1)).map(date.isoformat)
near = st.fixed_dictionaries(
    {a: st.dictionaries(names, unit).map(lambda found, a=a: {**found, a: 1.0}) for a in "abcde"}
)


@given(sets, sets)
def test_support_is_the_share_of_what_is_given_that_is_sought(
    sought: frozenset[str], given_: frozenset[str]
) -> None:
    value = features.support(sought, given_)
    if sought and given_:
        assert value == len(sought & given_) / len(given_)
    else:
        assert value is None


@given(sets, sets, near, names)
def test_topics_cover_and_focus_lie_in_order_and_more_topics_never_hurt(
    needed: frozenset[str], supplied: frozenset[str], table: dict, more: str
) -> None:
    coverage = features.topic_coverage(needed, supplied, table)
    focus = features.topic_focus(needed, supplied, table)
    if not needed or not supplied:
        assert coverage is None
        assert focus is None
        return
    assert coverage is not None
    assert focus is not None
    assert 0 <= coverage <= focus + 1e-12 <= 1 + 1e-12
    with_more = features.topic_coverage(needed, supplied | {more}, table)
    assert with_more is not None
    assert with_more >= coverage - 1e-12
    if needed <= supplied:
        assert coverage == pytest.approx(1.0)


@given(st.lists(st.none() | unit))
def test_text_is_its_closest_statement(values: list[float | None]) -> None:
    known = [v for v in values if v is not None]
    assert features.text(values) == (max(known) if known else None)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_track_record_grows_with_the_mass_and_never_reaches_one(
    one: float, other: float
) -> None:
    low, high = (features.track_record(m) for m in sorted((one, other)))
    assert low is not None
    assert high is not None
    assert 0 <= low <= high < 1
    assert features.track_record(features.HALF_MASS) == 0.5
    assert features.track_record(None) is None


populations = st.none() | st.floats(1, 1e8)


@given(populations, populations, sets, sets, st.booleans())
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
    value = features.precedent(cases)
    assert value is not None
    assert 0 <= value <= 1
    assert value == pytest.approx(1 - math.prod(1 - c for c in cases))
    with_more = features.precedent([*cases, more])
    assert with_more is not None
    assert with_more >= value
    assert features.precedent(None) is None


def test_the_nearer_the_place_the_greater_the_presence() -> None:
    values = [features.presence(place) for place in ("city", "country", "region")]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 3
    assert features.presence(None) is None


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
    assert len(FEATURES) >= 7
    for feature in FEATURES:
        assert feature.description.endswith(".")
        assert "Examples" not in feature.description
        assert ">>>" not in feature.description
        assert feature.sides == tuple(s for s in SIDES if feature.name in STATED.of(s))
    assert {f.name for f in FEATURES} == {*STATED.city, *STATED.partner}
    assert all(w > 0 for side in SIDES for w in STATED.of(side).values())
