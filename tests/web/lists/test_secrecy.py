"""What is for members only leaves no trace for all others: a decline among the real seeds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from matchmaker.matching.declines import basis_of
from matchmaker.model import Change
from matchmaker.permissions import PUBLIC, Caller, Role, Scope
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.store.feed import Position
from matchmaker.usecases.feeding.feed import seen_change
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service
from matchmaker.visibility import view
from matchmaker.web.app import create_app
from tests.factory import make

NEED, PARTNER, OFFER = "phuket-scap2018-1", "adb", "adb-finance"
DECLINE = "declined-0123456789ab"
MEMBER = Caller(Role.CITY_OFFICER, "a1", frozenset({"jakarta"}))
PORTAL = Caller(Role.PORTAL, "a2")
READER = replace(MEMBER, scopes=frozenset({Scope.READ}))
ADDRESSES = (
    "/api/v1/declines", "/api/v1/dump", f"/api/v1/needs/{NEED}", f"/api/v1/offers/{OFFER}",
    f"/api/v1/partners/{PARTNER}", f"/api/v1/nodes/{NEED}", "/api/v1/search?q=not+for",
    f"/api/v1/needs/{NEED}/matches?limit=200", f"/api/v1/offers/{OFFER}/matches",
    f"/api/v1/matches/{NEED}/{OFFER}", f"/api/v1/matches/{NEED}/{OFFER}/changes",
    f"/api/v1/needs/{NEED}/compare?with={OFFER},jica-technical-assistance",
    "/api/v1/snapshot", "/api/v1/exposure", "/api/v1/graph.jsonld", "/api/v1/graph.graphml",
    f"/needs/{NEED}", f"/matches/{NEED}/{OFFER}", f"/offers/{OFFER}", f"/partners/{PARTNER}",
    "/cities/phuket", "/declines", "/sitemap.xml", "/",
)  # fmt: skip


@pytest.fixture(scope="module")
def declined(schema: Schema, seeds: SeedSet, service: Service) -> Service:
    """Return the service over the real seeds and one decline."""
    values = {
        "title": "Made up: not for Phuket", "need": NEED, "partner": PARTNER, "offer": OFFER,
        "reason": "terms", "until": "2999-01-01", "date": "2020-01-01",
        "basis": basis_of(service.snapshot, NEED, PARTNER, OFFER),
    }  # fmt: skip
    source = next(iter(service.snapshot.of_type("source")))
    one = make("decline", DECLINE, {}, {**values, "source": (source,)})
    more = replace(seeds, entities=(*seeds.entities, one))
    return service_from_seeds(schema, Settings(), seeds=more)


@pytest.mark.parametrize("path", ADDRESSES)
def test_whoever_is_no_member_gets_the_very_same_bytes_as_without_it(
    declined: Service, client: FlaskClient, path: str
) -> None:
    told = create_app(declined).test_client().get(path)
    plain = client.get(path)
    assert (told.status_code, plain.status_code) == (200, 200)
    assert DECLINE not in told.get_data(as_text=True)
    assert told.get_data() == plain.get_data()


def test_it_cannot_be_asked_for_by_name(declined: Service) -> None:
    public = create_app(declined).test_client()
    for path in (
        f"/api/v1/nodes/{DECLINE}", f"/api/v1/declines/{DECLINE}", f"/declines/{DECLINE}",
        f"/nodes/{DECLINE}", f"/api/v1/relationships/{DECLINE}/DECLINES/{NEED}",
    ):  # fmt: skip
        assert public.get(path).status_code == 404, path


def test_members_see_it_and_what_it_refuses(declined: Service) -> None:
    seen = view(declined.snapshot, MEMBER)
    assert seen is declined.snapshot or DECLINE in seen.entities
    assert [r["rule"] for r in declined.pair(NEED, OFFER)["reasons"]] == ["declined"]
    for caller in (PUBLIC, PORTAL, READER):
        seen = view(declined.snapshot, caller)
        assert DECLINE not in seen.entities
        assert not seen.links_to(NEED, "DECLINES")


def test_the_feed_leaves_it_out_for_all_but_members(declined: Service) -> None:
    snapshot = declined.snapshot
    change = Change(5, "2026-01-01", "a1", DECLINE, None, snapshot.entities[DECLINE])
    for caller in (PUBLIC, PORTAL, READER):
        assert seen_change(snapshot, caller, Position(5), change) is None
    assert seen_change(snapshot, MEMBER, Position(5), change) is not None
