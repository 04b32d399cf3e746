"""A live service over the real seeds, with a clock that a test turns and no account at first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from matchmaker.accounts.times import written
from matchmaker.permissions import SYSTEM, Caller
from matchmaker.store.connection import Connection
from matchmaker.usecases.accounts import accept_invitation, get_account, invite
from matchmaker.usecases.opening import open_service
from matchmaker.usecases.service import Service
from tests.conftest import settings_on
from tests.post import Post

PASSWORD = "a sentence for tests only"


@dataclass
class Clock:
    """Tells the time that a test has set."""

    at: datetime = field(default_factory=lambda: datetime(2030, 1, 1, 8, tzinfo=UTC))

    def __call__(self) -> str:
        return written(self.at)

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture(scope="module")
def opened(
    database: Connection,
    ask: Callable[..., list[dict[str, Any]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    ask("MATCH (n) CALL (n) {DETACH DELETE n} IN TRANSACTIONS OF 2000 ROWS")
    folder = tmp_path_factory.mktemp("data")
    settings = settings_on(database, folder, public_url="https://cities.example")
    with open_service(settings) as service:
        yield service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live(
    opened: Service, clock: Clock, ask: Callable[..., list[dict[str, Any]]]
) -> Iterator[Service]:
    """Return the service without any record, its clock stopped."""
    ask("MATCH (r:Record) DETACH DELETE r")
    settings = opened.settings
    opened.now = clock
    yield opened
    opened.settings = settings


@pytest.fixture
def mail_on(live: Service, post: Post) -> Callable[[], None]:
    """Return a function that gives the service a mail server."""

    def turn_on() -> None:
        url = f"smtp://{post.host}:{post.port}"
        live.settings = replace(live.settings, smtp_url=url, mail_from="post@cities.example")

    return turn_on


@pytest.fixture
def join(live: Service) -> Callable[..., Caller]:
    """Return a function that makes an active account and returns who calls with it."""

    def made(role: str, email: str = "", subjects: tuple[str, ...] = ()) -> Caller:
        usual = {"city_officer": ("phuket",), "national_representative": ("country-thailand",)}
        invited = invite(
            live, SYSTEM, email=email or f"{role}@cities.example", role=role,
            subjects=subjects or usual.get(role, ()),
        )  # fmt: skip
        accept_invitation(live, invited.link.rpartition("/")[2], PASSWORD)
        return get_account(live, SYSTEM, invited.account.id).caller

    return made
