"""The API's operation on portfolios of introductions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request

from matchmaker.schema import Schema
from matchmaker.usecases.portfolio.asking import PARAMETERS, Asked, parse_asked
from matchmaker.usecases.portfolio.choosing import portfolio
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.contract.operation import Operation
from matchmaker.web.http import API_PREFIX, current_service, json_response, only, single
from matchmaker.web.portfolio import shapes

_COST: Final = 20


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations on portfolios."""
    yield Operation(
        "GET", "/portfolio", "portfolio", portfolio_view,
        "The best set of introductions over all open needs, under limits", "Portfolio",
        "portfolio", PARAMETERS, problems=("bad-parameter",), permission="portfolio.read",
        parameters=shapes.PARAMETERS, schemas=shapes.ALL, cost=_COST,
        description="The set of introductions with the highest total score under limits, with the "
        "reason of each choice and of each exclusion among the first ranks of a need, floors that "
        "cannot be met and why, and what each limit costs.",
    )  # fmt: skip


def asked_for() -> Asked:
    """Return the limits that the current request asks for.

    Raises
    ------
    BadRequestError
        If there is no such limit or it has no such value.
    """
    only(request.args, *PARAMETERS)
    return parse_asked({name: single(request.args, name) for name in PARAMETERS})


def portfolio_view() -> Response:
    """Answer with the best set of introductions."""
    asked = asked_for()
    document = portfolio(current_service(), current_caller(), asked)
    for name in ("introductions", "excluded"):
        document[name] = [one | {"links": _links(one)} for one in document[name]]
    return json_response(document)


def _links(one: dict[str, Any]) -> dict[str, str]:
    page = f"/matches/{one['need']['id']}/{one['target']}"
    return {"match": API_PREFIX + page, "page": page}
