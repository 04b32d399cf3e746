"""Pages about instruments for everybody: what they say, and what the software does with it."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from flask import Blueprint, Flask, render_template, request
from werkzeug.exceptions import HTTPException

from matchmaker.errors import Fault, InvalidDataError, NotFoundError
from matchmaker.instruments.citing import pieces
from matchmaker.usecases.instruments import showing
from matchmaker.usecases.instruments.held import instruments_of
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.usecases.service import Service
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.http import check_encoding, current_service, only, single
from matchmaker.web.instruments.desk import instrument_desk
from matchmaker.web.pages.viewmodels import View

instrument_pages = Blueprint("instrument_pages", __name__, url_prefix="/instruments")
instrument_pages.before_request(check_encoding)
STATUSES: Final = {
    "draft": "Draft", "discussed": "Discussed", "concluded": "Concluded", "adopted": "Adopted",
    "documented": "Documented in use",
}  # fmt: skip
TREATMENTS: Final = {
    "driven": "Driven by the software", "displayed": "Displayed", "out_of_scope": "Out of scope",
}  # fmt: skip
KINDS: Final = {"rule": "Rule", "permission": "Operation", "page": "Page"}
HOW: Final = {
    "consent": "consented", "recorded": "consented elsewhere, written down by the secretariat",
    "silence": "said nothing in time: no objection", "objection": "objected",
    "waiting": "has said nothing yet",
}  # fmt: skip


def install(app: Flask, service: Service) -> None:
    """Register the pages, and check that the pages which instruments name exist.

    To be called when all other pages are registered.

    Raises
    ------
    SchemaError, InvalidDataError
        If an instrument is wrong, or names a page that there is not.
    """
    app.register_blueprint(instrument_pages)
    app.register_blueprint(instrument_desk)
    app.template_filter("cited")(pieces)
    known = instruments_of(service)
    faults = [
        Fault(f"{one.id}.yaml", 0, clause, f"there is no page {ref.name!r}")
        for one in known.values()
        for clause, treatment in one.treatments.items()
        for ref in treatment.by
        if ref.kind == "page" and not _exists(app, service, ref.name)
    ]
    if faults:
        raise InvalidDataError(faults)


def _exists(app: Flask, service: Service, path: str) -> bool:
    """Tell whether an address leads to a page."""
    try:
        endpoint, arguments = app.url_map.bind("").match(path)
    except HTTPException:
        return False
    if endpoint == "instrument_pages.instrument_page":
        return arguments["id"] in instruments_of(service)
    plurals = {kind.plural for kind in service.schema.entities.values()}
    return arguments.get("plural") in {None, *plurals}


def _context() -> dict[str, Any]:
    return {"status_words": STATUSES, "treatments": TREATMENTS, "kinds": KINDS, "how": HOW}


def _sections(clauses: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(name, list(group)) for name, group in groupby(clauses, lambda one: one["section"])]


@instrument_pages.get("")
def instruments_page() -> str:
    """List the instruments."""
    only(request.args)
    found = showing.list_instruments(current_service(), current_caller())
    return render_template("instruments/list.html", instruments=found, **_context())


@instrument_pages.get("/<id>")
def instrument_page(id: str) -> str:
    """Show an instrument: status, roles, versions, clauses, and what becomes of each."""
    only(request.args)
    service, caller = current_service(), current_caller()
    one = showing.get_instrument(service, caller, id)
    view = View(seen_graph(service, caller))
    counts = {
        kind: sum(c["treatment"]["kind"] == kind for c in one["version"]["clauses"])
        for kind in TREATMENTS
    }
    return render_template(
        "instruments/instrument.html", one=one, version=one["version"], counts=counts,
        by_section=_sections(one["version"]["clauses"]),
        paragraphs={c["id"]: c["paragraph"] for c in one["version"]["clauses"]},
        timeline=[{**line, "link": view.link(line["source"])} for line in one["statuses"]],
        **_context(),
    )  # fmt: skip


@instrument_pages.get("/<id>/versions/<number>")
def version_page(id: str, number: str) -> str:
    """Show one version of an instrument."""
    only(request.args)
    service, caller = current_service(), current_caller()
    version = showing.get_version(service, caller, id, number)
    one = _short(service, id)
    return render_template(
        "instruments/version.html", one=one, version=version,
        by_section=_sections(version["clauses"]), **_context(),
    )  # fmt: skip


@instrument_pages.get("/<id>/diff")
def diff_page(id: str) -> str:
    """Show what differs between two versions, the last two unless asked for others."""
    only(request.args, "from", "to")
    service, caller = current_service(), current_caller()
    one = _short(service, id)
    numbers = [line["number"] for line in one["versions"]]
    to = single(request.args, "to") or str(numbers[-1])
    old = single(request.args, "from") or str(numbers[-2] if len(numbers) > 1 else numbers[0])
    found = showing.diff_versions(service, caller, id, old, to)
    return render_template(
        "instruments/diff.html", one=one, diff=found, numbers=numbers, **_context()
    )


def _short(service: Service, id: str) -> dict[str, Any]:
    for one in showing.list_instruments(service, current_caller()):
        if one["id"] == id:
            return one
    raise NotFoundError("instrument", id[:100])
