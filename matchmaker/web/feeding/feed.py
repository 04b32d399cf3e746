"""Views of the change feed: pages, the stream of events, and the dump."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from flask import Response, request

from matchmaker.errors import BadRequestError
from matchmaker.usecases.feeding.feed import changes_page, dump, parse_page_size
from matchmaker.usecases.feeding.streaming import (
    LONGEST_STREAM,
    LONGEST_WAIT,
    stream,
    wait_for_change,
)
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.contract.compression import coding_for
from matchmaker.web.http import current_service, json_response, only, single
from matchmaker.web.linked.negotiation import answer

NDJSON: Final = "application/x-ndjson"
EVENTS: Final = "text/event-stream"
_LARGE: Final = 1 << 30
_PIECE: Final = 1 << 16


def changes_view() -> Response:
    """Answer with what changed after a position."""
    only(request.args, "since", "limit", "wait", "log")
    service, caller = current_service(), current_caller()
    since = single(request.args, "since")
    limit = parse_page_size(single(request.args, "limit"))
    wait_for_change(service, caller, since, _seconds("wait", 0, LONGEST_WAIT, 0))
    page = changes_page(service, caller, since, limit, single(request.args, "log"))
    return json_response(page.as_json())


def stream_view() -> Response:
    """Answer with changes as they happen."""
    only(request.args, "since", "seconds", "log")
    since = request.headers.get("Last-Event-ID") or single(request.args, "since")
    seconds = _seconds("seconds", 1, LONGEST_STREAM, LONGEST_STREAM)
    caller = current_caller()
    if request.method == "HEAD":  # nobody would listen
        return Response(mimetype=EVENTS, headers={"Cache-Control": "no-store"})
    log = single(request.args, "log")
    events = stream(current_service(), caller, since, seconds, log=log)
    response = Response(_encoded(events), mimetype=EVENTS)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy in front must not hold events back
    return response


def dump_view() -> Response:
    """Answer with the whole graph, line by line."""
    only(request.args)
    response = answer(dump(current_service(), current_caller()), NDJSON)
    if response.is_streamed:
        response.vary.add("Accept-Encoding")
        wished = coding_for(request.headers.get("Accept-Encoding"), _LARGE)
        if wished == "gzip" or (wished and request.accept_encodings.quality("gzip") > 0):
            response.response = _packed(response.iter_encoded())
            response.headers["Content-Encoding"] = "gzip"
    return response


def _encoded(events: Iterator[str]) -> Iterator[bytes]:
    try:
        for event in events:
            yield event.encode()
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


def _packed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces of a gzip file; lines are gathered, since each piece is sent by itself."""
    packer = zlib.compressobj(3, zlib.DEFLATED, 31)
    held = bytearray()
    for chunk in chunks:
        held += packer.compress(chunk)
        if len(held) >= _PIECE:
            yield bytes(held)
            held.clear()
    yield bytes(held) + packer.flush()


def _seconds(name: str, low: int, high: int, usual: int) -> int:
    raw = single(request.args, name)
    if raw is None:
        return usual
    if not (raw.isascii() and raw.isdigit() and len(raw) < 6 and low <= int(raw) <= high):
        raise BadRequestError(name, f"must be a whole number of seconds from {low} to {high}")
    return int(raw)
