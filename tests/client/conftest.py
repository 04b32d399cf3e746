"""The real service for the Python client: ``matchmaker serve`` with its database, over HTTP."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from tests.test_serving import Serving, free_port

PASSWORD = "a made-up sentence for clients"


@dataclass(frozen=True)
class Service:
    """Where the service is, and the keys of its administrator."""

    url: str
    key: str
    sandbox: str


def keys_of_administrator(serving: Serving, base: str) -> tuple[str, str]:
    """Become the first administrator by the link on the console, and make two keys."""
    link = re.findall(r"http://\S+/account/first/\S+", serving.log.read_text())[0]
    with requests.Session() as browser:
        page = browser.get(link, timeout=30).text
        filled = {
            "csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', page)[-1],
            "email": "first@network.example", "name": "First",
            "password": PASSWORD, "again": PASSWORD,
        }  # fmt: skip
        assert browser.post(link, data=filled, timeout=30).ok
        token = browser.get(f"{base}/api/v1/me", timeout=30).json()["csrf_token"]
        made = []
        for name in ("Writer", "Sandbox"):
            wish = {
                "name": name, "scopes": ["read", "read:members", "write", "webhooks"],
                "sandbox": name == "Sandbox",
            }  # fmt: skip
            answer = browser.post(
                f"{base}/api/v1/me/keys", json=wish, headers={"X-CSRF-Token": token}, timeout=30
            )
            assert answer.status_code == 201, answer.text
            made.append(str(answer.json()["text"]))
    return made[0], made[1]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    port = free_port()
    serving = Serving(
        tmp_path_factory.mktemp("client"), port,
        MATCHMAKER_WEBHOOK_PRIVATE="1", MATCHMAKER_RATE_LIMIT="0", MATCHMAKER_RATE_LIMIT_KEYED="0",
    )  # fmt: skip
    try:
        serving.wait_ready()
        base = f"http://127.0.0.1:{port}"
        yield Service(base, *keys_of_administrator(serving, base))
    finally:
        serving.process.send_signal(signal.SIGINT)
        serving.process.wait(timeout=60)
