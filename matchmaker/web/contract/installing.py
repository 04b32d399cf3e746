"""Puts around every answer of an app what the contract promises of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask import Flask

from matchmaker.permissions import Caller
from matchmaker.web.contract import cors, language, ratelimits, stability
from matchmaker.web.contract.operation import Operation
from matchmaker.web.contract.ratelimits import Quotas, RateLimits


def install(app: Flask, operations: Iterable[Operation], caller: Callable[[], Caller]) -> None:
    """Install rate limits, sharing with other origins, languages and deprecation.

    Parameters
    ----------
    app : Flask
        Its requests are checked by then, and ``http.finish`` is installed already: what was
        installed first runs last on the way out.
    operations : iterable of Operation
        The operations of the API.
    caller : callable
        Returns who makes the current request.
    """
    by_endpoint = {f"api.{operation.name}": operation for operation in operations}
    app.before_request(cors.preflight)
    app.before_request(RateLimits(Quotas(), by_endpoint, caller).check)
    app.after_request(stability.warner(by_endpoint))
    app.after_request(ratelimits.tell)
    app.after_request(cors.share)
    app.after_request(language.tell)
