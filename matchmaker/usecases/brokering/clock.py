"""The clock of brokering: one process for each database does what is due, and sends notices by mail."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

from matchmaker.accounts.times import later
from matchmaker.brokering.rules import FILE, load_rules
from matchmaker.errors import NotFoundError, StoreUnavailableError
from matchmaker.records import Plain
from matchmaker.usecases.alerts import digests
from matchmaker.usecases.brokering import notices, papers
from matchmaker.usecases.brokering.keeping import KIND, rules_of
from matchmaker.usecases.brokering.settling import settle
from matchmaker.usecases.instruments import closing
from matchmaker.usecases.leases import Lease
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers import settling as papers_settling

_PAGE: Final = 100
_TIDY_SECONDS: Final = 3600.0
_ALERT_SECONDS: Final = 30.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the clock looks, and how long its lease holds; in seconds."""

    look: float = 2.0
    lease: float = 30.0


def run_due(service: Service, stopped: Callable[[], bool] = lambda: False) -> int:
    """Do everything that is due now; return how much was done.

    Time is the service's own.  What goes wrong with one engagement is logged and holds up no other.

    Parameters
    ----------
    stopped : callable
        Asked between two engagements, and between two messages, whether to leave off.
    """
    settled = settle_due(service, stopped) + papers_settling.settle_due(service, stopped)
    settled += closing.run_due(service, stopped)
    return settled + notices.send_mail(service, stopped)


def settle_due(service: Service, stopped: Callable[[], bool] = lambda: False) -> int:
    """Settle every engagement about which something is due; return how many."""
    rules = rules_of(service)
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
                settle(service, rules, record.id, clock=True)
                done += 1
            except StoreUnavailableError:
                raise
            except NotFoundError:
                continue
            except Exception:  # noqa: BLE001  # one that cannot be settled holds up no other
                _log.exception("The engagement %s could not be settled", record.id)
    return done


class Clock:
    """A daemon thread that does what is due while it holds the lease of the database.

    Parameters
    ----------
    service : Service
        A live service.
    pace : Pace
        How often it looks.

    Raises
    ------
    SchemaError, InvalidDataError
        If the rules of brokering are wrong, or name a country that there is not: better known at the
        start than when they are needed.
    """

    def __init__(self, service: Service, pace: Pace | None = None) -> None:
        load_rules(service.settings.schema_dir / FILE, service.snapshot.of_type("country"))
        self._service = service
        self._pace = pace or Pace()
        self._lease = Lease(service, "engagements", self._pace.lease)
        self._tidy_at = self._alert_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engagements", daemon=True)

    def start(self) -> Self:
        """Begin, and return at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop; what was not finished is done by whoever comes next."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._lease.release()

    def _run(self) -> None:
        while not self._stopping.wait(self._pace.look):
            try:
                if self._lease.take():
                    run_due(
                        self._service, lambda: self._stopping.is_set() or not self._lease.take()
                    )
                    self._alert()
                    self._tidy()
            except StoreUnavailableError:
                continue  # what is due now is due later too
            except Exception:  # noqa: BLE001  # a thread that dies of a defect would do nothing, unnoticed
                _log.exception("What is due could not be done")

    def _alert(self) -> None:
        """Run the saved searches that are due, now and then: they are due at full hours."""
        if time.monotonic() < self._alert_at:
            return
        self._alert_at = time.monotonic() + _ALERT_SECONDS
        digests.run_due(self._service, lambda: self._stopping.is_set() or not self._lease.take())

    def _tidy(self) -> None:
        """Delete files without a record and notices that are long past, once an hour."""
        if time.monotonic() < self._tidy_at:
            return
        self._tidy_at = time.monotonic() + _TIDY_SECONDS
        papers.sweep(self._service)
        digests.tidy(self._service)
        old = later(self._service.now(), -notices.KEPT)
        self._service.records.delete(notices.KIND, before={"at": old})
