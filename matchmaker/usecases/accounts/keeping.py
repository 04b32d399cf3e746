"""How accounts are read and changed in the records; used by the other modules of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from matchmaker.accounts.addresses import normal_address
from matchmaker.accounts.model import Account, State
from matchmaker.errors import BadRequestError, ConflictError, NotFoundError
from matchmaker.permissions import Role
from matchmaker.records import Plain, Record, Records
from matchmaker.usecases.service import Service

Fields: TypeAlias = Mapping[str, Any]
_PAGE: Final = 500


def account_record(service: Service, account_id: str) -> Record:
    """Return the record of an account that is not erased.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    record = service.records.get("account", account_id)
    if record is None or record["state"] == State.ERASED:
        raise NotFoundError("account", account_id[:100])
    return record


def record_by(service: Service, field: str, value: str) -> Record | None:
    """Return the account with a value of a unique field (``email``, ``oidc``), None without one."""
    found = service.records.find("account", {field: value}, limit=1) if value else []
    return found[0] if found else None


def find_account(service: Service, text: str) -> Account:
    """Return an account by its identifier or e-mail address; asks for no permission.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    if "@" in text:
        record = record_by(service, "email", normal_address(text))
        if record is None:
            raise NotFoundError("account", text[:100])
        return Account.of(record)
    return Account.of(account_record(service, text))


def display_name(service: Service, account_id: str) -> str:
    """Return what staff read for an account; asks for no permission.

    Its name, or else its address, or else (erased, or the service itself) its identifier.
    """
    try:
        found = find_account(service, account_id)
    except (NotFoundError, BadRequestError):
        return account_id
    return found.name or found.email or account_id


def alter_account(
    service: Service, account_id: str, alter: Callable[[Fields], Fields],
    expected: int | None = None,
) -> Account:  # fmt: skip
    """Change an account under a lock; what ``alter`` returns replaces the fields that it names.

    Raises
    ------
    VersionConflictError
        If it has another version than the one expected.
    NotFoundError
        If there is none any more.
    """

    def change(fields: Fields) -> Fields:
        if fields["state"] == State.ERASED:
            raise NotFoundError("account", account_id[:100])
        return {**fields, **alter(fields)}

    record = service.records.change("account", account_id, change, expected)
    if record is None:
        raise NotFoundError("account", account_id[:100])
    return Account.of(record)


def end_sessions_of(service: Service, account_id: str) -> int:
    """Delete all sessions of an account; those that an account's epoch has ended are dead before."""
    return service.records.delete("session", {"account": account_id})


def every(
    records: Records, kind: str, where: Mapping[str, Plain | Sequence[Plain]]
) -> Iterator[Record]:
    """Go through all records with some values, page by page."""
    after: tuple[Plain, str] | None = None
    while page := records.find(kind, where, after=after, limit=_PAGE):
        yield from page
        after = (page[-1].id, page[-1].id)


def active_administrators(service: Service) -> int:
    """Count those who can administer the service."""
    return service.records.count("account", {"role": Role.ADMINISTRATOR, "state": State.ACTIVE})


def refuse_without_administrator(service: Service) -> None:
    """Refuse what leaves nobody to administer the service.

    Raises
    ------
    ConflictError
        If there is no active administrator.
    """
    if not active_administrators(service):
        raise ConflictError("This is the last active administrator; make another one first.")


def plain_name(text: str) -> str:
    """Return the name of a person, an organisation or a key as it is kept.

    Raises
    ------
    BadRequestError
        If it is too long or holds characters that cannot be seen.
    """
    name = " ".join(text.split())
    if len(name) > 200 or not name.isprintable():
        raise BadRequestError("name", "must have at most 200 printable characters")
    return name
