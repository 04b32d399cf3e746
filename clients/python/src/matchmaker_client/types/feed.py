"""What is sent and answered about feed.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

FeedEntity = dict[str, Any]


class FeedChange(TypedDict):
    """What happened to one entity."""

    sequence: int
    position: str
    at: str
    kind: str
    type: str
    id: str
    merged_into: str | None
    before: FeedEntity | None
    after: FeedEntity | None
    actor: NotRequired[str]


class FeedPage(TypedDict):
    """Changes in order."""

    items: list[FeedChange]
    next: str
    end: bool
    last: int
    log: str


class WebhookUnderWay(TypedDict):
    """The delivery that is being tried."""

    id: str
    since: str
    until: str
    attempts: int
    due_at: str


class Webhook(TypedDict):
    """Where changes are delivered to, without its secret."""

    id: str
    account: str
    url: str
    types: list[str]
    state: str
    why: str
    created_at: str
    position: str
    delivered_at: str
    failures: int
    last_error: str
    under_way: WebhookUnderWay | None


class NewWebhook(TypedDict):
    """A webhook just created."""

    webhook: Webhook
    secret: str


class Delivery(TypedDict):
    """A dead letter, a ping, or what was sent again."""

    id: str
    webhook: str
    kind: str
    state: str
    at: str
    since: str
    until: str
    attempts: int
    due_at: str
    error: str
