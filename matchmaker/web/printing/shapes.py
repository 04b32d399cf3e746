"""JSON Schemas and parameters of the API's operations on documents to print."""

from __future__ import annotations

from typing import Any, Final

from matchmaker.web.shapes.values import (
    COUNT,
    FLAG,
    NULL,
    NUMBER,
    SLUG,
    TEXT,
    Json,
    either,
    listed,
    record,
    ref,
)

_YEAR: Final[Json] = {"type": "integer", "minimum": 0}
YEAR: Final[dict[str, Any]] = {
    "description": "Year of the report; '/annual-reports' lists those there are.",
    "schema": _YEAR, "example": 2025,
}  # fmt: skip
_NAMED = ref("AnnualName")
_FIGURE = ref("AnnualFigure")
_STATUSES = listed(ref("AnnualStatus"))
_CITED = listed(ref("AnnualCitation"))
_PROJECTS = listed(ref("AnnualProject"))

ALL: Final[dict[str, Json]] = {
    "AnnualName": record("An entity; empty where none is known.", id=TEXT, name=TEXT),
    "AnnualFigure": record(
        "A number with the address of the list that it counts: a list of the site (with '/api/v1' "
        "before it the same list as data), or a place of the report's page.",
        value=COUNT, list=TEXT,
    ),
    "AnnualCitation": record("A source and the place in it.", source=SLUG, title=TEXT, locator=TEXT,
                             held=FLAG),
    "AnnualStatus": record("How many projects have a status.", name=TEXT, label=TEXT, count=_FIGURE),
    "AnnualProject": record(
        "A project as the list of a year has it.", id=SLUG, title=TEXT, project=SLUG, city=_NAMED,
        country=_NAMED, area=_NAMED, status=TEXT, sources=_CITED,
    ),
    "AnnualValue": record("What was measured at one time.", id=SLUG, value=NUMBER, qualifier=TEXT,
                          year=_YEAR, sources=_CITED),
    "AnnualObservation": record(
        "An indicator: the value that the year's report states, and those stated before.",
        indicator=TEXT, city=_NAMED, project=TEXT, project_words=TEXT, now=ref("AnnualValue"),
        before=listed(ref("AnnualValue")),
    ),
    "AnnualCheck": record(
        "A published figure beside the counted one, in the same unit; 'count' leads to what was "
        "counted, 'says' explains a difference.",
        name=TEXT, label=TEXT, unit={"enum": ["projects", "percent"]}, published=NUMBER,
        counted=NUMBER, count=_FIGURE, equal=FLAG, says=TEXT,
    ),
    "AnnualPartnership": record(
        "A documented case of a partner helping a city.", id=SLUG, title=TEXT, city=_NAMED,
        partner=_NAMED, kind=TEXT, home=_NAMED, support=_NAMED, stage=TEXT, since=_YEAR,
        sources=_CITED,
    ),
    "AnnualChanges": record(
        "What is different from the list of the year before.", year=_YEAR, total=_FIGURE,
        new=_PROJECTS, dropped=_PROJECTS, completed=_PROJECTS, reopened=_PROJECTS,
        moved=listed(record("Listed in another focus area than before.",
                            listed=ref("AnnualProject"), before=_NAMED)),
    ),
    "AnnualReport": record(
        "The monitoring and evaluation report of a year, counted from its list of projects.",
        snapshot=ref("Snapshot"), years=listed(_YEAR),
        rule={**TEXT, "description": "By which 'highlights' are picked."},
        year=_YEAR, total=_FIGURE, cities=_FIGURE, countries=_FIGURE, statuses=_STATUSES,
        told={**FLAG, "description": "Whether the list tells the status of single projects."},
        areas=listed(record("A focus area; 'share' is in percent.", area=_NAMED, count=_FIGURE,
                            share=NUMBER, statuses=_STATUSES)),
        without_area=COUNT,
        by_country=listed(record("A member state; 'areas' in the order of the report's areas.",
                                 country=_NAMED, count=_FIGURE, cities=listed(_NAMED),
                                 areas=listed(_FIGURE))),
        course=listed(record("A year's total.", year=_YEAR, count=_FIGURE, statuses=_STATUSES)),
        published=either(record("The published report.", id=SLUG, title=TEXT, as_of=TEXT, note=TEXT,
                                sources=_CITED), NULL),
        checks=listed(ref("AnnualCheck")),
        remarks={**listed(TEXT), "description": "Where published figures do not add up or fit."},
        highlights=listed(record("One project of a city.", listed=ref("AnnualProject"), because=TEXT,
                                 observed=listed(ref("AnnualObservation")))),
        observations=listed(ref("AnnualObservation")),
        changes=either(ref("AnnualChanges"), NULL),
        ongoing=_PROJECTS, completed=_PROJECTS,
        partnerships=listed(ref("AnnualPartnership")), partners=COUNT,
        without_year={**COUNT, "description": "Collaborations left out, for no source tells when."},
    ),
    "AnnualReportList": record(items=listed(record(
        "A year that has a report.", year=_YEAR, projects=COUNT,
        links=record("As data, as a page and to print.", self=TEXT, page=TEXT, pdf=TEXT, docx=TEXT,
                     html=TEXT),
    ))),
    "PrintedFile": {"type": "string", "format": "binary", "description": "The file."},
}  # fmt: skip
"""Every schema that the operations on documents to print use, by name."""
