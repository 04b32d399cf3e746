"""Pages about saved searches: one's own, the form that saves one, and what stops mail."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Flask, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.permissions import Caller
from matchmaker.usecases.alerts import searches, unsubscribing
from matchmaker.usecases.alerts.looking import BAND_NAMES, MATCHED
from matchmaker.usecases.alerts.mailing import PAGE, address_of
from matchmaker.usecases.alerts.periods import AT_ONCE, DAILY, WEEKLY
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.entering import FAULTY, refused, told
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.forms import proven_by_address
from matchmaker.web.accounts.owning import done_message, signed_in
from matchmaker.web.brokering.wording import form_uuid, new_nonce
from matchmaker.web.http import check_encoding, current_service, keep_nowhere, only

alert_pages = Blueprint("alert_pages", __name__)
alert_pages.before_request(check_encoding)
alert_pages.after_request(keep_nowhere)
FREQUENCIES: Final = ((DAILY, "Once a day"), (WEEKLY, "Once a week"), (AT_ONCE, "Within the hour"))
BANDS: Final = {
    "strong": "Strong matches only",
    "promising": "Promising or strong matches",
    "speculative": "Any among the first ten",
}
_LIST: Final = "alerts/searches.html"
_DONE: Final = {
    "saved": "Saved. You are told of what is new from now on.",
    "paused": "The search rests until you resume it.",
    "resumed": "The search goes on.",
    "changed": "The search is changed.",
    "deleted": "The search is deleted.",
    "mail": "Your choice of mail is kept.",
}
_MAIL: Final = (
    ("digest", "What is new in my saved searches", ""),
    ("engagements", "Notices and reminders about engagements", ""),
)
_ASKED: Final = {
    "search": ("Pause this saved search?", "It can be resumed on the page of your account.",
               "Pause it"),
    "account": ("Stop mail about saved searches?",
                "The searches go on; what they find stands in your account.", "Stop this mail"),
}  # fmt: skip
_STOPPED: Final = {
    "search": ("The saved search is paused", "It can be resumed on the page of your account."),
    "account": ("Mail about saved searches is stopped",
                "What they find stands in your account, where you can also have it sent again."),
}  # fmt: skip


def install(app: Flask) -> None:
    """Give an app the pages, and its templates what the form on other pages needs."""
    app.register_blueprint(alert_pages)
    app.template_global("alert_choices")(lambda: {
        "kinds": MATCHED, "bands": [(band, BANDS[band]) for band in reversed(BAND_NAMES)],
        "frequencies": FREQUENCIES, "usual": searches.USUAL, "nonce": new_nonce(),
    })  # fmt: skip


def _page(service: Service, caller: Caller) -> dict[str, Any]:
    off = unsubscribing.mail_off(service, caller)
    return {
        "searches": [
            {**one, "last": [{**item, "url": address_of(item)} for item in one["last"]]}
            for one in searches.list_searches(service, caller)
        ],
        "most": searches.MOST_SEARCHES,
        "bands": [(band, BANDS[band]) for band in reversed(BAND_NAMES)],
        "frequencies": FREQUENCIES,
        "mail_kinds": _MAIL,
        "mailed": [kind for kind, _, _ in _MAIL if kind not in off],
        "sends_mail": bool(service.settings.smtp_url),
    }


@alert_pages.get("/account/searches")
def searches_page() -> str:
    """List the account's searches."""
    only(request.args, "done")
    context = _page(current_service(), signed_in())
    form = Form({"mail": context["mailed"]})
    return render_template(_LIST, form=form, done=done_message(_DONE), **context)


@alert_pages.post("/account/searches")
def save() -> str | AnyResponse:
    """Save a search from the form on the page of a need, an offer or a partner."""
    service, caller = current_service(), signed_in()
    given: dict[str, Any] = {
        name: request.form[name]
        for name in ("kind", "subject", "least_band", "frequency")
        if name in request.form
    }
    try:
        searches.create_search(service, caller, given, uuid=form_uuid(caller))
    except FAULTY as error:
        context = _page(service, caller)
        form = Form({**given, "mail": context["mailed"]})
        return refused(_LIST, form, error, done="", **context)
    return redirect(f"{PAGE}?done=saved", 303)


@alert_pages.post("/account/searches/<id>/<any(pause, resume, change, delete):verb>")
def act(id: str, verb: str) -> AnyResponse:
    """Pause, resume, change or delete a search."""
    service, caller = current_service(), signed_in()
    if verb == "delete":
        searches.delete_search(service, caller, id)
        return redirect(f"{PAGE}?done=deleted", 303)
    given = {
        "pause": {"state": "paused"},
        "resume": {"state": "active"},
        "change": {n: request.form[n] for n in ("least_band", "frequency") if n in request.form},
    }[verb]
    try:
        searches.change_search(service, caller, id, given)
    except FAULTY as error:
        context = _page(service, caller)
        return refused(_LIST, Form({"mail": context["mailed"]}), error, done="", **context)
    done = {"pause": "paused", "resume": "resumed", "change": "changed"}[verb]
    return redirect(f"{PAGE}?done={done}", 303)


@alert_pages.post("/account/searches/mail")
def choose_mail() -> AnyResponse:
    """Choose which kinds of mail are sent."""
    wanted = frozenset(request.form.getlist("mail"))
    unsubscribing.choose_mail(current_service(), signed_in(), wanted)
    return redirect(f"{PAGE}?done=mail", 303)


@alert_pages.get(f"{unsubscribing.PATH}<token>")
def ask_page(token: str) -> Response:
    """Ask whoever follows the link of a message whether to stop; nothing is done yet."""
    what, _ = unsubscribing.read(current_service(), token)
    heading, line, button = _ASKED[what]
    page = render_template("alerts/unsubscribe.html", heading=heading, line=line, button=button)
    return _unlisted(Response(page, mimetype="text/html"))


@alert_pages.post(f"{unsubscribing.PATH}<token>")
@proven_by_address
def stop(token: str) -> Response:
    """Stop what a link is for: asked by its page, or by a mail program at one click (RFC 8058)."""
    heading, line = _STOPPED[unsubscribing.unsubscribe(current_service(), token)]
    return _unlisted(told(heading, line, links=((PAGE, "Your saved searches"),)))


def _unlisted(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
