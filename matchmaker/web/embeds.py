"""Widgets for pages of other sites: a city's needs, a partner's best matches, in a small frame.

Everybody sees the same in them: they know no cookies and no accounts.  Which sites may show them is
for the operator to say, and for browsers to enforce (``frame-ancestors``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, render_template, request

from matchmaker.errors import BadRequestError, NotFoundError
from matchmaker.graph import Snapshot
from matchmaker.permissions import PUBLIC
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.reading.filtering import whole_number
from matchmaker.usecases.reading.languages import LANGUAGES, USUAL, in_language
from matchmaker.usecases.reading.seeing import seen_matches
from matchmaker.web.http import current_service, only, single
from matchmaker.web.pages.matchviews import cards
from matchmaker.web.pages.viewmodels import View
from matchmaker.web.problems import describe

embeds = Blueprint("embeds", __name__, url_prefix="/embed")

THEMES: Final = ("auto", "light", "dark")
MOST: Final = 20
_USUAL_LIMIT: Final = 5
_KEPT_SECONDS: Final = 300
_WORDS: Final = {
    "en": {
        "needs_of": "What {} needs",
        "needs_for": "Needs that {} could help with",
        "no_needs": "No open need is published.",
        "no_matches": "No need in the data fits yet.",
        "seeks": "Seeks",
        "score": "score",
        "strong": "strong match",
        "promising": "promising match",
        "speculative": "speculative match",
        "all": "Show all, with reasons and sources",
        "by": "Partner–City Matchmaking, ASEAN Smart Cities Network",
        "as_of": "as of",
    },
    "th": {
        "needs_of": "ความต้องการของ{}",
        "needs_for": "ความต้องการที่ {} อาจช่วยได้",
        "no_needs": "ยังไม่มีความต้องการที่เผยแพร่",
        "no_matches": "ยังไม่มีความต้องการที่เหมาะสมในข้อมูล",
        "seeks": "ต้องการ",
        "score": "คะแนน",
        "strong": "เหมาะสมมาก",
        "promising": "น่าจะเหมาะสม",
        "speculative": "อาจเหมาะสม",
        "all": "ดูทั้งหมด พร้อมเหตุผลและแหล่งที่มา",
        "by": "การจับคู่เมืองกับพันธมิตร เครือข่ายเมืองอัจฉริยะอาเซียน",
        "as_of": "ข้อมูล ณ วันที่",
    },
}


def _asked() -> tuple[str, str, int]:
    """Return language, theme and number of lines that the request asks for."""
    only(request.args, "lang", "theme", "limit")
    found = []
    for name, known, usual in (("lang", LANGUAGES, USUAL), ("theme", THEMES, THEMES[0])):
        text = single(request.args, name)
        if text is not None and text not in known:
            raise BadRequestError(name, f"{text[:100]!r} is not one of {', '.join(known)}")
        found.append(usual if text is None else text)
    raw = single(request.args, "limit")
    limit = _USUAL_LIMIT if raw is None else whole_number("limit", raw)
    if not 1 <= limit <= MOST:
        raise BadRequestError("limit", f"must be a whole number from 1 to {MOST}, not {limit}")
    return found[0], found[1], limit


def _seen(language: str) -> tuple[Matcher, Snapshot]:
    matcher, snapshot = seen_matches(current_service(), PUBLIC)
    return matcher, in_language(snapshot, language)


@embeds.get("/cities/<identifier>")
def city(identifier: str) -> Response:
    """Show the open needs of a city."""
    language, theme, limit = _asked()
    _, snapshot = _seen(language)
    entity = snapshot.get("city", snapshot.redirects.get(identifier, identifier))
    view = View(snapshot)
    needs = [n for n in view.pointing(entity.id, "OF_CITY", "need") if n.text("status") == "open"]
    link = view.link(entity.id)
    lines = [
        {"link": view.link(need.id), "support": view.links(need.refs("support_types"))}
        for need in needs[:limit]
    ]
    return _page(
        language, theme, snapshot, title=_WORDS[language]["needs_of"].format(link.caption),
        more=f"{link.url}#needs", lines=lines, none="no_needs",
    )  # fmt: skip


@embeds.get("/partners/<identifier>")
def partner(identifier: str) -> Response:
    """Show the needs that a partner could serve best."""
    language, theme, limit = _asked()
    matcher, snapshot = _seen(language)
    entity = snapshot.get("partner", snapshot.redirects.get(identifier, identifier))
    view = View(snapshot)
    link = view.link(entity.id)
    found = cards(view, matcher.partner_matches(entity.id, limit))
    return _page(
        language, theme, snapshot, title=_WORDS[language]["needs_for"].format(link.caption),
        more=link.url, lines=[{"link": card.need, "card": card} for card in found],
        none="no_matches",
    )  # fmt: skip


def _page(language: str, theme: str, snapshot: Snapshot, **told: Any) -> Response:
    html = render_template(
        "embed/widget.html", language=language, theme=theme, as_of=snapshot.as_of,
        say=_WORDS[language], **told,
    )  # fmt: skip
    response = _framed(Response(html, mimetype="text/html"))
    response.headers["Cache-Control"] = f"public, max-age={_KEPT_SECONDS}"
    return response


def _framed(response: Response) -> Response:
    """Let the sites that the operator lists, and no others, show a page in a frame."""
    sites = current_service().settings.embed_sites or ("'none'",)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors {' '.join(sites)}"
    )
    return response


@embeds.errorhandler(BadRequestError)
@embeds.errorhandler(NotFoundError)
def refused(error: BadRequestError | NotFoundError) -> Response:
    """Tell in the frame itself what is wrong, for whoever sets it up."""
    problem = describe(error)
    html = render_template("embed/problem.html", problem=problem)
    return _framed(Response(html, problem.status, mimetype="text/html"))


@embeds.get("/widget.js")
def script() -> Response:
    """Answer with the script that puts widgets into pages of other sites."""
    response = Response(_script(), mimetype="text/javascript")
    response.headers["Cache-Control"] = f"public, max-age={_KEPT_SECONDS}"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@cache
def _script() -> str:
    """Return the script; it changes only with a new release."""
    return (Path(embeds.root_path) / "static" / "embed-widget.js").read_text("utf-8")
