"""``matchmaker serve`` as people run it: a real process, database, workers and signals."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
NEED = "phuket-scap2018-1"


class Serving:
    """A running ``matchmaker serve`` over a data folder."""

    def __init__(self, folder: Path, port: int, **environment: str) -> None:
        self.folder, self.port = folder, port
        self.log = folder / f"serve-{port}-{time.monotonic_ns()}.log"
        self.environment = {
            **os.environ,
            **environment,
            "MATCHMAKER_DATA": str(folder),
            "MATCHMAKER_PORT": str(port),
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "matchmaker", "serve"], cwd=ROOT, env=self.environment,
                stdout=log, stderr=log,
            )  # fmt: skip

    def get(self, address: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{address}", timeout=10) as answer:
            return answer.read()

    def wait_ready(self) -> dict:
        until = time.monotonic() + 180
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            try:
                return json.loads(self.get("/readyz"))
            except urllib.error.URLError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def family(self) -> list[psutil.Process]:
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "matchmaker", *arguments], cwd=ROOT, env=self.environment,
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serving")


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[Serving]:
    running = Serving(folder, free_port())
    running.wait_ready()
    yield running
    running.process.send_signal(signal.SIGINT)
    running.process.wait(timeout=60)


def test_it_serves_the_seeds_from_a_live_database_and_says_where(serving):
    ready = serving.wait_ready()
    assert ready["mode"] == "live"
    until = time.monotonic() + 10
    while "Serving on" not in serving.log.read_text() and time.monotonic() < until:
        time.sleep(0.1)
    assert f"Serving on http://127.0.0.1:{serving.port}" in serving.log.read_text()
    assert b"City Data Platform" in serving.get(f"/needs/{NEED}")


def test_the_link_for_the_first_administrator_is_printed_once(serving):
    printed = re.findall(r"http://\S+/account/first/\S+", serving.log.read_text())
    assert len(printed) == 1
    assert printed[0].startswith(f"http://127.0.0.1:{serving.port}/")


def test_the_command_line_beside_it_gives_the_very_same_document(serving):
    over_http = json.loads(serving.get(f"/api/v1/needs/{NEED}/matches?limit=20"))
    attached = serving.command("match", NEED, "--json")
    assert attached.returncode == 0, attached.stderr
    assert json.loads(attached.stdout) == over_http


def test_loading_the_same_seeds_again_changes_nothing(serving):
    before = json.loads(serving.get("/readyz"))["sequence"]
    again = serving.command("load", "--json")
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert (report["created"], report["updated"], report["removed"]) == (0, 0, 0)
    assert json.loads(serving.get("/readyz"))["sequence"] == before


def test_everything_together_stays_under_one_and_a_half_gibibyte(serving):
    serving.get(f"/needs/{NEED}")
    # What processes share (libraries) counts once for each here, so this errs on the safe side.
    resident = sum(process.memory_info().rss for process in serving.family())
    assert resident < 1.5 * 2**30


def test_a_second_server_on_the_same_address_is_refused_in_one_line(serving):
    second = serving.command("serve")
    assert second.returncode == 2
    assert re.fullmatch(r"matchmaker: 127\.0\.0\.1:\d+ cannot be used: .+\n", second.stderr)


def test_without_a_database_the_pages_say_so_and_tell_what_to_do(tmp_path):
    reason = "The Java parts cannot be had."
    alone = Serving(tmp_path, free_port(), MATCHMAKER_NO_DATABASE=reason)
    try:
        assert alone.wait_ready()["mode"] == "seeds"
        page = alone.get(f"/needs/{NEED}").decode()
        assert "There is no database" in page
        assert "NEO4J_URI" in page
    finally:
        alone.process.send_signal(signal.SIGINT)
        alone.process.wait(timeout=60)


def test_interrupted_it_stops_everything_and_starts_again_with_its_data(serving):
    first = serving  # the last that is done with it
    sequence = first.wait_ready()["sequence"]
    assert "seeds were loaded" in first.log.read_text()
    family = first.family()
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(timeout=60) in (0, 130)
    assert [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
    second = Serving(first.folder, first.port)
    try:
        assert second.wait_ready()["sequence"] == sequence
        assert "seeds were loaded" not in second.log.read_text()
        family = second.family()
        second.process.kill()  # kill -9: nobody is left to tidy up
        _, alive = psutil.wait_procs(family, timeout=40)
        assert alive == []
        with pytest.raises(urllib.error.URLError):
            second.get("/readyz")
    finally:
        second.process.kill()
