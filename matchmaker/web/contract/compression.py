"""Content codings: brotli and gzip as the request accepts them."""

from __future__ import annotations

import gzip
from typing import Final

import brotli  # type: ignore[import-untyped]
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

SMALL: Final = 600  # bytes; below this compression saves no packet
_CODINGS: Final = ("br", "gzip")  # in order of our preference
_COMPRESSIBLE: Final = (
    "text/", "application/json", "application/problem+json", "image/svg+xml",
    "application/ld+json", "application/geo+json", "application/xml", "application/x-ndjson",
    "application/graphml+xml", "application/rss+xml", "application/atom+xml",
)  # fmt: skip
_GZIP_LEVEL: Final = 3
_BROTLI_QUALITY: Final = 4


def is_compressible(mimetype: str | None) -> bool:
    """Tell whether compression makes sense for a media type."""
    return (mimetype or "").startswith(_COMPRESSIBLE)


def coding_for(accepted: str | None, size: int) -> str:
    """Return the coding that a request wishes for a body of some size, ``""`` for none.

    Parameters
    ----------
    accepted : str or None
        The header ``Accept-Encoding``.
    size : int
        Bytes of the body.

    Notes
    -----
    The highest weight wins, brotli before gzip before none among equals.  A small body goes plain
    unless ``identity`` is refused.  Where nothing we have is accepted, the body goes plain: RFC 9110
    (12.5.3) lets a server disregard the header.

    Examples
    --------
    >>> coding_for("gzip, deflate, br", 5000), coding_for("gzip;q=1, br;q=0.2", 5000)
    ('br', 'gzip')
    >>> coding_for("gzip", 10), coding_for("gzip, identity;q=0", 10), coding_for(None, 5000)
    ('', 'gzip', '')
    """
    named = dict(parse_accept_header(accepted, Accept)) if accepted else {}
    best, weight = "", 0.0
    for coding in _CODINGS:
        quality = named.get(coding, named.get("*", 0))
        if quality > weight:
            best, weight = coding, quality
    if named.get("identity", named.get("*")) == 0:
        return best
    return "" if size < SMALL or named.get("identity", 0) > weight else best


def compress(body: bytes, coding: str) -> bytes:
    """Return a body in a coding; the same body gives the same bytes.

    Notes
    -----
    The levels are chosen by measurement: the 140 kB of a need's 20 matches become 9.3 kB in 0.6 ms by
    brotli and 14.4 kB in 0.5 ms by gzip; one level higher costs twice the time for a tenth less.
    """
    if coding == "br":
        packed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
        return packed
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)
