"""Instruments as they stand: what their files say, and the versions that were adopted since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from matchmaker.brokering.rules import Rules
from matchmaker.errors import NotFoundError
from matchmaker.instruments.citing import TERMS, page_of
from matchmaker.instruments.model import Clause, Instrument, Version
from matchmaker.instruments.reading import FOLDER, load_instruments
from matchmaker.instruments.specification import Known
from matchmaker.permissions import OPERATIONS
from matchmaker.usecases.brokering.keeping import rules_of
from matchmaker.usecases.service import Service

VERSION: Final = "instrument_version"
"""Kind of the records that adopted versions are."""
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Held:
    """A version, and how it was adopted where that happened in this service.

    Parameters
    ----------
    amendment : str
        Identifier of the amendment that made it, ``""`` for a version of the file.
    adopted_at : str
        When it was adopted here.
    words : mapping of str to str
        By member state, what it has said: ``consent``, ``recorded`` or ``silence``.
    """

    version: Version
    amendment: str = ""
    adopted_at: str = ""
    words: Mapping[str, str] = field(default_factory=dict, hash=False)


def instruments_of(service: Service) -> Mapping[str, Instrument]:
    """Return the instruments of the files, read anew where one of them has changed.

    Raises
    ------
    SchemaError, InvalidDataError
        If they cannot be read, or are wrong.
    """
    folder = service.settings.schema_dir / FOLDER
    changed = tuple((path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.yaml")))
    return _read(folder, changed, rules_of(service))


@lru_cache(maxsize=4)
def _read(folder: Path, _changed: object, rules: Rules) -> Mapping[str, Instrument]:
    cites = {rule.name: rule.cites for rule in rules.rules.values()}
    return load_instruments(Known(rules.rules, OPERATIONS), folder, cites)


def instrument_of(service: Service, instrument_id: str) -> Instrument:
    """Return one instrument.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    known = instruments_of(service)
    if instrument_id not in known:
        raise NotFoundError("instrument", instrument_id[:100], list(known))
    return known[instrument_id]


def versions_of(service: Service, instrument: Instrument) -> tuple[Held, ...]:
    """Return every version, by number; what was adopted here goes before what a file says.

    Raises
    ------
    StoreUnavailableError
        If the database is away; without one there are the versions of the file.
    """
    found = {one.number: Held(one) for one in instrument.versions}
    if service.status.mode != "seeds":
        records = service.records.find(
            VERSION, {"instrument": instrument.id}, order_by="number", limit=_MOST
        )
        for record in records:
            found[record["number"]] = _held(record.fields)
    return tuple(found[number] for number in sorted(found))


def in_force(service: Service, versions: tuple[Held, ...]) -> Held:
    """Return the version in force today: the last one whose day has come."""
    today = service.now()[:10]
    return next((one for one in versions[::-1] if one.version.effective <= today), versions[0])


def terms_of(service: Service) -> dict[str, Any]:
    """Return which terms hold for what begins now: ``instrument`` and ``version``; empty without."""
    terms = instruments_of(service).get(TERMS)
    if terms is None:
        return {}
    number = in_force(service, versions_of(service, terms)).version.number
    return {"instrument": terms.id, "version": number}


def terms_shown(service: Service, kept: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the terms that something began under, as kept by :func:`terms_of`.

    What began before that was kept (``kept`` is false then) began under the version of the file.
    None if there is no such instrument.
    """
    terms = instruments_of(service).get(kept.get("instrument", TERMS))
    if terms is None:
        return None
    number = kept.get("version", terms.versions[-1].number)
    return {
        "instrument": terms.id,
        "title": terms.short,
        "version": number,
        "kept": bool(kept),
        "page": f"{page_of(terms.id)}/versions/{number}",
    }


def _held(fields: Mapping[str, Any]) -> Held:
    version = Version(
        fields["number"],
        fields["effective"],
        fields["says"],
        "",
        tuple(map(Clause.from_json, fields["clauses"])),
    )
    return Held(version, fields["amendment"], fields["at"], fields["words"])
