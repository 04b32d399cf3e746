"""Fixtures of the web: the real service over the real seeds, with no database."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app

TOKEN = "a-token-for-tests-only"


@pytest.fixture(scope="session")
def token() -> str:
    """Return the token that lets a test write."""
    return TOKEN


@pytest.fixture(scope="session")
def service(schema: Schema, seeds: SeedSet) -> Service:
    """Return a service over the real seeds; it is read-only, for it has no database."""
    return service_from_seeds(schema, Settings(write_token=TOKEN), seeds=seeds)


@pytest.fixture(scope="session")
def app(service: Service) -> Flask:
    """Return the web application over the real seeds."""
    return create_app(service)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the web application."""
    return app.test_client()
