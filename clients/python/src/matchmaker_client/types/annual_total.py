"""What stands for a annual total.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class AnnualTotal(TypedDict):
    """Totals over the whole network that a year's monitoring and evaluation report prints."""

    id: str
    type: Literal["annual_total"]
    caption: str
    version: int
    title: str
    year: int
    as_of: str
    projects_total: int
    ongoing: int
    planning: int
    completed: int
    pct_civic_social: float
    pct_health_wellbeing: float
    pct_safety_security: float
    pct_quality_environment: float
    pct_built_infrastructure: float
    pct_industry_innovation: float
    note: str | None
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class AnnualTotalDetail(AnnualTotal):
    """Totals over the whole network that a year's monitoring and evaluation report prints."""

    relationships: list[RelationshipGroup]


class AnnualTotalPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["annual_total"]
    caption: NotRequired[str]
    version: NotRequired[int]
    title: NotRequired[str]
    year: NotRequired[int]
    as_of: NotRequired[str]
    projects_total: NotRequired[int]
    ongoing: NotRequired[int]
    planning: NotRequired[int]
    completed: NotRequired[int]
    pct_civic_social: NotRequired[float]
    pct_health_wellbeing: NotRequired[float]
    pct_safety_security: NotRequired[float]
    pct_quality_environment: NotRequired[float]
    pct_built_infrastructure: NotRequired[float]
    pct_industry_innovation: NotRequired[float]
    note: NotRequired[str | None]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


AnnualTotalFilters = TypedDict(
    "AnnualTotalFilters",
    {
        "year": int | Sequence[int],
        "year.gte": int,
        "year.lte": int,
        "as_of.gte": str,
        "as_of.lte": str,
        "projects_total": int | Sequence[int],
        "projects_total.gte": int,
        "projects_total.lte": int,
        "ongoing": int | Sequence[int],
        "ongoing.gte": int,
        "ongoing.lte": int,
        "planning": int | Sequence[int],
        "planning.gte": int,
        "planning.lte": int,
        "completed": int | Sequence[int],
        "completed.gte": int,
        "completed.lte": int,
        "pct_civic_social.gte": float,
        "pct_civic_social.lte": float,
        "pct_health_wellbeing.gte": float,
        "pct_health_wellbeing.lte": float,
        "pct_safety_security.gte": float,
        "pct_safety_security.lte": float,
        "pct_quality_environment.gte": float,
        "pct_quality_environment.lte": float,
        "pct_built_infrastructure.gte": float,
        "pct_built_infrastructure.lte": float,
        "pct_industry_innovation.gte": float,
        "pct_industry_innovation.lte": float,
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
    },
    total=False,
)


class AnnualTotalInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["annual_total"]]
    title: str
    year: int
    as_of: str
    projects_total: int
    ongoing: int
    planning: int
    completed: int
    pct_civic_social: float
    pct_health_wellbeing: float
    pct_safety_security: float
    pct_quality_environment: float
    pct_built_infrastructure: float
    pct_industry_innovation: float
    note: NotRequired[str | None]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class AnnualTotalPatch(TypedDict, total=False):
    """Properties of a annual total as they shall be; None removes one."""

    id: str
    type: Literal["annual_total"]
    title: str
    year: int
    as_of: str
    projects_total: int
    ongoing: int
    planning: int
    completed: int
    pct_civic_social: float
    pct_health_wellbeing: float
    pct_safety_security: float
    pct_quality_environment: float
    pct_built_infrastructure: float
    pct_industry_innovation: float
    note: str | None
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
