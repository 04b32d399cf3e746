"""Sign-in at another provider by OpenID Connect: code flow with PKCE, state and nonce.

References
----------
OpenID Connect Core 1.0 and Discovery 1.0; Proof Key for Code Exchange, RFC 7636; Authorization
Server Issuer Identification, RFC 9207; OAuth 2.0 Security Best Current Practice, RFC 9700.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from matchmaker.errors import MatchmakerError
from matchmaker.settings import Settings

SCOPES: Final = "openid email profile"
MINUTES_TO_SIGN_IN: Final = 10
_TIMEOUT: Final = 8.0  # seconds for each of the provider's answers
_KNOWN_FOR: Final = 3600.0  # seconds for which what the provider says of itself is kept
_LEEWAY: Final = 60  # seconds that two clocks may differ
# Only signatures that the provider alone can make: no "none", nothing with a shared secret.
_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519", "RS384", "RS512")


class ProviderError(MatchmakerError):
    """The provider cannot be reached, or says what it must not."""


class IdentityRefusedError(MatchmakerError):
    """What came back from the provider does not prove who the person is."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in under way, which the person's browser keeps in a cookie until it comes back."""

    state: str
    nonce: str
    verifier: str
    onward: str

    @classmethod
    def begin(cls, onward: str) -> Flow:
        """Return a new one, leading onward to a path of ours."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, onward)

    def as_text(self) -> str:
        """Return it as a cookie's value."""
        return ".".join((self.state, self.nonce, self.verifier, quote(self.onward, safe="")))

    @classmethod
    def read(cls, text: str) -> Flow:
        """Return it from a cookie's value.

        Raises
        ------
        IdentityRefusedError
            If there is none.
        """
        parts = text.split(".", 3)
        if len(parts) != 4 or not all(parts[:3]):
            raise IdentityRefusedError(
                f"This sign-in was not begun in this browser, or more than {MINUTES_TO_SIGN_IN} "
                "minutes ago."
            )
        return cls(parts[0], parts[1], parts[2], unquote(parts[3]))


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says a person is: ``subject`` never changes, the address may."""

    issuer: str
    subject: str
    email: str
    email_verified: bool


class Provider:
    """The provider that the settings name.

    Parameters
    ----------
    settings : Settings
        Issuer, and name and secret of this service there.
    """

    def __init__(self, settings: Settings) -> None:
        self.issuer = settings.oidc_issuer
        self.name = settings.oidc_name or urlsplit(self.issuer).netloc
        self._client_id = settings.oidc_client_id
        self._client_secret = settings.oidc_client_secret
        self._known: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._known_at = float("-inf")

    def address(self, flow: Flow, redirect_uri: str) -> str:
        """Return where to send the browser.

        Raises
        ------
        ProviderError
            If the provider cannot be asked what it is.
        """
        endpoint = self._metadata()["authorization_endpoint"]
        with self._session(redirect_uri) as session:
            address, _ = session.create_authorization_url(
                endpoint, state=flow.state, nonce=flow.nonce, code_verifier=flow.verifier
            )
        return str(address)

    def identity(self, flow: Flow, arguments: Mapping[str, str], redirect_uri: str) -> Identity:
        """Return who came back, from the query of the address that the provider sent them to.

        Raises
        ------
        IdentityRefusedError
            If the answer belongs to another sign-in or browser, or its token does not hold.
        ProviderError
            If the provider cannot be reached.
        """
        if not secrets.compare_digest(arguments.get("state", "").encode(), flow.state.encode()):
            raise IdentityRefusedError("The answer belongs to another sign-in.")
        known = self._metadata()
        named = arguments.get("iss", "")
        expected = known.get("authorization_response_iss_parameter_supported", False)
        if (named or expected) and named != self.issuer:
            raise IdentityRefusedError("The answer comes from another provider.")
        if "error" in arguments:
            raise IdentityRefusedError("The provider did not sign you in.")
        code = arguments.get("code", "")
        if not code:
            raise IdentityRefusedError("The answer holds no code.")
        try:
            with self._session(redirect_uri) as session:
                token = session.fetch_token(
                    known["token_endpoint"], grant_type="authorization_code", code=code,
                    code_verifier=flow.verifier, timeout=_TIMEOUT, allow_redirects=False,
                )  # fmt: skip
        except AuthlibBaseError:
            raise IdentityRefusedError("The provider does not know the code (any more).") from None
        except (requests.RequestException, ValueError) as error:
            raise ProviderError(_AWAY) from error
        return self._read(token, flow.nonce)

    def _read(self, token: Mapping[str, Any], nonce: str) -> Identity:
        raw = token.get("id_token")
        if not isinstance(raw, str):
            raise IdentityRefusedError("The provider sent no proof of identity.")
        try:
            decoded = self._decode(raw)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._client_id},
                    "sub": {"essential": True},
                },
                {
                    "nonce": nonce,
                    "client_id": self._client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(leeway=_LEEWAY)
        except (JoseError, AuthlibBaseError, ValueError, KeyError, TypeError) as error:
            raise IdentityRefusedError("The provider's proof of identity does not hold.") from error
        email = claims.get("email")
        return Identity(
            self.issuer,
            str(claims["sub"]),
            email if isinstance(email, str) else "",
            claims.get("email_verified") is True,
        )

    def _decode(self, raw: str) -> jwt.Token:
        registry = JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False)
        try:
            return jwt.decode(raw, KeySet.import_key_set(self._key_set()), registry=registry)
        except InvalidKeyIdError:  # the provider may have changed its keys since
            keys = KeySet.import_key_set(self._key_set(anew=True))
            return jwt.decode(raw, keys, registry=registry)

    def _session(self, redirect_uri: str) -> OAuth2Session:
        return OAuth2Session(
            self._client_id, self._client_secret or None, scope=SCOPES, redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )  # fmt: skip

    def _metadata(self) -> Mapping[str, Any]:
        """Return what the provider says of itself, asked at most once an hour."""
        if time.monotonic() - self._known_at > _KNOWN_FOR:
            told = _ask(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if told.get("issuer") != self.issuer or not all(
                _trusted(told.get(name), self.issuer) for name in needed
            ):
                raise ProviderError("The provider describes itself in a way that cannot be used.")
            self._known, self._keys, self._known_at = told, {}, time.monotonic()
        return self._known

    def _key_set(self, *, anew: bool = False) -> Any:
        if anew or not self._keys:
            self._keys = _ask(self._metadata()["jwks_uri"])
        return self._keys


_AWAY: Final = "The provider does not answer now. Try again later, or sign in with a password."


def _trusted(address: Any, issuer: str) -> bool:
    """Tell whether an address that the provider names is as safe as the issuer's own."""
    if not isinstance(address, str):
        return False
    return address.startswith("https://") or (
        issuer.startswith("http://") and urlsplit(address).netloc == urlsplit(issuer).netloc
    )


def _ask(address: str) -> dict[str, Any]:
    try:
        answer = requests.get(address, timeout=_TIMEOUT, allow_redirects=False)
        if answer.status_code != 200:
            raise ProviderError(_AWAY)
        told = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderError(_AWAY) from error
    if not isinstance(told, dict):
        raise ProviderError(_AWAY)
    return told
