"""The checklist of due diligence, read from ``graph_schema/due_diligence.yaml`` into checked types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.schema import DEFAULT_FOLDER, read_yaml

FILE: Final = "due_diligence.yaml"
ORIGINS: Final = ("clause", "source", "house")
LONGEST_MONTHS: Final = 120
_TEXTS: Final = ("label", "asks", "evidence")
_KEYS: Final = {*_TEXTS, "months", "required", "origin"}
_MORE: Final = {"cites"}


@dataclass(frozen=True, slots=True)
class Item:
    """One question of the checklist.

    Parameters
    ----------
    asks, evidence : str
        The question, and what counts as an answer.
    months : int
        How long an answer stays valid.
    required : bool
        Whether due diligence is complete without it.
    origin, cites : str
        What it rests on: a clause of the Terms of Reference, another source, or the house.
    """

    name: str
    label: str
    asks: str
    evidence: str
    months: int
    required: bool
    origin: str
    cites: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return asdict(self)


Checklist = Mapping[str, Item]


def load_checklist(path: Path = DEFAULT_FOLDER / FILE) -> Checklist:
    """Read and check the checklist.

    Raises
    ------
    SchemaError
        If the file cannot be read, or is not YAML.
    InvalidDataError
        With everything that is wrong with it.

    Examples
    --------
    >>> load_checklist()["sanctions"].months
    6
    """
    document = read_yaml(path)
    if faults := [Fault(path.name, 0, where, told) for where, told in _wrong(document)]:
        raise InvalidDataError(faults)
    return {name: Item(name, **spec) for name, spec in document["items"].items()}


@lru_cache(maxsize=4)
def _read_at(path: Path, _changed: int) -> Checklist:
    return load_checklist(path)


def checklist_in(folder: Path) -> Checklist:
    """Return the checklist of a schema's folder, read anew where its file has changed."""
    path = folder / FILE
    return _read_at(path, path.stat().st_mtime_ns if path.exists() else 0)


def _wrong(document: Any) -> Iterator[tuple[str, str]]:
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, dict) or not items or document.keys() != {"items"}:
        yield "items", "must be a mapping of items, and all that there is"
        return
    for name, spec in items.items():
        where = f"items.{name}"
        if not isinstance(name, str) or not isinstance(spec, dict):
            yield where, "must be a name with a mapping of keys to values"
            continue
        for key in sorted(spec.keys() - _KEYS - _MORE, key=str):
            yield where, f"unknown key {key!r}"
        for key in sorted(_KEYS - spec.keys()):
            yield where, f"key {key!r} is missing"
        yield from ((f"{where}.{key}", told) for key, told in _values(spec))


def _values(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in (*_TEXTS, "cites"):
        if key in spec and not (isinstance(spec[key], str) and spec[key].strip()):
            yield key, "must be a text"
    months, origin = spec.get("months", 1), spec.get("origin", "house")
    whole = isinstance(months, int) and not isinstance(months, bool)
    if not (whole and 0 < months <= LONGEST_MONTHS):
        yield "months", f"must be a number from 1 to {LONGEST_MONTHS}"
    if not isinstance(spec.get("required", True), bool):
        yield "required", "must be true or false"
    if origin not in ORIGINS:
        yield "origin", f"must be one of {', '.join(ORIGINS)}"
    elif (origin == "house") == ("cites" in spec):
        yield "cites", "must be there, unless the origin is the house"
