"""The desk: what waits for a decision, for staff, officers of cities, and whoever submitted it."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import BadRequestError, MatchmakerError
from matchmaker.graph import Snapshot
from matchmaker.permissions import Caller
from matchmaker.schema import Property
from matchmaker.usecases import accounts
from matchmaker.usecases.contributing import claims, merging, reports, reviewing
from matchmaker.usecases.contributing.proposing import CONTRIBUTED
from matchmaker.usecases.contributing.submissions import State, lists_all
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.owning import done_message
from matchmaker.web.contributing.menu import Group, menu_of
from matchmaker.web.http import (
    check_encoding,
    chosen,
    current_service,
    keep_nowhere,
    next_page,
    only,
)
from matchmaker.web.pages.viewmodels import Link, View, words

desk = Blueprint("desk", __name__, url_prefix="/desk")
desk.before_request(check_encoding)
_DONE: Final = {
    "queued": "Thank you. It waits for review now; you see here what becomes of it.",
    "published": "It is published.",
    "refused": "It is refused; whoever submitted it sees the reason.",
    "withdrawn": "It is taken back.",
    "claimed": "Thank you. The secretariat looks at your claim.",
    "granted": "The claim is granted.",
    "closed": "The report is closed.",
}


desk.after_request(keep_nowhere)


def sections_of(caller: Caller) -> list[Group]:
    """Return the parts of the desk that a caller may see, in groups."""
    return menu_of(caller)


@desk.get("")
def submissions_page() -> str:
    """List what waits for review, or what became of it."""
    only(request.args, "state", "type", "cursor", "done")
    service, caller = current_service(), current_caller()
    state = chosen("state") or State.WAITING.value
    wanted = {"state": state, "type": chosen("type")}
    page = reviewing.list_submissions(
        service, caller, state=None if state == "any" else state, kind=wanted["type"],
        cursor=chosen("cursor") or "",
    )  # fmt: skip
    return render_template(
        "desk/submissions.html",
        rows=page.items,
        next=next_page("/desk", page.next),
        wanted=wanted,
        states=[one.value for one in State],
        types=list(CONTRIBUTED),
        sections=sections_of(caller),
        all=lists_all(caller, "submissions.list"),
        done=done_message(_DONE),
    )


def _submission_page(caller: Caller, id: str) -> dict[str, Any]:
    service = current_service()
    one = reviewing.get_submission(service, caller, id)
    snapshot = seen_graph(service, caller)
    view, kind = View(snapshot), snapshot.schema.entities[one["type"]]
    waits = one["state"] in (State.WAITING, State.PUBLISHING)
    told = one["document"] or {}
    return {
        "one": one,
        "kind": kind,
        "entity": view.link(one["entity"]) if one["entity"] in snapshot.entities else None,
        "rows": [
            {
                "label": words(row["property"]),
                "from": _shown(view, kind.properties[row["property"]], row["from"]),
                "to": _shown(view, kind.properties[row["property"]], row["to"]),
            }
            for row in one["differences"]
        ],
        "facts": [
            (words(name), _shown(view, kind.properties[name], told[name]))
            for name in kind.properties
            if name in told
        ],
        "decides": waits and reviewing.may_decide(service, caller, id),
        "own": one["account"] == caller.account,
        "waits": waits,
        "by": accounts.display_name(current_service(), one["account"])
        if lists_all(caller, "submissions.list")
        else "",
        "sections": sections_of(caller),
    }


def _shown(view: View, prop: Property, value: Any) -> list[Link]:
    """Return a value as a page shows it: links, or texts that lead nowhere."""
    if value is None:
        return []
    parts = value if isinstance(value, list) else [value]
    if prop.target is not None:
        return list(view.links(parts))
    texts = ["yes" if p is True else "no" if p is False else str(p) for p in parts]
    if prop.kind == "term":
        texts = [words(text) for text in texts]
    return [Link(text, text, "", "") for text in texts]


@desk.get("/submissions/<id>")
def submission_page(id: str) -> str:
    """Show one submission, what it would change, and what can be decided."""
    only(request.args, "done")
    context = _submission_page(current_caller(), id)
    return render_template(
        "desk/submission.html", form=Form({"rebase": []}), done=done_message(_DONE), **context
    )


@desk.post("/submissions/<id>/<any(publish,refuse,withdraw):what>")
def decide_submission(id: str, what: str) -> AnyResponse:
    """Publish, refuse or take back a submission."""
    service, caller = current_service(), current_caller()
    reason, rebase = request.form.get("reason", ""), request.form.getlist("rebase")
    values = {"reason": reason, "rebase": rebase}
    try:
        if what == "withdraw":
            reviewing.withdraw_submission(service, caller, id)
        else:
            reviewing.decide(
                service, caller, id, what, reason=reason,
                rebase="yes" in rebase,
            )  # fmt: skip
    except FAULTY as error:
        context = _submission_page(caller, id)
        return refused("desk/submission.html", Form(values), error, done="", **context)
    done = {"publish": "published", "refuse": "refused", "withdraw": "withdrawn"}[what]
    return redirect(f"/desk/submissions/{id}?done={done}", 303)


def _claims_page(caller: Caller) -> dict[str, Any]:
    service, state = current_service(), chosen("state")
    page = claims.list_claims(service, caller, state=state, cursor=chosen("cursor") or "")
    staff = lists_all(caller, "claims.list")
    return {
        "rows": [
            (one, accounts.display_name(current_service(), one["account"]) if staff else "")
            for one in page.items
        ],
        "next": next_page("/desk/claims", page.next),
        "wanted": state,
        "states": [state for state in claims.STATES if state != "granting"],
        "staff": staff,
        "sections": sections_of(caller),
    }


@desk.get("/claims")
def claims_page() -> str:
    """List claims of profiles."""
    only(request.args, "state", "cursor", "done")
    context = _claims_page(current_caller())
    return render_template("desk/claims.html", form=Form(), done=done_message(_DONE), **context)


@desk.post("/claims/<id>/<any(grant,refuse):what>")
def decide_claim(id: str, what: str) -> AnyResponse:
    """Grant or refuse a claim."""
    service, caller = current_service(), current_caller()
    try:
        claims.decide_claim(service, caller, id, what, reason=request.form.get("reason", ""))
    except FAULTY as error:
        context = _claims_page(caller)
        return refused("desk/claims.html", Form(), error, done="", **context)
    return redirect(f"/desk/claims?done={'granted' if what == 'grant' else 'refused'}", 303)


def _reports_page(caller: Caller) -> dict[str, Any]:
    service, state = current_service(), chosen("state") or "open"
    page = reports.list_reports(
        service, caller, state=None if state == "any" else state,
        cursor=chosen("cursor") or "",
    )  # fmt: skip
    view = View(seen_graph(service, caller))
    return {
        "rows": [(one, view.link(one["entity"]), words(one["property"])) for one in page.items],
        "next": next_page("/desk/reports", page.next),
        "wanted": state,
        "states": reports.STATES,
        "decides": caller.role != "partner",
        "sections": sections_of(caller),
    }


@desk.get("/reports")
def reports_page() -> str:
    """List reported errors."""
    only(request.args, "state", "cursor", "done")
    context = _reports_page(current_caller())
    return render_template("desk/reports.html", form=Form(), done=done_message(_DONE), **context)


@desk.post("/reports/<id>/<any(corrected,dismissed):state>")
def decide_report(id: str, state: str) -> AnyResponse:
    """Close a reported error."""
    service, caller = current_service(), current_caller()
    try:
        reports.decide_report(service, caller, id, state, reason=request.form.get("reason", ""))
    except FAULTY as error:
        context = _reports_page(caller)
        return refused("desk/reports.html", Form(), error, done="", **context)
    return redirect("/desk/reports?done=closed", 303)


def _merge_page(caller: Caller, snapshot: Snapshot) -> dict[str, Any]:
    given = request.form if request.method == "POST" else request.args
    values = {name: given.get(name, "").strip() for name in ("type", "old", "into")}
    return {
        "types": [(name, words(name)) for name in snapshot.schema.entities],
        "values": values or {"type": "need"},
        "sections": sections_of(caller),
    }


@desk.get("/merge")
def merge_page() -> str | AnyResponse:
    """Compare two entities side by side, before one is merged into the other."""
    only(request.args, "type", "old", "into")
    service, caller = current_service(), current_caller()
    permit(service, caller, "entity.merge")
    snapshot = seen_graph(service, caller)
    context = _merge_page(caller, snapshot)
    form, view = Form(context["values"]), View(snapshot)
    kind, old, into = (context["values"][name] for name in ("type", "old", "into"))
    if not (old and into and kind in snapshot.schema.entities):
        return render_template("desk/merge.html", form=form, rows=[], pair=None, **context)
    try:
        rows = merging.compare(service, caller, kind, old, into)
        told = merging.merge(service, caller, kind, old, into, dry_run=True)
    except MatchmakerError as error:
        return refused("desk/merge.html", form, error, rows=[], pair=None, **context)
    properties = snapshot.schema.entities[kind].properties
    return render_template(
        "desk/merge.html",
        form=form,
        rows=[
            {
                "label": words(row["property"]),
                "old": _shown(view, properties[row["property"]], row["old"]),
                "into": _shown(view, properties[row["property"]], row["into"]),
            }
            for row in rows
        ],
        pair=(view.link(old), view.link(into)),
        referring=view.links(told.referring),
        **context,
    )


@desk.post("/merge")
def merge() -> AnyResponse:
    """Merge one entity into another one."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "entity.merge")
    context = _merge_page(caller, seen_graph(service, caller))
    values = context["values"]
    try:
        done = merging.merge(service, caller, values["type"], values["old"], values["into"])
    except (MatchmakerError, KeyError) as error:
        unknown = BadRequestError("type", "must be one of those listed")
        told = error if isinstance(error, MatchmakerError) else unknown
        return refused("desk/merge.html", Form(values), told, rows=[], pair=None, **context)
    return redirect(f"/{service.schema.entities[done.type].plural}/{done.into_id}", 303)
