"""Pages on which an engagement is opened: interest, a request, or a proposal."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import (
    BadRequestError,
    MatchmakerError,
    NotAllowedError,
    OpenAlreadyError,
    SignInNeededError,
)
from matchmaker.graph import Snapshot
from matchmaker.permissions import Caller, authorise
from matchmaker.usecases.brokering import engaging
from matchmaker.usecases.brokering.engaging import LONGEST_NOTE
from matchmaker.usecases.brokering.keeping import rules_of
from matchmaker.usecases.brokering.standing import own
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.brokering.wording import CALLS, ORIGINS, ROUTES, form_uuid, new_nonce
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.http import chosen, current_service, only
from matchmaker.web.pages.viewmodels import View

_FIELDS = ("need", "offer", "partner", "note")


def brokering_link(need_id: str, target_id: str) -> tuple[str, str] | None:
    """Return where whoever looks at a match can open an engagement, and what that is called.

    None where he cannot: the need does not stand open, or he speaks for neither side.
    """
    service = current_service()
    try:
        caller = current_caller()
        snapshot = service.snapshot
        partner_id, offer_id = _target(snapshot, target_id)
        need = snapshot.get("need", need_id)
        authorise(caller, "engagements.open", {partner_id, need.text("city")})
    except MatchmakerError:
        return None
    if need.text("status") not in ("", "open"):
        return None
    kind = "offer" if offer_id else "partner"
    address = f"/desk/engagements/new?need={need_id}&{kind}={target_id}"
    return address, CALLS.get(caller.role, "Open an engagement")


def _target(snapshot: Snapshot, target_id: str) -> tuple[str, str]:
    """Return the partner that a target of a match stands for, and the offer if it is one."""
    if target_id in snapshot.of_type("offer"):
        return snapshot.get("offer", target_id).text("partner"), target_id
    return snapshot.get("partner", target_id).id, ""


def _page(service: Service, caller: Caller, given: dict[str, str]) -> dict[str, Any]:
    """Return what the page shows of what is to be opened.

    Raises
    ------
    BadRequestError
        If no need is named, or neither an offer nor a partner.
    NotFoundError
        If there is none of that name.
    NotAllowedError
        If the caller speaks for neither side.
    """
    snapshot = seen_graph(service, caller)
    if not given["need"]:
        raise BadRequestError("need", "is needed; begin on the page of a match")
    target = given["offer"] or given["partner"]
    if not target:
        raise BadRequestError("offer", "is needed, or a partner; begin on the page of a match")
    need = snapshot.get("need", given["need"])
    kind = "offer" if given["offer"] else "partner"
    partner, offer = _target(snapshot, snapshot.get(kind, target).id)
    city = snapshot.get("city", need.text("city"))
    country = city.text("country")
    permit(service, caller, "engagements.open", {partner, city.id})
    rules, view = rules_of(service), View(snapshot)
    asked = rules.asked_in(country, "consent")
    route = ROUTES.get(caller.role, "proposal")
    days = rules.days_in(country)
    return {
        "heading": CALLS.get(caller.role, "Open an engagement"),
        "says": rules.opening_move(route).says,
        "need": view.link(need.id),
        "city": view.link(city.id),
        "country": view.link(country),
        "partner": view.link(partner),
        "offer": view.link(offer) if offer else None,
        "match": f"/matches/{need.id}/{offer or partner}",
        "asked": [
            {
                "label": rules.parties[party].label,
                "given": party in rules.opening_move(route).by,
                "rule": rules.rules[rules.consents["consent"].of[party]].as_json(),
                "days": next(
                    (
                        days[clock.name]
                        for clock in rules.clocks.values()
                        if clock.party == party and "proposed" in clock.stages
                        and clock.name in days
                    ),
                    None,
                ),
                "silence": party == "country",
            }
            for party in asked
        ],
        "own_rules": [
            one.as_json()
            for one in rules.of_partner_kind(snapshot.get("partner", partner).text("kind"))
        ],
        "origins": ORIGINS,
        "longest": LONGEST_NOTE,
        "nonce": new_nonce(),
        "sections": sections_of(caller),
    }  # fmt: skip


def new_page() -> str:
    """Show what an engagement would be about, and what follows from it."""
    only(request.args, "need", "offer", "partner")
    service, caller = current_service(), current_caller()
    permit(service, caller, "engagements.open", own(caller))
    given = {name: chosen(name) or "" for name in ("need", "offer", "partner")}
    return render_template(
        "brokering/new.html", form=Form(given), existing="", **_page(service, caller, given)
    )


def open_one() -> AnyResponse:
    """Open an engagement."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "engagements.open", own(caller))
    given = {name: request.form.get(name, "").strip() for name in _FIELDS}
    try:
        made = engaging.open_engagement(
            service, caller, given["need"], offer=given["offer"], partner=given["partner"],
            note=given["note"], uuid=form_uuid(caller),
        )  # fmt: skip
    except (*FAULTY, NotAllowedError) as error:
        if isinstance(error, SignInNeededError):
            raise
        existing = error.engagement if isinstance(error, OpenAlreadyError) else ""
        context = _page(service, caller, given)
        return refused("brokering/new.html", Form(given), error, existing=existing, **context)
    return redirect(f"/desk/engagements/{made['id']}?done=opened", 303)
