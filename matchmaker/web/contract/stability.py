"""Deprecation and Sunset: how programs learn that an operation will go away.

References
----------
Dalal, S., Wilde, E. (2025). The Deprecation HTTP Response Header Field. RFC 9745.
Wilde, E. (2019). The Sunset HTTP Header Field. RFC 8594.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime

from flask import Response, request, url_for
from werkzeug.http import http_date
from werkzeug.routing import BuildError

from matchmaker.web.contract.operation import Operation
from matchmaker.web.http import API_PREFIX


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def warner(operations: Mapping[str, Operation]) -> Callable[[Response], Response]:
    """Return what adds the headers to answers of operations that are deprecated.

    Parameters
    ----------
    operations : mapping of str to Operation
        By endpoint.
    """

    def warn(response: Response) -> Response:
        operation = operations.get(request.endpoint or "")
        if operation is None or operation.deprecated_on is None:
            return response
        since = int(_midnight(operation.deprecated_on).timestamp())
        response.headers["Deprecation"] = f"@{since}"
        if operation.sunset_on:
            response.headers["Sunset"] = http_date(_midnight(operation.sunset_on))
        about = f"{API_PREFIX}/docs#{operation.name}"
        response.headers.add("Link", f'<{about}>; rel="deprecation"; type="text/html"')
        with suppress(BuildError):
            if operation.successor:
                target = url_for(f"api.{operation.successor}", **(request.view_args or {}))
                response.headers.add("Link", f'<{target}>; rel="successor-version"')
        return response

    return warn
