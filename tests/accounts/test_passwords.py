"""Passwords: which are taken, and that what is kept tells them apart."""

from __future__ import annotations

import time

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaker.accounts.passwords import (
    check_password,
    hash_password,
    needs_rehash,
    verify_password,
)
from matchmaker.errors import BadRequestError

GOOD = "a long sentence is best"


@pytest.mark.parametrize("password", ["short", "x" * 11, "x y" * 100, ""])
def test_too_short_or_too_long_is_refused(password):
    with pytest.raises(BadRequestError, match="12 to 200"):
        check_password(password)


@pytest.mark.parametrize(
    "password",
    ["password1234", "PassWord!!!!2024", "123456789012", "000000000000", "aaaaaaaaaaaaaaa",
     "qwertyuiop12", "administrator", "letmeinletmein", "PASSWORDpassword", "abababababab",
     "ｐａｓｓｗｏｒｄ１２３４", "matchmaker2030"],
)  # fmt: skip
def test_what_is_tried_first_is_refused(password):
    with pytest.raises(BadRequestError, match="first"):
        check_password(password)


@pytest.mark.parametrize(
    "password", ["officer@city.example", "Officer@City.Example1", "officerofficer1", "12officer345"]
)
def test_the_accounts_own_address_is_no_password(password):
    with pytest.raises(BadRequestError, match="your e-mail"):
        check_password(password, "officer@city.example")


def test_half_characters_are_refused():
    with pytest.raises(BadRequestError, match="no character"):
        check_password("a long sentence \ud800")


@pytest.mark.parametrize(
    "password", [GOOD, "officer rides a bicycle", "ประโยคยาวดีที่สุดเสมอ", "  spaces around  "]
)
def test_others_are_taken(password):
    check_password(password, "officer@city.example")


def test_the_right_password_is_known_and_no_other():
    kept = hash_password(GOOD)
    assert verify_password(GOOD, kept)
    assert not verify_password(GOOD + " ", kept)
    assert not verify_password("", kept)


def test_the_same_letters_typed_in_another_way_are_the_same():
    assert verify_password("cafe\u0301 cafe\u0301 cafe\u0301", hash_password("café café café"))


def test_two_accounts_with_the_same_password_keep_different_things():
    assert hash_password(GOOD) != hash_password(GOOD)


def test_it_is_kept_by_argon2id_and_rehashed_when_the_parameters_change():
    kept = hash_password(GOOD)
    assert kept.startswith("$argon2id$v=19$m=47104,t=2,p=1$")
    assert not needs_rehash(kept)
    older = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD)
    assert verify_password(GOOD, older)
    assert needs_rehash(older)


@settings(max_examples=10)
@given(st.text(max_size=300))
def test_no_text_is_the_password_of_nobody(text):
    assert not verify_password(text, "")
    assert not verify_password(text, "no hash at all")


def test_no_account_takes_as_long_as_a_wrong_password():
    kept = hash_password(GOOD)

    def seconds(kept: str) -> float:
        begun = time.perf_counter()
        verify_password("quite another sentence", kept)
        return time.perf_counter() - begun

    seconds(""), seconds(kept)
    nobody, somebody = (min(seconds(one) for _ in range(5)) for one in ("", kept))
    assert nobody == pytest.approx(somebody, rel=0.5)
