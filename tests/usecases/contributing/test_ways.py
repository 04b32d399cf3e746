"""In which way each role's writes go through: every role, every kind of write, own and others'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from matchmaker.errors import (
    ConflictError,
    InvalidDataError,
    NotAllowedError,
    NotFoundError,
    SignInNeededError,
    VersionConflictError,
)
from matchmaker.permissions import PUBLIC, SYSTEM, Caller, Role, Scope
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.contributing import claims, merging, reports, reviewing, writing
from matchmaker.usecases.contributing.asking import Outcome
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service

OWNERS = {
    Role.CITY_OFFICER: "phuket",
    Role.NATIONAL_REPRESENTATIVE: "country-thailand",
    Role.PARTNER: "adb",
}
NEED, PROJECT, OFFER, PARTNER = "phuket-scap2018-1", "phuket-p1", "adb-finance", "adb"
STAFF = (Role.SECRETARIAT, Role.ADMINISTRATOR)
Try = Callable[[Service, Caller], Outcome]


@pytest.fixture(scope="module")
def service(schema: Schema, seeds: SeedSet) -> Service:
    """Return a service without a database: a dry run needs none."""
    return service_from_seeds(schema, Settings(), seeds=seeds)


def caller(role: Role) -> Caller:
    if role is Role.PUBLIC:
        return PUBLIC
    return Caller(role, "a1", frozenset({OWNERS[role]} if role in OWNERS else ()))


def patching(kind: str, entity_id: str, **patch: object) -> Try:
    named = {"source": ["house"], "locator": ["a test"], "date": "2026", "source_held": True}
    return lambda service, who: writing.change(
        service, who, kind, entity_id, patch | named, dry_run=True
    )


def withdrawing(kind: str, entity_id: str) -> Try:
    return lambda service, who: writing.withdraw(service, who, kind, entity_id, dry_run=True)


def deleting(kind: str, entity_id: str) -> Try:
    return lambda service, who: writing.delete(service, who, kind, entity_id, dry_run=True)


OFFICER, BANK = (Role.CITY_OFFICER,), (Role.PARTNER,)
WRITES: list[tuple[str, Try, tuple[Role, ...], bool]] = [
    # What, how, who beside the staff does it at once, and whether all others may suggest it.
    ("own need", patching("need", NEED, year=2020), OFFICER, True),
    ("need elsewhere", patching("need", "bangkok-scap2018-1", year=2020), (), True),
    ("need moved away", patching("need", NEED, city="bangkok"), (), True),
    ("need taken in", patching("need", "bangkok-scap2018-1", city="phuket"), (), True),
    ("own project", patching("project", PROJECT, last_year=2026), OFFICER, True),
    ("own offer", patching("offer", OFFER, title="Another"), (), True),
    ("own partner", patching("partner", PARTNER, profile="Another."), (), True),
    ("city", patching("city", "phuket", population=5), (), False),
    ("topic", patching("topic", "flood-management", definition="x"), (), False),
    ("need withdrawn", withdrawing("need", NEED), OFFICER, True),
    ("offer withdrawn", withdrawing("offer", OFFER), BANK, True),
    ("offer of others withdrawn", withdrawing("offer", "world-bank-finance"), (), True),
    ("offer deleted", deleting("offer", "world-bank-finance"), (), False),
]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("name", "attempt", "at_once", "open_"), WRITES, ids=[w[0] for w in WRITES]
)
def test_each_write_goes_through_as_the_table_says(
    service: Service, role: Role, name: str, attempt: Try, at_once: tuple[Role, ...], open_: bool
) -> None:
    if role is Role.PUBLIC:
        with pytest.raises(SignInNeededError):
            attempt(service, PUBLIC)
        return
    if role not in STAFF and not open_:
        with pytest.raises(NotAllowedError):
            attempt(service, caller(role))
        return
    outcome = attempt(service, caller(role))
    expected = "published" if role in (*STAFF, *at_once) else "queued"
    assert (outcome.what, outcome.would) == ("checked", expected)
    assert outcome.change is None
    assert outcome.submission is None


def test_a_key_without_the_scope_or_of_a_sandbox_writes_nothing(service: Service) -> None:
    officer = caller(Role.CITY_OFFICER)
    attempt = patching("need", NEED, year=2020)
    with pytest.raises(NotAllowedError, match="scope"):
        attempt(service, replace(officer, scopes=frozenset({Scope.READ})))
    sandbox = replace(officer, sandbox=True, key="k1")
    told = writing.change(service, sandbox, "need", NEED, {"year": 2020})
    assert (told.what, told.would) == ("checked", "published")
    gone = writing.withdraw(service, sandbox, "offer", OFFER)
    assert (gone.what, gone.would) == ("checked", "queued")
    merged = merging.merge(
        service, replace(SYSTEM, sandbox=True), "need", "phuket-scap2018-2", NEED
    )
    assert merged.changes == ()


def test_what_would_not_fit_is_refused_in_a_dry_run_too(service: Service) -> None:
    officer = caller(Role.CITY_OFFICER)
    with pytest.raises(InvalidDataError):
        patching("need", NEED, city="atlantis")(service, officer)
    with pytest.raises(InvalidDataError):
        patching("need", NEED, colour="blue")(service, officer)
    with pytest.raises(NotFoundError):
        patching("need", "nothing")(service, officer)
    with pytest.raises(VersionConflictError):
        writing.change(service, officer, "need", NEED, {"year": 2020}, expected=7, dry_run=True)
    with pytest.raises(VersionConflictError):
        writing.create(service, SYSTEM, {"type": "need", "id": NEED, "title": "x", "city": "phuket",
                                         "source": ["house"], "locator": ["t"], "date": "2026",
                                         "source_held": True}, dry_run=True)  # fmt: skip
    with pytest.raises(ConflictError):
        deleting("city", "phuket")(service, SYSTEM)
    with pytest.raises(ConflictError):
        withdrawing("partner", "adb")(service, SYSTEM)
    with pytest.raises(ConflictError):
        merging.merge(service, SYSTEM, "need", NEED, NEED, dry_run=True)


@pytest.mark.parametrize("role", [r for r in Role if r not in STAFF])
def test_what_is_for_staff_is_refused_to_all_others(service: Service, role: Role) -> None:
    who = caller(role)
    refused: list[Callable[[], object]] = [
        lambda: merging.merge(service, who, "need", "phuket-scap2018-2", NEED),
        lambda: merging.compare(service, who, "need", "phuket-scap2018-2", NEED),
        lambda: claims.decide_claim(service, who, "any", "grant"),
    ]
    if role is not Role.CITY_OFFICER:
        refused += [
            lambda: reviewing.decide(service, who, "any", "publish"),
            lambda: reports.decide_report(service, who, "any", "corrected"),
        ]
    if role is not Role.PARTNER:
        refused.append(lambda: claims.claim(service, who, "jica", "We are it."))
    for attempt in refused:
        with pytest.raises(NotAllowedError):
            attempt()
