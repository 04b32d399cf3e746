"""Bodies of the API's requests about accounts: only members that are known, each of its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from matchmaker.checking import closest
from matchmaker.errors import Fault, InvalidDataError
from matchmaker.web.http import json_object

LARGEST: Final = 64 * 1024
_LONGEST_TEXT: Final = 1000
_LONGEST_WORDS: Final = 5000
_MOST_TEXTS: Final = 100
_TOO_LARGE: Final = 10**9
Kind: TypeAlias = Literal["text", "words", "texts", "flag", "number"]


def read_body(
    members: Mapping[str, Kind], needed: tuple[str, ...] = (), *, at_least: int = 0
) -> dict[str, Any]:
    """Return the JSON object that the current request sends, checked strictly.

    Parameters
    ----------
    members : mapping of str to Kind
        What the object may have: nothing else passes, so that no request sets what is not meant to
        be set from outside.
    needed : tuple of str
        What it must have.
    at_least : int
        How many members it must have.

    Raises
    ------
    UnsupportedMediaType, RequestEntityTooLarge, UnreadableError
        If it is no JSON of a decent size.
    InvalidDataError
        With every fault.
    """
    document = json_object("application/json", LARGEST)
    faults = [(name, "is needed") for name in needed if name not in document]
    for name, value in document.items():
        if name not in members:
            faults.append((name[:100], f"is not known here{closest(name[:100], members)}"))
        elif wrong := _wrong(members[name], value):
            faults.append((name, wrong))
    if len(document) < at_least:
        faults.append(("", f"must have one of {', '.join(members)}"))
    if faults:
        raise InvalidDataError([Fault("", 0, name, text) for name, text in faults])
    return document


def _wrong(kind: Kind, value: Any) -> str:
    """Return what is wrong with a value, empty if nothing is."""
    if kind == "flag":
        return "" if isinstance(value, bool) else "must be true or false"
    if kind == "number":
        whole = isinstance(value, int) and not isinstance(value, bool) and 0 < value < _TOO_LARGE
        return "" if whole else "must be a whole number above 0"
    if kind in ("text", "words"):
        longest = _LONGEST_WORDS if kind == "words" else _LONGEST_TEXT
        fits = isinstance(value, str) and len(value) <= longest
        return "" if fits else f"must be a text of at most {longest} characters"
    fits = (
        isinstance(value, list)
        and len(value) <= _MOST_TEXTS
        and all(isinstance(part, str) and len(part) <= _LONGEST_TEXT for part in value)
    )
    return "" if fits else f"must be a list of at most {_MOST_TEXTS} texts"
