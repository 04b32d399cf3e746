"""Saved searches: an account is told of what is new among matches, or in a list.

A search's record holds what it looks for, when it is run next, and everything that it has told, so
that nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    Fault,
    InvalidDataError,
    NotFoundError,
    VersionConflictError,
)
from matchmaker.graph import Snapshot
from matchmaker.permissions import Caller, Scope
from matchmaker.records import Record
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.alerts.looking import BAND_NAMES, KINDS, LIST, look, subject_of
from matchmaker.usecases.alerts.periods import DAILY, FREQUENCIES, next_run
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.filtering import select
from matchmaker.usecases.reading.seeing import seen_matches
from matchmaker.usecases.service import Service

KIND: Final = "saved_search"
MOST_SEARCHES: Final = 50
"""How many searches an account may save."""
MOST_LISTED: Final = 1000
"""How many entries a list may have when it is saved."""
LISTED: Final = ("need", "offer", "partner", "project")
"""Types whose lists can be saved."""
STATES: Final = ("active", "paused")
LONGEST: Final = 200
MOST_FILTERS: Final = 20
USUAL: Final[Mapping[str, Any]] = {
    "name": "", "least_band": "promising", "least_score": 0.0, "frequency": DAILY,
}  # fmt: skip
"""What holds where a search does not say otherwise."""
_OF_MATCHES: Final = frozenset({"kind", "subject", *USUAL})
_OF_LIST: Final = frozenset({"kind", "type", "filters", "q", "name", "frequency"})
_CHANGED: Final = frozenset({"state", *USUAL})
_CRITERIA: Final = ("least_band", "least_score")
_SHOWN: Final = (
    "kind", "subject", "type", "filters", "q", "name", "least_band", "least_score", "frequency",
    "state", "at", "version", "next_at", "told_at", "last",
)  # fmt: skip


def create_search(
    service: Service, caller: Caller, given: Mapping[str, Any], *, uuid: str | None = None
) -> dict[str, Any]:
    """Save a search; what it finds now counts as known, and is not told.

    Parameters
    ----------
    given : mapping
        ``kind`` ``need``, ``offer`` or ``partner`` with its ``subject``, or ``list`` with ``type``,
        ``filters`` and ``q``; beside that what is in :data:`USUAL`.
    uuid : str, optional
        Names this very search: a repeat under the same one returns what the first has made.

    Raises
    ------
    InvalidDataError
        With every fault.
    ConflictError
        If the account has as many as it may.
    """
    permit(service, caller, "searches.manage", {caller.account} - {""})
    wanted = _checked(service.snapshot, given)  # names and filters are of what everybody sees
    matcher, snapshot = seen_matches(service, caller)
    if uuid and (known := service.records.get(KIND, uuid)):
        return shown(service, known)
    if service.records.count(KIND, {"account": caller.account}) >= MOST_SEARCHES:
        raise ConflictError(f"An account saves at most {MOST_SEARCHES} searches; delete one first.")
    hits = look(matcher, snapshot, wanted)
    if wanted["kind"] == LIST and len(hits) > MOST_LISTED:
        message = (
            f"pass {len(hits):,} entries now; a list to be followed has at most {MOST_LISTED:,}"
        )
        raise InvalidDataError([Fault("", 0, "filters", message)])
    now = service.now()
    fields = {
        **wanted,
        "account": caller.account,
        "scopes": None if caller.scopes is None else sorted(s.value for s in caller.scopes),
        "state": "active",
        "at": now,
        "version": 1,
        "next_at": next_run(now, wanted["frequency"]),
        "looked": mark_of(service, snapshot),
        "told": [hit.key for hit in hits],
        "told_at": "",
        "last": [],
    }
    return shown(service, service.records.create(KIND, uuid or str(uuid4()), fields))


def list_searches(service: Service, caller: Caller) -> list[dict[str, Any]]:
    """Return the caller's searches, oldest first."""
    permit(service, caller, "searches.manage", {caller.account} - {""})
    found = every(service.records, KIND, {"account": caller.account})
    return [shown(service, one) for one in sorted(found, key=lambda r: (r["at"], r.id))]


def get_search(service: Service, caller: Caller, search_id: str) -> dict[str, Any]:
    """Return one search.

    Raises
    ------
    NotFoundError
        If there is none, or it is another account's.
    """
    return shown(service, _own(service, caller, search_id))


def change_search(
    service: Service, caller: Caller, search_id: str, given: Mapping[str, Any], *,
    expected: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Change a search: its name, what it asks of a match, how often it is run, or whether at all.

    Parameters
    ----------
    expected : int, optional
        The version that the caller has seen.

    Raises
    ------
    InvalidDataError
        With every fault.
    VersionConflictError
        If the search was changed meanwhile.
    NotFoundError
        If there is none, or it is another account's.
    """
    record = _own(service, caller, search_id)
    faults = [_unknown(name) for name in sorted(given.keys() - _CHANGED)]
    faults += _faults(given)
    if record["kind"] == LIST:
        faults += [_fault(n, "is not for a list") for n in _CRITERIA if n in given]
    if faults:
        raise InvalidDataError(faults)
    now = service.now()

    def alter(held: Mapping[str, Any]) -> Mapping[str, Any]:
        if expected is not None and held["version"] != expected:
            message = "The search was changed meanwhile; load it again."
            raise VersionConflictError(message, held["version"])
        made = {**held, **given, "version": held["version"] + 1}
        made["least_score"] = float(made["least_score"])
        if (made["frequency"], made["state"]) != (held["frequency"], held["state"]):
            made["next_at"] = next_run(now, made["frequency"])
        if any(made[name] != held[name] for name in _CRITERIA):
            made["looked"] = ""
        return made

    changed = service.records.change(KIND, record.id, alter)
    if changed is None:
        raise NotFoundError("search", search_id[:100])
    return shown(service, changed)


def delete_search(service: Service, caller: Caller, search_id: str) -> None:
    """Delete a search."""
    service.records.delete(KIND, {"id": _own(service, caller, search_id).id})


def caller_of(record: Record, caller: Caller) -> Caller:
    """Return who looks when a search is run: its account, as far as its credentials reached then."""
    held = record["scopes"]
    scopes = None if held is None else frozenset(Scope(name) for name in held)
    return replace(caller, scopes=scopes)


def mark_of(service: Service, snapshot: Snapshot) -> str:
    """Return what tells a state of the graph apart; empty while matches can change without it."""
    return "" if service.status.texts_waiting else f"{snapshot.log}:{snapshot.sequence}"


def shown(service: Service, record: Record) -> dict[str, Any]:
    """Return what its account sees of a search."""
    snapshot = service.snapshot
    return {
        "id": record.id,
        **{name: record[name] for name in _SHOWN},
        "title": record["name"] or title_of(snapshot, record.fields),
        "exists": record["kind"] == LIST or bool(subject_of(snapshot, record.fields)),
        "page": page_of(snapshot, record.fields),
        "told": len(record["told"]),
    }


def title_of(snapshot: Snapshot, search: Mapping[str, Any]) -> str:
    """Return what a search without a name is called."""
    if search["kind"] == LIST:
        words = [search["q"], *(value for held in search["filters"].values() for value in held)]
        kind = snapshot.schema.entities[search["type"]].plural.replace("-", " ").capitalize()
        return f"{kind}: {', '.join(filter(None, words))}"[:LONGEST] if any(words) else kind
    entity = snapshot.entities.get(subject_of(snapshot, search))
    return snapshot.schema.caption(entity) if entity else str(search["subject"])


def page_of(snapshot: Snapshot, search: Mapping[str, Any]) -> str:
    """Return the address of the page that shows what a search finds."""
    if search["kind"] == LIST:
        query = {**search["filters"], **({"q": search["q"]} if search["q"] else {})}
        told = urlencode(query, doseq=True)
        return f"/{snapshot.schema.entities[search['type']].plural}" + (f"?{told}" if told else "")
    subject = subject_of(snapshot, search) or search["subject"]
    return f"/{snapshot.schema.entities[search['kind']].plural}/{subject}"


def _own(service: Service, caller: Caller, search_id: str) -> Record:
    """Return a search of the caller's; another account's is as if there were none."""
    permit(service, caller, "searches.manage", {caller.account} - {""})
    record = service.records.get(KIND, search_id[:100])
    if record is None or record["account"] != caller.account:
        raise NotFoundError("search", search_id[:100])
    return record


def _checked(snapshot: Snapshot, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a search as records keep it.

    Raises
    ------
    InvalidDataError
        With every fault.
    """
    kind = given.get("kind")
    if kind not in KINDS:
        raise InvalidDataError([_fault("kind", f"must be one of {', '.join(KINDS)}")])
    known = _OF_LIST if kind == LIST else _OF_MATCHES
    faults = [_unknown(name) for name in sorted(given.keys() - known)] + _faults(given)
    wanted = {**USUAL, "subject": "", "type": "", "filters": {}, "q": "", **given}
    faults += (_list_faults if kind == LIST else _subject_faults)(snapshot, wanted)
    if faults:
        raise InvalidDataError(faults)
    if kind != LIST:
        wanted["subject"] = subject_of(snapshot, wanted)
    return wanted | {"least_score": float(wanted["least_score"])}


def _subject_faults(snapshot: Snapshot, wanted: Mapping[str, Any]) -> list[Fault]:
    subject, kind = wanted["subject"], wanted["kind"]
    if not isinstance(subject, str) or not subject_of(snapshot, wanted):
        return [_fault("subject", f"must be the identifier of a {kind}")]
    return []


def _list_faults(snapshot: Snapshot, wanted: Mapping[str, Any]) -> list[Fault]:
    filters, q = wanted["filters"], wanted["q"]
    faults = []
    if wanted["type"] not in LISTED:
        faults.append(_fault("type", f"must be one of {', '.join(LISTED)}"))
    if not isinstance(q, str) or len(q) > LONGEST:
        faults.append(_fault("q", f"must be a text of at most {LONGEST} characters"))
    if not _are_filters(filters):
        message = f"must be an object of at most {MOST_FILTERS} filters, each a list of texts"
        faults.append(_fault("filters", message))
    if not faults and not filters and not q.strip():
        faults.append(_fault("filters", "must say something, or else 'q'"))
    if not faults:
        try:
            select(snapshot, wanted["type"], filters, q)
        except BadRequestError as error:
            faults.append(_fault("filters", str(error)))
    return faults


def _are_filters(filters: Any) -> bool:
    return (
        isinstance(filters, dict)
        and len(filters) <= MOST_FILTERS
        and all(
            isinstance(held, list)
            and 0 < len(held) <= MOST_FILTERS
            and all(isinstance(value, str) and len(value) <= LONGEST for value in held)
            for held in filters.values()
        )
    )


def _faults(given: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with what all kinds of searches have."""
    faults = []
    for name, choices in (
        ("least_band", BAND_NAMES), ("frequency", FREQUENCIES), ("state", STATES),
    ):  # fmt: skip
        if name in given and given[name] not in choices:
            faults.append(_fault(name, f"must be one of {', '.join(choices)}"))
    title = given.get("name", "")
    if not isinstance(title, str) or len(title) > LONGEST or not title.isprintable():
        faults.append(_fault("name", f"must have at most {LONGEST} printable characters"))
    score = given.get("least_score", 0)
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        faults.append(_fault("least_score", "must be a number from 0 to 1"))
    return faults


def _unknown(name: str) -> Fault:
    return _fault(name[:100], "is not known here")


def _fault(name: str, message: str) -> Fault:
    return Fault("", 0, name, message)
