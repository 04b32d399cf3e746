"""Pages that list engagements: the board by stage, the inbox, the view of a country."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import NotAllowedError
from matchmaker.permissions import Caller, Role
from matchmaker.usecases.brokering import listing, notices
from matchmaker.usecases.brokering.keeping import rules_of
from matchmaker.usecases.brokering.standing import own
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.owning import done_message
from matchmaker.web.brokering.views import chosen_yes
from matchmaker.web.brokering.wording import countries_of, may, short, wait
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.http import chosen, current_service, next_page, only
from matchmaker.web.pages.viewmodels import View

FILTERS: Final = ("stage", "city", "country", "partner", "need", "whose", "overdue")
_MOST: Final = 200
_DONE: Final = {"seen": "The notices are marked as seen."}


def board_page() -> str:
    """Show engagements by stage, all of them or those that a filter leaves."""
    only(request.args, *FILTERS, "cursor")
    service, caller = current_service(), current_caller()
    view, now = View(seen_graph(service, caller)), service.now()
    wanted = {name: chosen(name) or "" for name in FILTERS}
    following, overdue = "", 0
    if any(wanted.values()):
        late = chosen_yes("overdue") if wanted["overdue"] else False
        told: dict[str, Any] = {n: wanted[n] or None for n in FILTERS if n != "overdue"}
        page = listing.list_engagements(
            service, caller, overdue=late, cursor=chosen("cursor") or "",
            limit=50 if wanted["stage"] else _MOST, **told,
        )  # fmt: skip
        columns, following = _columns(service, page.items), next_page(request.path, page.next)
    else:
        found = listing.board(service, caller)
        columns, overdue = found["stages"], found["overdue"]
    kept = {name: value for name, value in wanted.items() if value and name != "stage"}
    return render_template(
        "brokering/board.html",
        columns=[
            {
                **column,
                "items": [short(view, one, now) for one in column["items"]],
                "all": f"{request.path}?{urlencode({**kept, 'stage': column['name']})}",
            }
            for column in columns
            if column["count"] or not wanted["stage"]
        ],
        wanted=wanted,
        narrowed=any(wanted.values()),
        next=following,
        overdue=overdue,
        filters=_choices(view, caller),
        stages=[(s.name, s.label) for s in rules_of(service).stages.values()],
        opens=may(caller, "engagements.open"),
        sections=sections_of(caller),
    )


def _columns(service: Any, items: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    """Return listed engagements by stage, in the order of the stages."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in items:
        found.setdefault(one["stage"], []).append(one)
    return [
        {
            "name": stage.name, "label": stage.label, "kind": stage.kind, "says": stage.says,
            "items": found.get(stage.name, []), "count": len(found.get(stage.name, [])),
        }
        for stage in rules_of(service).stages.values()
    ]  # fmt: skip


def _choices(view: View, caller: Caller) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the filters that make a difference to a caller: name, label, choices."""
    speaks = {Role.CITY_OFFICER: "city", Role.PARTNER: "partner"}.get(caller.role)
    single = len(caller.subjects) <= 1
    found = []
    for name, label in (("city", "City"), ("country", "Country"), ("partner", "Partner")):
        if single and name == speaks:
            continue
        if name == "country" and caller.role in (
            Role.CITY_OFFICER,
            Role.NATIONAL_REPRESENTATIVE,
        ):
            continue
        known = [
            one
            for one in view.snapshot.of_type(name).values()
            if name != "country" or one.text("relation") == "member"
        ]
        choices = sorted(((one.id, view.schema.caption(one)) for one in known), key=lambda c: c[1])
        found.append((name, label, choices))
    return found


def inbox_page() -> str:
    """Show what waits for whoever looks, and what there is to know."""
    only(request.args, "notices", "cursor", "done")
    service, caller = current_service(), current_caller()
    found = listing.inbox(service, caller)
    view, now = View(seen_graph(service, caller)), service.now()
    every = chosen("notices") == "all"
    page = notices.list_notices(
        service, caller, unseen=not every, cursor=chosen("cursor") or "", limit=50
    )
    return render_template(
        "brokering/inbox.html",
        waiting=[
            {**short(view, one, now), "wait": wait(view, one["wait"], now), "moves": one["moves"]}
            for one in found["waiting"]
        ],
        notices=page.items,
        unseen=page.unseen,
        every=every,
        next=next_page(request.path, page.next),
        done=done_message(_DONE),
        sections=sections_of(caller),
    )


def mark_seen() -> AnyResponse:
    """Mark the notices ticked as seen, all of them without any."""
    ids = request.form.getlist("ids")
    notices.mark_seen(current_service(), current_caller(), ids or None)
    return redirect("/desk/inbox?done=seen", 303)


def countries_page() -> str | AnyResponse:
    """Lead to one's country, or list those that one sees as a whole."""
    only(request.args)
    service, caller = current_service(), current_caller()
    permit(service, caller, "engagements.read", own(caller))
    view, known = View(seen_graph(service, caller)), countries_of(service, caller)
    if len(known) == 1:
        return redirect(f"/desk/countries/{known[0]}", 303)
    return render_template(
        "brokering/countries.html", countries=view.links(known), sections=sections_of(caller)
    )


def country_page(id: str) -> str:
    """Show a country's engagements, and first those that wait for no objection.

    Raises
    ------
    NotFoundError
        If there is no such country.
    NotAllowedError
        If it is not for the caller.
    """
    only(request.args, "cursor")
    service, caller = current_service(), current_caller()
    permit(service, caller, "engagements.read", own(caller))
    view, now = View(seen_graph(service, caller)), service.now()
    country = view.snapshot.get("country", id)
    if id not in countries_of(service, caller):
        raise NotAllowedError("This page is for the country's National Representative and staff.")
    asked = listing.list_engagements(service, caller, country=id, stage="proposed", limit=_MOST)
    page = listing.list_engagements(service, caller, country=id, cursor=chosen("cursor") or "")
    waits = [short(view, one, now) for one in asked.items if _objection(one)]
    waits.sort(key=lambda one: (_objection(one) or one)["due_at"])
    rule = rules_of(service).rules["no_objection"]
    return render_template(
        "brokering/country.html",
        country=view.link(country.id),
        waits=[(one, _objection(one)) for one in waits],
        days=rule.switch.days_in(id) if rule.switch else None,
        rule=rule.as_json(),
        rows=[short(view, one, now) for one in page.items],
        next=next_page(request.path, page.next),
        sections=sections_of(caller),
    )


def _objection(one: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the wait of an engagement for the country's word, None where there is none."""
    waits: list[Mapping[str, Any]] = one["waits"]
    return next((line for line in waits if line["party"] == "country"), None)
