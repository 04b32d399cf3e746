"""JSON Schemas and parameters of the operations on the change feed and webhooks."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.usecases.feeding.feed import LARGEST_PAGE, USUAL_PAGE
from matchmaker.usecases.feeding.streaming import LONGEST_STREAM, LONGEST_WAIT
from matchmaker.web.shapes.values import COUNT, FLAG, NULL, TEXT, Json, either, listed, record, ref

_NAMES: Final[Json] = {
    "type": "object",
    "properties": {"id": TEXT, "type": TEXT},
    "required": ["id", "type"],
    "additionalProperties": True,
    "description": "An entity as it is stored, as far as you see it: references are identifiers.",
}
_POSITION: Final[Json] = {
    "type": "string",
    "pattern": r"^[0-9]{1,15}(\.[0-9]{1,9}\.[0-9]{1,9})?$",
    "description": "A place in the feed; keep it as it is.",
}
_LOG: Final[Json] = {
    "type": "string", "maxLength": 100,
    "description": "Which log it is: positions of one say nothing of another, which begins where a "
    "database is made anew.",
}  # fmt: skip

FEED: Final[dict[str, Json]] = {
    "FeedEntity": _NAMES,
    "FeedChange": record(
        "What happened to one entity.", ("actor",),
        sequence={**COUNT, "description": "Number of the change; a bulk load has one for all."},
        position={**_POSITION, "description": "The place behind this change."},
        at=TEXT,
        kind={"enum": ["created", "changed", "deleted", "merged"]},
        type=TEXT, id=TEXT,
        merged_into={**either(TEXT, NULL), "description": "What stays, where it was merged away."},
        before=either(ref("FeedEntity"), NULL),
        after=either(ref("FeedEntity"), NULL),
        actor={**TEXT, "description": "Who did it; told to staff only."},
    ),
    "FeedPage": record(
        "Changes in order.",
        items=listed(ref("FeedChange")),
        next={**_POSITION, "description": "Give it back as 'since'."},
        end={**FLAG, "description": "Whether nothing follows yet."},
        last={**COUNT, "description": "Number of the last change there is."},
        log=_LOG,
    ),
    "Dump": {
        "type": "string",
        "description": "Lines of JSON: the state, one entity a line, and 'end' with the count.",
    },
    "ChangeEvents": {
        "type": "string",
        "description": "Server-sent events: 'id' is a position, 'data' a FeedChange.",
    },
}  # fmt: skip


def told(description: str, schema: Json | None = None, **more: Any) -> Json:
    """Return a parameter object of OpenAPI without its name and place."""
    return {"description": description, "schema": schema or TEXT, **more}


SINCE: Final = told(
    "Where to go on: 'sequence' of a dump, or 'next' or 'position' of the feed.", _POSITION
)
LOG: Final = told(
    "The 'log' of the dump or page that 'since' is from; if it is another one by now, 410 says so.",
    _LOG,
)
PAGE: Final = told(
    "How many changes to read at most; those that you do not see are left out afterwards.",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
)
WAIT: Final = told(
    "How many seconds to wait for a change if there is none; answered at once when too many wait.",
    {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT, "default": 0},
)
SECONDS: Final = told(
    "After how many seconds the stream ends.",
    {"type": "integer", "minimum": 1, "maximum": LONGEST_STREAM, "default": LONGEST_STREAM},
)

_TIME: Final[Json] = {
    "type": "string", "description": "ISO 8601, UTC; empty where there is none.",
}  # fmt: skip
_TYPES: Final[Json] = {
    **listed(TEXT), "description": "Entity types whose changes are delivered; all without any.",
}  # fmt: skip
_SECRET: Final[Json] = {
    "type": "string",
    "description": "'whsec_' and 24 to 64 bytes in base64; deliveries are signed with it.",
}
_STATE: Final[Json] = {"type": "string", "enum": ["active", "paused", "stopped"]}
_DELIVERY_STATE: Final[Json] = {"type": "string", "enum": ["due", "delivered", "dead"]}

HOOKS: Final[dict[str, Json]] = {
    "Webhook": record(
        "Where changes are delivered to, without its secret.",
        id=TEXT, account=TEXT, url=TEXT, types=_TYPES, state=_STATE,
        why={**TEXT, "description": "Why the service has stopped it; empty if it has not."},
        created_at=_TIME,
        position={**_POSITION, "description": "The receiver has taken everything up to here."},
        delivered_at=_TIME,
        failures={**COUNT, "description": "Dead letters in a row."},
        last_error=TEXT,
        under_way=either(
            record(
                "The delivery that is being tried.",
                id=TEXT, since=_POSITION, until=_POSITION, attempts=COUNT, due_at=_TIME,
            ),
            NULL,
        ),
    ),
    "WebhookList": record(items=listed(ref("Webhook"))),
    "WebhookInput": record(
        "A webhook to be created.", ("types", "secret", "since"),
        url={
            "type": "string", "maxLength": 500,
            "description": "Public http or https address, without credentials.",
        },
        types=_TYPES, secret=_SECRET,
        since={**_POSITION, "description": "Where to begin; from now on without it."},
    ) | {"additionalProperties": False},
    "NewWebhook": record(
        "A webhook just created.",
        webhook=ref("Webhook"),
        secret={**_SECRET, "description": "To check signatures with; shown this once."},
    ),
    "Delivery": record(
        "A dead letter, a ping, or what was sent again.",
        id={**TEXT, "description": "As in the header 'webhook-id'."},
        webhook=TEXT, kind={"enum": ["changes", "ping"]}, state=_DELIVERY_STATE,
        at=_TIME, since=TEXT, until=TEXT, attempts=COUNT, due_at=_TIME, error=TEXT,
    ),
    "DeliveryList": record(items=listed(ref("Delivery")), next=either(TEXT, NULL)),
    "ReplayInput": record(
        "Either a dead letter or a position.", ("delivery", "since"),
        delivery={**TEXT, "description": "Identifier of a dead letter."},
        since={**_POSITION, "description": "Everything after it is sent again."},
    ) | {"additionalProperties": False, "minProperties": 1, "maxProperties": 1},
    "Replayed": either(ref("Delivery"), ref("Webhook")),
}  # fmt: skip

MESSAGE: Final[Json] = record(
    "What is posted to a webhook, signed as docs/change-feed.md says.",
    type={"enum": ["changes", "ping"]},
    delivery={**TEXT, "description": "The same whenever it is sent again; also in 'webhook-id'."},
    webhook=TEXT,
    timestamp={"type": "string", "description": "When it was sent: ISO 8601, UTC."},
    changes=listed(ref("FeedChange")),
    next={**either(_POSITION, NULL), "description": "The place in the feed behind the changes."},
    log=_LOG,
)
_SOME_ID: Final = "0f0f2a3e-5a0c-4c8e-9d3f-2f6a1b7c4d5e"
WEBHOOK_ID: Final = told("Identifier of the webhook.", example=_SOME_ID)
BY_STATE: Final = told("Only deliveries in this state.", _DELIVERY_STATE)
CURSOR: Final = told("The member 'next' of the page before.")
LIMIT: Final = told(
    "How many items at most.",
    {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
)
