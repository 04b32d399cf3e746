"""Records in Neo4j: nodes ``(:Record:<label>)`` beside the graph, outside the change log."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar
from uuid import uuid4

from neo4j.exceptions import ConstraintError

from matchmaker.errors import ConflictError, VersionConflictError
from matchmaker.records import KINDS, Plain, Record
from matchmaker.store import record_cypher as cypher
from matchmaker.store.database import Database, Transaction, rows

T = TypeVar("T")
Where: TypeAlias = Mapping[str, Plain | Sequence[Plain]]

_TOKENS = 16
"""How many of its last changes a record remembers, to know a repeated one."""


class Neo4jRecords:
    """The records of a database; implements :class:`matchmaker.records.Records`.

    Parameters
    ----------
    database : Database
        Where they are kept.

    Notes
    -----
    A node holds all fields as JSON text in ``data``; the fields by which records are found stand
    beside it as properties, under unique constraints and indexes.  Each write leaves a token of its
    own on the record, so that the attempt after a commit whose answer was lost sees what the first
    has done.  The count that :meth:`delete` returns leaves out what such a first attempt deleted.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, kind: str, record_id: str, fields: Mapping[str, Any]) -> Record:
        """Keep a new record; see :meth:`matchmaker.records.Records.create`."""
        token = str(uuid4())
        values = _values(kind, record_id, 1, fields, [token])
        try:
            self._database.ask(cypher.create(kind), values=values)
        except ConstraintError:
            found = self._database.ask(cypher.read(kind), id=values["id"])
            # Its own, if an earlier attempt was committed and not heard of.  Equal fields are not
            # enough: of two who create the same record at once, only one may think it was theirs.
            if not found or token not in found[0]["values"]["tokens"]:
                raise _taken(kind) from None
        return _record(kind, values)

    def get(self, kind: str, record_id: str) -> Record | None:
        """Return one record, None if there is none."""
        asked = _sendable(record_id)
        found = self._database.ask(cypher.read(kind), id=asked)
        return _record(kind, found[0]["values"]) if found else None

    def find(
        self, kind: str, where: Where | None = None, *, before: Mapping[str, Plain] | None = None,
        order_by: str = "id", descending: bool = False, after: tuple[Plain, str] | None = None,
        limit: int = 100,
    ) -> list[Record]:  # fmt: skip
        """Return records by fields; see :meth:`matchmaker.records.Records.find`.

        Notes
        -----
        Records that do not have the field they are ordered by are left out.
        """
        statement = cypher.find(
            kind, tuple(where or ()), tuple(before or ()), order_by, descending, after is not None
        )
        parameters = {"where": _asked(where), "before": _plain(before), "limit": limit}
        if after is not None:
            parameters |= {"after": _sendable(after[0]), "after_id": _sendable(after[1])}
        found = self._database.ask(statement, **parameters)
        return [_record(kind, row["values"]) for row in found]

    def count(self, kind: str, where: Where | None = None) -> int:
        """Count records by their fields."""
        statement = cypher.count(kind, tuple(where or ()))
        return int(self._database.ask(statement, where=_asked(where))[0]["records"])

    def change(
        self, kind: str, record_id: str,
        alter: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
        expected: int | None = None,
    ) -> Record | None:  # fmt: skip
        """Replace a record's fields under a lock; see :meth:`matchmaker.records.Records.change`.

        Raises
        ------
        ConflictError
            If a unique field is taken by another record.
        VersionConflictError
            If it has another version than the one expected.
        """
        token, asked = str(uuid4()), _sendable(record_id)

        def work(transaction: Transaction) -> Record | None:
            found = rows(transaction, cypher.lock(kind), id=asked, token=token)
            if not found:
                return None
            held = found[0]["values"]
            record = _record(kind, held)
            if token in held["tokens"]:
                return record  # an earlier attempt whose commit was not heard of
            if expected not in (None, record.version):
                raise VersionConflictError(
                    f"The {kind} has changed since you saw it.", record.version
                )
            fields = alter(record.fields)
            if fields is None:
                return record
            tokens = [*held["tokens"], token][-_TOKENS:]
            values = _values(kind, record.id, record.version + 1, fields, tokens)
            rows(transaction, cypher.replace(kind), id=asked, values=values)
            return _record(kind, values)

        try:
            return self._database.run(work)
        except ConstraintError:
            raise _taken(kind) from None

    def delete(
        self, kind: str, where: Where | None = None, *, before: Mapping[str, Plain] | None = None
    ) -> int:
        """Delete records; see :meth:`matchmaker.records.Records.delete`."""
        if not where and not before:
            raise ValueError("a whole kind of records is never deleted")
        statement = cypher.delete(kind, tuple(where or ()), tuple(before or ()))
        found = self._database.ask(statement, where=_asked(where), before=_plain(before))
        return int(found[0]["records"])


def _taken(kind: str) -> ConflictError:
    # Without the values, which may be personal.
    unique = KINDS[kind].unique
    what = f"identifier or its {' or '.join(unique)}" if unique else "identifier"
    return ConflictError(f"There is another {kind} with this {what}; nothing was changed.")


def _record(kind: str, values: Mapping[str, Any]) -> Record:
    return Record(kind, values["id"], values["version"], json.loads(values["data"]))


def _values(
    kind: str, record_id: str, version: int, fields: Mapping[str, Any], tokens: list[str]
) -> dict[str, Any]:
    """Return the properties of a record's node."""
    table = KINDS[kind]
    found: dict[str, Any] = {}
    for name in (*table.unique, *table.indexed, *table.lists):
        value = fields.get(name)
        if value is None or (value == "" and name in table.unique):
            continue
        if isinstance(value, list | tuple) != (name in table.lists):
            raise ValueError(f"{table.label}.{name} is declared otherwise in records.KINDS")
        found[name] = _sendable(value)
    return found | {
        "id": _sendable(record_id),
        "version": version,
        "data": json.dumps(dict(fields), allow_nan=False, separators=(",", ":")),
        "tokens": tokens,
    }


def _asked(where: Where | None) -> dict[str, list[Any]]:
    found = {}
    for name, value in (where or {}).items():
        several = isinstance(value, Sequence) and not isinstance(value, str)
        found[name] = _sendable(list(value) if several else [value])  # type: ignore[arg-type]
    return found


def _plain(values: Mapping[str, Plain] | None) -> dict[str, Any]:
    return {name: _sendable(value) for name, value in (values or {}).items()}


def _sendable(value: Any) -> Any:
    """Return a value whose texts the driver can encode: half characters are replaced."""
    if isinstance(value, list | tuple):
        return [_sendable(one) for one in value]
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value
