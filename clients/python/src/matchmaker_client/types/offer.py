"""What stands for a offer.

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from matchmaker_client.types.common import Citation, Links, Named, Reference, RelationshipGroup


class Offer(TypedDict):
    """One kind of support that a partner is documented to give."""

    id: str
    type: Literal["offer"]
    caption: str
    version: int
    title: str
    partner: Reference
    support_type: Reference
    description: str
    documented_by: list[Reference]
    topics: list[Reference]
    limited_to: list[Reference]
    valid_until: str | None
    status: str
    tied_finance: str | None
    tied_finance_note: str | None
    lock_in: str | None
    lock_in_note: str | None
    caution_source: Reference | None
    contact_office: NotRequired[str]
    terms_note: NotRequired[str]
    source: list[Reference]
    locator: list[str]
    date: str
    source_held: bool
    citations: list[Citation]
    links: Links


class OfferDetail(Offer):
    """One kind of support that a partner is documented to give."""

    relationships: list[RelationshipGroup]


class OfferPart(TypedDict):
    """What was chosen by 'fields'."""

    id: str
    type: Literal["offer"]
    caption: NotRequired[str]
    version: NotRequired[int]
    title: NotRequired[str]
    partner: NotRequired[Reference]
    support_type: NotRequired[Reference]
    description: NotRequired[str]
    documented_by: NotRequired[list[Reference]]
    topics: NotRequired[list[Reference]]
    limited_to: NotRequired[list[Reference]]
    valid_until: NotRequired[str | None]
    status: NotRequired[str]
    tied_finance: NotRequired[str | None]
    tied_finance_note: NotRequired[str | None]
    lock_in: NotRequired[str | None]
    lock_in_note: NotRequired[str | None]
    caution_source: NotRequired[Reference | None]
    contact_office: NotRequired[str]
    terms_note: NotRequired[str]
    source: NotRequired[list[Reference]]
    locator: NotRequired[list[str]]
    date: NotRequired[str]
    source_held: NotRequired[bool]
    citations: NotRequired[list[Citation]]
    relationships: NotRequired[list[RelationshipGroup]]
    links: NotRequired[Links]


OfferFilters = TypedDict(
    "OfferFilters",
    {
        "partner": str | Sequence[str],
        "support_type": str | Sequence[str],
        "documented_by": str | Sequence[str],
        "topics": str | Sequence[str],
        "limited_to": str | Sequence[str],
        "valid_until.gte": str,
        "valid_until.lte": str,
        "status": Literal["active", "withdrawn"] | Sequence[Literal["active", "withdrawn"]],
        "tied_finance": Literal["unknown", "untied", "partly", "tied"]
        | Sequence[Literal["unknown", "untied", "partly", "tied"]],
        "lock_in": Literal["unknown", "open_standards", "partly_open", "proprietary"]
        | Sequence[Literal["unknown", "open_standards", "partly_open", "proprietary"]],
        "caution_source": str | Sequence[str],
        "source": str | Sequence[str],
        "date.gte": str,
        "date.lte": str,
        "source_held": bool | Sequence[bool],
        "topic": str | Sequence[str],
    },
    total=False,
)


class OfferInput(TypedDict):
    """As read, or with identifiers in the place of references.

    Whoever states what is his own may leave out 'source', 'locator', 'date' and 'source_held';
    all others must give them.
    """

    id: NotRequired[str]
    type: NotRequired[Literal["offer"]]
    title: str
    partner: str | Named
    support_type: str | Named
    description: str
    documented_by: NotRequired[Sequence[str | Named] | None]
    topics: NotRequired[Sequence[str | Named] | None]
    limited_to: NotRequired[Sequence[str | Named] | None]
    valid_until: NotRequired[str | None]
    status: NotRequired[Literal["active", "withdrawn"] | None]
    tied_finance: NotRequired[Literal["unknown", "untied", "partly", "tied"] | None]
    tied_finance_note: NotRequired[str | None]
    lock_in: NotRequired[Literal["unknown", "open_standards", "partly_open", "proprietary"] | None]
    lock_in_note: NotRequired[str | None]
    caution_source: NotRequired[str | Named | None]
    contact_office: NotRequired[str | None]
    terms_note: NotRequired[str | None]
    source: NotRequired[Sequence[str | Named] | None]
    locator: NotRequired[Sequence[str] | None]
    date: NotRequired[str | None]
    source_held: NotRequired[bool | None]


class OfferPatch(TypedDict, total=False):
    """Properties of a offer as they shall be; None removes one."""

    id: str
    type: Literal["offer"]
    title: str
    partner: str | Named
    support_type: str | Named
    description: str
    documented_by: Sequence[str | Named] | None
    topics: Sequence[str | Named] | None
    limited_to: Sequence[str | Named] | None
    valid_until: str | None
    status: Literal["active", "withdrawn"] | None
    tied_finance: Literal["unknown", "untied", "partly", "tied"] | None
    tied_finance_note: str | None
    lock_in: Literal["unknown", "open_standards", "partly_open", "proprietary"] | None
    lock_in_note: str | None
    caution_source: str | Named | None
    contact_office: str | None
    terms_note: str | None
    source: Sequence[str | Named] | None
    locator: Sequence[str] | None
    date: str | None
    source_held: bool | None
