"""The work on a timetable, in a thread of its own: what it becomes is kept in the event's record.

The record tells how far the work is and is touched every few seconds; when that ends, the process has
died, and whoever looks next marks the work as failed.  The timetables that stood before stay.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from matchmaker.accounts.times import later
from matchmaker.errors import ConflictError, MatchmakerError, NotFoundError, StoreUnavailableError
from matchmaker.meetings.solving import Progress
from matchmaker.records import Record
from matchmaker.usecases.service import Service

WORKING: Final = "working"
IDLE: Final[Mapping[str, Any]] = {
    "state": "idle", "id": "", "step": "", "done": 0, "total": 0, "message": "", "beat_at": "",
}  # fmt: skip
"""What a record says when nothing is being made."""
STATES: Final = ("idle", WORKING, "done", "failed")
_KIND: Final = "event"
_BEAT_SECONDS: Final = 1.0
_TOUCH_SECONDS: Final = 5.0
_SILENT: Final = timedelta(seconds=30)
_ATTEMPTS: Final = 5
_INTERRUPTED: Final = (
    "The service was stopped while it made a timetable. What stood before stands; make it again."
)
_DEFECT: Final = "A defect of the service; it is in its log. What stood before stands."
_logger = logging.getLogger(__name__)
_running: set[str] = set()

Make = Callable[[Progress], Mapping[str, Any]]
"""Makes a proposal, telling how far it is."""


@dataclass(slots=True)
class _Far:
    """How far the work is; written by the worker and read by the thread that tells of it."""

    step: str = ""
    done: int = 0
    total: int = 0
    over: threading.Event = field(default_factory=threading.Event)


def begin(
    service: Service, event_id: str, work_id: str, make: Make, *, version: int
) -> tuple[Record, threading.Thread]:
    """Begin to make a timetable.

    Parameters
    ----------
    work_id : str
        Names this very work.
    version : int
        Version of the plan that it is made for.

    Raises
    ------
    ConflictError
        If one is being made already, or the plan has changed.
    """

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if fields["work"]["state"] == WORKING:
            raise ConflictError("A timetable of this event is being made already.")
        if fields["version"] != version:
            raise ConflictError("The plan was changed meanwhile; begin again.")
        work = {**IDLE, "state": WORKING, "id": work_id, "beat_at": service.now()}
        return {**fields, "work": work}

    # Whoever looks meanwhile must not take it for dead.
    _running.add(work_id)
    try:
        record = service.records.change(_KIND, event_id, alter)
        if record is None:
            raise NotFoundError("event", event_id)
    except BaseException:
        _running.discard(work_id)
        raise
    thread = threading.Thread(
        target=_work, args=(service, event_id, work_id, make), name="timetable", daemon=True
    )
    thread.start()
    return record, thread


def settled(service: Service, record: Record) -> Record:
    """Return an event; work whose process has died is marked as failed first."""
    work = record["work"]
    if work["state"] != WORKING or work["id"] in _running:
        return record
    if work["beat_at"] >= later(service.now(), -_SILENT):
        return record

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if fields["work"] != work:
            return None
        failed = {**work, "state": "failed", "step": "", "message": _INTERRUPTED}
        return {**fields, "work": failed}

    try:
        return service.records.change(_KIND, record.id, alter) or record
    except StoreUnavailableError:
        return record


def _work(service: Service, event_id: str, work_id: str, make: Make) -> None:
    far = _Far()
    teller = threading.Thread(
        target=_tell, args=(service, event_id, work_id, far), name="timetable-teller", daemon=True
    )
    teller.start()

    def progress(step: str, done: int, total: int) -> None:
        far.step, far.done, far.total = step, done, total

    told: dict[str, Any] = {}
    try:
        told["proposal"] = dict(make(progress))
        told["work"] = {"state": "done", "step": "", "message": ""}
    except MatchmakerError as error:
        told["work"] = {"state": "failed", "step": "", "message": str(error)}
    except Exception:  # whoever waits must hear of it; the thread has no other reader
        _logger.exception("The timetable %s of event %s failed", work_id, event_id)
        told["work"] = {"state": "failed", "step": "", "message": _DEFECT}
    finally:
        far.over.set()
        teller.join()
    try:
        _keep(service, event_id, work_id, told)
    finally:
        _running.discard(work_id)


def _keep(service: Service, event_id: str, work_id: str, told: Mapping[str, Any]) -> None:
    """Write what became of the work, also if the database has to come back first."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _change(service, event_id, work_id, told)
            return
        except StoreUnavailableError as error:
            if attempt == _ATTEMPTS:
                _logger.warning("The timetable of event %s was left: %s", event_id, error)
                return
            time.sleep(_BEAT_SECONDS * attempt)


def _tell(service: Service, event_id: str, work_id: str, far: _Far) -> None:
    """Write progress into the record, and touch it while there is none."""
    last, at = "", 0.0
    while not far.over.wait(_BEAT_SECONDS):
        if far.step == last and time.monotonic() - at < _TOUCH_SECONDS:
            continue
        work = {"step": far.step, "done": far.done, "total": far.total}
        with contextlib.suppress(StoreUnavailableError):
            _change(service, event_id, work_id, {"work": {**work, "beat_at": service.now()}})
            last, at = far.step, time.monotonic()


def _change(service: Service, event_id: str, work_id: str, told: Mapping[str, Any]) -> None:
    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        work = fields["work"]
        if work["id"] != work_id or work["state"] != WORKING:
            return None
        return {**fields, **told, "work": {**work, **told.get("work", {})}}

    service.records.change(_KIND, event_id, alter)
