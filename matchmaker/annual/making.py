"""Making the report of a year: counting its list and putting everything together."""

from __future__ import annotations

from collections.abc import Sequence

from matchmaker.annual.comparing import checks, remarks
from matchmaker.annual.highlights import highlights
from matchmaker.annual.reading import COMPLETED, UNTOLD, Lists, figure
from matchmaker.annual.report import (
    Annual,
    AreaLine,
    Changes,
    CountryLine,
    Figure,
    Listed,
    MovedProject,
    Named,
    Published,
    StatusLine,
    Year,
)
from matchmaker.errors import NotFoundError
from matchmaker.graph import Snapshot

_LABELS = {
    "ongoing_or_planning": "Ongoing or in planning",
    COMPLETED: "Completed",
    UNTOLD: "Status not told",
}


def years_of(snapshot: Snapshot) -> tuple[int, ...]:
    """Return the years that have a list of projects."""
    found = {e.integer("year") for e in snapshot.of_type("project_listing").values()}
    return tuple(sorted(found))


def annual_report(snapshot: Snapshot, year: int) -> Annual:
    """Return the report of a year.

    Parameters
    ----------
    snapshot : Snapshot
        Where to count, as whoever asks sees it.
    year : int
        Year of the report.

    Raises
    ------
    NotFoundError
        If there is no list of projects of that year; the error carries the years that have one.

    Notes
    -----
    O(listings + collaborations + observations) and their sorting.
    """
    lists = Lists(snapshot)
    listed = lists.by_year.get(year)
    if listed is None:
        raise NotFoundError("annual report", str(year), [str(one) for one in lists.by_year])
    told = all(one.status != UNTOLD for one in listed)
    areas = tuple(_area(lists, year, listed, area) for area in lists.areas)
    total = lists.total_of(year)
    partnerships, without_year = lists.partnerships(year)
    observed = lists.observed(year)
    changes = _changes(lists, year)
    by_country = tuple(_countries(lists, year, listed))
    cities = {one.city.id for one in listed}
    return Annual(
        year=year,
        total=figure(len(listed), year=year),
        cities=Figure(len(cities), "#highlights"),
        countries=Figure(len(by_country), "#countries"),
        statuses=_statuses(listed, year=year),
        told=told,
        areas=areas,
        without_area=sum(not one.area.id for one in listed),
        by_country=by_country,
        course=tuple(
            Year(one, figure(len(rows), year=one), _statuses(rows, year=one))
            for one, rows in lists.by_year.items()
            if one <= year
        ),
        published=None if total is None else Published(
            total.id, total.text("title"), total.text("as_of"), total.text("note"),
            lists.cited(total),
        ),
        checks=() if total is None else tuple(checks(year, listed, told, areas, total)),
        remarks=() if total is None else tuple(remarks(lists, year, total, areas, told)),
        highlights=highlights(lists, year, observed, changes, partnerships),
        observations=observed,
        changes=changes,
        ongoing=tuple(one for one in listed if one.status != COMPLETED),
        completed=tuple(one for one in listed if one.status == COMPLETED),
        partnerships=partnerships,
        partners=len({one.partner.id for one in partnerships}),
        without_year=without_year,
    )  # fmt: skip


def _statuses(listed: Sequence[Listed], **filters: str | int) -> tuple[StatusLine, ...]:
    """Return the statuses that occur, each counted."""
    held = {name: sum(one.status == name for one in listed) for name in _LABELS}
    return tuple(
        StatusLine(name, label, figure(held[name], **filters, status=name))
        for name, label in _LABELS.items()
        if held[name]
    )


def _area(lists: Lists, year: int, listed: Sequence[Listed], area: Named) -> AreaLine:
    within = [one for one in listed if one.area.id == area.id]
    share = round(100 * len(within) / len(listed), 2)
    filters: dict[str, str | int] = {"year": year, "focus_area": area.id}
    return AreaLine(area, figure(len(within), **filters), share, _statuses(within, **filters))


def _countries(lists: Lists, year: int, listed: Sequence[Listed]) -> list[CountryLine]:
    found = []
    for country in dict.fromkeys(one.country for one in listed):
        within = [one for one in listed if one.country == country]
        found.append(CountryLine(
            country, figure(len(within), year=year, country=country.id),
            tuple(dict.fromkeys(one.city for one in within)),
            tuple(
                figure(sum(one.area.id == area.id for one in within),
                       year=year, country=country.id, focus_area=area.id)
                for area in lists.areas
            ),
        ))  # fmt: skip
    return found


def _changes(lists: Lists, year: int) -> Changes | None:
    """Return what is different from the year before, None where that has no list."""
    now = lists.by_year[year]
    earlier = lists.by_year.get(year - 1)
    if earlier is None:
        return None
    before = {one.project: one for one in earlier}
    here = {one.project for one in now}
    both = [(before[one.project], one) for one in now if one.project in before]
    return Changes(
        year - 1,
        figure(len(earlier), year=year - 1),
        tuple(one for one in now if one.project not in before),
        tuple(one for one in earlier if one.project not in here),
        tuple(one for was, one in both if one.status == COMPLETED != was.status),
        tuple(one for was, one in both if was.status == COMPLETED != one.status),
        tuple(MovedProject(one, was.area) for was, one in both
              if was.area != one.area and was.area.id and one.area.id),
    )  # fmt: skip
