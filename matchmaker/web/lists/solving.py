"""The page on which a city, or the secretariat, says that a need is met."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import NotAllowedError, StoreUnavailableError
from matchmaker.permissions import Caller, Way, authorise
from matchmaker.usecases.lists import solving
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.usecases.service import Service
from matchmaker.visibility import owners_of
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.brokering.wording import form_uuid, new_nonce
from matchmaker.web.http import current_service, only
from matchmaker.web.pages.viewmodels import View

RULE: Final = "/needs/<id>/solved"
_TEMPLATE: Final = "lists/solved.html"
_ENGAGEMENT: Final = "engagement:"


def _page(service: Service, caller: Caller, id: str) -> dict[str, Any]:
    snapshot = seen_graph(service, caller)
    need, view = snapshot.get("need", id), View(snapshot)
    try:
        agreed = solving.engagements_on(service, caller, id)
    except (NotAllowedError, StoreUnavailableError):
        agreed = []
    partners = [(one.id, view.link(one.id).caption) for one in snapshot.of_type("partner").values()]
    way = authorise(caller, "need.write", owners_of(snapshot, need))
    return {
        "need": view.link(id),
        "open": need.text("status") == "open",
        "status": need.text("status"),
        "direct": way is Way.YES,
        "agreed": [
            (_ENGAGEMENT + one["id"], f"{one['partner']['name']} ({one['stage_label'].lower()})")
            for one in agreed
        ],
        "partners": sorted(partners, key=lambda pair: pair[1].casefold()),
        "nonce": new_nonce(),
    }


def solved_page(id: str) -> str:
    """Ask by whom and when a need was met."""
    only(request.args)
    service, caller = current_service(), current_caller()
    permit(service, caller, "need.write", caller.subjects)
    form = Form({"by": "", "on": service.now()[:10]})
    return render_template(_TEMPLATE, form=form, **_page(service, caller, id))


def send_solved(id: str) -> AnyResponse:
    """Mark a need as met."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "need.write", caller.subjects)
    given = {name: request.form.get(name, "").strip() for name in ("by", "on")}
    by = given["by"]
    engagement = by.removeprefix(_ENGAGEMENT) if by.startswith(_ENGAGEMENT) else ""
    partner = "" if engagement else by
    try:
        done = solving.solve(
            service, caller, id, partner=partner, engagement=engagement, on=given["on"],
            uuid=form_uuid(caller),
        )  # fmt: skip
    except FAULTY as error:
        return refused(_TEMPLATE, Form(given), error, **_page(service, caller, id))
    if done.submission is not None:
        return redirect(f"/desk/submissions/{done.submission.id}?done=queued", 303)
    return redirect(f"/needs/{id}", 303)
