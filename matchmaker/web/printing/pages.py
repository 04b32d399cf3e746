"""Pages of the annual reports: which there are, and each as one accessible page."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request
from markupsafe import Markup

from matchmaker.printing.document import Heading
from matchmaker.printing.page import body_html
from matchmaker.usecases.printing.annual import annual_paper, list_annual_reports
from matchmaker.usecases.printing.forms import FORMS
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.http import check_encoding, current_service, only
from matchmaker.web.printing.api import links_of

printing_pages = Blueprint("printing_pages", __name__, url_prefix="/annual-reports")
printing_pages.before_request(check_encoding)
_LABELS: Final = {ending: form.label for ending, form in FORMS.items()}


@printing_pages.get("")
def reports_page() -> str:
    """List the years that have a report."""
    only(request.args)
    found = list_annual_reports(current_service(), current_caller())
    return render_template(
        "printing/reports.html",
        reports=[one | {"links": links_of(one["year"])} for one in found],
        forms=_LABELS,
    )


@printing_pages.get("/<int:year>")
def report_page(year: int) -> str:
    """Show the report of a year."""
    only(request.args)
    service, caller = current_service(), current_caller()
    paper = annual_paper(service, caller, year)
    return render_template(
        "printing/report.html",
        paper=paper,
        year=year,
        links=links_of(year),
        forms=_LABELS,
        years=[one["year"] for one in list_annual_reports(service, caller)],
        parts=[b for b in paper if isinstance(b, Heading) and b.level == 1 and b.anchor],
        body=Markup(body_html(paper)),  # noqa: S704  # body_html escapes every text
    )
