"""Reading: lists with filters and pages, details, relationships and search."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.errors import BadRequestError, NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.model import Change, Entity
from matchmaker.schema import Schema, load_schema
from matchmaker.usecases.reading import details as reading
from matchmaker.usecases.reading.filtering import filters_of

SCHEMA = load_schema()


def ids(document: reading.Document) -> list[str]:
    return [item["id"] for item in document["items"]]


def countries(names: set[str]) -> Snapshot:
    return Snapshot.build(
        SCHEMA, [Entity("country", n, {"name": n, "relation": "member"}) for n in names]
    )


def pages(
    snapshot: Snapshot, kind: str, limit: int, filters: dict[str, list[str]] | None = None
) -> Iterator[list[str]]:
    cursor = None
    while True:
        page = reading.list_entities(snapshot, kind, filters=filters, cursor=cursor, limit=limit)
        yield ids(page)
        cursor = page["next"]
        if cursor is None:
            return


def test_a_list_tells_how_many_there_are_and_gives_fifty_at_most(seed_snapshot: Snapshot) -> None:
    page = reading.list_entities(seed_snapshot, "project")
    assert page["total"] == len(seed_snapshot.of_type("project")) > 50
    assert len(page["items"]) == 50


def test_every_list_is_in_order_of_identifier(seed_snapshot: Snapshot) -> None:
    for kind in seed_snapshot.schema.entities:
        found = ids(reading.list_entities(seed_snapshot, kind, limit=200))
        assert found == sorted(found)


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1e3", "ten", "", " 5", "٣", "9" * 40])
def test_a_limit_that_cannot_be_is_refused_with_its_range(limit: str) -> None:
    with pytest.raises(BadRequestError, match="from 1 to 200") as caught:
        reading.list_entities(countries({"a"}), "country", limit=limit)
    assert caught.value.parameter == "limit"


@pytest.mark.parametrize("cursor", ["", "abc", "phuket", "UGh1a2V0", "cGh1a2V0=", "é", "\x00"])
def test_a_cursor_from_elsewhere_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequestError, match="cursor"):
        reading.list_entities(countries({"a"}), "country", cursor=cursor)


slugs = st.from_regex(r"[a-z0-9]{1,4}", fullmatch=True)


@given(st.sets(slugs, max_size=12), st.integers(1, 5))
def test_pages_together_hold_everything_once(names: set[str], limit: int) -> None:
    found = [name for page in pages(countries(names), "country", limit) for name in page]
    assert found == sorted(names)


@given(st.sets(slugs, min_size=2, max_size=12), st.sets(slugs, max_size=6), st.data())
def test_what_stays_is_seen_once_however_the_data_change_between_pages(
    names: set[str], added: set[str], data: st.DataObject
) -> None:
    removed = data.draw(st.sets(st.sampled_from(sorted(names)), max_size=len(names) - 1))
    first = reading.list_entities(countries(names), "country", limit=1)
    changed = countries((names - removed) | added)
    seen = ids(first)
    while (cursor := first["next"]) is not None:
        first = reading.list_entities(changed, "country", cursor=cursor, limit=1)
        seen += ids(first)
    assert len(seen) == len(set(seen))
    assert names - removed <= set(seen)


def test_an_unknown_filter_is_refused_with_a_hint_and_those_that_are_known() -> None:
    with pytest.raises(BadRequestError, match=r"did you mean 'relation'.*known are .*relation"):
        reading.list_entities(countries({"a"}), "country", filters={"relatoin": ["member"]})


@pytest.mark.parametrize(
    ("kind", "name", "value", "told"),
    [
        ("country", "relation", "freind", "not one of member, partner, other"),
        ("city", "country", "country-tailand", "did you mean 'country-thailand'"),
        ("city", "country", "thailand", "did you mean 'country-thailand'"),
        ("need", "year", "soon", "not a whole number"),
        ("need", "source_held", "yes", "not true or false"),
    ],
)
def test_a_filter_value_that_nothing_can_have_is_refused(
    seed_snapshot: Snapshot, kind: str, name: str, value: str, told: str
) -> None:
    with pytest.raises(BadRequestError, match=told) as caught:
        reading.list_entities(seed_snapshot, kind, filters={name: [value]})
    assert caught.value.parameter == name


def test_every_closed_property_of_every_type_can_be_filtered_by(schema: Schema) -> None:
    for kind in schema.entities.values():
        closed = {"term", "reference", "references", "integer", "boolean"}
        expected = {p.name for p in kind.properties.values() if p.kind in closed}
        assert expected <= set(filters_of(schema, kind.name))


def test_a_filter_finds_what_each_entity_says_of_itself(seed_snapshot: Snapshot) -> None:
    for kind in seed_snapshot.schema.entities.values():
        for name, rule in filters_of(seed_snapshot.schema, kind.name).items():
            if rule.derived:
                continue
            for entity in list(seed_snapshot.of_type(kind.name).values())[:3]:
                value = entity.values.get(name)
                if value is None or value == ():
                    continue
                one = value[0] if isinstance(value, tuple) else value
                text = str(one).lower() if isinstance(one, bool) else str(one)
                found = pages(seed_snapshot, kind.name, 200, {name: [text]})
                assert any(entity.id in page for page in found), (kind.name, name)


def test_what_belongs_to_a_city_is_found_by_the_citys_country(seed_snapshot: Snapshot) -> None:
    for kind in ("need", "project", "collaboration", "observation"):
        for country in ("country-thailand", "country-malaysia"):
            found = pages(seed_snapshot, kind, 200, {"country": [country]})
            assert [i for page in found for i in page] == [
                e.id
                for e in seed_snapshot.of_type(kind).values()
                if seed_snapshot.get("city", e.text("city")).text("country") == country
            ]


def test_a_topic_takes_in_the_topics_narrower_than_it(seed_snapshot: Snapshot) -> None:
    def total(topic: str, name: str = "topic") -> int:
        return int(reading.list_entities(seed_snapshot, "need", filters={name: [topic]})["total"])

    narrow = {
        t.id
        for t in seed_snapshot.of_type("topic").values()
        if "quality-environment" in t.refs("broader")
    }
    assert total("quality-environment") > total("quality-environment", "topics")
    assert total("quality-environment") >= max(map(total, narrow)) > 0


def test_an_offer_has_the_topics_of_the_collaborations_that_document_it() -> None:
    world = Snapshot.build(
        SCHEMA,
        [
            Entity("topic", "water", {"label_en": "Water"}),
            Entity("topic", "drains", {"label_en": "Drains", "broader": ("water",)}),
            Entity("collaboration", "case", {"partner": "p", "topics": ("drains",)}),
            Entity("offer", "o", {"partner": "p", "documented_by": ("case",)}),
            Entity("partner", "p", {"name": "P"}),
            Entity("partner", "q", {"name": "Q"}),
        ],
    )
    where = {"topic": ["water"]}
    assert ids(reading.list_entities(world, "offer", filters=where)) == ["o"]
    assert ids(reading.list_entities(world, "partner", filters=where)) == ["p"]


def test_several_values_of_one_filter_are_alternatives_and_filters_add_up(
    seed_snapshot: Snapshot,
) -> None:
    def total(**filters: list[str]) -> int:
        return int(reading.list_entities(seed_snapshot, "need", filters=filters)["total"])

    both = total(city=["phuket", "bangkok"])
    assert both == total(city=["phuket"]) + total(city=["bangkok"])
    assert total(city=["phuket"], country=["country-singapore"]) == 0


def test_words_of_a_query_must_all_occur_in_any_case_and_without_accents() -> None:
    names = {"one": "Đà Nẵng Water", "two": "Water", "three": "Da Nang"}
    snapshot = Snapshot.build(SCHEMA, [Entity("country", i, {"name": n}) for i, n in names.items()])
    assert ids(reading.list_entities(snapshot, "country", q="da NANG water")) == ["one"]
    assert ids(reading.list_entities(snapshot, "country", q="")) == ["one", "three", "two"]


def test_a_query_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadRequestError, match="q: is longer than 200"):
        reading.list_entities(countries({"a"}), "country", q="x" * 201)


def test_a_detail_names_what_it_refers_to_and_where_it_rests(seed_snapshot: Snapshot) -> None:
    need = reading.detail(seed_snapshot, "phuket-scap2018-1", "need")
    assert need["city"] == {"id": "phuket", "caption": "Phuket", "type": "city"}
    assert need["caption"] == need["title"]
    assert {"source", "title", "locator", "held"} == set(need["citations"][0])
    assert len(need["citations"]) == len(need["source"]) == len(need["locator"])


def test_a_property_that_is_not_set_is_null_and_an_empty_list_is_a_list() -> None:
    snapshot = Snapshot.build(SCHEMA, [Entity("need", "n", {"title": "N"})])
    need = reading.detail(snapshot, "n", "need")
    assert need["focus_area"] is None
    assert need["topics"] == []


def test_relationships_are_told_at_both_ends(seed_snapshot: Snapshot) -> None:
    for entity in seed_snapshot.entities.values():
        for group in reading.relationships(seed_snapshot, entity):
            assert group["total"] == len(group["items"]) > 0
            back = "in" if group["direction"] == "out" else "out"
            other = reading.node(seed_snapshot, group["items"][0]["id"])
            ends = [
                item["id"]
                for g in other["relationships"]
                if (g["type"], g["direction"]) == (group["type"], back)
                for item in g["items"]
            ]
            assert entity.id in ends


def test_a_node_is_found_whatever_its_type(seed_snapshot: Snapshot) -> None:
    kinds = [kind for kind in seed_snapshot.schema.entities if seed_snapshot.of_type(kind)]
    assert len(kinds) > 10
    for kind in kinds:
        identifier = next(iter(seed_snapshot.of_type(kind)))
        assert reading.node(seed_snapshot, identifier)["type"] == kind


def test_an_unknown_identifier_is_met_with_those_that_look_alike(seed_snapshot: Snapshot) -> None:
    with pytest.raises(NotFoundError, match="Did you mean phuket"):
        reading.node(seed_snapshot, "phukett")
    with pytest.raises(NotFoundError, match="no need"):
        reading.detail(seed_snapshot, "phuket", "need")


def test_a_relationship_is_found_from_either_end_in_its_own_direction(
    seed_snapshot: Snapshot,
) -> None:
    there = reading.relationship(seed_snapshot, "phuket", "IN_COUNTRY", "country-thailand")
    back = reading.relationship(seed_snapshot, "country-thailand", "IN_COUNTRY", "phuket")
    assert there == back
    assert there["start"]["id"] == "phuket"


@pytest.mark.parametrize(
    ("start", "name", "end"),
    [
        ("phuket", "IN_COUNTRY", "country-malaysia"),
        ("phuket", "CITES", "country-thailand"),
        ("phuket", "in_country", "country-thailand"),
        ("nowhere", "IN_COUNTRY", "country-thailand"),
    ],
)
def test_a_relationship_that_is_not_there_is_not_found(
    seed_snapshot: Snapshot, start: str, name: str, end: str
) -> None:
    with pytest.raises(NotFoundError):
        reading.relationship(seed_snapshot, start, name, end)


def test_search_puts_the_name_before_mentions_of_it(seed_snapshot: Snapshot) -> None:
    found = reading.search(seed_snapshot, "phuket")
    assert found["items"][0]["id"] == "phuket"
    assert found["total"] >= len(found["items"]) > 1


def test_search_finds_thai_names_and_parts_of_words(seed_snapshot: Snapshot) -> None:
    topic = seed_snapshot.get("topic", "water-supply")
    assert topic.id in ids(reading.search(seed_snapshot, topic.text("label_th")))
    assert "water-supply" in ids(reading.search(seed_snapshot, "WATER suppl"))


def test_search_that_finds_nothing_suggests_names_that_look_alike(seed_snapshot: Snapshot) -> None:
    found = reading.search(seed_snapshot, "Phukt")
    assert found["items"] == []
    assert "Phuket" in found["suggestions"]


def test_search_shows_the_words_it_found(seed_snapshot: Snapshot) -> None:
    for item in reading.search(seed_snapshot, "drainage", 200)["items"]:
        shown = f"{item['caption']} {item['snippet']} {item['id']}".casefold()
        assert "drainage" in shown
        assert len(item["snippet"]) <= 170


@pytest.mark.parametrize("q", ["", "  ", "\t"])
def test_an_empty_search_is_refused(seed_snapshot: Snapshot, q: str) -> None:
    with pytest.raises(BadRequestError, match="must not be empty"):
        reading.search(seed_snapshot, q)


@given(st.text(max_size=200))
def test_no_query_breaks_search(q: str) -> None:
    snapshot = countries({"thailand", "laos"})
    try:
        found = reading.search(snapshot, q)
    except BadRequestError:
        return
    assert found["total"] == len(found["items"])


def test_what_is_read_moves_with_the_snapshot() -> None:
    snapshot = countries({"a", "b"})
    added = Entity("country", "c", {"name": "c"})
    later = snapshot.moved_forward([Change(1, "2026-01-01", "test", "c", None, added)])
    assert ids(reading.list_entities(snapshot, "country")) == ["a", "b"]
    assert ids(reading.list_entities(later, "country")) == ["a", "b", "c"]
