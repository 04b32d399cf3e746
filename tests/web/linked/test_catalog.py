"""The DCAT catalogue: complete by the rules of DCAT-AP, and everything in it opens."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
import rdflib
from flask import Flask
from flask.testing import FlaskClient

from matchmaker.usecases.linked.catalogue import Catalogue
from matchmaker.usecases.linked.names import Names
from matchmaker.usecases.service import Service
from tests.web.linked.test_linked import parsed, same

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
DCT = rdflib.Namespace("http://purl.org/dc/terms/")
FOAF = rdflib.Namespace("http://xmlns.com/foaf/0.1/")
A = rdflib.RDF.type
# What DCAT-AP 3 and the harvester of CKAN ask of each class: properties that must be there.
MUST = {
    DCAT.Catalog: (DCT.title, DCT.description, DCT.publisher, DCAT.dataset, DCT.modified,
                   DCT.spatial, DCT.rights, FOAF.homepage),
    DCAT.Dataset: (DCT.title, DCT.description, DCT.identifier, DCT.publisher, DCAT.keyword,
                   DCAT.distribution, DCT.modified, DCT.spatial, DCT.temporal, DCAT.landingPage,
                   DCT.accessRights),
    DCAT.Distribution: (DCAT.accessURL, DCAT.mediaType, DCT["format"], DCT.rights, DCT.title),
    DCAT.DataService: (DCT.title, DCAT.endpointURL, DCAT.endpointDescription),
    FOAF.Organization: (FOAF.name,),
}  # fmt: skip
CLASSES = {
    DCAT.dataset: DCAT.Dataset,
    DCAT.distribution: DCAT.Distribution,
    DCAT.service: DCAT.DataService,
    DCAT.accessService: DCAT.DataService,
    DCT.publisher: FOAF.Organization,
    DCT.rights: DCT.RightsStatement,
    DCT.spatial: DCT.Location,
    DCT.temporal: DCT.PeriodOfTime,
}


@pytest.fixture(scope="module")
def catalogue(app: Flask) -> rdflib.Graph:
    text = app.test_client().get("/catalog.ttl").get_data(as_text=True)
    return rdflib.Graph().parse(data=text, format="turtle")


def test_both_forms_say_the_same(client: FlaskClient, catalogue: rdflib.Graph) -> None:
    answer = client.get("/catalog.jsonld")
    assert answer.mimetype == "application/ld+json"
    assert same(parsed(client, json.loads(answer.get_data())), catalogue)
    assert client.get("/catalog").headers["Location"] == "/catalog.jsonld"
    turtle = client.get("/catalog", headers={"Accept": "text/turtle"})
    assert turtle.headers["Location"] == "/catalog.ttl"


def test_every_node_has_what_its_class_demands(catalogue: rdflib.Graph) -> None:
    for kind, demanded in MUST.items():
        found = list(catalogue.subjects(A, kind))
        assert found, kind
        for node in found:
            missing = [p for p in demanded if catalogue.value(node, p, any=True) is None]
            assert missing == [], node
    for prop, kind in CLASSES.items():
        for value in catalogue.objects(None, prop):
            assert (value, A, kind) in catalogue, (prop, value)


def test_each_collection_has_its_data_set_in_each_form(catalogue: rdflib.Graph) -> None:
    names = {str(s).partition("#")[2]: s for s in catalogue.subjects(A, DCAT.Dataset)}
    collections = {
        "cities", "needs", "offers", "partners", "projects", "collaborations", "topics",
    }  # fmt: skip
    assert collections | {"graph"} <= set(names) <= collections | {"graph", "changes"}
    (root,) = catalogue.subjects(A, DCAT.Catalog)
    assert set(catalogue.objects(root, DCAT.dataset)) == set(names.values())
    for name, dataset in names.items():
        forms = {
            str(catalogue.value(d, DCAT.mediaType)).partition("media-types/")[2]
            for d in catalogue.objects(dataset, DCAT.distribution)
        }
        if name in collections:
            assert forms >= {"text/csv", "application/json", "application/ld+json"}
            placed = name in ("cities", "needs", "projects", "collaborations")
            assert ("application/geo+json" in forms) == placed
    forms = {str(catalogue.value(d, DCT["format"])).rpartition("/")[2]
             for d in catalogue.objects(names["graph"], DCAT.distribution)}  # fmt: skip
    assert forms == {"JSON_LD", "RDF_TURTLE", "XML"}


def test_every_address_in_the_catalogue_opens_in_the_form_it_promises(
    client: FlaskClient, catalogue: rdflib.Graph
) -> None:
    opened = 0
    for prop in (DCAT.downloadURL, DCAT.accessURL):
        for distribution, address in catalogue.subject_objects(prop):
            parts = urlsplit(str(address))
            assert parts.netloc == "localhost"
            answer = client.get(f"{parts.path}?{parts.query}" if parts.query else parts.path)
            assert answer.status_code == 200, address
            media = str(catalogue.value(distribution, DCAT.mediaType)).partition("types/")[2]
            assert answer.mimetype == media
            assert len(answer.get_data()) > 40  # without a database the change feed is empty
            opened += 1
    assert opened > 40
    for prop in (DCAT.landingPage, DCAT.endpointURL, DCAT.endpointDescription, FOAF.homepage):
        for address in set(catalogue.objects(None, prop)):
            assert client.get(urlsplit(str(address)).path).status_code == 200, address


def test_where_and_when_the_data_stand_for_is_told(
    catalogue: rdflib.Graph, service: Service
) -> None:
    as_of = service.snapshot.as_of
    for end in catalogue.objects(None, DCAT.endDate):
        assert str(end) == as_of
    starts = {str(start) for start in catalogue.objects(None, DCAT.startDate)}
    assert all("2000" < start <= as_of for start in starts)
    boxes = {str(box) for box in catalogue.objects(None, DCAT.bbox)}
    (box,) = boxes
    corners = [tuple(map(float, pair.split())) for pair in box[9:-2].split(", ")]
    for city in service.snapshot.of_type("city").values():
        x, y = city.number("longitude"), city.number("latitude")
        if x is not None and y is not None:
            assert min(c[0] for c in corners) <= x <= max(c[0] for c in corners)
            assert min(c[1] for c in corners) <= y <= max(c[1] for c in corners)


def test_the_publisher_is_the_one_of_the_settings_and_a_missing_feed_is_not_listed(
    service: Service,
) -> None:
    found: dict[str, Any] = Catalogue(
        service.snapshot, Names("https://match.example"), "Office of Tests", feed=False
    ).document()
    nodes = {node["@id"]: node for node in found["@graph"]}
    assert nodes["https://match.example/catalog#publisher"]["name"] == "Office of Tests"
    assert "https://match.example/catalog#changes" not in nodes
