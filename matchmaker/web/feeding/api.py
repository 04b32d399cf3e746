"""The API's operations on the change feed, as they are declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from matchmaker.schema import Schema
from matchmaker.web.contract.operation import Operation
from matchmaker.web.feeding import feed, shapes

_TAG: Final = "changes"
_DUMP_COST: Final = 20


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations on the change feed, in the order of the documentation."""
    bad = ("bad-parameter", "position-gone")
    yield Operation(
        "GET", "/dump", "dump", feed.dump_view, "The whole graph to begin a copy from", "Dump",
        _TAG, media=(feed.NDJSON,), schemas=shapes.FEED, cost=_DUMP_COST,
        description="The graph as you see it, one entity a line. The first line tells 'sequence', "
        "from which the feed goes on; the last line says 'end', else the dump was cut off.",
    )  # fmt: skip
    yield Operation(
        "GET", "/changes", "list_changes", feed.changes_view, "What changed after a position",
        "FeedPage", _TAG, ("since", "limit", "wait"), problems=bad, schemas=shapes.FEED,
        parameters={"since": shapes.SINCE, "limit": shapes.PAGE, "wait": shapes.WAIT},
        description="What changed after a position, in order, as far as you see it. Go on with "
        "'next' until 'end'. Changes are kept for ever.",
    )  # fmt: skip
    yield Operation(
        "GET", "/changes/stream", "stream_changes", feed.stream_view,
        "Changes as they happen (server-sent events)", "ChangeEvents", _TAG, ("since", "seconds"),
        media=(feed.EVENTS,), problems=bad, schemas=shapes.FEED,
        parameters={"since": shapes.SINCE, "seconds": shapes.SECONDS},
        description="Changes as server-sent events, from now on or after 'since' or the header "
        "'Last-Event-ID'. Few streams are open at a time: 429 asks to come back later.",
    )  # fmt: skip
