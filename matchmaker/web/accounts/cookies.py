"""Cookies of the service: their names and attributes depend on whether it is served over HTTPS.

Over HTTPS every cookie carries the prefix ``__Host-``: browsers then take it only with ``Secure``,
``Path=/`` and no ``Domain``, so that no neighbour under the same domain can set or read it.
"""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import urlsplit

from flask import Response, request

from matchmaker.web.http import current_service

_SESSION: Final = ("__Host-matchmaker", "matchmaker_session")
_FORM: Final = ("__Host-matchmaker-form", "matchmaker_form")
_OIDC: Final = ("__Host-matchmaker-oidc", "matchmaker_oidc")
_LONGEST: Final = 2000  # characters; a longer cookie is none of ours

SameSite = Literal["Lax", "Strict"]


def over_https() -> bool:
    """Tell whether people reach the service over HTTPS."""
    return current_service().settings.public_url.startswith("https://")


def public_address() -> str:
    """Return the address under which people reach the service, without a slash at its end."""
    return current_service().settings.public_url or request.host_url.rstrip("/")


def is_own_origin(origin: str) -> bool:
    """Tell whether an origin that a browser names is this service's.

    Without a public address set, the scheme is left out: a proxy may take HTTPS off on the way.
    """
    own = current_service().settings.public_url
    if own:
        return origin.lower() == own.lower()
    return urlsplit(origin).netloc == request.host


def session_cookie() -> str:
    """Return the name of the cookie that carries a session."""
    return _named(_SESSION)


def form_cookie() -> str:
    """Return the name of the cookie that vouches for forms of those who have not signed in."""
    return _named(_FORM)


def oidc_cookie() -> str:
    """Return the name of the cookie that remembers a sign-in at another provider under way."""
    return _named(_OIDC)


def _named(names: tuple[str, str]) -> str:
    return names[0] if over_https() else names[1]


def read_cookie(name: str) -> str:
    """Return the value of a cookie of the current request, empty without one."""
    value = request.cookies.get(name, "")
    return value if len(value) <= _LONGEST else ""


def put_cookie(
    response: Response, name: str, value: str, *, seconds: int | None = None, same: SameSite = "Lax"
) -> None:
    """Set a cookie that scripts cannot read; without ``seconds`` it ends with the browser."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=over_https(), httponly=True, samesite=same
    )


def drop_cookie(response: Response, name: str, *, same: SameSite = "Lax") -> None:
    """Take a cookie away."""
    response.delete_cookie(name, path="/", secure=over_https(), httponly=True, samesite=same)
