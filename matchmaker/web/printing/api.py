"""The API's operations on documents to print: the annual report and the brief of a need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from flask import Response, request

from matchmaker.schema import Schema
from matchmaker.usecases.printing.annual import annual_data, annual_paper, list_annual_reports
from matchmaker.usecases.printing.briefs import need_brief
from matchmaker.usecases.printing.forms import FORMS
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.cookies import public_address
from matchmaker.web.contract.operation import Operation
from matchmaker.web.http import API_PREFIX, current_service, json_response, only
from matchmaker.web.printing import shapes

_TAG: Final = "annual-reports"
_PAGE: Final = "/annual-reports"
_COST: Final = 20


def operations(schema: Schema) -> Iterator[Operation]:
    """Yield the operations on documents to print."""
    told: dict[str, Any] = {
        "parameters": {"year": shapes.YEAR}, "schemas": shapes.ALL, "problems": ("not-found",),
    }  # fmt: skip
    yield Operation(
        "GET", "/annual-reports", "list_annual_reports", list_view,
        "Years that have an annual report, the latest first", "AnnualReportList", _TAG,
        schemas=shapes.ALL,
    )  # fmt: skip
    yield Operation(
        "GET", "/annual-reports/<int:year>", "get_annual_report", data_view,
        "The monitoring and evaluation report of a year", "AnnualReport", _TAG,
        description="Counted from the lists of projects in the graph, every number with the list that "
        "it counts, and beside the published figures. It holds what everybody sees, whoever asks.",
        **told,
    )  # fmt: skip
    for ending, form in FORMS.items():
        yield Operation(
            "GET", f"/annual-reports/<int:year>.{ending}", f"get_annual_report_{ending}",
            _paper_view(ending), f"The monitoring and evaluation report of a year as {form.label}",
            "PrintedFile", _TAG, media=(form.media,), cost=_COST, **told,
        )  # fmt: skip
    yield Operation(
        "GET", "/needs/<id>/brief.pdf", "need_brief", brief_view,
        "A need's best matches on two pages, to print", "PrintedFile", "matches", entity="need",
        media=(FORMS["pdf"].media,), schemas=shapes.ALL, problems=("not-found", "moved"), cost=_COST,
        description="Tagged PDF (PDF/UA-1). Its numbers are those of '/needs/{id}/matches'. It holds "
        "what everybody sees, whoever asks.",
    )  # fmt: skip


def links_of(year: int) -> dict[str, str]:
    """Return the addresses of the report of a year."""
    here = f"{_PAGE}/{year}"
    files = {ending: f"{API_PREFIX}{here}.{ending}" for ending in FORMS}
    return {"self": f"{API_PREFIX}{here}", "page": here, **files}


def list_view() -> Response:
    """Answer with the years that have a report."""
    only(request.args)
    found = list_annual_reports(current_service(), current_caller())
    return json_response({"items": [one | {"links": links_of(one["year"])} for one in found]})


def data_view(year: int) -> Response:
    """Answer with the report of a year as data."""
    only(request.args)
    return json_response(annual_data(current_service(), current_caller(), year))


def _paper_view(ending: str) -> Callable[[int], Response]:
    def paper_view(year: int) -> Response:
        """Answer with the report of a year as a file."""
        only(request.args)
        paper = annual_paper(current_service(), current_caller(), year)
        made = FORMS[ending].make(paper, public_address())
        return _file(made, ending, f"monitoring-and-evaluation-{year}")

    return paper_view


def brief_view(entity: str, id: str) -> Response:
    """Answer with the brief of a need."""
    only(request.args)
    made = need_brief(current_service(), current_caller(), id, public_address())
    return _file(made, "pdf", f"brief-{id}")


def _file(made: bytes, ending: str, stem: str) -> Response:
    """Return a file; a browser shows PDF itself and keeps the others."""
    response = Response(made, content_type=FORMS[ending].media)
    way = "inline" if ending == "pdf" else "attachment"
    response.headers["Content-Disposition"] = f'{way}; filename="{stem}.{ending}"'
    return response
