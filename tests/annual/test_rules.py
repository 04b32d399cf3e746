"""The rules of the annual report over made-up lists: what is picked, compared and left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.annual.comparing import nearest, percent
from matchmaker.annual.making import annual_report
from matchmaker.annual.report import Annual
from matchmaker.annual.telling import annual_document
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.printing.page import body_html
from tests.factory import (
    SCHEMA,
    make_annual_total,
    make_collaboration,
    make_observation,
    make_project,
    make_project_listing,
    make_topic,
    small_world,
)

PLAIN = [
    e for e in small_world() if e.type not in ("project_listing", "annual_total", "observation")
]


def listing(project: str, year: int, **values: object) -> Entity:
    return make_project_listing(f"{project}-{year}", project=project, year=year,
                                title=project, **values)  # type: ignore[arg-type]  # fmt: skip


def report(year: int, *more: Entity) -> Annual:
    return annual_report(Snapshot.build(SCHEMA, [*PLAIN, *more], 3, "2024-06-30"), year)


def three() -> list[Entity]:
    return [make_project(f"uptown-p{n}") for n in (1, 2, 3)]


def test_without_published_totals_nothing_is_compared() -> None:
    found = report(2019, listing("uptown-project-1", 2019, focus_area="environment"))
    assert found.published is None
    assert found.checks == found.remarks == ()
    assert found.observations == ()
    text = body_html(annual_document(found, Snapshot.build(SCHEMA, PLAIN, 3, "2024-06-30")))
    assert "not known here" in text


def test_a_listing_without_a_focus_area_is_counted_apart() -> None:
    found = report(2019, *three(), listing("uptown-p1", 2019),
                   listing("uptown-p2", 2019, focus_area="environment"))  # fmt: skip
    assert found.total.value == 2
    assert found.without_area == 1
    assert sum(line.count.value for line in found.areas) == 1


def highlighted(*more: Entity) -> tuple[str, str]:
    found = report(2020, *three(), *(listing(f"uptown-p{n}", 2020) for n in (1, 2, 3)), *more)
    (one,) = found.highlights
    return one.listed.project, one.because


def test_the_highlighted_project_is_picked_by_the_rule_that_is_told() -> None:
    total = make_annual_total("total-2020", year=2020)
    old = [listing(f"uptown-p{n}", 2019) for n in (1, 2)]
    assert highlighted() == ("uptown-p1", "Listed for 1 year.")
    assert highlighted(old[1]) == ("uptown-p2", "Listed for 2 years.")
    case = make_collaboration("bank-helps", project="uptown-p3")
    assert highlighted(old[1], case) == (
        "uptown-p3", "In 1 documented partnership, listed for 1 year.")  # fmt: skip
    measured = make_observation("seen-1", project="uptown-p1")
    assert highlighted(old[1], case, total, measured) == (
        "uptown-p1", "1 indicator measured, listed for 1 year.")  # fmt: skip


def test_a_partnership_of_a_later_year_speaks_for_no_project_and_is_in_no_register() -> None:
    late = make_collaboration("bank-later", project="uptown-p3", first_year=2021)
    assert highlighted(late)[0] == "uptown-p1"
    found = report(2020, *three(), listing("uptown-p1", 2020), late)
    assert "bank-later" not in {one.id for one in found.partnerships}


def test_the_year_of_agreement_counts_where_no_report_is_named_and_nothing_is_guessed() -> None:
    agreed = make_collaboration("agreed", first_year=None, agreed_on="2018-05")
    never = make_collaboration("never", first_year=None)
    found = report(2019, *three(), listing("uptown-p1", 2019), agreed, never)
    assert [(one.id, one.since) for one in found.partnerships] == [("agreed", 2018)]
    assert found.without_year == 1


def test_what_is_completed_what_comes_back_and_what_moves_is_told() -> None:
    done = {"status": "completed", "list": "B"}
    area = make_topic("culture", kind="focus_area")
    found = report(
        2020, *three(), area,
        listing("uptown-p1", 2019, focus_area="environment"),
        listing("uptown-p1", 2020, focus_area="culture", **done),
        listing("uptown-p2", 2019, **done), listing("uptown-p2", 2020),
    )  # fmt: skip
    assert found.changes is not None
    assert [one.project for one in found.changes.completed] == ["uptown-p1"]
    assert [one.project for one in found.changes.reopened] == ["uptown-p2"]
    assert [(m.listed.project, m.before.id) for m in found.changes.moved] == [
        ("uptown-p1", "environment")]  # fmt: skip


def test_published_parts_that_do_not_add_up_are_named() -> None:
    total = make_annual_total("total-2019", year=2019, projects_total=9, ongoing=3, planning=2,
                              completed=2)  # fmt: skip
    found = report(2019, *three(), listing("uptown-p1", 2019), total)
    assert any("add up to 7, not to the published total of 9" in said for said in found.remarks)
    (check,) = [c for c in found.checks if c.name == "projects_total"]
    assert not check.equal
    assert check.says == "The list has 1, 8 fewer than published."


def test_observations_need_the_report_that_states_them() -> None:
    total = make_annual_total("total-2020", year=2020, source=("report-2020",))
    inside = make_observation("inside", source=("report-2020",), project="uptown-p1", value=3.0)
    before = make_observation("before", year=2018, project="uptown-p1", value=1.0)
    outside = make_observation("outside", indicator="Other pipes", project="uptown-p1")
    found = report(2020, *three(), listing("uptown-p1", 2020), total, inside, before, outside)
    (one,) = found.observations
    assert one.now.id == "inside"
    assert [value.id for value in one.before] == ["before"]


@given(st.integers(1, 400), st.data())
def test_the_nearest_number_prints_as_the_share_asked_for(total: int, data: st.DataObject) -> None:
    counted = data.draw(st.integers(0, total))
    share = percent(counted, total)
    assert nearest(share, total, counted) == counted
    other = data.draw(st.integers(0, 100))
    found = nearest(other, total, counted)
    assert found is None or percent(found, total) == other


def test_a_half_is_rounded_up_as_in_print() -> None:
    assert [percent(1, 8), percent(3, 8), percent(1, 40)] == [13, 38, 3]
    with pytest.raises(ZeroDivisionError):
        percent(1, 0)
