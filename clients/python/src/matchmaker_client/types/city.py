"""What stands for a city.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class City(TypedDict):
    """A member city of the ASEAN Smart Cities Network, or a city that another source tells of."""

    id: str
    type: Literal["city"]
    caption: str
    version: int
    name: str
    country: Reference
    latitude: float | None
    longitude: float | None
    population: int | None
    population_note: str | None
    year_joined: int | None
    member_group: str | None
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class CityDetail(City):
    """A member city of the ASEAN Smart Cities Network, or a city that another source tells of."""

    relationships: list[RelationshipGroup]


class CityPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["city"]
    caption: NotRequired[str]
    version: NotRequired[int]
    name: NotRequired[str]
    country: NotRequired[Reference]
    latitude: NotRequired[float | None]
    longitude: NotRequired[float | None]
    population: NotRequired[int | None]
    population_note: NotRequired[str | None]
    year_joined: NotRequired[int | None]
    member_group: NotRequired[str | None]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


CityFilters = TypedDict(
    "CityFilters",
    {
        "country": str | Sequence[str],
        "latitude.gte": float,
        "latitude.lte": float,
        "longitude.gte": float,
        "longitude.lte": float,
        "population": int | Sequence[int],
        "population.gte": int,
        "population.lte": int,
        "year_joined": int | Sequence[int],
        "year_joined.gte": int,
        "year_joined.lte": int,
        "member_group": Literal["pilot", "later"] | Sequence[Literal["pilot", "later"]],
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
    },
    total=False,
)


class CityInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["city"]]
    name: str
    country: str | Named
    latitude: NotRequired[float | None]
    longitude: NotRequired[float | None]
    population: NotRequired[int | None]
    population_note: NotRequired[str | None]
    year_joined: NotRequired[int | None]
    member_group: NotRequired[Literal["pilot", "later"] | None]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class CityPatch(TypedDict, total=False):
    """Properties of a city as they shall be; None removes one."""

    id: str
    type: Literal["city"]
    name: str
    country: str | Named
    latitude: float | None
    longitude: float | None
    population: int | None
    population_note: str | None
    year_joined: int | None
    member_group: Literal["pilot", "later"] | None
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
