"""What every answer has in common: JSON, entity tags, compression, security headers, clean input."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlencode

import orjson
from flask import Flask, Response, current_app, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from matchmaker.checking import closest
from matchmaker.errors import BadRequestError, Fault, InvalidDataError, MatchmakerError
from matchmaker.usecases.service import Service
from matchmaker.web.contract import compression

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
API_PREFIX: Final = "/api/v1"
_EXTENSION: Final = "matchmaker"
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class UnreadableError(MatchmakerError):
    """The address or the body of the request cannot be read."""


def attach_service(app: Flask, service: Service) -> None:
    """Make a service the one that the app's views read from."""
    app.extensions[_EXTENSION] = service


def current_service() -> Service:
    """Return the service behind the app that answers the current request."""
    service: Service = current_app.extensions[_EXTENSION]
    return service


def json_response(document: Any, status: int = 200, mimetype: str = "application/json") -> Response:
    """Return a document as compact JSON; the same document gives the same bytes."""
    return Response(orjson.dumps(document), status, mimetype=mimetype)


def is_for_programs() -> bool:
    """Tell whether the current address is one of the API's, whatever the request accepts."""
    path = request.path
    return path == "/api" or path.startswith(("/api/", "/healthz", "/readyz"))


def wants_json() -> bool:
    """Tell whether the current request is one of a program, whose errors are problem documents."""
    if is_for_programs():
        return True
    best = request.accept_mimetypes.best_match(
        ("text/html", "application/json", "application/problem+json"), "text/html"
    )
    return best != "text/html"


def check_encoding() -> None:
    """Refuse a request whose path or query is not percent-encoded UTF-8.

    Raises
    ------
    UnreadableError
        Naming the part of the address that cannot be read.
    """
    try:
        path = request.environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise UnreadableError("The path is not UTF-8 in percent-encoding.") from None
    query = request.environ.get("QUERY_STRING", "")
    if _BROKEN_ESCAPE.search(query):
        raise UnreadableError("The query has a '%' without two hexadecimal digits after it.")
    try:
        plain = unquote_to_bytes(query.encode("latin-1")).decode("utf-8")
    except UnicodeError:
        raise UnreadableError("The query is not UTF-8 in percent-encoding.") from None
    if "\0" in path or "\0" in plain:
        raise UnreadableError("The address holds a null character.")


def single(arguments: MultiDict[str, str], name: str) -> str | None:
    """Return a query parameter that may be given once.

    Raises
    ------
    BadRequestError
        If it is given more than once.
    """
    values = arguments.getlist(name)
    if len(values) > 1:
        raise BadRequestError(name, "is given more than once")
    return values[0] if values else None


def only(arguments: MultiDict[str, str], *known: str) -> None:
    """Refuse query parameters that an operation does not know.

    Raises
    ------
    BadRequestError
        Naming the first one, with those that are known.
    """
    for name in arguments:
        if name not in known:
            listed = f"known are {', '.join(known)}" if known else "it takes none"
            hint = closest(name[:100], known)
            raise BadRequestError(name[:100], f"is not a parameter here{hint}; {listed}")


def chosen(name: str) -> str | None:
    """Return what a filter of the current page is set to, None where it is not or stands empty."""
    return single(request.args, name) or None


def next_page(path: str, cursor: str) -> str:
    """Return the address of the page that follows the current one of a list, empty without one."""
    if not cursor:
        return ""
    kept = [(n, v) for n, v in request.args.items() if n not in ("cursor", "done") and v]
    return f"{path}?{urlencode([*kept, ('cursor', cursor)])}"


def keep_nowhere(response: Response) -> Response:
    """Keep a page out of every cache; for ``after_request`` of pages that are somebody's own."""
    response.headers["Cache-Control"] = "no-store"
    return response


def json_object(mimetype: str, most: int) -> dict[str, Any]:
    """Return the JSON object that the current request sends, of at most so many bytes.

    Raises
    ------
    UnsupportedMediaType, RequestEntityTooLarge, UnreadableError
        If it is none.
    InvalidDataError
        If it is JSON but no object.
    """
    if request.mimetype != mimetype:
        raise UnsupportedMediaType
    raw = request.get_data()
    if len(raw) > most:
        raise RequestEntityTooLarge  # came in pieces, without its length
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise UnreadableError(f"The body is not JSON: {error}.") from None
    if not isinstance(document, dict):
        raise InvalidDataError([Fault("", 0, "", "must be a JSON object")])
    return document


def finish(response: Response) -> Response:
    """Give an answer its entity tag, compression and security headers.

    Notes
    -----
    Without a tag of its own (see ``web.conditions``) an answer gets a weak one, made from its bytes
    behind the snapshot's sequence number: it stays true when the log starts anew, when the program
    or its weights change and between several processes.  A strong tag names the coding too, for the
    compressed and the plain form differ in their bytes.  What is answered depends on who asks, so
    shared caches keep nothing that was asked with credentials.
    """
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.vary.update(("Authorization", "Cookie"))
    if response.direct_passthrough or response.is_streamed:
        return response
    body = response.get_data()
    coding = ""
    if compression.is_compressible(response.mimetype):
        response.vary.add("Accept-Encoding")
        if body and "Content-Encoding" not in response.headers:
            coding = compression.coding_for(request.headers.get("Accept-Encoding"), len(body))
    if response.status_code == 200 and request.method in ("GET", "HEAD"):
        private = "Authorization" in request.headers or "Cookie" in request.headers
        response.headers.setdefault("Cache-Control", "private, no-cache" if private else "no-cache")
        if "no-store" not in response.headers["Cache-Control"]:
            _tag(response, body, coding)
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    if coding and response.status_code != 304:
        response.set_data(compression.compress(body, coding))
        response.headers["Content-Encoding"] = coding
    return response


def _tag(response: Response, body: bytes, coding: str) -> None:
    """Set the entity tag, and answer 304 to whom has it already."""
    tag, weak = response.get_etag()
    if tag is None:
        sequence = current_service().snapshot.sequence
        tag, weak = f"{sequence}-{hashlib.sha256(body).hexdigest()[:20]}", True
    elif coding and not weak:
        tag = f"{tag}-{coding}"
    response.set_etag(tag, weak=bool(weak))
    if request.if_none_match.contains_weak(tag):
        response.status_code = 304
        response.set_data(b"")
        for name in ("Content-Type", "Content-Length"):
            response.headers.pop(name, None)
