"""What a white paper may say of itself: what it names exists, and is its writers' to name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from matchmaker.errors import BadRequestError, Fault, InvalidDataError, NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.permissions import Caller
from matchmaker.usecases.brokering.engaging import seen as seen_engagement
from matchmaker.usecases.brokering.keeping import Engagement
from matchmaker.usecases.brokering.keeping import found as found_engagement
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.service import Service
from matchmaker.whitepapers.history import Details
from matchmaker.whitepapers.paper import details_faults
from matchmaker.whitepapers.rules import Rules

LANGUAGES: Final = "paper_language"
"""The vocabulary of languages."""
NAMED: Final = {"cities": "city", "partners": "partner", "needs": "need", "topics": "topic"}
"""Lists of a description, with the entity type that they name."""
FIELDS: Final = ("title", "summary", "language", *NAMED, "engagements")
"""What a description is sent with."""
_USUAL_LANGUAGE: Final = "english"


def described(
    service: Service, rules: Rules, caller: Caller, given: Mapping[str, Any],
    before: Details | None = None,
) -> Details:  # fmt: skip
    """Return a description as it is kept.

    Parameters
    ----------
    given : mapping
        Fields of :data:`FIELDS`; what is left out stays as it was, and in a new white paper follows
        from its engagements.
    before : Details, optional
        The description as it is.

    Raises
    ------
    BadRequestError
        If an engagement cannot be named.
    InvalidDataError
        With every other fault.
    """
    named = _given(given, "engagements", before.engagements if before else ())
    engagements = _engagements(service, rules, caller, named, before)
    usual = _of_engagements(service.snapshot, engagements)
    held = before.as_json() if before else usual
    lists = {name: _given(given, name, held.get(name, ())) for name in NAMED}
    snapshot = service.snapshot
    made = Details(
        str(given.get("title", held.get("title", ""))).strip(),
        str(given.get("summary", held.get("summary", ""))).replace("\r\n", "\n").strip(),
        str(given.get("language", held.get("language", _USUAL_LANGUAGE))),
        **lists,
        engagements=tuple(one.id for one in engagements),
        readers=_readers(snapshot, engagements, lists),
    )
    faults = details_faults(made)
    if made.language not in snapshot.schema.vocabularies[LANGUAGES]:
        faults.append(("language", f"must be one of {', '.join(languages(service))}"))
    for name, kind in NAMED.items():
        known = snapshot.of_type(kind)
        faults += [(name, f"there is no {kind} {i[:100]!r}") for i in lists[name] if i not in known]
    if not lists_all(caller, "papers.write"):
        faults += _outsiders(made, engagements, before)
    if faults:
        raise InvalidDataError([Fault("", 0, name, text) for name, text in faults])
    return made


def languages(service: Service) -> list[str]:
    """Return the languages that a white paper may be written in."""
    return list(service.schema.vocabularies[LANGUAGES])


def _given(given: Mapping[str, Any], name: str, usual: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(one).strip() for one in given.get(name, usual))


def _engagements(
    service: Service, rules: Rules, caller: Caller, named: Sequence[str], before: Details | None
) -> list[Engagement]:
    """Return the engagements named; each was named before, or is the caller's and agreed."""
    found = []
    for identifier in dict.fromkeys(named):
        if before and identifier in before.engagements:
            found.append(found_engagement(service, identifier))
            continue
        try:
            one = seen_engagement(service, caller, identifier)
        except NotFoundError:
            raise BadRequestError(
                "engagements", f"there is no engagement {identifier[:100]!r} of yours"
            ) from None
        if one.state.stage not in rules.engagement_stages:
            stages = ", ".join(sorted(rules.engagement_stages)).replace("_", " ")
            raise BadRequestError(
                "engagements", f"a white paper comes out of an engagement that is {stages}"
            )
        found.append(one)
    if not found and not lists_all(caller, "papers.write"):
        raise BadRequestError("engagements", "name at least one that the white paper comes out of")
    return found


def _of_engagements(snapshot: Snapshot, engagements: Sequence[Engagement]) -> dict[str, Any]:
    """Return what a new white paper says of itself unless told otherwise."""
    needs = [one.opening.need for one in engagements]
    entities = [snapshot.entities[need] for need in needs if need in snapshot.entities]
    topics = dict.fromkeys(topic for need in entities for topic in need.refs("topics"))
    title = snapshot.schema.caption(entities[0]) if entities else ""
    return {
        "title": f"White paper: {title}"[:200] if title else "",
        "cities": list(dict.fromkeys(one.opening.city for one in engagements)),
        "partners": list(dict.fromkeys(one.opening.partner for one in engagements)),
        "needs": list(dict.fromkeys(needs)),
        "topics": list(topics),
    }


def usual(service: Service, rules: Rules, caller: Caller, engagement_id: str) -> dict[str, Any]:
    """Return what the form for a new white paper begins with: what its engagement tells.

    Raises
    ------
    BadRequestError
        If the caller has no such engagement, or it has not been agreed.
    """
    found = _engagements(service, rules, caller, [engagement_id], None)
    return {
        **_of_engagements(service.snapshot, found), "engagements": [one.id for one in found],
        "summary": "", "language": _USUAL_LANGUAGE,
    }  # fmt: skip


def _readers(
    snapshot: Snapshot, engagements: Sequence[Engagement], lists: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    cities = [snapshot.entities[c] for c in lists["cities"] if c in snapshot.entities]
    countries = {country for city in cities for country in city.refs("country")}
    parties = {owner for one in engagements for owner in one.owners}
    return tuple(sorted((countries | parties) - {*lists["cities"], *lists["partners"]}))


def _outsiders(
    made: Details, engagements: Sequence[Engagement], before: Details | None
) -> list[tuple[str, str]]:
    """Return co-authors that are no party to an engagement: only the secretariat adds them."""
    known = {owner for one in engagements for owner in one.owners}
    known |= set(before.authors) if before else set()
    return [
        (name, f"{author!r} is no party to an engagement named; the secretariat can add others")
        for name in ("cities", "partners")
        for author in getattr(made, name)
        if author not in known
    ]
