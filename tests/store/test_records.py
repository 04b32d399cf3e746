"""Records on a real Neo4j: found by fields, unique where they must be, changed under a lock."""

from __future__ import annotations

import threading

import pytest

from matchmaker.errors import ConflictError, VersionConflictError
from matchmaker.records import KINDS, Record
from matchmaker.schema import Schema
from matchmaker.store.connection import Connection
from matchmaker.store.neo4j_store import Neo4jStore
from matchmaker.store.records import Neo4jRecords
from tests.conftest import Ask
from tests.store.cutting import CuttingProxy


@pytest.fixture
def records(store: Neo4jStore) -> Neo4jRecords:
    return store.records


def event(records: Neo4jRecords, number: int, **fields: object) -> Record:
    told = {"account": "a1", "action": "signed_in", "at": f"2025-01-{number:02}", **fields}
    return records.create("audit", f"e{number:02}", told)


def test_what_is_kept_is_read_back_whole(records: Neo4jRecords) -> None:
    fields = {
        "email": "ก@example.org",
        "role": "partner",
        "state": "active",
        "deep": {"x": [1, None]},
    }
    made = records.create("account", "a1", fields)
    assert (made.kind, made.id, made.version, dict(made.fields)) == ("account", "a1", 1, fields)
    assert records.get("account", "a1") == made
    assert records.get("account", "a2") is None
    assert made["deep"] == {"x": [1, None]}
    assert made.get("absent", 5) == 5


def test_what_is_taken_is_taken_be_it_by_the_same(records: Neo4jRecords) -> None:
    records.create("account", "a1", {"email": "one@example.org"})
    for name, email in (("a1", "one@"), ("a1", "other@"), ("a2", "one@")):
        with pytest.raises(ConflictError) as caught:
            records.create("account", name, {"email": f"{email}example.org"})
        assert email not in str(caught.value)
    assert records.count("account") == 1


def test_an_empty_text_is_not_taken(records: Neo4jRecords) -> None:
    for name in ("a1", "a2"):
        records.create("account", name, {"email": f"{name}@example.org", "oidc": ""})
    assert records.count("account") == 2
    assert records.find("account", {"oidc": ""}) == []


def test_a_change_of_what_has_changed_meanwhile_is_refused(records: Neo4jRecords) -> None:
    made = records.create("lease", "l1", {"count": 0})
    records.change("lease", "l1", lambda held: {"count": held["count"] + 1}, made.version)
    with pytest.raises(VersionConflictError) as caught:
        records.change("lease", "l1", lambda held: {"count": 9}, made.version)
    assert caught.value.version == made.version + 1
    found = records.get("lease", "l1")
    assert found is not None
    assert found["count"] == 1


@pytest.mark.parametrize("named", ["alike", "apart"])
def test_of_many_who_take_the_same_address_at_once_one_wins(
    records: Neo4jRecords, named: str
) -> None:
    outcomes: list[str] = []

    def take(number: int) -> None:
        name = "a1" if named == "alike" else f"a{number}"
        try:
            records.create("account", name, {"email": "one@example.org"})
            outcomes.append("won")
        except ConflictError:
            outcomes.append("lost")

    threads = [threading.Thread(target=take, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost"] * 5 + ["won"]


def test_records_are_found_page_by_page_in_either_direction(records: Neo4jRecords) -> None:
    for number in range(1, 8):
        event(records, number, at="2025-01-01" if number < 4 else f"2025-01-{number:02}")
    for descending in (False, True):
        pages: list[str] = []
        after: tuple[str, str] | None = None
        while page := records.find(
            "audit", order_by="at", descending=descending, after=after, limit=2
        ):
            pages += [record.id for record in page]
            after = (page[-1]["at"], page[-1].id)
        expected = [f"e{n:02}" for n in range(1, 8)]
        assert pages == (expected[::-1] if descending else expected)


def test_records_are_found_by_any_of_some_values_and_below_a_bound(records: Neo4jRecords) -> None:
    event(records, 1)
    event(records, 2, action="refused")
    event(records, 3, action="locked", account="a2")
    assert [r.id for r in records.find("audit", {"action": ["refused", "locked"]})] == [
        "e02",
        "e03",
    ]
    assert [
        r.id for r in records.find("audit", {"account": "a1"}, before={"at": "2025-01-02"})
    ] == ["e01"]
    assert records.count("audit", {"account": "a1"}) == 2
    assert records.find("audit", {"account": []}) == []


def test_a_list_field_passes_with_one_of_its_values(records: Neo4jRecords) -> None:
    records.create("submission", "s1", {"owners": ["uptown", "upland"], "state": "waiting"})
    records.create("submission", "s2", {"owners": ["midtown"], "state": "waiting"})
    found = records.find("submission", {"owners": ["upland", "bank"], "state": "waiting"})
    assert [record.id for record in found] == ["s1"]
    with pytest.raises(ValueError, match="declared otherwise"):
        records.create("submission", "s3", {"owners": "uptown"})


def test_only_declared_fields_are_asked_for(records: Neo4jRecords) -> None:
    for name in ("password", "state`) DETACH DELETE r //", "data"):
        with pytest.raises(ValueError, match="is not found by"):
            records.find("account", {name: "x"})
    assert records.find("account", {"email": "x' OR 1=1 //"}) == []


def test_half_a_character_is_no_fault(records: Neo4jRecords) -> None:
    made = records.create("account", "a\ud800", {"email": "\ud800@example.org"})
    assert made["email"] == "\ud800@example.org"
    assert records.find("account", {"email": "\ud800@example.org"}) == [made]


def test_changes_under_the_lock_are_never_lost(records: Neo4jRecords) -> None:
    records.create("lease", "l1", {"count": 0})

    def add() -> None:
        for _ in range(5):
            records.change("lease", "l1", lambda fields: {**fields, "count": fields["count"] + 1})

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = records.get("lease", "l1")
    assert held is not None
    assert (held["count"], held.version) == (20, 21)


def test_a_change_may_leave_or_refuse_or_find_nothing(records: Neo4jRecords) -> None:
    made = records.create("lease", "l1", {"holder": "one"})
    assert records.change("lease", "l1", lambda fields: None) == made
    assert records.change("lease", "l2", lambda fields: {}) is None

    def refuse(fields: object) -> None:
        raise ConflictError("held")

    with pytest.raises(ConflictError, match="held"):
        records.change("lease", "l1", refuse)
    assert records.get("lease", "l1") == made


def test_a_changed_field_is_found_by_its_new_value_only(records: Neo4jRecords) -> None:
    records.create("account", "a1", {"email": "one@example.org"})
    records.create("account", "a2", {"email": "two@example.org"})
    records.change("account", "a1", lambda fields: {"email": "new@example.org"})
    assert records.find("account", {"email": "one@example.org"}) == []
    assert [r.version for r in records.find("account", {"email": "new@example.org"})] == [2]
    with pytest.raises(ConflictError):
        records.change("account", "a1", lambda fields: {"email": "two@example.org"})
    assert records.count("account", {"email": "new@example.org"}) == 1


def test_records_are_deleted_by_what_they_are_found_by(records: Neo4jRecords) -> None:
    for number in range(1, 6):
        event(records, number)
    assert records.delete("audit", before={"at": "2025-01-03"}) == 2
    assert records.delete("audit", {"id": "e04"}) == 1
    assert records.delete("audit", {"id": "e04"}) == 0
    with pytest.raises(ValueError, match="never deleted"):
        records.delete("audit", {})
    assert [record.id for record in records.find("audit")] == ["e03", "e05"]


def test_a_lost_answer_to_a_commit_neither_doubles_nor_refuses_a_write(
    records: Neo4jRecords, database: Connection, schema: Schema
) -> None:
    with CuttingProxy(database) as proxy, Neo4jStore(proxy.connection, schema) as cut:
        proxy.cut_at_commits(1)
        made = cut.records.create("lease", "l1", {"count": 0})
        assert (made.version, made["count"]) == (1, 0)
        proxy.cut_at_commits(1)
        changed = cut.records.change("lease", "l1", lambda f: {"count": f["count"] + 1})
        assert proxy.cuts == 2
    assert changed == records.get("lease", "l1")
    assert changed is not None
    assert changed["count"] == 1


def test_records_stay_out_of_the_graph_and_its_log(store: Neo4jStore) -> None:
    store.records.create("account", "uptown", {"email": "one@example.org"})
    assert store.read()[0] == []
    assert store.sequence() == 0


def test_each_kind_is_declared_and_found_by_an_index(store: Neo4jStore, ask: Ask) -> None:
    found = ask("SHOW INDEXES YIELD type, labelsOrTypes, properties WHERE labelsOrTypes <> []")
    held = {(row["labelsOrTypes"][0], row["properties"][0]) for row in found}
    for kind in KINDS.values():
        for name in ("id", *kind.unique, *kind.indexed):
            assert (kind.label, name) in held
