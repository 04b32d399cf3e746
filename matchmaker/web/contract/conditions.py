"""Conditions of requests: entity tags on what is read, ``If-Match`` on what is written.

The tag of one entity is ``"<version>-<digest>"``: the sequence number of its last change, and a digest
of the representation (which depends on the caller, the language and the captions of others).  A
compressed answer adds its coding behind another hyphen.  Reads compare the whole tag.  Writes compare
the version only, which alone says whether somebody else has written: so a tag works whatever form of
the entity it came with, a bare ``"<version>"`` works, and the mark ``W/`` that a compressing proxy
puts in front does no harm.

References
----------
Fielding, R., Nottingham, M., Reschke, J. (2022). HTTP Semantics. RFC 9110, section 13.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final, Literal

from flask import Request, Response

from matchmaker.errors import BadRequestError, MatchmakerError, VersionConflictError

_TAGS: Final = re.compile(r'\s*(?:W/)?"([^"]*)"\s*(?:,|$)')
_MOST_TAGS: Final = 50

Expected = int | Literal["any"] | None
"""Version that a write expects: a number, None for an entity that must not exist, or any."""


class PreconditionRequiredError(MatchmakerError):
    """The operation is taken only with a condition."""


def digest(body: bytes) -> str:
    """Return a short digest of the bytes of an answer."""
    return hashlib.sha256(body).hexdigest()[:20]


def versioned(response: Response, version: int) -> Response:
    """Give the answer about one entity a tag that a write may send back in ``If-Match``."""
    response.set_etag(f"{version}-{digest(response.get_data())}")
    return response


def expected_version(request: Request, current: int | None, *, required: bool = False) -> Expected:
    """Return the version that a write expects, for ``Service.put`` and ``Service.delete``.

    Parameters
    ----------
    request : Request
        What was sent.
    current : int or None
        Version of the entity as this process sees it, None if there is none.  It gives ``*`` a
        meaning; whether the version expected still stands is for the store to say, under its lock.
    required : bool
        Whether a request without any condition is refused.

    Returns
    -------
    int, None or "any"
        The version of ``If-Match``; None for ``If-None-Match: *``; "any" without either.

    Raises
    ------
    BadRequestError
        If a header cannot be understood, or both are given.
    VersionConflictError
        If the condition can never hold.
    PreconditionRequiredError
        If there is none and one is required.
    """
    match, none_match = _given(request, "If-Match"), _given(request, "If-None-Match")
    if match is not None and none_match is not None:
        raise BadRequestError("If-None-Match", "cannot be joined with If-Match")
    if none_match is not None:
        if none_match != "*":
            raise BadRequestError(
                "If-None-Match", "takes only * with a write: create, never replace"
            )
        return None
    if match is None:
        if required:
            raise PreconditionRequiredError(
                "Send If-Match with the ETag of what you read, or If-None-Match: * to create."
            )
        return "any"
    return _matched(match, current)


def _given(request: Request, name: str) -> str | None:
    values = request.headers.getlist(name)
    return ", ".join(values).strip() if values else None


def _matched(header: str, current: int | None) -> int:
    """Return the version that a header ``If-Match`` expects."""
    if header == "*":
        if current is None:
            raise VersionConflictError("If-Match: * asks for an entity, and there is none.", 0)
        return current
    versions = {version for tag in _tags(header) if (version := _version(tag)) is not None}
    if not versions:
        raise VersionConflictError(
            "No tag in If-Match is one that this service gave.", current or 0
        )
    return current if current in versions else max(versions)


def _tags(header: str) -> list[str]:
    found: list[str] = []
    place = 0
    while place < len(header) and len(found) <= _MOST_TAGS:
        tag = _TAGS.match(header, place)
        if tag is None:
            break
        found.append(tag[1])
        place = tag.end()
    if place < len(header) or not found or len(found) > _MOST_TAGS:
        message = 'takes the ETag of what was read, in quotation marks, such as "17-0a1b2c"'
        raise BadRequestError("If-Match", message)
    return found


def _version(tag: str) -> int | None:
    head = tag.partition("-")[0]
    return int(head) if head.isascii() and head.isdigit() and len(head) < 16 else None
