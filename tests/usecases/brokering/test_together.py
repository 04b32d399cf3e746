"""Many at once, and killed in the middle: one move wins, and history and state always agree."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from matchmaker.errors import (
    MatchmakerError,
    OpenAlreadyError,
    StoreUnavailableError,
    VersionConflictError,
)
from matchmaker.store.connection import Connection
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.brokering.checking import check, every_engagement
from matchmaker.usecases.brokering.clock import Clock, Pace, run_due
from matchmaker.usecases.service import Service
from tests.factory import seed_set, small_world
from tests.usecases.brokering.worker import ACCOUNTS, put_accounts, small_service

ROOT = Path(__file__).parents[3]
MANY = 50
TRIES = 5
Attempt = Callable[[int], Any]


@pytest.fixture
def service(store: Neo4jStore, tmp_path: Path) -> Service:
    """Return a service over made-up cities with accounts of everybody."""
    store.load(seed_set(small_world()), actor="tests")
    found = small_service(store, tmp_path)
    put_accounts(found)
    return found


def begin(service: Service, **options: Any) -> dict[str, Any]:
    return engaging.open_engagement(
        service, ACCOUNTS["partner"], "uptown-need-1", partner="bank", **options
    )


def all_at_once(attempt: Attempt, count: int = MANY) -> tuple[list[Any], list[Exception]]:
    """Make many attempts in the same moment; return what came of them and what they raised."""
    barrier = threading.Barrier(count)
    results, errors = [], []

    def one(number: int) -> None:
        barrier.wait()
        for _ in range(TRIES):
            try:
                results.append(attempt(number))
            except StoreUnavailableError:
                continue  # so many connections at once are too many for a busy machine: ask again
            except MatchmakerError as error:
                errors.append(error)
            return
        errors.append(StoreUnavailableError("It was never answered."))

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, range(count)))
    return results, errors


def test_of_fifty_who_make_the_next_move_at_once_one_wins_and_the_others_are_told(service: Service):
    one = begin(service)
    won, lost = all_at_once(
        lambda n: engaging.move(
            service, ACCOUNTS["city"], one["id"], "consent", expected=1, note=f"Number {n}."
        ),
    )
    assert (len(won), len(lost)) == (1, MANY - 1)
    assert {type(error) for error in lost} == {VersionConflictError}
    assert {error.version for error in lost} == {2}
    after = engaging.get_engagement(service, ACCOUNTS["city"], one["id"])
    assert after["version"] == 2
    assert after["moves"][1]["note"] == won[0]["moves"][1]["note"]
    assert check(service).faults == ()


def test_without_a_version_too_only_one_of_fifty_can_give_the_one_consent(service: Service):
    one = begin(service)
    won, lost = all_at_once(
        lambda _: engaging.move(service, ACCOUNTS["city"], one["id"], "consent")
    )
    assert (len(won), len(lost)) == (1, MANY - 1)
    assert all("has given it already" in str(error) for error in lost)


def test_the_same_move_sent_fifty_times_is_made_once(service: Service):
    one = begin(service)
    won, lost = all_at_once(
        lambda _: engaging.move(
            service, ACCOUNTS["city"], one["id"], "consent", expected=1, uuid="the-same"
        ),
    )
    assert lost == []
    assert {answer["version"] for answer in won} == {2}


def test_of_fifty_who_open_one_for_the_same_pair_one_does(service: Service):
    won, lost = all_at_once(lambda _: begin(service))
    assert len(won) == 1
    assert {type(error) for error in lost} == {OpenAlreadyError}
    assert {error.engagement for error in lost} == {won[0]["id"]}
    same, none = all_at_once(lambda _: begin(service, uuid=won[0]["id"]))
    assert none == []
    assert {answer["id"] for answer in same} == {won[0]["id"]}


def test_everybody_is_told_once_however_many_tell(service: Service):
    one = begin(service)
    service.records.delete("notice", {"engagement": one["id"]})
    service.records.change("engagement", one["id"], lambda f: {**f, "told": 0, "next_at": f["at"]})
    all_at_once(lambda _: run_due(service), 8)
    notices = service.records.find("notice", {"engagement": one["id"]})
    assert Counter(n["account"] for n in notices) == {
        "acct_city": 1, "acct_country": 1, "acct_alternate": 1,
    }  # fmt: skip


def test_one_of_several_processes_keeps_the_clock_and_another_takes_over(service: Service):
    one = begin(service)
    service.records.change("engagement", one["id"], lambda f: {**f, "told": 0, "next_at": f["at"]})
    service.records.delete("notice", {"engagement": one["id"]})
    first = Clock(service, Pace(look=0.05, lease=60)).start()
    second = Clock(service, Pace(look=0.05, lease=60)).start()
    until = time.monotonic() + 10
    while service.records.count("notice", {}) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    assert service.records.count("notice", {}) == 3
    lease = service.records.get("lease", "engagements")
    holder, other = (first, second) if lease["holder"] == first._lease.holder else (second, first)
    holder.stop()
    while service.records.get("lease", "engagements")["holder"] != other._lease.holder:
        assert time.monotonic() < until
        time.sleep(0.05)
    other.stop()


class Killed:
    """A process that works on engagements, and is killed after a while."""

    def __init__(self, database: Connection, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.usecases.brokering.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        at = [database.uri, database.user, database.password, database.database]
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"connection": at, "folder": str(folder)}) + "\n")
        self.process.stdin.flush()

    def heard(self, seconds: float) -> list[dict[str, Any]]:
        """Kill it some time after it has begun; return all that it has said."""
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        assert json.loads(first) == {"ready": True}
        time.sleep(seconds)
        self.process.kill()
        lines = self.process.stdout.read().splitlines()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()
        return [json.loads(line) for line in lines if line.endswith("}")]


def test_after_a_kill_in_mid_move_history_and_state_agree_and_nobody_is_forgotten(
    service: Service, store: Neo4jStore, database: Connection, tmp_path: Path, rounds: int,
):  # fmt: skip
    chance = random.Random(6)
    moved = 0
    for _ in range(rounds):
        said = Killed(database, tmp_path).heard(chance.uniform(0.2, 1.5))
        records = {record.id: record for record in every_engagement(service)}
        made = {move["uuid"] for record in records.values() for move in record["moves"]}
        done = check(service)
        assert done.faults == ()
        assert done.engagements == len(records)
        assert {line["opened"] for line in said if "opened" in line} <= records.keys()
        assert {line["moved"] for line in said if "moved" in line} <= made
        moved += len(made)
        last = said[-1] if said else {}
        if "moves" in last:  # it was under way: sent again, it is made once
            who, name = ACCOUNTS[last["who"]], last["name"]
            given = {"form": "pilot"} if name == "agree" else {"note": "It runs."}
            engaging.move(service, who, last["engagement"], name, uuid=last["moves"], **given)
            again = service.records.get("engagement", last["engagement"])
            assert [m["uuid"] for m in again["moves"]].count(last["moves"]) == 1
        run_due(service)
        forgotten = [r.id for r in every_engagement(service) if r["told"] != len(r["moves"])]
        assert forgotten == []
        assert told_once(service)
        published = {
            record.id for record in every_engagement(service)
            if len(record["state"]["gathered"].get("publication", {})) == 2
        }  # fmt: skip
        graph, _, _ = store.read()
        outcomes = [entity for entity in graph if entity.id.startswith("brokered-")]
        assert len(outcomes) == len(published)
    assert moved > rounds


def told_once(service: Service) -> bool:
    """Tell whether each move that hands the next one on was told to whoever is waited for, once."""
    for record in every_engagement(service):
        notices = service.records.find("notice", {"engagement": record.id}, limit=200)
        keys = Counter((n["account"], n["title"], n["at"]) for n in notices)
        if not any(n["account"] == "acct_city" for n in notices) or max(keys.values()) > 1:
            return False
    return True


def test_a_history_that_was_tampered_with_is_told(service: Service):
    one = begin(service)
    before = service.records.get("engagement", one["id"])
    moves = [*before["moves"], {**before["moves"][0], "name": "introduce", "uuid": "x"}]
    for change, told in (
        ({"stage": "agreed"}, "stage: kept 'agreed'"),
        ({"pair": ""}, "pair"),
        ({"moves": moves}, "do not fold"),
        ({"moves": []}, "do not fold"),
        ({"state": {**before["state"], "form": "pilot"}}, "state"),
    ):
        service.records.change(
            "engagement", one["id"], lambda f, new=change: {**before.fields, **new}
        )
        assert told in " ".join(check(service).faults)
    service.records.change("engagement", one["id"], lambda _: before.fields)
    assert check(service).faults == ()


def test_one_that_cannot_be_settled_holds_up_no_other(service: Service):
    broken = begin(service)
    engaging.move(service, ACCOUNTS["city"], broken["id"], "decline", reason="terms")
    good = begin(service)
    for name in (broken["id"], good["id"]):
        service.records.change("engagement", name, lambda f: {**f, "told": 0, "next_at": f["at"]})
    service.records.change("engagement", broken["id"], lambda f: {**f, "moves": [{"name": "x"}]})
    service.records.delete("notice", {"engagement": [broken["id"], good["id"]]})
    run_due(service)
    assert service.records.get("engagement", good["id"])["told"] == 1
