"""One need compared with every supply: the values of all features, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

import numpy as np

from matchmaker.matching import features
from matchmaker.matching.features import Column
from matchmaker.matching.groups import Flags, Floats
from matchmaker.matching.index import Index
from matchmaker.matching.kinds import Directions
from matchmaker.matching.lexical import text_values
from matchmaker.matching.likeness import Likeness
from matchmaker.matching.profiles import NeedProfile
from matchmaker.matching.scoring import Columns
from matchmaker.matching.walk import FEWEST, restart_at, walk_from, word_node

MOST_SIMILAR: Final = 300
"""Number of past works that have a vote."""


class Comparison:
    """A need compared with all supplies at once; collaborations that serve it are left out.

    Parameters
    ----------
    index : Index
        The prepared snapshot.
    need : NeedProfile
        A stored need or one made up for the question.

    Notes
    -----
    For V walk nodes with E links, S supplies and W works: O(30 (V + E)) in compiled code for the
    walk, O((S + W) dimensions) for meaning, O(terms of all texts) for words, and O(S + cases) for the
    rest.
    """

    def __init__(self, index: Index, need: NeedProfile) -> None:
        self.index = index
        self.need = need
        self.near = {topic: index.scheme.near(topic) for topic in need.topics}
        self._own_cases = index.works.serving.get(need.id, ())
        self.own = frozenset(index.works.cases[row].id for row in self._own_cases)
        self._kept = np.ones(len(index.works.cases), dtype=bool)
        self._kept[list(self._own_cases)] = False
        self._has_cases = index.works.any_of_partner(self._kept)
        self._vector = index.vector(need.text)
        spread = index.likeness.spreading
        self._aim = None if self._vector is None else spread.of_work(self._vector)

    @cached_property
    def columns(self) -> Columns:
        """Values of every feature for every supply, by side and name."""
        of, partner = self.index.columns, self.index.columns.partner
        support = features.support(of.sought(self.need.support), of.given)
        topics = self._nearest_topics
        text = features.text(self._closest)
        experience = features.experience(self.directions[0].nearness(self._aim))[partner]
        kinship = features.kinship(self._kinship)[partner]
        fresh = features.freshness(self.need.fresh_on, self.index.snapshot.as_of)
        return {
            "city": {
                "support": support,
                "topics": features.topic_coverage(topics),
                "text": text,
                "similar_work": features.similar_work(self._partner_votes)[partner],
                "experience": experience,
                "track_record": features.track_record(self._mass)[partner],
                "precedent": features.precedent(self._no_precedent)[partner],
                "activity": features.activity(self._activity)[partner],
                "capacity": features.capacity(self._power)[partner],
            },
            "partner": {
                "support": support,
                "topics": features.topic_focus(topics),
                "text": text,
                "experience": experience,
                "kinship": kinship,
                "presence": features.presence(*self.places),
                "freshness": np.full(len(of.supplies), np.nan if fresh is None else fresh),
            },
        }

    @cached_property
    def _own_nodes(self) -> Flags:
        """For each stating node, whether it is a collaboration on this very need."""
        nodes = self.index.columns.nodes
        own = np.zeros(len(nodes), dtype=bool)
        own[[nodes[case] for case in self.own if case in nodes]] = True
        return own

    def _related(self, topics: Mapping[str, int]) -> Floats:
        """Return the relatedness of each needed topic and each of some numbered ones."""
        found = np.zeros((len(self.near), len(topics)))
        for row, near in enumerate(self.near.values()):
            for topic, value in near.items():
                if (number := topics.get(topic)) is not None:
                    found[row, number] = value
        return found

    @cached_property
    def _nearest_topics(self) -> Column:
        """For each needed topic and supply, the relatedness of the nearest topic; NaN if none."""
        of = self.index.columns
        values = self._related(of.topics)[:, of.stated]
        if self.own:
            values[:, self._own_nodes[of.stated_by]] = np.nan
        return of.stating.largest(values)

    @cached_property
    def text(self) -> Floats:
        """Relatedness in wording and meaning of the need and each stating node."""
        index = self.index
        words = index.lexical.values(self.need.text)
        found = text_values(words, index.meaning(self._vector))
        found[index.silent] = np.nan
        return found

    @cached_property
    def _closest(self) -> Column:
        of = self.index.columns
        said = np.where(self._own_nodes, np.nan, self.text) if self.own else self.text
        return of.saying.largest(said[of.said])

    @cached_property
    def likeness(self) -> Floats:
        """Likeness of the need to each past work."""
        return self._works.of(self.need.text, self._aim)

    @cached_property
    def _own_works(self) -> list[int]:
        """The works that are left out with all of their cases."""
        of_case = self.index.works.case_work
        return sorted({*of_case[list(self._own_cases)].tolist()} - {*of_case[self._kept].tolist()})

    @cached_property
    def _works(self) -> Likeness:
        return self.index.likeness.without(self._own_works)

    @cached_property
    def votes(self) -> Floats:
        """Vote of each past work."""
        votes = self.likeness * self.likeness * self.likeness
        if len(votes) > MOST_SIMILAR:
            votes[votes < np.partition(votes, -MOST_SIMILAR)[-MOST_SIMILAR]] = 0.0
        return votes

    @cached_property
    def case_votes(self) -> Floats:
        """Vote of each case; 0 for those that serve this very need."""
        return self.votes[self.index.works.case_work] * self._kept

    @cached_property
    def _partner_votes(self) -> Floats:
        votes = self.index.works.per_partner(self.case_votes)
        votes[~self._has_cases] = np.nan
        return votes

    @cached_property
    def directions(self) -> tuple[Directions, Directions]:
        """What the partners have done, and what they are like."""
        return self.index.kinds.without(self._own_cases)

    @cached_property
    def _kinship(self) -> Floats:
        """Of each partner, nearness to what those of most votes are like."""
        _, kinds = self.directions
        return kinds.nearness(kinds.typical(self._partner_votes))

    @cached_property
    def _mass(self) -> Floats:
        index, need, table = self.index, self.need, self._works.words
        rows = [row for row in table.rows(need.text).tolist() if table.found_in[row] >= FEWEST]
        words = {table.names[row]: float(table.weights[row]) for row in rows}
        restart = restart_at(need.topics, words, need.city.id, index.compiled)
        # Words that lead nowhere without the works left out.
        bare = {
            word_node(table.names[row])
            for work in self._own_works
            for row in table.rows_of(work)
            if table.found_in[row] < FEWEST
        }
        ranks = walk_from(index.compiled, restart, bare | self.own)
        if ranks is None:
            return np.full(len(index.stops), np.nan)
        return np.where(self._has_cases, ranks.array[index.stops], np.nan)

    @cached_property
    def _activity(self) -> Floats:
        works = self.index.works
        counts = features.recency(works.day, self.index.snapshot.as_of)
        found = works.per_partner(counts * self._kept)
        found[~self._has_cases] = np.nan
        return found

    @cached_property
    def _power(self) -> Floats:
        works = self.index.works
        known = works.sized & self._kept
        sums = works.per_partner(np.where(known, works.power, 0.0))
        counts = works.per_partner(known.astype(np.float64))
        mean = np.full(len(sums), np.nan)
        return np.asarray(np.divide(sums, counts, out=mean, where=counts > 0))

    @cached_property
    def relatedness(self) -> Floats:
        """Of each case: of its nearest topic, or of its text where either side states no topics."""
        works = self.index.works
        by_text = self.votes[works.case_work]
        if not self.near or not works.topics:
            return by_text
        related = self._related(works.topics).max(axis=0)
        found = works.stating.largest(related[works.topic])
        return np.where(np.isnan(found), by_text, found)

    @cached_property
    def similarity(self) -> Floats:
        """Of each case's city and the need's; 0 where they are the same."""
        return self.index.likeness_to_peers(self.need.city)[self.index.works.case_city]

    @cached_property
    def strength(self) -> Floats:
        """Of each case as a precedent; 0 in the need's own city."""
        return self.similarity * self.relatedness

    def _place(self, identifier: str, places: tuple[str, ...]) -> int:
        return places.index(identifier) if identifier in places else -1

    @cached_property
    def _here(self) -> Flags:
        """Of each case, whether it is in the need's city."""
        works = self.index.works
        return np.asarray(works.case_city == self._place(self.need.city.id, works.cities))

    @cached_property
    def _no_precedent(self) -> Floats:
        """For each partner, the product of 1 - strength over its cases in other cities."""
        works, elsewhere = self.index.works, self._kept & ~self._here
        left = np.ones(len(works.partners))
        np.multiply.at(left, works.case_partner[elsewhere], 1.0 - self.strength[elsewhere])
        left[~works.any_of_partner(elsewhere)] = np.nan
        return left

    @cached_property
    def places(self) -> tuple[Flags, Flags, Flags]:
        """Whether each supply's partner works in the city, in its country, or anywhere known."""
        works, of, country = self.index.works, self.index.columns, self.need.city.country
        near = works.case_country == self._place(country, works.countries)
        in_city = works.any_of_partner(self._here & self._kept)[of.partner]
        in_country = works.any_of_partner(near & self._kept)[of.partner]
        at_home = of.home == of.countries.get(country, -1)
        return in_city, in_country | at_home, self._has_cases[of.partner] | at_home
