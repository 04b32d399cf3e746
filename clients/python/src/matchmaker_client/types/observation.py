"""What stands for a observation.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class Observation(TypedDict):
    """The shape 'Observation' of the contract.

    A value of an indicator that a monitoring and evaluation report states for a city's project.
    """

    id: str
    type: Literal["observation"]
    caption: str
    version: int
    indicator: str
    city: Reference
    project: Reference | None
    project_words: str
    value: float
    qualifier: str
    year: int
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class ObservationDetail(Observation):
    """The shape 'ObservationDetail' of the contract.

    A value of an indicator that a monitoring and evaluation report states for a city's project.
    """

    relationships: list[RelationshipGroup]


class ObservationPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["observation"]
    caption: NotRequired[str]
    version: NotRequired[int]
    indicator: NotRequired[str]
    city: NotRequired[Reference]
    project: NotRequired[Reference | None]
    project_words: NotRequired[str]
    value: NotRequired[float]
    qualifier: NotRequired[str]
    year: NotRequired[int]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


ObservationFilters = TypedDict(
    "ObservationFilters",
    {
        "city": str | Sequence[str],
        "project": str | Sequence[str],
        "value.gte": float,
        "value.lte": float,
        "qualifier": Literal["exact", "about", "more than", "over"]
        | Sequence[Literal["exact", "about", "more than", "over"]],
        "year": int | Sequence[int],
        "year.gte": int,
        "year.lte": int,
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
        "country": str | Sequence[str],
    },
    total=False,
)


class ObservationInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["observation"]]
    indicator: str
    city: str | Named
    project: NotRequired[str | Named | None]
    project_words: str
    value: float
    qualifier: Literal["exact", "about", "more than", "over"]
    year: int
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class ObservationPatch(TypedDict, total=False):
    """Properties of a observation as they shall be; None removes one."""

    id: str
    type: Literal["observation"]
    indicator: str
    city: str | Named
    project: str | Named | None
    project_words: str
    value: float
    qualifier: Literal["exact", "about", "more than", "over"]
    year: int
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
