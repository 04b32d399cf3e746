"""Idempotency: a request that is sent twice under one key is carried out once.

Before a request is carried out a record is kept under its caller and key, with an identifier that its
writes use; afterwards the record keeps the answer.  Should the process die between the write and the
keeping of the answer, the same request, sent again, is carried out again *with the same identifier*, by
which the store knows the write and does not repeat it.

References
----------
Jena, J., Dalal, S. The Idempotency-Key HTTP header field.
draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from matchmaker.errors import ConflictError, MatchmakerError
from matchmaker.permissions import Caller
from matchmaker.usecases.service import Service

KEPT: Final = timedelta(hours=24)
"""How long an answer is kept."""
CLAIMED: Final = timedelta(seconds=30)
"""How long a request counts as under way when nothing more is heard of it."""
_KIND: Final = "idempotency"


class KeyReusedError(MatchmakerError):
    """The key has been used for another request."""


class UnderWayError(MatchmakerError):
    """The same request is being carried out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A request that is to be carried out: ``uuid`` is for its writes."""

    id: str
    attempt: str
    uuid: str


def begin(
    service: Service, caller: Caller, place: str, key: str, fingerprint: str
) -> Begun | Answer:
    """Claim a key, or return the answer that stands under it.

    Parameters
    ----------
    service : Service
        Where records are kept.
    caller : Caller
        Whose key it is; keys of two accounts, and of an account and its sandbox, never meet, nor do
        those of credentials that reach differently far: an answer that was given is not given to
        somebody who would be refused it.
    place : str
        Stands for callers without an account: where they are.
    key : str
        As given.
    fingerprint : str
        Tells requests apart.

    Raises
    ------
    KeyReusedError
        If the key stands for another request.
    UnderWayError
        If the same request is being carried out.
    StoreUnavailableError
        If the database is away.
    """
    now = service.now()
    who = f"account:{caller.account}" if caller.account else f"place:{place}"
    reach = "all" if caller.scopes is None else " ".join(sorted(caller.scopes))
    parts = (who, "sandbox" if caller.sandbox else "", caller.role, reach, key)
    record_id = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    if record_id.startswith("00"):  # now and then: for one key in 256
        service.records.delete(_KIND, before={"expires_at": now})
    fresh = {
        "account": caller.account,
        "fingerprint": fingerprint,
        "uuid": str(uuid4()),
        "attempt": str(uuid4()),
        "claimed_until": _later(now, CLAIMED),
        "expires_at": _later(now, KEPT),
    }
    try:
        service.records.create(_KIND, record_id, fresh)
    except ConflictError:
        return _again(service, record_id, fresh, now)
    return Begun(record_id, fresh["attempt"], fresh["uuid"])


def _again(service: Service, record_id: str, fresh: Mapping[str, Any], now: str) -> Begun | Answer:
    """Return what stands under a key that is known."""

    def take(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if fields["expires_at"] <= now:
            return fresh
        if fields["fingerprint"] != fresh["fingerprint"]:
            raise KeyReusedError(
                "This Idempotency-Key stands for another request; use a new one for each."
            )
        if "status" in fields:
            return None
        if fields["claimed_until"] > now:
            raise UnderWayError("The same request is being carried out; send it again soon.")
        # Whoever began has died or failed: the write, if it was made, is known by its uuid.
        return {**fields, **{n: fresh[n] for n in ("attempt", "claimed_until")}}

    record = service.records.change(_KIND, record_id, take)
    if record is None:  # swept meanwhile
        record = service.records.create(_KIND, record_id, fresh)
    if "status" in record.fields:
        return Answer(record["status"], record["headers"], record["body"])
    return Begun(record_id, record["attempt"], record["uuid"])


def keep(service: Service, begun: Begun, answer: Answer) -> None:
    """Keep the answer to a request that was carried out.

    If another attempt took over meanwhile, it has made the same write and keeps its own answer.
    """
    told = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
    _alter(service, begun, told)


def release(service: Service, begun: Begun) -> None:
    """Forget a request that was refused and has changed nothing: the key may be used again."""
    _alter(service, begun, {"expires_at": ""})


def interrupt(service: Service, begun: Begun) -> None:
    """Let a request that failed half-way be carried out again at once, with the same uuid."""
    _alter(service, begun, {"claimed_until": ""})


def _alter(service: Service, begun: Begun, told: Mapping[str, Any]) -> None:
    """Change the record of an attempt that still stands."""

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        stands = fields["attempt"] == begun.attempt and "status" not in fields
        return {**fields, **told} if stands else None

    service.records.change(_KIND, begun.id, alter)


def _later(moment: str, span: timedelta) -> str:
    """Return a moment some time later, as records write it.

    Examples
    --------
    >>> _later("2026-03-01T23:59:59.500Z", timedelta(seconds=1))
    '2026-03-02T00:00:00.500Z'
    """
    found = datetime.fromisoformat(moment) + span
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")
