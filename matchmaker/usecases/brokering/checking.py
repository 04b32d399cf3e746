"""Rebuild every engagement from its moves, and say where what is kept differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matchmaker.records import Plain, Record
from matchmaker.usecases.brokering import papers
from matchmaker.usecases.brokering.keeping import KIND, faults_of, rules_of
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers.checking import faults as paper_faults

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Checked:
    """How many engagements were rebuilt, and what is wrong, with the identifier in front."""

    engagements: int
    faults: tuple[str, ...]


def check(service: Service) -> Checked:
    """Rebuild every engagement and white paper from its moves and compare; check the files too.

    Raises
    ------
    StoreUnavailableError
        If the database is away.
    """
    rules = rules_of(service)
    count, faults = 0, list[str]()
    for record in every_engagement(service):
        count += 1
        faults += [f"engagement {record.id}: {fault}" for fault in faults_of(rules, record)]
    return Checked(count, (*faults, *paper_faults(service), *papers.faults(service)))


def every_engagement(service: Service) -> Iterator[Record]:
    """Go through all engagements, oldest first."""
    after: tuple[Plain, str] | None = None
    while page := service.records.find(KIND, order_by="at", after=after, limit=_PAGE):
        yield from page
        after = (page[-1]["at"], page[-1].id)
