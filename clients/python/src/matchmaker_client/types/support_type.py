"""What stands for a support type.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class SupportType(TypedDict):
    """A kind of help that a need seeks and an offer gives."""

    id: str
    type: Literal["support_type"]
    caption: str
    version: int
    label_en: str
    label_th: str
    definition: str
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class SupportTypeDetail(SupportType):
    """A kind of help that a need seeks and an offer gives."""

    relationships: list[RelationshipGroup]


class SupportTypePart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["support_type"]
    caption: NotRequired[str]
    version: NotRequired[int]
    label_en: NotRequired[str]
    label_th: NotRequired[str]
    definition: NotRequired[str]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


SupportTypeFilters = TypedDict(
    "SupportTypeFilters",
    {
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
    },
    total=False,
)


class SupportTypeInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["support_type"]]
    label_en: str
    label_th: str
    definition: str
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class SupportTypePatch(TypedDict, total=False):
    """Properties of a support type as they shall be; None removes one."""

    id: str
    type: Literal["support_type"]
    label_en: str
    label_th: str
    definition: str
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
