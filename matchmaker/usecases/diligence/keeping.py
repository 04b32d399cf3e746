"""Due diligence as it is kept: one record for each partner, entries only ever added.

A partner into which another one was merged has the entries of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from matchmaker.diligence.checklist import Checklist, checklist_in
from matchmaker.diligence.standing import Entry, Standing, standing_of
from matchmaker.errors import MovedError, NotFoundError
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.service import Service

KIND: Final = "diligence"
MOST_ENTRIES: Final = 500


def checklist_of(service: Service) -> Checklist:
    """Return the checklist in force."""
    return checklist_in(service.settings.schema_dir)


def today_of(service: Service) -> str:
    """Return the day that it is, in UTC."""
    return service.now()[:10]


def partner_of(service: Service, identifier: str) -> str:
    """Return the identifier of a partner that there is.

    Raises
    ------
    MovedError
        If it was merged into another one.
    NotFoundError
        If there is none.
    """
    snapshot, name = service.snapshot, identifier[:200]
    if name not in snapshot.entities and name in snapshot.redirects:
        raise MovedError("partner", name, snapshot.redirects[name])
    if name not in snapshot.of_type("partner"):
        raise NotFoundError("partner", name)
    return name


def entries_in(fields: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Return the entries of a record."""
    return tuple(map(Entry.from_json, fields["entries"]))


def entries_of(service: Service, partner: str) -> tuple[Entry, ...]:
    """Return the entries about a partner, oldest first; asks for no permission."""
    merged = [old for old, into in service.snapshot.redirects.items() if into == partner]
    records = (service.records.get(KIND, name) for name in (partner, *merged))
    found = [entry for record in records if record for entry in entries_in(record.fields)]
    return tuple(sorted(found, key=lambda entry: entry.at))


def standing(service: Service, partner: str) -> Standing:
    """Return how far due diligence on a partner is today; asks for no permission."""
    held = entries_of(service, partner)
    return standing_of(checklist_of(service), held, today_of(service))


def all_entries(service: Service) -> dict[str, tuple[Entry, ...]]:
    """Return the entries about every partner that has some, by partner."""
    redirects = service.snapshot.redirects
    found: dict[str, list[Entry]] = {}
    for record in every(service.records, KIND, {}):
        name = redirects.get(record.id, record.id)
        found.setdefault(name, []).extend(entries_in(record.fields))
    return {name: tuple(sorted(held, key=lambda one: one.at)) for name, held in found.items()}
