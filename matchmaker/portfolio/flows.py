"""Cheapest flows through a network, by several costs one after the other, each of them exactly.

The second cost decides only among the flows that are cheapest by the first one, and so on.  Those
flows are a face of a polytope, and complementary slackness tells which: with potentials that prove
one of them cheapest, an arc whose reduced cost is above zero is empty in all of them, one below zero
full, and whatever else respects capacities is free.  So every further cost is again a plain
minimum-cost flow on a smaller network, and no cost needs a weight so large that numbers overflow.

References
----------
.. [1] R. K. Ahuja, T. L. Magnanti, J. B. Orlin, *Network Flows*, Prentice Hall, 1993, chapter 9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from matchmaker.portfolio.problem import Ints


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Arcs with lower and upper bounds, and what flows into each node from outside."""

    tail: Ints
    head: Ints
    lower: Ints
    upper: Ints
    balance: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A cheapest flow by one cost: the network that was free to choose from, and the proof.

    ``potential`` makes every arc's reduced cost, cost + potential of its tail - potential of its
    head, zero or more wherever the flow could grow and zero or less wherever it could shrink.
    """

    network: Network
    cost: Ints
    flow: Ints
    potential: Ints

    @property
    def reduced(self) -> Ints:
        """Reduced cost of each arc."""
        of = self.potential
        return self.cost + of[self.network.tail] - of[self.network.head]


def cheapest(network: Network, cost: Ints) -> Ints:
    """Return a cheapest flow, by OR-tools' cost-scaling push-relabel.

    Raises
    ------
    ArithmeticError
        If there is none: bounds or costs are out of range, or nothing satisfies the balances.
    """
    # Here and not above: whoever never asks for a portfolio shall not hold the solver in memory.
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow  # noqa: PLC0415

    free = np.flatnonzero(network.upper > network.lower)
    flow = network.lower.copy()
    held = np.flatnonzero(flow)
    balance = network.balance.copy()
    np.subtract.at(balance, network.tail[held], flow[held])
    np.add.at(balance, network.head[held], flow[held])
    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        network.tail[free].astype(np.int32), network.head[free].astype(np.int32),
        network.upper[free] - network.lower[free], cost[free],
    )  # fmt: skip
    nodes = np.arange(len(balance), dtype=np.int32)
    solver.set_nodes_supplies(nodes, balance)
    status = solver.solve()
    if status != SimpleMinCostFlow.Status.OPTIMAL:
        raise ArithmeticError(f"no cheapest flow: {status}")
    flow[free] += np.asarray(solver.flows(np.asarray(arcs)), dtype=np.int64)
    return flow


def potentials(network: Network, cost: Ints, flow: Ints) -> Ints:
    """Return potentials that prove a flow cheapest.

    They are shortest distances from anywhere through what the flow leaves free (Bellman and Ford),
    looking in each round only at the nodes that came nearer in the one before.

    Notes
    -----
    O(nodes * arcs) at worst; in practice a few dozen looks at every arc.
    """
    more, less = np.flatnonzero(flow < network.upper), np.flatnonzero(flow > network.lower)
    tail = np.concatenate([network.tail[more], network.head[less]])
    head = np.concatenate([network.head[more], network.tail[less]])
    length = np.concatenate([cost[more], -cost[less]])
    order = np.argsort(tail, kind="stable")
    head, length = head[order], length[order]
    nodes = len(network.balance)
    start = np.searchsorted(tail[order], np.arange(nodes + 1))
    distance = np.zeros(nodes, dtype=np.int64)
    near = np.arange(nodes)
    while len(near):
        counts = start[near + 1] - start[near]
        arcs = np.repeat(start[near] - np.cumsum(counts) + counts, counts)
        arcs += np.arange(len(arcs))
        through = np.repeat(distance[near], counts) + length[arcs]
        ends = head[arcs]
        nearer = np.flatnonzero(through < distance[ends])
        np.minimum.at(distance, ends[nearer], through[nearer])
        touched = np.zeros(nodes, dtype=bool)
        touched[ends[nearer]] = True
        near = np.flatnonzero(touched)
    return distance


def cheapest_in_turn(network: Network, costs: Sequence[Ints]) -> list[Stage]:
    """Return a stage for each cost; the last one's flow is cheapest by all, in turn.

    Parameters
    ----------
    network : Network
        Some flow must satisfy it.
    costs : sequence of array of int
        Of each arc, the one that counts most first.
    """
    stages: list[Stage] = []
    for number, cost in enumerate(costs):
        flow = cheapest(network, cost)
        last = number == len(costs) - 1
        proof = np.zeros_like(network.balance) if last else potentials(network, cost, flow)
        stages.append(Stage(network, cost, flow, proof))
        if not last:
            network = _face(stages[-1])
    return stages


def _face(stage: Stage) -> Network:
    """Return the network in which exactly the cheapest flows of a stage flow."""
    reduced, network = stage.reduced, stage.network
    return replace(
        network,
        lower=np.where(reduced < 0, network.upper, network.lower),
        upper=cast("Ints", np.where(reduced > 0, network.lower, network.upper)),
    )
