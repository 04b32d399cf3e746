"""One need put to the index: scores and ranks, and what explanations ask.

There is one way to a score.  Need lists, offer lists, single pairs, the command line and the
evaluation all ask a :class:`Question`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from math import isnan
from typing import NamedTuple

import numpy as np

from matchmaker.matching import features
from matchmaker.matching.declines import Decline
from matchmaker.matching.eligibility import Refusal, refusals
from matchmaker.matching.embedding import FloatArray
from matchmaker.matching.groups import Floats, Numbers
from matchmaker.matching.index import Index
from matchmaker.matching.models import STATED_MODEL, Model
from matchmaker.matching.profiles import Involvement, NeedProfile, Supply
from matchmaker.matching.scoring import Band, Columns, Scores, Side, Values, fits_of_columns
from matchmaker.matching.values import Comparison


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
    probability: float | None


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
    model : Model
        Weights, bands and calibration; the stated ones unless told otherwise.
    declines : tuple of Decline
        Those in force on the need that are to be minded; none unless told.

    Attributes
    ----------
    compared : Comparison
        The need compared with every supply.
    own : frozenset of str
        The collaborations that serve this very need; they are left out of everything.
    near : mapping of str to mapping
        For each needed topic, the relatedness of those near it.
    """

    def __init__(
        self, index: Index, need: NeedProfile, model: Model = STATED_MODEL,
        declines: tuple[Decline, ...] = (),
    ) -> None:  # fmt: skip
        self.index = index
        self.need = need
        self.model = model
        self.declines = declines
        self.compared = Comparison(index, need)
        self.own = self.compared.own
        self.near = self.compared.near
        cases = index.profiles.involvements
        self._own_partners = frozenset(cases[case].partner for case in self.own)

    @property
    def columns(self) -> Columns:
        """Values of every feature for every supply, by side and name."""
        return self.compared.columns

    @cached_property
    def scores(self) -> Scores:
        """Fits, scores and confidence of every supply, eligible or not."""
        return fits_of_columns(self.columns, self.model.weights)

    @cached_property
    def order(self) -> list[int]:
        """Rows of the eligible supplies, best first."""
        of = self.index.columns
        eligible = np.ones(len(of.supplies), dtype=bool)
        eligible[[of.row[identifier] for identifier in self.excluded]] = False
        rows = np.argsort(-self.scores.score, kind="stable")
        ordered: list[int] = rows[eligible[rows]].tolist()
        return ordered

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
        return self._scored(order[:limit])

    def rank(self, supply: Supply) -> int | None:
        """Return the rank of a supply, from 1; None for one that is not eligible."""
        row = self.index.columns.row[supply.id]
        return self.order.index(row) + 1 if row in self.order else None

    def score(self, supply: Supply) -> Scored:
        """Score one pair, eligible or not."""
        (scored,) = self._scored([self.index.columns.row[supply.id]])
        return scored

    def _scored(self, rows: list[int]) -> list[Scored]:
        supplies, scores = self.index.columns.supplies, self.scores
        sums = np.array([scores.city, scores.partner, scores.score, scores.confidence])
        parts = zip(
            [supplies[row] for row in rows], self._values("city", rows),
            self._values("partner", rows), sums[:, rows].T.tolist(), strict=True,
        )  # fmt: skip
        return [
            Scored(
                s, of_city, of_partner, city, partner, score, sure,
                self.model.band(score, sure, has_offer=s.offer is not None),
                self.model.probability(score),
            )
            for s, of_city, of_partner, (city, partner, score, sure) in parts
        ]  # fmt: skip

    def _values(self, side: Side, rows: list[int]) -> list[Values]:
        names = tuple(self.columns[side])
        return [
            dict(zip(names, [None if isnan(v) else v for v in values], strict=True))
            for values in self.scores.values[side][:, rows].T.tolist()
        ]

    @cached_property
    def excluded(self) -> dict[str, list[Refusal]]:
        """The supplies that fail hard conditions, by identifier in order, with the reasons."""
        of = self.index.columns
        rows: Iterable[int] = range(len(of.supplies))
        if self.need.status == "open":
            met = (row for row, s in enumerate(of.supplies) if self._may_be_declined(s))
            rows = sorted({*of.limited, *met}) if self.declines else of.limited
        supplies = [of.supplies[row] for row in rows]
        return {s.id: found for s in supplies if (found := self.refusals(s))}

    def refusals(self, supply: Supply) -> list[Refusal]:
        """Return the hard conditions that the pair fails."""
        as_of, names = self.index.snapshot.as_of, self._country_names
        return refusals(self.need, supply, as_of, names, self.declines)

    def _may_be_declined(self, supply: Supply) -> bool:
        return any(decline.covers(supply) for decline in self.declines)

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
    def text(self) -> Mapping[str, float]:
        """Relatedness in wording and meaning of the need and each statement."""
        return dict(zip(self.index.columns.nodes, self.compared.text.tolist(), strict=True))

    def best_statement(self, supply: Supply) -> str:
        """Return the statement of a supply whose text is closest to the need's; it must have one."""
        text = self.text
        return max([(text[s], s) for s in self.statements(supply) if text[s] >= 0.0])[1]

    def nearest(self, topics: Collection[str]) -> Nearest:
        """Return the nearest pair of a needed topic and one of some topics."""
        pairs = [
            (near[topic], needed, topic)
            for needed, near in self.near.items()
            for topic in topics
            if topic in near
        ]
        return Nearest._make(max(pairs)) if pairs else NOTHING_NEAR

    @cached_property
    def _strengths(self) -> list[float]:
        strengths: list[float] = self.compared.strength.tolist()
        return strengths

    def best_case(self, past: Iterable[Involvement]) -> Case:
        """Return the strongest precedent among some collaborations; one must be in another city."""
        rows, strengths, here = self.index.works.row, self._strengths, self.need.city.id
        strength, identifier = max(
            [(strengths[rows[i.id]], i.id) for i in past if i.city.id != here]
        )
        row, compared = rows[identifier], self.compared
        similar, related = float(compared.similarity[row]), float(compared.relatedness[row])
        return Case(self.index.works.cases[row], similar, related, strength)

    @cached_property
    def _likeness(self) -> list[float]:
        """Of each case's work."""
        likeness: list[float] = self.compared.likeness[self.index.works.case_work].tolist()
        return likeness

    def most_similar(self, past: Iterable[Involvement]) -> tuple[Involvement, float]:
        """Return which of some collaborations is most like the need, the first of several."""
        row, likeness = self.index.works.row, self._likeness
        best = max([row[case.id] for case in past], key=likeness.__getitem__)
        return self.index.works.cases[best], likeness[best]

    @cached_property
    def _voters(self) -> tuple[Numbers, Numbers, Floats, FloatArray]:
        """Of each case with a vote: its row, its partner, its vote, and what its partner is like."""
        votes = self.compared.case_votes
        rows = np.flatnonzero(votes)
        partners = self.index.works.case_partner[rows]
        return rows, partners, votes[rows], self.compared.directions[1].rows[partners]

    def nearest_of_kind(self, supply: Supply) -> tuple[Involvement, float]:
        """Return the similar work of another partner that says most for a supply's being of its kind.

        With the other's share of the votes times how like it the supply's partner is; of the partner's
        own work, and all of the votes, where nobody else has any.
        """
        of = self.index.columns
        partner = of.partner[of.row[supply.id]]
        rows, partners, votes, kinds = self._voters
        like = kinds @ self.compared.directions[1].rows[partner]
        like[partners == partner] = 0.0
        told = votes * like
        best = int(told.argmax())
        if told[best] <= 0.0:
            best = int(votes.argmax())
        return self.index.works.cases[rows[best]], max(0.0, float(like[best]))

    def nearest_place(self, supply: Supply) -> features.Place | None:
        """Return the nearest place where the partner is documented to work."""
        row = self.index.columns.row[supply.id]
        in_city, in_country, anywhere = self.compared.places
        if in_city[row]:
            return "city"
        if in_country[row]:
            return "country"
        return "region" if anywhere[row] else None
