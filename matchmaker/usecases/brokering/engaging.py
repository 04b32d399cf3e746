"""Engagements: opened by one of three routes, moved on by whoever's move it is."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias
from uuid import uuid4

from matchmaker.brokering.appointments import appointment_of
from matchmaker.brokering.engagement import apply, party_for
from matchmaker.brokering.history import Move, Opening
from matchmaker.brokering.rules import Rules
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    OpenAlreadyError,
    StoreUnavailableError,
    VersionConflictError,
)
from matchmaker.permissions import Caller, Role
from matchmaker.usecases.brokering.appointments import calendar
from matchmaker.usecases.brokering.keeping import (
    KIND,
    Engagement,
    alter,
    derived,
    engagement_of,
    fields_of,
    found,
    missing,
    rules_of,
)
from matchmaker.usecases.brokering.settling import settle
from matchmaker.usecases.brokering.showing import shown
from matchmaker.usecases.brokering.standing import lent_to, own, standing_of
from matchmaker.usecases.contributing.claims import bounded
from matchmaker.usecases.diligence.guarding import refuse_unchecked
from matchmaker.usecases.instruments.held import terms_of
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

Expected: TypeAlias = int | Literal["any"]
LONGEST_NOTE: Final = 5000
MOST_DOCUMENTS: Final = 20
_ROUTES: Final = {Role.PARTNER: "interest", Role.CITY_OFFICER: "request"}
_STANDING_REFUSALS: Final = ("need_open", "offer_active", "offer_valid")
"""Conditions without which there is nothing to broker; others are kept with the evidence."""


def open_engagement(
    service: Service, caller: Caller, need: str, *, offer: str = "", partner: str = "",
    note: str = "", uuid: str | None = None, dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Open an engagement for a need and an offer, or a partner without naming an offer.

    A partner expresses interest, an officer of the need's city asks, the secretariat proposes.  The
    match as it stands now is kept with it.

    Parameters
    ----------
    uuid : str, optional
        Names this very opening, and becomes the engagement's identifier: a repeat is no second one.
    dry_run : bool
        Whether it is only checked; so it is with the key of a sandbox.

    Returns
    -------
    dict
        As :func:`get_engagement` does.

    Raises
    ------
    NotFoundError
        If there is no such need, offer or partner.
    BadRequestError
        If neither an offer nor a partner is named, or the offer is another partner's.
    OpenAlreadyError
        If one is open for this need and partner.
    ConflictError
        If the need is not open, or the offer does not stand.
    """
    permit(service, caller, "engagements.open", own(caller))
    rules = rules_of(service)
    route = _ROUTES.get(caller.role, "proposal")
    opening, evidence = _opened(service, rules, route, need, offer, partner)
    permit(service, caller, "engagements.open", {opening.partner, opening.city})
    text = bounded("note", note, LONGEST_NOTE, least=0)
    identifier = uuid or str(uuid4())
    if uuid and (known := service.records.get(KIND, uuid)):
        return _shown_again(service, caller, rules, engagement_of(known), opening)
    rule, now = rules.opening_move(route), service.now()
    move = Move(identifier, rule.name, rule.by[0], caller.account, now, note=text)
    state = apply(rules, opening, None, move)
    one = Engagement(identifier, opening, (move,), state, now, evidence)
    taken = service.records.find(KIND, {"pair": derived(rules, opening, state)["pair"]}, limit=1)
    if taken:
        raise OpenAlreadyError(taken[0].id)
    if dry_run or caller.sandbox:
        return _document(service, caller, rules, one)
    try:
        service.records.create(KIND, identifier, fields_of(rules, one))
    except ConflictError:
        return _overtaken(service, caller, rules, one)
    return _document(service, caller, rules, _told(service, rules, one))


def move(
    service: Service, caller: Caller, engagement_id: str, name: str, *, note: str = "",
    reason: str = "", form: str = "", about: str = "", documents: Sequence[str] = (),
    meeting: Mapping[str, str] | None = None, which: int = 0,
    expected: Expected = "any", uuid: str | None = None, dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Make a move in an engagement.

    Parameters
    ----------
    name : str
        The move, one of those that the engagement shows as possible for the caller.
    reason, form, about : str
        From the short lists of the move, where it has them.
    documents : sequence of str
        Identifiers of documents that were added to this engagement.
    meeting : mapping, optional
        Title, start, end, time zone and place, where the move arranges or changes a meeting.
    which : int
        Number of the move that arranged the meeting to be changed or called off.
    expected : int or "any"
        The version (number of moves) that the caller has before him.
    uuid : str, optional
        Names this very move: a repeat under the same one changes nothing.

    Returns
    -------
    dict
        As :func:`get_engagement` does.

    Raises
    ------
    NotFoundError
        If there is no such engagement, or the caller is no party to it.
    BadRequestError
        If there is no such move or something that it needs is missing; names the field.
    NotAllowedError
        If the move is not for the caller.
    VersionConflictError
        If somebody else has moved meanwhile.
    ConflictError
        If it is not possible from this stage; says what is.
    """
    permit(service, caller, "engagements.move", own(caller))
    rules, lent = rules_of(service), lent_to(service, caller)
    before = found(service, engagement_id)
    parties = standing_of(rules, caller, before.opening, lent)
    if not parties:
        raise missing(engagement_id)
    rule = rules.moves.get(name)
    if rule is None or rule.opens:
        known = ", ".join(one.name for one in rules.moves.values() if not one.opens)
        raise BadRequestError("move", f"must be one of {known}")
    text = bounded("note", note, LONGEST_NOTE, least=0)
    attached = _documents(service, before, documents)
    appointment = appointment_of(meeting or {}) if "meeting" in rule.needs else None
    refuse_unchecked(service, rules, before.opening.partner, name)
    identifier = uuid or str(uuid4())

    def change(one: Engagement) -> Engagement | None:
        if made := one.move_of(identifier):
            if (made.account, made.name) != (caller.account, name):
                raise ConflictError("Another move was made under the same uuid.")
            return None
        if expected not in ("any", one.version):
            raise VersionConflictError(
                f"Somebody else has moved meanwhile: the engagement has {one.version} moves, not "
                f"{expected}.",
                one.version,
            )
        party = party_for(rule, one.state, parties)
        now = max(service.now(), one.state.at)
        made = Move(
            identifier, name, party, caller.account, now, parties[party], about, text, reason,
            form, attached, appointment, which,
        )  # fmt: skip
        return one.after(rules, made)

    if dry_run or caller.sandbox:
        return _document(service, caller, rules, change(before) or before)
    return _document(
        service, caller, rules, _told(service, rules, alter(service, rules, before.id, change))
    )


def get_engagement(service: Service, caller: Caller, engagement_id: str) -> dict[str, Any]:
    """Return an engagement with its history, and what the caller can do in it.

    Raises
    ------
    NotFoundError
        If there is none, or the caller is no party to it: which of the two is not told.
    """
    permit(service, caller, "engagements.read", own(caller))
    rules = rules_of(service)
    return _document(service, caller, rules, seen(service, caller, engagement_id))


def calendar_of(service: Service, caller: Caller, engagement_id: str) -> bytes:
    """Return the calendar file of an engagement's meetings.

    Raises
    ------
    NotFoundError
        If there is no such engagement, or the caller is no party to it.
    """
    permit(service, caller, "engagements.read", own(caller))
    return calendar(service, seen(service, caller, engagement_id))


def seen(service: Service, caller: Caller, engagement_id: str) -> Engagement:
    """Return an engagement to which the caller is a party; asks for no permission.

    Raises
    ------
    NotFoundError
        If there is none, or the caller is no party to it.
    """
    one = found(service, engagement_id)
    if not standing_of(rules_of(service), caller, one.opening, lent_to(service, caller)):
        raise missing(engagement_id)
    return one


def _opened(
    service: Service, rules: Rules, route: str, need_id: str, offer_id: str, partner_id: str
) -> tuple[Opening, dict[str, Any]]:
    """Return what an engagement begins with, and the match behind it."""
    snapshot = service.snapshot
    need = snapshot.get("need", need_id)
    if offer_id:
        named = snapshot.get("offer", offer_id).text("partner")
        if partner_id not in ("", named):
            raise BadRequestError("offer", f"is of {named!r}, not of {partner_id!r}")
        partner_id = named
    elif not partner_id:
        raise BadRequestError("offer", "is needed, or a partner")
    partner = snapshot.get("partner", partner_id)
    city = snapshot.get("city", need.text("city"))
    country = city.text("country")
    opening = Opening(
        route,
        need.id,
        city.id,
        country,
        partner.id,
        offer_id,
        partner.text("kind"),
        rules.asked_in(country, "consent"),
        rules.days_in(country),
        terms_of(service),
    )
    return opening, _evidence(service, need.id, offer_id, partner.id)


def _evidence(service: Service, need: str, offer: str, partner: str) -> dict[str, Any]:
    """Return the match at this moment: of the offer, else of what of the partner's fits best."""
    matcher = service.matcher
    question = matcher.question(need)
    supplies = question.index.profiles.supplies
    if not offer:
        theirs = [supply for supply in supplies.values() if supply.partner == partner]
        best = max(theirs, key=lambda one: (question.score(one).score, one.id))
        target = best.offer or partner
    else:
        target = offer
    told = matcher.pair(need, target)
    standing = [r for r in told["reasons"] if r["rule"] in _STANDING_REFUSALS]
    if offer and standing:
        raise ConflictError(standing[0]["message"])
    if any(r["rule"] == "need_open" for r in standing):
        raise ConflictError("The need does not stand open.")
    match = told["match"]
    numbers = ("score", "city_fit", "partner_fit", "confidence", "band", "probability")
    return {
        "target": target,
        "rank": told["rank"],
        "eligible": told["eligible"],
        "reasons": told["reasons"],
        **{name: match[name] for name in numbers},
        "contributions": [dict(line) for line in match["contributions"]],
        "snapshot": told["snapshot"],
        "algorithm": {name: told["algorithm"][name] for name in ("name", "version", "model")},
    }


def _documents(service: Service, one: Engagement, named: Sequence[str]) -> tuple[str, ...]:
    """Return the identifiers of documents of an engagement, each once."""
    wanted = tuple(dict.fromkeys(str(name)[:100] for name in named))
    if len(wanted) > MOST_DOCUMENTS:
        raise BadRequestError("documents", f"must be at most {MOST_DOCUMENTS}")
    for name in wanted:
        record = service.records.get("document", name)
        if record is None or record.get("engagement") != one.id:
            raise BadRequestError("documents", f"{name!r} is no document of this engagement")
    return wanted


def _shown_again(
    service: Service, caller: Caller, rules: Rules, one: Engagement, opening: Opening
) -> dict[str, Any]:
    """Return what an earlier attempt under the same uuid has made."""
    asked = (opening.need, opening.partner, opening.offer)
    made = (one.opening.need, one.opening.partner, one.opening.offer)
    if one.moves[0].account != caller.account or made != asked:
        raise ConflictError("Another engagement was opened under the same uuid.")
    return _document(service, caller, rules, one)


def _overtaken(service: Service, caller: Caller, rules: Rules, one: Engagement) -> dict[str, Any]:
    """Return what somebody else has made in the same moment, or refuse the second of two."""
    if record := service.records.get(KIND, one.id):
        return _shown_again(service, caller, rules, engagement_of(record), one.opening)
    pair = derived(rules, one.opening, one.state)["pair"]
    others = service.records.find(KIND, {"pair": pair}, limit=1)
    if others:
        raise OpenAlreadyError(others[0].id)
    raise ConflictError("The engagement was opened by somebody else in this moment; try again.")


def _told(service: Service, rules: Rules, one: Engagement) -> Engagement:
    """Tell those concerned at once; what cannot be told now is told by the clock."""
    with contextlib.suppress(StoreUnavailableError, NotFoundError):
        return settle(service, rules, one.id, clock=False)
    return one


def _document(service: Service, caller: Caller, rules: Rules, one: Engagement) -> dict[str, Any]:
    parties = standing_of(rules, caller, one.opening, lent_to(service, caller))
    return shown(service, rules, caller, one, parties)
