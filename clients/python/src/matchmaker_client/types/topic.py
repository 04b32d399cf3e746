"""What stands for a topic.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class Topic(TypedDict):
    """The shape 'Topic' of the contract.

    A concept of the topic scheme, from the six focus areas of the ASEAN Smart Cities Framework
    down to project types.
    """

    id: str
    type: Literal["topic"]
    caption: str
    version: int
    label_en: str
    label_th: str
    alt_labels: list[str]
    definition: str
    kind: str
    broader: list[Reference]
    related: list[Reference]
    sdg_targets: list[str]
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class TopicDetail(Topic):
    """The shape 'TopicDetail' of the contract.

    A concept of the topic scheme, from the six focus areas of the ASEAN Smart Cities Framework
    down to project types.
    """

    relationships: list[RelationshipGroup]


class TopicPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["topic"]
    caption: NotRequired[str]
    version: NotRequired[int]
    label_en: NotRequired[str]
    label_th: NotRequired[str]
    alt_labels: NotRequired[list[str]]
    definition: NotRequired[str]
    kind: NotRequired[str]
    broader: NotRequired[list[Reference]]
    related: NotRequired[list[Reference]]
    sdg_targets: NotRequired[list[str]]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


TopicFilters = TypedDict(
    "TopicFilters",
    {
        "kind": Literal["focus_area", "project_type"]
        | Sequence[Literal["focus_area", "project_type"]],
        "broader": str | Sequence[str],
        "related": str | Sequence[str],
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
    },
    total=False,
)


class TopicInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["topic"]]
    label_en: str
    label_th: str
    alt_labels: NotRequired[Sequence[str] | None]
    definition: str
    kind: Literal["focus_area", "project_type"]
    broader: NotRequired[Sequence[str | Named] | None]
    related: NotRequired[Sequence[str | Named] | None]
    sdg_targets: NotRequired[Sequence[str] | None]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class TopicPatch(TypedDict, total=False):
    """Properties of a topic as they shall be; None removes one."""

    id: str
    type: Literal["topic"]
    label_en: str
    label_th: str
    alt_labels: Sequence[str] | None
    definition: str
    kind: Literal["focus_area", "project_type"]
    broader: Sequence[str | Named] | None
    related: Sequence[str | Named] | None
    sdg_targets: Sequence[str] | None
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
