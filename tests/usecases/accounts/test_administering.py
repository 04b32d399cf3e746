"""Invitations, keys, changes, audit, export and erasure, with a real database."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchmaker.accounts.model import scopes_of
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    KeyRefusedError,
    LinkRefusedError,
    MailError,
    NotAllowedError,
    NotFoundError,
    SignInNeededError,
    SignInRefusedError,
    VersionConflictError,
)
from matchmaker.permissions import PUBLIC, SYSTEM, Caller, Role, Scope
from matchmaker.usecases import accounts as use
from matchmaker.usecases.permitting import permit
from tests.post import Post

PASSWORD, EMAIL = "a sentence for tests only", "new@cities.example"


def actions(live, account=None):
    return [e.action for e in use.audit_events(live, SYSTEM, account=account, limit=200).items]


def token_of(link):
    return link.rpartition("/")[2]


# Invitations


def test_an_invitation_is_accepted_once_and_opens_a_session(live):
    invited = use.invite(live, SYSTEM, email=EMAIL, role="city_officer", subjects=["phuket"])
    assert invited.link.startswith("https://cities.example/account/invitation/")
    assert not invited.mailed
    session = use.accept_invitation(live, token_of(invited.link), PASSWORD)
    assert use.caller_of_session(live, session.token) == Caller(
        Role.CITY_OFFICER, invited.account.id, frozenset({"phuket"})
    )
    with pytest.raises(LinkRefusedError):
        use.accept_invitation(live, token_of(invited.link), "another sentence for tests")
    assert use.sign_in(live, EMAIL, PASSWORD)


def test_a_password_that_is_refused_leaves_the_link_usable(live):
    link = use.invite(live, SYSTEM, email=EMAIL, role="partner").link
    for password in ("short", "new@cities.example"):
        with pytest.raises(BadRequestError):
            use.accept_invitation(live, token_of(link), password)
    assert use.accept_invitation(live, token_of(link), PASSWORD)


def test_an_invitation_ends_after_seven_days_and_is_replaced_by_a_new_one(live, clock):
    first = use.invite(live, SYSTEM, email=EMAIL, role="partner")
    second = use.invite(live, SYSTEM, email=EMAIL, role="partner", subjects=["adb"])
    assert second.account.id == first.account.id
    with pytest.raises(LinkRefusedError):
        use.look_at_link(live, token_of(first.link))
    clock.forward(days=7)
    with pytest.raises(LinkRefusedError):
        use.accept_invitation(live, token_of(second.link), PASSWORD)


@pytest.mark.parametrize(
    ("role", "subjects"),
    [
        ("city_officer", []), ("city_officer", ["adb"]), ("city_officer", ["nowhere"]),
        ("city_officer", ["country-thailand"]), ("national_representative", []),
        ("national_representative", ["phuket"]), ("national_representative", ["country-japan"]),
        ("partner", ["phuket"]), ("portal", ["adb"]), ("secretariat", ["phuket"]),
        ("administrator", ["country-thailand"]), ("public", []), ("emperor", []),
    ],
)  # fmt: skip
def test_subjects_must_fit_the_role(live, role, subjects):
    with pytest.raises(BadRequestError):
        use.invite(live, SYSTEM, email=EMAIL, role=role, subjects=subjects)
    assert use.list_accounts(live, SYSTEM).items == ()


def test_only_an_administrator_invites_staff(live, join):
    secretariat = join("secretariat")
    use.invite(live, SYSTEM, email="waiting@cities.example", role="administrator")
    for role in ("secretariat", "administrator"):
        with pytest.raises(NotAllowedError, match="Only an administrator"):
            use.invite(live, secretariat, email=EMAIL, role=role)
    with pytest.raises(NotAllowedError, match="Only an administrator"):
        use.invite(live, secretariat, email="waiting@cities.example", role="partner")
    assert use.invite(live, secretariat, email=EMAIL, role="partner").link
    assert actions(live, secretariat.account).count("refused") == 3


@pytest.mark.parametrize("role", ["portal", "partner", "city_officer", "national_representative"])
def test_others_invite_nobody(live, join, role):
    with pytest.raises(NotAllowedError):
        use.invite(live, join(role), email=EMAIL, role="partner")


def test_who_has_an_account_cannot_be_invited(live, join):
    join("partner", EMAIL)
    with pytest.raises(ConflictError):
        use.invite(live, SYSTEM, email=EMAIL.upper(), role="partner")


def test_with_a_mail_server_the_link_goes_by_mail_only(live, mail_on, post):
    mail_on()
    invited = use.invite(live, SYSTEM, email=EMAIL, role="partner")
    assert (invited.link, invited.mailed) == ("", True)
    assert post.recipients == [[EMAIL]]
    assert use.accept_invitation(live, token_of(post.links()[0]), PASSWORD)


def test_an_invitation_that_cannot_be_sent_leaves_nothing_behind(live):
    with Post(answer="550 no") as post:
        url = f"smtp://{post.host}:{post.port}"
        without, live.settings = (
            live.settings,
            replace(live.settings, smtp_url=url, mail_from="post@cities.example"),
        )
        with pytest.raises(MailError):
            use.invite(live, SYSTEM, email=EMAIL, role="partner")
        assert use.list_accounts(live, SYSTEM).items == ()
        live.settings = without
        before = use.invite(live, SYSTEM, email=EMAIL, role="partner", subjects=["adb"]).account
        live.settings = replace(without, smtp_url=url, mail_from="post@cities.example")
        with pytest.raises(MailError):
            use.invite(live, SYSTEM, email=EMAIL, role="portal")
    after = use.get_account(live, SYSTEM, before.id)
    assert (after.role, after.subjects) == (Role.PARTNER, ("adb",))


def test_anybody_may_ask_for_an_account_of_a_partner_that_speaks_for_nobody(live, mail_on, post):
    with pytest.raises(NotAllowedError, match="by invitation"):
        use.register(live, email=EMAIL, role="partner", name="An organisation")
    mail_on()
    first = use.register(live, email=EMAIL, role="partner", name="An organisation")
    assert first == use.register(live, email=EMAIL, role="portal", name="Another name")
    caller = use.accept_invitation(live, token_of(post.links()[1]), PASSWORD).caller
    assert (caller.role, caller.subjects) == (Role.PARTNER, frozenset())
    assert use.register(live, email=EMAIL, role="partner", name="Once more") == first
    assert len(post.messages) == 3
    assert len(post.links()) == 2
    for role in ("administrator", "city_officer", "public", "secretariat"):
        with pytest.raises(BadRequestError):
            use.register(live, email=EMAIL, role=role, name="An organisation")


# The first administrator


def test_the_first_link_makes_an_administrator_once(live, clock):
    old, link = use.first_link(live), use.first_link(live)
    assert link is not None
    with pytest.raises(LinkRefusedError):
        use.look_at_link(live, token_of(old))
    with pytest.raises(BadRequestError, match="email"):
        use.accept_invitation(live, token_of(link), PASSWORD)
    clock.forward(hours=23, minutes=59)
    session = use.accept_invitation(live, token_of(link), PASSWORD, email="first@cities.example")
    assert session.caller.role is Role.ADMINISTRATOR
    assert use.first_link(live) is None
    with pytest.raises(LinkRefusedError):
        use.accept_invitation(live, token_of(link), PASSWORD, email="second@cities.example")


def test_the_first_link_ends_after_a_day(live, clock):
    link = use.first_link(live)
    clock.forward(hours=24)
    with pytest.raises(LinkRefusedError):
        use.accept_invitation(live, token_of(link), PASSWORD, email="first@cities.example")
    assert len({a.id for a in use.list_accounts(live, SYSTEM).items}) == 1
    use.first_link(live)
    assert len(use.list_accounts(live, SYSTEM).items) <= 2


def test_the_first_link_cannot_take_somebody_elses_address(live, join):
    join("partner", "partner@cities.example")
    link = use.first_link(live)
    with pytest.raises(ConflictError):
        use.accept_invitation(live, token_of(link), PASSWORD, email="partner@cities.example")
    assert use.accept_invitation(live, token_of(link), PASSWORD, email="first@cities.example")


# Changes


def test_a_change_is_audited_and_lost_updates_are_refused(live, join):
    administrator, partner = join("administrator"), join("partner")
    seen = use.get_account(live, administrator, partner.account)
    use.change_account(
        live, administrator, partner.account, role="city_officer", subjects=["phuket"],
        expected=seen.version,
    )  # fmt: skip
    assert {"role_changed", "subjects_changed"} <= set(actions(live, partner.account))
    with pytest.raises(VersionConflictError):
        use.change_account(live, administrator, partner.account, name="x", expected=seen.version)
    with pytest.raises(BadRequestError, match="subjects"):
        use.change_account(live, administrator, partner.account, role="portal")


def test_restoring_brings_keys_back_and_invited_accounts_stay_invited(live, join):
    partner = join("partner")
    key = use.create_key(live, partner, "sync", ["read"])
    use.change_account(live, SYSTEM, partner.account, state="suspended")
    with pytest.raises(KeyRefusedError):
        use.caller_of_key(live, key.text)
    use.change_account(live, SYSTEM, partner.account, state="active")
    assert use.caller_of_key(live, key.text).account == partner.account
    invited = use.invite(live, SYSTEM, email=EMAIL, role="partner")
    use.change_account(live, SYSTEM, invited.account.id, state="suspended")
    with pytest.raises(LinkRefusedError):
        use.accept_invitation(live, token_of(invited.link), PASSWORD)
    restored = use.change_account(live, SYSTEM, invited.account.id, state="active")
    assert restored.state is use.State.INVITED


def test_the_last_administrator_stays(live, join):
    one = join("administrator")
    for change in ({"state": "suspended"}, {"role": "secretariat"}):
        with pytest.raises(ConflictError, match="last active administrator"):
            use.change_account(live, one, one.account, **change)
    with pytest.raises(ConflictError, match="last active administrator"):
        use.erase_account(live, one)
    assert use.get_account(live, one).state is use.State.ACTIVE


def test_two_administrators_who_suspend_each_other_at_once_do_not_both_succeed(live, join):
    pair = [join("administrator", f"{name}@cities.example") for name in ("one", "two")]
    for _ in range(3):

        def suspend(by, whom):
            with contextlib.suppress(ConflictError):
                use.change_account(live, by, whom.account, state="suspended")

        threads = [threading.Thread(target=suspend, args=(a, b)) for a, b in (pair, pair[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert use.list_accounts(live, SYSTEM, role="administrator", state="active").items
        for one in pair:
            use.change_account(live, SYSTEM, one.account, state="active")


def test_accounts_are_listed_page_by_page_to_staff_only(live, join):
    staff = join("secretariat")
    made = {join("partner", f"p{n}@cities.example").account for n in range(4)}
    seen, cursor = [], ""
    while True:
        page = use.list_accounts(live, staff, role="partner", cursor=cursor, limit=2)
        seen += [account.id for account in page.items]
        cursor = page.next
        if not cursor:
            break
    assert seen == sorted(made)
    with pytest.raises(NotAllowedError):
        use.list_accounts(live, use.get_account(live, SYSTEM, seen[0]).caller)
    for cursor in ("x", "é", "e30", "a" * 1000):
        with pytest.raises(BadRequestError, match="cursor"):
            use.list_accounts(live, staff, cursor=cursor)


def test_an_account_sees_itself_and_no_other(live, join):
    one, other = join("partner"), join("portal")
    assert use.get_account(live, one).id == one.account
    for what in (use.get_account, use.export_personal_data, use.erase_account):
        with pytest.raises(NotAllowedError):
            what(live, one, other.account)
    with pytest.raises(NotFoundError):
        use.get_account(live, SYSTEM, "nobody")


# Keys


def test_a_key_acts_as_its_account_within_its_scopes(live, join):
    officer = join("city_officer")
    made = use.create_key(live, officer, "sync", ["write", "read"])
    assert made.text.startswith(f"{made.key.prefix}_")
    caller = use.caller_of_key(live, made.text)
    assert caller == Caller(
        officer.role, officer.account, officer.subjects, frozenset({Scope.READ, Scope.WRITE}),
        made.key.id,
    )  # fmt: skip
    assert permit(live, caller, "need.write", {"phuket"})
    with pytest.raises(NotAllowedError, match="lacks the scope 'account'"):
        use.list_keys(live, caller)


def test_a_key_is_shown_once_and_kept_nowhere(live, join, ask):
    made = use.create_key(live, join("portal"), "sync", ["read"], sandbox=True)
    secret = made.text.rpartition("_")[2]
    assert secret not in str(ask("MATCH (n:Record) RETURN properties(n) AS fields"))
    assert made.text not in repr(made)
    assert use.caller_of_key(live, made.text).sandbox


def test_a_revoked_or_expired_key_is_dead_from_the_next_request_on(live, join, clock):
    portal = join("portal")
    day = live.now()[:10]
    revoked = use.create_key(live, portal, "one", ["read"])
    expiring = use.create_key(live, portal, "two", ["read"], expires_on=day)
    assert use.caller_of_key(live, revoked.text)
    use.revoke_key(live, portal, revoked.key.id)
    use.revoke_key(live, portal, revoked.key.id)
    with pytest.raises(KeyRefusedError):
        use.caller_of_key(live, revoked.text)
    assert use.caller_of_key(live, expiring.text)
    clock.forward(days=1)
    with pytest.raises(KeyRefusedError):
        use.caller_of_key(live, expiring.text)
    by_name = {key.name: key for key in use.list_keys(live, portal)}
    assert by_name["two"].last_used == day
    assert by_name["one"].revoked_at
    assert actions(live, portal.account).count("key_revoked") == 1


def test_the_last_use_of_a_key_is_written_once_a_day(live, join, clock):
    key = use.create_key(live, join("portal"), "one", ["read"])
    for days, version in ((0, 2), (0, 2), (1, 3)):
        clock.forward(days=days)
        use.caller_of_key(live, key.text)
        assert live.records.get("key", key.key.id).version == version


@pytest.mark.parametrize("text", ["", "mk_", "mk_000000000000_" + "x" * 43, "\ud800", "x" * 10**6])
def test_what_is_no_key_is_refused(live, text):
    with pytest.raises(KeyRefusedError):
        use.caller_of_key(live, text)


def test_a_right_identifier_with_a_wrong_secret_is_refused(live, join):
    made = use.create_key(live, join("portal"), "one", ["read"])
    forged = made.text[:-1] + ("A" if made.text[-1] != "A" else "B")
    with pytest.raises(KeyRefusedError):
        use.caller_of_key(live, forged)


def test_nobody_makes_sees_or_revokes_somebody_elses_keys(live, join):
    portal, partner = join("portal"), join("partner")
    made = use.create_key(live, portal, "one", ["read"])
    with pytest.raises(NotAllowedError):
        use.create_key(live, partner, "mine", ["read"], account=portal.account)
    with pytest.raises(NotAllowedError):
        use.list_keys(live, partner, account=portal.account)
    for key in (made.key.id, "000000000000"):
        with pytest.raises(NotFoundError):
            use.revoke_key(live, partner, key)
    with pytest.raises(SignInNeededError):
        use.revoke_key(live, PUBLIC, made.key.id)
    assert use.caller_of_key(live, made.text)
    use.revoke_key(live, join("administrator"), made.key.id)


def test_a_key_made_with_a_key_ends_with_it_and_one_of_a_sandbox_makes_none(live, join):
    portal, day = join("portal"), live.now()[:10]
    first = use.create_key(live, portal, "one", ["account", "read"], expires_on=day)
    caller = use.caller_of_key(live, first.text)
    second = use.create_key(live, caller, "two", ["read"], expires_on="2099-01-01").key
    assert second.expires_at == first.key.expires_at
    with pytest.raises(NotAllowedError, match="further than its maker"):
        use.create_key(live, caller, "three", ["write"])
    toy = use.create_key(live, portal, "toy", ["account", "read"], sandbox=True)
    with pytest.raises(NotAllowedError, match="sandbox"):
        use.create_key(live, use.caller_of_key(live, toy.text), "four", ["read"])


def test_an_account_has_so_many_keys_and_no_more(live, join):
    portal = join("portal")
    fields = {"account": portal.account, "scopes": ["read"], "revoked_at": "", "expires_at": ""}
    for number in range(50):
        live.records.create("key", f"{number:012x}", fields)
    with pytest.raises(ConflictError, match="at most 50"):
        use.create_key(live, portal, "one more", ["read"])
    use.revoke_key(live, portal, "000000000000")
    assert use.create_key(live, portal, "one more", ["read"])


@pytest.mark.parametrize(
    "values",
    [{"name": " "}, {"name": "x" * 201}, {"scopes": []}, {"scopes": ["all"]},
     {"expires_on": "2020-01-01"}, {"expires_on": "soon"}],
)  # fmt: skip
def test_a_key_that_makes_no_sense_is_refused(live, join, values):
    usual = {"name": "one", "scopes": ["read"], "expires_on": ""} | values
    with pytest.raises(BadRequestError):
        use.create_key(live, join("portal"), usual["name"], usual["scopes"],
                       expires_on=usual["expires_on"])  # fmt: skip


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PUBLIC}))
def test_no_key_reaches_further_than_its_role_or_its_maker(live, join, role):
    caller = join(role)
    may = scopes_of(role)

    @settings(max_examples=8, suppress_health_check=list(HealthCheck), deadline=None)
    @given(
        st.sets(st.sampled_from(sorted(Scope)), min_size=1),
        st.sets(st.sampled_from(sorted(Scope)), min_size=1),
    )
    def holds(wanted, further):
        try:
            first = use.create_key(live, caller, "one", wanted)
        except NotAllowedError:
            assert not wanted <= may
            return
        assert wanted <= may
        with_key = use.caller_of_key(live, first.text)
        assert with_key.scopes == wanted
        try:
            second = use.create_key(live, with_key, "two", further)
            assert further <= wanted
            assert Scope.ACCOUNT in wanted
            use.revoke_key(live, caller, second.key.id)
        except NotAllowedError:
            assert Scope.ACCOUNT not in wanted or not further <= wanted
        use.revoke_key(live, caller, first.key.id)

    holds()


def test_a_role_that_shrinks_takes_scopes_from_keys_that_are_out(live, join):
    partner = join("partner")
    key = use.create_key(live, partner, "one", ["read", "read:members"])
    use.change_account(live, SYSTEM, partner.account, role="portal", subjects=[])
    assert use.caller_of_key(live, key.text).scopes == {Scope.READ}


# Audit


def test_refusals_of_accounts_are_audited_and_pages_of_it_lose_nothing(live, join, clock):
    partner, administrator = join("partner"), join("administrator")
    for _ in range(5):
        clock.forward(seconds=1)
        with pytest.raises(NotAllowedError):
            use.audit_events(live, partner)
    pages, cursor = [], ""
    while True:
        page = use.audit_events(live, administrator, action="refused", cursor=cursor, limit=2)
        pages.append(page.items)
        cursor = page.next
        if not cursor:
            break
    assert [len(page) for page in pages] == [2, 2, 1]
    times = [event.at for page in pages for event in page]
    assert times == sorted(times, reverse=True)
    assert {e.details["operation"] for page in pages for e in page} == {"audit.read"}


def test_what_has_run_out_is_deleted_once_a_day(live, join, clock):
    partner = join("partner")
    use.invite(live, SYSTEM, email=EMAIL, role="partner")
    with pytest.raises(SignInRefusedError):
        use.sign_in(live, "nobody@cities.example", PASSWORD)
    clock.forward(days=31)
    use.sign_in(live, "partner@cities.example", PASSWORD)
    assert [a.id for a in use.list_accounts(live, SYSTEM).items] == [partner.account]
    assert live.records.count("session") == 1
    assert live.records.count("token") == live.records.count("attempt") == 0
    assert "invited" in actions(live)
    clock.forward(days=400)
    use.purge(live)
    assert "invited" not in actions(live)


# Personal data


def test_the_export_holds_everything_about_the_account_and_no_secret(live, join):
    partner, other = join("partner"), join("portal")
    key = use.create_key(live, partner, "sync", ["read"])
    hook = {"state": "active", "url": "https://hook.example", "secret": "s3cret"}
    waiting = {"state": "waiting", "at": live.now(), "owners": [], "entity": "adb"}
    live.records.create("webhook", "w1", {"account": partner.account, **hook})
    live.records.create("submission", "s1", {"account": partner.account, **waiting})
    use.create_key(live, other, "not mine", ["read"])
    found = use.export_personal_data(live, partner)
    assert found["account"]["email"] == "partner@cities.example"
    assert [k["prefix"] for k in found["keys"]] == [key.key.prefix]
    assert [w["url"] for w in found["webhooks"]] == ["https://hook.example"]
    assert [s["id"] for s in found["submissions"]] == ["s1"]
    assert len(found["sessions"]) == 1
    assert {"signed_in", "key_created"} <= {e["action"] for e in found["audit"]}
    text = str(found)
    for secret in ("argon2id", "s3cret", "digest", "not mine", other.account):
        assert secret not in text
    assert use.export_personal_data(live, SYSTEM, partner.account)["account"] == found["account"]


def test_erasing_leaves_nothing_that_tells_who_it_was(live, join, ask):
    administrator, partner = join("administrator"), join("partner", "traceable@cities.example")
    use.change_account(live, SYSTEM, partner.account, name="Traceable Name")
    use.sign_in_oidc(live, "https://issuer.example", "traceable-subject", "traceable@cities.example",
                     True, address="192.0.2.77")  # fmt: skip
    key = use.create_key(live, partner, "traceable key", ["read"])
    session = use.sign_in(live, "traceable@cities.example", PASSWORD, address="192.0.2.77")
    live.records.create("webhook", "w1", {"account": partner.account, "state": "active",
                                          "url": "https://traceable.example"})  # fmt: skip
    live.records.create("delivery", "d1", {"webhook": "w1", "state": "due", "due_at": "", "at": "",
                                           "url": "https://traceable.example"})  # fmt: skip
    live.records.create("report", "r1", {"account": partner.account, "state": "open", "at": "1",
                                         "owners": [], "entity": "adb", "email": "traceable@x.example",
                                         "message": "The year is wrong."})  # fmt: skip
    said = {"state": "waiting", "at": "1", "partner": "adb", "note": "Call Traceable Name."}
    live.records.create("claim", "c1", {"account": partner.account, **said})
    kept = {"expires_at": "2099", "body": "traceable@cities.example"}
    live.records.create("idempotency", "i1", {"account": partner.account, **kept})
    use.erase_account(live, partner)
    held = str(ask("MATCH (n:Record) RETURN properties(n) AS fields"))
    assert "raceable" not in held
    assert "192.0.2.77" not in held
    assert live.records.get("report", "r1")["message"] == "The year is wrong."
    assert live.records.get("report", "r1")["account"] == partner.account
    assert use.caller_of_session(live, session.token) is None
    with pytest.raises(KeyRefusedError):
        use.caller_of_key(live, key.text)
    with pytest.raises(SignInRefusedError):
        use.sign_in(live, "traceable@cities.example", PASSWORD)
    with pytest.raises(NotFoundError):
        use.get_account(live, administrator, partner.account)
    with pytest.raises(NotFoundError):
        use.change_account(live, administrator, partner.account, state="active")
    assert "erased" in actions(live, partner.account)
    assert use.invite(live, administrator, email="traceable@cities.example", role="partner").link


def test_an_administrator_erases_others(live, join):
    administrator, partner = join("administrator"), join("partner")
    use.erase_account(live, administrator, partner.account)
    assert [a.id for a in use.list_accounts(live, administrator).items] == [administrator.account]
    (erased,) = use.list_accounts(live, administrator, state="erased").items
    assert (erased.email, erased.name, erased.subjects) == ("", "", ())


def test_a_granted_claim_lets_a_partner_speak_for_its_profile(live, join):
    partner, portal = join("partner"), join("portal")
    assert use.grant_subject(live, partner.account, "adb").subjects == ("adb",)
    assert use.get_account(live, partner).caller.subjects == {"adb"}
    with pytest.raises(ConflictError):
        use.grant_subject(live, portal.account, "adb")
