"""Instruments read from ``graph_schema/instruments/``, each checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.instruments.citing import TERMS, paragraphs_in
from matchmaker.instruments.model import (
    Clause,
    Consensus,
    Instrument,
    Reference,
    Role,
    Status,
    Treatment,
    Version,
)
from matchmaker.instruments.specification import Known, wrong_in
from matchmaker.instruments.specification import Path as Place
from matchmaker.schema import DEFAULT_FOLDER, read_yaml

FOLDER: Final = "instruments"


def load_instruments(
    known: Known, folder: Path = DEFAULT_FOLDER / FOLDER, cites: Mapping[str, str] | None = None
) -> dict[str, Instrument]:
    """Read and check every instrument of a folder; none where there is no such folder.

    Parameters
    ----------
    known : Known
        Names of rules, operations and sources that an instrument may use.
    cites : mapping of str to str
        By the name of a rule, what it cites: the paragraphs of the Terms of Reference among it must
        exist.

    Returns
    -------
    dict
        By identifier, which is the name of the file; in alphabetical order.

    Raises
    ------
    SchemaError
        If a file cannot be read, is not YAML, or has a key twice.
    InvalidDataError
        With every unknown key, wrong value, duplicate and dangling name, with file and line.
    """
    documents = {path.stem: (path, read_yaml(path)) for path in sorted(folder.glob("*.yaml"))}
    faults = []
    for path, document in documents.values():
        wrong = wrong_in(document, known)
        root = yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader) if wrong else None
        faults += [
            Fault(path.name, _line(root, where), ".".join(map(str, where)), message)
            for where, message in wrong
        ]
    if faults:
        raise InvalidDataError(faults)
    found = {name: _built(name, document) for name, (_, document) in documents.items()}
    if wrong_cites := _dangling(found, cites or {}):
        raise InvalidDataError(wrong_cites)
    return found


def _dangling(found: Mapping[str, Instrument], cites: Mapping[str, str]) -> list[Fault]:
    """Return the citations of paragraphs that the Terms of Reference do not have."""
    if TERMS not in found:
        return []
    paragraphs = {c.paragraph for version in found[TERMS].versions for c in version.clauses}
    return [
        Fault(
            f"{TERMS}.yaml", 0, "", f"the rule {name!r} cites paragraph {one}, which is not there"
        )
        for name, text in cites.items()
        for one in paragraphs_in(text)
        if one not in paragraphs
    ]


def _line(node: yaml.Node | None, where: Place) -> int:
    """Return the line of a place in a file, of what holds it where it is not there."""
    line = node.start_mark.line + 1 if node else 0
    for step in where:
        inner: yaml.Node | None = None
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            inner = node.value[step] if step < len(node.value) else None
        elif isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == step]
            if pairs:
                line, inner = pairs[0][0].start_mark.line + 1, pairs[0][1]
        if inner is None:
            break
        node = inner
        if isinstance(step, int):
            line = node.start_mark.line + 1
    return line


def _built(name: str, document: Mapping[str, Any]) -> Instrument:
    versions = document["versions"]
    return Instrument(
        name,
        document["title"],
        document["short"],
        document["kind"],
        document["says"],
        Consensus(**document["consensus"]),
        tuple(Status(**one) for one in document["statuses"]),
        tuple(
            Role(role, one["label"], one["says"], tuple(one["clauses"]), one.get("term", ""))
            for role, one in document["roles"].items()
        ),
        _versions(versions),
        {one["id"]: _treatment(one["treatment"]) for v in versions for one in v["clauses"]},
    )


def _versions(documents: list[Mapping[str, Any]]) -> tuple[Version, ...]:
    """Return the versions; a clause that says the same as before keeps the version of its words."""
    made: list[Version] = []
    for one in documents:
        before = {clause.id: clause for clause in made[-1].clauses} if made else {}
        clauses = []
        for line in one["clauses"]:
            number, old = one["number"], before.get(line["id"])
            since = old.since if old is not None and old.says == line["says"] else number
            clauses.append(
                Clause(
                    line["id"], line["paragraph"], line["section"], line["says"],
                    line.get("page", ""), since,
                )
            )  # fmt: skip
        made.append(
            Version(one["number"], one["effective"], one["says"], one["source"], tuple(clauses))
        )
    return tuple(made)


def _treatment(document: Mapping[str, Any]) -> Treatment:
    by = tuple(map(Reference.read, document.get("by", ())))
    return Treatment(document["kind"], by, document.get("why", ""), document.get("note", ""))
