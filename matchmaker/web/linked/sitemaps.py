"""What search engines and crawlers are told: site map, robots.txt, one address for each page."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import NotFound

from matchmaker.graph import Snapshot
from matchmaker.permissions import PUBLIC
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.web.http import API_PREFIX, UnreadableError, current_service, only
from matchmaker.web.linked.negotiation import MEDIA, list_forms, names

sitemaps = Blueprint("sitemaps", __name__)

MOST_ADDRESSES: Final = 50_000
"""Addresses that one site map may hold, by the protocol of sitemaps.org."""
_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_OWN_PAGES: Final = ("/", "/about", "/topics", "/schema", "/exposure")
# Thousands of explanations, each computed when asked for, and what is no page of its own.
_CLOSED: Final = (
    "/matches/",
    "/search",
    "/embed/",
    f"{API_PREFIX}/matches",
    f"{API_PREFIX}/search",
)


def _paths(snapshot: Snapshot) -> Iterator[str]:
    yield from _OWN_PAGES
    for kind in snapshot.schema.entities.values():
        if f"/{kind.plural}" not in _OWN_PAGES:
            yield f"/{kind.plural}"
        for identifier in snapshot.of_type(kind.name):
            yield f"/{kind.plural}/{identifier}"


def _seen() -> Snapshot:
    return seen_graph(current_service(), PUBLIC)


def _most() -> int:
    most: int = current_app.config.get("SITEMAP_ADDRESSES", MOST_ADDRESSES)
    return most


@sitemaps.get("/sitemap.xml")
def sitemap() -> Response:
    """Answer with the site map, or with an index of its parts where it is too long for one."""
    only(request.args)
    snapshot, base, most = _seen(), names().base, _most()
    paths = list(_paths(snapshot))
    if len(paths) <= most:
        return _xml("urlset", "url", [base + path for path in paths], snapshot.as_of)
    parts = -(-len(paths) // most)
    found = [f"{base}/sitemap-{number}.xml" for number in range(1, parts + 1)]
    return _xml("sitemapindex", "sitemap", found, snapshot.as_of)


@sitemaps.get("/sitemap-<int:number>.xml")
def part(number: int) -> Response:
    """Answer with one part of a long site map."""
    only(request.args)
    snapshot, base, most = _seen(), names().base, _most()
    paths = list(_paths(snapshot))[(number - 1) * most : number * most] if number else []
    if not paths:
        raise NotFound
    return _xml("urlset", "url", [base + path for path in paths], snapshot.as_of)


def _xml(outer: str, inner: str, addresses: list[str], as_of: str) -> Response:
    changed = f"<lastmod>{escape(as_of)}</lastmod>" if as_of else ""
    lines = [f"<{inner}><loc>{escape(address)}</loc>{changed}</{inner}>" for address in addresses]
    body = "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<{outer} xmlns="{_NAMESPACE}">',
            *lines,
            f"</{outer}>\n",
        ]
    )
    return Response(body, mimetype="application/xml")


@sitemaps.get("/robots.txt")
def robots() -> Response:
    """Answer with what crawlers are asked to leave alone."""
    only(request.args)
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _CLOSED)]
    lines += ["", f"Sitemap: {names().base}/sitemap.xml", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@sitemaps.app_template_global("page_links")
def page_links() -> list[dict[str, str]]:
    """Return what the head of a page links to: its one address, and its other forms.

    A list narrowed down by filters has the address of the whole list, so that search engines do not
    take it for a page of its own.
    """
    found: list[dict[str, Any]] = []
    values = request.view_args or {}
    if "token" not in values:  # the address of a one-time page is a secret
        with contextlib.suppress(UnreadableError):  # a page about a broken request must not break
            address = names().base + quote(request.path)
            found.append({"rel": "canonical", "type": "", "href": address})
    kind = current_service().schema.by_plural(values.get("plural", ""))
    if kind is not None:
        address = f"{API_PREFIX}/{kind.plural}"
        forms: tuple[str, ...] = list_forms(kind.name)
        if "identifier" in values:
            address, forms = f"{address}/{values['identifier']}", ("json", "jsonld", "turtle")
        for form in forms:
            query = "" if form == "json" else f"?format={form}"
            found.append({"rel": "alternate", "type": MEDIA[form], "href": address + query})
    elif request.path == "/":
        for name, form in (("catalog.jsonld", "jsonld"), ("catalog.ttl", "turtle")):
            found.append({"rel": "describedby", "type": MEDIA[form], "href": f"/{name}"})
    return found
