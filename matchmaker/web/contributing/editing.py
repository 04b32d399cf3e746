"""Pages on which people add and change needs, offers, partners and projects, and report errors."""

from __future__ import annotations

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid4, uuid5

from flask import Blueprint, Flask, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.errors import BadRequestError, MatchmakerError, NotAllowedError, SignInNeededError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.permissions import Caller, Role, Way, authorise
from matchmaker.schema import EntityType
from matchmaker.usecases.contributing import claims, reports, writing
from matchmaker.usecases.contributing.asking import Outcome
from matchmaker.usecases.contributing.proposing import CONTRIBUTED
from matchmaker.usecases.contributing.writing import write_operation
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.visibility import owners_of
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.entering import FAULTY, refused
from matchmaker.web.accounts.fields import Form
from matchmaker.web.accounts.forms import FORM_FIELD
from matchmaker.web.contributing.fields import (
    Field,
    cites_himself,
    document_of,
    fields_of,
    filled_values,
    shown_values,
)
from matchmaker.web.http import check_encoding, current_service, keep_nowhere, only, single
from matchmaker.web.pages.viewmodels import View, words

editing = Blueprint("editing", __name__)
editing.before_request(check_encoding)
_PREFILLED: Final = ("city", "partner")
_LONGEST_NONCE: Final = 100


editing.after_request(keep_nowhere)


def install(app: Flask) -> None:
    """Give an app the pages, at addresses under those of the types."""
    kinds = current_kinds(app)
    for kind in kinds:
        known = {"kind_name": kind.name}
        rule = f"/{kind.plural}"
        editing_rules: list[tuple[str, str, Any, Any]] = [
            (f"{rule}/<id>/report", "report", report_page, send_report)
        ]
        if kind.name in CONTRIBUTED:
            editing_rules += [
                (f"{rule}/new", "new", new_page, create),
                (f"{rule}/<id>/edit", "edit", edit_page, change),
                (f"{rule}/<id>/withdraw", "withdraw", withdraw_page, withdraw),
            ]
        if kind.name == "partner":
            editing_rules.append((f"{rule}/<id>/claim", "claim", claim_page, send_claim))
        for address, name, show, send in editing_rules:
            end = f"{name}_{kind.name}"
            app.add_url_rule(address, f"editing.{end}", show, methods=["GET"], defaults=known)
            app.add_url_rule(address, f"editing.send_{end}", send, methods=["POST"], defaults=known)
    app.template_global("contribution_links")(contribution_links)
    app.register_blueprint(editing)


def current_kinds(app: Flask) -> list[EntityType]:
    """Return the entity types of the service behind an app."""
    with app.app_context():
        return list(current_service().schema.entities.values())


def _kind(name: str) -> EntityType:
    return current_service().schema.entities[name]


def contribution_links(kind_name: str, id: str) -> list[tuple[str, str]]:
    """Return where whoever looks at an entity's page can contribute: addresses and captions."""
    service = current_service()
    found: list[tuple[str, str]] = []
    try:
        caller = current_caller()
    except MatchmakerError:
        return found
    plural = service.schema.entities[kind_name].plural
    entity = service.snapshot.entities.get(id)
    owners = owners_of(service.snapshot, entity) if entity else frozenset[str]()
    if kind_name in CONTRIBUTED:
        own = _way(caller, write_operation(kind_name), owners) is Way.YES
        address = f"/{plural}/{id}/edit"
        onward = address if caller.account else f"/sign-in?next={address}"
        found.append((onward, "Edit" if own else "Suggest a change"))
        if caller.account and kind_name in ("need", "offer"):
            own = _way(caller, write_operation(kind_name, "withdraw"), owners) is Way.YES
            found.append((f"/{plural}/{id}/withdraw", "Withdraw" if own else "Suggest withdrawal"))
        if caller.account and kind_name == "need" and entity and entity.text("status") == "open":
            own = _way(caller, "need.write", owners) is Way.YES
            found.append((f"/needs/{id}/solved", "Mark as solved" if own else "Suggest: solved"))
    if kind_name == "city" and caller.account:
        found.append((f"/needs/new?city={id}", "Add a need"))
        found.append((f"/projects/new?city={id}", "Add a project"))
    if kind_name == "partner" and caller.account:
        found.append((f"/offers/new?partner={id}", "Add an offer"))
        if caller.role is Role.PARTNER and id not in caller.subjects:
            found.append((f"/partners/{id}/claim", "This is us: claim the profile"))
    found.append((f"/{plural}/{id}/report", "Report an error"))
    return found


def _way(caller: Caller, operation: str, owners: frozenset[str]) -> Way:
    try:
        return authorise(caller, operation, owners)
    except NotAllowedError:
        return Way.NO


def _nonce() -> str:
    return str(uuid4())


def _uuid(caller: Caller) -> str | None:
    """Return the name of the write that a form asks for: sent twice as it is, it is made once."""
    nonce = request.form.get("nonce", "")[:_LONGEST_NONCE]
    filled = [(n, v) for n, v in request.form.items(multi=True) if n != FORM_FIELD]
    told = repr((caller.account, nonce, request.path, filled))
    told = told.encode("utf-8", "surrogatepass").hex()
    return str(uuid5(NAMESPACE_URL, f"form:{told}")) if nonce else None


def _begin(kind: EntityType, action: str = "write") -> tuple[Caller, Snapshot]:
    """Return who asks and what he sees; people who have not signed in are asked to."""
    service, caller = current_service(), current_caller()
    permit(service, caller, write_operation(kind.name, action), caller.subjects)
    return caller, seen_graph(service, caller)


def _page(
    kind: EntityType, caller: Caller, snapshot: Snapshot, fields: list[Field], entity: Entity | None
) -> dict[str, Any]:
    owners = owners_of(snapshot, entity) if entity else caller.subjects
    way = _way(caller, write_operation(kind.name), owners)
    one = words(kind.name).lower()
    return {
        "kind": kind,
        "one": one,
        "heading": f"{'Change' if entity else 'Add'} {'an' if one[0] in 'aeiou' else 'a'} {one}"
        if entity is None
        else f"Change: {snapshot.schema.caption(entity)}",
        "fields": fields,
        "entity": View(snapshot).link(entity.id) if entity else None,
        "direct": way is Way.YES,
        "own_word": cites_himself(caller),
        "nonce": _nonce(),
    }


def new_page(kind_name: str) -> str:
    """Show an empty form."""
    only(request.args, *_PREFILLED)
    kind = _kind(kind_name)
    caller, snapshot = _begin(kind)
    fields = fields_of(snapshot, kind, caller, None)
    values = shown_values(None, fields)
    for prop in kind.properties.values():
        if prop.default is not None and prop.name in values:
            values[prop.name] = prop.default
    subjects = sorted(caller.subjects)
    for name in _PREFILLED:
        if name in values:
            values[name] = single(request.args, name) or (subjects[0] if subjects else "")
    context = _page(kind, caller, snapshot, fields, None)
    return render_template("desk/entity.html", form=Form(values), **context)


def create(kind_name: str) -> AnyResponse:
    """Create what a form describes."""
    kind = _kind(kind_name)
    caller, snapshot = _begin(kind)
    fields = fields_of(snapshot, kind, caller, None)
    values = filled_values(request.form, fields)
    try:
        document = document_of(snapshot.schema, kind, values)
        done = writing.create(current_service(), caller, document, uuid=_uuid(caller))
    except FAULTY as error:
        context = _page(kind, caller, snapshot, fields, None)
        return refused("desk/entity.html", Form(values), error, **context)
    return _onward(done)


def edit_page(kind_name: str, id: str) -> str:
    """Show a form about what stands."""
    only(request.args)
    kind = _kind(kind_name)
    caller, snapshot = _begin(kind)
    entity = snapshot.get(kind.name, id)
    fields = fields_of(snapshot, kind, caller, entity)
    values = shown_values(entity, fields) | {"version": str(snapshot.version(id))}
    context = _page(kind, caller, snapshot, fields, entity)
    return render_template("desk/entity.html", form=Form(values), **context)


def change(kind_name: str, id: str) -> AnyResponse:
    """Change an entity to what a form describes."""
    kind = _kind(kind_name)
    caller, snapshot = _begin(kind)
    entity = snapshot.get(kind.name, id)
    fields = fields_of(snapshot, kind, caller, entity)
    values = filled_values(request.form, fields) | {"version": request.form.get("version", "")}
    try:
        document = document_of(
            snapshot.schema, kind, {n: v for n, v in values.items() if n != "version"}
        )
        done = writing.write(
            current_service(), caller, {**document, "id": id}, expected=_version(values),
            uuid=_uuid(caller),
        )  # fmt: skip
    except FAULTY as error:
        context = _page(kind, caller, snapshot, fields, entity)
        return refused("desk/entity.html", Form(values), error, **context)
    return _onward(done)


def _version(values: dict[str, Any]) -> int:
    text = values["version"]
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadRequestError("version", "is missing; load the page again")
    return int(text)


def withdraw_page(kind_name: str, id: str) -> str:
    """Ask whether an entity is to be withdrawn."""
    only(request.args)
    kind = _kind(kind_name)
    caller, snapshot = _begin(kind, "withdraw")
    return render_template("desk/withdraw.html", **_withdrawal(kind, caller, snapshot, id))


def withdraw(kind_name: str, id: str) -> AnyResponse:
    """Withdraw an entity."""
    kind = _kind(kind_name)
    caller, snapshot = _begin(kind, "withdraw")
    try:
        done = writing.withdraw(current_service(), caller, kind.name, id, uuid=_uuid(caller))
    except FAULTY as error:
        context = _withdrawal(kind, caller, snapshot, id)
        form = context.pop("form")
        return refused("desk/withdraw.html", form, error, **context)
    return _onward(done)


def _withdrawal(kind: EntityType, caller: Caller, snapshot: Snapshot, id: str) -> dict[str, Any]:
    entity = snapshot.get(kind.name, id)
    way = _way(caller, write_operation(kind.name, "withdraw"), owners_of(snapshot, entity))
    return {
        "kind": kind,
        "entity": View(snapshot).link(id),
        "stays": kind.name in ("need", "offer"),
        "direct": way is Way.YES,
        "form": Form(),
        "nonce": _nonce(),
    }


def _onward(done: Outcome) -> AnyResponse:
    """Lead on to what was written, or to what waits."""
    if done.submission is not None:
        return redirect(f"/desk/submissions/{done.submission.id}?done=queued", 303)
    plural = _kind(done.type).plural
    gone = done.what == "published" and done.after is None
    return redirect(f"/{plural}" if gone else f"/{plural}/{done.entity_id}", 303)


def report_page(kind_name: str, id: str) -> str:
    """Show the form by which anybody reports an error."""
    only(request.args, "property")
    form = Form({"property": single(request.args, "property") or "", "message": ""})
    return render_template("desk/report.html", form=form, done=False, **_reporting(kind_name, id))


def send_report(kind_name: str, id: str) -> str | AnyResponse:
    """Take a report of an error."""
    caller, context = current_caller(), _reporting(kind_name, id)
    values = {name: request.form.get(name, "") for name in ("property", "message")}
    try:
        reports.report(
            current_service(), caller, entity_id=id, message=values["message"],
            property_name=values["property"], uuid=_uuid(caller),
        )  # fmt: skip
    except FAULTY as error:
        return refused("desk/report.html", Form(values), error, done=False, **context)
    return render_template("desk/report.html", form=Form(), done=True, **context)


def _reporting(kind_name: str, id: str) -> dict[str, Any]:
    service, caller = current_service(), current_caller()
    snapshot = seen_graph(service, caller)
    entity = snapshot.get(kind_name, id)
    named = reports.reportable(service, caller, entity)
    return {
        "entity": View(snapshot).link(id),
        "kind": _kind(kind_name),
        "properties": [("", "the whole page"), *((name, words(name)) for name in named)],
        "longest": reports.LONGEST_MESSAGE,
        "nonce": _nonce(),
    }


def claim_page(kind_name: str, id: str) -> str:
    """Show the form by which a partner claims its profile."""
    only(request.args)
    return render_template("desk/claim.html", form=Form(), **_claiming(id))


def send_claim(kind_name: str, id: str) -> AnyResponse:
    """Take the claim of a profile."""
    caller, context = current_caller(), _claiming(id)
    values = {"note": request.form.get("note", "")}
    try:
        claims.claim(current_service(), caller, id, values["note"], uuid=_uuid(caller))
    except FAULTY as error:
        return refused("desk/claim.html", Form(values), error, **context)
    return redirect("/desk/claims?done=claimed", 303)


def _claiming(id: str) -> dict[str, Any]:
    service, caller = current_service(), current_caller()
    if not caller.account:
        raise SignInNeededError("Claim the profile of a partner: sign in first.")
    permit(service, caller, "claims.create")
    snapshot = seen_graph(service, caller)
    snapshot.get("partner", id)
    return {
        "entity": View(snapshot).link(id),
        "longest": claims.LONGEST_NOTE,
        "nonce": _nonce(),
    }
