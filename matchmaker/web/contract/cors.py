"""Which pages of other origins may use the API from a browser; cookies never travel along.

References
----------
WHATWG. Fetch: the HTTP CORS protocol.
"""

from __future__ import annotations

from typing import Final

from flask import Response, request

from matchmaker.web.http import current_service

METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
TAKEN: Final = (
    "Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, "
    "If-None-Match, Last-Event-ID"
)
SHOWN: Final = (
    "Content-Language, Deprecation, ETag, Idempotency-Replayed, Link, Location, RateLimit, "
    "RateLimit-Policy, Retry-After, Sunset, WWW-Authenticate"
)
_REMEMBERED: Final = "7200"  # seconds; no browser keeps it longer


def _open() -> bool:
    """Tell whether the current address is one that pages of other origins may use."""
    return request.path.startswith(("/api/", "/problems/"))


def _allow(response: Response) -> bool:
    """Allow the origin of the current request; tell whether it is allowed."""
    allowed = current_service().settings.cors_origins
    if "*" in allowed:
        response.headers["Access-Control-Allow-Origin"] = "*"
        return True
    if not allowed:
        return False
    response.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    if origin not in allowed:
        return False
    response.headers["Access-Control-Allow-Origin"] = origin
    return True


def preflight() -> Response | None:
    """Answer what a browser asks before a request from another origin that is not a simple one."""
    asked = request.headers.get("Access-Control-Request-Method")
    if request.method != "OPTIONS" or not asked or not _open():
        return None
    response = Response(status=204)
    response.vary.update(("Access-Control-Request-Method", "Access-Control-Request-Headers"))
    if _allow(response):
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = TAKEN
        response.headers["Access-Control-Max-Age"] = _REMEMBERED
    return response


def share(response: Response) -> Response:
    """Let a page of another origin read an answer, if its origin is allowed."""
    if _open() and _allow(response):
        response.headers.setdefault("Access-Control-Expose-Headers", SHOWN)
    return response
