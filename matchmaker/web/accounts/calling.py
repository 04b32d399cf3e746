"""Who calls: found once per request from an API key or the session cookie."""

from __future__ import annotations

from typing import Final

from flask import request

from matchmaker.errors import KeyRefusedError, StoreUnavailableError
from matchmaker.permissions import PUBLIC, Caller
from matchmaker.usecases.accounts import caller_of_key, caller_of_session
from matchmaker.web.accounts.cookies import read_cookie, session_cookie
from matchmaker.web.http import current_service

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_KEY: Final = 500
_CALLER: Final = "matchmaker.caller"


def current_caller() -> Caller:
    """Return who makes the current request.

    An ``Authorization`` header counts before a cookie, and is either a good API key or refused:
    whoever sends a key is never served as the public without a word.

    Raises
    ------
    KeyRefusedError
        If the request carries an API key that is unknown, expired or revoked, or credentials of
        another kind.
    StoreUnavailableError
        If the database is away and the request carries an API key, or would write in a session.
    """
    # Kept with the request itself: Flask's g may outlive a request where a context is held open.
    if _CALLER not in request.environ:
        request.environ[_CALLER] = _resolve()
    caller: Caller = request.environ[_CALLER]
    return caller


def carries_key() -> bool:
    """Tell whether the current request sends credentials that no browser adds by itself."""
    return "Authorization" in request.headers


def session_token() -> str:
    """Return the session token that the request's cookie carries, empty without one."""
    return "" if carries_key() else read_cookie(session_cookie())


def _resolve() -> Caller:
    service = current_service()
    if carries_key():
        scheme, _, key = request.headers["Authorization"].partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key or len(key) > _LONGEST_KEY:
            raise KeyRefusedError("Send an API key as 'Authorization: Bearer mk_...'.")
        return caller_of_key(service, key)
    token = session_token()
    if not token:
        return PUBLIC
    try:
        return caller_of_session(service, token) or PUBLIC
    except StoreUnavailableError:
        # Public pages stay readable; the banner says why nobody is signed in.
        if request.method in SAFE_METHODS:
            return PUBLIC
        raise
