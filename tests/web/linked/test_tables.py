"""Tables, maps and graph files: the same entities as the JSON lists, safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.graph import Snapshot
from matchmaker.permissions import PUBLIC, Caller, Role
from matchmaker.schema import Schema
from matchmaker.settings import Settings
from matchmaker.usecases.linked.names import Names
from matchmaker.usecases.linked.nodes import Linker
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.serialising.graphml import graphml
from matchmaker.usecases.serialising.selecting import select_entities
from matchmaker.usecases.serialising.tables import guard, table, unguard
from matchmaker.usecases.service import Service
from matchmaker.visibility import view
from matchmaker.web.app import create_app
from matchmaker.web.linked import negotiation
from tests.factory import (
    SCHEMA,
    make_city,
    make_country,
    make_need,
    make_source,
    seed_set,
    small_world,
)

API = "/api/v1"
NAMES = Names("https://match.example")
SECRET = "SECRET-7391"


def table_of(client: FlaskClient, address: str, **headers: str) -> list[dict[str, str]]:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, address
    assert answer.content_type == "text/csv; charset=utf-8"
    text = answer.get_data().decode("utf-8")
    assert text.startswith("\ufeff")
    assert "\r\n" in text
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_a_table_holds_every_entity_of_its_list_and_every_value(
    client: FlaskClient, service: Service
) -> None:
    for kind in service.schema.entities.values():
        found = table_of(client, f"{API}/{kind.plural}?format=csv")
        known = service.snapshot.of_type(kind.name)
        assert [row["id"] for row in found] == list(known)
        for row in found:
            values = known[row["id"]].values
            for name, value in values.items():
                plain = "; ".join(value) if isinstance(value, tuple) else str(value)
                plain = plain.lower() if isinstance(value, bool) else plain
                assert unguard(row[name]) == plain


def test_a_table_takes_the_filters_order_fields_and_pages_of_its_list(client: FlaskClient) -> None:
    query = "country=country-thailand&sort=-year,title"
    json_ids = [i["id"] for i in client.get(f"{API}/needs?{query}&limit=200").json["items"]]  # type: ignore[index]
    rows = table_of(client, f"{API}/needs?{query}", Accept="text/csv")
    assert [row["id"] for row in rows] == json_ids
    assert len(json_ids) > 3
    rows = table_of(client, f"{API}/needs?{query}&format=csv&fields=year,title,caption")
    assert list(rows[0]) == ["id", "year", "title", "caption"]
    answer = client.get(f"{API}/needs?{query}&format=csv&limit=3")
    first = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True)[1:])))
    following = answer.headers["Link"].partition(">")[0][1:]
    rest = table_of(client, following)
    assert [r["id"] for r in (*first, *rest)] == json_ids[: 3 + len(rest)]
    for wrong in ("sort=nme", "fields=nme", "colour=red", "limit=0", "format=xls"):
        assert client.get(f"{API}/needs?format=csv&{wrong}").status_code == 400


def test_citations_version_and_links_may_be_chosen_as_columns(client: FlaskClient) -> None:
    fields = "type,citations,version,links,name"
    rows = table_of(client, f"{API}/cities?format=csv&fields={fields}")
    phuket = next(row for row in rows if row["id"] == "phuket")
    assert phuket["type"] == "city"
    assert phuket["citations"].startswith("smart-city-action-plans-2018, p. 50; ")
    assert phuket["version"] == "0"
    assert phuket["links"] == "http://localhost/cities/phuket"


def test_pandas_reads_a_table_without_being_told_of_the_mark(client: FlaskClient) -> None:
    data = client.get(f"{API}/topics?format=csv").get_data()
    frame = pd.read_csv(io.BytesIO(data), dtype=str)
    assert frame.columns[0] == "id"
    assert "การจัดการน้ำท่วม" in set(frame["label_th"])


DOCUMENTED: dict[str, Any] = {}
_DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "linked-data.md"
exec(re.findall(r"```python\n(.*?)```", _DOCUMENT.read_text("utf-8"), re.S)[0], DOCUMENTED)

DANGEROUS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0", "＝1+1",
    "a;=1+1", "a; =1+1", "a\n=1+1", "a\t=1", "'=1", "''=1", " =1",
]  # fmt: skip


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_becomes_a_formula_whatever_the_separator(text: str) -> None:
    entities = [make_source(), make_country(), make_city(name=text)]
    snapshot = Snapshot.build(SCHEMA, entities, 1, "2024-01-01")
    written = "".join(table(snapshot, select_entities(snapshot, "city"), NAMES))
    cells = [c for row in csv.reader(io.StringIO(written, newline="")) for c in row]
    # A spreadsheet set to another separator makes nothing of the quotes.
    cells += re.split("[;\r\n]", written) + re.split("[\t\r\n]", written)
    signs = ("=", "+", "-", "@", "\t", "\r", "\n", "＝")
    assert [c for c in cells if c.lstrip(' "').startswith(signs) and c.strip()] == []


@given(st.text(alphabet=st.sampled_from("=+-@＝ ';\t\r\nab1"), max_size=12))
def test_what_is_guarded_is_read_back_exactly(text: str) -> None:
    assert unguard(guard(text)) == text


@given(st.text(alphabet=st.sampled_from("=+-@＝ ';\t\r\nab1"), max_size=12))
def test_the_lines_in_the_documents_read_back_exactly_too(text: str) -> None:
    assert DOCUMENTED["unguard"](guard(text)) == text


@given(st.text(max_size=40))
def test_texts_without_signs_stay_as_they_are(text: str) -> None:
    plain = "".join(c for c in text if c not in "=+-@＝＋－＠'\t\r\n")
    assert guard(plain) == plain


def test_numbers_stay_numbers_even_below_nought() -> None:
    entities = [make_source(), make_country(), make_city(latitude=-8.65)]
    snapshot = Snapshot.build(SCHEMA, entities, 1, "2024-01-01")
    written = "".join(table(snapshot, select_entities(snapshot, "city"), NAMES))
    assert ",-8.65," in written


def test_cities_stand_at_their_place_and_their_needs_with_them(
    client: FlaskClient, service: Service
) -> None:
    snapshot = service.snapshot
    for kind in ("city", "need", "project", "collaboration", "observation"):
        plural = service.schema.entities[kind].plural
        answer = client.get(f"{API}/{plural}", headers={"Accept": "application/geo+json"})
        assert answer.mimetype == "application/geo+json"
        found: Any = json.loads(answer.get_data())
        assert found["type"] == "FeatureCollection"
        assert [f["id"] for f in found["features"]] == list(snapshot.of_type(kind))
        for feature in found["features"]:
            entity = snapshot.entities[feature["id"]]
            city = entity if kind == "city" else snapshot.entities[entity.text("city")]
            place = [city.values.get("longitude"), city.values.get("latitude")]
            assert feature["geometry"] == {"type": "Point", "coordinates": place}
            assert -180 <= place[0] <= 180  # type: ignore[operator]
            assert feature["properties"]["caption"] == service.schema.caption(entity)
    assert client.get(f"{API}/partners?format=geojson").status_code == 400


def test_what_has_no_known_place_is_on_the_list_without_one() -> None:
    from matchmaker.usecases.serialising.places import feature_collection

    lost = make_city("lost", latitude=None, longitude=None)
    entities = [make_source(), make_country(), lost, make_need("lost-1", city="lost")]
    snapshot = Snapshot.build(SCHEMA, entities, 1, "2024-01-01")
    for kind in ("city", "need"):
        selection = select_entities(snapshot, kind, fields="caption")
        found = json.loads("".join(feature_collection(snapshot, selection, NAMES)))
        assert [f["geometry"] for f in found["features"]] == [None]


def test_the_graph_file_holds_every_node_and_every_link(
    client: FlaskClient, service: Service
) -> None:
    answer = client.get(f"{API}/graph.graphml")
    assert answer.mimetype == "application/xml"
    found = nx.read_graphml(io.BytesIO(answer.get_data()), force_multigraph=True)
    expected = service.snapshot.as_networkx()
    assert dict(found.nodes(data=True)) == dict(expected.nodes(data=True))
    assert found.number_of_edges() == service.snapshot.relationship_count
    assert found.graph["as_of"] == service.snapshot.as_of


@pytest.fixture(scope="module")
def guarded(schema: Schema) -> Flask:
    """Return an app over a small world in which members see something."""
    hidden = {"contact_office": SECRET, "budget": 7391.5, "budget_currency": "USD"}
    entities = [*small_world(), make_need("hidden-1", internal_note=SECRET, **hidden)]
    return create_app(service_from_seeds(schema, Settings(), seeds=seed_set(entities)))


def test_no_form_shows_what_the_caller_may_not_see(guarded: Flask) -> None:
    client = guarded.test_client()
    paths = [f"/needs?format={f}" for f in ("csv", "geojson", "jsonld", "turtle", "json")]
    paths += [f"/needs/hidden-1?format={f}" for f in ("jsonld", "turtle")]
    paths += ["/graph.jsonld", "/graph.ttl", "/graph.graphml"]
    for path in paths:
        text = client.get(API + path).get_data(as_text=True)
        assert "hidden-1" in text, path
        assert SECRET not in text, path
        assert "7391" not in text, path


def test_every_form_shows_what_the_caller_may_see(guarded: Flask) -> None:
    whole = guarded.extensions["matchmaker"].snapshot
    staff = Caller(Role.SECRETARIAT, "s1")
    for caller, seen in ((PUBLIC, 0), (staff, 2)):
        snapshot = view(whole, caller)
        selection = select_entities(snapshot, "need")
        assert "".join(table(snapshot, selection, NAMES)).count(SECRET) == seen
        assert "".join(graphml(snapshot)).count(SECRET) == seen
        assert "".join(Linker(snapshot, NAMES).whole()).count(SECRET) == seen


def test_a_long_table_is_written_in_memory_that_does_not_grow_with_it() -> None:
    entities = [make_source(), make_country(), make_city()]
    entities += [make_need(f"need-{n}", city="uptown") for n in range(20_000)]
    snapshot = Snapshot.build(SCHEMA, entities, 1, "2024-01-01")
    selection = select_entities(snapshot, "need")
    tracemalloc.start()
    size = sum(len(chunk) for chunk in table(snapshot, selection, NAMES))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 1_500_000
    assert most < 600_000


def test_a_short_answer_has_a_tag_and_a_long_one_comes_in_pieces(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = client.get(f"{API}/project-listings?format=csv")
    tag = {"If-None-Match": whole.headers["ETag"]}
    assert client.get(f"{API}/project-listings?format=csv", headers=tag).status_code == 304
    monkeypatch.setattr(negotiation, "KEPT_WHOLE", 5000)
    long = client.get(f"{API}/project-listings?format=csv")
    assert long.is_streamed
    assert long.headers["Cache-Control"] == "no-cache"
    assert long.get_data() == whole.get_data()
    for path in ("/graph.jsonld", "/graph.graphml", "/cities?format=geojson"):
        assert client.get(API + path).is_streamed
