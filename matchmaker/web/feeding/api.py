"""The API's operations on the change feed, as they are declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from matchmaker.schema import Schema
from matchmaker.web.contract.operation import Operation
from matchmaker.web.feeding import feed, hooks, shapes
from matchmaker.web.shapes.values import TEXT, Json

_TAG: Final = "changes"
_HOOKS: Final = "webhooks"
_PING_COST: Final = 20
_DUMP_COST: Final = 20


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations on the change feed and webhooks, in the order of the documentation."""
    yield from _feed()
    yield from _webhooks()


def messages() -> dict[str, Json]:
    """Return what the service itself posts to others, as OpenAPI's ``webhooks``."""
    headers = [
        {"name": name, "in": "header", "required": True, "schema": TEXT, "description": told}
        for name, told in (
            ("webhook-id", "Tells the message; the same when it is sent again."),
            ("webhook-timestamp", "Seconds since 1970 when it was sent."),
            ("webhook-signature", "'v1,' and the base64 of HMAC-SHA256 over id, time and body."),
        )
    ]
    return {
        "changes": {
            "post": {
                "operationId": "receive_changes",
                "summary": "Changes delivered to a webhook, or a ping",
                "description": "Answer with 200 to 299 within 15 seconds; anything else is sent again.",
                "tags": [_HOOKS],
                "parameters": headers,
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": shapes.MESSAGE}},
                },
                "responses": {
                    "2XX": {"description": "It was taken."},
                    "410": {"description": "Nobody is there any more; the webhook stops."},
                },
            }
        }
    }


def _feed() -> Iterator[Operation]:
    bad = ("bad-parameter", "position-gone")
    yield Operation(
        "GET", "/dump", "dump", feed.dump_view, "The whole graph to begin a copy from", "Dump",
        _TAG, media=(feed.NDJSON,), schemas=shapes.FEED, cost=_DUMP_COST,
        description="The graph as you see it, one entity a line. The first line tells 'sequence', "
        "from which the feed goes on; the last line says 'end', else the dump was cut off.",
    )  # fmt: skip
    yield Operation(
        "GET", "/changes", "list_changes", feed.changes_view, "What changed after a position",
        "FeedPage", _TAG, ("since", "limit", "wait", "log"), problems=bad, schemas=shapes.FEED,
        parameters={"since": shapes.SINCE, "limit": shapes.PAGE, "wait": shapes.WAIT,
                    "log": shapes.LOG},
        description="What changed after a position, in order, as far as you see it. Go on with "
        "'next' until 'end'. Changes are kept for ever.",
    )  # fmt: skip
    yield Operation(
        "GET", "/changes/stream", "stream_changes", feed.stream_view,
        "Changes as they happen (server-sent events)", "ChangeEvents", _TAG,
        ("since", "seconds", "log"), media=(feed.EVENTS,), problems=bad, schemas=shapes.FEED,
        parameters={"since": shapes.SINCE, "seconds": shapes.SECONDS, "log": shapes.LOG},
        description="Changes as server-sent events, from now on or after 'since' or the header "
        "'Last-Event-ID'. Few streams are open at a time: 429 asks to come back later.",
    )  # fmt: skip


def _webhooks() -> Iterator[Operation]:
    may, named = "webhooks.manage", {"id": shapes.WEBHOOK_ID}
    read = ("invalid-data", "too-large", "unsupported-media-type")
    yield Operation(
        "GET", "/webhooks", "list_webhooks", hooks.list_webhooks, "Your webhooks, oldest first",
        "WebhookList", _HOOKS, permission=may, schemas=shapes.HOOKS,
    )  # fmt: skip
    yield Operation(
        "POST", "/webhooks", "create_webhook", hooks.create_webhook,
        "Have changes delivered to an address of yours; the secret is shown once", "NewWebhook",
        _HOOKS, body="WebhookInput", permission=may, statuses=(201,), schemas=shapes.HOOKS,
        problems=(*read, "conflict", "position-gone"), cost=_PING_COST,
        example={"url": "https://portal.example/hooks/cities", "types": ["need", "offer"]},
    )  # fmt: skip
    yield Operation(
        "GET", "/webhooks/<id>", "get_webhook", hooks.get_webhook, "One webhook", "Webhook",
        _HOOKS, permission=may, problems=("not-found",), parameters=named, schemas=shapes.HOOKS,
    )  # fmt: skip
    yield Operation(
        "DELETE", "/webhooks/<id>", "delete_webhook", hooks.delete_webhook, "Delete a webhook", "",
        _HOOKS, permission=may, statuses=(204,), problems=("not-found",), parameters=named,
    )  # fmt: skip
    for verb, view, words in (
        ("pause", hooks.pause_webhook, "Stop deliveries for a while; nothing is lost meanwhile"),
        ("resume", hooks.resume_webhook, "Go on with deliveries, also after the service gave up"),
    ):
        yield Operation(
            "POST", f"/webhooks/<id>:{verb}", f"{verb}_webhook", view, words, "Webhook", _HOOKS,
            permission=may, problems=("not-found",), parameters=named, schemas=shapes.HOOKS,
        )  # fmt: skip
    yield Operation(
        "POST", "/webhooks/<id>:ping", "ping_webhook", hooks.ping_webhook,
        "Have a message without changes sent, once", "Delivery", _HOOKS, permission=may,
        statuses=(202,), problems=("not-found",), parameters=named, schemas=shapes.HOOKS,
        cost=_PING_COST,
    )  # fmt: skip
    yield Operation(
        "POST", "/webhooks/<id>:replay", "replay_webhook", hooks.replay_webhook,
        "Send a dead letter again, or everything after a position", "Replayed", _HOOKS,
        body="ReplayInput", permission=may, statuses=(202,), parameters=named,
        problems=(*read, "not-found", "conflict", "position-gone"), schemas=shapes.HOOKS,
        example={"since": "1"},
    )  # fmt: skip
    yield Operation(
        "GET", "/webhooks/<id>/deliveries", "list_deliveries", hooks.list_deliveries,
        "Dead letters, pings and what was sent again, newest first", "DeliveryList", _HOOKS,
        ("state", "cursor", "limit"), permission=may, problems=("not-found",),
        parameters={
            **named, "state": shapes.BY_STATE, "cursor": shapes.CURSOR, "limit": shapes.LIMIT,
        },
        schemas=shapes.HOOKS,
    )  # fmt: skip
