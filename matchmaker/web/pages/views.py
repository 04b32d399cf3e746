"""Pages for people: one route for lists, one for entities of any type, and a few of their own.

Every entity of every type has a page at ``/<plural>/<id>``, the same place as in the API, so that
whatever a page, a path of evidence or a list names can be opened.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from matchmaker.usecases.changes import changes_document
from matchmaker.usecases.diversity import parse_diversity
from matchmaker.usecases.exposure import DEFAULT_LISTED, exposure_document
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.reading.details import node, parse_limit, search
from matchmaker.usecases.reading.seeing import follow_merged, seen_graph, seen_matches
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.http import check_encoding, current_service, only, single
from matchmaker.web.lists.pages import dismissed_on, without_dismissed
from matchmaker.web.pages.details import DETAILS, TEMPLATES, thing
from matchmaker.web.pages.exposure import exposure_page
from matchmaker.web.pages.home import home
from matchmaker.web.pages.lists import listing, schema_page, topics
from matchmaker.web.pages.maps import network_map, window_around
from matchmaker.web.pages.matches import changes_page, match_page
from matchmaker.web.pages.pictures import bar
from matchmaker.web.pages.viewmodels import View, words

pages = Blueprint("pages", __name__)

_YEAR_SECONDS = 365 * 24 * 3600
_FOUND = 50
_RANKED = {"need": 20, "partner": 10, "offer": 10}
"""Types whose page lists matches, with how many it shows unless asked for more."""


@cache
def _digest(folder: str, name: str) -> str:
    """Return a short hash of a static file; it changes only with a new release."""
    with open(f"{folder}/{name}", "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()[:12]


@pages.app_template_global()
def asset(name: str) -> str:
    """Return the address of a static file with the hash of its content."""
    return f"/static/{name}?v={_digest(current_app.static_folder or '', name)}"


pages.app_template_global("bar")(bar)
pages.app_template_filter("words")(words)


@pages.app_template_filter()
def two(value: float) -> str:
    """Write a number in [0, 1] with two decimals."""
    return f"{value:.2f}"


@pages.app_template_filter()
def three(value: float) -> str:
    """Write a number in [0, 1] with three decimals."""
    return f"{value:.3f}"


@pages.app_context_processor
def frame() -> dict[str, Any]:
    """Give every page what its frame shows: the service's state and what the data stand for."""
    service = current_service()
    algorithm = service.algorithm()
    snapshot = service.snapshot
    return {
        "status": service.status,
        "footer": {
            "sequence": snapshot.sequence,
            "as_of": snapshot.as_of,
            "algorithm": algorithm["name"],
            "version": algorithm["version"],
        },
    }


@pages.after_app_request
def keep_static_files(response: Response) -> Response:
    """Let browsers keep files whose address carries the hash of their content."""
    if request.path.startswith("/static/") and response.status_code == 200:
        lasting = f"public, max-age={_YEAR_SECONDS}, immutable"
        response.headers["Cache-Control"] = lasting if "v" in request.args else "no-cache"
    return response


pages.before_request(check_encoding)


def _view() -> View:
    """Return the graph as whoever asks sees it."""
    return View(seen_graph(current_service(), current_caller()))


def _matcher() -> tuple[Matcher, View]:
    """Return what matches are made from, with the same state of the graph as whoever asks sees it."""
    matcher, snapshot = seen_matches(current_service(), current_caller())
    return matcher, View(snapshot)


@pages.get("/")
def home_page() -> str:
    """Show the network: map, numbers, news."""
    only(request.args)
    return render_template("pages/home.html", **home(_view(), asset("basemap.svg")))


@pages.get("/about")
def about_page() -> str:
    """Show how matching works, with the weights in use."""
    algorithm = current_service().algorithm()
    return render_template("pages/about.html", algorithm=algorithm)


@pages.get("/exposure")
def spread_page() -> str:
    """Show how recommendations spread over partners, countries and cities."""
    only(request.args, "limit", "diversity")
    limit = parse_limit(single(request.args, "limit"), DEFAULT_LISTED)
    diversity = parse_diversity(single(request.args, "diversity"))
    matcher, view = _matcher()
    document = exposure_document(matcher, limit, diversity)
    return render_template("pages/exposure.html", **exposure_page(view, document))


@pages.get("/schema")
def data_model_page() -> str:
    """Show the data model."""
    return render_template("pages/schema.html", **schema_page(_view()))


@pages.get("/search")
def search_page() -> str:
    """Search all texts; without words, say what can be looked for."""
    only(request.args, "q")
    query = (single(request.args, "q") or "").strip()
    view = _view()
    found: dict[str, Any] = {"items": [], "total": 0, "suggestions": []}
    if query:
        found = search(view.snapshot, query, _FOUND)
    return render_template(
        "pages/search.html",
        query=query,
        total=found["total"],
        suggestions=found["suggestions"],
        found=[
            {"link": view.link(i["id"]), "kind": words(i["type"]), "snippet": i["snippet"]}
            for i in found["items"]
        ],
    )


@pages.get("/matches/<need_id>/<target_id>")
def explanation_page(need_id: str, target_id: str) -> str:
    """Explain one pair of a need and an offer, or a partner without one."""
    only(request.args)
    matcher, view = _matcher()
    follow_merged(view.snapshot, need_id, target_id)
    pair = matcher.pair(need_id, target_id)
    context = match_page(view, pair, current_service().algorithm())
    return render_template("pages/match.html", need_id=need_id, target_id=target_id, **context)


@pages.get("/matches/<need_id>/<target_id>/changes")
def raising_page(need_id: str, target_id: str) -> str:
    """Show what would raise one pair; apart from its explanation, for it takes far longer."""
    only(request.args)
    service = current_service()
    matcher, view = _matcher()
    follow_merged(view.snapshot, need_id, target_id)
    day = service.day_of_writing
    found = changes_document(matcher, need_id, target_id, day, current_caller())
    context = changes_page(view, found, service.algorithm())
    return render_template("pages/changes.html", need_id=need_id, target_id=target_id, **context)


@pages.get("/nodes/<identifier>")
def any_page(identifier: str) -> AnyResponse:
    """Lead from any identifier to its page."""
    view = _view()
    found = node(view.snapshot, identifier)
    return redirect(view.link(found["id"]).url, 302)


@pages.get("/topics")
def topics_page() -> str:
    """Show the topic scheme as a tree."""
    only(request.args)
    return render_template("pages/topics.html", **topics(_view()))


@pages.get("/<plural>")
def list_page(plural: str) -> str:
    """List the entities of one type, narrowed down by the query."""
    view = _view()
    kind = view.schema.by_plural(plural)
    if kind is None:
        raise NotFound
    return render_template(
        "pages/list.html", **listing(view, kind, request.args, asset("basemap.svg"))
    )


@pages.get("/<plural>/<identifier>")
def entity_page(plural: str, identifier: str) -> str:
    """Show one entity, in the manner of its type."""
    matcher, view = _matcher()
    kind = view.schema.by_plural(plural)
    if kind is None:
        raise NotFound
    marked = ("marks",) if kind.name == "need" else ()
    only(request.args, *(("limit", *marked) if kind.name in _RANKED else ()))
    limit = parse_limit(single(request.args, "limit"), _RANKED.get(kind.name, 1))
    entity = view.snapshot.get(kind.name, identifier)
    context = thing(view, entity)
    gone = dismissed_on(entity.id, single(request.args, "marks")) if marked else frozenset()
    if kind.name in DETAILS:
        context |= DETAILS[kind.name](view, entity, matcher, limit + len(gone))
    if marked:
        context |= without_dismissed(entity.id, context["cards"], gone, limit)
    context.setdefault("off_map", "")
    if points := context.get("points"):
        context["map"] = network_map(
            points,
            asset("basemap.svg"),
            title="Map",
            window=window_around(points),
            country=context.get("country_code", ""), small=True,
        )  # fmt: skip
    template = kind.name if kind.name in TEMPLATES else "thing"
    return render_template(f"pages/{template}.html", kind=kind, **context)
