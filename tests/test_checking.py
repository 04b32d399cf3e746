"""Checking: each kind of bad value is told apart, and a good one comes back in its stored form."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.checking import (
    LONGEST_TEXT,
    MOST_HINTS,
    BadValueError,
    closest,
    coerce,
    dangling,
    entity_faults,
    entity_from_json,
    is_date,
    is_slug,
    parse_cell,
)
from matchmaker.schema import Property, load_schema
from tests.factory import make_city, make_collaboration, make_need, make_partner

SCHEMA = load_schema()


def prop(kind: str, name: str) -> Property:
    return SCHEMA.entities[kind].properties[name]


@pytest.mark.parametrize(
    ("kind", "name", "cell", "value"),
    [
        ("city", "name", "  Phuket ", "Phuket"),
        ("city", "name", " ", None),
        ("city", "latitude", "7.88", 7.88),
        ("city", "latitude", "-8", -8.0),
        ("city", "population", "77610", 77610),
        ("city", "member_group", "pilot", "pilot"),
        ("city", "country", "country-thailand", "country-thailand"),
        ("source", "held", "false", False),
        ("need", "topics", "water; buses ;roads", ("water", "buses", "roads")),
        ("need", "support_words", "aid; aid", ("aid", "aid")),
        ("need", "date", "2018-07", "2018-07"),
        ("country", "iso2", "TH", "TH"),
    ],
)
def test_a_cell_becomes_a_value_of_its_type(kind: str, name: str, cell: str, value: object) -> None:
    found = parse_cell(SCHEMA, prop(kind, name), cell)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "name", "cell", "message"),
    [
        ("city", "latitude", "north", "'north' is not a number"),
        ("city", "latitude", "nan", "finite"),
        ("city", "latitude", "1e999", "finite"),
        ("city", "latitude", "90.01", "outside -90 to 90"),
        ("city", "latitude", "1_0", "is not a number"),
        ("city", "population", "1e5", "is not a whole number"),
        ("city", "population", "10.5", "is not a whole number"),
        ("city", "population", "๑๐", "is not a whole number"),
        ("city", "population", "9" * 5000, "is not a whole number"),
        ("city", "population", "-1", "outside 0 to"),
        ("city", "member_group", "pilots", r"not one of pilot, later \(did you mean 'pilot'\?\)"),
        ("city", "country", "Thailand", "is not an id"),
        ("city", "country", "a--b", "is not an id"),
        ("city", "name", "a\x00b", "control character"),
        ("city", "name", "x" * (LONGEST_TEXT + 1), "longer than"),
        ("source", "held", "yes", "not true or false"),
        ("source", "held", "True", "not true or false"),
        ("need", "topics", "water;;buses", "is empty"),
        ("need", "topics", "water; water", "the same thing twice"),
        ("need", "date", "7 May 2018", "is not a date"),
        ("need", "date", "2023-02-29", "is not a date"),
        ("need", "date", "0000", "is not a date"),
        ("country", "iso2", "THA", "does not have the form"),
    ],
)
def test_a_bad_cell_is_refused_with_the_reason(
    kind: str, name: str, cell: str, message: str
) -> None:
    with pytest.raises(BadValueError, match=message):
        parse_cell(SCHEMA, prop(kind, name), cell)


@pytest.mark.parametrize(
    ("kind", "name", "raw", "message"),
    [
        ("city", "name", 7, "not a text"),
        ("city", "name", None, "not a text"),
        ("city", "name", "", "is empty"),
        ("city", "name", "\ud800", "half a character"),
        ("city", "latitude", "7.88", "not a number"),
        ("city", "latitude", True, "not a number"),
        ("city", "latitude", math.inf, "finite"),
        ("city", "latitude", 10**400, "too large"),
        ("city", "population", 10**400, "too large"),
        ("city", "population", 1.0, "not a whole number"),
        ("source", "held", 1, "true or false"),
        ("need", "topics", "water", "must be a list"),
        ("need", "topics", [["water"]], "not a text"),
        ("need", "topics", {"water": 1}, "must be a list"),
    ],
)
def test_a_bad_json_value_is_refused_with_the_reason(
    kind: str, name: str, raw: object, message: str
) -> None:
    with pytest.raises(BadValueError, match=message):
        coerce(SCHEMA, prop(kind, name), raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(list(SCHEMA.entities)), st.data())
def test_no_json_document_whatever_makes_the_check_fail_otherwise(
    kind: str, data: st.DataObject
) -> None:
    names = [*SCHEMA.entities[kind].properties, "id", "nonsense"]
    document: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from(names), json_values))
    entity, faults = entity_from_json(SCHEMA, {"type": kind, **document})
    assert (entity is None) == bool(faults)


@given(st.dates())
def test_every_day_of_the_calendar_is_a_date_and_so_are_its_month_and_year(day: date) -> None:
    text = day.isoformat()
    assert is_date(text)
    assert is_date(text[:7])
    assert is_date(text[:4])


@pytest.mark.parametrize("text", ["", "-", "a-", "-a", "a_b", "A", "é", "a b", "a\n", "x" * 101])
def test_an_identifier_is_a_readable_slug(text: str) -> None:
    assert not is_slug(text)


def test_a_hint_is_given_only_where_a_known_word_looks_alike() -> None:
    assert closest("finanse", ["finance", "advisory"]) == " (did you mean 'finance'?)"
    assert closest("money", ["finance", "advisory"]) == ""


def test_what_is_required_and_missing_is_named() -> None:
    values = dict(make_city().values)
    del values["name"], values["date"]
    assert entity_faults(SCHEMA.entities["city"], values) == [
        ("name", "is required"),
        ("date", "is required"),
    ]


def test_each_source_needs_its_own_locator() -> None:
    city = make_city(source=("made-up", "made-up"), locator=("p. 1",))
    faults = entity_faults(SCHEMA.entities["city"], city.values)
    assert faults == [("locator", "1 locators for 2 sources")]


def test_one_source_may_be_cited_at_two_places() -> None:
    city = make_city(source=("made-up", "made-up"), locator=("p. 1", "p. 1"))
    entity, faults = entity_from_json(SCHEMA, city.as_json())
    assert (entity, faults) == (city, [])


def test_a_limited_mandate_says_why() -> None:
    partner = make_partner(mandate=("upland",))
    faults = entity_faults(SCHEMA.entities["partner"], partner.values)
    assert [name for name, _ in faults] == ["mandate_note"]


def test_an_amount_names_its_money() -> None:
    case = make_collaboration(amount=5.0)
    faults = entity_faults(SCHEMA.entities["collaboration"], case.values)
    assert faults == [("currency", "is required where amount is set")]


@pytest.mark.parametrize("document", [None, [], "city", 7])
def test_a_document_must_be_an_object(document: object) -> None:
    assert entity_from_json(SCHEMA, document) == (None, [("", "must be a JSON object")])


@pytest.mark.parametrize("kind", [None, 7, "town", ["city"]])
def test_a_document_must_name_a_known_type(kind: object) -> None:
    entity, faults = entity_from_json(SCHEMA, {"id": "a", "type": kind})
    assert entity is None
    assert faults[0][0] == "type"


def test_all_faults_of_a_document_are_told_at_once() -> None:
    document = {**make_city().as_json(), "id": "No", "latitude": 97, "colour": "red", "name": ""}
    entity, faults = entity_from_json(SCHEMA, document)
    assert entity is None
    assert {name for name, _ in faults} == {"id", "latitude", "colour", "name"}


def test_a_default_stands_in_for_what_is_left_out_or_null() -> None:
    document = {**make_need().as_json(), "status": None}
    entity, _ = entity_from_json(SCHEMA, document)
    assert entity is not None
    assert entity.text("status") == "open"


def test_an_empty_list_is_the_same_as_none() -> None:
    entity, _ = entity_from_json(SCHEMA, {**make_need().as_json(), "topics": []})
    assert entity is not None
    assert "topics" not in entity.values


def test_references_must_lead_to_something_of_the_right_type() -> None:
    need = make_need(city="uptwn", topics=("uptown",))
    known = {"uptown": "city", "finance": "support_type", "environment": "topic",
             "made-up": "source"}  # fmt: skip
    faults = [(name, message) for _, name, message in dangling(SCHEMA, [need], known)]
    assert faults == [
        ("city", "there is no city 'uptwn' (did you mean 'uptown'?)"),
        ("topics", "'uptown' is a city, not a topic"),
    ]


def test_only_the_first_of_many_dangling_references_get_a_hint() -> None:
    needs = [make_need(f"need-{i}", city="uptwn") for i in range(2 * MOST_HINTS)]
    known = {"uptown": "city", "finance": "support_type", "environment": "topic",
             "made-up": "source", "water": "topic"}  # fmt: skip
    faults = [message for *_, message in dangling(SCHEMA, needs, known)]
    assert len(faults) == len(needs)
    assert sum("did you mean" in message for message in faults) == MOST_HINTS
