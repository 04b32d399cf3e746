"""Instruments as they are shipped, and what is wrong with those that are not right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from matchmaker.brokering.rules import load_rules
from matchmaker.errors import InvalidDataError, SchemaError
from matchmaker.instruments.citing import TERMS, paragraphs_in, pieces
from matchmaker.instruments.model import Instrument
from matchmaker.instruments.reading import FOLDER, load_instruments
from matchmaker.instruments.specification import Known
from matchmaker.permissions import OPERATIONS
from matchmaker.schema import DEFAULT_FOLDER
from matchmaker.seeds import SeedSet

RULES = load_rules().rules
LETTERS = {"3": "abcdef", "14": "ab", "15": "abcdef", "16": "abc", "17": "abcd", "18": "abcdefg"}
"""Sub-paragraphs of the Terms of Reference of 2019."""
Write = Callable[..., Mapping[str, Instrument]]


@pytest.fixture(scope="module")
def instruments(seeds: SeedSet) -> Mapping[str, Instrument]:
    sources = {one.id for one in seeds.entities if one.type == "source"}
    cites = {rule.name: rule.cites for rule in RULES.values()}
    return load_instruments(Known(RULES, OPERATIONS, sources), cites=cites)


@pytest.fixture
def changed(tmp_path: Path) -> Write:
    """Return a function that loads the Terms of Reference with some words replaced."""

    def run(old: str, new: str) -> Mapping[str, Instrument]:
        text = (DEFAULT_FOLDER / FOLDER / f"{TERMS}.yaml").read_text()
        assert old in text
        (tmp_path / f"{TERMS}.yaml").write_text(text.replace(old, new, 1))
        return load_instruments(Known(RULES, OPERATIONS, {"terms-of-reference-2019"}), tmp_path)

    return run


def test_every_paragraph_of_the_terms_of_reference_is_there_in_its_order(
    instruments: Mapping[str, Instrument],
) -> None:
    expected = [
        paragraph
        for number in map(str, range(1, 23))
        for paragraph in (number, *(number + letter for letter in LETTERS.get(number, "")))
    ]
    clauses = instruments[TERMS].versions[0].clauses
    assert [clause.paragraph for clause in clauses] == expected
    assert [clause.id for clause in clauses] == [f"p{paragraph}" for paragraph in expected]


def test_pages_of_the_source_rise_with_the_paragraphs(
    instruments: Mapping[str, Instrument],
) -> None:
    pages = [int(clause.page) for clause in instruments[TERMS].versions[0].clauses]
    assert pages == sorted(pages)
    assert (pages[0], pages[-1]) == (18, 25)


def test_every_clause_has_a_treatment_and_what_drives_exists(
    instruments: Mapping[str, Instrument],
) -> None:
    for one in instruments.values():
        for clause in one.versions[-1].clauses:
            treatment = one.treatments[clause.id]
            assert bool(treatment.by) != bool(treatment.why), clause.id
            named = {"rule": RULES, "permission": OPERATIONS}
            for ref in treatment.by:
                assert ref.name in named.get(ref.kind, {ref.name}), clause.id


def test_every_rule_that_rests_on_a_clause_names_one_that_exists(
    instruments: Mapping[str, Instrument],
) -> None:
    known = {clause.paragraph for clause in instruments[TERMS].versions[-1].clauses}
    for rule in RULES.values():
        cited = paragraphs_in(rule.cites)
        assert cited or rule.origin != "clause", rule.name
        assert set(cited) <= known
        assert "".join(piece.text for piece in pieces(rule.cites)) == rule.cites


def test_what_is_not_known_of_the_other_two_is_not_claimed(
    instruments: Mapping[str, Instrument],
) -> None:
    assert instruments["expansion-criteria"].statuses[-1].status == "draft"
    assert "adopted" not in {one.status for one in instruments["monitoring-framework"].statuses}
    assert instruments[TERMS].statuses[-1].status == "adopted"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("rule:partnerships", "rule:partnership", "there is no rule 'partnership'"),
        ("permission:engagements.open", "permission:open", "there is no permission 'open'"),
        (
            'kind: displayed, by: ["page:/instruments/terms-of-reference"]',
            "kind: displayed",
            "by is needed",
        ),
        (
            'by: ["page:/instruments/terms-of-reference"]',
            'by: ["side:/about"]',
            "must be one of rule:…",
        ),
        (
            'by: ["page:/instruments/terms-of-reference"]',
            'by: ["page:about"]',
            "a page begins with '/'",
        ),
        (
            'by: ["page:/instruments/terms-of-reference"]',
            'by: ["rule:forms"]',
            "what is displayed names pages only",
        ),
        ("id: p2,", "id: p1,", "'p1' is there twice"),
        ('paragraph: "2",', 'paragraph: "second",', 'must be such as "3"'),
        ("status: discussed", "status: dreamt", "must be one of draft"),
        ('date: "2019-06-06"', 'date: "June 2019"', "must be a day"),
        ("number: 1", "number: 2", "must be 1: versions count from 1"),
        ("clauses: [p8, p9,", "clauses: [p8, p99,", "there is no clause 'p99'"),
        ("short: Terms of Reference", "shorter: x", "is not known; known are"),
        ("days: 30", "days: 0", "must be a number of days"),
        ("source: terms-of-reference-2019", "source: nowhere", "there is no source 'nowhere'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    changed: Write, old: str, new: str, message: str
) -> None:
    with pytest.raises(InvalidDataError) as caught:
        changed(old, new)
    faults = [fault for fault in caught.value.faults if message in fault.message]
    assert faults
    assert faults[0].file == f"{TERMS}.yaml"
    assert faults[0].row > 0


def test_the_line_of_a_fault_is_that_of_the_file(changed: Write) -> None:
    text = (DEFAULT_FOLDER / FOLDER / f"{TERMS}.yaml").read_text().splitlines()
    row = next(n for n, line in enumerate(text, 1) if "rule:partnerships" in line)
    with pytest.raises(InvalidDataError) as caught:
        changed("rule:partnerships", "rule:partnership")
    (fault,) = [one for one in caught.value.faults if "rule" in one.message]
    assert fault.row == row
    assert fault.column.startswith("versions.0.clauses.")


def test_a_key_that_is_there_twice_is_refused(changed: Write) -> None:
    with pytest.raises(SchemaError, match="duplicate key"):
        changed("short:", "title:")


def test_a_rule_that_cites_a_missing_paragraph_is_refused() -> None:
    cites = {"made_up": "Terms of Reference 2019, para. 23"}
    with pytest.raises(InvalidDataError, match="paragraph 23, which is not there"):
        load_instruments(Known(RULES, OPERATIONS), cites=cites)


def test_a_folder_without_instruments_has_none(tmp_path: Path) -> None:
    assert load_instruments(Known((), ()), tmp_path) == {}
