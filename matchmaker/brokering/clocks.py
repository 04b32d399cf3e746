"""What the clock has to do for an engagement, and when: reminders, and what follows at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from matchmaker.accounts.times import later
from matchmaker.brokering.history import Opening, State
from matchmaker.brokering.rules import Rules


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something due: ``then`` is ``remind`` for a reminder and what is overdue, or a move.

    ``day`` counts from when the party was first waited for.
    """

    at: str
    party: str
    clock: str
    then: str
    day: int
    overdue: bool


def events(rules: Rules, opening: Opening, state: State) -> list[Event]:
    """Return all that the clock has to do if nobody moves, in the order in which it falls due.

    A wait that has been taken to the secretariat is not taken there again.
    """
    found = []
    for wait in state.waits:
        clock = rules.clocks.get(wait.clock)
        if clock is None:
            continue  # the rules have changed since it began
        days = opening.days[wait.clock]
        if wait.party in state.escalated:
            continue
        for day in clock.reminders:
            if day < days:
                at = later(wait.since, timedelta(days=day))
                found.append(Event(at, wait.party, wait.clock, "remind", day, False))
        found.append(Event(wait.due_at, wait.party, wait.clock, clock.then, days, True))
    return sorted(found)


def next_event(rules: Rules, opening: Opening, state: State, after: str) -> str:
    """Return when the clock has next something to do after a time, ``""`` if it has nothing."""
    return min((e.at for e in events(rules, opening, state) if e.at > after), default="")
