"""Another process of the service that opens engagements and moves in them until it is killed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from matchmaker.errors import ConflictError
from matchmaker.model import Change, Entity
from matchmaker.permissions import Caller, Role
from matchmaker.records import Records
from matchmaker.schema import load_schema
from matchmaker.settings import Settings
from matchmaker.store.connection import Connection
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.brokering.clock import run_due
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service, Status
from tests.factory import seed_set, small_world

ACCOUNTS: Mapping[str, Caller] = {
    "partner": Caller(Role.PARTNER, "acct_partner", frozenset({"bank"})),
    "city": Caller(Role.CITY_OFFICER, "acct_city", frozenset({"uptown"})),
    "country": Caller(Role.NATIONAL_REPRESENTATIVE, "acct_country", frozenset({"upland"})),
    "secretariat": Caller(Role.SECRETARIAT, "acct_secretariat"),
    "other partner": Caller(Role.PARTNER, "acct_other_partner", frozenset({"busmaker"})),
    "other city": Caller(Role.CITY_OFFICER, "acct_other_city", frozenset({"midtown"})),
    "other country": Caller(
        Role.NATIONAL_REPRESENTATIVE, "acct_other_country", frozenset({"lowland"})
    ),
    "alternate": Caller(Role.NATIONAL_REPRESENTATIVE, "acct_alternate", frozenset({"upland"})),
    "administrator": Caller(Role.ADMINISTRATOR, "acct_administrator"),
    "portal": Caller(Role.PORTAL, "acct_portal"),
}
WHOLE = (
    ("city", "consent", {}), ("country", "no_objection", {}), ("secretariat", "introduce", {}),
    ("partner", "discuss", {}), ("city", "agree", {"form": "pilot"}),
    ("partner", "agree", {"form": "pilot"}), ("city", "publish", {}), ("partner", "publish", {}),
    ("city", "deliver", {}), ("city", "complete", {"note": "It runs."}),
)  # fmt: skip
"""The moves of an engagement from its opening to its end."""


class Door:
    """Where a service over made-up cities writes: a store, whose changes readers need not see."""

    def __init__(self, store: Neo4jStore) -> None:
        self._store = store

    @property
    def records(self) -> Records:
        return self._store.records

    def put(self, entity: Entity, actor: str, *_: Any) -> Change | None:
        return self._store.put(entity, actor=actor)


def small_service(store: Neo4jStore, folder: Path) -> Service:
    """Return a service over the small world whose records are in a store."""
    service = service_from_seeds(
        load_schema(), Settings(data_dir=folder), seeds=seed_set(small_world())
    )
    service.attach(Door(store), lambda: None)  # type: ignore[arg-type]
    service.show(status=Status("live"))
    return service


def put_accounts(service: Service) -> None:
    """Keep the accounts of everybody."""
    for name, caller in ACCOUNTS.items():
        service.records.create("account", caller.account, {
            "email": f"{name.replace(' ', '-')}@cities.example", "role": caller.role.value,
            "state": "active", "subjects": sorted(caller.subjects), "epoch": 0,
        })  # fmt: skip


def say(**message: Any) -> None:
    print(json.dumps(message), flush=True)


def work(service: Service, say: Callable[..., None] = say) -> None:
    """Take engagements from their opening to their end, telling of each step before and after it."""
    while True:
        engagement = str(uuid4())
        say(opens=engagement)
        try:
            engaging.open_engagement(
                service, ACCOUNTS["partner"], "uptown-need-1", partner="bank", uuid=engagement
            )
        except ConflictError as error:  # what the process before has left open
            engagement = error.engagement  # type: ignore[attr-defined]
        one = engaging.get_engagement(service, ACCOUNTS["secretariat"], engagement)
        say(opened=engagement)
        done = [move["name"] for move in one["moves"]]
        for who, name, given in WHOLE:
            if name in done:
                done.remove(name)
                continue
            uuid = str(uuid4())
            say(moves=uuid, engagement=engagement, who=who, name=name)
            engaging.move(service, ACCOUNTS[who], engagement, name, uuid=uuid, **given)
            say(moved=uuid, engagement=engagement)
        run_due(service)


if __name__ == "__main__":
    task = json.loads(sys.stdin.readline())
    with Neo4jStore(Connection(*task["connection"]), load_schema()) as opened:
        service = small_service(opened, Path(task["folder"]))
        say(ready=True)
        work(service)
