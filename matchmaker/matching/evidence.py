"""Evidence: paths in the graph, and the sources behind them, for each contribution.

A path is a list of node identifiers and relationship types in turn; two neighbours are joined by the
relationship between them in one direction or the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from matchmaker.matching.index import CitedSource, Index
from matchmaker.matching.question import NOTHING_NEAR, Nearest, Question, Scored

Path = tuple[str, ...]
_SCAFFOLD = frozenset({"topic", "support_type", "country"})
_SPOKEN_FOR = {
    "collaboration": frozenset({"offer", "partner", "city"}),
    "offer": frozenset({"partner"}),
    "project_listing": frozenset({"project"}),
}
"""What a node's own citations speak for already, when both stand on a path."""


class Evidence(NamedTuple):
    """One path behind a feature's value, with its sources."""

    feature: str
    path: Path
    sources: tuple[CitedSource, ...]


def evidence_for(question: Question, scored: Scored) -> list[Evidence]:
    """Return the evidence behind a scored pair, in the order of the features.

    Only features with a value above 0 have evidence: nothing proves an absence.
    """
    finder = _Finder(question, scored)
    steps = (
        ("support", finder.support),
        ("topics", finder.topics),
        ("text", finder.text),
        ("track_record", finder.track_record),
        ("precedent", finder.precedent),
        ("presence", finder.presence),
        ("freshness", finder.freshness),
    )
    found = []
    for feature, paths in steps:
        value = scored.city.get(feature) or scored.partner.get(feature)
        if value:
            found += [Evidence(feature, path, finder.sources(path)) for path in paths()]
    return found


class _Finder:
    """Finds the paths of one pair; each method yields those of one feature."""

    def __init__(self, question: Question, scored: Scored) -> None:
        self.question = question
        self.scored = scored
        self.supply = scored.supply
        self.need = question.need
        # A need made up for the question is no node; its paths start at its city.
        self.start: Path = (self.need.id,) if self.need.id else ()

    def support(self) -> Iterator[Path]:
        offer = self.supply.offer
        for kind in sorted(self.need.support & self.supply.support):
            if offer:
                seeks: Path = (*self.start, "SEEKS") if self.start else ()
                yield (*seeks, kind, "GIVES", offer)

    def topics(self) -> Iterator[Path]:
        best, at = NOTHING_NEAR, ""
        for statement, topics in self.question.statements(self.supply).items():
            pair = self.question.nearest(topics)
            best, at = max((best, at), (pair, statement))
        yield (*self._to_topic(best), "HAS_TOPIC", *self._to_supply(at))

    def text(self) -> Iterator[Path]:
        yield self._to_supply(self.question.best_statement(self.supply))

    def track_record(self) -> Iterator[Path]:
        past = self.question.involvements(self.supply)
        best, at = NOTHING_NEAR, ""
        for case in past:
            pair = self.question.nearest(case.topics)
            if (pair, case.id) > (best, at) and pair is not NOTHING_NEAR:
                best, at = pair, case.id
        if at:
            yield (*self._to_topic(best), "HAS_TOPIC", at, "WITH_PARTNER", self.supply.partner)
            return
        here = self.need.city.id
        for case in past:
            if case.city.id == here:
                yield (here, "OF_CITY", case.id, "WITH_PARTNER", self.supply.partner)
                return
        yield self._shortest()

    def precedent(self) -> Iterator[Path]:
        best = self.question.best_case(self.supply).involvement
        to_case = (*self._to_topic(self.question.nearest(best.topics)), "HAS_TOPIC", best.id)
        yield (*to_case, "OF_CITY", best.city.id)
        yield (best.city.id, "OF_CITY", best.id, "WITH_PARTNER", self.supply.partner)

    def presence(self) -> Iterator[Path]:
        place = self.question.nearest_place(self.supply)
        here = self.need.city
        partner = self.supply.partner
        if place == "country" and self.supply.home == here.country:
            yield (here.id, "IN_COUNTRY", here.country, "IN_COUNTRY", partner)
        for case in self.question.involvements(self.supply):
            to_partner = ("OF_CITY", case.id, "WITH_PARTNER", partner)
            if place == "city" and case.city.id == here.id:
                yield (here.id, *to_partner)
            elif place == "country" and case.city.country == here.country:
                there = (here.country, "IN_COUNTRY", case.city.id)
                yield (here.id, "IN_COUNTRY", *there, *to_partner)
            elif place == "region":
                yield (case.city.id, *to_partner)
                return

    def freshness(self) -> Iterator[Path]:
        snapshot = self.question.index.snapshot
        seen = self.need.fresh_by
        if seen in snapshot.entities and self.start:
            entity = snapshot.entities[seen]
            if entity.type == "project_listing":
                yield (*self.start, "CONTINUES", entity.text("project"), "LISTS", seen)
            else:
                yield (*self.start, "CITES", entity.refs("source")[0])

    def sources(self, path: Path) -> tuple[CitedSource, ...]:
        """Return what the nodes of a path cite that state the facts; of all if none does."""
        index = self.question.index
        nodes = path[::2]
        types = [index.snapshot.entities[node].type for node in nodes]
        silent = _silent(tuple(types))
        facts = [node for node, kind in zip(nodes, types, strict=True) if kind not in silent]
        return tuple(cited for node in facts or nodes for cited in cited_by(index, node))

    def _to_topic(self, pair: Nearest) -> Path:
        """Return the path from the need over the topic scheme to the topic supplied."""
        start: Path = (*self.start, "HAS_TOPIC") if self.start else ()
        return (*start, *self.question.index.scheme.path(pair.needed, pair.topic))

    def _to_supply(self, statement: str) -> Path:
        """Return the path from a node that states something to the offer or partner."""
        offer, partner = self.supply.offer, self.supply.partner
        if statement == partner:
            return (partner, "OFFERED_BY", offer) if offer else (partner,)
        if statement == offer:
            return (offer, "OFFERED_BY", partner)
        assert offer is not None
        return (statement, "DOCUMENTED_BY", offer)

    def _shortest(self) -> Path:
        """Return a shortest path of the walk graph from the need's topics or city to the partner."""
        walk, away = self.question.index.walk, self.question.steps_away
        node = self.supply.partner
        if node not in away:
            return (node,)
        path = [node]
        while away[node]:
            back = min(n for n in walk[node] if away.get(n) == away[node] - 1)
            path += [walk.edges[node, back]["type"], back]
            node = back
        path.reverse()
        if self.start:
            first = "OF_CITY" if node == self.need.city.id else "HAS_TOPIC"
            return (*self.start, first, *path)
        return tuple(path)


@lru_cache(maxsize=1024)
def _silent(types: tuple[str, ...]) -> frozenset[str]:
    """Return the types whose citations are not needed on a path of these types."""
    return _SCAFFOLD.union(*[_SPOKEN_FOR[kind] for kind in types if kind in _SPOKEN_FOR])


def cited_by(index: Index, node: str) -> tuple[CitedSource, ...]:
    """Return the sources that a node cites; read once per index and shared, never changed."""
    known = index.cited.get(node)
    if known is None:
        entities = index.snapshot.entities
        known = index.cited[node] = tuple(
            CitedSource(
                source=c.source,
                title=entities[c.source].text("title"),
                locator=c.locator,
                held=bool(entities[c.source].values.get("held")),
                node=node,
            )
            for c in entities[node].citations
        )
    return known
