"""Webhooks on a real Neo4j with real receivers: in order, signed, and neither lost nor for ever."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from matchmaker.errors import BadRequestError, ConflictError, NotAllowedError, NotFoundError
from matchmaker.permissions import PUBLIC, SYSTEM, Caller, Scope
from matchmaker.usecases import accounts
from matchmaker.usecases.feeding import webhooks
from matchmaker.usecases.feeding.delivering import Deliverer, Schedule
from matchmaker.usecases.feeding.sending import Limits
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.web.accounts.conftest import Person
from tests.web.feeding import receiver
from tests.web.feeding.receiver import Receiver, answer, is_signed

Json = dict[str, Any]
QUICK = Schedule(first=0.3, factor=1.5, longest=1, give_up=60, look=0.05, lease=3)
LIMITS = Limits(connect=1, total=1.5)
PASSWORD = "a sentence for the owner of a webhook"


@pytest.fixture(scope="module")
def service(live: Service) -> Service:
    live.settings = replace(live.settings, webhook_private=True)
    return live


@pytest.fixture(autouse=True)
def clean(service: Service, ask: Callable[..., list[Json]]) -> None:
    ask("MATCH (r:Webhook) DELETE r")
    ask("MATCH (r:WebhookDelivery) DELETE r")


@pytest.fixture
def owner(service: Service) -> Caller:
    email = f"owner{service.records.count('account')}@network.example"
    made = accounts.invite(service, SYSTEM, email=email, role="portal")
    accounts.accept_invitation(service, made.link.rpartition("/")[2], PASSWORD)
    return accounts.get_account(service, SYSTEM, made.account.id).caller


@contextlib.contextmanager
def delivering(service: Service, schedule: Schedule = QUICK) -> Iterator[Deliverer]:
    running = Deliverer(service, schedule, LIMITS).start()
    try:
        yield running
    finally:
        running.stop()


def need_of(service: Service, identifier: str, title: str = "A need") -> Json:
    held = next(iter(service.snapshot.of_type("need").values()))
    return held.as_json() | {"id": identifier, "title": f"Made-up {title}"}


def change(service: Service, count: int, identifier: str = "hook-need") -> list[int]:
    found = []
    for number in range(count):
        title = f"{time.monotonic_ns()} {number}"
        made = service.put(need_of(service, identifier, title), actor="tests")
        assert made is not None
        found.append(made.sequence)
    return found


def wait_until(check: Callable[[], Any], seconds: float = 30) -> Any:
    until = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def taken(there: Receiver) -> list[int]:
    """Return what a receiver that keeps identifiers has taken: sequences, in order of arrival."""
    known: set[str] = set()
    found = []
    for message in there.messages:
        if message.id not in known:
            known.add(message.id)
            found += [item["sequence"] for item in message.changes]
    return found


def test_changes_arrive_in_order_signed_and_in_batches(service: Service, owner: Caller) -> None:
    with Receiver() as there:
        made = webhooks.create_webhook(service, owner, there.url)
        sequences = change(service, 5)
        with delivering(service):
            wait_until(lambda: taken(there) == sequences)
            more = change(service, 2)
            wait_until(lambda: taken(there) == sequences + more)
    first = there.messages[0]
    assert first.document["type"] == "changes"
    assert first.document["delivery"] == first.id
    assert first.document["webhook"] == made.webhook["id"]
    assert len(first.changes) == 5
    assert all(is_signed(message, made.secret) for message in there.messages)
    assert "actor" not in first.changes[0]


def test_a_large_load_comes_in_batches_of_at_most_a_hundred_each_change_once(
    service: Service, owner: Caller
) -> None:
    with Receiver() as there:
        webhooks.create_webhook(service, owner, there.url, types=["city", "partner"], since="0")
        wanted = len(service.snapshot.of_type("city")) + len(service.snapshot.of_type("partner"))
        with delivering(service):
            wait_until(lambda: sum(len(m.changes) for m in there.messages) >= wanted)
            time.sleep(0.5)
    items = [item for message in there.messages for item in message.changes]
    assert len(items) == wanted
    assert {item["type"] for item in items} == {"city", "partner"}
    assert len({item["id"] for item in items}) == wanted
    assert max(len(message.changes) for message in there.messages) <= 100


def test_what_fails_stalls_or_lies_is_sent_again_the_same_until_it_is_taken(
    service: Service, owner: Caller
) -> None:
    trouble = [
        answer(500), receiver.drop, receiver.drop_in_the_middle, receiver.stall, receiver.drip,
        answer(302, "Location: http://169.254.169.254/"), receiver.babble,
    ]  # fmt: skip
    count = len(trouble)
    with Receiver(trouble) as there:
        made = webhooks.create_webhook(service, owner, there.url)
        with delivering(service):
            sequences = change(service, 1)
            there.wait(count + 1, 60)
            sequences += change(service, 1)
            there.wait(count + 2)
            wait_until(lambda: taken(there) == sequences)
    ids = [message.id for message in there.messages]
    assert len(set(ids[: count + 1])) == 1
    assert ids[-1] != ids[0]
    told = webhooks.get_webhook(service, owner, made.webhook["id"])
    assert (told["last_error"], told["failures"]) == ("", 0)


def test_who_takes_over_from_a_killed_deliverer_sends_the_same_again_under_the_same_name(
    service: Service, owner: Caller
) -> None:
    with Receiver([receiver.stall, receiver.stall]) as there:
        made = webhooks.create_webhook(service, owner, there.url)
        sequences = change(service, 3)
        with delivering(service):
            there.wait(1)
        # Stopped while the message was out: its fate is unknown, so it comes again.
        with delivering(service):
            wait_until(lambda: len(there.messages) >= 3)
            wait_until(lambda: under_way(service, owner, made) is None)
    assert len({message.id for message in there.messages}) == 1
    assert taken(there) == sequences


def under_way(service: Service, owner: Caller, made: webhooks.NewWebhook) -> Any:
    return webhooks.get_webhook(service, owner, made.webhook["id"])["under_way"]


def test_two_deliverers_do_not_send_the_same_twice(service: Service, owner: Caller) -> None:
    with Receiver() as there:
        webhooks.create_webhook(service, owner, there.url)
        with delivering(service), delivering(service):
            sequences = []
            for _ in range(5):
                sequences += change(service, 2)
            wait_until(lambda: taken(there) == sequences)
        assert len({m.id for m in there.messages}) == len(there.messages)


def test_what_is_never_taken_is_a_dead_letter_that_can_be_sent_again(
    service: Service, owner: Caller
) -> None:
    impatient = replace(QUICK, give_up=1)
    with Receiver(usual=answer(503)) as there:
        made = webhooks.create_webhook(service, owner, there.url)
        number = made.webhook["id"]
        sequences = change(service, 1)
        with delivering(service, impatient):
            dead = wait_until(lambda: letters(service, owner, number))
            assert dead[0]["error"] == "The receiver answered 503."
            assert dead[0]["attempts"] > 1
            there.usual = answer(200)
            later = change(service, 1)  # goes on with what follows
            wait_until(lambda: there.messages[-1].changes[0]["sequence"] == later[0])
            webhooks.replay_delivery(service, owner, number, dead[0]["id"])
            again = wait_until(lambda: letters(service, owner, number, "delivered"))
    assert again[0]["id"] == dead[0]["id"] == there.messages[-1].id
    assert [item["sequence"] for item in there.messages[-1].changes] == sequences
    with pytest.raises(ConflictError):
        webhooks.replay_delivery(service, owner, number, dead[0]["id"])


def letters(service: Service, owner: Caller, number: str, state: str = "dead") -> list[Json]:
    return list(webhooks.list_deliveries(service, owner, number, state=state).items)


def test_after_three_dead_letters_in_a_row_it_stops_and_can_be_resumed(
    service: Service, owner: Caller
) -> None:
    hopeless = replace(QUICK, give_up=0.01)
    with Receiver(usual=answer(500)) as there:
        made = webhooks.create_webhook(service, owner, there.url)
        number = made.webhook["id"]
        with delivering(service, hopeless):
            for count in (1, 2, 3):
                change(service, 1)
                wait_until(lambda count=count: len(letters(service, owner, number)) == count)
            told = wait_until(lambda: stopped(service, owner, number))
            assert "in a row" in told["why"]
            there.usual = answer(200)
            later = change(service, 1)
            webhooks.resume_webhook(service, owner, number)
            wait_until(lambda: there.messages[-1].changes[0]["sequence"] == later[0])


def stopped(service: Service, owner: Caller, number: str) -> Any:
    told = webhooks.get_webhook(service, owner, number)
    return told if told["state"] == "stopped" else None


def test_a_receiver_that_is_gone_is_left_alone(service: Service, owner: Caller) -> None:
    with Receiver([answer(410)]) as there:
        made = webhooks.create_webhook(service, owner, there.url)
        change(service, 1)
        with delivering(service):
            wait_until(lambda: stopped(service, owner, made.webhook["id"]))
            time.sleep(1)
        assert len(there.messages) == 1


def test_paused_it_rests_and_resumed_it_catches_up(service: Service, owner: Caller) -> None:
    with Receiver() as there:
        number = webhooks.create_webhook(service, owner, there.url).webhook["id"]
        webhooks.pause_webhook(service, owner, number)
        with delivering(service):
            sequences = change(service, 2)
            time.sleep(0.7)
            assert there.messages == []
            webhooks.resume_webhook(service, owner, number)
            wait_until(lambda: taken(there) == sequences)


def test_everything_after_a_position_is_sent_again_under_new_names(
    service: Service, owner: Caller
) -> None:
    with Receiver() as there:
        number = webhooks.create_webhook(service, owner, there.url).webhook["id"]
        sequences = change(service, 2)
        with delivering(service):
            wait_until(lambda: taken(there) == sequences)
            webhooks.replay_since(service, owner, number, str(sequences[0] - 1))
            wait_until(lambda: taken(there) == sequences * 2)


def test_a_ping_is_sent_once_and_tells_what_became_of_it(service: Service, owner: Caller) -> None:
    with Receiver([answer(200), answer(500)]) as there:
        number = webhooks.create_webhook(service, owner, there.url).webhook["id"]
        with delivering(service):
            webhooks.ping_webhook(service, owner, number)
            wait_until(lambda: letters(service, owner, number, "delivered"))
            webhooks.ping_webhook(service, owner, number)
            wait_until(lambda: letters(service, owner, number, "dead"))
    assert [m.document["type"] for m in there.messages] == ["ping", "ping"]


def test_a_suspended_or_erased_owner_is_sent_nothing(service: Service, owner: Caller) -> None:
    with Receiver() as there:
        number = webhooks.create_webhook(service, owner, there.url).webhook["id"]
        accounts.change_account(service, SYSTEM, owner.account, state="suspended")
        with delivering(service):
            sequences = change(service, 1)
            time.sleep(0.7)
            assert there.messages == []
            accounts.change_account(service, SYSTEM, owner.account, state="active")
            wait_until(lambda: taken(there) == sequences)
            accounts.erase_account(service, SYSTEM, owner.account)
            change(service, 1)
            time.sleep(0.7)
        assert taken(there) == sequences
    assert service.records.get("webhook", number) is None


def test_it_shows_what_its_owner_may_see_when_it_is_delivered(
    service: Service, owner: Caller
) -> None:
    partner = next(iter(service.snapshot.of_type("partner").values()))
    made = accounts.invite(
        service, SYSTEM, email=f"p{service.snapshot.sequence}@network.example", role="partner",
        subjects=[partner.id],
    )  # fmt: skip
    accounts.accept_invitation(service, made.link.rpartition("/")[2], PASSWORD)
    member = accounts.get_account(service, SYSTEM, made.account.id).caller
    narrow = replace(member, scopes=frozenset({Scope.READ, Scope.WEBHOOKS}))
    with Receiver() as public, Receiver() as members, Receiver() as limited:
        webhooks.create_webhook(service, owner, public.url)
        webhooks.create_webhook(service, member, members.url)
        webhooks.create_webhook(service, narrow, limited.url)
        with delivering(service):
            service.put(partner.as_json() | {"contact_office": "Seen by members"}, actor="tests")
            members.wait(1)
            last = change(service, 1)
            for there in (public, limited):
                wait_until(lambda there=there: taken(there) == last)
    assert members.messages[0].changes[0]["after"]["contact_office"] == "Seen by members"
    for there in (public, limited):
        assert all(b"Seen by members" not in message.body for message in there.messages)
    service.put(partner.as_json(), actor="tests")


def test_private_addresses_are_refused_when_it_is_made_and_when_it_is_sent(
    service: Service, owner: Caller
) -> None:
    for url in ("http://169.254.169.254/", "http://10.0.0.1/", "http://[fd00::1]/"):
        with pytest.raises(BadRequestError):
            webhooks.create_webhook(service, owner, url)
    settings = service.settings
    with Receiver() as there:
        number = webhooks.create_webhook(service, owner, there.url).webhook["id"]
        service.settings = replace(settings, webhook_private=False)
        try:
            with pytest.raises(BadRequestError):
                webhooks.create_webhook(service, owner, there.url)
            change(service, 1)
            with delivering(service):
                wait_until(lambda: webhooks.get_webhook(service, owner, number)["last_error"])
        finally:
            service.settings = settings
        assert there.messages == []


def test_another_account_has_no_such_webhook_and_the_public_none_at_all(
    service: Service, owner: Caller, staff: Caller
) -> None:
    number = webhooks.create_webhook(service, owner, "http://127.0.0.1:9999/").webhook["id"]
    for use in (
        webhooks.get_webhook, webhooks.delete_webhook, webhooks.pause_webhook,
        webhooks.resume_webhook, webhooks.ping_webhook, webhooks.list_deliveries,
    ):  # fmt: skip
        with pytest.raises(NotFoundError):
            use(service, staff, number)
        with pytest.raises(NotAllowedError):
            use(service, PUBLIC, number)
    assert webhooks.list_webhooks(service, staff) == []
    assert webhooks.get_webhook(service, SYSTEM, number)["id"] == number


def test_an_account_has_at_most_ten(service: Service, owner: Caller) -> None:
    for _ in range(webhooks.MOST_WEBHOOKS):
        webhooks.create_webhook(service, owner, "http://127.0.0.1:9999/")
    with pytest.raises(ConflictError):
        webhooks.create_webhook(service, owner, "http://127.0.0.1:9999/")


def test_the_api_does_it_all_and_every_answer_fits_its_schema(
    service: Service, owner: Caller
) -> None:
    site: Flask = create_app(service)
    key = accounts.create_key(service, owner, "Hooks", ["read", "webhooks"]).text
    document = site.test_client().get("/api/v1/openapi.json").json
    assert document is not None

    def call(method: str, path: str, status: int, shape: str, body: Any = None) -> Any:
        answer_: TestResponse = site.test_client().open(
            f"/api/v1/webhooks{path}", method=method, json=body,
            headers={"Authorization": f"Bearer {key}"},
        )  # fmt: skip
        assert answer_.status_code == status, answer_.text
        if shape:
            schema = {"$ref": f"#/components/schemas/{shape}", "components": document["components"]}
            jsonschema.validate(answer_.json, schema)
        return answer_.json

    with Receiver() as there:
        made = call("POST", "", 201, "NewWebhook", {"url": there.url, "types": ["need"]})
        number = made["webhook"]["id"]
        assert "secret" not in made["webhook"]
        assert made["secret"] not in str(call("GET", "", 200, "WebhookList"))
        assert call("GET", f"/{number}", 200, "Webhook")["state"] == "active"
        assert call("POST", f"/{number}:pause", 200, "Webhook")["state"] == "paused"
        assert call("POST", f"/{number}:resume", 200, "Webhook")["state"] == "active"
        ping = call("POST", f"/{number}:ping", 202, "Delivery")
        assert call("GET", f"/{number}/deliveries", 200, "DeliveryList")["items"] == [ping]
        call("POST", f"/{number}:replay", 202, "Webhook", {"since": str(service.snapshot.sequence)})
        call("POST", f"/{number}:replay", 409, "Problem", {"delivery": ping["id"]})
        call("POST", f"/{number}:replay", 404, "Problem", {"delivery": "none"})
        call("POST", f"/{number}:replay", 422, "Problem", {})
        call("POST", "", 400, "Problem", {"url": "http://10.0.0.1/"})
        call("POST", "", 400, "Problem", {"url": there.url, "types": ["nothing"]})
        call("POST", "", 422, "Problem", {"url": there.url, "account": "another"})
        call("DELETE", f"/{number}", 204, "")
        call("GET", f"/{number}", 404, "Problem")
    assert site.test_client().get("/api/v1/webhooks").status_code == 401


def test_on_its_pages_an_account_makes_tries_and_deletes_a_webhook(
    service: Service, owner: Caller
) -> None:
    person = Person(create_app(service).test_client())
    email = accounts.get_account(service, SYSTEM, owner.account).email
    assert person.get("/account/webhooks").status_code == 303
    person.sign_in(email, PASSWORD)
    page = "/account/webhooks"
    wrong = person.send(page, filled={"url": "http://10.0.0.1/"})
    assert wrong.status_code == 422
    assert "public internet" in wrong.text
    with Receiver(usual=answer(500)) as there:
        made = person.send(page, filled={"url": there.url, "types": ["need"]})
        assert "whsec_" in made.text
        listed = person.get(page).text
        assert there.url.replace("&", "&amp;") in listed
        assert "whsec_" not in listed
        number = webhooks.list_webhooks(service, owner)[0]["id"]
        one = f"{page}/{number}"
        change(service, 1)
        with delivering(service, replace(QUICK, give_up=0.01)):
            dead = wait_until(lambda: letters(service, owner, number))
        assert "The receiver answered 500." in person.get(one).text
        for path, filled in (
            (f"{one}/pause", {}), (f"{one}/resume", {}), (f"{one}/ping", {}),
            (f"{one}/replay", {"delivery": dead[0]["id"]}), (f"{one}/replay", {"since": "1"}),
        ):  # fmt: skip
            done = person.send(one, path, filled)
            assert done.status_code == 303
            assert 'role="status"' in person.get(done.headers["Location"]).text
        assert person.send(one, f"{one}/replay", {"since": "never"}).status_code == 422
        assert person.client.post(f"{one}/delete").status_code == 403  # without the form's token
        assert person.send(one, f"{one}/delete").status_code == 303
    assert webhooks.list_webhooks(service, owner) == []
    assert person.get(one).status_code == 404
