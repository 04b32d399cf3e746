"""What follows from moves and from time: notices, outcomes, moves of the clock.

Everything here can be repeated: notices and outcomes have identifiers that follow from what they are
about, a move of the clock is made under the engagement's lock and only from the version looked at.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from matchmaker.brokering.clocks import Event, events
from matchmaker.brokering.history import Move
from matchmaker.brokering.rules import CLOCK, ESCALATE, REMIND, SILENCE, Rules
from matchmaker.errors import MatchmakerError, StoreUnavailableError
from matchmaker.usecases.brokering.declining import keep_apart
from matchmaker.usecases.brokering.keeping import Engagement, alter, found
from matchmaker.usecases.brokering.notices import remind, tell_moves
from matchmaker.usecases.brokering.outcomes import publish
from matchmaker.usecases.brokering.standing import speakers
from matchmaker.usecases.service import Service

_MOST_STEPS: Final = 50
_log = logging.getLogger(__name__)


def settle(service: Service, rules: Rules, engagement_id: str, *, clock: bool) -> Engagement:
    """Do what is due about an engagement; return it as it is then.

    Parameters
    ----------
    clock : bool
        Whether the clock may remind and move, too; else only what follows from moves is done.

    Raises
    ------
    NotFoundError
        If there is no such engagement.
    """
    one = found(service, engagement_id)
    for _ in range(_MOST_STEPS):
        now = max(service.now(), one.state.at)
        if one.told < one.version:
            tell_moves(service, rules, one)
            _publish(service, rules, one)
        due = [e for e in events(rules, one.opening, one.state) if e.at <= now] if clock else []
        remind(service, rules, one, _reminders(one, due))
        step = next((_step(service, rules, one, e) for e in due if e.then != REMIND), None)
        seen = one.version
        one = alter(service, rules, one.id, partial(_done, rules, seen, step, now, clock))
        if one.told == one.version and (one.version == seen and step is None):
            break
    return one


def _done(
    rules: Rules, seen: int, step: Event | None, now: str, clock: bool, held: Engagement
) -> Engagement | None:
    """Return an engagement with what was done written down; None if somebody has moved meanwhile."""
    if held.version != seen:
        return None
    after = replace(held, told=seen, clocked_at=now if clock else held.clocked_at)
    if step is None:
        return after
    uuid = str(uuid5(NAMESPACE_URL, f"{held.id}|{seen}|{step.then}|{step.party}"))
    return after.after(rules, Move(uuid, step.then, CLOCK, "", now, about=step.party))


def _step(service: Service, rules: Rules, one: Engagement, event: Event) -> Event:
    """Return what the clock does: the silence of somebody who could not be told is none."""
    if event.then == SILENCE and not speakers(service, rules, one.opening, event.party):
        return replace(event, then=ESCALATE)
    return event


def _reminders(one: Engagement, due: list[Event]) -> list[Event]:
    """Return the reminders to be sent now: the last one of each clock, none where time is out."""
    last = {event.clock: event for event in due}
    return [e for e in last.values() if e.then == REMIND and e.at > one.clocked_at]


def _publish(service: Service, rules: Rules, one: Engagement) -> None:
    try:
        publish(service, rules, one)
        keep_apart(service, rules, one)
    except StoreUnavailableError:
        raise
    except MatchmakerError as error:  # such as a need that is gone: the rest goes on
        _log.warning("The outcome of engagement %s could not be published: %s", one.id, error)
