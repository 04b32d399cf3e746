"""What would raise a match: each change is made in a snapshot of its own and the pair asked again.

Nothing is estimated.  An edit of one entity is applied as a write would apply it, the snapshot is
prepared anew and the same question put with the same model; what the score moves by is read off.  So
the score moves by exactly that much when the edit is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from matchmaker.checking import dangling, entity_from_json
from matchmaker.graph import Snapshot
from matchmaker.matching.declines import declines_on
from matchmaker.matching.eligibility import Refusal, refusals
from matchmaker.matching.index import Index
from matchmaker.matching.profiles import Supply
from matchmaker.matching.question import Question, Scored
from matchmaker.matching.scoring import SIDES, Side
from matchmaker.model import Change, Entity, Value

Kind = Literal["fill_in", "change_terms", "hypothetical"]

MOST: Final = 12
"""Number of edits that are tried for a pair, each for 10 to 15 ms at a thousand entities."""
FEW: Final = 2
"""Number of single topics, and of kinds of support, that are tried one by one."""
LEAST_GAIN: Final = 1e-9
# No identifier has a space, so that this one can never be taken.
_SUPPOSED: Final = "supposed collaboration"


@dataclass(frozen=True, slots=True)
class Edit:
    """One property of one entity, by its ``name``, set to another value.

    ``entity`` is what the edit is about and ``after`` what is to be written.  Of a ``hypothetical``
    edit ``after`` is a collaboration that is only supposed: it may be counted, never written.
    ``lifts`` names the hard condition that the edit would make hold, ``""`` for none.
    """

    entity: Entity
    after: Entity
    name: str
    reason: str
    kind: Kind
    lifts: str = ""

    @property
    def old(self) -> Value | None:
        """The value before; None where none is set."""
        return None if self.kind == "hypothetical" else self.entity.values.get(self.name)

    @property
    def new(self) -> Value:
        """The value after."""
        return self.after.values[self.name]


class Moved(NamedTuple):
    """A feature's value for one side before and after; None is unknown."""

    feature: str
    side: Side
    before: float | None
    after: float | None


class Outcome(NamedTuple):
    """What an edit does to a pair: its score then, how much that is more, its rank then."""

    edit: Edit
    score: float
    gain: float
    rank: int | None
    moved: tuple[Moved, ...]


def outcomes(question: Question, supply: Supply, day: str) -> list[Outcome]:
    """Return what would raise a pair's score or make it eligible, computed edit by edit.

    Parameters
    ----------
    question : Question
        A stored need's question.
    supply : Supply
        The offer, or the partner without one.
    day : str
        Day (YYYY-MM-DD) on which the edit is written: a write moves the data's day there, and what
        fades with age fades until then.  The snapshot's own day if that is later.

    Returns
    -------
    list of Outcome
        Those that make a hard condition hold, then those with a gain; the largest gain first, equal
        ones in order of entity, property and value.

    Notes
    -----
    At most MOST edits, each as dear as preparing a snapshot: O(entities + relationships + words).
    """
    day = max(day, question.index.snapshot.as_of)
    now = question.score(supply)
    tried = [_outcome(question, now, edit, day) for edit in edits(question, supply, day)]
    kept = [found for found in tried if found.edit.lifts or found.gain > LEAST_GAIN]
    return sorted(kept, key=_place)


def _place(found: Outcome) -> tuple[bool, float, str, str, str]:
    edit = found.edit
    return not edit.lifts, -found.gain, edit.entity.id, edit.name, str(edit.new)


def unchanged_score(question: Question, supply: Supply, day: str) -> float:
    """Return the pair's score on a day if nothing but the day changes."""
    index = question.index
    if day > index.snapshot.as_of:
        index = Index.build(index.snapshot.moved_forward([], day), index.vectors, index)
        need = index.profiles.needs[question.need.id]
        question = Question(index, need, question.model)
    return question.score(index.profiles.supplies[supply.id]).score


def would_be_rank(question: Question, supply: Supply) -> int:
    """Return a pair's rank among the eligible ones, were each condition that it fails lifted.

    A need that is not open is taken as open for all; other conditions are lifted for this pair only.
    """
    if question.need.status != "open":
        need = replace(question.need, status="open")
        question = Question(question.index, need, question.model, question.declines)
    scores, own = question.scores.score, question.index.columns.row[supply.id]
    place = (-scores[own], own)
    return 1 + sum(1 for row in question.order if (-scores[row], row) < place)


def first_failing(question: Question, supply: Supply) -> Refusal | None:
    """Return the first hard condition that a pair fails, None for an eligible one."""
    return next(iter(question.refusals(supply)), None)


def _outcome(question: Question, now: Scored, edit: Edit, day: str) -> Outcome:
    index = question.index
    known = index.snapshot.entities.get(edit.after.id)
    change = Change(index.snapshot.sequence, "", "", edit.after.id, known, edit.after)
    moved = Index.build(index.snapshot.moved_forward([change], day), index.vectors, index)
    need = moved.profiles.needs[question.need.id]
    declines = declines_on(moved.snapshot, need.id) if question.declines else ()
    asked = Question(moved, need, question.model, declines)
    supply = moved.profiles.supplies[now.supply.id]
    then = asked.score(supply)
    differing = [
        Moved(name, side, before, after)
        for side in SIDES
        for name, before in _values(now, side).items()
        if (after := _values(then, side)[name]) != before
    ]
    gain = then.score - now.score
    return Outcome(edit, then.score, gain, asked.rank(supply), tuple(differing))


def _values(scored: Scored, side: Side) -> dict[str, float | None]:
    return dict(scored.city if side == "city" else scored.partner)


def edits(question: Question, supply: Supply, day: str) -> list[Edit]:
    """Return at most MOST edits of stored entities that may raise a pair, most telling first.

    Edits of texts are left out: a new text needs a new vector.  Facts are not invented: what would
    have to be documented first is a ``hypothetical`` edit.
    """
    # An offer that ends before the day counts as ended: once something is written, it has.
    failing = {refusal.rule for refusal in refusals(question.need, supply, day, {})}
    found = _Candidates(question, supply, day)
    everything = [
        *(edit for edit in found.lifting() if edit.lifts in failing),
        *found.of_need(),
        *found.of_case(),
        *found.of_terms(),
        *found.of_subject(),
    ]
    return [e for e in everything if _may_be_written(e, question.index.snapshot)][:MOST]


def _may_be_written(edit: Edit, snapshot: Snapshot) -> bool:
    """Tell whether the schema takes an edit as it is; one that is never sent need not fit."""
    if edit.kind == "hypothetical":
        return True
    entity, faults = entity_from_json(snapshot.schema, edit.after.as_json())
    named = {link.end for link in snapshot.schema.relationships_of(edit.after)}
    known = {i: snapshot.entities[i].type for i in named & snapshot.entities.keys()}
    # The schema may add a default that what is stored was written without.
    kept = entity is not None and edit.after.values.items() <= entity.values.items()
    return kept and not faults and not dangling(snapshot.schema, [edit.after], known)


class _Candidates:
    """The edits worth trying for one pair."""

    def __init__(self, question: Question, supply: Supply, day: str) -> None:
        self._question = question
        self._day = day
        self._supply = supply
        entities = question.index.snapshot.entities
        self._need = entities[question.need.id]
        self._partner = entities[supply.partner]
        self._offer = entities[supply.offer] if supply.offer else None
        self._supplied = question.supplied(supply)

    def _label(self, identifier: str) -> str:
        snapshot = self._question.index.snapshot
        return snapshot.schema.caption(snapshot.entities[identifier])

    def _names(self, identifiers: tuple[str, ...]) -> str:
        return ", ".join(map(self._label, identifiers))

    def _set(
        self, entity: Entity, name: str, value: Value, reason: str, *,
        kind: Kind | None = None, lifts: str = "",
    ) -> Edit:  # fmt: skip
        old = entity.values.get(name)
        after = Entity(entity.type, entity.id, {**entity.values, name: value})
        return Edit(entity, after, name, reason, kind or _usual_kind(old), lifts)

    def _add(self, entity: Entity, name: str, more: tuple[str, ...], reason: str) -> Edit:
        return self._set(entity, name, (*entity.refs(name), *more), reason)

    def lifting(self) -> Iterator[Edit]:
        """Yield, for each hard condition, what would make it hold."""
        need, offer, partner = self._need, self._offer, self._partner
        country = self._question.need.city.country
        where = self._label(country)
        if need.text("status") != "open":
            reason = f"The need is marked as {need.text('status')}. If it still stands, it is open."
            yield self._set(need, "status", "open", reason, lifts="need_open")
        if offer is not None:
            reason = f"The offer is marked as {offer.text('status')}. If it stands, it is active."
            yield self._set(offer, "status", "active", reason, lifts="offer_active")
            end = f"{int(self._day[:4]) + 1}-12-31"
            reason = f"The offer stood until {offer.text('valid_until')}; it would have to go on."
            yield self._set(offer, "valid_until", end, reason, lifts="offer_valid")
            wider = (*offer.refs("limited_to"), country)
            reason = f"The offer does not hold in {where}; it would have to."
            yield self._set(offer, "limited_to", wider, reason, lifts="offer_place")
        wider = (*partner.refs("mandate"), country)
        reason = f"The mandate does not cover {where}; it would have to."
        yield self._set(partner, "mandate", wider, reason, lifts="partner_mandate")

    def of_need(self) -> Iterator[Edit]:
        """Yield what the city can say of its need."""
        need, supply, asked = self._need, self._supply, self._question.need
        if more := tuple(sorted(supply.support - asked.support)):
            given = self._names(more)
            reason = (
                f"The need does not seek {given}, which the offer gives."
                if asked.support
                else f"The need names no kind of support; the offer gives {given}."
            )
            yield self._add(need, "support_types", more, reason)
        if asked.fresh_on < self._day:
            reason = f"The need was last shown alive {asked.fresh_on or 'on no known day'}."
            reason += " A new statement by the city, with its source, makes it fresh."
            yield self._set(need, "date", self._day, reason, kind="fill_in")
        if not asked.topics and self._supplied:
            reason = (
                "The need states no topics. These are supplied: those it is about can be named."
            )
            yield self._add(need, "topics", tuple(sorted(self._supplied)), reason)
        for topic in self._nearest_supplied() if asked.topics else ():
            reason = f"{self._label(topic)} is supplied and near the need, which does not name it."
            yield self._add(need, "topics", (topic,), reason)

    def _nearest_supplied(self) -> list[str]:
        """Return the supplied topics nearest to those of the need, but neither its own nor far ones."""
        near = self._question.near
        values = {
            topic: max(of_topic.get(topic, 0.0) for of_topic in near.values())
            for topic in set(self._supplied) - near.keys()
        }
        nearest = sorted(values, key=lambda topic: (-values[topic], topic))[:FEW]
        return [topic for topic in nearest if values[topic]]

    def of_case(self) -> Iterator[Edit]:
        """Yield what is documented elsewhere, and a case that is only supposed."""
        offer, supply, question = self._offer, self._supply, self._question
        if offer is not None:
            named = {*offer.refs("documented_by"), *question.own}
            entities = question.index.snapshot.entities
            more = tuple(
                case.id for case in supply.involvements
                if case.id not in named
                and supply.support.intersection(entities[case.id].refs("support_type"))
            )  # fmt: skip
            if more:
                reason = "In these collaborations the partner gave what it offers: "
                reason += f"{self._names(more)}."
                edit = self._add(offer, "documented_by", more, reason)
                yield replace(edit, kind="fill_in")
        if question.nearest_place(supply) != "city":
            yield self._supposed_case()

    def _supposed_case(self) -> Edit:
        need, city = self._need, self._question.need.city
        # In the need's own words: these have a vector, and no words would be nearer.
        values: dict[str, Value | None] = {
            "title": need.text("title"),
            "summary": need.values.get("description"),
            "city": city.id,
            "partner": self._partner.id,
            "topics": need.values.get("topics"),
            "support_type": next(iter(sorted(self._supply.support)), None),
            "agreed_on": self._day,
        }
        case = {name: value for name, value in values.items() if value is not None}
        after = Entity("collaboration", _SUPPOSED, case)
        reason = (
            f"No other work of the partner in {city.name} is documented. Computed for a case on the "
            "subject of this need, in the need's own words and agreed on the day of the change."
        )
        return Edit(self._partner, after, "city", reason, "hypothetical")

    def of_terms(self) -> Iterator[Edit]:
        """Yield the kinds of support that the need seeks and the offer could give."""
        if self._offer is None:
            return
        sought = sorted(self._question.need.support - self._supply.support)
        if self._supply.support & self._question.need.support:
            sought = []  # what is given is sought already, so that another kind gains nothing
        for kind in sought[:FEW]:
            reason = f"The need seeks {self._label(kind)}, which the offer does not give."
            yield self._set(self._offer, "support_type", kind, reason)

    def of_subject(self) -> Iterator[Edit]:
        """Yield the needed topics that the offer or the partner could name."""
        missing = tuple(t for t in self._question.need.topics if t not in self._supplied)
        groups: list[tuple[str, ...]] = [(topic,) for topic in missing[:FEW]]
        if len(missing) > 1:
            groups.insert(0, missing)
        for holder in filter(None, (self._offer, self._partner)):
            for topics in groups if holder.type == "offer" or not self._offer else groups[:1]:
                names = self._names(topics)
                reason = f"The need is about {names}; the {holder.type} does not name this."
                yield self._add(holder, "topics", topics, reason)


def _usual_kind(old: Value | None) -> Kind:
    return "change_terms" if old else "fill_in"
