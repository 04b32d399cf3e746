"""Time a need's matches: our service, plain networkx, and Cypher alone, side by side.

Run with ``make bench``.  A change is published before every request and waited for, so nothing can be
answered from an earlier result; each method answers the same needs in turn, in the same run.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import neo4j
import networkx as nx
import orjson

from matchmaker.matching.walk import restart_at
from matchmaker.model import Entity
from matchmaker.processes import settle_memory
from matchmaker.settings import Settings
from matchmaker.store.local import ensure_local
from matchmaker.usecases.opening import open_service, silent
from matchmaker.usecases.service import Service

CYPHER = """
MATCH (n:Need {id: $need})-[:HAS_TOPIC]->(t:Topic)
MATCH (t)<-[:HAS_TOPIC]-(c:Collaboration)-[:WITH_PARTNER]->(p:Partner)
WHERE NOT (c)-[:SERVES]->(n)
RETURN p.id AS partner, count(*) AS paths ORDER BY paths DESC, partner LIMIT 20
"""
ROOT = Path(__file__).resolve().parent.parent
LIMIT = 20


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=2, help="times each need is asked")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings.from_environment({}), data_dir=Path(folder), port=_free_port())
        with (
            ensure_local(
                settings.data_dir / "neo4j", announce=silent, cache_dir=settings.cache_dir / "jars"
            ) as local,
            open_service(settings) as service,
        ):
            settle_memory()  # as wsgi.py does for each worker
            figures = _in_process(service, rounds)
            connection = local.connection
            driver = neo4j.GraphDatabase.driver(
                connection.uri, auth=(connection.user, connection.password)
            )
            with driver, driver.session() as session:
                figures["Cypher alone: two-hop path count"] = _timed(
                    service, rounds, lambda need: list(session.run(CYPHER, need=need))
                )
            figures["ours, over HTTP (granian)"] = _over_http(service, settings, rounds)
    print(f"{len(_needs(service))} needs, {rounds} rounds, a change before each request; ms")
    print(f"{'method':<44} {'median':>8} {'p95':>8} {'worst':>8}")
    for name, times in figures.items():
        ordered = sorted(times)
        p95 = ordered[int(len(ordered) * 0.95)]
        print(f"{name:<44} {statistics.median(times):8.2f} {p95:8.2f} {ordered[-1]:8.2f}")


def _needs(service: Service) -> list[str]:
    return list(service.snapshot.of_type("need"))


def _publish_change(service: Service, number: int) -> None:
    """Change the description of one city's population figure, and wait until it is seen."""
    city = service.snapshot.get("city", "phuket")
    note = f"Benchmark change {number}, made up."
    changed = Entity(city.type, city.id, {**city.values, "population_note": note})
    service.put(changed.as_json(), actor="benchmark")


def _timed(service: Service, rounds: int, ask: Callable[[str], object]) -> list[float]:
    times = []
    for turn in range(rounds):
        for number, need in enumerate(_needs(service)):
            _publish_change(service, turn * 1000 + number)
            begun = time.perf_counter()
            ask(need)
            times.append((time.perf_counter() - begun) * 1000)
    return times


def _in_process(service: Service, rounds: int) -> dict[str, list[float]]:
    def ours(need: str) -> bytes:
        return orjson.dumps(service.need_matches(need, LIMIT))

    def plain(need_id: str) -> list[str]:
        index = service.matcher.index
        need = index.profiles.needs[need_id]
        walk = index.walk  # without the words that ours has too: so much the less for it to do
        restart = restart_at(need.topics, {}, need.city.id, index.compiled)
        ranks = nx.pagerank(
            walk, personalization=restart or None, tol=1e-6 / len(walk), max_iter=500
        )
        partners = index.snapshot.of_type("partner")
        return sorted(partners, key=lambda p: -ranks.get(p, 0.0))[:LIMIT]

    return {
        "ours, in the process, explained, as JSON": _timed(service, rounds, ours),
        "plain networkx.pagerank, no explanation": _timed(service, rounds, plain),
    }


def _over_http(service: Service, settings: Settings, rounds: int) -> list[float]:
    environment = {
        **os.environ,
        "MATCHMAKER_DATA": str(settings.data_dir),
        "MATCHMAKER_PORT": str(settings.port),
        "MATCHMAKER_RATE_LIMIT": "0",
    }
    command = [sys.executable, "-m", "matchmaker", "serve"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL)  # fmt: skip
    try:
        address = urlsplit(f"http://127.0.0.1:{settings.port}")
        _wait_ready(address.netloc)
        connection = http.client.HTTPConnection(address.netloc, timeout=10)

        def ask(need: str) -> bytes:
            connection.request("GET", f"/api/v1/needs/{need}/matches?limit={LIMIT}")
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, answer.status
            return body

        def sequence() -> int:
            connection.request("GET", "/readyz")
            return int(orjson.loads(connection.getresponse().read())["sequence"])

        times = []
        for turn in range(rounds):
            for number, need in enumerate(_needs(service)):
                _publish_change(service, turn * 1000 + number)
                while sequence() < service.snapshot.sequence:
                    time.sleep(0.01)
                begun = time.perf_counter()
                ask(need)
                times.append((time.perf_counter() - begun) * 1000)
        return times
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_ready(netloc: str) -> None:
    for _ in range(600):
        try:
            probe = http.client.HTTPConnection(netloc, timeout=5)
            probe.request("GET", "/readyz")
            if probe.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not get ready")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
