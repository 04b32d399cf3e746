"""A networkx backend: ``pagerank`` over compiled arrays, under networkx's own name.

``nx.pagerank`` called with a :class:`CompiledGraph` comes here; called with a networkx graph it is
networkx's own.  Semantics are networkx's (undirected graph, weighted edges, dangling mass spread by
the restart vector), so stock networkx is the oracle in the tests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, Self

import networkx as nx
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matchmaker.matching.groups import with_data

CHECKED_EVERY: Final = 3
"""Steps from one look at the error to the next: a look costs nearly as much as a step."""


class Masses(Mapping[str, float]):
    """The PageRank of every node, as a mapping over one array.

    Parameters
    ----------
    graph : CompiledGraph
        The graph, which knows the position of each node.
    array : array, shape (nodes,)
        The mass of each node, in the order of ``graph.nodes``.
    """

    __slots__ = ("_graph", "array")

    def __init__(self, graph: CompiledGraph, array: NDArray[np.float64]) -> None:
        self._graph = graph
        self.array = array

    def __getitem__(self, node: str) -> float:
        return float(self.array[self._graph.position[node]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._graph.nodes)

    def __len__(self) -> int:
        return len(self.array)


class CompiledGraph:
    """An undirected graph compiled to a sparse matrix.

    Parameters
    ----------
    graph : networkx.Graph
        The graph, without directions or parallel edges; an edge's ``weight`` counts, 1 if it has none.

    Raises
    ------
    NotImplementedError
        If it has directions or parallel edges, which would be lost, or weights that are not above 0.

    Notes
    -----
    Compiling takes O(nodes + edges) once; :meth:`without` O(edges) in compiled code.
    """

    __networkx_backend__ = "matchmaker"

    def __init__(self, graph: nx.Graph[str]) -> None:
        if graph.is_directed() or graph.is_multigraph():
            raise NotImplementedError("only undirected graphs without parallel edges are compiled")
        self.nodes: list[str] = list(graph)
        self.position: dict[str, int] = {node: i for i, node in enumerate(self.nodes)}
        size, place = len(self.nodes), self.position
        edges = list(graph.edges(data="weight", default=1.0))
        ends = np.array([(place[a], place[b]) for a, b, _ in edges], dtype=np.int32).reshape(-1, 2)
        weights = np.array([weight for *_, weight in edges], dtype=np.float64)
        if not (weights > 0).all():
            raise NotImplementedError("only edges of a weight above 0 are compiled")
        both = ends[:, 0] != ends[:, 1]  # a link to itself counts once
        rows = np.concatenate([ends[:, 0], ends[both, 1]])
        columns = np.concatenate([ends[:, 1], ends[both, 0]])
        data = np.concatenate([weights, weights[both]])
        self.adjacency = sp.csr_array((data, (rows, columns)), shape=(size, size))
        self._rows = np.repeat(np.arange(size), np.diff(self.adjacency.indptr))
        self._set_steps()

    def _set_steps(self) -> None:
        """Prepare the transposed transition matrix; the graph is symmetric, so columns scale."""
        adjacency = self.adjacency
        counts = np.bincount(self._rows, weights=adjacency.data, minlength=len(self.nodes))
        degrees = counts.astype(np.float64)  # without any link, bincount gives whole numbers
        self.dangling = np.flatnonzero(degrees == 0)
        inverse = np.divide(1.0, degrees, out=np.zeros_like(degrees), where=degrees > 0)
        self.steps = with_data(adjacency, adjacency.data * inverse[adjacency.indices])

    def is_directed(self) -> bool:
        """Return False; networkx asks."""
        return False

    def is_multigraph(self) -> bool:
        """Return False; networkx asks."""
        return False

    def __len__(self) -> int:
        return len(self.nodes)

    def without(self, left_out: Collection[str]) -> Self:
        """Return the graph with some nodes cut off from all others (they stay, isolated)."""
        positions = [self.position[node] for node in left_out if node in self.position]
        if not positions:
            return self
        keep = np.ones(len(self.nodes))
        keep[positions] = 0.0
        return self._weighed(self.adjacency.data * keep[self.adjacency.indices] * keep[self._rows])

    def with_equal_weights(self) -> Self:
        """Return the graph with weight 1 for every edge."""
        return self._weighed((self.adjacency.data > 0).astype(np.float64))

    def _weighed(self, data: NDArray[np.float64]) -> Self:
        """Return the graph with other weights; an edge of weight 0 is none."""
        other = type(self).__new__(type(self))
        other.nodes, other.position = self.nodes, self.position
        other._rows = self._rows
        other.adjacency = with_data(self.adjacency, data)
        other._set_steps()
        return other


class _Backend:
    """What networkx's dispatcher finds behind the entry point."""

    @staticmethod
    def convert_from_nx(
        graph: nx.Graph[str], edge_attrs: Mapping[str, Any] | None = None, **_: Any
    ) -> CompiledGraph:
        if edge_attrs and set(edge_attrs) != {"weight"}:
            raise NotImplementedError("only edges' weight, under that name, is supported")
        return CompiledGraph(graph)

    @staticmethod
    def convert_to_nx(result: Any, **_: Any) -> Any:
        if not isinstance(result, CompiledGraph):
            return result
        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(result.nodes)
        found = sp.coo_array(result.adjacency)
        rows, columns = found.coords
        graph.add_weighted_edges_from(
            (result.nodes[i], result.nodes[j], weight)
            for i, j, weight in zip(rows, columns, found.data, strict=True)
            if weight
        )
        return graph

    @staticmethod
    def pagerank(
        G: CompiledGraph,
        alpha: float = 0.85,
        personalization: Mapping[str, float] | None = None,
        max_iter: int = 100,
        tol: float = 1e-6,
        nstart: Mapping[str, float] | None = None,
        weight: str | None = "weight",
        dangling: Mapping[str, float] | None = None,
    ) -> Masses:
        """Return PageRank by power iteration, as :func:`networkx.pagerank` does.

        Raises
        ------
        networkx.PowerIterationFailedConvergence
            If ``max_iter`` steps do not bring the error below ``len(G) * tol``.
        """
        if nstart is not None or dangling is not None:
            raise NotImplementedError("nstart and dangling are not supported by this backend")
        if weight is None:
            G = G.with_equal_weights()
        elif weight != "weight":
            raise NotImplementedError("only edges' weight, under that name, is supported")
        return Masses(G, walk_mass(G, personalization, alpha, max_iter, tol))


def walk_mass(
    graph: CompiledGraph,
    personalization: Mapping[str, float] | None,
    alpha: float = 0.85,
    max_iter: int = 100,
    tol: float = 1e-6,
) -> NDArray[np.float64]:
    """Return the PageRank of every node in the order of ``graph.nodes``.

    Power iteration with Chebyshev acceleration: the transition matrix of an undirected graph has real
    eigenvalues only, so a third of the steps reaches the same error.

    References
    ----------
    Golub, G. H., Varga, R. S. (1961). Chebyshev semi-iterative methods, successive overrelaxation
    iterative methods, and second order Richardson iterative methods. Numerische Mathematik 3.

    Raises
    ------
    ZeroDivisionError
        If no restart node is in the graph, as networkx does.
    networkx.PowerIterationFailedConvergence
        If it does not converge.
    """
    size = len(graph)
    if size == 0:
        return np.zeros(0)
    restart = _restart(graph, personalization)
    jump, ends = (1 - alpha) * restart, graph.dangling
    # Nothing but restarts leads to a node without links.
    spread = len(ends) > 0 and bool(restart[ends].any())
    before, mass, factor = np.zeros(size), restart, 1.0
    for turn in range(max_iter):
        moved = graph.steps @ mass
        moved *= alpha
        moved += jump
        if spread:
            moved += alpha * mass[ends].sum() * restart
        look = turn % CHECKED_EVERY == CHECKED_EVERY - 1 or turn + 1 == max_iter
        # The plain step tells the error, as in networkx; an accelerated one may be short by chance.
        if look and np.abs(moved - mass).sum() < size * tol:
            return np.asarray(moved)
        if turn:
            factor = 1.0 / (1.0 - alpha * alpha * factor / (2.0 if turn == 1 else 4.0))
            moved -= before
            moved *= factor
            moved += before
        before, mass = mass, moved
    raise nx.PowerIterationFailedConvergence(max_iter)


def _restart(
    graph: CompiledGraph, personalization: Mapping[str, float] | None
) -> NDArray[np.float64]:
    """Return the restart vector, with sum 1."""
    if personalization is None:
        return np.full(len(graph), 1.0 / len(graph))
    restart = np.zeros(len(graph))
    for node, share in personalization.items():
        if node in graph.position:
            restart[graph.position[node]] = share
    whole = restart.sum()
    if whole == 0:
        raise ZeroDivisionError("the restart vector is zero on this graph")
    restart /= whole
    return restart


backend = _Backend()
