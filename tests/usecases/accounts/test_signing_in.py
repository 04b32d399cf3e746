"""Sign-in, sessions, lock-out, passwords and sign-in by another provider, with a real database."""

from __future__ import annotations

import threading

import argon2
import pytest

from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    LinkRefusedError,
    NotAllowedError,
    SignInNeededError,
    SignInRefusedError,
    TooManyRequestsError,
)
from matchmaker.permissions import PUBLIC, SYSTEM, Role
from matchmaker.usecases import accounts as use
from matchmaker.usecases.accounts.recovering import ASK_SOMEBODY, ASKED

PASSWORD = "a sentence for tests only"

EMAIL, OTHER = "partner@cities.example", "another sentence for tests"
ISSUER = "https://issuer.example"


def events(live, action):
    return [e for e in use.audit_events(live, SYSTEM, limit=200).items if e.action == action]


def fail(live, times, email=EMAIL):
    for _ in range(times):
        with pytest.raises(SignInRefusedError):
            use.sign_in(live, email, "wrong words, all of them")


def test_who_knows_the_password_gets_a_session(live, join):
    partner = join("partner")
    session = use.sign_in(live, " Partner@Cities.example ", PASSWORD, address="192.0.2.1")
    assert session.caller == partner == use.caller_of_session(live, session.token)
    (event,) = [e for e in events(live, "signed_in") if e.details["address"]]
    assert (event.account, event.details["address"]) == (partner.account, "192.0.2.1")


def test_each_sign_in_has_a_token_of_its_own_that_is_kept_nowhere(live, join, ask):
    join("partner")
    tokens = {use.sign_in(live, EMAIL, PASSWORD).token for _ in range(2)}
    assert len(tokens) == 2
    held = str(ask("MATCH (n:Record) RETURN properties(n) AS fields"))
    assert not any(token in held for token in tokens)
    assert PASSWORD not in held


def test_wrong_password_and_unknown_address_are_told_alike_and_audited_without_the_address(
    live, join
):
    partner = join("partner")
    told = []
    for email in (EMAIL, "nobody@cities.example", "no address at all"):
        with pytest.raises(SignInRefusedError) as error:
            use.sign_in(live, email, "wrong words, all of them", address="192.0.2.1")
        told.append(str(error.value))
    assert len(set(told)) == 1
    failures = events(live, "sign_in_failed")
    assert sorted(e.account for e in failures) == ["", "", partner.account]
    assert "cities.example" not in str(failures)


def test_a_known_and_an_unknown_address_lock_out_alike(live, join):
    join("partner")
    for email in (EMAIL, "nobody@cities.example"):
        fail(live, 5, email)
        with pytest.raises(TooManyRequestsError, match="Wait a minute") as error:
            use.sign_in(live, email, PASSWORD)
        assert error.value.seconds == 60
    assert len(events(live, "locked_out")) == 2


def test_waiting_doubles_and_success_forgets(live, join, clock):
    join("partner")
    fail(live, 5)
    for minutes in (1, 2, 4):
        clock.forward(minutes=minutes, seconds=-1)
        with pytest.raises(TooManyRequestsError):
            use.sign_in(live, EMAIL, PASSWORD)
        clock.forward(seconds=1)
        if minutes < 4:
            fail(live, 1)
    use.sign_in(live, EMAIL, PASSWORD)
    fail(live, 4)
    use.sign_in(live, EMAIL, PASSWORD)


def test_many_guesses_at_once_are_not_more_than_one_after_another(live, join):
    join("partner")
    outcomes = []

    def guess():
        try:
            use.sign_in(live, EMAIL, "wrong words, all of them")
        except (SignInRefusedError, TooManyRequestsError) as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(SignInRefusedError) == 5
    assert len(outcomes) == 12


def test_an_administrator_unlocks(live, join):
    partner = join("partner")
    fail(live, 5)
    assert use.locked_seconds(live, SYSTEM, partner.account) == 60
    use.change_account(live, SYSTEM, partner.account, unlock=True)
    assert use.sign_in(live, EMAIL, PASSWORD)
    assert events(live, "unlocked")


def test_a_session_ends_twelve_hours_after_its_last_use(live, join, clock):
    join("partner")
    token = use.sign_in(live, EMAIL, PASSWORD).token
    clock.forward(hours=11, minutes=59)
    assert use.caller_of_session(live, token)
    clock.forward(hours=11, minutes=59)
    assert use.caller_of_session(live, token)
    clock.forward(hours=12)
    assert use.caller_of_session(live, token) is None
    assert use.caller_of_session(live, token) is None


def test_a_session_ends_after_seven_days_however_much_it_is_used(live, join, clock):
    join("partner")
    session = use.sign_in(live, EMAIL, PASSWORD)
    for _ in range(16):
        clock.forward(hours=10)
        assert use.caller_of_session(live, session.token)
    clock.forward(hours=8)
    assert live.now() == session.expires_at
    assert use.caller_of_session(live, session.token) is None


def test_a_use_is_written_down_every_five_minutes_at_most(live, join, clock):
    partner = join("partner")
    token = use.sign_in(live, EMAIL, PASSWORD).token

    def version():
        return max(r.version for r in live.records.find("session", {"account": partner.account}))

    for minutes, expected in ((4, 1), (1, 2), (4, 2), (1, 3)):
        clock.forward(minutes=minutes)
        use.caller_of_session(live, token)
        assert version() == expected


def test_signing_out_ends_the_session_and_all_of_them_if_wished(live, join):
    partner = join("partner")
    first, second, third = (use.sign_in(live, EMAIL, PASSWORD).token for _ in range(3))
    use.sign_out(live, first)
    use.sign_out(live, first)
    assert use.caller_of_session(live, first) is None
    assert use.caller_of_session(live, second)
    assert len(use.list_sessions(live, partner)) == 3  # with that of the invitation
    use.sign_out_everywhere(live, partner)
    assert use.caller_of_session(live, third) is None
    assert use.list_sessions(live, partner) == []


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 100_000, "mk_000000000000_x"])
def test_what_is_no_session_is_nobody(live, token):
    assert use.caller_of_session(live, token) is None


def test_suspending_and_a_new_role_end_all_sessions_at_once(live, join):
    partner = join("partner")
    token = use.sign_in(live, EMAIL, PASSWORD).token
    use.change_account(live, SYSTEM, partner.account, role="portal", subjects=())
    assert use.caller_of_session(live, token) is None
    token = use.sign_in(live, EMAIL, PASSWORD).token
    use.change_account(live, SYSTEM, partner.account, state="suspended")
    assert use.caller_of_session(live, token) is None
    with pytest.raises(SignInRefusedError):
        use.sign_in(live, EMAIL, PASSWORD)


def test_a_session_opened_in_the_moment_of_a_password_change_is_dead_too(live, join):
    """Even if its record is written after those of the account were deleted."""
    partner = join("partner")
    token = use.sign_in(live, EMAIL, PASSWORD).token
    (held, *_) = live.records.find("session", {"account": partner.account})
    use.change_password(live, partner, PASSWORD, OTHER)
    live.records.create("session", held.id, held.fields)
    assert use.caller_of_session(live, token) is None


def test_changing_the_password_needs_the_old_one_and_gives_a_new_session(live, join):
    partner = join("partner")
    old = use.sign_in(live, EMAIL, PASSWORD).token
    with pytest.raises(SignInRefusedError):
        use.change_password(live, partner, "wrong words, all of them", OTHER)
    with pytest.raises(BadRequestError, match="12 to 200"):
        use.change_password(live, partner, PASSWORD, "short")
    with pytest.raises(BadRequestError, match="differ"):
        use.change_password(live, partner, PASSWORD, PASSWORD)
    fresh = use.change_password(live, partner, PASSWORD, OTHER)
    assert use.caller_of_session(live, old) is None
    assert use.caller_of_session(live, fresh.token) == partner
    assert use.sign_in(live, EMAIL, OTHER)
    assert len(events(live, "password_changed")) == 1


def test_guessing_the_password_in_a_stolen_session_locks_out(live, join):
    partner = join("partner")
    for _ in range(5):
        with pytest.raises(SignInRefusedError):
            use.confirm_password(live, partner, "wrong words, all of them")
    with pytest.raises(TooManyRequestsError):
        use.confirm_password(live, partner, PASSWORD)


def test_a_password_kept_by_older_parameters_is_kept_anew_at_sign_in(live, join):
    partner = join("partner")
    older = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    live.records.change("account", partner.account, lambda f: {**f, "password": older})
    use.sign_in(live, EMAIL, PASSWORD)
    kept = live.records.get("account", partner.account)["password"]
    assert "m=47104,t=2" in kept
    assert use.sign_in(live, EMAIL, PASSWORD)


def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(live, join, mail_on, post):
    partner = join("partner")
    mail_on()
    fail(live, 5)
    assert use.request_password_reset(live, EMAIL) == ASKED
    post.wait_for(1)
    (link,) = post.links()
    token = link.removeprefix("https://cities.example/account/reset/")
    assert use.look_at_link(live, token).account.id == partner.account
    with pytest.raises(BadRequestError):
        use.reset_password(live, token, "short")
    use.reset_password(live, token, OTHER)
    assert use.list_sessions(live, partner) == []
    assert use.sign_in(live, EMAIL, OTHER)
    with pytest.raises(LinkRefusedError):
        use.reset_password(live, token, PASSWORD)


def test_the_answer_is_the_same_for_an_address_without_an_account(live, mail_on, post):
    mail_on()
    assert use.request_password_reset(live, "nobody@cities.example") == ASKED
    for thread in threading.enumerate():
        if thread.name == "password-reset":
            thread.join()
    assert post.messages == []


def test_a_message_that_cannot_be_sent_is_logged_without_address_or_link(
    live, join, mail_on, post, caplog
):
    join("partner")
    mail_on()
    post.answer = "550 no"
    assert use.request_password_reset(live, EMAIL) == ASKED
    for thread in threading.enumerate():
        if thread.name == "password-reset":
            thread.join()
    assert (
        "was not sent: The message could not be sent: the mail server answered 550" in caplog.text
    )
    assert EMAIL not in caplog.text
    assert "/account/reset/" not in caplog.text


def test_a_suspended_account_gets_no_link(live, join):
    partner = join("partner")
    use.change_account(live, SYSTEM, partner.account, state="suspended")
    with pytest.raises(ConflictError):
        use.issue_reset_link(live, SYSTEM, partner.account)


def test_without_mail_an_administrator_makes_the_link(live, join, clock):
    partner, administrator = join("partner"), join("administrator")
    assert use.request_password_reset(live, EMAIL) == ASK_SOMEBODY
    with pytest.raises(NotAllowedError):
        use.issue_reset_link(live, partner, administrator.account)
    link = use.issue_reset_link(live, administrator, partner.account)
    later = use.issue_reset_link(live, administrator, partner.account)
    with pytest.raises(LinkRefusedError):
        use.look_at_link(live, link.rpartition("/")[2])
    clock.forward(hours=1)
    with pytest.raises(LinkRefusedError):
        use.reset_password(live, later.rpartition("/")[2], OTHER)


def test_a_link_is_used_once_even_by_many_at_once(live, join):
    partner = join("partner")
    token = use.issue_reset_link(live, SYSTEM, partner.account).rpartition("/")[2]
    done = []

    def spend(number):
        try:
            use.reset_password(live, token, f"sentence number {number} for tests")
        except LinkRefusedError:
            return
        done.append(number)

    threads = [threading.Thread(target=spend, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert use.sign_in(live, EMAIL, f"sentence number {done[0]} for tests")


def test_another_provider_signs_in_an_invited_account_and_knows_it_from_then_on(live):
    invited = use.invite(live, SYSTEM, email=EMAIL, role="partner").account
    session = use.sign_in_oidc(live, ISSUER, "42", "Partner@cities.example", True)
    assert session.caller.account == invited.id
    assert session.caller.role is Role.PARTNER
    again = use.sign_in_oidc(live, ISSUER, "42", "renamed@cities.example", False)
    assert again.caller == session.caller


@pytest.mark.parametrize(
    ("issuer", "subject", "email", "verified"),
    [
        (ISSUER, "42", EMAIL, False),
        (ISSUER, "42", EMAIL, "true"),
        (ISSUER, "42", "nobody@cities.example", True),
        (ISSUER, "42", "", True),
        (ISSUER, "", EMAIL, True),
        ("", "42", EMAIL, True),
    ],
)
def test_another_provider_makes_no_accounts_and_must_have_verified(
    live, join, issuer, subject, email, verified
):
    join("partner")
    with pytest.raises(SignInRefusedError):
        use.sign_in_oidc(live, issuer, subject, email, verified)


def test_another_providers_second_subject_does_not_take_a_linked_account_over(live, join):
    join("partner")
    use.sign_in_oidc(live, ISSUER, "42", EMAIL, True)
    for issuer, subject in ((ISSUER, "43"), ("https://other.example", "42")):
        with pytest.raises(SignInRefusedError):
            use.sign_in_oidc(live, issuer, subject, EMAIL, True)


def test_another_provider_does_not_open_a_suspended_account(live, join):
    partner = join("partner")
    use.sign_in_oidc(live, ISSUER, "42", EMAIL, True)
    use.change_account(live, SYSTEM, partner.account, state="suspended")
    with pytest.raises(SignInRefusedError):
        use.sign_in_oidc(live, ISSUER, "42", EMAIL, True)


def test_the_public_has_no_account_to_change(live):
    for ask_for in (use.list_sessions, use.sign_out_everywhere, use.get_account):
        with pytest.raises(SignInNeededError):
            ask_for(live, PUBLIC)
