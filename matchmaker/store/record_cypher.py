"""Statements about records, put together from the names in :data:`matchmaker.records.KINDS` only.

Names of labels and properties cannot be parameters where an index is to be used, so a statement is
built for each kind and set of fields; every name is looked up in the table and checked, every value
is a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import LiteralString

from matchmaker.records import KINDS, RecordKind

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OURS = ("id", "version", "data", "tokens", "locked_by")


def declared() -> Iterator[tuple[str, str, str]]:
    """Yield (name, what, pattern) of every constraint and index that records need."""
    for kind in KINDS.values():
        label = _label(kind)
        for name in ("id", *kind.unique):
            pattern = f"FOR (n:{label}) REQUIRE n.{_known(kind, name)} IS UNIQUE"
            yield f"unique_record_{kind.label}_{name}", "CONSTRAINT", pattern
        for name in kind.indexed:
            pattern = f"FOR (n:{label}) ON (n.{_known(kind, name)})"
            yield f"record_{kind.label}_{name}", "INDEX", pattern


@cache
def create(kind: str) -> LiteralString:
    """Return the statement that makes a record."""
    return f"CREATE (r:Record:{_label(KINDS[kind])}) SET r = $values"


@cache
def lock(kind: str) -> LiteralString:
    """Return the statement that locks a record until the transaction ends, and reads it then."""
    return (
        f"MATCH (r:{_label(KINDS[kind])} {{id: $id}}) SET r.locked_by = $token "
        "WITH r RETURN properties(r) AS values"
    )


@cache
def replace(kind: str) -> LiteralString:
    """Return the statement that replaces all that a record says."""
    return f"MATCH (r:{_label(KINDS[kind])} {{id: $id}}) SET r = $values"


@cache
def read(kind: str) -> LiteralString:
    """Return the statement that reads one record."""
    return f"MATCH (r:{_label(KINDS[kind])} {{id: $id}}) RETURN properties(r) AS values"


@cache
def find(
    kind: str, where: tuple[str, ...], before: tuple[str, ...], order_by: str, descending: bool,
    after: bool,
) -> LiteralString:  # fmt: skip
    """Return the statement that finds a page of records."""
    table = KINDS[kind]
    field = f"r.{_known(table, order_by)}"
    sign, direction = ("<", "DESC") if descending else (">", "ASC")
    conditions = [*_conditions(table, where, before), f"{field} IS NOT NULL"]
    if after:
        conditions.append(
            f"({field} {sign} $after OR ({field} = $after AND r.id {sign} $after_id))"
        )
    return (
        f"MATCH (r:{_label(table)}) WHERE {' AND '.join(conditions)} "
        f"RETURN properties(r) AS values ORDER BY {field} {direction}, r.id {direction} LIMIT $limit"
    )


@cache
def count(kind: str, where: tuple[str, ...]) -> LiteralString:
    """Return the statement that counts records."""
    return f"{_matching(kind, where, ())} RETURN count(r) AS records"


@cache
def delete(kind: str, where: tuple[str, ...], before: tuple[str, ...]) -> LiteralString:
    """Return the statement that deletes records and counts them."""
    return f"{_matching(kind, where, before)} DELETE r RETURN count(*) AS records"


def _matching(kind: str, where: tuple[str, ...], before: tuple[str, ...]) -> str:
    conditions = _conditions(KINDS[kind], where, before)
    asked = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"MATCH (r:{_label(KINDS[kind])}){asked}"


def _conditions(kind: RecordKind, where: tuple[str, ...], before: tuple[str, ...]) -> list[str]:
    found = []
    for name in where:
        field = f"r.{_known(kind, name)}"
        if name in kind.lists:
            found.append(f"any(held IN {field} WHERE held IN $where.{name})")
        else:
            found.append(f"{field} IN $where.{name}")
    return found + [f"r.{_known(kind, name)} < $before.{name}" for name in before]


def _label(kind: RecordKind) -> str:
    return _checked(kind.label)


def _known(kind: RecordKind, name: str) -> str:
    """Return a property's name, if the table says that records are found by it.

    Raises
    ------
    ValueError
        If it does not: a defect of the caller.
    """
    if name != "id" and (name not in (*kind.unique, *kind.indexed, *kind.lists) or name in _OURS):
        raise ValueError(f"{kind.label} is not found by {name!r}")
    return _checked(name)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a name in the database")
    return f"`{name}`"
