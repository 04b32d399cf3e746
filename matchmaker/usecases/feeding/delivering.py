"""Deliver webhooks: one deliverer for each database, each delivery until it is taken or dead.

What is under way is written into the webhook's record before it is sent, and taken out after the
receiver has taken it.  A process that is killed in between leaves it there, and whoever holds the
lease next sends the same changes again under the same identifier: nothing is lost, and a receiver
that keeps identifiers sees nothing twice.
"""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Self
from uuid import uuid4

import orjson

from matchmaker.accounts.model import Account, State
from matchmaker.accounts.times import later
from matchmaker.errors import ConflictError, NotAllowedError, StoreUnavailableError
from matchmaker.permissions import Caller, authorise
from matchmaker.records import Record
from matchmaker.store.feed import Position
from matchmaker.usecases.accounts import purge_if_due
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.feeding import sending
from matchmaker.usecases.feeding.feed import seen_page
from matchmaker.usecases.feeding.positions import PositionGoneError, position_of, text_of
from matchmaker.usecases.feeding.webhooks import OPERATION, allows_loopback, scopes_of_record
from matchmaker.usecases.leases import Lease
from matchmaker.usecases.service import Service

MOST_CHANGES: Final = 100
"""How many changes a delivery holds at most."""
KEPT: Final = timedelta(days=30)
"""How long dead letters and answers to pings are kept."""
_AT_A_TIME: Final = 4
_TIDY_SECONDS: Final = 3600.0
_DEAD_IN_A_ROW: Final = 3
_log = logging.getLogger(__name__)

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When what has failed is tried again; all in seconds.

    The first repeat comes after ``first``, each later one after ``factor`` times as long, at most
    ``longest``, each up to ``jitter`` of it sooner or later; after ``give_up`` the delivery is dead.
    """

    first: float = 5.0
    factor: float = 3.0
    longest: float = 4 * 3600.0
    give_up: float = 24 * 3600.0
    jitter: float = 0.2
    look: float = 1.0
    lease: float = 30.0

    def pause(self, attempts: int) -> float:
        """Return how long to wait after so many attempts."""
        usual = min(self.first * self.factor ** min(attempts - 1, 50), self.longest)
        return usual * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311  # no secret


class Deliverer:
    """A daemon thread that delivers webhooks while it holds the lease of the database.

    Parameters
    ----------
    service : Service
        A live service.
    schedule : Schedule
        When what has failed is tried again.
    limits : Limits
        How long an attempt may take.
    """

    def __init__(
        self, service: Service, schedule: Schedule | None = None,
        limits: sending.Limits | None = None,
    ) -> None:  # fmt: skip
        self._service = service
        self._schedule = schedule or Schedule()
        self._limits = limits or sending.Limits()
        self._lease = Lease(service, "webhooks", self._schedule.lease)
        self._tidy_at = 0.0
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="deliverer", daemon=True)

    def start(self) -> Self:
        """Begin, and return at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop; what is being sent just now may be sent again by whoever comes next."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        until = time.monotonic() + 1
        while self._busy and time.monotonic() < until:
            time.sleep(0.02)
        self._lease.release()

    def _run(self) -> None:
        pause = self._schedule.look
        while not self._stopping.wait(pause):
            pause = self._schedule.look
            try:
                self._tidy()
                if self._lease.take():
                    self._round()
            except StoreUnavailableError:
                pause = max(pause, 5 * self._schedule.look)
            except Exception:  # noqa: BLE001  # a thread that dies of a defect would deliver nothing, unnoticed
                _log.exception("Webhooks could not be delivered")

    def _tidy(self) -> None:
        """Forget what is old: of accounts and of deliveries."""
        if time.monotonic() < self._tidy_at:
            return
        self._tidy_at = time.monotonic() + _TIDY_SECONDS
        service = self._service
        purge_if_due(service)
        old = {"at": later(service.now(), -KEPT)}
        service.records.delete("delivery", {"state": ["delivered", "dead"]}, before=old)

    def _round(self) -> None:
        """Begin every step that is due, at most so many at a time and one for each webhook."""
        service = self._service
        now, sequence = service.now(), service.snapshot.sequence
        for letter in service.records.find(
            "delivery", {"state": "due"}, before={"due_at": now}, order_by="due_at", limit=50
        ):
            self._begin(letter["webhook"], self._repeat, letter.id)
        for webhook in every(service.records, "webhook", {"state": "active"}):
            pending = webhook.get("pending")
            ready = (
                pending["due_at"] <= now
                if pending
                else position_of(webhook["position"]).next_entry <= sequence
            )
            if ready:
                self._begin(webhook.id, self._advance, webhook.id)

    def _begin(self, webhook: str, step: Callable[[str], None], identifier: str) -> None:
        with self._lock:
            if webhook in self._busy or len(self._busy) >= _AT_A_TIME:
                return
            self._busy.add(webhook)

        def work() -> None:
            try:
                step(identifier)
            except StoreUnavailableError:
                _log.info("The database went away during a delivery, which is tried again")
            except Exception:  # noqa: BLE001  # told to the log; the webhook is tried again
                _log.exception("The webhook %s could not be delivered", webhook)
            finally:
                with self._lock:
                    self._busy.discard(webhook)

        threading.Thread(target=work, name="delivery", daemon=True).start()

    def _advance(self, webhook_id: str) -> None:
        """Deliver what follows a webhook's position, page by page until it fails or all is taken."""
        service = self._service
        while not self._stopping.is_set() and self._lease.is_held:
            record = service.records.get("webhook", webhook_id)
            if record is None or record["state"] != "active":
                return
            caller = self._owner(record)
            if caller is None:
                return
            try:
                if record["pending"] is None and not self._prepare(record, caller):
                    return
                record = service.records.get("webhook", webhook_id)
                if record is None or record["pending"] is None:
                    continue  # nothing of what followed is for this webhook
                pending = record["pending"]
                if record["state"] != "active" or pending["due_at"] > service.now():
                    return
                since, until = record["position"], pending["until"]
                changes = self._changes(record, caller, since, until)
            except PositionGoneError as error:
                self._stop_for_good(webhook_id, str(error))
                return
            sent = self._send(record, pending["id"], "changes", changes, until)
            if not self._settle(record, pending, sent):
                return

    def _stop_for_good(self, webhook_id: str, why: str) -> None:
        stopped = {"state": "stopped", "why": why}
        self._service.records.change("webhook", webhook_id, lambda held: {**held, **stopped})

    def _prepare(self, record: Record, caller: Caller) -> bool:
        """Write down what is sent next, or step over what is not for it; tell if there was anything."""
        service, since = self._service, position_of(record["position"])
        page = seen_page(service, caller, since, MOST_CHANGES)
        if page.next == since:
            return False
        until, now = text_of(page.next), service.now()
        if any(_is_for(record, item) for item in page.items):
            pending = {
                "id": str(uuid4()), "until": until, "attempts": 0, "due_at": now, "begun_at": now,
            }  # fmt: skip
            self._alter(record, None, lambda _: {"pending": pending})
        else:
            self._alter(record, None, lambda _: {"position": until})
        return True

    def _changes(
        self, record: Record, caller: Caller, since: str, until: str
    ) -> list[dict[str, Any]]:
        """Return the changes between two positions, as the owner sees them now."""
        at, end = position_of(since), position_of(until)
        found: list[dict[str, Any]] = []
        while not at.covers(end):
            page = seen_page(self._service, caller, at, MOST_CHANGES)
            found += [item for item in page.items if end.covers(_behind(item))]
            if page.next == at:
                break
            at = page.next
        return [item for item in found if _is_for(record, item)]

    def _send(
        self, record: Record, identifier: str, kind: str, changes: list[dict[str, Any]], until: str
    ) -> sending.Sent:
        if kind == "changes" and not changes:
            return sending.Sent(200)  # the owner no longer sees any of it
        message: dict[str, Any] = {
            "type": kind, "delivery": identifier, "webhook": record.id,
            "timestamp": self._service.now(), "changes": changes, "next": until or None,
            "log": self._service.snapshot.log,
        }  # fmt: skip
        return sending.send(
            record["url"], record["secret"], identifier, orjson.dumps(message),
            loopback=allows_loopback(self._service), limits=self._limits,
        )  # fmt: skip

    def _settle(self, record: Record, pending: Fields, sent: sending.Sent) -> bool:
        """Write down what became of an attempt; tell whether to go on at once."""
        now, attempts = self._service.now(), pending["attempts"] + 1
        done = {"position": pending["until"], "pending": None}
        if sent.is_good:
            good = {"delivered_at": now, "failures": 0, "last_error": ""}
            return self._alter(record, pending["id"], lambda _: done | good)
        error = _told(sent)
        later_on = {**pending, "attempts": attempts, "due_at": self._in(self._pause(attempts))}
        if sent.status == sending.GONE:
            why = "The receiver said that it is gone for good (410)."
            told = {"state": "stopped", "why": why, "last_error": error, "pending": later_on}
            self._alter(record, pending["id"], lambda _: told)
            return False
        if not self._is_over(pending["begun_at"]):
            told = {"pending": later_on, "last_error": error}
            self._alter(record, pending["id"], lambda _: told)
            return False
        letter = {
            "webhook": record.id, "kind": "changes", "state": "dead", "at": now, "due_at": "",
            "since": record["position"], "until": pending["until"], "attempts": attempts,
            "error": error, "begun_at": pending["begun_at"],
        }  # fmt: skip
        # A conflict: it was written down by a process that was killed right after it.
        with contextlib.suppress(ConflictError):
            self._service.records.create("delivery", pending["id"], letter)
        return self._alter(record, pending["id"], lambda held: done | _bury(held, error))

    def _repeat(self, delivery_id: str) -> None:
        """Send a ping, or a dead letter that is to be sent again."""
        service = self._service
        letter = service.records.get("delivery", delivery_id)
        if letter is None or letter["state"] != "due":
            return
        record = service.records.get("webhook", letter["webhook"])
        caller = self._owner(record) if record is not None else None
        if record is None or caller is None:
            return
        changes: list[dict[str, Any]] = []
        try:
            if letter["kind"] == "changes":
                changes = self._changes(record, caller, letter["since"], letter["until"])
        except PositionGoneError as error:
            sent = sending.Sent(0, str(error))
        else:
            sent = self._send(record, letter.id, letter["kind"], changes, letter["until"])
        attempts = letter["attempts"] + 1
        over = letter["kind"] == "ping" or self._is_over(letter["begun_at"])
        state = "delivered" if sent.is_good else "dead" if over else "due"
        told = {
            "state": state, "attempts": attempts, "error": "" if sent.is_good else _told(sent),
            "due_at": self._in(self._pause(attempts)) if state == "due" else "",
        }  # fmt: skip
        service.records.change("delivery", letter.id, lambda held: {**held, **told})

    def _owner(self, record: Record) -> Caller | None:
        """Return who sees what is delivered: the account as it is now; None if it may not any more."""
        held = self._service.records.get("account", record["account"])
        if held is None or held["state"] != State.ACTIVE:
            return None
        caller = replace(Account.of(held).caller, scopes=scopes_of_record(record))
        try:
            authorise(caller, OPERATION, {caller.account})
            authorise(caller, "graph.read")
        except NotAllowedError:
            return None
        return caller

    def _alter(
        self, record: Record, pending_id: str | None, alter: Callable[[Fields], Fields]
    ) -> bool:
        """Change a webhook, unless its owner has moved it meanwhile; tell whether it was changed."""
        done = False

        def change(held: Fields) -> Fields | None:
            nonlocal done
            there = held["pending"]["id"] if held["pending"] else None
            done = held["position"] == record["position"] and there == pending_id
            return {**held, **alter(held)} if done else None

        return self._service.records.change("webhook", record.id, change) is not None and done

    def _pause(self, attempts: int) -> float:
        return self._schedule.pause(attempts)

    def _in(self, seconds: float) -> str:
        return later(self._service.now(), timedelta(seconds=seconds))

    def _is_over(self, begun_at: str) -> bool:
        return later(begun_at, timedelta(seconds=self._schedule.give_up)) <= self._service.now()


def _bury(held: Fields, error: str) -> dict[str, Any]:
    """Return what a dead letter means for its webhook: after some in a row it stops."""
    failures = held.get("failures", 0) + 1
    told: dict[str, Any] = {"failures": failures, "last_error": error}
    if failures >= _DEAD_IN_A_ROW:
        told |= {"state": "stopped", "why": f"{failures} deliveries in a row were given up."}
    return told


def _told(sent: sending.Sent) -> str:
    return sent.error or f"The receiver answered {sent.status}."


def _behind(item: Fields) -> Position:
    return position_of(item["position"])


def _is_for(record: Record, item: Fields) -> bool:
    return not record["types"] or item["type"] in record["types"]
