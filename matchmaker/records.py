"""Records: what the service keeps beside the graph (accounts, submissions, webhooks, ...).

Entities are public facts and every change of them is logged for ever; records are the service's own
business, may hold personal data, and can be erased.  They stay out of the change log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias

Plain: TypeAlias = str | int | bool


@dataclass(frozen=True, slots=True)
class RecordKind:
    """How a kind of record is kept.

    ``unique`` fields are texts that no two records share (an empty text does not count);
    ``indexed`` fields are texts, numbers or booleans by which records are found, ``lists`` lists of
    texts.
    """

    label: str
    unique: tuple[str, ...] = ()
    indexed: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


KINDS: Final[Mapping[str, RecordKind]] = {
    "account": RecordKind("Account", ("email", "oidc"), ("role", "state")),
    "session": RecordKind("Session", (), ("account", "expires_at")),
    "key": RecordKind("ApiKey", (), ("account",)),
    "token": RecordKind("OneTimeToken", (), ("account", "purpose", "expires_at")),
    "attempt": RecordKind("SignInAttempts", (), ("expires_at",)),
    "audit": RecordKind("AuditEvent", (), ("account", "action", "at")),
    "secret": RecordKind("Secret"),
    "submission": RecordKind(
        "Submission", (), ("account", "state", "at", "entity", "type"), ("owners",)
    ),
    "claim": RecordKind("Claim", (), ("account", "state", "at", "partner")),
    "report": RecordKind("ErrorReport", (), ("account", "state", "at", "entity"), ("owners",)),
    "upload": RecordKind("Upload", (), ("account", "state", "at")),
    "idempotency": RecordKind("IdempotentRequest", (), ("account", "expires_at")),
    "webhook": RecordKind("Webhook", (), ("account", "state")),
    "delivery": RecordKind("WebhookDelivery", (), ("webhook", "state", "due_at", "at")),
    "engagement": RecordKind(
        "Engagement",
        ("pair",),
        ("stage", "at", "need", "partner", "city", "country", "due_at", "next_at"),
        ("owners", "waits_for"),
    ),
    "notice": RecordKind("Notice", (), ("account", "engagement", "at", "seen", "mail", "due_at")),
    "document": RecordKind(
        "Document",
        (),
        ("account", "diligence", "engagement", "paper", "checksum", "state", "at"),
    ),
    "delegation": RecordKind("Delegation", (), ("account", "to", "country", "until", "at")),
    "white_paper": RecordKind(
        "WhitePaperDraft",
        (),
        ("stage", "at", "next_at"),
        ("owners", "waits_for", "engagements", "editions"),
    ),
    "bundle": RecordKind("Bundle", (), ("stage", "at"), ("owners", "needs")),
    "event": RecordKind("Event", (), ("state", "at"), ("owners",)),
    "saved_search": RecordKind("SavedSearch", (), ("account", "state", "next_at", "at")),
    "digest": RecordKind("Digest", (), ("account", "state", "at")),
    "mark": RecordKind("Mark", (), ("account", "owner", "need", "target", "state", "at")),
    "diligence": RecordKind("DueDiligence", (), ("at",)),
    "amendment": RecordKind("Amendment", ("open_for",), ("instrument", "stage", "at", "next_at")),
    "instrument_version": RecordKind("InstrumentVersion", (), ("instrument", "number")),
    "lease": RecordKind("Lease"),
}
"""Every kind of record, by name."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: ``version`` counts its changes from 1, ``fields`` are JSON values."""

    kind: str
    id: str
    version: int
    fields: Mapping[str, Any] = field(hash=False)

    def __getitem__(self, name: str) -> Any:
        """Return a field.

        Raises
        ------
        KeyError
            If it is not set.
        """
        return self.fields[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field, or the default where it is not set."""
        return self.fields.get(name, default)


class Records(Protocol):
    """Where records are kept.

    All methods raise :class:`~matchmaker.errors.StoreUnavailableError` when the database is away.
    Each is one transaction, safe to repeat after a broken connection.
    """

    def create(self, kind: str, record_id: str, fields: Mapping[str, Any]) -> Record:
        """Keep a new record.

        Raises
        ------
        ConflictError
            If the identifier or a unique field is taken, be it by a record with the same fields.
        """
        ...

    def get(self, kind: str, record_id: str) -> Record | None:
        """Return one record, None if there is none."""
        ...

    def find(
        self, kind: str, where: Mapping[str, Plain | Sequence[Plain]] | None = None, *,
        before: Mapping[str, Plain] | None = None, order_by: str = "id", descending: bool = False,
        after: tuple[Plain, str] | None = None, limit: int = 100,
    ) -> list[Record]:  # fmt: skip
        """Return records by their unique or indexed fields.

        Parameters
        ----------
        where : mapping
            Values that pass, by field; a list means any of them.  A field that holds a list passes
            if it has one of the values.
        before : mapping
            Upper bounds (excluded), by field.
        order_by : str
            An indexed field, or ``id``; ties are broken by the identifier, in the same direction.
        after : (value, identifier)
            Where the page before ended.
        """
        ...

    def count(self, kind: str, where: Mapping[str, Plain | Sequence[Plain]] | None = None) -> int:
        """Count records by their unique or indexed fields."""
        ...

    def change(
        self, kind: str, record_id: str,
        alter: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
        expected: int | None = None,
    ) -> Record | None:  # fmt: skip
        """Read a record under a lock and replace its fields, all in one transaction.

        Parameters
        ----------
        alter : callable
            Given the fields, returns all fields as they shall be, or None to leave them.  May be
            called several times; what it raises ends the transaction without a change.
        expected : int, optional
            Version that the record must have.

        Raises
        ------
        VersionConflictError
            If it has another version.

        Returns
        -------
        Record or None
            The record after it; None if there is none.
        """
        ...

    def delete(
        self, kind: str, where: Mapping[str, Plain | Sequence[Plain]] | None = None, *,
        before: Mapping[str, Plain] | None = None,
    ) -> int:  # fmt: skip
        """Delete records (of an ``id`` too); return how many there were.

        Raises
        ------
        ValueError
            If neither is given: a whole kind is never deleted.
        """
        ...
