"""Matches as documents: the one shape that the API, the pages and the command line share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from matchmaker.errors import NotFoundError
from matchmaker.matching.basis import Finder
from matchmaker.matching.cautions import cautions_of
from matchmaker.matching.declines import Decline, declines_on
from matchmaker.matching.details import Details
from matchmaker.matching.eligibility import Refusal
from matchmaker.matching.embedding import MODEL_NAME
from matchmaker.matching.evidence import Evidence, Prover
from matchmaker.matching.features import FEATURES
from matchmaker.matching.index import Index
from matchmaker.matching.models import STATED_MODEL, Model
from matchmaker.matching.profiles import NeedProfile, Supply
from matchmaker.matching.question import Question, Scored
from matchmaker.matching.scoring import Contribution, contributions
from matchmaker.usecases.diversity import Shortlist, shortlist

ALGORITHM_NAME = "explained-reciprocal-fit"
ALGORITHM_VERSION = "2.0.0"
NO_OFFER = "no published offer"

Document = dict[str, Any]
Ranked = tuple[int | None, Scored]
"""A scored pair with its rank in a list; None for one that is not in the list."""


def algorithm_document(model: Model = STATED_MODEL, *, full: bool = False) -> Document:
    """Describe the algorithm with the model in use; with ``full`` also its features in words."""
    told = model.as_json()
    document: Document = {
        "name": ALGORITHM_NAME,
        "version": ALGORITHM_VERSION,
        "formula": "harmonic_mean",
        "weights": told["weights"],
        "prior": told["prior"],
        "model": {name: told[name] for name in ("name", "version", "outcomes")},
        "bands": told["bands"],
        "text_model": MODEL_NAME,
    }
    if full:
        document["weights_origin"] = model.origin
        document["calibration"] = told["calibration"]
        document["features"] = [
            {"name": f.name, "label": f.label, "sides": list(f.sides), "description": f.description}
            for f in FEATURES
        ]
    return document


class Matcher:
    """Matches of one prepared snapshot.

    Questions are kept by need as they are asked, so that lists over many needs (a city's, an
    offer's, a partner's) pay for each need once per snapshot.

    Parameters
    ----------
    index : Index
        The prepared snapshot.
    model : Model
        Weights, bands and calibration.
    keep_questions : bool
        False to compute everything anew at each request (for benchmarks).
    minds_declines : bool
        Whether pairs that partner and city have agreed not to fit are refused.
    """

    def __init__(
        self, index: Index, model: Model = STATED_MODEL, *, keep_questions: bool = True,
        minds_declines: bool = True,
    ) -> None:  # fmt: skip
        self.index = index
        self.model = model
        self._keep = keep_questions
        self._minds_declines = minds_declines
        self._questions: dict[tuple[str, tuple[Decline, ...]], Question] = {}
        self._algorithm = algorithm_document(model)
        caption = index.snapshot.schema.caption
        captions = {i: caption(entity) for i, entity in index.snapshot.entities.items()}
        self._label = captions.__getitem__

    def need_matches(self, need_id: str, limit: int, diversity: float = 0.0) -> Document:
        """Return a need's ranked matches and what was left out, with reasons.

        With ``diversity`` above 0 the list is one under a bound (see
        :func:`~matchmaker.usecases.diversity.shortlist`): scores stay as they are, each match keeps
        its rank without the bound, and the bound is told with its cost.
        """
        question = self.question(need_id)
        short = shortlist(question, limit, diversity)
        document = {
            "need": self._need(question.need),
            **self._frame(len(question.order)),
            "excluded": self._excluded(question),
            "matches": self._explained(question, list(enumerate(short.ranking, 1))),
        }
        return document | _under_bound(document, short, limit, diversity) if diversity else document

    def city_matches(self, city_id: str, limit: int) -> Document:
        """Return the best matches over all needs of a city."""
        city = self.index.snapshot.get("city", city_id)
        needs = [n for n in self.index.profiles.needs.values() if n.city.id == city_id]
        asked = [self.question(need.id) for need in needs]
        head = {"city": {"id": city.id, "name": city.text("name")}}
        pairs = ((q, s) for q in asked for s in q.ranking(limit=limit))
        return self._over_needs(head, pairs, limit, sum(len(q.order) for q in asked))

    def offer_matches(self, offer_id: str, limit: int) -> Document:
        """Return the needs that an offer answers best."""
        offer = self.index.snapshot.get("offer", offer_id)
        head = {"offer": {"id": offer.id, "title": offer.text("title")}}
        return self._of_supplies(head, [self.index.profiles.supplies[offer_id]], limit)

    def partner_matches(self, partner_id: str, limit: int) -> Document:
        """Return the needs that a partner's offers, or its bare profile, answer best."""
        partner = self.index.snapshot.get("partner", partner_id)
        head = {"partner": {"id": partner.id, "name": partner.text("name")}}
        supplies = [s for s in self.index.profiles.supplies.values() if s.partner == partner_id]
        return self._of_supplies(head, supplies, limit)

    def pair(self, need_id: str, target_id: str) -> Document:
        """Explain any pair of a need and an offer, or a partner without one.

        Raises
        ------
        NotFoundError
            If there is no such need, offer or partner; for a partner with offers the error names
            them, since a need is matched with an offer.
        """
        question = self.question(need_id)
        supply = self._target(target_id)
        scored = question.score(supply)
        refusals = question.refusals(supply)
        place = question.rank(supply)
        reasons = _reasons(refusals)
        if scored.band == "speculative" and not refusals:
            reasons += _why_speculative(scored, question.model)
        (match,) = self._explained(question, [(place, scored)])
        return {
            "need": self._need(question.need),
            "offer": match["offer"],
            "partner": match["partner"],
            **self._frame(len(question.order)),
            "eligible": not refusals,
            "recommended": not reasons,
            "reasons": reasons,
            "rank": place,
            "match": match,
        }

    def question(self, need_id: str) -> Question:
        """Return the question that a stored need puts.

        Raises
        ------
        NotFoundError
            If there is no such need.
        """
        declines = declines_on(self.index.snapshot, need_id) if self._minds_declines else ()
        if (known := self._questions.get((need_id, declines))) is not None:
            return known
        self.index.snapshot.get("need", need_id)
        need = self.index.profiles.needs[need_id]
        question = Question(self.index, need, self.model, declines)
        if self._keep:
            self._questions[need_id, declines] = question
        return question

    @cached_property
    def _plain(self) -> Matcher:
        plain = Matcher(self.index, self.model, keep_questions=self._keep, minds_declines=False)
        plain._questions = self._questions  # of needs without declines they are the same
        return plain

    def without_declines(self) -> Matcher:
        """Return what matches are made from for those who are not to learn of declines."""
        if not self._minds_declines or not self.index.snapshot.of_type("decline"):
            return self
        return self._plain

    def _target(self, identifier: str) -> Supply:
        supply = self.index.profiles.supplies.get(identifier)
        if supply is not None:
            return supply
        offers = self.index.snapshot.sources_of(identifier, "OFFERED_BY")
        if offers:
            raise NotFoundError("partner without offer", identifier, [o.id for o in offers])
        self.index.snapshot.get("offer", identifier)
        raise AssertionError("an offer of the snapshot is always a supply")

    def _frame(self, total: int) -> Document:
        snapshot = self.index.snapshot
        return {
            "algorithm": self._algorithm,
            "snapshot": {"sequence": snapshot.sequence, "as_of": snapshot.as_of},
            "total": total,
        }

    def _need(self, need: NeedProfile) -> Document:
        city = {"id": need.city.id, "name": need.city.name}
        return {"id": need.id, "title": need.title, "city": city}

    def _of_supplies(self, head: Document, supplies: Iterable[Supply], limit: int) -> Document:
        chosen = list(supplies)
        asked = map(self.question, self.index.profiles.needs)
        pairs = [(q, s) for q in asked for s in q.ranking(chosen)]
        return self._over_needs(head, pairs, limit, len(pairs))

    def _over_needs(
        self, head: Document, pairs: Iterable[tuple[Question, Scored]], limit: int, total: int
    ) -> Document:
        ordered = sorted(pairs, key=lambda p: (-p[1].score, p[0].need.id, p[1].supply.id))
        of_question: dict[Question, list[Ranked]] = defaultdict(list)
        for rank, (question, scored) in enumerate(ordered[:limit], 1):
            of_question[question].append((rank, scored))
        matches = [
            {"rank": match["rank"], "need": self._need(question.need), **match}
            for question, ranked in of_question.items()
            for match in self._explained(question, ranked)
        ]
        matches.sort(key=lambda match: match["rank"])
        return {**head, **self._frame(total), "matches": matches}

    def _explained(self, question: Question, ranked: Sequence[Ranked]) -> list[Document]:
        """Return scored pairs of one question as documents.

        All pairs go through each stage together: doing the same thing many times in a row is a good
        deal faster than doing many things in turn.
        """
        pairs = [scored for _, scored in ranked]
        bases = Finder(question).bases(pairs)
        details = Details(question, self._label).of(bases)
        evidence = Prover(question).evidence(bases)
        lines = [_lines(question, *pair) for pair in zip(pairs, details, strict=True)]
        parts = zip(ranked, lines, evidence, strict=True)
        return [_match(question, *of_pair) for of_pair in parts]

    def _excluded(self, question: Question) -> list[Document]:
        supplies = self.index.profiles.supplies
        return [
            {**_parties(supplies[identifier]), "reasons": _reasons(refusals)}
            for identifier, refusals in question.excluded.items()
        ]


def _lines(question: Question, scored: Scored, details: Mapping[str, str]) -> list[Contribution]:
    weights = question.model.weights
    city = contributions(scored.city, weights, "city", details)
    return city + contributions(scored.partner, weights, "partner", details)


def _match(
    question: Question, ranked: Ranked, lines: list[Contribution], evidence: list[Evidence]
) -> Document:
    rank, scored = ranked
    supply = scored.supply
    return {
        "rank": rank,
        "score": scored.score,
        "city_fit": scored.city_fit,
        "partner_fit": scored.partner_fit,
        "confidence": scored.confidence,
        "band": scored.band,
        "probability": scored.probability,
        "label": None if supply.offer else NO_OFFER,
        **_parties(supply),
        "already": sorted([i.id for i in supply.involvements if i.id in question.own]),
        "cautions": cautions_of(question.index.snapshot, supply.offer),
        "contributions": lines,
        "evidence": evidence,
    }


def _under_bound(plain: Document, short: Shortlist, limit: int, diversity: float) -> Document:
    """Return the parts of a need's matches that tell of the bound and its cost."""
    left_out = [
        {"plain_rank": rank, "score": scored.score, **_parties(scored.supply)}
        for rank, scored in short.left_out
    ]
    ranked = zip(plain["matches"], short.plain_ranks, strict=True)
    return {
        "diversity": {**short.told(limit, diversity), "left_out": left_out},
        "matches": [{"rank": m["rank"], "plain_rank": rank, **m} for m, rank in ranked],
    }


def _reasons(refusals: Iterable[Refusal]) -> list[Document]:
    return [{"rule": r.rule, "message": r.message} for r in refusals]


def _parties(supply: Supply) -> Document:
    offer = {"id": supply.offer, "title": supply.title} if supply.offer else None
    return {"offer": offer, "partner": {"id": supply.partner, "name": supply.partner_name}}


def _why_speculative(scored: Scored, model: Model) -> list[Document]:
    """Name what keeps a pair out of the better bands."""
    if scored.supply.offer is None:
        message = "The partner has no published offer; without one a match is speculative at most."
        return [{"rule": "no_offer", "message": message}]
    better = model.bands[-2]
    reasons = []
    if scored.score < better.score:
        message = (
            f"Its score of {scored.score:.2f} is under the {better.score} of a promising match."
        )
        reasons.append({"rule": "score", "message": message})
    if scored.confidence < better.confidence:
        known = f"Only {scored.confidence:.0%} of the weights are known"
        message = f"{known}; a promising match needs {better.confidence:.0%}."
        reasons.append({"rule": "confidence", "message": message})
    return reasons
