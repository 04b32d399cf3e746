"""Forms that only our own pages can send: a token in each form, and where the browser says it is.

A form carries ``nonce.HMAC-SHA256(secret, nonce)``.  The secret is one that the browser sends back
by itself and that no other site can read or set: the session's token, or, for those who have not
signed in, a random cookie that browsers send for same-site requests only.  So no secret of the
server is needed, all workers agree, and a form dies with its session; the fresh nonce keeps the
token from being guessed letter by letter out of compressed answers.

References
----------
OWASP. Cross-Site Request Forgery Prevention Cheat Sheet: "Signed Double-Submit Cookie".
Gluck, Y., Harris, N., Prado, A. (2013). BREACH: Reviving the CRIME Attack.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Response, current_app, request
from markupsafe import Markup

from matchmaker.errors import NotAllowedError
from matchmaker.web.accounts.calling import SAFE_METHODS, carries_key, session_token
from matchmaker.web.accounts.cookies import (
    form_cookie,
    is_own_origin,
    put_cookie,
    read_cookie,
)
from matchmaker.web.http import is_for_programs

FORM_FIELD: Final = "csrf_token"
FORM_HEADER: Final = "X-CSRF-Token"
HOLDS_FORM: Final = "matchmaker.form"
"""Set in the environment of a request whose answer holds a form."""
_NEW_COOKIE: Final = "matchmaker.form_cookie"
_BY_ADDRESS: Final = "matchmaker_proven_by_address"
View = TypeVar("View", bound=Callable[..., Any])
_SECRET_LENGTH: Final = 43  # characters of 32 random bytes in base64


class ForgedFormError(NotAllowedError):
    """The form does not come from a page of ours that this browser was shown lately."""


def form_token() -> str:
    """Return a token for a form or a request of the current browser."""
    request.environ[HOLDS_FORM] = True
    secret = session_token() or _form_secret()
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_sign(secret, nonce)}"


def csrf_field() -> Markup:
    """Return the hidden field that each form with ``method="post"`` carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, form_token())


def proven_by_address(view: View) -> View:
    """Let a view take forms from anywhere: its address holds what only the rightful sender knows.

    It must not use the session.
    """
    setattr(view, _BY_ADDRESS, True)
    return view


def check_form() -> None:
    """Refuse a change that another site may have made the browser ask for.

    Checked is whatever a browser sends by itself: every change asked of pages, and of the API where
    a session's cookie comes along.  A request with an API key is not: no browser adds that.

    Raises
    ------
    ForgedFormError
        If the browser says that another site asks, or the token is missing or not its own.
    """
    if request.method in SAFE_METHODS or carries_key():
        return
    if getattr(current_app.view_functions.get(request.endpoint or ""), _BY_ADDRESS, False):
        return
    if is_for_programs() and not session_token():
        return
    _check_origin()
    given = request.headers.get(FORM_HEADER, "")
    if not given and not is_for_programs():
        given = request.form.get(FORM_FIELD, "")
    nonce, _, sign = given.partition(".")
    secret = session_token() or read_cookie(form_cookie())
    right = bool(secret) and hmac.compare_digest(
        sign.encode("utf-8", "replace"), _sign(secret, nonce).encode()
    )
    if not right:
        raise ForgedFormError(
            "This form is out of date or not ours, so nothing was done. Go back, load the page "
            "again and send it once more; cookies must be allowed."
        )


def keep_form_secret(response: Response) -> Response:
    """Give the browser the cookie that vouches for the forms of this answer, if it has none."""
    if secret := request.environ.get(_NEW_COOKIE):
        put_cookie(response, form_cookie(), secret, same="Strict")
    return response


def _form_secret() -> str:
    known = read_cookie(form_cookie())
    if len(known) == _SECRET_LENGTH:
        return known
    secret: str = request.environ.setdefault(_NEW_COOKIE, secrets.token_urlsafe(32))
    return secret


def _sign(secret: str, nonce: str) -> str:
    text = f"form {nonce}".encode("utf-8", "replace")
    return hmac.new(secret.encode("utf-8", "replace"), text, hashlib.sha256).hexdigest()


def _check_origin() -> None:
    """Refuse what the browser says another site asks for; old browsers say nothing.

    Pages with ``Referrer-Policy: no-referrer`` send the origin ``null``: their token decides.
    """
    site = request.headers.get("Sec-Fetch-Site", "")
    origin = request.headers.get("Origin", "")
    foreign = site not in ("same-origin", "none") if site else False
    if origin and origin != "null":
        foreign = foreign or not is_own_origin(origin)
    if foreign:
        raise ForgedFormError("Another site made the browser send this, so nothing was done.")
