"""The change feed, the dump and the stream on a real Neo4j: complete, in order, and as each may see."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from matchmaker.permissions import PUBLIC, SYSTEM, Caller, Role
from matchmaker.store.feed import Position
from matchmaker.usecases import accounts
from matchmaker.usecases.feeding import feed, streaming
from matchmaker.usecases.feeding.feed import changes_page
from matchmaker.usecases.service import Service
from matchmaker.visibility import hidden_properties
from matchmaker.web.app import create_app

API = "/api/v1"
Json = dict[str, Any]
Ask = Callable[..., list[Json]]


@pytest.fixture
def site(live: Service) -> FlaskClient:
    return create_app(live).test_client()


def pages(service: Service, caller: Caller, since: str, limit: int) -> list[Json]:
    found: list[Json] = []
    while True:
        page = changes_page(service, caller, since, limit)
        found += page.items
        since = page.as_json()["next"]
        if page.end:
            return found


def need_of(service: Service, identifier: str, **values: Any) -> Json:
    held = next(iter(service.snapshot.of_type("need").values()))
    document = held.as_json() | {"id": identifier, "title": f"Made-up {identifier}"} | values
    return {name: value for name, value in document.items() if value is not None}


def copy_of(lines: str) -> tuple[int, dict[str, Json]]:
    head, *entities, end = map(json.loads, lines.splitlines())
    assert end == {"end": True, "count": len(entities)}
    return head["sequence"], {entity["id"]: entity for entity in entities}


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_pages_of_any_size_give_each_row_of_a_load_once_and_rebuild_the_graph(
    live: Service, limit: int
) -> None:
    whole = pages(live, SYSTEM, "0", 1000)
    found = whole if limit == 1000 else pages(live, SYSTEM, "0", max(limit, 13))
    assert found == whole
    assert len({item["position"] for item in found}) == len(found)
    copy: dict[str, Json] = {}
    for item in found:
        assert copy.get(item["id"]) == item["before"]
        if item["after"] is None:
            del copy[item["id"]]
        else:
            copy[item["id"]] = item["after"]
    assert copy == copy_of("".join(feed.dump(live, SYSTEM)))[1]


def test_a_page_can_be_gone_on_from_in_the_middle_of_a_load(live: Service) -> None:
    whole = pages(live, SYSTEM, "0", 1000)
    for place in (0, 5, len(whole) // 2):
        after = whole[place]["position"]
        page = changes_page(live, SYSTEM, after, 3)
        assert list(page.items) == whole[place + 1 : place + 4]


def test_a_page_reads_no_more_rows_of_a_load_than_it_gives(live: Service) -> None:
    page = live.log_page(Position(0), 5)
    assert len(page.changes) == 5
    assert page.next.is_inside


def test_each_kind_of_change_is_told_with_what_was_and_what_became(
    live: Service, site: FlaskClient
) -> None:
    since = str(live.snapshot.sequence)
    for name in ("feed-a", "feed-b"):
        live.put(need_of(live, name), actor="tests")
    live.put(need_of(live, "feed-a", title="Another title"), actor="tests")
    live.merge("feed-b", "feed-a", actor="tests")
    live.delete("feed-a", actor="tests")
    told = site.get(f"{API}/changes?since={since}").json
    assert told is not None
    kinds = [(item["kind"], item["id"], item["merged_into"]) for item in told["items"]]
    assert kinds == [
        ("created", "feed-a", None), ("created", "feed-b", None), ("changed", "feed-a", None),
        ("merged", "feed-b", "feed-a"), ("deleted", "feed-a", None),
    ]  # fmt: skip
    changed = told["items"][2]
    assert changed["before"]["title"] == "Made-up feed-a"
    assert changed["after"]["title"] == "Another title"
    assert told["end"] is True
    assert told["next"] == str(told["last"]) == str(live.snapshot.sequence)


def test_the_actor_is_told_to_staff_only(live: Service, token: str, site: FlaskClient) -> None:
    since = str(live.snapshot.sequence)
    live.put(need_of(live, "feed-actor"), actor="account:somebody")
    staff = site.get(f"{API}/changes?since={since}", headers={"Authorization": f"Bearer {token}"})
    assert staff.json is not None
    assert staff.json["items"][0]["actor"] == "account:somebody"
    public = site.get(f"{API}/changes?since={since}")
    assert "somebody" not in public.text
    live.delete("feed-actor", actor="tests")


def test_what_a_caller_does_not_see_is_neither_shown_nor_told_to_have_changed(
    live: Service, site: FlaskClient
) -> None:
    hidden = hidden_properties(live.schema)
    assert "partner" in hidden
    partner = next(iter(live.snapshot.of_type("partner").values()))
    name = next(p.name for p in hidden["partner"] if p.kind == "text" and p.pattern is None)
    since = str(live.snapshot.sequence)
    live.put(partner.as_json() | {name: "Known to few"}, actor="tests")
    owner = Caller(Role.PARTNER, "p1", frozenset({partner.id}))
    assert changes_page(live, PUBLIC, since).items == ()
    assert changes_page(live, PUBLIC, since).end
    assert changes_page(live, SYSTEM, since).items[0]["after"][name] == "Known to few"
    assert changes_page(live, owner, since).items[0]["after"][name] == "Known to few"
    assert "Known to few" not in site.get(f"{API}/changes?since={since}").text
    assert "Known to few" not in site.get(f"{API}/dump").text
    live.put(partner.as_json(), actor="tests")


def test_a_position_of_another_log_sends_back_to_the_dump(site: FlaskClient) -> None:
    answer = site.get(f"{API}/changes", query_string={"since": "9999999"})
    assert (answer.status_code, answer.json["type"]) == (410, "/problems/position-gone")
    assert "/api/v1/dump" in answer.json["detail"]


@pytest.mark.parametrize("path", ["changes", "changes/stream"])
def test_a_log_made_anew_is_noticed_though_its_numbers_fit(
    live: Service, site: FlaskClient, path: str
) -> None:
    head = json.loads(site.get(f"{API}/dump").text.partition("\n")[0])
    page = site.get(f"{API}/changes?since=1").json
    assert head["log"] == page["log"] == live.snapshot.log != ""
    asked = {"since": "1", "log": head["log"]}
    assert site.get(f"{API}/{path}", query_string=asked, buffered=False).status_code == 200
    answer = site.get(f"{API}/{path}", query_string={"since": "1", "log": "another"})
    assert (answer.status_code, answer.json["type"]) == (410, "/problems/position-gone")


@pytest.mark.parametrize("since", ["x", "-1", "1.2", "1e3", "1.2.3.4", "", "٣"])
def test_a_position_that_cannot_be_one_is_refused(site: FlaskClient, since: str) -> None:
    answer = site.get(f"{API}/changes", query_string={"since": since})
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["parameter"] == "since"


def test_the_dump_is_packed_when_that_is_wished(site: FlaskClient) -> None:
    plain = site.get(f"{API}/dump")
    packed = site.get(f"{API}/dump", headers={"Accept-Encoding": "gzip"})
    assert plain.mimetype == packed.mimetype == "application/x-ndjson"
    assert gzip.decompress(packed.data) == plain.data


def test_waiting_ends_with_the_change_that_was_waited_for(live: Service, site: FlaskClient) -> None:
    since = str(live.snapshot.sequence)
    writer = threading.Timer(0.5, lambda: live.put(need_of(live, "feed-waited"), actor="tests"))
    writer.start()
    begun = time.monotonic()
    told = site.get(f"{API}/changes?since={since}&wait=15").json
    writer.join()
    assert told is not None
    assert [item["id"] for item in told["items"]] == ["feed-waited"]
    assert time.monotonic() - begun < 10
    live.delete("feed-waited", actor="tests")


def test_only_a_few_wait_and_the_others_are_answered_at_once(live: Service) -> None:
    places = streaming.Places(1)
    assert places.take(60) is not None
    begun = time.monotonic()
    streaming.wait_for_change(live, PUBLIC, str(live.snapshot.sequence), 10, places)
    assert time.monotonic() - begun < 2


def test_a_place_is_free_again_after_its_time_even_if_nobody_gave_it_back() -> None:
    now = [0.0]
    places = streaming.Places(1, lambda: now[0])
    assert places.take(10) is not None
    assert places.take(10) is None
    now[0] = 11
    assert places.take(10) is not None


@contextlib.contextmanager
def served(service: Service) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(service), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{API}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def events(lines: Iterator[str]) -> Iterator[tuple[str, Json]]:
    position = ""
    for line in lines:
        if line.startswith("id: "):
            position = line[4:]
        elif line.startswith("data: "):
            yield position, json.loads(line[6:])


def test_a_stream_tells_changes_at_once_and_goes_on_where_it_broke_off(live: Service) -> None:
    with served(live) as base:
        since = str(live.snapshot.sequence)
        address = f"{base}/changes/stream?seconds=20"
        with requests.get(address, params={"since": since}, stream=True, timeout=30) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            heard = events(answer.iter_lines(chunk_size=1, decode_unicode=True))
            live.put(need_of(live, "feed-stream"), actor="tests")
            position, item = next(heard)
            assert (item["kind"], item["id"]) == ("created", "feed-stream")
        live.delete("feed-stream", actor="tests")
        again = {"Last-Event-ID": position}
        with requests.get(address, headers=again, stream=True, timeout=30) as answer:
            heard = events(answer.iter_lines(chunk_size=1, decode_unicode=True))
            assert next(heard)[1]["kind"] == "deleted"


def test_a_stream_too_many_is_told_to_come_back(live: Service) -> None:
    places = streaming.Places(1)
    first = streaming.stream(live, PUBLIC, None, 5, places)
    assert next(first).startswith("retry:")
    with pytest.raises(streaming.TooManyRequestsError):
        streaming.stream(live, PUBLIC, None, 5, places)
    first.close()  # type: ignore[attr-defined]
    assert places.take(1) is not None


def test_asking_for_the_head_of_a_stream_takes_no_place(site: FlaskClient) -> None:
    for _ in range(streaming.MOST_HELD + 1):
        assert site.head(f"{API}/changes/stream").status_code == 200


def test_a_stream_ends_once_the_account_is_suspended(
    live: Service, staff: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = accounts.invite(live, SYSTEM, email="stream@network.example", role="portal")
    accounts.accept_invitation(live, made.link.rpartition("/")[2], "a sentence for the stream")
    caller = accounts.get_account(live, SYSTEM, made.account.id).caller
    monkeypatch.setattr(streaming, "HEARTBEAT", 0.1)
    running = streaming.stream(live, caller, None, 20, streaming.Places())
    next(running)
    assert next(running) == ": still here\n\n"
    accounts.change_account(live, SYSTEM, made.account.id, state="suspended")
    assert "still here" not in "".join(running)


def test_what_is_no_longer_kept_is_gone_and_said_so(live: Service, ask: Ask) -> None:
    """Last in this file: it takes the beginning of the log away."""
    live.put(need_of(live, "feed-late"), actor="tests")
    ask("MATCH (x:Change) WHERE x.sequence <= 1 DETACH DELETE x")
    site = create_app(live).test_client()
    for since in ("0", "1.0.3"):
        answer = site.get(f"{API}/changes?since={since}")
        assert answer.status_code == 410
        assert answer.json is not None
        assert answer.json["type"] == "/problems/position-gone"
    assert site.get(f"{API}/changes?since=1").status_code == 200
