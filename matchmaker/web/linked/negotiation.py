"""In which form an answer is given, and under which names: by ``format`` or by ``Accept``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from flask import Response, request

from matchmaker.errors import BadRequestError
from matchmaker.usecases.linked.names import Names
from matchmaker.usecases.serialising.places import PLACED
from matchmaker.web.accounts.cookies import public_address
from matchmaker.web.http import UnreadableError, single

MEDIA: Final[Mapping[str, str]] = {
    "json": "application/json",
    "jsonld": "application/ld+json",
    "turtle": "text/turtle",
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "html": "text/html",
}
DETAIL_FORMS: Final = ("json", "jsonld", "turtle")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")
KEPT_WHOLE: Final = (
    2_000_000  # characters; up to here an answer has an entity tag and is compressed
)


def list_forms(entity: str) -> tuple[str, ...]:
    """Return the forms that lists of an entity type are given in, the usual one first."""
    return (*DETAIL_FORMS, "csv", *(("geojson",) if entity in PLACED else ()))


def media_of(forms: Iterable[str]) -> tuple[str, ...]:
    """Return the media types of forms, for the description of an operation."""
    return tuple(MEDIA[form] for form in forms)


def format_parameter(forms: Iterable[str]) -> dict[str, Any]:
    """Describe the query parameter ``format`` for the OpenAPI document."""
    return {
        "description": "Form of the answer; counts before the header 'Accept'.",
        "schema": {"type": "string", "enum": list(forms), "default": "json"},
    }


def chosen_form(*forms: str) -> str:
    """Return the form that the current request asks for, the first one if it does not care.

    Parameters
    ----------
    *forms : str
        Names of :data:`MEDIA` that are to be had, the usual one first.

    Raises
    ------
    BadRequestError
        If the parameter ``format`` names none of them.  An ``Accept`` header that names none is
        disregarded, as RFC 9110 (12.5.1) allows.
    """
    named = single(request.args, "format")
    if named is not None:
        if named not in forms:
            message = f"{named[:100]!r} is not one of {', '.join(forms)}"
            raise BadRequestError("format", message)
        return named
    best = request.accept_mimetypes.best_match([MEDIA[form] for form in forms], MEDIA[forms[0]])
    return next(form for form in forms if MEDIA[form] == best)


def negotiated(response: Response) -> Response:
    """Mark an answer as one that depends on the header ``Accept``."""
    response.vary.add("Accept")
    return response


def names() -> Names:
    """Return the IRIs to use in the answer to the current request.

    Raises
    ------
    UnreadableError
        If no address is set and the request names a host that cannot be one.
    """
    address = public_address()
    if not _ADDRESS.fullmatch(address):
        raise UnreadableError("The header 'Host' names no host.")
    return Names(address)


def answer(chunks: Iterator[str], media: str, *, filename: str = "") -> Response:
    """Answer with text that comes in pieces.

    Parameters
    ----------
    chunks : iterator of str
        The text; must not read the request.
    media : str
        Its media type.
    filename : str
        Name under which a browser saves it; shown in the browser if empty.

    Notes
    -----
    A text of up to two million characters is sent whole, so that it has an entity tag and is
    compressed like all answers; a longer one is streamed in memory that does not grow with it.
    """
    kept: list[str] = []
    size = 0
    for chunk in chunks:
        kept.append(chunk)
        size += len(chunk)
        if size > KEPT_WHOLE:
            response = Response(_rest(kept, chunks), mimetype=media)
            private = "Authorization" in request.headers or "Cookie" in request.headers
            response.headers["Cache-Control"] = "private, no-cache" if private else "no-cache"
            break
    else:
        response = Response("".join(kept), mimetype=media)
    if filename:
        response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _rest(kept: list[str], chunks: Iterator[str]) -> Iterator[bytes]:
    yield "".join(kept).encode()
    kept.clear()
    for chunk in chunks:
        yield chunk.encode()
