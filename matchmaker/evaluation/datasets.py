"""Data sets of real collaborations, read from gzipped CSV files of a folder.

GeBIZ is Singapore's public procurement (an event is a tender, its seeker the agency, its partners
the awarded suppliers); H2020 is the European research programme (an event is a project, its seeker
the coordinator, its partners the other participants).  The files are not part of the repository;
docs/quality.md says where anyone can get them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.evaluation.events import Dataset, Event, Link, Query
from matchmaker.evaluation.rows import Row, read_rows

GEBIZ_AWARDS: Final = "gebiz_awards.csv.gz"
H2020_PROJECTS: Final = "h2020_projects.csv.gz"
H2020_PARTICIPATIONS: Final = "h2020_participations.csv.gz"
H2020_ORGANISATIONS: Final = "h2020_orgs.csv.gz"

_AWARD_COLUMNS = ("tender_no", "supplier_id", "date", "agency", "text")
_PROJECT_COLUMNS = ("rcn", "start_date", "topics", "topic_title", "programme_title")
_PARTICIPATION_COLUMNS = ("rcn", "pic", "role")


def read_gebiz(folder: Path) -> Dataset:
    """Read Singapore's public procurement awards.

    Parameters
    ----------
    folder : Path
        Folder with ``gebiz_awards.csv.gz``.

    Returns
    -------
    Dataset
        One event per tender.  Its date is the earliest award date; agency, text and status are those
        of that award.  A supplier named twice is one partner, with its first day and the sum of that
        day's amounts (later ones might lie beyond a cut).

    Raises
    ------
    InvalidDataError
        If the file or a column is missing, or a row is broken; names ``file:row:column``.
    """
    tenders: dict[str, list[tuple[date, Row]]] = {}
    faults: list[Fault] = []
    for row in read_rows(folder, GEBIZ_AWARDS, _AWARD_COLUMNS):
        try:
            tender, day = row.need("tender_no"), row.need_day("date")
            row.need("supplier_id"), row.need("agency"), row.number_of("awarded_amt")
        except InvalidDataError as error:
            faults += error.faults
            continue
        tenders.setdefault(tender, []).append((day, row))
    if faults:
        raise InvalidDataError(faults)
    return _dataset("gebiz", (_tender(id_, rows) for id_, rows in tenders.items()))


def _tender(id_: str, dated: Sequence[tuple[date, Row]]) -> Event:
    dated = sorted(dated, key=lambda pair: pair[0])
    links: dict[str, Link] = {}
    for day, row in dated:
        supplier, amount = row.need("supplier_id"), row.number_of("awarded_amt")
        link = links.get(supplier)
        if link is None:
            links[supplier] = Link(supplier, row.text("supplier_name"), amount=amount, day=day)
        elif link.day == day and amount is not None:
            links[supplier] = replace(link, amount=amount + (link.amount or 0.0))
    day, first = dated[0]
    query = Query(id_, day, first.need("agency"), first.text("text") or "")
    return Event(query, tuple(links.values()), status=first.text("status"))


def read_h2020(folder: Path) -> Dataset:
    """Read Horizon 2020 projects with a topic title and at least two participants.

    Parameters
    ----------
    folder : Path
        Folder with ``h2020_projects.csv.gz``, ``h2020_participations.csv.gz``, ``h2020_orgs.csv.gz``.

    Returns
    -------
    Dataset
        One event per project.  The seeker is the first coordinator listed; everybody else is a
        partner.  The text is the topic title and the programme title.  A project with one
        participant is no collaboration and is left out, as is one without a coordinator.

    Raises
    ------
    InvalidDataError
        If a file or a column is missing, or a row is broken; names ``file:row:column``.

    Notes
    -----
    The column ``n`` of the organisations counts projects of all years and is never read: for an
    early cut it would tell of later events.  Type and country come from the participation itself.
    """
    faults: list[Fault] = []
    names = {
        row.need("pic"): (row.text("name"), row.text("city"))
        for row in read_rows(folder, H2020_ORGANISATIONS, ("pic",))
    }
    links: dict[str, dict[str, Link]] = {}
    for row in read_rows(folder, H2020_PARTICIPATIONS, _PARTICIPATION_COLUMNS):
        try:
            link = _participation(row, names)
        except InvalidDataError as error:
            faults += error.faults
            continue
        links.setdefault(row.need("rcn"), {}).setdefault(link.partner, link)
    events = []
    for row in read_rows(folder, H2020_PROJECTS, _PROJECT_COLUMNS):
        try:
            event = _project(row, tuple(links.get(row.need("rcn"), {}).values()))
        except InvalidDataError as error:
            faults += error.faults
            continue
        if event:
            events.append(event)
    if faults:
        raise InvalidDataError(faults)
    return _dataset("h2020", events)


def _participation(row: Row, names: Mapping[str, tuple[str | None, str | None]]) -> Link:
    row.need("rcn")
    pic = row.need("pic")
    name, city = names.get(pic, (None, None))
    return Link(
        pic,
        name,
        row.need("role"),
        row.text("type"),
        row.text("country"),
        city,
        row.number_of("contribution"),
    )


def _project(row: Row, links: Sequence[Link]) -> Event | None:
    day, title = row.need_day("start_date"), row.text("topic_title")
    end, total_cost = row.day_of("end_date"), row.number_of("total_cost")
    seeker = next((link for link in links if link.role == "coordinator"), None)
    if title is None or seeker is None or len(links) < 2:
        return None
    query = Query(
        id=row.need("rcn"),
        date=day,
        seeker=seeker.partner,
        text=" ".join(filter(None, (title, row.text("programme_title")))),
        topics=_listed(row.text("topics")),
        programmes=_listed(row.text("programme_parts")),
        programme=row.text("programme"),
        call=row.text("call"),
        scheme=row.text("fundingScheme"),
        seeker_kind=seeker.kind,
        seeker_country=seeker.country,
        seeker_city=seeker.city,
    )
    partners = tuple(link for link in links if link is not seeker)
    return Event(query, partners, seeker, end, total_cost)


def _listed(cell: str | None) -> tuple[str, ...]:
    parts = (part.strip() for part in (cell or "").split(";"))
    return tuple(dict.fromkeys(part for part in parts if part))


def _dataset(name: str, events: Iterator[Event] | Sequence[Event]) -> Dataset:
    return Dataset(name, tuple(sorted(events, key=lambda event: (event.date, event.id))))


READERS: Final[Mapping[str, Callable[[Path], Dataset]]] = {"gebiz": read_gebiz, "h2020": read_h2020}
"""The data sets by name."""
