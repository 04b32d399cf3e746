"""Sign-in at another provider: against a real one, and against one that lies."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from matchmaker.settings import Settings
from matchmaker.web.accounts.oidc import (
    Flow,
    Identity,
    IdentityRefusedError,
    Provider,
    ProviderError,
)
from tests.web.accounts.providers import CLIENT_ID, CLIENT_SECRET, provider, sign_in_there

BACK = "http://127.0.0.1:9/sign-in/other/back"


def settings(issuer: str) -> Settings:
    return Settings(oidc_issuer=issuer, oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET)


@pytest.fixture(scope="module")
def real() -> Iterator[Provider]:
    """Return a client of a real provider."""
    with provider(BACK) as issuer:
        yield Provider(settings(issuer))


def come_back(client: Provider, flow: Flow, name: str) -> dict[str, str]:
    """Sign in at the provider; return the query of the address that it sends the browser to."""
    return dict(parse_qsl(urlsplit(sign_in_there(client.address(flow, BACK), name, BACK)).query))


def test_who_signs_in_there_is_known_here(real: Provider) -> None:
    flow = Flow.begin("/account")
    found = real.identity(flow, come_back(real, flow, "officer"), BACK)
    assert found == Identity(real.issuer, "officer", "officer@city.example", True)


def test_an_address_that_the_provider_has_not_verified_is_told_as_such(real: Provider) -> None:
    flow = Flow.begin("/")
    found = real.identity(flow, come_back(real, flow, "unverified-person"), BACK)
    assert not found.email_verified


@pytest.mark.parametrize("part", ["state", "nonce", "verifier"])
def test_an_answer_to_another_sign_in_is_refused(real: Provider, part: str) -> None:
    flow = Flow.begin("/")
    arguments = come_back(real, flow, "officer")
    other = Flow.begin("/")
    with pytest.raises(IdentityRefusedError):
        real.identity(replace(flow, **{part: getattr(other, part)}), arguments, BACK)


def test_a_code_works_once(real: Provider) -> None:
    flow = Flow.begin("/")
    arguments = come_back(real, flow, "officer")
    real.identity(flow, arguments, BACK)
    with pytest.raises(IdentityRefusedError, match="code"):
        real.identity(flow, arguments, BACK)


@pytest.mark.parametrize(
    "change", [{"iss": "https://elsewhere.example"}, {"iss": ""}, {"code": ""}, {"state": ""}]
)
def test_an_answer_of_another_provider_or_without_its_parts_is_refused(
    real: Provider, change: dict[str, str]
) -> None:
    flow = Flow.begin("/")
    with pytest.raises(IdentityRefusedError):
        real.identity(flow, come_back(real, flow, "officer") | change, BACK)


def test_whoever_declines_there_is_told_so(real: Provider) -> None:
    flow = Flow.begin("/")
    arguments = {"error": "access_denied", "state": flow.state, "iss": real.issuer}
    with pytest.raises(IdentityRefusedError, match="did not sign you in"):
        real.identity(flow, arguments, BACK)


@dataclass
class Liar:
    """A provider whose every answer a test chooses."""

    issuer: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    metadata: dict[str, Any] = field(default_factory=dict)
    id_token: str = ""

    def answer(self, path: str) -> Any:
        if path == "/jwks":
            return {"keys": [self.key.as_dict(private=False)]}
        if path == "/token":
            return {"access_token": "a", "token_type": "Bearer", "id_token": self.id_token}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        } | self.metadata

    def claims(self, flow: Flow) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.issuer, "sub": "officer", "aud": CLIENT_ID, "iat": now, "exp": now + 60,
            "nonce": flow.nonce, "email": "officer@city.example", "email_verified": True,
        }  # fmt: skip


@pytest.fixture
def liar() -> Iterator[Liar]:
    """Return a provider that serves what a test tells it to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(told.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Liar(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


def ask(liar: Liar, flow: Flow) -> Identity:
    return Provider(settings(liar.issuer)).identity(flow, {"state": flow.state, "code": "c"}, BACK)


def test_a_token_that_holds_is_taken(liar: Liar) -> None:
    flow = Flow.begin("/")
    liar.id_token = jwt.encode({"alg": "RS256", "kid": "one"}, liar.claims(flow), liar.key)
    assert ask(liar, flow).subject == "officer"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-service"},
        {"aud": ["another-service", CLIENT_ID], "azp": "another-service"},
        {"exp": 1},
        {"nonce": "another"},
        {"sub": None},
        {"nonce": None},
        {"exp": None},
    ],
)
def test_a_token_for_another_or_of_another_time_is_refused(
    liar: Liar, change: dict[str, Any]
) -> None:
    flow = Flow.begin("/")
    claims = {k: v for k, v in (liar.claims(flow) | change).items() if v is not None}
    liar.id_token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, liar.key)
    with pytest.raises(IdentityRefusedError):
        ask(liar, flow)


def signed_by_another(liar: Liar, claims: dict[str, Any]) -> str:
    key = RSAKey.generate_key(2048, {"kid": "one"})
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)


def signed_with_the_public_key_as_a_secret(liar: Liar, claims: dict[str, Any]) -> str:
    key = OctKey.import_key(json.dumps(liar.key.as_dict(private=False)))
    return jwt.encode({"alg": "HS256", "kid": "one"}, claims, key)


def not_signed(liar: Liar, claims: dict[str, Any]) -> str:
    _, payload, _ = signed_by_another(liar, claims).split(".")
    return f"eyJhbGciOiJub25lIn0.{payload}."


def no_token_at_all(liar: Liar, claims: dict[str, Any]) -> str:
    return "not.a.token"


@pytest.mark.parametrize(
    "forge",
    [signed_by_another, signed_with_the_public_key_as_a_secret, not_signed, no_token_at_all],
)
def test_a_forged_token_is_refused(
    liar: Liar, forge: Callable[[Liar, dict[str, Any]], str]
) -> None:
    flow = Flow.begin("/")
    liar.id_token = forge(liar, liar.claims(flow))
    with pytest.raises(IdentityRefusedError):
        ask(liar, flow)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_used(
    liar: Liar, metadata: dict[str, Any]
) -> None:
    liar.metadata = metadata
    with pytest.raises(ProviderError):
        Provider(settings(liar.issuer)).address(Flow.begin("/"), BACK)


def test_a_provider_that_is_away_is_told_as_such() -> None:
    with pytest.raises(ProviderError, match="does not answer"):
        Provider(settings("http://127.0.0.1:9")).address(Flow.begin("/"), BACK)


def test_a_sign_in_under_way_survives_its_cookie() -> None:
    flow = Flow.begin("/needs?q=a.b&city=phuket")
    assert Flow.read(flow.as_text()) == flow


@pytest.mark.parametrize("text", ["", "a.b.c", "...", "a..c.d"])
def test_without_its_cookie_a_sign_in_was_not_begun_here(text: str) -> None:
    with pytest.raises(IdentityRefusedError, match="not begun in this browser"):
        Flow.read(text)
