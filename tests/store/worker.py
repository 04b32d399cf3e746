"""Another process of ours: told what to do by one JSON line, answering in JSON lines."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from matchmaker.graph import Snapshot
from matchmaker.schema import load_schema
from matchmaker.store.connection import Connection
from matchmaker.store.follower import Follower
from matchmaker.store.neo4j_store import Neo4jStore
from tests.factory import large_world, make_city, seed_set

ROOT = Path(__file__).parents[2]


class Worker:
    """A running worker process; leaving the ``with`` block kills it."""

    def __init__(self, connection: Connection, **task: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self.process.stdin is not None
        at = [connection.uri, connection.user, connection.password, connection.database]
        self.process.stdin.write(json.dumps({"connection": at, **task}) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """Return the worker's next message; empty when it has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def say(**message: Any) -> None:
    print(json.dumps(message), flush=True)


def put_cities(store: Neo4jStore, prefix: str, count: int) -> None:
    """Put cities one by one and tell each one's sequence number."""
    for number in range(count):
        change = store.put(make_city(f"{prefix}-{number}"), actor=prefix)
        assert change is not None
        say(sequence=change.sequence)


def load(store: Neo4jStore, count: int) -> None:
    """Load a large world."""
    seeds = seed_set(large_world(count))
    say(ready=True)
    report = store.load(seeds, actor="worker", progress=lambda what, n, of: say(what=what, n=n))
    say(created=report.created)


def upload(store: Neo4jStore, count: int) -> None:
    """Upload the needs of a large world."""
    say(ready=True)
    report = store.upload(
        large_world(count), actor="worker", progress=lambda what, n, of: say(what=what, n=n)
    )
    say(created=report.created)


def follow(store: Neo4jStore) -> None:
    """Follow the log and tell when each snapshot stood; both clocks are the machine's."""

    def tell(snapshot: Snapshot) -> None:
        say(at=time.time(), sequence=snapshot.sequence, ids=sorted(snapshot.of_type("city")))

    follower = Follower(lambda: store, load_schema(), tell, lambda error: None).start()
    sys.stdin.readline()
    follower.stop()


if __name__ == "__main__":
    task = json.loads(sys.stdin.readline())
    with Neo4jStore(Connection(*task.pop("connection")), load_schema()) as opened:
        does = {"put": put_cities, "load": load, "upload": upload, "follow": follow}
        does[task.pop("do")](opened, **task)
