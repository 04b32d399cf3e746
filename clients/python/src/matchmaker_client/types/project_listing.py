"""What stands for a project listing.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class ProjectListing(TypedDict):
    """One appearance of a project in the lists of one year's monitoring and evaluation report."""

    id: str
    type: Literal["project_listing"]
    caption: str
    version: int
    title: str
    project: Reference
    focus_area: Reference | None
    year: int
    list: str
    status: str
    link_confidence: str
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class ProjectListingDetail(ProjectListing):
    """One appearance of a project in the lists of one year's monitoring and evaluation report."""

    relationships: list[RelationshipGroup]


class ProjectListingPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["project_listing"]
    caption: NotRequired[str]
    version: NotRequired[int]
    title: NotRequired[str]
    project: NotRequired[Reference]
    focus_area: NotRequired[Reference | None]
    year: NotRequired[int]
    list: NotRequired[str]
    status: NotRequired[str]
    link_confidence: NotRequired[str]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


ProjectListingFilters = TypedDict(
    "ProjectListingFilters",
    {
        "project": str | Sequence[str],
        "focus_area": str | Sequence[str],
        "year": int | Sequence[int],
        "year.gte": int,
        "year.lte": int,
        "list": Literal["A", "B"] | Sequence[Literal["A", "B"]],
        "status": Literal["not_split", "ongoing_or_planning", "completed"]
        | Sequence[Literal["not_split", "ongoing_or_planning", "completed"]],
        "link_confidence": Literal["first_seen", "exact", "fuzzy", "manual", "manual_unsure"]
        | Sequence[Literal["first_seen", "exact", "fuzzy", "manual", "manual_unsure"]],
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
        "city": str | Sequence[str],
        "country": str | Sequence[str],
    },
    total=False,
)


class ProjectListingInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["project_listing"]]
    title: str
    project: str | Named
    focus_area: NotRequired[str | Named | None]
    year: int
    list: Literal["A", "B"]
    status: Literal["not_split", "ongoing_or_planning", "completed"]
    link_confidence: Literal["first_seen", "exact", "fuzzy", "manual", "manual_unsure"]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class ProjectListingPatch(TypedDict, total=False):
    """Properties of a project listing as they shall be; None removes one."""

    id: str
    type: Literal["project_listing"]
    title: str
    project: str | Named
    focus_area: str | Named | None
    year: int
    list: Literal["A", "B"]
    status: Literal["not_split", "ongoing_or_planning", "completed"]
    link_confidence: Literal["first_seen", "exact", "fuzzy", "manual", "manual_unsure"]
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
