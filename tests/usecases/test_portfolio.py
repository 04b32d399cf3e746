"""A portfolio over the real seeds: what the lists say, within limits, told completely."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import fsum

import orjson
import pytest

from matchmaker.errors import BadRequestError, NotAllowedError, SignInNeededError
from matchmaker.model import Entity
from matchmaker.permissions import PUBLIC, SYSTEM, Caller, Role
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.matches import Document
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.portfolio.asking import DIALS, parse_asked
from matchmaker.usecases.portfolio.choosing import portfolio
from matchmaker.usecases.service import Service

TIGHT = {
    "per_need": "2", "per_city": "4", "per_partner": "3", "ceiling_country": "9",
    "floor_city": "2", "floor_country": "4", "minimum_fit": "0.2", "first": "5",
}  # fmt: skip


@pytest.fixture(scope="module")
def service(schema: Schema, seeds: SeedSet) -> Service:
    """Return a service over the real seeds."""
    return service_from_seeds(schema, Settings(), seeds=seeds)


@pytest.fixture(scope="module")
def tight(service: Service) -> Document:
    """Return a portfolio under limits that bind."""
    return portfolio(service, SYSTEM, parse_asked(TIGHT))


def pairs_of(document: Document) -> set[tuple[str, str]]:
    return {(one["need"]["id"], one["target"]) for one in document["introductions"]}


def test_scores_and_ranks_are_those_of_the_lists(service: Service, tight: Document) -> None:
    for one in tight["introductions"]:
        listed = service.need_matches(one["need"]["id"], 200)["matches"]
        match = listed[one["rank"] - 1]
        assert one["target"] == (match["offer"] or match["partner"])["id"]
        shown = ("score", "city_fit", "partner_fit", "band")
        assert [one[name] for name in shown] == [match[name] for name in shown]


def test_the_total_is_the_sum_of_the_scores_in_millionths(tight: Document) -> None:
    scores = [one["score"] for one in tight["introductions"]]
    assert tight["total"] == pytest.approx(fsum(round(s, 6) for s in scores), abs=1e-9)
    assert scores == sorted(scores, reverse=True)
    assert [one["place"] for one in tight["introductions"]] == list(range(1, len(scores) + 1))


def test_every_limit_is_kept_and_every_floor_missed_is_told(tight: Document) -> None:
    chosen = tight["introductions"]
    assert max(Counter(o["need"]["id"] for o in chosen).values()) <= 2
    assert max(Counter(o["need"]["city"]["id"] for o in chosen).values()) <= 4
    assert max(Counter(o["partner"]["id"] for o in chosen).values()) <= 3
    homes = Counter(o["partner"]["country"]["id"] for o in chosen if o["partner"]["country"])
    assert max(homes.values()) <= 9
    assert min(min(o["city_fit"], o["partner_fit"]) for o in chosen) >= 0.2
    states = Counter(o["need"]["country"]["id"] for o in chosen)
    cities = Counter(o["need"]["city"]["id"] for o in chosen)
    missed = {c["id"] for c in tight["counts"]["countries"] if states[c["id"]] < 4}
    missed |= {c["id"] for c in tight["counts"]["cities"]
               if c["under_served"] and cities[c["id"]] < 2}  # fmt: skip
    assert {one["id"] for one in tight["unmet"]} == missed
    timor = next(one for one in tight["unmet"] if one["id"] == "country-timor-leste")
    assert timor["message"] == "Timor-Leste gets 0 of 4: it has no open need."


def test_of_the_first_ranks_each_is_chosen_or_told_why_not(
    service: Service, tight: Document
) -> None:
    told = pairs_of(tight) | {(one["need"]["id"], one["target"]) for one in tight["excluded"]}
    needs = service.snapshot.of_type("need").values()
    first = {
        (need.id, (match["offer"] or match["partner"])["id"])
        for need in needs
        for match in service.need_matches(need.id, 5)["matches"]
    }
    assert len(first) > 250
    assert first <= told
    assert all(one["reason"] and one["limits"] for one in tight["excluded"])


def test_partners_already_at_work_on_a_need_are_not_introduced_again(
    service: Service, tight: Document
) -> None:
    at_work = {
        (c.text("need"), c.text("partner"))
        for c in service.snapshot.of_type("collaboration").values()
        if c.text("need")
    }
    chosen = {(one["need"]["id"], one["partner"]["id"]) for one in tight["introductions"]}
    assert at_work
    assert not at_work & chosen
    assert any(one["limits"] == ["already"] for one in tight["excluded"])


def test_it_is_never_worse_than_by_hand_and_never_better_than_without_limits(
    tight: Document,
) -> None:
    compared = tight["compared"]
    assert compared["best"]["floors_met"] >= compared["greedy"]["floors_met"]
    assert compared["greedy"]["total"] < compared["best"]["total"]
    assert compared["best"]["total"] <= tight["price"]["unconstrained"]
    price = tight["price"]
    assert fsum(step["given_up"] for step in price["steps"]) == pytest.approx(price["given_up"])


def test_what_would_give_way_is_chosen_and_what_would_come_is_not(tight: Document) -> None:
    forced = [one["forced"] for one in tight["excluded"] if one["forced"]]
    assert len(forced) > 20
    chosen = pairs_of(tight)
    for swap in forced:
        assert swap["lost"] >= 0
        assert {(o["need"]["id"], o["target"]) for o in swap["out"]} <= chosen
        assert not {(o["need"]["id"], o["target"]) for o in swap["in"]} & chosen


def test_the_same_question_has_the_same_bytes(service: Service, tight: Document) -> None:
    again = portfolio(service, SYSTEM, parse_asked(TIGHT))
    assert orjson.dumps(again) == orjson.dumps(tight)


def test_the_least_number_of_a_city_is_raised(service: Service) -> None:
    told = {"per_partner": "2", "per_need": "1"}
    plain = portfolio(service, SYSTEM, parse_asked(told))
    fair = portfolio(service, SYSTEM, parse_asked({**told, "max_min": "yes"}))
    asking = [c["id"] for c in fair["counts"]["cities"] if c["needs"]]

    def least(document: Document) -> int:
        got = {c["id"]: c["introductions"] for c in document["counts"]["cities"]}
        return min(got[city] for city in asking)

    assert plain["level"] is None
    assert fair["level"] == least(fair) >= least(plain)


def test_a_small_change_leaves_most_as_it_is(
    schema: Schema, seeds: SeedSet, tight: Document
) -> None:
    """One need solved: its introductions go, and little else moves."""
    gone = tight["introductions"][0]["need"]["id"]

    def changed(entity: Entity) -> Entity:
        if entity.id != gone:
            return entity
        return Entity(entity.type, entity.id, {**entity.values, "status": "solved"})

    fewer = replace(seeds, entities=tuple(map(changed, seeds.entities)))
    service = service_from_seeds(schema, Settings(), seeds=fewer)
    anew = portfolio(service, SYSTEM, parse_asked(TIGHT))
    kept = portfolio(service, SYSTEM, parse_asked(TIGHT), keep=pairs_of(tight))
    before = {pair for pair in pairs_of(tight) if pair[0] != gone}
    moved = len(before - pairs_of(kept))
    assert moved <= len(before - pairs_of(anew))
    assert moved <= 0.1 * len(before)
    price = anew["total"] - kept["total"]
    assert kept["price"]["kept"] == pytest.approx(price, abs=1e-9)
    assert 0 <= price < 0.01 * moved + 0.01


def test_a_national_representative_sees_his_countries_lines_and_the_whole_networks_totals(
    service: Service, tight: Document
) -> None:
    subjects = frozenset({"country-thailand"})
    caller = Caller(Role.NATIONAL_REPRESENTATIVE, "a1", subjects)
    own = portfolio(service, caller, parse_asked(TIGHT))
    states = {o["need"]["country"]["id"] for o in own["introductions"] + own["excluded"]}
    assert states == {"country-thailand"}
    assert own["of_countries"] == ["country-thailand"]
    assert own["total"] == tight["total"]
    assert {one["id"] for one in own["unmet"]} <= {one["id"] for one in tight["unmet"]} - {
        "country-timor-leste"
    }


@pytest.mark.parametrize("role", [Role.PARTNER, Role.CITY_OFFICER, Role.PORTAL])
def test_others_are_refused(service: Service, role: Role) -> None:
    caller = Caller(role, "a2", frozenset({"phuket", "adb"}))
    with pytest.raises(NotAllowedError):
        portfolio(service, caller, parse_asked({}))


def test_the_public_is_asked_to_sign_in(service: Service) -> None:
    with pytest.raises(SignInNeededError):
        portfolio(service, PUBLIC, parse_asked({}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("per_need", "0"), ("per_need", "1.5"), ("per_city", "-1"), ("per_partner", "1001"),
        ("minimum_fit", "1.01"), ("minimum_fit", "nan"), ("minimum_fit", "1e-1"),
        ("max_min", "true"), ("first", "21"), ("floor_city", "٣"), ("per_partners", "1"),
        ("ceiling_country", ""), ("floor_country", "9" * 30),
    ],
)  # fmt: skip
def test_what_is_no_limit_or_out_of_range_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        parse_asked({name: value})
    assert caught.value.parameter == name


def test_zero_is_no_limit_where_a_limit_of_zero_would_be_of_no_use() -> None:
    limits = parse_asked({"per_city": "0", "per_partner": "0", "ceiling_country": "0"}).limits
    assert (limits.per_city, limits.per_partner, limits.ceiling_country) == (None, None, None)
    usual = parse_asked({}).limits
    assert all(getattr(usual, name) == dial.usual for name, dial in DIALS.items())
