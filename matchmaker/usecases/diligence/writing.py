"""What the secretariat writes down about partners: entries and documents, added and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias
from uuid import uuid4

from matchmaker.diligence.standing import Entry, checked
from matchmaker.errors import BadRequestError, ConflictError, VersionConflictError
from matchmaker.permissions import Caller
from matchmaker.usecases.brokering import papers
from matchmaker.usecases.contributing.claims import bounded
from matchmaker.usecases.diligence.keeping import (
    KIND,
    MOST_ENTRIES,
    checklist_of,
    entries_in,
    entries_of,
    partner_of,
    today_of,
)
from matchmaker.usecases.diligence.reading import document, folder_of
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

Expected: TypeAlias = int | Literal["any"]
LONGEST_NOTE: Final = 5000
MOST_DOCUMENTS: Final = 20


def add_entry(
    service: Service, caller: Caller, partner: str, item: str, outcome: str, *, date: str = "",
    valid_until: str = "", note: str = "", documents: Sequence[str] = (),
    expected: Expected = "any", uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write down what was found about one item; what was written before stays.

    Parameters
    ----------
    date : str
        Day on which it was looked at; empty for today.
    valid_until : str
        Last day on which it counts; empty for as long as the checklist allows.
    documents : sequence of str
        Identifiers of documents that were added for this partner.
    expected : int or "any"
        The version (number of entries) that the caller has before him.
    uuid : str, optional
        Names this very entry: a repeat under the same one changes nothing.

    Returns
    -------
    dict
        As ``reading.get_diligence`` does.

    Raises
    ------
    MovedError, NotFoundError
        If there is no such partner, or it was merged into another one.
    BadRequestError
        Names the field that is missing or wrong.
    VersionConflictError
        If somebody else has written meanwhile.
    """
    permit(service, caller, "diligence.write")
    name, checklist = partner_of(service, partner), checklist_of(service)
    if item not in checklist:
        raise BadRequestError("item", f"must be one of {', '.join(checklist)}")
    text = bounded("note", note, LONGEST_NOTE, least=0)
    day, until = checked(checklist[item], outcome, date, valid_until, text, today_of(service))
    attached = _documents(service, name, documents)
    made = Entry(
        uuid or str(uuid4()), item, outcome, day, until, text, attached, caller.account,
        service.now(),
    )  # fmt: skip

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return _added(fields, made, expected, others)

    others = len(entries_of(service, name)) - _own(service, name)  # of partners merged into it
    if service.records.change(KIND, name, alter) is None:
        fresh = _added({"at": made.at, "entries": []}, made, expected, others)
        try:
            service.records.create(KIND, name, fresh or {})
        except ConflictError:  # somebody was first in this moment
            service.records.change(KIND, name, alter)
    return document(service, name)


def version_of(service: Service, caller: Caller, partner: str) -> int:
    """Return how many entries there are about a partner: what the next one may expect.

    Raises
    ------
    MovedError, NotFoundError
        If there is no such partner, or it was merged into another one.
    """
    permit(service, caller, "diligence.write")
    return len(entries_of(service, partner_of(service, partner)))


def add_paper(
    service: Service, caller: Caller, partner: str, name: str, pieces: Iterable[bytes], *,
    uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Add a document about a partner; an entry then names it by its identifier.

    Raises
    ------
    MovedError, NotFoundError
        If there is no such partner, or it was merged into another one.
    BadRequestError
        If the file is empty, too large, of a type that is not taken, or refused by the scanner.
    """
    permit(service, caller, "diligence.write")
    return papers.receive(
        service, caller, folder_of(partner_of(service, partner)), name, pieces, uuid
    )


def _added(
    fields: Mapping[str, Any], made: Entry, expected: Expected, others: int
) -> Mapping[str, Any] | None:
    """Return the fields with one more entry, None where it is there already."""
    held = entries_in(fields)
    for one in held:
        if one.uuid == made.uuid:
            if (one.account, one.item, one.outcome) != (made.account, made.item, made.outcome):
                raise ConflictError("Another entry was made under the same uuid.")
            return None
    version = len(held) + others
    if expected not in ("any", version):
        raise VersionConflictError(
            f"Somebody else has written meanwhile: there are {version} entries, not {expected}.",
            version,
        )
    if len(held) >= MOST_ENTRIES:
        raise ConflictError(f"There are {MOST_ENTRIES} entries, which is as many as there can be.")
    return {**fields, "entries": [*fields["entries"], made.as_json()]}


def _own(service: Service, partner: str) -> int:
    record = service.records.get(KIND, partner)
    return len(record["entries"]) if record else 0


def _documents(service: Service, partner: str, named: Sequence[str]) -> tuple[str, ...]:
    """Return the identifiers of documents about a partner, each once."""
    wanted = tuple(dict.fromkeys(str(name)[:100] for name in named))
    if len(wanted) > MOST_DOCUMENTS:
        raise BadRequestError("documents", f"must be at most {MOST_DOCUMENTS}")
    known = {paper["id"] for paper in papers.documents_of(service, folder_of(partner))}
    for name in wanted:
        if name not in known:
            raise BadRequestError("documents", f"{name!r} is no document about this partner")
    return wanted
