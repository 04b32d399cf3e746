"""The Python client with services and networks that do not behave, and in step with the contract."""

from __future__ import annotations

import ast
import base64
import contextlib
import json
import logging
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from matchmaker.usecases.feeding import sending
from matchmaker_client import (
    BadAnswerError,
    Client,
    ConflictError,
    InvalidDataError,
    Mirror,
    MirrorError,
    NotFoundError,
    NotSignedInError,
    PreconditionFailedError,
    ProblemError,
    Retry,
    TooManyRequestsError,
    UnreachableError,
    WebhookError,
    verify_webhook,
)
from scripts import make_client_types
from tests.client.peer import Peer, answer, cut, drop, problem

ROOT = Path(__file__).resolve().parent.parent.parent
QUICK = Retry(attempts=4, first=0.01, longest=5)
KEY = "mk_0123456789ab_made-up"
AWAY = answer(503, problem(503, "database-away"), Retry_After="0")
BUSY = answer(429, problem(429, "too-many-requests"), Retry_After="1")
WRITTEN = {"id": "a", "outcome": "published", "changed": True}


def asking(peer: Peer, **more) -> Client:
    return Client(peer.url, KEY, retry=QUICK, timeout=5, **more)


def test_the_committed_types_are_those_of_the_contract():
    made = make_client_types.files()
    folder = make_client_types.FOLDER
    assert {path.name: path.read_text() for path in folder.glob("*.py")} == made, (
        "run scripts/make_client_types.py"
    )


def test_the_client_knows_the_standard_library_and_requests_only():
    known = {*sys.stdlib_module_names, "requests", "matchmaker_client"}
    for path in (ROOT / "clients/python/src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert {alias.name.partition(".")[0] for alias in node.names} <= known, path
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] in known, path


def test_what_is_away_or_busy_for_a_moment_is_asked_again_after_the_time_it_names():
    with Peer([AWAY, BUSY, drop, answer(200, {"id": "phuket"})]) as peer:
        begun = time.monotonic()
        assert asking(peer).cities.get("phuket") == {"id": "phuket"}
        assert time.monotonic() - begun >= 1
        assert len(peer.asked) == 4
        assert {asked.headers["authorization"] for asked in peer.asked} == {f"Bearer {KEY}"}


def test_a_wait_that_is_too_long_is_told_instead_of_waited_for():
    with Peer([answer(429, problem(429, "too-many-requests"), Retry_After="3600")]) as peer:
        with pytest.raises(TooManyRequestsError) as caught:
            asking(peer).snapshot()
        assert caught.value.retry_after == 3600
        assert len(peer.asked) == 1


def test_in_the_end_it_is_told_that_nobody_answers():
    with Peer([drop]) as peer:
        with pytest.raises(UnreachableError) as caught:
            asking(peer).snapshot()
        assert not caught.value.maybe_done
        assert len(peer.asked) == 4


def test_a_post_is_repeated_under_the_very_same_key():
    with Peer([drop, AWAY, answer(201, WRITTEN), answer(201, WRITTEN)]) as peer:
        client = asking(peer)
        client.needs.post({"title": "x"})
        client.needs.post({"title": "x"})
        keys = [asked.headers["idempotency-key"] for asked in peer.asked]
        assert len(set(keys[:3])) == 1
        assert keys[3] != keys[0]
        assert len({asked.body for asked in peer.asked}) == 1


def test_what_must_not_happen_twice_is_sent_once_unless_it_was_refused_before_it_was_done():
    with Peer([BUSY, drop]) as peer:
        with pytest.raises(UnreachableError) as caught:
            asking(peer).webhooks.create("https://portal.example/hook")
        assert caught.value.maybe_done
        assert len(peer.asked) == 2
    with Peer([AWAY]) as peer:
        with pytest.raises(ProblemError):
            asking(peer).uploads.send(b"id,title\n", type="needs")
        assert len(peer.asked) == 1


def test_a_repeat_that_may_have_met_its_own_doing_says_so():
    gone = answer(412, problem(412, "precondition-failed", version=18))
    with Peer([drop, gone]) as peer:
        with pytest.raises(PreconditionFailedError) as caught:
            asking(peer).needs.patch("a", {"year": 2020}, if_version=17)
        assert caught.value.repeated
        assert caught.value.version == 18
        assert peer.asked[0].headers["if-match"] == '"17"'
        assert peer.asked[0].headers["content-type"] == "application/merge-patch+json"
    with Peer([gone]) as peer:
        with pytest.raises(PreconditionFailedError) as caught:
            asking(peer).needs.delete("a", if_version=17)
        assert not caught.value.repeated


@pytest.mark.parametrize(
    ("status", "slug", "kind"),
    [
        (401, "key-refused", NotSignedInError),
        (404, "not-found", NotFoundError),
        (409, "conflict", ConflictError),
        (422, "invalid-data", InvalidDataError),
        (418, "not-yet-invented", ProblemError),
    ],
)
def test_a_problem_is_an_exception_with_all_its_members(status, slug, kind):
    told = problem(status, slug, detail="No.", instance="/api/v1/x", of_its_own=[1])
    with Peer([answer(status, told)]) as peer:
        with pytest.raises(kind) as caught:
            asking(peer).snapshot()
        error = caught.value
        assert type(error) is kind
        assert (error.status, error.slug, error.detail) == (status, slug, "No.")
        assert error.members == told
        assert len(peer.asked) == 1


def test_a_redirect_is_followed_within_the_service_only():
    with Peer([answer(200, {"id": "stolen"})]) as thief:
        elsewhere = answer(308, problem(308, "moved"), Location=f"{thief.url}/api/v1/cities/b")
        with Peer([elsewhere]) as peer, pytest.raises(BadAnswerError):
            asking(peer).cities.get("a")
        assert thief.asked == []
    moved = answer(308, problem(308, "moved"), Location="/api/v1/cities/b")
    with Peer([moved, answer(200, {"id": "b"})]) as peer:
        assert asking(peer).cities.get("a") == {"id": "b"}
        assert [asked.path for asked in peer.asked] == ["/api/v1/cities/a", "/api/v1/cities/b"]
    with Peer([moved]) as peer:
        with pytest.raises(BadAnswerError):
            asking(peer).cities.delete("a")
        assert len(peer.asked) == 1


def test_passwords_in_netrc_are_never_sent(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Peer([answer(200, {})]) as peer:
        Client(peer.url).snapshot()
        assert "authorization" not in peer.asked[0].headers


def test_an_answer_that_breaks_off_is_asked_for_again():
    with Peer([cut(b'{"sequ', 500), answer(200, {"sequence": 1})]) as peer:
        assert asking(peer).snapshot()["sequence"] == 1


def test_another_program_at_the_address_is_noticed():
    with Peer([answer(200, b"<html>Welcome</html>")]) as peer, pytest.raises(BadAnswerError):
        asking(peer).snapshot()
    for address in ("match.example", "ftp://match.example", "https://me:you@match.example"):
        with pytest.raises(ValueError, match="base_url"):
            Client(address)


def test_what_is_deprecated_is_logged_once(caplog):
    caplog.set_level(logging.WARNING, "matchmaker_client")
    sunset = "Tue, 01 Jun 2027 00:00:00 GMT"
    with Peer([answer(200, {}, Deprecation="@1772323200", Sunset=sunset)]) as peer:
        client = asking(peer)
        client.snapshot()
        client.snapshot()
    assert len(caplog.records) == 1
    assert sunset in caplog.text


def test_what_has_not_changed_comes_from_the_cache_and_is_the_callers_own_copy():
    told = answer(200, {"id": "a", "topics": []}, ETag='"1-x"')
    with Peer([told, answer(304)]) as peer:
        client = asking(peer)
        client.cities.get("a")["topics"].append("spoilt")
        assert client.cities.get("a")["topics"] == []
        assert peer.asked[1].headers["if-none-match"] == '"1-x"'
        assert client.cache_hits == 1


def test_identifiers_cannot_lead_to_another_address():
    with Peer([answer(200, {})]) as peer:
        asking(peer).cities.get("../accounts?x=1#y")
        assert peer.asked[0].path == "/api/v1/cities/..%2Faccounts%3Fx%3D1%23y"


# Copies


def entity(id: str, **values) -> dict:
    return {"id": id, "type": "need", **values}


def dumped(sequence: int, *entities: dict, count: int | None = None) -> bytes:
    head = {
        "sequence": sequence,
        "as_of": "2026-01-01",
        "format": 1,
        "redirects": {"old": "a"},
        "log": "one",
    }
    end = {"end": True, "count": len(entities) if count is None else count}
    return b"".join(json.dumps(line).encode() + b"\n" for line in (head, *entities, end))


def page(*items: dict, next: str, end: bool = True) -> dict:
    return {"items": list(items), "next": next, "end": end, "last": 99, "log": "one"}


def change(id: str, before: dict | None, after: dict | None, at: str, **more) -> dict:
    return {"id": id, "type": "need", "sequence": int(at), "position": at, "at": "", "kind": "",
            "before": before, "after": after, "merged_into": None} | more  # fmt: skip


def test_a_dump_that_was_cut_off_leaves_the_copy_as_it_was(tmp_path):
    whole, gone = dumped(5, entity("a"), entity("b")), answer(410, problem(410, "position-gone"))
    ends = dumped(9, entity("c"), count=2)
    script = [answer(200, whole), answer(200, page(next="5"))]
    script += [gone, cut(whole[:150], len(whole)), cut(whole[:150], 150), answer(200, ends)]
    with Peer(script) as peer, Mirror(asking(peer), tmp_path / "copy") as mirror:
        assert mirror.sync().begun == "first"
        assert mirror.get("old") == entity("a")
        for _ in range(3):
            with pytest.raises(UnreachableError):
                mirror.sync()
            assert list(mirror) == [entity("a"), entity("b")]


def test_a_copy_is_taken_up_where_it_was_left_and_each_page_counts_whole_or_not(tmp_path):
    first = change("a", entity("a"), entity("a", year=1), "6")
    second = change("b", None, entity("b"), "7")
    wrong = change("a", entity("a"), entity("a", year=2), "8")  # it is of year 1 by now
    script = [
        answer(200, dumped(5, entity("a"))),
        answer(200, page(first, next="6", end=False)),
        answer(200, page(second, wrong, next="8")),
        answer(200, dumped(8, entity("a", year=2), entity("b"))),
        answer(200, page(next="8")),
    ]
    with Peer(script) as peer:
        with Mirror(asking(peer), tmp_path / "copy") as mirror:
            with pytest.raises(MirrorError):  # begun just now, it must fit
                mirror.sync()
            assert list(mirror) == [entity("a", year=1)]
            assert mirror.position == "6"
        peer.script.insert(0, answer(200, page(second, wrong, next="8")))
        with Mirror(asking(peer), tmp_path / "copy") as mirror:
            assert mirror.sync().begun == "differs"
            assert list(mirror) == [entity("a", year=2), entity("b")]
            assert peer.asked[-1].path.startswith("/api/v1/changes?since=8&")


def test_a_service_set_back_to_an_older_state_has_the_copy_begun_anew(tmp_path):
    behind = answer(400, problem(400, "bad-parameter", parameter="since"))
    script = [answer(200, dumped(5, entity("a"))), answer(200, page(next="5")), behind]
    script += [answer(200, dumped(3)), answer(200, page(next="3"))]
    with Peer(script) as peer, Mirror(asking(peer), tmp_path / "copy") as mirror:
        mirror.sync()
        assert mirror.sync().begun == "gone"
        assert len(mirror) == 0


def test_a_copy_names_the_log_that_its_position_is_of(tmp_path):
    gone = answer(410, problem(410, "position-gone"))
    script = [answer(200, dumped(5, entity("a"))), answer(200, page(next="5")), gone]
    script += [answer(200, dumped(3)), answer(200, page(next="3"))]
    with Peer(script) as peer, Mirror(asking(peer), tmp_path / "copy") as mirror:
        mirror.sync()
        assert mirror.sync().begun == "gone"
        assert all(one.path.endswith("&log=one") for one in peer.asked if "changes" in one.path)


def test_a_copy_follows_and_tells_while_the_service_is_away(tmp_path):
    made = page(change("b", None, entity("b"), "6"), next="6")
    script = [answer(200, dumped(5)), answer(200, page(next="5")), AWAY, AWAY, AWAY, AWAY]
    with Peer([*script, answer(200, made)]) as peer, Mirror(asking(peer), tmp_path / "c") as mirror:
        reports = []
        for report in mirror.follow(wait=1):
            reports.append(report)
            if report.applied:
                break
        assert [bool(report.away) for report in reports] == [False, True, False]


def test_a_file_that_holds_something_else_is_left_alone(tmp_path):
    with Peer([answer(200, {})]) as one, Peer([answer(200, {})]) as two:
        Mirror(asking(one), tmp_path / "copy").close()
        with pytest.raises(MirrorError, match="copy of"):
            Mirror(asking(two), tmp_path / "copy")
        with sqlite3.connect(tmp_path / "accounts") as other:
            other.execute("CREATE TABLE accounts (id)")
        other.close()
        (tmp_path / "letter").write_text("Dear all, " * 200)
        for name in ("accounts", "letter"):
            with pytest.raises(MirrorError):
                Mirror(asking(one), tmp_path / name)


# Webhooks

SECRET = sending.new_secret()


def headers(body: bytes, at: int, *secrets: str) -> dict[str, str]:
    signatures = " ".join(sending.sign(secret, "m1", at, body) for secret in secrets)
    return {"Webhook-Id": "m1", "WEBHOOK-TIMESTAMP": str(at), "webhook-signature": signatures}


def test_a_message_of_the_service_is_read_and_any_other_refused():
    body, now = b'{"type": "ping", "changes": []}', int(time.time())
    good = headers(body, now, SECRET)
    other = sending.new_secret()
    assert verify_webhook(SECRET, good, body)["type"] == "ping"
    assert verify_webhook([other, SECRET], good, body)
    assert verify_webhook(SECRET, headers(body, now, other, SECRET), body)
    forged = {
        "another secret": (other, good, body),
        "another body": (SECRET, good, body + b" "),
        "another id": (SECRET, good | {"Webhook-Id": "m2"}, body),
        "too old": (SECRET, headers(body, now - 400, SECRET), body),
        "from the future": (SECRET, headers(body, now + 400, SECRET), body),
        "no time": (SECRET, good | {"WEBHOOK-TIMESTAMP": "-1"}, body),
        "no signature": (SECRET, good | {"webhook-signature": ""}, body),
        "another version": (
            SECRET, good | {"webhook-signature": good["webhook-signature"].replace("v1", "v2")}, body,
        ),
        "no header": (SECRET, {"webhook-id": "m1"}, body),
        "no secret": ([], good, body),
    }  # fmt: skip
    passed = []
    for name, (secret, given, sent) in forged.items():
        with contextlib.suppress(WebhookError):
            verify_webhook(secret, given, sent)
            passed.append(name)
    assert passed == []
    for empty in ("", "whsec_", "whsec_" + base64.b64encode(b"short").decode(), "not base64"):
        with pytest.raises(ValueError, match="whsec_"):
            verify_webhook(empty, good, body)
