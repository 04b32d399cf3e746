"""Engagements in use: opened by three routes, seen by their parties only, moved by whose turn it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    OpenAlreadyError,
    SignInNeededError,
    VersionConflictError,
)
from matchmaker.permissions import PUBLIC, SYSTEM, Scope
from matchmaker.usecases import accounts
from matchmaker.usecases.brokering import delegating, engaging, listing, notices
from matchmaker.usecases.brokering.checking import check
from matchmaker.usecases.brokering.clock import run_due
from matchmaker.usecases.brokering.outcomes import SOURCE, outcome_id
from matchmaker.usecases.portfolio.asking import parse_asked
from matchmaker.usecases.portfolio.choosing import portfolio
from matchmaker.usecases.service import Service
from tests.conftest import Ask
from tests.usecases.brokering.worker import ACCOUNTS as WHO
from tests.usecases.brokering.worker import WHOLE

Begin = Callable[..., dict[str, Any]]
NEED = "uptown-need-1"


@pytest.fixture
def begin(service: Service) -> Begin:
    """Return a function that opens an engagement, and makes moves in it."""

    def run(*moves: tuple[Any, ...], by: str = "partner", **options: Any) -> dict[str, Any]:
        named = {"partner": "bank"} if not options.keys() & {"offer", "partner"} else {}
        one = engaging.open_engagement(
            service, WHO[by], options.pop("need", NEED), **named, **options
        )
        for who, name, *given in moves:
            one = engaging.move(service, WHO[who], one["id"], name, **(given[0] if given else {}))
        return one

    return run


def waits(one: dict[str, Any]) -> set[str]:
    return {wait["party"] for wait in one["waits"]}


# Opened


@pytest.mark.parametrize(
    ("by", "route", "waited_for"),
    [
        ("partner", "interest", {"city", "country"}),
        ("city", "request", {"partner", "country"}),
        ("secretariat", "proposal", {"partner", "city", "country"}),
        ("administrator", "proposal", {"partner", "city", "country"}),
    ],
)
def test_it_is_opened_by_three_routes(begin: Begin, by: str, route: str, waited_for: set[str]):
    one = begin(by=by, note="We would like to.")
    assert (one["route"], one["stage"], one["version"]) == (route, "proposed", 1)
    assert waits(one) == waited_for
    assert one["moves"][0]["note"] == "We would like to."
    assert one["moves"][0]["account"] == WHO[by].account


def test_it_keeps_the_match_as_it_was_when_it_was_opened(service: Service, begin: Begin):
    one = begin(offer="bank-finance")
    told = service.pair(NEED, "bank-finance")
    evidence = one["evidence"]
    for name in ("score", "city_fit", "partner_fit", "band"):
        assert evidence[name] == told["match"][name]
    assert evidence["snapshot"] == told["snapshot"]
    assert sum(line["amount"] for line in evidence["contributions"] if line["side"] == "city") == (
        pytest.approx(evidence["city_fit"])
    )
    assert begin(need="uptown-need-2")["evidence"]["target"] == "bank-finance"


def test_it_rests_on_rules_that_state_their_origin(begin: Begin):
    firm = begin(partner="busmaker", by="city")
    origins = {rule["name"]: rule["origin"] for rule in firm["rules"]}
    assert origins["city_level"] == "source"
    assert origins["no_objection"] == "house"
    assert origins["city_consents"] == "clause"
    assert "city_level" not in {rule["name"] for rule in begin()["rules"]}


def test_only_a_party_opens_it(service: Service, begin: Begin):
    for by in ("other partner", "other city", "country", "portal"):
        with pytest.raises(NotAllowedError):
            begin(by=by)
    with pytest.raises(SignInNeededError):
        engaging.open_engagement(service, PUBLIC, NEED, partner="bank")


def test_what_is_not_there_or_does_not_fit_is_refused(service: Service, begin: Begin):
    for told in ({"need": "no-such-need"}, {"offer": "no-such-offer"}, {"partner": "nobody"}):
        with pytest.raises(NotFoundError):
            begin(by="secretariat", **told)
    with pytest.raises(BadRequestError, match="offer: is needed"):
        engaging.open_engagement(service, WHO["secretariat"], NEED)
    with pytest.raises(BadRequestError, match="is of 'busmaker'"):
        begin(by="secretariat", offer="busmaker-technology", partner="bank")
    with pytest.raises(BadRequestError, match="note"):
        begin(note="x" * 5001)


def test_one_is_open_for_a_need_and_a_partner_and_the_second_names_it(begin: Begin):
    one = begin()
    with pytest.raises(OpenAlreadyError) as caught:
        begin(by="secretariat", offer="bank-finance")
    assert caught.value.engagement == one["id"]
    assert begin(by="city", partner="college")["id"] != one["id"]


def test_after_an_end_it_can_be_opened_anew(begin: Begin):
    one = begin(("city", "decline", {"reason": "no_funds"}))
    assert begin()["id"] != one["id"]


def test_the_same_opening_sent_twice_is_one(begin: Begin):
    one = begin(uuid="a-uuid")
    assert begin(uuid="a-uuid")["id"] == one["id"] == "a-uuid"
    with pytest.raises(ConflictError, match="Another engagement"):
        begin(uuid="a-uuid", by="secretariat")
    with pytest.raises(ConflictError, match="Another engagement"):
        begin(uuid="a-uuid", need="uptown-need-2")


def test_a_dry_run_and_the_key_of_a_sandbox_change_nothing(service: Service, begin: Begin):
    sandbox = replace(WHO["partner"], sandbox=True, key="k")
    assert engaging.open_engagement(service, sandbox, NEED, partner="bank")["stage"] == "proposed"
    assert begin(dry_run=True)["version"] == 1
    assert service.records.count("engagement", {}) == 0
    one = begin()
    city = replace(WHO["city"], sandbox=True, key="k")
    assert engaging.move(service, city, one["id"], "consent")["version"] == 2
    assert engaging.get_engagement(service, city, one["id"])["version"] == 1
    assert service.records.count("notice", {}) == 3
    with pytest.raises(NotAllowedError, match="sandbox"):
        notices.mark_seen(service, city)


# Seen


def test_nobody_but_its_parties_learns_that_it_exists(service: Service, begin: Begin):
    one = begin()
    for who in ("partner", "city", "country", "alternate", "secretariat", "administrator"):
        assert engaging.get_engagement(service, WHO[who], one["id"])["id"] == one["id"]
        assert [e["id"] for e in listing.list_engagements(service, WHO[who]).items] == [one["id"]]
    for who in ("other partner", "other city", "other country"):
        told = []
        for identifier in (one["id"], "no-such-engagement"):
            with pytest.raises(NotFoundError) as caught:
                engaging.get_engagement(service, WHO[who], identifier)
            told.append(str(caught.value).replace(identifier, "it"))
            with pytest.raises(NotFoundError):
                engaging.move(service, WHO[who], identifier, "note", note="Hello.")
        assert told[0] == told[1]
        assert listing.list_engagements(service, WHO[who]).items == ()
        assert listing.inbox(service, WHO[who])["waiting"] == []
        assert {s["count"] for s in listing.board(service, WHO[who])["stages"]} == {0}
    for caller, error in ((WHO["portal"], NotAllowedError), (PUBLIC, SignInNeededError)):
        with pytest.raises(error):
            engaging.get_engagement(service, caller, one["id"])
        with pytest.raises(error):
            listing.list_engagements(service, caller)


def test_a_key_needs_the_scope_for_what_is_for_members(service: Service, begin: Begin):
    one = begin()
    key = replace(WHO["city"], scopes=frozenset({Scope.READ}), key="k")
    with pytest.raises(NotAllowedError, match="read:members"):
        engaging.get_engagement(service, key, one["id"])
    key = replace(key, scopes=frozenset({Scope.READ_MEMBERS}))
    assert engaging.get_engagement(service, key, one["id"])["version"] == 1
    with pytest.raises(NotAllowedError, match="'write'"):
        engaging.move(service, key, one["id"], "consent")


def test_lists_are_filtered_and_paged(service: Service, begin: Begin, clock: Any):
    first = begin()
    clock.forward(days=1)
    second = begin(by="secretariat", need="midtown-need-1")
    clock.forward(days=1)
    third = begin(
        ("partner", "decline", {"reason": "terms"}), by="secretariat", need="lowtown-need-1"
    )
    staff = WHO["secretariat"]

    def ids(who: Any = staff, **wished: Any) -> list[str]:
        return [one["id"] for one in listing.list_engagements(service, who, **wished).items]

    assert ids() == [third["id"], second["id"], first["id"]]
    assert ids(stage="declined") == ids(stage="ended") == [third["id"]]
    assert ids(stage="open") == [second["id"], first["id"]]
    assert ids(country="upland") == ids(stage="open")
    assert ids(city="midtown") == ids(need="midtown-need-1") == [second["id"]]
    assert ids(partner="college") == []
    assert ids(WHO["other city"], whose="me") == [second["id"]]
    assert ids(WHO["partner"], whose="me") == [second["id"]]
    assert ids(overdue=True) == []
    clock.forward(days=9)
    assert ids(overdue=True) == [first["id"]]
    page = listing.list_engagements(service, staff, limit=2)
    rest = listing.list_engagements(service, staff, limit=2, cursor=page.next)
    assert [one["id"] for one in (*page.items, *rest.items)] == ids()
    assert rest.next == ""
    for wrong in ({"stage": "x"}, {"whose": "you"}, {"cursor": "x"}, {"limit": 0}):
        with pytest.raises(BadRequestError):
            listing.list_engagements(service, staff, **wrong)


def test_the_board_counts_by_stage_what_the_caller_sees(service: Service, begin: Begin):
    begin(("city", "consent"), ("country", "no_objection"))
    begin(by="secretariat", need="lowtown-need-1")
    counts = {
        who: {
            s["name"]: s["count"] for s in listing.board(service, WHO[who])["stages"] if s["count"]
        }
        for who in ("secretariat", "country", "other country", "city")
    }
    assert counts == {
        "secretariat": {"proposed": 1, "consented": 1}, "country": {"consented": 1},
        "other country": {"proposed": 1}, "city": {"consented": 1},
    }  # fmt: skip


# Moved


def test_from_the_first_move_to_the_end(service: Service, begin: Begin):
    one = begin(*WHOLE)
    assert (one["stage"], one["form"]["name"], one["open"]) == ("completed", "pilot", False)
    assert [move["stage"] for move in one["moves"]] == [
        "proposed", "proposed", "consented", "introduced", "in_discussion", "in_discussion",
        "agreed", "agreed", "agreed", "in_delivery", "completed",
    ]  # fmt: skip
    assert one["waits"] == []
    assert [m["name"] for m in one["your"]["moves"]] == ["note"]
    done = check(service)
    assert (done.engagements, done.faults) == (1, ())


def test_what_both_sides_publish_stands_in_the_graph_and_nothing_before(
    service: Service, begin: Begin, ask: Ask, clock: Any
):
    def stored() -> list[dict[str, Any]]:
        wanted = outcome_id(one["id"])
        return ask("MATCH (n:Collaboration {id: $id}) RETURN properties(n) AS p", id=wanted)

    one = begin(*WHOLE[:7], note="What we say to each other.")
    assert stored() == []
    engaging.move(service, WHO["partner"], one["id"], "publish")
    (found,) = stored()
    assert found["p"]["stage"] == "planned"
    assert found["p"]["role"] == "delivery"
    clock.forward(days=3)
    engaging.move(service, WHO["city"], one["id"], "deliver")
    engaging.move(service, WHO["city"], one["id"], "complete", note="A secret remark.")
    (found,) = stored()
    assert found["p"]["stage"] == "completed"
    assert (found["p"]["agreed_on"], found["p"]["date"]) == ("2030-01-01", "2030-01-04")
    assert ask("MATCH (s:Source {id: $id}) RETURN count(s) AS n", id=SOURCE) == [{"n": 1}]
    logged = str(ask("MATCH (n) WHERE NOT n:Record RETURN properties(n) AS p"))
    assert "A secret remark" not in logged
    assert "say to each other" not in logged
    assert one["id"] not in logged


def test_a_move_needs_the_version_that_was_seen_if_one_is_named(service: Service, begin: Begin):
    one = begin()
    engaging.move(service, WHO["country"], one["id"], "no_objection", expected=1)
    with pytest.raises(VersionConflictError) as caught:
        engaging.move(service, WHO["city"], one["id"], "consent", expected=1)
    assert caught.value.version == 2
    assert engaging.move(service, WHO["city"], one["id"], "consent", expected=2)["version"] == 3


def test_the_same_move_sent_twice_is_one(service: Service, begin: Begin):
    one = begin()
    for _ in range(2):
        done = engaging.move(service, WHO["city"], one["id"], "consent", expected=1, uuid="u")
        assert done["version"] == 2
    with pytest.raises(ConflictError, match="Another move"):
        engaging.move(service, WHO["city"], one["id"], "note", note="x", uuid="u")


def test_refusals_of_moves_say_what_is_wrong(service: Service, begin: Begin):
    one = begin()
    city = WHO["city"]
    with pytest.raises(BadRequestError, match="move: must be one of consent"):
        engaging.move(service, city, one["id"], "express_interest")
    with pytest.raises(NotAllowedError, match="secretariat"):
        engaging.move(service, city, one["id"], "introduce")
    with pytest.raises(NotAllowedError, match="clock"):
        engaging.move(service, WHO["secretariat"], one["id"], "silence", about="country")
    with pytest.raises(ConflictError, match="possible now: consent, decline"):
        engaging.move(service, city, one["id"], "discuss")
    with pytest.raises(BadRequestError, match="documents: 'x' is no document"):
        engaging.move(service, city, one["id"], "note", documents=["x"])
    with pytest.raises(BadRequestError, match="at most 20"):
        engaging.move(service, city, one["id"], "note", documents=[str(n) for n in range(21)])
    assert engaging.get_engagement(service, city, one["id"])["version"] == 1


def test_it_holds_a_bounded_number_of_moves(service: Service, begin: Begin):
    one = begin()
    record = service.records.get("engagement", one["id"])
    full = [{**record["moves"][0], "uuid": str(n)} for n in range(500)]
    service.records.change("engagement", one["id"], lambda f: {**f, "moves": full, "told": 500})
    with pytest.raises(ConflictError, match="500 moves"):
        engaging.move(service, WHO["city"], one["id"], "note", note="One more.")


# The inbox and notices


def test_the_inbox_holds_what_waits_for_whoever_asks_most_urgent_first(
    service: Service, begin: Begin, clock: Any
):
    later_ = begin(by="secretariat", need="midtown-need-1")
    clock.forward(days=2)
    one = begin()
    country = listing.inbox(service, WHO["country"])
    assert [line["id"] for line in country["waiting"]] == [later_["id"], one["id"]]
    assert country["waiting"][0]["wait"]["then"] == "silence"
    assert [move["name"] for move in country["waiting"][0]["moves"]] == [
        "no_objection", "object", "note",
    ]  # fmt: skip
    assert [line["id"] for line in listing.inbox(service, WHO["partner"])["waiting"]] == [
        later_["id"]
    ]
    assert listing.inbox(service, WHO["secretariat"])["waiting"] == []
    assert listing.inbox(service, WHO["secretariat"])["unseen"] == 0


def test_whoever_is_waited_for_is_told_and_so_are_those_concerned_when_it_goes_on(
    service: Service, begin: Begin
):
    one = begin(("city", "consent"), ("country", "no_objection"), ("secretariat", "introduce"))

    def kinds(who: str) -> list[str]:
        return sorted(n["kind"] for n in notices.list_notices(service, WHO[who]).items)

    assert kinds("city") == ["news", "your_move", "your_move"]
    assert kinds("country") == ["news", "your_move"]
    assert kinds("alternate") == ["news", "news", "your_move"]
    assert kinds("partner") == ["news", "your_move"]
    assert kinds("secretariat") == ["your_move"]
    assert kinds("other city") == []
    engaging.move(service, WHO["city"], one["id"], "note", note="Nobody else shall read this.")
    page = notices.list_notices(service, WHO["partner"])
    assert "note" in {n["kind"] for n in page.items}
    assert "Nobody else" not in str(page.items)


def test_notices_are_marked_as_seen_each_by_its_own_account(service: Service, begin: Begin):
    begin()
    (mine,) = notices.list_notices(service, WHO["city"], unseen=True).items
    assert notices.mark_seen(service, WHO["country"], [mine["id"]]) == 0
    assert notices.mark_seen(service, WHO["city"], [mine["id"]]) == 1
    page = notices.list_notices(service, WHO["city"])
    assert (page.unseen, page.items[0]["seen"]) == (0, True)
    assert notices.mark_seen(service, WHO["country"]) == 1
    with pytest.raises(BadRequestError):
        notices.mark_seen(service, WHO["city"], ["x"] * 201)


def test_reminders_come_once_and_not_after_the_time_is_out(
    service: Service, begin: Begin, clock: Any
):
    begin()

    def kinds(who: str) -> list[str]:
        items = notices.list_notices(service, WHO[who]).items
        return [n["kind"] for n in items if n["kind"] != "your_move"]

    clock.forward(days=5)
    for _ in range(3):
        run_due(service)
    assert kinds("country") == kinds("alternate") == ["reminder"]
    assert kinds("city") == []
    clock.forward(days=60)
    run_due(service)
    assert "reminder" not in kinds("city")
    assert sorted(kinds("country")) == ["reminder", "silence"]
    assert [n["kind"] for n in notices.list_notices(service, WHO["secretariat"]).items] == [
        "escalated"
    ]


def test_the_silence_of_a_country_that_could_not_be_told_is_none(
    service: Service, begin: Begin, clock: Any
):
    for name in ("acct_country", "acct_alternate"):
        service.records.change("account", name, lambda f: {**f, "state": "suspended"})
    one = begin(("city", "consent"))
    assert [wait["reachable"] for wait in one["waits"]] == [False]
    clock.forward(days=11)
    run_due(service)
    seen = engaging.get_engagement(service, WHO["secretariat"], one["id"])
    assert (seen["stage"], seen["moves"][-1]["name"]) == ("proposed", "escalate")
    assert waits(seen) == {"country", "secretariat"}
    done = engaging.move(
        service, WHO["secretariat"], one["id"], "record_consent", about="country", note="A letter."
    )
    assert done["stage"] == "consented"


# Personal data


def test_the_export_of_an_account_holds_its_moves_and_erasing_it_leaves_only_those(
    service: Service, begin: Begin
):
    one = begin(("city", "note", {"note": "From the officer."}))
    export = accounts.export_personal_data(service, WHO["city"])
    assert [move["note"] for move in export["moves"]] == ["From the officer."]
    assert len(export["notices"]) == 1
    accounts.erase_account(service, WHO["city"])
    assert service.records.count("notice", {"account": "acct_city"}) == 0
    shown = engaging.get_engagement(service, WHO["partner"], one["id"])
    assert shown["moves"][-1]["account"] == "acct_city"
    assert check(service).faults == ()


# Alternates and delegation


def test_an_alternate_speaks_for_the_country_alone(begin: Begin):
    one = begin(("city", "consent"), ("alternate", "no_objection"))
    assert one["stage"] == "consented"
    assert one["moves"][-1]["account"] == WHO["alternate"].account


def test_a_lent_standing_holds_until_its_day_and_the_history_shows_whose_it_was(
    service: Service, begin: Begin, clock: Any
):
    one = begin()
    lent = delegating.delegate(service, WHO["country"], "other-city@cities.example", "2030-01-03")
    assert (lent["to"], lent["holds"]) == (WHO["other city"].account, True)
    helper = WHO["other city"]
    assert [e["id"] for e in listing.inbox(service, helper)["waiting"]] == [one["id"]]
    seen = engaging.get_engagement(service, helper, one["id"])
    assert seen["your"]["parties"][0]["lent_by"] == WHO["country"].account
    done = engaging.move(service, helper, one["id"], "no_objection")
    assert done["moves"][-1]["lent_by"] == WHO["country"].account
    assert done["moves"][-1]["party"] == "country"
    begin(need="uptown-need-2")
    assert "your_move" in {n["kind"] for n in notices.list_notices(service, helper).items}
    clock.forward(days=3)
    with pytest.raises(NotFoundError):
        engaging.get_engagement(service, helper, one["id"])
    assert not delegating.list_delegations(service, helper)[0]["holds"]


def test_a_standing_is_taken_back_at_once_and_ends_with_the_lenders_own(
    service: Service, begin: Begin
):
    one = begin()
    lend = {"to": WHO["other city"].account, "until": "2030-12-31"}
    lent = delegating.delegate(service, WHO["country"], **lend, uuid="d1")
    assert delegating.delegate(service, WHO["country"], **lend, uuid="d1")["id"] == lent["id"]
    with pytest.raises(NotFoundError):
        delegating.end_delegation(service, WHO["alternate"], lent["id"])
    assert not delegating.end_delegation(service, WHO["country"], lent["id"])["holds"]
    with pytest.raises(NotFoundError):
        engaging.get_engagement(service, WHO["other city"], one["id"])
    delegating.delegate(service, WHO["secretariat"], **lend, lender=WHO["country"].account)
    assert engaging.get_engagement(service, WHO["other city"], one["id"])
    service.records.change("account", "acct_country", lambda f: {**f, "state": "suspended"})
    with pytest.raises(NotFoundError):
        engaging.get_engagement(service, WHO["other city"], one["id"])


def test_an_officer_does_not_speak_for_the_country_about_his_own_city(
    service: Service, begin: Begin
):
    one = begin()
    delegating.delegate(service, WHO["country"], WHO["city"].account, "2030-12-31")
    with pytest.raises(NotAllowedError):
        engaging.move(service, WHO["city"], one["id"], "no_objection")


def test_a_standing_is_not_lent_to_the_other_side_or_past_its_day(service: Service):
    for to, until, told in (
        (WHO["partner"].account, "2030-12-31", "to: must be an active account"),
        (WHO["portal"].account, "2030-12-31", "to: must be"),
        ("nobody@cities.example", "2030-12-31", "to: is no account"),
        (WHO["country"].account, "2030-12-31", "to: has this standing"),
        (WHO["alternate"].account, "2029-12-31", "until: must not be past"),
        (WHO["alternate"].account, "soon", "until: must be a day"),
    ):
        with pytest.raises(BadRequestError, match=told):
            delegating.delegate(service, WHO["country"], to, until)
    with pytest.raises(NotAllowedError):
        delegating.delegate(service, WHO["city"], WHO["alternate"].account, "2030-12-31")
    with pytest.raises(BadRequestError, match="lender: is for the secretariat"):
        delegating.delegate(
            service, WHO["country"], WHO["city"].account, "2030-12-31", lender="acct_alternate"
        )
    with pytest.raises(BadRequestError, match="lender: is needed"):
        delegating.delegate(service, WHO["secretariat"], WHO["city"].account, "2030-12-31")
    with pytest.raises(BadRequestError, match="country: must be one of upland"):
        delegating.delegate(
            service, WHO["country"], WHO["city"].account, "2030-12-31", country="lowland"
        )


def test_the_operator_at_the_machine_sees_all(service: Service, begin: Begin):
    one = begin()
    assert engaging.get_engagement(service, SYSTEM, one["id"])["version"] == 1


def test_a_portfolio_introduces_nobody_between_whom_an_engagement_is_open(
    service: Service, begin: Begin
):
    def told() -> tuple[set[tuple[str, str]], dict[tuple[str, str], str]]:
        found = portfolio(service, SYSTEM, parse_asked({"per_need": "3"}))
        chosen = {(p["need"]["id"], p["partner"]["id"]) for p in found["introductions"]}
        reasons = {
            (p["need"]["id"], p["partner"]["id"]): p["reason"]
            for p in found["excluded"]
            if "under way" in p["reason"]
        }
        return chosen, reasons

    chosen, reasons = told()
    need, partner = min(chosen)
    assert reasons == {}
    one = begin(by="secretariat", need=need, partner=partner)
    after, reasons = told()
    assert (need, partner) not in after
    assert reasons == {(need, partner): "An engagement between them is under way."}
    engaging.move(service, SYSTEM, one["id"], "withdraw", reason="no_answer")
    assert told() == (chosen, {})
