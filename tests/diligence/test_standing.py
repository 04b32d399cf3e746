"""Due diligence as a fold over entries, and the checklist as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from matchmaker.diligence.checklist import FILE, checklist_in, load_checklist
from matchmaker.diligence.standing import OUTCOMES, STATUSES, Entry, checked, standing_of
from matchmaker.errors import BadRequestError, InvalidDataError
from matchmaker.schema import DEFAULT_FOLDER

CHECKLIST = load_checklist()
TODAY = "2026-11-23"


def entry(item: str, outcome: str = "clear", day: str = "2026-11-01", note: str = "Seen.") -> Entry:
    found, until = checked(CHECKLIST[item], outcome, day, "", note, TODAY)
    return Entry("u", item, outcome, found, until, note, (), "a1", f"{found}T08:00:00.000Z")


ALL = [entry(name) for name in CHECKLIST]


def test_it_is_not_begun_then_under_way_then_complete() -> None:
    for count in range(len(ALL) + 1):
        held = standing_of(CHECKLIST, ALL[:count], TODAY)
        expected = "none" if not count else "complete" if count == len(ALL) else "under_way"
        assert held.status == expected
        assert held.missing == tuple(CHECKLIST)[count:]
    assert held.done_on == "2026-11-01"
    assert held.valid_until == "2027-05-01", "sanctions lists are looked at every six months"


def test_what_has_run_out_is_looked_at_anew_and_the_last_entry_counts() -> None:
    later = "2027-06-01"
    held = standing_of(CHECKLIST, ALL, later)
    assert (held.status, held.expired) == ("expired", ("sanctions",))
    anew = Entry("v", "sanctions", "clear", later, "2027-12-01", "", (), "a1", f"{later}T08:00Z")
    assert standing_of(CHECKLIST, [*ALL, anew], later).status == "complete"


def test_a_concern_comes_before_all_else_until_it_is_cleared() -> None:
    with_concern = [*ALL, entry("ownership", "concern")]
    held = standing_of(CHECKLIST, with_concern, "2029-01-01")
    assert (held.status, held.concerns) == ("concern", ("ownership",))
    assert held.done_on == ""
    assert standing_of(CHECKLIST, [*with_concern, entry("ownership")], TODAY).status == "complete"


def test_not_applicable_settles_an_item_and_open_does_not() -> None:
    rest = [one for one in ALL if one.item != "finances"]
    assert standing_of(CHECKLIST, [*rest, entry("finances", "open")], TODAY).status == "under_way"
    settled = standing_of(CHECKLIST, [*rest, entry("finances", "not_applicable")], TODAY)
    assert settled.status == "complete"


def test_entries_about_items_that_are_no_longer_asked_count_for_nothing() -> None:
    gone = Entry("u", "astrology", "concern", TODAY, "", "", (), "a1", TODAY)
    assert standing_of(CHECKLIST, [gone], TODAY).status == "none"


@pytest.mark.parametrize(
    ("outcome", "day", "until", "note", "field"),
    [
        ("fine", "", "", "", "outcome"),
        ("clear", "2026-11-24", "", "", "date"),
        ("clear", "1999-12-31", "", "", "date"),
        ("clear", "yesterday", "", "", "date"),
        ("concern", "", "", "", "note"),
        ("not_applicable", "", "", "", "note"),
        ("clear", "2026-11-01", "2026-10-31", "", "valid_until"),
        ("clear", "2026-11-01", "2027-05-02", "", "valid_until"),
        ("concern", "", "2027-01-01", "Why.", "valid_until"),
    ],
)
def test_what_is_wrong_with_an_entry_is_told_beside_its_field(
    outcome: str, day: str, until: str, note: str, field: str
) -> None:
    with pytest.raises(BadRequestError) as told:
        checked(CHECKLIST["sanctions"], outcome, day, until, note, TODAY)
    assert told.value.parameter == field


def test_an_entry_comes_back_as_it_was_kept() -> None:
    assert Entry.from_json(ALL[0].as_json()) == ALL[0]


def _changed(tmp_path: Path, **changes: Any) -> Path:
    document = yaml.safe_load((DEFAULT_FOLDER / FILE).read_text("utf-8"))
    document["items"]["sanctions"].update(changes)
    path = tmp_path / FILE
    path.write_text(yaml.safe_dump(document), "utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"months": 0}, "a number from 1"),
        ({"months": True}, "a number from 1"),
        ({"required": "yes"}, "true or false"),
        ({"origin": "rumour"}, "must be one of"),
        ({"origin": "clause"}, "must be there"),
        ({"cites": "para. 1"}, "must be there, unless"),
        ({"asks": " "}, "must be a text"),
        ({"colour": "red"}, "unknown key"),
    ],
)
def test_every_fault_of_the_checklist_is_named(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidDataError) as told:
        load_checklist(_changed(tmp_path, **changes))
    assert said in str(told.value)
    assert "sanctions" in str(told.value)


def test_a_checklist_that_changes_is_read_anew(tmp_path: Path) -> None:
    path = _changed(tmp_path, months=3)
    assert checklist_in(tmp_path)["sanctions"].months == 3
    path.write_text("items: []\n", "utf-8")
    with pytest.raises(InvalidDataError):
        load_checklist(path)


def test_the_shipped_checklist_asks_eight_things_each_of_the_houses_own() -> None:
    assert len(CHECKLIST) == 8
    assert {item.origin for item in CHECKLIST.values()} == {"house"}
    assert all(item.required for item in CHECKLIST.values())
    assert list(OUTCOMES) == ["clear", "concern", "not_applicable", "open"]
    assert next(iter(STATUSES)) == "none"
