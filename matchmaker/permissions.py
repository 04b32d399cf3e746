"""Who may do what: one table of operations, roles and ways, asked by every use case.

A **way** says how an operation goes through: at once, into the review queue, or not at all.  It may
differ for what is the caller's **own**: the need of an officer's city, the offer of an account's
partner, a caller's own submission.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from matchmaker.errors import NotAllowedError, SignInNeededError


class Role(StrEnum):
    """What an account is in the network."""

    PUBLIC = "public"
    PORTAL = "portal"
    PARTNER = "partner"
    CITY_OFFICER = "city_officer"
    NATIONAL_REPRESENTATIVE = "national_representative"
    SECRETARIAT = "secretariat"
    ADMINISTRATOR = "administrator"


MEMBERS: Final = frozenset(Role) - {Role.PUBLIC, Role.PORTAL}
"""Roles that read what is for members."""


class Scope(StrEnum):
    """What an API key may be used for; a session may be used for all."""

    READ = "read"
    READ_MEMBERS = "read:members"
    WRITE = "write"
    WEBHOOKS = "webhooks"
    ACCOUNT = "account"


class Way(StrEnum):
    """How an operation goes through."""

    NO = "no"
    QUEUE = "queue"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Grant:
    """How an operation goes through for a role: with what is its own, and with all else."""

    own: Way = Way.NO
    others: Way = Way.NO


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Parameters
    ----------
    role : Role
        The account's role; ``PUBLIC`` without an account.
    account : str
        Identifier of the account, ``""`` without one.
    subjects : frozenset of str
        Identifiers of the city, partner or country that the account speaks for.
    scopes : frozenset of Scope, optional
        What the API key in use may be used for; None in a session.
    key : str
        Identifier of the API key in use, ``""`` in a session.
    sandbox : bool
        Whether what this caller writes is checked but not kept.
    """

    role: Role = Role.PUBLIC
    account: str = ""
    subjects: frozenset[str] = field(default=frozenset())
    scopes: frozenset[Scope] | None = None
    key: str = ""
    sandbox: bool = False

    @property
    def actor(self) -> str:
        """What the change log names: the account, never a name or an address."""
        return f"account:{self.account}" if self.account else self.role.value

    @property
    def reads_members(self) -> bool:
        """Whether the caller reads what is for members."""
        return self.role in MEMBERS and self.may_use(Scope.READ_MEMBERS)

    def may_use(self, scope: Scope) -> bool:
        """Tell whether the credentials in use reach so far."""
        return self.scopes is None or scope in self.scopes

    def owns(self, owners: Collection[str]) -> bool:
        """Tell whether something with these owners is the caller's own."""
        return (bool(self.account) and self.account in owners) or not self.subjects.isdisjoint(
            owners
        )


PUBLIC: Final = Caller()
"""Somebody who has not signed in."""

SYSTEM: Final = Caller(Role.ADMINISTRATOR, "system")
"""The operator at the service's own machine: the command line, the seeds, the service's own clock."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the table.

    Parameters
    ----------
    does : str
        What the operation does, for the page that shows the table.
    scope : Scope
        What an API key needs for it.
    grants : mapping of Role to Grant
        Roles that are not named may not.
    """

    does: str
    scope: Scope
    grants: Mapping[Role, Grant]

    def grant(self, role: Role) -> Grant:
        """Return how the operation goes through for a role."""
        return self.grants.get(role, _NONE)


_NONE = Grant()
_ALL = Grant(Way.YES, Way.YES)
_OWN = Grant(own=Way.YES)
_QUEUE = Grant(Way.QUEUE, Way.QUEUE)
_OWN_ELSE_QUEUE = Grant(Way.YES, Way.QUEUE)
_STAFF = {Role.SECRETARIAT: _ALL, Role.ADMINISTRATOR: _ALL}
_ACCOUNTS: Final = frozenset(Role) - {Role.PUBLIC}


def _everyone(grant: Grant, *, but: Collection[Role] = ()) -> dict[Role, Grant]:
    return {role: grant for role in Role if role not in but}


def _account_holders(grant: Grant) -> dict[Role, Grant]:
    return _everyone(grant, but=(Role.PUBLIC,))


_OF_CITY = {
    Role.PORTAL: _QUEUE,
    Role.PARTNER: _QUEUE,
    Role.CITY_OFFICER: _OWN_ELSE_QUEUE,
    Role.NATIONAL_REPRESENTATIVE: _QUEUE,
    **_STAFF,
}
_OF_PARTNER = {
    Role.PORTAL: _QUEUE,
    Role.PARTNER: _QUEUE,
    Role.CITY_OFFICER: _QUEUE,
    Role.NATIONAL_REPRESENTATIVE: _QUEUE,
    **_STAFF,
}
_OWN_WITHDRAWS = {**_OF_PARTNER, Role.PARTNER: _OWN_ELSE_QUEUE}
_LIST_OWN = {**_account_holders(_OWN), **_STAFF}
_OF_PARTIES = {
    Role.PARTNER: _OWN,
    Role.CITY_OFFICER: _OWN,
    Role.NATIONAL_REPRESENTATIVE: _OWN,
    **_STAFF,
}
_OF_LISTS = dict.fromkeys(
    (Role.PARTNER, Role.CITY_OFFICER, Role.SECRETARIAT, Role.ADMINISTRATOR), _OWN
)
_OF_MEMBERS = {Role.CITY_OFFICER: _ALL, Role.NATIONAL_REPRESENTATIVE: _ALL, **_STAFF}

OPERATIONS: Final[Mapping[str, Operation]] = {
    "graph.read": Operation(
        "Read cities, needs, partners, offers, matches and the change feed, as far as each property "
        "may be seen", Scope.READ, _everyone(_ALL)),
    "matches.query": Operation(
        "Match a need or an offer that is not saved", Scope.READ, _everyone(_ALL)),
    "need.write": Operation("Create or change a need", Scope.WRITE, _OF_CITY),
    "need.withdraw": Operation("Withdraw a need", Scope.WRITE, _OF_CITY),
    "project.write": Operation("Create or change a project", Scope.WRITE, _OF_CITY),
    "project.withdraw": Operation("Withdraw a project", Scope.WRITE, _OF_CITY),
    "offer.write": Operation("Create or change an offer", Scope.WRITE, _OF_PARTNER),
    "offer.withdraw": Operation("Withdraw an offer", Scope.WRITE, _OWN_WITHDRAWS),
    "partner.write": Operation("Create or change a partner", Scope.WRITE, _OF_PARTNER),
    "partner.withdraw": Operation("Withdraw a partner", Scope.WRITE, _OF_PARTNER),
    "entity.write": Operation(
        "Create, change or delete any other entity", Scope.WRITE, _STAFF),
    "entity.delete": Operation(
        "Delete a need, project, offer or partner for good", Scope.WRITE, _STAFF),
    "entity.merge": Operation(
        "Merge a duplicate into the entity that stays", Scope.WRITE, _STAFF),
    "bulk.upload": Operation("Upload many rows at once", Scope.WRITE, _STAFF),
    "submissions.list": Operation(
        "See what waits in the review queue, and what became of it", Scope.READ, _LIST_OWN),
    "submissions.decide": Operation(
        "Publish or refuse what waits in the review queue", Scope.WRITE,
        {Role.CITY_OFFICER: _OWN, **_STAFF}),
    "submissions.withdraw": Operation(
        "Take back what waits in the review queue", Scope.WRITE, _account_holders(_OWN)),
    "claims.create": Operation(
        "Claim the profile of a partner", Scope.WRITE, {Role.PARTNER: _ALL}),
    "claims.list": Operation("See claims of profiles", Scope.READ, _LIST_OWN),
    "claims.decide": Operation("Grant or refuse the claim of a profile", Scope.WRITE, _STAFF),
    "reports.create": Operation(
        "Report an error in a published fact", Scope.READ, _everyone(_ALL)),
    "reports.list": Operation(
        "See reported errors", Scope.READ, {Role.CITY_OFFICER: _OWN, Role.PARTNER: _OWN, **_STAFF}),
    "reports.decide": Operation(
        "Close a reported error", Scope.WRITE, {Role.CITY_OFFICER: _OWN, **_STAFF}),
    "engagements.open": Operation(
        "Express interest in a need, ask a partner for help, or propose an introduction",
        Scope.WRITE, {Role.PARTNER: _OWN, Role.CITY_OFFICER: _OWN, **_STAFF}),
    "engagements.read": Operation(
        "See engagements, their history and who is waited for", Scope.READ_MEMBERS, _OF_PARTIES),
    "engagements.move": Operation(
        "Make a move in an engagement, as far as it is one's turn", Scope.WRITE, _OF_PARTIES),
    "documents.add": Operation("Add a document to an engagement", Scope.WRITE, _OF_PARTIES),
    "documents.read": Operation(
        "Download a document of an engagement", Scope.READ_MEMBERS, _OF_PARTIES),
    "papers.read": Operation(
        "See white papers as they are written, with their versions and history",
        Scope.READ_MEMBERS, _OF_PARTIES),
    "papers.write": Operation(
        "Begin a white paper out of an engagement, write it, agree to it; the secretariat publishes",
        Scope.WRITE, {Role.PARTNER: _OWN, Role.CITY_OFFICER: _OWN, **_STAFF}),
    "inbox.read": Operation(
        "See what waits for oneself, and one's notices", Scope.READ_MEMBERS, _OF_PARTIES),
    "inbox.mark": Operation("Mark one's notices as seen", Scope.WRITE, _OF_PARTIES),
    "delegations.read": Operation(
        "See by whom a National Representative's standing is lent, and to whom",
        Scope.READ_MEMBERS, _OF_PARTIES),
    "delegations.manage": Operation(
        "Lend the standing of a National Representative until a day, or take it back",
        Scope.WRITE, {Role.NATIONAL_REPRESENTATIVE: _OWN, **_STAFF}),
    "diligence.status": Operation(
        "See whether the secretariat's due diligence on a partner is complete, and since when",
        Scope.READ_MEMBERS, _everyone(_ALL, but=(Role.PUBLIC, Role.PORTAL))),
    "diligence.read": Operation(
        "See the secretariat's due diligence on partners: every entry, note and document",
        Scope.READ_MEMBERS, _STAFF),
    "diligence.write": Operation(
        "Write down what was found about a partner, with documents", Scope.WRITE, _STAFF),
    "portfolio.read": Operation(
        "See the best set of introductions under limits (a National Representative: those of his "
        "countries' cities)", Scope.READ_MEMBERS, {Role.NATIONAL_REPRESENTATIVE: _OWN, **_STAFF}),
    "bundles.suggest": Operation(
        "See which needs of several cities could be one demand, and what would answer it",
        Scope.READ_MEMBERS, _STAFF),
    "bundles.manage": Operation(
        "Make a bundle of several cities' needs", Scope.WRITE, _STAFF),
    "bundles.read": Operation(
        "See the bundles that a city of one's own is asked to join", Scope.READ_MEMBERS,
        {Role.CITY_OFFICER: _OWN, Role.NATIONAL_REPRESENTATIVE: _OWN, **_STAFF}),
    "bundles.move": Operation(
        "Change a bundle, ask its cities, propose it to partners; for an officer: answer for his "
        "city's need", Scope.WRITE, {Role.CITY_OFFICER: _OWN, **_STAFF}),
    "events.manage": Operation(
        "Plan events, make their timetables and publish them", Scope.WRITE, _STAFF),
    "events.read": Operation(
        "See published events that one attends, and one's own appointments",
        Scope.READ_MEMBERS, _OF_PARTIES),
    "amendments.read": Operation(
        "See proposed changes of the network's instruments, and whose consent is missing",
        Scope.READ_MEMBERS, _OF_MEMBERS),
    "amendments.propose": Operation(
        "Propose a change of one of the network's instruments", Scope.WRITE,
        {Role.NATIONAL_REPRESENTATIVE: _ALL, **_STAFF}),
    "amendments.move": Operation(
        "Comment on a proposed change of an instrument; a National Representative consents or objects",
        Scope.WRITE, _OF_MEMBERS),
    "searches.manage": Operation(
        "Save searches, be told what is new in them, change and delete them", Scope.ACCOUNT,
        _account_holders(_OWN)),
    "marks.read": Operation(
        "See one's working lists: of one's city, one's partner, or, for staff, one's own",
        Scope.READ_MEMBERS, _OF_LISTS),
    "marks.write": Operation(
        "Shortlist or dismiss a match in one's working lists, or take that back", Scope.WRITE,
        _OF_LISTS),
    "webhooks.manage": Operation(
        "Create, see, replay and delete webhooks", Scope.WEBHOOKS,
        {**_account_holders(_OWN), Role.ADMINISTRATOR: _ALL}),
    "account.self": Operation(
        "See, export and erase one's own account, change its password", Scope.ACCOUNT,
        _account_holders(_OWN)),
    "keys.manage": Operation(
        "Create, list and revoke API keys", Scope.ACCOUNT,
        {**_account_holders(_OWN), Role.ADMINISTRATOR: _ALL}),
    "accounts.list": Operation("List accounts", Scope.ACCOUNT, _STAFF),
    "accounts.invite": Operation(
        "Invite an account (only an administrator invites the secretariat or an administrator)",
        Scope.ACCOUNT, _STAFF),
    "accounts.change": Operation(
        "Suspend, unlock or restore an account, change its role or what it speaks for",
        Scope.ACCOUNT, {Role.ADMINISTRATOR: _ALL}),
    "accounts.erase": Operation(
        "Erase the personal data of an account", Scope.ACCOUNT, {Role.ADMINISTRATOR: _ALL}),
    "accounts.export": Operation(
        "Export the personal data of any account", Scope.ACCOUNT, {Role.ADMINISTRATOR: _ALL}),
    "audit.read": Operation(
        "Read who signed in and what was refused", Scope.ACCOUNT, {Role.ADMINISTRATOR: _ALL}),
}  # fmt: skip
"""The table: every operation of every use case, by name."""

SANDBOX: Final = frozenset({
    "graph.read", "matches.query", "submissions.list", "claims.list", "reports.list",
    "need.write", "need.withdraw", "project.write", "project.withdraw", "offer.write",
    "offer.withdraw", "partner.write", "partner.withdraw", "entity.write", "entity.delete",
    "entity.merge", "bulk.upload", "engagements.open", "engagements.read", "engagements.move",
    "documents.read", "papers.read", "events.read", "inbox.read", "delegations.read", "amendments.read",
})  # fmt: skip
"""What the API key of a sandbox may be used for: reads, and writes that can be made as dry runs."""


def authorise(caller: Caller, operation: str, owners: Collection[str] = ()) -> Way:
    """Return how an operation goes through for a caller.

    Parameters
    ----------
    caller : Caller
        Who asks.
    operation : str
        A name of :data:`OPERATIONS`.
    owners : collection of str
        Identifiers of what the thing in question belongs to: an account, a city and its country, a
        partner.

    Returns
    -------
    Way
        ``YES`` or ``QUEUE``.

    Raises
    ------
    SignInNeededError
        If the caller has no account and some account might.
    NotAllowedError
        If the caller may not, or the API key in use does not reach so far.

    Examples
    --------
    >>> officer = Caller(Role.CITY_OFFICER, "a1", frozenset({"phuket"}))
    >>> authorise(officer, "need.write", {"phuket", "country-thailand"}).value
    'yes'
    >>> authorise(officer, "need.write", {"bangkok", "country-thailand"}).value
    'queue'
    >>> authorise(PUBLIC, "need.write")
    Traceback (most recent call last):
    matchmaker.errors.SignInNeededError: Create or change a need: sign in or send an API key.
    """
    line = OPERATIONS[operation]
    grant = line.grant(caller.role)
    way = grant.own if caller.owns(owners) else grant.others
    if way is Way.NO:
        if caller.role is Role.PUBLIC:
            raise SignInNeededError(f"{line.does}: sign in or send an API key.")
        raise NotAllowedError(f"{line.does}: {_whose(grant)} {_named(caller.role)}.")
    if caller.sandbox and operation not in SANDBOX:
        raise NotAllowedError(f"{line.does}: not with the API key of a sandbox.")
    if not caller.may_use(line.scope):
        raise NotAllowedError(f"{line.does}: the API key lacks the scope '{line.scope}'.")
    return way


def _whose(grant: Grant) -> str:
    return "not, except with what is its own, for a" if grant.own is not Way.NO else "not for a"


def _named(role: Role) -> str:
    return role.value.replace("_", " ")
