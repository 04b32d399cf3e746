"""Opening the service: with a database, without one, and when it comes and goes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from matchmaker.errors import (
    ConflictError,
    DatabaseStartError,
    InvalidDataError,
    MovedError,
    StoreUnavailableError,
    VersionConflictError,
)
from matchmaker.matching.profiles import text_of
from matchmaker.model import Entity
from matchmaker.settings import Settings
from matchmaker.store.connection import Connection
from matchmaker.store.local import ensure_local
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.usecases.opening import open_service
from matchmaker.usecases.service import Service
from tests.gate import Gate

NEED = "phuket-scap2018-1"


def settings_for(connection: Connection, folder: Path, uri: str = "") -> Settings:
    return Settings(
        neo4j_uri=uri or connection.uri,
        neo4j_user=connection.user,
        neo4j_password=connection.password,
        data_dir=folder,
    )


@pytest.fixture
def settings(store: Neo4jStore, database: Connection, tmp_path: Path) -> Settings:
    """Settings that name the shared database, which is empty."""
    return settings_for(database, tmp_path)


@pytest.fixture
def live(settings: Settings) -> Iterator[Service]:
    with open_service(settings) as service:
        yield service


def changed_city(service: Service, note: str) -> dict[str, Any]:
    document = service.snapshot.get("city", "phuket").as_json()
    return {**document, "population_note": note}


def wait_until(condition: Callable[[], bool], seconds: float) -> float:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        time.sleep(0.005)
    return time.monotonic() - begun


def matches(service: Service) -> bytes:
    document = service.need_matches(NEED)
    del document["snapshot"]
    return orjson.dumps(document)


def test_an_empty_database_is_filled_from_the_seeds_once(settings):
    with open_service(settings) as first:
        assert first.status.mode == "live"
        assert len(first.snapshot.of_type("need")) == 57
        sequence = first.snapshot.sequence
    with open_service(settings) as second:
        assert second.snapshot.sequence == sequence
        assert second.snapshot.entities.keys() == first.snapshot.entities.keys()


def test_a_routing_address_works_as_well(settings):
    uri = (settings.neo4j_uri or "").replace("bolt://", "neo4j://")
    with open_service(replace(settings, neo4j_uri=uri)) as service:
        assert service.status.mode == "live"


def test_the_matches_are_the_same_with_and_without_a_database(live, tmp_path):
    seeds_only = Settings(no_database="not wanted in this test", data_dir=tmp_path / "none")
    with open_service(seeds_only) as service:
        assert service.status.mode == "seeds"
        assert matches(service) == matches(live)


def test_a_change_made_through_one_service_is_seen_by_another_within_a_second(live, settings):
    with open_service(settings) as other:
        slowest = 0.0
        for turn in range(5):
            change = live.put(changed_city(live, f"made-up note {turn}"), actor="test")
            seen = wait_until(lambda: other.snapshot.sequence >= change.sequence, 5)  # noqa: B023
            slowest = max(slowest, seen)
            note = other.snapshot.get("city", "phuket").text("population_note")
            assert note == f"made-up note {turn}"
        assert slowest < 1.0


def test_a_writer_sees_its_own_change_at_once(live):
    change = live.put(changed_city(live, "made-up note"), actor="test")
    assert live.snapshot.sequence == change.sequence
    assert live.put(changed_city(live, "made-up note"), actor="test") is None


def test_a_new_need_is_matched_as_soon_as_it_is_written(live):
    need = live.snapshot.get("need", NEED).as_json()
    live.put({**need, "id": "phuket-made-up-1", "title": "Made-up need: cleaner river"}, actor="t")
    assert live.need_matches("phuket-made-up-1")["total"] > 50
    live.delete("phuket-made-up-1", actor="test")
    assert "phuket-made-up-1" not in live.snapshot.entities


def test_uploaded_needs_are_matched_at_once_and_by_meaning_once_their_texts_are_embedded(live):
    need = live.snapshot.get("need", NEED)
    rows = [
        Entity("need", f"phuket-made-up-{n}", {**need.values, "title": f"Made-up need {n}: rivers"})
        for n in range(30)
    ]
    report = live.upload(rows, actor="test")
    wait_until(lambda: live.snapshot.sequence >= report.sequence, 30)
    assert live.need_matches("phuket-made-up-3")["total"] > 50
    wait_until(lambda: live.status.texts_waiting == 0 and meaning_of(live, rows[-1]), 60)
    for row in rows:
        assert meaning_of(live, row)


def meaning_of(service: Service, entity: Entity) -> bool:
    text = text_of(entity)
    return text is not None and service.matcher.index.vector(text) is not None


def test_what_a_writer_has_seen_is_checked_by_version(live):
    version = live.snapshot.version("phuket")
    live.check(changed_city(live, "one"), expected=version)
    change = live.put(changed_city(live, "one"), actor="test", expected=version, uuid="u1")
    assert live.snapshot.version("phuket") == change.sequence
    for act in (live.check, lambda d, expected: live.put(d, actor="test", expected=expected)):
        with pytest.raises(VersionConflictError) as caught:
            act(changed_city(live, "two"), expected=version)
        assert caught.value.version == change.sequence
    again = live.put(changed_city(live, "one"), actor="test", expected=version, uuid="u1")
    assert again == change


def test_a_check_refuses_what_a_write_refuses_and_writes_nothing(live):
    before = live.snapshot.sequence
    need = live.snapshot.get("need", NEED).as_json()
    for wrong in (
        {**need, "city": "nowhere"}, {**need, "year": 3}, {**need, "city": "country-thailand"},
        {**need, "id": "phuket"},
    ):  # fmt: skip
        with pytest.raises((InvalidDataError, ConflictError)) as tried:
            live.check(wrong)
        with pytest.raises(type(tried.value)) as done:
            live.put(wrong, actor="test")
        assert [f.column for f in getattr(tried.value, "faults", ())] == [
            f.column for f in getattr(done.value, "faults", ())
        ]
    assert live.check({**need, "title": "Another"}).text("title") == "Another"
    assert live.snapshot.sequence == before


def test_a_merge_is_seen_by_the_readers_of_the_service(live):
    partners = sorted(live.snapshot.of_type("partner"))
    old, into = partners[0], partners[1]
    changes = live.merge(old, into, actor="test")
    assert live.snapshot.sequence == changes[-1].sequence
    with pytest.raises(MovedError):
        live.snapshot.get("partner", old)
    with pytest.raises(ConflictError, match="merged into"):
        live.check({**changes[-1].before.as_json()})
    need = live.need_matches(NEED, limit=1000)
    assert old not in orjson.dumps(need["matches"]).decode().split('"')


def test_records_need_a_database(live, tmp_path):
    live.records.create("lease", "l1", {"holder": "test"})
    assert live.records.get("lease", "l1")["holder"] == "test"
    with (
        open_service(Settings(no_database="not wanted", data_dir=tmp_path / "none")) as service,
        pytest.raises(StoreUnavailableError),
    ):
        service.records.get("lease", "l1")


def test_a_document_with_faults_changes_nothing_and_every_fault_is_named(live):
    before = live.snapshot.sequence
    wrong = {**changed_city(live, "x"), "latitude": "north", "mayor": "nobody"}
    with pytest.raises(InvalidDataError) as caught:
        live.put(wrong, actor="test")
    assert {fault.column for fault in caught.value.faults} == {"latitude", "mayor"}
    assert live.snapshot.sequence == before


def test_reads_go_on_and_writes_wait_while_the_database_is_away(store, database, tmp_path):
    with Gate(database.uri) as gate:
        gate.open()
        with open_service(settings_for(database, tmp_path, gate.uri)) as service:
            before = matches(service)
            sequence = service.snapshot.sequence
            gate.shut()
            wait_until(lambda: service.status.mode == "away", 15)
            assert matches(service) == before
            assert "cannot be reached" in service.status.message
            assert database.password not in service.status.message
            with pytest.raises(StoreUnavailableError):
                service.put(changed_city(service, "lost?"), actor="test")
            gate.open()
            wait_until(lambda: service.status.mode == "live", 15)
            assert service.snapshot.sequence == sequence
            assert service.put(changed_city(service, "kept"), actor="test") is not None


def test_a_database_that_is_down_at_the_start_is_used_as_soon_as_it_answers(
    store, database, tmp_path
):
    with (
        Gate(database.uri) as gate,
        open_service(settings_for(database, tmp_path, gate.uri)) as service,
    ):
        assert service.status.mode == "seeds"
        assert service.status.read_only
        assert service.need_matches(NEED)["total"] > 50
        with pytest.raises(StoreUnavailableError):
            service.put(changed_city(service, "too early"), actor="test")
        gate.open()
        wait_until(lambda: service.status.mode == "live", 60)
        assert service.put(changed_city(service, "now"), actor="test") is not None


def test_data_that_cannot_be_reached_are_served_from_the_snapshot_saved_last(live, settings):
    live.put(changed_city(live, "edited by somebody"), actor="test")
    sequence = live.snapshot.sequence
    live.close()
    away = replace(settings, neo4j_uri="bolt://127.0.0.1:1")
    with open_service(away) as service:
        assert service.status.mode == "saved"
        assert service.snapshot.sequence == sequence
        note = service.snapshot.get("city", "phuket").text("population_note")
        assert note == "edited by somebody"


def test_data_with_no_saved_snapshot_are_never_replaced_by_the_seeds(tmp_path):
    (tmp_path / "neo4j").mkdir()
    (tmp_path / "neo4j" / "credentials.json").write_text("{}")
    with pytest.raises(DatabaseStartError, match="NEO4J_URI"):
        open_service(Settings(no_database="no Java", data_dir=tmp_path))


def test_a_wrong_password_is_told_without_showing_it(store, settings):
    wrong = replace(settings, neo4j_password="wrong-but-secret")
    with open_service(wrong) as service:
        assert service.status.mode == "seeds"
        assert "NEO4J_PASSWORD" in service.status.message
        assert "wrong-but-secret" not in service.status.message


def test_a_local_database_that_is_killed_comes_back_with_all_data(tmp_path):
    settings = Settings(data_dir=tmp_path)
    with open_service(settings) as service:
        service.put(changed_city(service, "before the kill"), actor="test")
        sequence = service.snapshot.sequence
        cache = settings.cache_dir / "jars"
        attached = ensure_local(tmp_path / "neo4j", announce=lambda _: None, cache_dir=cache)
        os.kill(attached.pid, signal.SIGKILL)
        wait_until(lambda: service.status.mode == "away", 20)
        assert service.need_matches(NEED)["total"] > 50
        wait_until(lambda: service.status.mode == "live", 120)
        assert service.snapshot.sequence == sequence
        assert service.put(changed_city(service, "after the kill"), actor="test") is not None
