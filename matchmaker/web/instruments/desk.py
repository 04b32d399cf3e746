"""The desk's pages on changes of instruments: proposed, spoken to, revised, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.accounts.model import STAFF
from matchmaker.errors import BadRequestError, NotAllowedError, SignInNeededError
from matchmaker.instruments.amending import Change
from matchmaker.permissions import Caller
from matchmaker.usecases.accounts import display_name
from matchmaker.usecases.brokering.notices import AMENDMENT_PAGE
from matchmaker.usecases.brokering.showing import caption
from matchmaker.usecases.instruments import amendments, showing
from matchmaker.usecases.instruments.amendments import LONGEST_NOTE
from matchmaker.usecases.instruments.keeping import members_of, standing_of
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.owning import done_message
from matchmaker.web.brokering.wording import due, form_number, form_uuid, may, new_nonce
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.http import (
    check_encoding,
    chosen,
    current_service,
    keep_nowhere,
    next_page,
    only,
)

PAGE: Final = "/desk/instruments"
instrument_desk = Blueprint("instrument_desk", __name__, url_prefix=PAGE)
instrument_desk.before_request(check_encoding)
instrument_desk.after_request(keep_nowhere)
_DONE: Final = {
    "proposed": "The change is proposed, and those concerned are told.",
    "moved": "Done. Those concerned are told.",
}
_SAYS: Final = {
    "comment": "Everybody who sees this page reads it.",
    "consent": "The member state agrees with the text as it is proposed.",
    "record": "A member state has consented by letter or in a meeting; the note says when and where.",
    "object": "The proposal then waits until it is revised or withdrawn. The note says why.",
    "revise": "Propose other words: it is open for objection anew, and all are asked again.",
    "withdraw": "Take the proposal back.",
}
_FORM: Final = "instruments/propose.html"
_ONE: Final = "instruments/amendment.html"


@instrument_desk.get("")
def amendments_page() -> str:
    """List instruments with what is proposed for each, and what became of proposals."""
    only(request.args, "cursor")
    service, caller = current_service(), current_caller()
    page = amendments.list_amendments(service, caller, cursor=chosen("cursor") or "")
    under_way = {
        one["instrument"]["id"]: _row(service, one)
        for stage in ("open", "objected")
        for one in amendments.list_amendments(service, caller, stage=stage).items
    }
    return render_template(
        "instruments/desk.html",
        instruments=[
            {**one, "under_way": under_way.get(one["id"])}
            for one in showing.list_instruments(service, caller)
        ],
        rows=[_row(service, one) for one in page.items],
        next=next_page(PAGE, page.next),
        proposes=may(caller, "amendments.propose"),
        sections=sections_of(caller),
    )


def _row(service: Service, one: dict[str, Any]) -> dict[str, Any]:
    left = due(one["until"], service.now()) if one["stage"] == "open" else None
    return {**one, "url": f"{AMENDMENT_PAGE}{one['id']}", "due": left}


def _proposing(service: Service, caller: Caller, id: str) -> dict[str, Any]:
    """Return what the form for a proposal shows: the words of the last version."""
    one = showing.get_instrument(service, caller, id)
    text = showing.get_version(service, caller, id, str(one["versions"][-1]["number"]))
    mine = sorted(set(standing_of(service, caller)) & set(members_of(service)))
    return {
        "one": one,
        "clauses": text["clauses"],
        "days": one["consensus"]["days"],
        "action": f"{PAGE}/{id}/propose",
        "heading": f"Propose a change of the {one['short']}",
        "button": "Propose the change",
        "countries": [(country, caption(service, country)) for country in mine]
        if len(mine) > 1 and caller.role not in STAFF
        else [],
        **_shared(caller),
    }


def _shared(caller: Caller) -> dict[str, Any]:
    return {"longest": LONGEST_NOTE, "nonce": new_nonce(), "sections": sections_of(caller)}


def _filled(clauses: list[dict[str, Any]]) -> tuple[list[Change], dict[str, Any]]:
    """Return the changes that a form asks for, and the form as it was filled in."""
    filled = request.form
    removed = set(filled.getlist("remove"))
    values: dict[str, Any] = {n: filled.get(n, "") for n in filled if n != "remove"}
    values["remove"] = removed
    changes = []
    for clause in clauses:
        says = filled.get(f"says-{clause['id']}", clause["says"]).replace("\r\n", "\n").strip()
        if clause["id"] in removed:
            changes.append(Change(clause["id"], remove=True))
        elif says != clause["says"]:
            changes.append(Change(clause["id"], says))
    new = filled.get("new-clause", "").strip()
    if new or filled.get("new-says", "").strip():
        section = filled.get("new-section", "").strip()
        changes.append(Change(new, filled.get("new-says", "").replace("\r\n", "\n"), section))
    return changes, values


@instrument_desk.get("/<id>/propose")
def propose_page(id: str) -> str:
    """Show the form for a proposal."""
    only(request.args)
    service, caller = current_service(), current_caller()
    permit(service, caller, "amendments.propose")
    return render_template(_FORM, form=Form({"remove": ()}), **_proposing(service, caller, id))


@instrument_desk.post("/<id>/propose")
def propose(id: str) -> AnyResponse:
    """Propose a change; one that cannot be comes back as it was filled in."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "amendments.propose")
    context = _proposing(service, caller, id)
    changes, values = _filled(context["clauses"])
    try:
        made = amendments.propose(
            service, caller, id, changes, values.get("reason", ""),
            effective=values.get("effective", ""), country=values.get("country", ""),
            uuid=form_uuid(caller),
        )  # fmt: skip
    except FAULTY as error:
        return refused(_FORM, Form(values), error, **context)
    return redirect(f"{AMENDMENT_PAGE}{made['id']}?done=proposed", 303)


def _page(service: Service, caller: Caller, id: str) -> dict[str, Any]:
    one = amendments.get_amendment(service, caller, id)
    staff = caller.role in STAFF
    countries = [line["id"] for line in one["your"]["countries"]]
    return {
        "one": _row(service, one),
        "moves": [
            {**line, "says": _SAYS[line["name"]]}
            for line in one["your"]["moves"]
            if line["name"] != "revise"
        ],
        "revises": any(line["name"] == "revise" for line in one["your"]["moves"]),
        "several": len(countries) > 1,
        "empty_form": Form(),
        "timeline": [
            {**line, "by": _mover(service, caller, line, staff)} for line in reversed(one["moves"])
        ],
        **_shared(caller),
    }


def _mover(service: Service, caller: Caller, line: Mapping[str, Any], staff: bool) -> str:
    """Return who made a move as far as the caller may know: persons are shown to staff only."""
    if line["account"] and line["account"] == caller.account:
        return "you"
    return display_name(service, line["account"]) if staff and line["account"] else ""


@instrument_desk.get("/amendments/<id>")
def amendment_page(id: str) -> str:
    """Show one proposal: what it would change, whose consent is missing, its history."""
    only(request.args, "done")
    context = _page(current_service(), current_caller(), id)
    return render_template(_ONE, form=Form(), tried="", done=done_message(_DONE), **context)


@instrument_desk.post("/amendments/<id>/moves/<name>")
def make_move(id: str, name: str) -> AnyResponse:
    """Make a move; one that is refused comes back with the reason."""
    service, caller, filled = current_service(), current_caller(), request.form
    values = {n: filled.get(n, "") for n in ("note", "country")}
    try:
        if name == "revise":
            raise BadRequestError("move", "use the form for a revision")
        amendments.move(
            service, caller, id, name, expected=form_number("version", filled.get("version", "")),
            uuid=form_uuid(caller), note=values["note"], country=values["country"],
        )  # fmt: skip
    except (*FAULTY, NotAllowedError) as error:
        if isinstance(error, SignInNeededError):
            raise
        context = _page(service, caller, id)
        return refused(_ONE, Form(values), error, tried=name, done="", **context)
    return redirect(f"{AMENDMENT_PAGE}{id}?done=moved", 303)


def _revising(service: Service, caller: Caller, id: str) -> dict[str, Any]:
    """Return what the form for a revision shows: the words of the version that is changed."""
    one = amendments.get_amendment(service, caller, id)
    base = showing.get_version(service, caller, one["instrument"]["id"], str(one["base"]))
    instrument = showing.get_instrument(service, caller, one["instrument"]["id"])
    return {
        "one": instrument,
        "amendment": one,
        "clauses": base["clauses"],
        "days": one["days"],
        "action": f"{AMENDMENT_PAGE}{id}/revise",
        "heading": f"Revise the proposed change of the {instrument['short']}",
        "button": "Propose it anew",
        "countries": [],
        **_shared(caller),
    }


@instrument_desk.get("/amendments/<id>/revise")
def revise_page(id: str) -> str:
    """Show the form for a revision, filled in as the proposal is now."""
    only(request.args)
    service, caller = current_service(), current_caller()
    permit(service, caller, "amendments.move")
    context = _revising(service, caller, id)
    known = {clause["id"] for clause in context["clauses"]}
    values: dict[str, Any] = {"remove": set(), "reason": context["amendment"]["reason"]}
    for line in context["amendment"]["differences"]:
        if line["how"] == "removed":
            values["remove"].add(line["clause"])
        elif line["clause"] in known:
            values[f"says-{line['clause']}"] = line["new"]
        else:
            values |= {"new-clause": line["clause"], "new-says": line["new"],
                       "new-section": line["section"]}  # fmt: skip
    return render_template(_FORM, form=Form(values), **context)


@instrument_desk.post("/amendments/<id>/revise")
def revise(id: str) -> AnyResponse:
    """Revise a proposal."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "amendments.move")
    context = _revising(service, caller, id)
    changes, values = _filled(context["clauses"])
    try:
        amendments.move(
            service, caller, id, "revise", note=values.get("reason", ""), changes=changes,
            effective=values.get("effective", ""),
            expected=form_number("version", values.get("version", "")),
            uuid=form_uuid(caller),
        )  # fmt: skip
    except (*FAULTY, NotAllowedError) as error:
        return refused(_FORM, Form(values), error, **context)
    return redirect(f"{AMENDMENT_PAGE}{id}?done=moved", 303)
