"""Uploads on a real Neo4j: all or nothing, with a report, and never half done after a stop."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from matchmaker.accounts.times import later
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    SignInNeededError,
)
from matchmaker.model import Entity
from matchmaker.permissions import PUBLIC, Caller, Role, Scope
from matchmaker.usecases.contributing import uploads
from matchmaker.usecases.contributing.uploading import nothing_done
from matchmaker.usecases.service import Service

STAFF = Caller(Role.SECRETARIAT, "staff")
HEADER = "id,title,city,topics,year,status,source,locator,date,source_held\n"
ROW = (
    "{id},Made-up need {n} for cleaner water,phuket,water-supply,2024,{status},"
    "smart-city-action-plans-2018,p. 50,2018-07-08,true\n"
)
FEW_MINUTES = 300.0
MOST_MEMORY = 600  # MB, above what the service takes before


def table(stem: str, count: int, status: str = "open", bad: Iterable[int] = ()) -> Iterator[bytes]:
    """Yield a table of made-up needs, some of them with a fault."""
    yield HEADER.encode()
    wrong = set(bad)
    for start in range(0, count, 1000):
        numbers = range(start, min(start + 1000, count))
        yield "".join(
            ROW.format(id=f"{stem}-{n}", n=n, status="made-up" if n in wrong else status)
            for n in numbers
        ).encode()


def upload(
    service: Service, pieces: Iterable[bytes], caller: Caller = STAFF, **wishes: Any
) -> dict[str, Any]:
    wish = uploads.wish_of(
        service, form=wishes.get("form", "csv"), plural=wishes.get("plural", "needs"),
        mode=wishes.get("mode"), dry_run=wishes.get("dry_run", False),
    )  # fmt: skip
    return uploads.begin(service, caller, wish, pieces, wait=True)


def needs_named(service: Service, stem: str) -> list[str]:
    return [i for i in service.snapshot.of_type("need") if i.startswith(f"{stem}-")]


def files_of(service: Service) -> list[str]:
    return [path.name for path in (service.settings.data_dir / "uploads").iterdir()]


def test_rows_are_published_as_one_change_and_seen_when_it_is_told(live: Service) -> None:
    before = live.snapshot.sequence
    done = upload(live, table("first", 2000))
    assert (done["state"], done["message"], done["faults"]) == ("published", "", [])
    assert (done["rows"], done["created"], done["updated"]) == (2000, 2000, 0)
    assert done["sequence"] == before + 1 == live.snapshot.sequence
    assert len(needs_named(live, "first")) == 2000
    assert done["ended_at"] >= done["at"]
    assert files_of(live) == []
    again = upload(live, table("first", 2001, bad=()))
    assert (again["created"], again["unchanged"]) == (1, 2000)
    changed = upload(live, table("first", 3, status="solved"))
    assert (changed["created"], changed["updated"]) == (0, 3)
    assert live.snapshot.get("need", "first-0").text("status") == "solved"


def test_a_fault_in_the_last_row_leaves_the_graph_untouched(live: Service) -> None:
    before, entities = live.snapshot.sequence, dict(live.snapshot.entities)
    done = upload(live, table("second", 2000, bad=[1998]))
    assert done["state"] == "refused"
    assert (done["rows"], done["fault_count"], done["created"]) == (2000, 1, 0)
    (fault,) = done["faults"]
    assert (fault["row"], fault["column"]) == (2000, "status")
    assert "'made-up' is not one of" in fault["message"]
    assert live.snapshot.sequence == before
    assert live.snapshot.entities == entities
    assert files_of(live) == []


def test_good_rows_alone_are_published_if_that_is_wished(live: Service) -> None:
    done = upload(live, table("third", 50, bad=[7, 8]), mode="valid-rows")
    assert (done["state"], done["fault_count"], done["created"]) == ("published", 2, 48)
    assert [fault["row"] for fault in done["faults"]] == [9, 10]
    assert len(needs_named(live, "third")) == 48
    assert "third-7" not in live.snapshot.entities


@pytest.mark.parametrize("sandbox", [False, True])
def test_a_dry_run_tells_what_would_be_done(live: Service, sandbox: bool) -> None:
    caller = Caller(Role.SECRETARIAT, "staff", sandbox=sandbox)
    before = live.snapshot.sequence
    done = upload(live, table("fourth", 20), caller, dry_run=not sandbox)
    assert (done["state"], done["validate"], done["created"]) == ("checked", True, 20)
    faulty = upload(live, table("fourth", 20, bad=[3]), caller, dry_run=not sandbox)
    assert (faulty["state"], faulty["fault_count"]) == ("refused", 1)
    assert live.snapshot.sequence == before


def test_only_staff_who_see_all_upload(live: Service) -> None:
    for role in set(Role) - {Role.SECRETARIAT, Role.ADMINISTRATOR, Role.PUBLIC}:
        with pytest.raises(NotAllowedError):
            upload(live, table("fifth", 1), Caller(role, "someone", frozenset({"phuket"})))
    with pytest.raises(SignInNeededError):
        upload(live, table("fifth", 1), PUBLIC)
    short = Caller(Role.SECRETARIAT, "staff", scopes=frozenset({Scope.READ, Scope.WRITE}))
    with pytest.raises(NotAllowedError, match="read:members"):
        upload(live, table("fifth", 1), short)
    assert files_of(live) == []


def test_wishes_that_cannot_be_met_are_refused(live: Service) -> None:
    for wishes in (
        {"form": "xlsx"}, {"plural": "neds"}, {"plural": None}, {"mode": "some"},
    ):  # fmt: skip
        with pytest.raises(BadRequestError):
            upload(live, table("fifth", 1), **wishes)
    with pytest.raises(NotFoundError):
        uploads.get_upload(live, STAFF, "nothing")


def test_nothing_is_left_of_a_file_that_breaks_off(live: Service) -> None:
    def broken() -> Iterator[bytes]:
        yield HEADER.encode()
        raise OSError("the caller went away")

    count = len(uploads.list_uploads(live, STAFF).items)
    with pytest.raises(OSError, match="went away"):
        upload(live, broken())
    assert files_of(live) == []
    assert len(uploads.list_uploads(live, STAFF).items) == count


def test_uploads_are_listed_newest_first_without_their_faults(live: Service) -> None:
    last = upload(live, table("sixth", 1))
    page = uploads.list_uploads(live, STAFF, limit=2)
    assert page.items[0] == {n: v for n, v in last.items() if n != "faults"}
    rest = uploads.list_uploads(live, STAFF, cursor=page.next)
    assert not {one["id"] for one in page.items} & {one["id"] for one in rest.items}


def _begun(service: Service, identifier: str, silent: float) -> None:
    """Keep a record as a process leaves it that was killed a while ago."""
    at = later(service.now(), timedelta(seconds=-silent))
    kept = {
        "account": "staff", "at": at, "beat_at": at, "state": "staging", "type": "needs",
        "format": "csv", "mode": "all-or-nothing", "validate": False, "bytes": 10,
    }  # fmt: skip
    service.records.create("upload", identifier, {**nothing_done(3), **kept})


def test_an_upload_whose_process_died_is_told_as_failed_and_another_may_begin(
    live: Service,
) -> None:
    _begun(live, "killed", 61)
    before = live.snapshot.sequence
    part = live.settings.data_dir / "uploads" / "killed.part"
    part.write_text("left over")
    done = upload(live, table("seventh", 1))
    assert done["state"] == "published"
    found = uploads.get_upload(live, STAFF, "killed")
    assert found["state"] == "failed"
    assert "Nothing was changed" in found["message"]
    assert live.snapshot.sequence == before + 1
    assert not part.exists()


def test_an_upload_whose_process_died_after_it_was_published_is_told_as_published(
    live: Service,
) -> None:
    need = live.snapshot.get("need", "phuket-scap2018-1")
    report = live.upload([Entity("need", "eighth-1", need.values)], actor="t", uuid="published")
    _wait_until(live, report.sequence)
    _begun(live, "published", 61)
    found = uploads.get_upload(live, STAFF, "published")
    assert (found["state"], found["created"]) == ("published", 1)
    assert found["sequence"] == report.sequence


def test_one_upload_at_a_time(live: Service) -> None:
    _begun(live, "elsewhere", 10)
    with pytest.raises(ConflictError, match="under way"):
        upload(live, table("ninth", 1))
    assert uploads.get_upload(live, STAFF, "elsewhere")["state"] == "staging"
    live.records.delete("upload", {"id": "elsewhere"})


def test_a_hundred_thousand_rows_take_a_few_minutes_and_bounded_memory(
    live: Service, request: pytest.FixtureRequest
) -> None:
    proving = bool(request.config.getoption("--prove"))
    count = 100_000 if proving else 3_000
    before = live.snapshot.sequence
    memory = _memory()
    refused = upload(live, table("many", count, bad=[count - 2]))
    assert (refused["state"], refused["faults"][0]["row"]) == ("refused", count)
    assert live.snapshot.sequence == before
    seen: list[tuple[str, int, int]] = []
    begun = time.monotonic()
    wish = uploads.wish_of(live, form="csv", plural="needs", mode=None, dry_run=False)
    made = uploads.begin(live, STAFF, wish, table("many", count))
    while (told := uploads.get_upload(live, STAFF, made["id"]))["state"] in ("checking", "staging"):
        seen.append((told["step"], told["done"], told["total"]))
        time.sleep(0.2)
    seconds, grown = time.monotonic() - begun, _memory() - memory
    print(f"{count} rows: {seconds:.0f} s, {grown:.0f} MB more")
    assert (told["state"], told["created"]) == ("published", count)
    assert seconds < FEW_MINUTES
    assert grown < MOST_MEMORY
    assert len(set(seen)) > 1
    assert len(needs_named(live, "many")) == count


def _wait_until(service: Service, sequence: int) -> None:
    ends = time.monotonic() + 30
    while service.snapshot.sequence < sequence and time.monotonic() < ends:
        time.sleep(0.05)


def _memory() -> float:
    """Return the most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
