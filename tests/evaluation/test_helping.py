"""Helping processes: the same results, errors that arrive, and one thread of linear algebra in each."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

from matchmaker.evaluation.helping import helping


def linear_algebra() -> set[int]:
    """Return how many threads linear algebra has in this process."""
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.mark.parametrize("processes", [1, 2])
def test_tasks_are_done_wherever_they_are_given_with_one_thread_of_linear_algebra(
    processes: int,
) -> None:
    before = linear_algebra()
    with helping(processes) as helpers:
        waiting = [helpers.submit(divmod, number, 3) for number in range(5)]
        assert [each.result() for each in waiting] == [divmod(number, 3) for number in range(5)]
        assert helpers.submit(linear_algebra).result() == {1}
        assert linear_algebra() == {1}
    assert linear_algebra() == before


@pytest.mark.parametrize("processes", [1, 2])
def test_what_a_task_raises_is_raised_to_who_gave_it(processes: int) -> None:
    with pytest.raises(ZeroDivisionError), helping(processes) as helpers:
        helpers.submit(divmod, 1, 0).result()
