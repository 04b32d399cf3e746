"""CSV tables of entities, safe to open in a spreadsheet and exact to read back.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, also one that
somebody else has submitted to this service.  Such a text gets an apostrophe before that sign, as
the OWASP guide on CSV injection advises; numbers are written as numbers.  :func:`unguard` takes it
away again.

References
----------
Shafranovich, Y. (2005). Common Format and MIME Type for CSV Files. RFC 4180.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from matchmaker.checking import LIST_SEPARATOR
from matchmaker.graph import Snapshot
from matchmaker.model import Entity, Value
from matchmaker.schema import EntityType
from matchmaker.usecases.linked.names import Names
from matchmaker.usecases.serialising.selecting import Selection

BYTE_ORDER_MARK: Final = "\ufeff"
"""Tells a spreadsheet that the table is UTF-8; without it Excel garbles Thai and Vietnamese."""
_SIGNS = "=+\\-@＝＋－＠"
# Within a text too: a spreadsheet set to other separators begins a new cell behind ; tab or line end.
_BARE = re.compile(rf"(^|[;\t\r\n])( *'*)([{_SIGNS}])")
_GUARDED = re.compile(rf"(^|[;\t\r\n])( *'*)'([{_SIGNS}])")
_RISKY = re.compile(rf"[{_SIGNS}\t\r\n]")
_BARE_SPACE = re.compile(r"\A('*[\t\r\n])")
_GUARDED_SPACE = re.compile(r"\A'('*[\t\r\n])")
_ROWS_AT_ONCE = 200


def guard(text: str) -> str:
    r"""Return a text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> guard("=1+1"), guard("Solid waste"), guard("a;@b"), guard("'=1")
    ("'=1+1", 'Solid waste', "a;'@b", "''=1")
    """
    if _RISKY.search(text) is None:
        return text
    return _BARE_SPACE.sub(r"'\1", _BARE.sub(r"\1\2'\3", text))


def unguard(text: str) -> str:
    """Return the text that :func:`guard` was given.

    Examples
    --------
    >>> unguard("'=1+1"), unguard("'tis a text"), unguard("''=1")
    ('=1+1', "'tis a text", "'=1")
    """
    return _GUARDED.sub(r"\1\2\3", _GUARDED_SPACE.sub(r"\1", text))


def columns_of(selection: Selection) -> tuple[str, ...]:
    """Return the columns of a selection's table.

    Without a choice these are the identifier and every property, in the order of the schema, so
    that the table can be changed and uploaded again; a property that not everybody sees has its
    column where somebody who may see it finds it set.
    """
    if selection.chosen is not None:
        return tuple(dict.fromkeys(("id", *selection.chosen)))
    held = {name for entity in selection.entities for name in entity.values}
    properties = selection.kind.properties.values()
    return ("id", *(p.name for p in properties if p.visibility == "public" or p.name in held))


def table(snapshot: Snapshot, selection: Selection, names: Names) -> Iterator[str]:
    """Yield a selection as a CSV table in pieces: UTF-8 with a mark, commas, CRLF.

    Notes
    -----
    Memory for some rows at a time.  Lists are joined by ``; `` as in the seeds.
    """
    columns = columns_of(selection)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow(columns)
    for number, entity in enumerate(selection.entities, 1):
        writer.writerow(_row(snapshot, selection.kind, entity, columns, names))
        if number % _ROWS_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _row(
    snapshot: Snapshot, kind: EntityType, entity: Entity, columns: Sequence[str], names: Names
) -> list[Value]:
    cells: list[Value] = []
    for column in columns:
        value = entity.values.get(column, "")
        if column == "id":
            value = entity.id
        elif column in kind.properties:
            pass
        elif column == "type":
            value = entity.type
        elif column == "caption":
            value = snapshot.schema.caption(entity)
        elif column == "version":
            value = snapshot.version(entity.id)
        elif column == "links":
            value = names.page(kind.plural, entity.id)
        elif column == "citations":
            value = tuple(f"{c.source}, {c.locator}" for c in entity.citations)
        cells.append(cell(value))
    return cells


def cell(value: Value) -> Value:
    """Return a value as a table holds it.

    Examples
    --------
    >>> cell(("a", "b")), cell(True), cell(-5.2), cell("-5.2")
    ('a; b', 'true', -5.2, "'-5.2")
    """
    if isinstance(value, tuple):
        return guard(f"{LIST_SEPARATOR} ".join(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return guard(value) if isinstance(value, str) else value
