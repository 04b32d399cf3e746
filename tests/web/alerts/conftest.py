"""Somebody of each role with a browser."""

from __future__ import annotations

import pytest
from flask import Flask

from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.cast import Browser, Cast, everybody


@pytest.fixture(scope="module")
def cast(live: Service) -> Cast:
    """Return somebody of each role."""
    return everybody(live)


@pytest.fixture(scope="module")
def site(live: Service) -> Flask:
    """Return the web application over the live service."""
    return create_app(live)


@pytest.fixture(scope="module")
def browsers(site: Flask, cast: Cast) -> dict[str, Browser]:
    """Return everybody's browser, signed in."""
    return {name: Browser(site).enter(member) for name, member in cast.items()}
