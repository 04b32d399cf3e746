"""What each contribution says in plain words, and what would settle an unknown one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from matchmaker.matching.basis import Basis
from matchmaker.matching.question import Question

Labels = Callable[[str], str]
"""Returns the caption of a node."""

PRIOR = "What is assumed before anything is known; it keeps one lucky fact from deciding."
_UNKNOWN: Mapping[str, str] = {
    "support": "Unknown: the need names no kind of support. The city can state it.",
    "topics": "Unknown: no topics are documented for the supply. The partner can state them.",
    "text": "Unknown: there is no text to compare.",
    "similar_work": "Unknown: no collaboration is documented. A documented case settles it.",
    "experience": "Unknown: no collaboration whose text could be compared is documented.",
    "activity": "Unknown: no collaboration is documented. A documented case settles it.",
    "capacity": "Unknown: no amount of any collaboration is documented.",
    "kinship": "Unknown: no similar work of any partner is documented.",
    "track_record": "Unknown: no collaboration is documented. A documented case settles it.",
    "precedent": "Unknown: no collaboration in another city is documented.",
    "presence": "Unknown: no city where the partner works is documented.",
    "freshness": "Unknown: the need or the data carry no date.",
}
_OF_PAST_WORK = frozenset({"similar_work", "activity", "experience", "track_record"})
_NO_OFFER = "Unknown: the partner has no published offer. Publishing one settles it."
_NO_TOPICS = "Unknown: the need has no topics. The city can choose them."
_LEFT_OUT = "Unknown: the only documented collaboration is on this very need and is left out."


class Details:
    """Says in one sentence each what the contributions to a question's pairs rest on.

    A sentence is the same for both sides of a feature.

    Parameters
    ----------
    question : Question
        The question that the pairs answer.
    label : callable
        Gives the caption of an identifier.
    """

    def __init__(self, question: Question, label: Labels) -> None:
        self._question = question
        self._label = label

    def of(self, bases: Sequence[Basis]) -> list[dict[str, str]]:
        """Return, for each pair, one sentence for each feature and for the prior."""
        told = [{"prior": PRIOR} for _ in bases]
        for feature, tell in self._KNOWN.items():
            for basis, of_pair in zip(bases, told, strict=True):
                known = basis.values[feature] is not None
                of_pair[feature] = tell(self, basis) if known else self._unknown(feature, basis)
        return told

    def _unknown(self, feature: str, basis: Basis) -> str:
        if feature == "support" and basis.supply.offer is None:
            return _NO_OFFER
        if feature == "topics" and not self._question.need.topics:
            return _NO_TOPICS
        if feature in _OF_PAST_WORK and basis.supply.involvements and not basis.past:
            return _LEFT_OUT
        return _UNKNOWN[feature]

    def _names(self, identifiers: Iterable[str]) -> str:
        return ", ".join(sorted(map(self._label, identifiers)))

    def _support(self, basis: Basis) -> str:
        given = self._names(basis.supply.support)
        if basis.values["support"]:
            return f"{given} is what the need seeks."
        return f"{given} is not among what the need seeks ({self._sought})."

    @cached_property
    def _sought(self) -> str:
        return self._names(self._question.need.support)

    def _topics(self, basis: Basis) -> str:
        supplied, label = self._question.supplied(basis.supply), self._label
        parts = []
        for needed, near in self._question.near.items():
            found = [(near[topic], topic) for topic in supplied if topic in near]
            value, topic = max(found) if found else (0.0, "")
            if value == 1.0:
                parts.append(f"{label(needed)}: the same topic")
            elif value:
                parts.append(f"{label(needed)}: near {label(topic)} ({value:g})")
            else:
                parts.append(f"{label(needed)}: nothing near")
        return "; ".join(parts) + "."

    def _text(self, basis: Basis) -> str:
        question, best = self._question, basis.statement
        shared = question.index.lexical.heaviest_terms(question.need.text, best, 4)
        how = f"sharing {', '.join(shared)}" if shared else "in other words"
        return f"Closest statement: {self._label(best)}, {how}."

    def _similar_work(self, basis: Basis) -> str:
        assert basis.most_similar is not None
        case, likeness = basis.most_similar
        if not basis.values["similar_work"]:
            return "None of its cases is among the most similar ones."
        return f"Most alike: {case.title} in {case.city.name}, {likeness:.0%} alike."

    def _experience(self, basis: Basis) -> str:
        count = len(basis.past)
        cases = "Its documented case" if count == 1 else f"Its {count} documented cases together"
        near = "near the need" if basis.values["experience"] else "not near the need"
        return f"{cases}: {near} in meaning."

    def _activity(self, basis: Basis) -> str:
        dates = [case.since for case in basis.past if case.since]
        count = len(basis.past)
        latest = f", the latest of {max(dates)[:4]}" if dates else ", of unknown date"
        return f"{count} documented {'case' if count == 1 else 'cases'}{latest}."

    def _capacity(self, basis: Basis) -> str:
        count = sum(1 for case in basis.past if case.amount is not None)
        return f"Usual size of {count} documented {'amount' if count == 1 else 'amounts'}."

    def _kinship(self, basis: Basis) -> str:
        if basis.of_kind is None:
            return "Not like those who did similar work."
        case, likeness = basis.of_kind
        if case.partner == basis.supply.partner:
            return "Itself the one who did similar work."
        name = self._label(case.partner)
        return f"{likeness:.0%} like {name}, which did similar work: {case.title}."

    def _track_record(self, basis: Basis) -> str:
        count = len(basis.past)
        cases = "case" if count == 1 else "cases"
        related = sum([1 for pair in basis.subjects.values() if pair.value])
        return f"{count} documented {cases}, {related} on related topics."

    def _precedent(self, basis: Basis) -> str:
        best = basis.best_case
        assert best is not None
        if not best.strength:
            return "Its cases in other cities are on unrelated topics."
        city = best.involvement.city.name
        return f"{best.involvement.title} in {city}, a city {best.similarity:.0%} alike."

    def _presence(self, basis: Basis) -> str:
        city = self._question.need.city
        if basis.place == "city":
            return f"Has worked in {city.name}."
        if basis.place == "country":
            at_home = basis.supply.home == city.country
            return f"{'At home' if at_home else 'Has worked'} in {self._label(city.country)}."
        return "Has worked in other cities of the network only."

    def _freshness(self, _: Basis) -> str:
        seen, as_of = self._question.need.fresh_on, self._question.index.snapshot.as_of
        return f"Last shown alive {seen}; data of {as_of}."

    _KNOWN: ClassVar[Mapping[str, Callable[[Details, Basis], str]]] = {
        "support": _support,
        "topics": _topics,
        "text": _text,
        "similar_work": _similar_work,
        "experience": _experience,
        "track_record": _track_record,
        "precedent": _precedent,
        "activity": _activity,
        "capacity": _capacity,
        "kinship": _kinship,
        "presence": _presence,
        "freshness": _freshness,
    }
