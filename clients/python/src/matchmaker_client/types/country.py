"""What stands for a country.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class Country(TypedDict):
    """A member state of ASEAN with cities in the network, or the home country of a partner."""

    id: str
    type: Literal["country"]
    caption: str
    version: int
    name: str
    name_th: str | None
    iso2: str | None
    relation: str
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class CountryDetail(Country):
    """A member state of ASEAN with cities in the network, or the home country of a partner."""

    relationships: list[RelationshipGroup]


class CountryPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["country"]
    caption: NotRequired[str]
    version: NotRequired[int]
    name: NotRequired[str]
    name_th: NotRequired[str | None]
    iso2: NotRequired[str | None]
    relation: NotRequired[str]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


CountryFilters = TypedDict(
    "CountryFilters",
    {
        "relation": Literal["member", "partner", "other"]
        | Sequence[Literal["member", "partner", "other"]],
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
    },
    total=False,
)


class CountryInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["country"]]
    name: str
    name_th: NotRequired[str | None]
    iso2: NotRequired[str | None]
    relation: Literal["member", "partner", "other"]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class CountryPatch(TypedDict, total=False):
    """Properties of a country as they shall be; None removes one."""

    id: str
    type: Literal["country"]
    name: str
    name_th: str | None
    iso2: str | None
    relation: Literal["member", "partner", "other"]
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
