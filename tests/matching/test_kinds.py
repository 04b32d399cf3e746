"""Kinds: what partners are like in meaning, with and without some of their cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matchmaker.matching.columns import Columns
from matchmaker.matching.index import Index
from matchmaker.matching.kinds import NEAREST, SAID_SHARE, Directions, Kinds
from matchmaker.matching.likeness import Likeness
from matchmaker.matching.works import Works
from tests.matching.worlds import DIMENSIONS, indexes, vector_of


def unit(vector: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vector)
    return vector / length if length else vector


def close(one: Directions, other: Directions) -> bool:
    return bool(
        np.array_equal(one.known, other.known) and np.allclose(one.rows, other.rows, atol=1e-6)
    )


@given(indexes())
def test_a_partner_is_like_its_work_and_half_as_much_like_what_it_says(index: Index) -> None:
    kinds, nodes = index.kinds, list(index.columns.nodes)
    vectors = {nodes[n]: row for n, row in zip(index.with_vector, index.matrix, strict=True)}
    wide = kinds.said.shape[1]
    for number, partner in enumerate(index.works.partners):
        cases = [c for c in index.works.cases if c.partner == partner]
        rows = [index.vector(case.text) for case in cases]
        done = unit(sum((row for row in rows if row is not None), np.zeros(wide)))
        own = {n for s in index.columns.supplies if s.partner == partner for n in (s.partner, s.id)}
        said = unit(sum((vectors[node] for node in own if node in vectors), np.zeros(wide)))
        assert kinds.done.rows[number] == pytest.approx(done, abs=1e-5)
        assert kinds.kinds.rows[number] == pytest.approx(unit(done + SAID_SHARE * said), abs=1e-5)
        assert bool(kinds.done.known[number]) == bool(done.any())


@given(indexes(), st.data())
def test_leaving_cases_out_is_as_if_they_were_unknown(index: Index, data: st.DataObject) -> None:
    works = index.works
    assume(works.cases)
    left_out = data.draw(st.lists(st.sampled_from(range(len(works.cases))), unique=True))
    done, kinds = index.kinds.without(left_out)
    kept = [case for row, case in enumerate(works.cases) if row not in left_out]
    afresh = Works.build(kept, works.partners)
    numbers = {partner: n for n, partner in enumerate(works.partners)}
    columns = Columns.build(index.profiles.supplies, numbers)
    likeness = Likeness.build(afresh, index.vectors)
    rebuilt = Kinds.build(columns, afresh, likeness, index.matrix, index.with_vector)
    if rebuilt.said.shape == index.kinds.said.shape:
        assert close(done, rebuilt.done)
        assert close(kinds, rebuilt.kinds)
    again, _ = index.kinds.without([])
    assert again is index.kinds.done


def test_nearness_is_the_cosine_and_unknown_without_a_direction() -> None:
    rows = np.stack([vector_of("pipe") * 3, vector_of("bus"), np.zeros(DIMENSIONS, np.float32)])
    found = Directions.of(rows)
    assert found.known.tolist() == [True, True, False]
    asked = vector_of("ticket")
    near = found.nearness(asked)
    assert near[:2] == pytest.approx([vector_of(w) @ asked for w in ("pipe", "bus")], abs=1e-3)
    assert math.isnan(near[2])
    assert np.isnan(found.nearness(None)).all()
    assert np.isnan(found.nearness(np.ones(3, dtype=np.float32))).all()


def test_the_typical_partner_is_the_mean_by_votes_of_those_with_most() -> None:
    rows = np.stack([vector_of(f"partner {n}") for n in range(NEAREST + 10)])
    found, votes = Directions.of(rows), np.arange(len(rows), dtype=np.float64)
    expected = unit((votes[10:, np.newaxis] * found.rows[10:]).sum(axis=0))
    assert found.typical(votes) == pytest.approx(expected, abs=1e-5)
    votes[:] = np.nan
    assert found.typical(votes) is None
    votes[3] = 0.5
    assert found.typical(votes) == pytest.approx(found.rows[3], abs=1e-6)
    assert found.typical(np.zeros(len(rows))) is None
