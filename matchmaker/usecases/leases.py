"""Leases: of several processes on one database, one at a time does a certain work."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from matchmaker.accounts.times import later
from matchmaker.errors import ConflictError, StoreUnavailableError
from matchmaker.usecases.service import Service


class Lease:
    """The right to do a certain work, held for a while and renewed in time.

    Parameters
    ----------
    service : Service
        A live service.
    name : str
        What the work is called.
    seconds : float
        For how long it holds: so long the work rests after its holder was killed.

    Attributes
    ----------
    holder : str
        What this process is called in the record of the lease.

    Notes
    -----
    The times that processes compare are the database's records; how long this one may go on is measured
    by its own monotonic clock from before it asked, so that it leaves off first.
    """

    def __init__(self, service: Service, name: str, seconds: float) -> None:
        self._service = service
        self._name = name
        self._seconds = seconds
        self.holder = str(uuid4())
        self._renew_at = self._held_until = 0.0

    @property
    def is_held(self) -> bool:
        """Whether it can still be counted on, without asking."""
        return time.monotonic() < self._held_until

    def take(self) -> bool:
        """Take the lease or renew it; tell whether this process holds it.

        Raises
        ------
        StoreUnavailableError
            If the database is away.
        """
        if time.monotonic() < self._renew_at:
            return True
        records, mine, asked = self._service.records, False, time.monotonic()
        now = self._service.now()
        held = {"holder": self.holder, "until": later(now, timedelta(seconds=self._seconds))}

        def alter(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
            nonlocal mine
            mine = fields["holder"] == self.holder or fields["until"] <= now
            return held if mine else None

        if records.change("lease", self._name, alter) is None:
            try:
                records.create("lease", self._name, held)
            except ConflictError:
                return False
            mine = True
        if mine:
            self._renew_at = asked + self._seconds / 3
            self._held_until = asked + self._seconds
        return mine

    def release(self) -> None:
        """Give it back, if it is held; where the database is away it runs out by itself."""
        self._renew_at = self._held_until = 0.0

        def alter(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
            return {**fields, "until": ""} if fields["holder"] == self.holder else None

        with contextlib.suppress(StoreUnavailableError):
            self._service.records.change("lease", self._name, alter)
