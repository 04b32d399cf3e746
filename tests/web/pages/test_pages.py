"""Pages over the real seeds: everything opens, nothing is dead, and what is shown is true."""

from __future__ import annotations

import itertools
import logging
import re
import zlib
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from jinja2 import make_logging_undefined

from matchmaker.matching.scoring import harmonic_mean
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service, Status
from matchmaker.web.app import create_app
from tests.factory import make_city, make_need, seed_set, small_world
from tests.web.wellformed import Page

SHARE = 12  # of the explanations of pairs, which are thousands, the crawler opens one in so many


def read(client: FlaskClient, address: str, status: int = 200) -> Page:
    response = client.get(address)
    assert response.status_code == status, address
    assert response.mimetype == "text/html"
    return Page(response.get_data(as_text=True))


def crawl(client: FlaskClient) -> tuple[dict[str, int], list[str], set[str]]:
    """Follow every link from the home page; return statuses, faults and the API's addresses."""
    seen: dict[str, int] = {}
    faults: list[str] = []
    data: set[str] = set()
    waiting = [("/", "the start")]
    while waiting:
        address, origin = waiting.pop()
        if address in seen:
            continue
        response = client.get(address, buffered=True)
        seen[address] = response.status_code
        if response.status_code != 200:
            faults.append(f"{address} answers {response.status_code}, linked from {origin}")
        if response.mimetype != "text/html":
            continue
        page = Page(response.get_data(as_text=True))
        faults += [f"{address}: {fault}" for fault in page.faults]
        for link in page.links:
            parts = urlsplit(urljoin(f"http://localhost{address}", link))
            there = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.netloc != "localhost":
                faults.append(f"{address} links out of the service: {link}")
            elif parts.path.startswith("/api/v1/") and parts.path != "/api/v1/docs":
                data.add(there)
            elif not parts.path.startswith("/matches/") or zlib.crc32(there.encode()) % SHARE == 0:
                waiting.append((there, address))
    return seen, faults, data


def test_no_link_from_the_home_page_on_is_dead_and_every_entity_has_its_page(
    client: FlaskClient, service: Service
) -> None:
    seen, faults, data = crawl(client)
    assert faults == []
    plurals = {name: kind.plural for name, kind in service.schema.entities.items()}
    pages = {f"/{plurals[e.type]}/{e.id}" for e in service.snapshot.entities.values()}
    assert pages <= set(seen)
    assert {address for address in data if client.get(address).status_code != 200} == set()


@pytest.mark.parametrize("kind", ["city", "need", "partner", "offer", "topic", "project"])
def test_pages_carry_the_name_of_what_they_show(
    client: FlaskClient, service: Service, kind: str
) -> None:
    plural = service.schema.entities[kind].plural
    for entity in service.snapshot.of_type(kind).values():
        page = read(client, f"/{plural}/{entity.id}")
        assert service.schema.caption(entity) in page.text


def test_every_need_lists_its_best_matches_in_order(client: FlaskClient, service: Service) -> None:
    for need in service.snapshot.of_type("need"):
        document = service.need_matches(need, 20)
        html = client.get(f"/needs/{need}").get_data(as_text=True)
        shown = re.findall(rf'class="match-score".*?href="/matches/{need}/([^"]+)"', html, re.S)
        wanted = [(m["offer"] or m["partner"])["id"] for m in document["matches"]]
        assert shown == wanted


def test_an_explanation_adds_up_on_the_page_itself(client: FlaskClient, service: Service) -> None:
    match = service.need_matches("phuket-scap2018-1", 1)["matches"][0]
    target = (match["offer"] or match["partner"])["id"]
    html = client.get(f"/matches/phuket-scap2018-1/{target}").get_data(as_text=True)
    sides = re.findall(r'<table class="sum">.*?</table>', html, re.S)
    fits = []
    for side in sides:
        numbers = re.findall(r'<td class="number"(?: data-name="= adds")?>([\d.]+)</td>', side)
        *amounts, fit = map(float, numbers)
        assert sum(amounts) == pytest.approx(fit, abs=0.005)
        fits.append(fit)
    assert len(fits) == 2
    assert harmonic_mean(*fits) == pytest.approx(match["score"], abs=0.002)
    assert f"<strong>{match['score']:.3f}</strong>" in html


def test_bars_of_a_side_follow_on_each_other_and_end_at_the_fit(
    client: FlaskClient, service: Service
) -> None:
    match = service.need_matches("phuket-scap2018-1", 1)["matches"][0]
    target = (match["offer"] or match["partner"])["id"]
    html = client.get(f"/matches/phuket-scap2018-1/{target}").get_data(as_text=True)
    for side in re.findall(r'<table class="sum">.*?</table>', html, re.S):
        bars = re.findall(r'class="bar-value" x="([\d.]+)" width="([\d.]+)"', side)
        *steps, whole = [(float(x), float(width)) for x, width in bars]
        for (x, width), (after, _) in itertools.pairwise(steps):
            assert x + width == pytest.approx(after, abs=0.02)
        assert sum(steps[-1]) == pytest.approx(whole[1], abs=0.02)


def test_a_refused_pair_tells_why(client: FlaskClient, service: Service) -> None:
    need, refused = next(
        (need, e)
        for need in service.snapshot.of_type("need")
        for e in service.need_matches(need, 1)["excluded"]
    )
    target = (refused["offer"] or refused["partner"])["id"]
    page = read(client, f"/matches/{need}/{target}")
    assert "Not eligible" in page.text
    assert refused["reasons"][0]["message"] in page.text
    assert refused["reasons"][0]["message"] in read(client, f"/needs/{need}").text


def test_what_is_unknown_is_named_with_what_would_settle_it(
    client: FlaskClient, service: Service
) -> None:
    document = service.need_matches("phuket-scap2018-1", 200)
    match = next(m for m in document["matches"] if m["offer"] is None)
    page = read(client, f"/matches/phuket-scap2018-1/{match['partner']['id']}")
    assert "What would settle more" in page.text
    unknown = [c["detail"] for c in match["contributions"] if c["value"] is None]
    assert unknown
    assert all(detail in page.text for detail in unknown)


def test_a_partner_without_an_offer_is_labelled_as_such(client: FlaskClient) -> None:
    assert "No published offer" in read(client, "/partners/gbdi").text
    assert "no published offer" in read(client, "/matches/phuket-scap2018-1/gbdi").text


def test_a_need_shows_more_matches_on_request_within_limits(client: FlaskClient) -> None:
    few = client.get("/needs/phuket-scap2018-1?limit=3").get_data(as_text=True)
    assert few.count('class="match"') == 3
    assert "from 1 to 200" in read(client, "/needs/phuket-scap2018-1?limit=0", 400).text


def test_lists_narrow_down_by_country_topic_and_support(client: FlaskClient) -> None:
    every = read(client, "/needs?country=&topic=&support_types=&q=")
    assert "57 needs" in every.text
    some = read(client, "/needs?country=country-thailand&support_types=technology")
    assert "fit the choice" in some.text
    assert "Phuket" in some.text
    assert "Manila" not in some.text
    assert "Nothing fits" in read(client, "/needs?q=nosuchword").text


def test_a_filter_that_a_list_does_not_know_is_refused_with_those_it_does(
    client: FlaskClient,
) -> None:
    assert "support_types" in read(client, "/needs?colour=red", 400).text
    assert "country-thailand" in read(client, "/needs?country=country-tailand", 400).text


def test_long_lists_go_on_at_the_next_page_without_loss(
    client: FlaskClient, service: Service
) -> None:
    address: str | None = "/project-listings"
    rows = 0
    while address:
        html = client.get(address).get_data(as_text=True)
        rows += html.count('<th scope="row">')
        following = re.search(r'href="([^"]+)" rel="next"', html)
        address = following[1].replace("&amp;", "&") if following else None
    assert rows == len(service.snapshot.of_type("project_listing"))


@pytest.mark.parametrize("query", ["Phuket", "จัดการน้ำท่วม", "flood"])
def test_search_finds_words_in_english_and_thai(client: FlaskClient, query: str) -> None:
    page = read(client, f"/search?q={query}")
    assert "found" in page.text
    assert any(link.startswith(("/cities/phuket", "/topics/flood")) for link in page.links)


def test_a_search_without_hits_suggests_what_looks_alike(client: FlaskClient) -> None:
    assert "/search?q=Phuket" in read(client, "/search?q=Phukett").links
    assert "Write what you look for" in read(client, "/search").text


def test_any_identifier_leads_to_its_page(client: FlaskClient, service: Service) -> None:
    for kind, found in {"phuket": "cities", "jica": "partners", "finance": "support-types"}.items():
        assert client.get(f"/nodes/{kind}").headers["Location"] == f"/{found}/{kind}"
    assert "phuket" in read(client, "/nodes/phukett", 404).text


@pytest.mark.parametrize(
    "address", ["/cities/nowhere", "/dragons", "/dragons/smaug", "/matches/a/b"]
)
def test_what_does_not_exist_is_a_page_that_helps_on(client: FlaskClient, address: str) -> None:
    page = read(client, address, 404)
    assert "/cities" in page.links
    assert page.faults == []


def test_static_files_have_the_hash_of_their_content_in_the_address(client: FlaskClient) -> None:
    found = re.search(r"/static/site\.css\?v=[0-9a-f]{12}", client.get("/").get_data(as_text=True))
    assert found
    assert "immutable" in client.get(found[0], buffered=True).headers["Cache-Control"]
    bare = client.get("/static/site.css", buffered=True)
    assert bare.headers["Cache-Control"] == "no-cache"


def test_an_unchanged_page_is_not_sent_twice(client: FlaskClient) -> None:
    tag = client.get("/cities/phuket").headers["ETag"]
    again = client.get("/cities/phuket", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_every_page_says_when_the_service_only_reads(schema: Schema, seeds: SeedSet) -> None:
    away = Status("away", "The database cannot be reached; try again later.")
    service = service_from_seeds(schema, Settings(), seeds=seeds, status=away)
    client = create_app(service).test_client()
    for address in ("/", "/cities/phuket", "/nowhere", "/about"):
        html = client.get(address).get_data(as_text=True)
        assert "The database cannot be reached; try again later." in html
    service.show(status=Status("live"))
    assert 'class="banner"' not in client.get("/").get_data(as_text=True)


def test_templates_name_nothing_that_pages_do_not_give_them(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(service)
    app.jinja_env.undefined = make_logging_undefined(logging.getLogger("templates"))
    client = app.test_client()
    for kind in service.schema.entities.values():
        for path in (
            "",
            *(f"/{i}" for i in itertools.islice(service.snapshot.of_type(kind.name), 3)),
        ):
            read(client, f"/{kind.plural}{path}")
    for path in ("/", "/about", "/schema", "/search?q=flood", "/search?q=nosuchword", "/search"):
        read(client, path)
    read(client, "/matches/phuket-scap2018-1/gbdi")
    assert [r.getMessage() for r in caplog.records if r.name == "templates"] == []


def test_the_page_on_how_it_works_tells_weights_and_bands_in_force(
    client: FlaskClient, service: Service
) -> None:
    page = read(client, "/about")
    algorithm = service.algorithm()
    assert all(f["label"] in page.text for f in algorithm["features"])
    assert all(b["band"] in page.text for b in algorithm["bands"])


@pytest.fixture(scope="module")
def small(schema: Schema) -> FlaskClient:
    """Return a client over made-up entities whose texts try to break out of the page."""
    hostile = "<script>alert(1)</script> \"'&"
    world = [e for e in small_world() if e.id != "uptown-need-1"]
    world += [
        make_need("uptown-need-1", title=hostile, description=hostile),
        make_city("newtown", name=hostile),
    ]
    return create_app(service_from_seeds(schema, Settings(), seeds=seed_set(world))).test_client()


@pytest.mark.parametrize(
    "address",
    ["/", "/cities", "/cities/uptown", "/cities/newtown", "/needs/uptown-need-1", "/search?q=alert",
     "/matches/uptown-need-1/bank-finance", "/offers/bank-finance", "/topics/water", "/schema"],
)  # fmt: skip
def test_texts_that_look_like_markup_stay_texts(small: FlaskClient, address: str) -> None:
    html = small.get(address).get_data(as_text=True)
    assert "<script" not in html
    assert Page(html).faults == []


def test_a_city_without_needs_says_so(small: FlaskClient) -> None:
    assert "No published need" in read(small, "/cities/newtown").text
