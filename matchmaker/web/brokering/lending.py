"""Pages on which a National Representative lends the standing in engagements, and takes it back."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.permissions import Caller, Role
from matchmaker.usecases.brokering import delegating
from matchmaker.usecases.brokering.keeping import rules_of
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.owning import done_message
from matchmaker.web.brokering.wording import ORIGINS, form_uuid, may, new_nonce
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.http import current_service, only
from matchmaker.web.pages.viewmodels import View

_DONE = {"lent": "The standing is lent.", "ended": "The standing is taken back."}


def _page(service: Service, caller: Caller) -> dict[str, Any]:
    view, staff = View(seen_graph(service, caller)), lists_all(caller, "delegations.manage")
    several = len(caller.subjects) > 1 or staff
    known = view.snapshot.of_type("country")
    choices = sorted(known) if staff else sorted(caller.subjects & known.keys())
    return {
        "rows": delegating.list_delegations(service, caller),
        "lends": may(caller, "delegations.manage"),
        "staff": staff,
        "me": caller.account,
        "countries": [("", "its only one"), *((one, view.link(one).caption) for one in choices)]
        if several and caller.role is not Role.CITY_OFFICER
        else [],
        "rule": rules_of(service).rules["representatives"].as_json(),
        "origins": ORIGINS,
        "today": service.now()[:10],
        "nonce": new_nonce(),
        "sections": sections_of(caller),
    }


def delegations_page() -> str:
    """Show what is lent and to whom, and the form to lend."""
    only(request.args, "done")
    context = _page(current_service(), current_caller())
    return render_template(
        "brokering/delegations.html", form=Form(), done=done_message(_DONE), **context
    )


def delegate() -> AnyResponse:
    """Lend a standing."""
    service, caller = current_service(), current_caller()
    given = {
        name: request.form.get(name, "").strip() for name in ("to", "until", "country", "lender")
    }
    try:
        delegating.delegate(
            service, caller, given["to"], given["until"], country=given["country"],
            lender=given["lender"], uuid=form_uuid(caller),
        )  # fmt: skip
    except FAULTY as error:
        context = _page(service, caller)
        return refused("brokering/delegations.html", Form(given), error, done="", **context)
    return redirect("/desk/delegations?done=lent", 303)


def end(id: str) -> AnyResponse:
    """Take a standing back."""
    delegating.end_delegation(current_service(), current_caller(), id)
    return redirect("/desk/delegations?done=ended", 303)
