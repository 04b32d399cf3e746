"""Passwords changed, and set anew when forgotten."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any, Final

from matchmaker.accounts.addresses import normal_address
from matchmaker.accounts.model import Account, NewSession, Purpose, State
from matchmaker.accounts.passwords import check_password, hash_password, verify_password
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    MatchmakerError,
    SignInRefusedError,
)
from matchmaker.mail import Mailer, mailer_of
from matchmaker.permissions import Caller
from matchmaker.usecases.accounts.attempts import begin_attempt, count_message, forget_attempts
from matchmaker.usecases.accounts.keeping import (
    account_record,
    alter_account,
    end_sessions_of,
    record_by,
)
from matchmaker.usecases.accounts.links import issue_link, spent
from matchmaker.usecases.accounts.sessions import open_session
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

_log = logging.getLogger(__name__)
ASKED: Final = (
    "If there is an account with this address, a message with a link is on its way to it; "
    "the link is valid for one hour."
)
ASK_SOMEBODY: Final = (
    "This service sends no mail. Ask an administrator, who can make a link to set a new password."
)


def request_password_reset(service: Service, email: str, *, address: str = "") -> str:
    """Send a link to set a new password, if there is an active account with an address.

    Returns
    -------
    str
        What to tell whoever asks: the same whether there is such an account or not.

    Raises
    ------
    BadRequestError
        If this is no e-mail address.
    TooManyRequestsError
        If this was asked too often of late, whether there is such an account or not.

    Notes
    -----
    Looking the account up and sending run beside the answer, so that the time it takes tells nothing
    either; a message that cannot be sent is written to the log, without its address.
    """
    email = normal_address(email)
    mailer = mailer_of(service.settings)
    if mailer is None:
        return ASK_SOMEBODY
    count_message(service, email)  # says at once if the database is away
    threading.Thread(
        target=_send_reset,
        args=(service, mailer, email, address),
        name="password-reset",
        daemon=True,
    ).start()
    return ASKED


def issue_reset_link(service: Service, caller: Caller, account_id: str) -> str:
    """Return a link to set a new password, to be given to the account's holder.

    Raises
    ------
    ConflictError
        If the account is not active.
    """
    permit(service, caller, "accounts.change")
    if account_record(service, account_id)["state"] != State.ACTIVE:
        raise ConflictError("Only an active account can set a new password.")
    note(service, account_id, "reset_link_made", by=caller.account)
    return issue_link(service, account_id, Purpose.RESET)[0]


def reset_password(service: Service, token: str, password: str, *, address: str = "") -> None:
    """Set a new password by a link; all sessions end, failures are forgotten.

    Raises
    ------
    LinkRefusedError
        If the link does not work.
    BadRequestError
        If the password cannot be used; the link can then be used again.
    """
    with spent(service, token, Purpose.RESET) as link:
        account = _set_password(service, link.account, password)
    forget_attempts(service, account.email)
    note(service, account.id, "password_changed", address=address, way="reset")


def change_password(
    service: Service, caller: Caller, current: str, new: str, *, address: str = ""
) -> NewSession:
    """Change one's own password; all sessions end, and a new one is opened.

    Raises
    ------
    SignInRefusedError
        If the current password is wrong; such failures count like those of signing in.
    BadRequestError
        If the new password cannot be used.
    """
    account = confirm_password(service, caller, current, address=address)
    if new == current:
        raise BadRequestError("password", "must differ from the current one")
    changed = _set_password(service, account, new)
    note(service, account.id, "password_changed", address=address, way="changed")
    return open_session(service, changed, address=address, way="password")


def confirm_password(
    service: Service, caller: Caller, password: str, *, address: str = ""
) -> Account:
    """Let somebody who has signed in show again who he is, before what cannot be undone.

    Raises
    ------
    SignInRefusedError
        If the password is wrong; such failures count like those of signing in.
    TooManyRequestsError
        If there were too many of them.
    """
    permit(service, caller, "account.self", {caller.account})
    record = account_record(service, caller.account)
    account = Account.of(record)
    begin_attempt(service, account.email)
    if not verify_password(password, record.get("password", "")):
        note(service, account.id, "sign_in_failed", address=address, way="confirmation")
        raise SignInRefusedError("The current password is wrong.")
    forget_attempts(service, account.email)
    return account


def _set_password(service: Service, account: Account, password: str) -> Account:
    check_password(password, account.email)
    kept = hash_password(password)

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"password": kept, "epoch": fields.get("epoch", 0) + 1}

    changed = alter_account(service, account.id, alter)
    end_sessions_of(service, account.id)
    return changed


def _send_reset(service: Service, mailer: Mailer, email: str, address: str) -> None:
    try:
        found = record_by(service, "email", email)
        account = found.id if found is not None else ""
        note(service, account, "password_reset_asked", address=address)
        if found is None or found["state"] != State.ACTIVE:
            return
        link, _ = issue_link(service, account, Purpose.RESET)
        mailer.send(email, "A new password", _RESET.format(link=link))
    except MatchmakerError as error:
        _log.warning("A link to set a new password was not sent: %s", error)


_RESET: Final = """\
Somebody, most likely you, asked to set a new password for your account at the partner-city
matchmaking service. To do so, open this link within one hour:

{link}

It works once. If it was not you, do nothing: your password stays as it is.
"""
