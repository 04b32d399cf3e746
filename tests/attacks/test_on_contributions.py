"""Attacks on what is contributed, kept apart and delivered: theft, oracles, other people's answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from matchmaker.permissions import SYSTEM
from matchmaker.usecases import accounts
from matchmaker.usecases.contributing import writing
from matchmaker.usecases.feeding.sending import Limits, new_secret, send
from matchmaker.usecases.service import Service
from tests.cast import Cast, join
from tests.web.feeding.receiver import Receiver, answer

API = "/api/v1"
Call = Callable[..., TestResponse]
PATCH = "application/merge-patch+json"
NEED = {
    "title": "Made up", "city": "phuket", "description": "Made up.", "topics": ["air-quality"],
    "support_types": ["finance"], "year": 2026,
}  # fmt: skip
CITED = {
    **NEED,
    "source": ["house"],
    "locator": ["p. 1"],
    "date": "2026-03-01",
    "source_held": True,
}


@pytest.fixture
def call(site: Flask) -> Call:
    """Return a function that asks the API something with a key."""
    client = site.test_client(use_cookies=False)

    def run(method: str, path: str, body: Any = None, key: str = "", **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        if method == "PATCH":
            sent["Content-Type"] = PATCH
        return client.open(API + path, method=method, json=body, headers=sent)

    return run


# --- theft ---------------------------------------------------------------------------------------


def test_a_need_is_not_stolen_by_writing_another_city_into_it(
    live: Service, cast: Cast, call: Call
) -> None:
    victim, thief = "jakarta-scap2018-1", cast["officer"].key()
    before, sequence = live.snapshot.entities[victim], live.snapshot.sequence
    document = {**before.as_json(), "city": "phuket"}
    for method, path, body in (
        ("PUT", f"/needs/{victim}", document),
        ("PUT", f"/needs/{victim}", {**NEED, "id": victim}),
        ("PATCH", f"/needs/{victim}", {"city": "phuket"}),
        ("PATCH", f"/needs/{victim}", {"city": "phuket", "title": "Ours now"}),
        ("POST", f"/needs/{victim}:withdraw", None),
    ):
        told = call(method, path, body, key=thief)
        assert told.status_code == 202, told.text[:300]
    for method, path, body in (
        ("DELETE", f"/needs/{victim}", None),
        ("POST", f"/needs/{victim}:merge", {"into": "phuket-scap2018-1"}),
        ("POST", "/needs/phuket-scap2018-1:merge", {"into": victim}),
        ("PATCH", "/cities/jakarta", {"name": "Ours"}),
        ("PATCH", "/countries/country-thailand", {"name": "Ours"}),
    ):
        assert call(method, path, body, key=thief).status_code == 403, path
    # Neither is one's own need given to another city, nor made in its name.
    told = call("PATCH", "/needs/phuket-scap2018-1", {"city": "jakarta"}, key=thief)
    assert told.status_code == 202
    assert call("POST", "/needs", {**NEED, "city": "jakarta"}, key=thief).status_code == 202
    assert live.snapshot.entities[victim] == before
    assert live.snapshot.sequence == sequence


def test_an_officer_publishes_nothing_of_another_city_not_even_what_he_submitted(
    live: Service, cast: Cast, call: Call
) -> None:
    thief = cast["officer"].key()
    own = call("POST", "/needs", {**NEED, "city": "jakarta", "title": "By a thief"}, key=thief)
    moved = call("PATCH", "/needs/jakarta-scap2018-2", {"city": "phuket"}, key=thief)
    for submission in (own.json["submission"], moved.json["submission"]):
        for decision in ("publish", "refuse"):
            body = {"decision": decision, "reason": "Mine.", "rebase": True}
            told = call("POST", f"/submissions/{submission}:decide", body, key=thief)
            assert told.status_code == 403, told.text[:300]
    assert live.snapshot.entities["jakarta-scap2018-2"].refs("city") == ("jakarta",)
    claim = call("POST", "/partners/jica:claim", {"note": "Me."}, key=cast["partner"].key())
    for name in ("partner", "officer", "representative", "portal"):
        told = call("POST", f"/claims/{claim.json['id']}:decide", {"decision": "grant"},
                    key=cast[name].key())  # fmt: skip
        assert told.status_code == 403


def test_a_report_is_closed_by_those_whose_it_is_and_not_by_who_made_it(
    cast: Cast, call: Call
) -> None:
    reporter = cast["other officer"].key()
    body = {"entity": "phuket", "message": "Made up."}
    made = call("POST", "/reports", body, key=reporter).json
    decision = {"state": "dismissed", "reason": "No."}
    for name in ("other officer", "portal", "partner", "other partner", "representative"):
        told = call("POST", f"/reports/{made['id']}:decide", decision, key=cast[name].key())
        assert told.status_code == 403, name
    assert call("POST", f"/reports/{made['id']}:decide", decision,
                key=cast["officer"].key()).status_code == 200  # fmt: skip


def test_the_key_of_a_sandbox_writes_nothing_whatever_it_is_asked(
    live: Service, site: Flask, cast: Cast, call: Call
) -> None:
    key = cast["administrator"].key(sandbox=True)
    counts = {k: live.records.count(k) for k in ("submission", "claim", "report", "key", "account",
                                                "webhook", "upload")}  # fmt: skip
    sequence = live.snapshot.sequence
    for method, path, body in (
        ("POST", "/needs", CITED), ("PUT", "/needs/sandbox", CITED),
        ("PATCH", "/needs/phuket-scap2018-1", {"title": "Changed"}),
        ("DELETE", "/needs/phuket-scap2018-2", None),
        ("POST", "/needs/phuket-scap2018-1:withdraw", None),
        ("POST", "/needs/phuket-scap2018-1:merge", {"into": "phuket-scap2018-2"}),
        ("POST", "/me/keys", {"name": "More", "scopes": ["write"]}),
        ("POST", "/accounts", {"email": "a@b.example", "role": "portal"}),
        ("PATCH", f"/accounts/{cast['portal'].caller.account}", {"state": "suspended"}),
        ("POST", "/webhooks", {"url": "https://portal.example"}),
        ("POST", "/reports", {"entity": "adb", "message": "x"}),
    ):  # fmt: skip
        for query in ("", "?validate="):
            told = call(method, path + query, body, key=key)
            assert told.status_code in (200, 201, 400, 403, 409), (path, told.text[:200])
            if told.status_code < 300:
                assert told.json["outcome"] == "checked"
    client = site.test_client()  # pages take keys too: they keep as little
    bearer = {"Authorization": f"Bearer {key}"}
    for path, data in (("/needs/new", CITED), ("/needs/phuket-scap2018-1/withdraw", {}),
                       ("/account/keys", {"name": "x", "scopes": "write"}),
                       ("/admin/accounts", {"email": "a@b.example", "role": "portal"})):  # fmt: skip
        assert client.post(path, data=data, headers=bearer).status_code < 500
    assert live.snapshot.sequence == sequence
    assert {kind: live.records.count(kind) for kind in counts} == counts


def test_an_upload_in_the_sandbox_or_without_sight_of_all_publishes_nothing(
    live: Service, site: Flask, cast: Cast
) -> None:
    client, sequence = site.test_client(), live.snapshot.sequence
    row = json.dumps({**CITED, "id": "by-upload", "type": "need"})
    options: dict[str, Any] = {"data": row, "content_type": "application/x-ndjson"}
    admin = cast["administrator"]
    told = client.post(f"{API}/uploads", headers=admin.bearer("read", "write"), **options)
    assert told.status_code == 403
    told = client.post(f"{API}/uploads", headers=admin.bearer(sandbox=True), **options)
    assert told.status_code == 202
    until = time.monotonic() + 60
    state = ""
    while state not in ("checked", "refused", "failed") and time.monotonic() < until:
        time.sleep(0.1)
        shown = client.get(told.headers["Location"], headers=admin.bearer())
        state = (shown.json or {})["state"]
    assert state == "checked", shown.text
    assert live.snapshot.sequence == sequence


# --- what tells more than it should ------------------------------------------------------------------


@pytest.fixture(scope="module")
def secret(live: Service) -> str:
    """Return a need of Phuket's with something in it that few may see."""
    document = {**CITED, "id": "with-a-secret", "type": "need", "contact_office": "Mark one",
                "budget": 123456.5, "budget_currency": "THB", "internal_note": "Mark two"}  # fmt: skip
    writing.write(live, SYSTEM, document)
    return "with-a-secret"


def test_no_write_tells_its_writer_what_he_does_not_see(
    live: Service, cast: Cast, call: Call, secret: str
) -> None:
    for name in ("portal", "partner", "other officer"):
        key = cast[name].key()
        hidden = ("123456", "Mark two") + (("Mark one",) if name == "portal" else ())
        for query in ("?validate=only", ""):
            for method, path, body in (
                ("PATCH", f"/needs/{secret}", {"title": f"By {name}"}),
                ("PATCH", f"/needs/{secret}", {"internal_note": None}),
                ("PATCH", f"/needs/{secret}", {"internal_note": "Mark"}),
                ("PATCH", f"/needs/{secret}", {"budget": 123457}),
                ("PUT", f"/needs/{secret}", {**NEED, "title": f"By {name}"}),
                ("POST", f"/needs/{secret}:withdraw", None),
            ):
                told = call(method, path + query, body, key=key)
                assert not [word for word in hidden if word in told.text], (name, path, told.text)
                if "Location" in told.headers and "submissions" in told.headers["Location"]:
                    shown = call("GET", told.headers["Location"].removeprefix(API), key=key)
                    assert not [word for word in hidden if word in shown.text]
    assert live.snapshot.entities[secret].values["internal_note"] == "Mark two"


def test_guessing_a_hidden_value_tells_nothing(cast: Cast, call: Call, secret: str) -> None:
    """A dry run with the right value must not look different from one with a wrong value."""
    key = cast["portal"].key()

    def told(**patch: Any) -> Any:
        answer = call("PATCH", f"/needs/{secret}?validate=only", patch, key=key)
        text = answer.text.replace(json.dumps(next(iter(patch.values()))), "")
        return answer.status_code, text

    assert told(internal_note="Mark two") == told(internal_note="Mark six")
    assert told(budget=123456.5) == told(budget=123456.25)
    assert told(contact_office="Mark one") == told(contact_office="Mark six")


def test_an_entity_tag_confirms_no_guess_of_what_is_hidden(
    live: Service, cast: Cast, call: Call, secret: str
) -> None:
    key = cast["portal"].key()
    seen = call("GET", f"/needs/{secret}", key=key).headers["ETag"]
    held = dict(live.snapshot.entities[secret].as_json())
    staff = call("GET", f"/needs/{secret}", key=cast["secretariat"].key()).headers["ETag"]
    assert seen != staff  # a digest of what each sees
    live.put({**held, "internal_note": "Mark three"}, actor="test")
    version = live.snapshot.version(secret)
    tag = call("GET", f"/needs/{secret}", key=key).headers["ETag"]
    # That something was changed is told, as documented; what it was is not.
    assert tag == f'"{version}-{tag.strip(chr(34)).partition("-")[2]}"'
    told = call("GET", f"/needs/{secret}", key=key, If_None_Match=staff)
    assert told.status_code == 200
    live.put(held, actor="test")


def test_a_list_neither_sorts_nor_filters_by_what_is_hidden(
    cast: Cast, call: Call, secret: str
) -> None:
    for key in ("", cast["portal"].key(), cast["other officer"].key()):
        for query in ("budget.gte=1", "budget=123456.5", "sort=budget", "internal_note=Mark",
                      "sort=-internal_note", "fields=budget", "contact_office=Mark"):  # fmt: skip
            told = call("GET", f"/needs?{query}", key=key)
            assert told.status_code == 400 or "123456" not in told.text, query
        assert secret not in call("GET", "/search?q=Mark%20two", key=key).text
        assert secret not in call("GET", "/needs?q=Mark%20two", key=key).text


# --- other people's answers --------------------------------------------------------------------------


def test_the_idempotency_key_of_another_gives_nobody_his_answer(
    live: Service, cast: Cast, call: Call
) -> None:
    body = {**CITED, "title": "Sent under a key", "internal_note": "For two parties"}
    given = "0123456789"
    mine = call("POST", "/needs", body, key=cast["secretariat"].key(), Idempotency_Key=given)
    assert mine.status_code == 201
    for name in ("portal", "officer", "administrator"):
        other = call("POST", "/needs", {**body, "id": f"by-{name}"}, key=cast[name].key(),
                     Idempotency_Key=given)  # fmt: skip
        assert "Idempotency-Replayed" not in other.headers
        assert mine.json["id"] not in other.text
    nobody = call("POST", "/needs", body, Idempotency_Key=given)
    assert nobody.status_code == 401


def test_a_key_that_may_not_write_is_not_given_the_answer_to_a_write_of_its_account(
    live: Service, cast: Cast, call: Call
) -> None:
    staff = cast["secretariat"]
    body = {**CITED, "title": "Replayed to a lesser key", "internal_note": "For two parties"}
    path, given = "/needs", "replayed-to-a-lesser-key"
    assert call("POST", path, body, key=staff.key(), Idempotency_Key=given).status_code == 201
    told = call("POST", path, body, key=staff.key("read"), Idempotency_Key=given)
    assert told.status_code == 403
    assert "For two parties" not in told.text
    again = call("POST", path, body, key=staff.key(), Idempotency_Key=given)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_who_has_lost_his_role_is_not_given_the_answer_of_the_time_before(
    live: Service, call: Call
) -> None:
    person = join(live, "replayer", "secretariat")
    key = person.key("read", "write", "read:members")
    body = {**CITED, "title": "Replayed after a fall", "internal_note": "For two parties"}
    assert call("POST", "/needs", body, key=key, Idempotency_Key="fall").status_code == 201
    accounts.change_account(live, SYSTEM, person.caller.account, role="portal")
    told = call("POST", "/needs", body, key=key, Idempotency_Key="fall")
    assert "Idempotency-Replayed" not in told.headers
    assert told.status_code != 201


# --- deliveries ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://localhost/", "http://localhost./", "http://LOCALHOST/",
     "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
     "http://017700000001/", "http://0/", "http://0.0.0.0/", "http://[::1]/", "http://[::]/",
     "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:ffff:127.0.0.1]/",
     "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://169.254.169.254/latest/",
     "http://[fd00:ec2::254]/", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/",
     "http://100.64.0.1/", "http://[fe80::1%25eth0]/", "http://[fc00::1]/", "http://224.0.0.1/",
     "http://255.255.255.255/", "http://168.63.129.16/", "http://192.0.0.192/",
     "http://user@8.8.8.8/", "http://8.8.8.8:22/", "http://8.8.8.8:25/", "http://8.8.8.8:0/",
     "ftp://8.8.8.8/", "file:///etc/passwd", "gopher://127.0.0.1:11211/", "//8.8.8.8/",
     "javascript:alert(1)", "http://8.8.8.8#@127.0.0.1/", "http://8.8.8.8\\@127.0.0.1/",
     "http://127.0.0.1%00.example/", "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http:///x",
     "http://8.8.8.8/\r\nHost: evil", "http://[::ffff:a9fe:a9fe]/", "https://127.0.0.1:8443/"],
)  # fmt: skip
def test_no_webhook_leads_into_the_network_of_the_service(
    live: Service, cast: Cast, call: Call, url: str
) -> None:
    count = live.records.count("webhook")
    told = call("POST", "/webhooks", {"url": url}, key=cast["portal"].key())
    assert told.status_code in (400, 422), told.text
    assert live.records.count("webhook") == count
    # Should an address change after it was looked at, the sender looks again.
    assert not send(url, new_secret(), "id", b"{}", limits=Limits(1, 2)).is_good


def test_a_name_that_resolves_to_the_inside_is_refused(
    live: Service, cast: Cast, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    real = socket.getaddrinfo

    def rebound(host: str, port: int, *args: Any, **options: Any) -> Any:
        inner = {"inside.example": "127.0.0.1", "metadata.example": "169.254.169.254"}.get(host)
        return real(inner or host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    for host in ("inside.example", "metadata.example"):
        told = call("POST", "/webhooks", {"url": f"http://{host}/"}, key=cast["portal"].key())
        assert told.status_code == 400
        assert "127." not in told.text
        assert "169.254" not in told.text
        assert not send(f"http://{host}/", new_secret(), "id", b"{}").is_good


def test_a_receiver_that_redirects_leads_nowhere() -> None:
    with Receiver() as inside, Receiver() as outside:
        for status in (301, 302, 303, 307, 308):
            outside.behaviour.append(answer(status, f"Location: {inside.url}"))
            sent = send(outside.url, new_secret(), "id", b"{}", loopback=True)
            assert not sent.is_good
        assert len(outside.wait(5)) == 5
        assert inside.messages == []


def test_the_answer_of_a_receiver_is_shown_to_nobody(live: Service) -> None:
    with Receiver(usual=answer(500, "X-Secret: in-a-header", body=b"in a body")) as receiver:
        sent = send(receiver.url, new_secret(), "id", b"{}", loopback=True)
    assert "in-a-header" not in str(sent)
    assert "in a body" not in str(sent)


def test_members_of_a_webhook_that_are_not_meant_to_be_set_are_refused(
    live: Service, cast: Cast, call: Call
) -> None:
    live_settings = live.settings
    live.settings = replace(live_settings, webhook_private=True)
    try:
        with Receiver() as receiver:
            for member, value in (("account", cast["administrator"].caller.account),
                                  ("scopes", None), ("state", "active"), ("position", "0"),
                                  ("loopback", True), ("pending", {})):  # fmt: skip
                body = {"url": receiver.url, member: value}
                told = call("POST", "/webhooks", body, key=cast["portal"].key())
                assert told.status_code == 422, member
    finally:
        live.settings = live_settings
