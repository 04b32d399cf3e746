"""The commands about engagements, run in earnest on a real database."""

from __future__ import annotations

import orjson

from matchmaker.permissions import SYSTEM
from matchmaker.settings import Settings
from matchmaker.store.connection import Connection
from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.opening import open_service
from tests.conftest import Ask
from tests.test_cli_accounts import Run, folder, run  # noqa: F401


def test_engagements_are_listed_and_rebuilt_and_one_that_differs_is_named(
    run: Run, database: Connection, ask: Ask  # noqa: F811
):  # fmt: skip
    code, out, _ = run("engagements", "list")
    assert (code, out) == (0, "There is no engagement.\n")
    settings = Settings(
        neo4j_uri=database.uri, neo4j_user=database.user, neo4j_password=database.password
    )
    with open_service(settings) as service:
        one = engaging.open_engagement(service, SYSTEM, "phuket-scap2018-1", partner="adb")
    code, out, _ = run("engagements", "list", "--json", "--stage", "open")
    assert (code, [found["id"] for found in orjson.loads(out)]) == (0, [one["id"]])
    code, out, _ = run("engagements", "list")
    assert "phuket-scap2018-1  adb  waits for" in out
    code, out, _ = run("engagements", "check")
    assert (code, out) == (0, "1 engagements rebuilt.\n")
    spoilt = {"old": '"stage":"proposed"', "new": '"stage":"agreed"'}
    ask("MATCH (r:Engagement) SET r.data = replace(r.data, $old, $new)", **spoilt)
    code, out, _ = run("engagements", "check", "--json")
    faults = orjson.loads(out)["faults"]
    assert code == 1
    assert faults
    assert all(fault.startswith(f"engagement {one['id']}: ") for fault in faults)
    code, out, err = run("engagements", "list", "--stage", "nowhere")
    assert code == 2
    assert "stage: must be one of" in err
