"""Everything that matching needs of one snapshot, prepared once when the snapshot moves forward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from matchmaker.graph import Snapshot
from matchmaker.matching.backend import CompiledGraph
from matchmaker.matching.embedding import FloatArray, relatedness_many, text_key
from matchmaker.matching.lexical import LexicalIndex
from matchmaker.matching.profiles import Profiles, build_profiles, text_of
from matchmaker.matching.walk import build_walk
from matchmaker.model import Entity
from matchmaker.topics import TopicScheme

TEXT_TYPES = ("offer", "partner", "collaboration")
"""Entity types whose texts are statements about a supply."""

Vectors = Mapping[str, FloatArray]
"""Stored text vectors by text key."""


class CitedSource(TypedDict):
    """A source that a node cites: with its title, the place in it, and whether it is held."""

    source: str
    title: str
    locator: str
    held: bool
    node: str


@dataclass(frozen=True, slots=True)
class Index:
    """A snapshot prepared for matching.

    ``statements`` are the identifiers of all texts about supplies; ``rows`` maps those that have a
    stored vector to their row in ``matrix``, of shape (texts with a vector, dimensions).  ``cited``
    fills as nodes are first cited.
    """

    snapshot: Snapshot
    scheme: TopicScheme
    profiles: Profiles
    statements: tuple[str, ...]
    lexical: LexicalIndex
    rows: Mapping[str, int]
    matrix: FloatArray
    vectors: Vectors
    walk: nx.Graph[str]
    compiled: CompiledGraph
    cited: dict[str, tuple[CitedSource, ...]] = field(default_factory=dict)

    @classmethod
    def build(cls, snapshot: Snapshot, vectors: Vectors, earlier: Index | None = None) -> Index:
        """Prepare a snapshot.

        Parameters
        ----------
        snapshot : Snapshot
            The graph.
        vectors : mapping of str to array
            Vectors of texts by :func:`~matchmaker.matching.embedding.text_key`; a text without one
            is compared by its words only.

        earlier : Index, optional
            The index of an earlier snapshot, whose topic scheme and citations serve on where nothing
            they rest on has changed; the result is the same without it.

        Notes
        -----
        O(entities + relationships + words), tens of milliseconds at a thousand entities.
        """
        topics = snapshot.of_type("topic")
        if earlier is not None and _same(topics, earlier.scheme.topics):
            scheme = earlier.scheme
        else:
            scheme = TopicScheme(topics.values())
        texts = dict(_texts(snapshot, TEXT_TYPES))
        with_vector = [(i, vectors[k]) for i, t in texts.items() if (k := text_key(t)) in vectors]
        rows = {identifier: row for row, (identifier, _) in enumerate(with_vector)}
        matrix = np.stack([v for _, v in with_vector]) if with_vector else np.zeros((0, 1))
        walk = build_walk(snapshot, scheme)
        return cls(
            snapshot, scheme, build_profiles(snapshot, scheme), tuple(texts),
            LexicalIndex(texts), rows, np.ascontiguousarray(matrix, dtype=np.float32),
            vectors, walk, CompiledGraph(walk), _still_cited(snapshot, earlier),
        )  # fmt: skip

    def meaning(self, text: str) -> NDArray[np.float64] | None:
        """Return the relatedness in meaning of a text to each row, or None without a vector."""
        vector = self.vectors.get(text_key(text))
        return None if vector is None else relatedness_many(vector, self.matrix)


def _same(now: Mapping[str, Entity], before: Mapping[str, Entity]) -> bool:
    """Tell whether two tables hold the very same entities."""
    return now.keys() == before.keys() and all(now[i] is before[i] for i in now)


def _still_cited(snapshot: Snapshot, earlier: Index | None) -> dict[str, tuple[CitedSource, ...]]:
    if earlier is None or not _same(snapshot.of_type("source"), earlier.snapshot.of_type("source")):
        return {}
    now, before = snapshot.entities, earlier.snapshot.entities
    return {i: found for i, found in earlier.cited.items() if now.get(i) is before[i]}


def texts_to_embed(snapshot: Snapshot) -> list[str]:
    """Return every text that matching compares by meaning, once each."""
    return list(dict.fromkeys(t for _, t in _texts(snapshot, ("need", *TEXT_TYPES))))


def _texts(snapshot: Snapshot, types: Iterable[str]) -> Iterable[tuple[str, str]]:
    for kind in types:
        for entity in snapshot.of_type(kind).values():
            if text := text_of(entity):
                yield entity.id, text
