"""The API's operations on accounts: oneself, keys, and what staff may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request

from matchmaker.permissions import Caller
from matchmaker.schema import Schema
from matchmaker.usecases import accounts
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.listing import parse_limit
from matchmaker.web.accounts import shapes
from matchmaker.web.accounts.bodies import Kind, read_body
from matchmaker.web.accounts.calling import carries_key, current_caller
from matchmaker.web.accounts.forms import form_token
from matchmaker.web.contract.conditions import expected_version, versioned
from matchmaker.web.contract.operation import Operation
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single

_TAG: Final = "accounts"
_LISTED: Final = 50
_KEY: Final[dict[str, Kind]] = {
    "name": "text", "scopes": "texts", "expires_on": "text", "sandbox": "flag",
}  # fmt: skip
_INVITATION: Final[dict[str, Kind]] = {
    "email": "text", "role": "text", "subjects": "texts", "name": "text",
}  # fmt: skip
_CHANGE: Final[dict[str, Kind]] = {
    "role": "text", "subjects": "texts", "state": "text", "name": "text", "unlock": "flag",
}  # fmt: skip
_BODY_PROBLEMS: Final = ("invalid-data", "too-large", "unsupported-media-type")


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations on accounts, in the order of the documentation."""
    yield from _own()
    yield from _of_staff()


def _own() -> Iterator[Operation]:
    yield Operation("GET", "/me", "me", me, "Who you are here, and what your credentials reach",
                    "Me", _TAG, permission="account.self", schemas=shapes.ALL)  # fmt: skip
    yield Operation("GET", "/me/data", "my_data", my_data, "All that is held about you",
                    "PersonalData", _TAG, permission="account.self")  # fmt: skip
    yield Operation("GET", "/me/keys", "my_keys", my_keys, "Your API keys, newest first",
                    "ApiKeyList", _TAG, permission="keys.manage")  # fmt: skip
    yield Operation(
        "POST", "/me/keys", "create_key", create_key, "Create an API key; its text is shown once",
        "NewApiKey", _TAG, body="ApiKeyInput", permission="keys.manage", statuses=(201,),
        problems=(*_BODY_PROBLEMS, "conflict"),
        example={"name": "Our portal", "scopes": ["read"], "expires_on": "2030-12-31"},
    )  # fmt: skip
    yield Operation(
        "DELETE", "/me/keys/<id>", "revoke_key", revoke_key,
        "Revoke an API key, from the next request on", "ApiKey", _TAG, permission="keys.manage",
        problems=("not-found",), parameters={"id": shapes.KEY_ID},
    )  # fmt: skip


def _of_staff() -> Iterator[Operation]:
    paging = {"cursor": shapes.CURSOR, "limit": shapes.LIMIT}
    yield Operation(
        "GET", "/accounts", "list_accounts", list_accounts, "Accounts, by identifier",
        "AccountList", _TAG, ("role", "state", "cursor", "limit"), permission="accounts.list",
        parameters={"role": shapes.BY_ROLE, "state": shapes.BY_STATE, **paging},
    )  # fmt: skip
    yield Operation(
        "POST", "/accounts", "invite_account", invite_account,
        "Invite an account; the link goes by mail, or is in the answer where there is no mail",
        "Invitation", _TAG, body="InvitationInput", permission="accounts.invite", statuses=(201,),
        problems=(*_BODY_PROBLEMS, "conflict", "mail-failed"),
        example={"email": "officer@city.example", "role": "city_officer", "subjects": ["phuket"]},
    )  # fmt: skip
    yield Operation(
        "GET", "/accounts/<id>", "get_account", get_account, "One account", "Account", _TAG,
        permission="accounts.list", problems=("not-found",),
        parameters={"id": shapes.ACCOUNT_ID},
    )  # fmt: skip
    yield Operation(
        "PATCH", "/accounts/<id>", "change_account", change_account,
        "Change an account's role, subjects, state or name, or unlock it", "Account", _TAG,
        body="AccountChange", permission="accounts.change", conditional=True,
        problems=("not-found", *_BODY_PROBLEMS, "conflict"),
        parameters={"id": shapes.ACCOUNT_ID}, example={"state": "suspended"},
    )  # fmt: skip
    yield Operation(
        "GET", "/audit", "audit", audit, "Who signed in, what was refused and changed, newest first",
        "AuditList", _TAG, ("account", "action", "cursor", "limit"), permission="audit.read",
        parameters={"account": shapes.BY_ACCOUNT, "action": shapes.BY_ACTION, **paging},
    )  # fmt: skip


def _private(document: Any, status: int = 200) -> Response:
    response = json_response(document, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _allowed(operation: str) -> Caller:
    """Return who calls, refused before the body is looked at if that cannot be meant for him."""
    caller = current_caller()
    permit(current_service(), caller, operation, {caller.account} - {""})
    return caller


def _limit() -> int:
    return parse_limit(single(request.args, "limit"), _LISTED)


def _account(account: accounts.Account) -> dict[str, Any]:
    return account.as_json() | {"links": {"self": f"{API_PREFIX}/accounts/{account.id}"}}


def me() -> Response:
    """Answer with the account that calls, and what its credentials reach."""
    only(request.args)
    caller = current_caller()
    account = accounts.get_account(current_service(), caller)
    scopes = caller.scopes if caller.scopes is not None else accounts.scopes_of(caller.role)
    document = {
        "account": account.as_json(),
        "scopes": sorted(scope.value for scope in scopes),
        "key": caller.key or None,
        "sandbox": caller.sandbox,
    }
    # What a session's writes must carry; a page of another site can neither ask for it nor read it.
    return _private(document if carries_key() else document | {"csrf_token": form_token()})


def my_data() -> Response:
    """Answer with all that is held about the account that calls."""
    only(request.args)
    return _private(accounts.export_personal_data(current_service(), current_caller()))


def my_keys() -> Response:
    """Answer with the keys of the account that calls."""
    only(request.args)
    found = accounts.list_keys(current_service(), current_caller())
    return _private({"items": [key.as_json() for key in found]})


def create_key() -> Response:
    """Create a key."""
    only(request.args)
    caller = _allowed("keys.manage")
    body = read_body(_KEY, ("name", "scopes"))
    made = accounts.create_key(
        current_service(), caller, body["name"], body["scopes"],
        expires_on=body.get("expires_on", ""), sandbox=body.get("sandbox", False),
    )  # fmt: skip
    response = _private({"key": made.key.as_json(), "text": made.text}, 201)
    response.headers["Location"] = f"{API_PREFIX}/me/keys"
    return response


def revoke_key(id: str) -> Response:
    """Revoke a key."""
    only(request.args)
    return _private(accounts.revoke_key(current_service(), current_caller(), id).as_json())


def list_accounts() -> Response:
    """Answer with a page of accounts."""
    only(request.args, "role", "state", "cursor", "limit")
    page = accounts.list_accounts(
        current_service(), current_caller(), role=single(request.args, "role"),
        state=single(request.args, "state"), cursor=single(request.args, "cursor") or "",
        limit=_limit(),
    )  # fmt: skip
    return _private({"items": [_account(a) for a in page.items], "next": page.next or None})


def invite_account() -> Response:
    """Invite somebody."""
    only(request.args)
    caller = _allowed("accounts.invite")
    body = read_body(_INVITATION, ("email", "role"))
    made = accounts.invite(
        current_service(), caller, email=body["email"], role=body["role"],
        subjects=body.get("subjects", ()), name=body.get("name", ""),
    )  # fmt: skip
    document = {
        "account": _account(made.account),
        "expires_at": made.expires_at,
        "mailed": made.mailed,
        "link": made.link or None,
    }
    response = _private(document, 201)
    response.headers["Location"] = f"{API_PREFIX}/accounts/{made.account.id}"
    return response


def get_account(id: str) -> Response:
    """Answer with one account."""
    only(request.args)
    found = accounts.get_account(current_service(), current_caller(), id)
    return versioned(_private(_account(found)), found.version)


def change_account(id: str) -> Response:
    """Change an account."""
    only(request.args)
    service, caller = current_service(), _allowed("accounts.change")
    body = read_body(_CHANGE, at_least=1)
    expected = expected_version(request, accounts.get_account(service, caller, id).version)
    changed = accounts.change_account(
        service, caller, id, **body, expected=expected if isinstance(expected, int) else None
    )
    return versioned(_private(_account(changed)), changed.version)


def audit() -> Response:
    """Answer with a page of the audit."""
    only(request.args, "account", "action", "cursor", "limit")
    page = accounts.audit_events(
        current_service(), current_caller(), account=single(request.args, "account"),
        action=single(request.args, "action"), cursor=single(request.args, "cursor") or "",
        limit=_limit(),
    )  # fmt: skip
    return _private({"items": [e.as_json() for e in page.items], "next": page.next or None})
