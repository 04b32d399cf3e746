"""What would raise a match, on a real Neo4j: what is stated is sent, and comes true."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from flask.testing import FlaskClient

from matchmaker.matching.counterfactual import MOST
from matchmaker.usecases.service import Service
from matchmaker.web.app import create_app
from tests.web.wellformed import Page

API = "/api/v1"
LISTED = ("phuket-scap2018-1", "depa-technical-assistance")
REFUSED = ("da-nang-scap2018-1", "depa-technical-assistance")
BARE = ("bandar-seri-begawan-scap2018-2", "aiib")
PAIRS = (LISTED, REFUSED, ("bandar-seri-begawan-scap2018-2", "world-bank-finance"))
Json = dict[str, Any]


def body(client: FlaskClient, address: str) -> Json:
    answer = client.get(API + address)
    assert answer.status_code == 200, answer.json
    return dict(answer.json or {})


def standing(client: FlaskClient, pair: tuple[str, str]) -> tuple[float, int | None]:
    found = body(client, "/matches/{}/{}".format(*pair))
    return found["match"]["score"], found["rank"]


def test_every_change_that_is_sent_moves_the_score_by_what_was_stated(
    live: Service, token: str
) -> None:
    client = create_app(live).test_client()
    headers = {"Authorization": f"Bearer {token}"}

    def send(document: Json) -> None:
        plural = live.schema.entities[document["type"]].plural
        address = f"{API}/{plural}/{document['id']}"
        answer = client.put(address, json=document, headers=headers)
        assert answer.status_code == 200, answer.json
        assert (answer.json or {})["changed"] is True

    moved_days = []
    for pair in PAIRS:
        told = body(client, "/matches/{}/{}/changes".format(*pair))
        assert len(told["changes"]) >= 4
        for place in range(len(told["changes"])):
            # Asked anew each time: the first write moves the data to the day of writing.
            before, rank = standing(client, pair)
            told = body(client, "/matches/{}/{}/changes".format(*pair))
            assert (told["score"], told["rank"]) == (before, rank)
            if place >= len(told["changes"]) or told["changes"][place]["hypothetical"]:
                continue
            change = told["changes"][place]
            kept = copy.deepcopy(live.snapshot.entities[change["entity"]].as_json())
            moved_days.append(told["applied_on"] > told["snapshot"]["as_of"])
            send(change["document"])
            after, rank = standing(client, pair)
            assert after - before == pytest.approx(change["gain"], rel=0, abs=1e-9)
            assert after == pytest.approx(change["score"], rel=0, abs=1e-9)
            assert rank == change["rank"]
            assert live.snapshot.as_of == told["applied_on"]
            send(kept)
            again, _ = standing(client, pair)
            assert again == pytest.approx(told["unchanged_score"], rel=0, abs=1e-9)
    # The seeds stand for an earlier day than today: that, too, was foretold, and once only.
    assert moved_days[0] is True
    assert not any(moved_days[1:])


def test_a_refused_pair_tells_what_it_fails_and_where_it_would_stand(client: FlaskClient) -> None:
    told = body(client, "/matches/{}/{}/changes".format(*REFUSED))
    assert told["rank"] is None
    assert told["first_failing"]["rule"] == "partner_mandate"
    assert told["would_be_rank"] >= 1
    first = told["changes"][0]
    assert (first["lifts"], first["rank"]) == ("partner_mandate", told["would_be_rank"])


def test_a_listed_pair_fails_nothing_and_needs_no_would_be_rank(client: FlaskClient) -> None:
    told = body(client, "/matches/{}/{}/changes".format(*LISTED))
    assert told["rank"]
    assert told["first_failing"] is None
    assert told["would_be_rank"] is None
    assert 0 < len(told["changes"]) <= MOST
    assert told["changes"] == sorted(told["changes"], key=lambda c: -c["gain"])


def test_where_nothing_can_be_written_the_day_is_that_of_the_data(client: FlaskClient) -> None:
    told = body(client, "/matches/{}/{}/changes".format(*LISTED))
    assert told["applied_on"] == told["snapshot"]["as_of"]
    assert told["unchanged_score"] == told["score"]


def test_what_is_only_supposed_has_nothing_to_send(client: FlaskClient) -> None:
    told = body(client, "/matches/{}/{}/changes".format(*BARE))["changes"]
    supposed = [c for c in told if c["hypothetical"]]
    assert [c["kind"] for c in supposed] == ["hypothetical"]
    assert supposed[0]["document"] is None
    assert all(c["document"]["id"] == c["entity"] for c in told if not c["hypothetical"])


@pytest.mark.parametrize("address", ["/matches/nothing/jica/changes",
                                     "/matches/phuket-scap2018-1/nobody/changes"])  # fmt: skip
def test_a_pair_that_is_not_there_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(API + address).status_code == 404
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("pair", [LISTED, REFUSED, BARE])
def test_the_page_shows_the_best_changes_and_leads_to_the_rest(
    client: FlaskClient, pair: tuple[str, str]
) -> None:
    address = "/matches/{}/{}/changes".format(*pair)
    assert address in Page(client.get(address.removesuffix("/changes")).text).links
    page = Page(client.get(address).text)
    assert page.faults == []
    assert API + address in page.links
    text = client.get(address).text
    told = body(client, address)
    for change in told["changes"][:5]:
        assert f"{change['gain']:+.3f}" in text
    assert ("it is only supposed here" in text) == any(
        c["hypothetical"] for c in told["changes"][:5]
    )
