"""The rules of white papers, read from ``graph_schema/whitepapers.yaml`` into checked types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.permissions import Role
from matchmaker.schema import DEFAULT_FOLDER, read_yaml

FILE: Final = "whitepapers.yaml"
STAYS: Final = "stays"
BACK: Final = "back"
SECRETARIAT: Final = "secretariat"
BEGIN: Final = "begin"
DETAILS: Final = "details"
VERSION: Final = "version"
_AUTHORS: Final = ("cities", "partners")
_NAMED: Final = ("draft", "published", "withdrawn")
"""Stages that the code knows by name."""
_KEYS: Final[Mapping[str, Mapping[str, type]]] = {
    "stages": {"label": str, "kind": str, "says": str},
    "parties": {"label": str, "roles": list, "authors": str},
    "moves": {
        "label": str, "says": str, "to": str, "by": list, "from": list, "opens": bool, "about": bool,
        "needs": list, "carries": str, "gives": str, "then": str,
    },
}  # fmt: skip
_NEEDED: Final = {
    "stages": {"label", "kind", "says"},
    "parties": {"label", "roles"},
    "moves": {"label", "says", "to", "by"},
}


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a white paper may stand; ``kind`` is ``path``, ``rest`` or ``end``."""

    name: str
    label: str
    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class Party:
    """Who may move: accounts of some roles; ``authors`` names the co-authors that they may be."""

    name: str
    label: str
    roles: frozenset[Role]
    authors: str = ""


@dataclass(frozen=True, slots=True)
class MoveRule:
    """A move: from which stages, to which, by whom, and what it needs.

    Parameters
    ----------
    to : str
        A stage, ``stays`` or ``back``.
    about : bool
        Whether it is about one of the co-authors.
    needs : frozenset of str
        ``note``, ``version``.
    carries : str
        ``details`` or ``version``: what is sent with it; ``""`` for none.
    gives : bool
        Whether it gives the agreement of the movers, or of whom it is about.
    then : str
        Stage in which the paper stands once all have agreed.
    """

    name: str
    label: str
    says: str
    to: str
    by: tuple[str, ...]
    sources: frozenset[str] = frozenset()
    opens: bool = False
    about: bool = False
    needs: frozenset[str] = frozenset()
    carries: str = ""
    gives: bool = False
    then: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """All of them, by name; ``engagement_stages`` are those from which a white paper can begin."""

    stages: Mapping[str, Stage] = field(hash=False)
    parties: Mapping[str, Party] = field(hash=False)
    moves: Mapping[str, MoveRule] = field(hash=False)
    engagement_stages: frozenset[str] = frozenset()


def load_rules(path: Path = DEFAULT_FOLDER / FILE) -> Rules:
    """Read and check the rules.

    Raises
    ------
    SchemaError
        If the file cannot be read, or is not YAML.
    InvalidDataError
        With every unknown key, wrong value and dangling name.

    Examples
    --------
    >>> rules = load_rules()
    >>> rules.moves["publish"].by, rules.moves["agree"].then
    (('secretariat',), 'agreed')
    """
    document = read_yaml(path)
    faults = [Fault(path.name, 0, place, text) for place, text in _faults(document)]
    if faults:
        raise InvalidDataError(faults)
    moves = {name: _move(name, spec) for name, spec in document["moves"].items()}
    return Rules(
        {name: Stage(name, **spec) for name, spec in document["stages"].items()},
        {
            name: Party(
                name, spec["label"], frozenset(map(Role, spec["roles"])), spec.get("authors", "")
            )
            for name, spec in document["parties"].items()
        },
        moves,
        frozenset(document["engagement_stages"]),
    )


def _move(name: str, spec: Mapping[str, Any]) -> MoveRule:
    return MoveRule(
        name,
        spec["label"],
        spec["says"],
        spec["to"],
        tuple(spec["by"]),
        frozenset(spec.get("from", ())),
        spec.get("opens", False),
        spec.get("about", False),
        frozenset(spec.get("needs", ())),
        spec.get("carries", ""),
        bool(spec.get("gives")),
        spec.get("then", ""),
    )


def _faults(document: Any) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the file, each with its place."""
    sections = {*_KEYS, "engagement_stages"}
    if not isinstance(document, dict) or document.keys() != sections:
        yield "", f"must have {', '.join(sorted(sections))}, and nothing else"
        return
    shape = list(_shape_faults(document))
    yield from shape or _name_faults(document)


def _shape_faults(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not _is_names(document["engagement_stages"]):
        yield "engagement_stages", "must be a list of stages of engagements"
    for section, known in _KEYS.items():
        if not isinstance(document[section], dict):
            yield section, "must be a mapping"
            continue
        for name, spec in document[section].items():
            place = f"{section}.{name}"
            if not isinstance(spec, dict):
                yield place, "must be a mapping"
                continue
            for key in sorted(_NEEDED[section] - spec.keys()):
                yield place, f"{key} is needed"
            for key, value in spec.items():
                if key not in known:
                    yield place, f"{key} is not known here"
                elif not isinstance(value, known[key]) or (
                    known[key] is list and not _is_names(value)
                ):
                    yield place, f"{key} has a wrong value"


def _name_faults(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    stages, parties, moves = document["stages"], document["parties"], document["moves"]
    for name in _NAMED:
        if name not in stages:
            yield "stages", f"{name} is needed"
    for name, spec in stages.items():
        if spec["kind"] not in ("path", "rest", "end"):
            yield f"stages.{name}", "kind must be one of path, rest, end"
    roles = {role.value for role in Role}
    for name, spec in parties.items():
        if not roles.issuperset(spec["roles"]):
            yield f"parties.{name}", f"roles must be of {', '.join(sorted(roles))}"
        if spec.get("authors", _AUTHORS[0]) not in _AUTHORS:
            yield f"parties.{name}", f"authors must be one of {', '.join(_AUTHORS)}"
    if [name for name, spec in moves.items() if spec.get("opens")] != [BEGIN]:
        yield "moves", f"{BEGIN}, and nothing else, opens"
    for name, spec in moves.items():
        yield from _move_faults(f"moves.{name}", spec, stages, parties)


def _move_faults(
    place: str, spec: Mapping[str, Any], stages: Mapping[str, Any], parties: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    lists: tuple[tuple[str, set[str]], ...] = (
        ("by", {*parties}), ("from", {*stages}), ("needs", {"note", VERSION}),
    )  # fmt: skip
    for key, known in lists:
        for wrong in sorted(set(spec.get(key, ())) - known):
            yield place, f"{key}: there is no {wrong!r}"
    for wrong in sorted(
        {n for n in spec.get("from", ()) if stages.get(n, {}).get("kind") == "end"}
    ):
        yield place, f"from: nothing leads out of {wrong!r}"
    if spec["to"] not in (*stages, STAYS, BACK):
        yield place, f"to: there is no {spec['to']!r}"
    if spec.get("carries", DETAILS) not in (DETAILS, VERSION):
        yield place, f"carries must be {DETAILS} or {VERSION}"
    if spec.get("gives", "agreement") != "agreement":
        yield place, "gives must be agreement"
    if bool(spec.get("gives")) != bool(spec.get("then")) or spec.get("then", "draft") not in stages:
        yield place, "then names a stage where, and only where, an agreement is given"


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
