"""Lock-out: how long an address must wait after failed sign-ins in a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from matchmaker.accounts.times import later, seconds_until

FREE_FAILURES: Final = 4
"""Failures in a row that cost nothing yet; with the next one the waiting begins."""
LONGEST_WAIT: Final = timedelta(minutes=60)
FORGOTTEN_AFTER: Final = timedelta(hours=24)
"""After so long without an attempt, failures are forgotten."""


def wait_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: 1, 2, 4 ... up to 60 minutes.

    Examples
    --------
    >>> [int(wait_after(count).total_seconds()) // 60 for count in (4, 5, 6, 7, 10, 11, 400)]
    [0, 1, 2, 4, 32, 60, 60]
    """
    beyond = failures - FREE_FAILURES
    if beyond <= 0:
        return timedelta(0)
    return min(LONGEST_WAIT, timedelta(minutes=2 ** min(beyond - 1, 10)))


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failed sign-ins in a row with one address, and until when it must wait."""

    failures: int = 0
    locked_until: str = ""

    def waits(self, now: str) -> int:
        """Return how many seconds are still to wait."""
        return seconds_until(now, self.locked_until) if self.locked_until else 0

    def failed(self, now: str) -> Attempts:
        """Return how it stands after one more failure; one made while waiting does not count.

        Examples
        --------
        >>> Attempts(4).failed("2024-05-01T10:00:00.000Z")
        Attempts(failures=5, locked_until='2024-05-01T10:01:00.000Z')
        """
        if self.waits(now):
            return self
        failures = self.failures + 1
        wait = wait_after(failures)
        return Attempts(failures, later(now, wait) if wait else "")
