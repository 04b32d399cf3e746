"""Rows checked against each other and against the graph, with a report row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from matchmaker.checking import MOST_HINTS, closest
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.usecases.contributing.rows import Row, RowFault, UnreadableFileError

MOST_TOLD: Final = 1_000
"""How many faults are listed; all are counted."""
_LONGEST_MESSAGE: Final = 300
_TELL_ROWS: Final = 200

Does: TypeAlias = Literal["created", "updated", "unchanged"]
DOES: Final[tuple[Does, ...]] = get_args(Does)


class Known(NamedTuple):
    """A row that is an entity: its number, its type and what it does."""

    row: int
    type: str
    does: Does


class _Reference(NamedTuple):
    row: int
    id: str
    column: str
    wanted: str


@dataclass(slots=True)
class Report:
    """What a check of rows has found.

    ``bad`` are the rows with faults; ``readable`` is False if the file could not be read to its end;
    ``known`` holds, by identifier, the rows that are entities.
    """

    rows: int = 0
    fault_count: int = 0
    faults: list[RowFault] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)
    readable: bool = True
    known: dict[str, Known] = field(default_factory=dict)

    def add(self, fault: RowFault) -> None:
        """Count a fault, and list it if it is one of the first."""
        self.fault_count += 1
        self.bad.add(fault.row)
        if len(self.faults) < MOST_TOLD:
            self.faults.append(fault._replace(message=fault.message[:_LONGEST_MESSAGE]))

    def row_of(self, identifier: str) -> int:
        """Return the row with an identifier, 0 if there is none."""
        known = self.known.get(identifier)
        return known.row if known else 0

    def counts(self) -> dict[str, int]:
        """Return what the good rows do, as far as the graph was known to the check."""
        found = Counter(one.does for one in self.known.values() if one.row not in self.bad)
        return {does: found[does] for does in DOES}

    def good(self, rows: Iterable[Row]) -> Iterator[Entity]:
        """Yield the entities of the good among the same rows, read once more."""
        for row in rows:
            if row.entity is not None and row.number not in self.bad:
                yield row.entity


def check_rows(
    snapshot: Snapshot, rows: Iterable[Row], progress: Callable[[int], None] | None = None
) -> Report:
    """Check rows, each by itself, against the others and against the graph.

    Parameters
    ----------
    snapshot : Snapshot
        The graph as it stands.
    rows : iterable of Row
        Read once; they may refer to rows that come later.
    progress : callable, optional
        Told now and then how many rows are done.

    Returns
    -------
    Report
        A row that refers to a new one with faults has a fault too.

    Notes
    -----
    O(rows + references).  Kept are the identifiers of all rows and the references to what is not in
    the graph.
    """
    report, waiting = Report(), dict[str, list[_Reference]]()
    try:
        for row in rows:
            report.rows += 1
            _check(snapshot, row, report, waiting)
            if progress and report.rows % _TELL_ROWS == 0:
                progress(report.rows)
        if not report.rows:
            report.add(RowFault(0, "", "the file has no rows"))
            report.readable = False
    except UnreadableFileError as error:
        report.readable = False
        for fault in error.faults:
            report.add(fault)
    else:
        _resolve(snapshot, report, waiting)
    report.faults.sort()
    return report


def _check(
    snapshot: Snapshot, row: Row, report: Report, waiting: dict[str, list[_Reference]]
) -> None:
    for fault in row.faults:
        report.add(fault)
    entity = row.entity
    if entity is None:
        return
    before = snapshot.entities.get(entity.id)
    if (first := report.row_of(entity.id)) != 0:
        report.add(RowFault(row.number, "id", f"stands in row {first} already"))
        return
    if before is None and entity.id in snapshot.redirects:
        message = f"was merged into {snapshot.redirects[entity.id]!r}"
        report.add(RowFault(row.number, "id", message))
    elif before is not None and before.type != entity.type:
        report.add(RowFault(row.number, "id", f"is the id of a {before.type} already"))
    else:
        does: Does = "created" if before is None else "unchanged" if before == entity else "updated"
        report.known[entity.id] = Known(row.number, entity.type, does)
    for prop in snapshot.schema.entities[entity.type].references:
        for target in entity.refs(prop.name):
            there = snapshot.entities.get(target)
            wanted = prop.target or ""
            if there is None:
                reference = _Reference(row.number, entity.id, prop.name, wanted)
                waiting.setdefault(target, []).append(reference)
            elif there.type != wanted:
                message = f"{target!r} is a {there.type}, not a {wanted}"
                report.add(RowFault(row.number, prop.name, message))


def _resolve(snapshot: Snapshot, report: Report, waiting: dict[str, list[_Reference]]) -> None:
    """Refuse references to what neither the graph nor a good row holds."""
    lost: list[str] = []
    for target, references in waiting.items():
        known = report.known.get(target)
        if known is None or known.row in report.bad:
            lost.append(target)
            continue
        for one in references:
            if one.wanted != known.type:
                message = f"{target!r} is a {known.type}, not a {one.wanted}"
                report.add(RowFault(one.row, one.column, message))
                lost.append(one.id)
    hints = 0
    while lost:
        target = lost.pop()
        for one in waiting.pop(target, ()):
            message = f"there is no {one.wanted} {target!r}"
            if target in report.known:
                message += f" to refer to: its row {report.row_of(target)} has faults"
            elif target in snapshot.redirects:
                message += f"; it was merged into {snapshot.redirects[target]!r}"
            elif hints < MOST_HINTS:
                hints += 1
                message += closest(target, snapshot.of_type(one.wanted))
            report.add(RowFault(one.row, one.column, message))
            # Whatever refers to this row falls with it, unless it replaces what is there.
            lost.append(one.id)
