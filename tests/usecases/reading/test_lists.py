"""Lists: the order asked for, pages that hold it, parts of entities, and bounds."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matchmaker.errors import BadRequestError, MovedError
from matchmaker.graph import Snapshot
from matchmaker.model import Change, Entity
from matchmaker.permissions import PUBLIC, SYSTEM
from matchmaker.schema import Schema
from matchmaker.usecases.reading.details import detail, list_entities, node, relationship
from matchmaker.usecases.reading.documents import selectable
from matchmaker.usecases.reading.sorting import sortable
from matchmaker.usecases.reading.texts import fold
from matchmaker.visibility import view
from tests.factory import SCHEMA, make_city, make_need, small_world
from tests.planted import planted_world


def ids(snapshot: Snapshot, kind: str = "city", **asked: Any) -> list[str]:
    return [item["id"] for item in list_entities(snapshot, kind, **asked)["items"]]


def pages(snapshot: Snapshot, kind: str, limit: int, **asked: Any) -> Iterator[list[str]]:
    cursor = None
    while True:
        page = list_entities(snapshot, kind, cursor=cursor, limit=limit, **asked)
        yield [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return


def towns(*cities: Entity) -> Snapshot:
    return Snapshot.build(SCHEMA, cities, 0, "2024-06-30")


PLACES = towns(
    make_city("a", name="Zürich", population=10, year_joined=2018),
    make_city("b", name="zealand", population=None, year_joined=2018),
    make_city("c", name="Đông", population=2_000_000, year_joined=None),
    make_city("d", name="Alpha", population=10, year_joined=2022),
)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("id", "abcd"),
        ("-id", "dcba"),
        ("name", "dcba"),
        ("-name", "abcd"),
        ("population", "adcb"),
        ("-population", "cadb"),
        ("year_joined,-population", "abdc"),
        ("-year_joined,name", "dbac"),
        ("population,-id", "dacb"),
        ("version", "abcd"),
        ("name,-name", "dcba"),
        (" name , -id", "dcba"),
    ],
)
def test_a_list_comes_in_the_order_asked_for_with_the_unknown_last(
    sort: str, expected: str
) -> None:
    assert ids(PLACES, sort=sort) == list(expected)


def test_a_list_is_sorted_by_when_its_entities_last_changed() -> None:
    snapshot = towns(make_city("a"), make_city("b"), make_city("c"))
    changes = [
        Change(7, "2024-07-01", "test", "b", None, make_city("b", name="New b")),
        Change(8, "2024-07-01", "test", "a", None, make_city("a", name="New a")),
    ]
    later = snapshot.moved_forward(changes)
    assert ids(later, sort="-version") == ["a", "b", "c"]
    assert [i["version"] for i in list_entities(later, "city")["items"]] == [8, 7, 0]


def test_every_scalar_property_that_everybody_sees_can_be_sorted_by(
    schema: Schema, seed_snapshot: Snapshot
) -> None:
    for kind in schema.entities.values():
        scalar = [p.name for p in kind.properties.values() if not p.many]
        public = [n for n in scalar if kind.properties[n].visibility == "public"]
        assert set(sortable(kind)) == {"id", "version", *public}
        for name in sortable(kind):
            for sort in (name, f"-{name}"):
                found = [i for page in pages(seed_snapshot, kind.name, 97, sort=sort) for i in page]
                assert sorted(found) == list(seed_snapshot.of_type(kind.name)), (kind.name, sort)


@pytest.mark.parametrize(
    ("sort", "told"),
    [
        ("nmae", r"did you mean 'name'.*known are id, version, name"),
        ("", "'' cannot be sorted by"),
        ("name,", "'' cannot be sorted by"),
        ("--name", "cannot be sorted by"),
        ("caption", "cannot be sorted by"),
        ("source", "cannot be sorted by"),
        ("id,name,version,population,year_joined", "more than 4 names"),
        ("x" * 5000, "cannot be sorted by"),
    ],
)
def test_an_order_that_cannot_be_is_refused_naming_what_there_is(sort: str, told: str) -> None:
    with pytest.raises(BadRequestError, match=told) as caught:
        list_entities(PLACES, "city", sort=sort)
    assert caught.value.parameter == "sort"
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("name", ["budget", "contact_office", "internal_note", "budget_currency"])
def test_what_is_not_public_orders_and_filters_nothing_even_for_those_who_see_it(name: str) -> None:
    for caller in (PUBLIC, SYSTEM):
        seen = view(Snapshot.build(SCHEMA, planted_world(), 0, "2024-06-30"), caller)
        with pytest.raises(BadRequestError, match="cannot be sorted by"):
            list_entities(seen, "need", sort=name)
        for parameter in (name, f"{name}.gte", f"{name}.lte"):
            with pytest.raises(BadRequestError, match="is not a parameter of this list"):
                list_entities(seen, "need", filters={parameter: ["1"]})
        assert ids(seen, "need", q="Mark") == []


names = st.one_of(
    st.none(),
    st.sampled_from(
        ["a", "A", "á", "b", "Đ", "ก", "aa", "a" * 200, "a" * 79 + "b", "𝒳", "😀", "ß"]
    ),
)
cities = st.dictionaries(
    st.from_regex(r"[a-z0-9]{1,3}", fullmatch=True),
    st.tuples(names, st.one_of(st.none(), st.integers(0, 3)), st.one_of(st.none(), st.just(2018))),
    max_size=10,
)
orders = st.lists(
    st.sampled_from(["name", "population", "year_joined", "latitude", "id", "country", "version"]),
    min_size=1, max_size=4, unique=True,
).flatmap(lambda keys: st.tuples(*(st.sampled_from([k, f"-{k}"]) for k in keys)))  # fmt: skip


def built(found: dict[str, tuple[str | None, int | None, int | None]]) -> Snapshot:
    return towns(
        *(
            make_city(i, name=n, population=p, year_joined=y, latitude=None if p is None else p / 3)
            for i, (n, p, y) in found.items()
        )
    )


@given(cities, orders, st.integers(1, 4))
@example({"a": ("x" * 200, 1, None), "b": ("x" * 200, 1, None)}, ("-name",), 1)
def test_pages_together_are_the_whole_list_in_its_order(
    found: dict[str, tuple[str | None, int | None, int | None]], order: tuple[str, ...], limit: int
) -> None:
    snapshot, sort = built(found), ",".join(order)
    whole = ids(snapshot, sort=sort, limit=200)
    assert [i for page in pages(snapshot, "city", limit, sort=sort) for i in page] == whole
    assert sorted(whole) == sorted(found)

    def compared(identifier: str, key: str) -> Any:
        value = snapshot.entities[identifier].values.get(key.lstrip("-"))
        return fold(value[:80])[:80] if isinstance(value, str) else value

    first = order[0]
    if first.lstrip("-") not in ("id", "version"):
        held = [compared(i, first) for i in whole]
        known = [v for v in held if v is not None]
        assert held == known + [None] * (len(held) - len(known))
        assert known == sorted(known, reverse=first.startswith("-"))


@given(cities, cities, orders, st.data())
def test_what_keeps_its_place_is_seen_once_however_the_data_change_between_pages(
    found: dict[str, tuple[str | None, int | None, int | None]],
    other: dict[str, tuple[str | None, int | None, int | None]],
    order: tuple[str, ...],
    data: st.DataObject,
) -> None:
    removed = data.draw(st.sets(st.sampled_from(sorted(found)))) if found else set[str]()
    kept = {i: v for i, v in found.items() if i not in removed}
    changed, sort = built(other | kept), ",".join(order)
    page = list_entities(built(found), "city", sort=sort, limit=1)
    seen = [item["id"] for item in page["items"]]
    while page["next"] is not None:
        page = list_entities(changed, "city", sort=sort, limit=1, cursor=page["next"])
        seen += [item["id"] for item in page["items"]]
        if len(found) < 2:
            break
    again = {i for i in seen if seen.count(i) > 1}
    assert again <= set(other) - set(kept)  # what came back under its old name, in another place
    if len(found) > 1:
        assert set(kept) <= set(seen)


def test_a_cursor_of_another_order_is_refused_and_told_which_it_needs() -> None:
    sorted_by_name = list_entities(PLACES, "city", sort="-name,id", limit=1)["next"]
    with pytest.raises(BadRequestError, match="send it with 'sort=-name,id'"):
        list_entities(PLACES, "city", cursor=sorted_by_name)
    with pytest.raises(BadRequestError, match="send it with 'sort=-name,id'"):
        list_entities(PLACES, "city", cursor=sorted_by_name, sort="name")
    plain = list_entities(PLACES, "city", limit=1)["next"]
    with pytest.raises(BadRequestError, match="send it with no 'sort'"):
        list_entities(PLACES, "city", cursor=plain, sort="name")


def test_a_cursor_with_another_filter_goes_on_from_its_place() -> None:
    page = list_entities(PLACES, "city", sort="population", limit=1)
    rest = list_entities(
        PLACES, "city", sort="population", cursor=page["next"], filters={"year_joined": ["2018"]}
    )
    assert [i["id"] for i in rest["items"]] == ["b"]


def forged(*content: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(content))).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        forged(["name"], [1], "a"),
        forged(["name"], ["x", "y"], "a"),
        forged(["name"], [], "a"),
        forged(["name"], ["x" * 81], "a"),
        forged(["name"], [["x"]], "a"),
        forged(["name"], [True], "a"),
        forged(["name"], ["x"], "Not A Slug"),
        forged(["name"], ["x"], 1),
        forged(["name"], "x", "a"),
        forged(["name"], ["x"]),
        forged(["name"], ["x"], "a", "b"),
        forged("name", ["x"], "a"),
        base64.urlsafe_b64encode(b'[["name"], ["x"], "a"]').decode().rstrip("="),
        base64.urlsafe_b64encode(b"[" * 3000).decode(),
        "W" * 100_000,
    ],
)
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequestError, match="cursor") as caught:
        list_entities(PLACES, "city", cursor=cursor, sort="name")
    assert len(str(caught.value)) < 400


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(
    lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="))))  # fmt: skip
def test_no_cursor_breaks_a_list(cursor: str) -> None:
    for sort in (None, "name", "population,-latitude"):
        with contextlib.suppress(BadRequestError):
            list_entities(PLACES, "city", cursor=cursor, sort=sort)


def test_only_what_is_chosen_is_given_and_always_the_identifier_and_type() -> None:
    world = Snapshot.build(SCHEMA, small_world(), 0, "2024-06-30")
    (item,) = list_entities(world, "need", fields="title,city", limit=1)["items"]
    assert item == {
        "id": "lowtown-need-1",
        "type": "need",
        "title": "Made-up need lowtown-need-1",
        "city": {"id": "lowtown", "caption": "Made-up lowtown", "type": "city"},
    }
    assert set(detail(world, "uptown-need-1", "need", "version")) == {"id", "type", "version"}
    told = detail(world, "uptown-need-1", "need", "relationships, citations")
    assert set(told) == {"id", "type", "relationships", "citations"}


def test_all_fields_together_are_the_whole_document(schema: Schema) -> None:
    world = Snapshot.build(SCHEMA, planted_world(), 0, "2024-06-30")
    for kind in schema.entities.values():
        every = ",".join(selectable(kind))
        whole = list_entities(world, kind.name, limit=200)
        assert list_entities(world, kind.name, limit=200, fields=every) == whole
        for name in selectable(kind):
            for item, full in zip(
                list_entities(world, kind.name, fields=name)["items"], whole["items"], strict=False
            ):
                kept = {"id", "type", name} & set(full)
                assert item == {member: full[member] for member in item}
                assert set(item) == kept


@pytest.mark.parametrize("fields", ["", "title,", "tittle", "id,nope", "relationships", "x" * 9000])
def test_an_unknown_field_is_refused_naming_what_there_is(fields: str) -> None:
    world = Snapshot.build(SCHEMA, small_world(), 0, "2024-06-30")
    with pytest.raises(BadRequestError, match=r"not one of its fields.*known are id, type") as told:
        list_entities(world, "need", fields=fields)
    assert told.value.parameter == "fields"
    if fields != "relationships":
        with pytest.raises(BadRequestError, match="known are"):
            detail(world, "uptown-need-1", "need", fields)


def test_a_hidden_field_may_be_named_by_all_and_is_given_to_those_who_see_it() -> None:
    world = Snapshot.build(SCHEMA, planted_world(), 0, "2024-06-30")
    for caller, there in ((PUBLIC, False), (SYSTEM, True)):
        items = list_entities(view(world, caller), "need", fields="budget")["items"]
        assert {("budget" in item) for item in items} == {there}


DATED = towns(
    *(
        make_city(name, date=day, population=number, latitude=number / 7)
        for name, day, number in (
            ("a", "2023", 7),
            ("b", "2024-02", 14),
            ("c", "2024-02-29", 21),
            ("d", "2024-12-31", 28),
        )
    ),
    make_city("e", population=None, latitude=None, date="2025"),
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"population.gte": "14"}, "bcd"),
        ({"population.lte": "14"}, "ab"),
        ({"population.gte": "14", "population.lte": "21"}, "bc"),
        ({"population.gte": "-5"}, "abcd"),
        ({"population.gte": "14", "population": "14"}, "b"),
        ({"latitude.gte": "2.0"}, "bcd"),
        ({"latitude.lte": "2"}, "ab"),
        ({"latitude.lte": "-0.5"}, ""),
        ({"date.gte": "2024"}, "bcde"),
        ({"date.lte": "2024"}, "abcd"),
        ({"date.gte": "2024-02-02"}, "cde"),
        ({"date.lte": "2024-02"}, "abc"),
        ({"date.lte": "2024-02-28"}, "ab"),
        ({"date.gte": "2024", "date.lte": "2024"}, "bcd"),
    ],
)
def test_bounds_take_in_what_lies_on_them_and_leave_out_the_unknown(
    filters: dict[str, str], expected: str
) -> None:
    asked = {name: [value] for name, value in filters.items()}
    assert ids(DATED, filters=asked) == list(expected)


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("population.gte", ["1e3"], "not a whole number"),
        ("population.gte", ["1.5"], "not a whole number"),
        ("population.gte", [""], "not a whole number"),
        ("population.gte", ["1", "2"], "more than once"),
        ("latitude.lte", ["nan"], "not a number such as"),
        ("latitude.lte", ["1e3"], "not a number such as"),
        ("latitude.lte", ["٣"], "not a number such as"),
        ("date.lte", ["2024-13"], "not a date"),
        ("date.lte", ["yesterday"], "not a date"),
        ("name.gte", ["a"], "is not a parameter of this list"),
        ("population.gt", ["1"], "is not a parameter of this list"),
    ],
)
def test_a_bound_that_cannot_be_is_refused_by_name(name: str, values: list[str], told: str) -> None:
    with pytest.raises(BadRequestError, match=told) as caught:
        list_entities(DATED, "city", filters={name: values})
    assert caught.value.parameter == name


def merged_world() -> Snapshot:
    world = Snapshot.build(SCHEMA, small_world(), 9, "2024-06-30")
    gone = world.entities["uptown-need-2"]
    merge = Change(10, "2024-07-01", "test", gone.id, gone, None, merged_into="uptown-need-1")
    return world.moved_forward([merge])


def test_what_was_merged_leads_to_what_stays_wherever_it_is_named() -> None:
    merged = merged_world()
    for ask in (
        lambda: detail(merged, "uptown-need-2", "need"),
        lambda: node(merged, "uptown-need-2"),
        lambda: relationship(merged, "uptown-need-2", "OF_CITY", "uptown"),
    ):
        with pytest.raises(MovedError) as caught:
            ask()
        assert caught.value.target == "uptown-need-1"


def test_a_filter_by_the_identifier_of_what_was_merged_finds_what_names_the_other() -> None:
    two = [*small_world(), make_city("uptown-twice"), make_need("twice-need", city="uptown")]
    world = Snapshot.build(SCHEMA, two, 9, "2024-06-30")
    gone = world.entities["uptown-twice"]
    merged = world.moved_forward(
        [Change(10, "2024-07-01", "test", gone.id, gone, None, merged_into="uptown")]
    )
    by_old = ids(merged, "need", filters={"city": ["uptown-twice"]})
    assert by_old == ids(merged, "need", filters={"city": ["uptown"]})
    assert "twice-need" in by_old


def test_listings_are_narrowed_down_by_the_city_and_country_of_their_project(
    seed_snapshot: Snapshot,
) -> None:
    def total(**filters: str) -> int:
        given = {name: [value] for name, value in filters.items()}
        found = list_entities(seed_snapshot, "project_listing", filters=given)["total"]
        assert isinstance(found, int)
        return found

    cities = seed_snapshot.of_type("city").values()
    thai = [city.id for city in cities if city.text("country") == "country-thailand"]
    assert total(city="phuket", year="2025") == 4
    assert total(country="country-thailand") == sum(total(city=city) for city in thai) > 0
    assert total(country="country-thailand", focus_area="civic-and-social", year="2025") == 3
