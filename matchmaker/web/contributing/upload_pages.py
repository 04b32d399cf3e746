"""Pages of the desk to upload many rows, and to see what becomes of them."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Flask, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import BadRequestError
from matchmaker.permissions import Caller
from matchmaker.usecases.contributing import uploads
from matchmaker.usecases.contributing.rows import MOST_ROWS
from matchmaker.usecases.contributing.uploading import WORKING
from matchmaker.usecases.contributing.uploads import LARGEST_FILE
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.contributing.uploads import pieces_of
from matchmaker.web.http import current_service, keep_nowhere, only, single

pages = Blueprint("uploads", __name__, url_prefix="/desk/uploads")
_SUFFIXES: Final = {"csv": "csv", "jsonl": "ndjson", "ndjson": "ndjson"}
_FRAME: Final = 64 * 1024
"""What a form has around the file, in bytes."""


def install(app: Flask) -> None:
    """Register the pages, and let those who may upload send large forms.

    To be called before whatever reads forms is installed.
    """
    app.before_request(_allow_large_form)
    app.register_blueprint(pages)


def _allow_large_form() -> None:
    if request.endpoint == "uploads.send":
        uploads.permitted(current_service(), current_caller())
        request.max_content_length = LARGEST_FILE + _FRAME


pages.after_request(keep_nowhere)


def _list_page(service: Service, caller: Caller) -> dict[str, Any]:
    found = uploads.list_uploads(service, caller, cursor=single(request.args, "cursor") or "")
    return {
        "rows": found.items,
        "next": f"/desk/uploads?cursor={found.next}" if found.next else "",
        "kinds": [(k.plural, k.plural.replace("-", " ")) for k in service.schema.entities.values()],
        "modes": [
            ("all-or-nothing", "all rows or none"), ("valid-rows", "the rows without faults only"),
        ],
        "sections": sections_of(caller),
        "most_rows": f"{MOST_ROWS:,}",
        "most_bytes": f"{LARGEST_FILE // 2**20} MB",
    }  # fmt: skip


@pages.get("", strict_slashes=False)
def list_page() -> str:
    """Show the uploads so far, and the form for another."""
    only(request.args, "cursor")
    context = _list_page(current_service(), current_caller())
    return render_template("desk/uploads.html", form=Form({"type": "needs"}), **context)


@pages.post("", strict_slashes=False)
def send() -> str | AnyResponse:
    """Take a file from the form."""
    service, caller, filled = current_service(), current_caller(), request.form
    values = {name: filled.get(name, "") for name in ("type", "mode", "validate")}
    try:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise BadRequestError("file", "choose a file")
        suffix = file.filename.rpartition(".")[2].lower()
        if suffix not in _SUFFIXES:
            raise BadRequestError("file", "must be a table (.csv) or JSON Lines (.jsonl)")
        wish = uploads.wish_of(
            service, form=_SUFFIXES[suffix], plural=values["type"], mode=values["mode"],
            dry_run=values["validate"] == "only",
        )  # fmt: skip
        made = uploads.begin(service, caller, wish, pieces_of(file.stream))
    except FAULTY as error:
        return refused("desk/uploads.html", Form(values), error, **_list_page(service, caller))
    return redirect(f"/desk/uploads/{made['id']}", 303)


@pages.get("/<id>")
def one_page(id: str) -> str:
    """Show how far an upload is and its report."""
    only(request.args)
    service, caller = current_service(), current_caller()
    upload = uploads.get_upload(service, caller, id)
    return render_template(
        "desk/upload.html", upload=upload, working=upload["state"] in WORKING,
        sections=sections_of(caller),
    )  # fmt: skip
