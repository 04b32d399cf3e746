"""Instruments as documents: the one shape that the API and the pages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from matchmaker.brokering.rules import Rule
from matchmaker.errors import NotFoundError
from matchmaker.instruments.citing import TERMS, page_of, paragraphs_in
from matchmaker.instruments.comparing import diff
from matchmaker.instruments.model import Clause, Instrument, Reference, Treatment
from matchmaker.permissions import OPERATIONS, Caller
from matchmaker.usecases.brokering.keeping import rules_of
from matchmaker.usecases.brokering.showing import caption
from matchmaker.usecases.instruments.held import (
    Held,
    in_force,
    instrument_of,
    instruments_of,
    versions_of,
)
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

Document = dict[str, Any]
NEW_CLAUSE: Final = "Added by an amendment: no rule of the software rests on it yet."


def list_instruments(service: Service, caller: Caller) -> list[Document]:
    """Return every instrument in short."""
    permit(service, caller, "graph.read")
    return [
        _summary(service, one, versions_of(service, one))
        for one in instruments_of(service).values()
    ]


def get_instrument(service: Service, caller: Caller, instrument_id: str) -> Document:
    """Return an instrument with the version in force, and what the software does with each clause.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    permit(service, caller, "graph.read")
    one = instrument_of(service, instrument_id)
    versions = versions_of(service, one)
    current = in_force(service, versions)
    clauses = {clause.id for clause in current.version.clauses}
    return {
        **_summary(service, one, versions),
        "consensus": asdict(one.consensus),
        "statuses": _statuses(one, versions),
        "roles": [
            {
                "name": role.name,
                "label": role.label,
                "says": role.says,
                "term": role.term,
                "clauses": [name for name in role.clauses if name in clauses],
            }
            for role in one.roles
        ],
        "version": _version(service, one, versions, current),
        "rules": _rules(service, one, current.version.clauses),
    }


def get_version(service: Service, caller: Caller, instrument_id: str, number: str) -> Document:
    """Return one version of an instrument in full.

    Raises
    ------
    NotFoundError
        If there is no such instrument or version.
    """
    permit(service, caller, "graph.read")
    one = instrument_of(service, instrument_id)
    versions = versions_of(service, one)
    return _version(service, one, versions, _numbered(versions, number))


def diff_versions(
    service: Service, caller: Caller, instrument_id: str, old: str, new: str
) -> Document:
    """Return what differs between two versions of an instrument, clause by clause.

    Raises
    ------
    NotFoundError
        If there is no such instrument or version.
    """
    permit(service, caller, "graph.read")
    one = instrument_of(service, instrument_id)
    versions = versions_of(service, one)
    a, b = _numbered(versions, old), _numbered(versions, new)
    return {
        "instrument": one.id,
        "from": a.version.number,
        "to": b.version.number,
        "differences": differences(a.version.clauses, b.version.clauses),
    }


def differences(old: Sequence[Clause], new: Sequence[Clause]) -> list[Document]:
    """Return what differs between two texts as documents."""
    return [
        {**asdict(one), "words": [asdict(word) for word in one.words]} for one in diff(old, new)
    ]


def _numbered(versions: Iterable[Held], number: str) -> Held:
    for one in versions:
        if str(one.version.number) == number:
            return one
    raise NotFoundError("version", number[:20])


def _summary(service: Service, one: Instrument, versions: tuple[Held, ...]) -> Document:
    current = in_force(service, versions)
    latest = _statuses(one, versions)[-1]
    return {
        "id": one.id,
        "title": one.title,
        "short": one.short,
        "kind": one.kind,
        "says": one.says,
        "status": latest["status"],
        "status_date": latest["date"],
        "in_force": current.version.number,
        "effective": current.version.effective,
        "clauses": len(current.version.clauses),
        "versions": [_line(held, current) for held in versions],
    }


def _line(held: Held, current: Held) -> Document:
    version = held.version
    return {
        "number": version.number,
        "effective": version.effective,
        "says": version.says,
        "source": version.source,
        "amendment": held.amendment,
        "adopted_at": held.adopted_at,
        "in_force": version.number == current.version.number,
    }


def _statuses(one: Instrument, versions: Iterable[Held]) -> list[Document]:
    """Return what became of an instrument: what documents say, then what was adopted here."""
    found = [{**asdict(status), "amendment": ""} for status in one.statuses]
    for held in versions:
        if held.amendment:
            silent = sum(how == "silence" for how in held.words.values())
            found.append({
                "status": "adopted",
                "date": held.adopted_at[:10],
                "meeting": "",
                "says": f"Version {held.version.number} was adopted by consensus: "
                f"{len(held.words) - silent} member states consented, {silent} said nothing in "
                "time, which counts as no objection.",
                "source": "",
                "page": "",
                "amendment": held.amendment,
            })  # fmt: skip
    return found


def _version(service: Service, one: Instrument, versions: tuple[Held, ...], held: Held) -> Document:
    version = held.version
    cited = _cited(service, one)
    kept = {clause.id for clause in version.clauses}
    gone: dict[str, Document] = {}
    for before in versions:
        if before.version.number < version.number:
            for clause in before.version.clauses:
                if clause.id not in kept:
                    gone[clause.id] = {
                        "id": clause.id,
                        "paragraph": clause.paragraph,
                        "section": clause.section,
                        "last": before.version.number,
                    }
    return {
        "instrument": one.id,
        **_line(held, in_force(service, versions)),
        "words": [
            {"country": country, "name": caption(service, country), "how": how}
            for country, how in sorted(held.words.items())
        ],
        "clauses": [
            {
                **clause.as_json(),
                "treatment": _treatment(service, one, clause),
                "cited_by": cited.get(clause.paragraph, []),
            }
            for clause in version.clauses
        ],
        "removed": list(gone.values()),
    }


def _cited(service: Service, one: Instrument) -> dict[str, list[str]]:
    """Return by paragraph the rules that cite it."""
    found: dict[str, list[str]] = {}
    if one.id == TERMS:
        for rule in rules_of(service).rules.values():
            for paragraph in paragraphs_in(rule.cites):
                found.setdefault(paragraph, []).append(rule.name)
    return found


def _treatment(service: Service, one: Instrument, clause: Clause) -> Document:
    """Return what the software does with a clause.

    ``outdated`` tells that the clause has got new words since the software was fitted to it.
    """
    page = (Reference("page", page_of(one.id)),)
    usual = Treatment("displayed", page, note=NEW_CLAUSE)
    found = one.treatments.get(clause.id, usual)
    return {
        "kind": found.kind,
        "by": [_reference(service, ref) for ref in found.by],
        "why": found.why,
        "note": found.note,
        "outdated": clause.id in one.treatments and clause.since > one.versions[-1].number,
    }


def _reference(service: Service, ref: Reference) -> Document:
    """Return what a clause drives or is shown by, with what it does and where it is seen."""
    if ref.kind == "rule":
        told, url = rules_of(service).rules[ref.name].says, f"{page_of(TERMS)}#rule-{ref.name}"
    elif ref.kind == "permission":
        told, url = OPERATIONS[ref.name].does, ""
    else:
        told, url = "", ref.name
    return {"kind": ref.kind, "name": ref.name, "says": told, "url": url}


def _rules(service: Service, one: Instrument, clauses: Iterable[Clause]) -> list[Document]:
    """Return the rules of the software that cite an instrument, with those clauses of it."""
    if one.id != TERMS:
        return []
    ids = {clause.paragraph: clause.id for clause in clauses}
    return [
        {
            **_plain(rule),
            "clauses": [ids[p] for p in paragraphs_in(rule.cites) if p in ids],
            "gone": [p for p in paragraphs_in(rule.cites) if p not in ids],
        }
        for rule in rules_of(service).rules.values()
        if paragraphs_in(rule.cites)
    ]


def _plain(rule: Rule) -> Document:
    return {"name": rule.name, "origin": rule.origin, "says": rule.says, "cites": rule.cites}
