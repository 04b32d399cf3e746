"""Amendments: proposed, spoken to by each member state once, revised or withdrawn."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import uuid4

from matchmaker.accounts.model import STAFF
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    StoreUnavailableError,
    VersionConflictError,
)
from matchmaker.instruments.amending import (
    CITY,
    COUNTRY,
    MOVES,
    NEED_NOTE,
    PROPOSE,
    SECRETARIAT,
    SILENCE,
    STAGES,
    Change,
    Move,
    Opening,
    state_of,
)
from matchmaker.instruments.texts import amended
from matchmaker.permissions import Caller
from matchmaker.records import Plain
from matchmaker.usecases.accounts.pages import cursor_after, cursor_of, page_size
from matchmaker.usecases.contributing.claims import bounded
from matchmaker.usecases.instruments.closing import settle
from matchmaker.usecases.instruments.documents import shown, summary
from matchmaker.usecases.instruments.held import instrument_of, versions_of
from matchmaker.usecases.instruments.keeping import (
    KIND,
    Amendment,
    alter,
    amendment_of,
    fields_of,
    found,
    members_of,
    standing_of,
)
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

LONGEST_NOTE: Final = 5000
_LAST_DAY: Final = "2100-01-01"


@dataclass(frozen=True, slots=True)
class AmendmentPage:
    """Some amendments in short, those proposed last first, and where the next page begins."""

    items: tuple[dict[str, Any], ...]
    next: str


def propose(
    service: Service, caller: Caller, instrument_id: str, changes: Sequence[Change], reason: str, *,
    effective: str = "", country: str = "", uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Propose a change of an instrument; a National Representative who does has consented to it.

    Parameters
    ----------
    changes : sequence of Change
        The full new text of each clause that is changed, added or taken out.
    effective : str
        The day (YYYY-MM-DD) from which it is to be in force, at the earliest that of its adoption.
    country : str
        For which member state, where the caller speaks for several.
    uuid : str, optional
        Names this very proposal, and becomes its identifier: a repeat is no second one.

    Raises
    ------
    NotFoundError
        If there is no such instrument.
    InvalidDataError
        With every change that cannot be made.
    BadRequestError
        If the reason, the day or the country cannot be used; names it.
    ConflictError
        If another proposal for this instrument is under way.
    """
    permit(service, caller, "amendments.propose")
    instrument = instrument_of(service, instrument_id)
    party, proposer, lent_by = _proposer(service, caller, country)
    if uuid and (known := service.records.get(KIND, uuid)):
        one = amendment_of(known)
        if one.moves[0].account != caller.account:
            raise ConflictError("Another proposal was made under the same uuid.")
        return shown(service, caller, one)
    if service.records.count(KIND, {"open_for": instrument.id}):
        raise _under_way(service, instrument.id)
    base = versions_of(service, instrument)[-1].version
    amended(base.clauses, changes, base.number + 1)
    opening = Opening(
        instrument.id, base.number, proposer, members_of(service), instrument.consensus.days
    )
    identifier, now = uuid or str(uuid4()), service.now()
    move_ = Move(
        identifier, PROPOSE, party, proposer, caller.account, now, lent_by,
        bounded("reason", reason, LONGEST_NOTE), (), tuple(changes), _day(effective, now),
    )  # fmt: skip
    moves = (move_,)
    one = Amendment(identifier, opening, moves, state_of(opening, moves), base.clauses)
    try:
        service.records.create(KIND, identifier, fields_of(one))
    except ConflictError:
        raise _under_way(service, instrument.id) from None
    if versions_of(service, instrument)[-1].version.number != base.number:
        service.records.delete(KIND, {"id": identifier})
        raise ConflictError("A new version was adopted in this moment; propose the change to that.")
    return shown(service, caller, _told(service, one))


def move(
    service: Service, caller: Caller, amendment_id: str, name: str, *, note: str = "",
    country: str = "", changes: Sequence[Change] = (), effective: str = "",
    expected: int | None = None, uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Comment, consent, object, revise, withdraw, or write down a consent given elsewhere.

    Parameters
    ----------
    country : str
        The member state that is spoken for, or whose consent is written down; may be left out by
        who speaks for one only.
    changes, effective
        Of a revision: all of it anew.
    expected : int, optional
        The version (number of moves) that the caller has before him.
    uuid : str, optional
        Names this very move: a repeat under the same one changes nothing.

    Raises
    ------
    NotFoundError
        If there is no such amendment.
    BadRequestError
        If there is no such move, or something that it needs is missing; names it.
    InvalidDataError
        With every change that cannot be made.
    NotAllowedError
        If the move is not for the caller.
    VersionConflictError
        If somebody has moved meanwhile.
    ConflictError
        If it is not possible from here; says why.
    """
    permit(service, caller, "amendments.move")
    before = found(service, amendment_id)
    if name not in MOVES or name in (PROPOSE, SILENCE):
        known = ", ".join(one for one in MOVES if one not in (PROPOSE, SILENCE))
        raise BadRequestError("move", f"must be one of {known}")
    text = bounded("note", note, LONGEST_NOTE, least=int(name in NEED_NOTE))
    party, spoken, lent_by = _speaker(service, caller, before, name, country)
    about = (_asked(before, country),) if name == "record" else ()
    identifier = uuid or str(uuid4())
    if name == "revise":
        amended(before.text, changes, before.opening.base + 1)
    elif changes or effective:
        raise BadRequestError("changes", "are for a revision only")
    settle(service, before.id, clock=True)  # what time has decided goes first

    def change(one: Amendment) -> Amendment | None:
        if made := one.move_of(identifier):
            if (made.account, made.name) != (caller.account, name):
                raise ConflictError("Another move was made under the same uuid.")
            return None
        if expected not in (None, one.state.number):
            raise VersionConflictError(
                f"Somebody has moved meanwhile: the amendment has {one.state.number} moves, not "
                f"{expected}.",
                one.state.number,
            )
        now = max(service.now(), one.state.at)
        return one.after(
            Move(
                identifier, name, party, spoken, caller.account, now, lent_by, text, about,
                tuple(changes), _day(effective, now),
            )
        )  # fmt: skip

    return shown(service, caller, _told(service, alter(service, before.id, change)))


def get_amendment(service: Service, caller: Caller, amendment_id: str) -> dict[str, Any]:
    """Return an amendment with what it would change, who has said what, and what the caller can do.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    permit(service, caller, "amendments.read")
    return shown(service, caller, found(service, amendment_id))


def list_amendments(
    service: Service, caller: Caller, *, instrument: str | None = None, stage: str | None = None,
    cursor: str = "", limit: int = 50,
) -> AmendmentPage:  # fmt: skip
    """List amendments in short, those proposed last first.

    Raises
    ------
    BadRequestError
        If a filter, the cursor or the limit cannot be used.
    """
    permit(service, caller, "amendments.read")
    size = page_size(limit)
    if stage is not None and stage not in STAGES:
        raise BadRequestError("stage", f"must be one of {', '.join(STAGES)}")
    where: dict[str, Plain | Sequence[Plain]] = {}
    if instrument is not None:
        where["instrument"] = instrument[:100]
    if stage is not None:
        where["stage"] = stage
    lines = service.records.find(
        KIND, where, order_by="at", descending=True, after=cursor_after(cursor), limit=size + 1
    )
    page, more = lines[:size], len(lines) > size
    following = cursor_of(page[-1]["at"], page[-1].id) if more else ""
    return AmendmentPage(tuple(summary(service, amendment_of(line)) for line in page), following)


def _told(service: Service, one: Amendment) -> Amendment:
    """Do what follows from a move at once; what cannot be done now is done by the clock."""
    with contextlib.suppress(StoreUnavailableError, NotFoundError):
        return settle(service, one.id, clock=False)
    return one


def _under_way(service: Service, instrument: str) -> ConflictError:
    others = service.records.find(KIND, {"open_for": instrument}, limit=1)
    named = f": {others[0].id}" if others else ""
    return ConflictError(f"Another proposal for this instrument is under way{named}.")


def _day(effective: str, now: str) -> str:
    """Return the day from which a change is to be in force, ``""`` without one."""
    if not effective:
        return ""
    try:
        good = date.fromisoformat(effective).isoformat() == effective
    except ValueError:
        good = False
    if not good or not now[:10] <= effective < _LAST_DAY:
        raise BadRequestError("effective", "must be a day to come, such as 2027-01-01")
    return effective


def _proposer(service: Service, caller: Caller, country: str) -> tuple[str, str, str]:
    """Return as whom a caller proposes: party, country, and whose standing it is."""
    standing = standing_of(service, caller)
    if caller.role in STAFF and not country:
        return SECRETARIAT, "", ""
    chosen = _chosen(standing, country, members_of(service))
    return COUNTRY, chosen, standing[chosen]


def _speaker(
    service: Service, caller: Caller, one: Amendment, name: str, country: str
) -> tuple[str, str, str]:
    """Return as whom a caller makes a move: party, country, and whose standing it is."""
    standing = standing_of(service, caller)
    if name == "record" or (caller.role in STAFF and name not in ("consent", "object")):
        if caller.role not in STAFF:
            raise NotAllowedError(f"{MOVES[name]}: for the secretariat.")
        return SECRETARIAT, "", ""
    if not standing:
        return (SECRETARIAT if caller.role in STAFF else CITY), "", ""
    if name in ("revise", "withdraw") and not country and one.opening.proposer in standing:
        country = one.opening.proposer
    chosen = _chosen(standing, country, one.opening.asked)
    return COUNTRY, chosen, standing[chosen]


def _chosen(standing: Mapping[str, str], country: str, asked: Sequence[str]) -> str:
    """Return the member state that is spoken for."""
    mine = [one for one in standing if one in asked]
    if country in mine:
        return country
    if not mine or (country and country not in asked):
        raise NotAllowedError("Only those who speak for a member state have a say here.")
    if country or len(mine) > 1:
        raise BadRequestError("country", f"must be one of {', '.join(sorted(mine))}")
    return mine[0]


def _asked(one: Amendment, country: str) -> str:
    if country not in one.opening.asked:
        raise BadRequestError("country", "must be a member state whose consent is asked for")
    return country
