"""What accounts add to every request: the check of forms, the caller in the head, private answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import (
    MatchmakerError,
    SignInNeededError,
    StoreUnavailableError,
)
from matchmaker.permissions import OPERATIONS, PUBLIC, Caller, Way
from matchmaker.usecases.accounts import find_account
from matchmaker.web.accounts import forms
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.cookies import read_cookie, session_cookie
from matchmaker.web.accounts.fields import is_local, moment
from matchmaker.web.http import current_service, wants_json
from matchmaker.web.pages.viewmodels import words
from matchmaker.web.problems import answer

_VIEWER: Final = "matchmaker.viewer"
_SECTIONS: Final = (
    ("/account", "Your account", "account.self"),
    ("/account/searches", "Alerts", "searches.manage"),
    ("/account/keys", "API keys", "keys.manage"),
    ("/account/webhooks", "Webhooks", "webhooks.manage"),
    ("/desk", "Desk", "submissions.list"),
    ("/admin/accounts", "Accounts", "accounts.list"),
    ("/admin/audit", "Audit", "audit.read"),
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page, as its head shows it."""

    caller: Caller
    name: str
    role: str
    onward: str

    @property
    def signed_in(self) -> bool:
        """Whether somebody is."""
        return bool(self.caller.account)

    @property
    def administers(self) -> bool:
        """Whether accounts may be changed."""
        return self.may("accounts.change")

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Pages about accounts that the viewer may see, with their names."""
        return [(path, name) for path, name, operation in _SECTIONS if self.may(operation)]

    def may(self, operation: str) -> bool:
        """Tell whether an operation goes through in some way, be it for the viewer's own only."""
        grant = OPERATIONS[operation].grant(self.caller.role)
        return {grant.own, grant.others} != {Way.NO}


def register(app: Flask) -> None:
    """Make an app check forms, show who is signed in, and ask to sign in where that is needed."""
    app.before_request(forms.check_form)
    app.after_request(forms.keep_form_secret)
    app.after_request(_keep_private)
    app.register_error_handler(SignInNeededError, _ask_to_sign_in)
    app.context_processor(lambda: {"viewer": _viewer()})
    app.template_global("csrf_field")(forms.csrf_field)
    app.template_filter("moment")(moment)


def _viewer() -> Viewer:
    if _VIEWER not in request.environ:
        request.environ[_VIEWER] = _look()
    viewer: Viewer = request.environ[_VIEWER]
    return viewer


def _look() -> Viewer:
    caller, name = PUBLIC, ""
    try:
        caller = current_caller()
        if caller.account:
            account = find_account(current_service(), caller.account)
            name = account.name or account.email
    except MatchmakerError:
        # The page may be the one that tells this very error.
        pass
    role = words(caller.role.value)
    return Viewer(caller, name or role, role, _onward())


def _onward() -> str:
    """Return where to go on to after signing in from the current page: never where a token is."""
    fits = request.method == "GET" and "token" not in (request.view_args or {})
    path = request.full_path.rstrip("?")
    return path if fits and is_local(path) else ""


def _ask_to_sign_in(error: SignInNeededError) -> AnyResponse:
    """Lead people to the sign-in page and back; programs hear that they must sign in.

    Raises
    ------
    StoreUnavailableError
        If they have a session that cannot be looked up now.
    """
    if wants_json() or request.method != "GET" or type(error) is not SignInNeededError:
        return answer(error)
    status = current_service().status
    if status.read_only and read_cookie(session_cookie()):
        return answer(StoreUnavailableError(status.message))
    return redirect(f"/sign-in?next={quote(_onward(), safe='/')}", 303)


def _keep_private(response: Response) -> Response:
    """Keep answers with a form, which is for one browser, out of caches that others share."""
    if forms.HOLDS_FORM in request.environ:
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
