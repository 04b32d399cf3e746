"""Webhooks: an account has changes delivered to an address of its own.

A webhook's record holds the place in the feed up to which its receiver has taken everything, and the
one delivery that is under way.  Deliveries go one after another, so that changes arrive in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from matchmaker.errors import BadRequestError, ConflictError, NotFoundError
from matchmaker.permissions import OPERATIONS, Caller, Scope, Way
from matchmaker.records import Record
from matchmaker.store.feed import Position
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.accounts.pages import cursor_after, cursor_of, page_size
from matchmaker.usecases.feeding.addresses import NotPublicError, resolve, target_of
from matchmaker.usecases.feeding.feed import check_position
from matchmaker.usecases.feeding.positions import position_of, text_of
from matchmaker.usecases.feeding.sending import key_of, new_secret
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

MOST_WEBHOOKS: Final = 10
"""How many webhooks an account may have."""
OPERATION: Final = "webhooks.manage"
_SHOWN: Final = (
    "account", "url", "types", "state", "why", "created_at", "position", "delivered_at",
    "failures", "last_error",
)  # fmt: skip
_SHOWN_OF_DELIVERY: Final = (
    "webhook", "kind", "state", "at", "since", "until", "attempts", "due_at", "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook just created; its secret is not to be had again."""

    webhook: dict[str, Any]
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Some deliveries, newest first, and where the next page begins (``""`` on the last one)."""

    items: tuple[dict[str, Any], ...]
    next: str


def allows_loopback(service: Service) -> bool:
    """Tell whether this very machine may receive."""
    return service.settings.webhook_private


def create_webhook(
    service: Service, caller: Caller, url: str, *, types: Sequence[str] = (), secret: str = "",
    since: str | None = None,
) -> NewWebhook:  # fmt: skip
    """Create a webhook; its deliveries show what the caller sees now, as far as he still may later.

    Parameters
    ----------
    url : str
        Where changes are posted to.
    types : sequence of str
        Entity types whose changes are delivered; all without any.
    secret : str
        To sign with; a new one if empty.
    since : str, optional
        Position of the feed to begin from; from now on without it.

    Raises
    ------
    BadRequestError
        If something cannot be used, or the address is not a public one.
    ConflictError
        If the account has as many as it may.
    """
    permit(service, caller, OPERATION, {caller.account} - {""})
    permit(service, caller, "graph.read")
    for name in types:
        if name not in service.schema.entities:
            known = ", ".join(service.schema.entities)
            raise BadRequestError("types", f"{name[:100]!r} is not one of {known}")
    if secret:
        key_of(secret)
    _check_address(service, url)
    begin = Position(service.snapshot.sequence) if since is None else position_of(since)
    check_position(service, begin)
    if service.records.count("webhook", {"account": caller.account}) >= MOST_WEBHOOKS:
        raise ConflictError(f"An account has at most {MOST_WEBHOOKS} webhooks; delete one first.")
    secret = secret or new_secret()
    fields = {
        "account": caller.account,
        "url": url,
        "types": sorted(set(types)),
        "secret": secret,
        "scopes": None if caller.scopes is None else sorted(s.value for s in caller.scopes),
        "state": "active",
        "why": "",
        "created_at": service.now(),
        "position": text_of(begin),
        "delivered_at": "",
        "failures": 0,
        "last_error": "",
        "pending": None,
    }
    record = service.records.create("webhook", str(uuid4()), fields)
    note(service, caller.account, "webhook_created", webhook=record.id)
    return NewWebhook(shown(record), secret)


def _check_address(service: Service, url: str) -> None:
    target = target_of(url)
    try:
        resolve(target, loopback=allows_loopback(service))
    except (NotPublicError, OSError, UnicodeError):
        # One answer for both: nobody finds out here which names there are inside.
        raise BadRequestError("url", "must name a host on the public internet") from None


def list_webhooks(service: Service, caller: Caller) -> list[dict[str, Any]]:
    """Return the caller's webhooks, oldest first."""
    permit(service, caller, OPERATION, {caller.account} - {""})
    found = every(service.records, "webhook", {"account": caller.account})
    return [shown(record) for record in sorted(found, key=lambda r: (r["created_at"], r.id))]


def get_webhook(service: Service, caller: Caller, webhook_id: str) -> dict[str, Any]:
    """Return one webhook.

    Raises
    ------
    NotFoundError
        If there is none, or it is another account's.
    """
    return shown(_own(service, caller, webhook_id))


def delete_webhook(service: Service, caller: Caller, webhook_id: str) -> None:
    """Delete a webhook with all that is told of its deliveries."""
    record = _own(service, caller, webhook_id)
    service.records.delete("webhook", {"id": record.id})
    service.records.delete("delivery", {"webhook": record.id})
    note(service, record["account"], "webhook_deleted", webhook=record.id, by=caller.account)


def pause_webhook(service: Service, caller: Caller, webhook_id: str) -> dict[str, Any]:
    """Stop deliveries until the webhook is resumed; nothing is lost meanwhile."""
    return _alter(service, caller, webhook_id, {"state": "paused", "why": ""})


def resume_webhook(service: Service, caller: Caller, webhook_id: str) -> dict[str, Any]:
    """Go on with deliveries, at once and with what was under way, also after the service gave up."""
    again = {"state": "active", "why": "", "failures": 0}
    return _alter(service, caller, webhook_id, again, hurry=service.now())


def ping_webhook(service: Service, caller: Caller, webhook_id: str) -> dict[str, Any]:
    """Have a message without changes sent, once; its delivery tells what became of it."""
    record = _own(service, caller, webhook_id)
    now = service.now()
    fields = {
        "webhook": record.id, "kind": "ping", "state": "due", "at": now, "due_at": now,
        "since": "", "until": "", "attempts": 0, "error": "", "begun_at": now,
    }  # fmt: skip
    return shown_delivery(service.records.create("delivery", str(uuid4()), fields))


def replay_delivery(
    service: Service, caller: Caller, webhook_id: str, delivery_id: str
) -> dict[str, Any]:
    """Send a dead letter again, under its own identifier.

    Raises
    ------
    NotFoundError
        If the webhook has no such delivery.
    ConflictError
        If it is not dead.
    """
    record = _own(service, caller, webhook_id)
    now = service.now()

    def again(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        if fields["webhook"] != record.id:
            raise NotFoundError("delivery", delivery_id[:100])
        if fields["state"] != "dead":
            raise ConflictError("Only a dead letter can be sent again.")
        return {**fields, "state": "due", "due_at": now, "begun_at": now, "attempts": 0}

    changed = service.records.change("delivery", delivery_id, again)
    if changed is None:
        raise NotFoundError("delivery", delivery_id[:100])
    return shown_delivery(changed)


def replay_since(service: Service, caller: Caller, webhook_id: str, since: str) -> dict[str, Any]:
    """Deliver everything after a position of the feed again, under new identifiers."""
    position = position_of(since)
    _own(service, caller, webhook_id)
    check_position(service, position)
    return _alter(service, caller, webhook_id, {"position": text_of(position), "pending": None})


def list_deliveries(
    service: Service, caller: Caller, webhook_id: str, *, state: str | None = None,
    cursor: str = "", limit: int = 50,
) -> DeliveryPage:  # fmt: skip
    """Return dead letters, pings and what was sent again, newest first.

    Raises
    ------
    BadRequestError
        If the state, the cursor or the limit cannot be used.
    """
    record = _own(service, caller, webhook_id)
    if state not in (None, "due", "delivered", "dead"):
        raise BadRequestError("state", "must be due, delivered or dead")
    where = {"webhook": record.id} | ({"state": state} if state else {})
    size = page_size(limit)
    found = service.records.find(
        "delivery", where, order_by="at", descending=True, after=cursor_after(cursor),
        limit=size + 1,
    )  # fmt: skip
    page, more = found[:size], len(found) > size
    following = cursor_of(page[-1]["at"], page[-1].id) if more else ""
    return DeliveryPage(tuple(map(shown_delivery, page)), following)


def shown(record: Record) -> dict[str, Any]:
    """Return what its owner sees of a webhook: all but the secret."""
    pending = record.get("pending")
    under_way = {
        "id": pending["id"], "since": record["position"], "until": pending["until"],
        "attempts": pending["attempts"], "due_at": pending["due_at"],
    } if pending else None  # fmt: skip
    return {"id": record.id, **{n: record.get(n) for n in _SHOWN}, "under_way": under_way}


def shown_delivery(record: Record) -> dict[str, Any]:
    """Return what its owner sees of a delivery."""
    return {"id": record.id, **{name: record.get(name) for name in _SHOWN_OF_DELIVERY}}


def _own(service: Service, caller: Caller, webhook_id: str) -> Record:
    """Return a webhook that the caller may manage; another account's is as if there were none."""
    permit(service, caller, OPERATION, {caller.account} - {""})
    record = service.records.get("webhook", webhook_id[:100])
    if record is None or not (caller.owns({record["account"]}) or _manages_all(caller)):
        raise NotFoundError("webhook", webhook_id[:100])
    return record


def _manages_all(caller: Caller) -> bool:
    return OPERATIONS[OPERATION].grant(caller.role).others is Way.YES


def _alter(
    service: Service, caller: Caller, webhook_id: str, fields: Mapping[str, Any], hurry: str = ""
) -> dict[str, Any]:
    record = _own(service, caller, webhook_id)

    def change(held: Mapping[str, Any]) -> Mapping[str, Any]:
        made = {**held, **fields}
        if hurry and made["pending"]:
            made["pending"] = {**made["pending"], "due_at": hurry, "begun_at": hurry}
        return made

    changed = service.records.change("webhook", record.id, change)
    if changed is None:
        raise NotFoundError("webhook", webhook_id[:100])
    return shown(changed)


def scopes_of_record(record: Record) -> frozenset[Scope] | None:
    """Return how far the credentials reached that a webhook was created with; None for a session."""
    held = record.get("scopes")
    return None if held is None else frozenset(Scope(name) for name in held)
