"""How far due diligence on a partner is: a pure fold over entries, of which none is ever changed."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from matchmaker.diligence.checklist import Checklist, Item
from matchmaker.errors import BadRequestError

OUTCOMES: Final[Mapping[str, str]] = {
    "clear": "Clear",
    "concern": "Concern",
    "not_applicable": "Not applicable",
    "open": "Open",
}
"""What somebody who looked at an item can say, with how it is shown."""
STATUSES: Final[Mapping[str, str]] = {
    "none": "Not begun",
    "under_way": "Under way",
    "complete": "Complete",
    "expired": "Items expired",
    "concern": "Concern",
}
"""What entries add up to, with how it is shown."""
_FIRST: Final = "2000-01-01"
_SETTLED: Final = ("clear", "not_applicable")
_EXPLAINED: Final = ("concern", "not_applicable")


@dataclass(frozen=True, slots=True)
class Entry:
    """What was found about one item.

    Parameters
    ----------
    date : str
        Day on which it was looked at.
    valid_until : str
        Last day on which it counts, ``""`` where it settles nothing.
    documents : tuple of str
        Identifiers of documents.
    account, at : str
        Who wrote it down, and when.
    """

    uuid: str
    item: str
    outcome: str
    date: str
    valid_until: str
    note: str
    documents: tuple[str, ...]
    account: str
    at: str

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {**asdict(self), "documents": list(self.documents)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Entry:
        """Rebuild an entry from :meth:`as_json`; the content is trusted."""
        return cls(**{**document, "documents": tuple(document["documents"])})


@dataclass(frozen=True, slots=True)
class Standing:
    """How far it is on a day.

    Parameters
    ----------
    status : str
        One of :data:`STATUSES`.
    done_on : str
        Day of the last look, where it is complete.
    valid_until : str
        First day on which something runs out, ``""`` if nothing does.
    latest : mapping of str to Entry
        By item, the entry that counts.
    expired, concerns, missing : tuple of str
        Items: run out, of concern, and without an outcome that settles them.
    """

    status: str
    done_on: str
    valid_until: str
    latest: Mapping[str, Entry]
    expired: tuple[str, ...]
    concerns: tuple[str, ...]
    missing: tuple[str, ...]


def standing_of(checklist: Checklist, entries: Sequence[Entry], today: str) -> Standing:
    """Return how far due diligence is: the last entry about each item counts.

    A concern comes before everything else, then what has expired.

    Examples
    --------
    >>> from matchmaker.diligence.checklist import load_checklist
    >>> checklist = load_checklist()
    >>> standing_of(checklist, [], "2026-11-23").status
    'none'
    >>> entries = [
    ...     Entry("u", item, "clear", "2026-11-01", "2027-05-01", "", (), "a", "2026-11-01T00:00:00Z")
    ...     for item in checklist
    ... ]
    >>> [standing_of(checklist, entries, day).status for day in ("2027-05-01", "2027-05-02")]
    ['complete', 'expired']
    """
    latest = {entry.item: entry for entry in entries if entry.item in checklist}
    concerns = _of(latest.values(), lambda one: one.outcome == "concern")
    expired = _of(latest.values(), lambda one: one.outcome in _SETTLED and one.valid_until < today)
    settled = {name for name, one in latest.items() if one.outcome in _SETTLED}
    missing = tuple(
        name for name, item in checklist.items() if item.required and name not in settled
    )
    if concerns:
        status = "concern"
    elif expired:
        status = "expired"
    elif not missing:
        status = "complete"
    else:
        status = "under_way" if latest else "none"
    ends = [one.valid_until for one in latest.values() if one.outcome in _SETTLED]
    done_on = max(one.date for one in latest.values()) if status == "complete" else ""
    return Standing(status, done_on, min(ends, default=""), latest, expired, concerns, missing)


def checked(
    item: Item, outcome: str, day: str, valid_until: str, note: str, today: str
) -> tuple[str, str]:
    """Return the day of an entry and until when it counts, both checked.

    Parameters
    ----------
    day, valid_until : str
        As filled in; empty for today, and for as long as the checklist allows.

    Raises
    ------
    BadRequestError
        Names the field that is wrong.

    Examples
    --------
    >>> from matchmaker.diligence.checklist import load_checklist
    >>> checked(load_checklist()["sanctions"], "clear", "2026-08-31", "", "", "2026-11-23")
    ('2026-08-31', '2027-02-28')
    """
    if outcome not in OUTCOMES:
        raise BadRequestError("outcome", f"must be one of {', '.join(OUTCOMES)}")
    found = _day("date", day) if day else today
    if not _FIRST <= found <= today:
        raise BadRequestError("date", f"must be a day from {_FIRST} to today")
    if outcome in _EXPLAINED and not note:
        raise BadRequestError("note", f"is needed where the outcome is '{outcome}'")
    if outcome not in _SETTLED:
        if valid_until:
            raise BadRequestError("valid_until", "is only for what settles the item")
        return found, ""
    longest = _later(found, item.months)
    until = _day("valid_until", valid_until) if valid_until else longest
    if not found <= until <= longest:
        told = f"must be from {found} to {longest}: the checklist gives it {item.months} months"
        raise BadRequestError("valid_until", told)
    return found, until


def _of(entries: Iterable[Entry], fits: Any) -> tuple[str, ...]:
    return tuple(one.item for one in entries if fits(one))


def _day(name: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadRequestError(name, "must be a day such as 2026-11-23") from None


def _later(day: str, months: int) -> str:
    """Return the same day some months later, or the last one of that month."""
    start = date.fromisoformat(day)
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1])).isoformat()
