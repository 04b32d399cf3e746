"""Pages that lead to another provider to sign in, and back."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import SignInRefusedError
from matchmaker.settings import Settings
from matchmaker.usecases import accounts
from matchmaker.web.accounts.cookies import (
    drop_cookie,
    oidc_cookie,
    public_address,
    put_cookie,
    read_cookie,
)
from matchmaker.web.accounts.entering import opened, told
from matchmaker.web.accounts.fields import local_path
from matchmaker.web.accounts.oidc import (
    MINUTES_TO_SIGN_IN,
    Flow,
    IdentityRefusedError,
    Provider,
    ProviderError,
)
from matchmaker.web.contract.address import client_address
from matchmaker.web.http import current_service, only, single

providing = Blueprint("providing", __name__, url_prefix="/sign-in/other")
BACK = "/sign-in/other/back"
_EXTENSION = "matchmaker-provider"


def register_provider(app: Flask, settings: Settings) -> None:
    """Let people sign in at the provider that the settings name, if they name one."""
    if settings.oidc_issuer:
        app.extensions[_EXTENSION] = Provider(settings)
    app.register_blueprint(providing)


@providing.after_request
def keep_nowhere(response: Response) -> Response:
    """Keep these answers out of every cache, and their addresses out of referrers."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _provider() -> Provider:
    provider: Provider | None = current_app.extensions.get(_EXTENSION)
    if provider is None:
        raise NotFound
    return provider


@providing.get("")
def leave() -> AnyResponse:
    """Lead to the provider, remembering in the browser what was asked of it."""
    provider = _provider()
    only(request.args, "next")
    flow = Flow.begin(local_path(single(request.args, "next")))
    try:
        address = provider.address(flow, public_address() + BACK)
    except ProviderError as error:
        return told("The provider does not answer", str(error), status=502)
    response = Response(status=303, headers={"Location": address})
    put_cookie(response, oidc_cookie(), flow.as_text(), seconds=60 * MINUTES_TO_SIGN_IN)
    return response


@providing.get("/back")
def come_back() -> AnyResponse:
    """Sign in whoever the provider vouches for; each way there leads back once."""
    provider = _provider()
    response = _signed_in(provider)
    drop_cookie(response, oidc_cookie())
    return response


def _signed_in(provider: Provider) -> Response:
    try:
        flow = Flow.read(read_cookie(oidc_cookie()))
        found = provider.identity(flow, request.args, public_address() + BACK)
        session = accounts.sign_in_oidc(
            current_service(), found.issuer, found.subject, found.email, found.email_verified,
            address=client_address(),
        )  # fmt: skip
    except ProviderError as error:
        return told("The provider does not answer", str(error), status=502)
    except IdentityRefusedError as error:
        return told(
            "You could not be signed in", str(error), "Nothing was changed. Try once more.",
            status=403,
        )  # fmt: skip
    except SignInRefusedError as error:
        lines = [str(error)]
        if not found.email_verified:
            lines.append(f"{provider.name} has not verified your e-mail address.")
        return told("There is no account for you yet", *lines, status=403)
    return opened(session, local_path(flow.onward))
