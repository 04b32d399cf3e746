"""The site under attack: a live service at a public address, with a mail server and a full cast."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.cast import Browser

HOST = "https://match.example"


@pytest.fixture(scope="module")
def site(live: Service) -> Flask:
    """Return the site."""
    return create_app(live)


@pytest.fixture
def browser(site: Flask) -> Callable[[], Browser]:
    """Return a function that opens a new browser."""
    return lambda: Browser(site)
