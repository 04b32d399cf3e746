"""The desk's pages on white papers: one's own, one with its timeline, and the forms that move it on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Flask, Response, redirect, render_template, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.brokering.filetypes import TYPES
from matchmaker.errors import BadRequestError, MatchmakerError, NotAllowedError, SignInNeededError
from matchmaker.graph import Snapshot
from matchmaker.permissions import Caller
from matchmaker.usecases.brokering.papers import LARGEST_FILE
from matchmaker.usecases.brokering.standing import own
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers import describing, listing, writing
from matchmaker.usecases.whitepapers.keeping import rules_of
from matchmaker.usecases.whitepapers.writing import LONGEST_NOTE, LONGEST_TEXT
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.owning import done_message
from matchmaker.web.brokering.filing import pieces_of
from matchmaker.web.brokering.wording import form_number, form_uuid, may, new_nonce
from matchmaker.web.contributing.desk import sections_of
from matchmaker.web.http import (
    check_encoding,
    chosen,
    current_service,
    keep_nowhere,
    next_page,
    only,
)
from matchmaker.web.whitepapers import api
from matchmaker.whitepapers.paper import LONGEST_SUMMARY

paper_pages = Blueprint("paper_pages", __name__, url_prefix="/desk/papers")
paper_pages.before_request(check_encoding)
paper_pages.after_request(keep_nowhere)
_PAGE: Final = "/desk/papers"
_SHOWN: Final = "whitepapers/paper.html"
_FORM: Final = "whitepapers/form.html"
_LISTS: Final = (*describing.NAMED, "engagements")
_LARGEST_FORM: Final = 2 * LARGEST_FILE
_LONGEST_SHOWN: Final = 100_000
"""Bytes of a text that the page of a white paper shows."""
_DONE: Final = {
    "begun": "The white paper is begun, and its co-authors are told. Add its first version below.",
    "changed": "The description is changed.",
    "added": "The version is added.",
    "moved": "Done. Those concerned are told.",
}


def install(app: Flask) -> None:
    """Register the pages, and let co-authors send forms with files.

    To be called before whatever reads forms is installed.
    """
    app.before_request(_allow_files)
    app.template_global("white_papers_of")(white_papers_of)
    app.register_blueprint(paper_pages)


def _allow_files() -> None:
    if request.endpoint == "paper_pages.add":
        service, caller = current_service(), current_caller()
        permit(service, caller, "papers.write", own(caller))
        request.max_content_length = _LARGEST_FORM


def white_papers_of(engagement: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page of an engagement shows of white papers, and where to begin one."""
    service, caller = current_service(), current_caller()
    agreed = engagement["stage"] in rules_of(service).engagement_stages
    try:
        page = listing.list_papers(service, caller, engagement=engagement["id"])
    except MatchmakerError:
        return {"papers": (), "begin": ""}
    begin = f"{_PAGE}/new?engagement={engagement['id']}"
    form = (engagement["form"] or {}).get("name")
    return {
        "papers": page.items,
        "begin": begin if agreed and may(caller, "papers.write") else "",
        "wanted": form == "white_paper",
    }


def _begin() -> tuple[Service, Caller]:
    """Return what a form needs; refused before it is read."""
    service, caller = current_service(), current_caller()
    permit(service, caller, "papers.write", own(caller))
    return service, caller


@paper_pages.get("")
def list_page() -> str:
    """List white papers."""
    only(request.args, "stage", "whose", "cursor")
    service, caller = current_service(), current_caller()
    stage, whose = chosen("stage"), chosen("whose")
    page = listing.list_papers(
        service, caller, stage=stage, whose=whose, cursor=chosen("cursor") or ""
    )
    return render_template(
        "whitepapers/papers.html", rows=page.items, next=next_page(_PAGE, page.next),
        stages=rules_of(service).stages.values(), stage=stage or "", whose=whose or "",
        may_begin=may(caller, "papers.write"), staff=not caller.subjects,
        sections=sections_of(caller),
    )  # fmt: skip


@paper_pages.get("/new")
def new_page() -> str:
    """Show the form that begins a white paper, filled in from its engagement."""
    only(request.args, "engagement")
    service, caller = _begin()
    engagement = chosen("engagement") or ""
    values: dict[str, Any] = {"language": "english", **{name: [] for name in _LISTS}}
    if engagement:
        values = describing.usual(service, rules_of(service), caller, engagement)
    return render_template(_FORM, form=Form(values), **_form(service, caller, values))


@paper_pages.post("/new")
def create() -> AnyResponse:
    """Begin a white paper."""
    service, caller = _begin()
    values = _values()
    try:
        made = writing.begin(service, caller, values, uuid=form_uuid(caller))
    except (*FAULTY, NotAllowedError) as error:
        return _refused(_FORM, values, error, **_form(service, caller, values))
    return redirect(f"{_PAGE}/{made['id']}?done=begun", 303)


@paper_pages.get("/<id>/edit")
def edit_page(id: str) -> str:
    """Show the form that changes what a white paper says of itself."""
    only(request.args)
    service, caller = _begin()
    one = writing.get_paper(service, caller, id)
    lists = {name: [x["id"] for x in one[name]] for name in describing.NAMED}
    values = {n: one[n] for n in ("title", "summary", "language")} | lists
    values |= {"engagements": one["engagements"], "version": str(one["version"])}
    return render_template(_FORM, form=Form(values), **_form(service, caller, values, one))


@paper_pages.post("/<id>/edit")
def change(id: str) -> AnyResponse:
    """Change what a white paper says of itself."""
    service, caller = _begin()
    one = writing.get_paper(service, caller, id)
    values = _values()
    given = {name: value for name, value in values.items() if name != "engagements"}
    try:
        version = _version()
        writing.describe(service, caller, id, given, expected=version, uuid=form_uuid(caller))
    except (*FAULTY, NotAllowedError) as error:
        values["version"] = request.form.get("version", "")
        return _refused(_FORM, values, error, **_form(service, caller, values, one))
    return redirect(f"{_PAGE}/{id}?done=changed", 303)


@paper_pages.get("/<id>")
def paper_page(id: str) -> str:
    """Show one white paper."""
    only(request.args, "done")
    context = _page(current_service(), current_caller(), id)
    return render_template(_SHOWN, form=Form(), tried="", done=done_message(_DONE), **context)


@paper_pages.post("/<id>/moves/<name>")
def make_move(id: str, name: str) -> AnyResponse:
    """Make a move; one that is refused comes back as it was filled in, with the reason."""
    service, caller = _begin()
    values = {field: request.form.get(field, "") for field in ("note", "about")}
    try:
        version = _version()
        writing.move(service, caller, id, name, expected=version, uuid=form_uuid(caller), **values)
    except (*FAULTY, NotAllowedError) as error:
        context = _page(service, caller, id)
        return _refused(_SHOWN, values, error, tried=name, done="", **context)
    return redirect(f"{_PAGE}/{id}?done=moved", 303)


@paper_pages.post("/<id>/versions")
def add(id: str) -> AnyResponse:
    """Add a version: a file, or else a text."""
    service, caller = _begin()
    values = {field: request.form.get(field, "") for field in ("note", "text")}
    try:
        version, note = _version(), values["note"]
        if file := _file():
            uuid = form_uuid(caller, _digest(file))
            name = file.filename or ""
            pieces = pieces_of(file.stream)
            writing.add_version(
                service, caller, id, name, pieces, note=note, expected=version, uuid=uuid
            )
        elif values["text"].strip():
            writing.add_text(
                service, caller, id, values["text"], note=note, expected=version,
                uuid=form_uuid(caller),
            )  # fmt: skip
        else:
            raise BadRequestError("file", "choose a file, or write a text")
    except (*FAULTY, NotAllowedError) as error:
        context = _page(service, caller, id)
        return _refused(_SHOWN, values, error, tried="add_version", done="", **context)
    return redirect(f"{_PAGE}/{id}?done=added", 303)


@paper_pages.get("/<id>/versions/<number>")
def fetch(id: str, number: str) -> Response:
    """Answer with the file of a version, as an attachment."""
    only(request.args)
    return api.sent(id, number)


def _refused(template: str, values: dict[str, Any], error: Any, **context: Any) -> AnyResponse:
    """Show a form again with what is wrong with it."""
    if isinstance(error, SignInNeededError):
        raise error
    return refused(template, Form(values), error, **context)


def _version() -> int:
    """Return the version that a form was filled in on."""
    return form_number("version", request.form.get("version", ""))


def _file() -> FileStorage | None:
    file = request.files.get("file")
    return file if file is not None and file.filename else None


def _digest(file: FileStorage) -> str:
    found = hashlib.sha256()
    for piece in pieces_of(file.stream):
        found.update(piece)
    file.stream.seek(0)
    return found.hexdigest()


def _values() -> dict[str, Any]:
    """Return what a form says of a white paper."""
    filled = request.form
    values: dict[str, Any] = {
        name: filled.get(name, "").strip() for name in ("title", "summary", "language")
    }
    return values | {name: [v for v in filled.getlist(name) if v] for name in _LISTS}


def _form(
    service: Service, caller: Caller, values: Mapping[str, Any], one: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return what the form about a white paper shows: what may be chosen."""
    snapshot = service.snapshot
    cities = {*values["cities"], *(a["id"] for a in (one or {}).get("cities", ()))}
    needs = [n.id for n in snapshot.of_type("need").values() if n.text("city") in cities]
    return {
        "one": one,
        "cities": _options(snapshot, "city"),
        "partners": _options(snapshot, "partner"),
        "needs": _options(snapshot, "need", [*needs, *values["needs"]] if cities else None),
        "topics": _options(snapshot, "topic"),
        "languages": [(name, name.capitalize()) for name in describing.languages(service)],
        "longest": LONGEST_SUMMARY,
        "nonce": new_nonce(),
        "sections": sections_of(caller),
    }


def _options(
    snapshot: Snapshot, kind: str, only_: list[str] | None = None
) -> list[tuple[str, str]]:
    found = snapshot.of_type(kind)
    wanted = found.keys() if only_ is None else {i for i in only_ if i in found}
    named = [(identifier, snapshot.schema.caption(found[identifier])) for identifier in wanted]
    return sorted(named, key=lambda pair: (pair[1].casefold(), pair[0]))


def _page(service: Service, caller: Caller, id: str) -> dict[str, Any]:
    """Return what the page of a white paper shows."""
    one = writing.get_paper(service, caller, id)
    plain = [move for move in one["your"]["moves"] if not move["carries"]]
    carries = {move["carries"] for move in one["your"]["moves"]}
    missing = [a["author"] for a in one["agreements"] if a["state"] == "waiting"]
    return {
        "one": one,
        "text": _text(service, caller, one),
        "timeline": list(reversed(one["moves"])),
        "moves": [{**move, "leads": "note" not in move["needs"]} for move in plain],
        "missing": [{"name": author["id"], "label": author["name"]} for author in missing],
        "may_add": "version" in carries,
        "may_describe": "details" in carries,
        "mine": set(one["your"]["authors"]),
        "empty_form": Form(),
        "longest": LONGEST_NOTE,
        "longest_text": LONGEST_TEXT,
        "accepted": ",".join(f".{ending}" for ending in TYPES.values()),
        "largest": f"{LARGEST_FILE >> 20} MiB",
        "nonce": new_nonce(),
        "sections": sections_of(caller),
    }


def _text(service: Service, caller: Caller, one: Mapping[str, Any]) -> str:
    """Return the newest version if it is a text that a page can hold, else ``""``."""
    newest = one["versions"][0] if one["versions"] else None
    if not newest or newest["media_type"] != "text/markdown" or newest["size"] > _LONGEST_SHOWN:
        return ""
    try:
        found = writing.open_version(service, caller, one["id"], newest["number"])
    except MatchmakerError:  # held back, or its file is gone: the list of versions tells
        return ""
    return found.path.read_text("utf-8", "replace")
