"""People with browsers, on a live service."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matchmaker.permissions import SYSTEM
from matchmaker.usecases import accounts
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app

PASSWORD = "a made-up sentence for tests"
_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Person:
    """Somebody with a browser, who fills in forms as they stand on the page."""

    client: FlaskClient
    account: str = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def send(
        self, page: str, path: str = "", filled: Mapping[str, Any] | None = None, **options: Any
    ) -> TestResponse:
        """Load a page, and send a form that stands on it."""
        found = _FIELD.findall(self.client.get(page).get_data(as_text=True))
        assert found, f"no form on {page}"
        data = {"csrf_token": found[-1], **(filled or {})}
        return self.client.post(path or page, data=data, **options)

    def sign_in(self, email: str, password: str = PASSWORD, onward: str = "/") -> TestResponse:
        filled = {"email": email, "password": password, "next": onward}
        return self.send("/sign-in", filled=filled)

    def api(self, method: str, path: str, document: Any = None, **options: Any) -> TestResponse:
        return self.client.open("/api/v1" + path, method=method, json=document, **options)


Enter = Callable[..., Person]


@pytest.fixture(scope="module")
def site(live: Service) -> Flask:
    """Return the web application over the live service, without a rate limit."""
    return create_app(live)


@pytest.fixture
def stranger(site: Flask) -> Person:
    """Return somebody without an account."""
    return Person(site.test_client())


@pytest.fixture
def enter(site: Flask, live: Service) -> Enter:
    """Return a function that gives somebody an account and signs him in."""
    count = iter(range(1000))

    def run(role: str, *subjects: str) -> Person:
        number = live.records.count("account") * 1000 + next(count)
        email = f"person{number}@network.example"
        made = accounts.invite(live, SYSTEM, email=email, role=role, subjects=subjects)
        accounts.accept_invitation(live, made.link.rpartition("/")[2], PASSWORD)
        person = Person(site.test_client(), made.account.id)
        assert person.sign_in(email).status_code == 303
        return person

    return run


def email_of(person: Person) -> str:
    """Return the address of somebody's account."""
    assert person.account
    told = person.api("GET", "/me").json
    assert told is not None
    return str(told["account"]["email"])
