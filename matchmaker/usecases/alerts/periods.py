"""When a saved search is run: at fixed times, so that all of an account's fall due together."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from matchmaker.accounts.times import moment, written

AT_ONCE: Final = "at_once"
DAILY: Final = "daily"
WEEKLY: Final = "weekly"
FREQUENCIES: Final = (AT_ONCE, DAILY, WEEKLY)
"""How often a search may be run: at the full hour, at midnight UTC (the morning in Southeast Asia),
at midnight UTC before Mondays."""


def next_run(now: str, frequency: str) -> str:
    """Return when a search is run next after a time.

    Examples
    --------
    >>> next_run("2026-03-04T10:20:00.000Z", "at_once")
    '2026-03-04T11:00:00.000Z'
    >>> next_run("2026-03-04T10:20:00.000Z", "daily")
    '2026-03-05T00:00:00.000Z'
    >>> next_run("2026-03-04T10:20:00.000Z", "weekly")
    '2026-03-09T00:00:00.000Z'
    >>> next_run("2026-03-09T00:00:00.000Z", "weekly")
    '2026-03-16T00:00:00.000Z'
    """
    hour = moment(now).replace(minute=0, second=0, microsecond=0)
    if frequency == AT_ONCE:
        return written(hour + timedelta(hours=1))
    midnight = hour.replace(hour=0)
    days = 1 if frequency == DAILY else 7 - midnight.weekday()
    return written(midnight + timedelta(days=days))
