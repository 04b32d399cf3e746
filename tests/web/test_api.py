"""The API over the real seeds: lists, details, matches, entity tags and the door for writes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from matchmaker.accounts.tokens import new_key
from matchmaker.usecases.contributing.proposing import writable
from matchmaker.usecases.service import Service

API = "/api/v1"


def get(client: FlaskClient, address: str, status: int = 200) -> Any:
    response = client.get(API + address)
    assert response.status_code == status, (address, response.get_data(as_text=True)[:300])
    return orjson.loads(response.data)


def test_the_entry_point_names_every_collection(client: FlaskClient, service: Service) -> None:
    index = get(client, "/")
    assert [c["plural"] for c in index["collections"]] == [
        kind.plural for kind in service.schema.entities.values()
    ]
    for collection in index["collections"]:
        listed = client.get(collection["link"]).json
        assert listed is not None
        assert listed["total"] == collection["total"]
    for address in index["links"].values():
        assert client.get(address).status_code in (200, 400)  # search wants words


def test_every_entity_has_a_detail_and_a_node_that_say_the_same(
    client: FlaskClient, service: Service
) -> None:
    for entity in service.snapshot.entities.values():
        plural = service.schema.entities[entity.type].plural
        detail = get(client, f"/{plural}/{entity.id}")
        assert detail["id"] == entity.id
        assert detail == get(client, f"/nodes/{entity.id}")
        assert detail["links"]["self"] == f"{API}/{plural}/{entity.id}"


def test_a_list_pages_through_everything(client: FlaskClient, service: Service) -> None:
    seen: list[str] = []
    page = get(client, "/projects?limit=40")
    while True:
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        page = get(client, f"/projects?limit=40&cursor={page['next']}")
    assert seen == list(service.snapshot.of_type("project"))


def test_a_list_is_narrowed_by_filters_in_the_address(client: FlaskClient) -> None:
    found = get(client, "/needs?country=country-thailand&limit=200")
    assert found["total"] == len(found["items"]) > 0
    assert found["total"] < get(client, "/needs")["total"]
    two = get(client, "/needs?city=phuket&city=bangkok")
    assert {item["city"]["id"] for item in two["items"]} == {"phuket", "bangkok"}


def test_a_list_item_and_its_detail_agree(client: FlaskClient) -> None:
    item = get(client, "/partners?limit=1")["items"][0]
    detail = get(client, f"/partners/{item['id']}")
    assert {k: v for k, v in detail.items() if k != "relationships"} == item


def test_search_finds_entities_with_their_addresses(client: FlaskClient) -> None:
    found = get(client, "/search?q=phuket&limit=3")
    assert found["items"][0]["id"] == "phuket"
    assert client.get(found["items"][0]["links"]["self"]).status_code == 200


def test_every_need_has_ranked_matches_that_add_up(client: FlaskClient, service: Service) -> None:
    for need in service.snapshot.of_type("need"):
        document = get(client, f"/needs/{need}/matches")
        assert document["matches"]
        assert len(document["matches"]) <= 20
        ranks = [m["rank"] for m in document["matches"]]
        assert ranks == list(range(1, len(ranks) + 1))
        for match in document["matches"]:
            for side in ("city", "partner"):
                lines = [c for c in match["contributions"] if c["side"] == side]
                fit = match[f"{side}_fit"]
                assert sum(c["amount"] for c in lines) == pytest.approx(fit, abs=1e-9)
                assert Counter(c["feature"] for c in lines)["prior"] == 1


def test_every_path_of_evidence_is_made_of_nodes_and_relationships_that_exist(
    client: FlaskClient, service: Service
) -> None:
    for need in list(service.snapshot.of_type("need"))[::6]:
        for match in get(client, f"/needs/{need}/matches?limit=5")["matches"]:
            for evidence in match["evidence"]:
                path = evidence["path"]
                get(client, f"/nodes/{path[0]}")
                for i in range(0, len(path) - 2, 2):
                    get(client, f"/relationships/{path[i]}/{path[i + 1]}/{path[i + 2]}")
                for source in evidence["sources"]:
                    cited = get(client, f"/nodes/{source['node']}")["citations"]
                    found = {(c["source"], c["locator"]) for c in cited}
                    assert (source["source"], source["locator"]) in found


def test_the_lists_of_need_city_offer_and_partner_and_the_pair_agree(client: FlaskClient) -> None:
    document = get(client, "/needs/phuket-scap2018-1/matches?limit=200")
    for match in document["matches"][:10]:
        target = (match["offer"] or match["partner"])["id"]
        pair = get(client, f"/matches/phuket-scap2018-1/{target}")
        assert pair["match"] == match
        kinds = [("partners", match["partner"]["id"]), ("cities", "phuket")]
        if match["offer"]:
            kinds.append(("offers", target))
        for plural, identifier in kinds:
            page = get(client, f"/{plural}/{identifier}/matches?limit=200")
            same = [
                m
                for m in page["matches"]
                if m["need"]["id"] == "phuket-scap2018-1"
                and m["partner"] == match["partner"]
                and m["offer"] == match["offer"]
            ]
            if same or page["total"] <= 200:
                plain = {k: v for k, v in same[0].items() if k not in ("need", "rank")}
                assert plain == {k: v for k, v in match.items() if k != "rank"}


def test_every_offer_partner_and_city_answers_with_matches(
    client: FlaskClient, service: Service
) -> None:
    for kind in ("offer", "partner", "city"):
        plural = service.schema.entities[kind].plural
        for identifier in service.snapshot.of_type(kind):
            found = get(client, f"/{plural}/{identifier}/matches?limit=1")
            assert found[kind]["id"] == identifier


def test_the_same_request_gives_the_same_bytes(client: FlaskClient) -> None:
    for address in ("/needs/phuket-scap2018-1/matches", "/cities", "/openapi.json", "/schema"):
        assert client.get(API + address).data == client.get(API + address).data


def test_an_entity_tag_sent_back_saves_the_body(client: FlaskClient) -> None:
    first = client.get(API + "/cities/phuket")
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(API + "/cities/phuket", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    other = client.get(API + "/cities/phuket", headers={"If-None-Match": 'W/"0-other"'})
    assert other.status_code == 200
    assert client.get(API + "/cities/bangkok").headers["ETag"] != tag


def test_a_head_request_has_the_headers_of_the_get(client: FlaskClient) -> None:
    for address in ("/cities", "/needs/phuket-scap2018-1/matches", "/nodes/phuket"):
        head, whole = client.head(API + address), client.get(API + address)
        assert head.data == b""
        assert dict(head.headers) == dict(whole.headers)


@pytest.mark.parametrize("address", ["/", "/api/v1/cities", "/api/v1/nope", "/nope", "/healthz"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_health_and_readiness_are_never_kept(client: FlaskClient, service: Service) -> None:
    assert client.get("/healthz").json == {"status": "alive"}
    ready = client.get("/readyz")
    assert ready.json == {
        "status": "ready",
        "mode": "seeds",
        "sequence": 0,
        "as_of": service.snapshot.as_of,
    }
    assert ready.headers["Cache-Control"] == "no-store"


def test_the_state_of_the_data_counts_what_is_there(client: FlaskClient, service: Service) -> None:
    state = get(client, "/snapshot")
    assert sum(state["entities"].values()) == len(service.snapshot.entities)
    assert state["relationships"] == service.snapshot.relationship_count
    assert (state["mode"], state["read_only"]) == ("seeds", True)


def test_the_algorithm_tells_every_feature_that_has_a_weight(client: FlaskClient) -> None:
    algorithm = get(client, "/algorithm")
    told = {feature["name"] for feature in algorithm["features"]}
    weighted = {*algorithm["weights"]["city"], *algorithm["weights"]["partner"]}
    assert told == weighted


def test_a_write_without_an_account_is_refused(client: FlaskClient) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        answer = client.open(API + "/cities/phuket", method=method, json={})
        assert answer.status_code == 401
        assert answer.json is not None
        assert answer.json["type"] == "/problems/sign-in-needed"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic x", "x", "Bearer é"]
)
def test_a_write_with_a_wrong_key_is_refused(client: FlaskClient, header: str) -> None:
    answer = client.put(API + "/cities/phuket", headers={"Authorization": header}, json={})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_write_while_the_database_is_away_is_told_when_to_try_again(client: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {new_key().text}"}
    city = get(client, "/cities/phuket")
    answers = (
        client.put(API + "/cities/phuket", headers=headers, json=city),
        client.delete(API + "/cities/phuket", headers=headers),
    )
    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0


def test_what_is_read_may_be_written_back(client: FlaskClient, service: Service) -> None:
    for entity in service.snapshot.entities.values():
        read = get(client, f"/nodes/{entity.id}")
        kept = {k: v for k, v in writable(read).items() if v not in (None, [])}
        assert kept == {k: v for k, v in entity.as_json().items() if v != []}
