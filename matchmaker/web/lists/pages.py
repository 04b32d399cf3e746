"""Pages of working lists, the buttons by which matches are marked, and supplies side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, Flask, Response, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import BadRequestError, MatchmakerError
from matchmaker.permissions import Caller, Way, authorise
from matchmaker.usecases.brokering.standing import own
from matchmaker.usecases.lists import marks
from matchmaker.usecases.lists.comparing import MOST, compare, parse_with
from matchmaker.usecases.lists.layer import HIDE, MODES, marks_on
from matchmaker.usecases.lists.marks import DISMISSED, SHORTLISTED
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.seeing import seen_matches
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.owning import done_message
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.http import check_encoding, current_service, keep_nowhere, only
from matchmaker.web.lists.sidebyside import comparison_page
from matchmaker.web.lists.solving import RULE, send_solved, solved_page
from matchmaker.web.pages.viewmodels import View

list_pages = Blueprint("list_pages", __name__)
list_pages.before_request(check_encoding)
PAGE: Final = "/desk/lists"
_TEMPLATE: Final = "lists/lists.html"
_BACK: Final = re.compile(
    r"/(needs|offers|partners|cities|matches/[a-z0-9-]+)/[a-z0-9-]+(\?marks=hide)?"
)
_DONE: Final = {
    "marked": "Your working list is changed.",
    "undone": "It is taken back.",
}


def install(app: Flask) -> None:
    """Give an app the pages, and its templates what stands beside each match."""
    app.add_url_rule(RULE, "editing.edit_solved", solved_page, methods=["GET"])
    app.add_url_rule(RULE, "editing.send_edit_solved", send_solved, methods=["POST"])
    app.register_blueprint(list_pages)
    app.template_global("marking")(marking)
    app.template_global("compared_at_most")(lambda: MOST)


def marking(need_id: str, target_id: str) -> dict[str, Any] | None:
    """Return what whoever looks at a match can mark it with; None where he cannot."""
    service = current_service()
    try:
        caller = current_caller()
        if authorise(caller, "marks.write", own(caller)) is not Way.YES:
            return None
    except MatchmakerError:
        return None
    if service.status.read_only or not marks.may_mark(service.snapshot, caller, need_id, target_id):
        return None
    hides = request.args.get("marks") == HIDE
    return {
        "mark": _on(service, caller, need_id).get(target_id),
        "reasons": list(service.schema.vocabularies[marks.REASONS].items()),
        "back": request.path + (f"?marks={HIDE}" if hides else ""),
        "longest": marks.LONGEST_NOTE,
    }


def _on(service: Service, caller: Caller, need_id: str) -> dict[str, dict[str, Any]]:
    """Return the caller's marks on a need, read once for each page."""
    if "marks_on" not in g:
        g.marks_on = {}
    if need_id not in g.marks_on:
        g.marks_on[need_id] = marks_on(service, caller, need_id)
    found: dict[str, dict[str, Any]] = g.marks_on[need_id]
    return found


def dismissed_on(need_id: str, mode: str | None) -> frozenset[str]:
    """Return the supplies that a need's page leaves out.

    Raises
    ------
    BadRequestError
        If there is no such mode.
    """
    if mode is not None and mode not in MODES:
        raise BadRequestError("marks", f"must be one of {', '.join(MODES)}, not {mode[:100]!r}")
    if mode != HIDE:
        return frozenset()
    found = _on(current_service(), current_caller(), need_id)
    return frozenset(target for target, one in found.items() if one["state"] == DISMISSED)


def without_dismissed(
    need_id: str, cards: Sequence[Any], gone: frozenset[str], limit: int
) -> dict[str, Any]:
    """Return the cards that a need's page shows, how many it leaves out, and whether it could."""
    kept = [card for card in cards if (card.offer or card.partner).id not in gone]
    marked = _on(current_service(), current_caller(), need_id).values()
    return {
        "cards": kept[:limit],
        "left_out": len(cards) - len(kept),
        "has_dismissed": any(one["state"] == DISMISSED for one in marked),
    }


def _page(service: Service, caller: Caller) -> dict[str, Any]:
    found = marks.list_marks(service, caller)
    _, snapshot = seen_matches(service, caller)
    view = View(snapshot)
    needs: dict[str, dict[str, Any]] = {}
    for one in found:
        of = needs.setdefault(
            one["need"]["id"],
            {"id": one["need"]["id"], "link": view.link(one["need"]["id"]), SHORTLISTED: [],
             DISMISSED: []},
        )  # fmt: skip
        of[one["state"]].append({**one, "link": view.link(one["target"])})
    for of in needs.values():
        standing = [one["target"] for one in of[SHORTLISTED] if one["exists"]]
        of["compare"] = ",".join(standing[:MOST]) if len(standing) > 1 else ""
    return {
        "needs": list(needs.values()),
        "owners": [view.link(one) for one in sorted(caller.subjects)],
        "sections": sections_of(caller),
        "done": done_message(_DONE),
        "current": PAGE,
        "most": MOST,
    }


@list_pages.get(PAGE)
def lists_page() -> Response:
    """Show the caller's working lists."""
    only(request.args, "done")
    page = render_template(_TEMPLATE, form=Form(), **_page(current_service(), current_caller()))
    return keep_nowhere(Response(page, mimetype="text/html"))


@list_pages.post(PAGE)
def mark_one() -> AnyResponse | str:
    """Mark a match, or take the mark back."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "marks.write", own(caller))
    names = ("need", "target", "state", "reason", "note", "back")
    given = {name: request.form.get(name, "").strip() for name in names}
    need, target = given["need"], given["target"]
    try:
        if given["state"]:
            said = {name: given[name] for name in ("state", "reason", "note") if given[name]}
            marks.mark(service, caller, need, target, said)
        else:
            marks.unmark(service, caller, need, target)
    except FAULTY as error:
        return refused(_TEMPLATE, Form(given), error, **_page(service, caller))
    if _BACK.fullmatch(given["back"]):
        return redirect(f"{given['back']}#m-{need}-{target}", 303)
    return redirect(f"{PAGE}?done={'marked' if given['state'] else 'undone'}", 303)


@list_pages.get("/needs/<id>/compare")
def compare_page(id: str) -> str:
    """Show supplies for a need side by side."""
    only(request.args, "with")
    targets = parse_with(",".join(request.args.getlist("with")))  # boxes send one each
    matcher, snapshot = seen_matches(current_service(), current_caller())
    document = compare(matcher, id, targets)
    return render_template("lists/compare.html", **comparison_page(View(snapshot), document))
