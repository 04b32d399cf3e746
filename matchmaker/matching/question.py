"""One need put to the index: values of all features for every supply, scores and ranks.

There is one way to a score.  Need lists, offer lists, single pairs, the command line and the
evaluation all ask a :class:`Question`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from matchmaker.matching import features
from matchmaker.matching.eligibility import Refusal, refusals
from matchmaker.matching.index import Index
from matchmaker.matching.lexical import text_value
from matchmaker.matching.profiles import Involvement, NeedProfile, Supply
from matchmaker.matching.scoring import (
    STATED,
    Band,
    Values,
    Weights,
    band,
    fits,
)
from matchmaker.matching.walk import distances, restart_at, walk_from


class Scored(NamedTuple):
    """A scored pair: the values behind both fits, and what follows from them."""

    supply: Supply
    city: Values
    partner: Values
    city_fit: float
    partner_fit: float
    score: float
    confidence: float
    band: Band


class Case(NamedTuple):
    """A collaboration in another city as a precedent: how like the city, how near the topics."""

    involvement: Involvement
    similarity: float
    relatedness: float
    strength: float


class Nearest(NamedTuple):
    """The nearest pair of a needed and a supplied topic; ``value`` 0 and no names if none is near."""

    value: float
    needed: str
    topic: str


NOTHING_NEAR = Nearest(0.0, "", "")


class Question:
    """A need, with all that is computed once for all supplies.

    Parameters
    ----------
    index : Index
        The prepared snapshot.
    need : NeedProfile
        A stored need or one made up for the question.
    weights : Weights
        Weights and prior; the stated ones unless told otherwise.

    Notes
    -----
    For V walk nodes with E links, S supplies and P statements: O(30 (V + E)) in compiled code for the
    walk, O(words x postings) for the words, O(P dimensions) compiled for meaning, and O(S) for scores.
    """

    def __init__(self, index: Index, need: NeedProfile, weights: Weights = STATED) -> None:
        self.index = index
        self.need = need
        self.weights = weights
        everyone = index.profiles.involvements.values()
        own = [i for i in everyone if need.id and i.need == need.id]
        self.own = frozenset(i.id for i in own)
        self._own_partners = frozenset(i.partner for i in own)
        self.freshness = features.freshness(need.fresh_on, index.snapshot.as_of)
        self.near = {topic: index.scheme.near(topic) for topic in need.topics}
        restart = restart_at(need.topics, need.city.id, index.compiled)
        self.mass = walk_from(index.compiled, restart, self.own)
        self.words = index.lexical.score(need.text)
        meaning = index.meaning(need.text)
        self.text = {
            name: text_value(
                self.words.get(name, 0.0),
                None if meaning is None or name not in index.rows
                else float(meaning[index.rows[name]]),
            )
            for name in index.statements
        }  # fmt: skip

    @cached_property
    def _nearest(self) -> Mapping[str, Nearest]:
        """For every topic near a needed one, the nearest pair."""
        found: dict[str, Nearest] = {}
        for needed, near in self.near.items():
            for topic, value in near.items():
                pair = Nearest(value, needed, topic)
                if topic not in found or pair > found[topic]:
                    found[topic] = pair
        return found

    def relevant_topics(self, supply: Supply) -> Collection[str]:
        """Return a supply's topics that are near a needed one, or any one if none is.

        The features give the same for them as for all: the others add nothing but time.
        """
        supplied = self.supplied(supply)
        near = [topic for topic in supplied if topic in self._nearest]
        return near or list(supplied)[:1]

    def nearest(self, topics: Iterable[str]) -> Nearest:
        """Return the nearest pair of a needed topic and one of some topics."""
        best = NOTHING_NEAR
        for topic in topics:
            pair = self._nearest.get(topic, NOTHING_NEAR)
            best = max(best, pair)
        return best

    def best_statement(self, supply: Supply) -> str:
        """Return the statement of a supply whose text is closest to the need's."""
        best, at = "", -1.0
        for statement in self.statements(supply):
            value = self.text.get(statement, -1.0)
            if value > at or (value == at and statement > best):
                best, at = statement, value
        return best

    @cached_property
    def cases(self) -> dict[str, Case]:
        """Every collaboration in another city as a precedent, by identifier."""
        here = self.need.city
        found = {}
        for involvement in self.index.profiles.involvements.values():
            there = involvement.city
            if there.id == here.id or involvement.id in self.own:
                continue
            similarity = features.peer_similarity(
                (here.population, there.population), (here.focus_areas, there.focus_areas),
                here.country == there.country,
            )  # fmt: skip
            related = self.nearest(involvement.topics).value
            found[involvement.id] = Case(involvement, similarity, related, similarity * related)
        return found

    def best_case(self, supply: Supply) -> Case:
        """Return the strongest precedent of a supply's partner; it must have one."""
        cases = self.cases
        past = [cases[i.id] for i in supply.involvements if i.id in cases]
        return max(past, key=lambda case: (case.strength, case.involvement.id))

    @cached_property
    def _country_names(self) -> dict[str, str]:
        countries = self.index.snapshot.of_type("country").values()
        return {c.id: c.text("name") for c in countries}

    def statements(self, supply: Supply) -> Mapping[str, tuple[str, ...]]:
        """Return a supply's statements without the pair's own collaborations."""
        if supply.partner not in self._own_partners:
            return supply.statements
        return {s: topics for s, topics in supply.statements.items() if s not in self.own}

    def supplied(self, supply: Supply) -> Collection[str]:
        """Return a supply's topics without those that only the pair's own collaborations state."""
        if supply.partner not in self._own_partners:
            return supply.topics
        return {topic for topics in self.statements(supply).values() for topic in topics}

    def involvements(self, supply: Supply) -> Sequence[Involvement]:
        """Return the partner's collaborations without those that serve this very need."""
        if supply.partner not in self._own_partners:
            return supply.involvements
        return [i for i in supply.involvements if i.id not in self.own]

    @cached_property
    def excluded(self) -> dict[str, list[Refusal]]:
        """The supplies that fail hard conditions, by identifier in order, with the reasons."""
        supplies = self.index.profiles.supplies
        return {i: found for i in sorted(supplies) if (found := self.refusals(supplies[i]))}

    @cached_property
    def steps_away(self) -> Mapping[str, int]:
        """Number of links of the walk graph from the need's topics or city to each node."""
        starts = [n for n in (*self.need.topics, self.need.city.id) if n in self.index.walk]
        return distances(self.index.walk, starts, self.own)

    def refusals(self, supply: Supply) -> list[Refusal]:
        """Return the hard conditions that the pair fails."""
        return refusals(self.need, supply, self.index.snapshot.as_of, self._country_names)

    def nearest_place(self, supply: Supply) -> features.Place | None:
        """Return the nearest place where the partner is documented to work."""
        here = self.need.city
        past = self.involvements(supply)
        if not past:
            return "country" if supply.home == here.country else None
        if here.id in [i.city.id for i in past]:
            return "city"
        if supply.home == here.country or here.country in [i.city.country for i in past]:
            return "country"
        return "region"

    def score(self, supply: Supply) -> Scored:
        """Score one pair, eligible or not."""
        need = self.need
        statements = self.statements(supply)
        supplied = self.relevant_topics(supply)
        past = self.involvements(supply)
        support = features.support(need.support, supply.support)
        elsewhere = [self.cases[i.id].strength for i in past if i.city.id != need.city.id]
        best_text = features.text([self.text[s] for s in statements])
        mass = self.mass.get(supply.partner, 0.0) if past and self.mass else None
        city: Values = {
            "support": support,
            "topics": features.topic_coverage(need.topics, supplied, self.near),
            "text": best_text,
            "track_record": features.track_record(mass),
            "precedent": features.precedent(elsewhere or None),
        }
        partner: Values = {
            "support": support,
            "topics": features.topic_focus(need.topics, supplied, self.near),
            "text": best_text,
            "presence": features.presence(self.nearest_place(supply)),
            "freshness": self.freshness,
        }
        found = fits(city, partner, self.weights)
        plain = band(found.score, found.confidence, has_offer=supply.offer is not None)
        return Scored(supply, city, partner, *found, plain)

    def ranking(self, supplies: Iterable[Supply] | None = None) -> list[Scored]:
        """Return the eligible pairs, best first; equal scores in order of identifier."""
        refused = self.excluded
        chosen = self.index.profiles.supplies.values() if supplies is None else supplies
        scored = [self.score(supply) for supply in chosen if supply.id not in refused]
        return sorted(scored, key=lambda s: (-s.score, s.supply.id))
