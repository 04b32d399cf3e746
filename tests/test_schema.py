"""The graph schema: what it refuses, each time with the file named, and what it derives."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from matchmaker.checking import BadValueError, coerce
from matchmaker.errors import SchemaError
from matchmaker.model import Entity, Relationship, Value
from matchmaker.schema import DEFAULT_FOLDER, PROVENANCE, load_schema, read_yaml


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the schema folder that a test may spoil."""
    return Path(shutil.copytree(DEFAULT_FOLDER, tmp_path / "graph_schema"))


def spoil(file: Path, old: str, new: str) -> None:
    """Replace a piece of a file that must be there."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


NEED_TITLE = "title: {type: text, required: true, search: true,"
CITY_NAME = "name: {type: text, required: true, search: true, description: Name of the city.}"
YEAR_RANGE = "year_joined: {type: integer, range: [2018, 2100]"
GROUP = "member_group: {type: term, vocabulary: member_group"
COUNTRY = "country: {type: reference, target: country, relationship: IN_COUNTRY"

FAULTS = [
    ("entities/city.yaml", "label: City", "label: City\ncolour: red", "unknown key 'colour'"),
    ("entities/city.yaml", "caption: name\n", "", "key 'caption' is missing"),
    ("entities/city.yaml", "caption: name", "caption: nickname", "caption 'nickname'"),
    ("entities/city.yaml", "label: City", "label: City\nlabel: Town", "2: duplicate key 'label'"),
    ("entities/city.yaml", "provenance: required", "provenance: maybe", "provenance must be"),
    ("entities/city.yaml", CITY_NAME, "name: {type: txt, description: d}", "unknown type 'txt'"),
    ("entities/city.yaml", CITY_NAME, "name: {type: text}", "name: key 'description' is missing"),
    ("entities/city.yaml", CITY_NAME, "name: text", "name: must be a mapping"),
    (
        "entities/city.yaml", CITY_NAME, "name: {type: text, description: d, colour: red}",
        "name: unknown key 'colour'",
    ),
    (
        "entities/city.yaml", CITY_NAME, "name: {type: text, description: d, pattern: '['}",
        "pattern is not a regular expression",
    ),
    (
        "entities/city.yaml", CITY_NAME, "name: {type: text, description: d, target: country}",
        "a reference, and only one",
    ),
    (
        "entities/city.yaml", YEAR_RANGE, YEAR_RANGE.replace("{", "{visibility: friends, "),
        "visibility must be one of public, members, parties",
    ),
    (
        "entities/city.yaml", CITY_NAME, CITY_NAME.replace("{", "{visibility: members, "),
        "what is not public is no reference",
    ),
    (
        "entities/decline.yaml", "visibility: members", "visibility: parties",
        "visibility must be one of public, members",
    ),
    (
        "entities/need.yaml", NEED_TITLE, "title: {type: text, visibility: members,",
        "caption 'title' must be public",
    ),
    (
        "entities/city.yaml", YEAR_RANGE, YEAR_RANGE.replace("{", "{requires: motto, "),
        "requires 'motto', which is not a property",
    ),
    ("entities/city.yaml", YEAR_RANGE, YEAR_RANGE.replace("[2018, 2100]", "7"), "range must be"),
    (
        "entities/city.yaml", YEAR_RANGE, YEAR_RANGE.replace("2018, 2100", "2100, 2018"),
        "range must be",
    ),
    (
        "entities/city.yaml", YEAR_RANGE, YEAR_RANGE.replace("2018, 2100", "a, b"),
        "range must be",
    ),
    (
        "entities/city.yaml", GROUP, GROUP.replace("vocabulary: member_group", "vocabulary: club"),
        "there is no vocabulary 'club'",
    ),
    ("entities/city.yaml", GROUP, "member_group: {type: term", "a term, and only a term"),
    ("entities/city.yaml", COUNTRY, COUNTRY.replace("IN_COUNTRY", "NEAR"), "relationship 'NEAR'"),
    (
        "entities/city.yaml", COUNTRY, COUNTRY.replace("target: country", "target: topic"),
        "IN_COUNTRY does not link city to topic",
    ),
    ("entities/need.yaml", "default: open", "default: opened", "default 'opened'"),
    ("relationships/seeks.yaml", "type: SEEKS", "kind: SEEKS", "unknown key 'kind'"),
    ("relationships/seeks.yaml", "type: SEEKS", "type: GIVES", "GIVES is declared twice"),
    ("relationships/seeks.yaml", "from: [need]", "from: [wish]", "SEEKS"),
    ("relationships/seeks.yaml", "from: [need]", "from: need", "from must be a list"),
    ("relationships/seeks.yaml", "from: [need]", "from: [need, topic]", "no property of topic"),
    ("vocabularies.yaml", "need_status:", "member_group: {a: b}\nneed_status:", "duplicate key"),
    ("vocabularies.yaml", "need_status:", "need_status: 7\nx:", "need_status"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "message"), FAULTS)
def test_a_fault_in_the_schema_is_refused_with_its_file_named(
    folder: Path, name: str, old: str, new: str, message: str
) -> None:
    spoil(folder / name, old, new)
    with pytest.raises(SchemaError) as caught:
        load_schema(folder)
    assert message in str(caught.value)
    stem = Path(name).stem
    assert stem in str(caught.value) or stem.upper() in str(caught.value) or "GIVES" in message


def test_two_entity_types_may_not_share_a_label_or_a_plural(folder: Path) -> None:
    for old, new in (("label: City", "label: Need"), ("plural: cities", "plural: needs")):
        shutil.copy(DEFAULT_FOLDER / "entities/city.yaml", folder / "entities/city.yaml")
        spoil(folder / "entities/city.yaml", old, new)
        with pytest.raises(SchemaError, match="belongs to two entity types"):
            load_schema(folder)


def test_a_missing_folder_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"vocabularies\.yaml: cannot be read"):
        load_schema(tmp_path)


@pytest.mark.parametrize(
    "content", [b"a: [1", b"? [a]\n: b", b"\xff\xfe\x00", b"a: !!python/object:os.system x"]
)
def test_yaml_that_cannot_be_read_is_refused_with_its_file_named(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "broken.yaml"
    file.write_bytes(content)
    with pytest.raises(SchemaError, match=r"broken\.yaml"):
        read_yaml(file)


@pytest.mark.parametrize("content", ["- a\n- b\n", "", "text"])
def test_an_entity_type_must_be_a_mapping(folder: Path, content: str) -> None:
    (folder / "entities/city.yaml").write_text(content, "utf-8")
    with pytest.raises(SchemaError, match=r"city\.yaml: must be a mapping"):
        load_schema(folder)


def test_keys_that_yaml_would_let_overwrite_each_other_are_found_at_any_depth(
    tmp_path: Path,
) -> None:
    file = tmp_path / "deep.yaml"
    file.write_text("a:\n  b:\n    c: 1\n    d: 2\n    c: 3\n", "utf-8")
    with pytest.raises(SchemaError, match=r"deep\.yaml:5: duplicate key 'c'"):
        read_yaml(file)


def test_every_statement_needs_provenance_but_sources_do_not_cite_themselves() -> None:
    schema = load_schema()
    names = {p.name for p in PROVENANCE}
    for kind in schema.entities.values():
        assert kind.provenance == (kind.name != "source")
        assert names <= set(kind.properties) or kind.name == "source"


MAY_BE_UNKNOWN = {
    "city": "latitude longitude population year_joined member_group",
    "need": "description year focus_area topics support_types",
    "partner": "profile country topics",
    "project": "focus_area topics first_year last_year status",
    "collaboration": "summary topics role support_type stage first_year agreed_on amount currency",
}


@pytest.mark.parametrize(("kind", "names"), MAY_BE_UNKNOWN.items())
def test_what_other_sources_do_not_tell_is_not_demanded(kind: str, names: str) -> None:
    properties = load_schema().entities[kind].properties
    assert [name for name in names.split() if properties[name].required] == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("amount", -1, "outside"),
        ("currency", "Dollar", "does not have the form"),
        ("agreed_on", "2023-13", "is not a date"),
    ],
)
def test_a_size_of_work_that_cannot_be_is_refused(name: str, value: Value, message: str) -> None:
    schema = load_schema()
    prop = schema.entities["collaboration"].properties[name]
    with pytest.raises(BadValueError, match=message):
        coerce(schema, prop, value)


def test_a_size_of_work_is_a_number_with_the_code_of_its_currency_and_a_day() -> None:
    schema = load_schema()
    stated = {"amount": 1_250_000.5, "currency": "SGD", "agreed_on": "2023-04"}
    properties = schema.entities["collaboration"].properties
    assert {n: coerce(schema, properties[n], v) for n, v in stated.items()} == stated


def test_the_vocabulary_of_the_design_is_there() -> None:
    schema = load_schema()
    wanted = "city country need partner offer topic theme support_type project collaboration"
    assert set(wanted.split()) | {"observation", "source"} <= set(schema.entities)


def test_every_property_says_what_it_means_in_a_sentence() -> None:
    for kind in load_schema().entities.values():
        for prop in kind.properties.values():
            assert re.fullmatch(r"[A-Z].*\.", prop.description), f"{kind.name}.{prop.name}"


def test_references_become_relationships_once_each() -> None:
    schema = load_schema()
    need = Entity("need", "n", {"city": "phuket", "topics": ("water", "water", "buses")})
    assert list(schema.relationships_of(need)) == [
        Relationship("n", "OF_CITY", "phuket"),
        Relationship("n", "HAS_TOPIC", "water"),
        Relationship("n", "HAS_TOPIC", "buses"),
    ]


def test_a_collection_is_found_by_its_plural() -> None:
    schema = load_schema()
    assert schema.by_plural("support-types") is schema.entities["support_type"]
    assert schema.by_plural("towns") is None


def test_an_entity_is_captioned_by_its_caption_or_its_id() -> None:
    schema = load_schema()
    assert schema.caption(Entity("city", "phuket", {"name": "Phuket"})) == "Phuket"
    assert schema.caption(Entity("city", "phuket", {})) == "phuket"


def test_the_files_stay_plain_yaml_that_any_reader_understands() -> None:
    for path in DEFAULT_FOLDER.rglob("*.yaml"):
        assert yaml.safe_load(path.read_text("utf-8"))
