"""Everything that matching needs of one snapshot, prepared once when the snapshot moves forward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

import networkx as nx
import numpy as np

from matchmaker.graph import Snapshot
from matchmaker.matching.backend import CompiledGraph
from matchmaker.matching.columns import Columns
from matchmaker.matching.embedding import FloatArray, relatedness_many, text_key
from matchmaker.matching.features import peer_similarity
from matchmaker.matching.groups import Floats, Numbers
from matchmaker.matching.kinds import Kinds
from matchmaker.matching.lexical import LexicalIndex
from matchmaker.matching.likeness import Likeness
from matchmaker.matching.profiles import CityProfile, Profiles, build_profiles, text_of
from matchmaker.matching.walk import WALKED, build_walk, with_words
from matchmaker.matching.works import Works
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

    ``lexical`` holds the texts of the statements about supplies, in the order of ``columns.nodes``;
    ``silent`` are the rows of those that are blank, and ``with_vector`` of those that have a stored
    vector, one for each row of ``matrix``.  ``walk`` has the entities only, ``compiled`` the words
    too, and ``stops`` the position of each partner in it (-1 if it has none).  ``cited`` and
    ``peers`` fill as they are first asked for.
    """

    snapshot: Snapshot
    scheme: TopicScheme
    profiles: Profiles
    columns: Columns
    works: Works
    likeness: Likeness
    kinds: Kinds
    lexical: LexicalIndex
    silent: Numbers
    with_vector: Numbers
    matrix: FloatArray
    vectors: Vectors
    walk: nx.Graph[str]
    compiled: CompiledGraph
    stops: Numbers
    cited: dict[str, tuple[CitedSource, ...]] = field(default_factory=dict)
    peers: dict[CityProfile, Floats] = field(default_factory=dict)

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
            The index of an earlier snapshot, of which all serves on that rests on nothing that has
            changed; the result is the same without it.

        Notes
        -----
        O(entities + relationships + words), tens of milliseconds at a thousand entities.
        """
        topics = snapshot.of_type("topic")
        if earlier is not None and _same(topics, earlier.scheme.topics):
            scheme = earlier.scheme
        else:
            scheme = TopicScheme(topics.values())
        profiles = build_profiles(snapshot, scheme)
        partners = sorted(snapshot.of_type("partner"))
        columns = Columns.build(profiles.supplies, {p: n for n, p in enumerate(partners)})
        works = Works.build(tuple(profiles.involvements.values()), partners)
        likeness = _likeness(works, vectors, earlier)
        texts = {node: text_of(snapshot.entities[node]) or "" for node in columns.nodes}
        said = earlier.lexical if earlier is not None else None
        # In the order of the nodes too, which equality of mappings does not tell.
        if said is None or [*said.documents.items()] != [*texts.items()]:
            said = LexicalIndex(texts)
        found = [(n, vectors.get(text_key(text))) for n, text in enumerate(texts.values())]
        known = [(n, vector) for n, vector in found if vector is not None]
        matrix = np.stack([v for _, v in known]) if known else np.zeros((0, 1), dtype=np.float32)
        with_vector = np.array([n for n, _ in known], dtype=np.intp)
        silent = np.array([n for n, text in enumerate(texts.values()) if not text], dtype=np.intp)
        walk, compiled = _walks(snapshot, scheme, works, likeness, earlier)
        stops = np.array([compiled.position.get(p, -1) for p in partners], dtype=np.intp)
        kinds = Kinds.build(columns, works, likeness, matrix, with_vector)
        return cls(
            snapshot, scheme, profiles, columns, works, likeness, kinds, said, silent, with_vector,
            matrix, vectors, walk, compiled, stops, _still_cited(snapshot, earlier),
            _still_alike(profiles, works, earlier),
        )  # fmt: skip

    def vector(self, text: str) -> FloatArray | None:
        """Return the stored vector of a text, or None without one."""
        return self.vectors.get(text_key(text))

    def meaning(self, vector: FloatArray | None) -> Floats:
        """Return the relatedness in meaning of a vector to each statement; NaN where unknown."""
        found = np.full(len(self.columns.nodes), np.nan)
        if vector is not None:
            found[self.with_vector] = relatedness_many(vector, self.matrix)
        return found

    def likeness_to_peers(self, city: CityProfile) -> Floats:
        """Return how like a city is to each of the cities with documented work, itself 0."""
        known = self.peers.get(city)
        if known is None:
            others = [self.profiles.cities[other] for other in self.works.cities]
            known = self.peers[city] = np.array(
                [0.0 if other.id == city.id else _similarity(city, other) for other in others]
            )
        return known


def _similarity(one: CityProfile, other: CityProfile) -> float:
    return peer_similarity(
        (one.population, other.population), (one.focus_areas, other.focus_areas),
        one.country == other.country,
    )  # fmt: skip


def _likeness(works: Works, vectors: Vectors, earlier: Index | None) -> Likeness:
    """Prepare the works' texts, or take an earlier index's where nothing of them has changed."""
    if earlier is not None and earlier.works.same_texts(works):
        embedded = [text_key(text) in vectors for text in works.texts]
        if embedded == earlier.likeness.embedded.tolist():
            return earlier.likeness
    return Likeness.build(works, vectors)


def _walks(
    snapshot: Snapshot, scheme: TopicScheme, works: Works, likeness: Likeness, earlier: Index | None
) -> tuple[nx.Graph[str], CompiledGraph]:
    """Return the walk graph, and it compiled with words, or an earlier index's if still right."""
    if earlier is not None and all(
        _same(snapshot.of_type(kind), earlier.snapshot.of_type(kind)) for kind in WALKED
    ):
        walk = earlier.walk
        if likeness is earlier.likeness:
            return walk, earlier.compiled
    else:
        walk = build_walk(snapshot, scheme)
    return walk, CompiledGraph(with_words(walk, works, likeness.words))


def _same(now: Mapping[str, Entity], before: Mapping[str, Entity]) -> bool:
    """Tell whether two tables hold the very same entities."""
    return now.keys() == before.keys() and all(now[i] is before[i] for i in now)


def _still_cited(snapshot: Snapshot, earlier: Index | None) -> dict[str, tuple[CitedSource, ...]]:
    if earlier is None or not _same(snapshot.of_type("source"), earlier.snapshot.of_type("source")):
        return {}
    now, before = snapshot.entities, earlier.snapshot.entities
    return {i: found for i, found in earlier.cited.items() if now.get(i) is before[i]}


def _still_alike(
    profiles: Profiles, works: Works, earlier: Index | None
) -> dict[CityProfile, Floats]:
    """Return what is known of how alike cities are, if those with documented work are as before."""
    if earlier is None or earlier.works.cities != works.cities:
        return {}
    now, before = profiles.cities, earlier.profiles.cities
    return dict(earlier.peers) if all(now[c] == before[c] for c in works.cities) else {}


def texts_to_embed(snapshot: Snapshot) -> list[str]:
    """Return every text that matching compares by meaning, once each."""
    return list(dict.fromkeys(t for _, t in _texts(snapshot, ("need", *TEXT_TYPES))))


def _texts(snapshot: Snapshot, types: Iterable[str]) -> Iterable[tuple[str, str]]:
    for kind in types:
        for entity in snapshot.of_type(kind).values():
            if text := text_of(entity):
                yield entity.id, text
