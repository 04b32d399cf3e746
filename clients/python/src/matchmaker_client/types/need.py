"""What stands for a need.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class Need(TypedDict):
    """What a city seeks help with, as it published it."""

    id: str
    type: Literal["need"]
    caption: str
    version: int
    title: str
    city: Reference
    description: str | None
    support_types: list[Reference]
    support_words: list[str]
    focus_area: Reference | None
    topics: list[Reference]
    year: int | None
    status: str
    solved_by: Reference | None
    solved_on: str | None
    contact_office: NotRequired[str]
    budget: NotRequired[float]
    budget_currency: NotRequired[str]
    internal_note: NotRequired[str]
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class NeedDetail(Need):
    """What a city seeks help with, as it published it."""

    relationships: list[RelationshipGroup]


class NeedPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["need"]
    caption: NotRequired[str]
    version: NotRequired[int]
    title: NotRequired[str]
    city: NotRequired[Reference]
    description: NotRequired[str | None]
    support_types: NotRequired[list[Reference]]
    support_words: NotRequired[list[str]]
    focus_area: NotRequired[Reference | None]
    topics: NotRequired[list[Reference]]
    year: NotRequired[int | None]
    status: NotRequired[str]
    solved_by: NotRequired[Reference | None]
    solved_on: NotRequired[str | None]
    contact_office: NotRequired[str]
    budget: NotRequired[float]
    budget_currency: NotRequired[str]
    internal_note: NotRequired[str]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


NeedFilters = TypedDict(
    "NeedFilters",
    {
        "city": str | Sequence[str],
        "support_types": str | Sequence[str],
        "focus_area": str | Sequence[str],
        "topics": str | Sequence[str],
        "year": int | Sequence[int],
        "year.gte": int,
        "year.lte": int,
        "status": Literal["open", "solved", "withdrawn"]
        | Sequence[Literal["open", "solved", "withdrawn"]],
        "solved_by": str | Sequence[str],
        "solved_on.gte": str,
        "solved_on.lte": str,
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
        "country": str | Sequence[str],
        "topic": str | Sequence[str],
    },
    total=False,
)


class NeedInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["need"]]
    title: str
    city: str | Named
    description: NotRequired[str | None]
    support_types: NotRequired[Sequence[str | Named] | None]
    support_words: NotRequired[Sequence[str] | None]
    focus_area: NotRequired[str | Named | None]
    topics: NotRequired[Sequence[str | Named] | None]
    year: NotRequired[int | None]
    status: NotRequired[Literal["open", "solved", "withdrawn"] | None]
    solved_by: NotRequired[str | Named | None]
    solved_on: NotRequired[str | None]
    contact_office: NotRequired[str | None]
    budget: NotRequired[float | None]
    budget_currency: NotRequired[str | None]
    internal_note: NotRequired[str | None]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class NeedPatch(TypedDict, total=False):
    """Properties of a need as they shall be; None removes one."""

    id: str
    type: Literal["need"]
    title: str
    city: str | Named
    description: str | None
    support_types: Sequence[str | Named] | None
    support_words: Sequence[str] | None
    focus_area: str | Named | None
    topics: Sequence[str | Named] | None
    year: int | None
    status: Literal["open", "solved", "withdrawn"] | None
    solved_by: str | Named | None
    solved_on: str | None
    contact_office: str | None
    budget: float | None
    budget_currency: str | None
    internal_note: str | None
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
