"""What stands for a project.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class Project(TypedDict):
    """A city's project, in the network's monitoring and evaluation reports or another source."""

    id: str
    type: Literal["project"]
    caption: str
    version: int
    title: str
    city: Reference
    focus_area: Reference | None
    topics: list[Reference]
    continues: Reference | None
    first_year: int | None
    last_year: int | None
    status: str | None
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class ProjectDetail(Project):
    """A city's project, in the network's monitoring and evaluation reports or another source."""

    relationships: list[RelationshipGroup]


class ProjectPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["project"]
    caption: NotRequired[str]
    version: NotRequired[int]
    title: NotRequired[str]
    city: NotRequired[Reference]
    focus_area: NotRequired[Reference | None]
    topics: NotRequired[list[Reference]]
    continues: NotRequired[Reference | None]
    first_year: NotRequired[int | None]
    last_year: NotRequired[int | None]
    status: NotRequired[str | None]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


ProjectFilters = TypedDict(
    "ProjectFilters",
    {
        "city": str | Sequence[str],
        "focus_area": str | Sequence[str],
        "topics": str | Sequence[str],
        "continues": str | Sequence[str],
        "first_year": int | Sequence[int],
        "first_year.gte": int,
        "first_year.lte": int,
        "last_year": int | Sequence[int],
        "last_year.gte": int,
        "last_year.lte": int,
        "status": Literal["not_split", "ongoing_or_planning", "completed"]
        | Sequence[Literal["not_split", "ongoing_or_planning", "completed"]],
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
        "country": str | Sequence[str],
        "topic": str | Sequence[str],
    },
    total=False,
)


class ProjectInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["project"]]
    title: str
    city: str | Named
    focus_area: NotRequired[str | Named | None]
    topics: NotRequired[Sequence[str | Named] | None]
    continues: NotRequired[str | Named | None]
    first_year: NotRequired[int | None]
    last_year: NotRequired[int | None]
    status: NotRequired[Literal["not_split", "ongoing_or_planning", "completed"] | None]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class ProjectPatch(TypedDict, total=False):
    """Properties of a project as they shall be; None removes one."""

    id: str
    type: Literal["project"]
    title: str
    city: str | Named
    focus_area: str | Named | None
    topics: Sequence[str | Named] | None
    continues: str | Named | None
    first_year: int | None
    last_year: int | None
    status: Literal["not_split", "ongoing_or_planning", "completed"] | None
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
