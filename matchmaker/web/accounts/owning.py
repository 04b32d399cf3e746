"""Pages about one's own account: what it is, its password, its data, its end, its API keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import BadRequestError, NotAllowedError, SignInNeededError
from matchmaker.permissions import Caller, Scope
from matchmaker.usecases import accounts
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.cookies import drop_cookie, public_address, session_cookie
from matchmaker.web.accounts.entering import FAULTY, PASSWORD_HINT, new_password, opened, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.contract.address import client_address
from matchmaker.web.http import current_service, keep_nowhere, only, single
from matchmaker.web.pages.viewmodels import View

owning = Blueprint("owning", __name__)
_DONE: Final = {
    "welcome": "You are signed in. Welcome.",
    "password": "Your password is changed; your other sessions have ended.",
    "sessions": "All your other sessions have ended.",
    "revoked": "The key is revoked and no longer works.",
}
_SCOPES: Final = {
    Scope.READ: ("Read", "What everybody may read."),
    Scope.READ_MEMBERS: ("Read what is for members", "What your role sees beyond that."),
    Scope.WRITE: ("Write", "Submit and change needs, offers, partners and projects."),
    Scope.WEBHOOKS: ("Webhooks", "Have changes delivered to an address of yours."),
    Scope.ACCOUNT: ("Account", "Manage this account and its keys. Give it to few programs."),
}
_LIFETIMES: Final = (
    ("90", "90 days"),
    ("30", "30 days"),
    ("365", "one year"),
    ("", "never: until I revoke it"),
)


owning.after_request(keep_nowhere)


def signed_in() -> Caller:
    """Return who is signed in.

    Raises
    ------
    SignInNeededError
        If nobody is.
    """
    caller = current_caller()
    if not caller.account:
        raise SignInNeededError("This page is about your own account: sign in first.")
    return caller


def done_message(messages: dict[str, str]) -> str:
    """Return what the address says has been done."""
    return messages.get(single(request.args, "done") or "", "")


def _account_page() -> dict[str, Any]:
    service, caller = current_service(), signed_in()
    account = accounts.get_account(service, caller)
    return {
        "account": account,
        "subjects": View(service.snapshot).links(account.subjects),
        "times": [("Account since", account.created_at), ("Last sign-in", account.signed_in_at)],
        "sessions": accounts.list_sessions(service, caller),
        "password_hint": PASSWORD_HINT,
    }


@owning.get("/account")
def account_page() -> str:
    """Show the account of whoever is signed in."""
    only(request.args, "done")
    context = _account_page()
    return render_template(
        "accounts/account.html", form=Form(), done=done_message(_DONE), **context
    )


@owning.post("/account/password")
def change_password() -> AnyResponse:
    """Change one's own password."""
    caller = signed_in()
    try:
        password = new_password(request.form)
        session = accounts.change_password(
            current_service(), caller, request.form.get("current", ""), password,
            address=client_address(),
        )  # fmt: skip
    except accounts.SignInRefusedError as error:
        wrong = BadRequestError("current", str(error))
        return refused("accounts/account.html", Form(), wrong, **_account_page())
    except FAULTY as error:
        return refused("accounts/account.html", Form(), error, **_account_page())
    return opened(session, "/account?done=password")


@owning.get("/account/data")
def download_data() -> Response:
    """Answer with all that is held about the account, as a file."""
    only(request.args)
    document = accounts.export_personal_data(current_service(), signed_in())
    response = Response(
        orjson.dumps(document, option=orjson.OPT_INDENT_2), mimetype="application/json"
    )
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@owning.post("/account/sessions/end")
def end_sessions() -> AnyResponse:
    """End every session of the account, this one too."""
    accounts.sign_out_everywhere(current_service(), signed_in())
    response = redirect("/sign-in", 303)
    assert isinstance(response, Response)
    drop_cookie(response, session_cookie())
    return response


@owning.post("/account/erase")
def erase() -> AnyResponse:
    """Erase the account, once its holder has confirmed."""
    service, caller = current_service(), signed_in()
    values = {"sure": request.form.getlist("sure")}
    try:
        if "yes" not in values["sure"]:
            raise BadRequestError("sure", "must be ticked: this cannot be undone")
        _confirm(caller)
        accounts.erase_account(service, caller)
    except FAULTY as error:
        return refused("accounts/account.html", Form(values), error, **_account_page())
    response = Response(status=303, headers={"Location": "/account/erased"})
    drop_cookie(response, session_cookie())
    return response


def _confirm(caller: Caller) -> None:
    """Check the password again before what cannot be undone, where the account has one."""
    service = current_service()
    if not accounts.get_account(service, caller).has_password:
        return
    try:
        accounts.confirm_password(
            service, caller, request.form.get("erase_password", ""), address=client_address()
        )
    except accounts.SignInRefusedError as error:
        raise BadRequestError("erase_password", str(error)) from None


@owning.get("/account/erased")
def erased_page() -> str:
    """Say that the account is no more."""
    return render_template(
        "accounts/told.html", heading="Your account is erased",
        lines=["Your name, address, password, sessions and keys have been deleted."],
        links=[("/", "Home")],
    )  # fmt: skip


def _keys_page(caller: Caller) -> dict[str, Any]:
    service = current_service()
    now = service.now()
    mine = accounts.scopes_of(caller.role)
    keys = accounts.list_keys(service, caller)
    return {
        "keys": [
            (key, "active" if key.is_alive(now) else "revoked" if key.revoked_at else "expired")
            for key in keys
        ],
        "scopes": [(scope.value, *_SCOPES[scope]) for scope in Scope if scope in mine],
        "lifetimes": _LIFETIMES,
        "address": public_address(),
    }


@owning.get("/account/keys")
def keys_page() -> str:
    """List the account's API keys."""
    only(request.args, "done")
    form = Form({"scopes": [Scope.READ.value]})
    return render_template(
        "accounts/keys.html", form=form, done=done_message(_DONE), **_keys_page(signed_in())
    )


@owning.post("/account/keys")
def create_key() -> str | AnyResponse:
    """Create a key and show it, this once."""
    caller, filled = signed_in(), request.form
    values: dict[str, Any] = {
        "name": filled.get("name", ""),
        "scopes": filled.getlist("scopes"),
        "days": filled.get("days", ""),
        "sandbox": filled.getlist("sandbox"),
    }
    try:
        made = accounts.create_key(
            current_service(), caller, values["name"], values["scopes"],
            expires_on=_last_day(values["days"]), sandbox=bool(values["sandbox"]),
        )  # fmt: skip
    except (*FAULTY, NotAllowedError) as error:
        return refused("accounts/keys.html", Form(values), error, **_keys_page(caller))
    form = Form({"scopes": [Scope.READ.value]})
    return render_template("accounts/keys.html", form=form, new_key=made.text, **_keys_page(caller))


def _last_day(days: str) -> str:
    if days not in dict(_LIFETIMES):
        raise BadRequestError("days", "must be one of those listed")
    return (datetime.now(UTC) + timedelta(days=int(days))).date().isoformat() if days else ""


@owning.post("/account/keys/<key_id>/revoke")
def revoke_key(key_id: str) -> AnyResponse:
    """Revoke a key."""
    accounts.revoke_key(current_service(), signed_in(), key_id)
    return redirect("/account/keys?done=revoked", 303)
