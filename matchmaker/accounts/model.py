"""What accounts, sessions and keys are, as the rest of the program sees them: without any secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from matchmaker.permissions import MEMBERS, OPERATIONS, Caller, Role, Scope, Way
from matchmaker.records import Record


class State(StrEnum):
    """What an account may be."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ERASED = "erased"


class Purpose(StrEnum):
    """What a one-time link is for."""

    FIRST = "first"
    INVITATION = "invitation"
    RESET = "reset"


SUBJECT_TYPES: Final = {
    Role.CITY_OFFICER: "city",
    Role.NATIONAL_REPRESENTATIVE: "country",
    Role.PARTNER: "partner",
}
"""Types of entities that accounts of a role speak for; other roles speak for none."""

STAFF: Final = frozenset({Role.SECRETARIAT, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Account:
    """An account, without its password.

    Parameters
    ----------
    email : str
        Normalised; ``""`` before the first administrator gives one, and once erased.
    name : str
        Of the organisation or person, as given; may be empty.
    subjects : tuple of str
        Identifiers of the cities, countries or partners it speaks for, sorted.
    has_password, has_oidc : bool
        In which ways it can sign in.
    epoch : int
        Goes up when password, role or state change, which ends all sessions opened before.
    """

    id: str
    email: str
    name: str
    role: Role
    state: State
    subjects: tuple[str, ...] = ()
    has_password: bool = False
    has_oidc: bool = False
    epoch: int = 0
    created_at: str = ""
    signed_in_at: str = ""
    version: int = 1

    @classmethod
    def of(cls, record: Record) -> Account:
        """Read an account from its record."""
        return cls(
            record.id,
            record.get("email", ""),
            record.get("name", ""),
            Role(record["role"]),
            State(record["state"]),
            tuple(sorted(record.get("subjects", ()))),
            bool(record.get("password")),
            bool(record.get("oidc")),
            record.get("epoch", 0),
            record.get("created_at", ""),
            record.get("signed_in_at", ""),
            record.version,
        )

    @property
    def caller(self) -> Caller:
        """Who asks when this account does, with all that it may."""
        return Caller(self.role, self.id, frozenset(self.subjects))

    def as_json(self) -> dict[str, Any]:
        """Return what may be shown of it to itself and to staff."""
        found = asdict(self)
        del found["epoch"]
        return {**found, "subjects": list(self.subjects)}


@dataclass(frozen=True, slots=True)
class Session:
    """A session, without its token."""

    account: str
    created_at: str
    seen_at: str
    expires_at: str
    address: str = ""

    @classmethod
    def of(cls, record: Record) -> Session:
        """Read a session from its record."""
        names = ("account", "created_at", "seen_at", "expires_at", "address")
        return cls(*(record.get(name, "") for name in names))

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just opened; the token is not to be had again.

    Parameters
    ----------
    token : str
        For the cookie.
    caller : Caller
        Who asks from now on.
    expires_at : str
        When the session ends at the latest (7 days); it ends earlier if it is not used.
    """

    token: str = field(repr=False)
    caller: Caller
    expires_at: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key, without its secret.

    Parameters
    ----------
    prefix : str
        ``mk_<id>``, how the key begins.
    expires_at, revoked_at, last_used : str
        Times, and the day of the last use; ``""`` where there is none.
    sandbox : bool
        Whether what is written with it is checked but not kept.
    """

    id: str
    account: str
    name: str
    prefix: str
    scopes: tuple[Scope, ...]
    sandbox: bool
    created_at: str
    expires_at: str = ""
    revoked_at: str = ""
    last_used: str = ""

    @classmethod
    def of(cls, record: Record) -> ApiKey:
        """Read a key from its record."""
        return cls(
            record.id,
            record["account"],
            record.get("name", ""),
            f"mk_{record.id}",
            in_order(record.get("scopes", ())),
            bool(record.get("sandbox")),
            record.get("created_at", ""),
            record.get("expires_at", ""),
            record.get("revoked_at", ""),
            record.get("last_used", ""),
        )

    def is_alive(self, now: str) -> bool:
        """Tell whether the key is neither revoked nor expired."""
        return not self.revoked_at and (not self.expires_at or now < self.expires_at)

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {**asdict(self), "scopes": [scope.value for scope in self.scopes]}


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One line of the audit: who did what and when; never a name, an e-mail address or a secret."""

    id: str
    at: str
    account: str
    action: str
    details: dict[str, Any] = field(hash=False)

    @classmethod
    def of(cls, record: Record) -> AuditEvent:
        """Read an event from its record."""
        own = ("at", "account", "action")
        details = {name: value for name, value in record.fields.items() if name not in own}
        return cls(record.id, record["at"], record["account"], record["action"], details)

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return asdict(self)


def in_order(scopes: Iterable[str]) -> tuple[Scope, ...]:
    """Return scopes in the order of the table, each once.

    Examples
    --------
    >>> [scope.value for scope in in_order(["write", "read"])]
    ['read', 'write']
    """
    held = set(scopes)
    return tuple(scope for scope in Scope if scope in held)


def scopes_of(role: Role) -> frozenset[Scope]:
    """Return what a role can use at all: the most that a key of its accounts may reach.

    Examples
    --------
    >>> Scope.READ_MEMBERS in scopes_of(Role.PARTNER), Scope.READ_MEMBERS in scopes_of(Role.PORTAL)
    (True, False)
    """
    used = {
        line.scope
        for line in OPERATIONS.values()
        if {line.grant(role).own, line.grant(role).others} != {Way.NO}
    }
    return frozenset(used | ({Scope.READ_MEMBERS} if role in MEMBERS else set()))
