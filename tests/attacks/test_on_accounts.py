"""Attacks on accounts: other people's things, more rights than given, stolen and dead credentials."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from matchmaker.errors import SignInRefusedError, TooManyRequestsError
from matchmaker.permissions import SYSTEM, Caller
from matchmaker.usecases import accounts
from matchmaker.usecases.contributing import claims, writing
from matchmaker.usecases.service import Service
from tests.attacks.conftest import HOST
from tests.cast import PASSWORD, Browser, Cast, Member, join
from tests.post import Post

API = "/api/v1"
Open = Callable[[], Browser]


@pytest.fixture
def call(site: Flask) -> Callable[..., TestResponse]:
    """Return a function that asks the API something with a key, or with other headers."""
    client = site.test_client(use_cookies=False)

    def run(method: str, path: str, body: Any = None, key: str = "", **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        return client.open(API + path, method=method, json=body, headers=sent)

    return run


@contextmanager
def mail(live: Service, post: Post, public: str = HOST) -> Iterator[None]:
    """Let the service send mail for a while, and have a public address."""
    before = live.settings
    url = f"smtp://{post.host}:{post.port}"
    live.settings = replace(before, smtp_url=url, mail_from="post@match.example", public_url=public)
    try:
        yield
    finally:
        live.settings = before


def another(live: Service, name: str, role: str = "partner", *subjects: str) -> Member:
    """Return a victim of his own, whom other tests leave alone."""
    return join(live, name, role, subjects)


# --- other people's things ---------------------------------------------------------------------------


def test_the_key_of_another_account_is_neither_revoked_nor_seen(
    live: Service, cast: Cast, call: Any
) -> None:
    victim = cast["partner"]
    held = victim.key("read")
    listed = accounts.list_keys(live, victim.caller)
    thief = cast["officer"].key()
    for one in listed:
        assert call("DELETE", f"/me/keys/{one.id}", key=thief).status_code == 404
    assert {k["id"] for k in call("GET", "/me/keys", key=thief).json["items"]}.isdisjoint(
        one.id for one in listed
    )
    assert call("GET", "/me/keys?account=" + victim.caller.account, key=thief).status_code == 400
    assert call("GET", "/needs?limit=1", key=held).status_code == 200


def test_the_personal_data_of_another_account_is_nobodys_business(cast: Cast, call: Any) -> None:
    victim = cast["partner"]
    for name in ("portal", "other partner", "officer", "representative"):
        key = cast[name].key()
        assert call("GET", f"/accounts/{victim.caller.account}", key=key).status_code == 403
        for query in ("account", "id", "email"):
            told = call("GET", f"/me/data?{query}={victim.caller.account}", key=key)
            assert told.status_code == 400
        assert victim.caller.account not in call("GET", "/me/data", key=key).text
    # The secretariat lists accounts but takes along nobody's data.
    with pytest.raises(Exception, match="not"):
        accounts.export_personal_data(
            cast["secretariat"].service, cast["secretariat"].caller, victim.caller.account
        )


def test_submissions_claims_and_reports_of_others_are_not_shown(
    live: Service, cast: Cast, call: Any
) -> None:
    document = {"type": "need", "title": "Not for other eyes", "city": "phuket", "year": 2026,
                "description": "Made up.", "topics": ["air-quality"],
                "support_types": ["finance"]}  # fmt: skip
    made = writing.create(live, cast["partner"].caller, document).submission
    assert made is not None
    claim = claims.claim(live, cast["partner"].caller, "jica", "Made up.")
    for name in ("portal", "other partner", "other officer", "other representative"):
        key = cast[name].key()
        for path in (f"/submissions/{made.id}", f"/claims/{claim['id']}"):
            assert call("GET", path, key=key).status_code == 403
        for path in ("/submissions", "/claims"):
            assert made.id not in call("GET", path, key=key).text
            assert claim["id"] not in call("GET", path, key=key).text
        told = call("POST", f"/submissions/{made.id}:withdraw", key=key)
        assert told.status_code == 403


def test_the_webhooks_of_another_account_are_as_if_there_were_none(
    live: Service, cast: Cast, call: Any
) -> None:
    fields = {"account": cast["partner"].caller.account, "url": "https://portal.example/secret",
              "types": [], "secret": "whsec_" + "B" * 40, "scopes": None, "state": "active",
              "why": "", "created_at": live.now(), "position": "0", "delivered_at": "",
              "failures": 0, "last_error": "", "pending": None}  # fmt: skip
    hook = live.records.create("webhook", "stolen-hook", fields)
    delivery = {"webhook": hook.id, "kind": "ping", "state": "dead", "at": live.now(),
                "due_at": live.now(), "since": "", "until": "", "attempts": 0, "error": "",
                "begun_at": live.now()}  # fmt: skip
    live.records.create("delivery", "stolen-delivery", delivery)
    for name in ("portal", "other partner", "secretariat"):
        key = cast[name].key()
        for method, path, body in (
            ("GET", "", None), ("GET", "/deliveries", None), ("DELETE", "", None),
            ("POST", ":pause", None), ("POST", ":resume", None), ("POST", ":ping", None),
            ("POST", ":replay", {"since": "0"}),
            ("POST", ":replay", {"delivery": "stolen-delivery"}),
        ):  # fmt: skip
            told = call(method, f"/webhooks/{hook.id}{path}", body, key=key)
            assert told.status_code == 404, (name, path)
        assert "portal.example/secret" not in call("GET", "/webhooks", key=key).text
    owner = cast["partner"].key()
    shown = call("GET", f"/webhooks/{hook.id}", key=owner)
    assert shown.json["state"] == "active"
    assert "whsec_" not in shown.text


def test_a_delivery_is_not_replayed_through_a_webhook_of_ones_own(
    live: Service, cast: Cast, call: Any
) -> None:
    own = live.records.get("webhook", "stolen-hook")
    assert own is not None
    live.records.create(
        "webhook", "own-hook", {**own.fields, "account": cast["portal"].caller.account}
    )
    told = call("POST", "/webhooks/own-hook:replay", {"delivery": "stolen-delivery"},
                key=cast["portal"].key())  # fmt: skip
    assert told.status_code == 404


def test_uploads_are_for_staff_alone(live: Service, cast: Cast, call: Any) -> None:
    upload = live.records.create("upload", "somebodys-upload", {
        "account": "x", "at": live.now(), "state": "failed", "beat_at": live.now(), "faults": [],
        "validate": False,
    })  # fmt: skip
    for name in ("portal", "partner", "officer", "representative"):
        key = cast[name].key()
        assert call("GET", f"/uploads/{upload.id}", key=key).status_code == 403
        assert call("GET", "/uploads", key=key).status_code == 403
        sent = call("POST", "/uploads?type=needs", key=key, Content_Type="text/csv")
        assert sent.status_code == 403


# --- more rights than given --------------------------------------------------------------------------


def test_no_member_of_a_body_sets_what_is_not_meant_to_be_set(
    live: Service, cast: Cast, call: Any
) -> None:
    person = another(live, "mass assigner")
    key, own = person.key(), person.caller.account
    wanted = {"name": "Mine", "scopes": ["read"]}
    for name, value in {
        "account": cast["administrator"].caller.account, "role": "administrator", "digest": "0" * 64,
        "id": "000000000000", "revoked_at": "", "created_at": "", "__class__": "Caller",
    }.items():  # fmt: skip
        assert call("POST", "/me/keys", {**wanted, name: value}, key=key).status_code == 422, name
    decision = {"decision": "publish", "decided_by": "me", "state": "published"}
    admin = cast["administrator"].key()
    assert call("POST", "/submissions/x:decide", decision, key=admin).status_code == 422
    assert (
        call("POST", "/reports", {"entity": "adb", "message": "x", "state": "corrected",
                                  "owners": [own]}, key=key).status_code == 422
    )  # fmt: skip
    need = {"title": "Mine", "city": "phuket", "description": "x", "topics": ["air-quality"],
            "support_types": ["finance"], "year": 2026}  # fmt: skip
    for name, value in {
        "state": "published", "account": "x", "owners": [own], "actor": "secretariat",
        "sequence": 1, "unseen": [], "base": 1, "merged_into": "adb", "visibility": "public",
    }.items():  # fmt: skip
        told = call("POST", "/needs?validate=only", {**need, name: value}, key=key)
        assert told.status_code == 422, (name, told.json)


def test_nobody_raises_himself(live: Service, cast: Cast, call: Any) -> None:
    for name in ("portal", "partner", "officer", "secretariat"):
        member = cast[name]
        path = f"/accounts/{member.caller.account}"
        for change in ({"role": "administrator"}, {"subjects": ["jakarta"]}, {"unlock": True}):
            assert call("PATCH", path, change, key=member.key()).status_code == 403
        assert accounts.get_account(live, SYSTEM, member.caller.account).caller == member.caller


def test_the_secretariat_makes_no_administrator_and_takes_over_no_invitation_of_one(
    live: Service, cast: Cast, call: Any
) -> None:
    key = cast["secretariat"].key()
    for role in ("administrator", "secretariat"):
        body = {"email": f"{role}@evil.example", "role": role}
        assert call("POST", "/accounts", body, key=key).status_code == 403
    made = accounts.invite(live, SYSTEM, email="boss@network.example", role="administrator")
    body = {"email": "BOSS@network.example", "role": "portal"}
    assert call("POST", "/accounts", body, key=key).status_code == 403
    token = made.link.rpartition("/")[2]
    assert accounts.accept_invitation(live, token, PASSWORD).caller.role == "administrator"


def test_a_form_to_register_or_to_accept_gives_no_other_role_or_subject(
    live: Service, site: Flask, browser: Open, post: Post
) -> None:
    with mail(live, post, ""):
        for role in ("administrator", "secretariat", "city_officer", "public", "SYSTEM"):
            told = browser().send("/register", email="me@evil.example", name="Me", role=role)
            assert told.status_code == 422, role
        told = browser().send(
            "/register", email="me@evil.example", name="Me", role="partner", subjects="adb",
            state="active", password=PASSWORD, epoch="7", id="system",
        )  # fmt: skip
        assert told.status_code == 200
        link = post.wait_for(1) and post.links()[0]
    person = browser()
    filled = {"password": PASSWORD, "again": PASSWORD, "role": "administrator", "subjects": "adb",
              "email": "other@evil.example"}  # fmt: skip
    path = "/" + link.split("/", 3)[3]
    assert person.send(path, **filled).status_code == 303
    me = person.get(f"{API}/me").json["account"]  # type: ignore[index]
    assert (me["role"], me["subjects"], me["email"]) == ("partner", [], "me@evil.example")


def test_a_key_makes_no_key_that_reaches_further_than_itself(cast: Cast, call: Any) -> None:
    key = cast["administrator"].key("account")
    for scopes in (["write"], ["account", "read"], ["webhooks"], ["*"], ["ACCOUNT"], []):
        told = call("POST", "/me/keys", {"name": "More", "scopes": scopes}, key=key)
        assert told.status_code in (400, 403, 422), scopes
    portal = cast["portal"].key()
    told = call("POST", "/me/keys", {"name": "More", "scopes": ["read:members"]}, key=portal)
    assert told.status_code == 403


def test_an_entity_cannot_take_the_name_of_an_account_to_own_what_is_its(
    live: Service, cast: Cast
) -> None:
    """Owners are accounts and entities: a partner with an account's identifier would be both."""
    victim = cast["partner"]
    document = {"type": "partner", "id": victim.caller.account, "name": "Nobody", "kind": "company",
                "full_name": "Nobody", "country": "country-thailand", "profile": "Made up.",
                "source": ["house"], "locator": ["p. 1"], "date": "2026-01-01",
                "source_held": True}  # fmt: skip
    with pytest.raises(Exception, match="id: must be a slug"):
        writing.write(live, cast["secretariat"].caller, document)


# --- dead, stolen and misplaced credentials ----------------------------------------------------------


def test_a_key_is_dead_once_revoked_expired_suspended_or_erased(
    live: Service, cast: Cast, call: Any
) -> None:
    def alive(key: str) -> bool:
        status = call("GET", "/needs?limit=1", key=key).status_code
        assert status in (200, 401)
        return bool(status == 200)

    person = another(live, "key holder", "portal")
    made = accounts.create_key(live, person.caller, "One", ["read"])
    assert alive(made.text)
    accounts.revoke_key(live, person.caller, made.key.id)
    assert not alive(made.text)
    made = accounts.create_key(live, person.caller, "Two", ["read"])
    live.records.change("key", made.key.id, lambda f: {**f, "expires_at": live.now()})
    assert not alive(made.text)
    made = accounts.create_key(live, person.caller, "Three", ["read"])
    accounts.change_account(live, SYSTEM, person.caller.account, state="suspended")
    assert not alive(made.text)
    accounts.change_account(live, SYSTEM, person.caller.account, state="active")
    assert alive(made.text)
    accounts.erase_account(live, person.caller)
    assert not alive(made.text)


def test_a_key_whose_account_loses_its_role_loses_what_that_gave(
    live: Service, cast: Cast, call: Any
) -> None:
    person = another(live, "fallen", "administrator")
    key = person.key()
    assert call("GET", "/audit", key=key).status_code == 200
    accounts.change_account(live, SYSTEM, person.caller.account, role="portal")
    assert call("GET", "/audit", key=key).status_code == 403
    assert call("GET", "/accounts", key=key).status_code == 403


def test_a_key_counts_in_its_header_only(site: Flask, cast: Cast, call: Any) -> None:
    key = cast["administrator"].key()
    for name in ("key", "api_key", "apikey", "access_token", "token", "authorization", "bearer"):
        assert call("GET", f"/me?{name}={key}").status_code in (400, 401), name
        assert call("GET", f"/accounts?{name}={key}").status_code in (400, 401), name
    for header in ("X-API-Key", "X-Authorization", "Api-Key", "Token", "Proxy-Authorization",
                   "X-Forwarded-User", "X-Remote-User", "Remote-User"):  # fmt: skip
        told = site.test_client().get(f"{API}/accounts", headers={header: key})
        assert told.status_code == 401, header
    basic = base64.b64encode(f"{key}:".encode()).decode()
    for value in (f"Basic {basic}", key, f"Token {key}", f"Bearer{key}", "Bearer ", "Bearer null",
                  f"Bearer {key}, Bearer {key}", f"Bearer {key} {key}"):  # fmt: skip
        assert call("GET", "/accounts", Authorization=value).status_code == 401, value
    client = site.test_client()
    for cookie in ("matchmaker_session", "__Host-matchmaker", "api_key"):
        client.set_cookie(cookie, key)
    assert client.get(f"{API}/accounts").status_code == 401


def test_a_key_put_together_from_parts_of_others_is_refused(cast: Cast, call: Any) -> None:
    mine, other = cast["portal"].key("read"), cast["administrator"].key()
    secret, target = mine.split("_", 2)[2], "_".join(other.split("_")[:2])
    for made in (f"{target}_{secret}", other[:-1], other + "a", other.upper(), f"{other}\u200b",
                 f"{target}_", f"{target}_{'A' * 43}", f"{target}_{'*' * 43}",
                 other.replace("mk_", "MK_", 1)):  # fmt: skip
        sent = made.encode("utf-8").decode("latin-1")
        assert call("GET", "/accounts", key=sent).status_code == 401, made


def test_a_session_is_no_key_and_a_key_is_no_session(
    site: Flask, cast: Cast, browser: Open, call: Any
) -> None:
    person = browser().enter(cast["administrator"])
    token = person.cookies["matchmaker_session"]
    assert call("GET", "/me", key=token).status_code == 401
    client = site.test_client()
    client.set_cookie("matchmaker_session", cast["administrator"].key())
    assert client.get(f"{API}/me").status_code == 401


def test_a_session_that_was_planted_is_not_taken_over(cast: Cast, site: Flask) -> None:
    victim = Browser(site)
    planted = "A" * 43
    victim.client.set_cookie("matchmaker_session", planted)
    victim.sign_in(cast["partner"].email)
    assert victim.cookies["matchmaker_session"] != planted
    thief = site.test_client()
    thief.set_cookie("matchmaker_session", planted)
    assert thief.get(f"{API}/me").status_code == 401


def test_signing_in_again_ends_the_session_that_was_there(cast: Cast, site: Flask) -> None:
    attacker, victim = Browser(site).enter(cast["portal"]), Browser(site)
    planted = attacker.cookies["matchmaker_session"]
    victim.client.set_cookie("matchmaker_session", planted)
    csrf = attacker.token("/account/keys")  # somebody who planted the session knows its tokens
    told = victim.client.post(
        "/sign-in", data={"csrf_token": csrf, "email": cast["partner"].email, "password": PASSWORD}
    )
    assert told.status_code == 303
    assert attacker.get(f"{API}/me").status_code == 401


def test_stolen_sessions_end_with_a_new_password_a_sign_out_a_suspension_and_a_new_role(
    live: Service, site: Flask
) -> None:
    person = another(live, "session victim", "partner")

    def stolen() -> tuple[Browser, Browser]:
        own = Browser(site).enter(person)
        thief = Browser(site)
        thief.client.set_cookie("matchmaker_session", own.cookies["matchmaker_session"])
        assert thief.get(f"{API}/me").status_code == 200
        return own, thief

    own, thief = stolen()
    assert own.send("/account", "/sign-out").status_code == 303
    assert thief.get(f"{API}/me").status_code == 401
    own, thief = stolen()
    new = "another made-up sentence of the cast"
    filled = {"current": PASSWORD, "password": new, "again": new}
    assert own.send("/account", "/account/password", **filled).status_code == 303
    assert own.get(f"{API}/me").status_code == 200
    assert thief.get(f"{API}/me").status_code == 401
    back = {"current": new, "password": PASSWORD, "again": PASSWORD}
    assert own.send("/account", "/account/password", **back).status_code == 303
    _, thief = stolen()
    accounts.change_account(live, SYSTEM, person.caller.account, role="portal")
    assert thief.get(f"{API}/me").status_code == 401
    _, thief = stolen()
    accounts.change_account(live, SYSTEM, person.caller.account, state="suspended")
    assert thief.get(f"{API}/me").status_code == 401


def test_a_stolen_session_or_key_neither_erases_the_account_nor_changes_its_password(
    live: Service, site: Flask
) -> None:
    person = another(live, "erasure victim", "partner")
    thief = Browser(site).enter(person)
    told = thief.send("/account", "/account/erase", sure="yes", erase_password="a wrong guess")
    assert told.status_code in (403, 422)
    told = thief.send("/account", "/account/erase", sure="yes")
    assert told.status_code in (403, 422)
    new = {"password": "x" * 20 + "abcdef", "again": "x" * 20 + "abcdef"}
    assert thief.send("/account", "/account/password", **new).status_code in (403, 422)
    with_key = site.test_client()
    for path, data in (("/account/erase", {"sure": "yes"}), ("/account/password", new)):
        told = with_key.post(path, data=data, headers=person.bearer())
        assert told.status_code in (403, 422, 429)
    assert accounts.get_account(live, SYSTEM, person.caller.account).state == "active"


# --- guessing ------------------------------------------------------------------------------------


def test_no_spelling_of_an_address_gets_around_the_lock_out(live: Service, site: Flask) -> None:
    person = another(live, "locked")
    spellings = [person.email, person.email.upper(), f" {person.email} ", person.email.title(),
                 f"{person.email}\u0000", f"{person.email}.", person.email.replace("k", "\u212a"),
                 f"\u200b{person.email}", person.email.replace("@", "%40")]  # fmt: skip
    browser = Browser(site)
    statuses = [browser.sign_in(email, "a wrong guess").status_code for email in spellings * 2]
    assert set(statuses) <= {403, 422, 429}
    assert browser.sign_in(person.email).status_code == 429  # the right one comes too late
    assert browser.sign_in(person.email.upper()).status_code == 429


def test_guesses_made_all_at_once_are_not_more_than_one_after_another(live: Service) -> None:
    person = another(live, "guessed at once")
    tried: list[str] = []

    def guess(number: int) -> None:
        try:
            accounts.sign_in(live, person.email, f"a wrong guess {number}")
        except SignInRefusedError:
            tried.append("judged")
        except TooManyRequestsError:
            tried.append("waits")

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tried) == 20
    assert tried.count("judged") <= 5


def test_the_time_of_a_refusal_does_not_tell_who_has_an_account(live: Service) -> None:
    known = [another(live, f"timed {number}") for number in range(6)]

    def takes(email: str) -> float:
        begun = time.perf_counter()
        with pytest.raises(SignInRefusedError):
            accounts.sign_in(live, email, "a wrong guess")
        return time.perf_counter() - begun

    pairs = [
        (takes(member.email), takes(f"nobody{number}@cast.example"))
        for number, member in enumerate(known)
        for _ in range(3)
    ]
    with_account, without = median(a for a, _ in pairs), median(b for _, b in pairs)
    # Hashing takes some 0.1 s: an answer that left it out would come in a tenth of the time.
    assert 0.6 < with_account / without < 1.7, (with_account, without)


def test_neither_reset_nor_registration_nor_sign_in_tells_who_has_an_account(
    live: Service, site: Flask, cast: Cast, post: Post
) -> None:
    def told(page: str, email: str, **filled: str) -> tuple[int, str]:
        answer = Browser(site).send(page, email=email, **filled)
        text = answer.text.replace(email, "")
        return answer.status_code, text.partition("<main")[2].partition("csrf_token")[0]

    nobody, somebody = "nobody-at-all@cast.example", cast["portal"].email
    with mail(live, post):
        Pages = (("/password-reset", {}), ("/register", {"role": "portal", "name": "Me"}))
        for page, filled in Pages:
            assert told(page, nobody, **filled) == told(page, somebody, **filled), page
    wrong = {"password": "a wrong guess"}
    assert told("/sign-in", nobody, **wrong) == told("/sign-in", somebody, **wrong)


@pytest.mark.parametrize("page", ["/password-reset", "/register"])
def test_nobody_floods_the_mailbox_of_another(
    live: Service, site: Flask, post: Post, page: str
) -> None:
    for known in (True, False):
        email = f"flooded-{page[1:4]}-{known}@cast.example".lower()
        if known:
            member = join(live, email.partition("@")[0], "portal")
            assert member.email == email
        before = len(post.messages)
        with mail(live, post):
            answers = [
                Browser(site).send(page, email=email, role="portal", name="Me").status_code
                for _ in range(8)
            ]
        assert answers == [200] * 5 + [429] * 3  # the same for both: counted by address
        time.sleep(0.3)
        sent = len(post.messages) - before
        assert sent <= 5


def test_a_mailed_link_leads_to_the_public_address_whatever_the_request_calls_us(
    live: Service, site: Flask, cast: Cast, post: Post
) -> None:
    with mail(live, post, ""):
        page = site.test_client().get("/password-reset").text
        assert "csrf_token" in page
    with mail(live, post):
        client = site.test_client()
        options = {"base_url": HOST}
        page = client.get("/password-reset", **options).text
        csrf = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        evil = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example",
                "X-Forwarded-Proto": "http", "X-Original-Host": "evil.example"}  # fmt: skip
        data = {"csrf_token": csrf, "email": cast["portal"].email}
        assert client.post("/password-reset", data=data, headers=evil, **options).status_code == 200
        other = site.test_client()
        other.set_cookie("__Host-matchmaker-form", client.get_cookie(
            "__Host-matchmaker-form", domain="match.example").value,  # type: ignore[union-attr]
            domain="evil.example")  # fmt: skip
        other.post("/password-reset", data=data, base_url="https://evil.example")
        messages = post.wait_for(2)
        assert all(link.startswith(f"{HOST}/account/reset/") for link in post.links())
        assert "evil.example" not in "".join(str(message) for message in messages)


def test_no_name_or_address_puts_a_header_into_a_message(
    live: Service, cast: Cast, call: Any, post: Post
) -> None:
    with mail(live, post):
        key = cast["administrator"].key()
        for email in ("a@b.example\r\nBcc: c@evil.example", "a@b.example%0d%0aBcc: c@evil.example",
                      "a@b.example\nSubject: x", '"a\r\nBcc: x"@b.example', "a@b.example,c@d.example",
                      "a@b.example\u2028Bcc: c@d.example", "<a@b.example>"):  # fmt: skip
            body = {"email": email, "role": "portal", "name": "x"}
            assert call("POST", "/accounts", body, key=key).status_code == 400, email
        body = {"email": "fine@b.example", "role": "portal", "name": "A\r\nBcc: c@evil.example"}
        assert call("POST", "/accounts", body, key=key).status_code == 201
        (message,) = post.wait_for(1)
        assert message.get_all("Bcc") is None
        assert post.recipients == [["fine@b.example"]]


def test_a_guessed_or_worn_link_opens_nothing(live: Service, site: Flask) -> None:
    made = accounts.invite(live, SYSTEM, email="late@network.example", role="portal")
    token = made.link.rpartition("/")[2]
    accounts.accept_invitation(live, token, PASSWORD)
    browser = Browser(site)
    for tried in (token, token[:-1], "A" * 43, "x", "%2e%2e", "a" * 5000, "%00", "null"):
        for path in ("first", "invitation", "reset"):
            answer = browser.get(f"/account/{path}/{tried}")
            assert answer.status_code in (400, 403, 404), (path, tried)


def test_a_link_of_a_suspended_account_does_not_let_it_in_again(live: Service) -> None:
    person = another(live, "suspended with a link")
    link = accounts.issue_reset_link(live, SYSTEM, person.caller.account)
    accounts.change_account(live, SYSTEM, person.caller.account, state="suspended")
    with pytest.raises(Exception, match="does not work"):
        accounts.reset_password(live, link.rpartition("/")[2], "a whole new sentence here")


def test_a_caller_made_up_of_nothing_owns_nothing() -> None:
    assert not Caller().owns({""})
    assert not Caller().owns(())
    assert not Caller(account="a", subjects=frozenset({"b"})).owns({""})
