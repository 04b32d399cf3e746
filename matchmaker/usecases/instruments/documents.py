"""Amendments as documents: the one shape that the API and the pages share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matchmaker.accounts.model import Account
from matchmaker.errors import InvalidDataError
from matchmaker.instruments.amending import (
    ADOPTED,
    CITY,
    COUNTRY,
    MOVES,
    NEED_NOTE,
    PARTIES,
    SECRETARIAT,
    STAGES,
    Move,
    missing,
    possible,
)
from matchmaker.permissions import OPERATIONS, Caller, Way
from matchmaker.usecases.brokering.showing import caption
from matchmaker.usecases.instruments.held import instruments_of
from matchmaker.usecases.instruments.keeping import Amendment, is_staff, speakers_of, standing_of
from matchmaker.usecases.instruments.showing import differences
from matchmaker.usecases.service import Service

Document = dict[str, Any]


def summary(service: Service, one: Amendment) -> Document:
    """Return an amendment in short, as it stands in lists."""
    opening, state = one.opening, one.state
    known = instruments_of(service).get(opening.instrument)
    return {
        "id": one.id,
        "version": state.number,
        "instrument": {
            "id": opening.instrument,
            "title": known.short if known else opening.instrument,
        },
        "base": opening.base,
        "stage": state.stage,
        "stage_label": STAGES[state.stage],
        "proposer": {
            "id": opening.proposer,
            "name": caption(service, opening.proposer) if opening.proposer else "Secretariat",
        },
        "reason": one.proposal.note,
        "effective": one.proposal.effective,
        "changed": [change.clause for change in one.proposal.changes],
        "at": one.moves[0].at,
        "until": state.until,
        "closed": state.closed,
        "adopted_at": state.adopted_at,
        "makes": opening.base + 1 if state.stage == ADOPTED else None,
        "asked": len(opening.asked),
        "missing": len(missing(opening, state)),
    }


def shown(service: Service, caller: Caller, one: Amendment) -> Document:
    """Return an amendment in full, as a caller sees it."""
    spoken = {} if one.state.is_over else speakers_of(service)
    return {
        **summary(service, one),
        "days": one.opening.days,
        "consents": [_consent(service, one, country, spoken) for country in one.opening.asked],
        "differences": _differences(one),
        "moves": [_move(service, number, move) for number, move in enumerate(one.moves, 1)],
        "your": _yours(service, caller, one),
    }


def _differences(one: Amendment) -> list[Document]:
    try:
        return differences(one.text, one.proposed)
    except InvalidDataError:  # pragma: no cover  # it was checked when it was proposed
        return []


def _consent(
    service: Service, one: Amendment, country: str, spoken: Mapping[str, list[Account]]
) -> Document:
    """Return what a member state has said; ``waiting`` if nothing yet."""
    word = one.state.words.get(country)
    return {
        "country": country,
        "name": caption(service, country),
        "state": word.how if word else "waiting",
        "at": one.moves[word.move - 1].at if word else "",
        "move": word.move if word else None,
        "reachable": bool(spoken.get(country)) or word is not None or one.state.is_over,
    }


def _move(service: Service, number: int, move: Move) -> Document:
    return {
        "number": number,
        "at": move.at,
        "name": move.name,
        "label": MOVES[move.name],
        "party": move.party,
        "party_label": PARTIES[move.party],
        "country": move.country,
        "country_name": caption(service, move.country) if move.country else "",
        "account": move.account,
        "lent_by": move.lent_by,
        "note": move.note,
        "about": [{"id": name, "name": caption(service, name)} for name in move.about],
        "changed": [change.clause for change in move.changes],
        "effective": move.effective,
    }


def _yours(service: Service, caller: Caller, one: Amendment) -> Document:
    """Return as whom a caller speaks, and what he can do now."""
    standing = {
        country: lent_by
        for country, lent_by in standing_of(service, caller).items()
        if country in one.opening.asked
    }
    speaks = [(COUNTRY, country) for country in sorted(standing)]
    if is_staff(caller):
        speaks.append((SECRETARIAT, ""))
    elif not speaks:
        speaks.append((CITY, ""))
    moves: dict[str, list[str]] = {}
    if OPERATIONS["amendments.move"].grant(caller.role).others is not Way.NO:
        for party, country in speaks:
            for name in possible(one.opening, one.state, party, country):
                moves.setdefault(name, []).extend([country] if country else [])
    silent = missing(one.opening, one.state)
    return {
        "countries": [
            {"id": country, "name": caption(service, country), "lent_by": standing[country]}
            for country in sorted(standing)
        ],
        "moves": [
            {
                "name": name,
                "label": MOVES[name],
                "needs": ["note"] * (name in NEED_NOTE) + ["changes"] * (name == "revise")
                + ["country"] * (name == "record"),
                "countries": [
                    {"id": country, "name": caption(service, country)}
                    for country in (silent if name == "record" else moves[name])
                ],
            }
            for name in MOVES
            if name in moves
        ],
    }  # fmt: skip
