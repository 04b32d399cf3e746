"""The report on exposure: recounted from the lists of matches themselves."""

from __future__ import annotations

from collections import Counter
from math import log2

import pytest

from matchmaker.graph import Snapshot
from matchmaker.matching.index import Index
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.exposure import exposure_document
from matchmaker.usecases.matches import Document, Matcher
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service
from tests.factory import SCHEMA, make_need, small_world


@pytest.fixture(scope="module")
def service(schema: Schema, seeds: SeedSet) -> Service:
    """Return a service over the real seeds."""
    return service_from_seeds(schema, Settings(), seeds=seeds)


@pytest.fixture(scope="module", params=[(10, 0.0), (5, 0.8)])
def asked(request: pytest.FixtureRequest) -> tuple[int, float]:
    """Return a length of lists and a bound."""
    found: tuple[int, float] = request.param
    return found


@pytest.fixture(scope="module")
def lists(service: Service, asked: tuple[int, float]) -> list[Document]:
    """Return the lists that the report is about, as anybody gets them."""
    needs = service.snapshot.of_type("need").values()
    return [service.need_matches(n.id, *asked) for n in needs if n.text("status") == "open"]


@pytest.fixture(scope="module")
def report(service: Service, asked: tuple[int, float]) -> Document:
    """Return the report."""
    return service.exposure(*asked)


def test_partners_are_counted_as_often_as_the_lists_show_them(
    service: Service, lists: list[Document], report: Document
) -> None:
    places = [(m["partner"]["id"], m["rank"]) for d in lists for m in d["matches"]]
    counts = Counter(partner for partner, _ in places)
    assert report["listings"] == len(places)
    assert {i["id"]: i["listings"] for i in report["partners"]["items"]} == {
        partner: counts[partner] for partner in service.snapshot.of_type("partner")
    }
    whole = sum(1 / log2(rank + 1) for _, rank in places)
    for item in report["partners"]["items"]:
        visible = sum(1 / log2(rank + 1) for partner, rank in places if partner == item["id"])
        assert item["exposure"] == pytest.approx(visible)
        assert item["share"] == pytest.approx(counts[item["id"]] / len(places))
        assert item["exposure_share"] == pytest.approx(visible / whole)
    assert report["partners"]["coverage"] == len(counts) / report["partners"]["total"]
    assert report["partners"]["top_share"] == max(counts.values()) / len(places)


def test_home_countries_are_those_of_the_partners_and_the_rest_stands_apart(
    service: Service, lists: list[Document], report: Document
) -> None:
    home = {p.id: p.text("country") for p in service.snapshot.of_type("partner").values()}
    counts = Counter(home[m["partner"]["id"]] for d in lists for m in d["matches"])
    found = report["countries"]
    assert found["without_country"]["listings"] == counts[""]
    items = {i["id"]: i["listings"] for i in found["items"]}
    assert items == {country: counts[country] for country in set(home.values()) - {""}}
    shares = [i["share"] for i in (*found["items"], found["without_country"])]
    assert sum(shares) == pytest.approx(1)


def test_cities_have_the_bands_of_their_needs_lists(
    service: Service, lists: list[Document], report: Document
) -> None:
    counts = Counter((d["need"]["city"]["id"], m["band"]) for d in lists for m in d["matches"])
    needs = Counter(d["need"]["city"]["id"] for d in lists)
    assert [c["id"] for c in report["cities"]["items"]] == [*service.snapshot.of_type("city")]
    for city in report["cities"]["items"]:
        assert city["bands"] == {band: counts[city["id"], band] for band in city["bands"]}
        assert city["needs"] == needs[city["id"]]
    found = report["cities"]
    strong = [c for c in found["items"] if c["bands"]["strong"]]
    assert found["asking"] == len(needs)
    assert found["with_strong"] == {
        "count": len(strong),
        "share": len(strong) / found["total"],
        "share_of_asking": len(strong) / found["asking"],
    }
    assert found["with_promising"]["count"] >= found["with_strong"]["count"]


def test_under_served_cities_are_those_without_a_documented_collaboration(
    service: Service, report: Document
) -> None:
    worked = {c.text("city") for c in service.snapshot.of_type("collaboration").values()}
    found = report["under_served"]
    assert {c["id"] for c in found["items"]} == set(service.snapshot.of_type("city")) - worked
    assert found["total"] == len(found["items"]) > 0
    cities = {c["id"]: c for c in report["cities"]["items"]}
    ours = [cities[c["id"]] for c in found["items"]]
    assert found["needs"] == sum(c["needs"] for c in ours)
    assert found["with_strong"]["count"] == sum(c["bands"]["strong"] > 0 for c in ours)


def test_the_cost_is_the_mean_over_all_places(
    service: Service, lists: list[Document], report: Document, asked: tuple[int, float]
) -> None:
    limit, diversity = asked
    plain = sum(
        m["score"]
        for d in lists
        for m in service.need_matches(d["need"]["id"], limit)["matches"][: len(d["matches"])]
    )
    under = sum(m["score"] for d in lists for m in d["matches"])
    assert report["diversity"]["value"] == diversity
    assert report["diversity"]["cost"] == pytest.approx((plain - under) / report["listings"])
    assert (report["diversity"]["cost"] > 0) == (diversity > 0)


def test_a_bound_makes_home_countries_more_even(service: Service) -> None:
    ginis = [service.exposure(10, d)["countries"]["gini"] for d in (0.0, 0.7, 0.8, 0.9)]
    assert ginis == sorted(ginis, reverse=True)


def test_a_need_that_is_met_is_not_counted() -> None:
    met = make_need("uptown-need-1", status="met")
    entities = [met if e.id == met.id else e for e in small_world()]
    report = exposure_document(
        Matcher(Index.build(Snapshot.build(SCHEMA, entities, 0, "2024-06-30"), {}))
    )
    assert report["needs"] == 3
    assert {c["id"]: c["needs"] for c in report["cities"]["items"]}["uptown"] == 1


def test_an_empty_network_has_an_empty_report() -> None:
    report = exposure_document(Matcher(Index.build(Snapshot.build(SCHEMA, [], 0, "2024"), {})))
    assert report["listings"] == 0
    assert report["partners"]["items"] == report["cities"]["items"] == []
    assert report["cities"]["with_strong"] == {"count": 0, "share": 0, "share_of_asking": 0}
