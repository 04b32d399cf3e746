"""What has to hold before an entity is written, whether the writing is done or only tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from matchmaker.checking import dangling
from matchmaker.errors import ConflictError, Fault, InvalidDataError, VersionConflictError
from matchmaker.model import Entity
from matchmaker.schema import Schema

Expected: TypeAlias = int | Literal["any"] | None
"""What a writer believes is there now: an entity at a version, anything, or nothing (None)."""


def check_expected(entity_id: str, expected: Expected, before: Entity | None, version: int) -> None:
    """Refuse to undo somebody else's change.

    Raises
    ------
    VersionConflictError
        If the entity is not as the writer expected it.
    """
    if expected == "any":
        return
    if before is None:
        if expected is None:
            return
        state = "does not exist"
    elif expected is None:
        state = "exists already"
    elif expected != version:
        state = f"has been changed by somebody else (it is at version {version}, not {expected})"
    else:
        return
    raise VersionConflictError(f"{entity_id!r} {state}; nothing was changed.", version)


def check_type(wanted: Entity, before: Entity | None) -> None:
    """Refuse to make an entity of one type out of one of another.

    Raises
    ------
    ConflictError
        If the identifier belongs to another type.
    """
    if before is not None and before.type != wanted.type:
        raise ConflictError(
            f"The id {wanted.id!r} belongs to a {before.type}, not to a {wanted.type}."
        )


def check_not_merged(entity_id: str, target: str | None) -> None:
    """Refuse to use an identifier again that leads to another entity for ever.

    Raises
    ------
    ConflictError
        If there is such another entity.
    """
    if target is not None:
        raise ConflictError(
            f"The id {entity_id!r} was merged into {target!r} and cannot be used again."
        )


def check_references(schema: Schema, wanted: Entity, known: Mapping[str, str]) -> None:
    """Refuse references to what is not there.

    Parameters
    ----------
    known : mapping of str to str
        Type of each entity by identifier, at least of those referred to.

    Raises
    ------
    InvalidDataError
        With every such reference.
    """
    name = f"{wanted.type} {wanted.id}"
    wrong = dangling(schema, [wanted], known)
    if wrong:
        raise InvalidDataError([Fault(name, 0, column, text) for _, column, text in wrong])
