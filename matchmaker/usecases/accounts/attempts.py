"""Attempts to sign in, counted by address: whether there is an account with it makes no difference.

So neither the answer nor the time it takes tells which addresses have accounts.  An address is kept
as a hash, and for a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matchmaker.accounts.lockout import FORGOTTEN_AFTER, Attempts
from matchmaker.accounts.times import later
from matchmaker.accounts.tokens import digest
from matchmaker.errors import ConflictError, TooManyRequestsError
from matchmaker.usecases.service import Service

_TRIES = 3


def begin_attempt(service: Service, address: str) -> Attempts:
    """Count an attempt as failed before it is judged, so that many at once cannot get around it.

    Returns
    -------
    Attempts
        How it stands if this attempt fails.

    Raises
    ------
    TooManyRequestsError
        If the address must wait; such an attempt does not count.
    """
    now, key = service.now(), digest(address)
    for _ in range(_TRIES):
        found = _count(service, key, now)
        if found is not None:
            return found
    raise TooManyRequestsError("Too many sign-ins at once. Try again.", 1)


def _count(service: Service, key: str, now: str) -> Attempts | None:
    """Count one more failure; None if somebody else made the record in the same moment."""
    counted = Attempts()

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        nonlocal counted
        held = Attempts(fields["failures"], fields["locked_until"])
        if fields["expires_at"] <= now:
            held = Attempts()
        if seconds := held.waits(now):
            raise _too_many(seconds)
        counted = held.failed(now)
        return _fields(counted, now)

    if service.records.change("attempt", key, alter) is None:
        counted = Attempts().failed(now)
        try:
            service.records.create("attempt", key, _fields(counted, now))
        except ConflictError:
            return None
    return counted


def count_message(service: Service, address: str) -> None:
    """Count a message that somebody who is not known has sent to an address.

    So nobody floods the mailbox of another, nor makes the links that were sent to him useless.

    Raises
    ------
    TooManyRequestsError
        If there were too many of late; whether there is an account makes no difference.
    """
    try:
        begin_attempt(service, f"message {address}")
    except TooManyRequestsError as error:
        minutes = -(-error.seconds // 60)
        raise TooManyRequestsError(
            f"Too many messages were sent to this address of late. Try again in {minutes} min.",
            error.seconds,
        ) from None


def forget_attempts(service: Service, address: str) -> None:
    """Forget the failures of an address: somebody has signed in, or an administrator unlocks it."""
    if address:
        service.records.delete("attempt", {"id": digest(address)})


def waiting_seconds(service: Service, address: str) -> int:
    """Return how long an address must still wait."""
    record = service.records.get("attempt", digest(address)) if address else None
    if record is None:
        return 0
    return Attempts(record["failures"], record["locked_until"]).waits(service.now())


def _fields(attempts: Attempts, now: str) -> dict[str, Any]:
    return {
        "failures": attempts.failures,
        "locked_until": attempts.locked_until,
        "expires_at": later(now, FORGOTTEN_AFTER),
    }


def _too_many(seconds: int) -> TooManyRequestsError:
    minutes = -(-seconds // 60)
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    return TooManyRequestsError(
        f"Too many failed sign-ins with this address. Wait {wait}.", seconds
    )
