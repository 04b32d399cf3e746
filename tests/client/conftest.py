"""The real service for the Python client: ``matchmaker serve`` with its database, over HTTP."""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.test_serving import Serving, free_port

PASSWORD = "a made-up sentence for clients"


class Service:
    """A running service, where it is, and the keys of its administrator."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Begin to start, and return at once."""
        self.serving = Serving(
            self.folder, self.port, MATCHMAKER_WEBHOOK_PRIVATE="1", MATCHMAKER_RATE_LIMIT="0",
            MATCHMAKER_RATE_LIMIT_KEYED="0",
        )  # fmt: skip

    def kill(self) -> None:
        """Kill it as by ``kill -9``, and wait until what belonged to it has followed."""
        family = self.serving.family()
        self.serving.process.kill()
        self.serving.process.wait(timeout=10)
        _, alive = psutil.wait_procs(family, timeout=60)
        assert alive == []

    def begin(self) -> None:
        """Wait until it answers, and make its keys."""
        wait_ready(self.serving)
        self.key, self.sandbox = keys_of_administrator(self.serving, self.url)


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


def wait_ready(serving: Serving) -> None:
    """Wait until the service answers; on a busy machine longer than usual."""
    with contextlib.suppress(AssertionError):
        serving.wait_ready()
        return
    assert serving.process.poll() is None, serving.log.read_text()
    serving.wait_ready()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("client"))
    try:
        service.begin()
        yield service
    finally:
        service.serving.process.send_signal(signal.SIGINT)
        service.serving.process.wait(timeout=60)
