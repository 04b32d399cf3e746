"""What each contribution says in plain words, and what would settle an unknown one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matchmaker.matching.question import Question, Scored
from matchmaker.matching.scoring import Contribution

Labels = Callable[[str], str]
"""Returns the caption of a node."""


def detail(question: Question, scored: Scored, line: Contribution, label: Labels) -> str:
    """Return one sentence on a contribution; it is the same for both sides of a feature.

    Parameters
    ----------
    label : callable
        Gives the caption of an identifier.
    """
    if line.feature == "prior":
        return "What is assumed before anything is known; it keeps one lucky fact from deciding."
    if line.value is None:
        return _UNKNOWN[line.feature](question, scored)
    return _KNOWN[line.feature](question, scored, line, label)


def _names(identifiers: object, label: Labels) -> str:
    assert isinstance(identifiers, frozenset | tuple | list)
    return ", ".join(sorted(label(i) for i in identifiers))


def _no_offer(scored: Scored) -> bool:
    return scored.supply.offer is None


def _support_unknown(question: Question, scored: Scored) -> str:
    if _no_offer(scored):
        return "Unknown: the partner has no published offer. Publishing one settles it."
    return "Unknown: the need names no kind of support. The city can state it."


def _topics_unknown(question: Question, scored: Scored) -> str:
    if not question.need.topics:
        return "Unknown: the need has no topics. The city can choose them."
    return "Unknown: no topics are documented for the supply. The partner can state them."


def _text_unknown(question: Question, scored: Scored) -> str:
    return "Unknown: there is no text to compare."


def _track_unknown(question: Question, scored: Scored) -> str:
    if scored.supply.involvements and not question.involvements(scored.supply):
        return "Unknown: the only documented collaboration is on this very need and is left out."
    return "Unknown: no collaboration is documented. A documented case settles it."


def _precedent_unknown(question: Question, scored: Scored) -> str:
    return "Unknown: no collaboration in another city is documented."


def _presence_unknown(question: Question, scored: Scored) -> str:
    return "Unknown: no city where the partner works is documented."


def _freshness_unknown(question: Question, scored: Scored) -> str:
    return "Unknown: the need or the data carry no date."


_UNKNOWN: Mapping[str, Callable[[Question, Scored], str]] = {
    "support": _support_unknown,
    "topics": _topics_unknown,
    "text": _text_unknown,
    "track_record": _track_unknown,
    "precedent": _precedent_unknown,
    "presence": _presence_unknown,
    "freshness": _freshness_unknown,
}


def _support(question: Question, scored: Scored, line: Contribution, label: Labels) -> str:
    given = _names(scored.supply.support, label)
    if line.value:
        return f"{given} is what the need seeks."
    return f"{given} is not among what the need seeks ({_names(question.need.support, label)})."


def _topics(question: Question, scored: Scored, line: Contribution, label: Labels) -> str:
    supplied = question.relevant_topics(scored.supply)
    parts = []
    for needed, near in question.near.items():
        value, topic = max([(near.get(topic, 0.0), topic) for topic in supplied])
        if value == 1.0:
            parts.append(f"{label(needed)}: the same topic")
        elif value:
            parts.append(f"{label(needed)}: near {label(topic)} ({value:g})")
        else:
            parts.append(f"{label(needed)}: nothing near")
    return "; ".join(parts) + "."


def _text(question: Question, scored: Scored, line: Contribution, label: Labels) -> str:
    best = question.best_statement(scored.supply)
    shared = question.index.lexical.shared_terms(question.need.text, best)
    words = ", ".join([s.term for s in shared[:4]])
    return f"Closest statement: {label(best)}, {f'sharing {words}' if words else 'in other words'}."


def _track_record(question: Question, scored: Scored, line: Contribution, label: Labels) -> str:
    past = question.involvements(scored.supply)
    count = len(past)
    cases = "case" if count == 1 else "cases"
    related = sum(1 for i in past if question.nearest(i.topics).value)
    return f"{count} documented {cases}, {related} on related topics."


def _precedent(question: Question, scored: Scored, line: Contribution, label: Labels) -> str:
    best = question.best_case(scored.supply)
    if not best.strength:
        return "Its cases in other cities are on unrelated topics."
    city = best.involvement.city.name
    return f"{best.involvement.title} in {city}, a city {best.similarity:.0%} alike."


def _presence(question: Question, scored: Scored, line: Contribution, label: Labels) -> str:
    city = question.need.city
    place = question.nearest_place(scored.supply)
    if place == "city":
        return f"Has worked in {city.name}."
    if place == "country":
        at_home = scored.supply.home == city.country
        return f"{'At home' if at_home else 'Has worked'} in {label(city.country)}."
    return "Has worked in other cities of the network only."


def _freshness(question: Question, scored: Scored, line: Contribution, label: Labels) -> str:
    return f"Last shown alive {question.need.fresh_on}; data of {question.index.snapshot.as_of}."


_KNOWN: Mapping[str, Callable[[Question, Scored, Contribution, Labels], str]] = {
    "support": _support,
    "topics": _topics,
    "text": _text,
    "track_record": _track_record,
    "precedent": _precedent,
    "presence": _presence,
    "freshness": _freshness,
}
