"""Instruments changed by consensus on a real database: proposed, spoken to, adopted, kept to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    InvalidDataError,
    NotAllowedError,
    NotFoundError,
    VersionConflictError,
)
from matchmaker.instruments.amending import Change
from matchmaker.permissions import PUBLIC, Caller
from matchmaker.usecases.brokering import clock as brokering_clock
from matchmaker.usecases.brokering import delegating, engaging, notices
from matchmaker.usecases.instruments import amendments, closing, showing
from matchmaker.usecases.instruments.held import terms_of
from matchmaker.usecases.instruments.keeping import KIND, members_of
from matchmaker.usecases.service import Service
from tests.usecases.accounts.conftest import Clock

TERMS = "terms-of-reference"
WORDS = "Reporting may be reviewed so that it serves smart cities in all member states."
CHANGE = (Change("p21", WORDS),)
Join = Callable[..., Caller]


@pytest.fixture
def thailand(live: Service, join: Join) -> Caller:
    return join("national_representative", "th@states.example", ("country-thailand",))


@pytest.fixture
def staff(live: Service, join: Join) -> Caller:
    return join("secretariat")


@pytest.fixture
def everybody(live: Service, thailand: Caller, join: Join) -> dict[str, Caller]:
    """Return somebody who speaks for each member state, by few accounts."""
    rest = [one for one in members_of(live) if one not in ("country-thailand", "country-viet-nam")]
    viet_nam = join("national_representative", "vn@states.example", ("country-viet-nam",))
    several = join("national_representative", "rest@states.example", tuple(rest))
    return {
        "country-thailand": thailand, "country-viet-nam": viet_nam,
        **dict.fromkeys(rest, several),
    }  # fmt: skip


def states(one: dict[str, object]) -> dict[str, str]:
    return {line["country"]: line["state"] for line in one["consents"]}  # type: ignore[attr-defined]


def test_a_change_is_adopted_by_consent_and_silence_and_what_began_before_keeps_its_terms(
    live: Service, clock: Clock, everybody: dict[str, Caller], join: Join
) -> None:
    thailand, viet_nam = everybody["country-thailand"], everybody["country-viet-nam"]
    partner = join("partner", "", ("adb",))
    old = engaging.open_engagement(live, partner, "phuket-scap2018-1", offer="adb-finance")
    assert old["terms"]["version"] == 1
    one = amendments.propose(live, thailand, TERMS, CHANGE, "There are eleven states now.")
    assert (one["stage"], one["asked"], one["missing"]) == ("open", 11, 10)
    assert one["differences"][0]["new"] == WORDS
    told = notices.list_notices(live, viet_nam).items
    assert [line["page"] for line in told] == [f"/desk/instruments/amendments/{one['id']}"]
    one = amendments.move(live, viet_nam, one["id"], "consent")
    clock.forward(days=29)
    assert closing.run_due(live) == 0
    assert showing.get_instrument(live, PUBLIC, TERMS)["in_force"] == 1
    clock.forward(days=1, seconds=1)
    assert brokering_clock.run_due(live) >= 1
    done = amendments.get_amendment(live, thailand, one["id"])
    assert (done["stage"], done["makes"]) == ("adopted", 2)
    assert sorted(set(states(done).values())) == ["consent", "silence"]
    assert sum(state == "silence" for state in states(done).values()) == 9
    now = showing.get_instrument(live, PUBLIC, TERMS)
    assert (now["in_force"], now["status"], len(now["versions"])) == (2, "adopted", 2)
    clause = next(line for line in now["version"]["clauses"] if line["id"] == "p21")
    assert (clause["says"], clause["since"], clause["treatment"]["outdated"]) == (WORDS, 2, True)
    found = showing.diff_versions(live, PUBLIC, TERMS, "1", "2")
    assert [line["clause"] for line in found["differences"]] == ["p21"]
    assert terms_of(live) == {"instrument": TERMS, "version": 2}
    new = engaging.open_engagement(live, partner, "bangkok-scap2018-1", partner="adb")
    assert new["terms"]["version"] == 2
    assert engaging.get_engagement(live, partner, old["id"])["terms"]["version"] == 1
    assert closing.run_due(live) == 0, "all is done"


def test_engagements_of_before_this_was_kept_began_under_the_version_of_the_file(
    live: Service, join: Join
) -> None:
    partner = join("partner", "", ("adb",))
    one = engaging.open_engagement(live, partner, "phuket-scap2018-1", offer="adb-finance")

    def forget(fields):  # type: ignore[no-untyped-def]
        opening = {k: v for k, v in fields["opening"].items() if k != "terms"}
        return {**fields, "opening": opening}

    live.records.change("engagement", one["id"], forget)
    terms = engaging.get_engagement(live, partner, one["id"])["terms"]
    assert (terms["version"], terms["kept"]) == (1, False)


def test_an_objection_holds_it_and_a_revision_asks_all_anew(
    live: Service, clock: Clock, everybody: dict[str, Caller], staff: Caller
) -> None:
    thailand, viet_nam = everybody["country-thailand"], everybody["country-viet-nam"]
    one = amendments.propose(live, thailand, TERMS, CHANGE, "Made up.")["id"]
    with pytest.raises(BadRequestError, match="note"):
        amendments.move(live, viet_nam, one, "object")
    held = amendments.move(live, viet_nam, one, "object", note="Not like this.")
    assert held["stage"] == "objected"
    clock.forward(days=60)
    assert closing.run_due(live) == 0, "no silence counts while somebody objects"
    with pytest.raises(ConflictError, match="under way"):
        amendments.propose(live, staff, TERMS, CHANGE, "Another one.")
    with pytest.raises(NotAllowedError):
        amendments.move(live, viet_nam, one, "revise", note="Mine.", changes=CHANGE)
    with pytest.raises(InvalidDataError):
        amendments.move(live, thailand, one, "revise", note="Empty.")
    other = (Change("p21", f"{WORDS} The meeting approves."),)
    anew = amendments.move(live, thailand, one, "revise", note="Better.", changes=other)
    assert (anew["stage"], anew["missing"], anew["reason"]) == ("open", 10, "Better.")
    for country, caller in everybody.items():
        if country != "country-thailand":
            anew = amendments.move(live, caller, one, "consent", country=country)
    assert anew["stage"] == "adopted"
    assert showing.get_version(live, PUBLIC, TERMS, "2")["words"][0]["how"] == "consent"
    again = amendments.propose(
        live, staff, TERMS, (Change("p21", remove=True),), "Out.", effective="2031-01-01"
    )
    assert (again["base"], again["missing"]) == (2, 11)
    gone = amendments.move(live, staff, again["id"], "withdraw")
    assert (gone["stage"], gone["your"]["moves"]) == ("withdrawn", [])


def test_the_silence_of_who_could_not_be_told_does_not_count_but_its_word_can_be_written_down(
    live: Service, clock: Clock, thailand: Caller, staff: Caller
) -> None:
    one = amendments.propose(live, staff, TERMS, CHANGE, "Made up.", effective="2031-06-01")["id"]
    clock.forward(days=31)
    assert closing.run_due(live) == 1
    found = amendments.get_amendment(live, staff, one)
    assert (found["stage"], found["closed"], found["missing"]) == ("open", True, 10)
    assert states(found)["country-thailand"] == "silence"
    for country in members_of(live):
        if country != "country-thailand":
            with pytest.raises(NotAllowedError):
                amendments.move(live, thailand, one, "record", country=country, note="Mine.")
            found = amendments.move(
                live, staff, one, "record", country=country, note="By letter of 1 February."
            )
    assert found["stage"] == "adopted"
    assert showing.get_instrument(live, PUBLIC, TERMS)["in_force"] == 1, "its day has not come"
    assert terms_of(live)["version"] == 1
    clock.forward(days=600)
    assert terms_of(live)["version"] == 2


def test_an_alternate_speaks_by_a_standing_that_was_lent_and_others_do_not(
    live: Service, thailand: Caller, staff: Caller, join: Join
) -> None:
    officer = join("city_officer")
    one = amendments.propose(live, staff, TERMS, CHANGE, "Made up.")["id"]
    assert [m["name"] for m in amendments.get_amendment(live, officer, one)["your"]["moves"]] == [
        "comment"
    ]
    with pytest.raises(NotAllowedError):
        amendments.move(live, officer, one, "consent")
    delegating.delegate(live, thailand, officer.account, "2030-12-31")
    done = amendments.move(live, officer, one, "consent")
    assert states(done)["country-thailand"] == "consent"
    assert done["moves"][-1]["lent_by"] == thailand.account
    with pytest.raises(ConflictError, match="already"):
        amendments.move(live, thailand, one, "object", note="Too late.")
    for stranger in (join("partner", "", ("adb",)), join("portal"), PUBLIC):
        with pytest.raises(NotAllowedError):
            amendments.get_amendment(live, stranger, one)


def test_what_cannot_be_proposed_is_refused_and_repeats_change_nothing(
    live: Service, thailand: Caller, staff: Caller
) -> None:
    with pytest.raises(NotFoundError):
        amendments.propose(live, staff, "no-such", CHANGE, "Made up.")
    with pytest.raises(InvalidDataError):
        amendments.propose(live, staff, TERMS, (Change("p21", " "),), "Made up.")
    for day in ("2029-12-31", "tomorrow"):
        with pytest.raises(BadRequestError, match="effective"):
            amendments.propose(live, staff, TERMS, CHANGE, "Made up.", effective=day)
    made = amendments.propose(live, thailand, TERMS, CHANGE, "Made up.", uuid="one")
    assert amendments.propose(live, thailand, TERMS, CHANGE, "Made up.", uuid="one") == made
    first = amendments.move(live, staff, "one", "comment", note="Why?", uuid="two")
    assert amendments.move(live, staff, "one", "comment", note="Why?", uuid="two") == first
    with pytest.raises(VersionConflictError):
        amendments.move(live, staff, "one", "comment", note="Why?", expected=1)
    page = amendments.list_amendments(live, staff, instrument=TERMS, stage="open")
    assert [one["id"] for one in page.items] == ["one"]
    with pytest.raises(BadRequestError):
        amendments.list_amendments(live, staff, stage="wished")


def test_of_many_who_propose_at_once_one_is_heard_and_one_version_comes_of_it(
    live: Service, clock: Clock, everybody: dict[str, Caller]
) -> None:
    callers = [everybody["country-thailand"], everybody["country-viet-nam"]] * 4

    def attempt(caller: Caller) -> str:
        try:
            return str(amendments.propose(live, caller, TERMS, CHANGE, "At once.")["id"])
        except ConflictError:
            return ""

    with ThreadPoolExecutor(8) as pool:
        made = [one for one in pool.map(attempt, callers) if one]
    assert len(made) == 1
    clock.forward(days=31)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: closing.run_due(live), range(4)))
    closing.run_due(live)
    assert len(showing.get_instrument(live, PUBLIC, TERMS)["versions"]) == 2
    moves = amendments.get_amendment(live, callers[0], made[0])["moves"]
    assert [move["name"] for move in moves] == ["propose", "silence"]


def test_what_a_killed_process_has_left_is_finished_by_the_next(
    live: Service, clock: Clock, everybody: dict[str, Caller]
) -> None:
    one = amendments.propose(live, everybody["country-thailand"], TERMS, CHANGE, "Made up.")["id"]
    clock.forward(days=31)
    stopped = live.records.change
    seen = []

    class Killed(BaseException):
        pass

    def killed(kind, *more, **told):  # type: ignore[no-untyped-def]
        if kind == KIND and seen:
            raise Killed  # between the adoption and the note that its version is kept
        seen.append(kind)
        return stopped(kind, *more, **told)

    live.records.change = killed  # type: ignore[method-assign]
    try:
        with pytest.raises(Killed):
            closing.run_due(live)
    finally:
        live.records.change = stopped  # type: ignore[method-assign]
    with pytest.raises(ConflictError, match="under way"):
        amendments.propose(live, everybody["country-thailand"], TERMS, CHANGE, "Too early.")
    assert closing.run_due(live) == 1
    assert [v["number"] for v in showing.get_instrument(live, PUBLIC, TERMS)["versions"]] == [1, 2]
    change = (replace(CHANGE[0], says="Other words."),)
    after = amendments.propose(live, everybody["country-thailand"], TERMS, change, "Now.")
    assert (after["base"], after["id"] != one) == (2, True)
