"""What stands for a source.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Links, RelationshipGroup


class Source(TypedDict):
    """A public document that statements in the graph rest on."""

    id: str
    type: Literal["source"]
    caption: str
    version: int
    title: str
    publisher: str
    date: str
    held: bool
    locator_kind: str
    rights: str
    links: Links


class SourceDetail(Source):
    """A public document that statements in the graph rest on."""

    relationships: list[RelationshipGroup]


class SourcePart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["source"]
    caption: NotRequired[str]
    version: NotRequired[int]
    title: NotRequired[str]
    publisher: NotRequired[str]
    date: NotRequired[str]
    held: NotRequired[bool]
    locator_kind: NotRequired[str]
    rights: NotRequired[str]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


SourceFilters = TypedDict(
    "SourceFilters",
    {
        "date.gte": str,
        "date.lte": str,
        "held": bool | Sequence[bool],
        "locator_kind": Literal["page", "line", "list"] | Sequence[Literal["page", "line", "list"]],
    },
    total=False,
)


class SourceInput(TypedDict):
    """As read, or with identifiers in the place of references."""

    id: NotRequired[str]
    type: NotRequired[Literal["source"]]
    title: str
    publisher: str
    date: str
    held: bool
    locator_kind: Literal["page", "line", "list"]
    rights: str


class SourcePatch(TypedDict, total=False):
    """Properties of a source as they shall be; None removes one."""

    id: str
    type: Literal["source"]
    title: str
    publisher: str
    date: str
    held: bool
    locator_kind: Literal["page", "line", "list"]
    rights: str
