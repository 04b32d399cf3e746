"""Views of webhooks in the API."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.permissions import Caller
from matchmaker.usecases.feeding import webhooks
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.listing import parse_limit
from matchmaker.web.accounts.bodies import Kind, read_body
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single

_WEBHOOK: Final[dict[str, Kind]] = {
    "url": "text", "types": "texts", "secret": "text", "since": "text",
}  # fmt: skip
_REPLAY: Final[dict[str, Kind]] = {"delivery": "text", "since": "text"}
_LISTED: Final = 50


def _private(document: Any, status: int = 200) -> Response:
    response = json_response(document, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _allowed() -> Caller:
    """Return who calls, refused before the body is looked at if that cannot be meant for him."""
    only(request.args)
    caller = current_caller()
    permit(current_service(), caller, webhooks.OPERATION, {caller.account} - {""})
    return caller


def list_webhooks() -> Response:
    """Answer with the caller's webhooks."""
    only(request.args)
    return _private({"items": webhooks.list_webhooks(current_service(), current_caller())})


def create_webhook() -> Response:
    """Create a webhook."""
    caller = _allowed()
    body = read_body(_WEBHOOK, ("url",))
    made = webhooks.create_webhook(
        current_service(), caller, body["url"], types=body.get("types", ()),
        secret=body.get("secret", ""), since=body.get("since"),
    )  # fmt: skip
    response = _private({"webhook": made.webhook, "secret": made.secret}, 201)
    response.headers["Location"] = f"{API_PREFIX}/webhooks/{made.webhook['id']}"
    return response


def get_webhook(id: str) -> Response:
    """Answer with one webhook."""
    only(request.args)
    return _private(webhooks.get_webhook(current_service(), current_caller(), id))


def delete_webhook(id: str) -> Response:
    """Delete a webhook."""
    webhooks.delete_webhook(current_service(), _allowed(), id)
    return Response(status=204)


def pause_webhook(id: str) -> Response:
    """Stop deliveries for a while."""
    return _private(webhooks.pause_webhook(current_service(), _allowed(), id))


def resume_webhook(id: str) -> Response:
    """Go on with deliveries."""
    return _private(webhooks.resume_webhook(current_service(), _allowed(), id))


def ping_webhook(id: str) -> Response:
    """Have a message without changes sent."""
    return _private(webhooks.ping_webhook(current_service(), _allowed(), id), 202)


def replay_webhook(id: str) -> Response:
    """Send a dead letter again, or everything after a position."""
    service, caller = current_service(), _allowed()
    body = read_body(_REPLAY, at_least=1)
    if len(body) != 1:
        raise InvalidDataError([Fault("", 0, "", "must have either 'delivery' or 'since'")])
    if "delivery" in body:
        return _private(webhooks.replay_delivery(service, caller, id, body["delivery"]), 202)
    return _private(webhooks.replay_since(service, caller, id, body["since"]), 202)


def list_deliveries(id: str) -> Response:
    """Answer with dead letters, pings and what was sent again."""
    only(request.args, "state", "cursor", "limit")
    page = webhooks.list_deliveries(
        current_service(), current_caller(), id, state=single(request.args, "state"),
        cursor=single(request.args, "cursor") or "",
        limit=parse_limit(single(request.args, "limit"), _LISTED),
    )  # fmt: skip
    return _private({"items": list(page.items), "next": page.next or None})
