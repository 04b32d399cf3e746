"""What follows from moves and from time: silence, new versions, notices.

Everything here can be repeated: a version has an identifier that follows from its instrument and
number, notices have ones that follow from the move, and the clock moves under the amendment's lock.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from matchmaker.accounts.model import Account
from matchmaker.accounts.times import later
from matchmaker.errors import ConflictError, NotFoundError, StoreUnavailableError
from matchmaker.instruments.amending import ADOPTED, CLOCK, OPEN, SILENCE, Move, missing
from matchmaker.records import Plain
from matchmaker.usecases.brokering.notices import AMENDMENT, make_notice
from matchmaker.usecases.instruments.held import VERSION, instruments_of
from matchmaker.usecases.instruments.keeping import (
    KIND,
    Amendment,
    alter,
    found,
    speakers_of,
    words_of,
)
from matchmaker.usecases.service import Service

_PAGE: Final = 100
_TITLES: Final = {
    "propose": "Your consent is asked for until {until}",
    "revise": "Revised: your consent is asked for until {until}",
    "object": "A member state objects",
    "withdraw": "The proposal is withdrawn",
    SILENCE: "Your silence counts as no objection",
}
_log = logging.getLogger(__name__)


def run_due(service: Service, stopped: Callable[[], bool] = lambda: False) -> int:
    """Settle every amendment about which something is due; return how many.

    Parameters
    ----------
    stopped : callable
        Asked between two amendments whether to leave off.
    """
    until = later(service.now(), timedelta(milliseconds=1))
    after: tuple[Plain, str] | None = None
    done = 0
    while page := service.records.find(
        KIND, before={"next_at": until}, order_by="next_at", after=after, limit=_PAGE
    ):
        after = (page[-1]["next_at"], page[-1].id)
        for record in page:
            if stopped():
                return done
            try:
                settle(service, record.id, clock=True)
                done += 1
            except StoreUnavailableError:
                raise
            except NotFoundError:
                continue
            except Exception:  # noqa: BLE001  # one that cannot be settled holds up no other
                _log.exception("The amendment %s could not be settled", record.id)
    return done


def settle(service: Service, amendment_id: str, *, clock: bool) -> Amendment:
    """Do what is due about an amendment; return it as it is then.

    Parameters
    ----------
    clock : bool
        Whether the clock may end the time for objections, too.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    one = found(service, amendment_id)
    if clock:
        one = _closed(service, one)
    if one.state.stage == ADOPTED and not one.stored:
        _store(service, one)
        one = alter(service, one.id, lambda held: replace(held, stored=True))
    if one.told < len(one.moves):
        spoken = speakers_of(service)
        for number in range(one.told + 1, len(one.moves) + 1):
            _tell(service, one, number, spoken)
        told = len(one.moves)
        one = alter(service, one.id, lambda held: replace(held, told=max(held.told, told)))
    return one


def _closed(service: Service, one: Amendment) -> Amendment:
    """End the time for objections if it is over: who could be told and said nothing is silent."""
    now = service.now()
    if one.state.stage != OPEN or one.state.closed or now < one.state.until:
        return one
    spoken = speakers_of(service)

    def change(held: Amendment) -> Amendment | None:
        if held.state != one.state:
            return None  # somebody has moved meanwhile; what is due then is found in the next round
        silent = tuple(c for c in missing(held.opening, held.state) if spoken.get(c))
        uuid = str(uuid5(NAMESPACE_URL, f"{held.id}|{held.state.number}|{SILENCE}"))
        return held.after(Move(uuid, SILENCE, CLOCK, "", "", now, about=silent))

    return alter(service, one.id, change)


def _store(service: Service, one: Amendment) -> None:
    """Keep the version that an adopted amendment makes; can be repeated."""
    number, state = one.opening.base + 1, one.state
    identifier = f"{one.opening.instrument}:{number}"
    fields = {
        "instrument": one.opening.instrument,
        "number": number,
        "effective": max(one.proposal.effective, state.adopted_at[:10]),
        "says": one.proposal.note,
        "clauses": [clause.as_json() for clause in one.proposed],
        "amendment": one.id,
        "at": state.adopted_at,
        "words": words_of(one),
    }
    try:
        service.records.create(VERSION, identifier, fields)
    except ConflictError:
        kept = service.records.get(VERSION, identifier)
        if kept is None or kept["amendment"] != one.id:
            raise


def _tell(service: Service, one: Amendment, number: int, spoken: dict[str, list[Account]]) -> None:
    """Tell of one move those who speak for member states, each account once."""
    move = one.moves[number - 1]
    adopts = one.state.stage == ADOPTED and number == len(one.moves)
    known = instruments_of(service).get(one.opening.instrument)
    about = known.short if known else one.opening.instrument
    told = {move.account}
    if move.name == SILENCE:
        _notify(service, one, number, move.about, spoken, told, _TITLES[SILENCE], about)
    if adopts:
        title = f"Version {one.opening.base + 1} is adopted"
    elif move.name in _TITLES and move.name != SILENCE:
        title = _TITLES[move.name].format(until=one.state.until[:10])
    else:
        return
    _notify(service, one, number, one.opening.asked, spoken, told, title, about)


def _notify(
    service: Service, one: Amendment, number: int, countries: Iterable[str],
    spoken: dict[str, list[Account]], told: set[str], title: str, about: str,
) -> None:  # fmt: skip
    for country in countries:
        for account in spoken.get(country, ()):
            if account.id in told:
                continue
            told.add(account.id)
            with contextlib.suppress(ConflictError):
                make_notice(
                    service, account, f"{one.id}|{number}|{AMENDMENT}", engagement="",
                    amendment=one.id, kind=AMENDMENT, party="country", title=title, about=about,
                )  # fmt: skip
