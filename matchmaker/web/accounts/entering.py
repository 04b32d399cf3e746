"""Pages by which people come in and go: sign-in, sign-out, one-time links, asking for either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.accounts.model import NewSession, Purpose
from matchmaker.accounts.passwords import SHORTEST
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    InvalidDataError,
    LinkRefusedError,
    MailError,
    MatchmakerError,
    NotAllowedError,
    SignInRefusedError,
    TooManyRequestsError,
)
from matchmaker.mail import mailer_of
from matchmaker.usecases import accounts
from matchmaker.web.accounts.calling import current_caller, session_token
from matchmaker.web.accounts.cookies import drop_cookie, put_cookie, session_cookie
from matchmaker.web.accounts.fields import Form, local_path
from matchmaker.web.contract.address import client_address
from matchmaker.web.http import current_service, only, single
from matchmaker.web.problems import describe

entering = Blueprint("entering", __name__)
FAULTY: Final = (
    BadRequestError, ConflictError, InvalidDataError, MailError, SignInRefusedError,
    TooManyRequestsError,
)  # fmt: skip
"""Errors that a form shows beside its fields, so that they can be put right."""
TO_SIGN_IN: Final = (("/sign-in", "Sign in"),)
PASSWORD_HINT: Final = f"At least {SHORTEST} characters; a sentence that only you know is best."
REGISTERED_ROLES: Final = (
    ("partner", "Partner: an organisation that could help cities"),
    ("portal", "Portal: a program that reads with an API key"),
)
_TOKEN_RULES: Final = {purpose: f"{path}<token>" for purpose, path in accounts.PATHS.items()}
_WELCOME: Final = {
    Purpose.FIRST: (
        "Set up the first administrator",
        "Nobody administers this service yet. Choose the address and the password of its first "
        "administrator, who then invites everybody else.",
        "Create the administrator",
    ),
    Purpose.INVITATION: (
        "Welcome: choose a password",
        "You have been invited to the network's matchmaking service. Choose a password to begin.",
        "Begin",
    ),
    Purpose.RESET: (
        "Choose a new password",
        "Your other sessions end, and the old password no longer works.",
        "Set the password",
    ),
}


@entering.after_request
def keep_to_the_person(response: Response) -> Response:
    """Keep these pages out of every cache, and addresses with tokens out of referrers."""
    response.headers["Cache-Control"] = "no-store"
    if "token" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def told(
    heading: str, *lines: str, status: int = 200, links: Sequence[tuple[str, str]] = TO_SIGN_IN
) -> Response:
    """Return a page that says something, with links: addresses and captions."""
    page = render_template("accounts/told.html", heading=heading, lines=lines, links=links)
    return Response(page, status, mimetype="text/html")


def opened(session: NewSession, onward: str) -> Response:
    """Return the answer that gives the browser a session and leads it onward."""
    if old := session_token():
        accounts.sign_out(current_service(), old)
    response = Response(status=303, headers={"Location": onward})
    ends = datetime.fromisoformat(session.expires_at)
    seconds = int((ends - datetime.fromisoformat(current_service().now())).total_seconds())
    put_cookie(response, session_cookie(), session.token, seconds=seconds)
    return response


def refused(template: str, form: Form, error: MatchmakerError, **more: Any) -> AnyResponse:
    """Return a page whose form says what is wrong with it."""
    problem = describe(error)
    status = {400: 422, 401: 403}.get(problem.status, problem.status)
    response = Response(render_template(template, form=form.refused(error), **more), status)
    if isinstance(error, TooManyRequestsError):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def new_password(filled: Mapping[str, str]) -> str:
    """Return the password that a form has twice.

    Raises
    ------
    BadRequestError
        If the two differ.
    """
    if filled.get("password", "") != filled.get("again", ""):
        raise BadRequestError("again", "is not the same as the password above it")
    return filled.get("password", "")


def sign_in_page(form: Form, onward: str) -> str:
    """Return the sign-in page."""
    return render_template("accounts/sign_in.html", form=form, **about_sign_in(onward))


def about_sign_in(onward: str) -> dict[str, Any]:
    """Return what the sign-in page shows beside its form."""
    settings = current_service().settings
    name = ""
    if settings.oidc_issuer:
        name = settings.oidc_name or settings.oidc_issuer.partition("://")[2].partition("/")[0]
    return {"onward": onward, "provider": name, "registers": mailer_of(settings) is not None}


@entering.get("/sign-in")
def ask_sign_in() -> str | AnyResponse:
    """Show the form to sign in."""
    only(request.args, "next")
    onward = local_path(single(request.args, "next"))
    if current_caller().account:
        return redirect(onward, 303)
    return sign_in_page(Form(), onward)


@entering.post("/sign-in")
def sign_in() -> AnyResponse:
    """Sign in by e-mail address and password."""
    onward = local_path(request.form.get("next"))
    email = request.form.get("email", "")
    try:
        session = accounts.sign_in(
            current_service(), email, request.form.get("password", ""), address=client_address()
        )
    except FAULTY as error:
        form = Form({"email": email})
        return refused("accounts/sign_in.html", form, error, **about_sign_in(onward))
    return opened(session, onward)


@entering.post("/sign-out")
def sign_out() -> AnyResponse:
    """End the session."""
    if token := session_token():
        accounts.sign_out(current_service(), token)
    response = Response(status=303, headers={"Location": "/"})
    drop_cookie(response, session_cookie())
    return response


def _link_page(token: str) -> tuple[Purpose, dict[str, Any]]:
    """Return what a link is for, and what its page shows.

    Raises
    ------
    LinkRefusedError
        If the link does not work.
    """
    found = accounts.look_at_link(current_service(), token)
    heading, lead, button = _WELCOME[found.purpose]
    return found.purpose, {
        "heading": heading,
        "lead": lead,
        "button": button,
        "email": found.account.email,
        "asks_email": found.purpose is Purpose.FIRST,
        "resets": found.purpose is Purpose.RESET,
        "password_hint": PASSWORD_HINT,
    }


def link_view(token: str) -> str | AnyResponse:
    """Show what a one-time link is for, and use it once the form is sent."""
    try:
        purpose, context = _link_page(token)
        if request.method != "POST":
            return render_template("accounts/invitation.html", form=Form(), **context)
        return _use_link(token, purpose, context)
    except LinkRefusedError as error:
        return told(
            "This link does not work", str(error), "Ask whoever sent it to you for a new one.",
            status=403, links=(*TO_SIGN_IN, ("/password-reset", "Reset your password")),
        )  # fmt: skip


def _use_link(token: str, purpose: Purpose, context: Mapping[str, Any]) -> AnyResponse:
    service, filled, address = current_service(), request.form, client_address()
    try:
        password = new_password(filled)
        if purpose is Purpose.RESET:
            accounts.reset_password(service, token, password, address=address)
            return redirect("/sign-in", 303)
        session = accounts.accept_invitation(
            service, token, password, email=filled.get("email", ""), address=address
        )
    except FAULTY as error:
        form = Form({"email": filled.get("email", "")})
        return refused("accounts/invitation.html", form, error, **context)
    return opened(session, "/account?done=welcome")


for _purpose, _rule in _TOKEN_RULES.items():
    entering.add_url_rule(_rule, f"{_purpose}_link", link_view, methods=["GET", "POST"])


def _mails() -> bool:
    return mailer_of(current_service().settings) is not None


@entering.get("/password-reset")
def ask_reset() -> str:
    """Show the form to ask for a link to a new password."""
    return render_template("accounts/reset_request.html", form=Form(), mail=_mails())


@entering.post("/password-reset")
def send_reset() -> str | AnyResponse:
    """Send the link, if there is such an account; the answer does not tell."""
    email, mail = request.form.get("email", ""), _mails()
    try:
        said = accounts.request_password_reset(current_service(), email, address=client_address())
    except FAULTY as error:
        form = Form({"email": email})
        return refused("accounts/reset_request.html", form, error, mail=mail)
    return render_template("accounts/reset_request.html", form=Form(), sent=said, mail=mail)


@entering.get("/register")
def ask_register() -> str:
    """Show the form to ask for an account."""
    return render_template(
        "accounts/register.html", form=Form(), roles=REGISTERED_ROLES, mail=_mails()
    )


@entering.post("/register")
def register() -> str | AnyResponse:
    """Ask for an account of a partner or a portal."""
    filled, mail = request.form, _mails()
    names = ("email", "role", "name")
    values = {name: filled.get(name, "") for name in names}
    try:
        said = accounts.register(current_service(), **values)
    except (*FAULTY, NotAllowedError) as error:
        return refused(
            "accounts/register.html", Form(values), error, roles=REGISTERED_ROLES, mail=mail
        )
    return render_template(
        "accounts/register.html", form=Form(), roles=REGISTERED_ROLES, sent=said, mail=mail
    )
