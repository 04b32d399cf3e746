"""What goes wrong, told to programs and people: RFC 9457 problem details from one table.

References
----------
Nottingham, M., Wilde, E., Dalal, S. (2023). Problem Details for HTTP APIs. RFC 9457.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    InvalidDataError,
    KeyRefusedError,
    MailError,
    MatchmakerError,
    MovedError,
    MoveNotPossibleError,
    NotAllowedError,
    NotFoundError,
    NotYourMoveError,
    OpenAlreadyError,
    SignInNeededError,
    StoreUnavailableError,
    TooManyRequestsError,
    VersionConflictError,
)
from matchmaker.usecases.feeding.positions import PositionGoneError
from matchmaker.usecases.idempotency import KeyReusedError, UnderWayError
from matchmaker.web.accounts.forms import ForgedFormError
from matchmaker.web.contract.conditions import PreconditionRequiredError
from matchmaker.web.http import (
    API_PREFIX,
    UnreadableError,
    check_encoding,
    current_service,
    is_for_programs,
    json_response,
    wants_json,
)

_RETRY_SECONDS = 5
_LONGEST_INSTANCE = 200
_LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its stable address is ``/problems/<slug>``."""

    slug: str
    status: int
    title: str
    explanation: str


KINDS: Final = {
    kind.slug: kind
    for kind in (
        Kind("bad-request", 400, "The request cannot be read",
             "The address or the body is not what HTTP or JSON asks for: a broken "
             "percent-encoding, bytes that are not UTF-8, or JSON that does not parse."),
        Kind("bad-parameter", 400, "A parameter cannot be used",
             "The member 'parameter' names it and 'detail' says which values it takes. Parameters "
             "that an operation does not know are refused, so that a misspelt filter is noticed."),
        Kind("sign-in-needed", 401, "Somebody who is known may do this",
             "Sign in, or send an API key in the header 'Authorization: Bearer mk_...'. Keys are made "
             "on the page of an account."),
        Kind("key-refused", 401, "The API key is not taken",
             "It is unknown, expired or revoked, or its account is not active. A request with such a "
             "key is never answered as one of the public."),
        Kind("form-refused", 403, "This form is not taken",
             "A change asked for in a session or on a page must carry the token that the page was "
             "given, and must not come from another site. Load the page again and send it once more."),
        Kind("not-allowed", 403, "This is not allowed",
             "The caller is known but may not do this."),
        Kind("not-your-move", 403, "This move is for somebody else",
             "The caller is a party to it but not the one for whom the move is. The "
             "member 'parties' names those for whom it is."),
        Kind("moved", 308, "The entity was merged into another one",
             "The identifier was merged into another one, which 'moved_to' names; the header "
             "'Location' leads there. What would write to it is refused with 409 instead."),
        Kind("not-found", 404, "There is nothing here",
             "No entity has the identifier, or no page or operation has the address. Where "
             "something looks alike, 'suggestions' lists it."),
        Kind("method-not-allowed", 405, "The address does not take this method",
             "The header 'Allow' lists the methods that it takes."),
        Kind("request-under-way", 409, "The same request is being carried out",
             "A request with the same Idempotency-Key has not been answered yet. Send it again after "
             "the seconds that the header 'Retry-After' gives, with the same key."),
        Kind("conflict", 409, "The change conflicts with the data",
             "The write would undo somebody else's change, take an identifier of another type, or "
             "delete something that others refer to."),
        Kind("move-not-possible", 409, "It does not stand where this move begins",
             "The member 'stage' tells where the engagement or the white paper stands and 'possible' "
             "which moves the caller's party can make from there. Read it anew, and decide again."),
        Kind("open-already", 409, "There is an open engagement already",
             "For one need and one partner there is one open engagement at a time; the member "
             "'engagement' gives its identifier."),
        Kind("position-gone", 410, "The feed no longer goes back so far",
             "What follows the position is no longer kept. Begin the copy anew with /api/v1/dump, and "
             "go on from its 'sequence'."),
        Kind("precondition-failed", 412, "Somebody has changed it meanwhile",
             "The entity is not as the header 'If-Match' says that you read it, or there is one "
             "already and 'If-None-Match: *' creates only. Nothing was written. The member 'version' "
             "gives its version now, 0 for none: read it anew, and decide again."),
        Kind("too-large", 413, "The body is too large",
             "A body may have at most 1 MiB, a file sent to /api/v1/uploads 200 MiB, a document of an "
             "engagement 20 MiB. Larger sets of "
             "data are loaded with 'matchmaker load' on the machine of the service."),
        Kind("unsupported-media-type", 415, "The body has a form that is not taken",
             "Send a JSON object with the header 'Content-Type: application/json', with PATCH "
             "'Content-Type: application/merge-patch+json'; an upload is 'text/csv' in UTF-8 or "
             "'application/x-ndjson', a document 'application/octet-stream', not compressed."),
        Kind("idempotency-key-reused", 422, "The Idempotency-Key stands for another request",
             "Method, address and body must be the same whenever a key is sent again. Make a new key "
             "for each new request; nothing was carried out."),
        Kind("invalid-data", 422, "The data do not fit the schema",
             "The member 'faults' lists every fault with its property; nothing was changed. The "
             "schema is at /api/v1/schema."),
        Kind("precondition-required", 428, "A condition is needed",
             "Send 'If-Match' with the entity tag of what you read, or 'If-None-Match: *' to create: "
             "so that nobody's change is lost unseen."),
        Kind("too-many-requests", 429, "Too many requests",
             "Each account, and each address without one, has a quota a minute; the headers "
             "'RateLimit-Policy' and 'RateLimit' tell it with every answer. Go on after the seconds "
             "that the header 'Retry-After' gives."),
        Kind("server-error", 500, "Something went wrong here",
             "A defect of the service, not of the request. It has been written to the log of the "
             "service."),
        Kind("mail-failed", 502, "The message could not be sent",
             "The mail server has not taken it, and nothing that depends on it was done. Try again "
             "later."),
        Kind("database-away", 503, "The database cannot be reached now",
             "Reads go on from the last snapshot; nothing was written. Try the write again after "
             "the seconds that the header 'Retry-After' gives."),
    )
}  # fmt: skip

# The one table from errors to problems; the nearest class in an error's ancestry counts.
TABLE: Final[Mapping[type[BaseException], Kind]] = {
    UnreadableError: KINDS["bad-request"],
    BadRequestError: KINDS["bad-parameter"],
    SignInNeededError: KINDS["sign-in-needed"],
    KeyRefusedError: KINDS["key-refused"],
    VersionConflictError: KINDS["precondition-failed"],
    PreconditionRequiredError: KINDS["precondition-required"],
    TooManyRequestsError: KINDS["too-many-requests"],
    KeyReusedError: KINDS["idempotency-key-reused"],
    UnderWayError: KINDS["request-under-way"],
    PositionGoneError: KINDS["position-gone"],
    ForgedFormError: KINDS["form-refused"],
    MailError: KINDS["mail-failed"],
    NotYourMoveError: KINDS["not-your-move"],
    MoveNotPossibleError: KINDS["move-not-possible"],
    OpenAlreadyError: KINDS["open-already"],
    NotAllowedError: KINDS["not-allowed"],
    NotFoundError: KINDS["not-found"],
    MovedError: KINDS["moved"],
    ConflictError: KINDS["conflict"],
    InvalidDataError: KINDS["invalid-data"],
    StoreUnavailableError: KINDS["database-away"],
    Exception: KINDS["server-error"],
}
_BY_STATUS: Final = {
    400: "bad-request", 404: "not-found", 405: "method-not-allowed", 413: "too-large",
    415: "unsupported-media-type",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """One occurrence of a problem, ready to be told."""

    status: int
    title: str
    detail: str
    slug: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_json(self, instance: str) -> dict[str, Any]:
        """Return the members of RFC 9457 and those of our own."""
        return {
            "type": f"/problems/{self.slug}" if self.slug else "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance[:_LONGEST_INSTANCE],
            **self.extras,
        }


def describe(error: BaseException) -> Problem:
    """Return the problem that an error stands for.

    Examples
    --------
    >>> problem = describe(BadRequestError("limit", "must be a whole number from 1 to 200"))
    >>> problem.status, problem.slug, problem.detail
    (400, 'bad-parameter', 'limit: must be a whole number from 1 to 200')
    """
    if isinstance(error, HTTPException):
        return _of_http(error)
    kind = next(TABLE[c] for c in type(error).__mro__ if c in TABLE)
    extras: dict[str, Any] = {}
    headers: dict[str, str] = {}
    detail = str(error) if isinstance(error, MatchmakerError) else kind.explanation
    if kind.slug == "server-error":
        detail = kind.explanation  # what went wrong inside is for the log only
    if isinstance(error, BadRequestError):
        extras["parameter"] = error.parameter
    elif isinstance(error, NotFoundError):
        extras["suggestions"] = list(error.suggestions)
    elif isinstance(error, MovedError):
        extras["moved_to"] = error.target
        if request.method in ("GET", "HEAD"):
            headers["Location"] = _address_after(error)
        else:
            kind = KINDS["conflict"]  # to follow would write to what the caller has not looked at
    elif isinstance(error, InvalidDataError):
        extras["faults"] = [
            {"property": f.column, "message": f.message[:_LONGEST_MESSAGE]} for f in error.faults
        ]
        detail = str(error).partition("\n")[0]
    elif isinstance(error, VersionConflictError):
        extras["version"] = error.version
    elif isinstance(error, MoveNotPossibleError):
        extras |= {"stage": error.stage, "possible": list(error.possible)}
    elif isinstance(error, NotYourMoveError):
        extras["parties"] = list(error.parties)
    elif isinstance(error, OpenAlreadyError):
        extras["engagement"] = error.engagement
    elif isinstance(error, TooManyRequestsError):
        headers["Retry-After"] = str(error.seconds)
    elif isinstance(error, UnderWayError):
        headers["Retry-After"] = "1"
    elif isinstance(error, StoreUnavailableError):
        headers["Retry-After"] = str(_RETRY_SECONDS)
    if kind.status == 401:
        fault = ', error="invalid_token"' if kind.slug == "key-refused" else ""
        headers["WWW-Authenticate"] = f'Bearer realm="matchmaker"{fault}'
    return Problem(kind.status, kind.title, detail, kind.slug, extras, headers)


def _address_after(error: MovedError) -> str:
    """Return the address asked for, with the identifier that stays."""
    parts = request.path.split("/")
    if error.identifier in parts:
        path = "/".join(error.target if part == error.identifier else part for part in parts)
    else:
        path = f"{API_PREFIX if is_for_programs() else ''}/nodes/{error.target}"
    # The path comes with its escapes taken off: a line end in it must not end the header.
    path = quote(path, safe="/:@")
    query = quote(request.query_string, safe="%=&;,:@/?!$'()*+~")
    return f"{path}?{query}" if query else path


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    slug = _BY_STATUS.get(status)
    if slug is None:
        if status >= 500:
            kind = KINDS["server-error"]
            return Problem(status, kind.title, kind.explanation, kind.slug)
        return Problem(status, error.name, error.description or error.name)
    kind = KINDS[slug]
    extras: dict[str, Any] = {}
    headers: dict[str, str] = {}
    detail = kind.explanation
    if status == 404:
        near = _near_addresses(request.path)
        extras["suggestions"] = near
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        detail = f"There is nothing at {request.path[:_LONGEST_INSTANCE]}.{hint}"
    elif isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
        detail = f"{request.path[:_LONGEST_INSTANCE]} takes {headers['Allow']} only."
    return Problem(status, kind.title, detail, kind.slug, extras, headers)


def _near_addresses(path: str) -> list[str]:
    """Return addresses of the service without variable parts that look like one that is not."""
    known = [rule.rule for rule in current_app.url_map.iter_rules() if "<" not in rule.rule]
    known += [f"/{kind.plural}" for kind in current_service().schema.entities.values()]
    prefix = API_PREFIX if path.startswith(API_PREFIX) else ""
    tails = {rule[len(prefix) :] for rule in known if rule.startswith(prefix)}
    near = difflib.get_close_matches(path[len(prefix) : _LONGEST_INSTANCE], sorted(tails), 3, 0.7)
    return [prefix + tail for tail in near]


def answer(error: BaseException) -> Response:
    """Return the answer to an error: a problem document for programs, a page for people."""
    problem = describe(error)
    if problem.status >= 500 and not isinstance(error, StoreUnavailableError):
        current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    if wants_json():
        document = problem.as_json(request.path)
        response = json_response(document, problem.status, "application/problem+json")
    else:
        # The page about a defect needs nothing that may have the defect.
        page = "failure" if problem.slug == "server-error" else "problem"
        response = Response(render_template(f"api/{page}.html", problem=problem), problem.status)
    if not is_for_programs():
        response.vary.add("Accept")
    response.headers.extend(dict(problem.headers))
    return response


problems = Blueprint("problems", __name__, url_prefix="/problems")


@problems.get("/")
def kinds() -> Response:
    """Answer with every kind of problem."""
    return _tell(sorted(KINDS.values(), key=lambda k: (k.status, k.slug)))


@problems.get("/<slug>")
def kind(slug: str) -> Response:
    """Answer with one kind of problem.

    Raises
    ------
    NotFoundError
        If there is no such kind.
    """
    if slug not in KINDS:
        near = difflib.get_close_matches(slug[:100], KINDS, 3, 0.6)
        raise NotFoundError("kind of problem", slug[:100], [f"/problems/{n}" for n in near])
    return _tell([KINDS[slug]])


def _tell(told: list[Kind]) -> Response:
    if wants_json():
        documents = [
            {
                "type": f"/problems/{k.slug}",
                "status": k.status,
                "title": k.title,
                "explanation": k.explanation,
            }
            for k in told
        ]
        response = json_response(documents[0] if len(documents) == 1 else {"items": documents})
    else:
        response = Response(render_template("api/problems.html", kinds=told), mimetype="text/html")
    response.vary.add("Accept")
    return response


def register(app: Flask) -> None:
    """Make an app answer every error as a problem, and serve the pages about them."""
    app.before_request(check_encoding)
    app.register_blueprint(problems)
    app.register_error_handler(Exception, answer)
