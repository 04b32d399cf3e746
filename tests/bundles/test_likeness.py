"""How like two needs are: symmetric, in [0, 1], and the sum that its parts say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.bundles.likeness import PARTS, WEIGHTS
from matchmaker.matching.profiles import NeedProfile
from tests.bundles.made_up_needs import need, prepared, some_needs


@given(some_needs(most=8), st.sampled_from([0, 1, 3]))
def test_likeness_is_symmetric_within_bounds_and_the_mean_of_what_is_known(
    needs: list[NeedProfile], silent: int
) -> None:
    likeness = prepared(needs, silent=silent)
    everybody = list(range(len(likeness)))
    table = likeness.table(everybody) if needs else []
    about = likeness.rows(0, len(likeness)) if needs else []
    for one in everybody:
        row = table[one]
        assert row[one] == 0
        for other in range(len(likeness)):
            if one == other:
                continue
            found = likeness.between(one, other)
            back = likeness.between(other, one)
            assert found.value == pytest.approx(back.value, abs=2e-6)
            assert row[other] == pytest.approx(found.value, abs=2e-6)
            assert about[one][other] == pytest.approx(found.value, abs=2e-6)
            assert 0 <= found.value <= 1
            known = {name: getattr(found, name) for name in PARTS}
            told = {name: value for name, value in known.items() if value is not None}
            weight = sum(WEIGHTS[name] for name in told)
            mean = sum(WEIGHTS[name] * value for name, value in told.items()) / weight
            assert found.value == pytest.approx(mean, abs=1e-6)


def test_the_same_need_of_two_cities_is_wholly_alike() -> None:
    text = "floods in the old town"
    twins = [need(name, name, text, ["floods"], ["finance"]) for name in ("a", "b")]
    found = prepared(twins).between(0, 1)
    assert found.topics == found.support == 1
    assert found.value > 0.99


def test_what_a_need_does_not_tell_is_unknown_and_not_zero() -> None:
    told = need("a", "a", "river gauge", ["floods"], ["finance"])
    silent = need("b", "b", "river gauge")
    found = prepared([told, silent]).between(0, 1)
    assert found.topics is None
    assert found.support is None
    assert found.value == pytest.approx(found.text, abs=1e-6)


def test_topics_count_by_their_distance_on_the_scheme() -> None:
    floods, drains, buses = (
        need(name, name, "the", [name]) for name in ("floods", "drains", "buses")
    )
    likeness = prepared([floods, drains, buses])
    order = [n.id for n in likeness.needs]
    at = {name: order.index(name) for name in order}
    assert likeness.between(at["floods"], at["drains"]).topics == 0.25
    assert likeness.between(at["floods"], at["buses"]).topics == 0


def test_needs_of_two_cities_can_be_joined_if_they_share_a_topic_or_cannot_be_asked() -> None:
    needs = [
        need("a", "a", "x", ["floods"]), need("b", "b", "y", ["drains"]), need("c", "c", "z"),
        need("d", "a", "x", ["floods"]), need("e", "e", "x", ["buses", "floods"]),
    ]  # fmt: skip
    able = prepared(needs).can_be_joined(0, 2)
    assert able.tolist() == [
        [False, False, True, False, True],
        [False, False, True, False, False],
    ]
