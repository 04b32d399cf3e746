"""Bodies of writes: JSON objects of a decent size, and what the address asks for besides."""

from __future__ import annotations

from typing import Any, Final

from flask import request

from matchmaker.errors import BadRequestError, Fault, InvalidDataError
from matchmaker.web.http import json_object, only, single

LARGEST_BODY: Final = 1024 * 1024
MERGE_PATCH: Final = "application/merge-patch+json"


def json_body(mimetype: str = "application/json") -> dict[str, Any]:
    """Return the JSON object that the current request sends, of at most ``LARGEST_BODY`` bytes.

    Raises
    ------
    UnsupportedMediaType, RequestEntityTooLarge, UnreadableError
        If it is none.
    InvalidDataError
        If it is JSON but no object.
    """
    return json_object(mimetype, LARGEST_BODY)


def only_checks() -> bool:
    """Tell whether the current request asks for a dry run: ``?validate=only``.

    Raises
    ------
    BadRequestError
        If ``validate`` has another value, or there is another parameter.
    """
    only(request.args, "validate")
    asked = single(request.args, "validate")
    if asked not in (None, "only"):
        raise BadRequestError("validate", "must be 'only', or left out")
    return asked is not None


def fitting(document: dict[str, Any], **told: str) -> dict[str, Any]:
    """Return a document with what its address tells of it.

    Raises
    ------
    InvalidDataError
        If it says otherwise.
    """
    for name, value in told.items():
        if document.setdefault(name, value) != value:
            message = f"is {str(document[name])[:100]!r}, but the address says {value[:100]!r}"
            raise InvalidDataError([Fault("", 0, name, message)])
    return document
