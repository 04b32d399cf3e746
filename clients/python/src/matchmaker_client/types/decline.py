"""What stands for a decline.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class Decline(TypedDict):
    """The shape 'Decline' of the contract.

    A need and a partner, or one of its offers, that city and partner have agreed not to fit
    each other; only members of the network see it.
    """

    id: str
    type: Literal["decline"]
    caption: str
    version: int
    title: str
    need: Reference
    partner: Reference
    offer: Reference | None
    reason: str
    until: str
    basis: str
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class DeclineDetail(Decline):
    """The shape 'DeclineDetail' of the contract.

    A need and a partner, or one of its offers, that city and partner have agreed not to fit
    each other; only members of the network see it.
    """

    relationships: list[RelationshipGroup]


class DeclinePart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["decline"]
    caption: NotRequired[str]
    version: NotRequired[int]
    title: NotRequired[str]
    need: NotRequired[Reference]
    partner: NotRequired[Reference]
    offer: NotRequired[Reference | None]
    reason: NotRequired[str]
    until: NotRequired[str]
    basis: NotRequired[str]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


DeclineFilters = TypedDict(
    "DeclineFilters",
    {
        "need": str | Sequence[str],
        "partner": str | Sequence[str],
        "offer": str | Sequence[str],
        "reason": Literal[
            "already_met",
            "does_not_fit",
            "outside_mandate",
            "terms",
            "another_partner",
            "national_policy",
            "conflict_of_interest",
            "duplicate",
        ]
        | Sequence[
            Literal[
                "already_met",
                "does_not_fit",
                "outside_mandate",
                "terms",
                "another_partner",
                "national_policy",
                "conflict_of_interest",
                "duplicate",
            ]
        ],
        "until.gte": str,
        "until.lte": str,
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
    },
    total=False,
)


class DeclineInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["decline"]]
    title: str
    need: str | Named
    partner: str | Named
    offer: NotRequired[str | Named | None]
    reason: Literal[
        "already_met",
        "does_not_fit",
        "outside_mandate",
        "terms",
        "another_partner",
        "national_policy",
        "conflict_of_interest",
        "duplicate",
    ]
    until: str
    basis: str
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class DeclinePatch(TypedDict, total=False):
    """Properties of a decline as they shall be; None removes one."""

    id: str
    type: Literal["decline"]
    title: str
    need: str | Named
    partner: str | Named
    offer: str | Named | None
    reason: Literal[
        "already_met",
        "does_not_fit",
        "outside_mandate",
        "terms",
        "another_partner",
        "national_policy",
        "conflict_of_interest",
        "duplicate",
    ]
    until: str
    basis: str
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
