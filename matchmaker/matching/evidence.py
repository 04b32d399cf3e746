"""Evidence: paths in the graph, and the sources behind them, for each contribution.

A path is a list of node identifiers and relationship types in turn; two neighbours are joined by the
relationship between them in one direction or the other.  Its sources are those of the nodes on it that
state the facts: topics, kinds of support and countries only join them, and a collaboration's own
sources speak for its city, partner and offer too, an offer's for its partner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import ClassVar, TypedDict

from matchmaker.matching.basis import Basis
from matchmaker.matching.index import CitedSource, Index
from matchmaker.matching.paths import Path, Ways
from matchmaker.matching.profiles import Involvement
from matchmaker.matching.question import Nearest, Question

Proof = tuple[Path, Path]
"""A path, and the nodes on it that state the facts."""


class Evidence(TypedDict):
    """One path behind a feature's value, with its sources (shared by paths, never changed)."""

    feature: str
    path: Path
    sources: list[CitedSource]


class Prover:
    """Finds the evidence behind a question's pairs.

    Parameters
    ----------
    question : Question
        The question that the pairs answer.
    """

    def __init__(self, question: Question) -> None:
        self._question = question
        self._index = question.index
        self._need = question.need
        # A need made up for the question is no node; its paths start at its topics or its city.
        self._start: Path = (self._need.id,) if self._need.id else ()
        self._ways_to_topics: dict[Nearest, Path] = {}
        self._sources: dict[Path, list[CitedSource]] = {}

    def evidence(self, bases: Sequence[Basis]) -> list[list[Evidence]]:
        """Return the evidence behind each pair, in the order of the features.

        Only features with a value above 0 have evidence: nothing proves an absence.
        """
        found: list[list[Evidence]] = [[] for _ in bases]
        for feature, prove in self._PROOFS.items():
            for basis, of_pair in zip(bases, found, strict=True):
                if basis.values[feature]:
                    for path, facts in prove(self, basis):
                        of_pair.append(self._cite(feature, path, facts))
        for basis, of_pair in zip(bases, found, strict=True):
            if basis.values["freshness"]:
                of_pair.extend(self._freshness)
        return found

    def _cite(self, feature: str, path: Path, facts: Path) -> Evidence:
        sources = self._sources.get(facts)
        if sources is None:
            sources = [source for node in facts for source in cited_by(self._index, node)]
            self._sources[facts] = sources
        return {"feature": feature, "path": path, "sources": sources}

    def _support(self, basis: Basis) -> Iterable[Proof]:
        supply, start = basis.supply, self._start
        if not supply.offer:
            return []
        seeks: Path = (*start, "SEEKS") if start else ()
        kinds = sorted(self._need.support & supply.support)
        return [((*seeks, kind, "GIVES", supply.offer), (*start, supply.offer)) for kind in kinds]

    def _topics(self, basis: Basis) -> Iterable[Proof]:
        ((path, facts),) = self._stated(basis, basis.stated_by)
        return [((*self._to_topic(basis.topics), *path), (*self._start, *facts))]

    def _text(self, basis: Basis) -> Iterable[Proof]:
        return self._stated(basis, basis.statement)

    def _stated(self, basis: Basis, statement: str) -> list[Proof]:
        """Return the path from a node that states something to the offer or partner."""
        offer, partner = basis.supply.offer, basis.supply.partner
        if offer is None:
            return [((partner,), (partner,))]
        if statement == partner:
            return [((partner, "OFFERED_BY", offer), (offer,))]
        if statement == offer:
            return [((offer, "OFFERED_BY", partner), (offer,))]
        return [((statement, "DOCUMENTED_BY", offer), (statement,))]

    def _similar_work(self, basis: Basis) -> Iterable[Proof]:
        assert basis.most_similar is not None
        return [_done(basis.most_similar[0])]

    def _activity(self, basis: Basis) -> Iterable[Proof]:
        return [_done(max(basis.past, key=lambda case: (case.since, case.id)))]

    def _capacity(self, basis: Basis) -> Iterable[Proof]:
        return [_done(case) for case in basis.past if case.amount is not None]

    def _kinship(self, basis: Basis) -> Iterable[Proof]:
        assert basis.of_kind is not None
        return [_done(basis.of_kind[0])]

    def _track_record(self, basis: Basis) -> Iterable[Proof]:
        partner = basis.supply.partner
        subject, nearest = max([(subject, case) for case, subject in basis.subjects.items()])
        if subject.value:
            path = (*self._to_topic(subject), nearest, "WITH_PARTNER", partner)
            return [(path, (*self._start, nearest))]
        here = self._need.city.id
        for past in basis.past:
            if past.city.id == here:
                return [((here, "OF_CITY", past.id, "WITH_PARTNER", partner), (past.id,))]
        return [self._walk_to(basis)]

    def _precedent(self, basis: Basis) -> Iterable[Proof]:
        assert basis.best_case is not None
        case, city = basis.best_case.involvement.id, basis.best_case.involvement.city.id
        there = ((city, "OF_CITY", case, "WITH_PARTNER", basis.supply.partner), (case,))
        if not basis.subjects[case].value:
            return [there]  # related by its text, not by topics
        to_city = (*self._to_topic(basis.subjects[case]), case, "OF_CITY", city)
        return [(to_city, (*self._start, case)), there]

    def _presence(self, basis: Basis) -> Iterable[Proof]:
        supply, here = basis.supply, self._need.city
        if basis.place == "region":
            past = basis.past[:1]
        elif basis.place == "city":
            past = [case for case in basis.past if case.city.id == here.id]
        else:
            past = [case for case in basis.past if case.city.country == here.country]
        to_country = (here.id, "IN_COUNTRY", here.country, "IN_COUNTRY")
        way = to_country if basis.place == "country" else ()
        found: list[Proof] = [
            ((*way, case.city.id, "OF_CITY", case.id, "WITH_PARTNER", supply.partner), (case.id,))
            for case in past
        ]
        if basis.place == "country" and supply.home == here.country:
            found.insert(0, ((*to_country, supply.partner), (here.id, supply.partner)))
        return found

    _PROOFS: ClassVar[Mapping[str, Callable[[Prover, Basis], Iterable[Proof]]]] = {
        "support": _support,
        "topics": _topics,
        "text": _text,
        "similar_work": _similar_work,
        "experience": _similar_work,
        "track_record": _track_record,
        "precedent": _precedent,
        "activity": _activity,
        "capacity": _capacity,
        "kinship": _kinship,
        "presence": _presence,
    }

    @cached_property
    def _freshness(self) -> list[Evidence]:
        """The evidence that the need is alive: the same for every supply."""
        seen, entities = self._need.fresh_by, self._index.snapshot.entities
        if seen not in entities or not self._start:
            return []
        if entities[seen].type == "project_listing":
            path = (*self._start, "CONTINUES", entities[seen].text("project"), "LISTS", seen)
            return [self._cite("freshness", path, (*self._start, seen))]
        path = (*self._start, "CITES", entities[seen].refs("source")[0])
        return [self._cite("freshness", path, self._start)]

    def _to_topic(self, pair: Nearest) -> Path:
        """Return the way from the need over the topic scheme to the topic supplied, and on."""
        known = self._ways_to_topics.get(pair)
        if known is None:
            start: Path = (*self._start, "HAS_TOPIC") if self._start else ()
            way = self._index.scheme.path(pair.needed, pair.topic)
            known = self._ways_to_topics[pair] = (*start, *way, "HAS_TOPIC")
        return known

    @cached_property
    def _ways(self) -> Ways:
        """Ways over the walk graph from the need's topics and city."""
        starts = (*self._need.topics, self._need.city.id)
        return Ways(self._index.walk, starts, self._question.own)

    def _walk_to(self, basis: Basis) -> Proof:
        """Return a shortest path of the walk graph from the need to a partner.

        Words are no nodes of the graph that people see: where only they lead to the partner, its most
        similar work stands for them.
        """
        path = self._ways.path_to(basis.supply.partner)
        if path is None:
            assert basis.most_similar is not None
            return _done(basis.most_similar[0])
        entities = self._index.snapshot.entities
        facts = [node for node in path[::2] if entities[node].type in ("collaboration", "project")]
        if not self._start:
            return path, tuple(facts)
        first = "OF_CITY" if path[0] == self._need.city.id else "HAS_TOPIC"
        return (*self._start, first, *path), (*self._start, *facts)


def _done(case: Involvement) -> Proof:
    """Return the path that tells who did a piece of work."""
    return (case.id, "WITH_PARTNER", case.partner), (case.id,)


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
