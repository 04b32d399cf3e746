"""``Idempotency-Key``: a write that is sent twice is carried out once."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from flask import Response, request
from werkzeug.exceptions import HTTPException

from matchmaker.errors import BadRequestError, MatchmakerError, StoreUnavailableError
from matchmaker.usecases import idempotency
from matchmaker.usecases.idempotency import Answer, Begun
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.contract.address import client_address, neighbourhood
from matchmaker.web.http import current_service

HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r'"?([A-Za-z0-9!#$%&()*+,./:;<=>?@^_`{|}~-]{1,255})"?')
_BEGUN: Final = "matchmaker.begun"
_KEPT_HEADERS: Final = ("Content-Type", "Location", "ETag", "Link", "Content-Language")

View = Callable[..., Response]


def write_uuid() -> str | None:
    """Return the identifier that the writes of the current request use, None for a new one.

    It stays the same when the request is sent again under the same key; a view that writes more than
    once derives one for each write (``uuid5``).
    """
    begun: Begun | None = request.environ.get(_BEGUN)
    return begun.uuid if begun else None


def once(view: View) -> View:
    """Let a view that writes take ``Idempotency-Key``.

    A good answer is kept for 24 hours and given again, marked ``Idempotency-Replayed: true``.  An
    answer that refuses the request is not kept: nothing was written, and the request may be put right
    under the same key.  Views whose answer holds a secret (a new API key) must not be decorated, for
    it would be kept; nor views that take large bodies, which are read whole here.
    """

    @functools.wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Response:
        key = _key()
        if key is None:
            return view(*args, **kwargs)
        service, place = current_service(), neighbourhood(client_address())
        begun = idempotency.begin(service, current_caller(), place, key, _fingerprint())
        if isinstance(begun, Answer):
            return _again(begun)
        request.environ[_BEGUN] = begun
        try:
            response = view(*args, **kwargs)
        except BaseException as error:
            with suppress(StoreUnavailableError):  # then the claim runs out by itself
                (idempotency.release if _refuses(error) else idempotency.interrupt)(service, begun)
            raise
        if response.status_code >= 400:
            idempotency.release(service, begun)
            return response
        told = {n: response.headers[n] for n in _KEPT_HEADERS if n in response.headers}
        answer = Answer(response.status_code, told, response.get_data(as_text=True))
        with suppress(StoreUnavailableError):  # the write is made; asked again, its uuid is known
            idempotency.keep(service, begun, answer)
        return response

    return answered


def _key() -> str | None:
    """Return the key that was given, None without one."""
    values = request.headers.getlist(HEADER)
    if not values:
        return None
    found = _KEY.fullmatch(values[0].strip())
    if len(values) > 1 or found is None:
        raise BadRequestError(HEADER, "must be one text of 1 to 255 visible ASCII characters")
    return found[1]


def _fingerprint() -> str:
    """Return what tells the current request from others."""
    made = hashlib.sha256()
    for part in (request.method, request.path, request.environ.get("QUERY_STRING", "")):
        made.update(part.encode("utf-8", "surrogateescape") + b"\n")
    made.update(request.get_data())
    return made.hexdigest()


def _refuses(error: BaseException) -> bool:
    """Tell whether an error says that the request was refused, so that nothing was written."""
    if isinstance(error, HTTPException):
        return (error.code or 500) < 500
    return isinstance(error, MatchmakerError) and not isinstance(error, StoreUnavailableError)


def _again(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, answer.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response
