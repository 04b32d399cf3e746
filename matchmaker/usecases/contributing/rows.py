"""Rows of an uploaded file: read one after the other, each an entity or told what is wrong with it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, NamedTuple, Self, TypeAlias, get_args

import orjson

from matchmaker.checking import BadValueError, closest, entity_from_json, parse_cell
from matchmaker.errors import InvalidDataError, MatchmakerError
from matchmaker.model import Entity
from matchmaker.schema import EntityType, Schema
from matchmaker.usecases.contributing.proposing import READ_ONLY, writable
from matchmaker.usecases.serialising.tables import unguard

Form: TypeAlias = Literal["csv", "ndjson"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
MOST_ROWS: Final = 100_000
LONGEST_ROW: Final = 1_000_000
"""In bytes."""
_MARK: Final = b"\xef\xbb\xbf"


class RowFault(NamedTuple):
    """One thing wrong with a row; rows are lines of the file from 1, 0 is the whole file."""

    row: int
    column: str
    message: str


class Row(NamedTuple):
    """A row that is an entity, or else has faults."""

    number: int
    entity: Entity | None
    faults: Sequence[RowFault]


class UnreadableFileError(MatchmakerError):
    """The file cannot be read to its end."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("The file cannot be read.")


def read_rows(schema: Schema, path: Path, form: Form, kind: EntityType | None) -> Iterator[Row]:
    """Yield the rows of a file.

    Parameters
    ----------
    form : str
        ``csv``: a table in UTF-8 with the columns of the seeds, as exported here or by a
        spreadsheet; ``ndjson``: a JSON object on each line.
    kind : EntityType, optional
        Of all rows.  Rows of ``ndjson`` may name their types instead.

    Raises
    ------
    UnreadableFileError
        Where the file cannot be read any further, or has too many rows.

    Notes
    -----
    One row at a time is in memory.
    """
    with path.open("rb") as stream:
        lines = _Lines(stream)
        found = _table(schema, lines, kind) if form == "csv" else _objects(schema, lines, kind)
        for count, row in enumerate(found, 1):
            if count > MOST_ROWS:
                raise _unreadable(row.number, f"there are more than {MOST_ROWS:,} rows")
            yield row


class _Lines:
    """Lines of a file as texts; ``begin`` is told of each row, which bounds how long it is."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._size = 0
        self.number = 0
        self.begun = 1

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        raw = self._stream.readline(LONGEST_ROW + 1)
        if not raw:
            raise StopIteration
        self.number += 1
        self._size += len(raw)
        if self._size > LONGEST_ROW:
            raise _unreadable(self.begun, f"is longer than {LONGEST_ROW:,} bytes")
        if self.number == 1:
            raw = raw.removeprefix(_MARK)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = f"byte 0x{raw[error.start]:02x}"
            message = f"is not UTF-8 ({byte}); save the file as UTF-8"
            raise _unreadable(self.number, message) from None

    def begin(self) -> int:
        """Begin the next row, and return the line on which the last one began."""
        last, self.begun, self._size = self.begun, self.number + 1, 0
        return last


def _unreadable(row: int, message: str) -> UnreadableFileError:
    return UnreadableFileError([RowFault(row, "", message)])


def _table(schema: Schema, lines: _Lines, kind: EntityType | None) -> Iterator[Row]:
    if kind is None:
        raise _unreadable(0, "a table needs 'type': what its rows are")
    csv.field_size_limit(LONGEST_ROW)
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if wrong := _wrong_with(kind, header):
            raise UnreadableFileError(wrong)
        lines.begin()
        for cells in reader:
            number = lines.begin()
            if not cells:
                continue
            if len(cells) == len(header):
                yield _of_cells(schema, kind, number, dict(zip(header, cells, strict=True)))
            else:
                message = f"has {len(cells)} cells where the header has {len(header)}"
                yield Row(number, None, [RowFault(number, "", message)])
    except csv.Error as error:
        raise _unreadable(lines.begun, f"is not well-formed CSV: {error}") from None


def _wrong_with(kind: EntityType, header: Sequence[str]) -> list[RowFault]:
    known = ("id", "type", *kind.properties, *READ_ONLY)
    wrong = [
        RowFault(
            1,
            name[:100] or "(empty)",
            f"is not a column of {kind.plural}{closest(name[:100], known)}",
        )
        for name in header
        if name not in known
    ]
    twice = sorted({name for name in header if header.count(name) > 1})
    wrong += [RowFault(1, name[:100], "stands twice in the header") for name in twice]
    needed = [p.name for p in kind.properties.values() if p.required and p.default is None]
    missing = [name for name in ("id", *needed) if name not in header]
    return wrong + [RowFault(1, n, "is a required column and is missing") for n in missing]


def _of_cells(schema: Schema, kind: EntityType, number: int, row: Mapping[str, str]) -> Row:
    wrong: dict[str, str] = {}
    document: dict[str, Any] = {"id": row["id"].strip(), "type": kind.name}
    for name, cell in row.items():
        if name == "type" and cell.strip() not in ("", kind.name):
            wrong[name] = f"is {cell[:100]!r}, but a {kind.name} is uploaded"
        if (prop := kind.properties.get(name)) is None:
            continue  # the identifier, and what reading adds
        try:
            document[name] = parse_cell(schema, prop, unguard(cell))
        except BadValueError as error:
            wrong[name] = str(error)
    entity, faults = entity_from_json(schema, document)
    told = [*wrong.items(), *(fault for fault in faults if fault[0] not in wrong)]
    return _row(number, entity, told)


def _objects(schema: Schema, lines: _Lines, kind: EntityType | None) -> Iterator[Row]:
    for line in lines:
        number = lines.begin()
        if line.strip():
            yield _of_text(schema, kind, number, line)


def _of_text(schema: Schema, kind: EntityType | None, number: int, line: str) -> Row:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _row(number, None, [("", f"is not JSON: {error}")])
    if not isinstance(document, dict):
        return _row(number, None, [("", "must be a JSON object")])
    try:
        plain = writable(document)
    except InvalidDataError as error:
        return _row(number, None, [(fault.column, fault.message) for fault in error.faults])
    if kind is not None and plain.setdefault("type", kind.name) != kind.name:
        message = f"is {str(plain['type'])[:100]!r}, but a {kind.name} is uploaded"
        return _row(number, None, [("type", message)])
    return _row(number, *entity_from_json(schema, plain))


def _row(number: int, entity: Entity | None, faults: Sequence[tuple[str, str]]) -> Row:
    told = [RowFault(number, column[:100], message) for column, message in faults]
    return Row(number, None if told else entity, told)
