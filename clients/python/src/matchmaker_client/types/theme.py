"""What stands for a theme.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class Theme(TypedDict):
    """One of the four themes under which the network met in 2019."""

    id: str
    type: Literal["theme"]
    caption: str
    version: int
    label_en: str
    label_th: str
    definition: str
    covers: list[Reference]
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class ThemeDetail(Theme):
    """One of the four themes under which the network met in 2019."""

    relationships: list[RelationshipGroup]


class ThemePart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["theme"]
    caption: NotRequired[str]
    version: NotRequired[int]
    label_en: NotRequired[str]
    label_th: NotRequired[str]
    definition: NotRequired[str]
    covers: NotRequired[list[Reference]]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


ThemeFilters = TypedDict(
    "ThemeFilters",
    {
        "covers": str | Sequence[str],
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
    },
    total=False,
)


class ThemeInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["theme"]]
    label_en: str
    label_th: str
    definition: str
    covers: Sequence[str | Named]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class ThemePatch(TypedDict, total=False):
    """Properties of a theme as they shall be; None removes one."""

    id: str
    type: Literal["theme"]
    label_en: str
    label_th: str
    definition: str
    covers: Sequence[str | Named]
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
