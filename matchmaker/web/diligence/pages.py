"""The desk's pages on due diligence: partners by status, and one partner's checklist."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from flask import Blueprint, Flask, Response, redirect, render_template, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.brokering.filetypes import TYPES
from matchmaker.diligence.standing import OUTCOMES, STATUSES
from matchmaker.errors import MatchmakerError
from matchmaker.permissions import Caller
from matchmaker.usecases.brokering.papers import LARGEST_FILE
from matchmaker.usecases.diligence import reading, writing
from matchmaker.usecases.diligence.keeping import checklist_of
from matchmaker.usecases.diligence.writing import LONGEST_NOTE
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.owning import done_message
from matchmaker.web.brokering import filing
from matchmaker.web.brokering.wording import ORIGINS, form_number, form_uuid, new_nonce
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.diligence.api import PAGE
from matchmaker.web.http import (
    check_encoding,
    chosen,
    current_service,
    keep_nowhere,
    next_page,
    only,
)

diligence_pages = Blueprint("diligence_pages", __name__, url_prefix="/desk/diligence")
diligence_pages.before_request(check_encoding)
diligence_pages.after_request(keep_nowhere)
_DONE: Final = {"kept": "Written down. What was written before stays in the history."}
_WITH_FILES: Final = "diligence_pages.add_entry"
_LARGEST_FORM: Final = 2 * LARGEST_FILE
_FIELDS: Final = ("item", "outcome", "date", "valid_until", "note")
_FILTERS: Final = {**STATUSES, reading.EXPIRING: "Runs out within 60 days"}


def install(app: Flask) -> None:
    """Give an app the pages, let staff send forms with files, and tell members a partner's status.

    To be called before whatever reads forms is installed.
    """
    app.before_request(_allow_files)
    app.template_global("diligence_told")(diligence_told)
    app.register_blueprint(diligence_pages)


def _allow_files() -> None:
    if request.endpoint == _WITH_FILES:
        permit(current_service(), current_caller(), "diligence.write")
        request.max_content_length = _LARGEST_FORM


def diligence_told(partner: str) -> dict[str, Any] | None:
    """Return what the page of a partner tells members, None for everybody else."""
    caller = current_caller()
    if not caller.reads_members:
        return None
    try:
        return reading.diligence_status(current_service(), caller, partner)
    except MatchmakerError:  # the page is worth showing without it
        return None


@diligence_pages.get("")
def list_page() -> str:
    """List partners with how far due diligence on each is."""
    only(request.args, "status", "cursor")
    status = chosen("status")
    service, caller = current_service(), current_caller()
    page = reading.list_diligence(service, caller, status=status, cursor=chosen("cursor") or "")
    return render_template(
        "diligence/list.html",
        rows=page.items,
        counts=page.counts,
        filters=list(_FILTERS.items()),
        wanted=status or "",
        labels=_labels(service),
        next=next_page(PAGE, page.next),
        sections=sections_of(caller),
    )


def _labels(service: Service) -> dict[str, str]:
    return {name: item.label for name, item in checklist_of(service).items()}


def _page(service: Service, caller: Caller, id: str) -> dict[str, Any]:
    one = reading.get_diligence(service, caller, id)
    named = {paper["id"] for line in one["history"] for paper in line["documents"]}
    return {
        "one": one,
        "labels": _labels(service),
        "outcomes": [{"name": name, "label": label} for name, label in OUTCOMES.items()],
        "origins": ORIGINS,
        "loose": [paper for paper in one["documents"] if paper["id"] not in named],
        "longest": LONGEST_NOTE,
        "accepted": ",".join(f".{ending}" for ending in TYPES.values()),
        "largest": f"{LARGEST_FILE >> 20} MiB",
        "nonce": new_nonce(),
        "sections": sections_of(caller),
    }


@diligence_pages.get("/<id>")
def partner_page(id: str) -> str:
    """Show one partner's checklist and its history."""
    only(request.args, "done")
    context = _page(current_service(), current_caller(), id)
    return render_template(
        "diligence/partner.html", form=Form(), done=done_message(_DONE), **context
    )


@diligence_pages.post("/<id>")
def add_entry(id: str) -> AnyResponse:
    """Write down what was found about one item."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "diligence.write")
    values: dict[str, Any] = {name: request.form.get(name, "").strip() for name in _FIELDS}
    papers = request.form.getlist("documents")
    try:
        version = form_number("version", request.form.get("version", ""))
        file = request.files.get("file")
        if file is not None and file.filename:
            papers = [*papers, _added(service, caller, id, file)]
        writing.add_entry(
            service, caller, id, documents=papers, expected=version,
            uuid=form_uuid(caller, *papers), **values,
        )  # fmt: skip
    except FAULTY as error:
        context = _page(service, caller, id)
        form = Form({**values, "documents": papers})
        return refused("diligence/partner.html", form, error, done="", **context)
    return redirect(f"{PAGE}/{id}?done=kept", 303)


def _added(service: Service, caller: Caller, id: str, file: FileStorage) -> str:
    """Add a file about a partner; sent twice by one form it is kept once."""
    digest = hashlib.sha256()
    for piece in filing.pieces_of(file.stream):
        digest.update(piece)
    file.stream.seek(0)
    made = writing.add_paper(
        service, caller, id, file.filename or "", filing.pieces_of(file.stream),
        uuid=form_uuid(caller, "file", digest.hexdigest()),
    )  # fmt: skip
    return str(made["id"])


@diligence_pages.get("/<id>/documents/<document_id>")
def fetch_document(id: str, document_id: str) -> Response:
    """Answer with the file of a document, as an attachment."""
    only(request.args)
    paper = reading.open_paper(current_service(), current_caller(), id, document_id)
    return filing.attachment(paper)
