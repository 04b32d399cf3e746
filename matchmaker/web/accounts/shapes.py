"""JSON Schemas and parameters of the API's operations on accounts."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.accounts.model import SUBJECT_TYPES, State
from matchmaker.permissions import Role, Scope
from matchmaker.usecases.accounts.pages import LARGEST_PAGE
from matchmaker.web.shapes.values import FLAG, NULL, TEXT, Json, either, listed, record, ref

_ROLES: Final = [role.value for role in Role if role is not Role.PUBLIC]
_ROLE: Final[Json] = {"type": "string", "enum": _ROLES}
_STATE: Final[Json] = {"type": "string", "enum": [state.value for state in State]}
_SCOPE: Final[Json] = {"type": "string", "enum": [scope.value for scope in Scope]}
_TIME: Final[Json] = {
    "type": "string", "description": "ISO 8601, UTC; empty where there is none.",
}  # fmt: skip
_NAME: Final[Json] = {"type": "string", "maxLength": 200}
_EMAIL: Final[Json] = {"type": "string", "maxLength": 254}
_SUBJECTS: Final[Json] = {
    **listed(TEXT),
    "description": "Identifiers of what the account speaks for: "
    + ", ".join(f"a {kind} for a {role.value}" for role, kind in SUBJECT_TYPES.items())
    + "; none for others.",
}
_VERSION: Final[Json] = {"type": "integer", "minimum": 1}
_NEXT: Final = either(TEXT, NULL)


def _input(description: str, *optional: str, **members: Json) -> Json:
    """Return the schema of what is sent: nothing else may be."""
    return record(description, optional, **members) | {"additionalProperties": False}


_ACCOUNT: Final[dict[str, Json]] = {
    "id": TEXT,
    "email": TEXT,
    "name": TEXT,
    "role": _ROLE,
    "state": _STATE,
    "subjects": _SUBJECTS,
    "has_password": FLAG,
    "has_oidc": FLAG,
    "created_at": _TIME,
    "signed_in_at": _TIME,
    "version": _VERSION,
}
_OPEN: Final[Json] = {"type": "object", "additionalProperties": True}

ALL: Final[dict[str, Json]] = {
    "Me": record(
        "Who calls.", ("csrf_token",),
        account=record("One's own account.", **_ACCOUNT),
        scopes=listed(_SCOPE),
        key=either(TEXT, NULL),
        sandbox=FLAG,
        csrf_token={**TEXT, "description": "In a session: what writes carry in X-CSRF-Token."},
    ),
    "PersonalData": record(
        "All that is held about an account, without hashes and secrets.",
        made_at=_TIME, account=_OPEN, sessions=listed(_OPEN), keys=listed(ref("ApiKey")),
        submissions=listed(_OPEN), claims=listed(_OPEN), reports=listed(_OPEN),
        uploads=listed(_OPEN), webhooks=listed(_OPEN), audit=listed(ref("AuditEvent")),
    ),
    "ApiKey": record(
        "An API key, without its secret.",
        id=TEXT, account=TEXT, name=TEXT,
        prefix={**TEXT, "description": "How the key begins."},
        scopes=listed(_SCOPE),
        sandbox={**FLAG, "description": "Whether what is written with it is not kept."},
        created_at=_TIME, expires_at=_TIME, revoked_at=_TIME,
        last_used={**TEXT, "description": "Day of the last use; empty if there was none."},
    ),
    "ApiKeyList": record(items=listed(ref("ApiKey"))),
    "ApiKeyInput": _input(
        "A key to be created.", "expires_on", "sandbox",
        name={**_NAME, "minLength": 1},
        scopes={**listed(_SCOPE), "minItems": 1},
        expires_on={**TEXT, "description": "Last day (YYYY-MM-DD) of the key; none: no end."},
        sandbox=FLAG,
    ),
    "NewApiKey": record(
        "A key just created.",
        key=ref("ApiKey"), text={**TEXT, "description": "The key itself, shown this once."},
    ),
    "Account": record(
        "An account.", **_ACCOUNT, links=record(self=TEXT),
    ),
    "AccountList": record(items=listed(ref("Account")), next=_NEXT),
    "InvitationInput": _input(
        "Somebody to be invited.", "subjects", "name",
        email=_EMAIL, role=_ROLE, subjects=_SUBJECTS, name=_NAME,
    ),
    "Invitation": record(
        "An invitation.",
        account=ref("Account"), expires_at=_TIME, mailed=FLAG,
        link={**_NEXT, "description": "To be passed on, where it was not mailed."},
    ),
    "AccountChange": _input(
        "What to change; the rest stays.", "role", "subjects", "state", "name", "unlock",
        role=_ROLE, subjects=_SUBJECTS,
        state={"type": "string", "enum": [State.ACTIVE.value, State.SUSPENDED.value]},
        name=_NAME,
        unlock={**FLAG, "description": "Forget the failed sign-ins."},
    ) | {"minProperties": 1},
    "AuditEvent": record(
        "One line of the audit.",
        id=TEXT, at=_TIME, account=TEXT, action=TEXT, details=_OPEN,
    ),
    "AuditList": record(items=listed(ref("AuditEvent")), next=_NEXT),
}  # fmt: skip
"""Every schema that the operations on accounts use, by name."""


def _told(description: str, schema: Json | None = None, **more: Any) -> Json:
    return {"description": description, "schema": schema or TEXT, **more}


_SOME_ID: Final = "acct_0f0f2a3e-5a0c-4c8e-9d3f-2f6a1b7c4d5e"
ACCOUNT_ID: Final = _told("Identifier of the account.", example=_SOME_ID)
KEY_ID: Final = _told("Identifier of the key.", example="k3yIdentifier")
BY_ROLE: Final = _told("Only accounts of this role.", _ROLE)
BY_STATE: Final = _told("Only accounts in this state; erased ones are listed only so.", _STATE)
BY_ACCOUNT: Final = _told("Only events of this account.")
BY_ACTION: Final = _told("Only this action, such as signed_in or refused.")
CURSOR: Final = _told("The member 'next' of the page before.")
LIMIT: Final = _told(
    "How many items at most.",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50},
)
