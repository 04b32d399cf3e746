"""The annual report as a document to read and to print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from matchmaker.annual.highlights import RULE
from matchmaker.annual.reading import COMPLETED, UNTOLD, Lists
from matchmaker.annual.report import (
    Annual,
    Changes,
    Cited,
    Figure,
    Highlight,
    Listed,
    Named,
    Observed,
    StatusLine,
    Value,
)
from matchmaker.graph import Snapshot
from matchmaker.printing.document import (
    Bar,
    Block,
    Chart,
    Column,
    Document,
    Heading,
    Link,
    Paragraph,
    Piece,
    Points,
    Table,
    Words,
)

ADDRESS: Final = "/annual-reports"
"""Where the site shows the reports, each below it by its year."""
_KINDS: Final = {COMPLETED: "completed", "ongoing_or_planning": "ongoing", UNTOLD: "planning"}
_NONE: Final[Words] = ("–",)
Row = tuple[Words, ...]


def annual_document(report: Annual, snapshot: Snapshot) -> Document:
    """Return the report of a year as a document.

    Parameters
    ----------
    report : Annual
        The report.
    snapshot : Snapshot
        What it was counted from.
    """
    return Document(
        f"Monitoring and evaluation report {report.year}",
        "ASEAN Smart Cities Network",
        f"{ADDRESS}/{report.year}",
        snapshot.as_of or f"{report.year}-12-31",
        f"Annual report {report.year}, counted from the lists in snapshot {snapshot.sequence}, data "
        f"as of {snapshot.as_of}",
        tuple(_blocks(report, Lists(snapshot).areas)),
    )


def _blocks(report: Annual, areas: Sequence[Named]) -> Iterator[Block]:
    yield from _overview(report)
    yield from _compared(report)
    yield from _by_country(report, areas)
    yield from _differences(report)
    yield from _measured(report)
    yield from _highlighted(report)
    yield Heading("Appendix A: projects ongoing or in planning", anchor="ongoing")
    if not report.told:
        yield Paragraph(("The list of this year does not tell which are completed: it stands whole "
                         "here.",))  # fmt: skip
    yield _listing(f"{len(report.ongoing)} projects", report.ongoing, "ongoing-list")
    yield Heading("Appendix B: completed projects", anchor="completed")
    if report.completed:
        yield _listing(f"{len(report.completed)} projects", report.completed, "completed-list")
    else:
        yield Paragraph(("The list of this year names no project as completed.",))
    yield from _register(report)


def _overview(report: Annual) -> Iterator[Block]:
    yield Paragraph((
        "The network’s list has ", _link(report.total), " projects in ", _link(report.cities),
        " cities of ", _link(report.countries), " member states",
        *_of_statuses(report.statuses), ".",
    ), "lead")  # fmt: skip
    yield Paragraph((
        "Every number leads to the list that it counts. The report is made from the yearly lists of "
        "projects alone, and from what the reports state as measured; nothing is estimated.",
    ))  # fmt: skip
    yield Heading("Projects by focus area", anchor="areas")
    bars = tuple(Bar(line.area.name, _parts(line.statuses)) for line in report.areas)
    yield Chart(f"Projects by focus area, {report.year}", bars)
    rows: list[Row] = [
        ((Link(line.area.name, f"/topics/{line.area.id}"),), (_link(line.count),),
         (f"{line.share:.2f} %",), *_status_cells(report, line.statuses))
        for line in report.areas
    ]  # fmt: skip
    rows.append((("All",), (_link(report.total),), ("100 %" if not report.without_area else "",),
                 *_status_cells(report, report.statuses)))  # fmt: skip
    yield Table(
        f"Projects by focus area, {report.year}",
        (Column("Focus area", share=2.4), Column("Projects", True), Column("Share", True),
         *(Column(s.label, True, 1.3) for s in report.statuses)),
        tuple(rows), "areas-table",
    )  # fmt: skip
    if report.without_area:
        yield Paragraph((f"Without a stated focus area: {report.without_area}.",))
    if len(report.course) > 1:
        yield Heading("Over the years", anchor="years")
        bars = tuple(Bar(str(one.year), _parts(one.statuses)) for one in report.course)
        yield Chart("Projects by year of the list", bars)
        yield Table(
            "Projects by year of the list",
            (Column("Year"), Column("Projects", True)),
            tuple(((str(one.year),), (_link(one.count),)) for one in report.course), "years-table",
        )  # fmt: skip


def _compared(report: Annual) -> Iterator[Block]:
    yield Heading("Published and counted", anchor="published")
    if report.published is None:
        yield Paragraph(("The totals of a published report of this year are not known here.",))
        return
    published = report.published
    yield Paragraph((
        Link(published.title, f"/annual-totals/{published.id}"), f", as of {published.as_of}: ",
        *_cites(published.sources), ".",
    ))  # fmt: skip
    yield Table(
        "Published figures beside those counted from the list",
        (Column("Figure", share=2.2), Column("Published", True), Column("Counted", True),
         Column("Projects", True, 0.9), Column("Result", share=3)),
        tuple((
            (check.label,), (_amount(check.published, check.unit),),
            (_amount(check.counted, check.unit),), (_link(check.count),),
            ("equal" if check.equal else f"Not equal. {check.says}",),
        ) for check in report.checks), "checks",
    )  # fmt: skip
    if report.remarks or published.note:
        yield Heading("Where they part, and what cannot be compared", 2)
        notes = [f"On the published figures: {published.note}"] if published.note else []
        yield Points(tuple((one,) for one in (*notes, *report.remarks)))


def _by_country(report: Annual, areas: Sequence[Named]) -> Iterator[Block]:
    yield Heading("Projects by country", anchor="countries")
    bars = tuple(
        Bar(line.country.name, (("ongoing", "projects", line.count.value),))
        for line in report.by_country
    )
    yield Chart(f"Projects by country, {report.year}", bars)
    yield Table(
        f"Projects by country and focus area, {report.year}",
        (Column("Country", share=1.5), Column("All", True, 0.6),
         *(Column(area.name, True) for area in areas)),
        tuple(
            ((Link(line.country.name, f"/countries/{line.country.id}"),), (_link(line.count),),
             *((_link(count),) if count.value else ("0",) for count in line.areas))
            for line in report.by_country
        ), "countries-table",
    )  # fmt: skip


def _differences(report: Annual) -> Iterator[Block]:
    yield Heading("What is different from the year before", anchor="changes")
    changes = report.changes
    if changes is None:
        yield Paragraph((f"There is no list of projects of {report.year - 1} to compare with.",))
        return
    yield Paragraph((
        f"The list of {changes.year} has ", _link(changes.total), f" projects. {len(changes.new)} "
        f"came in and {len(changes.dropped)} are no longer listed, which makes ",
        _link(report.total), ".",
    ))  # fmt: skip
    yield from _changed("New in the list", changes.new, "new")
    yield from _changed(f"Listed in {changes.year}, no longer in {report.year}", changes.dropped,
                        "dropped")  # fmt: skip
    yield from _changed("Newly listed as completed", changes.completed, "newly-completed")
    if changes.completed and _untold_before(report, changes):
        yield Paragraph((
            f"The list of {changes.year} does not tell the status of single projects: some of these "
            "may have been completed before.",
        ), "note")  # fmt: skip
    yield from _changed("Completed before, no longer listed so", changes.reopened, "reopened")
    if changes.moved:
        yield Table(
            f"Focus area stated otherwise than in {changes.year}: {len(changes.moved)}",
            (Column("Project", share=2.4), Column("City", share=1.2), Column("Before", share=1.4),
             Column("Now", share=1.4)),
            tuple(
                ((_project(one.listed),), (_city(one.listed.city),), (one.before.name,),
                 (one.listed.area.name,))
                for one in changes.moved
            ), "moved",
        )  # fmt: skip


def _untold_before(report: Annual, changes: Changes) -> bool:
    before = next(one for one in report.course if one.year == changes.year)
    return any(status.name == UNTOLD for status in before.statuses)


def _changed(title: str, listed: Sequence[Listed], anchor: str) -> Iterator[Block]:
    if listed:
        yield _listing(f"{title}: {len(listed)}", listed, anchor, sources=False)


def _measured(report: Annual) -> Iterator[Block]:
    yield Heading("What was measured", anchor="observations")
    if not report.observations:
        yield Paragraph(("No value that this year’s report states is in the data.",))
        return
    yield Table(
        f"{len(report.observations)} indicators that this year’s report states, with what was stated "
        "before",
        (Column("Indicator", share=2.6), Column("City", share=1.1), Column("Project", share=1.8),
         Column("Value", True, 1.4), Column("Before", True, 1.6), Column("Source", share=1.7)),
        tuple(
            ((one.indicator,), (_city(one.city),), (_worded(one),), (_value(one.now),),
             _joined([_value(value) for value in one.before]) or _NONE, _cites(one.now.sources))
            for one in report.observations
        ), "observations-table",
    )  # fmt: skip


def _highlighted(report: Annual) -> Iterator[Block]:
    yield Heading("One project of each city", anchor="highlights")
    yield Paragraph((f"Picked by a rule: {RULE}",))
    yield Table(
        f"{len(report.highlights)} cities, one project each",
        (Column("City", share=1.2), Column("Project", share=2.2), Column("Focus area", share=1.4),
         Column("Why this one", share=2.6)),
        tuple(_highlight(one) for one in report.highlights), "highlights-table",
    )  # fmt: skip


def _highlight(one: Highlight) -> Row:
    told: list[Piece] = [one.because]
    for measured in one.observed:
        told += [f" {measured.indicator}: ", _value(measured.now), "."]
    listed = one.listed
    return ((_city(listed.city),), (_project(listed),), (listed.area.name or "not stated",),
            tuple(told))  # fmt: skip


def _register(report: Annual) -> Iterator[Block]:
    yield Heading("Appendix C: register of partnerships", anchor="partnerships")
    yield Paragraph((
        "The register that paragraph 18(g) of the network’s Terms of Reference asks for: "
        f"{len(report.partnerships)} documented cases of a partner helping a city, by "
        f"{report.partners} partners, first documented in {report.year} or before. The stage is the "
        "one documented last.",
    ))  # fmt: skip
    if report.without_year:
        yield Paragraph((f"Left out, because no source tells since when: {report.without_year}.",))
    if report.partnerships:
        yield Table(
            f"{len(report.partnerships)} partnerships by partner",
            (Column("Partnership", share=2.4), Column("Partner", share=1.5),
             Column("City", share=1.1), Column("Support", share=1.2), Column("Stage"),
             Column("Since", True, 0.7), Column("Source", share=2)),
            tuple(
                ((Link(one.title, f"/collaborations/{one.id}"),),
                 (Link(one.partner.name, f"/partners/{one.partner.id}"),), (_city(one.city),),
                 (one.support.name or "not stated",), (one.stage or "not stated",),
                 (str(one.since),), _cites(one.sources))
                for one in report.partnerships
            ), "partnerships-table",
        )  # fmt: skip


def _listing(caption: str, listed: Sequence[Listed], anchor: str, *, sources: bool = True) -> Table:
    columns = (Column("Project", share=2.6), Column("City", share=1.2),
               Column("Country", share=1.2), Column("Focus area", share=1.5))  # fmt: skip
    rows: list[Row] = [
        ((_project(one),), (_city(one.city),), (one.country.name,),
         (one.area.name or "not stated",), *((_cites(one.sources),) if sources else ()))
        for one in listed
    ]  # fmt: skip
    return Table(caption, (*columns, *((Column("Source", share=1.9),) if sources else ())),
                 tuple(rows), anchor)  # fmt: skip


def _of_statuses(statuses: Sequence[StatusLine]) -> Iterator[Piece]:
    told = [one for one in statuses if one.name != UNTOLD]
    for place, one in enumerate(told):
        yield ": " if not place else ", "
        yield _link(one.count)
        yield f" {one.label[0].lower()}{one.label[1:]}"


def _status_cells(report: Annual, statuses: Sequence[StatusLine]) -> Iterator[Words]:
    """Yield a cell for each status of the year, also where there is none of it."""
    held = {one.name: one.count for one in statuses}
    for one in report.statuses:
        yield (_link(held[one.name]),) if one.name in held else ("0",)


def _parts(statuses: Sequence[StatusLine]) -> tuple[tuple[str, str, int], ...]:
    ordered = sorted(statuses, key=lambda one: list(_KINDS).index(one.name))
    return tuple((_KINDS[one.name], one.label, one.count.value) for one in ordered)


def _link(figure: Figure) -> Link:
    return Link(str(figure.value), figure.list)


def _project(one: Listed) -> Link:
    return Link(one.title, f"/project-listings/{one.id}")


def _city(city: Named) -> Link:
    return Link(city.name, f"/cities/{city.id}")


def _worded(one: Observed) -> Piece:
    return Link(one.project_words, f"/projects/{one.project}") if one.project else one.project_words


def _value(value: Value) -> Link:
    qualifier = "" if value.qualifier == "exact" else f"{value.qualifier} "
    return Link(f"{qualifier}{value.value:,g} ({value.year})", f"/observations/{value.id}")


def _amount(value: float, unit: str) -> str:
    return f"{value:g} %" if unit == "percent" else f"{value:g}"


def _cites(sources: Sequence[Cited]) -> Words:
    """Return sources with their places, each source once."""
    places: dict[str, list[str]] = {}
    titles = {one.source: one.title for one in sources}
    for one in sources:
        places.setdefault(one.source, []).append(one.locator)
    pieces: list[Piece] = []
    for source, found in places.items():
        pieces += ["; " if pieces else "", Link(titles[source], f"/sources/{source}"),
                   f", {'; '.join(dict.fromkeys(found))}"]  # fmt: skip
    return tuple(pieces)


def _joined(pieces: Sequence[Piece]) -> Words:
    found: list[Piece] = []
    for piece in pieces:
        found += [", " if found else "", piece]
    return tuple(found)
