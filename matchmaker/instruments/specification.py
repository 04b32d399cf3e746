"""What may stand in the file of an instrument: every key, every kind of value, every name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

from matchmaker.instruments.model import KINDS, REFERENCES, STATUSES, TREATMENTS

Path: TypeAlias = tuple[str | int, ...]
Wrong: TypeAlias = tuple[Path, str]
Check: TypeAlias = Callable[[Any], str]
Table: TypeAlias = Mapping[str, tuple[Check, bool]]
"""By key: how its value is checked (``""`` if it is right), and whether it must be there."""
_PARAGRAPH: Final = re.compile(r"[1-9][0-9]?[a-z]?")
_CLAUSE: Final = re.compile(r"[a-z]+[0-9]{1,2}[a-z]?")
_LONGEST_DAYS: Final = 365
LONGEST_CLAUSE: Final = 2000
"""How many characters a clause may have."""


@dataclass(frozen=True, slots=True)
class Known:
    """Names that a treatment or a status may use; ``sources`` are not looked up if None."""

    rules: Collection[str]
    permissions: Collection[str]
    sources: Collection[str] | None = None


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() else "must be a text"


def _line(value: Any) -> str:
    return "" if isinstance(value, str) else "must be a text, which may be empty"


def _mapping(value: Any) -> str:
    return "" if isinstance(value, dict) and value else "must be a mapping"


def _list(value: Any) -> str:
    return "" if isinstance(value, list) and value else "must be a list"


def _names(value: Any) -> str:
    good = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not good or not value:
        return "must be a list of names"
    return "names something twice" if len({*value}) < len(value) else ""


def _one_of(*known: str) -> Check:
    return lambda value: "" if value in known else f"must be one of {', '.join(known)}"


def _whole(value: Any) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return "" if whole else "must be a whole number above 0"


def _days(value: Any) -> str:
    good = not _whole(value) and value <= _LONGEST_DAYS
    return "" if good else f"must be a number of days from 1 to {_LONGEST_DAYS}"


def _day(value: Any) -> str:
    try:
        good = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        good = False
    return "" if good else 'must be a day such as "2019-08-23"'


def _matching(pattern: re.Pattern[str], such: str) -> Check:
    def found(value: Any) -> str:
        good = isinstance(value, str) and pattern.fullmatch(value)
        return "" if good else f"must be such as {such}"

    return found


def _words(value: Any) -> str:
    if wrong := _text(value):
        return wrong
    return "" if len(value) <= LONGEST_CLAUSE else f"has more than {LONGEST_CLAUSE} characters"


paragraph_wrong: Final = _matching(_PARAGRAPH, '"3" or "3c"')
clause_wrong: Final = _matching(_CLAUSE, "p3c")
_TOP: Final[Table] = {
    "title": (_text, True), "short": (_text, True), "kind": (_one_of(*KINDS), True),
    "says": (_text, True), "consensus": (_mapping, True),
    "statuses": (_list, True), "roles": (_mapping, True), "versions": (_list, True),
}  # fmt: skip
_CONSENSUS: Final[Table] = {"days": (_days, True), "says": (_text, True), "cites": (_text, True)}
_STATUS: Final[Table] = {
    "status": (_one_of(*STATUSES), True), "date": (_day, True), "meeting": (_line, True),
    "says": (_text, True), "source": (_text, True), "page": (_line, True),
}  # fmt: skip
_ROLE: Final[Table] = {
    "label": (_text, True), "says": (_text, True), "clauses": (_names, True), "term": (_text, False),
}  # fmt: skip
_VERSION: Final[Table] = {
    "number": (_whole, True), "effective": (_day, True), "says": (_text, True),
    "source": (_text, True), "clauses": (_list, True),
}  # fmt: skip
_OF_CLAUSE: Final[Table] = {
    "id": (clause_wrong, True), "paragraph": (paragraph_wrong, True), "section": (_text, True),
    "page": (_text, False), "says": (_words, True), "treatment": (_mapping, True),
}  # fmt: skip
_TREATMENT: Final[Table] = {
    "kind": (_one_of(*TREATMENTS), True), "by": (_names, False), "why": (_text, False),
    "note": (_text, False),
}  # fmt: skip


def wrong_in(document: Any, known: Known) -> list[Wrong]:
    """Return everything that is wrong with an instrument, each with where it stands.

    Names are looked up once the shape is right.
    """
    found = list(_shape(document))
    return found or [*_numbers(document), *_names_wrong(document, known)]


def _keys(where: Path, value: Any, table: Table) -> Iterator[Wrong]:
    if wrong := _mapping(value):
        yield where, wrong
        return
    for key in value:
        if key not in table:
            yield (*where, key), f"is not known; known are {', '.join(table)}"
    for key, (check, needed) in table.items():
        if key in value:
            if wrong := check(value[key]):
                yield (*where, key), wrong
        elif needed:
            yield where, f"{key} is needed"


def _shape(document: Any) -> Iterator[Wrong]:
    top = list(_keys((), document, _TOP))
    yield from top
    if top:
        return
    yield from _keys(("consensus",), document["consensus"], _CONSENSUS)
    for place, status in enumerate(document["statuses"]):
        yield from _keys(("statuses", place), status, _STATUS)
    for name, role in document["roles"].items():
        yield from _keys(("roles", name), role, _ROLE)
    for place, version in enumerate(document["versions"]):
        where: Path = ("versions", place)
        wrong = list(_keys(where, version, _VERSION))
        yield from wrong
        for inner, clause in enumerate(() if wrong else version["clauses"]):
            here = (*where, "clauses", inner)
            faulty = list(_keys(here, clause, _OF_CLAUSE))
            yield from faulty
            if not faulty:
                yield from _treatment((*here, "treatment"), clause["treatment"])


def _treatment(where: Path, value: Any) -> Iterator[Wrong]:
    wrong = list(_keys(where, value, _TREATMENT))
    yield from wrong
    if wrong:
        return
    needed = "why" if value["kind"] == "out_of_scope" else "by"
    if needed not in value:
        yield where, f"{needed} is needed where the kind is {value['kind']}"
    if needed == "why" and "by" in value:
        yield (*where, "by"), "is not for what is out of scope"
    for place, text in enumerate(value.get("by", ())):
        kind, _, name = text.partition(":")
        if kind not in REFERENCES or not name:
            told = ", ".join(f"{one}:…" for one in REFERENCES)
            yield (*where, "by", place), f"must be one of {told}"
        elif kind == "page" and not name.startswith("/"):
            yield (*where, "by", place), "a page begins with '/'"
        elif value["kind"] == "displayed" and kind != "page":
            yield (*where, "by", place), "what is displayed names pages only"


def _numbers(document: Mapping[str, Any]) -> Iterator[Wrong]:
    for place, version in enumerate(document["versions"]):
        where: Path = ("versions", place)
        if version["number"] != place + 1:
            yield (*where, "number"), f"must be {place + 1}: versions count from 1"
        if place and version["effective"] < document["versions"][place - 1]["effective"]:
            yield (*where, "effective"), "is before that of the version before"
        for key in ("id", "paragraph"):
            seen: set[str] = set()
            for inner, clause in enumerate(version["clauses"]):
                if clause[key] in seen:
                    yield (*where, "clauses", inner, key), f"{clause[key]!r} is there twice"
                seen.add(clause[key])


def _names_wrong(document: Mapping[str, Any], known: Known) -> Iterator[Wrong]:
    named: Mapping[str, Collection[str]] = {"rule": known.rules, "permission": known.permissions}
    clauses = {one["id"] for version in document["versions"] for one in version["clauses"]}
    for name, role in document["roles"].items():
        for place, clause in enumerate(role["clauses"]):
            if clause not in clauses:
                yield ("roles", name, "clauses", place), f"there is no clause {clause!r}"
    for place, version in enumerate(document["versions"]):
        for inner, clause in enumerate(version["clauses"]):
            where: Path = ("versions", place, "clauses", inner, "treatment", "by")
            for at, text in enumerate(clause["treatment"].get("by", ())):
                kind, _, name = text.partition(":")
                if kind in named and name not in named[kind]:
                    yield (*where, at), f"there is no {kind} {name!r}"
    if known.sources is not None:
        cited: list[tuple[Path, str]] = [
            (("statuses", n, "source"), one["source"]) for n, one in enumerate(document["statuses"])
        ]
        cited += [
            (("versions", n, "source"), one["source"]) for n, one in enumerate(document["versions"])
        ]
        for where, source in cited:
            if source not in known.sources:
                yield where, f"there is no source {source!r}"
