"""The Python client with the real service, over HTTP."""

from __future__ import annotations

import io
import itertools
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from matchmaker_client import (
    BadParameterError,
    Client,
    InvalidDataError,
    Mirror,
    NotFoundError,
    NotSignedInError,
    PreconditionFailedError,
    Retry,
    verify_webhook,
)
from tests.client.conftest import Service
from tests.client.peer import Peer, answer

ROOT = Path(__file__).resolve().parent.parent.parent
NEED = "phuket-scap2018-1"


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with Client(service.url, service.key) as client:
        yield client


@pytest.fixture
def reader(service: Service) -> Iterator[Client]:
    with Client(service.url) as client:
        yield client


def draft(client: Client, **values) -> dict:
    """Return a need that can be written, under the source of another one."""
    source = client.needs.get(NEED)["source"][0]["id"]
    usual = {
        "title": "A made-up need of a test", "city": "phuket", "description": "Made up.",
        "support_types": ["finance"], "topics": ["flood-management"], "year": 2026,
        "status": "open", "source": [source], "locator": ["p. 1"], "date": "2026",
        "source_held": True,
    }  # fmt: skip
    return usual | values


def test_the_examples_of_the_manual_run_in_order(service, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = (ROOT / "docs/client.md").read_text() + (ROOT / "clients/python/README.md").read_text()
    names: dict = {}
    printed = io.StringIO()
    with redirect_stdout(printed):
        for code in re.findall(r"```python\n(.*?)```", told, re.S):
            here = code.replace("https://match.example", service.url).replace("mk_...", service.key)
            exec(compile(here, "docs/client.md", "exec"), names)
    assert "somebody was faster" in printed.getvalue()
    assert "entities" in printed.getvalue()
    assert names["found"]["matches"]
    assert names["receive"]("whsec_" + "a" * 44, {}, b"{}") == 400


def test_lists_come_page_by_page_and_whole(reader):
    all_needs = list(reader.needs.find(page_size=7))
    assert len(all_needs) == reader.needs.count()
    assert [need["id"] for need in all_needs] == sorted(need["id"] for need in all_needs)
    two = {"phuket", "bangkok"}
    chosen = list(reader.needs.find({"city": sorted(two), "source_held": True}, sort="-year,id"))
    assert {need["city"]["id"] for need in chosen} <= two
    years = [need["year"] or 0 for need in chosen]
    assert years == sorted(years, reverse=True)
    part = next(reader.needs.find(fields=["title"], page_size=1))
    assert part.keys() == {"id", "type", "title"}
    assert reader.needs.count({"year.gte": 2100}) == 0
    assert list(itertools.islice(reader.support_types.find(), 1))
    with pytest.raises(BadParameterError) as caught:
        list(reader.needs.find({"town": "phuket"}))
    assert caught.value.parameter == "town"


def test_what_has_not_changed_is_not_sent_again(reader):
    first = reader.cities.get("phuket")
    assert reader.cities.get("phuket") == first
    assert reader.cache_hits == 1
    assert reader.cities.get("phuket", fields=["name"])["name"] == first["name"]
    assert reader.cache_hits == 1


def test_names_come_in_the_language_asked_for(service, reader):
    with Client(service.url, language="th") as thai:
        there = thai.topics.get("water-management")["caption"]
    assert there != reader.topics.get("water-management")["caption"]


def test_matches_are_told_for_all_sides_and_for_what_is_not_saved(reader):
    found = reader.matches.of_need(NEED, limit=3, diversity=0.5)
    assert found["diversity"]["value"] == 0.5
    best = found["matches"][0]
    partner = best["partner"]["id"]
    assert reader.matches.of_city("phuket", limit=1)["matches"]
    assert reader.matches.of_partner(partner, limit=1)["matches"]
    offer = next(reader.offers.find(page_size=1))
    assert reader.matches.of_offer(offer["id"], limit=1)["offer"]["id"] == offer["id"]
    target = best["offer"]["id"] if best["offer"] else partner
    assert reader.matches.pair(NEED, target)["match"]["score"] == best["score"]
    assert "changes" in reader.matches.pair_changes(NEED, target)
    idea = {
        "title": "Drains", "city": "phuket", "description": "Drains for the old town.",
        "topics": ["flood-management"], "support_types": ["finance"],
    }  # fmt: skip
    asked = reader.matches.query_need(idea, limit=2)
    assert len(asked["matches"]) == 2
    lent = {
        "title": "Loans", "partner": offer["partner"]["id"], "support_type": "finance",
        "description": "Loans for drains.", "status": "active",
    }  # fmt: skip
    assert reader.matches.query_offer(lent, limit=2)["total"] >= 0
    assert reader.exposure(limit=3)
    assert reader.algorithm()["formula"]


def test_everything_else_that_is_read(reader):
    assert reader.search("flood", limit=2)["items"]
    assert reader.node("phuket")["type"] == "city"
    assert reader.relationship("phuket", "IN_COUNTRY", "country-thailand")
    assert reader.snapshot()["mode"] == "live"
    assert {kind["name"] for kind in reader.schema()["entities"]} >= {"need", "city"}
    with pytest.raises(NotFoundError) as caught:
        reader.cities.get("phukett")
    assert "phuket" in str(caught.value.suggestions)


def test_writes_are_checked_counted_once_and_never_lose_what_others_wrote(client, service):
    wish = draft(client)
    assert client.needs.post(wish, dry_run=True)["would_be"] == "published"
    made = client.needs.post(wish, idempotency_key="one")
    assert client.needs.post(wish, idempotency_key="one") == made
    need = client.needs.get(made["id"])
    assert need["version"] == made["sequence"]
    need["title"] = "Read, changed and sent back"
    done = client.needs.put(need["id"], need, if_version=need["version"])
    assert done["outcome"] == "published"
    for write in (
        lambda: client.needs.put(need["id"], need, if_version=need["version"]),
        lambda: client.needs.put(need["id"], need, create_only=True),
        lambda: client.needs.patch(need["id"], {"year": 2027}, if_version=need["version"]),
        lambda: client.needs.withdraw(need["id"], if_version=need["version"]),
        lambda: client.needs.delete(need["id"], if_version=need["version"]),
    ):
        with pytest.raises(PreconditionFailedError) as caught:
            write()
        assert caught.value.version == done["sequence"]
    assert client.needs.patch(need["id"], {"year": None})["after"].get("year") is None
    with pytest.raises(InvalidDataError) as wrong:
        client.needs.put(need["id"], wish | {"city": "atlantis", "year": "soon"})
    assert {fault["property"] for fault in wrong.value.faults} >= {"year"}
    with Client(service.url, service.sandbox) as sandbox:
        tried = sandbox.needs.patch(need["id"], {"year": 2030})
        assert tried["outcome"] == "checked"
    assert client.needs.withdraw(need["id"])["after"]["status"] == "withdrawn"
    assert client.needs.delete(need["id"])["after"] is None
    with pytest.raises(NotFoundError):
        client.needs.get(need["id"])
    assert list(client.submissions.find()) == []


def test_a_key_that_is_wrong_is_refused_and_the_public_writes_nothing(service, reader):
    with pytest.raises(NotSignedInError):
        reader.needs.patch(NEED, {"year": 2027})
    with Client(service.url, "mk_000000000000_wrong") as wrong, pytest.raises(NotSignedInError):
        wrong.snapshot()


def test_errors_are_reported_and_many_rows_uploaded(client, reader):
    report = reader.report("phuket", "It is out of date.", property="population")
    assert report["entity"] == "phuket"
    rows = "\n".join(
        json.dumps({"type": "need", "id": f"uploaded-{n}", **draft(client)}) for n in range(3)
    )
    upload = client.uploads.send(rows.encode(), dry_run=True)
    ended = client.uploads.wait(upload["id"], seconds=60, every=0.2)
    assert (ended["state"], ended["rows"]) == ("checked", 3), ended


def test_a_copy_moves_on_with_the_service_and_stays_the_same(client, tmp_path):
    with Mirror(client, tmp_path / "copy") as mirror:
        assert mirror.sync().begun == "first"
        held = len(mirror)
        assert held == sum(client.snapshot()["entities"].values())
        for number in range(5):
            client.needs.put(f"mirrored-{number}", draft(client, title=f"Mirrored {number}"))
        client.needs.patch("mirrored-0", {"year": 2025})
        client.needs.delete("mirrored-1")
        client.needs.merge("mirrored-2", "mirrored-3")
        client.needs.merge("mirrored-3", "mirrored-4")
        assert client.needs.get("mirrored-2")["id"] == "mirrored-4"
    with Mirror(client, tmp_path / "copy") as mirror:
        report = mirror.sync()
        assert (report.begun, report.applied) == ("", 9)
        assert mirror.sync().applied == 0
        assert len(mirror) == held + 2
        assert mirror.get("mirrored-2")["id"] == "mirrored-4"
        with Mirror(client, tmp_path / "fresh") as fresh:
            fresh.sync()
            assert list(mirror) == list(fresh)
            assert fresh.position == mirror.position
            assert all(fresh.resolve(f"mirrored-{n}") == "mirrored-4" for n in (2, 3, 4))


def test_a_webhook_is_made_received_and_checked(client):
    with Peer([answer(200)]) as peer:
        made = client.webhooks.create(f"{peer.url}/hook", types=["need"])
        id, secret = made["webhook"]["id"], made["secret"]
        assert [hook["id"] for hook in client.webhooks.find()] == [id]
        client.webhooks.ping(id)
        client.needs.put("hooked", draft(client, title="Hooked"))
        for _ in range(100):
            messages = [verify_webhook(secret, a.headers, a.body) for a in list(peer.asked)]
            if {message["type"] for message in messages} >= {"ping", "changes"}:
                break
            time.sleep(0.2)
        told = {message["type"]: message for message in messages}
        assert [change["id"] for change in told["changes"]["changes"]] == ["hooked"]
        assert client.webhooks.pause(id)["state"] == "paused"
        assert client.webhooks.resume(id)["state"] == "active"
        assert [delivery["kind"] for delivery in client.webhooks.deliveries(id)] == ["ping"]
        client.webhooks.delete(id)
        with pytest.raises(NotFoundError):
            client.webhooks.get(id)


def write_all(service: Service, count: int) -> None:
    """Make so many changes with a client that repeats what it must."""
    patient = Retry(attempts=400, first=0.2, longest=1)
    with Client(service.url, service.key, retry=patient) as client:
        wish = draft(client)
        for number in range(count):
            group, step = divmod(number, 4)
            if step == 0:
                client.needs.put(f"kept-{group}", {**wish, "title": f"Kept {group}"})
            elif step == 1:
                client.needs.post({**wish, "id": f"lost-{group}", "title": f"Lost {group}"})
            elif step == 2:
                client.needs.patch(f"kept-{group}", {"year": 2030 + group % 50})
            else:
                try:
                    client.needs.delete(f"lost-{group}")
                except NotFoundError as error:
                    if not error.repeated:  # else the deletion went through, and its answer did not
                        raise


def test_a_copy_loses_and_doubles_nothing_while_others_write_and_the_service_is_killed(
    service, tmp_path, request
):
    prove, away = request.config.getoption("--prove"), 0
    count, kills = (1000, [300, 600]) if prove else (60, [20])
    quick = Retry(attempts=2, first=0.1)
    with (
        Client(service.url, retry=quick, timeout=20) as client,
        Mirror(client, tmp_path / "copy") as mirror,
        ThreadPoolExecutor(1) as pool,
    ):
        mirror.sync()
        begun = int(mirror.position)
        writing = pool.submit(write_all, service, count)
        until = time.monotonic() + 400 + count
        for report in mirror.follow(wait=1):
            away += bool(report.away)
            if kills and mirror.applied >= kills[0]:
                del kills[0]
                service.kill()
                service.start()
            elif writing.done() and not report.away and not report.applied:
                break
            assert time.monotonic() < until, service.serving.log.read_text()
        writing.result()
        assert mirror.applied == count
        assert int(mirror.position) == begun + count
        assert kills == []
        assert away
        with Mirror(client, tmp_path / "fresh") as fresh:
            fresh.sync()
            assert list(mirror) == list(fresh)
