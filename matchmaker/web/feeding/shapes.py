"""JSON Schemas and parameters of the operations on the change feed and webhooks."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.usecases.feeding.feed import LARGEST_PAGE, USUAL_PAGE
from matchmaker.usecases.feeding.streaming import LONGEST_STREAM, LONGEST_WAIT
from matchmaker.web.jsonshapes import COUNT, FLAG, NULL, TEXT, Json, either, listed, record, ref

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
