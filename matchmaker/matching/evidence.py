"""Evidence: paths in the graph, and the sources behind them, for each contribution.

A path is a list of node identifiers and relationship types in turn; two neighbours are joined by the
relationship between them in one direction or the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matchmaker.matching.index import CitedSource, Index
from matchmaker.matching.profiles import Involvement
from matchmaker.matching.question import Question, Scored

Path = tuple[str, ...]
_SCAFFOLD = ("topic", "support_type", "country")


@dataclass(frozen=True, slots=True)
class Evidence:
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
        best = max(
            (
                (near, needed, statement, topic)
                for needed in self.need.topics
                for statement, topics in self.question.statements(self.supply).items()
                for topic in topics
                if (near := self.question.near[needed].get(topic, 0.0))
            ),
            key=lambda found: (found[0], found[1:]),
        )
        _, needed, statement, topic = best
        yield (*self._to_topic(needed, topic), "HAS_TOPIC", *self._to_supply(statement))

    def text(self) -> Iterator[Path]:
        statements = self.question.statements(self.supply)
        values = self.question.text
        best = max(statements, key=lambda s: (values.get(s) or 0.0, s))
        yield self._to_supply(best)

    def track_record(self) -> Iterator[Path]:
        past = self.question.involvements(self.supply)
        linked = [(*best, case) for case in past if (best := self._nearest(case))]
        if linked:
            _, needed, topic, case = max(linked, key=lambda found: (found[0], found[3].id))
            tail = ("HAS_TOPIC", case.id, "WITH_PARTNER", self.supply.partner)
            yield (*self._to_topic(needed, topic), *tail)
            return
        here = self.need.city.id
        for case in past:
            if case.city.id == here:
                yield (here, "OF_CITY", case.id, "WITH_PARTNER", self.supply.partner)
                return
        yield self._shortest()

    def precedent(self) -> Iterator[Path]:
        cases = self.question.cases
        past = [cases[i.id] for i in self.supply.involvements if i.id in cases]
        best = max(past, key=lambda case: (case.strength, case.involvement.id)).involvement
        nearest = self._nearest(best)
        if nearest:
            _, needed, topic = nearest
            to_case = (*self._to_topic(needed, topic), "HAS_TOPIC", best.id)
            yield (*to_case, "OF_CITY", best.city.id)
            yield (best.city.id, "OF_CITY", best.id, "WITH_PARTNER", self.supply.partner)

    def presence(self) -> Iterator[Path]:
        place = self.question.nearest_place(self.supply)
        here = self.need.city
        partner = self.supply.partner
        if place == "country" and self.supply.home == here.country:
            yield (here.id, "IN_COUNTRY", here.country, "IN_COUNTRY", partner)
        for case in sorted(self.question.involvements(self.supply), key=lambda i: i.id):
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
        """Return what the nodes of a path cite; the scheme's own only if there is nothing else."""
        index = self.question.index
        nodes = path[::2]
        facts = [n for n in nodes if index.snapshot.entities[n].type not in _SCAFFOLD]
        return tuple(cited for node in facts or nodes for cited in cited_by(index, node))

    def _nearest(self, case: Involvement) -> tuple[float, str, str] | None:
        """Return the nearest pair of topics between the need and a collaboration."""
        return max(
            (
                (near, needed, topic)
                for needed in self.need.topics
                for topic in case.topics
                if (near := self.question.near[needed].get(topic, 0.0))
            ),
            default=None,
        )

    def _to_topic(self, needed: str, topic: str) -> Path:
        start: Path = (*self.start, "HAS_TOPIC") if self.start else ()
        return (*start, *self.question.index.scheme.path(needed, topic))

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
