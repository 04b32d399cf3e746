"""What a saved search finds now: the first matches of a need, an offer or a partner, or a list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.matching.question import Question, Scored
from matchmaker.matching.scoring import BANDS
from matchmaker.usecases.matches import NO_OFFER, Matcher
from matchmaker.usecases.reading.filtering import select

FIRST: Final = 10
"""A match is told of when it comes among so many first ones."""
MATCHED: Final = ("need", "offer", "partner")
"""Kinds of searches for matches, by what they are for."""
LIST: Final = "list"
KINDS: Final = (*MATCHED, LIST)
BAND_NAMES: Final = tuple(rule.band for rule in BANDS)
"""From best to worst."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that a search finds.

    Parameters
    ----------
    key : str
        What tells it apart: a need and an offer (or a partner without one), or an entity.
    caption : str
        What it is called where the search is known.
    need, target : str
        The pair of a match, ``""`` of an entry of a list.
    entity : str
        The entry of a list, ``""`` of a match.
    score, band
        Of a match as the service gives them, None and ``""`` of an entry of a list.
    """

    key: str
    caption: str
    need: str = ""
    target: str = ""
    entity: str = ""
    score: float | None = None
    band: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as records keep it."""
        return asdict(self)


def subject_of(snapshot: Snapshot, search: Mapping[str, Any]) -> str:
    """Return what a search for matches is for, ``""`` if there is no such thing any more."""
    identifier: str = search["subject"]
    identifier = snapshot.redirects.get(identifier, identifier)
    return identifier if identifier in snapshot.of_type(search["kind"]) else ""


def look(matcher: Matcher, snapshot: Snapshot, search: Mapping[str, Any]) -> list[Hit]:
    """Return what a search finds now, best first.

    Parameters
    ----------
    matcher : Matcher
        What matches come from.
    snapshot : Snapshot
        The same state, as whoever searches sees it.
    search : mapping
        The fields of its record.

    Notes
    -----
    A need costs one ranking, an offer and a partner one of every need; the matcher keeps rankings as
    long as its snapshot, so that many searches share them.
    """
    if search["kind"] == LIST:
        return _listed(snapshot, search)
    subject = subject_of(matcher.index.snapshot, search)
    if not subject:
        return []
    if search["kind"] == "need":
        question = matcher.question(subject)
        pairs = [(question, scored) for scored in question.ranking(limit=FIRST)]
    else:
        pairs = _of_supplies(matcher, search["kind"], subject)
    passing = BAND_NAMES[: BAND_NAMES.index(search["least_band"]) + 1]
    return [
        _hit(search["kind"], question, scored)
        for question, scored in pairs
        if scored.band in passing and scored.score >= search["least_score"]
    ]


def new_of(hits: Iterable[Hit], told: Collection[str]) -> list[Hit]:
    """Return what has not been told yet, in the same order.

    Examples
    --------
    >>> [hit.key for hit in new_of([Hit("a", "A"), Hit("b", "B")], ["a"])]
    ['b']
    """
    known = frozenset(told)
    return [hit for hit in hits if hit.key not in known]


def _listed(snapshot: Snapshot, search: Mapping[str, Any]) -> list[Hit]:
    """Return the entries of a list; none where a filter names what is no more."""
    try:
        found = select(snapshot, search["type"], search["filters"], search["q"] or None)
    except BadRequestError:
        return []
    return [Hit(one.id, snapshot.schema.caption(one), entity=one.id) for one in found]


def _of_supplies(matcher: Matcher, kind: str, subject: str) -> list[tuple[Question, Scored]]:
    """Return the best pairs of an offer, or of all that a partner can give, with all needs."""
    profiles = matcher.index.profiles
    supplies = (
        [profiles.supplies[subject]]
        if kind == "offer"
        else [s for s in profiles.supplies.values() if s.partner == subject]
    )
    asked = (matcher.question(need) for need in profiles.needs)
    pairs = [(q, scored) for q in asked for scored in q.ranking(supplies)]
    pairs.sort(key=lambda pair: (-pair[1].score, pair[0].need.id, pair[1].supply.id))
    return pairs[:FIRST]


def _hit(kind: str, question: Question, scored: Scored) -> Hit:
    need, supply = question.need, scored.supply
    offer = supply.title if supply.offer else NO_OFFER
    caption = f"{need.title} ({need.city.name})"
    if kind == "need":
        caption = f"{supply.partner_name}: {offer}"
    elif kind == "partner":
        caption = f"{caption}: {offer}"
    return Hit(f"{need.id}|{supply.id}", caption, need.id, supply.id, "", scored.score, scored.band)
