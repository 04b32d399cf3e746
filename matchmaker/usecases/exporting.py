"""Export the whole graph as CSV files, GraphML or JSON-LD."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from matchmaker.checking import LIST_SEPARATOR
from matchmaker.errors import BadRequestError
from matchmaker.graph import Snapshot
from matchmaker.model import Value
from matchmaker.usecases.linked.names import NO_ADDRESS, Names
from matchmaker.usecases.linked.nodes import Linker
from matchmaker.usecases.serialising.graphml import graphml

FORMATS = ("csv", "graphml", "jsonld")


def export(snapshot: Snapshot, form: str, target: Path, names: Names = NO_ADDRESS) -> list[Path]:
    """Write the graph to a folder (CSV) or a file (GraphML, JSON-LD).

    Parameters
    ----------
    form : {"csv", "graphml", "jsonld"}
    target : Path
        Folder for CSV, file otherwise; parents are made.
    names : Names
        IRIs of JSON-LD; names of no address if not given.

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
        return writers[form](snapshot, target, names)
    except OSError as error:
        raise BadRequestError("target", f"{target} cannot be written: {error.strerror}") from error


def _csv(snapshot: Snapshot, folder: Path, names: Names) -> list[Path]:
    folder.mkdir(exist_ok=True)
    written, loadable = [], []
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
            loadable.append(name)
    manifest = folder / "manifest.yaml"
    manifest.write_text(f"as_of: {snapshot.as_of}\nfiles: [{', '.join(loadable)}]\n", "utf-8")
    return [*written, manifest]


def _cell(value: Value) -> Value:
    if isinstance(value, tuple):
        return f"{LIST_SEPARATOR} ".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _graphml(snapshot: Snapshot, file: Path, names: Names) -> list[Path]:
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(graphml(snapshot))
    return [file]


def _jsonld(snapshot: Snapshot, file: Path, names: Names) -> list[Path]:
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(Linker(snapshot, names).whole())
    return [file]
