"""Pages for staff: accounts listed, invited and changed; the audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import BadRequestError, NotAllowedError
from matchmaker.mail import mailer_of
from matchmaker.permissions import Caller, Role
from matchmaker.usecases import accounts
from matchmaker.usecases.accounts import Account, State
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.cookies import public_address
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.owning import done_message
from matchmaker.web.http import chosen, current_service, keep_nowhere, next_page, only
from matchmaker.web.pages.viewmodels import View, words

administering = Blueprint("administering", __name__, url_prefix="/admin")
_DONE: Final = {
    "mailed": "The invitation is on its way.",
    "changed": "The account is changed.",
    "erased": "The account is erased.",
}
_ACTIONS: Final = (
    "signed_in", "signed_out", "sign_in_failed", "locked_out", "unlocked", "refused", "invited",
    "registered", "first_link", "invitation_accepted", "oidc_linked", "password_changed",
    "password_reset_asked", "reset_link_made", "key_created", "key_revoked", "role_changed",
    "subjects_changed", "suspended", "restored", "exported", "erased", "submission_published",
    "submission_refused", "claim_granted", "claim_refused", "report_corrected", "report_dismissed",
)  # fmt: skip
_ROLES: Final = [(role.value, words(role.value)) for role in Role if role is not Role.PUBLIC]


administering.after_request(keep_nowhere)


def _subjects(filled: MultiDict[str, str]) -> list[str]:
    """Return the identifiers that a form lists."""
    return [part.strip() for part in filled.get("subjects", "").split(",") if part.strip()]


def _link(address: str, why: str, until: str) -> dict[str, str]:
    """Return a one-time link to pass on, at the address that the page was asked for at."""
    return {"address": public_address() + urlsplit(address).path, "why": why, "until": until}


def _list_page(caller: Caller) -> dict[str, Any]:
    service = current_service()
    wanted = {"role": chosen("role"), "state": chosen("state")}
    found = accounts.list_accounts(
        service,
        caller,
        role=wanted["role"],
        state=wanted["state"],
        cursor=chosen("cursor") or "",
    )
    view = View(service.snapshot)
    staff = caller.role is Role.ADMINISTRATOR
    return {
        "rows": [(account, view.links(account.subjects)) for account in found.items],
        "next": next_page("/admin/accounts", found.next),
        "wanted": wanted,
        "roles": _ROLES,
        "states": [state.value for state in State],
        "invitable": [
            (value, caption)
            for value, caption in _ROLES
            if staff or value not in (Role.SECRETARIAT, Role.ADMINISTRATOR)
        ],
        "mail": mailer_of(service.settings) is not None,
    }


@administering.get("/accounts")
def accounts_page() -> str:
    """List accounts."""
    only(request.args, "role", "state", "cursor", "done")
    context = _list_page(current_caller())
    form = Form({"role": Role.CITY_OFFICER.value})
    return render_template("accounts/accounts.html", form=form, done=done_message(_DONE), **context)


@administering.post("/accounts")
def invite() -> str | AnyResponse:
    """Invite somebody."""
    caller, filled = current_caller(), request.form
    values = {name: filled.get(name, "") for name in ("email", "name", "role", "subjects")}
    try:
        invitation = accounts.invite(
            current_service(), caller, email=values["email"], name=values["name"],
            role=values["role"], subjects=_subjects(filled),
        )  # fmt: skip
    except FAULTY as error:
        return refused("accounts/accounts.html", Form(values), error, **_list_page(caller))
    if invitation.mailed:
        return redirect("/admin/accounts?done=mailed", 303)
    link = _link(
        invitation.link,
        f"Give it to {invitation.account.email}, over a way that nobody else reads.",
        invitation.expires_at,
    )
    form = Form({"role": values["role"]})
    return render_template("accounts/accounts.html", form=form, link=link, **_list_page(caller))


def _one_page(caller: Caller, account_id: str) -> dict[str, Any]:
    service = current_service()
    account = accounts.get_account(service, caller, account_id)
    locked = accounts.locked_seconds(service, caller, account_id)
    return {
        "account": account,
        "subjects": View(service.snapshot).links(account.subjects),
        "locked_minutes": -(-locked // 60),
        "own": account.id == caller.account,
        "assignable": _ROLES,
        "buttons": _buttons(caller, account, locked),
    }


def _buttons(caller: Caller, account: Account, locked: int) -> list[tuple[str, str]]:
    """Return what can be done to an account now, by the last part of its address."""
    if account.state is State.INVITED:
        return [("invite", "Invite anew")]
    if caller.role is not Role.ADMINISTRATOR:
        return []
    if account.state is State.SUSPENDED:
        return [("restore", "Restore")]
    found = [("reset", "Make a link for a new password")]
    if locked:
        found.append(("unlock", "Unlock"))
    if account.id != caller.account:
        found.append(("suspend", "Suspend"))
    return found


def _form_of(account: Account) -> Form:
    return Form({
        "role": account.role.value,
        "subjects": ", ".join(account.subjects),
        "version": account.version,
    })  # fmt: skip


@administering.get("/accounts/<account_id>")
def account_page(account_id: str) -> str:
    """Show one account, and what can be done to it."""
    only(request.args, "done")
    context = _one_page(current_caller(), account_id)
    return render_template(
        "accounts/one_account.html", form=_form_of(context["account"]),
        done=done_message(_DONE), **context,
    )  # fmt: skip


@administering.post("/accounts/<account_id>")
def change(account_id: str) -> AnyResponse:
    """Change an account's role and what it speaks for."""
    caller, filled = current_caller(), request.form
    version = filled.get("version", "")
    values = {name: filled.get(name, "") for name in ("role", "subjects", "version")}
    try:
        if not version.isascii() or not version.isdigit() or len(version) > 9:
            raise BadRequestError("version", "is missing; load the page again")
        accounts.change_account(
            current_service(), caller, account_id, role=values["role"],
            subjects=_subjects(filled), expected=int(version),
        )  # fmt: skip
    except FAULTY as error:
        context = _one_page(caller, account_id)
        return refused("accounts/one_account.html", Form(values), error, **context)
    return redirect(f"/admin/accounts/{account_id}?done=changed", 303)


@administering.post("/accounts/<account_id>/<any(suspend,restore,unlock):what>")
def switch(account_id: str, what: str) -> AnyResponse:
    """Suspend, restore or unlock an account."""
    caller, service = current_caller(), current_service()
    state = {"suspend": State.SUSPENDED.value, "restore": State.ACTIVE.value}.get(what)
    try:
        accounts.change_account(
            service, caller, account_id, state=state, unlock=what in ("unlock", "restore")
        )
    except FAULTY as error:
        context = _one_page(caller, account_id)
        form = _form_of(context["account"])
        return refused("accounts/one_account.html", form, error, **context)
    return redirect(f"/admin/accounts/{account_id}?done=changed", 303)


@administering.post("/accounts/<account_id>/<any(invite,reset):what>")
def make_link(account_id: str, what: str) -> str | AnyResponse:
    """Make a new one-time link for an account: to accept its invitation, or for a new password."""
    caller, service = current_caller(), current_service()
    link, done = None, ""
    try:
        if what == "reset":
            made = accounts.issue_reset_link(service, caller, account_id)
            link = _link(made, "With it, its holder chooses a new password within an hour.", "")
        else:
            account = accounts.get_account(service, caller, account_id)
            invitation = accounts.invite(
                service, caller, email=account.email, name=account.name, role=account.role.value,
                subjects=account.subjects,
            )  # fmt: skip
            done = _DONE["mailed"]
            if not invitation.mailed:
                link = _link(invitation.link, "The earlier link is dead.", invitation.expires_at)
    except FAULTY as error:
        context = _one_page(caller, account_id)
        form = _form_of(context["account"])
        return refused("accounts/one_account.html", form, error, **context)
    context = _one_page(caller, account_id)
    return render_template(
        "accounts/one_account.html", form=_form_of(context["account"]), link=link, done=done,
        **context,
    )  # fmt: skip


@administering.post("/accounts/<account_id>/erase")
def erase(account_id: str) -> AnyResponse:
    """Erase an account, once that is confirmed."""
    caller, service = current_caller(), current_service()
    try:
        if "yes" not in request.form.getlist("sure"):
            raise BadRequestError("sure", "must be ticked: this cannot be undone")
        if account_id == caller.account:
            raise NotAllowedError("Erase your own account on the page about it.")
        accounts.erase_account(service, caller, account_id)
    except FAULTY as error:
        context = _one_page(caller, account_id)
        form = _form_of(context["account"])
        return refused("accounts/one_account.html", form, error, **context)
    return redirect("/admin/accounts?done=erased", 303)


@administering.get("/audit")
def audit_page() -> str:
    """Show who signed in and what was refused."""
    only(request.args, "action", "account", "cursor")
    service = current_service()
    wanted = {"action": chosen("action"), "account": chosen("account")}
    page = accounts.audit_events(
        service,
        current_caller(),
        account=wanted["account"],
        action=wanted["action"],
        cursor=chosen("cursor") or "",
    )
    ids = {event.account for event in page.items} | {e.details.get("by", "") for e in page.items}
    names = {
        account: accounts.display_name(current_service(), account) for account in ids if account
    }
    return render_template(
        "accounts/audit.html",
        events=[
            (event, names.get(event.account, ""), _details(event.details, names))
            for event in page.items
        ],
        next=next_page("/admin/audit", page.next),
        wanted=wanted,
        actions=_ACTIONS,
    )


def _details(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return what an event tells more, in words, with the name of whoever did it."""
    told = {
        name: names.get(value, value) if name == "by" else value for name, value in details.items()
    }
    return "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in told.items() if value)
