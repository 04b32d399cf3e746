"""The database is killed in mid-move: what was confirmed is kept, history and state always agree."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matchmaker.errors import StoreUnavailableError
from matchmaker.schema import Schema
from matchmaker.store.local import LocalNeo4j
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.brokering.checking import check, every_engagement
from matchmaker.usecases.brokering.clock import run_due
from tests.factory import seed_set, small_world
from tests.usecases.brokering.worker import ACCOUNTS, WHOLE, put_accounts, small_service, work

DAILY = 2
GIVEN = {name: given for _, name, given in WHOLE}


def test_after_the_database_is_killed_in_mid_move_nothing_confirmed_is_lost_or_doubled(
    start_local: Callable[[str], LocalNeo4j], schema: Schema, tmp_path: Path,
    request: pytest.FixtureRequest, rounds: int,
) -> None:  # fmt: skip
    kills = rounds if request.config.getoption("--prove") else DAILY
    chance = random.Random(7)
    confirmed: set[str] = set()
    said: list[dict[str, Any]] = []
    for number in range(kills + 1):
        with start_local("mid-move") as local, Neo4jStore(local.connection, schema) as store:
            store.prepare()
            service = small_service(store, tmp_path)
            if number == 0:
                store.load(seed_set(small_world()), actor="tests")
                put_accounts(service)
            last = said[-1] if said else {}
            if "moves" in last:  # it was under way: sent again, it is made once
                who, name, uuid = ACCOUNTS[last["who"]], last["name"], last["moves"]
                engaging.move(service, who, last["engagement"], name, uuid=uuid, **GIVEN[name])
                confirmed.add(uuid)
            made = [m["uuid"] for one in every_engagement(service) for m in one["moves"]]
            assert len(made) == len(set(made))
            assert confirmed <= set(made)
            run_due(service)
            done = check(service)
            assert done.faults == ()
            assert [r.id for r in every_engagement(service) if r["told"] != len(r["moves"])] == []
            if number == kills:
                break
            said.clear()
            killing = threading.Timer(chance.uniform(0, 2), os.kill, (local.pid, signal.SIGKILL))

            def tell(killing: threading.Timer = killing, **told: Any) -> None:
                said.append(told)
                if sum("moved" in one for one in said) == 1 and "moved" in told:
                    killing.start()

            with pytest.raises(StoreUnavailableError):
                work(service, tell)
            killing.join()
            confirmed |= {told["moved"] for told in said if "moved" in told}
    assert confirmed
