"""What stands for a partner.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class Partner(TypedDict):
    """An organisation able to help cities."""

    id: str
    type: Literal["partner"]
    caption: str
    version: int
    name: str
    full_name: str
    kind: str
    country: Reference | None
    profile: str | None
    topics: list[Reference]
    mandate: list[Reference]
    mandate_note: str | None
    contact_office: NotRequired[str]
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class PartnerDetail(Partner):
    """An organisation able to help cities."""

    relationships: list[RelationshipGroup]


class PartnerPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["partner"]
    caption: NotRequired[str]
    version: NotRequired[int]
    name: NotRequired[str]
    full_name: NotRequired[str]
    kind: NotRequired[str]
    country: NotRequired[Reference | None]
    profile: NotRequired[str | None]
    topics: NotRequired[list[Reference]]
    mandate: NotRequired[list[Reference]]
    mandate_note: NotRequired[str | None]
    contact_office: NotRequired[str]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


PartnerFilters = TypedDict(
    "PartnerFilters",
    {
        "kind": Literal[
            "development_bank",
            "fund",
            "un_body",
            "government_agency",
            "government_programme",
            "company",
            "startup",
            "association",
            "university",
        ]
        | Sequence[
            Literal[
                "development_bank",
                "fund",
                "un_body",
                "government_agency",
                "government_programme",
                "company",
                "startup",
                "association",
                "university",
            ]
        ],
        "country": str | Sequence[str],
        "topics": str | Sequence[str],
        "mandate": str | Sequence[str],
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
        "topic": str | Sequence[str],
    },
    total=False,
)


class PartnerInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["partner"]]
    name: str
    full_name: str
    kind: Literal[
        "development_bank",
        "fund",
        "un_body",
        "government_agency",
        "government_programme",
        "company",
        "startup",
        "association",
        "university",
    ]
    country: NotRequired[str | Named | None]
    profile: NotRequired[str | None]
    topics: NotRequired[Sequence[str | Named] | None]
    mandate: NotRequired[Sequence[str | Named] | None]
    mandate_note: NotRequired[str | None]
    contact_office: NotRequired[str | None]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class PartnerPatch(TypedDict, total=False):
    """Properties of a partner as they shall be; None removes one."""

    id: str
    type: Literal["partner"]
    name: str
    full_name: str
    kind: Literal[
        "development_bank",
        "fund",
        "un_body",
        "government_agency",
        "government_programme",
        "company",
        "startup",
        "association",
        "university",
    ]
    country: str | Named | None
    profile: str | None
    topics: Sequence[str | Named] | None
    mandate: Sequence[str | Named] | None
    mandate_note: str | None
    contact_office: str | None
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
