"""Sign in and out, and find out who calls.

A session is found by the hash of its token and read anew at each call, together with its account, so
that ending it or suspending the account counts at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from matchmaker.accounts.addresses import normal_address
from matchmaker.accounts.model import Account, NewSession, Session, State
from matchmaker.accounts.passwords import hash_password, needs_rehash, verify_password
from matchmaker.accounts.times import later, moment
from matchmaker.accounts.tokens import digest, new_token
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    SignInRefusedError,
    TooManyRequestsError,
)
from matchmaker.permissions import Caller
from matchmaker.records import Record
from matchmaker.usecases.accounts.attempts import begin_attempt, forget_attempts
from matchmaker.usecases.accounts.auditing import purge_if_due
from matchmaker.usecases.accounts.keeping import alter_account, end_sessions_of, every, record_by
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=7)
SEEN_EVERY: Final = timedelta(minutes=5)
WRONG: Final = "The e-mail address or the password is wrong."
NO_ACCOUNT: Final = (
    "There is no account for this sign-in. Accounts are made by invitation: ask the secretariat."
)


def sign_in(service: Service, email: str, password: str, *, address: str = "") -> NewSession:
    """Open a session for whoever knows an account's password.

    Parameters
    ----------
    address : str
        Network address that the request comes from, for the audit.

    Raises
    ------
    SignInRefusedError
        If it fails; neither the message nor the time tells whether there is such an account.
    TooManyRequestsError
        If there were too many failures in a row with this e-mail address.
    """
    try:
        email = normal_address(email)
    except BadRequestError:
        email = ""
    found = record_by(service, "email", email or "nobody")
    account = found.id if found else ""
    try:
        attempts = begin_attempt(service, email)
    except TooManyRequestsError:
        note(service, account, "sign_in_failed", address=address, reason="must wait")
        raise
    right = verify_password(password, found.get("password", "") if found else "")
    if found is None or not right or found["state"] != State.ACTIVE:
        note(service, account, "sign_in_failed", address=address)
        if attempts.locked_until:
            note(service, account, "locked_out", address=address, until=attempts.locked_until)
        raise SignInRefusedError(WRONG)
    forget_attempts(service, email)
    if needs_rehash(found["password"]):
        _keep_anew(service, found, password)
    return open_session(service, Account.of(found), address=address, way="password")


def sign_in_oidc(
    service: Service,
    issuer: str,
    subject: str,
    email: str,
    email_verified: bool,
    *,
    address: str = "",
) -> NewSession:
    """Open a session for somebody whom another provider vouches for.

    At the first sign-in the provider's subject is linked to the account with the same e-mail
    address, if the provider has verified that; an invitation is accepted thereby.  Nobody gets an
    account in this way.

    Raises
    ------
    SignInRefusedError
        If there is no account to sign in to.
    """
    identity = f"{issuer}|{subject}"
    found = record_by(service, "oidc", identity) if issuer and subject else None
    if found is None and issuer and subject and email_verified is True:
        found = _link(service, identity, email, address)
    if found is None or found["state"] != State.ACTIVE:
        note(service, found.id if found else "", "sign_in_failed", address=address, way="oidc")
        raise SignInRefusedError(NO_ACCOUNT)
    return open_session(service, Account.of(found), address=address, way="oidc")


def _link(service: Service, identity: str, email: str, address: str) -> Record | None:
    """Link a provider's subject to the account with an e-mail address; None if that is not to be."""
    try:
        found = record_by(service, "email", normal_address(email))
    except BadRequestError:
        return None
    if found is None:
        return None

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if fields["state"] not in (State.INVITED, State.ACTIVE) or fields.get("oidc"):
            return None
        return {**fields, "oidc": identity, "state": State.ACTIVE}

    try:
        linked = service.records.change("account", found.id, alter)
    except ConflictError:
        return None
    if linked is None or linked.get("oidc") != identity:
        return None
    service.records.delete("token", {"account": found.id})
    note(service, found.id, "oidc_linked", address=address)
    return linked


def open_session(service: Service, account: Account, *, address: str, way: str) -> NewSession:
    """Open a session for an account that has shown who it is."""
    now, token = service.now(), new_token()
    service.records.create("session", digest(token), {
        "account": account.id,
        "epoch": account.epoch,
        "created_at": now,
        "seen_at": now,
        "expires_at": later(now, IDLE),
        "address": address,
    })  # fmt: skip
    alter_account(service, account.id, lambda _: {"signed_in_at": now})
    note(service, account.id, "signed_in", address=address, way=way)
    purge_if_due(service)
    return NewSession(token, account.caller, later(now, LONGEST))


def caller_of_session(service: Service, token: str) -> Caller | None:
    """Return who calls with a session's token, None if the session is over or never was.

    Notes
    -----
    Two reads; one write at most every five minutes.
    """
    found = service.records.get("session", digest(token)) if token else None
    if found is None:
        return None
    record = service.records.get("account", found["account"])
    now = service.now()
    if (
        now >= found["expires_at"]
        or record is None
        or record["state"] != State.ACTIVE
        or record.get("epoch", 0) != found["epoch"]
    ):
        service.records.delete("session", {"id": found.id})
        return None
    if moment(now) - moment(found["seen_at"]) >= SEEN_EVERY:
        ends = min(later(now, IDLE), later(found["created_at"], LONGEST))
        service.records.change(
            "session", found.id, lambda fields: {**fields, "seen_at": now, "expires_at": ends}
        )
    return Account.of(record).caller


def sign_out(service: Service, token: str) -> None:
    """End a session; one that is over already is no error."""
    key = digest(token)
    found = service.records.get("session", key)
    if found is not None and service.records.delete("session", {"id": key}):
        note(service, found["account"], "signed_out")


def list_sessions(service: Service, caller: Caller) -> list[Session]:
    """Return the caller's own open sessions, newest first."""
    permit(service, caller, "account.self", {caller.account})
    now = service.now()
    found = [Session.of(r) for r in every(service.records, "session", {"account": caller.account})]
    alive = [session for session in found if now < session.expires_at]
    return sorted(alive, key=lambda session: session.created_at, reverse=True)


def sign_out_everywhere(service: Service, caller: Caller) -> int:
    """End all of the caller's own sessions; return how many there were."""
    permit(service, caller, "account.self", {caller.account})
    ended = end_sessions_of(service, caller.account)
    note(service, caller.account, "signed_out", sessions=str(ended))
    return ended


def _keep_anew(service: Service, found: Record, password: str) -> None:
    """Keep a password with today's parameters, unless it was changed in the same moment."""
    old, new = found["password"], hash_password(password)
    alter_account(
        service, found.id, lambda held: {"password": new} if held["password"] == old else {}
    )
