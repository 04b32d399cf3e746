"""Fixtures of the web: the real service over the real seeds, without a database and with one."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from matchmaker.permissions import SYSTEM, Caller
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases import accounts
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.cast import Browser, Cast

PASSWORD = "a sentence for the staff of tests"


@pytest.fixture(scope="module")
def staff(live: Service) -> Caller:
    """Return an account of the secretariat of the live service."""
    made = accounts.invite(live, SYSTEM, email="staff@network.example", role="secretariat")
    accounts.accept_invitation(live, made.link.rpartition("/")[2], PASSWORD)
    return accounts.get_account(live, SYSTEM, made.account.id).caller


@pytest.fixture(scope="module")
def token(live: Service, staff: Caller) -> str:
    """Return an API key of the secretariat, which lets a test write."""
    scopes = ["read", "read:members", "write"]
    return accounts.create_key(live, staff, "Tests", scopes).text


@pytest.fixture(scope="session")
def service(schema: Schema, seeds: SeedSet) -> Service:
    """Return a service over the real seeds; it is read-only, for it has no database."""
    return service_from_seeds(schema, Settings(), seeds=seeds)


@pytest.fixture(scope="session")
def app(service: Service) -> Flask:
    """Return the web application over the real seeds."""
    return create_app(service)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the web application."""
    return app.test_client()


@pytest.fixture(scope="module")
def site(live: Service) -> Flask:
    """Return the web application over the live service."""
    return create_app(live)


@pytest.fixture(scope="module")
def browsers(site: Flask, cast: Cast) -> dict[str, Browser]:
    """Return everybody's browser, signed in."""
    return {name: Browser(site).enter(member) for name, member in cast.items()}
