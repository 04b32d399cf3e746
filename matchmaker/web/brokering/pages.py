"""The desk's pages on one engagement: look at it, move in it, add documents and fetch them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Flask, Response, redirect, render_template, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.brokering.appointments import FIELDS
from matchmaker.brokering.filetypes import TYPES
from matchmaker.errors import (
    BadRequestError,
    MovedError,
    NotAllowedError,
    NotFoundError,
    SignInNeededError,
)
from matchmaker.permissions import Caller
from matchmaker.usecases.accounts import display_name
from matchmaker.usecases.brokering import documents, engaging
from matchmaker.usecases.brokering.engaging import LONGEST_NOTE
from matchmaker.usecases.brokering.papers import LARGEST_FILE
from matchmaker.usecases.brokering.standing import own
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.seeing import follow_merged, seen_matches
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.owning import done_message
from matchmaker.web.brokering import boards, filing, lending, opening, picture
from matchmaker.web.brokering.wording import (
    ORIGINS,
    form_number,
    form_uuid,
    mover,
    new_nonce,
    short,
)
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.http import check_encoding, current_service, keep_nowhere, only
from matchmaker.web.pages.matchviews import main_reasons
from matchmaker.web.pages.viewmodels import View

engagement_pages = Blueprint("engagement_pages", __name__, url_prefix="/desk")
engagement_pages.before_request(check_encoding)
engagement_pages.after_request(keep_nowhere)
_DONE: Final = {
    "opened": "The engagement is opened, and those concerned are told.",
    "moved": "Done. Those concerned are told.",
    "added": "The document is added.",
}
_WITH_FILES: Final = ("engagement_pages.make_move", "engagement_pages.add_document")
ZONES: Final = (
    "Asia/Bangkok", "Asia/Brunei", "Asia/Dili", "Asia/Ho_Chi_Minh", "Asia/Jakarta",
    "Asia/Kuala_Lumpur", "Asia/Makassar", "Asia/Manila", "Asia/Phnom_Penh", "Asia/Singapore",
    "Asia/Vientiane", "Asia/Yangon", "UTC",
)  # fmt: skip
"""Time zones that a form proposes: those of the member states; any other can be typed."""
_LARGEST_FORM: Final = 2 * LARGEST_FILE
"""What is read of a form, so that a file somewhat too large is refused beside its field."""
ACCEPTED: Final = ",".join(f".{ending}" for ending in TYPES.values())


for _rule, _method, _view in (
    ("/engagements", "GET", boards.board_page),
    ("/engagements", "POST", opening.open_one),
    ("/engagements/new", "GET", opening.new_page),
    ("/engagements/map", "GET", picture.map_page),
    ("/inbox", "GET", boards.inbox_page),
    ("/inbox/seen", "POST", boards.mark_seen),
    ("/countries", "GET", boards.countries_page),
    ("/countries/<id>", "GET", boards.country_page),
    ("/delegations", "GET", lending.delegations_page),
    ("/delegations", "POST", lending.delegate),
    ("/delegations/<id>/end", "POST", lending.end),
):
    engagement_pages.add_url_rule(_rule, view_func=_view, methods=[_method])


def install(app: Flask) -> None:
    """Register the pages, and let the parties of engagements send forms with files.

    To be called before whatever reads forms is installed.
    """
    app.before_request(_allow_files)
    app.template_global("brokering_link")(opening.brokering_link)
    app.register_blueprint(engagement_pages)


def _allow_files() -> None:
    if request.endpoint in _WITH_FILES:
        service, caller = current_service(), current_caller()
        permit(service, caller, "documents.add", own(caller))
        request.max_content_length = _LARGEST_FORM


def _page(service: Service, caller: Caller, id: str) -> dict[str, Any]:
    """Return what the page of an engagement shows."""
    one = engaging.get_engagement(service, caller, id)
    matcher, snapshot = seen_matches(service, caller)
    view, now = View(snapshot), service.now()
    staff = lists_all(caller, "engagements.read")
    named = {paper for move in one["moves"] for paper in (d["id"] for d in move["documents"])}
    try:
        follow_merged(snapshot, one["need"]["id"], one["evidence"]["target"])
        pair = matcher.pair(one["need"]["id"], one["evidence"]["target"])
    except (NotFoundError, MovedError):  # what it was about is gone: the evidence of then stays
        pair = None
    return {
        "one": short(view, one, now),
        "rules": {rule["name"]: rule for rule in one["rules"]},
        "origins": ORIGINS,
        "match": f"/matches/{one['need']['id']}/{one['evidence']['target']}" if pair else "",
        "then_": one["evidence"],
        "now": pair,
        "reasons": main_reasons(one["evidence"]["contributions"]),
        "timeline": [
            {**move, "who": mover(service, caller, move), "stage_label": _label(one, move)}
            for move in reversed(one["moves"])
        ],
        "parties": {line["party"]: line["label"] for line in _parties(one)},
        "mine": {line["party"] for line in one["your"]["parties"]},
        "empty_form": Form(),
        "papers": [
            {**paper, "by": display_name(service, paper["account"]) if staff else "",
             "named": paper["id"] in named}
            for paper in one["documents"]
        ],
        "moves": [{**move, "leads": _leads(move)} for move in one["your"]["moves"]],
        "zones": ZONES,
        "longest": LONGEST_NOTE,
        "accepted": ACCEPTED,
        "largest": f"{LARGEST_FILE >> 20} MiB",
        "nonce": new_nonce(),
        "sections": sections_of(caller),
    }  # fmt: skip


def _parties(one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [line for consent in one["consents"] for line in consent["parties"]]


def _label(one: Mapping[str, Any], move: Mapping[str, Any]) -> str:
    """Return the stage that a move led to in words, empty where it stayed."""
    before = one["moves"][move["number"] - 2]["stage"] if move["number"] > 1 else ""
    stage: str = move["stage"]
    return "" if stage == before else stage.replace("_", " ")


def _leads(move: Mapping[str, Any]) -> bool:
    """Tell whether a move leads on: none that says no or is about a meeting, and more than a note."""
    if {"meeting", "which"} & set(move["needs"]):
        return False
    return not move["reasons"] and (move["needs"] != ["note"] or bool(move["to"] or move["about"]))


@engagement_pages.get("/engagements/<id>")
def engagement_page(id: str) -> str:
    """Show one engagement."""
    only(request.args, "done")
    context = _page(current_service(), current_caller(), id)
    return render_template(
        "brokering/engagement.html", form=Form(), tried="", done=done_message(_DONE), **context
    )


@engagement_pages.post("/engagements/<id>/moves/<name>")
def make_move(id: str, name: str) -> AnyResponse:
    """Make a move; one that is refused comes back as it was filled in, with the reason."""
    service, caller, filled = current_service(), current_caller(), request.form
    papers = filled.getlist("documents")
    values: dict[str, Any] = {n: filled.get(n, "") for n in ("note", "reason", "form", "about")}
    meeting = {n: filled[n] for n in FIELDS if n in filled}
    try:
        version = form_number("version", filled.get("version", ""))
        which = form_number("which", filled["which"]) if filled.get("which") else 0
        if file := _file():
            papers = [*papers, _added(service, caller, id, file)]
        uuid = form_uuid(caller, *papers)
        engaging.move(
            service, caller, id, name, documents=papers, meeting=meeting, which=which,
            expected=version, uuid=uuid, **values,
        )  # fmt: skip
    except (*FAULTY, NotAllowedError) as error:
        if isinstance(error, SignInNeededError):
            raise
        form = Form({**values, **meeting, "which": filled.get("which", ""), "documents": papers})
        context = _page(service, caller, id)
        return refused("brokering/engagement.html", form, error, tried=name, done="", **context)
    return redirect(f"/desk/engagements/{id}?done=moved", 303)


def _file() -> FileStorage | None:
    """Return the file that the form has, None without one."""
    file = request.files.get("file")
    return file if file is not None and file.filename else None


def _added(service: Service, caller: Caller, id: str, file: FileStorage) -> str:
    """Add a file to an engagement; sent twice by one form it is kept once."""
    digest = hashlib.sha256()
    for piece in filing.pieces_of(file.stream):
        digest.update(piece)
    file.stream.seek(0)
    made = documents.add_document(
        service, caller, id, file.filename or "", filing.pieces_of(file.stream),
        uuid=form_uuid(caller, "file", digest.hexdigest()),
    )  # fmt: skip
    return str(made["id"])


@engagement_pages.post("/engagements/<id>/documents")
def add_document(id: str) -> AnyResponse:
    """Add a document by itself."""
    service, caller = current_service(), current_caller()
    try:
        file = _file()
        if file is None:
            raise BadRequestError("file", "choose a file")
        _added(service, caller, id, file)
    except FAULTY as error:
        context = _page(service, caller, id)
        return refused(
            "brokering/engagement.html", Form(), error, tried="document", done="", **context
        )
    return redirect(f"/desk/engagements/{id}?done=added#documents", 303)


@engagement_pages.get("/engagements/<id>/documents/<document_id>")
def fetch_document(id: str, document_id: str) -> Response:
    """Answer with the file of a document, as an attachment."""
    only(request.args)
    return filing.sent(id, document_id)
