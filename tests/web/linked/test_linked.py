"""Linked data: every form says the same, nothing is lost on the way, and names open."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rdflib
from flask import Flask
from flask.testing import FlaskClient
from pyld import jsonld

from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app

# rdflib's own reader of JSON-LD uses what rdflib calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

API = "/api/v1"
JSONLD = {"Accept": "application/ld+json"}
THING = "http://localhost/id/"
PREFIXES = """
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX hydra: <http://www.w3.org/ns/hydra/core#>
PREFIX mk: <http://localhost/vocab#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX thing: <http://localhost/id/>
"""


def context_of(client: FlaskClient) -> dict[str, Any]:
    found = client.get(f"{API}/context.jsonld").json
    assert found is not None
    return dict(found)


def expand(client: FlaskClient, document: Any) -> Any:
    """Expand with pyld; the one remote context comes from the service itself."""

    def load(url: str, options: Any) -> dict[str, Any]:
        assert url == f"http://localhost{API}/context.jsonld"
        document = context_of(client)
        return {"contextUrl": None, "documentUrl": url, "document": document}

    return jsonld.expand(document, {"documentLoader": load})


def parsed(client: FlaskClient, document: Any) -> rdflib.Graph:
    """Parse a JSON-LD document with rdflib, its context inside."""
    if isinstance(document.get("@context"), str):
        document = {**document, "@context": context_of(client)["@context"]}
    return rdflib.Graph().parse(data=json.dumps(document), format="json-ld")


def turtle_of(client: FlaskClient, address: str) -> rdflib.Graph:
    answer = client.get(address, headers={"Accept": "text/turtle"})
    assert answer.status_code == 200, address
    assert answer.mimetype == "text/turtle"
    return rdflib.Graph().parse(data=answer.get_data(as_text=True), format="turtle")


def flat(graph: rdflib.Graph) -> set[tuple[str, str, str]]:
    """Return triples in which a nameless node is what is said of it; doubles go by their value.

    The nameless nodes here hold no others, so that this settles whether two graphs are the same,
    which the general question takes minutes for.
    """

    def told(part: Any) -> str:
        if isinstance(part, rdflib.BNode):
            said = sorted(f"{p.n3()} {told(o)}" for p, o in graph.predicate_objects(part))
            return f"[{'; '.join(said)}]"
        if isinstance(part, rdflib.Literal) and part.datatype == rdflib.XSD.double:
            return repr(float(part))
        return str(part.n3())

    return {(told(s), told(p), told(o)) for s, p, o in graph}


def same(one: rdflib.Graph, other: rdflib.Graph) -> bool:
    """Tell whether two graphs say the same."""
    return len(one) == len(other) and flat(one) == flat(other)


@pytest.fixture(scope="module")
def graph(app: Flask) -> rdflib.Graph:
    """Return the whole graph as rdflib reads it from the JSON-LD dump."""
    client = app.test_client()
    document = json.loads(client.get(f"{API}/graph.jsonld").get_data())
    return parsed(client, document)


def ask(graph: rdflib.Graph, question: str) -> bool:
    return bool(graph.query(f"{PREFIXES} ASK {{ {question} }}").askAnswer)


def rows(graph: rdflib.Graph, question: str) -> list[tuple[str, ...]]:
    found = graph.query(f"{PREFIXES} SELECT {question}")
    return [tuple(str(part) for part in row) for row in found]  # type: ignore[union-attr]


def keys_of(node: Any) -> set[str]:
    """Return every key of a document, at any depth, that is no keyword."""
    if isinstance(node, list):
        return {key for part in node for key in keys_of(part)}
    if not isinstance(node, dict):
        return set()
    inner = {key for name, part in node.items() if name != "@context" for key in keys_of(part)}
    return inner | {key for key in node if not key.startswith("@")}


def test_every_key_of_every_entity_has_its_iri_and_no_value_is_lost(
    client: FlaskClient, service: Service
) -> None:
    context = context_of(client)["@context"]
    for kind in service.schema.entities.values():
        found: dict[str, Any] = client.get(f"{API}/{kind.plural}", headers=JSONLD).json or {}
        assert keys_of(found) <= set(context), kind.name
        expanded = expand(client, found)[0]
        member = "http://www.w3.org/ns/hydra/core#member"
        assert len(expanded.get(member, [])) == len(found["member"])
        for plain, full in zip(found["member"], expanded.get(member, []), strict=True):
            assert all(key.startswith(("http:", "https:", "@")) for key in keys_of(full))
            named = [k for k in plain if not k.startswith("@")]
            values = sum(len(v) if isinstance(v, list) else 1 for v in (plain[k] for k in named))
            kept = sum(len(v) for k, v in full.items() if not k.startswith("@"))
            assert kept == values, plain["@id"]


def test_details_expand_by_the_context_that_they_name(client: FlaskClient) -> None:
    answer = client.get(f"{API}/cities/phuket", headers=JSONLD)
    assert answer.mimetype == "application/ld+json"
    assert "Accept" in answer.vary
    (node,) = expand(client, answer.json)
    assert node["@id"] == "http://localhost/id/phuket"
    assert "https://schema.org/City" in node["@type"]
    assert node["https://schema.org/name"] == [{"@value": "Phuket"}]
    (country,) = node["https://schema.org/containedInPlace"]
    assert country["@id"] == "http://localhost/id/country-thailand"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("city", "schema:City"), ("city", "schema:AdministrativeArea"),
        ("country", "schema:Country"), ("partner", "schema:Organization"),
        ("need", "schema:Demand"), ("offer", "schema:Offer"), ("project", "schema:Project"),
        ("topic", "skos:Concept"), ("theme", "skos:Concept"), ("source", "schema:CreativeWork"),
    ],
)  # fmt: skip
def test_every_entity_has_the_class_of_its_type(
    graph: rdflib.Graph, service: Service, kind: str, expected: str
) -> None:
    label = service.schema.entities[kind].label
    found = rows(graph, f"?x WHERE {{ ?x a {expected}, mk:{label} }}")
    assert len(found) == len(service.snapshot.of_type(kind))


def test_every_need_offer_and_project_is_linked_to_its_city_or_partner(
    graph: rdflib.Graph, service: Service
) -> None:
    for kind, link, prop in (
        ("need", "schema:areaServed", "city"),
        ("offer", "schema:offeredBy", "partner"),
        ("project", "schema:areaServed", "city"),
    ):
        label = service.schema.entities[kind].label
        told = rows(graph, f"?x ?y WHERE {{ ?x a mk:{label} ; {link} ?y }}")
        known = service.snapshot.of_type(kind).values()
        assert sorted(told) == sorted((THING + e.id, THING + e.text(prop)) for e in known)
    assert not ask(graph, "?x a mk:Need . FILTER NOT EXISTS { ?x schema:areaServed/a schema:City }")


def test_every_relationship_of_the_graph_is_a_triple(graph: rdflib.Graph, service: Service) -> None:
    pairs = {
        (str(s), str(o))
        for s, _, o in graph
        if str(s).startswith(THING) and str(o).startswith(THING)
    }
    snapshot = service.snapshot
    links = {
        (THING + link.start, THING + link.end)
        for identifier in snapshot.entities
        for link in snapshot.links_from(identifier)
    }
    assert pairs == links


def test_topics_are_a_scheme_with_labels_in_two_languages_and_mappings(
    graph: rdflib.Graph, service: Service
) -> None:
    topics = service.snapshot.of_type("topic")
    labels = rows(graph, "?l WHERE { ?x skos:inScheme mk:topic-scheme ; skos:prefLabel ?l }")
    assert len(labels) == 2 * len(topics)
    for language, name in (("en", "label_en"), ("th", "label_th")):
        for topic in topics.values():
            label = rdflib.Literal(topic.text(name), lang=language)
            assert (rdflib.URIRef(THING + topic.id), rdflib.SKOS.prefLabel, label) in graph
    tops = rows(graph, "?x WHERE { ?x skos:topConceptOf mk:topic-scheme }")
    assert len(tops) == 6
    assert ask(graph, "mk:topic-scheme a skos:ConceptScheme")
    assert not ask(
        graph, "?x skos:inScheme mk:topic-scheme FILTER NOT EXISTS "
        "{ ?x skos:broader*/skos:topConceptOf mk:topic-scheme }",
    )  # fmt: skip
    broader = sum(len(topic.refs("broader")) for topic in topics.values())
    assert len(rows(graph, "?x ?y WHERE { ?x skos:broader ?y }")) == broader
    assert ask(graph, "thing:urban-mobility skos:relatedMatch <http://metadata.un.org/sdg/11.2>")
    covered = sum(len(t.refs("covers")) for t in service.snapshot.of_type("theme").values())
    assert len(rows(graph, "?x ?y WHERE { ?x skos:narrowMatch ?y }")) == covered


def test_every_statement_tells_its_sources_and_the_place_in_each(
    graph: rdflib.Graph, service: Service
) -> None:
    told = rows(
        graph,
        "?x ?s ?l WHERE { ?x prov:wasDerivedFrom ?s ; prov:qualifiedDerivation "
        "[ a prov:Derivation ; prov:entity ?s ; mk:locator ?l ] }",
    )
    entities = service.snapshot.entities.values()
    cited = [(THING + e.id, THING + c.source, c.locator) for e in entities for c in e.citations]
    assert sorted(told) == sorted(cited)
    assert len(cited) > len(entities)
    made = rows(graph, "?t WHERE { thing:phuket schema:subjectOf/prov:generatedAtTime ?t }")
    assert made[0][0].startswith(service.snapshot.as_of)


def test_dates_are_as_exact_as_they_are_known(graph: rdflib.Graph, service: Service) -> None:
    types = {4: rdflib.XSD.gYear, 7: rdflib.XSD.gYearMonth, 10: rdflib.XSD.date}
    for entity in service.snapshot.entities.values():
        if date := entity.text("date"):
            thing = rdflib.URIRef(f"http://localhost/id/{entity.id}")
            found = graph.value(thing, rdflib.DCTERMS.date)
            assert isinstance(found, rdflib.Literal)
            assert found.datatype == types[len(date)]


def test_turtle_says_what_json_ld_says(client: FlaskClient, graph: rdflib.Graph) -> None:
    assert same(turtle_of(client, f"{API}/graph.ttl"), graph)
    for address in (f"{API}/needs?country=country-thailand&sort=-year", f"{API}/partners/jica"):
        document: Any = client.get(address, headers=JSONLD).json
        turtle = turtle_of(client, address)
        if "?" in address:  # the page itself is named by its address, which tells the form if asked
            assert document["view"]["@id"] == f"http://localhost{address}"
        assert same(turtle, parsed(client, document))


def test_pages_of_a_list_lead_on_and_together_hold_all(
    client: FlaskClient, service: Service
) -> None:
    seen: list[str] = []
    address: str | None = f"{API}/needs?limit=20&format=jsonld"
    while address is not None:
        answer = client.get(address)
        document: Any = answer.json
        assert document["totalItems"] == len(service.snapshot.of_type("need"))
        seen += [node["identifier"] for node in document["member"]]
        address = document["view"].get("next")
        assert (f'<{address}>; rel="next"' == answer.headers.get("Link")) == (address is not None)
    assert seen == list(service.snapshot.of_type("need"))


def test_fields_choose_what_linked_data_tell_too(client: FlaskClient) -> None:
    for address in ("/cities/phuket?", "/cities?limit=1&country=country-thailand&"):
        found: Any = client.get(f"{API}{address}fields=name&format=jsonld").json
        node = found["member"][0] if "member" in found else found
        assert "name" in node
        assert {"containedInPlace", "geo", "wasDerivedFrom"}.isdisjoint(node)
    assert client.get(f"{API}/cities/phuket?fields=nme&format=jsonld").status_code == 400


def test_the_form_asked_for_by_name_counts_before_the_header(client: FlaskClient) -> None:
    address = f"{API}/cities/phuket"
    answer = client.get(f"{address}?format=turtle", headers=JSONLD)
    assert answer.mimetype == "text/turtle"
    assert client.get(address, headers={"Accept": "text/html, */*;q=0.8"}).mimetype == (
        "application/json"
    )
    assert client.get(address, headers={"Accept": "image/png"}).mimetype == "application/json"
    refused = client.get(f"{address}?format=csv")
    assert (refused.status_code, refused.json and refused.json["parameter"]) == (400, "format")


def test_names_of_things_lead_to_pages_or_data(client: FlaskClient, service: Service) -> None:
    plurals = {kind.name: kind.plural for kind in service.schema.entities.values()}
    for entity in list(service.snapshot.entities.values())[::40]:
        page = client.get(f"/id/{entity.id}")
        assert page.status_code == 303
        assert page.headers["Location"] == f"/{plurals[entity.type]}/{entity.id}"
        data = client.get(f"/id/{entity.id}", headers=JSONLD, follow_redirects=True)
        assert data.json is not None
        assert data.json["@id"] == f"http://localhost/id/{entity.id}"
    assert client.get("/id/nothing-here").status_code == 404


def test_a_merged_identifier_leads_to_what_stays_for_ever(
    client: FlaskClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(service.snapshot._redirects, "phuket-town", "phuket")  # type: ignore[arg-type]
    assert client.get("/id/phuket-town").headers["Location"] == "/cities/phuket"
    assert "What Phuket needs" in client.get("/embed/cities/phuket-town").get_data(as_text=True)


def test_the_vocabulary_defines_every_name_of_ours_that_is_used(
    client: FlaskClient, graph: rdflib.Graph
) -> None:
    document: Any = client.get("/vocab", headers=JSONLD).json
    vocabulary = parsed(client, document)
    assert same(turtle_of(client, "/vocab"), vocabulary)
    own = "http://localhost/vocab#"
    used = {str(part) for triple in graph for part in triple if str(part).startswith(own)}
    defined = {str(s) for s in vocabulary.subjects(rdflib.RDFS.isDefinedBy)}
    assert used
    assert used <= defined
    assert expand(client, document)
    assert client.get("/vocab").headers["Location"] == "/schema"


def test_names_come_from_the_public_address_where_one_is_set(
    schema: Schema, seeds: SeedSet
) -> None:
    settings = Settings(public_url="https://match.example")
    app = create_app(service_from_seeds(schema, settings, seeds=seeds))
    with app.test_client() as client:
        for address in ("/api/v1/needs?format=jsonld", "/catalog.ttl", "/sitemap.xml"):
            text = client.get(address, headers={"Host": "evil.example"}).get_data(as_text=True)
            assert "https://match.example/" in text
            assert "evil.example" not in text
            assert "localhost" not in text


def test_a_host_that_cannot_be_one_is_refused(client: FlaskClient) -> None:
    for host in ('x"><script>', "a b", "x<y"):
        answer = client.get(f"{API}/cities/phuket", headers={**JSONLD, "Host": host})
        assert answer.status_code == 400


def test_pages_name_their_one_address_and_their_other_forms(client: FlaskClient) -> None:
    html = client.get("/needs?country=country-thailand").get_data(as_text=True)
    assert '<link rel="canonical" href="http://localhost/needs">' in html
    for media in ("application/ld+json", "text/csv", "application/geo+json"):
        assert f'<link rel="alternate" type="{media}"' in html
    html = client.get("/cities/phuket").get_data(as_text=True)
    assert f'type="application/ld+json" href="{API}/cities/phuket?format=jsonld"' in html
    assert 'href="/catalog.jsonld"' in client.get("/").get_data(as_text=True)


def test_the_site_map_lists_every_page_and_says_since_when(
    client: FlaskClient, service: Service, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def addresses(path: str) -> tuple[str, list[str]]:
        answer = client.get(path)
        assert answer.mimetype == "application/xml"
        root = read_xml(answer.get_data())
        space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
        assert {e.text for e in root.iter(f"{space}lastmod")} == {service.snapshot.as_of}
        return root.tag.removeprefix(space), [str(e.text) for e in root.iter(f"{space}loc")]

    kind, whole = addresses("/sitemap.xml")
    assert kind == "urlset"
    assert len(set(whole)) == len(whole) > len(service.snapshot.entities)
    for address in whole[::97]:
        assert client.get(address).status_code == 200
    monkeypatch.setitem(app.config, "SITEMAP_ADDRESSES", 300)
    kind, parts = addresses("/sitemap.xml")
    assert kind == "sitemapindex"
    assert [a for part in parts for a in addresses(part)[1]] == whole
    assert client.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404


def read_xml(data: bytes) -> Any:
    from xml.etree import ElementTree as ET

    return ET.fromstring(data)


def test_robots_are_told_what_to_leave_alone(client: FlaskClient) -> None:
    text = client.get("/robots.txt").get_data(as_text=True)
    assert "Disallow: /matches/" in text
    assert "Sitemap: http://localhost/sitemap.xml" in text
