"""Rows of gzipped CSV files, each with its place, so that a fault can name ``file:row:column``."""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from matchmaker.errors import Fault, InvalidDataError

_LONGEST_CELL: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its place, so that a fault can name it."""

    file: str
    number: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str | None:
        """Return a cell, or None where it is empty or not there."""
        return self.cells.get(column, "").strip() or None

    def need(self, column: str) -> str:
        """Return a cell that must be filled."""
        value = self.text(column)
        if value is None:
            raise self.fault(column, "a value is required")
        return value

    def number_of(self, column: str) -> float | None:
        """Return a finite number."""
        value = self.text(column)
        if value is None:
            return None
        try:
            number = float(value)
        except ValueError:
            raise self.fault(column, f"{value!r} is not a number") from None
        if not math.isfinite(number):
            raise self.fault(column, f"{value!r} is not a finite number")
        return number

    def day_of(self, column: str) -> date | None:
        """Return a date written as 2023-07-01."""
        value = self.text(column)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.fault(column, f"{value!r} is not a date like 2023-07-01") from None

    def need_day(self, column: str) -> date:
        """Return a date that must be filled."""
        self.need(column)
        day = self.day_of(column)
        assert day is not None
        return day

    def fault(self, column: str, message: str) -> InvalidDataError:
        """Return the error that names this place."""
        return InvalidDataError([Fault(self.file, self.number, column, message)])


def read_rows(folder: Path, file: str, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of one file; raise for a missing file or column and for broken gzip or CSV."""
    path = folder / file
    line = 0
    try:
        with gzip.open(path, "rb") as raw, io.TextIOWrapper(raw, "utf-8", newline="") as text:
            csv.field_size_limit(_LONGEST_CELL)
            reader = csv.DictReader(text, strict=True)
            missing = [c for c in columns if c not in (reader.fieldnames or ())]
            if missing:
                raise InvalidDataError(
                    [Fault(file, 1, c, "this column is missing") for c in missing]
                )
            for cells in reader:
                line = reader.line_num
                if None in cells or None in cells.values():
                    raise InvalidDataError([Fault(file, line, "", "not as many cells as columns")])
                yield Row(file, line, cells)
    except FileNotFoundError:
        raise InvalidDataError([Fault(file, 0, "", f"not found in {folder}")]) from None
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidDataError([Fault(file, line, "", f"cannot be read: {error}")]) from None
