"""The annual report: as data, and as a document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from matchmaker.annual.highlights import RULE
from matchmaker.annual.making import annual_report, years_of
from matchmaker.annual.telling import annual_document
from matchmaker.permissions import PUBLIC, Caller
from matchmaker.printing.document import Document
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.reading.seeing import seen_graph
from matchmaker.usecases.service import Service


def list_annual_reports(service: Service, caller: Caller) -> list[dict[str, Any]]:
    """Return the years that have a report, the latest first, each with its number of projects.

    Raises
    ------
    NotAllowedError
        If the caller may not read.
    """
    snapshot = seen_graph(service, caller)
    rows = [e.integer("year") for e in snapshot.of_type("project_listing").values()]
    return [{"year": y, "projects": rows.count(y)} for y in reversed(years_of(snapshot))]


def annual_data(service: Service, caller: Caller, year: int) -> dict[str, Any]:
    """Return the report of a year as data.

    Raises
    ------
    NotFoundError
        If that year has no list of projects.
    NotAllowedError
        If the caller may not read.

    Notes
    -----
    What is printed goes from hand to hand, so the report holds what everybody sees, whoever asks.
    """
    permit(service, caller, "graph.read")
    snapshot = service.seen_by(PUBLIC)
    return {
        "snapshot": {"sequence": snapshot.sequence, "as_of": snapshot.as_of},
        "years": list(years_of(snapshot)),
        "rule": RULE,
        **asdict(annual_report(snapshot, year)),
    }


def annual_paper(service: Service, caller: Caller, year: int) -> Document:
    """Return the report of a year as a document; see :func:`annual_data`."""
    permit(service, caller, "graph.read")
    snapshot = service.seen_by(PUBLIC)
    return annual_document(annual_report(snapshot, year), snapshot)
