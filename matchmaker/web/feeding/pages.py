"""Pages about one's own webhooks: what there are, their dead letters, and what to do about them."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import NotAllowedError
from matchmaker.usecases.feeding import webhooks
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.owning import done_message, signed_in
from matchmaker.web.http import current_service, keep_nowhere, only

hook_pages = Blueprint("hook_pages", __name__)
_DONE: Final = {
    "deleted": "The webhook is deleted.",
    "paused": "Deliveries rest until you resume the webhook; nothing is lost meanwhile.",
    "resumed": "Deliveries go on.",
    "pinged": "A message without changes is on its way; load this page again to see its fate.",
    "replayed": "It is sent again; load this page again to see its fate.",
}
_LIST: Final = "feeding/webhooks.html"
_ONE: Final = "feeding/webhook.html"
_LETTERS: Final = 50


hook_pages.after_request(keep_nowhere)


def _list_page() -> dict[str, Any]:
    service = current_service()
    kinds = service.schema.entities.values()
    return {
        "webhooks": webhooks.list_webhooks(service, signed_in()),
        "kinds": [(k.name, k.plural.replace("-", " ").capitalize(), "") for k in kinds],
    }


def _one_page(number: str) -> dict[str, Any]:
    service, caller = current_service(), signed_in()
    letters = webhooks.list_deliveries(service, caller, number, limit=_LETTERS)
    return {
        "webhook": webhooks.get_webhook(service, caller, number),
        "letters": letters.items,
        "more": bool(letters.next),
    }


@hook_pages.get("/account/webhooks")
def webhooks_page() -> str:
    """List the account's webhooks."""
    only(request.args, "done")
    return render_template(_LIST, form=Form(), done=done_message(_DONE), **_list_page())


@hook_pages.post("/account/webhooks")
def create_webhook() -> str | AnyResponse:
    """Create a webhook and show its secret, this once."""
    caller, filled = signed_in(), request.form
    values: dict[str, Any] = {
        "url": filled.get("url", "").strip(),
        "types": filled.getlist("types"),
    }
    try:
        made = webhooks.create_webhook(
            current_service(), caller, values["url"], types=values["types"]
        )
    except (*FAULTY, NotAllowedError) as error:
        return refused(_LIST, Form(values), error, **_list_page())
    return render_template(_LIST, form=Form(), new_secret=made.secret, **_list_page())


@hook_pages.get("/account/webhooks/<number>")
def webhook_page(number: str) -> str:
    """Show one webhook with its dead letters."""
    only(request.args, "done")
    return render_template(_ONE, form=Form(), done=done_message(_DONE), **_one_page(number))


@hook_pages.post("/account/webhooks/<number>/<any(pause, resume, ping, delete):verb>")
def act(number: str, verb: str) -> AnyResponse:
    """Pause, resume, try out or delete a webhook."""
    service, caller = current_service(), signed_in()
    if verb == "delete":
        webhooks.delete_webhook(service, caller, number)
        return redirect("/account/webhooks?done=deleted", 303)
    does = {
        "pause": (webhooks.pause_webhook, "paused"),
        "resume": (webhooks.resume_webhook, "resumed"),
        "ping": (webhooks.ping_webhook, "pinged"),
    }
    use, done = does[verb]
    use(service, caller, number)
    return redirect(f"/account/webhooks/{number}?done={done}", 303)


@hook_pages.post("/account/webhooks/<number>/replay")
def replay(number: str) -> AnyResponse:
    """Send a dead letter again, or everything after a position."""
    service, caller = current_service(), signed_in()
    letter, since = request.form.get("delivery", ""), request.form.get("since", "").strip()
    try:
        if letter:
            webhooks.replay_delivery(service, caller, number, letter)
        else:
            webhooks.replay_since(service, caller, number, since)
    except FAULTY as error:
        return refused(_ONE, Form({"since": since}), error, **_one_page(number))
    return redirect(f"/account/webhooks/{number}?done=replayed", 303)
