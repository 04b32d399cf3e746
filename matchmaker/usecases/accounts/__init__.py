"""Accounts in use: sign-in, sessions, keys, invitations, audit, export and erasure."""

from matchmaker.accounts.model import (
    Account,
    ApiKey,
    AuditEvent,
    NewSession,
    Purpose,
    Session,
    State,
    scopes_of,
)
from matchmaker.errors import KeyRefusedError, LinkRefusedError, MailError, SignInRefusedError
from matchmaker.usecases.accounts.auditing import AuditPage, audit_events, purge, purge_if_due
from matchmaker.usecases.accounts.inviting import (
    Invitation,
    accept_invitation,
    first_link,
    invite,
    register,
)
from matchmaker.usecases.accounts.keeping import display_name, find_account
from matchmaker.usecases.accounts.keys import (
    NewKey,
    caller_of_key,
    create_key,
    list_keys,
    revoke_key,
)
from matchmaker.usecases.accounts.links import PATHS, OpenLink, look_at_link, public_url
from matchmaker.usecases.accounts.managing import (
    AccountPage,
    change_account,
    get_account,
    grant_subject,
    list_accounts,
    locked_seconds,
)
from matchmaker.usecases.accounts.privacy import erase_account, export_personal_data
from matchmaker.usecases.accounts.recovering import (
    change_password,
    confirm_password,
    issue_reset_link,
    request_password_reset,
    reset_password,
)
from matchmaker.usecases.accounts.sessions import (
    caller_of_session,
    list_sessions,
    sign_in,
    sign_in_oidc,
    sign_out,
    sign_out_everywhere,
)

__all__ = [
    "PATHS",
    "Account",
    "AccountPage",
    "ApiKey",
    "AuditEvent",
    "AuditPage",
    "Invitation",
    "KeyRefusedError",
    "LinkRefusedError",
    "MailError",
    "NewKey",
    "NewSession",
    "OpenLink",
    "Purpose",
    "Session",
    "SignInRefusedError",
    "State",
    "accept_invitation",
    "audit_events",
    "caller_of_key",
    "caller_of_session",
    "change_account",
    "change_password",
    "confirm_password",
    "create_key",
    "display_name",
    "erase_account",
    "export_personal_data",
    "find_account",
    "first_link",
    "get_account",
    "grant_subject",
    "invite",
    "issue_reset_link",
    "list_accounts",
    "list_keys",
    "list_sessions",
    "locked_seconds",
    "look_at_link",
    "public_url",
    "purge",
    "purge_if_due",
    "register",
    "request_password_reset",
    "reset_password",
    "revoke_key",
    "scopes_of",
    "sign_in",
    "sign_in_oidc",
    "sign_out",
    "sign_out_everywhere",
]
