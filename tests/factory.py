"""Made-up entities for tests: valid by the schema, and named so that nobody takes them for real."""

from __future__ import annotations

import hashlib

from matchmaker.model import Entity, Value
from matchmaker.schema import load_schema
from matchmaker.seeds import SeedSet
from matchmaker.store.codec import digest, in_order

SCHEMA = load_schema()
PROVENANCE: dict[str, Value] = {
    "source": ("made-up",),
    "locator": ("p. 1",),
    "date": "2024-01-01",
    "source_held": True,
}


def make(kind: str, id: str, usual: dict[str, Value], values: dict[str, Value]) -> Entity:
    """Return an entity with usual values, some of them replaced; None removes one."""
    provenance = PROVENANCE if SCHEMA.entities[kind].provenance else {}
    merged = {k: v for k, v in {**provenance, **usual, **values}.items() if v is not None}
    return in_order(SCHEMA, Entity(kind, id, merged))


def make_source(id: str = "made-up", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "title": "A made-up source",
        "publisher": "Nobody",
        "date": "2024",
        "held": True,
        "locator_kind": "page",
        "rights": "none",
    }
    return make("source", id, usual, values)


def make_country(id: str = "upland", **values: Value) -> Entity:
    return make("country", id, {"name": f"Made-up {id}", "relation": "member"}, values)


def make_city(id: str = "uptown", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "name": f"Made-up {id}",
        "country": "upland",
        "latitude": 10.5,
        "longitude": 100.25,
        "year_joined": 2018,
        "member_group": "pilot",
    }
    return make("city", id, usual, values)


def make_topic(id: str = "water", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "label_en": f"Made-up {id}",
        "label_th": "หัวข้อสมมุติ",
        "definition": f"What {id} covers.",
        "kind": "project_type",
    }
    return make("topic", id, usual, values)


def make_theme(id: str = "living", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "label_en": f"Made-up {id}",
        "label_th": "แก่นสมมุติ",
        "definition": f"What {id} covers.",
        "covers": ("water",),
    }
    return make("theme", id, usual, values)


def make_support_type(id: str = "finance", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "label_en": f"Made-up {id}",
        "label_th": "การสนับสนุนสมมุติ",
        "definition": f"What counts as {id}.",
    }
    return make("support_type", id, usual, values)


def make_need(id: str = "uptown-need-1", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "title": f"Made-up need {id}",
        "city": "uptown",
        "description": "Clean water for a made-up city.",
        "support_types": ("finance",),
        "focus_area": "environment",
        "topics": ("water",),
        "year": 2018,
        "status": "open",
    }
    return make("need", id, usual, values)


def make_partner(id: str = "bank", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "name": f"Made-up {id}",
        "full_name": f"The made-up {id} in full",
        "kind": "development_bank",
        "country": "farland",
        "profile": "A made-up organisation that speaks for water.",
        "topics": ("water",),
    }
    return make("partner", id, usual, values)


def make_project(id: str = "uptown-project-1", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "title": f"Made-up project {id}",
        "city": "uptown",
        "focus_area": "environment",
        "topics": ("water",),
        "first_year": 2019,
        "last_year": 2021,
        "status": "ongoing_or_planning",
    }
    return make("project", id, usual, values)


def make_project_listing(id: str = "uptown-project-1-2019", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "title": "Made-up listing",
        "project": "uptown-project-1",
        "year": 2019,
        "list": "A",
        "status": "ongoing_or_planning",
        "link_confidence": "first_seen",
    }
    return make("project_listing", id, usual, values)


def make_collaboration(id: str = "bank-uptown", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "title": f"Made-up collaboration {id}",
        "summary": "Paid for pipes.",
        "city": "uptown",
        "partner": "bank",
        "topics": ("water",),
        "role": "finance",
        "support_type": "finance",
        "stage": "ongoing",
        "first_year": 2020,
    }
    return make("collaboration", id, usual, values)


def make_offer(id: str = "bank-finance", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "title": f"Made-up offer {id}",
        "partner": "bank",
        "support_type": "finance",
        "description": "Loans for made-up cities.",
        "documented_by": ("bank-uptown",),
        "status": "active",
        "tied_finance": "unknown",
        "lock_in": "unknown",
    }
    return make("offer", id, usual, values)


def make_observation(id: str = "uptown-2020-pipes", **values: Value) -> Entity:
    usual: dict[str, Value] = {
        "indicator": "Pipes laid",
        "city": "uptown",
        "project": "uptown-project-1",
        "project_words": "Made-up project",
        "value": 12.5,
        "qualifier": "about",
        "year": 2020,
    }
    return make("observation", id, usual, values)


def make_annual_total(id: str = "total-2020", **values: Value) -> Entity:
    shares = ("civic_social", "health_wellbeing", "safety_security", "quality_environment",
              "built_infrastructure", "industry_innovation")  # fmt: skip
    usual: dict[str, Value] = {
        "title": "Made-up totals 2020",
        "year": 2020,
        "as_of": "2020-12-31",
        "projects_total": 3,
        "ongoing": 1,
        "planning": 1,
        "completed": 1,
        **{f"pct_{name}": 100 / 6 for name in shares},
    }
    return make("annual_total", id, usual, values)


def small_world() -> list[Entity]:
    """Return a made-up network: 2 member states, 3 cities, 4 needs, 3 partners and what joins them."""
    return [
        make_source(),
        make_country("upland"),
        make_country("lowland"),
        make_country("farland", relation="partner"),
        make_topic("environment", kind="focus_area"),
        make_topic("mobility", kind="focus_area"),
        make_topic("water", broader=("environment",), alt_labels=("drains", "pipes")),
        make_topic("buses", broader=("mobility",), related=("water",)),
        make_theme("living", covers=("water", "buses")),
        make_support_type("finance"),
        make_support_type("technology"),
        make_city("uptown"),
        make_city("midtown", latitude=11.0, population=250_000),
        make_city("lowtown", country="lowland", year_joined=2022, member_group="later"),
        make_need("uptown-need-1"),
        make_need("uptown-need-2", title="Made-up buses", focus_area="mobility", topics=("buses",),
                  description="Buses that run on time."),
        make_need("midtown-need-1", city="midtown", support_types=("finance", "technology")),
        make_need("lowtown-need-1", city="lowtown", support_types=("technology",),
                  focus_area="mobility", topics=("buses",), description="Tickets for buses."),
        make_partner("bank"),
        make_partner("busmaker", kind="company", topics=("buses",), profile="Makes buses."),
        make_partner("college", kind="university", country="upland", topics=None,
                     profile="Teaches how to lay pipes."),
        make_project(),
        make_project("lowtown-project-1", city="lowtown", focus_area="mobility", topics=("buses",)),
        make_project_listing(),
        make_collaboration("bank-uptown", need="uptown-need-1", project="uptown-project-1"),
        make_collaboration("busmaker-lowtown", city="lowtown", partner="busmaker",
                           topics=("buses",), role="technology", support_type="technology",
                           summary="Supplied buses.", project="lowtown-project-1"),
        make_offer("bank-finance"),
        make_offer("busmaker-technology", partner="busmaker", support_type="technology",
                   description="Buses with tickets.", documented_by=("busmaker-lowtown",)),
        make_offer("college-technology", partner="college", support_type="technology",
                   description="Pipe plans.", documented_by=None, topics=("water",)),
        make_observation(),
        make_annual_total(),
    ]  # fmt: skip


def seed_set(entities: list[Entity], as_of: str = "2024-06-30") -> SeedSet:
    """Return seeds of some entities with a digest that changes with any of them."""
    marks = " ".join([as_of, *(digest(entity) for entity in entities)])
    return SeedSet(tuple(entities), as_of, hashlib.sha256(marks.encode()).hexdigest())


def large_world(count: int) -> list[Entity]:
    """Return the small world with needs of made-up cities added until it has ``count`` rows."""
    entities = small_world()
    towns = ("uptown", "midtown", "lowtown")
    for number in range(count - len(entities)):
        entities.append(
            make_need(
                f"extra-need-{number}",
                city=towns[number % 3],
                topics=("water", "buses") if number % 2 else ("water",),
                description=f"Made-up need number {number}. " + "Words of some length. " * 15,
            )
        )
    return entities
