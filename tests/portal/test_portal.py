"""A portal keeps an identical copy while others write and the service is killed twice."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
import requests

from tests.portal.portal import Portal
from tests.test_serving import ROOT, Serving, free_port
from tests.web.feeding.receiver import Receiver, is_signed

PASSWORD = "a made-up sentence for portals"
DAILY, PROVING = 60, 1000


def key_of_administrator(serving: Serving, base: str) -> str:
    """Make the first administrator by the link on the console, and an API key for him."""
    link = re.findall(r"http://\S+/account/first/\S+", serving.log.read_text())[0]
    browser = requests.Session()
    token = re.findall(r'name="csrf_token" value="([^"]+)"', browser.get(link, timeout=30).text)[-1]
    filled = {
        "csrf_token": token, "email": "first@network.example", "name": "First",
        "password": PASSWORD, "again": PASSWORD,
    }  # fmt: skip
    done = browser.post(link, data=filled, timeout=30, allow_redirects=False)
    assert done.status_code == 303, done.text
    me = browser.get(f"{base}/api/v1/me", timeout=30).json()
    made = browser.post(
        f"{base}/api/v1/me/keys",
        json={"name": "Writer", "scopes": ["read", "write", "webhooks"]},
        headers={"X-CSRF-Token": me["csrf_token"]}, timeout=30,
    )  # fmt: skip
    assert made.status_code == 201, made.text
    return str(made.json()["text"])


def wait_ready(serving: Serving) -> None:
    """Wait until the service answers, however busy the machine is."""
    for _ in range(2):
        with contextlib.suppress(AssertionError):
            serving.wait_ready()
            return
        assert serving.process.poll() is None
    serving.wait_ready()


def post_hook(base: str, key: str, url: str) -> str:
    """Have changes posted to an address, and return the secret of the signatures."""
    made = requests.post(
        f"{base}/api/v1/webhooks", json={"url": url}, timeout=30,
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    return str(made.json()["secret"])


def wait_for_a_place(base: str) -> float:
    """Open and leave streams as browsers do; return how long the last one had to wait for a place."""
    address = f"{base}/api/v1/changes/stream"
    begun = time.monotonic()
    for _ in range(4):
        while True:
            with requests.get(address, stream=True, timeout=30) as answer:
                if answer.status_code == 200:
                    assert next(answer.iter_lines()).startswith(b"retry:")
                    break
                assert answer.status_code == 429
            requests.get(f"{base}/readyz", timeout=10).raise_for_status()  # all else goes on
            time.sleep(0.5)
            assert time.monotonic() - begun < 60
    return time.monotonic() - begun


def wait_for_posts(hook: Receiver, count: int) -> list[int]:
    """Return the changes that a receiver has taken that knows each message by its identifier."""
    until = time.monotonic() + 120
    while True:
        known = {message.id: message for message in hook.messages}
        found = [item["sequence"] for message in known.values() for item in message.changes]
        if len(found) >= count or time.monotonic() > until:
            return found
        time.sleep(0.2)


def kill(serving: Serving) -> None:
    """Kill the service as by ``kill -9``, and wait until what belonged to it has followed."""
    family = serving.family()
    serving.process.kill()
    serving.process.wait(timeout=10)
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []


def test_a_portal_ends_with_an_identical_copy_and_no_change_lost_or_doubled(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    count = PROVING if request.config.getoption("--prove") else DAILY
    limits = {
        "MATCHMAKER_RATE_LIMIT": "0", "MATCHMAKER_RATE_LIMIT_KEYED": "0",
        "MATCHMAKER_WEBHOOK_PRIVATE": "1",
    }  # fmt: skip
    hook = Receiver()
    port = free_port()
    serving = Serving(tmp_path, port, **limits)
    writer = None
    hook.__enter__()
    try:
        wait_ready(serving)
        base = f"http://127.0.0.1:{port}"
        key = key_of_administrator(serving, base)
        waited = wait_for_a_place(base)
        secret = post_hook(base, key, hook.url)
        portal = Portal(base)
        portal.begin()
        need = next(e for e in portal.copy.values() if e["type"] == "need")
        writer = subprocess.Popen(
            [sys.executable, "-m", "tests.portal.writer"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert writer.stdin is not None
        assert writer.stdout is not None
        task = {"base": base, "key": key, "need": need, "count": count}
        writer.stdin.write(json.dumps(task) + "\n")
        writer.stdin.flush()
        for share in (1, 2):
            while len(portal.applied) < share * count // 3:
                portal.step(wait=1)
            kill(serving)
            # The portal and the writer go on by themselves.
            serving = Serving(tmp_path, port, **limits)
        until = time.monotonic() + 300 + count
        while not (portal.step(wait=1) and writer.poll() is not None):
            assert time.monotonic() < until, serving.log.read_text()
        told = writer.stdout.read().splitlines()
        assert writer.returncode == 0
        repeated = json.loads(told[-1])["repeated"]
        while not portal.step():
            pass
        last, fresh = portal.dump()
        assert portal.copy == fresh
        sequences = [item["sequence"] for item in portal.applied]
        assert sequences == list(range(portal.begun_at + 1, last + 1))
        assert len(portal.applied) == count
        assert len({item["position"] for item in portal.applied}) == count
        kinds = Counter(item["kind"] for item in portal.applied)
        assert kinds == {
            "created": 2 * count // 5,
            "changed": 2 * count // 5,
            "deleted": count // 5,
        }
        posted = wait_for_posts(hook, count)
        assert posted == sequences
        assert all(is_signed(message, secret) for message in hook.messages)
        assert portal.failed
        assert repeated
        doubled = len(hook.messages) - len({message.id for message in hook.messages})
        print(
            f"{count} changes; {portal.failed} requests of the portal and {repeated} writes failed; "
            f"{len(hook.messages)} posts, {doubled} of them repeats; {waited:.1f} s for 4 streams"
        )
    finally:
        hook.__exit__()
        if writer is not None:
            writer.kill()
            writer.wait()
            for pipe in (writer.stdin, writer.stdout):
                if pipe is not None:
                    pipe.close()
        serving.process.send_signal(signal.SIGINT)
        serving.process.wait(timeout=60)
