"""Export the whole graph as CSV files, GraphML or JSON-LD."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from matchmaker.checking import LIST_SEPARATOR
from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity, Value

FORMATS = ("csv", "graphml", "jsonld")
VOCABULARY = "https://schema.org/"
_SCHEMA_ORG = {
    "city": "City",
    "country": "Country",
    "need": "Demand",
    "offer": "Offer",
    "partner": "Organization",
    "project": "Project",
    "collaboration": "Project",
    "observation": "Observation",
    "source": "CreativeWork",
}


def export(snapshot: Snapshot, form: str, target: Path) -> list[Path]:
    """Write the graph to a folder (CSV) or a file (GraphML, JSON-LD).

    Parameters
    ----------
    form : {"csv", "graphml", "jsonld"}
    target : Path
        Folder for CSV, file otherwise; parents are made.

    Returns
    -------
    list of Path
        The files written.  The CSV files and their manifest can be loaded again as seeds, apart from
        topics, themes and support types, which the schema folder holds.

    Raises
    ------
    BadRequestError
        If the format is unknown or the target cannot be written.
    """
    writers = {"csv": _csv, "graphml": _graphml, "jsonld": _jsonld}
    if form not in writers:
        raise BadRequestError("format", f"{form!r} is not one of {', '.join(FORMATS)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return writers[form](snapshot, target)
    except OSError as error:
        raise BadRequestError("target", f"{target} cannot be written: {error.strerror}") from error


def _csv(snapshot: Snapshot, folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    written, names = [], []
    for kind in snapshot.schema.entities.values():
        rows = [
            {"id": e.id, **{k: _cell(v) for k, v in e.values.items()}}
            for e in snapshot.of_type(kind.name).values()
        ]
        name = kind.plural.replace("-", "_") + ".csv"
        # Columns that no row fills are left out, but for those that reading demands.
        used = {key for row in rows for key in row}
        columns = [n for n, p in kind.properties.items() if n in used or p.required]
        frame = pd.DataFrame(rows, columns=["id", *columns], dtype=object)
        frame.to_csv(folder / name, index=False)
        written.append(folder / name)
        if kind.name not in ("topic", "theme", "support_type"):
            names.append(name)
    manifest = folder / "manifest.yaml"
    manifest.write_text(f"as_of: {snapshot.as_of}\nfiles: [{', '.join(names)}]\n", "utf-8")
    return [*written, manifest]


def _cell(value: Value) -> Value:
    if isinstance(value, tuple):
        return f"{LIST_SEPARATOR} ".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _graphml(snapshot: Snapshot, file: Path) -> list[Path]:
    nx.write_graphml(snapshot.as_networkx(), file)
    return [file]


def _jsonld(snapshot: Snapshot, file: Path) -> list[Path]:
    links = {p.name for k in snapshot.schema.entities.values() for p in k.references}
    context: dict[str, Any] = {
        "@vocab": "urn:matchmaker:property:",
        "schema": VOCABULARY,
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "@base": "urn:matchmaker:",
        "name": "schema:name",
        **{name: {"@type": "@id"} for name in sorted(links)},
    }
    nodes = [_linked(snapshot, e) for e in snapshot.entities.values()]
    document = {
        "@context": context,
        "sequence": snapshot.sequence,
        "as_of": snapshot.as_of,
        "@graph": sorted(nodes, key=lambda n: str(n["@id"])),
    }
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return [file]


def _linked(snapshot: Snapshot, entity: Entity) -> dict[str, Any]:
    plain = entity.as_json()
    own = f"urn:matchmaker:class:{snapshot.schema.entities[plain.pop('type')].label}"
    kinds = [own]
    if entity.type in _SCHEMA_ORG:
        kinds.append(f"schema:{_SCHEMA_ORG[entity.type]}")
    if entity.type == "topic":
        kinds.append("skos:Concept")
    caption = snapshot.schema.caption(entity)
    return {"@id": plain.pop("id"), "@type": kinds, "name": caption, **plain}
