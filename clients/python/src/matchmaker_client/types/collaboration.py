"""What stands for a collaboration.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class Collaboration(TypedDict):
    """A documented case of a partner helping a city."""

    id: str
    type: Literal["collaboration"]
    caption: str
    version: int
    title: str
    summary: str | None
    city: Reference
    partner: Reference
    need: Reference | None
    project: Reference | None
    topics: list[Reference]
    role: str | None
    support_type: Reference | None
    stage: str | None
    first_year: int | None
    agreed_on: str | None
    amount: float | None
    currency: str | None
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class CollaborationDetail(Collaboration):
    """A documented case of a partner helping a city."""

    relationships: list[RelationshipGroup]


class CollaborationPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["collaboration"]
    caption: NotRequired[str]
    version: NotRequired[int]
    title: NotRequired[str]
    summary: NotRequired[str | None]
    city: NotRequired[Reference]
    partner: NotRequired[Reference]
    need: NotRequired[Reference | None]
    project: NotRequired[Reference | None]
    topics: NotRequired[list[Reference]]
    role: NotRequired[str | None]
    support_type: NotRequired[Reference | None]
    stage: NotRequired[str | None]
    first_year: NotRequired[int | None]
    agreed_on: NotRequired[str | None]
    amount: NotRequired[float | None]
    currency: NotRequired[str | None]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


CollaborationFilters = TypedDict(
    "CollaborationFilters",
    {
        "city": str | Sequence[str],
        "partner": str | Sequence[str],
        "need": str | Sequence[str],
        "project": str | Sequence[str],
        "topics": str | Sequence[str],
        "role": Literal[
            "finance",
            "technical_assistance",
            "technology",
            "feasibility_study",
            "capacity_building",
            "white_paper",
            "delivery",
        ]
        | Sequence[
            Literal[
                "finance",
                "technical_assistance",
                "technology",
                "feasibility_study",
                "capacity_building",
                "white_paper",
                "delivery",
            ]
        ],
        "support_type": str | Sequence[str],
        "stage": Literal["planned", "ongoing", "completed", "unknown"]
        | Sequence[Literal["planned", "ongoing", "completed", "unknown"]],
        "first_year": int | Sequence[int],
        "first_year.gte": int,
        "first_year.lte": int,
        "agreed_on.gte": str,
        "agreed_on.lte": str,
        "amount.gte": float,
        "amount.lte": float,
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
        "country": str | Sequence[str],
        "topic": str | Sequence[str],
    },
    total=False,
)


class CollaborationInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["collaboration"]]
    title: str
    summary: NotRequired[str | None]
    city: str | Named
    partner: str | Named
    need: NotRequired[str | Named | None]
    project: NotRequired[str | Named | None]
    topics: NotRequired[Sequence[str | Named] | None]
    role: NotRequired[
        Literal[
            "finance",
            "technical_assistance",
            "technology",
            "feasibility_study",
            "capacity_building",
            "white_paper",
            "delivery",
        ]
        | None
    ]
    support_type: NotRequired[str | Named | None]
    stage: NotRequired[Literal["planned", "ongoing", "completed", "unknown"] | None]
    first_year: NotRequired[int | None]
    agreed_on: NotRequired[str | None]
    amount: NotRequired[float | None]
    currency: NotRequired[str | None]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class CollaborationPatch(TypedDict, total=False):
    """Properties of a collaboration as they shall be; None removes one."""

    id: str
    type: Literal["collaboration"]
    title: str
    summary: str | None
    city: str | Named
    partner: str | Named
    need: str | Named | None
    project: str | Named | None
    topics: Sequence[str | Named] | None
    role: (
        Literal[
            "finance",
            "technical_assistance",
            "technology",
            "feasibility_study",
            "capacity_building",
            "white_paper",
            "delivery",
        ]
        | None
    )
    support_type: str | Named | None
    stage: Literal["planned", "ongoing", "completed", "unknown"] | None
    first_year: int | None
    agreed_on: str | None
    amount: float | None
    currency: str | None
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
