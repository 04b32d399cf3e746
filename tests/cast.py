"""Somebody of every role on a live service, with API keys and browsers, for tests of who may what."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matchmaker.accounts.model import scopes_of
from matchmaker.permissions import PUBLIC, SYSTEM, Caller
from matchmaker.usecases import accounts
from matchmaker.usecases.service import Service

PASSWORD = "a made-up sentence for the cast"
ROLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "public": ("public", ()),
    "portal": ("portal", ()),
    "partner": ("partner", ("adb",)),
    "other partner": ("partner", ("jica",)),
    "officer": ("city_officer", ("phuket",)),
    "other officer": ("city_officer", ("jakarta",)),
    "representative": ("national_representative", ("country-thailand",)),
    "other representative": ("national_representative", ("country-indonesia",)),
    "secretariat": ("secretariat", ()),
    "administrator": ("administrator", ()),
}
"""Who there is: the role and what each speaks for."""
FORM_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Member:
    """Somebody: the caller of a session of his, his address, and keys that he has made."""

    service: Service
    name: str
    caller: Caller
    email: str = ""
    keys: dict[Any, str] = field(default_factory=dict)

    def key(self, *scopes: str, sandbox: bool = False) -> str:
        """Return a key of some scopes, of all that the role has without any; made once."""
        wanted: Collection[str] = scopes or sorted(s.value for s in scopes_of(self.caller.role))
        name = (tuple(wanted), sandbox)
        if name not in self.keys:
            made = accounts.create_key(self.service, self.caller, "Cast", wanted, sandbox=sandbox)
            self.keys[name] = made.text
        return self.keys[name]

    def bearer(self, *scopes: str, sandbox: bool = False) -> dict[str, str]:
        """Return the header that sends a key; none for the public."""
        if not self.caller.account:
            return {}
        return {"Authorization": f"Bearer {self.key(*scopes, sandbox=sandbox)}"}


Cast = Mapping[str, Member]


def join(service: Service, name: str, role: str, subjects: Collection[str] = ()) -> Member:
    """Give somebody an account."""
    if role == "public":
        return Member(service, name, PUBLIC)
    email = f"{name.replace(' ', '-')}@cast.example"
    made = accounts.invite(service, SYSTEM, email=email, role=role, subjects=subjects)
    link = made.link.rpartition("/")[2]
    session = accounts.accept_invitation(service, link, PASSWORD)
    return Member(service, name, session.caller, email)


def everybody(service: Service) -> Cast:
    """Return somebody of each role."""
    return {name: join(service, name, role, of) for name, (role, of) in ROLES.items()}


class Browser:
    """A browser: it keeps cookies, and fills in forms as they stand on the page."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def token(self, page: str) -> str:
        """Return the token of a form on a page."""
        found = FORM_FIELD.findall(self.get(page).get_data(as_text=True))
        assert found, f"no form on {page}"
        return str(found[-1])

    def send(self, page: str, path: str = "", **filled: Any) -> TestResponse:
        """Load a page, and send a form that stands on it."""
        return self.client.post(path or page, data={"csrf_token": self.token(page), **filled})

    def sign_in(self, email: str, password: str = PASSWORD, **filled: Any) -> TestResponse:
        return self.send("/sign-in", email=email, password=password, **filled)

    def enter(self, member: Member) -> Browser:
        """Sign a member in."""
        if member.caller.account:
            assert self.sign_in(member.email).status_code == 303
        return self

    def api(self, method: str, path: str, document: Any = None, **options: Any) -> TestResponse:
        """Ask the API something in the session, with the token that its writes need."""
        me = self.client.get("/api/v1/me").json or {}
        headers = {"X-CSRF-Token": me.get("csrf_token", ""), **options.pop("headers", {})}
        return self.client.open(
            f"/api/v1{path}", method=method, json=document, headers=headers, **options
        )

    @property
    def cookies(self) -> dict[str, str]:
        """Return what the browser has been given to keep."""
        return {c.key: c.value for c in self.client._cookies.values()}  # type: ignore[union-attr]
