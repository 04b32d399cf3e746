"""Suggested bundles as documents: which needs, what they share, and what would answer them all.

Every number can be recomputed: likeness from the needs' own statements, what a supply is worth from the
scores that ``/api/v1/matches/{need}/{target}`` gives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Final
from weakref import WeakKeyDictionary

import networkx as nx
import numpy as np

from matchmaker.bundles import grouping, supplying
from matchmaker.bundles.grouping import Group
from matchmaker.bundles.likeness import DIGITS, PARTS, WEIGHTS, NeedLikeness
from matchmaker.bundles.shared import shared, words_in
from matchmaker.bundles.supplying import Answer
from matchmaker.matching.groups import Flags, Floats
from matchmaker.matching.profiles import NeedProfile, Supply
from matchmaker.permissions import Caller
from matchmaker.usecases.bundles.keeping import needs_taken
from matchmaker.usecases.matches import Document, Matcher, algorithm_document
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

MOST_ANSWERS: Final = 5
"""How many pairs, and how many single supplies, are told for each bundle."""


def suggest(service: Service, caller: Caller) -> Document:
    """Return the bundles that the open needs suggest, without needs that are in a bundle already.

    Raises
    ------
    NotAllowedError
        If the caller may not see suggestions.
    """
    permit(service, caller, "bundles.suggest")
    return suggestions(service.matcher, needs_taken(service))


def suggestions(matcher: Matcher, taken: Collection[str] = ()) -> Document:
    """Return the bundles that the open needs of a prepared snapshot suggest.

    Parameters
    ----------
    taken : collection of str
        Needs that are in a bundle already and are left out.

    Notes
    -----
    Comparing takes O(needs² · words) in compiled code, once for a snapshot; the graph has at most ten
    edges for each need, and only needs in a suggestion are put as questions.
    """
    prospect = prospect_of(matcher)
    free = [n for n, need in enumerate(prospect.likeness.needs) if need.id not in taken]
    graph = prospect.compared.graph.subgraph(free)
    found = grouping.groups(prospect.likeness, _in_order(graph))
    inside = {need for group in found for need in group.needs}
    snapshot = matcher.index.snapshot
    return {
        "algorithm": algorithm_document(matcher.model),
        "snapshot": {"sequence": snapshot.sequence, "as_of": snapshot.as_of},
        "method": {
            "communities": "louvain",
            "seed": grouping.SEED,
            "least": grouping.LEAST,
            "neighbours": grouping.NEIGHBOURS,
            "most_needs": grouping.MOST_NEEDS,
            "weights": dict(WEIGHTS),
        },
        "needs": len(free),
        "joined": graph.number_of_edges(),
        "modularity": _modularity(graph),
        "suggestions": [prospect.suggestion(group) for group in found],
        "alone": [prospect.named(need) for need in free if need not in inside],
    }


def bundle_document(matcher: Matcher, needs: Iterable[str]) -> Document:
    """Return what is told of a suggestion about any open needs; others are left out."""
    prospect = prospect_of(matcher)
    places = [prospect.compared.place[need] for need in needs if need in prospect.compared.place]
    if not places:
        return {"needs": [], "cohesion": 0.0, "alike": [], "least_like": "", "pairs": [],
                "singles": [], "shared": {"topics": [], "support": [], "words": []}}  # fmt: skip
    return prospect.suggestion(grouping.group_of(prospect.likeness, places))


@dataclass(eq=False)
class Compared:
    """The open needs of a snapshot, compared with each other: what does not change until it does."""

    likeness: NeedLikeness

    @cached_property
    def graph(self) -> nx.Graph[int]:
        """The graph of like needs."""
        return grouping.need_graph(self.likeness)

    @cached_property
    def place(self) -> dict[str, int]:
        """Place of each need."""
        return {need.id: n for n, need in enumerate(self.likeness.needs)}

    @cached_property
    def words(self) -> dict[str, int]:
        """In how many needs each word is found."""
        return dict(words_in(self.likeness.needs))


@dataclass(frozen=True, slots=True, eq=False)
class Prospect:
    """What can be told of groups of needs of a prepared snapshot."""

    matcher: Matcher
    compared: Compared

    @property
    def likeness(self) -> NeedLikeness:
        """How like the needs are."""
        return self.compared.likeness

    def suggestion(self, group: Group) -> Document:
        """Return one suggestion in full."""
        needs = [self.likeness.needs[place] for place in group.needs]
        common = shared(needs, self.compared.words, len(self.likeness))
        singles, pairs = self._answers(needs)
        return {
            "id": suggestion_id(need.id for need in needs),
            "title": self._title(common.topics, needs),
            "cities": len({need.city.id for need in needs}),
            "needs": [
                {**self.named(place), "to_rest": round(value, DIGITS)}
                for place, value in zip(group.needs, group.to_rest, strict=True)
            ],
            "cohesion": round(group.cohesion, DIGITS),
            "least_like": self.likeness.needs[group.least_like].id,
            "alike": [self._link(*both) for both in combinations(group.needs, 2)],
            "shared": {
                "topics": [self._counted(*one) for one in common.topics],
                "support": [self._counted(*one) for one in common.support],
                "words": [{"word": word, "needs": count} for word, count in common.words],
            },
            "pairs": pairs,
            "singles": singles,
        }

    def named(self, place: int) -> Document:
        """Return a need with its city and country."""
        need = self.likeness.needs[place]
        return {
            "id": need.id,
            "title": need.title,
            "city": {"id": need.city.id, "name": need.city.name},
            "country": {"id": need.city.country, "name": self._caption(need.city.country)},
        }

    def _title(self, topics: Sequence[tuple[str, int]], needs: Sequence[NeedProfile]) -> str:
        cities = sorted({need.city.name for need in needs})
        first = [self._caption(topic) for topic, _ in topics[:2]]
        subject = " / ".join(first)
        return f"{subject or needs[0].title}: {', '.join(cities[:-1])} and {cities[-1]}"

    def _counted(self, identifier: str, count: int) -> Document:
        return {"id": identifier, "name": self._caption(identifier), "needs": count}

    def _caption(self, identifier: str) -> str:
        snapshot = self.matcher.index.snapshot
        entity = snapshot.entities.get(identifier)
        return snapshot.schema.caption(entity) if entity else identifier

    def _link(self, one: int, other: int) -> Document:
        like = self.likeness.between(one, other)
        parts = {name: getattr(like, name) for name in PARTS}
        return {
            "needs": [self.likeness.needs[one].id, self.likeness.needs[other].id],
            "likeness": like.value,
            **{name: None if part is None else round(part, DIGITS) for name, part in parts.items()},
        }

    def _answers(self, needs: Sequence[NeedProfile]) -> tuple[list[Document], list[Document]]:
        """Return the best single supplies and the best pairs for some needs."""
        asked = [self.matcher.question(need.id) for need in needs]
        of = self.matcher.index.columns
        scores = np.stack([question.scores.score for question in asked])
        eligible = np.ones(scores.shape, dtype=bool)
        for row, question in enumerate(asked):
            eligible[row, [of.row[supply] for supply in question.excluded]] = False
        cities = [need.city.id for need in needs]
        single = supplying.singles(scores, eligible, cities, MOST_ANSWERS)
        paired = supplying.pairs(
            scores, eligible, cities, self._gives(supplying.SOLUTION),
            self._gives(supplying.FUNDING), of.partner.tolist(), MOST_ANSWERS,
        )  # fmt: skip
        told = [
            [self._answer(one, needs, scores[:, list(one.supplies)]) for one in answers]
            for answers in (single, paired)
        ]
        return told[0], told[1]

    def _gives(self, kinds: Collection[str]) -> Flags:
        supplies = self.matcher.index.columns.supplies
        return np.array([not supply.support.isdisjoint(kinds) for supply in supplies], dtype=bool)

    def _answer(self, one: Answer, needs: Sequence[NeedProfile], scores: Floats) -> Document:
        supplies = [self.matcher.index.columns.supplies[row] for row in one.supplies]
        worst, floor = one.floor
        of_needs = zip(needs, one.of_need, scores.tolist(), strict=True)
        return {
            "score": one.score,
            "floor": {"city": worst, "value": floor},
            "supplies": [self._supply(supply) for supply in supplies],
            "cities": [{"city": city, "value": value} for city, value in one.of_city.items()],
            "of_needs": [
                {
                    "need": need.id,
                    "value": value,
                    "scores": [
                        {"target": supply.id, "score": score}
                        for supply, score in zip(supplies, of_need, strict=True)
                    ],
                }
                for need, value, of_need in of_needs
            ],
        }

    def _supply(self, supply: Supply) -> Document:
        return {
            "target": supply.id,
            "offer": {"id": supply.offer, "title": supply.title} if supply.offer else None,
            "partner": {"id": supply.partner, "name": supply.partner_name},
            "support": sorted(supply.support),
        }


_compared: WeakKeyDictionary[Matcher, Compared] = WeakKeyDictionary()


def prospect_of(matcher: Matcher) -> Prospect:
    """Return what can be told of a prepared snapshot; its needs are compared once."""
    found = _compared.get(matcher)
    if found is None:
        index = matcher.index
        asked = [need for need in index.profiles.needs.values() if need.status == "open"]
        found = Compared(NeedLikeness.build(asked, index.scheme, index.vector))
        _compared[matcher] = found
    return Prospect(matcher, found)


def suggestion_id(needs: Iterable[str]) -> str:
    """Return the identifier of a suggestion: the same for the same needs, in whatever order.

    Examples
    --------
    >>> suggestion_id(["b", "a"]) == suggestion_id(["a", "b"])
    True
    """
    told = "\n".join(sorted(needs)).encode()
    return f"suggestion-{hashlib.sha256(told).hexdigest()[:12]}"


def _in_order(graph: nx.Graph[int]) -> nx.Graph[int]:
    """Return a graph with its nodes and edges in order, which the method's chance depends on."""
    ordered: nx.Graph[int] = nx.Graph()
    ordered.add_nodes_from(sorted(graph))
    ordered.add_edges_from(sorted((min(e[:2]), max(e[:2]), e[2]) for e in graph.edges(data=True)))
    return ordered


def _modularity(graph: nx.Graph[int]) -> float | None:
    """Return the modularity of the communities, None where nothing is joined."""
    if not graph.number_of_edges():
        return None
    parts = map(set, grouping.communities(_in_order(graph)))
    return round(float(nx.community.modularity(graph, parts, weight="weight")), DIGITS)
