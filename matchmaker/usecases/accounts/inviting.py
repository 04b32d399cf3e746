"""How accounts come about: invited by staff, asked for by their holders, or the very first one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from matchmaker.accounts.addresses import normal_address
from matchmaker.accounts.model import STAFF, SUBJECT_TYPES, Account, NewSession, Purpose, State
from matchmaker.accounts.passwords import check_password, hash_password
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    LinkRefusedError,
    MailError,
    NotAllowedError,
)
from matchmaker.graph import Snapshot
from matchmaker.mail import Mailer, mailer_of
from matchmaker.permissions import Caller, Role
from matchmaker.records import Record
from matchmaker.usecases.accounts.attempts import count_message
from matchmaker.usecases.accounts.keeping import (
    active_administrators,
    alter_account,
    plain_name,
    record_by,
)
from matchmaker.usecases.accounts.links import REFUSED, issue_link, spent
from matchmaker.usecases.accounts.sessions import open_session
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

REGISTERING: Final = (Role.PARTNER, Role.PORTAL)
"""Roles that anybody may ask for: they speak for nobody until the secretariat says so."""
MOST_SUBJECTS: Final = 20


@dataclass(frozen=True, slots=True)
class Invitation:
    """An account invited.

    Parameters
    ----------
    link : str
        To be given to the invited person; ``""`` where it was sent by mail.
    """

    account: Account
    expires_at: str
    link: str = field(default="", repr=False)

    @property
    def mailed(self) -> bool:
        """Whether the link was sent by mail."""
        return not self.link


def invite(
    service: Service,
    caller: Caller,
    *,
    email: str,
    role: str,
    subjects: Collection[str] = (),
    name: str = "",
) -> Invitation:
    """Invite somebody; to invite anew replaces the link, the role and the subjects.

    The link goes by mail, or is returned where the service has no mail server.  Only an
    administrator invites the secretariat or another administrator.

    Raises
    ------
    BadRequestError
        If a value cannot be used.
    ConflictError
        If the address has an account already.
    MailError
        If the message could not be sent; nothing was changed.
    """
    permit(service, caller, "accounts.invite")
    email, name = normal_address(email), plain_name(name)
    chosen = role_of(role)
    before = record_by(service, "email", email)
    if before is not None and before["state"] != State.INVITED:
        raise ConflictError("There is an account with this e-mail address already.")
    _guard_staff(service, caller, chosen, before)
    fields = {"role": chosen, "name": name, "subjects": list(checked_subjects(
        service.snapshot, chosen, subjects))}  # fmt: skip
    account = _keep(service, email, fields, before)
    note(service, account.id, "invited", role=chosen, by=caller.account)
    link, expires_at = issue_link(service, account.id, Purpose.INVITATION)
    mailer = mailer_of(service.settings)
    if mailer is None:
        return Invitation(account, expires_at, link)
    _send_or_undo(service, mailer, account, link, before)
    return Invitation(account, expires_at)


def register(service: Service, *, email: str, role: str, name: str) -> str:
    """Ask for an account of a partner or a portal; the link to finish it goes by mail.

    The account speaks for no partner and may do nothing special.

    Returns
    -------
    str
        What to tell whoever asks: the same whether the address has an account or not.

    Raises
    ------
    BadRequestError
        If a value cannot be used, such as a role that is by invitation only.
    NotAllowedError
        If the service has no mail server.
    TooManyRequestsError
        If too many messages were sent to the address of late.
    MailError
        If the message could not be sent; nothing was changed.
    """
    email, name, chosen = normal_address(email), plain_name(name), role_of(role)
    if chosen not in REGISTERING:
        raise BadRequestError("role", "must be partner or portal; others are by invitation")
    if not name:
        raise BadRequestError("name", "is needed: that of the organisation")
    mailer = mailer_of(service.settings)
    if mailer is None:
        raise NotAllowedError(
            "This service sends no mail, so accounts are by invitation: ask the secretariat."
        )
    count_message(service, email)
    before = record_by(service, "email", email)
    if before is not None and before["state"] != State.INVITED:
        mailer.send(email, "Your account", _KNOWN)
        return _SENT
    fields = {"role": chosen, "name": name, "subjects": []}
    account = Account.of(before) if before else _keep(service, email, fields, None)
    link, _ = issue_link(service, account.id, Purpose.INVITATION)
    _send_or_undo(service, mailer, account, link, before)
    note(service, account.id, "registered", role=account.role)
    return _SENT


def accept_invitation(
    service: Service, token: str, password: str, *, email: str = "", address: str = ""
) -> NewSession:
    """Accept an invitation (or use the very first link): set the password and sign in.

    Parameters
    ----------
    email : str
        Needed with the very first link only; an invitation has its address, which having got the
        link by mail verifies.

    Raises
    ------
    LinkRefusedError
        If the link does not work.
    BadRequestError
        If the password or the address cannot be used; the link can then be used again.
    """
    with spent(service, token, Purpose.INVITATION, Purpose.FIRST) as link:
        own = link.account.email
        if link.purpose is Purpose.FIRST:
            own = normal_address(email)
        check_password(password, own)
        kept, now = hash_password(password), service.now()

        def alter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
            if fields["state"] != State.INVITED:  # suspended in this very moment
                raise LinkRefusedError(REFUSED)
            return {
                "email": own,
                "password": kept,
                "state": State.ACTIVE,
                "epoch": fields.get("epoch", 0) + 1,
                "accepted_at": now,
            }

        account = alter_account(service, link.account.id, alter)
    note(service, account.id, "invitation_accepted", address=address)
    return open_session(service, account, address=address, way=link.purpose)


def first_link(service: Service) -> str | None:
    """Return a new link that makes the first administrator, None if there is an active one.

    It is valid for a day; a link made earlier is dead.  This asks for no permission: only who runs
    the service can call it.
    """
    if active_administrators(service):
        return None
    waiting = service.records.find("token", {"purpose": Purpose.FIRST}, limit=1)
    held = service.records.get("account", waiting[0]["account"]) if waiting else None
    if held is not None and held["state"] == State.INVITED and not held.get("email"):
        account = Account.of(held)
    else:
        account = _keep(service, "", {"role": Role.ADMINISTRATOR, "name": "", "subjects": []}, None)
    note(service, account.id, "first_link")
    return issue_link(service, account.id, Purpose.FIRST)[0]


def role_of(text: str) -> Role:
    """Return the role of an account by its name.

    Raises
    ------
    BadRequestError
        If there is no such role, or it is that of those without an account.

    Examples
    --------
    >>> role_of("partner").value
    'partner'
    """
    roles = [role for role in Role if role is not Role.PUBLIC]
    if text not in roles:
        raise BadRequestError("role", f"must be one of {', '.join(role.value for role in roles)}")
    return Role(text)


def checked_subjects(snapshot: Snapshot, role: Role, subjects: Collection[str]) -> tuple[str, ...]:
    """Return what an account of a role speaks for, sorted.

    A city officer speaks for cities, a National Representative for member states, a partner for
    partners or for none yet, all others for nothing.

    Raises
    ------
    BadRequestError
        If a subject does not exist or does not fit the role.
    """
    found = tuple(sorted(set(subjects)))
    kind = SUBJECT_TYPES.get(role)
    named = role.value.replace("_", " ")
    if kind is None and found:
        raise BadRequestError("subjects", f"must be empty for a {named}")
    if kind is not None and not found and role is not Role.PARTNER:
        raise BadRequestError("subjects", f"must name a {kind} for a {named}")
    if len(found) > MOST_SUBJECTS:
        raise BadRequestError("subjects", f"must be at most {MOST_SUBJECTS}")
    for identifier in found:
        entity = snapshot.entities.get(identifier)
        fits = entity is not None and entity.type == kind
        if entity is not None and kind == "country":
            fits = fits and entity.values.get("relation") == "member"
        if not fits:
            what = "member state" if kind == "country" else kind
            raise BadRequestError("subjects", f"{identifier[:100]!r} is the id of no {what}")
    return found


def _guard_staff(service: Service, caller: Caller, role: Role, before: Record | None) -> None:
    """Refuse whoever would invite staff, or somebody invited as such, without being administrator."""
    roles = {role.value} | ({before["role"]} if before else set())
    if caller.role is Role.ADMINISTRATOR or STAFF.isdisjoint(roles):
        return
    message = "Only an administrator invites the secretariat or an administrator."
    note(service, caller.account, "refused", operation="accounts.invite", message=message)
    raise NotAllowedError(message)


def _keep(
    service: Service, email: str, fields: Mapping[str, Any], before: Record | None
) -> Account:
    """Make an invited account, or change the one that is."""

    def alter(held: Mapping[str, Any]) -> Mapping[str, Any]:
        if held["state"] != State.INVITED:  # accepted in this very moment
            raise ConflictError("There is an account with this e-mail address already.")
        return fields

    if before is not None:
        return alter_account(service, before.id, alter)
    common = {"email": email, "state": State.INVITED, "created_at": service.now(), "epoch": 0}
    # With a '_' no identifier of an entity: owners are accounts and entities, and must not be mixed up.
    identifier = f"acct_{uuid4()}"
    return Account.of(service.records.create("account", identifier, {**common, **fields}))


def _send_or_undo(
    service: Service, mailer: Mailer, account: Account, link: str, before: Record | None
) -> None:
    """Send an invitation; if it cannot be sent, leave the account as it was, or none."""
    try:
        mailer.send(account.email, "Your account", _INVITED.format(link=link))
    except (MailError, BadRequestError):
        service.records.delete("token", {"account": account.id})
        if before is None:
            service.records.delete("account", {"id": account.id, "state": State.INVITED})
        else:
            alter_account(service, account.id, lambda _: before.fields)
        raise


_SENT: Final = "A message with a link is on its way to this address; it is valid for seven days."
_INVITED: Final = """\
There is an account for you at the partner-city matchmaking service.

To choose a password and begin, open this link within seven days:

{link}

It works once. If you do not expect this message, do nothing: without the link nobody can use
the account.
"""
_KNOWN: Final = """\
Somebody, most likely you, asked for an account with this address at the partner-city
matchmaking service. There is one already: sign in, or ask for a new password on the sign-in page.

If it was not you, do nothing.
"""
