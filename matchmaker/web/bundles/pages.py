"""Pages of the desk on bundles: suggestions, those that are made, and each with its next steps."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.bundles.moves import ANSWERING
from matchmaker.errors import MatchmakerError, NotAllowedError, NotFoundError, SignInNeededError
from matchmaker.permissions import Caller
from matchmaker.usecases.bundles import making, suggesting
from matchmaker.usecases.bundles.keeping import own
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.owning import done_message
from matchmaker.web.brokering.wording import form_uuid, new_nonce
from matchmaker.web.bundles.api import PAGE
from matchmaker.web.bundles.picture import bundle_picture
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.http import check_encoding, current_service, keep_nowhere, only, single

bundle_pages = Blueprint("bundles", __name__, url_prefix=PAGE)
bundle_pages.before_request(check_encoding)
bundle_pages.after_request(keep_nowhere)
STAGES: Final = {
    "draft": "Draft", "inviting": "Cities are asked", "proposed": "Proposed to partners",
    "closed": "Closed",
}  # fmt: skip
ANSWERS: Final = {
    "not_asked": "Not asked yet", "asked": "Asked", "accepted": "Joins", "declined": "Does not join",
}  # fmt: skip
MOVES: Final = {
    "open": "Made", "add": "Need added", "remove": "Need taken out", "invite": "Cities asked",
    "accept": "Joins", "decline": "Does not join", "propose": "Proposed to partners",
    "close": "Closed",
}  # fmt: skip
_DRAWN_FROM: Final = 3
_DONE: Final = {
    "saved": "The bundle is made. Its cities know nothing of it until you ask them.",
    "add": "The need is added.",
    "remove": "The need is taken out.",
    "invite": "The cities are asked.",
    "accept": "Your city joins. The secretariat is told.",
    "decline": "Your city does not join. The secretariat is told.",
    "propose": "Proposed. Below stands what became of each need.",
    "close": "The bundle is closed.",
}


def _list(service: Service, caller: Caller) -> dict[str, Any]:
    cursor = single(request.args, "cursor") or ""
    page = making.list_bundles(service, caller, cursor=cursor)
    suggests = lists_all(caller, "bundles.suggest")
    found = suggesting.suggest(service, caller) if suggests and not cursor else None
    return {
        "rows": page.items,
        "next": f"{PAGE}?{urlencode({'cursor': page.next})}" if page.next else "",
        "found": found,
        "pictures": [_picture(one) for one in found["suggestions"]] if found else [],
        "stages": STAGES,
        "staff": suggests,
        "nonce": new_nonce(),
        "sections": sections_of(caller),
    }


def _picture(one: dict[str, Any]) -> str:
    """Draw what is more than one line."""
    if len(one["needs"]) < _DRAWN_FROM:
        return ""
    return bundle_picture(one["needs"], one["alike"], one["least_like"])


@bundle_pages.get("", strict_slashes=False)
def list_page() -> str:
    """Show what is suggested, to staff, and the bundles that there are."""
    only(request.args, "cursor")
    service, caller = current_service(), current_caller()
    return render_template("bundles/bundles.html", form=Form(), **_list(service, caller))


@bundle_pages.post("", strict_slashes=False)
def save() -> AnyResponse:
    """Make a bundle of a suggestion, without the needs that were unticked."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "bundles.manage")
    values = {name: request.form.get(name, "") for name in ("title", "suggestion", "note")}
    try:
        made = making.save(
            service, caller, values["title"], request.form.getlist("needs"),
            suggestion=values["suggestion"], note=values["note"], uuid=form_uuid(caller),
        )  # fmt: skip
    except (*FAULTY, NotFoundError) as error:
        return refused("bundles/bundles.html", Form(values), error, **_list(service, caller))
    return redirect(f"{PAGE}/{made['id']}?done=saved", 303)


def _bundle(service: Service, caller: Caller, id: str) -> dict[str, Any]:
    one = making.get_bundle(service, caller, id)
    inside = {need["id"] for need in one["needs"]}
    free = [
        (need.id, f"{need.city.name}: {need.title}")
        for need in service.matcher.index.profiles.needs.values()
        if need.status == "open" and need.id not in inside
    ]
    like = [need for need in one["needs"] if _is_open(service, need["id"])]
    return {
        "one": one,
        "picture": _picture({**one, "needs": like}),
        "free": sorted(free, key=lambda choice: choice[1]) if "add" in one["possible"] else [],
        "mine": [need for need in one["needs"] if need["yours"] and need["answer"] != "not_asked"],
        "answering": [name for name in ANSWERING if name in one["possible"]],
        "stages": STAGES,
        "answers": ANSWERS,
        "made": MOVES,
        "nonce": new_nonce(),
        "sections": sections_of(caller),
    }


def _is_open(service: Service, need: str) -> bool:
    found = service.matcher.index.profiles.needs.get(need)
    return found is not None and found.status == "open"


@bundle_pages.get("/<id>")
def bundle_page(id: str) -> str:
    """Show a bundle and what can be done in it."""
    only(request.args, "done")
    service, caller = current_service(), current_caller()
    return render_template(
        "bundles/bundle.html", form=Form(), done=done_message(_DONE), **_bundle(service, caller, id)
    )


@bundle_pages.post("/<id>/moves")
def move(id: str) -> AnyResponse:
    """Make a move from the form of the page."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "bundles.move", own(caller))
    filled = request.form
    name, version = filled.get("move", ""), filled.get("version", "")
    targets = [part for value in filled.getlist("targets") for part in value.split()]
    right = version.isascii() and version.isdigit() and len(version) < 10
    try:
        making.move(
            service, caller, id, name, needs=[one for one in filled.getlist("needs") if one],
            targets=targets, note=filled.get("note", ""),
            expected=int(version) if right else "any", uuid=form_uuid(caller),
        )  # fmt: skip
    except (*FAULTY, NotAllowedError) as error:
        return _refused(service, caller, id, error)
    return redirect(f"{PAGE}/{id}?done={name}", 303)


def _refused(service: Service, caller: Caller, id: str, error: MatchmakerError) -> AnyResponse:
    """Show the bundle with what is wrong; whoever may not see it is told just that."""
    if isinstance(error, SignInNeededError):
        raise error
    context = _bundle(service, caller, id)
    return refused("bundles/bundle.html", Form(), error, done="", **context)
