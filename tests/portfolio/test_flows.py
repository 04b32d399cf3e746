"""Cheapest flows by several costs in turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.portfolio.flows import Network, cheapest, cheapest_in_turn, potentials

Arc = tuple[int, int, int, int, int]
arcs = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3), st.integers(-5, 5),
              st.integers(-5, 5)),
    max_size=15,
)  # fmt: skip


def made(parts: list[Arc], amount: int) -> tuple[Network, np.ndarray, np.ndarray]:
    """Return a network with a way around from 0 to 5 for whatever does not flow, and two costs."""
    every = [*((t, h, u, c, d) for t, h, u, c, d in parts if t < h), (0, 5, amount, 9, 9)]
    tail, head, upper, cost, second = (np.array(column) for column in zip(*every, strict=True))
    balance = np.zeros(6, dtype=np.int64)
    balance[0], balance[5] = amount, -amount
    return Network(tail, head, np.zeros_like(upper), upper, balance), cost, second


@given(arcs, st.integers(0, 4))
def test_potentials_prove_a_flow_cheapest(parts: list[Arc], amount: int) -> None:
    network, cost, _ = made(parts, amount)
    flow = cheapest(network, cost)
    potential = potentials(network, cost, flow)
    reduced = cost + potential[network.tail] - potential[network.head]
    assert (reduced[flow < network.upper] >= 0).all()
    assert (reduced[flow > network.lower] <= 0).all()


@given(arcs, st.integers(0, 4))
def test_the_second_cost_decides_among_the_cheapest_by_the_first(
    parts: list[Arc], amount: int
) -> None:
    network, first, second = made(parts, amount)
    first_stage, last_stage = cheapest_in_turn(network, [first, second])
    together = cheapest(network, first * 10_000 + second)  # no flow's second cost comes so far
    assert first @ last_stage.flow == first @ first_stage.flow == first @ together
    assert second @ last_stage.flow == second @ together


def test_what_nothing_satisfies_is_refused() -> None:
    network, cost, _ = made([], 1)
    network.balance[5] = -2
    with pytest.raises(ArithmeticError, match="no cheapest flow"):
        cheapest(network, cost)
