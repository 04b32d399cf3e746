"""The work on an upload, in a thread of its own: check, stage, publish, and tell of it.

The record of the upload tells the state and is touched every few seconds; when that ends, the process
has died, and whoever looks next settles what became of it.  What is published is published as a
whole or not at all, under the identifier of the upload.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from matchmaker.errors import InvalidDataError, MatchmakerError, StoreUnavailableError
from matchmaker.model import Entity
from matchmaker.schema import EntityType, Schema
from matchmaker.store.loading import LoadReport
from matchmaker.usecases.contributing.rowchecks import DOES, Report, check_rows
from matchmaker.usecases.contributing.rows import Form, Row, RowFault, read_rows
from matchmaker.usecases.service import Service

KIND: Final = "upload"
WORKING: Final = ("checking", "staging")
STATES: Final = (*WORKING, "published", "checked", "refused", "failed")
_BEAT_SECONDS: Final = 1.0
_TOUCH_SECONDS: Final = 5.0
_ATTEMPTS: Final = 3
_AWAY_SECONDS: Final = 60.0
_SEEN_SECONDS: Final = 60.0
_CHECKING: Final = "Checking rows"
_DEFECT: Final = "A defect of the service; it is in its log. Nothing was changed."
_MEND: Final = "Nothing was changed: mend the faults listed, and upload again."
_NO_ROWS: Final[dict[str, int]] = dict.fromkeys(DOES, 0)
_logger = logging.getLogger(__name__)
_running: set[str] = set()


@dataclass(frozen=True, slots=True)
class Task:
    """A file that was received, and what is to be done with it."""

    id: str
    path: Path
    form: Form
    kind: EntityType | None
    valid_rows: bool
    dry_run: bool
    actor: str


@dataclass(slots=True)
class _Progress:
    """How far the work is; written by the worker and read by the thread that tells of it."""

    state: str
    step: str
    done: int
    total: int

    def told(self) -> dict[str, Any]:
        return {"state": self.state, "step": self.step, "done": self.done, "total": self.total}


def nothing_done(lines: int) -> dict[str, Any]:
    """Return the members of an upload's record before anything is done."""
    progress = _Progress("checking", _CHECKING, 0, lines).told()
    told = {"rows": 0, "fault_count": 0, "faults": [], "message": "", "sequence": None}
    return {**progress, **_NO_ROWS, **told, "ended_at": ""}


def published(done: LoadReport) -> dict[str, Any]:
    """Return the members of the record of an upload that was published."""
    return {
        "state": "published",
        "created": done.created,
        "updated": done.updated,
        "unchanged": done.unchanged,
        "sequence": done.sequence,
    }


def is_running(upload_id: str) -> bool:
    """Tell whether this process works on an upload."""
    return upload_id in _running


def start(service: Service, task: Task, lines: int) -> threading.Thread:
    """Begin to work on an upload; the thread ends with the work."""
    _running.add(task.id)
    worker = _Worker(service, task, _Progress("checking", _CHECKING, 0, lines))
    thread = threading.Thread(target=worker.run, name="upload", daemon=True)
    thread.start()
    return thread


@dataclass(frozen=True, slots=True)
class _Good:
    """The good rows of a file, read anew each time; their number is known."""

    schema: Schema
    task: Task
    report: Report

    def __len__(self) -> int:
        return sum(self.report.counts().values())

    def __iter__(self) -> Iterator[Entity]:
        return self.report.good(_rows(self.schema, self.task))


def _rows(schema: Schema, task: Task) -> Iterator[Row]:
    return read_rows(schema, task.path, task.form, task.kind)


@dataclass(frozen=True, slots=True)
class _Worker:
    """Carries one upload out."""

    service: Service
    task: Task
    progress: _Progress

    def run(self) -> None:
        """Do all of it, and keep what became of it."""
        over = threading.Event()
        teller = threading.Thread(
            target=self._tell, args=(over,), name="upload-teller", daemon=True
        )
        teller.start()
        try:
            told = self._work()
            over.set()
            teller.join()
            self._keep(told)
        except StoreUnavailableError as error:
            # Whether it was published cannot be known now; who looks at it later settles that.
            _logger.warning("The upload %s was left: %s", self.task.id, error)
        finally:
            over.set()
            with contextlib.suppress(OSError):
                self.task.path.unlink(missing_ok=True)
            _running.discard(self.task.id)

    def _work(self) -> dict[str, Any]:
        """Return what the record shall say when all is done."""
        try:
            report = check_rows(
                self.service.snapshot, _rows(self.service.schema, self.task), self._checked
            )
            # What is published counts before what the check foresaw.
            decided = self._decide(report)
            return {**_report(report), **decided}
        except StoreUnavailableError:
            raise
        except Exception:  # whoever waits must hear of it; the thread has no other reader
            _logger.exception("The upload %s failed", self.task.id)
            return {**_NO_ROWS, "state": "failed", "message": _DEFECT}

    def _decide(self, report: Report) -> dict[str, Any]:
        usable = report.readable and (self.task.valid_rows or not report.fault_count)
        if not usable:
            return _refused(_MEND)
        if self.task.dry_run:
            return {"state": "checked", "message": "Nothing was changed: it was only checked."}
        try:
            return self._publish(report)
        except StoreUnavailableError:
            raise
        except InvalidDataError as error:
            # The graph has moved since the rows were checked.
            for fault in error.faults:
                row = report.row_of(fault.file.rpartition(" ")[2])
                report.add(RowFault(row, fault.column, fault.message))
            return _refused(_MEND)
        except MatchmakerError as error:
            return _refused(str(error))

    def _publish(self, report: Report) -> dict[str, Any]:
        good = _Good(self.service.schema, self.task, report)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                done = self.service.upload(
                    good, actor=self.task.actor, progress=self._staged, uuid=self.task.id
                )
                break
            except StoreUnavailableError:
                if attempt == _ATTEMPTS:
                    raise
                self._await_database()
        ends = time.monotonic() + _SEEN_SECONDS
        while self.service.snapshot.sequence < done.sequence and time.monotonic() < ends:
            time.sleep(0.05)
        return published(done)

    def _await_database(self) -> None:
        """Wait for the database; a repeat under the same identifier does nothing twice."""
        ends = time.monotonic() + _AWAY_SECONDS
        time.sleep(_BEAT_SECONDS)
        while self.service.status.read_only and time.monotonic() < ends:
            time.sleep(_BEAT_SECONDS)

    def _checked(self, done: int) -> None:
        self.progress.done = done

    def _staged(self, step: str, done: int, total: int) -> None:
        now = self.progress
        now.state, now.step, now.done, now.total = "staging", step, done, total

    def _tell(self, over: threading.Event) -> None:
        """Write progress into the record, and touch it while there is none."""
        told, at = self.progress.told(), time.monotonic()
        while not over.wait(_BEAT_SECONDS):
            now = self.progress.told()
            if now == told and time.monotonic() - at < _TOUCH_SECONDS:
                continue
            with contextlib.suppress(StoreUnavailableError):
                self._change({**now, "beat_at": self.service.now()})
                told, at = now, time.monotonic()

    def _keep(self, told: Mapping[str, Any]) -> None:
        """Write the end into the record, also if the database has to come back first."""
        fields = {**told, "beat_at": self.service.now(), "ended_at": self.service.now()}
        for _ in range(_ATTEMPTS - 1):
            try:
                self._change(fields)
                return
            except StoreUnavailableError:
                self._await_database()
        self._change(fields)

    def _change(self, told: Mapping[str, Any]) -> None:
        self.service.records.change(KIND, self.task.id, lambda fields: {**fields, **told})


def _refused(message: str) -> dict[str, Any]:
    return {**_NO_ROWS, "state": "refused", "message": message}


def _report(report: Report) -> dict[str, Any]:
    return {
        "step": "",
        "rows": report.rows,
        "done": report.rows,
        "total": report.rows,
        "fault_count": report.fault_count,
        "faults": [list(fault) for fault in sorted(report.faults)],
        **report.counts(),
    }
