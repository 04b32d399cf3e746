"""Saved searches and digests: what counts as new, told once, by mail and in the inbox."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.message import Message
from typing import Any

import pytest

from matchmaker.errors import (
    ConflictError,
    InvalidDataError,
    LinkRefusedError,
    NotFoundError,
    SignInNeededError,
    VersionConflictError,
)
from matchmaker.permissions import PUBLIC, SYSTEM, Caller, Scope
from matchmaker.usecases import accounts
from matchmaker.usecases.alerts import digests, searches, unsubscribing
from matchmaker.usecases.alerts.digests import run_due
from matchmaker.usecases.alerts.looking import FIRST
from matchmaker.usecases.brokering.notices import list_notices, send_mail
from matchmaker.usecases.service import Service
from tests.post import Post
from tests.usecases.accounts.conftest import Clock
from tests.usecases.alerts.conftest import NEED, Grow, Json, copy_of

FOR_NEED = {"kind": "need", "subject": NEED, "least_band": "speculative"}


def told(search: Json) -> list[str]:
    return [item["target"] or item["entity"] for item in search["last"]]


def text_of(message: Message) -> str:
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    return body.decode()


def save(service: Service, caller: Caller, **given: Any) -> str:
    return str(searches.create_search(service, caller, {**FOR_NEED, **given})["id"])


def get(service: Service, caller: Caller, search: str) -> Json:
    return searches.get_search(service, caller, search)


def test_what_is_new_among_the_first_matches_is_told_once(
    live: Service, officer: Caller, clock: Clock, grow: Grow,
    mail_on: Callable[[], None], post: Post,
) -> None:  # fmt: skip
    mail_on()
    search = save(live, officer)
    assert get(live, officer, search)["told"] == FIRST
    grow("first")
    assert run_due(live) == 0, "its time has not come"
    clock.forward(days=1)
    assert run_due(live) == 1
    assert told(get(live, officer, search)) == ["a-made-up-first"]
    assert send_mail(live) == 1
    (message,) = post.wait_for(1)
    assert message["Subject"] == "1 new result in a saved search"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].startswith("<https://cities.example/unsubscribe/a")
    text = text_of(message)
    assert f"https://cities.example/matches/{NEED}/a-made-up-first" in text
    assert message["List-Unsubscribe"].strip("<>") in text

    document = copy_of(live, "a-made-up-first", "a-made-up-first", title="Better words")
    live.put(document, actor="tests")
    clock.forward(days=2)
    assert run_due(live) == 0, "a match that has changed is not a new one"
    assert send_mail(live) == 0
    (notice,) = list_notices(live, officer).items
    assert (notice["kind"], notice["page"]) == ("digest", "/account/searches")


def test_without_a_change_of_the_graph_nothing_is_ranked(
    live: Service, officer: Caller, clock: Clock
) -> None:
    search = save(live, officer)
    live.matcher._questions.clear()
    clock.forward(days=1)
    assert run_due(live) == 0
    assert live.matcher._questions == {}
    assert get(live, officer, search)["next_at"] == "2030-01-03T00:00:00.000Z"


def test_all_that_is_due_at_a_time_comes_in_one_message(
    live: Service, officer: Caller, clock: Clock, grow: Grow, join: Callable[..., Caller],
    mail_on: Callable[[], None], post: Post,
) -> None:  # fmt: skip
    partner = join("partner", subjects=("adb",))
    mail_on()
    daily, weekly = save(live, officer), save(live, officer, frequency="weekly", name="By week")
    other = save(live, partner)
    grow("one")
    clock.forward(days=6)  # Monday
    assert run_due(live) == 2
    assert send_mail(live) == 2
    subjects = {to[0]: m["Subject"] for to, m in zip(post.recipients, post.messages, strict=True)}
    assert subjects == {
        "city_officer@cities.example": "2 new results in 2 saved searches",
        "partner@cities.example": "1 new result in a saved search",
    }
    assert all(told(get(live, officer, one)) == ["a-made-up-one"] for one in (daily, weekly))
    assert told(get(live, partner, other)) == ["a-made-up-one"]
    times = [get(live, officer, one)["next_at"][:10] for one in (daily, weekly)]
    assert times == ["2030-01-08", "2030-01-14"]


def test_only_a_match_of_the_band_and_score_asked_for_is_told(
    live: Service, officer: Caller, clock: Clock, grow: Grow
) -> None:
    score = max(m["score"] for m in live.need_matches(NEED, 20)["matches"])
    high, low = save(live, officer, least_score=1), save(live, officer, least_score=score / 2)
    grow("one")
    clock.forward(days=1)
    run_due(live)
    assert (told(get(live, officer, high)), told(get(live, officer, low))) == (
        [], ["a-made-up-one"],
    )  # fmt: skip
    searches.change_search(live, officer, high, {"least_score": 0})
    clock.forward(days=1)
    assert run_due(live) == 1, "what stood there before, and now passes, is told"
    assert "a-made-up-one" in told(get(live, officer, high))


def test_offers_and_partners_are_told_of_new_needs(
    live: Service, officer: Caller, clock: Clock
) -> None:
    match = live.offer_matches("adb-finance", 1)["matches"][0]
    made = [
        save(live, officer, kind=kind, subject=subject)
        for kind, subject in (("offer", "adb-finance"), ("partner", "adb"))
    ]
    live.put(copy_of(live, match["need"]["id"], "a-made-up-need"), actor="tests")
    try:
        clock.forward(days=1)
        assert run_due(live) == 1
        for search in made:
            found = get(live, officer, search)["last"]
            assert {item["need"] for item in found} == {"a-made-up-need"}
            best = [item for item in found if item["target"] == "adb-finance"]
            pair = live.pair("a-made-up-need", "adb-finance")
            assert [item["score"] for item in best] == [pair["match"]["score"]]
    finally:
        live.delete("a-made-up-need", actor="tests")


def test_a_list_is_followed_with_its_filters(
    live: Service, officer: Caller, clock: Clock, grow: Grow
) -> None:
    wanted = {"kind": "list", "type": "offer", "filters": {"partner": ["adb"]}, "q": "drains"}
    search = searches.create_search(live, officer, wanted)
    assert (search["title"], search["page"]) == (
        "Offers: drains, adb",
        "/offers?partner=adb&q=drains",
    )
    grow("other", "jica-technical-assistance", title="Advice on drains")
    grow("wanted", "adb-finance", title="Money for drains")
    clock.forward(days=1)
    assert run_due(live) == 1
    assert told(get(live, officer, search["id"])) == ["a-made-up-wanted"]


def test_a_paused_search_rests_and_tells_afterwards_what_it_missed(
    live: Service, officer: Caller, clock: Clock, grow: Grow
) -> None:
    search = save(live, officer)
    searches.change_search(live, officer, search, {"state": "paused"})
    grow("one")
    clock.forward(days=3)
    assert run_due(live) == 0
    searches.change_search(live, officer, search, {"state": "active"})
    assert run_due(live) == 0
    clock.forward(days=1)
    assert run_due(live) == 1


def test_what_a_search_is_for_may_go_or_be_merged(
    live: Service, officer: Caller, clock: Clock, grow: Grow
) -> None:
    grow("subject")
    gone = save(live, officer, kind="offer", subject="a-made-up-subject")
    merged = save(live, officer, kind="offer", subject=grow("merged"))
    live.merge("a-made-up-merged", "adb-finance", actor="tests")
    found = get(live, officer, merged)
    assert (found["exists"], found["page"]) == (True, "/offers/adb-finance")
    live.delete("a-made-up-subject", actor="tests")
    assert get(live, officer, gone)["exists"] is False
    clock.forward(days=1)
    run_due(live)
    assert get(live, officer, gone)["last"] == []


@pytest.mark.parametrize("die_after", range(1, 8))
def test_whoever_is_killed_in_between_nothing_is_told_twice_or_lost(
    live: Service, officer: Caller, clock: Clock, grow: Grow, die_after: int,
    mail_on: Callable[[], None], post: Post,
) -> None:  # fmt: skip
    mail_on()
    made = [save(live, officer), save(live, officer, name="The same again")]
    grow("one")
    clock.forward(days=1)
    door = live._writer
    live._writer = Dying(door, die_after)  # type: ignore[assignment]
    try:
        run_due(live)
        send_mail(live)
    except KilledError:
        pass
    finally:
        live._writer = door
    run_due(live)
    send_mail(live)
    clock.forward(hours=1)
    send_mail(live)
    assert [told(get(live, officer, one)) for one in made] == [["a-made-up-one"]] * 2
    assert live.records.count("digest", {"account": officer.account}) == 1
    assert live.records.count("digest", {"state": "open"}) == 0
    assert live.records.count("notice", {"account": officer.account}) == 1
    assert len(post.messages) in (1, 2), "at least once: again only if killed after it was sent"
    assert {m["Subject"] for m in post.messages} == {"2 new results in 2 saved searches"}
    assert len({m["Message-ID"] for m in post.messages}) == 1, "programs for mail show it once"


class KilledError(BaseException):
    """The process is no more."""


class Dying:
    """The door to the records of a process that dies when it would make a certain write."""

    def __init__(self, door: Any, left: int) -> None:
        self._door, self._left = door, left

    def __getattr__(self, name: str) -> Any:
        return self if name == "records" else self._counted(name)

    def _counted(self, name: str) -> Callable[..., Any]:
        does = getattr(self._door.records, name)

        def run(*args: Any, **kwargs: Any) -> Any:
            if name not in ("create", "change"):
                return does(*args, **kwargs)
            self._left -= 1
            if self._left <= 0:
                raise KilledError
            return does(*args, **kwargs)

        return run


def test_of_many_who_run_the_searches_at_once_one_tells(
    live: Service, officer: Caller, clock: Clock, grow: Grow
) -> None:
    search = save(live, officer)
    grow("one")
    clock.forward(days=1)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: digests.tell(live, officer.account), range(16)))
    assert get(live, officer, search)["told"] == FIRST + 1
    assert live.records.count("digest", {"account": officer.account}) == 1
    assert len(list_notices(live, officer).items) == 1


def test_links_stop_mail_or_a_search_without_a_sign_in(
    live: Service, officer: Caller, clock: Clock, grow: Grow,
    mail_on: Callable[[], None], post: Post,
) -> None:  # fmt: skip
    mail_on()
    search = save(live, officer)
    grow("one")
    clock.forward(days=1)
    run_due(live)
    send_mail(live)
    links = [one for one in post.links() if "/unsubscribe/" in one]
    one, every = (link.rpartition("/")[2] for link in links)
    assert unsubscribing.unsubscribe(live, one) == "search"
    assert unsubscribing.unsubscribe(live, one) == "search"
    assert get(live, officer, search)["state"] == "paused"
    searches.change_search(live, officer, search, {"state": "active"})
    assert unsubscribing.unsubscribe(live, every) == "account"
    assert unsubscribing.mail_off(live, officer) == ["digest"]
    grow("two")
    clock.forward(days=1)
    assert run_due(live) == 1
    assert send_mail(live) == 0
    assert [n["mail"] for n in list_notices(live, officer).items] == ["off", "sent"]
    unsubscribing.choose_mail(live, officer, frozenset({"digest"}))
    assert unsubscribing.mail_off(live, officer) == ["engagements"]
    for wrong in ("", "a", f"{every}x", every[1:], "s" + every[1:], "x" * 300, "\ud800.\ud800"):
        with pytest.raises(LinkRefusedError):
            unsubscribing.unsubscribe(live, wrong)
    accounts.erase_account(live, officer)
    assert unsubscribing.unsubscribe(live, every) == "account", "tells nothing of who there is"
    assert unsubscribing.unsubscribe(live, one) == "search"
    assert live.records.count("saved_search", {}) == live.records.count("digest", {}) == 0


def test_a_suspended_account_is_not_told_until_it_is_back(
    live: Service, officer: Caller, clock: Clock, grow: Grow
) -> None:
    search = save(live, officer)
    grow("one")
    accounts.change_account(live, SYSTEM, officer.account, state="suspended")
    clock.forward(days=1)
    assert run_due(live) == 0
    accounts.change_account(live, SYSTEM, officer.account, state="active")
    clock.forward(days=1)
    assert run_due(live) == 1
    assert told(get(live, officer, search)) == ["a-made-up-one"]


def test_one_account_neither_sees_nor_changes_the_searches_of_another(
    live: Service, officer: Caller, join: Callable[..., Caller]
) -> None:
    search, partner = save(live, officer), join("partner", subjects=("adb",))
    for act in (
        lambda who: searches.get_search(live, who, search),
        lambda who: searches.change_search(live, who, search, {"state": "paused"}),
        lambda who: searches.delete_search(live, who, search),
    ):
        for who in (partner, SYSTEM):
            with pytest.raises(NotFoundError):
                act(who)
        with pytest.raises(SignInNeededError):
            act(PUBLIC)
    assert searches.list_searches(live, partner) == []
    assert [one["id"] for one in searches.list_searches(live, officer)] == [search]
    searches.delete_search(live, officer, search)
    assert searches.list_searches(live, officer) == []


def test_a_search_made_with_a_key_sees_no_more_than_the_key(live: Service, officer: Caller) -> None:
    key = replace(officer, scopes=frozenset({Scope.ACCOUNT, Scope.READ}))
    record = live.records.get("saved_search", save(live, key))
    assert record is not None
    assert searches.caller_of(record, officer) == key


def test_an_account_saves_so_many_searches_and_the_same_request_only_one(
    live: Service, officer: Caller
) -> None:
    for number in range(searches.MOST_SEARCHES):
        searches.create_search(live, officer, FOR_NEED, uuid=f"search-{number}")
    searches.create_search(live, officer, FOR_NEED, uuid="search-0")
    with pytest.raises(ConflictError, match="at most 50"):
        save(live, officer)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, "kind"),
        ({"kind": "city"}, "kind"),
        ({"kind": "need"}, "subject"),
        ({"kind": "need", "subject": 5}, "subject"),
        ({"kind": "need", "subject": "adb-finance"}, "subject"),
        ({**FOR_NEED, "q": "drains"}, "q"),
        ({**FOR_NEED, "least_band": "good"}, "least_band"),
        ({**FOR_NEED, "least_score": 1.1}, "least_score"),
        ({**FOR_NEED, "least_score": True}, "least_score"),
        ({**FOR_NEED, "frequency": "hourly"}, "frequency"),
        ({**FOR_NEED, "name": "A\nB"}, "name"),
        ({**FOR_NEED, "name": "A" * 201}, "name"),
        ({"kind": "list", "type": "city", "q": "a"}, "type"),
        ({"kind": "list", "type": "need"}, "filters"),
        ({"kind": "list", "type": "need", "filters": {"topic": "water"}}, "filters"),
        ({"kind": "list", "type": "need", "filters": {"topic": []}}, "filters"),
        ({"kind": "list", "type": "need", "filters": {"colour": ["red"]}}, "filters"),
        ({"kind": "list", "type": "need", "filters": {"topic": ["red"]}}, "filters"),
        ({"kind": "list", "type": "need", "q": 5}, "q"),
        ({"kind": "list", "type": "need", "q": "a", "least_score": 0.5}, "least_score"),
    ],
)  # fmt: skip
def test_a_search_that_cannot_be_run_is_not_saved(
    live: Service, officer: Caller, given: Json, fault: str
) -> None:
    with pytest.raises(InvalidDataError) as caught:
        searches.create_search(live, officer, given)
    assert fault in {one.column for one in caught.value.faults}


def test_a_change_names_what_can_be_changed_and_the_version_seen(
    live: Service, officer: Caller
) -> None:
    search = save(live, officer)
    for wrong in ({"subject": "jakarta-p1"}, {"state": "dead"}, {"least_score": "0.5"}):
        with pytest.raises(InvalidDataError):
            searches.change_search(live, officer, search, wrong)
    changed = searches.change_search(live, officer, search, {"name": "Mine"}, expected=1)
    assert (changed["title"], changed["version"]) == ("Mine", 2)
    with pytest.raises(VersionConflictError):
        searches.change_search(live, officer, search, {"name": "Other"}, expected=1)
