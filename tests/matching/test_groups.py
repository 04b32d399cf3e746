"""Groups: what is largest in each, against a loop."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.matching.groups import Groups

entries = st.lists(
    st.tuples(st.integers(0, 5), st.none() | st.floats(-10, 10), st.none() | st.floats(-10, 10)),
    max_size=12,
).map(lambda found: sorted(found, key=lambda entry: entry[0]))


@given(entries)
def test_the_largest_known_value_of_each_owner_is_found_row_by_row(
    found: list[tuple[int, float | None, float | None]],
) -> None:
    groups = Groups.build([owner for owner, *_ in found], 7)
    columns = [
        [math.nan if v is None else v for v in column] for column in zip(*found, strict=True)
    ]
    rows = np.array(columns[1:], dtype=np.float64).reshape(2, -1)
    largest = groups.largest(rows)
    assert largest.shape == (2, 7)
    for row in range(2):
        assert np.array_equal(largest[row], groups.largest(rows[row]), equal_nan=True)
        for owner in range(7):
            known = [e[row + 1] for e in found if e[0] == owner and e[row + 1] is not None]
            value = largest[row, owner]
            assert value == max(known) if known else math.isnan(value)


def test_without_entries_or_rows_nothing_is_known() -> None:
    assert np.isnan(Groups.build([], 2).largest(np.zeros(0))).tolist() == [True, True]
    assert Groups.build([0, 1], 2).largest(np.zeros((0, 2))).shape == (0, 2)
