"""The annual report over the seeds: recounted with pandas, and beside what was published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from matchmaker.annual.making import annual_report, years_of
from matchmaker.annual.report import Annual
from matchmaker.annual.telling import annual_document
from matchmaker.errors import NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.printing.document import Heading, Table
from matchmaker.usecases.reading.listing import list_entities

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
YEARS = (2022, 2023, 2024, 2025)


@pytest.fixture(scope="module")
def reports(seed_snapshot: Snapshot) -> dict[int, Annual]:
    return {year: annual_report(seed_snapshot, year) for year in years_of(seed_snapshot)}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Return the listings with city and country, read by other means."""
    listed = pd.read_csv(SEEDS / "project_listings.csv")
    projects = pd.read_csv(SEEDS / "projects.csv")[["id", "city"]]
    cities = pd.read_csv(SEEDS / "cities.csv")[["id", "country"]]
    merged = listed.merge(projects.rename(columns={"id": "project"}), on="project")
    return merged.merge(cities.rename(columns={"id": "city"}), on="city")


def test_the_published_totals_are_reproduced_from_the_lists(reports: dict[int, Annual]) -> None:
    assert {year: report.total.value for year, report in reports.items()} == {
        2022: 77, 2023: 86, 2024: 108, 2025: 134,
    }  # fmt: skip
    for report in reports.values():
        checks = {check.name: check for check in report.checks}
        assert checks["projects_total"].equal
        assert report.told == ("completed" in checks)
        for name in {"ongoing_and_planning", "completed"} & checks.keys():
            assert checks[name].equal


def test_shares_by_focus_area_are_equal_or_their_difference_is_explained(
    reports: dict[int, Annual],
) -> None:
    unequal = {
        year: {c.name for c in report.checks if not c.equal} for year, report in reports.items()
    }
    assert unequal == {
        2022: set(),
        2023: {"pct_civic_social", "pct_industry_innovation"},
        2024: {"pct_civic_social", "pct_safety_security", "pct_quality_environment",
               "pct_industry_innovation"},
        2025: {"pct_quality_environment", "pct_built_infrastructure"},
    }  # fmt: skip
    for report in reports.values():
        assert all(check.says for check in report.checks if not check.equal)
        assert all(not check.says for check in report.checks if check.equal)
    told = " ".join(reports[2025].remarks)
    assert "1 fewer under Quality Environment and 1 more under Built Infrastructure" in told
    told = " ".join(reports[2024].remarks)
    for words in ("2 fewer under Industry and Innovation", "1 fewer under Quality Environment",
                  "1 more under Safety and Security", "Jatinangor City of Knowledge",
                  "Emergency Incident Command Centre"):  # fmt: skip
        assert words in told
    assert "E-Payments (Singapore)" in " ".join(reports[2023].remarks)


@pytest.mark.parametrize("year", YEARS)
def test_every_count_is_what_pandas_counts(
    reports: dict[int, Annual], rows: pd.DataFrame, year: int
) -> None:
    report, listed = reports[year], rows[rows.year == year]
    assert report.total.value == len(listed)
    assert report.cities.value == listed.city.nunique()
    by_area = listed.groupby("focus_area").size().to_dict()
    assert {line.area.id: line.count.value for line in report.areas} == by_area
    for line in report.areas:
        assert line.share == round(100 * by_area[line.area.id] / len(listed), 2)
        states = listed[listed.focus_area == line.area.id].groupby("status").size().to_dict()
        assert {s.name: s.count.value for s in line.statuses} == states
    by_country = listed.groupby("country").size().to_dict()
    assert {line.country.id: line.count.value for line in report.by_country} == by_country
    table = pd.crosstab(listed.country, listed.focus_area)
    for country in report.by_country:
        counted = [figure.value for figure in country.areas]
        assert counted == [table.loc[country.country.id, line.area.id] for line in report.areas]
    done = set(listed[listed.status == "completed"].id)
    assert {one.id for one in report.completed} == done
    assert {one.id for one in report.ongoing} == set(listed.id) - done
    assert {one.listed.city.id for one in report.highlights} == set(listed.city)
    assert len(report.highlights) == listed.city.nunique()


@pytest.mark.parametrize("year", YEARS[1:])
def test_differences_to_the_year_before_are_those_of_the_two_lists(
    reports: dict[int, Annual], rows: pd.DataFrame, year: int
) -> None:
    changes = reports[year].changes
    assert changes is not None
    now = rows[rows.year == year].set_index("project")
    before = rows[rows.year == year - 1].set_index("project")
    assert {one.project for one in changes.new} == set(now.index) - set(before.index)
    assert {one.project for one in changes.dropped} == set(before.index) - set(now.index)
    assert len(before) + len(changes.new) - len(changes.dropped) == len(now)
    both = now.join(before.add_suffix("_was"), how="inner")
    done = both[(both.status == "completed") & (both.status_was != "completed")]
    assert {one.project for one in changes.completed} == set(done.index)
    moved = both[both.focus_area != both.focus_area_was]
    assert {one.listed.project for one in changes.moved} == set(moved.index)


def test_the_first_year_has_nothing_to_be_compared_with(reports: dict[int, Annual]) -> None:
    assert reports[2022].changes is None
    assert [len(report.course) for report in reports.values()] == [1, 2, 3, 4]


def figures(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every number with its list, wherever it stands."""
    if isinstance(value, dict):
        if value.keys() == {"value", "list"}:
            yield value
        for part in value.values():
            yield from figures(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from figures(part)


@pytest.mark.parametrize("year", YEARS)
def test_the_list_behind_every_figure_has_as_many(
    reports: dict[int, Annual], seed_snapshot: Snapshot, year: int
) -> None:
    report = reports[year]
    found = list(figures(asdict(report)))
    assert len(found) > 80
    blocks = annual_document(report, seed_snapshot).blocks
    anchors: dict[str, int] = {}
    for place, block in enumerate(blocks):
        if isinstance(block, Heading) and block.anchor:
            below = (b for b in blocks[place:] if isinstance(b, Table))
            anchors[block.anchor] = len(next(below).rows)
    followed = 0
    for figure in found:
        address = urlsplit(figure["list"])
        if address.path:
            assert address.path == "/project-listings"
            page = list_entities(seed_snapshot, "project_listing", filters=parse_qs(address.query))
            assert page["total"] == figure["value"], figure
            followed += 1
        else:
            assert anchors[address.fragment] == figure["value"], figure
    assert followed > 70


def test_observations_are_those_that_the_years_report_states(reports: dict[int, Annual]) -> None:
    seen = pd.read_csv(SEEDS / "observations.csv")
    for year, report in reports.items():
        stated = seen[seen.source.str.contains(f"monitoring-evaluation-{year}")]
        keys = stated[["city", "project", "indicator"]].drop_duplicates()
        assert len(report.observations) == len(keys)
        assert {one.now.id for one in report.observations} <= set(stated.id)
    jakarta = next(o for o in reports[2025].observations if o.city.id == "jakarta")
    assert jakarta.now.value == 405_052
    assert [(v.year, v.value) for v in jakarta.before] == [
        (2022, 318_731), (2023, 356_298), (2024, 380_267),
    ]  # fmt: skip


def test_the_register_has_every_partnership_documented_up_to_the_year(
    reports: dict[int, Annual],
) -> None:
    cases = pd.read_csv(SEEDS / "collaborations.csv")
    for year, report in reports.items():
        known = cases[cases.first_year <= year]
        assert {one.id for one in report.partnerships} == set(known.id)
        assert report.partners == known.partner.nunique()
        assert all(one.sources for one in report.partnerships)


def test_every_line_of_the_report_cites_a_source(reports: dict[int, Annual]) -> None:
    for report in reports.values():
        for one in (*report.ongoing, *report.completed, *report.partnerships):
            assert one.sources
        assert all(one.now.sources for one in report.observations)
        assert report.published is not None
        assert report.published.sources


def test_a_year_without_a_list_is_refused_with_the_years_that_have_one(
    seed_snapshot: Snapshot,
) -> None:
    with pytest.raises(NotFoundError, match="annual report") as refused:
        annual_report(seed_snapshot, 2021)
    assert refused.value.suggestions == ("2022", "2023", "2024", "2025")
