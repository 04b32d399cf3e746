"""Made-up events for the tests of the evaluation; nobody in them exists."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from matchmaker.evaluation.events import Dataset, Event, Link, Query

CUT = date(2023, 7, 1)
UNTIL = date(2023, 12, 31)

AWARD = {
    "tender_no": "T1",
    "supplier_id": "ACME",
    "date": "2023-01-02",
    "agency": "Parks",
    "text": "supply of benches",
    "supplier_name": "ACME PTE LTD",
    "status": "Awarded to Suppliers",
    "awarded_amt": "100.5",
}
PROJECT = {
    "rcn": "1",
    "start_date": "2014-01-01",
    "end_date": "2016-12-31",
    "total_cost": "900",
    "programme_parts": "LEIT;SC1",
    "programme": "P.1",
    "topics": "WATER-1",
    "topic_title": "Clean water",
    "programme_title": "Climate",
    "call": "C-1",
    "fundingScheme": "RIA",
}


def event(
    name: str,
    day: str,
    seeker: str,
    partners: str,
    text: str = "",
    own_kind: bool = False,
    programmes: tuple[str, ...] = (),
) -> Event:
    """Return an event; `partners` are words, `own_kind` makes the seeker an organisation too."""
    query = Query(name, date.fromisoformat(day), seeker, text, programmes=programmes)
    links = tuple(map(Link, partners.split()))
    return Event(query, links, Link(seeker) if own_kind else None)


def dataset(*events: Event) -> Dataset:
    """Return a data set of events in the order of their days."""
    return Dataset("made-up", tuple(sorted(events, key=lambda each: (each.date, each.id))))


def write(folder: Path, name: str, rows: Sequence[Mapping[str, str]]) -> None:
    """Write rows as a gzipped CSV file; the first row names the columns."""
    with gzip.open(folder / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def write_h2020(
    folder: Path,
    projects: Sequence[Mapping[str, str]],
    participations: Sequence[tuple[str, str, str]],
) -> None:
    """Write the three files; a participation is project, organisation, role."""
    write(folder, "h2020_projects", projects)
    rows = [
        {"rcn": r, "pic": p, "role": role, "type": "HES", "country": "PT", "contribution": "10"}
        for r, p, role in participations
    ]
    write(folder, "h2020_participations", rows)
    organisations = [{"pic": "a", "n": "99", "name": "University A", "city": "Porto"}]
    write(folder, "h2020_orgs", organisations)
