"""What accounts are made of: tokens, keys, addresses, lock-out, roles and times."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.accounts.addresses import normal_address
from matchmaker.accounts.lockout import Attempts, wait_after
from matchmaker.accounts.model import Account, State, scopes_of
from matchmaker.accounts.times import end_of_day, later, moment, seconds_until
from matchmaker.accounts.tokens import digest, new_key, new_token, read_key
from matchmaker.errors import BadRequestError, NotAllowedError
from matchmaker.permissions import OPERATIONS, Caller, Role, Scope, authorise
from matchmaker.records import Record

NOW = "2030-01-01T08:00:00.000Z"


def test_tokens_carry_256_bits_and_never_repeat():
    found = {new_token() for _ in range(200)}
    assert len(found) == 200
    assert {len(token) for token in found} == {43}


@given(st.text(max_size=300))
def test_any_text_has_a_digest(text):
    assert len(digest(text)) == 64


@given(st.text(max_size=300))
def test_a_text_is_a_key_only_if_it_is_written_like_one(text):
    found = read_key(text)
    assert found is None or found.text == text


def test_a_key_is_read_back_and_does_not_show_its_secret_where_it_is_printed():
    key = new_key()
    assert read_key(key.text) == key
    assert key.text.startswith(f"{key.prefix}_")
    assert key.secret not in repr(key)
    assert read_key(key.text + "x") is None
    assert read_key(key.text[:-1]) is None


@pytest.mark.parametrize(
    "address", ["a@b.example", "A.B+c@x-y.example", " officer@city.example ", "o'neil@city.example"]
)
def test_addresses_are_kept_in_one_form(address):
    kept = normal_address(address)
    assert kept == normal_address(kept) == address.strip().lower()


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "@city.example", "a@", "a@b", "a@b..example", "a b@city.example", "a@-b.example",
     "a@city.example\nBcc: b@city.example", "a@city.example, b@city.example", "<a@city.example>",
     ".a@city.example", "a.@city.example", '"a b"@city.example', "a@127.0.0.1", "á@city.example",
     "a@cité.example", f"{'a' * 65}@city.example", f"a@{'b.' * 130}example", "a@city.example\0"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address):
    with pytest.raises(BadRequestError, match="email"):
        normal_address(address)


@given(st.text(max_size=300))
def test_what_passes_as_an_address_is_safe_in_a_header(text):
    try:
        address = normal_address(text)
    except BadRequestError:
        return
    assert address.isascii()
    assert address.isprintable()
    assert not set(address) & set(' ,;:<>"()[]\\')


@given(st.integers(0, 10_000))
def test_more_failures_never_wait_less_and_never_more_than_an_hour(failures):
    assert timedelta(0) <= wait_after(failures) <= wait_after(failures + 1) <= timedelta(hours=1)


@given(st.lists(st.integers(0, 7200), max_size=60))
def test_whoever_tries_as_fast_as_he_can_gets_few_guesses(pauses):
    """In any stretch of attempts no more count than the waiting allows."""
    now, held, counted = NOW, Attempts(), 0
    for pause in pauses:
        now = later(now, timedelta(seconds=pause))
        if held.waits(now):
            assert held.failed(now) is held
            continue
        held, counted = held.failed(now), counted + 1
        assert held.failures == counted
    spent = moment(now) - moment(NOW)
    waited = sum((wait_after(count) for count in range(counted)), timedelta(0))
    assert waited <= spent


def test_the_fifth_failure_in_a_row_waits_a_minute_the_next_two():
    held = Attempts()
    for _ in range(4):
        held = held.failed(NOW)
        assert held.waits(NOW) == 0
    held = held.failed(NOW)
    assert held.waits(NOW) == 60
    soon = later(NOW, timedelta(seconds=60))
    assert held.waits(soon) == 0
    assert held.failed(soon).waits(soon) == 120


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(0, 10**7))
def test_times_as_texts_sort_as_they_pass(at, milliseconds):
    text = at.isoformat(timespec="milliseconds") + "Z"
    after = later(text, timedelta(milliseconds=milliseconds))
    assert text <= after
    assert seconds_until(text, after) == -(-milliseconds // 1000)
    assert seconds_until(after, text) == 0


@pytest.mark.parametrize(
    "day", ["", "tomorrow", "2030-02-30", "20300101", "2030-W01-1", "9999-12-31"]
)
def test_what_is_no_day_has_no_end(day):
    with pytest.raises(ValueError):  # noqa: PT011
        end_of_day(day)


@pytest.mark.parametrize("role", list(Role))
def test_a_roles_scopes_are_those_that_some_operation_of_it_needs(role):
    for scope in set(Scope) - scopes_of(role) - {Scope.READ_MEMBERS}:
        everything = Caller(role, "a", frozenset({"x"}))
        for name, line in OPERATIONS.items():
            if line.scope is not scope:
                continue
            for owners in ({"x"}, {"y"}):
                with pytest.raises(NotAllowedError):
                    authorise(everything, name, owners)


def test_an_account_shows_no_password_and_no_subject_of_a_provider():
    fields = {
        "email": "a@city.example", "name": "A", "role": "partner", "state": "active",
        "password": "$argon2id$kept", "oidc": "https://issuer.example|42", "subjects": ["b", "a"],
    }  # fmt: skip
    account = Account.of(Record("account", "a1", 3, fields))
    shown = str(account.as_json()) + repr(account)
    assert "argon2id" not in shown
    assert "|42" not in shown
    assert (account.state, account.version, account.subjects) == (State.ACTIVE, 3, ("a", "b"))
