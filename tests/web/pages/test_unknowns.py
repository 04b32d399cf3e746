"""What is not documented is no fault: pages, lists, maps, search, API and exports do without it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import networkx as nx
import pandas as pd
import pytest
from flask.testing import FlaskClient
from jinja2 import make_logging_undefined

from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.seeds import SeedSet, read_seeds
from matchmaker.settings import Settings
from matchmaker.store.codec import checked
from matchmaker.usecases.exporting import FORMATS, export
from matchmaker.usecases.linked.names import NO_ADDRESS
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.reading.details import detail, list_entities, search
from matchmaker.usecases.reading.filtering import filters_of
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from matchmaker.web.pages.home import latest
from matchmaker.web.pages.maps import HEIGHT, SCALE, WEST, WIDTH
from matchmaker.web.pages.viewmodels import View
from tests.factory import (
    SCHEMA,
    make_city,
    make_collaboration,
    make_need,
    make_project,
    seed_set,
    small_world,
)
from tests.web.contract.test_openapi import API, check
from tests.web.wellformed import Page


def bare(entities: Iterable[Entity]) -> list[Entity]:
    """Return entities of which only that is left which the schema demands."""
    found = []
    for entity in entities:
        kept = {n for n, p in SCHEMA.entities[entity.type].properties.items() if p.required}
        if entity.type == "topic":
            kept |= {"broader"}  # a scheme without order would be no scheme
        values = {n: v for n, v in entity.values.items() if n in kept}
        found.append(checked(SCHEMA, replace(entity, values=values)))
    return found


AWARD = make_collaboration(
    "award", city="midtown", summary=None, topics=None, role=None, support_type=None, stage=None,
    first_year=None, agreed_on="2023-04-01", amount=1_250_000.0, currency="SGD",
)  # fmt: skip


@pytest.fixture(scope="module")
def world() -> list[Entity]:
    """Return a network of which little is known, with one award from another source."""
    return [*bare(small_world()), AWARD]


@pytest.fixture(scope="module")
def sparse(world: list[Entity]) -> Service:
    """Return a service over that network."""
    return service_from_seeds(SCHEMA, Settings(), seeds=seed_set(world))


@pytest.fixture(scope="module")
def visitor(sparse: Service) -> FlaskClient:
    """Return a client of its pages."""
    return create_app(sparse).test_client()


def serve(*entities: Entity) -> FlaskClient:
    """Return a client over the small world with some entities added or replaced."""
    world = {e.id: e for e in (*small_world(), *entities)}
    seeds = seed_set(list(world.values()))
    return create_app(service_from_seeds(SCHEMA, Settings(), seeds=seeds)).test_client()


def read(client: FlaskClient, address: str) -> Page:
    answer = client.get(address)
    assert answer.status_code == 200, address
    page = Page(answer.get_data(as_text=True))
    assert page.faults == [], address
    assert re.search(r"\bNone\b|\bnan\b", page.text) is None, address
    return page


def test_every_page_opens_and_names_nothing_that_is_not_there(
    sparse: Service, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(sparse)
    app.jinja_env.undefined = make_logging_undefined(logging.getLogger("templates"))
    client = app.test_client()
    seen, waiting = set[str](), ["/", "/search?q=made-up", "/schema", "/topics", "/about"]
    for kind in sparse.schema.entities.values():
        waiting += [f"/{kind.plural}"]
        waiting += [f"/{kind.plural}/{i}" for i in sparse.snapshot.of_type(kind.name)]
    while waiting:
        address = waiting.pop()
        parts = urlsplit(address)
        if address in seen or parts.path.startswith(("/static/", "/api/", "/nodes/")):
            continue
        seen.add(address)
        if client.get(address).mimetype == "text/html":
            waiting += [link for link in read(client, address).links if link.startswith("/")]
    assert any(address.startswith("/matches/") for address in seen)
    assert [r.getMessage() for r in caplog.records if r.name == "templates"] == []


def test_every_list_and_detail_of_the_api_fits_its_description(
    visitor: FlaskClient, sparse: Service
) -> None:
    document = visitor.get(f"{API}/openapi.json").json
    assert document is not None
    for kind in sparse.schema.entities.values():
        for path, address in (
            (f"{API}/{kind.plural}", f"{API}/{kind.plural}"),
            *(
                (f"{API}/{kind.plural}/{{id}}", f"{API}/{kind.plural}/{i}")
                for i in sparse.snapshot.of_type(kind.name)
            ),
        ):
            answer = visitor.get(address)
            check(document, document["paths"][path]["get"], answer.status_code, answer.json)


def test_a_city_without_a_place_is_on_no_map_and_the_pages_say_so(visitor: FlaskClient) -> None:
    for address in ("/cities/uptown", "/collaborations/bank-uptown"):
        page = read(visitor, address)
        assert "The city is not on the map" in page.text
    for address, count in (("/", 3), ("/cities", 3), ("/countries/upland", 2)):
        assert f"{count} cities are not on the map" in read(visitor, address).text
    assert "2 cities are not on the map" in read(visitor, "/partners/bank").text
    for address in ("/cities/uptown", "/cities", "/countries/upland", "/partners/bank"):
        assert 'class="map"' not in visitor.get(address).get_data(as_text=True)


@pytest.mark.parametrize(
    "place",
    [
        {"latitude": None},
        {"longitude": None},
        {"latitude": 48.85, "longitude": 2.35},
        {"longitude": WEST + WIDTH / SCALE + 0.01},
        {"latitude": -HEIGHT},
    ],
)
def test_half_a_place_or_one_off_the_map_is_not_drawn(place: dict[str, float | None]) -> None:
    snapshot = Snapshot.build(SCHEMA, [], 0, "2024-06-30")
    assert View(snapshot).point(make_city(**place)) is None
    assert View(snapshot).point(make_city()) is not None


def test_where_some_cities_have_a_place_the_map_shows_those() -> None:
    client = serve(make_city("newtown", latitude=None, longitude=None))
    html = client.get("/cities").get_data(as_text=True)
    assert html.count('class="map-place"') == 3
    assert "1 city is not on the map" in html
    assert "not on the map" not in client.get("/cities/uptown").get_data(as_text=True)


def test_a_list_says_what_is_not_documented(visitor: FlaskClient) -> None:
    for address, cells in (
        ("/cities", 3 * 2),  # population and year joined
        ("/projects", 2 * 2),  # focus area and status
        ("/collaborations", 3 * 2),  # stage and first year
        ("/needs", 4 * 2),  # kinds of support and year
        ("/partners", 0),  # no home country may mean that there is none
    ):
        assert read(visitor, address).text.count("not documented") == cells, address


def test_every_filter_can_be_used_and_finds_only_what_is_known(
    world: list[Entity],
) -> None:
    whole = Snapshot.build(SCHEMA, small_world(), 0, "2024-06-30")
    snapshot = Snapshot.build(SCHEMA, world, 0, "2024-06-30")
    for kind in SCHEMA.entities:
        for name in filters_of(SCHEMA, kind):
            held = {v for e in whole.of_type(kind).values() for v in _texts(e.values.get(name))}
            for text in held:
                items = list_entities(snapshot, kind, filters={name: [text]})["items"]
                found = [snapshot.entities[item["id"]] for item in items]
                assert all(text in _texts(e.values.get(name)) for e in found), (kind, name)
    assert list_entities(snapshot, "city", filters={"member_group": ["pilot"]})["total"] == 0
    assert list_entities(snapshot, "city", q="made-up")["total"] == 3
    assert list_entities(snapshot, "collaboration", filters={"country": ["upland"]})["total"] == 2


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in values]


def test_search_finds_by_name_what_has_no_text_besides(sparse: Service) -> None:
    found = search(sparse.snapshot, "uptown-need-1")
    assert [(i["id"], i["snippet"]) for i in found["items"]] == [("uptown-need-1", "")]
    assert detail(sparse.snapshot, "uptown-need-1", "need")["description"] is None


def test_a_need_and_a_partner_say_that_their_texts_are_missing(visitor: FlaskClient) -> None:
    assert "No description is documented" in read(visitor, "/needs/uptown-need-1").text
    assert "No profile is documented" in read(visitor, "/partners/bank").text
    assert (
        "No yearly report of the network lists it"
        in read(visitor, "/projects/lowtown-project-1").text
    )


def test_projects_of_unknown_status_come_last() -> None:
    client = serve(
        make_project("uptown-project-2", status=None, first_year=None, focus_area=None),
        make_project("uptown-project-3", status="not_split", first_year=2020, last_year=2020),
        make_project("uptown-project-4", status="completed", last_year=None),
    )
    page = read(client, "/cities/uptown").text
    heads = [page.index(h) for h in ("Completed (1)", "Not split (1)", "Status not documented (1)")]
    assert heads == sorted(heads)
    assert "Made-up environment · 2020" in page
    assert "Made-up environment · 2019" in page


def test_what_has_no_year_is_not_called_late_and_an_agreement_counts_by_its_day(
    world: list[Entity],
) -> None:
    snapshot = Snapshot.build(SCHEMA, world, 0, "2024-06-30")
    told = [(entity.id, said) for entity, said in latest(View(snapshot))]
    assert told == [
        ("award", "collaboration with Made-up bank (2023)"),
        ("uptown-2020-pipes", "measured: 12.5 (2020)"),
    ]


def test_a_project_without_a_focus_area_is_new_all_the_same() -> None:
    entities = [*small_world(), make_project("midtown-project-1", city="midtown", focus_area=None)]
    snapshot = Snapshot.build(SCHEMA, entities, 0, "2024-06-30")
    found = {entity.id: said for entity, said in latest(View(snapshot))}
    assert found["midtown-project-1"] == "new project (2019)"


@pytest.mark.parametrize("address", ["/cities/midtown", "/partners/bank", "/collaborations/award"])
def test_the_size_of_a_work_is_shown_with_its_currency(visitor: FlaskClient, address: str) -> None:
    page = read(visitor, address).text
    assert "1,250,000 SGD" in page
    assert "2023-04-01" in page


def test_the_home_page_counts_as_members_those_that_are(visitor: FlaskClient) -> None:
    assert "3 cities, 0 of them documented as members" in read(visitor, "/").text
    assert "The 3 cities of the ASEAN Smart Cities Network" in read(serve(), "/").text


def test_a_need_without_year_or_text_is_matched_and_explained(visitor: FlaskClient) -> None:
    client = serve(make_need("bare-need", description=None, year=None, focus_area=None))
    for address in ("/needs/bare-need", "/cities/uptown", "/needs?q=bare-need"):
        assert "Made-up need bare-need" in read(client, address).text
    answer = client.get(f"{API}/needs/bare-need/matches").json
    assert answer is not None
    assert answer["matches"]


@pytest.mark.parametrize("form", FORMATS)
def test_every_export_leaves_out_what_is_not_known(
    world: list[Entity], tmp_path: Path, form: str
) -> None:
    snapshot = Snapshot.build(SCHEMA, world, 3, "2024-06-30")
    files = export(snapshot, form, tmp_path / "out")
    assert all(file.stat().st_size for file in files)
    if form == "csv":
        cities = pd.read_csv(tmp_path / "out" / "cities.csv", dtype=str)
        assert "latitude" not in cities
        cases = pd.read_csv(tmp_path / "out" / "collaborations.csv").set_index("id")
        assert cases.loc["award", ["amount", "currency"]].tolist() == [1_250_000.0, "SGD"]
        assert cases.loc["bank-uptown"].isna()["amount"]
    elif form == "graphml":
        graph = nx.read_graphml(files[0])
        assert set(graph) == set(snapshot.entities)
        assert "latitude" not in graph.nodes["uptown"]
        assert graph.nodes["award"]["amount"] == 1_250_000.0
    else:
        nodes = {n["@id"]: n for n in json.loads(files[0].read_text("utf-8"))["@graph"]}
        uptown, award = (nodes[NO_ADDRESS.thing(name)] for name in ("uptown", "award"))
        assert None not in uptown.values()
        assert "latitude" not in uptown
        assert award["amount"] == 1_250_000.0


def test_tables_exported_from_data_with_gaps_read_again_as_they_were(
    seeds: SeedSet, tmp_path: Path
) -> None:
    scheme = ("topic", "theme", "support_type")  # these come from the schema folder
    kept = [e for e in seeds.entities if e.type in scheme]
    gaps = {e.id: e for e in (*kept, *bare(e for e in seeds.entities if e.type not in scheme))}
    gaps["award"] = replace(AWARD, values={
        **AWARD.values, "city": "phuket", "partner": "jica",
        "source": ("annual-meeting-2019-report",),
    })  # fmt: skip
    export(Snapshot.build(SCHEMA, gaps.values(), 0, seeds.as_of), "csv", tmp_path)
    assert {e.id: e for e in read_seeds(SCHEMA, tmp_path).entities} == gaps
