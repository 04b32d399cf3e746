"""One need put to the index: values of all features for every supply, scores and ranks.

There is one way to a score.  Need lists, offer lists, single pairs, the command line and the
evaluation all ask a :class:`Question`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from math import isnan
from typing import Final, NamedTuple

import numpy as np

from matchmaker.matching import features
from matchmaker.matching.eligibility import Refusal, refusals
from matchmaker.matching.embedding import FloatArray
from matchmaker.matching.features import Column
from matchmaker.matching.index import Index
from matchmaker.matching.kinds import nearness, typical
from matchmaker.matching.lexical import text_values
from matchmaker.matching.profiles import Involvement, NeedProfile, Supply
from matchmaker.matching.scoring import (
    STATED,
    Band,
    Columns,
    Scores,
    Side,
    Values,
    Weights,
    band,
    fits_of_columns,
)
from matchmaker.matching.walk import restart_at, walk_from
from matchmaker.matching.works import Floats, largest_of

MOST_SIMILAR: Final = 300
"""Number of past works that have a vote."""


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
    """A collaboration in another city as a precedent: how like the city, how near the subject."""

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
    For V walk nodes with E links, S supplies and W works: O(30 (V + E)) in compiled code for the walk, O(W dimensions) for meaning, O(postings) for words, and O(S + cases) for the rest.
    """

    def __init__(self, index: Index, need: NeedProfile, weights: Weights = STATED) -> None:
        self.index = index
        self.need = need
        self.weights = weights
        everyone = index.works.cases
        own = [i for i in everyone if need.id and i.need == need.id]
        self.own = frozenset(i.id for i in own)
        self._own_partners = frozenset(i.partner for i in own)
        self.near = {topic: index.scheme.near(topic) for topic in need.topics}
        self._vector = index.vector(need.text)
        self._kept = index.works.kept(self.own)
        self._has_cases = index.works.per_partner(self._kept.astype(np.float64)) > 0

    @cached_property
    def columns(self) -> Columns:
        """Values of every feature for every supply, by side and name."""
        of = self.index.columns
        support = features.support(of.sought(self.need.support), of.given)
        topics = self._nearest_topics
        text = features.text(self._closest)
        experience = features.experience(self._of_partner(self._cosines[0]))
        fresh = features.freshness(self.need.fresh_on, self.index.snapshot.as_of)
        return {
            "city": {
                "support": support,
                "topics": features.topic_coverage(topics),
                "text": text,
                "similar_work": features.similar_work(self._of_partner(self._partner_votes)),
                "experience": experience,
                "track_record": features.track_record(self._of_partner(self._mass)),
                "precedent": features.precedent(self._of_partner(self._no_precedent)),
                "capacity": features.capacity(self._of_partner(self._power)),
            },
            "partner": {
                "support": support,
                "topics": features.topic_focus(topics),
                "text": text,
                "experience": experience,
                "kinship": features.kinship(self._of_partner(self._cosines[1])),
                "presence": features.presence(*self._places),
                "freshness": np.full(len(of.supplies), np.nan if fresh is None else fresh),
            },
        }

    @cached_property
    def scores(self) -> Scores:
        """Fits, scores and confidence of every supply, eligible or not."""
        return fits_of_columns(self.columns, self.weights)

    def _of_partner(self, values: Floats) -> Column:
        """Return for each supply the value of its partner."""
        return values[self.index.columns.partner]

    @cached_property
    def _nearest_topics(self) -> Column:
        """For each needed topic and supply, the relatedness of the nearest topic; NaN if none."""
        of = self.index.columns
        kept = self._statement_kept[of.stated_by] if self.own else None
        owner = of.said_by[of.stated_by]
        rows = np.empty((len(self.near), len(of.supplies)))
        for row, near in zip(rows, self.near.values(), strict=True):
            related = np.array([near.get(topic, 0.0) for topic in of.topics])
            values = related[of.stated]
            if kept is not None:
                values = np.where(kept, values, -np.inf)
            row[:] = largest_of(values, owner, len(of.supplies))
        rows[np.isneginf(rows)] = np.nan
        return rows

    @cached_property
    def _statement_kept(self) -> features.Flags:
        """For each statement, whether it is none of the pair's own collaborations."""
        of = self.index.columns
        own = np.array([node in self.own for node in of.nodes])
        return ~own[of.said]

    @cached_property
    def text(self) -> Mapping[str, float]:
        """Relatedness in wording and meaning of the need and each statement."""
        return dict(zip(self.index.columns.nodes, self._text.tolist(), strict=True))

    @cached_property
    def _text(self) -> Floats:
        nodes = self.index.columns.nodes
        found = self.index.lexical.score(self.need.text)
        words = np.array([found.get(node, 0.0) for node in nodes])
        return text_values(words, self.index.meaning(self._vector))

    @cached_property
    def _closest(self) -> Column:
        of = self.index.columns
        values = self._text[of.said]
        if self.own:
            values = np.where(self._statement_kept, values, -np.inf)
        found = largest_of(values, of.said_by, len(of.supplies))
        found[np.isneginf(found)] = np.nan
        return found

    @cached_property
    def likeness(self) -> Floats:
        """Likeness of the need to each past work."""
        return self.index.likeness.of(self.need.text, self._vector)

    @cached_property
    def votes(self) -> Floats:
        """Vote of each past work."""
        votes = self.likeness**3
        if len(votes) > MOST_SIMILAR:
            votes[votes < np.partition(votes, -MOST_SIMILAR)[-MOST_SIMILAR]] = 0.0
        return votes

    @cached_property
    def _case_votes(self) -> Floats:
        return self.votes[self.index.works.case_work] * self._kept

    @cached_property
    def _partner_votes(self) -> Floats:
        works = self.index.works
        votes = works.per_partner(self._case_votes)
        return np.where(self._has_cases, votes, np.nan)

    @cached_property
    def _cosines(self) -> tuple[Floats, Floats]:
        """Nearness to the need of each partner's work; to those of most votes, of what it is like."""
        done, kinds = self._kinds
        like = typical(kinds, np.nan_to_num(self._partner_votes))
        return nearness(done, self._vector), nearness(kinds, like)

    @cached_property
    def _kinds(self) -> tuple[FloatArray, FloatArray]:
        return self.index.kinds.without(self.own)

    @cached_property
    def _mass(self) -> Floats:
        index, need = self.index, self.need
        table = index.likeness.words
        words = {table.names[row]: float(table.weights[row]) for row in table.rows(need.text)}
        restart = restart_at(need.topics, words, need.city.id, index.compiled)
        ranks = walk_from(index.compiled, restart, self.own)
        if ranks is None:
            return np.full(len(index.stops), np.nan)
        return np.where(self._has_cases, ranks.array[index.stops], np.nan)

    @cached_property
    def _power(self) -> Floats:
        works = self.index.works
        known = self._kept & ~np.isnan(works.power)
        sums = works.per_partner(np.where(known, works.power, 0.0))
        counts = works.per_partner(known.astype(np.float64))
        mean = np.full(len(sums), np.nan)
        return np.asarray(np.divide(sums, counts, out=mean, where=counts > 0))

    @cached_property
    def _relatedness(self) -> Floats:
        """Of each case: of its nearest topic, or of its text where either side states no topics."""
        works = self.index.works
        by_text = self.votes[works.case_work]
        if not self.near or not works.topics:
            return by_text
        related = np.array([self._nearest.get(t, NOTHING_NEAR).value for t in works.topics])
        found = largest_of(related[works.topic], works.topic_case, len(works.cases))
        return np.where(np.isneginf(found), by_text, found)

    @cached_property
    def _strength(self) -> Floats:
        """Of each case as a precedent; 0 in the need's own city."""
        works = self.index.works
        similar = self.index.likeness_to_peers(self.need.city)
        return similar[works.case_city] * self._relatedness

    @cached_property
    def _elsewhere(self) -> features.Flags:
        works = self.index.works
        here = np.array([city == self.need.city.id for city in works.cities], dtype=bool)
        return np.asarray(self._kept & ~here[works.case_city])

    @cached_property
    def _no_precedent(self) -> Floats:
        """For each partner, the product of 1 - strength over its cases in other cities."""
        works, chosen = self.index.works, np.flatnonzero(self._elsewhere)
        with np.errstate(divide="ignore"):
            logs = np.log1p(-self._strength[chosen])
        left = np.exp(works.per_partner(logs, chosen))
        known = works.per_partner(np.ones(len(chosen)), chosen) > 0
        return np.where(known, left, np.nan)

    @cached_property
    def _places(self) -> tuple[features.Flags, features.Flags, features.Flags]:
        """Whether each supply's partner works in the city, in its country, or anywhere known."""
        works, of, here = self.index.works, self.index.columns, self.need.city
        cities = self.index.profiles.cities
        there = np.array([city == here.id for city in works.cities], dtype=bool)
        near = np.array([cities[city].country == here.country for city in works.cities], dtype=bool)
        in_city = works.per_partner((there[works.case_city] & self._kept).astype(float)) > 0
        in_country = works.per_partner((near[works.case_city] & self._kept).astype(float)) > 0
        at_home = of.home == of.countries.get(here.country, -1)
        partner = of.partner
        return in_city[partner], in_country[partner] | at_home, self._has_cases[partner] | at_home

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

    def case(self, involvement: Involvement) -> Case:
        """Return a collaboration in another city as a precedent."""
        row = self.index.works.row[involvement.id]
        similar = self.index.likeness_to_peers(self.need.city)
        similarity = float(similar[self.index.works.case_city[row]])
        return Case(
            involvement, similarity, float(self._relatedness[row]), float(self._strength[row])
        )

    def best_case(self, supply: Supply) -> Case:
        """Return the strongest precedent of a supply's partner; it must have one."""
        past = self.involvements(supply)
        cases = [self.case(i) for i in past if i.city.id != self.need.city.id]
        return max(cases, key=lambda case: (case.strength, case.involvement.id))

    def most_similar(self, supply: Supply) -> tuple[Involvement, float]:
        """Return the partner's past work that is most like the need, and its likeness."""
        works = self.index.works
        rows = [works.row[i.id] for i in self.involvements(supply)]
        likeness = self.likeness[works.case_work[rows]]
        best = int(np.argmax(likeness))
        return works.cases[rows[best]], float(likeness[best])

    def nearest_of_kind(self, supply: Supply) -> tuple[Involvement, float]:
        """Return the similar work of another partner that says most for a supply's being of its kind.

        With the other's share of the votes times how like it the supply's partner is; of the partner's
        own work, and all of the votes, where nobody else has any.
        """
        works, of = self.index.works, self.index.columns
        partner = int(of.partner[of.row[supply.id]])
        kinds = self._kinds[1]
        like = np.maximum(kinds @ kinds[partner], 0.0)
        like[partner] = 0.0
        weigh = self._case_votes
        told = weigh * like[works.case_partner]
        best = int(np.argmax(told if told.any() else weigh))
        return works.cases[best], float(like[works.case_partner[best]])

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
        of = self.index.columns
        rows = of.limited if self.need.status == "open" else range(len(of.supplies))
        supplies = [of.supplies[row] for row in rows]
        return {s.id: found for s in supplies if (found := self.refusals(s))}

    def refusals(self, supply: Supply) -> list[Refusal]:
        """Return the hard conditions that the pair fails."""
        return refusals(self.need, supply, self.index.snapshot.as_of, self._country_names)

    def nearest_place(self, supply: Supply) -> features.Place | None:
        """Return the nearest place where the partner is documented to work."""
        row = self.index.columns.row[supply.id]
        in_city, in_country, anywhere = self._places
        if in_city[row]:
            return "city"
        if in_country[row]:
            return "country"
        return "region" if anywhere[row] else None

    def score(self, supply: Supply) -> Scored:
        """Score one pair, eligible or not."""
        return self._scored(self.index.columns.row[supply.id])

    def ranking(
        self, supplies: Iterable[Supply] | None = None, limit: int | None = None
    ) -> list[Scored]:
        """Return the eligible pairs, best first; equal scores in order of identifier.

        Parameters
        ----------
        supplies : iterable of Supply, optional
            Rank these only.
        limit : int, optional
            Return no more than this many.
        """
        order = self.order
        if supplies is not None:
            chosen = {self.index.columns.row[supply.id] for supply in supplies}
            order = [row for row in order if row in chosen]
        return [self._scored(row) for row in order[:limit]]

    def rank(self, supply: Supply) -> int | None:
        """Return the rank of a supply, from 1; None for one that is not eligible."""
        row = self.index.columns.row[supply.id]
        return self.order.index(row) + 1 if row in self.order else None

    @cached_property
    def order(self) -> list[int]:
        """Rows of the eligible supplies, best first."""
        of = self.index.columns
        eligible = np.ones(len(of.supplies), dtype=bool)
        eligible[[of.row[identifier] for identifier in self.excluded]] = False
        rows = np.argsort(-self.scores.score, kind="stable")
        ordered: list[int] = rows[eligible[rows]].tolist()
        return ordered

    def _scored(self, row: int) -> Scored:
        supply, scores = self.index.columns.supplies[row], self.scores
        score, sure = float(scores.score[row]), float(scores.confidence[row])
        return Scored(
            supply, self._values("city", row), self._values("partner", row),
            float(scores.city[row]), float(scores.partner[row]), score, sure,
            band(score, sure, has_offer=supply.offer is not None),
        )  # fmt: skip

    def _values(self, side: Side, row: int) -> Values:
        values = self.scores.known[side][row]
        names = self.columns[side]
        return {n: None if isnan(v) else v for n, v in zip(names, values, strict=True)}
