"""Permissions: the table of who may do what, read aloud line by line."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.errors import NotAllowedError, SignInNeededError
from matchmaker.permissions import (
    MEMBERS,
    OPERATIONS,
    PUBLIC,
    SYSTEM,
    Caller,
    Role,
    Scope,
    Way,
    authorise,
)

ROOT = Path(__file__).resolve().parent.parent
OWN = "uptown"
ORDER = "public portal partner city_officer national_representative secretariat administrator"

# One letter for each role in ORDER: y at once, q into the review queue, n not at all.
TABLE: Mapping[str, tuple[str, str]] = {
    # operation: (with what is its own, with all else)
    "graph.read": ("yyyyyyy", "yyyyyyy"),
    "matches.query": ("yyyyyyy", "yyyyyyy"),
    "need.write": ("nqqyqyy", "nqqqqyy"),
    "need.withdraw": ("nqqyqyy", "nqqqqyy"),
    "project.write": ("nqqyqyy", "nqqqqyy"),
    "project.withdraw": ("nqqyqyy", "nqqqqyy"),
    "offer.write": ("nqqqqyy", "nqqqqyy"),
    "offer.withdraw": ("nqyqqyy", "nqqqqyy"),
    "partner.write": ("nqqqqyy", "nqqqqyy"),
    "partner.withdraw": ("nqqqqyy", "nqqqqyy"),
    "entity.write": ("nnnnnyy", "nnnnnyy"),
    "entity.delete": ("nnnnnyy", "nnnnnyy"),
    "entity.merge": ("nnnnnyy", "nnnnnyy"),
    "bulk.upload": ("nnnnnyy", "nnnnnyy"),
    "submissions.list": ("nyyyyyy", "nnnnnyy"),
    "submissions.decide": ("nnnynyy", "nnnnnyy"),
    "submissions.withdraw": ("nyyyyyy", "nnnnnnn"),
    "claims.create": ("nnynnnn", "nnynnnn"),
    "claims.list": ("nyyyyyy", "nnnnnyy"),
    "claims.decide": ("nnnnnyy", "nnnnnyy"),
    "reports.create": ("yyyyyyy", "yyyyyyy"),
    "reports.list": ("nnyynyy", "nnnnnyy"),
    "reports.decide": ("nnnynyy", "nnnnnyy"),
    "diligence.status": ("nnyyyyy", "nnyyyyy"),
    "diligence.read": ("nnnnnyy", "nnnnnyy"),
    "diligence.write": ("nnnnnyy", "nnnnnyy"),
    "engagements.open": ("nnyynyy", "nnnnnyy"),
    "engagements.read": ("nnyyyyy", "nnnnnyy"),
    "engagements.move": ("nnyyyyy", "nnnnnyy"),
    "documents.add": ("nnyyyyy", "nnnnnyy"),
    "documents.read": ("nnyyyyy", "nnnnnyy"),
    "papers.read": ("nnyyyyy", "nnnnnyy"),
    "papers.write": ("nnyynyy", "nnnnnyy"),
    "inbox.read": ("nnyyyyy", "nnnnnyy"),
    "inbox.mark": ("nnyyyyy", "nnnnnyy"),
    "delegations.read": ("nnyyyyy", "nnnnnyy"),
    "delegations.manage": ("nnnnyyy", "nnnnnyy"),
    "portfolio.read": ("nnnnyyy", "nnnnnyy"),
    "bundles.suggest": ("nnnnnyy", "nnnnnyy"),
    "bundles.manage": ("nnnnnyy", "nnnnnyy"),
    "bundles.read": ("nnnyyyy", "nnnnnyy"),
    "bundles.move": ("nnnynyy", "nnnnnyy"),
    "amendments.read": ("nnnyyyy", "nnnyyyy"),
    "amendments.propose": ("nnnnyyy", "nnnnyyy"),
    "amendments.move": ("nnnyyyy", "nnnyyyy"),
    "events.manage": ("nnnnnyy", "nnnnnyy"),
    "events.read": ("nnyyyyy", "nnnnnyy"),
    "marks.read": ("nnyynyy", "nnnnnnn"),
    "marks.write": ("nnyynyy", "nnnnnnn"),
    "searches.manage": ("nyyyyyy", "nnnnnnn"),
    "webhooks.manage": ("nyyyyyy", "nnnnnny"),
    "account.self": ("nyyyyyy", "nnnnnnn"),
    "keys.manage": ("nyyyyyy", "nnnnnny"),
    "accounts.list": ("nnnnnyy", "nnnnnyy"),
    "accounts.invite": ("nnnnnyy", "nnnnnyy"),
    "accounts.change": ("nnnnnny", "nnnnnny"),
    "accounts.erase": ("nnnnnny", "nnnnnny"),
    "accounts.export": ("nnnnnny", "nnnnnny"),
    "audit.read": ("nnnnnny", "nnnnnny"),
}
LETTERS = {"y": Way.YES, "q": Way.QUEUE, "n": Way.NO}


def way(caller: Caller, operation: str, *owners: str) -> Way:
    try:
        return authorise(caller, operation, owners)
    except NotAllowedError:
        return Way.NO


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_role_may_do_what_the_table_says_with_its_own_and_with_all_else(
    operation: str,
) -> None:
    assert operation in TABLE, "a new operation is to be read aloud here"
    for place, role in enumerate(map(Role, ORDER.split())):
        caller = Caller(role, "" if role is Role.PUBLIC else "a1", frozenset({OWN}))
        own, others = TABLE[operation]
        assert way(caller, operation, OWN, "upland") is LETTERS[own[place]], role
        assert way(caller, operation, "lowtown") is LETTERS[others[place]], role
        assert way(caller, operation) is LETTERS[others[place]], role


def test_every_role_has_a_place_in_the_order() -> None:
    assert list(map(Role, ORDER.split())) == list(Role)
    assert set(TABLE) >= set(OPERATIONS)


def test_an_account_owns_what_it_made_itself() -> None:
    caller = Caller(Role.PORTAL, "a1")
    assert authorise(caller, "submissions.withdraw", {"a1"}) is Way.YES
    assert way(caller, "submissions.withdraw", "a2") is Way.NO


def test_somebody_without_an_account_owns_nothing_even_by_an_empty_name() -> None:
    assert not PUBLIC.owns({""})
    assert not PUBLIC.owns(set())
    assert not Caller(Role.PORTAL, "a1").owns(set())


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - {"graph.read", "matches.query"}))
def test_who_has_no_account_is_asked_to_sign_in(operation: str) -> None:
    if way(PUBLIC, operation) is Way.NO:
        with pytest.raises(SignInNeededError, match="sign in or send an API key"):
            authorise(PUBLIC, operation)


def test_a_refusal_says_what_was_asked_for_and_to_whom_it_is_not_given() -> None:
    with pytest.raises(
        NotAllowedError, match=r"Upload many rows.*not for a city officer"
    ) as caught:
        authorise(Caller(Role.CITY_OFFICER, "a1"), "bulk.upload")
    assert not isinstance(caught.value, SignInNeededError)
    with pytest.raises(NotAllowedError, match="except with what is its own, for a portal"):
        authorise(Caller(Role.PORTAL, "a1"), "webhooks.manage", {"a2"})


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_a_key_does_what_its_scopes_reach_and_no_more(operation: str) -> None:
    for role in Role:
        session = Caller(role, "a1", frozenset({OWN}))
        allowed = way(session, operation, OWN)
        for scope in Scope:
            key = Caller(role, "a1", frozenset({OWN}), frozenset({scope}))
            expected = allowed if scope is OPERATIONS[operation].scope else Way.NO
            assert way(key, operation, OWN) is expected
        none = Caller(role, "a1", frozenset({OWN}), frozenset())
        assert way(none, operation, OWN) is Way.NO
        every = Caller(role, "a1", frozenset({OWN}), frozenset(Scope))
        assert way(every, operation, OWN) is allowed


@given(
    st.sampled_from(sorted(OPERATIONS)),
    st.sampled_from(list(Role)),
    st.frozensets(st.sampled_from(["uptown", "upland", "bank"])),
    st.sets(st.sampled_from(["uptown", "upland", "lowtown", "bank", "a1", "a2"])),
)
def test_what_is_ones_own_never_gives_less_than_what_is_not(
    operation: str, role: Role, subjects: frozenset[str], owners: set[str]
) -> None:
    strength = {Way.NO: 0, Way.QUEUE: 1, Way.YES: 2}
    caller = Caller(role, "a1", subjects)
    assert strength[way(caller, operation, *owners)] >= strength[way(caller, operation)]


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_the_operator_at_the_machine_may_do_what_an_administrator_may(operation: str) -> None:
    administrator = Caller(Role.ADMINISTRATOR, "a1")
    assert way(SYSTEM, operation) is way(administrator, operation)


def test_the_log_names_the_account_and_never_a_person() -> None:
    assert Caller(Role.SECRETARIAT, "a1").actor == "account:a1"
    assert PUBLIC.actor == "public"


def test_members_are_all_but_the_public_and_portals_and_a_key_needs_the_scope() -> None:
    assert {Role.PUBLIC, Role.PORTAL} | MEMBERS == set(Role)
    assert Caller(Role.PARTNER, "a1").reads_members
    assert not Caller(Role.PORTAL, "a1").reads_members
    assert not Caller(Role.PARTNER, "a1", scopes=frozenset({Scope.READ})).reads_members
    assert Caller(Role.PARTNER, "a1", scopes=frozenset({Scope.READ_MEMBERS})).reads_members


def test_every_operation_that_the_program_asks_about_is_in_the_table() -> None:
    asked = set()
    for file in (ROOT / "matchmaker").rglob("*.py"):
        text = file.read_text("utf-8")
        asked |= set(re.findall(r"""\bpermit\([^()]*?,\s*"([a-z]+\.[a-z_]+)\"""", text))
    assert "graph.read" in asked
    assert asked <= set(OPERATIONS)


def test_every_operation_tells_in_words_what_it_does() -> None:
    for operation in OPERATIONS.values():
        assert operation.does[0].isupper()
        assert not operation.does.endswith(".")
    assert inspect.getdoc(authorise)
