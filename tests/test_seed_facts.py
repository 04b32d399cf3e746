"""The real seeds: how many facts there are, that each says where it comes from, and that they agree."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import Schema
from matchmaker.seeds import SEEDS_FOLDER, SeedSet
from matchmaker.topics import TopicScheme

COUNTS = {
    "city": 38,
    "need": 57,
    "partner": 69,
    "project": 143,
    "project_listing": 405,
    "collaboration": 40,
    "observation": 32,
    "annual_total": 4,
    "theme": 4,
}
THAI = re.compile("[\u0e01-\u0e5b]")


def statements(snapshot: Snapshot) -> Iterator[Entity]:
    """Yield every entity that has to say where it comes from."""
    return (e for e in snapshot.entities.values() if e.type != "source")


ALWAYS_TOLD = {
    "city": "latitude longitude year_joined member_group",
    "need": "description year",
    "partner": "profile",
    "project": "focus_area first_year last_year status",
    "collaboration": "summary topics role support_type stage first_year",
}
"""What the schema lets data from elsewhere leave out, but the seeds tell of every entity."""


@pytest.mark.parametrize(("kind", "names"), ALWAYS_TOLD.items())
def test_the_seeds_leave_nothing_out_that_they_used_to_tell(
    seed_snapshot: Snapshot, kind: str, names: str
) -> None:
    entities = seed_snapshot.of_type(kind).values()
    assert [(e.id, n) for e in entities for n in names.split() if not e.values.get(n)] == []


def test_an_amount_of_money_names_its_currency_and_the_reverse(seed_snapshot: Snapshot) -> None:
    for case in seed_snapshot.of_type("collaboration").values():
        assert (case.number("amount") is None) == (not case.text("currency")), case.id


@pytest.mark.parametrize(("kind", "count"), COUNTS.items())
def test_there_are_as_many_entities_as_the_sources_tell(
    seed_snapshot: Snapshot, kind: str, count: int
) -> None:
    assert len(seed_snapshot.of_type(kind)) == count


def test_there_are_eleven_member_countries_each_with_a_city_and_six_focus_areas(
    seed_snapshot: Snapshot,
) -> None:
    countries = seed_snapshot.of_type("country").values()
    members = {c.id for c in countries if c.text("relation") == "member"}
    assert len(members) == 11
    assert {c.text("country") for c in seed_snapshot.of_type("city").values()} == members
    kinds = Counter(t.text("kind") for t in seed_snapshot.of_type("topic").values())
    assert kinds["focus_area"] == 6


def test_the_pilot_cities_are_the_26_of_2018(seed_snapshot: Snapshot) -> None:
    groups = Counter(
        (c.text("member_group"), c.integer("year_joined") == 2018)
        for c in seed_snapshot.of_type("city").values()
    )
    assert groups == {("pilot", True): 26, ("later", False): 12}


def test_every_statement_has_a_source_a_locator_and_a_date(seed_snapshot: Snapshot) -> None:
    for entity in statements(seed_snapshot):
        sources, locators = entity.refs("source"), entity.refs("locator")
        assert sources, entity.id
        assert len(sources) == len(locators), entity.id
        assert entity.text("date"), entity.id
        assert len(entity.citations) == len(sources)


def test_a_statement_is_held_when_every_document_it_cites_is(seed_snapshot: Snapshot) -> None:
    held = {s.id: s.values["held"] for s in seed_snapshot.of_type("source").values()}
    for entity in statements(seed_snapshot):
        assert entity.values["source_held"] == all(held[s] for s in entity.refs("source"))


def test_no_statement_is_dated_after_the_day_the_seeds_stand_for(
    seeds: SeedSet, seed_snapshot: Snapshot
) -> None:
    for entity in statements(seed_snapshot):
        assert entity.text("date") <= seeds.as_of, entity.id


def test_no_statement_rests_on_the_maintainers_word_alone_where_it_is_a_fact(
    seed_snapshot: Snapshot,
) -> None:
    kinds = ("need", "project", "project_listing", "collaboration", "observation", "annual_total")
    for kind in (*kinds, "offer", "partner", "city"):
        for entity in seed_snapshot.of_type(kind).values():
            assert set(entity.refs("source")) - {"house"}, entity.id


def test_an_offer_rests_on_collaborations_of_the_same_partner_and_kind_of_support(
    seed_snapshot: Snapshot,
) -> None:
    for offer in seed_snapshot.of_type("offer").values():
        for identifier in offer.refs("documented_by"):
            case = seed_snapshot.get("collaboration", identifier)
            assert case.text("partner") == offer.text("partner"), offer.id
            assert case.text("support_type") == offer.text("support_type"), offer.id


def test_a_partner_has_one_offer_for_each_kind_of_support_and_every_case_is_behind_one(
    seed_snapshot: Snapshot,
) -> None:
    offers = seed_snapshot.of_type("offer").values()
    kinds = Counter((o.text("partner"), o.text("support_type")) for o in offers)
    assert set(kinds.values()) == {1}
    behind = [case for offer in offers for case in offer.refs("documented_by")]
    assert sorted(behind) == sorted(seed_snapshot.of_type("collaboration"))


def test_an_offer_cites_what_its_collaborations_cite(seed_snapshot: Snapshot) -> None:
    for offer in seed_snapshot.of_type("offer").values():
        cases = [seed_snapshot.get("collaboration", c) for c in offer.refs("documented_by")]
        if cases:
            assert {c for case in cases for c in case.citations} == set(offer.citations), offer.id


def test_an_offer_without_a_collaboration_states_its_own_topics(seed_snapshot: Snapshot) -> None:
    bare = {
        o.id for o in seed_snapshot.of_type("offer").values()
        if not o.refs("documented_by") and o.refs("topics")
    }  # fmt: skip
    assert bare == {
        "mlit-japan-smartjamp-capacity-building",
        "aadcp-australia-for-asean-finance",
        "molit-korea-capacity-building",
    }
    documented = [o for o in seed_snapshot.of_type("offer").values() if o.refs("documented_by")]
    assert len(documented) + len(bare) == len(seed_snapshot.of_type("offer"))


def test_every_focus_area_is_reached_by_needs_projects_topics_and_collaborations(
    seed_snapshot: Snapshot,
) -> None:
    scheme = TopicScheme(seed_snapshot.of_type("topic").values())
    six = {t.id for t in scheme.topics.values() if t.text("kind") == "focus_area"}
    for kind in ("need", "project"):
        reached = {e.text("focus_area") for e in seed_snapshot.of_type(kind).values()}
        assert reached - {""} == six
    for kind in ("need", "project", "collaboration"):
        topics = {t for e in seed_snapshot.of_type(kind).values() for t in e.refs("topics")}
        assert {area for topic in topics for area in scheme.focus_areas(topic)} == six


def test_every_project_type_lies_under_a_focus_area_and_every_topic_is_used(
    seed_snapshot: Snapshot,
) -> None:
    scheme = TopicScheme(seed_snapshot.of_type("topic").values())
    used = {t for e in seed_snapshot.entities.values() for t in e.refs("topics")}
    for topic in scheme.topics.values():
        assert scheme.focus_areas(topic.id), topic.id
        assert topic.id in used or topic.text("kind") == "focus_area", topic.id


def test_labels_in_thai_hold_thai_script(seed_snapshot: Snapshot) -> None:
    for kind in ("topic", "theme", "support_type"):
        for entity in seed_snapshot.of_type(kind).values():
            assert THAI.search(entity.text("label_th")), entity.id
            assert not THAI.search(entity.text("label_en")), entity.id
    for country in seed_snapshot.of_type("country").values():
        assert THAI.search(country.text("name_th") or "ก"), country.id


def test_the_published_yearly_totals_of_projects_equal_the_listings(
    seed_snapshot: Snapshot,
) -> None:
    listings = Counter(x.integer("year") for x in seed_snapshot.of_type("project_listing").values())
    totals = seed_snapshot.of_type("annual_total").values()
    published = {t.integer("year"): t.integer("projects_total") for t in totals}
    assert published == {2022: 77, 2023: 86, 2024: 108, 2025: 134} == listings


def test_the_yearly_totals_add_up_by_status_and_by_focus_area(seed_snapshot: Snapshot) -> None:
    for total in seed_snapshot.of_type("annual_total").values():
        parts = [total.integer(name) for name in ("ongoing", "planning", "completed")]
        assert sum(parts) == total.integer("projects_total"), total.id
        shares = [float(total.number(n) or 0) for n in total.values if n.startswith("pct_")]
        assert len(shares) == 6
        assert abs(sum(shares) - 100) <= 3, total.id  # printed as whole percents


def test_a_project_spans_the_years_of_its_listings_and_ends_with_the_last_ones_status(
    seed_snapshot: Snapshot,
) -> None:
    for project in seed_snapshot.of_type("project").values():
        listings = seed_snapshot.sources_of(project.id, "LISTS")
        years = [x.integer("year") for x in listings]
        assert len(years) == len(set(years)), project.id
        assert project.integer("first_year") == min(years), project.id
        assert project.integer("last_year") == max(years), project.id
        last = max(listings, key=lambda x: x.integer("year"))
        assert project.text("status") == last.text("status"), project.id


def test_what_belongs_together_lies_in_one_city(seed_snapshot: Snapshot) -> None:
    links = (
        ("project", "continues"),
        ("collaboration", "need"),
        ("collaboration", "project"),
        ("observation", "project"),
    )
    for kind, name in links:
        for entity in seed_snapshot.of_type(kind).values():
            for other in entity.refs(name):
                city = seed_snapshot.entities[other].text("city")
                assert entity.text("city") == city, entity.id


def test_a_collaboration_is_told_without_naming_its_partner_or_its_city(
    seed_snapshot: Snapshot,
) -> None:
    for case in seed_snapshot.of_type("collaboration").values():
        partner = seed_snapshot.get("partner", case.text("partner"))
        city = seed_snapshot.get("city", case.text("city"))
        words = set(re.findall(r"\w+", case.text("summary")))
        for name in (partner.text("name"), partner.text("full_name"), city.text("name")):
            assert not set(re.findall(r"\w+", name)) <= words, case.id


def test_a_profile_does_not_name_a_city_of_the_network(seed_snapshot: Snapshot) -> None:
    # Singapore is a city of the network and a country; as a home country it is no collaboration.
    names = {c.text("name") for c in seed_snapshot.of_type("city").values()} - {"Singapore"}
    for kind, prop in (("partner", "profile"), ("offer", "description")):
        for entity in seed_snapshot.of_type(kind).values():
            assert not [n for n in names if n in entity.text(prop)], entity.id


def test_every_source_that_is_not_a_frame_of_reference_is_cited(seed_snapshot: Snapshot) -> None:
    cited = {s for e in statements(seed_snapshot) for s in e.refs("source")}
    assert set(seed_snapshot.of_type("source")) - cited <= {
        "terms-of-reference-2019", "city-submission", "partner-submission",
    }  # fmt: skip


def test_the_notes_on_sources_name_every_source(seed_snapshot: Snapshot) -> None:
    notes = (SEEDS_FOLDER / "SOURCES.md").read_text("utf-8")
    for source in seed_snapshot.of_type("source"):
        assert f"`{source}`" in notes or f"`{source[-5:]}`" in notes


def test_the_mapping_tables_lead_to_what_exists(seed_snapshot: Snapshot, schema: Schema) -> None:
    found: dict[str, list[dict[str, str]]] = {}
    for path in sorted((SEEDS_FOLDER / "mappings").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            found[path.stem] = list(csv.DictReader(stream))
        assert found[path.stem]
    supports, roles = found["support_words"], found["roles"]
    known = set(seed_snapshot.of_type("support_type"))
    assert {row["support_type"] for row in (*supports, *roles)} - {""} <= known
    assert {row["role"] for row in roles} == set(schema.vocabularies["collaboration_role"])
    of_words = {row["wording"]: row["support_type"] for row in supports}
    for need in seed_snapshot.of_type("need").values():
        mapped = {of_words[word] for word in need.refs("support_words")}
        assert mapped == set(need.refs("support_types")), need.id
    of_role = {(row["role"], row["partner_kind"]): row["support_type"] for row in roles}
    for case in seed_snapshot.of_type("collaboration").values():
        kind = seed_snapshot.get("partner", case.text("partner")).text("kind")
        mapped_role = of_role.get((case.text("role"), kind)) or of_role[case.text("role"), ""]
        assert mapped_role == case.text("support_type"), case.id
