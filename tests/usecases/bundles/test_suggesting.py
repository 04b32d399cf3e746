"""Suggestions over the real seeds: every number can be worked out anew from single pairs."""

from __future__ import annotations

from itertools import combinations

import pytest

from matchmaker.bundles.supplying import FUNDING, SOLUTION
from matchmaker.errors import NotAllowedError, SignInNeededError
from matchmaker.graph import Snapshot
from matchmaker.matching.index import Index
from matchmaker.permissions import PUBLIC, SYSTEM, Caller, Role
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.bundles.suggesting import bundle_document, suggest, suggestions
from matchmaker.usecases.matches import Document, Matcher
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service
from matchmaker.web.bundles.picture import bundle_picture


@pytest.fixture(scope="module")
def service(schema: Schema, seeds: SeedSet) -> Service:
    """Return a service over the real seeds."""
    return service_from_seeds(schema, Settings(), seeds=seeds)


@pytest.fixture(scope="module")
def found(service: Service) -> Document:
    """Return what the seeds suggest."""
    return suggest(service, SYSTEM)


def test_every_open_need_is_in_one_suggestion_or_told_to_be_alone(
    service: Service, found: Document
) -> None:
    inside = [need["id"] for one in found["suggestions"] for need in one["needs"]]
    alone = [need["id"] for need in found["alone"]]
    needs = service.matcher.index.profiles.needs.values()
    assert sorted(inside + alone) == sorted(n.id for n in needs if n.status == "open")
    assert len(found["suggestions"]) >= 5
    for one in found["suggestions"]:
        cities = {need["city"]["id"] for need in one["needs"]}
        assert len(cities) == one["cities"] >= 2
        assert min(need["to_rest"] for need in one["needs"]) >= found["method"]["least"]


def test_cohesion_and_the_least_like_follow_from_the_pairs(found: Document) -> None:
    for one in found["suggestions"]:
        ids = [need["id"] for need in one["needs"]]
        told = {tuple(link["needs"]): link["likeness"] for link in one["alike"]}
        assert set(told) == set(combinations(ids, 2))
        assert one["cohesion"] == pytest.approx(sum(told.values()) / len(told), abs=2e-6)
        rest = {i: [v for pair, v in told.items() if i in pair] for i in ids}
        means = {i: sum(values) / len(values) for i, values in rest.items()}
        for need in one["needs"]:
            assert need["to_rest"] == pytest.approx(means[need["id"]], abs=2e-6)
        assert means[one["least_like"]] == pytest.approx(min(means.values()), abs=2e-6)


def test_likeness_is_the_weighted_mean_of_the_parts_that_are_told(found: Document) -> None:
    weights = found["method"]["weights"]
    for one in found["suggestions"]:
        for link in one["alike"]:
            known = {name: link[name] for name in weights if link[name] is not None}
            total = sum(weights[name] for name in known)
            mean = sum(weights[name] * value for name, value in known.items()) / total
            assert link["likeness"] == pytest.approx(mean, abs=3e-6)


def test_every_score_is_worked_out_anew_from_pair_documents(
    service: Service, found: Document
) -> None:
    checked = 0
    for one in found["suggestions"][:4]:
        city = {need["id"]: need["city"]["id"] for need in one["needs"]}
        for answer in [*one["pairs"][:2], *one["singles"][:2]]:
            of_city: dict[str, list[float]] = {}
            for part in answer["of_needs"]:
                scores = []
                for line in part["scores"]:
                    pair = service.pair(part["need"], line["target"])
                    assert pair["eligible"]
                    assert pair["match"]["score"] == line["score"]
                    scores.append(line["score"])
                    checked += 1
                worth = 2 / sum(1 / s for s in scores) if len(scores) == 2 else scores[0]
                assert part["value"] == pytest.approx(worth)
                of_city.setdefault(city[part["need"]], []).append(part["value"])
            means = {name: sum(values) / len(values) for name, values in of_city.items()}
            assert answer["score"] == pytest.approx(sum(means.values()) / len(means))
            assert answer["floor"]["value"] == pytest.approx(min(means.values()))
            assert means[answer["floor"]["city"]] == pytest.approx(min(means.values()))
    assert checked > 50


def test_a_pair_is_a_solution_and_a_funder_of_two_partners(found: Document) -> None:
    for one in found["suggestions"]:
        for answer in one["pairs"]:
            solution, funder = answer["supplies"]
            assert set(solution["support"]) & SOLUTION
            assert set(funder["support"]) & FUNDING
            assert solution["partner"]["id"] != funder["partner"]["id"]
        scores = [answer["score"] for answer in one["pairs"]]
        assert scores == sorted(scores, reverse=True)


def test_the_same_needs_in_another_order_suggest_the_same(
    service: Service, found: Document, schema: Schema, seeds: SeedSet
) -> None:
    backwards = Snapshot.build(schema, seeds.entities[::-1], 0, seeds.as_of)
    matcher = Matcher(Index.build(backwards, service.matcher.index.vectors))
    assert suggestions(matcher)["suggestions"] == found["suggestions"]


def test_needs_that_are_taken_are_left_out(service: Service, found: Document) -> None:
    gone = {need["id"] for need in found["suggestions"][0]["needs"]}
    less = suggestions(service.matcher, gone)
    assert less["needs"] == found["needs"] - len(gone)
    told = {need["id"] for one in less["suggestions"] for need in one["needs"]}
    assert not told & gone


def test_any_open_needs_are_told_of_like_a_suggestion(service: Service, found: Document) -> None:
    one = found["suggestions"][1]
    again = bundle_document(service.matcher, [need["id"] for need in reversed(one["needs"])])
    assert again == one
    assert bundle_document(service.matcher, ["no-such-need"])["alike"] == []


def test_suggestions_are_for_staff(service: Service) -> None:
    with pytest.raises(SignInNeededError):
        suggest(service, PUBLIC)
    officer = Caller(Role.CITY_OFFICER, "a", frozenset({"phuket"}))
    with pytest.raises(NotAllowedError):
        suggest(service, officer)


def test_the_picture_names_each_city_and_joins_each_pair(found: Document) -> None:
    for one in found["suggestions"]:
        picture = bundle_picture(one["needs"], one["alike"], one["least_like"])
        assert picture.count("<circle") == len(one["needs"])
        assert picture.count("<line") == len(one["alike"])
        assert picture.count('class="outer"') == 1
