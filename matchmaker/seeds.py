"""Seed files: CSV rows and the topic scheme read into checked entities.

All faults of all files are found before anything is done, each named ``file:row:column``.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matchmaker.checking import (
    BadValueError,
    closest,
    dangling,
    entity_faults,
    is_date,
    is_slug,
    parse_cell,
)
from matchmaker.errors import Fault, InvalidDataError
from matchmaker.model import Entity, Value
from matchmaker.schema import DEFAULT_FOLDER, EntityType, Schema, read_yaml
from matchmaker.topics import load_concepts

SEEDS_FOLDER = Path(__file__).resolve().parent.parent / "seeds"
_LONGEST_CELL = 1_000_000

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class SeedSet:
    """Checked entities of a seed folder.

    ``as_of`` is the day the facts stand for; ``digest`` changes with any byte of any file read.
    """

    entities: tuple[Entity, ...]
    as_of: str
    digest: str


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    row: int


def read_seeds(
    schema: Schema,
    folder: Path = SEEDS_FOLDER,
    schema_folder: Path = DEFAULT_FOLDER,
    progress: Progress | None = None,
) -> SeedSet:
    """Read and check all seed files.

    Parameters
    ----------
    schema : Schema
        The graph schema.
    folder : Path
        Folder with ``manifest.yaml`` and the CSV files it names.
    schema_folder : Path
        Folder with ``topics.yaml``.
    progress : callable, optional
        Told after each file.

    Raises
    ------
    InvalidDataError
        With every fault of every file.

    Notes
    -----
    One pass over the rows and one over the references: O(rows).
    """
    faults: list[Fault] = []
    manifest = _read_manifest(folder)
    hasher = hashlib.sha256()
    entities: dict[str, Entity] = {}
    places: dict[str, _Place] = {}
    for concept in load_concepts(schema, schema_folder):
        _add(concept, _Place("topics.yaml", 0), entities, places, faults)
    hasher.update((schema_folder / "topics.yaml").read_bytes())
    files = list(manifest["files"])
    for done, name in enumerate(files, 1):
        kind = schema.by_plural(Path(name).stem.replace("_", "-"))
        if kind is None:
            faults.append(Fault("manifest.yaml", 0, "files", f"{name!r} is not a collection"))
            continue
        content = _read_text(folder / name, faults)
        if content is not None:
            hasher.update(name.encode() + b"\0" + content.encode() + b"\0")
            for entity, row in _rows(schema, kind, name, content, faults):
                _add(entity, _Place(name, row), entities, places, faults)
        if progress:
            progress("Reading seeds", done, len(files))
    known = {i: e.type for i, e in entities.items()}
    # A row that could not be read is already reported; what points to it is not a second fault.
    broken = bool(faults)
    for entity, column, message in dangling(schema, entities.values(), known):
        if not (broken and message.startswith("there is no")):
            place = places[entity.id]
            # A concept of the topic scheme has no row; its id says which it is.
            where = column if place.row else f"{entity.id}.{column}"
            faults.append(Fault(place.file, place.row, where, message))
    if faults:
        raise InvalidDataError(faults)
    hasher.update(str(manifest["as_of"]).encode())
    return SeedSet(tuple(entities.values()), str(manifest["as_of"]), hasher.hexdigest())


def _read_manifest(folder: Path) -> Mapping[str, Any]:
    if not (folder / "manifest.yaml").is_file():
        message = f"is missing in {folder}; a seed folder needs it to name its files"
        raise InvalidDataError([Fault("manifest.yaml", 0, "", message)])
    manifest = read_yaml(folder / "manifest.yaml")
    if not isinstance(manifest, dict) or set(manifest) != {"as_of", "files"}:
        message = "must have the keys as_of and files, and no others"
        raise InvalidDataError([Fault("manifest.yaml", 0, "", message)])
    faults = []
    if not is_date(str(manifest["as_of"])):
        message = f"{manifest['as_of']!r} is not a date (YYYY-MM-DD)"
        faults.append(Fault("manifest.yaml", 0, "as_of", message))
    names = manifest["files"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        faults.append(Fault("manifest.yaml", 0, "files", "must be a list of file names"))
    if faults:
        raise InvalidDataError(faults)
    return manifest


def _read_text(path: Path, faults: list[Fault]) -> str | None:
    try:
        raw = path.read_bytes()
    except OSError as error:
        faults.append(Fault(path.name, 0, "", f"cannot be read: {error.strerror}"))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{raw[error.start]:02x}"
        faults.append(Fault(path.name, row, "", f"is not UTF-8 ({byte}); save the file as UTF-8"))
        return None


def _rows(
    schema: Schema, kind: EntityType, file: str, content: str, faults: list[Fault]
) -> Iterator[tuple[Entity, int]]:
    """Yield the entities of one file with their row numbers, reporting faults on the way."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    start = 1  # the line on which the row now being read begins; a quote may span several
    try:
        header = [name.strip() for name in next(reader, [])]
        if not _header_is_good(kind, file, header, faults):
            return
        start = reader.line_num + 1
        for cells in reader:
            row, start = start, reader.line_num + 1
            if not cells:
                continue
            if len(cells) != len(header):
                message = f"has {len(cells)} cells where the header has {len(header)}"
                faults.append(Fault(file, row, "", message))
                continue
            entity = _entity(schema, kind, dict(zip(header, cells, strict=True)), file, row, faults)
            if entity is not None:
                yield entity, row
    except csv.Error as error:
        faults.append(Fault(file, start, "", f"is not well-formed CSV: {error}"))


def _header_is_good(kind: EntityType, file: str, header: list[str], faults: list[Fault]) -> bool:
    before = len(faults)
    allowed = {"id", *kind.properties}
    for name in header:
        if name not in allowed:
            hint = closest(name, allowed)
            faults.append(Fault(file, 1, name or "(empty)", f"is not a column of {file}{hint}"))
    twice = sorted({n for n in header if header.count(n) > 1})
    faults += [Fault(file, 1, name, "stands twice in the header") for name in twice]
    required = {
        "id",
        *(p.name for p in kind.properties.values() if p.required and p.default is None),
    }
    missing = sorted(required - set(header))
    faults += [Fault(file, 1, name, "is a required column and is missing") for name in missing]
    return len(faults) == before


def _entity(
    schema: Schema, kind: EntityType, row: Mapping[str, str], file: str, number: int,
    faults: list[Fault],
) -> Entity | None:  # fmt: skip
    wrong: list[tuple[str, str]] = []
    values: dict[str, Value] = {}
    for name, prop in kind.properties.items():
        try:
            value = parse_cell(schema, prop, row.get(name, ""))
        except BadValueError as error:
            wrong.append((name, str(error)))
            continue
        if value is None:
            value = prop.default
        if value is not None:
            values[name] = value
    identifier = row["id"].strip()
    if not is_slug(identifier):
        wrong.append(("id", f"{identifier!r} is not a slug of small letters, digits and hyphens"))
    named = {column for column, _ in wrong}
    wrong += [(c, m) for c, m in entity_faults(kind, values) if c not in named]
    faults += [Fault(file, number, column, message) for column, message in wrong]
    return None if wrong else Entity(kind.name, identifier, values)


def _add(
    entity: Entity, place: _Place, entities: dict[str, Entity], places: dict[str, _Place],
    faults: list[Fault],
) -> None:  # fmt: skip
    if entity.id in entities:
        first = places[entity.id]
        where = f"{first.file}:{first.row}" if first.row else first.file
        message = f"the id {entity.id!r} is already used in {where}"
        faults.append(Fault(place.file, place.row, "id", message))
        return
    entities[entity.id] = entity
    places[entity.id] = place
