"""Conditions of writes: what If-Match and If-None-Match mean, and what is refused."""

from __future__ import annotations

import pytest
from flask import Flask, request
from hypothesis import example, given
from hypothesis import strategies as st

from matchmaker.errors import BadRequestError, VersionConflictError
from matchmaker.web.contract.conditions import (
    Expected,
    PreconditionRequiredError,
    expected_version,
    versioned,
)
from matchmaker.web.http import json_response
from matchmaker.web.problems import describe

APP = Flask(__name__)


def expected(
    current: int | None = 17, required: bool = False, **headers: str
) -> Expected:  # fmt: skip
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with APP.test_request_context("/", method="PUT", headers=named):
        return expected_version(request, current, required=required)


@pytest.mark.parametrize(
    "tag",
    ['"17-0a1b2c"', '"17-0a1b2c-br"', '"17"', 'W/"17-0a1b2c"', '"3-x", "17-y"', ' "17" , "2"'],
)
def test_a_tag_in_whatever_form_it_was_read_stands_for_its_version(tag: str) -> None:
    assert expected(If_Match=tag) == 17


def test_a_version_that_this_process_does_not_know_yet_is_for_the_store_to_judge() -> None:
    assert expected(17, If_Match='"18-x"') == 18
    assert expected(17, If_Match='"16-x", "18-x"') == 18
    assert expected(None, If_Match='"3"') == 3


def test_a_star_means_the_entity_as_it_is() -> None:
    assert expected(17, If_Match="*") == 17
    with pytest.raises(VersionConflictError):
        expected(None, If_Match="*")


def test_to_create_only_is_to_expect_nothing() -> None:
    assert expected(None, If_None_Match="*") is None
    assert expected(17, If_None_Match="*") is None  # the store refuses it, under its lock


def test_without_a_condition_any_version_will_do_unless_one_is_required() -> None:
    assert expected() == "any"
    with pytest.raises(PreconditionRequiredError) as caught:
        expected(required=True)
    assert (describe(caught.value).status, describe(caught.value).slug) == (
        428, "precondition-required",
    )  # fmt: skip


def test_a_tag_that_is_not_ours_never_matches() -> None:
    with pytest.raises(VersionConflictError) as caught:
        expected(17, If_Match='"not-ours"')
    problem = describe(caught.value)
    assert (problem.status, problem.slug, problem.extras) == (
        412, "precondition-failed", {"version": 17},
    )  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        {"If_Match": "17"},
        {"If_Match": '"17'},
        {"If_Match": ""},
        {"If_Match": '"17" "18"'},
        {"If_Match": '"1",' * 100},
        {"If_None_Match": '"17"'},
        {"If_Match": '"17"', "If_None_Match": "*"},
    ],
)
def test_a_condition_that_cannot_be_understood_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadRequestError):
        expected(**headers)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
@example('W/"17')
@example('"99999999999999999999"')
def test_no_condition_is_too_odd(text: str) -> None:
    try:
        found = expected(If_Match=text)
    except (BadRequestError, VersionConflictError):
        return
    assert isinstance(found, int)


def test_the_tag_that_was_read_is_the_one_that_is_expected() -> None:
    with APP.test_request_context("/"):
        tag = versioned(json_response({"id": "x"}), 41).headers["ETag"]
    assert expected(If_Match=tag) == 41
    assert not tag.startswith("W/")
